//! Extract: what is known of all events, and which units a new one makes dirty.
//!
//! Drops repeats by identity, keeps the timelines, the coverage and the index of deliveries, and remembers which units each
//! mart has yet to load. Everything here can be built again from the archive (`recall`). Reading logs and the archive is
//! `follow`'s business, folding the transform's.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::coverage::{Coverage, HEARTBEAT, NewStretch};
use crate::load::Held;
use crate::settings::TransformSettings;
use crate::stored::{Identity, Place, Stored, Texts};
use crate::timeline::{TimelineChange, Timelines};
use crate::unit::{Unit, UnitKind};
use crate::wraps::{Wrap, Wraps};

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
    /// By mart: which rows of it may be there.
    pub(crate) held: [Held; 2],
}

/// Identities and hashes of conflicting events that do not count.
pub type Overruled = HashSet<(Identity, i64)>;

/// Moments of party events, each with its unit's key.
type Moments = BTreeSet<(i64, i64)>;

/// Everything that is known beside the events themselves.
pub struct Knowledge {
    settings: TransformSettings,
    /// Marts that there are.
    marts: Vec<Mart>,
    /// One copy of each text that comes again and again.
    pub texts: Texts,
    /// Copies of each event by hash and unit; more than one is a conflict.
    seen: HashMap<Identity, Vec<(i64, i64)>>,
    /// Places of the session records that are known; they have no other identity.
    seen_records: HashSet<Place>,
    /// Of conflicting events those that do not count.
    pub overruled: Overruled,
    units: HashMap<i64, UnitEntry>,
    /// By switch and DN, which is empty where the event did not name it.
    deliveries: HashMap<Arc<str>, HashMap<Arc<str>, Moments>>,
    /// Who was logged in where.
    pub timelines: Timelines,
    /// After-call work of sessions.
    pub wraps: Wraps,
    /// Sessions whose after-call work has to be found out anew.
    unwrapped: HashSet<i64>,
    /// By mart: sessions of which it may know other after-call work than anybody here, so that all their calls are loaded.
    misknown: [HashSet<i64>; 2],
    /// What is known to be complete.
    pub coverage: Coverage,
    /// By mart: units to load, each with the event that was the reason.
    dirty: [HashMap<i64, Arc<Identity>>; 2],
    /// Events that the archive does not hold yet.
    unarchived: Vec<Stored>,
    /// By source: where its latest heartbeat stands among them.
    unarchived_beats: HashMap<Arc<str>, usize>,
    cached_events: usize,
}

impl Knowledge {
    /// Nothing is known yet, and these are the marts to be loaded.
    #[must_use]
    pub fn new(settings: TransformSettings, marts: &[Mart]) -> Self {
        Self {
            coverage: Coverage::of_expected(&settings.expected_sources),
            settings,
            marts: marts.to_vec(),
            texts: Texts::default(),
            seen: HashMap::new(),
            seen_records: HashSet::new(),
            overruled: Overruled::default(),
            units: HashMap::new(),
            deliveries: HashMap::new(),
            timelines: Timelines::default(),
            wraps: Wraps::default(),
            unwrapped: HashSet::new(),
            misknown: [HashSet::new(), HashSet::new()],
            dirty: [HashMap::new(), HashMap::new()],
            unarchived: Vec::new(),
            unarchived_beats: HashMap::new(),
            cached_events: 0,
        }
    }

    /// Takes in an event from a log.
    pub fn take(&mut self, event: Stored) -> Taken {
        let (taken, others) = self.learn(&event);
        if taken == Taken::Repeat {
            return taken;
        }
        self.mark(&event, others, taken == Taken::Conflict);
        if event.is_session() {
            self.keep_record(event);
        } else {
            self.entry_of(&event).events.push(event.clone());
            self.cached_events += 1;
            self.unarchived.push(event);
        }
        taken
    }

    /// Takes in an event that the archive holds: its bytes need not stay in memory, and no mart waits for it.
    pub(crate) fn recall(&mut self, event: &Stored) {
        self.learn(event);
        if !event.is_session() {
            let entry = self.entry_of(event);
            entry.is_whole = false;
            entry.held = [Held::ANY; 2];
        }
    }

    /// A mart may hold any rows of a unit: it was loaded with events that are only now read again.
    pub(crate) fn may_hold(&mut self, mart: Mart, unit: i64) {
        if let Some(entry) = self.units.get_mut(&unit) {
            entry.held[mart as usize] = Held::ANY;
        }
    }

