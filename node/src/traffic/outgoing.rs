//! Calls that agents begin: to customers, and to each other.

use callmart_schema::catalogue::statics::{Outcome, ResourceRole};
use callmart_schema::event::{PartyEnd, PartyState, PartyStateChanged};

use super::agents::{Agent, NO_ANSWER, Said};
use super::attempt::{Doing, Family};
use super::call::{Call, FarEnd, Line, Party};
use super::dist::{SECOND_US, place, us};
use super::legs::{Joining, Parting};
use super::notes::{CallEnd, CallKind};
use super::plan;
use super::rng::Purpose;
use super::scene::{Due, Scene};
use super::site::Port;

/// How long an agent lets an unanswered customer ring, and until a busy line is noticed: from and to.
pub(super) const NO_ANSWER_US: (i64, i64) = (25 * SECOND_US, 40 * SECOND_US);
pub(super) const BUSY_US: (i64, i64) = (2 * SECOND_US, 4 * SECOND_US);

/// Whether an agent has time to ring a colleague.
fn can_call(agent: &Agent) -> bool {
    agent.can_be_rung() && agent.said != Said::Wrap && agent.said != Said::NotReady(NO_ANSWER)
}

impl Scene {
    /// A free agent dials a customer; when nobody is found free, the call is not made.
    pub(super) fn outbound_begins(&mut self) {
        let mut rng = self.dice(Purpose::Outbound, self.call_count + 1);
        let Some(agent) = self.colleague(&mut rng, Agent::is_free) else { return };
        let (mut call, dn) = self.begin_call_of(agent, CallKind::Outbound);
        let number = self.number_of_customer(call.number);
        self.tell_created(&call, Line::Main, &dn, &number);
        let role = (ResourceRole::Initiated, Doing::Dial);
        call.driver = self.join(&mut call, Line::Main, agent, role, Joining::default());
        let parent = call.legs.first().map_or_else(String::new, |leg| leg.party.id.clone());
        self.customer_joins(&mut call, number, &parent);
        let now_us = self.now_us;
        if let Some(leg) = call.legs.first_mut() {
            leg.attempt.change_family(now_us, Family::Plain, true);
            let party = leg.party.clone();
            let data = self.data_of_customer(&call);
            self.set_data(&call, &party, data);
        }
        let habits = &self.settings.habits;
        let shares = [habits.outbound_no_answer_share, habits.outbound_busy_share, 1.0];
        let (far_end, after_us) = match place(shares, rng.unit()) {
            0 => (FarEnd::DoesNotAnswer, rng.between(NO_ANSWER_US.0, NO_ANSWER_US.1)),
            1 => (FarEnd::IsBusy, rng.between(BUSY_US.0, BUSY_US.1)),
            _ => (FarEnd::Answers, habits.outbound_ring.draw_us(&mut rng)),
        };
        self.await_far_end(call, far_end, after_us);
    }

    /// An agent rings a colleague; when nobody has time, the call is not made.
    pub(super) fn internal_begins(&mut self) {
        let mut rng = self.dice(Purpose::Internal, self.call_count + 1);
        let Some(agent) = self.colleague(&mut rng, can_call) else { return };
        let node = self.agents.get(agent as usize).map_or(0, |a| a.node);
        let fits = |a: &Agent| a.can_be_rung() && self.reaches(node, a);
        let Some(other) = self.colleague(&mut rng, fits).filter(|other| *other != agent) else { return };
        let (mut call, dn) = self.begin_call_of(agent, CallKind::Internal);
        let dnis = self.dn_of(other);
        self.tell_created(&call, Line::Main, &dn, &dnis);
        let role = (ResourceRole::Initiated, Doing::Dial);
        call.driver = self.join(&mut call, Line::Main, agent, role, Joining::default());
        let parent = call.legs.first().map_or_else(String::new, |leg| leg.party.id.clone());
        let joining = Joining { parent, ..Joining::default() };
        self.join(&mut call, Line::Main, other, (ResourceRole::Received, Doing::Ring), joining);
        let habits = &self.settings.habits;
        let (far_end, after_us) = if rng.chance(habits.internal_no_answer_share) {
            (FarEnd::DoesNotAnswer, us(habits.no_answer_after_s))
        } else {
            (FarEnd::Answers, plan::ring_us(habits, &mut rng))
        };
        self.await_far_end(call, far_end, after_us);
    }

