//! Which event of which port stands at which step of a call: the part of an event's identity that is no data.
//!
//! | step | port | event |
//! |---|---|---|
//! | 1 | IPport | call created |
//! | 2 | IPport | the caller joins |
//! | 3 | IPport | the IVR joins |
//! | 4 | IPport | the IVR sets the user data |
//! | 5 | IPport | the IVR leaves |
//! | 6 | IPport | the routing point joins |
//! | 7 | IPport | the routing point leaves |
//! | 8 | IPport | the agent's side joins |
//! | 9 | IPport | the agent's side leaves |
//! | 10 | IPport | the caller leaves |
//! | 11 | IPport | call deleted |
//! | 16 | VQport | the call enters the virtual queue |
//! | 17 | VQport | the call leaves the virtual queue |
//! | 20 | TCport | the agent is logged in |
//! | 21 | TCport | the agent is logged out |
//! | 31 | IPport | the row was rejected |
//!
//! These numbers are on disk: a new event takes a free one, and none is ever given to another.

/// Numbers that each call has for its events; step 0 is never used.
pub const STEPS_PER_CALL: u64 = 32;

/// Largest call number whose events still have a number below 2^63.
pub const MAX_CALL_ID: u64 = (i64::MAX as u64 - (STEPS_PER_CALL - 1)) / STEPS_PER_CALL;

/// A port of the bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// Calls, `bank/IPport`.
    Calls,
    /// Agents, `bank/TCport`.
    Agents,
    /// Virtual queues, `bank-vq/VQport`.
    VirtualQueues,
}

impl Port {
    /// All of them, in the order in which they are listed everywhere.
    pub const ALL: [Self; 3] = [Self::Calls, Self::Agents, Self::VirtualQueues];

    /// Name of the source behind the port.
    #[must_use]
    pub fn source(self) -> &'static str {
        match self {
            Self::Calls => "bank/IPport",
            Self::Agents => "bank/TCport",
            Self::VirtualQueues => "bank-vq/VQport",
        }
    }

    /// Name of the switch it speaks of.
    #[must_use]
    pub fn switch(self) -> &'static str {
        match self {
            Self::Calls | Self::Agents => "BANK",
            Self::VirtualQueues => "BANK_VQ",
        }
    }
}

/// An event's place in its call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
#[allow(missing_docs)] // The table above tells each.
pub enum Step {
    CallCreated = 1,
    CallerAdded = 2,
    IvrAdded = 3,
    UserDataSet = 4,
    IvrDeleted = 5,
    RoutingPointAdded = 6,
    RoutingPointDeleted = 7,
    AgentAdded = 8,
    AgentDeleted = 9,
    CallerDeleted = 10,
    CallDeleted = 11,
    QueueEntered = 16,
    QueueEnded = 17,
    LoggedIn = 20,
    LoggedOut = 21,
    Rejected = 31,
}

impl Step {
    /// The event's number in its epoch.
    #[must_use]
    pub fn seq(self, call_id: u64) -> u64 {
        call_id * STEPS_PER_CALL + self as u64
    }
}

/// What befell a call, as far as its steps depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Course {
    /// It waited in the queue.
    pub queued: bool,
    /// It was answered.
    pub served: bool,
    /// It was answered by an agent who is named.
    pub by_agent: bool,
}

/// The steps that a call of this course has on a port, in order.
pub fn steps(port: Port, course: Course) -> impl Iterator<Item = Step> {
    use Step::*;
    let all: &[Step] = match port {
        Port::Calls => &[
            CallCreated,
            CallerAdded,
            IvrAdded,
            UserDataSet,
            IvrDeleted,
            RoutingPointAdded,
            RoutingPointDeleted,
            AgentAdded,
            AgentDeleted,
            CallerDeleted,
            CallDeleted,
        ],
        Port::Agents => &[LoggedIn, LoggedOut],
        Port::VirtualQueues => &[QueueEntered, QueueEnded],
    };
    all.iter().copied().filter(move |step| match step {
        RoutingPointAdded | RoutingPointDeleted | QueueEntered | QueueEnded => course.queued,
        AgentAdded | AgentDeleted => course.served,
        LoggedIn | LoggedOut => course.by_agent,
        _ => true,
    })
}
