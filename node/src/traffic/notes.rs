//! What the world says to whoever keeps its books: what really happened, in the moment in which it is settled.
//!
//! This is the whole of what the ledger hears. It names no event and no id of one.

use callmart_schema::catalogue::statics::{AgentState, Outcome, ResourceRole};

use super::sums::Sums;

/// What a call is to the center.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum CallKind {
    Inbound,
    Outbound,
    Internal,
    /// Outbound, of a campaign.
    Campaign,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum CallEnd {
    /// In the IVR.
    SelfService,
    /// The customer gave up while it waited.
    AbandonedQueued,
    /// The customer gave up while it rang at an agent's.
    AbandonedRinging,
    /// The customer gave up on hold.
    AbandonedHeld,
    /// After a talk.
    Answered,
    /// Nobody answered the outbound or internal call.
    NoAnswer,
    /// The outbound call met a busy line.
    Busy,
    /// In a voicemail box.
    Voicemail,
    /// The customer gave up the place in the queue, to be called back.
    Callback,
    /// A machine answered whom the campaign called.
    Machine,
}

/// Where a call is that goes on; while an agent has it, what that agent does. In a voicemail box it is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum CallState {
    Ivr,
    Queued,
    Dialing,
    Alerting,
    Connected,
    Held,
}

/// What became of a pass through a virtual queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PassEnd {
    /// An agent answered.
    Accepted,
    /// The customer gave up in the queue.
    Abandoned,
    /// The customer gave up while it rang at an agent's.
    AbandonedInvite,
    /// The agent did not answer.
    Redirected,
    /// The call was distributed from another queue, or the router took it out of this one.
    Cleared,
    /// Routed by default to what is no agent.
    RoutedOther,
}

/// A resource other than an agent that has attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Device {
    Ivr,
    RoutingPoint,
    AcdQueue,
    Voicemail,
}

/// One thing that happened. Moments are microseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Note {
    /// A root call began.
    CallBegan { call: u64, id: String, kind: CallKind, at_us: i64 },
    /// A root call that goes on is in a state from now on.
    CallState { call: u64, state: CallState, at_us: i64 },
    /// A root call ended.
    CallEnded { call: u64, kind: CallKind, end: CallEnd, from_us: i64, to_us: i64 },
    /// The outbound contact server told what became of a campaign's call that has ended.
    Recorded { call: u64 },
    /// A call entered a virtual queue.
    Entered { queue: usize, at_us: i64 },
    /// A pass whose root call has ended.
    Passed { queue: usize, entered_us: i64, left_us: i64, answered_us: Option<i64>, end: PassEnd },
    /// An attempt of an agent that has ended, and its root call too.
    Attempted { agent: u32, from_us: i64, role: ResourceRole, outcome: Outcome, sums: Box<Sums> },
    /// After-call work of such an attempt that ended later.
    Wrapped { agent: u32, attempt_from_us: i64, sums: Box<Sums> },
    /// An attempt of another resource whose root call has ended.
    DeviceAttempted { device: Device, from_us: i64, role: ResourceRole, outcome: Outcome, sums: Box<Sums> },
    /// An agent's so-manieth session began.
    LoggedIn { agent: u32, session: u32, at_us: i64 },
    /// It ended.
    LoggedOut { agent: u32, session: u32, from_us: i64, to_us: i64 },
    /// An agent is in a state from now on, in a session.
    StateBegan { agent: u32, session: u32, state: AgentState, reason: Option<&'static str>, at_us: i64 },
    /// An agent's state ended.
    StateEnded { agent: u32, state: AgentState, reason: Option<&'static str>, from_us: i64, to_us: i64 },
    /// Something happened to a DN or a link: what, to whom and to which DN if to any, from one node to another.
    Happened { what: &'static str, agent: Option<u32>, dn: String, nodes: (usize, usize), at_us: i64 },
}
