//! Coverage: which stretch of which source is known to be complete, and up to where it was heard.
//!
//! A function of the session records in logs and archive. Does not know why anybody asks.

use std::collections::BTreeMap;
use std::sync::Arc;

use buffa::Message as _;
use callmart_schema::catalogue::CtlCoverage;
use callmart_schema::session::{Batch, Covers, Heartbeat, Stop, Welcome};
use serde::{Deserialize, Serialize};

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

/// By log: the first place, as segment and offset.
type FirstPlaces = BTreeMap<Arc<str>, (u64, u64)>;

/// What is known of one source.
#[derive(Debug, Default, Clone)]
struct SourceCoverage {
    /// Switch and role as the settings expect them, and as the source was heard; of several the smallest.
    expected: Option<(String, String)>,
    heard_as: Option<(String, String)>,
    /// Smallest switch that its events speak of.
    event_switch: Option<Arc<str>>,
    /// Switches whose agents it tells of, with the first place of each log that shows it; of expected ones none need.
    owned: BTreeMap<Arc<str>, FirstPlaces>,
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
            owned: (e.role == T_CONTROLLER).then(|| (e.switch.as_str().into(), BTreeMap::new())).into_iter().collect(),
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
        source.own(event)
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

    /// Whether the settings say that the owner tells of its switch's agents, or a place of a log that `had_read` holds does.
    #[must_use]
    pub(crate) fn was_known(&self, owner: &Owner, had_read: impl Fn(&str, (u64, u64)) -> bool) -> bool {
        let first = self.sources.get(&owner.0).and_then(|source| source.owned.get(&owner.1));
        first.is_some_and(|first| first.is_empty() || first.iter().any(|(log, place)| had_read(log, *place)))
    }

    /// Coverage as it is written down.
    #[must_use]
    pub(crate) fn known(&self) -> KnownCoverage {
        KnownCoverage(self.sources.iter().map(|(name, source)| (name.to_string(), source.known())).collect())
    }

    /// Takes over what was written down; what the settings expect stays as it is.
    pub(crate) fn recall(&mut self, known: &KnownCoverage) {
        for (name, of_source) in &known.0 {
            self.sources.entry(name.as_str().into()).or_default().recall(of_source);
        }
    }

    /// Whether every source that tells of the switch's agents was complete at the moment. Without any such source, or with
    /// one never heard, the agent side is not known.
    #[must_use]
    pub fn agents_covered(&self, switch: &str, at_us: i64) -> bool {
        let mut owners = self.sources.values().filter(|s| s.owned.contains_key(switch)).peekable();
        owners.peek().is_some() && owners.all(|s| s.stretches.holds(at_us))
    }

    /// The rows of `ctl_coverage`.
    #[must_use]
    pub fn rows(&self) -> Vec<CtlCoverage> {
        self.sources.iter().flat_map(|(name, source)| source.rows(name)).collect()
    }
}

/// Coverage of every source as it is written down.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KnownCoverage(BTreeMap<String, KnownSource>);

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct KnownSource {
    heard_as: Option<(String, String)>,
    event_switch: Option<String>,
    owned: BTreeMap<String, BTreeMap<String, (u64, u64)>>,
    stretches: Vec<(i64, i64)>,
    heard_until_us: i64,
    last_turns: BTreeMap<String, (u64, u64, bool)>,
    events: i64,
}

impl SourceCoverage {
    fn known(&self) -> KnownSource {
        let places = |of_log: &FirstPlaces| of_log.iter().map(|(log, place)| (log.to_string(), *place)).collect();
        KnownSource {
            heard_as: self.heard_as.clone(),
            event_switch: self.event_switch.as_ref().map(ToString::to_string),
            owned: self.owned.iter().map(|(switch, first)| (switch.to_string(), places(first))).collect(),
            stretches: self.stretches.iter().collect(),
            heard_until_us: self.heard_until_us,
            last_turns: self.last_turns.iter().map(|(log, turn)| (log.to_string(), *turn)).collect(),
            events: self.events,
        }
    }

    fn recall(&mut self, known: &KnownSource) {
        self.heard_as.clone_from(&known.heard_as);
        self.event_switch = known.event_switch.as_deref().map(Into::into);
        for (switch, first) in &known.owned {
            let places = first.iter().map(|(log, place)| (log.as_str().into(), *place));
            self.owned.entry(switch.as_str().into()).or_default().extend(places);
        }
        known.stretches.iter().for_each(|(from, to)| {
            self.stretches.add(*from, *to);
        });
        self.heard_until_us = known.heard_until_us;
        self.last_turns = known.last_turns.iter().map(|(log, turn)| (log.as_str().into(), *turn)).collect();
        self.events = known.events;
    }

    /// Learns from an event or record whether the source tells of a switch's agents.
    fn own(&mut self, event: &Stored) -> Option<NewStretch> {
        let (_, switch) = owner_of(event)?;
        let is_known = self.owned.contains_key(&switch);
        let first = self.owned.entry(switch.clone()).or_default();
        let place = (event.place.segment, event.place.offset);
        let at = first.entry(event.place.log.clone()).or_insert(place);
        *at = place.min(*at);
        (!is_known).then(|| NewStretch::of_all_time(&switch))
    }

    /// A source that was heard as a T-Controller tells of its switch's agents, even while it is silent.
    fn connect(&mut self, record: &Stored) -> Option<NewStretch> {
        let welcome = welcome_of(record)?;
        let heard_as = (welcome.switch, welcome.role);
        if self.heard_as.as_ref().is_none_or(|h| heard_as < *h) {
            self.heard_as = Some(heard_as);
        }
        self.own(record)
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
        if !self.stretches.add(covers.from_us, covers.to_us) {
            return Vec::new();
        }
        self.heard_until_us = self.heard_until_us.max(covers.to_us);
        self.on_owned(covers).collect()
    }

    /// The stretch on each switch whose agents the source tells of; what others cover changes no fact.
    fn on_owned(&self, covers: &Covers) -> impl Iterator<Item = NewStretch> {
        let (from_us, to_us) = (covers.from_us, covers.to_us);
        self.owned.keys().map(move |switch| NewStretch { switch: switch.clone(), from_us, to_us })
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
