//! Coverage: which stretch of which source is known to be complete, and up to where it was heard.
//!
//! A function of the session records in logs and archive. Does not know why anybody asks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use buffa::Message as _;
use callmart_schema::catalogue::CtlCoverage;
use callmart_schema::session::{Batch, Covers, Heartbeat, Stop, Welcome};

use crate::ranges::Ranges;
use crate::settings::{ExpectedSource, T_CONTROLLER};
use crate::stored::{SESSION_KIND, Stored};

/// Kinds of session records, without their prefix.
pub const CONNECT: &str = "connect";
/// A batch without its events: its offsets and what it covers.
pub const BATCH: &str = "batch";
/// A heartbeat.
pub const HEARTBEAT: &str = "heartbeat";
/// An orderly stop.
pub const STOP: &str = "stop";

/// A source, and a switch whose agents it tells of.
pub type Owner = (Arc<str>, Arc<str>);

/// What is known of one source.
#[derive(Debug, Default, Clone)]
struct SourceCoverage {
    /// Switch and role as the settings expect them, and as the source was heard; of several the smallest.
    expected: Option<(String, String)>,
    heard_as: Option<(String, String)>,
    /// Smallest switch that its events speak of.
    event_switch: Option<Arc<str>>,
    /// Switches whose agents it tells of.
    owned: BTreeSet<Arc<str>>,
    /// Covered numbers by epoch.
    seqs: BTreeMap<(i64, String), Ranges>,
    /// Complete stretches of source time, in microseconds.
    stretches: Ranges,
    heard_until_us: i64,
    /// By log: the last connect or stop there, and whether it is a stop.
    last_turns: BTreeMap<Arc<str>, (u64, u64, bool)>,
    events: i64,
}

/// What is known of every source: a function of the set of events and records, not of their order.
#[derive(Debug, Default, Clone)]
pub struct Coverage {
    sources: BTreeMap<Arc<str>, SourceCoverage>,
}

/// A stretch of time, in microseconds, on a switch whose coverage changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStretch {
    /// The switch.
    pub switch: Arc<str>,
    /// Start of the stretch.
    pub from_us: i64,
    /// End of the stretch (exclusive).
    pub to_us: i64,
}

impl NewStretch {
    /// All of time on a switch.
    #[must_use]
    pub fn of_all_time(switch: &Arc<str>) -> Self {
        Self { switch: switch.clone(), from_us: i64::MIN, to_us: i64::MAX }
    }
}

/// The switch whose agents the event or record shows its source to tell of, with the source.
#[must_use]
pub fn owner_of(event: &Stored) -> Option<Owner> {
    let source = &event.identity.source;
    if event.kind.starts_with("agent_") {
        return Some((source.clone(), event.switch.clone()));
    }
    let welcome = welcome_of(event).filter(|w| w.role == T_CONTROLLER)?;
    Some((source.clone(), welcome.switch.into()))
}

/// The stretches of source time that a record says are complete; none for other records and for events.
#[must_use]
pub fn covers_of(record: &Stored) -> Vec<Covers> {
    let bytes = (session_kind(record) == Some(BATCH)).then_some(&record.bytes);
    bytes.and_then(|b| Batch::decode_from_slice(b).ok()).map_or_else(Vec::new, |batch| batch.covers)
}

fn welcome_of(record: &Stored) -> Option<Welcome> {
    let bytes = (session_kind(record) == Some(CONNECT)).then_some(&record.bytes)?;
    Welcome::decode_from_slice(bytes).ok()
}

fn session_kind(record: &Stored) -> Option<&str> {
    record.kind.strip_prefix(SESSION_KIND)
}

impl Coverage {
    /// Nothing is covered yet; the expected sources are known by name.
    #[must_use]
    pub fn of_expected(expected: &[ExpectedSource]) -> Self {
        let known = |e: &ExpectedSource| SourceCoverage {
            owned: (e.role == T_CONTROLLER).then(|| e.switch.as_str().into()).into_iter().collect(),
            expected: Some((e.switch.clone(), e.role.clone())),
            ..SourceCoverage::default()
        };
        Self { sources: expected.iter().map(|e| (e.name.as_str().into(), known(e))).collect() }
    }

