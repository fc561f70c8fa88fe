//! Coverage: which stretch of which source is known to be complete, what is lost between, and up to where it was heard.
//!
//! A function of the set of session records in logs and archive. Does not know why anybody asks.

mod complete;
mod decided;
mod heard;
mod listener;
mod pairs;
mod rows;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use buffa::Message as _;
use callmart_schema::catalogue::CtlCoverage;
use callmart_schema::session::{Batch, Covers, Heartbeat, Stop, Welcome};
use serde::{Deserialize, Serialize};

pub use self::complete::{Hole, NumberedPlace};

use self::complete::{Complete, Pools};
use self::decided::{Decided, Ignored, subject_of};
use self::heard::{HeardInLog, LogPlace, term_of};
use crate::settings::{
    ExpectedSource, ORDINARY, OUTBOUND_CONTACTS, RECORDED_WITHIN_US, VIRTUAL_QUEUES, tells_of_agents,
};
use crate::stored::{SESSION_KIND, Stored};

/// Kinds of session records, without their prefix.
pub const CONNECT: &str = "connect";
/// A batch without its events: its offsets and what it covers.
pub const BATCH: &str = "batch";
/// A heartbeat.
pub const HEARTBEAT: &str = "heartbeat";
/// An orderly stop.
pub const STOP: &str = "stop";

/// An hour in microseconds.
const HOUR_US: i64 = 3_600_000_000;

/// A source, and a switch whose agents it tells of.
pub type Owner = (Arc<str>, Arc<str>);

/// By log: the first place, as segment and offset.
type FirstPlaces = BTreeMap<String, LogPlace>;

/// What was learned of one source: as it is written down.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Learned {
    /// Switch and role as the source was heard; of several the smallest.
    heard_as: Option<(String, String)>,
    /// Smallest switch that its events speak of.
    event_switch: Option<String>,
    /// Switches whose agents it tells of, with the first place of each log that shows it; of expected ones none need.
    owned: BTreeMap<String, FirstPlaces>,
    /// By log: what was heard there.
    heard: BTreeMap<String, HeardInLog>,
    heard_until_us: i64,
    /// By log: the last connect or stop there, and whether it is a stop.
    last_turns: BTreeMap<String, (u64, u64, bool)>,
    /// Moments at which it stopped in good order.
    stops_us: BTreeSet<i64>,
    /// Whether what lies between two stretches is lost.
    is_numbered: bool,
    events: i64,
    /// What operators decided of it.
    decided: Decided,
}

/// What is known of one source.
#[derive(Debug, Default, Clone)]
struct SourceCoverage {
    /// Switch and role as the settings expect them.
    expected: Option<(String, String)>,
    learned: Learned,
    /// What follows from it.
    pools: Pools,
    complete: Complete,
    ignored: Vec<Ignored>,
}

/// What is known of every source: a function of the set of events and records, not of their order.
#[derive(Debug, Default, Clone)]
pub struct Coverage {
    sources: BTreeMap<Arc<str>, SourceCoverage>,
}

/// What is known of the agents of a switch at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgentSide {
    /// Every source that tells of them was complete.
    Complete,
    /// Every one that was not is ignored: nothing more is expected, though something may be unknown.
    Ignored,
    /// Something was not heard, or nobody tells of them.
    NotHeard,
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
    pub fn of_all_time(switch: &str) -> Self {
        Self { switch: switch.into(), from_us: i64::MIN, to_us: i64::MAX }
    }
}

/// What a record changed of a source's coverage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changed {
    /// Stretches of time on the switches whose agents the source tells of.
    pub stretches: Vec<NewStretch>,
    /// Stretches of time in which something is lost now or was before, in microseconds, from the first moment on at which a unit
    /// may have been over that it matters to.
    pub holes_us: Vec<(i64, i64)>,
}

