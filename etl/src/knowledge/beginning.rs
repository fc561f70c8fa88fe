//! The beginning: knowledge of an archive, from what was written down of it or from itself.

use std::collections::HashSet;
use std::sync::Arc;

use super::known::{KNOWN_VERSION, Known, KnownConflict, LogEnds};
use super::page::Page;
use super::terms::Terms;
use super::waiting::Reach;
use super::{Knowledge, Mart, Taken, reach_of_silence, reach_of_stretch};
use crate::cause::Cause;
use crate::coverage::NewStretch;
use crate::error::EtlError;
use crate::load::parquet::Archive;
use crate::stored::{Identity, Stored};

impl Known {
    /// Whether it can be read by this program.
    pub(crate) fn is_readable(&self) -> bool {
        self.version == KNOWN_VERSION
    }
}

impl Knowledge {
    /// Begins with what was written down of the archive.
    pub(crate) fn begin_with(&mut self, archive: &Archive, known: &Known) {
        self.terms = Terms::of(&mut self.texts, &known.terms);
        self.log_ends.clone_from(&known.log_ends);
        self.coverage.recall(&known.coverage);
        self.snapshots.recall(&mut self.texts, &known.snapshots);
        self.open_units.clone_from(&known.open_units);
        self.horizon.clone_from(&known.horizon);
        self.rejects.clone_from(&known.rejects);
        for conflict in &known.conflicts {
            self.recall_conflict(conflict);
        }
        self.archived = archive.days();
        self.archive = archive.clone();
    }

    fn recall_conflict(&mut self, conflict: &KnownConflict) {
        let identity = Identity {
            source: self.texts.keep(&conflict.source),
            epoch_started_us: conflict.epoch_started_us,
            epoch_process: self.texts.keep(&conflict.epoch_process),
            seq: conflict.seq,
        };
        let counted = conflict.copies.iter().map(|copy| copy.hash).min();
        let others = conflict.copies.iter().filter(|copy| Some(copy.hash) != counted);
        self.overruled.extend(others.map(|copy| (identity.clone(), copy.hash)));
        self.conflicts.set(identity, conflict.copies.clone());
    }

    /// Begins without anything but the archive: reads all of it, day by day.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub(crate) fn begin_without(&mut self, archive: &Archive) -> Result<(), EtlError> {
        self.archive = archive.clone();
        for day in archive.days() {
            archive.each_of_day(day, &mut |event| self.recall(&event).map(|_| ()))?;
            self.archived.insert(day);
            self.login_days.insert(day);
            self.clock += 1;
            self.drop_pages();
        }
        Ok(())
    }

    /// Takes in an event of the archive.
    ///
    /// # Errors
    /// When a day of the archive that has to be looked at cannot be read.
    pub(crate) fn recall(&mut self, event: &Stored) -> Result<Taken, EtlError> {
        self.prepare(event)?;
        Ok(if event.is_session() { self.learn_record(event).0 } else { self.learn(event, false).0 })
    }

    /// Up to where the events of each day stand in each log.
    pub(crate) fn log_ends(&self) -> &LogEnds {
        &self.log_ends
    }

    /// Whether there are copies of an event that differ.
    pub(crate) fn is_conflict(&self, identity: &Identity) -> bool {
        self.conflicts.copies_of(identity).is_some()
    }

    /// Marks the unit of an event that a mart had not loaded.
    pub(crate) fn mark_missed(&mut self, mart: Mart, event: &Stored) {
        self.entry(event.unit_key, Some(&event.unit), event.day());
        self.waiting[mart as usize].mark(event.unit_key, &Cause::of(event));
        self.misknow(mart, event.unit_key);
    }

    /// Marks the units of all copies of an event, and whom they may have reached.
    pub(crate) fn mark_missed_copies(&mut self, mart: Mart, cause: &Arc<Cause>) {
        for copy in self.conflicting(&cause.identity) {
            self.entry_of_copy(&copy);
            self.waiting[mart as usize].mark(copy.unit, cause);
            self.misknow(mart, copy.unit);
            self.mark_reached(mart, copy.hash, &[], cause);
        }
    }

    /// Marks what a login or logout of that hash can have changed, and the calls of stretches of time.
    pub(crate) fn mark_reached(&mut self, mart: Mart, hash: i64, stretches: &[NewStretch], cause: &Arc<Cause>) {
        let change = self.timelines.reach_of(hash);
        let mut reaches: Vec<_> = change.iter().map(|c| self.reach_of_change(c)).collect();
        reaches.extend(stretches.iter().map(reach_of_stretch));
        reaches.iter().for_each(|reach| self.reach_for(mart, reach, cause));
    }

    /// Marks what may differ because something of a source was lost or found between two moments, in microseconds.
    pub(crate) fn mark_lost(&mut self, mart: Mart, (from_us, to_us): (i64, i64), cause: &Arc<Cause>) {
        self.reach_for(mart, &Reach::Lost(from_us, to_us), cause);
    }

    /// Marks the calls that may be closed by rule, when the mart did not know that so much of a source is complete, in
    /// microseconds.
    pub(crate) fn mark_unheard(&mut self, mart: Mart, source: &str, new_us: i64, cause: &Arc<Cause>) {
        let reach = reach_of_silence(self.heard_beyond(source, new_us), self.heard_beyond(source, 0));
        reach.iter().for_each(|reach| self.reach_for(mart, reach, cause));
    }

    /// Marks the calls of sessions of which a source's snapshots may say something.
    pub(crate) fn mark_resynced(&mut self, mart: Mart, source: &str, cause: &Arc<Cause>) {
        let changes = self.timelines.reach_of_snapshots(source, &self.snapshots);
        let reaches: Vec<Reach> = changes.iter().map(|c| self.reach_of_change(c)).collect();
        reaches.iter().for_each(|reach| self.reach_for(mart, reach, cause));
    }

    /// Brings back the newest days, and the units that went on at their end or whose beginning is not there.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub(crate) fn bring_back_newest(&mut self) -> Result<(), EtlError> {
        let newest: Vec<i32> = self.archived.iter().rev().take(self.limits.open_days.max(1)).copied().collect();
        let (mut begun, mut ended, mut seen) = (HashSet::new(), HashSet::new(), HashSet::new());
        self.clock += 1;
        for day in newest {
            self.pages.insert(day, Page::new(day, false));
            self.recall_logins(day)?;
            self.bring_back_with(day, &mut |event| {
                if event.unit.has_facts() {
                    seen.insert(event.unit_key);
                    begun.extend(event.begins_unit().then_some(event.unit_key));
                    ended.extend(event.ends_unit().then_some(event.unit_key));
                }
            })?;
        }
        self.drop_pages();
        let open: Vec<i64> = seen.into_iter().filter(|unit| !begun.contains(unit) || !ended.contains(unit)).collect();
        open.iter().for_each(|unit| {
            self.entry(*unit, None, 0);
        });
        self.make_whole(&open)
    }
}
