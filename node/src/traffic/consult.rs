//! Consultations: an agent holds the customer and asks a colleague, who may then get the customer, join, or neither.

use callmart_schema::catalogue::statics::{Outcome, ResourceRole};
use callmart_schema::event::{CallDeleted, PartyEnd, PartyMoved, PartyState};

use super::agents::Agent;
use super::attempt::{Doing, Family};
use super::call::{After, Call, Consult, Line, Step};
use super::dist::{SECOND_US, us};
use super::ids::Kind;
use super::legs::{Joining, Parting};
use super::notes::CallState;
use super::plan;
use super::rng::{Purpose, Rng};
use super::scene::{Due, Scene};
use super::site::Port;
use super::sums::Measure;

/// Talk with the customer after a colleague did not answer, when the handling time is used up: from and to.
const SORRY_US: (i64, i64) = (3 * SECOND_US, 15 * SECOND_US);

impl Scene {
    /// The agent holds the customer and rings a colleague; false when none is free.
    pub(super) fn begin_consult(&mut self, call: &mut Call, after: After) -> bool {
        let mut rng = self.dice(Purpose::Consult, call.subject());
        let fits = |a: &Agent| a.is_free() && self.reaches(call.node, a);
        let Some(colleague) = self.colleague(&mut rng, fits) else { return false };
        let Some(asking) = call.legs.get(call.driver).map(|leg| leg.attempt.agent) else { return false };
        if self.dn_of(asking).is_empty() {
            // Logged out in the middle of the call: the telephone goes on with it and begins none.
            return false;
        }
        let driver = call.driver;
        self.turn(call, driver, Doing::Hold);
        let habits = &self.settings.habits;
        let answers = !rng.chance(habits.consult_no_answer_share);
        let talk_us = answers.then(|| habits.consult_talk.draw_us(&mut rng));
        let id = self.ids.give(Kind::Call);
        call.consult = Some(Consult { id, asking: 0, asked: 0, after, talk_us, ticket: 0 });
        call.ticket += 1;
        self.ring_colleague(call, asking, colleague);
        self.enter_consult_times(call, &mut rng, talk_us);
        true
    }

    fn ring_colleague(&mut self, call: &mut Call, asking: u32, colleague: u32) {
        let (ani, dnis) = (self.dn_of(asking), self.dn_of(colleague));
        self.tell_created(call, Line::Consult, &ani, &dnis);
        let role = (ResourceRole::InitiatedConsult, Doing::Dial);
        let first = self.join(call, Line::Consult, asking, role, Joining::default());
        let parent = call.legs.get(first).map_or_else(String::new, |leg| leg.party.id.clone());
        let joining = Joining { parent, ..Joining::default() };
        let second = self.join(call, Line::Consult, colleague, (ResourceRole::ReceivedConsult, Doing::Ring), joining);
        if let Some(consult) = &mut call.consult {
            (consult.asking, consult.asked) = (first, second);
        }
    }

    /// Enters the answer or its absence, and perhaps the customer's giving up within that time.
    fn enter_consult_times(&mut self, call: &Call, rng: &mut Rng, talk_us: Option<i64>) {
        let habits = &self.settings.habits;
        let (ring_us, all_us, due) = match talk_us {
            Some(talk_us) => {
                let ring_us = plan::ring_us(habits, rng);
                (ring_us, ring_us + talk_us, Due::ColleagueAnswers(call.number, 0))
            }
            None => {
                let ring_us = us(habits.no_answer_after_s);
                (ring_us, ring_us, Due::ColleagueDoesNotAnswer(call.number, 0))
            }
        };
        let gives_up = rng.chance(habits.consult_give_up_share);
        let gives_up_us = (all_us as f64 * rng.unit()) as i64;
        self.later(ring_us, due);
        if gives_up {
            self.later(gives_up_us, Due::CustomerGivesUpInConsult(call.number, call.ticket));
        }
    }

