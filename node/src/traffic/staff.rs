//! What agents do between calls: come to their desks, log in, become ready and not ready, take breaks, and leave.

use callmart_schema::event::{AgentLogin, AgentLogout, AgentNotReady, AgentReady, DnServiceChanged, Reason, WorkMode};

use super::agents::{Agent, NO_ANSWER, REASON_KEY, Said, Session};
use super::day;
use super::dist::{SECOND_US, exponential, us};
use super::ids::Kind;
use super::layout::{Desk, tc_port};
use super::notes::Note;
use super::rng::Purpose;
use super::scene::{Due, Scene};

const MINUTE_US: i64 = 60 * SECOND_US;
/// From a telephone's coming into service to the login, and from the logout to its going out, from and to.
const DESK_US: (i64, i64) = (5 * SECOND_US, 60 * SECOND_US);
/// From the login to the first ready.
const FIRST_READY_US: (i64, i64) = (4 * SECOND_US, 40 * SECOND_US);
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
        let Some(desk) = self.desks.get_mut(who.person.center).and_then(|desks| desks.pop_first()) else { return };
        who.desk = Some(desk);
        self.tell_service(desk, true);
        let (from_us, to_us) = DESK_US;
        let after_us = self.dice_of_agent(Purpose::Shift, agent).between(from_us, to_us);
        self.later(after_us, Due::LogIn(agent));
    }

    pub(super) fn desk_closes(&mut self, desk: Desk) {
        self.tell_service(desk, false);
        if let Some(desks) = self.desks.get_mut(desk.center) {
            desks.insert(desk);
        }
    }

    fn tell_service(&mut self, desk: Desk, in_service: bool) {
        self.voice
            .tell(tc_port(desk.node()), DnServiceChanged { dn: desk.dn(), in_service, ..DnServiceChanged::default() });
    }

    pub(super) fn log_in(&mut self, agent: u32) {
        let id = self.ids.give(Kind::Session);
        let (now_us, place) = (self.now_us, self.logged_in.len());
        let Some(who) = self.agent_mut(agent) else { return };
        let Some(desk) = who.desk else { return };
        who.session = Some(Session { id: id.clone(), from_us: now_us, dn: desk.dn(), node: desk.node() });
        (who.said, who.place, who.leaves, who.break_due) = (Said::Nothing, place, false, None);
        who.sessions += 1;
        let (sessions, shift_us) = (who.sessions, (who.shift_to_us - now_us).max(SHORTEST_SHIFT_US));
        let body = AgentLogin { dn: desk.dn(), agent: who.person.id.clone(), session: id, ..AgentLogin::default() };
        self.logged_in.push(agent);
        self.voice.tell(tc_port(desk.node()), body);
        self.notes.push(Note::LoggedIn { agent, at_us: now_us });
        self.later(shift_us, Due::ShiftEnds(agent, sessions));
        self.enter_day_of(agent, sessions, shift_us);
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

    pub(super) fn first_ready(&mut self, agent: u32) {
        self.say_ready(agent);
    }

    /// The agent says to be ready.
    pub(super) fn say_ready(&mut self, agent: u32) {
        let Some((node, dn, id, session)) = self.say(agent, Said::Ready) else { return };
        let work_mode = WorkMode::WORK_MODE_MANUAL_IN.into();
        self.voice.tell(
            tc_port(node),
            AgentReady { dn, agent: id, session, work_mode, reasons: Vec::new(), ..AgentReady::default() },
        );
    }

    /// The agent says not to be ready, for a reason.
    fn say_not_ready(&mut self, agent: u32, reason: &'static str) {
        let told = Reason { key: REASON_KEY.to_owned(), value: reason.to_owned(), ..Reason::default() };
        self.tell_not_ready(agent, Said::NotReady(reason), WorkMode::WORK_MODE_AUX, vec![told]);
    }

    /// The switch says that the agent is in after-call work.
    pub(super) fn say_wrap(&mut self, agent: u32) {
        self.tell_not_ready(agent, Said::Wrap, WorkMode::WORK_MODE_AFTER_CALL_WORK, Vec::new());
    }

    fn tell_not_ready(&mut self, agent: u32, said: Said, work_mode: WorkMode, reasons: Vec<Reason>) {
        let Some((node, dn, id, session)) = self.say(agent, said) else { return };
        self.voice.tell(
            tc_port(node),
            AgentNotReady { dn, agent: id, session, work_mode: work_mode.into(), reasons, ..AgentNotReady::default() },
        );
    }

    /// Takes down what an agent says; gives the node, DN, EmployeeID and session that it is said under.
    fn say(&mut self, agent: u32, said: Said) -> Option<(usize, String, String, String)> {
        let who = self.agent_mut(agent)?;
        let session = who.session.as_ref()?;
        let names = (session.node, session.dn.clone(), who.person.id.clone(), session.id.clone());
        who.said = said;
        who.ticket += 1;
        Some(names)
    }

    /// The agent did not answer: not ready for a while.
    pub(super) fn not_ready_after_no_answer(&mut self, agent: u32) {
        self.say_not_ready(agent, NO_ANSWER);
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
        self.say_not_ready(agent, reason);
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
        let goes = self.agents.get(agent as usize).is_some_and(|a| a.leaves && a.lines.is_empty());
        if goes {
            self.log_out(agent);
        }
        goes
    }

    fn log_out(&mut self, agent: u32) {
        let now_us = self.now_us;
        let Some(who) = self.agent_mut(agent) else { return };
        let (Some(session), Some(desk)) = (who.session.take(), who.desk.take()) else { return };
        who.said = Said::Nothing;
        who.ticket += 1;
        let (id, next_day, place) = (who.person.id.clone(), who.next_day, who.place);
        self.logged_in.swap_remove(place);
        if let Some(moved) = self.logged_in.get(place).and_then(|other| self.agents.get_mut(*other as usize)) {
            moved.place = place;
        }
        let body = AgentLogout { dn: session.dn, agent: id, session: session.id, ..AgentLogout::default() };
        self.voice.tell(tc_port(session.node), body);
        self.notes.push(Note::LoggedOut { agent, from_us: session.from_us, to_us: now_us });
        let after_us = self.dice_of_agent(Purpose::Shift, agent).between(DESK_US.0, DESK_US.1);
        self.later(after_us, Due::DeskCloses(desk));
        self.enter_next_shift(agent, next_day);
    }
}
