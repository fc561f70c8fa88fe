//! What the marts wait for, and what becomes of it when a load is through.

use std::sync::Arc;

use super::{Knowledge, Mart, UnitEntry};
use crate::cause::Cause;
use crate::load::parquet::Archive;
use crate::load::{Held, UnitRows};
use crate::stored::Stored;

/// Texts at which those that nobody uses are forgotten.
const MAX_TEXTS: usize = 50_000;

impl Knowledge {
    /// How many units a mart has yet to load, as far as they are found.
    #[must_use]
    pub fn dirty_units(&self, mart: Mart) -> usize {
        self.waiting[mart as usize].dirty.len()
    }

    /// Whether a mart has anything to load or to look through.
    #[must_use]
    pub fn is_waiting(&self, mart: Mart) -> bool {
        !(self.waiting[mart as usize].is_empty() && self.reached.is_empty())
    }

    /// Up to `limit` units that the mart has yet to load, in the order of their days, so that the archive of a day is read
    /// once. They are in its load until [`Self::loaded`] or [`Self::not_loaded`].
    #[must_use]
    pub fn next_dirty(&mut self, mart: Mart, limit: usize) -> Vec<(i64, Arc<Cause>)> {
        self.mark_stretches();
        let (units, waiting) = (&self.units, &mut self.waiting[mart as usize]);
        let first_day = |unit: &i64| units.get(unit).and_then(|u| u.days.first().copied());
        let mut next: Vec<_> = waiting.dirty.keys().map(|unit| (first_day(unit), *unit)).collect();
        if limit < next.len() {
            // Only the next ones need an order.
            next.select_nth_unstable(limit);
            next.truncate(limit);
        }
        next.sort_unstable();
        let mut taken = Vec::with_capacity(next.len());
        for (_, unit) in next {
            let Some(cause) = waiting.dirty.remove(&unit) else { continue };
            waiting.in_load.insert(unit, cause.clone());
            taken.push((unit, cause));
        }
        taken
    }

    /// Units that have to be loaded once more, since more of them was found; not into the mart for which they are being folded.
    pub(crate) fn mark_grown(&mut self, units: &[i64], folded_for: Option<Mart>) {
        for unit in units {
            let newest = self.units.get(unit).and_then(|entry| entry.events.iter().max_by_key(|event| &event.identity));
            let Some(cause) = newest.map(|event| Cause::of(event)) else { continue };
            if self.units.get(unit).is_some_and(|entry| self.wraps.knows(entry.unit.id())) {
                // Its after-call work was found out from a part of it.
                self.unwrapped.insert(*unit);
            }
            for mart in self.marts.clone() {
                if Some(mart) != folded_for {
                    self.waiting[mart as usize].mark(*unit, &cause);
                }
            }
        }
    }

    /// The mart holds these units of its load as they were folded.
    pub fn loaded(&mut self, mart: Mart, units: impl IntoIterator<Item = i64>) {
        for unit in units {
            self.waiting[mart as usize].in_load.remove(&unit);
        }
    }

    /// Which rows the mart holds of a unit.
    pub(crate) fn holds(&mut self, mart: Mart, unit: i64, held: Held) {
        if let Some(entry) = self.units.get_mut(&unit) {
            entry.held[mart as usize] = held;
        }
    }

    /// Keeps the rows that a unit was folded into for the marts that it waits for, until something about it changes.
    pub(crate) fn keep_folded(&mut self, unit: i64, rows: &UnitRows) {
        for mart in self.marts.clone() {
            self.waiting[mart as usize].keep_folded(unit, rows, self.limits.kept_facts);
        }
    }

    /// Whether the rows of a unit were kept for a mart.
    pub(crate) fn has_folded(&self, mart: Mart, unit: i64) -> bool {
        self.waiting[mart as usize].has_folded(unit)
    }

    /// The rows of a unit that were kept for a mart.
    pub(crate) fn take_folded(&mut self, mart: Mart, unit: i64) -> Option<UnitRows> {
        self.waiting[mart as usize].take_folded(unit)
    }

    /// The load failed: its units wait again, and whether the mart holds them is not known.
    pub(crate) fn not_loaded(&mut self, mart: Mart) {
        let units: Vec<i64> = self.waiting[mart as usize].in_load.keys().copied().collect();
        units.into_iter().for_each(|unit| self.holds(mart, unit, Held::ANY));
        self.waiting[mart as usize].put_back();
    }

    /// From now on units that change are noted for [`Self::take_changes`].
    pub(crate) fn note_changes(&mut self) {
        self.waiting[Mart::Parquet as usize].changed.get_or_insert_default();
    }

    /// Whether units changed since they were asked for last.
    pub(crate) fn has_changes(&self) -> bool {
        self.waiting[Mart::Parquet as usize].changed.as_ref().is_some_and(|changed| !changed.is_empty())
    }

    /// The units that changed since this was asked last.
    pub(crate) fn take_changes(&mut self) -> Vec<i64> {
        let changed = self.waiting[Mart::Parquet as usize].changed.as_mut();
        changed.map_or_else(Vec::new, |changed| std::mem::take(changed).into_iter().collect())
    }

    /// A unit in memory.
    #[must_use]
    pub fn unit(&self, key: i64) -> Option<&UnitEntry> {
        self.units.get(&key)
    }

    /// Every unit in memory, in no order.
    pub fn units(&self) -> impl Iterator<Item = &UnitEntry> {
        self.units.values()
    }

    /// How many events the archive does not hold yet, those on their way there too.
    #[must_use]
    pub(crate) fn unarchived_count(&self) -> usize {
        self.unarchived.len() + self.in_archiving.len()
    }

    /// The events that the archive does not hold yet and that are not on their way there.
    #[must_use]
    pub fn unarchived(&self) -> &[Arc<Stored>] {
        &self.unarchived
    }

    /// The events that the archive does not hold yet; they are on their way there until [`Self::archived`] or
    /// [`Self::not_archived`].
    pub(crate) fn take_unarchived(&mut self) -> Vec<Arc<Stored>> {
        self.unarchived_beats.clear();
        let events = std::mem::take(&mut self.unarchived);
        self.in_archiving = events.iter().map(|e| (e.unit_key, e.day())).collect();
        events
    }

    /// They did not get there.
    pub(crate) fn not_archived(&mut self, mut events: Vec<Arc<Stored>>) {
        self.in_archiving.clear();
        events.append(&mut self.unarchived);
        self.unarchived = events;
    }

    /// The archive stands in other files than before.
    pub(crate) fn archive_is(&mut self, archive: Archive) {
        self.use_archive(archive);
    }

    /// The archive holds what was on its way. What nobody waits for leaves memory as far as it is not needed.
    pub(crate) fn archived(&mut self, archive: Archive) {
        for (unit, _) in std::mem::take(&mut self.in_archiving) {
            if let Some(entry) = self.units.get_mut(&unit) {
                entry.fresh = entry.fresh.saturating_sub(1);
            }
        }
        self.use_archive(archive);
        self.clock += 1;
        self.drop_pages();
        self.drop_units();
        self.texts.forget_unused(MAX_TEXTS);
    }
}
