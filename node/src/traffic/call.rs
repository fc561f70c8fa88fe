//! A call as the world knows it: the customer, where it waits, the agents who have or had a part in it.

use std::collections::VecDeque;

use callmart_schema::catalogue::statics::ResourceRole;

use super::attempt::Attempt;
use super::callback::Callback;
use super::notes::{CallEnd, CallKind, Device, PassEnd};

/// One party of a call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Party {
    /// Its UUID.
    pub(super) id: String,
    /// Number of its device.
    pub(super) dn: String,
}

/// Which of its calls an interaction's part is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Line {
    Main,
    Consult,
}

/// An agent's part.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Leg {
    pub(super) party: Party,
    pub(super) line: Line,
    pub(super) attempt: Attempt,
    /// Its attempt is in the books.
    pub(super) is_booked: bool,
}

impl Leg {
    pub(super) fn is_there(&self) -> bool {
        self.attempt.outcome.is_none()
    }
}

/// A pass through a virtual queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pass {
    pub(super) id: String,
    pub(super) queue: usize,
    pub(super) entered_us: i64,
    /// When the call left it.
    pub(super) left_us: Option<i64>,
    /// When the agent answered that it was distributed to.
    pub(super) answered_us: Option<i64>,
    pub(super) end: Option<PassEnd>,
}

/// Waiting on a routing point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) party: Party,
    pub(super) since_us: i64,
    /// Queues in which the router looks for an agent, in order.
    pub(super) queues: Vec<usize>,
    /// How an agent takes part who is reached from here.
    pub(super) role: ResourceRole,
}

/// What comes next for the agent who has the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Talk for so many microseconds.
    Talk(i64),
    /// Hold for so many microseconds.
    Hold(i64),
    /// The customer hangs up on hold.
    GiveUp,
    /// The agent passes the call on.
    Blind,
    /// The agent asks a colleague.
    Consult(After),
    /// The colleague leaves the conference.
    ColleagueLeaves,
    /// The agent leaves the conference; the colleague goes on.
    LeaveToColleague,
    /// The call ends.
    Release,
}

/// What a consultation comes to when it was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    Retrieve,
    Transfer,
    Conference,
}

/// What the called end does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FarEnd {
    Answers,
    DoesNotAnswer,
    IsBusy,
    IsMachine,
}

/// A consult call.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Consult {
    pub(super) id: String,
    /// Places of the two agents' legs.
    pub(super) asking: usize,
    pub(super) asked: usize,
    pub(super) after: After,
    /// Talk, in microseconds; none when it is not answered.
    pub(super) talk_us: Option<i64>,
    /// Counts up at each change, so that what was due before it is not done.
    pub(super) ticket: u32,
}

/// A root call with all that belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    /// Its number among all calls of the world, from 1.
    pub(super) number: u64,
    pub(super) id: String,
    pub(super) kind: CallKind,
    pub(super) node: usize,
    pub(super) center: usize,
    pub(super) from_us: i64,
    /// The queue of what it is about.
    pub(super) queue: usize,
    pub(super) customer: Option<Party>,
    pub(super) ivr: Option<Party>,
    /// The routing point that began the call, which waits on it when the customer has answered.
    pub(super) caller: Option<Party>,
    pub(super) waiting: Option<Waiting>,
    /// The voicemail box that the customer talks to.
    pub(super) voicemail: Option<(Party, Attempt)>,
    pub(super) passes: Vec<Pass>,
    /// Place of the pass that the last distribution was made from.
    pub(super) from_pass: Option<usize>,
    pub(super) legs: Vec<Leg>,
    /// Who listens, by number, and that party.
    pub(super) listener: Option<(u32, Party)>,
    /// Attempts of the IVR, of routing points and of voicemail boxes that have ended, and whose they are.
    pub(super) devices: Vec<(Device, Attempt)>,
    /// Place of the leg whose steps are taken.
    pub(super) driver: usize,
    pub(super) steps: VecDeque<Step>,
    /// Counts up at each change, so that what was due before it is not done.
    pub(super) ticket: u32,
    /// The same for the customer's patience.
    pub(super) patience_ticket: u32,
    pub(super) consult: Option<Consult>,
    /// Place of the leg that was asked into a conference that goes on.
    pub(super) colleague: Option<usize>,
    /// The callback that an outbound call is.
    pub(super) callback: Option<Callback>,
    /// What the called end of an outbound or internal call does.
    pub(super) far_end: FarEnd,
    /// When a machine answered, if one did.
    pub(super) answered_us: i64,
    /// How often it was transferred.
    pub(super) transfers: u32,
    /// How the root call ended.
    pub(super) end: Option<CallEnd>,
}

impl Call {
    pub(super) fn new(number: u64, id: String, kind: CallKind, node: usize, center: usize, from_us: i64) -> Self {
        Self {
            number,
            id,
            kind,
            node,
            center,
            from_us,
            queue: 0,
            customer: None,
            ivr: None,
            caller: None,
            waiting: None,
            voicemail: None,
            passes: Vec::new(),
            from_pass: None,
            legs: Vec::new(),
            listener: None,
            devices: Vec::new(),
            driver: 0,
            steps: VecDeque::new(),
            ticket: 0,
            patience_ticket: 0,
            consult: None,
            colleague: None,
            callback: None,
            far_end: FarEnd::Answers,
            answered_us: from_us,
            transfers: 0,
            end: None,
        }
    }

    /// UUID of the call that a line is, and the root's where that is another.
    pub(super) fn ids(&self, line: Line) -> (String, String) {
        match (line, &self.consult) {
            (Line::Consult, Some(consult)) => (consult.id.clone(), self.id.clone()),
            _ => (self.id.clone(), String::new()),
        }
    }

    /// What dice of this call's next agent are thrown for.
    pub(super) fn subject(&self) -> u64 {
        (self.number << 8) + self.legs.len() as u64
    }

    /// Whether nothing of it goes on.
    pub(super) fn is_over(&self) -> bool {
        self.end.is_some() && self.consult.is_none()
    }
}