/// The switch whose agents the event or record shows its source to tell of, with the source.
#[must_use]
pub fn owner_of(event: &Stored) -> Option<Owner> {
    let source = &event.identity.source;
    if event.kind.starts_with("agent_") {
        return Some((source.clone(), event.switch.clone()));
    }
    let welcome = welcome_of(event).filter(|w| tells_of_agents(&w.role))?;
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
            learned: Learned {
                owned: tells_of_agents(&e.role).then(|| (e.switch.clone(), BTreeMap::new())).into_iter().collect(),
                ..Learned::default()
            },
            expected: Some((e.switch.clone(), e.role.clone())),
            ..SourceCoverage::default()
        };
        Self { sources: expected.iter().map(|e| (e.name.as_str().into(), known(e))).collect() }
    }

    /// Counts an event of a source, and learns from it what the source tells of. A source that turns out to tell of a
    /// switch's agents changes what is known of all time there.
    pub fn saw_event(&mut self, event: &Stored) -> Option<NewStretch> {
        let source = self.sources.entry(event.identity.source.clone()).or_default();
        let learned = &mut source.learned;
        learned.events += 1;
        learned.heard_until_us = learned.heard_until_us.max(event.time_us);
        if learned.event_switch.as_ref().is_none_or(|s| *event.switch < **s) {
            learned.event_switch = Some(event.switch.to_string());
        }
        learned.own(event)
    }

    /// Takes in a session record that is new; gives what changed by it.
    pub fn saw_session(&mut self, record: &Stored) -> Changed {
        let source = self.sources.entry(record.identity.source.clone()).or_default();
        match session_kind(record) {
            Some(CONNECT) => {
                source.learned.turn(record, false);
                source.connect(record)
            }
            Some(BATCH) => {
                source.cover(&record.place.log, (record.place.segment, record.place.offset), &covers_of(record))
            }
            Some(HEARTBEAT) => {
                let beat = Heartbeat::decode_from_slice(&record.bytes);
                source.learned.hear_until(beat.map_or(0, |b| b.time_us));
                Changed::default()
            }
            Some(STOP) => {
                source.learned.turn(record, true);
                let stop_us = Stop::decode_from_slice(&record.bytes).map_or(0, |s| s.time_us);
                source.learned.hear_until(stop_us);
                source.learned.stops_us.insert(stop_us);
                source.changed_by(|source| source.find_complete())
            }
            _ => Changed::default(),
        }
    }

    /// Takes in what an operator decided of a source; gives what changed by it. Other decisions change nothing here.
    pub fn saw_decision(&mut self, event: &Stored) -> Changed {
        let Some((name, _)) = subject_of(event) else { return Changed::default() };
        let source = self.sources.entry(name).or_default();
        if !source.learned.decided.take(event) {
            return Changed::default();
        }
        let before = std::mem::take(&mut source.ignored);
        source.ignored = source.learned.decided.stretches();
        let now = &source.ignored;
        let others = before.iter().filter(|i| !now.contains(i)).chain(now.iter().filter(|i| !before.contains(i)));
        let stretches = others.flat_map(|i| source.on_owned((i.from_us, i.to_us))).collect();
        Changed { stretches, holes_us: Vec::new() }
    }

    /// What a record or decision can have changed, whatever was known when it came.
    #[must_use]
    pub fn reach_of(&self, record: &Stored) -> Changed {
        if let Some((name, since_us)) = subject_of(record) {
            let stretches = self.sources.get(&name).map(|source| source.on_owned((since_us, i64::MAX)));
            return Changed { stretches: stretches.unwrap_or_default(), holes_us: Vec::new() };
        }
        let Some(source) = self.sources.get(&record.identity.source) else { return Changed::default() };
        match session_kind(record) {
            Some(BATCH) => {
                let covers = covers_of(record);
                source.around(covers.iter().map(|c| (c.from_us, c.to_us)))
            }
            Some(CONNECT) if source.is_missed_by_others() => {
                Changed { holes_us: source.holes_us(), ..Changed::default() }
            }
            Some(STOP) => source.around(Stop::decode_from_slice(&record.bytes).map(|s| (s.time_us, s.time_us))),
            _ => Changed::default(),
        }
    }

    /// Whether the settings say that the owner tells of its switch's agents, or a place of a log that `had_read` holds does.
    #[must_use]
    pub(crate) fn was_known(&self, owner: &Owner, had_read: impl Fn(&str, (u64, u64)) -> bool) -> bool {
        let first = self.sources.get(&owner.0).and_then(|source| source.learned.owned.get(&*owner.1));
        first.is_some_and(|first| first.is_empty() || first.iter().any(|(log, place)| had_read(log, *place)))
    }

    /// Coverage as it is written down.
    #[must_use]
    pub(crate) fn known(&self) -> KnownCoverage {
        KnownCoverage(self.sources.iter().map(|(name, source)| (name.to_string(), source.learned.clone())).collect())
    }

    /// Takes over what was written down; what the settings expect stays as it is.
    pub(crate) fn recall(&mut self, known: &KnownCoverage) {
        for (name, learned) in &known.0 {
            self.sources.entry(name.as_str().into()).or_default().recall(learned);
        }
    }

    /// Whether every source that tells of the switch's agents was complete at the moment, or is ignored then. Without any such
    /// source, or with one never heard, the agent side is not known.
    #[must_use]
    pub fn agent_side(&self, switch: &str, at_us: i64) -> AgentSide {
        let owners = || self.sources.values().filter(|s| s.learned.owned.contains_key(switch));
        let is_complete = |source: &SourceCoverage| source.complete.time.holds(at_us);
        if owners().next().is_none() || !owners().all(|s| is_complete(s) || s.is_ignored(at_us)) {
            return AgentSide::NotHeard;
        }
        if owners().all(is_complete) { AgentSide::Complete } else { AgentSide::Ignored }
    }

    /// Whether a switch is an ordinary one, whose source names the agents of a call's parties itself.
    #[must_use]
    pub fn names_agents(&self, switch: &str) -> bool {
        self.sources.values().any(|source| source.names_agents(switch))
    }

    /// Until when whatever the source told was followed by at least so much time that is complete, in microseconds; on a whole
    /// hour, so that it moves seldom. None when not so much is complete.
    #[must_use]
    pub fn heard_beyond(&self, source: &str, beyond_us: i64) -> Option<i64> {
        let until_us = self.sources.get(source)?.complete.time.start_of_last(beyond_us)?;
        Some(until_us.div_euclid(HOUR_US) * HOUR_US)
    }

    /// What is lost of a source, in the order of its events.
    #[must_use]
    pub fn holes(&self, source: &str) -> &[Hole] {
        self.sources.get(source).map_or(&[], |source| &source.complete.holes)
    }

    /// Whether anything that a source of a role tells is lost between two moments, both included.
    #[must_use]
    pub fn is_lost_of(&self, role: &str, first_us: i64, last_us: i64) -> bool {
        let of_role = self.sources.values().filter(|source| source.role() == Some(role));
        of_role.flat_map(|source| &source.complete.holes).any(|hole| hole.touches(first_us, last_us))
    }

    /// The rows of `ctl_coverage`.
    #[must_use]
    pub fn rows(&self) -> Vec<CtlCoverage> {
        self.sources.iter().flat_map(|(name, source)| source.rows(name)).collect()
    }
}

