//! Agents as they are now: where they sit, what they said, which calls are on their telephone, and the state that makes.

use callmart_schema::catalogue::statics::AgentState;

use super::call::{Line, Party};
use super::layout::{Desk, Person};
use super::sums::Measure;

/// Key of all reasons.
pub(super) const REASON_KEY: &str = "ReasonCode";
/// Reason of agents who did not answer.
pub(super) const NO_ANSWER: &str = "NoAnswer";

/// What an agent said last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    Nothing,
    Ready,
    /// Not ready, for a reason.
    NotReady(&'static str),
    /// In after-call work.
    Wrap,
}

/// A login session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Session {
    pub(super) id: String,
    pub(super) from_us: i64,
    pub(super) dn: String,
    pub(super) node: usize,
}

/// The state that an agent is seen in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) state: AgentState,
    pub(super) reason: Option<&'static str>,
    pub(super) since_us: i64,
}

/// After-call work that goes on, and the attempt that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrap {
    pub(super) since_us: i64,
    /// Number of the call, and place of the leg whose attempt it is.
    pub(super) call: u64,
    pub(super) leg: usize,
    /// Start of the attempt.
    pub(super) attempt_from_us: i64,
    pub(super) measure: Measure,
    /// Where the call was, its UUID, and the agent's party in it.
    pub(super) node: usize,
    pub(super) call_id: String,
    pub(super) party: Party,
}

/// One agent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Agent {
    pub(super) person: Person,
    pub(super) session: Option<Session>,
    pub(super) said: Said,
    /// Calls on the telephone: number and line.
    pub(super) lines: Vec<(u64, Line)>,
    pub(super) shown: Option<Shown>,
    pub(super) wrap: Option<Wrap>,
    /// A break that is taken as soon as there is no call.
    pub(super) break_due: Option<usize>,
    /// The shift is over: logs out as soon as there is no call.
    pub(super) leaves: bool,
    /// Counts up when what the agent said changes, so that what was due before it is not done.
    pub(super) ticket: u32,
    /// Since when the agent can take a call; none: cannot.
    pub(super) free_since_us: Option<i64>,
    /// Whether the router knows that.
    pub(super) is_offered: bool,
    /// Counts up when the agent becomes free or stops being it.
    pub(super) offer_ticket: u32,
    /// Desk that waits for the agent or that the agent sits at.
    pub(super) desk: Option<Desk>,
    /// When the shift ends, microseconds since 1970-01-01 UTC.
    pub(super) shift_to_us: i64,
    /// Day from which on the next shift is looked for, in days since 1970-01-01.
    pub(super) next_day: i64,
    /// Sessions so far.
    pub(super) sessions: u32,
    /// Place in the list of who is logged in.
    pub(super) place: usize,
    /// How often the agent did things that dice are thrown for.
    pub(super) throws: u64,
}

impl Agent {
    pub(super) fn new(person: Person) -> Self {
        Self {
            person,
            session: None,
            said: Said::Nothing,
            lines: Vec::new(),
            shown: None,
            wrap: None,
            break_due: None,
            leaves: false,
            ticket: 0,
            free_since_us: None,
            is_offered: false,
            offer_ticket: 0,
            desk: None,
            shift_to_us: 0,
            next_day: 0,
            sessions: 0,
            place: 0,
            throws: 0,
        }
    }

    /// Whether the router may give the agent a call.
    pub(super) fn is_free(&self) -> bool {
        self.session.is_some() && self.said == Said::Ready && self.lines.is_empty()
    }

    /// Whether a colleague may ring the agent.
    pub(super) fn can_be_rung(&self) -> bool {
        self.session.is_some() && self.lines.is_empty() && self.said != Said::Nothing
    }

    /// The state that follows from what was said and from the calls. After-call work is said only when no call is on the
    /// telephone, so that none that goes on began before it.
    pub(super) fn state(&self) -> Option<(AgentState, Option<&'static str>)> {
        self.session.as_ref()?;
        Some(match self.said {
            Said::Nothing => (AgentState::LoggedOnOnly, None),
            Said::Wrap => (AgentState::AfterCallWork, None),
            _ if !self.lines.is_empty() => (AgentState::Busy, None),
            Said::Ready => (AgentState::Ready, None),
            Said::NotReady(reason) => (AgentState::NotReady, Some(reason)),
        })
    }
}
