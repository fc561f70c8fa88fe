//! What is known of all events, and which units a new one makes dirty.
//!
//! What is known is kept by UTC day: a day's page drops out of memory when it is not needed any more, and is read again from
//! the archive when an event belongs to it. Units go the same way. Whatever is in memory, the same events make the same
//! units dirty. Reading logs is `follow`'s business, folding the transform's.

mod beginning;
mod conflicts;
mod finding;
mod identities;
mod known;
mod loading;
mod page;
mod pages;
mod spans;
mod terms;
mod units;
mod waiting;
mod wrapping;

pub(crate) use known::Known;
pub use units::UnitEntry;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use self::conflicts::Conflicts;
use self::known::{Copy, LogEnds, OpenUnits};
use self::page::Page;
use self::terms::Terms;
use self::units::Units;
use self::waiting::{Reach, Waiting};
use crate::cause::Cause;
use crate::coverage::{Coverage, HEARTBEAT, NewStretch};
use crate::decisions::pieces;
use crate::error::EtlError;
use crate::horizon::Horizon;
use crate::load::parquet::Archive;
use crate::ranges::Ranges;
use crate::settings::{LoadSettings, TransformSettings};
use crate::snapshot::{Lost, SNAPSHOT, Snapshots};
use crate::stored::{Identity, Stored, Texts};
use crate::timeline::{TimelineChange, Timelines};
use crate::wraps::Wraps;

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

/// Identities and hashes of conflicting events that do not count.
pub type Overruled = HashSet<(Identity, i64)>;

/// Everything that is known beside the events themselves.
pub struct Knowledge {
    settings: TransformSettings,
    limits: LoadSettings,
    /// Marts that there are.
    marts: Vec<Mart>,
    /// One copy of each text that comes again and again.
    pub texts: Texts,
    /// The archive of the newest state, and its days.
    archive: Archive,
    archived: BTreeSet<i32>,
    terms: Terms,
    log_ends: LogEnds,
    /// Events of which there are copies that differ.
    conflicts: Conflicts,
    /// Of conflicting events those that do not count.
    pub overruled: Overruled,
    /// The days in memory.
    pages: BTreeMap<i32, Page>,
    /// Days whose logins and logouts the timelines hold.
    login_days: BTreeSet<i32>,
    units: Units,
    /// Who was logged in where, around the days in memory.
    pub timelines: Timelines,
    /// After-call work of sessions in memory.
    pub wraps: Wraps,
    /// What is known to be complete.
    pub coverage: Coverage,
    /// Before which moment the archive takes nothing any more.
    pub(crate) horizon: Horizon,
    /// What snapshots say beside their parts.
    pub snapshots: Snapshots,
    /// By day not in memory: units that may go on behind it.
    open_units: OpenUnits,
    /// By mart.
    waiting: [Waiting; 2],
    /// By switch: stretches of time whose coverage changed and whose calls are not marked yet, and the first reason.
    reached: BTreeMap<Arc<str>, (Ranges, Arc<Cause>)>,
    /// Sessions whose after-call work has to be found out anew.
    unwrapped: HashSet<i64>,
    /// By mart: sessions of which it may know other after-call work than anybody here, so that all their calls are loaded.
    misknown: [HashSet<i64>; 2],
    /// Units that may have events on days that were not looked at.
    unsettled: HashSet<i64>,
    /// Events that the archive does not hold yet and that are not on their way there.
    unarchived: Vec<Arc<Stored>>,
    /// By source: where its latest heartbeat stands among them.
    unarchived_beats: HashMap<Arc<str>, usize>,
    /// Units and days of events on their way into the archive.
    in_archiving: Vec<(i64, i32)>,
    /// Latest time of an event, microseconds since 1970-01-01 UTC.
    newest_us: i64,
    /// Time up to which every log was read, where one has more.
    heard_until_us: Option<i64>,
    /// Rejects by reason.
    rejects: BTreeMap<String, u64>,
    /// Counts up whenever something is needed, so that what was not needed for long is found.
    clock: u64,
}

impl Knowledge {
    /// Nothing is known yet, and these are the marts to be loaded.
    #[must_use]
    pub fn new(settings: TransformSettings, marts: &[Mart]) -> Self {
        Self::within(settings, LoadSettings::default(), marts)
    }