/// Coverage of every source as it is written down.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KnownCoverage(BTreeMap<String, Learned>);

impl Learned {
    fn hear_until(&mut self, until_us: i64) {
        self.heard_until_us = self.heard_until_us.max(until_us);
    }

    /// Learns from an event or record whether the source tells of a switch's agents.
    fn own(&mut self, event: &Stored) -> Option<NewStretch> {
        let (_, switch) = owner_of(event)?;
        let is_known = self.owned.contains_key(&*switch);
        let first = self.owned.entry(switch.to_string()).or_default();
        let place = (event.place.segment, event.place.offset);
        let at = first.entry(event.place.log.to_string()).or_insert(place);
        *at = place.min(*at);
        (!is_known).then(|| NewStretch::of_all_time(&switch))
    }

    /// Notes a connect or a stop; of those in one log the last counts.
    fn turn(&mut self, record: &Stored, is_stop: bool) {
        let turn = (record.place.segment, record.place.offset, is_stop);
        let last = self.last_turns.entry(record.place.log.to_string()).or_insert(turn);
        *last = turn.max(*last);
    }

    /// Whether the last that each log heard was a stop.
    fn is_stopped(&self) -> bool {
        !self.last_turns.is_empty() && self.last_turns.values().all(|(.., is_stop)| *is_stop)
    }
}

impl SourceCoverage {
    fn recall(&mut self, known: &Learned) {
        let expected = std::mem::replace(&mut self.learned, known.clone()).owned;
        for (switch, first) in expected {
            self.learned.owned.entry(switch).or_default().extend(first);
        }
        self.ignored = self.learned.decided.stretches();
        self.find_pools();
    }

    /// The role that it is heard as, else the one that is expected.
    fn role(&self) -> Option<&str> {
        let as_heard = self.learned.heard_as.as_ref().or(self.expected.as_ref());
        as_heard.map(|(_, role)| role.as_str())
    }

    /// Whether what is lost of it matters to units that it never told of.
    fn is_missed_by_others(&self) -> bool {
        self.role().is_some_and(|role| [VIRTUAL_QUEUES, OUTBOUND_CONTACTS].contains(&role))
    }

    fn holes_us(&self) -> Vec<(i64, i64)> {
        self.complete.holes.iter().map(|hole| self.reach_us((hole.from_us, hole.to_us))).collect()
    }

    /// The stretch of time whose units it matters to what is lost in a stretch: of attempts it is told when they are over.
    fn reach_us(&self, (from_us, to_us): (i64, i64)) -> (i64, i64) {
        let behind_us = if self.role() == Some(OUTBOUND_CONTACTS) { RECORDED_WITHIN_US } else { 0 };
        (from_us.saturating_sub(behind_us), to_us)
    }

    fn is_ignored(&self, at_us: i64) -> bool {
        self.ignored.iter().any(|i| i.from_us <= at_us && at_us < i.to_us)
    }

    /// Whether it is heard or expected as the source of an ordinary switch.
    fn names_agents(&self, switch: &str) -> bool {
        let known = [&self.learned.heard_as, &self.expected];
        known.into_iter().flatten().any(|(of, role)| of == switch && role == ORDINARY)
    }

