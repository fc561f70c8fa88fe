//! Cases of DNs that change their owners, and of an ordinary SIP Server beside the cluster: the exact events of all sources, and beside them what follows for facts.
//!
//! What follows is derived from `docs/flows.md` and `docs/sources.md` by hand, not computed from the events. Times of facts
//! are milliseconds after the case's begin. Knows the script, no transform.

mod alone;
mod ordinary;
mod shared;

use callmart_schema::event::Event;

use super::script::{Script, Told};
use super::t_controller::Refused;
use crate::world::{Happening, Stretch, Teller, World};

pub use alone::*;
pub use ordinary::*;
pub use shared::*;

/// Begin of every case: 2026-01-06, a Tuesday, 10:00 UTC, in microseconds since 1970-01-01 UTC.
pub const START_US: i64 = 1_767_693_600_000_000;
/// The DN that most of it is about; dc1-node1 owns it at first.
pub const DN: &str = "100002";
/// The agent whom most of it is about.
pub const AGENT: &str = "E10001";

/// A case.
#[derive(Debug)]
pub struct Case {
    /// What happens, in a few words.
    pub name: &'static str,
    /// What happens and what follows.
    pub words: &'static str,
    /// The sources.
    pub tellers: Vec<Teller>,
    /// All events, in the order in which they were told, each with the time of its source's clock.
    pub events: Vec<Event>,
    /// The same in the order of the world's own time.
    pub happened: Vec<Happening>,
    /// What follows for attempts.
    pub attempts: Vec<AttemptFact>,
    /// What follows for passages through ACD queues; those through virtual queues are not said.
    pub passes: Vec<PassFact>,
    /// What follows for sessions.
    pub sessions: Vec<SessionFact>,
    /// What follows for states, of each session in the order of time.
    pub states: Vec<StateFact>,
}

/// An attempt. Seconds are floor of the end minus floor of the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptFact {
    /// Name of the call ([`super::script::id`] gives its UUID).
    pub call: &'static str,
    /// The DN.
    pub dn: &'static str,
    /// EmployeeID of who was logged in at delivery; empty where nobody was.
    pub agent: &'static str,
    /// Name of that session.
    pub session: &'static str,
    /// How it came about and ended: ROLE/RESULT/REASON as in technical_descriptor.
    pub came_to: &'static str,
    /// How far outside the session the delivery lay, milliseconds; none where the agent was not found by time.
    pub distance_ms: Option<i64>,
    /// Waiting before it rang.
    pub mediation_s: i64,
    /// Ringing.
    pub ring_s: i64,
    /// Talk, all of it with the customer.
    pub talk_s: i64,
    /// After-call work (`customer_acw`).
    pub after_call_work_s: i64,
}

/// A passage through an ACD queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassFact {
    /// Name of the call.
    pub call: &'static str,
    /// Its id, which is the party's.
    pub pass: String,
    /// The queue.
    pub queue: &'static str,
    /// Entry.
    pub from_ms: i64,
    /// Exit.
    pub to_ms: i64,
    /// How it came about and ended, as of an attempt.
    pub came_to: &'static str,
}

/// A login session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionFact {
    /// Its name ([`super::script::id`] gives its id).
    pub session: &'static str,
    /// EmployeeID.
    pub agent: &'static str,
    /// The DN.
    pub dn: &'static str,
    /// Login.
    pub from_ms: i64,
    /// Logout.
    pub to_ms: i64,
}

/// A state of an agent in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateFact {
    /// Name of the session.
    pub session: &'static str,
    /// `LOGGEDONONLY`, `READY`, `NOTREADY`, `BUSY` or `AFTERCALLWORK`, as in resource_state.
    pub state: &'static str,
    /// Begin.
    pub from_ms: i64,
    /// End.
    pub to_ms: i64,
}

/// All cases without skewed clocks.
///
/// # Errors
/// [`Refused`] when a script asks for what a T-controller does not do.
pub fn all() -> Result<Vec<Case>, Refused> {
    Ok(vec![
        logged_out_in_a_call_and_back_at_the_same_node()?,
        logged_out_in_a_call_and_back_at_the_other_center()?,
        moved_in_a_call_that_ends_in_time()?,
        moved_in_a_call_that_lasts()?,
        moved_in_a_call_with_states_restored()?,
        two_owners_while_a_link_is_cut()?,
        one_agent_on_two_dns()?,
        two_agents_a_second_apart(Skew::None)?,
        answered_from_an_acd_queue()?,
        abandoned_in_an_acd_queue()?,
        not_answered_and_back_to_the_acd_queue()?,
        logged_out_in_a_call_of_an_acd_queue()?,
        delivered_to_nobody()?,
    ])
}