    /// As [`Self::new`], with other limits of memory.
    #[must_use]
    pub fn within(settings: TransformSettings, limits: LoadSettings, marts: &[Mart]) -> Self {
        Self {
            coverage: Coverage::of_expected(&settings.expected_sources),
            horizon: Horizon::default(),
            settings,
            limits,
            marts: marts.to_vec(),
            texts: Texts::default(),
            archive: Archive::empty(),
            archived: BTreeSet::new(),
            terms: Terms::default(),
            log_ends: LogEnds::new(),
            conflicts: Conflicts::default(),
            overruled: Overruled::default(),
            pages: BTreeMap::new(),
            login_days: BTreeSet::new(),
            units: Units::new(),
            timelines: Timelines::default(),
            wraps: Wraps::default(),
            snapshots: Snapshots::default(),
            open_units: OpenUnits::new(),
            waiting: Default::default(),
            reached: BTreeMap::new(),
            unwrapped: HashSet::new(),
            misknown: [HashSet::new(), HashSet::new()],
            unsettled: HashSet::new(),
            unarchived: Vec::new(),
            unarchived_beats: HashMap::new(),
            in_archiving: Vec::new(),
            newest_us: i64::MIN,
            heard_until_us: None,
            rejects: BTreeMap::new(),
            clock: 0,
        }
    }

    /// Takes in an event from a log; a snapshot, and what is driven in again, piece by piece.
    ///
    /// # Errors
    /// When a day of the archive that has to be looked at cannot be read.
    pub fn take(&mut self, event: Stored) -> Result<Taken, EtlError> {
        if &*event.kind != SNAPSHOT && !event.is_decision() {
            let event = self.horizon.judged(&mut self.texts, event);
            return self.take_one(event);
        }
        let pieces = pieces(&mut self.texts, &self.horizon, event);
        pieces.into_iter().try_fold(Taken::Repeat, |_, piece| self.take_one(piece))
    }

    fn take_one(&mut self, event: Stored) -> Result<Taken, EtlError> {
        self.prepare(&event)?;
        let (taken, reaches) = if event.is_session() { self.learn_record(&event) } else { self.learn(&event, true) };
        if taken == Taken::Repeat {
            return Ok(taken);
        }
        let cause = Cause::of(&event);
        for reach in reaches {
            self.reach(&reach, &cause);
        }
        if event.is_session() {
            self.keep_record(event);
            return Ok(taken);
        }
        if !event.is_from_control() {
            // An operator's clock says nothing of how far the sources are.
            self.newest_us = self.newest_us.max(event.time_us);
        }
        if event.unit.has_rows() || taken == Taken::Conflict {
            self.mark_changed(event.unit_key, &cause, taken == Taken::Conflict);
        }
        if taken == Taken::Conflict {
            self.mark_copies(&event.identity, &cause);
        }
        let event = match self.units.get_mut(&event.unit_key) {
            Some(entry) => {
                let event = Arc::new(entry.sharing(event));
                entry.push(event.clone());
                entry.fresh += 1;
                event
            }
            None => Arc::new(event),
        };
        self.unarchived.push(event);
        Ok(taken)
    }

    /// Learns what a record of a session tells; gives what may change by it.
    fn learn_record(&mut self, record: &Stored) -> (Taken, Vec<Reach>) {
        let is_new = match self.pages.get_mut(&record.day()) {
            Some(page) => page.add_record(&record.place),
            None => true,
        };
        if !is_new {
            return (Taken::Repeat, Vec::new());
        }
        self.note_place(record);
        let source = &record.identity.source;
        let before_us = self.heard_beyond(source, 0);
        let changed = self.coverage.saw_session(record);
        let unheard = reach_of_silence(before_us, self.heard_beyond(source, 0));
        let mut reaches: Vec<Reach> = changed.stretches.iter().map(reach_of_stretch).collect();
        if !changed.holes_us.is_empty() {
            reaches.extend(changed.holes_us.iter().map(|(from_us, to_us)| Reach::Lost(*from_us, *to_us)));
            reaches.extend(self.resync(source));
        }
        reaches.extend(unheard);
        (Taken::New, reaches)
    }