    /// A source that was heard as a T-Controller or as an ordinary switch tells of its switch's agents, even while it is
    /// silent. When its switch turns out to be ordinary, what is known of agents changes for all time there.
    fn connect(&mut self, record: &Stored) -> Changed {
        let Some(welcome) = welcome_of(record) else { return Changed::default() };
        let switch = welcome.switch.clone();
        let named_agents = self.names_agents(&switch);
        let heard_as = (welcome.switch, welcome.role);
        let was_missed = self.is_missed_by_others();
        let learned = &mut self.learned;
        if learned.heard_as.as_ref().is_none_or(|h| heard_as < *h) {
            learned.heard_as = Some(heard_as);
        }
        let appeared = learned.own(record);
        let (place, label) = ((record.place.segment, record.place.offset), (welcome.pool, welcome.member));
        let has_moved = learned.heard.entry(record.place.log.to_string()).or_default().connect(place, label);
        let mut changed = if has_moved { self.changed_by(Self::find_pools) } else { Changed::default() };
        changed.stretches.extend(appeared);
        if was_missed != self.is_missed_by_others() {
            // What is lost of it matters to other units now than before.
            changed.holes_us.extend(self.holes_us());
        }
        changed
            .stretches
            .extend((self.names_agents(&switch) != named_agents).then(|| NewStretch::of_all_time(&switch)));
        changed
    }

    fn cover(&mut self, log: &str, place: LogPlace, all: &[Covers]) -> Changed {
        let heard = self.learned.heard.entry(log.to_owned()).or_default();
        let mut grown = BTreeSet::new();
        for covers in all {
            self.learned.is_numbered |= listener::is_numbered(covers);
            if heard.cover(log, place, covers, &mut self.pools) {
                grown.insert(term_of(covers));
            }
        }
        if grown.is_empty() {
            return Changed::default();
        }
        let until_us = all.iter().map(|c| c.to_us).max().unwrap_or_default();
        self.learned.hear_until(until_us);
        self.changed_by(|source| {
            let (stops_us, is_numbered) = (&source.learned.stops_us, source.learned.is_numbered);
            grown.iter().for_each(|term| source.complete.again(&source.pools, term, stops_us, is_numbered));
        })
    }

    /// Finds out anew who heard what.
    fn find_pools(&mut self) {
        self.pools = Pools::new();
        for (log, heard) in &self.learned.heard {
            heard.add_to(log, &mut self.pools);
        }
        self.find_complete();
    }

    fn find_complete(&mut self) {
        self.complete = Complete::of(&self.pools, &self.learned.stops_us, self.learned.is_numbered);
    }

    /// What changes by something.
    fn changed_by(&mut self, change: impl FnOnce(&mut Self)) -> Changed {
        let (time, holes) = (self.complete.time.clone(), self.complete.holes.clone());
        change(self);
        let stretches = self.complete.time.difference(&time).map(|stretch| self.on_owned(stretch));
        let only_in = |one: &[Hole], other: &[Hole]| -> Vec<(i64, i64)> {
            let only = one.iter().filter(|hole| !other.contains(hole));
            only.map(|hole| self.reach_us((hole.from_us, hole.to_us))).collect()
        };
        let holes_us = if holes == self.complete.holes {
            Vec::new()
        } else {
            [only_in(&holes, &self.complete.holes), only_in(&self.complete.holes, &holes)].concat()
        };
        Changed { stretches: stretches.unwrap_or_default(), holes_us }
    }

    /// What may have changed when stretches became complete: they themselves, and what is not complete beside them.
    fn around(&self, stretches_us: impl IntoIterator<Item = (i64, i64)>) -> Changed {
        let time = &self.complete.time;
        let mut changed = Changed::default();
        for (from_us, to_us) in stretches_us {
            let inside = |at_us: i64| time.around(at_us).is_some_and(|(start_us, _)| start_us < at_us);
            let from_us = if inside(from_us) { from_us } else { time.end_before(from_us).unwrap_or(from_us) };
            let to_us = if inside(to_us) { to_us } else { time.start_behind(to_us).unwrap_or(to_us) };
            changed.stretches.extend(self.on_owned((from_us, to_us)));
            changed.holes_us.extend(self.learned.is_numbered.then(|| self.reach_us((from_us, to_us))));
        }
        changed
    }

    /// The stretch on each switch whose agents the source tells of; what others cover changes no attempt's agent.
    fn on_owned(&self, (from_us, to_us): (i64, i64)) -> Vec<NewStretch> {
        let switches = self.learned.owned.keys();
        switches.map(|switch| NewStretch { switch: switch.as_str().into(), from_us, to_us }).collect()
    }
}
