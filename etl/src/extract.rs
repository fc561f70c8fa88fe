//! Extract: what is known of all events, and which units a new one makes dirty.
//!
//! Drops repeats by identity, keeps the timelines, the coverage and the index of deliveries, and remembers which units each
//! mart has yet to load. Everything here can be built again from the archive. Reading logs and the archive is `follow`'s
//! business, folding the transform's.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::coverage::{Coverage, HEARTBEAT, NewStretch};
use crate::settings::TransformSettings;
use crate::stored::{Identity, Place, Stored, Texts};
use crate::timeline::{DnPlace, TimelineChange, Timelines};
use crate::unit::Unit;

/// The two projections, each with a checkpoint of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mart {
    /// Rows in PostgreSQL.
    Postgres = 0,
    /// Files and manifest.
    Parquet = 1,
}

/// Both marts.
pub const MARTS: [Mart; 2] = [Mart::Postgres, Mart::Parquet];

/// What became of an event that was taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is new.
    New,
    /// Its copy is known.
    Repeat,
    /// Another event with its identity is known; both are kept.
    Conflict,
}

/// One unit, as far as it is in memory.
#[derive(Debug)]
pub struct UnitEntry {
    /// The unit.
    pub unit: Unit,
    /// UTC days of its events, in days since 1970-01-01. Every row of the unit starts on one of them.
    pub days: BTreeSet<i32>,
    /// Its events in memory.
    pub events: Vec<Stored>,
    /// Whether these are all; if not, the archive holds the others.
    pub is_whole: bool,
}

/// Identities and hashes of conflicting events that do not count.
pub type Overruled = HashSet<(Identity, i64)>;

/// Everything that is known beside the events themselves.
pub struct Knowledge {
    settings: TransformSettings,
    /// One copy of each text that comes again and again.
    pub texts: Texts,
    /// Copies of each event by hash and unit; more than one is a conflict.
    seen: HashMap<Identity, Vec<(i64, i64)>>,
    /// Places of the session records that are known; they have no other identity.
    seen_records: HashSet<Place>,
    /// Of conflicting events those that do not count.
    pub overruled: Overruled,
    units: HashMap<i64, UnitEntry>,
    /// By DN: moments of party events there, with their unit.
    deliveries: HashMap<DnPlace, BTreeSet<(i64, i64)>>,
    /// Who was logged in where.
    pub timelines: Timelines,
    /// What is known to be complete.
    pub coverage: Coverage,
    /// By mart: units to load, each with the event that was the reason.
    dirty: [HashMap<i64, Arc<Identity>>; 2],
    /// Events that the archive does not hold yet.
    unarchived: Vec<Stored>,
    cached_events: usize,
}

impl Knowledge {
    /// Nothing is known yet.
    #[must_use]
    pub fn new(settings: TransformSettings) -> Self {
        Self {
            coverage: Coverage::of_expected(&settings.expected_sources),
            settings,
            texts: Texts::default(),
            seen: HashMap::new(),
            seen_records: HashSet::new(),
            overruled: Overruled::default(),
            units: HashMap::new(),
            deliveries: HashMap::new(),
            timelines: Timelines::default(),
            dirty: [HashMap::new(), HashMap::new()],
            unarchived: Vec::new(),
            cached_events: 0,
        }
    }

    /// Takes in an event that the archive holds: its unit is known, its bytes need not stay in memory.
    pub fn recall(&mut self, event: &Stored) {
        self.learn(event, false);
        if event.is_session() {
            self.seen_records.insert(event.place.clone());
        } else {
            self.seen.entry(event.identity.clone()).or_default().push((event.content_hash, event.unit.key()));
            self.overrule(&event.identity);
            self.entry_of(event).is_whole = false;
        }
    }

    /// Takes in an event from a log. `again` names the marts that have not loaded what the log said up to here, though the
    /// archive holds it.
    pub fn take(&mut self, event: Stored, again: &[Mart]) -> Taken {
        if event.is_session() {
            return self.take_session(event, again);
        }
        let copies = self.seen.entry(event.identity.clone()).or_default();
        if copies.iter().any(|(hash, _)| *hash == event.content_hash) {
            if !again.is_empty() {
                let units = self.learn(&event, true);
                self.mark(&event, units, again);
            }
            return Taken::Repeat;
        }
        let taken = if copies.is_empty() { Taken::New } else { Taken::Conflict };
        copies.push((event.content_hash, event.unit.key()));
        let mut units = self.learn(&event, false);
        units.extend(self.overrule(&event.identity));
        self.mark(&event, units, &MARTS);
        self.entry_of(&event).events.push(event.clone());
        self.cached_events += 1;
        self.unarchived.push(event);
        taken
    }

    fn take_session(&mut self, record: Stored, again: &[Mart]) -> Taken {
        if !self.seen_records.insert(record.place.clone()) {
            let units = self.learn(&record, !again.is_empty());
            self.mark(&record, units, again);
            return Taken::Repeat;
        }
        let units = self.learn(&record, false);
        self.mark(&record, units, &MARTS);
        self.archive_session(record);
        Taken::New
    }

    /// Of a source's heartbeats between two states of the archive only the last is kept.
    fn archive_session(&mut self, record: Stored) {
        let is_beat = record.kind.ends_with(HEARTBEAT);
        if is_beat {
            self.unarchived.retain(|e| e.kind != record.kind || e.identity.source != record.identity.source);
        }
        self.unarchived.push(record);
    }

