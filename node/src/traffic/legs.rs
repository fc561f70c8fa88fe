//! An agent's telephone in a call: it joins, changes its state, goes over to another call, leaves. What the call's node
//! and the telephone's node tell of it, and the clock of the attempt, go together here.

use callmart_schema::catalogue::statics::{Outcome, ResourceRole};
use callmart_schema::event::{DnType, PartyAdded, PartyDeleted, PartyEnd, PartyRole, PartyState, PartyStateChanged};

use super::attempt::{Attempt, Doing, Family};
use super::call::{Call, Leg, Line, Party};
use super::ids::Kind;
use super::notes::{CallKind, CallState};
use super::scene::Scene;
use super::site::Port;
use crate::cluster::sip_server;

/// How an agent comes into a call.
#[derive(Debug, Clone, Default)]
pub(super) struct Joining {
    /// Party UUID of who brought the agent.
    pub(super) parent: String,
    /// Virtual queue that the call was distributed from.
    pub(super) queue: String,
    /// Start of the mediation that led here; none: begins now.
    pub(super) waited_from_us: Option<i64>,
}

impl Scene {
    /// An agent's telephone joins a call, dialling when it begins the call and ringing when not. Gives the leg's place.
    pub(super) fn join(
        &mut self,
        call: &mut Call,
        line: Line,
        agent: u32,
        (role, doing): (ResourceRole, Doing),
        joining: Joining,
    ) -> usize {
        let dn = self.dn_of(agent);
        let party = Party { id: self.ids.give(Kind::Party), dn };
        let (id, root_call) = call.ids(line);
        let calls = doing == Doing::Dial;
        let mut added = PartyAdded {
            call: id,
            root_call,
            party: party.id.clone(),
            dn: party.dn.clone(),
            dn_type: DnType::DN_TYPE_EXTENSION.into(),
            role: if calls { PartyRole::PARTY_ROLE_ORIGINATION } else { PartyRole::PARTY_ROLE_DESTINATION }.into(),
            state: party_state(doing).into(),
            parent_party: joining.parent,
            queue: joining.queue,
            ..PartyAdded::default()
        };
        if self.settings.site.names_agents() {
            sip_server::name_agent(&mut added, &self.owners);
        }
        self.voice.tell(Port::Calls(call.node), added);
        let family = match (line, calls) {
            (Line::Main, _) => Family::Plain,
            (Line::Consult, true) => Family::ConsInit,
            (Line::Consult, false) => Family::ConsRcv,
        };
        let with_customer = line == Line::Main && call.customer.is_some();
        let from_us = joining.waited_from_us.unwrap_or(self.now_us);
        let mut attempt = Attempt::new(agent, role, from_us, family, with_customer);
        if let Some(waited_from_us) = joining.waited_from_us {
            attempt.sums.add(super::sums::Measure::Mediation, waited_from_us, self.now_us);
        }
        attempt.turn(self.now_us, doing);
        call.legs.push(Leg { party, line, attempt, is_booked: false });
        let place = call.legs.len() - 1;
        if let Some(who) = self.agent_mut(agent) {
            who.lines.push((call.number, line));
        }
        self.tell_line(call, place, line, party_state(doing));
        // The caller of an internal call has it, not who is called.
        if line == Line::Main && (calls || call.kind != CallKind::Internal) {
            self.note_state(call, call_state(doing));
        }
        place
    }

    /// DN of an agent's telephone; empty when the agent is not logged in.
    pub(super) fn dn_of(&self, agent: u32) -> String {
        let session = self.agents.get(agent as usize).and_then(|a| a.session.as_ref());
        session.map_or_else(String::new, |s| s.dn.clone())
    }

    /// The telephone's owners tell what the telephone is in a call.
    pub(super) fn tell_line(&mut self, call: &Call, place: usize, line: Line, state: PartyState) {
        let Some(leg) = call.legs.get(place) else { return };
        let (id, root_call) = call.ids(line);
        self.owners.call(&leg.party.dn, &id, &root_call, state);
        self.touched.push(leg.attempt.agent);
        self.tell_words();
    }

    /// The agent does something else on the call from now on.
    pub(super) fn turn(&mut self, call: &mut Call, place: usize, doing: Doing) {
        let Some(leg) = call.legs.get_mut(place) else { return };
        leg.attempt.turn(self.now_us, doing);
        let line = leg.line;
        let (party, dn) = (leg.party.id.clone(), leg.party.dn.clone());
        let (id, root_call) = call.ids(line);
        let state = party_state(doing);
        let changed =
            PartyStateChanged { call: id, root_call, party, state: state.into(), dn, ..PartyStateChanged::default() };
        self.voice.tell(Port::Calls(call.node), changed);
        self.tell_line(call, place, line, state);
        if line == Line::Main && place == call.driver {
            self.note_state(call, call_state(doing));
        }
    }

    /// The agent's telephone leaves the call.
    pub(super) fn part(&mut self, call: &mut Call, place: usize, parting: Parting<'_>) {
        let Some(leg) = call.legs.get_mut(place) else { return };
        leg.attempt.end(self.now_us, parting.outcome);
        let (line, agent) = (leg.line, leg.attempt.agent);
        let party = leg.party.clone();
        let (id, root_call) = call.ids(line);
        let deleted = PartyDeleted {
            call: id,
            root_call,
            party: party.id,
            cause: parting.cause.into(),
            released_by: parting.released_by.to_owned(),
            target_dn: parting.target_dn.to_owned(),
            dn: party.dn,
            ..PartyDeleted::default()
        };
        self.voice.tell(Port::Calls(call.node), deleted);
        self.tell_line(call, place, line, PartyState::PARTY_STATE_NULL);
        self.drop_line(agent, call.number, line);
        if call.end.is_some() {
            self.book_leg(call, place);
        }
    }

    /// A call is on the agent's telephone no longer.
    pub(super) fn drop_line(&mut self, agent: u32, call: u64, line: Line) {
        let Some(who) = self.agent_mut(agent) else { return };
        who.lines.retain(|l| *l != (call, line));
        if who.lines.is_empty() && who.returns_to.is_some() {
            self.telephone_returns(agent);
        }
    }
}

/// How an agent's telephone leaves a call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parting<'a> {
    pub(super) outcome: Outcome,
    pub(super) cause: PartyEnd,
    /// Device that caused it.
    pub(super) released_by: &'a str,
    /// Where the call goes on.
    pub(super) target_dn: &'a str,
}

impl<'a> Parting<'a> {
    pub(super) fn new(outcome: Outcome, cause: PartyEnd, released_by: &'a str) -> Self {
        Self { outcome, cause, released_by, target_dn: "" }
    }

    /// It passes the call on.
    pub(super) fn to(outcome: Outcome, cause: PartyEnd, target_dn: &'a str) -> Self {
        Self { outcome, cause, released_by: "", target_dn }
    }
}

/// The state of a party whose agent does something.
fn party_state(doing: Doing) -> PartyState {
    match doing {
        Doing::Dial => PartyState::PARTY_STATE_DIALING,
        Doing::Ring => PartyState::PARTY_STATE_ALERTING,
        Doing::Talk => PartyState::PARTY_STATE_CONNECTED,
        Doing::Hold => PartyState::PARTY_STATE_HELD,
    }
}

/// The state of a call whose agent does something.
fn call_state(doing: Doing) -> CallState {
    match doing {
        Doing::Dial => CallState::Dialing,
        Doing::Ring => CallState::Alerting,
        Doing::Talk => CallState::Connected,
        Doing::Hold => CallState::Held,
    }
}
