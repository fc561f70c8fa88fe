//! Telephones that a source owns: in service or not, who is logged in on them and what they said, which calls are on them.
//! Does not know what is in a call.

use std::collections::BTreeMap;

use callmart_schema::event::{AgentLogin, Body, DnCall, DnServiceChanged, PartyState, Subject, subject};

use super::{Interactions, own_or_root};

/// Telephones by number.
#[derive(Debug, Clone, Default)]
pub(super) struct Telephones(BTreeMap<String, Telephone>);

#[derive(Debug, Clone, Default)]
struct Telephone {
    service: Option<(i64, DnServiceChanged)>,
    /// In the order of login.
    sessions: Vec<Session>,
    /// In the order in which they came onto it.
    calls: Vec<(i64, DnCall)>,
}

#[derive(Debug, Clone)]
struct Session {
    since_us: i64,
    login: AgentLogin,
    /// Ready or not ready, whichever was said last.
    said: Option<(i64, Body)>,
}

impl Telephones {
    /// What goes out of service is no longer this source's, nor is what was on it.
    pub(super) fn service_changed(&mut self, time_us: i64, changed: DnServiceChanged, interactions: &mut Interactions) {
        if !changed.in_service {
            let calls = self.0.remove(&changed.dn).into_iter().flat_map(|telephone| telephone.calls);
            calls.for_each(|(_, call)| interactions.less(own_or_root(&call.call, &call.root_call)));
            return;
        }
        let telephone = self.0.entry(changed.dn.clone()).or_default();
        telephone.service.get_or_insert((time_us, changed));
    }

    /// A login that is told again is no other session.
    pub(super) fn logged_in(&mut self, time_us: i64, login: AgentLogin) {
        let telephone = self.0.entry(login.dn.clone()).or_default();
        if !telephone.sessions.iter().any(|known| known.login.session == login.session) {
            telephone.sessions.push(Session { since_us: time_us, login, said: None });
        }
    }

    pub(super) fn logged_out(&mut self, dn: &str, session: &str) {
        if let Some(telephone) = self.0.get_mut(dn) {
            telephone.sessions.retain(|known| known.login.session != session);
        }
        self.forget_if_empty(dn);
    }

    /// Ready or not ready.
    pub(super) fn said(&mut self, time_us: i64, body: Body) {
        let Subject { dn, session, .. } = subject(&body);
        let known = self.0.get_mut(dn).and_then(|t| t.sessions.iter_mut().find(|s| s.login.session == session));
        if let Some(known) = known {
            known.said = Some((time_us, body));
        }
    }

    pub(super) fn in_call(&mut self, time_us: i64, state: DnCall, interactions: &mut Interactions) {
        let dn = state.dn.clone();
        let calls = &mut self.0.entry(dn.clone()).or_default().calls;
        let place = calls.iter().position(|(_, known)| known.call == state.call);
        if let Some((_, known)) = place.map(|place| calls.remove(place)) {
            interactions.less(own_or_root(&known.call, &known.root_call));
        }
        if state.state != PartyState::PARTY_STATE_NULL {
            interactions.more(own_or_root(&state.call, &state.root_call));
            calls.insert(place.unwrap_or(calls.len()), (time_us, state));
        }
        self.forget_if_empty(&dn);
    }

    fn forget_if_empty(&mut self, dn: &str) {
        let is_empty = |t: &Telephone| t.service.is_none() && t.sessions.is_empty() && t.calls.is_empty();
        if self.0.get(dn).is_some_and(is_empty) {
            self.0.remove(dn);
        }
    }

    pub(super) fn bodies(&self) -> impl Iterator<Item = (i64, Body)> {
        self.0.values().flat_map(Telephone::bodies)
    }
}

impl Telephone {
    fn bodies(&self) -> impl Iterator<Item = (i64, Body)> {
        let service = self.service.iter().map(|(since_us, body)| (*since_us, body.clone().into()));
        let calls = self.calls.iter().map(|(since_us, body)| (*since_us, body.clone().into()));
        service.chain(self.sessions.iter().flat_map(Session::bodies)).chain(calls)
    }
}

impl Session {
    fn bodies(&self) -> impl Iterator<Item = (i64, Body)> {
        std::iter::once((self.since_us, self.login.clone().into())).chain(self.said.clone())
    }
}