    /// Learns what an event tells beside itself; gives the other units whose rows depend on it.
    fn learn(&mut self, event: &Stored) -> (Taken, Vec<i64>) {
        if event.is_session() {
            if !self.seen_records.insert(event.place.clone()) {
                return (Taken::Repeat, Vec::new());
            }
            let stretches = self.coverage.saw_session(event);
            return (Taken::New, stretches.iter().flat_map(|s| self.units_on_switch(s)).collect());
        }
        let unit_key = event.unit.key();
        let copies = self.seen.entry(event.identity.clone()).or_default();
        if copies.iter().any(|(hash, _)| *hash == event.content_hash) {
            return (Taken::Repeat, Vec::new());
        }
        copies.push((event.content_hash, unit_key));
        let is_conflict = copies.len() > 1;
        self.entry_of(event).days.insert(event.day());
        if may_deliver(event) {
            let on_switch = self.deliveries.entry(event.switch.clone()).or_default();
            on_switch.entry(event.dn.clone()).or_default().insert((event.time_us, unit_key));
        }
        let mut others = Vec::new();
        let stretch = self.coverage.saw_event(event);
        others.extend(stretch.iter().flat_map(|s| self.units_on_switch(s)));
        if event.kind.starts_with("agent_log") {
            let change = self.timelines.saw_event(event);
            others.extend(change.iter().flat_map(|c| self.units_on_dn(c)));
        }
        if is_conflict {
            others.extend(self.overrule(&event.identity));
        }
        (if is_conflict { Taken::Conflict } else { Taken::New }, others)
    }

    /// Of the copies of one event the one with the smallest hash counts; gives the units of all, and those whose calls
    /// change hands with it.
    fn overrule(&mut self, identity: &Identity) -> Vec<i64> {
        let copies = self.seen.get(identity).cloned().unwrap_or_default();
        let counted = copies.iter().map(|(hash, _)| *hash).min();
        let mut units: Vec<i64> = copies.iter().map(|(_, unit)| *unit).collect();
        for (hash, _) in &copies {
            let copy = (identity.clone(), *hash);
            let counts = Some(*hash) == counted;
            if counts {
                self.overruled.remove(&copy)
            } else {
                self.overruled.insert(copy)
            };
            let change = self.timelines.set_counts(*hash, counts);
            units.extend(change.iter().flat_map(|c| self.units_on_dn(c)));
        }
        units
    }

    /// Of a source's heartbeats between two states of the archive only the latest is kept.
    fn keep_record(&mut self, record: Stored) {
        if !record.kind.ends_with(HEARTBEAT) {
            self.unarchived.push(record);
            return;
        }
        let source = record.identity.source.clone();
        match self.unarchived_beats.get(&source).and_then(|place| self.unarchived.get_mut(*place)) {
            Some(beat) if beat.time_us >= record.time_us => {}
            Some(beat) => *beat = record,
            None => {
                self.unarchived_beats.insert(source, self.unarchived.len());
                self.unarchived.push(record);
            }
        }
    }

    /// Units delivered to the DN while its timeline changed; an event without a DN may have been there.
    pub(crate) fn units_on_dn(&self, change: &TimelineChange) -> Vec<i64> {
        let tolerance_us = i64::from(self.settings.match_tolerance_ms) * 1_000;
        let (from_us, to_us) = (change.from_us.saturating_sub(tolerance_us), change.to_us.saturating_add(tolerance_us));
        let (switch, dn) = &change.place;
        let mut units = Vec::new();
        for moments in self.deliveries.get(switch).iter().flat_map(|s| [s.get(dn), s.get("")]).flatten() {
            units.extend(within(moments, from_us, to_us));
        }
        units
    }

    /// Units delivered anywhere on the switch in the stretch.
    pub(crate) fn units_on_switch(&self, stretch: &NewStretch) -> Vec<i64> {
        let on_switch = self.deliveries.get(&*stretch.switch).into_iter().flat_map(HashMap::values);
        on_switch.flat_map(|moments| within(moments, stretch.from_us, stretch.to_us)).collect()
    }

    fn entry_of(&mut self, event: &Stored) -> &mut UnitEntry {
        self.units.entry(event.unit.key()).or_insert_with(|| UnitEntry {
            unit: event.unit.clone(),
            days: BTreeSet::new(),
            events: Vec::new(),
            is_whole: true,
            held: [Held::default(); 2],
        })
    }

    /// Marks what an event makes dirty. Units that no row is made of are so only when something in them does not count.
    fn mark(&mut self, event: &Stored, others: Vec<i64>, is_conflict: bool) {
        let own = (event.unit.has_rows() || is_conflict).then(|| event.unit.key());
        let cause = Arc::new(event.identity.clone());
        for mart in self.marts.clone() {
            self.mark_for(mart, others.iter().copied().chain(own), &cause);
            if is_conflict {
                self.misknow(mart, others.iter().copied().chain(own));
            }
        }
        let sessions: Vec<i64> = others.into_iter().chain(own).filter(|unit| self.is_session(*unit)).collect();
        self.unwrapped.extend(sessions);
    }

    fn is_session(&self, unit: i64) -> bool {
        self.units.get(&unit).is_some_and(|entry| entry.unit.kind() == UnitKind::Session)
    }

