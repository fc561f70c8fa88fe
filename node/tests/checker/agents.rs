//! Telephones and who is logged in on them, as the nodes that own them tell; and the agents' states that follow.

use std::collections::{BTreeMap, HashMap, HashSet};

use callmart_schema::event::{Body, PartyState, WorkMode};

/// One session.
#[derive(Debug, Clone)]
struct Session {
    id: String,
    agent: String,
    said: Option<(WorkMode, String)>,
    shown: (&'static str, String, i64),
    login_us: i64,
}

/// An hour's time in a state, by the contract's rules: agent, state, reason, hour of start.
type Key = (String, &'static str, String, i64);

/// All telephones.
#[derive(Default)]
pub(crate) struct Agents {
    /// Telephones in service, and the node that owns each.
    in_service: HashMap<String, String>,
    /// By DN, who is logged in.
    sessions: HashMap<String, Session>,
    agents: HashSet<String>,
    /// By DN and call, the telephone's state.
    pub(crate) lines: HashMap<(String, String), PartyState>,
    /// Telephones and calls of which something was told at this moment.
    pub(crate) touched: Vec<(String, String)>,
    changed: Vec<String>,
    moment_us: i64,
    /// Ended stretches and their seconds.
    pub(crate) states: BTreeMap<Key, (u64, i64)>,
    /// Ended sessions: agent, login, logout in milliseconds.
    pub(crate) ended_sessions: Vec<(String, i64, i64)>,
}

impl Agents {
    pub(crate) fn hear(&mut self, node: &str, body: &Body, now_us: i64) -> bool {
        if now_us != self.moment_us {
            self.settle();
            self.moment_us = now_us;
        }
        match body {
            Body::DnServiceChanged(b) => {
                let free = !self.sessions.contains_key(&b.dn);
                let before = if b.in_service {
                    self.in_service.insert(b.dn.clone(), node.to_owned())
                } else {
                    self.in_service.remove(&b.dn)
                };
                free && before.is_some() != b.in_service
            }
            Body::AgentLogin(b) => {
                let fits = self.in_service.get(&b.dn).is_some_and(|owner| owner == node);
                let shown = ("LOGGEDONONLY", String::new(), now_us);
                let session =
                    Session { id: b.session.clone(), agent: b.agent.clone(), said: None, shown, login_us: now_us };
                let first = self.sessions.insert(b.dn.clone(), session).is_none();
                fits && first && self.agents.insert(b.agent.clone())
            }
            Body::AgentLogout(b) => self.log_out(&b.dn, &b.agent, &b.session, now_us),
            Body::AgentReady(b) => self.say(&b.dn, &b.agent, &b.session, (WorkMode::WORK_MODE_MANUAL_IN, "")),
            Body::AgentNotReady(b) => {
                let mode = b.work_mode.as_known().expect("a mode");
                let reason = b.reasons.first().map_or("", |r| r.value.as_str());
                let wraps = mode == WorkMode::WORK_MODE_AFTER_CALL_WORK;
                let key_fits = b.reasons.iter().all(|r| r.key == "ReasonCode" && !r.hardware);
                let fits = key_fits && wraps == reason.is_empty();
                fits && self.say(&b.dn, &b.agent, &b.session, (mode, reason))
            }
            Body::DnCall(b) => {
                let owned = self.in_service.get(&b.dn).is_some_and(|owner| owner == node);
                let session = self.sessions.get(&b.dn).is_some_and(|s| s.id == b.session && s.agent == b.agent);
                let line = (b.dn.clone(), b.call.clone());
                self.touched.push(line.clone());
                self.changed.push(b.dn.clone());
                let state = b.state.as_known().expect("a state");
                let fits = match state {
                    PartyState::PARTY_STATE_NULL => self.lines.remove(&line).is_some(),
                    state => self.lines.insert(line, state) != Some(state),
                };
                owned && session && fits
            }
            _ => false,
        }
    }

    /// Who is logged in on a telephone.
    pub(crate) fn agent_on(&self, dn: &str) -> String {
        self.sessions.get(dn).map_or_else(String::new, |s| s.agent.clone())
    }

    fn say(&mut self, dn: &str, agent: &str, session: &str, (mode, reason): (WorkMode, &str)) -> bool {
        self.changed.push(dn.to_owned());
        let Some(at) = self.sessions.get_mut(dn) else { return false };
        let new = Some((mode, reason.to_owned()));
        let is_news = at.said != new;
        at.said = new;
        is_news && at.id == session && at.agent == agent
    }

    fn log_out(&mut self, dn: &str, agent: &str, session: &str, now_us: i64) -> bool {
        let Some(at) = self.sessions.remove(dn) else { return false };
        book(&mut self.states, &at, now_us);
        self.ended_sessions.push((at.agent.clone(), at.login_us / 1_000, now_us / 1_000));
        let no_call = !self.lines.keys().any(|(d, _)| d == dn);
        no_call && at.id == session && at.agent == agent && self.agents.remove(agent)
    }

    /// The state of each telephone's agent after all that was told of the last moment.
    pub(crate) fn settle(&mut self) {
        for dn in std::mem::take(&mut self.changed) {
            let is_busy = self.lines.keys().any(|(d, _)| *d == dn);
            let Some(at) = self.sessions.get_mut(&dn) else { continue };
            let (state, reason) = match &at.said {
                None => ("LOGGEDONONLY", ""),
                Some((WorkMode::WORK_MODE_AFTER_CALL_WORK, _)) => ("AFTERCALLWORK", ""),
                Some(_) if is_busy => ("BUSY", ""),
                Some((WorkMode::WORK_MODE_MANUAL_IN, _)) => ("READY", ""),
                Some((_, reason)) => ("NOTREADY", reason.as_str()),
            };
            if (at.shown.0, at.shown.1.as_str()) != (state, reason) {
                let shown = (state, reason.to_owned(), self.moment_us);
                book(&mut self.states, at, self.moment_us);
                at.shown = shown;
            }
        }
    }
}

fn book(states: &mut BTreeMap<Key, (u64, i64)>, session: &Session, to_us: i64) {
    let (state, reason, from_us) = session.shown.clone();
    let total = states.entry((session.agent.clone(), state, reason, from_us / 3_600_000_000 * 3_600)).or_default();
    total.0 += 1;
    total.1 += to_us / 1_000_000 - from_us / 1_000_000;
}
