//! The ledger as a document: what each number means, and the shape in which it is written as JSON.
//!
//! Hours are UTC hours, named by their start in epoch seconds. Durations are whole seconds: floor of the end minus floor of
//! the start, of each stretch. Rows that would be zero are left out, and so are measures. Rows stand in the order of
//! their keys. Everything is as of `as_of_us`, and only what has ended by then is counted, but under `open`:
//! - calls, passes, and attempts of devices, when their root call has ended;
//! - attempts of agents, when their root call and their own part in it have ended; after-call work is added to them when it
//!   has ended;
//! - states and reasons, when the state has ended; sessions, when the agent has logged out.

use std::collections::BTreeMap;

use callmart_schema::catalogue::statics::technical_descriptors;
use serde::{Deserialize, Serialize};

use super::super::agents::REASON_KEY;
use super::super::notes::{CallEnd, CallKind, Device, PassEnd};
use super::{Ledger, QueueHour};

/// All that happened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerReport {
    /// Everything before this moment is in, microseconds since 1970-01-01 UTC.
    pub as_of_us: i64,
    /// Calls, by hour of start, type and end.
    pub calls: Vec<CallRow>,
    /// Passes through virtual queues, or ACD queues, by queue and hour of entry.
    pub queues: Vec<QueueRow>,
    /// Attempts of agents, by agent and hour of start.
    pub attempts: Vec<AttemptRow>,
    /// Attempts of IVRs, routing points and voicemail boxes, by hour of start and result.
    pub devices: Vec<DeviceRow>,
    /// States of agents, by agent, state and hour.
    pub states: Vec<StateRow>,
    /// Reasons of states, by agent, state, reason and hour of start.
    pub reasons: Vec<ReasonRow>,
    /// Login sessions, by agent, in the order of their logouts; those of one agent may overlap.
    pub sessions: Vec<SessionRow>,
    /// What goes on.
    pub open: Open,
    /// What happened to DNs and links, in the order of time; left out when nothing did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub incidents: Vec<IncidentRow>,
}

/// Calls that started in one hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRow {
    /// Start of the hour in which the root call started.
    pub hour: i64,
    /// `inbound`, `outbound`, `internal`, or `campaign` for an outbound call of which the outbound contact server has told; before it has,
    /// the call is `outbound`.
    pub kind: String,
    /// `self_service` (in the IVR), `abandoned_queued`, `abandoned_ringing`, `abandoned_held` (the customer hung up while
    /// it waited, while it rang at an agent's, on hold), `answered` (after a talk), `no_answer`, `busy`. What the call came
    /// to in the end: one that was answered, transferred to a queue and abandoned there is `abandoned_queued`. `voicemail`: in a
    /// voicemail box, with or without a message. `callback`: the customer gave up the place in the
    /// queue, to be called back; that is an outbound call of its own. `machine`: an answering machine or a fax answered the routing point that called.
    pub end: String,
    /// How many.
    pub count: u64,
    /// From start to end of the root calls, together.
    pub seconds: i64,
}

/// Passes through one virtual queue that began in one hour. `entered` is the sum of the six classes after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueRow {
    /// Name of the queue.
    pub queue: String,
    /// Start of the hour of entry.
    pub hour: i64,
    /// Passes.
    pub entered: u64,
    /// Distributed, and an agent answered.
    pub accepted: u64,
    /// The customer hung up in the queue.
    pub abandoned: u64,
    /// Distributed, and the customer hung up while it rang.
    pub abandoned_invite: u64,
    /// Distributed, and the agent did not answer.
    pub redirected: u64,
    /// Distributed from another queue, or taken out by the router: put into another one, or called back later.
    pub cleared: u64,
    /// Routed by default to a voicemail box.
    #[serde(default)]
    pub routed_other: u64,
    /// From entry to leaving the queue, of the accepted.
    pub accepted_wait_seconds: i64,
    /// From entry to answer, of the accepted.
    pub accepted_answer_seconds: i64,
    /// Longest wait of the accepted.
    pub accepted_wait_longest: i64,
    /// From entry to leaving the queue, of the abandoned.
    pub abandoned_wait_seconds: i64,
    /// Longest wait of the abandoned.
    pub abandoned_wait_longest: i64,
    /// Passes that are not in `entered`, as their root call goes on; they may have ended, or wait.
    pub in_open_calls: i64,
}

