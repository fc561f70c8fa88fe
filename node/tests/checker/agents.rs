//! Who is logged in on which telephone, as the nodes that own them tell; and the agents' states that follow.

use std::collections::{BTreeMap, HashMap};

use callmart_schema::event::{Body, PartyState, WorkMode};

use super::owners::Owners;

/// One session.
#[derive(Debug, Clone)]
struct Session {
    dn: String,
    node: String,
    agent: String,
    said: Option<(WorkMode, String)>,
    shown: (&'static str, String, i64),
    login_us: i64,
}

/// An hour's time in a state, by the contract's rules: agent, state, reason, hour of start.
type Key = (String, &'static str, String, i64);

/// All sessions.
#[derive(Default)]
pub(crate) struct Agents {
    pub(crate) owners: Owners,
    /// By id.
    sessions: HashMap<String, Session>,
    /// Ids of sessions whose telephone was lost at this moment without a logout: another owner has to go on with them.
    in_flight: Vec<String>,
    /// Ids of sessions of which something was told at this moment.
    changed: Vec<String>,
    moment_us: i64,
    /// Ended stretches and their seconds.
    pub(crate) states: BTreeMap<Key, (u64, i64)>,
    /// Ended sessions: agent, login, logout in milliseconds.
    pub(crate) ended_sessions: Vec<(String, i64, i64)>,
    /// What happened to sessions, how often.
    pub(crate) seen: BTreeMap<&'static str, usize>,
}

impl Agents {
    pub(crate) fn hear(&mut self, node: &str, body: &Body, now_us: i64) -> bool {
        if now_us != self.moment_us {
            self.settle();
            self.moment_us = now_us;
        }
        match body {
            Body::DnServiceChanged(b) => {
                let (fits, left) = self.owners.service(node, b, now_us);
                self.in_flight.extend(left);
                fits
            }
            Body::AgentLogin(b) => {
                let goes_on = self.in_flight.iter().position(|id| *id == b.session);
                let fits = self.owners.logged_in(&b.dn, node, &b.session);
                if let Some(place) = goes_on {
                    self.in_flight.swap_remove(place);
                    return self.goes_over(&b.session, &b.dn, &b.agent, node) && fits;
                }
                if self.sessions.values().any(|s| s.agent == b.agent) {
                    self.saw("twice");
                }
                let shown = ("LOGGEDONONLY", String::new(), now_us);
                let (dn, node, agent) = (b.dn.clone(), node.to_owned(), b.agent.clone());
                let session = Session { dn, node, agent, said: None, shown, login_us: now_us };
                self.changed.push(b.session.clone());
                self.sessions.insert(b.session.clone(), session).is_none() && fits
            }
            Body::AgentLogout(b) => {
                let busy = self.owners.at(&b.dn, node).is_some_and(|o| !o.lines.is_empty());
                if busy {
                    self.saw("logged out in a call");
                }
                self.owners.logged_out(&b.dn, node, &b.session) && self.log_out(&b.session, &b.agent, now_us)
            }
            Body::AgentReady(b) => self.say(node, (&b.dn, &b.agent, &b.session), (WorkMode::WORK_MODE_MANUAL_IN, "")),
            Body::AgentNotReady(b) => {
                let mode = b.work_mode.as_known().expect("a mode");
                let reason = b.reasons.first().map_or("", |r| r.value.as_str());
                let wraps = mode == WorkMode::WORK_MODE_AFTER_CALL_WORK;
                let key_fits = b.reasons.iter().all(|r| r.key == "ReasonCode" && !r.hardware);
                let fits = key_fits && wraps == reason.is_empty();
                fits && self.say(node, (&b.dn, &b.agent, &b.session), (mode, reason))
            }
            Body::DnCall(b) => {
                self.changed.push(b.session.clone());
                let agent = self.sessions.get(&b.session).map_or("", |s| &s.agent);
                agent == b.agent && self.owners.call(node, b)
            }
            _ => false,
        }
    }

    /// A session goes on at another owner, which tells again what the agent said.
    fn goes_over(&mut self, id: &str, dn: &str, agent: &str, node: &str) -> bool {
        self.saw("restored");
        let Some(session) = self.sessions.get_mut(id) else { return false };
        let fits = session.dn == dn && session.agent == agent && session.node != node;
        session.node = node.to_owned();
        fits
    }

    /// Whether a session goes on at another owner at this moment.
    pub(crate) fn is_in_flight(&self, id: &str) -> bool {
        self.in_flight.iter().any(|of| of == id)
    }

    fn saw(&mut self, what: &'static str) {
        *self.seen.entry(what).or_default() += 1;
    }

    /// Who is logged in on a telephone; of several the one with the latest login.
    pub(crate) fn agent_on(&self, dn: &str) -> String {
        let there = self.sessions.values().filter(|s| s.dn == dn);
        there.max_by_key(|s| s.login_us).map_or_else(String::new, |s| s.agent.clone())
    }

    fn say(&mut self, node: &str, (dn, agent, id): (&str, &str, &str), (mode, reason): (WorkMode, &str)) -> bool {
        self.changed.push(id.to_owned());
        let owned = self.owners.at(dn, node).is_some_and(|o| o.session.as_deref() == Some(id));
        let Some(at) = self.sessions.get_mut(id) else { return false };
        let new = Some((mode, reason.to_owned()));
        // A restored session's state is told again by its new owner.
        let is_news = at.said != new || self.seen.contains_key("restored");
        at.said = new;
        owned && is_news && at.dn == dn && at.agent == agent
    }

    fn log_out(&mut self, id: &str, agent: &str, now_us: i64) -> bool {
        let Some(at) = self.sessions.remove(id) else { return false };
        book(&mut self.states, &at, now_us);
        self.ended_sessions.push((at.agent.clone(), at.login_us / 1_000, now_us / 1_000));
        at.agent == agent
    }

    /// The state of each session's agent after all that was told of the last moment.
    pub(crate) fn settle(&mut self) {
        assert!(self.in_flight.is_empty(), "nobody goes on with {:?}", self.in_flight);
        for id in std::mem::take(&mut self.changed) {
            let Some(at) = self.sessions.get_mut(&id) else { continue };
            let is_busy = self.owners.at(&at.dn, &at.node).is_some_and(|o| !o.lines.is_empty());
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

    /// All that is so, as somebody sees it who sees everything.
    pub(crate) fn seen(&self) -> super::proxy::Proxy {
        let ready = |said: &Option<(WorkMode, String)>| said.as_ref().map(|s| s.0 == WorkMode::WORK_MODE_MANUAL_IN);
        let sessions =
            self.sessions.iter().map(|(id, s)| (id.clone(), (s.dn.clone(), s.agent.clone(), ready(&s.said))));
        super::proxy::Proxy {
            in_service: self.owners.in_service().map(str::to_owned).collect(),
            sessions: sessions.collect(),
            calls: self.owners.calls().collect(),
            lost: 0,
        }
    }

    /// The state of a telephone in a call, as each of its owners has it that tells of it; the newest tells of all.
    pub(crate) fn lines(&self, dn: &str, call: &str) -> Vec<Option<PartyState>> {
        let owners = self.owners.of(dn);
        let newest = owners.len().saturating_sub(1);
        let tells = owners.iter().enumerate().filter(|(at, o)| *at == newest || o.lines.contains_key(call));
        tells.map(|(_, o)| o.lines.get(call).copied()).collect()
    }
}

fn book(states: &mut BTreeMap<Key, (u64, i64)>, session: &Session, to_us: i64) {
    let (state, reason, from_us) = session.shown.clone();
    let total = states.entry((session.agent.clone(), state, reason, from_us / 3_600_000_000 * 3_600)).or_default();
    total.0 += 1;
    total.1 += to_us / 1_000_000 - from_us / 1_000_000;
}