    /// A call that an agent begins, and the agent's DN.
    fn begin_call_of(&mut self, agent: u32, kind: CallKind) -> (Call, String) {
        let session = self.agents.get(agent as usize).and_then(|a| a.session.as_ref());
        let (dn, node) = session.map_or_else(Default::default, |s| (s.dn.clone(), s.node));
        let mut call = self.begin_call(kind, self.settings.site.center_of(node));
        call.queue = self.agents.get(agent as usize).and_then(|a| a.person.skills.first().copied()).unwrap_or_default();
        (call, dn)
    }

    /// The called end does something after so long.
    pub(super) fn await_far_end(&mut self, mut call: Call, far_end: FarEnd, after_us: i64) {
        call.far_end = far_end;
        self.later(after_us, Due::FarEnd(call.number, call.ticket));
        self.calls.insert(call.number, call);
    }

    pub(super) fn far_end(&mut self, number: u64) {
        let Some(mut call) = self.calls.remove(&number) else { return };
        match call.far_end {
            _ if call.caller.is_some() => self.called_end(&mut call),
            FarEnd::Answers | FarEnd::IsMachine => self.far_end_answers(&mut call),
            FarEnd::DoesNotAnswer => {
                self.far_end_fails(&mut call, Outcome::AbandonedWhileRinging, PartyEnd::PARTY_END_FAILED);
            }
            FarEnd::IsBusy => self.far_end_fails(&mut call, Outcome::DestinationBusy, PartyEnd::PARTY_END_BUSY),
        }
        self.keep(call);
    }

    fn far_end_answers(&mut self, call: &mut Call) {
        for place in 0..call.legs.len() {
            self.turn(call, place, Doing::Talk);
        }
        self.tell_customer_connected(call);
        let mut rng = self.dice(Purpose::Handling, call.subject());
        let habits = &self.settings.habits;
        call.steps = if call.kind == CallKind::Internal {
            plan::plain(habits.internal_talk.draw_us(&mut rng))
        } else {
            plan::handling(habits, &mut rng, call.transfers)
        };
        self.step(call);
    }

    pub(super) fn tell_customer_connected(&mut self, call: &Call) {
        let Some(customer) = &call.customer else { return };
        self.tell_state(call, customer, PartyState::PARTY_STATE_CONNECTED);
    }

    /// The node tells that a party of the main call is in another state.
    pub(super) fn tell_state(&mut self, call: &Call, party: &Party, state: PartyState) {
        let body = PartyStateChanged {
            call: call.id.clone(),
            party: party.id.clone(),
            state: state.into(),
            dn: party.dn.clone(),
            ..PartyStateChanged::default()
        };
        self.voice.tell(Port::Calls(call.node), body);
    }

    /// Nobody answers: the called end goes first, then who called.
    fn far_end_fails(&mut self, call: &mut Call, outcome: Outcome, cause: PartyEnd) {
        let by = call.legs.first().map_or_else(String::new, |leg| leg.party.dn.clone());
        self.customer_leaves(call, cause, "");
        if call.kind == CallKind::Internal {
            let redirected = Parting::new(Outcome::RedirectedOnNoAnswer, PartyEnd::PARTY_END_REDIRECTED, "");
            self.part(call, 1, redirected);
        }
        self.part(call, 0, Parting::new(outcome, PartyEnd::PARTY_END_RELEASED, &by));
        let end = if outcome == Outcome::DestinationBusy { CallEnd::Busy } else { CallEnd::NoAnswer };
        self.end_call(call, end, &by);
    }
}