/// Attempts of one agent that started in one hour: with the mediation that led to them, else with alerting or dialling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptRow {
    /// EmployeeID.
    pub agent: String,
    /// Start of the hour.
    pub hour: i64,
    /// How many, by ROLE/RESULT/REASON as in technical_descriptor.
    pub results: BTreeMap<String, u64>,
    /// Sums of counts and durations, by the names of the facts' columns, such as `talk_count` and `talk_duration`.
    /// A talk or hold that changes its family is cut there: each piece counts in its own family, and in `customer_*`.
    pub measures: BTreeMap<String, u64>,
}

/// Attempts of IVRs, routing points, ACD queues or voicemail boxes that started in one hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRow {
    /// `ivr`, `voicemail`, `routing_point` or `acd_queue`. The latter two have an attempt only where the customer hung up
    /// while it waited, and a routing point where it called and reached nobody,
    /// or where a callback was arranged.
    pub device: String,
    /// Start of the hour.
    pub hour: i64,
    /// ROLE/RESULT/REASON as in technical_descriptor.
    pub result: String,
    /// How many.
    pub count: u64,
    /// As in [`AttemptRow`].
    #[serde(default)]
    pub measures: BTreeMap<String, u64>,
}

/// An agent's time in one state in one hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateRow {
    /// EmployeeID.
    pub agent: String,
    /// `LOGGEDONONLY`, `READY`, `NOTREADY`, `BUSY` or `AFTERCALLWORK`, as in resource_state.
    pub state: String,
    /// Start of the hour.
    pub hour: i64,
    /// Time within this hour; a stretch is cut where hours meet.
    pub seconds: i64,
    /// Stretches that began in this hour.
    pub count: u64,
}

/// An agent's reasons for one state; a stretch that a call interrupts has its reason before and after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonRow {
    /// EmployeeID.
    pub agent: String,
    /// State, as in [`StateRow`].
    pub state: String,
    /// Key of the reason.
    pub key: String,
    /// Value of the reason.
    pub value: String,
    /// Start of the hour in which the stretches began.
    pub hour: i64,
    /// Time of the stretches, not cut.
    pub seconds: i64,
    /// Stretches.
    pub count: u64,
}

/// A login session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRow {
    /// EmployeeID.
    pub agent: String,
    /// Login, milliseconds since 1970-01-01 UTC.
    pub login_ms: i64,
    /// Logout, milliseconds since 1970-01-01 UTC.
    pub logout_ms: i64,
    /// Length.
    pub seconds: i64,
}

/// Something that happened to a DN or a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentRow {
    /// When, microseconds since 1970-01-01 UTC.
    pub at_us: i64,
    /// `move`, `lost` (the registration), `back` (it came again), `second` (DN), `successor`, `cut` or `mend` (a link), `dies` or
    /// `returns` (a node).
    pub what: String,
    /// EmployeeID; empty when it happened to a link.
    pub agent: String,
    /// The DN; empty when it happened to a link.
    pub dn: String,
    /// Number of the node that owned the DN, or of one end of the link.
    pub from: usize,
    /// Number of the node that owns the DN from now on, or of the other end of the link.
    pub to: usize,
}

/// What goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// Root calls that have not ended.
    pub calls: Vec<OpenCallRow>,
    /// Agents who are logged in, with a row for each session.
    pub agents: Vec<OpenAgentRow>,
}

/// A root call that has not ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenCallRow {
    /// Its UUID.
    pub call: String,
    /// `inbound`, `outbound` or `internal`.
    pub kind: String,
    /// Start, milliseconds since 1970-01-01 UTC.
    pub start_ms: i64,
    /// Where it is: `IVR`, `QUEUED`, `DIALING`, `ALERTING`, `CONNECTED` or `HELD`; while an agent has it (the caller of an
    /// internal call, who brought others in otherwise), what that agent does.
    pub state: String,
    /// Since when, milliseconds since 1970-01-01 UTC.
    pub since_ms: i64,
}