    /// Of the copies of one event the one with the smallest hash counts; gives the units of all when there are several.
    fn overrule(&mut self, identity: &Identity) -> Vec<i64> {
        let Some(copies) = self.seen.get(identity).filter(|copies| copies.len() > 1) else { return Vec::new() };
        let counts = copies.iter().map(|(hash, _)| *hash).min();
        for (hash, _) in copies {
            let copy = (identity.clone(), *hash);
            if Some(*hash) == counts {
                self.overruled.remove(&copy)
            } else {
                self.overruled.insert(copy)
            };
        }
        copies.iter().map(|(_, unit)| *unit).collect()
    }

    /// Learns what an event tells beside itself; gives the other units whose rows depend on it.
    fn learn(&mut self, event: &Stored, again: bool) -> Vec<i64> {
        if event.is_session() {
            let stretches = self.coverage.saw_session(event, again);
            return stretches.iter().flat_map(|s| self.units_on_switch(s)).collect();
        }
        let tolerance_us = self.tolerance_us();
        let mut units = Vec::new();
        if !again && let Some(stretch) = self.coverage.saw_event(event) {
            units.extend(self.units_on_switch(&stretch));
        }
        if event.kind.starts_with("agent_log")
            && let Some(change) = self.timelines.saw_event(event, tolerance_us, again)
        {
            units.extend(self.units_on_dn(&change));
        }
        let unit_key = event.unit.key();
        if event.kind.starts_with("party_") && !event.dn.is_empty() {
            let place = (event.switch.clone(), event.dn.clone());
            self.deliveries.entry(place).or_default().insert((event.time_us, unit_key));
        }
        self.entry_of(event).days.insert(event.day());
        units
    }

    fn tolerance_us(&self) -> i64 {
        i64::from(self.settings.match_tolerance_ms) * 1_000
    }

    fn units_on_dn(&self, change: &TimelineChange) -> Vec<i64> {
        let deliveries = self.deliveries.get(&change.place).into_iter();
        deliveries.flat_map(|d| within(d, change.from_us, change.to_us)).collect()
    }

    fn units_on_switch(&self, stretch: &NewStretch) -> Vec<i64> {
        let on_switch = self.deliveries.iter().filter(|((switch, _), _)| **switch == *stretch.switch);
        on_switch.flat_map(|(_, d)| within(d, stretch.from_us, stretch.to_us)).collect()
    }

    fn entry_of(&mut self, event: &Stored) -> &mut UnitEntry {
        self.units.entry(event.unit.key()).or_insert_with(|| UnitEntry {
            unit: event.unit.clone(),
            days: BTreeSet::new(),
            events: Vec::new(),
            is_whole: true,
        })
    }

    fn mark(&mut self, event: &Stored, others: Vec<i64>, marts: &[Mart]) {
        let cause = Arc::new(event.identity.clone());
        let own = (!event.is_session()).then(|| event.unit.key());
        for unit in others.into_iter().chain(own) {
            for mart in marts {
                self.dirty[*mart as usize].entry(unit).or_insert_with(|| cause.clone());
            }
        }
    }

    /// Marks every unit for a mart that is to be made again.
    pub fn mark_all(&mut self, mart: Mart) {
        let cause =
            Arc::new(Identity { source: "rebuild".into(), epoch_started_us: 0, epoch_process: "".into(), seq: 0 });
        self.dirty[mart as usize] = self.units.keys().map(|unit| (*unit, cause.clone())).collect();
    }

    /// How many units a mart has yet to load.
    #[must_use]
    pub fn dirty_units(&self, mart: Mart) -> usize {
        self.dirty[mart as usize].len()
    }

    /// Up to `limit` units that the mart has yet to load, in the order of their days, so that the archive of a day is read
    /// once. They stay marked until [`Self::loaded`].
    #[must_use]
    pub fn next_dirty(&self, mart: Mart, limit: usize) -> Vec<(i64, Arc<Identity>)> {
        let first_day = |unit: &i64| self.units.get(unit).and_then(|u| u.days.first().copied());
        let mut units: Vec<_> = self.dirty[mart as usize].iter().map(|(u, c)| (*u, c.clone())).collect();
        units.sort_by_key(|(unit, _)| (first_day(unit), *unit));
        units.truncate(limit);
        units
    }

    /// The mart holds these units as they are now.
    pub fn loaded(&mut self, mart: Mart, units: impl IntoIterator<Item = i64>) {
        for unit in units {
            self.dirty[mart as usize].remove(&unit);
        }
    }

    /// A unit.
    #[must_use]
    pub fn unit(&self, key: i64) -> Option<&UnitEntry> {
        self.units.get(&key)
    }

    /// Adds a unit's events from the archive; afterwards it is whole.
    pub fn make_whole(&mut self, key: i64, archived: Vec<Stored>) {
        if let Some(entry) = self.units.get_mut(&key) {
            self.cached_events += archived.len();
            entry.events.extend(archived);
            entry.is_whole = true;
        }
    }

    /// The events that the archive does not hold yet.
    #[must_use]
    pub fn unarchived(&self) -> &[Stored] {
        &self.unarchived
    }

    /// The archive holds everything now. Of the units that no mart waits for, the events leave memory when there are more
    /// than `cached_events`.
    pub fn archived(&mut self, cached_events: usize) {
        self.unarchived.clear();
        if self.cached_events <= cached_events {
            return;
        }
        for (key, entry) in &mut self.units {
            if self.dirty.iter().all(|d| !d.contains_key(key)) && !entry.events.is_empty() {
                entry.events = Vec::new();
                entry.is_whole = false;
            }
        }
        self.cached_events = self.units.values().map(|u| u.events.len()).sum();
    }
}

fn within(deliveries: &BTreeSet<(i64, i64)>, from_us: i64, to_us: i64) -> impl Iterator<Item = i64> + '_ {
    deliveries.range((from_us, i64::MIN)..=(to_us, i64::MAX)).map(|(_, unit)| *unit)
}
