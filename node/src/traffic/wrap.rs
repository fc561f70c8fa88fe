//! After-call work: when agents have it, and which attempt it belongs to.

use super::agents::{Said, Wrap};
use super::call::{Call, Line};
use super::customer::data_of_result;
use super::notes::{CallKind, Note};
use super::rng::Purpose;
use super::scene::{Due, Scene};
use super::sums::{Measure, Sums};

impl Scene {
    /// The agent of a leg that ended goes into after-call work, if that follows: the agent was ready before, talked, has no
    /// other call, and has something to write down.
    pub(super) fn after_call(&mut self, call: &Call, place: usize) {
        let Some(leg) = call.legs.get(place) else { return };
        let agent = leg.attempt.agent;
        let can = self.agents.get(agent as usize).is_some_and(|a| a.said == Said::Ready && a.lines.is_empty());
        let ended = !leg.is_there() && leg.attempt.was_connected();
        if !can || !ended || !self.has_wrap(call, place) {
            return;
        }
        let wrap = Wrap {
            since_us: self.now_us,
            call: call.number,
            leg: place,
            attempt_from_us: leg.attempt.from_us,
            measure: leg.attempt.wrap_measure(),
            node: call.node,
            call_id: call.id.clone(),
            party: leg.party.clone(),
        };
        self.begin_wrap(agent, wrap);
    }

    fn has_wrap(&self, call: &Call, place: usize) -> bool {
        let Some(leg) = call.legs.get(place) else { return false };
        let habits = &self.settings.habits;
        let share = match (call.kind, leg.line) {
            _ if leg.attempt.sums.count(Measure::CustomerTalk) > 0 => 1.0,
            (_, Line::Consult) => habits.consulted_wrap_share,
            (CallKind::Internal, _) if place > 0 => habits.internal_wrap_share,
            _ => 0.0,
        };
        self.dice(Purpose::Wrap, (call.number << 8) + place as u64).chance(share)
    }

    fn begin_wrap(&mut self, agent: u32, wrap: Wrap) {
        let mut rng = self.dice(Purpose::Wrap, !((wrap.call << 8) + wrap.leg as u64));
        let sets_result = wrap.measure == Measure::CustomerAcw && rng.chance(self.settings.habits.result_in_wrap_share);
        let length_us = self.settings.habits.wrap.draw_us(&mut rng);
        self.say_wrap(agent);
        let Some(who) = self.agent_mut(agent) else { return };
        who.wrap = Some(wrap);
        let ticket = who.ticket;
        self.later(length_us, Due::WrapEnds(agent, ticket));
        if sets_result {
            self.later((length_us as f64 * rng.unit()) as i64, Due::SetResult(agent, ticket));
        }
    }

    /// The agent sets what came of the call, which is over.
    pub(super) fn result_in_wrap(&mut self, agent: u32) {
        let Some(wrap) = self.agents.get(agent as usize).and_then(|a| a.wrap.clone()) else { return };
        let unit = self.dice(Purpose::Plan, !wrap.call).unit();
        self.tell_data(wrap.node, &wrap.call_id, &wrap.party, data_of_result(unit));
    }

    /// After-call work ends with the logout, with a break, or with ready. While a call is on the telephone that began
    /// meanwhile, with ready only.
    pub(super) fn wrap_ends(&mut self, agent: u32) {
        let Some(who) = self.agent_mut(agent) else { return };
        let is_alone = who.lines.is_empty();
        if let Some(wrap) = who.wrap.take() {
            self.book_wrap(agent, &wrap);
        }
        if self.leave(agent) || (is_alone && self.take_break(agent)) {
            return;
        }
        self.say_ready(agent);
    }

    /// After-call work goes to its attempt, as long as that is not in the books.
    fn book_wrap(&mut self, agent: u32, wrap: &Wrap) {
        let now_us = self.now_us;
        let leg = self.calls.get_mut(&wrap.call).and_then(|call| call.legs.get_mut(wrap.leg));
        if let Some(leg) = leg.filter(|leg| !leg.is_booked) {
            return leg.attempt.sums.add(wrap.measure, wrap.since_us, now_us);
        }
        let mut sums = Box::<Sums>::default();
        sums.add(wrap.measure, wrap.since_us, now_us);
        self.notes.push(Note::Wrapped { agent, attempt_from_us: wrap.attempt_from_us, sums });
    }
}