    /// Until when calls of which a source told nothing since are closed by rule, if so much less of it were complete (in
    /// microseconds); none when none are.
    fn heard_beyond(&self, source: &str, less_us: i64) -> Option<i64> {
        let beyond_us = self.settings.close_unheard_after_us()?.saturating_add(less_us);
        self.coverage.heard_beyond(source, beyond_us)
    }

    /// Finds out anew what the snapshots of a source say of its sessions; gives what may change by it.
    fn resync(&mut self, source: &str) -> Vec<Reach> {
        let lost = Lost { coverage: &self.coverage, snapshots: &self.snapshots };
        let changes = self.timelines.resync(source, lost);
        changes.iter().map(|change| self.reach_of_change(change)).collect()
    }

    /// Learns what an event tells of its source or of who was logged in; gives what may change by it.
    fn learn_beside(&mut self, event: &Stored) -> Vec<Reach> {
        let mut reaches = Vec::new();
        if event.is_from_control() {
            self.horizon.take(event);
            reaches.extend(self.coverage.saw_decision(event).stretches.iter().map(reach_of_stretch));
        } else if !event.is_part() && !event.is_head() {
            reaches.extend(self.coverage.saw_event(event).iter().map(reach_of_stretch));
        }
        if event.is_login() {
            let change = self.timelines.saw_event(event, Lost { coverage: &self.coverage, snapshots: &self.snapshots });
            reaches.extend(change.iter().map(|c| self.reach_of_change(c)));
        }
        let Some(head) = self.snapshots.saw_event(event) else { return reaches };
        // Where nothing is lost it counts for nobody; where it turns out to be lost, that reaches them all.
        let span_us = i64::from(self.limits.unit_span_days).saturating_mul(page::DAY_US);
        let source = &event.identity.source;
        let lost = Lost { coverage: &self.coverage, snapshots: &self.snapshots };
        if lost.is_any(source, head.at_us.saturating_sub(span_us), head.at_us) {
            reaches.push(Reach::Lost(head.at_us, head.at_us));
            reaches.extend(self.resync(source));
        }
        reaches
    }

    /// Learns what an event tells beside itself; gives what may change by it.
    fn learn(&mut self, event: &Stored, is_from_log: bool) -> (Taken, Vec<Reach>) {
        let (day, term) = (event.day(), self.terms.number(&event.identity));
        let mut copies = self.copies_of(term, &event.identity);
        if copies.iter().any(|copy| copy.hash == event.content_hash) {
            return (Taken::Repeat, Vec::new());
        }
        self.note_place(event);
        if is_from_log {
            self.admit(event);
        }
        self.terms.saw(term, day, event.identity.seq);
        if let Some(page) = self.pages.get_mut(&day) {
            page.add(term, event);
        }
        if let Some(reason) = event.reject_reason() {
            *self.rejects.entry(reason).or_default() += 1;
        }
        let mut reaches = self.learn_beside(event);
        if copies.is_empty() {
            return (Taken::New, reaches);
        }
        copies.push(Copy { hash: event.content_hash, unit: event.unit_key, day });
        self.conflicts.set(event.identity.clone(), copies);
        reaches.extend(self.overrule(&event.identity));
        (Taken::Conflict, reaches)
    }

    /// Of the copies of one event the one with the smallest hash counts; gives what may change by it.
    fn overrule(&mut self, identity: &Identity) -> Vec<Reach> {
        let copies = self.conflicting(identity);
        let counted = copies.iter().map(|copy| copy.hash).min();
        let mut reaches = Vec::new();
        for copy in &copies {
            let one = (identity.clone(), copy.hash);
            let counts = Some(copy.hash) == counted;
            if counts {
                self.overruled.remove(&one)
            } else {
                self.overruled.insert(one)
            };
            let lost = Lost { coverage: &self.coverage, snapshots: &self.snapshots };
            let change = self.timelines.set_counts(copy.hash, counts, lost);
            reaches.extend(change.iter().map(|c| self.reach_of_change(c)));
        }
        reaches
    }

    /// The copies of an event that differ.
    fn conflicting(&self, identity: &Identity) -> Vec<Copy> {
        self.conflicts.copies_of(identity).map(<[Copy]>::to_vec).unwrap_or_default()
    }

