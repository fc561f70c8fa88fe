//! What agents do between calls: come to their desks, log in, become ready and not ready, take breaks, and leave.

use super::agents::{Agent, NO_ANSWER, Said, Session};
use super::day;
use super::dist::{SECOND_US, exponential, us};
use super::ids::Kind;
use super::notes::Note;
use super::rng::Purpose;
use super::scene::{Due, Scene};

const MINUTE_US: i64 = 60 * SECOND_US;
/// From a telephone's coming into service to the login, and from the logout to its going out, from and to.
pub(super) const DESK_US: (i64, i64) = (5 * SECOND_US, 60 * SECOND_US);
/// From the login to the first ready.
const FIRST_READY_US: (i64, i64) = (4 * SECOND_US, 40 * SECOND_US);
/// How soon an agent looks again who has no time for a session yet.
const LOOKS_AGAIN_US: i64 = 2 * SECOND_US;
/// Shortest time from login to the end of the shift.
const SHORTEST_SHIFT_US: i64 = 2 * MINUTE_US;
/// Shortest time not ready after a call that was not answered.
const NO_ANSWER_US: i64 = 10 * SECOND_US;
/// Breaks: reason, share of shifts that have it, where in the shift it begins (from, to), and its length in minutes.
const BREAKS: [(&str, f64, (f64, f64), i64); 5] = [
    ("Break", 0.9, (0.20, 0.35), 10),
    ("Lunch", 1.0, (0.40, 0.60), 30),
    ("Break", 0.9, (0.68, 0.85), 10),
    ("Training", 0.08, (0.05, 0.90), 45),
    ("Meeting", 0.10, (0.05, 0.90), 25),
];

impl Scene {
    pub(super) fn agent_mut(&mut self, agent: u32) -> Option<&mut Agent> {
        self.touched.push(agent);
        self.agents.get_mut(agent as usize)
    }

    /// Enters the agent's next shift, on day `first_day` (since 1970-01-01) or later.
    pub(super) fn enter_next_shift(&mut self, agent: u32, first_day: i64) {
        let (shift, day) = day::next_shift(self.settings.seed, agent, first_day, self.now_us);
        let Some(who) = self.agents.get_mut(agent as usize) else { return };
        who.shift_to_us = shift.to_us;
        who.next_day = day + 1;
        self.agenda.enter(shift.from_us.max(self.now_us), Due::DeskOpens(agent));
    }

    pub(super) fn desk_opens(&mut self, agent: u32) {
        let Some(who) = self.agents.get_mut(agent as usize) else { return };
        if let Some(shift_to_us) = who.shift_ahead.take() {
            if who.desk.is_some() {
                return;
            }
            who.shift_to_us = shift_to_us;
        }
        let Some(desk) = self.desks.get_mut(who.person.center).and_then(|desks| desks.pop_first()) else { return };
        let node = self.alive_or(desk.center, desk.node);
        if let Some(who) = self.agents.get_mut(agent as usize) {
            (who.desk, who.node) = (Some(desk), node);
        }
        self.register(node, &desk.dn());
        let (from_us, to_us) = DESK_US;
        let after_us = self.dice_of_agent(Purpose::Shift, agent).between(from_us, to_us);
        self.later(after_us, Due::LogIn(agent));
    }

    pub(super) fn log_in(&mut self, agent: u32) {
        self.leave_dead_node(agent);
        let id = self.ids.give(Kind::Session);
        let (now_us, place) = (self.now_us, self.logged_in.len());
        let Some(who) = self.agent_mut(agent) else { return };
        let Some(desk) = who.desk else { return };
        let (node, dn) = (who.node, desk.dn());
        who.sessions += 1;
        let (sessions, shift_us) = (who.sessions, (who.shift_to_us - now_us).max(SHORTEST_SHIFT_US));
        who.session = Some(Session { id: id.clone(), number: sessions, from_us: now_us, dn: dn.clone(), node });
        (who.said, who.place, who.leaves, who.break_due) = (Said::Nothing, place, false, None);
        who.is_away = false;
        let name = who.person.id.clone();
        self.logged_in.push(agent);
        self.at_owners(|owners| owners.log_in(node, &dn, &name, &id));
        self.notes.push(Note::LoggedIn { agent, session: sessions, at_us: now_us });
        self.later(shift_us, Due::ShiftEnds(agent, sessions));
        self.enter_day_of(agent, sessions, shift_us);
    }

    /// Nobody logs in at a node that is dead: the telephone registers at another one.
    fn leave_dead_node(&mut self, agent: u32) {
        let Some((desk, from)) = self.agents.get(agent as usize).and_then(|a| Some((a.desk?, a.node))) else { return };
        let node = self.alive_or(desk.center, from);
        if node == from {
            return;
        }
        self.owners.unregister(from, &desk.dn());
        self.register(node, &desk.dn());
        if let Some(who) = self.agents.get_mut(agent as usize) {
            who.node = node;
        }
    }