    /// Counts an event of a source, and learns from it what the source tells of. A source that turns out to tell of a
    /// switch's agents changes what is known of all time there.
    pub fn saw_event(&mut self, event: &Stored) -> Option<NewStretch> {
        let source = self.sources.entry(event.identity.source.clone()).or_default();
        source.events += 1;
        source.heard_until_us = source.heard_until_us.max(event.time_us);
        if source.event_switch.as_ref().is_none_or(|s| event.switch < *s) {
            source.event_switch = Some(event.switch.clone());
        }
        source.own(owner_of(event))
    }

    /// Takes in a session record that is new; gives the stretches of time whose coverage changed by it.
    pub fn saw_session(&mut self, record: &Stored) -> Vec<NewStretch> {
        let source = self.sources.entry(record.identity.source.clone()).or_default();
        match session_kind(record) {
            Some(CONNECT) => {
                source.turn(record, false);
                source.connect(record).into_iter().collect()
            }
            Some(BATCH) => covers_of(record).iter().flat_map(|c| source.cover(c)).collect(),
            Some(HEARTBEAT) => {
                let beat = Heartbeat::decode_from_slice(&record.bytes);
                source.heard_until_us = source.heard_until_us.max(beat.map_or(0, |b| b.time_us));
                Vec::new()
            }
            Some(STOP) => {
                source.turn(record, true);
                let stop = Stop::decode_from_slice(&record.bytes);
                source.heard_until_us = source.heard_until_us.max(stop.map_or(0, |s| s.time_us));
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// The stretches that a record covers, on each switch whose agents its source tells of.
    #[must_use]
    pub fn reach_of(&self, record: &Stored) -> Vec<NewStretch> {
        let source = self.sources.get(&record.identity.source);
        covers_of(record).iter().flat_map(|c| source.into_iter().flat_map(|s| s.on_owned(c))).collect()
    }

    /// Whether every source that tells of the switch's agents was complete at the moment. Without any such source, or with
    /// one never heard, the agent side is not known.
    #[must_use]
    pub fn agents_covered(&self, switch: &str, at_us: i64) -> bool {
        let mut owners = self.sources.values().filter(|s| s.owned.contains(switch)).peekable();
        owners.peek().is_some() && owners.all(|s| s.stretches.holds(at_us))
    }

    /// The rows of `ctl_coverage`.
    #[must_use]
    pub fn rows(&self) -> Vec<CtlCoverage> {
        self.sources.iter().flat_map(|(name, source)| source.rows(name)).collect()
    }
}

impl SourceCoverage {
    /// Learns that the source tells of a switch's agents.
    fn own(&mut self, owner: Option<Owner>) -> Option<NewStretch> {
        let (_, switch) = owner.filter(|(_, switch)| !self.owned.contains(switch))?;
        self.owned.insert(switch.clone());
        Some(NewStretch::of_all_time(&switch))
    }

    /// A source that was heard as a T-Controller tells of its switch's agents, even while it is silent.
    fn connect(&mut self, record: &Stored) -> Option<NewStretch> {
        let welcome = welcome_of(record)?;
        let heard_as = (welcome.switch, welcome.role);
        if self.heard_as.as_ref().is_none_or(|h| heard_as < *h) {
            self.heard_as = Some(heard_as);
        }
        self.own(owner_of(record))
    }

    /// Notes a connect or a stop; of those in one log the last counts.
    fn turn(&mut self, record: &Stored, is_stop: bool) {
        let turn = (record.place.segment, record.place.offset, is_stop);
        let last = self.last_turns.entry(record.place.log.clone()).or_insert(turn);
        *last = turn.max(*last);
    }

    /// Whether the last that each log heard was a stop.
    fn is_stopped(&self) -> bool {
        !self.last_turns.is_empty() && self.last_turns.values().all(|(.., is_stop)| *is_stop)
    }

    fn cover(&mut self, covers: &Covers) -> Vec<NewStretch> {
        let epoch = (covers.epoch_started_us, covers.epoch_process.clone());
        // A range (from, to] of events is [from + 1, to + 1) here.
        let (from, to) = (covers.from_seq.saturating_add(1), covers.to_seq.saturating_add(1));
        self.seqs
            .entry(epoch)
            .or_default()
            .add(i64::try_from(from).unwrap_or(i64::MAX), i64::try_from(to).unwrap_or(i64::MAX));
        if !self.stretches.add(covers.from_us, covers.to_us) {
            return Vec::new();
        }
        self.heard_until_us = self.heard_until_us.max(covers.to_us);
        self.on_owned(covers).collect()
    }

    /// The stretch on each switch whose agents the source tells of; what others cover changes no fact.
    fn on_owned(&self, covers: &Covers) -> impl Iterator<Item = NewStretch> {
        let (from_us, to_us) = (covers.from_us, covers.to_us);
        self.owned.iter().map(move |switch| NewStretch { switch: switch.clone(), from_us, to_us })
    }

    fn rows(&self, name: &str) -> Vec<CtlCoverage> {
        let by_event = || self.event_switch.as_ref().map(|switch| (switch.to_string(), String::new()));
        let (switch, role) =
            self.heard_as.clone().or_else(|| self.expected.clone()).or_else(by_event).unwrap_or_default();
        let row = |from_ms: i64, to_ms: i64, state: &str| CtlCoverage {
            source: name.to_owned(),
            switch_name: switch.clone(),
            role: role.clone(),
            from_ms,
            to_ms,
            state: state.to_owned(),
            events: self.events,
            watermark_ms: self.heard_until_us.div_euclid(1_000),
            stopped_flag: i32::from(self.is_stopped()),
        };
        // Only whole milliseconds are told as complete, so that no two stretches start with the same one.
        let first_ms = |us: i64| us.div_euclid(1_000) + i64::from(us.rem_euclid(1_000) > 0);
        let whole = self.stretches.iter().map(|(from, to)| (first_ms(from), to.div_euclid(1_000)));
        let complete: Vec<_> =
            whole.filter(|(from, to)| from < to).map(|(from, to)| row(from, to, "complete")).collect();
        if complete.is_empty() {
            return vec![row(0, 0, if self.events == 0 { "never-heard" } else { "incomplete" })];
        }
        complete
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::tests::build::{CALLS, SWITCH, connect, covers};

    #[test]
    fn stretches_within_one_millisecond_are_rows_of_their_own_only_where_whole() {
        let mut coverage = Coverage::default();
        for (place, from, to) in [(1, 0.0001, 0.0002), (2, 0.0004, 0.0029), (3, 0.0031, 0.0032), (4, 0.0035, 1.0)] {
            coverage.saw_session(&covers(place, from, to));
        }
        let rows = coverage.rows();
        let stretches: Vec<_> = rows.iter().map(|r| (r.from_ms % 1_000, r.to_ms - r.from_ms)).collect();
        assert_eq!(stretches, [(1, 1), (4, 996)]);
    }

    #[test]
    fn only_what_covers_a_switchs_agents_changes_facts() {
        let mut coverage = Coverage::default();
        assert!(coverage.saw_session(&covers(1, 0.0, 10.0)).is_empty(), "not known to tell of agents");
        let appeared = coverage.saw_session(&connect(2));
        assert_eq!(appeared, [NewStretch::of_all_time(&SWITCH.into())]);
        assert_eq!(coverage.saw_session(&covers(3, 5.0, 20.0)).len(), 1);
        assert!(coverage.saw_session(&covers(4, 6.0, 9.0)).is_empty(), "it was complete");
        let mut calls = covers(5, 0.0, 90.0);
        calls.identity.source = CALLS.into();
        assert!(coverage.saw_session(&calls).is_empty());
    }
}
