//! Supervision: somebody listens to an agent who talks with a customer, and takes no part in the call. Who listens is busy with it, and
//! leaves when there was enough to hear, with the call's end at the latest.

use callmart_schema::event::{DnType, PartyAdded, PartyEnd, PartyRole, PartyState};

use super::agents::Agent;
use super::attempt::Doing;
use super::call::{Call, Line, Party};
use super::dist::SECOND_US;
use super::ids::Kind;
use super::rng::Purpose;
use super::scene::{Due, Scene};
use super::site::Port;

/// From the answer to a supervisor's beginning to listen, microseconds, from and to.
const LISTENS_AFTER_US: (i64, i64) = (3 * SECOND_US, 40 * SECOND_US);

impl Scene {
    /// A supervisor will listen to the agent who has just answered a call, if it is one of those; only a cluster tells of that.
    pub(super) fn enter_listener(&mut self, call: &Call) {
        let mut rng = self.dice(Purpose::Listening, call.subject());
        if self.settings.site.has_virtual_queues() && rng.chance(self.settings.habits.listened_share) {
            let after_us = rng.between(LISTENS_AFTER_US.0, LISTENS_AFTER_US.1);
            self.later(after_us, Due::ListenerComes(call.number, call.driver));
        }
    }

    /// A supervisor begins to listen, if the agent talks and somebody is free.
    pub(super) fn listener_comes(&mut self, number: u64, place: usize) {
        let Some(mut call) = self.calls.remove(&number) else { return };
        let talks = call.legs.get(place).filter(|leg| leg.attempt.doing() == Some(Doing::Talk));
        let agent_party = talks.map(|leg| leg.party.id.clone());
        let mut rng = self.dice(Purpose::Listening, !call.subject());
        let fits = |a: &Agent| a.is_free() && self.reaches(call.node, a);
        let free = self.colleague(&mut rng, fits).filter(|_| call.end.is_none() && call.listener.is_none());
        if let (Some(parent), Some(agent)) = (agent_party, free) {
            self.begin_listening(&mut call, agent, parent);
            let length_us = self.settings.habits.listening.draw_us(&mut rng);
            self.later(length_us, Due::ListenerLeaves(number, agent));
        }
        self.calls.insert(number, call);
    }

    fn begin_listening(&mut self, call: &mut Call, agent: u32, parent: String) {
        let party = Party { id: self.ids.give(Kind::Party), dn: self.dn_of(agent) };
        let body = PartyAdded {
            call: call.id.clone(),
            party: party.id.clone(),
            dn: party.dn.clone(),
            dn_type: DnType::DN_TYPE_EXTENSION.into(),
            role: PartyRole::PARTY_ROLE_OBSERVER.into(),
            state: PartyState::PARTY_STATE_CONNECTED.into(),
            parent_party: parent,
            ..PartyAdded::default()
        };
        self.voice.tell(Port::Calls(call.node), body);
        if let Some(who) = self.agent_mut(agent) {
            who.lines.push((call.number, Line::Main));
        }
        self.owners.call(&party.dn, &call.id, "", PartyState::PARTY_STATE_CONNECTED);
        self.tell_words();
        call.listener = Some((agent, party));
    }

    /// There was enough to hear.
    pub(super) fn listener_leaves(&mut self, number: u64) {
        let Some(mut call) = self.calls.remove(&number) else { return };
        let by = call.listener.as_ref().map(|(_, party)| party.dn.clone()).unwrap_or_default();
        self.end_listening(&mut call, &by);
        self.calls.insert(number, call);
    }

    /// Who listens to a call leaves it, if anybody does.
    pub(super) fn end_listening(&mut self, call: &mut Call, released_by: &str) {
        let Some((agent, party)) = call.listener.take() else { return };
        self.tell_deleted(call, &party, PartyEnd::PARTY_END_RELEASED, released_by, "");
        self.owners.call(&party.dn, &call.id, "", PartyState::PARTY_STATE_NULL);
        self.tell_words();
        self.drop_line(agent, call.number, Line::Main);
    }
}