/// An agent who is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenAgentRow {
    /// EmployeeID.
    pub agent: String,
    /// Login, milliseconds since 1970-01-01 UTC.
    pub login_ms: i64,
    /// State, as in [`StateRow`].
    pub state: String,
    /// Value of its reason, if it has one.
    pub reason: Option<String>,
    /// Since when, milliseconds since 1970-01-01 UTC.
    pub since_ms: i64,
}

impl Ledger {
    /// The ledger as a document.
    #[must_use]
    pub fn report(&self) -> LedgerReport {
        let names = descriptor_names();
        let result = |key: &i64| names.get(key).cloned().unwrap_or_default();
        LedgerReport {
            as_of_us: self.to_us,
            calls: self.call_rows(),
            queues: self.queues.iter().map(|((queue, hour), q)| self.queue_row(*queue, *hour, q)).collect(),
            attempts: self.attempt_rows(&result),
            devices: self.device_rows(&result),
            states: self.state_rows(),
            reasons: self.reason_rows(),
            sessions: self.session_rows(),
            open: self.open(),
            incidents: self.incidents.clone(),
        }
    }

    pub(super) fn name(&self, agent: u32) -> String {
        self.agents.get(agent as usize).cloned().unwrap_or_default()
    }

    fn call_rows(&self) -> Vec<CallRow> {
        let row = |(key, total): (&(i64, CallKind, CallEnd), &super::Total)| CallRow {
            hour: key.0,
            kind: kind_name(key.1).to_owned(),
            end: end_name(key.2).to_owned(),
            count: total.count,
            seconds: total.seconds,
        };
        let mut calls = self.calls.clone();
        for (hour, end, (from_us, to_us)) in self.unrecorded.values() {
            calls.entry((*hour, CallKind::Outbound, *end)).or_default().add(*from_us, *to_us);
        }
        calls.iter().map(row).collect()
    }

    fn attempt_rows(&self, result: &impl Fn(&i64) -> String) -> Vec<AttemptRow> {
        let row = |((agent, hour), attempts): (&(u32, i64), &super::AttemptHour)| AttemptRow {
            agent: self.name(*agent),
            hour: *hour,
            results: attempts.results.iter().map(|(key, count)| (result(key), *count)).collect(),
            measures: attempts.sums.named().collect(),
        };
        self.attempts.iter().map(row).collect()
    }

    fn queue_row(&self, queue: usize, hour: i64, q: &QueueHour) -> QueueRow {
        let ended = |end: PassEnd| q.by_end.get(end as usize).copied().unwrap_or_default();
        QueueRow {
            queue: self.site.queue_name(queue),
            hour,
            entered: q.entered,
            accepted: ended(PassEnd::Accepted),
            abandoned: ended(PassEnd::Abandoned),
            abandoned_invite: ended(PassEnd::AbandonedInvite),
            redirected: ended(PassEnd::Redirected),
            cleared: ended(PassEnd::Cleared),
            routed_other: ended(PassEnd::RoutedOther),
            accepted_wait_seconds: q.accepted_wait,
            accepted_answer_seconds: q.accepted_answer,
            accepted_wait_longest: q.accepted_wait_most,
            abandoned_wait_seconds: q.abandoned_wait,
            abandoned_wait_longest: q.abandoned_wait_most,
            in_open_calls: q.in_open_calls,
        }
    }

    fn device_rows(&self, result: &impl Fn(&i64) -> String) -> Vec<DeviceRow> {
        let name = |device: Device| match device {
            Device::Ivr => "ivr",
            Device::RoutingPoint => "routing_point",
            Device::AcdQueue => "acd_queue",
            Device::Voicemail => "voicemail",
        };
        let row = |((device, hour, key), of_hour): (&(Device, i64, i64), &super::DeviceHour)| DeviceRow {
            device: name(*device).to_owned(),
            hour: *hour,
            result: result(key),
            count: of_hour.count,
            measures: of_hour.sums.named().collect(),
        };
        self.devices.iter().map(row).collect()
    }

