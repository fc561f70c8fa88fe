//! After-call work: when agents have it, and which attempt it belongs to.

use super::agents::{OldSeat, Said, Wrap};
use super::call::{Call, Line};
use super::customer::data_of_result;
use super::notes::{CallKind, Note};
use super::rng::Purpose;
use super::scene::{Due, Scene};
use super::sums::{Measure, Sums};

/// Which of the agent's sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SeatFor {
    /// The one in which the agent works.
    Here,
    /// The so-manieth of those that were left.
    Left(usize),
}

impl Scene {
    /// The agent of a leg that ended goes into after-call work, if that follows: the agent was ready before, talked, has no
    /// other call, and has something to write down.
    pub(super) fn after_call(&mut self, call: &Call, place: usize) {
        let Some(leg) = call.legs.get(place) else { return };
        let agent = leg.attempt.agent;
        let ended = !leg.is_there() && leg.attempt.was_connected();
        let line = (call.number, leg.line);
        let Some(seat) = self.seat_for_wrap(agent, &leg.party.dn, line).filter(|_| ended) else { return };
        if !self.has_wrap(call, place) {
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
        self.begin_wrap(agent, seat, wrap);
    }

    /// The session on the DN in which after-call work is said: the one in which the agent works, else one that was left with
    /// the call on it, if the agent is ready there. None when a call is on.
    fn seat_for_wrap(&self, agent: u32, dn: &str, line: (u64, Line)) -> Option<SeatFor> {
        let who = self.agents.get(agent as usize).filter(|a| a.lines.is_empty())?;
        if who.said == Said::Ready && who.session.as_ref().is_some_and(|s| s.dn == dn) {
            return Some(SeatFor::Here);
        }
        let fits = |old: &OldSeat| old.said == Said::Ready && old.session.dn == dn && old.calls.contains(&line);
        who.old_seats.iter().position(fits).map(SeatFor::Left)
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

    fn begin_wrap(&mut self, agent: u32, seat: SeatFor, wrap: Wrap) {
        let mut rng = self.dice(Purpose::Wrap, !((wrap.call << 8) + wrap.leg as u64));
        let sets_result = wrap.measure == Measure::CustomerAcw && rng.chance(self.settings.habits.result_in_wrap_share);
        let length_us = self.settings.habits.wrap.draw_us(&mut rng);
        match seat {
            SeatFor::Here => self.say_wrap(agent),
            SeatFor::Left(place) => self.say_in_old_seat(agent, place, Said::Wrap),
        }
        let Some(who) = self.agent_mut(agent) else { return };
        let ticket = who.ticket;
        let kept = match seat {
            SeatFor::Here => Some(&mut who.wrap),
            SeatFor::Left(place) => who.old_seats.get_mut(place).map(|old| &mut old.wrap),
        };
        if let Some(kept) = kept {
            *kept = Some(wrap);
        }
        self.later(length_us, Due::WrapEnds(agent, ticket));
        if sets_result {
            self.later((length_us as f64 * rng.unit()) as i64, Due::SetResult(agent, ticket));
        }
    }

    /// The agent sets what came of the call, which is over.
    pub(super) fn result_in_wrap(&mut self, agent: u32) {
        let Some(who) = self.agents.get(agent as usize) else { return };
        let left = who.old_seats.iter().filter_map(|old| old.wrap.as_ref());
        let Some(wrap) = who.wrap.iter().chain(left).next().cloned() else { return };
        let unit = self.dice(Purpose::Plan, !wrap.call).unit();
        self.tell_data(wrap.node, &wrap.call_id, &wrap.party, data_of_result(unit));
    }

    /// After-call work ends with the logout, with a break, or with ready. While a call is on the telephone that began
    /// meanwhile, with ready only.
    pub(super) fn wrap_ends(&mut self, agent: u32) {
        let Some(who) = self.agent_mut(agent) else { return };
        let is_alone = who.lines.is_empty();
        let Some(wrap) = who.wrap.take() else { return self.wrap_ends_in_old_seat(agent) };
        self.book_wrap(agent, &wrap);
        if self.leave(agent) || (is_alone && self.take_break(agent)) {
            return;
        }
        self.say_ready(agent);
    }

    /// The T-controller waits for nothing else there.
    fn wrap_ends_in_old_seat(&mut self, agent: u32) {
        let Some(who) = self.agent_mut(agent) else { return };
        let Some(place) = who.old_seats.iter().position(|old| old.wrap.is_some()) else { return };
        let wrap = who.old_seats.get_mut(place).and_then(|old| old.wrap.take());
        if let Some(wrap) = wrap {
            self.book_wrap(agent, &wrap);
        }
        self.say_in_old_seat(agent, place, Said::Ready);
    }

    fn say_in_old_seat(&mut self, agent: u32, place: usize, said: Said) {
        let Some(old) = self.agent_mut(agent).and_then(|who| who.old_seats.get_mut(place)) else { return };
        old.said = said;
        let (node, dn) = (old.session.node, old.session.dn.clone());
        self.at_owners(|owners| said.stated().map_or(Ok(()), |stated| owners.state(node, &dn, stated)));
    }

    /// After-call work goes to its attempt, as long as that is not in the books.
    pub(super) fn book_wrap(&mut self, agent: u32, wrap: &Wrap) {
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
