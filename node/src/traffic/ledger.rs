//! The ledger: what really happened, counted by whoever made it happen, to hold the mart against.
//!
//! It hears the world's notes and nothing else: no event, no id of one but a root call's while it is open. It grows with
//! hours, agents and queues, never with calls. What each number means is said in [`report`].

pub mod report;

use std::collections::BTreeMap;

use callmart_schema::catalogue::statics::{AgentState, technical_descriptor_key};

use super::notes::{CallEnd, CallKind, CallState, Device, Note, PassEnd};
use super::site::Site;
use super::sums::{Sums, seconds};

/// Microseconds of an hour.
const HOUR_US: i64 = 3_600_000_000;

/// Ways in which passes end.
const PASS_ENDS: usize = PassEnd::RoutedOther as usize + 1;

/// Start of the UTC hour of a moment, epoch seconds.
fn hour_of(at_us: i64) -> i64 {
    at_us.div_euclid(HOUR_US) * 3_600
}

/// How often, and seconds together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Total {
    count: u64,
    seconds: i64,
}

impl Total {
    fn add(&mut self, from_us: i64, to_us: i64) {
        self.count += 1;
        self.seconds += seconds(from_us, to_us);
    }
}

/// A virtual queue in one hour of entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct QueueHour {
    entered: u64,
    in_open_calls: i64,
    by_end: [u64; PASS_ENDS],
    accepted_wait: i64,
    accepted_answer: i64,
    accepted_wait_most: i64,
    abandoned_wait: i64,
    abandoned_wait_most: i64,
}

/// Attempts of one kind of device, with one result, that started in one hour.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct DeviceHour {
    count: u64,
    sums: Sums,
}

/// An agent's attempts that started in one hour.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct AttemptHour {
    /// By technical descriptor.
    results: BTreeMap<i64, u64>,
    sums: Sums,
}

/// A call that goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct OpenCall {
    id: String,
    kind: CallKind,
    from_us: i64,
    state: Option<(CallState, i64)>,
}

/// An agent who is logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct OpenAgent {
    from_us: i64,
    state: Option<(AgentState, Option<&'static str>, i64)>,
}