    /// Enters the first ready and the breaks of a shift.
    fn enter_day_of(&mut self, agent: u32, sessions: u32, shift_us: i64) {
        let mut rng = self.dice_of_agent(Purpose::Break, agent);
        let ticket = self.agents.get(agent as usize).map_or(0, |a| a.ticket);
        self.later(rng.between(FIRST_READY_US.0, FIRST_READY_US.1), Due::FirstReady(agent, ticket));
        for (place, (_, share, (from, to), _)) in BREAKS.iter().enumerate() {
            let has = rng.chance(*share);
            let at_us = shift_us as f64 * (from + (to - from) * rng.unit());
            if has {
                self.later(at_us as i64, Due::BreakBegins(agent, sessions, place));
            }
        }
    }

    /// While another session on the DN has its calls or its after-call work, the agent has not time for this one.
    pub(super) fn first_ready(&mut self, agent: u32) {
        match self.agents.get(agent as usize) {
            Some(who) if self.is_held_up(who) => self.later(LOOKS_AGAIN_US, Due::FirstReady(agent, who.ticket)),
            _ => self.say_ready(agent),
        }
    }

    /// The agent says to be ready.
    pub(super) fn say_ready(&mut self, agent: u32) {
        self.say(agent, Said::Ready);
    }

    /// The switch says that the agent is in after-call work.
    pub(super) fn say_wrap(&mut self, agent: u32) {
        self.say(agent, Said::Wrap);
    }

    /// The agent says something, in the session in which the agent works.
    fn say(&mut self, agent: u32, said: Said) {
        let Some(who) = self.agent_mut(agent) else { return };
        let Some(session) = &who.session else { return };
        let (node, dn) = (session.node, session.dn.clone());
        who.said = said;
        who.ticket += 1;
        self.at_owners(|owners| said.stated().map_or(Ok(()), |stated| owners.state(node, &dn, stated)));
    }

    /// The agent did not answer: not ready for a while.
    pub(super) fn not_ready_after_no_answer(&mut self, agent: u32) {
        if self.dn_of(agent).is_empty() {
            return;
        }
        self.say(agent, Said::NotReady(NO_ANSWER));
        let mean_s = self.settings.habits.no_answer_break_mean_s;
        let length_us = NO_ANSWER_US + us(exponential(&mut self.dice_of_agent(Purpose::Break, agent), mean_s));
        self.enter_back_ready(agent, length_us);
    }

    fn enter_back_ready(&mut self, agent: u32, after_us: i64) {
        let ticket = self.agents.get(agent as usize).map_or(0, |a| a.ticket);
        self.later(after_us, Due::BackReady(agent, ticket));
    }

    /// A break is taken at once when the agent is free, else when the call and its after-call work are over.
    pub(super) fn break_due(&mut self, agent: u32, place: usize) {
        let Some(who) = self.agents.get_mut(agent as usize) else { return };
        who.break_due = Some(place);
        if who.is_free() {
            self.take_break(agent);
        }
    }

    /// The break that is due; false when none is.
    pub(super) fn take_break(&mut self, agent: u32) -> bool {
        let due = self.agents.get_mut(agent as usize).and_then(|a| a.break_due.take());
        let Some((reason, _, _, minutes)) = due.and_then(|place| BREAKS.get(place)) else { return false };
        self.say(agent, Said::NotReady(reason));
        let mut rng = self.dice_of_agent(Purpose::Break, agent);
        let length_us = minutes * MINUTE_US + rng.between(-2 * MINUTE_US, 2 * MINUTE_US);
        self.enter_back_ready(agent, length_us);
        true
    }

    pub(super) fn back_ready(&mut self, agent: u32) {
        if !self.leave(agent) {
            self.say_ready(agent);
        }
    }

    pub(super) fn shift_ends(&mut self, agent: u32) {
        let Some(who) = self.agents.get_mut(agent as usize) else { return };
        who.leaves = true;
        if matches!(who.said, Said::Ready | Said::NotReady(_)) {
            self.leave(agent);
        }
    }

    /// Logs out when the shift is over and no call is on the telephone; false when not.
    pub(super) fn leave(&mut self, agent: u32) -> bool {
        let can_go = |a: &Agent| a.leaves && a.lines.is_empty() && a.session.is_some();
        let goes = self.agents.get(agent as usize).is_some_and(can_go);
        if goes {
            self.log_out(agent);
        }
        goes
    }

    fn log_out(&mut self, agent: u32) {
        let Some(session) = self.agents.get(agent as usize).and_then(|a| a.session.as_ref()) else { return };
        let (node, dn) = (session.node, session.dn.clone());
        self.at_owners(|owners| owners.log_out(node, &dn));
        self.session_ends(agent);
        let Some(who) = self.agents.get_mut(agent as usize) else { return };
        who.is_away = false;
        let (Some(desk), next_day, second) = (who.desk.take(), who.next_day, who.next_desk.take()) else { return };
        if let Some(second) = second {
            self.later(DESK_US.0, Due::DeskCloses(second));
        }
        if !self.takes_over(agent, desk) {
            let after_us = self.dice_of_agent(Purpose::Shift, agent).between(DESK_US.0, DESK_US.1);
            self.later(after_us, Due::DeskCloses(desk));
        }
        if self.agents.get(agent as usize).is_some_and(|a| a.shift_ahead.is_none()) {
            self.enter_next_shift(agent, next_day);
        }
    }
}
