//! Agents as they are now: where they sit, what they said, which calls are on their telephone, and the state that makes.

use callmart_schema::catalogue::statics::AgentState;
use callmart_schema::event::{Reason, WorkMode};

use super::call::{Line, Party};
use super::layout::{Desk, Person};
use super::notes::Note;
use super::sums::Measure;
use crate::cluster::t_controller::Stated;

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

impl Said {
    /// As it is said to the T-controller; none for nothing.
    pub(super) fn stated(self) -> Option<Stated> {
        let reason = |value: &str| Reason { key: REASON_KEY.to_owned(), value: value.to_owned(), ..Reason::default() };
        let (is_ready, work_mode, reasons) = match self {
            Self::Nothing => return None,
            Self::Ready => (true, WorkMode::WORK_MODE_MANUAL_IN, Vec::new()),
            Self::NotReady(value) => (false, WorkMode::WORK_MODE_AUX, vec![reason(value)]),
            Self::Wrap => (false, WorkMode::WORK_MODE_AFTER_CALL_WORK, Vec::new()),
        };
        Some(Stated { is_ready, work_mode, reasons })
    }
}

/// A login session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Session {
    pub(super) id: String,
    /// The agent's so-manieth.
    pub(super) number: u32,
    pub(super) from_us: i64,
    pub(super) dn: String,
    /// The node whose T-controller has it.
    pub(super) node: usize,
}

/// The state that an agent is seen in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) state: AgentState,
    pub(super) reason: Option<&'static str>,
    pub(super) since_us: i64,
}

impl Shown {
    /// It ends.
    pub(super) fn ended(self, agent: u32, to_us: i64) -> Note {
        Note::StateEnded { agent, state: self.state, reason: self.reason, from_us: self.since_us, to_us }
    }
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

/// A session in which the agent does not work any more, and which goes on for a while.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct OldSeat {
    pub(super) session: Session,
    pub(super) said: Said,
    pub(super) shown: Option<Shown>,
    pub(super) wrap: Option<Wrap>,
    /// Calls that were on its telephone when that went to another node: number and line.
    pub(super) calls: Vec<(u64, Line)>,
    /// Desk that is left with it.
    pub(super) leaves_desk: Option<Desk>,
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
    /// The node at which the telephone is registered, or was last.
    pub(super) node: usize,
    /// The telephone is registered at another node than the session: no call is begun or taken.
    pub(super) is_away: bool,
    /// Calls that were on the telephone when it went: number and line.
    pub(super) went_with: Vec<(u64, Line)>,
    /// Sessions that go on though the agent works in another one.
    pub(super) old_seats: Vec<OldSeat>,
    /// A second desk at which the agent will sit.
    pub(super) next_desk: Option<Desk>,
    /// The node at which the telephone registers again when no call is on it.
    pub(super) returns_to: Option<usize>,
    /// Who sits down at the desk after the agent.
    pub(super) successor: Option<u32>,
    /// End of a shift whose begin is entered already, as the agent has sat down for somebody else before.
    pub(super) shift_ahead: Option<i64>,
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
            node: 0,
            is_away: false,
            went_with: Vec::new(),
            old_seats: Vec::new(),
            next_desk: None,
            returns_to: None,
            successor: None,
            shift_ahead: None,
        }
    }

    /// Whether the router may give the agent a call.
    pub(super) fn is_free(&self) -> bool {
        self.session.is_some() && self.said == Said::Ready && self.lines.is_empty() && !self.is_away
    }

    /// Whether a colleague may ring the agent.
    pub(super) fn can_be_rung(&self) -> bool {
        self.session.is_some() && self.lines.is_empty() && self.said != Said::Nothing && !self.is_away
    }
}

/// The state that follows from what was said in a session and from whether calls are on its DN. After-call work is said only
/// when no call is there, so that none that goes on began before it.
pub(super) fn state_of(said: Said, is_busy: bool) -> (AgentState, Option<&'static str>) {
    match said {
        Said::Nothing => (AgentState::LoggedOnOnly, None),
        Said::Wrap => (AgentState::AfterCallWork, None),
        _ if is_busy => (AgentState::Busy, None),
        Said::Ready => (AgentState::Ready, None),
        Said::NotReady(reason) => (AgentState::NotReady, Some(reason)),
    }
}
