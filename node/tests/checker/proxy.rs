//! What a Smart Proxy tells, replayed: who is in service, logged in and in which calls.

use std::collections::{BTreeMap, BTreeSet};

use callmart_schema::event::{Body, PartyState};

/// All that was told.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Proxy {
    pub(crate) in_service: BTreeSet<String>,
    /// By session: DN, agent, whether ready.
    pub(crate) sessions: BTreeMap<String, (String, String, Option<bool>)>,
    /// By DN and call.
    pub(crate) calls: BTreeMap<(String, String), i32>,
    /// How often a DN went out of service with somebody logged in.
    pub(crate) lost: usize,
}

impl Proxy {
    /// Takes in an event; gives whether it fits.
    pub(crate) fn hear(&mut self, body: &Body) -> bool {
        match body {
            Body::DnServiceChanged(b) if b.in_service => self.in_service.insert(b.dn.clone()),
            Body::DnServiceChanged(b) => {
                self.lost += usize::from(self.sessions.values().any(|s| s.0 == b.dn));
                self.in_service.remove(&b.dn)
            }
            Body::AgentLogin(b) => {
                let new = (b.dn.clone(), b.agent.clone(), None);
                self.in_service.contains(&b.dn) && self.sessions.insert(b.session.clone(), new).is_none()
            }
            Body::AgentLogout(b) => self.sessions.remove(&b.session).is_some_and(|s| s.1 == b.agent),
            Body::AgentReady(b) => self.say(&b.session, true),
            Body::AgentNotReady(b) => self.say(&b.session, false),
            Body::DnCall(b) => {
                let (line, state) = ((b.dn.clone(), b.call.clone()), b.state.as_known().expect("a state"));
                match state {
                    PartyState::PARTY_STATE_NULL => self.calls.remove(&line).is_some(),
                    state => {
                        self.calls.insert(line, state as i32);
                        true
                    }
                }
            }
            _ => false,
        }
    }

    fn say(&mut self, session: &str, is_ready: bool) -> bool {
        self.sessions.get_mut(session).is_some_and(|s| {
            s.2 = Some(is_ready);
            true
        })
    }
}