/// A state of an agent, or a reason of one, by hour.
type StateKey = (u32, AgentState, i64);
type ReasonKey = (u32, AgentState, &'static str, i64);

/// The ledger.
#[derive(Debug, Default)]
pub struct Ledger {
    to_us: i64,
    agents: Vec<String>,
    site: Site,
    calls: BTreeMap<(i64, CallKind, CallEnd), Total>,
    queues: BTreeMap<(usize, i64), QueueHour>,
    attempts: BTreeMap<(u32, i64), AttemptHour>,
    devices: BTreeMap<(Device, i64, i64), DeviceHour>,
    states: BTreeMap<StateKey, Total>,
    reasons: BTreeMap<ReasonKey, Total>,
    sessions: BTreeMap<u32, Vec<(i64, i64)>>,
    open_calls: BTreeMap<u64, OpenCall>,
    /// Calls of the campaign that have ended and that the outbound contact server has not told of: hour, end, and from when to when.
    unrecorded: BTreeMap<u64, (i64, CallEnd, (i64, i64))>,
    /// By agent and session.
    open_agents: BTreeMap<(u32, u32), OpenAgent>,
    incidents: Vec<report::IncidentRow>,
}

impl Ledger {
    /// An empty ledger of a center and its agents, by EmployeeID.
    pub(super) fn new(site: Site, agents: Vec<String>, start_us: i64) -> Self {
        Self { to_us: start_us, agents, site, ..Self::default() }
    }

    /// Takes down what happened before `to_us` since the last time.
    pub(super) fn take_down(&mut self, to_us: i64, notes: impl IntoIterator<Item = Note>) {
        notes.into_iter().for_each(|note| self.note(note));
        self.to_us = to_us;
    }

    fn note(&mut self, note: Note) {
        match note {
            Note::CallBegan { call, id, kind, at_us } => {
                self.open_calls.insert(call, OpenCall { id, kind, from_us: at_us, state: None });
            }
            Note::CallState { call, state, at_us } => {
                if let Some(open) = self.open_calls.get_mut(&call) {
                    open.state = Some((state, at_us));
                }
            }
            Note::CallEnded { call, kind, end, from_us, to_us } => {
                self.open_calls.remove(&call);
                if kind == CallKind::Campaign {
                    self.unrecorded.insert(call, (hour_of(from_us), end, (from_us, to_us)));
                } else {
                    self.calls.entry((hour_of(from_us), kind, end)).or_default().add(from_us, to_us);
                }
            }
            Note::Recorded { call } => {
                if let Some((hour, end, (from_us, to_us))) = self.unrecorded.remove(&call) {
                    self.calls.entry((hour, CallKind::Campaign, end)).or_default().add(from_us, to_us);
                }
            }
            Note::Entered { queue, at_us } => self.queue(queue, at_us).in_open_calls += 1,
            Note::Passed { queue, entered_us, left_us, answered_us, end } => {
                self.queue(queue, entered_us).pass(entered_us, left_us, answered_us, end);
            }
            Note::Attempted { agent, from_us, role, outcome, sums } => {
                let hour = self.attempts.entry((agent, hour_of(from_us))).or_default();
                *hour.results.entry(technical_descriptor_key(role, outcome)).or_default() += 1;
                hour.sums.merge(&sums);
            }
            Note::Wrapped { agent, attempt_from_us, sums } => {
                self.attempts.entry((agent, hour_of(attempt_from_us))).or_default().sums.merge(&sums);
            }
            Note::DeviceAttempted { device, from_us, role, outcome, sums } => {
                let key = (device, hour_of(from_us), technical_descriptor_key(role, outcome));
                let hour = self.devices.entry(key).or_default();
                hour.count += 1;
                hour.sums.merge(&sums);
            }
            Note::LoggedIn { agent, session, at_us } => {
                self.open_agents.insert((agent, session), OpenAgent { from_us: at_us, state: None });
            }
            Note::LoggedOut { agent, session, from_us, to_us } => {
                self.open_agents.remove(&(agent, session));
                self.sessions.entry(agent).or_default().push((from_us, to_us));
            }
            Note::StateBegan { agent, session, state, reason, at_us } => {
                if let Some(open) = self.open_agents.get_mut(&(agent, session)) {
                    open.state = Some((state, reason, at_us));
                }
            }
            Note::StateEnded { agent, state, reason, from_us, to_us } => {
                self.state_ended(agent, state, reason, (from_us, to_us));
            }
            Note::Happened { what, agent, dn, nodes, at_us } => {
                let agent = agent.map(|agent| self.name(agent)).unwrap_or_default();
                let row = report::IncidentRow { at_us, what: what.to_owned(), agent, dn, from: nodes.0, to: nodes.1 };
                self.incidents.push(row);
            }
        }
    }

    fn queue(&mut self, queue: usize, entered_us: i64) -> &mut QueueHour {
        self.queues.entry((queue, hour_of(entered_us))).or_default()
    }

    /// The stretch counts in the hour of its start; its seconds in each hour that it lies in.
    fn state_ended(
        &mut self,
        agent: u32,
        state: AgentState,
        reason: Option<&'static str>,
        (from_us, to_us): (i64, i64),
    ) {
        if let Some(value) = reason {
            self.reasons.entry((agent, state, value, hour_of(from_us))).or_default().add(from_us, to_us);
        }
        self.states.entry((agent, state, hour_of(from_us))).or_default().count += 1;
        let mut piece_us = from_us;
        while piece_us < to_us {
            let hour = hour_of(piece_us);
            let end_us = to_us.min((hour + 3_600).saturating_mul(1_000_000));
            self.states.entry((agent, state, hour)).or_default().seconds += seconds(piece_us, end_us);
            piece_us = end_us;
        }
    }
}

impl QueueHour {
    fn pass(&mut self, entered_us: i64, left_us: i64, answered_us: Option<i64>, end: PassEnd) {
        let wait = seconds(entered_us, left_us);
        self.in_open_calls -= 1;
        self.entered += 1;
        if let Some(count) = self.by_end.get_mut(end as usize) {
            *count += 1;
        }
        match end {
            PassEnd::Accepted => {
                self.accepted_wait += wait;
                self.accepted_answer += seconds(entered_us, answered_us.unwrap_or(left_us));
                self.accepted_wait_most = self.accepted_wait_most.max(wait);
            }
            PassEnd::Abandoned => {
                self.abandoned_wait += wait;
                self.abandoned_wait_most = self.abandoned_wait_most.max(wait);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use callmart_schema::catalogue::statics::{Outcome, ResourceRole};

    use super::super::sums::Measure;
    use super::*;

    const HOUR: i64 = 1_767_657_600;
    const HOUR_START_US: i64 = HOUR * 1_000_000;

    fn ledger(notes: Vec<Note>) -> report::LedgerReport {
        let mut ledger = Ledger::new(Site::Cluster, vec!["A".to_owned(), "B".to_owned()], 0);
        ledger.take_down(HOUR_START_US, notes);
        ledger.report()
    }

    #[test]
    fn a_state_over_three_hours_counts_once_and_is_cut_where_hours_meet() {
        let (from_us, to_us) = (HOUR_START_US - 1, HOUR_START_US + 3_600_000_000 + 999_999);
        let (state, reason) = (AgentState::NotReady, Some("Lunch"));
        let report = ledger(vec![Note::StateEnded { agent: 1, state, reason, from_us, to_us }]);
        let rows: Vec<_> = report.states.iter().map(|r| (r.agent.as_str(), r.hour, r.seconds, r.count)).collect();
        assert_eq!(rows, [("B", HOUR - 3_600, 1, 1), ("B", HOUR, 3_600, 0)]);
        let reasons: Vec<_> = report.reasons.iter().map(|r| (r.value.as_str(), r.hour, r.seconds, r.count)).collect();
        assert_eq!(reasons, [("Lunch", HOUR - 3_600, 3_601, 1)]);
    }

    #[test]
    fn a_pass_counts_in_its_class_when_its_call_has_ended_and_is_open_before() {
        let entered = Note::Entered { queue: 1, at_us: HOUR_START_US + 900_000 };
        let passed = Note::Passed {
            queue: 1,
            entered_us: HOUR_START_US + 900_000,
            left_us: HOUR_START_US + 2_000_000,
            answered_us: Some(HOUR_START_US + 5_100_000),
            end: PassEnd::Accepted,
        };
        let open = ledger(vec![entered.clone()]);
        assert_eq!((open.queues[0].entered, open.queues[0].in_open_calls), (0, 1));
        let report = ledger(vec![entered, passed]);
        let row = &report.queues[0];
        assert_eq!((row.entered, row.accepted, row.in_open_calls), (1, 1, 0));
        assert_eq!((row.accepted_wait_seconds, row.accepted_answer_seconds, row.accepted_wait_longest), (2, 5, 2));
    }

    #[test]
    fn after_call_work_that_ends_later_is_added_to_its_attempts_hour() {
        let mut sums = Box::<Sums>::default();
        sums.add(Measure::Talk, 0, 7_000_000);
        let (role, outcome) = (ResourceRole::RoutedTo, Outcome::Completed);
        let attempted = Note::Attempted { agent: 0, from_us: HOUR_START_US + 5, role, outcome, sums };
        let mut sums = Box::<Sums>::default();
        sums.add(Measure::CustomerAcw, 0, 3_000_000);
        let report = ledger(vec![attempted, Note::Wrapped { agent: 0, attempt_from_us: HOUR_START_US + 5, sums }]);
        let row = &report.attempts[0];
        assert_eq!(row.results.get("ROUTEDTO/COMPLETED/UNSPECIFIED"), Some(&1));
        assert_eq!(
            (row.measures.get("talk_duration"), row.measures.get("customer_acw_duration")),
            (Some(&7), Some(&3))
        );
    }
}