    pub(super) fn colleague_answers(&mut self, number: u64) {
        let Some(mut call) = self.calls.remove(&number) else { return };
        if let Some(consult) = &mut call.consult {
            consult.ticket += 1;
            let (asking, asked, talk_us) = (consult.asking, consult.asked, consult.talk_us);
            let due = Due::ConsultEnds(number, consult.ticket);
            self.turn(&mut call, asking, Doing::Talk);
            self.turn(&mut call, asked, Doing::Talk);
            self.later(talk_us.unwrap_or(1), due);
        }
        self.calls.insert(number, call);
    }

    pub(super) fn colleague_does_not_answer(&mut self, number: u64) {
        let Some(mut call) = self.calls.remove(&number) else { return };
        let by = self.asking_dn(&call);
        let redirected = Parting::new(Outcome::RedirectedOnNoAnswer, PartyEnd::PARTY_END_REDIRECTED, "");
        let given_up = Parting::new(Outcome::AbandonedWhileRinging, PartyEnd::PARTY_END_RELEASED, &by);
        self.end_consult(&mut call, redirected, given_up, &by);
        self.keep(call);
    }

    /// The consultation is over: the agent goes on alone, passes the customer on, or makes a conference of it. When the
    /// customer has given up meanwhile, nothing is left to go on with.
    pub(super) fn consult_ends(&mut self, number: u64) {
        let Some(mut call) = self.calls.remove(&number) else { return };
        let after = call.consult.as_ref().map_or(After::Retrieve, |c| c.after);
        match after {
            After::Transfer if call.end.is_none() => self.merge(&mut call, false),
            After::Conference if call.end.is_none() => self.merge(&mut call, true),
            _ => {
                let by = self.asking_dn(&call);
                let released = Parting::new(Outcome::Completed, PartyEnd::PARTY_END_RELEASED, &by);
                self.end_consult(&mut call, released, released, &by);
            }
        }
        self.keep(call);
    }

    fn asking_dn(&self, call: &Call) -> String {
        let asking = call.consult.as_ref().and_then(|c| call.legs.get(c.asking));
        asking.map_or_else(String::new, |leg| leg.party.dn.clone())
    }

    /// Both leave the consult call; the agent goes back to the customer, if that one is still there.
    fn end_consult(&mut self, call: &mut Call, asked_parting: Parting<'_>, asking_parting: Parting<'_>, by: &str) {
        let Some((asking, asked)) = call.consult.as_ref().map(|c| (c.asking, c.asked)) else { return };
        self.part(call, asked, asked_parting);
        self.part(call, asking, asking_parting);
        self.tell_consult_deleted(call, by, "");
        call.consult = None;
        call.ticket += 1;
        self.after_call(call, asked);
        if call.end.is_some() {
            return self.after_call(call, call.driver);
        }
        if call.steps.front() == Some(&Step::Release) {
            let sorry_us = self.dice(Purpose::Consult, !call.subject()).between(SORRY_US.0, SORRY_US.1);
            call.steps.push_front(Step::Talk(sorry_us));
        }
        self.step(call);
    }

    fn tell_consult_deleted(&mut self, call: &Call, by: &str, merged_into: &str) {
        let (id, root_call) = call.ids(Line::Consult);
        let body = CallDeleted {
            call: id,
            root_call,
            released_by: by.to_owned(),
            merged_into: merged_into.to_owned(),
            ..CallDeleted::default()
        };
        self.voice.tell(Port::Calls(call.node), body);
    }

    /// The colleague comes over to the customer's call; the agent leaves it, or stays in a conference.
    fn merge(&mut self, call: &mut Call, stays: bool) {
        let Some((asking, asked)) = call.consult.as_ref().map(|c| (c.asking, c.asked)) else { return };
        let driver = call.driver;
        self.move_over(call, asked, stays);
        let target_dn = call.legs.get(asked).map_or_else(String::new, |leg| leg.party.dn.clone());
        let parting = if stays {
            Parting::to(Outcome::Conferenced, PartyEnd::PARTY_END_CONFERENCED, "")
        } else {
            Parting::to(Outcome::Transferred, PartyEnd::PARTY_END_TRANSFERRED, &target_dn)
        };
        self.part(call, asking, parting);
        if !stays {
            self.part(call, driver, parting);
        }
        let main = call.id.clone();
        self.tell_consult_deleted(call, "", &main);
        self.tell_line(call, asked, Line::Main, PartyState::PARTY_STATE_CONNECTED);
        self.tell_line(call, asked, Line::Consult, PartyState::PARTY_STATE_NULL);
        call.consult = None;
        call.ticket += 1;
        if stays {
            self.go_on_in_conference(call, asked);
        } else {
            self.go_on_after_transfer(call, asked);
            self.after_call(call, driver);
        }
        self.step(call);
    }