    /// The mart may know other after-call work of those among the units that are sessions.
    pub(crate) fn misknow(&mut self, mart: Mart, units: impl IntoIterator<Item = i64>) {
        for unit in units {
            if self.is_session(unit) {
                self.misknown[mart as usize].insert(unit);
                self.unwrapped.insert(unit);
            }
        }
    }

    /// Sessions whose after-call work has to be found out anew.
    pub(crate) fn unwrapped(&self) -> Vec<i64> {
        self.unwrapped.iter().copied().collect()
    }

    /// Takes over the after-call work of a session as the marts know it.
    pub(crate) fn remember_wraps(&mut self, unit: i64, wraps: Vec<Wrap>) {
        if let Some(entry) = self.units.get(&unit) {
            self.wraps.set(&entry.unit.id().into(), wraps);
        }
    }

    /// Takes over the after-call work of a session; marks the calls whose rows may differ by it.
    pub(crate) fn wrap(&mut self, unit: i64, wraps: Vec<Wrap>) {
        self.unwrapped.remove(&unit);
        let Some(entry) = self.units.get(&unit) else { return };
        let calls: BTreeSet<i64> = entry.events.iter().filter_map(Stored::call_unit).collect();
        let changed = self.wraps.set(&entry.unit.id().into(), wraps);
        let changed: Vec<i64> = changed.iter().map(|root| Unit::of_call(root).key()).collect();
        let cause = entry.events.iter().map(|e| &e.identity).max().cloned().map(Arc::new);
        let Some(cause) = cause else { return };
        for mart in self.marts.clone() {
            let all = self.misknown[mart as usize].remove(&unit);
            let calls = changed.iter().chain(calls.iter().filter(|_| all)).copied();
            let known: Vec<i64> = calls.filter(|call| self.units.contains_key(call)).collect();
            self.mark_for(mart, known, &cause);
        }
    }

    /// Marks units for one mart.
    pub(crate) fn mark_for(&mut self, mart: Mart, units: impl IntoIterator<Item = i64>, cause: &Arc<Identity>) {
        for unit in units {
            self.dirty[mart as usize].entry(unit).or_insert_with(|| cause.clone());
        }
    }

    /// Marks every unit for a mart that holds nothing.
    pub(crate) fn mark_all(&mut self, mart: Mart) {
        let cause =
            Arc::new(Identity { source: "rebuild".into(), epoch_started_us: 0, epoch_process: "".into(), seq: 0 });
        self.dirty[mart as usize] = self.units.keys().map(|unit| (*unit, cause.clone())).collect();
    }

    /// Hashes and units of the copies of an event, when there are several.
    pub(crate) fn conflicting(&self, identity: &Identity) -> &[(i64, i64)] {
        self.seen.get(identity).filter(|copies| copies.len() > 1).map_or(&[], Vec::as_slice)
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
        let dirty = &self.dirty[mart as usize];
        let mut units: Vec<_> = dirty.keys().map(|unit| (first_day(unit), *unit)).collect();
        if limit < units.len() {
            // Only the next ones need an order.
            units.select_nth_unstable(limit);
            units.truncate(limit);
        }
        units.sort_unstable();
        units.into_iter().filter_map(|(_, unit)| Some((unit, dirty.get(&unit)?.clone()))).collect()
    }

    /// The mart holds these units as they are now.
    pub fn loaded(&mut self, mart: Mart, units: impl IntoIterator<Item = i64>) {
        for unit in units {
            self.dirty[mart as usize].remove(&unit);
        }
    }

    /// What the mart holds of a unit once its load is through.
    pub(crate) fn holds(&mut self, mart: Mart, unit: i64, held: Held) {
        if let Some(entry) = self.units.get_mut(&unit) {
            entry.held[mart as usize] = held;
        }
    }

    /// Whether anything is known.
    #[must_use]
    pub fn has_units(&self) -> bool {
        !self.units.is_empty()
    }

    /// A unit.
    #[must_use]
    pub fn unit(&self, key: i64) -> Option<&UnitEntry> {
        self.units.get(&key)
    }

    /// Every unit, in no order.
    pub fn units(&self) -> impl Iterator<Item = &UnitEntry> {
        self.units.values()
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
        self.unarchived_beats.clear();
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

/// Whether the event may be a delivery to a DN. Without its number only a change of state may: a party that joins without
/// one has none, and one that leaves delivers nothing. Calls indexed without a DN are folded again by every login near them.
fn may_deliver(event: &Stored) -> bool {
    event.kind.starts_with("party_") && (!event.dn.is_empty() || &*event.kind == "party_state_changed")
}

/// Units with a moment in the window, closed at both ends; a window that ends before it starts holds none.
fn within(moments: &Moments, from_us: i64, to_us: i64) -> impl Iterator<Item = i64> + '_ {
    let window = (from_us <= to_us).then(|| moments.range((from_us, i64::MIN)..=(to_us, i64::MAX)));
    window.into_iter().flatten().map(|(_, unit)| *unit)
}