    fn state_rows(&self) -> Vec<StateRow> {
        let row = |((agent, state, hour), total): (&super::StateKey, &super::Total)| StateRow {
            agent: self.name(*agent),
            state: format!("{state:?}").to_uppercase(),
            hour: *hour,
            seconds: total.seconds,
            count: total.count,
        };
        self.states.iter().map(row).filter(|r| r.seconds > 0 || r.count > 0).collect()
    }

    fn reason_rows(&self) -> Vec<ReasonRow> {
        let row = |((agent, state, value, hour), total): (&super::ReasonKey, &super::Total)| ReasonRow {
            agent: self.name(*agent),
            state: format!("{state:?}").to_uppercase(),
            key: REASON_KEY.to_owned(),
            value: (*value).to_owned(),
            hour: *hour,
            seconds: total.seconds,
            count: total.count,
        };
        self.reasons.iter().map(row).collect()
    }

    fn session_rows(&self) -> Vec<SessionRow> {
        let of_agent = |(agent, sessions): (&u32, &Vec<(i64, i64)>)| {
            let row = |(from_us, to_us): &(i64, i64)| SessionRow {
                agent: self.name(*agent),
                login_ms: ms(*from_us),
                logout_ms: ms(*to_us),
                seconds: super::seconds(*from_us, *to_us),
            };
            sessions.iter().map(row).collect::<Vec<_>>()
        };
        self.sessions.iter().flat_map(of_agent).collect()
    }

    fn open(&self) -> Open {
        let call = |call: &super::OpenCall| {
            let (state, since_us) = call.state?;
            Some(OpenCallRow {
                call: call.id.clone(),
                kind: kind_name(if call.kind == CallKind::Campaign { CallKind::Outbound } else { call.kind })
                    .to_owned(),
                start_ms: ms(call.from_us),
                state: format!("{state:?}").to_uppercase(),
                since_ms: ms(since_us),
            })
        };
        let agent = |((agent, _), open): (&(u32, u32), &super::OpenAgent)| {
            let (state, reason, since_us) = open.state?;
            Some(OpenAgentRow {
                agent: self.name(*agent),
                login_ms: ms(open.from_us),
                state: format!("{state:?}").to_uppercase(),
                reason: reason.map(str::to_owned),
                since_ms: ms(since_us),
            })
        };
        Open {
            calls: self.open_calls.values().filter_map(call).collect(),
            agents: self.open_agents.iter().filter_map(agent).collect(),
        }
    }
}

/// ROLE/RESULT/REASON by technical_descriptor_key.
fn descriptor_names() -> BTreeMap<i64, String> {
    let name = |d: &callmart_schema::catalogue::TechnicalDescriptor| {
        format!("{}/{}/{}", d.resource_role_code, d.technical_result_code, d.result_reason_code)
    };
    technical_descriptors().iter().map(|d| (d.technical_descriptor_key, name(d))).collect()
}

fn kind_name(kind: CallKind) -> &'static str {
    match kind {
        CallKind::Inbound => "inbound",
        CallKind::Outbound => "outbound",
        CallKind::Internal => "internal",
        CallKind::Campaign => "campaign",
    }
}

fn end_name(end: CallEnd) -> &'static str {
    match end {
        CallEnd::SelfService => "self_service",
        CallEnd::AbandonedQueued => "abandoned_queued",
        CallEnd::AbandonedRinging => "abandoned_ringing",
        CallEnd::AbandonedHeld => "abandoned_held",
        CallEnd::Answered => "answered",
        CallEnd::NoAnswer => "no_answer",
        CallEnd::Busy => "busy",
        CallEnd::Voicemail => "voicemail",
        CallEnd::Callback => "callback",
        CallEnd::Machine => "machine",
    }
}

fn ms(at_us: i64) -> i64 {
    at_us.div_euclid(1_000)
}