impl Case {
    fn new(name: &'static str, words: &'static str, script: Script) -> Self {
        let tellers = script.tellers();
        let Told { events, happened } = script.told();
        Self {
            name,
            words,
            tellers,
            events,
            happened,
            attempts: Vec::new(),
            passes: Vec::new(),
            sessions: Vec::new(),
            states: Vec::new(),
        }
    }

    /// The case as a world, for the processes of its sources to tell: with numbers and epochs of theirs, and with right clocks.
    #[must_use]
    pub fn world(&self) -> Box<dyn World> {
        Box::new(Played { tellers: self.tellers.clone(), happened: Some(self.happened.clone()) })
    }

    /// Adds a session with its states: each begins at its moment and ends with the next, the last with the session.
    fn session(
        mut self,
        session: &'static str,
        (agent, dn): (&'static str, &'static str),
        states: &[(&'static str, i64)],
        to_ms: i64,
    ) -> Self {
        let ends = states.iter().skip(1).map(|(_, from_ms)| *from_ms).chain([to_ms]);
        for ((state, from_ms), to_ms) in states.iter().zip(ends) {
            self.states.push(StateFact { session, state, from_ms: *from_ms, to_ms });
        }
        let from_ms = states.first().map_or(to_ms, |(_, from_ms)| *from_ms);
        self.sessions.push(SessionFact { session, agent, dn, from_ms, to_ms });
        self
    }

    fn pass(mut self, pass: PassFact) -> Self {
        self.passes.push(pass);
        self
    }

    fn attempt(mut self, attempt: AttemptFact) -> Self {
        self.attempts.push(attempt);
        self
    }
}

/// A case on its way, which is one stretch.
struct Played {
    tellers: Vec<Teller>,
    happened: Option<Vec<Happening>>,
}

impl World for Played {
    fn tellers(&self) -> &[Teller] {
        &self.tellers
    }

    fn start_us(&self) -> i64 {
        START_US
    }

    fn next_stretch(&mut self) -> Option<Stretch> {
        let happened = self.happened.take()?;
        let to_us = happened.last().map_or(START_US, |last| last.time_us + 1);
        Some(Stretch { to_us, happened })
    }
}

const LOGGED_ON_ONLY: &str = "LOGGEDONONLY";
const READY: &str = "READY";
const NOT_READY: &str = "NOTREADY";
const BUSY: &str = "BUSY";
const AFTER_CALL_WORK: &str = "AFTERCALLWORK";
const QUEUE: &str = "VQ_Sales";
const CUSTOMER: &str = "+15550001";

/// The agent is logged in on the DN at dc1-node1 since 5 s, as session `S1`, and ready since 10 s.
fn ready(script: &mut Script) -> Result<(), Refused> {
    script.at(0).register(0, DN);
    script.at(5_000).log_in(0, DN, AGENT, "S1")?;
    script.at(10_000).ready(0, DN)?;
    Ok(())
}

/// Call `C1` of a node waits from 20 s on, rings at the DN at 25 s and is answered at 30 s.
fn talking(script: &mut Script, node: usize) {
    script.at(20_000).inbound(node, "C1", CUSTOMER, QUEUE);
    script.at(25_000).route("C1", QUEUE, DN);
    script.at(30_000).talk("C1", DN);
}

/// The attempt that [`talking`] begins, with so many seconds of talk and after-call work.
fn attempt(session: &'static str, talk_s: i64, after_call_work_s: i64) -> AttemptFact {
    AttemptFact {
        call: "C1",
        dn: DN,
        agent: AGENT,
        session,
        came_to: "ROUTEDTO/COMPLETED/UNSPECIFIED",
        distance_ms: Some(0),
        mediation_s: 5,
        ring_s: 5,
        talk_s,
        after_call_work_s,
    }
}

#[cfg(test)]
mod tests;