    /// Marks the units of all copies of an event.
    fn mark_copies(&mut self, identity: &Identity, cause: &Arc<Cause>) {
        for copy in self.conflicting(identity) {
            self.entry_of_copy(&copy);
            self.mark_changed(copy.unit, cause, true);
        }
    }

    /// The known copies of an event; the days on which it may stand are in memory.
    fn copies_of(&self, term: u32, identity: &Identity) -> Vec<Copy> {
        if let Some(copies) = self.conflicts.copies_of(identity) {
            return copies.to_vec();
        }
        let pages = self.terms.days_of(term, identity.seq).filter_map(|day| Some((day, self.pages.get(&day)?)));
        pages
            .filter_map(|(day, page)| page.event(term, identity.seq).map(|(hash, unit)| Copy { hash, unit, day }))
            .collect()
    }

    /// Notes up to where the events of a day stand in a log.
    fn note_place(&mut self, event: &Stored) {
        let ends = self.log_ends.entry(event.day()).or_default();
        let place = (event.place.segment, event.place.offset);
        match ends.get_mut(&*event.place.log) {
            Some(end) => *end = place.max(*end),
            None => {
                ends.insert(event.place.log.to_string(), place);
            }
        }
    }

    /// Of a source's heartbeats between two states of the archive only the latest is kept.
    fn keep_record(&mut self, record: Stored) {
        if !record.kind.ends_with(HEARTBEAT) {
            self.unarchived.push(Arc::new(record));
            return;
        }
        let source = record.identity.source.clone();
        match self.unarchived_beats.get(&source).and_then(|place| self.unarchived.get_mut(*place)) {
            Some(beat) if beat.time_us >= record.time_us => {}
            Some(beat) => *beat = Arc::new(record),
            None => {
                self.unarchived_beats.insert(source, self.unarchived.len());
                self.unarchived.push(Arc::new(record));
            }
        }
    }

    /// Calls delivered to the DN while its timeline changed.
    fn reach_of_change(&self, change: &TimelineChange) -> Reach {
        let tolerance_us = i64::from(self.settings.match_tolerance_ms) * 1_000;
        let (from_us, to_us) = (change.from_us.saturating_sub(tolerance_us), change.to_us.saturating_add(tolerance_us));
        Reach::Dn(change.place.clone(), from_us, to_us)
    }

    /// What is known of the archive once everything that is not there yet is.
    pub(crate) fn known(&self) -> Known {
        Known {
            version: known::KNOWN_VERSION,
            terms: self.terms.known(),
            log_ends: self.log_ends.clone(),
            conflicts: self.conflicts.iter().map(|(identity, copies)| known_conflict(identity, copies)).collect(),
            coverage: self.coverage.known(),
            snapshots: self.snapshots.known(),
            horizon: self.horizon.clone(),
            open_units: self.all_open_units(),
            rejects: self.rejects.clone(),
        }
    }

    /// Rejects by reason.
    pub(crate) fn rejects(&self) -> &BTreeMap<String, u64> {
        &self.rejects
    }

    /// Whether anything is known.
    #[must_use]
    pub fn has_events(&self) -> bool {
        !self.log_ends.is_empty()
    }
}

fn reach_of_stretch(stretch: &NewStretch) -> Reach {
    Reach::Switch(stretch.switch.clone(), stretch.from_us, stretch.to_us)
}

/// What is closed by rule, or is not any more, when the moment changed up to which calls are.
fn reach_of_silence(before_us: Option<i64>, after_us: Option<i64>) -> Option<Reach> {
    let (before_us, after_us) = (before_us.unwrap_or(i64::MIN), after_us.unwrap_or(i64::MIN));
    (before_us != after_us).then(|| Reach::Unheard(before_us.min(after_us), before_us.max(after_us)))
}

fn known_conflict(identity: &Identity, copies: &[Copy]) -> known::KnownConflict {
    known::KnownConflict {
        source: identity.source.to_string(),
        epoch_started_us: identity.epoch_started_us,
        epoch_process: identity.epoch_process.to_string(),
        seq: identity.seq,
        copies: copies.to_vec(),
    }
}
