//! From the answer to the end of a call: the steps that the agent who has the customer takes.

use callmart_schema::catalogue::statics::Outcome;
use callmart_schema::event::PartyEnd;

use super::attempt::Doing;
use super::call::{Call, Line, Step};
use super::customer::data_of_result;
use super::legs::Parting;
use super::notes::{CallEnd, CallKind, PassEnd};
use super::plan;
use super::rng::Purpose;
use super::scene::{Due, Scene};

/// Share of calls that the customer releases first.
const CUSTOMER_RELEASES_SHARE: f64 = 0.55;

impl Scene {
    pub(super) fn agent_answers(&mut self, number: u64) {
        let Some(mut call) = self.calls.remove(&number) else { return };
        call.patience_ticket += 1;
        self.end_pass(&mut call, PassEnd::Accepted);
        let driver = call.driver;
        self.turn(&mut call, driver, Doing::Talk);
        let mut rng = self.dice(Purpose::Handling, call.subject());
        call.steps = plan::handling(&self.settings.habits, &mut rng, call.transfers);
        self.enter_listener(&call);
        self.step(&mut call);
        self.keep(call);
    }

    pub(super) fn next_step(&mut self, number: u64) {
        let Some(mut call) = self.calls.remove(&number) else { return };
        self.step(&mut call);
        self.keep(call);
    }

    /// Takes the next step of the agent who has the customer.
    pub(super) fn step(&mut self, call: &mut Call) {
        match call.steps.pop_front().unwrap_or(Step::Release) {
            Step::Talk(length_us) => self.go_on(call, Doing::Talk, length_us),
            Step::Hold(length_us) => self.go_on(call, Doing::Hold, length_us),
            Step::GiveUp => self.customer_gives_up(call),
            Step::Blind => self.transfer_blindly(call),
            Step::Consult(after) => {
                if !self.begin_consult(call, after) {
                    self.step(call);
                }
            }
            Step::ColleagueLeaves => {
                self.colleague_leaves(call);
                self.step(call);
            }
            Step::LeaveToColleague => self.leave_to_colleague(call),
            Step::Release => self.release(call),
        }
    }

    fn go_on(&mut self, call: &mut Call, doing: Doing, length_us: i64) {
        let driver = call.driver;
        if call.legs.get(driver).is_some_and(|leg| leg.attempt.doing() != Some(doing)) {
            self.turn(call, driver, doing);
        }
        call.ticket += 1;
        self.later(length_us, Due::NextStep(call.number, call.ticket));
    }

    /// The call ends: everybody who is still there leaves.
    fn release(&mut self, call: &mut Call) {
        let mut rng = self.dice(Purpose::Plan, call.number);
        let by_customer = rng.chance(CUSTOMER_RELEASES_SHARE);
        let Some(driver) = call.legs.get(call.driver).map(|leg| leg.party.clone()) else { return };
        let customer = call.customer.as_ref().filter(|_| by_customer);
        let by = customer.unwrap_or(&driver).dn.clone();
        if call.kind != CallKind::Internal && !rng.chance(self.settings.habits.result_in_wrap_share) {
            self.set_data(call, &driver, data_of_result(rng.unit()));
        }
        let there = self.everybody_leaves(call, Parting::new(Outcome::Completed, PartyEnd::PARTY_END_RELEASED, &by));
        self.customer_leaves(call, PartyEnd::PARTY_END_RELEASED, &by);
        self.end_call(call, CallEnd::Answered, &by);
        there.into_iter().for_each(|place| self.after_call(call, place));
    }

    /// All agents leave the main call; gives the places of their legs.
    fn everybody_leaves(&mut self, call: &mut Call, parting: Parting<'_>) -> Vec<usize> {
        let legs = call.legs.iter().enumerate();
        let there: Vec<usize> = legs.filter(|(_, l)| l.is_there() && l.line == Line::Main).map(|(p, _)| p).collect();
        there.iter().for_each(|place| self.part(call, *place, parting));
        there
    }

    /// The customer hangs up while the agent holds the call. A consult call goes on.
    pub(super) fn customer_gives_up(&mut self, call: &mut Call) {
        let by = call.customer.clone().unwrap_or_default().dn;
        let driver = call.driver;
        let outcome = Outcome::CustomerAbandonedFromHold;
        self.part(call, driver, Parting::new(outcome, PartyEnd::PARTY_END_ABANDONED, &by));
        self.customer_leaves(call, PartyEnd::PARTY_END_RELEASED, &by);
        self.end_call(call, CallEnd::AbandonedHeld, &by);
        call.ticket += 1;
        self.after_call(call, driver);
    }
}