    /// The colleague's party goes over to the main call.
    fn move_over(&mut self, call: &mut Call, asked: usize, stays: bool) {
        let (id, root_call) = call.ids(Line::Consult);
        let moved_by = call.legs.get(call.driver).map_or_else(String::new, |leg| leg.party.id.clone());
        let new_call = call.id.clone();
        let (number, now_us) = (call.number, self.now_us);
        let Some(leg) = call.legs.get_mut(asked) else { return };
        let (family, role) = if stays {
            (Family::ConfJoin, ResourceRole::InConference)
        } else {
            (Family::PostConsXfer, ResourceRole::ReceivedTransfer)
        };
        leg.line = Line::Main;
        leg.attempt.role = role;
        leg.attempt.change_family(now_us, family, call.customer.is_some());
        let party = leg.party.id.clone();
        let body = PartyMoved {
            call: id,
            root_call,
            new_party: party.clone(),
            party,
            new_call,
            moved_by,
            ..PartyMoved::default()
        };
        let agent = leg.attempt.agent;
        self.voice.tell(Port::Calls(call.node), body);
        if let Some(who) = self.agent_mut(agent) {
            who.lines.push((number, Line::Main));
        }
        self.drop_line(agent, number, Line::Consult);
    }

    fn go_on_in_conference(&mut self, call: &mut Call, asked: usize) {
        let (driver, now_us) = (call.driver, self.now_us);
        if let Some(leg) = call.legs.get_mut(driver) {
            leg.attempt.change_family(now_us, Family::ConfInit, leg.attempt.with_customer);
            leg.attempt.sums.set_count(Measure::ConferenceInitiated, true);
        }
        call.colleague = Some(asked);
        self.turn(call, driver, Doing::Talk);
    }

    fn go_on_after_transfer(&mut self, call: &mut Call, asked: usize) {
        let mut rng = self.dice(Purpose::Handling, call.subject());
        call.driver = asked;
        call.transfers += 1;
        self.note_state(call, CallState::Connected);
        call.steps = plan::after_consult(&self.settings.habits, &mut rng);
    }

    pub(super) fn customer_gives_up_in_consult(&mut self, number: u64) {
        let Some(mut call) = self.calls.remove(&number) else { return };
        self.customer_gives_up(&mut call);
        self.keep(call);
    }

    /// The colleague leaves the conference first, if there is one.
    pub(super) fn colleague_leaves(&mut self, call: &mut Call) {
        let Some(place) = call.colleague.take() else { return };
        let by = call.legs.get(place).map_or_else(String::new, |leg| leg.party.dn.clone());
        self.part(call, place, Parting::new(Outcome::Completed, PartyEnd::PARTY_END_RELEASED, &by));
        let now_us = self.now_us;
        if let Some(leg) = call.legs.get_mut(call.driver) {
            leg.attempt.change_family(now_us, Family::Plain, leg.attempt.with_customer);
        }
        self.after_call(call, place);
    }

    /// The agent leaves the conference first, and the colleague goes on with the customer; without one the call ends.
    pub(super) fn leave_to_colleague(&mut self, call: &mut Call) {
        if let Some(colleague) = call.colleague.take() {
            let driver = call.driver;
            let by = call.legs.get(driver).map_or_else(String::new, |leg| leg.party.dn.clone());
            self.part(call, driver, Parting::new(Outcome::Completed, PartyEnd::PARTY_END_RELEASED, &by));
            call.driver = colleague;
            self.note_state(call, CallState::Connected);
            let mut rng = self.dice(Purpose::Handling, call.subject());
            call.steps = plan::plain(self.settings.habits.consult_talk.draw_us(&mut rng));
            self.after_call(call, driver);
        }
        self.step(call);
    }
}
