//! Finding units: in memory, on the pages, and on days of the archive that were not looked at.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::Knowledge;
use super::known::Copy;
use super::units::UnitEntry;
use crate::error::EtlError;
use crate::load::Held;
use crate::stored::Stored;
use crate::unit::{Unit, UnitKind};

/// How long the beginning of a unit may be late before it is looked for in the archive, in microseconds of source time. What
/// several sources tell of one call does not come at once.
const PATIENCE_US: i64 = 10_000_000;

impl Knowledge {
    /// A unit's entry, made from what the pages tell when it is not in memory. `near` is a day on which it may have events.
    pub(super) fn entry(&mut self, key: i64, unit: Option<&Unit>, near: i32) -> &mut UnitEntry {
        let (pages, conflicts, unsettled) = (&self.pages, &self.conflicts, &mut self.unsettled);
        let entry = self.units.entry(key).or_insert_with(|| {
            let mut entry = UnitEntry::new(unit.cloned(), near);
            entry.days = pages.iter().filter(|(_, page)| page.has_unit(key)).map(|(day, _)| *day).collect();
            entry.days.extend(conflicts.days_of(key));
            unsettled.insert(key);
            entry
        });
        if let (true, Some(unit)) = (entry.unit.name().is_empty(), unit) {
            entry.unit = unit.clone();
        }
        entry.used = self.clock;
        entry
    }

    /// The entry of the unit that a copy of an event belongs to, also when the copy stands before the unit's beginning.
    pub(super) fn entry_of_copy(&mut self, copy: &Copy) {
        let entry = self.entry(copy.unit, None, copy.day);
        if entry.days.insert(copy.day) {
            entry.is_whole = false;
            entry.held = [Held::ANY; 2];
        }
    }

    /// Makes the entry of a new event's unit ready for it, before the event is on its page.
    pub(super) fn admit(&mut self, event: &Stored) {
        let (key, day) = (event.unit_key, event.day());
        let is_unknown = !self.units.contains_key(&key);
        let may_be_archived = self.pages.get(&day).is_none_or(|page| !page.is_whole || page.has_unit(key));
        let entry = self.entry(key, Some(&event.unit), day);
        if is_unknown && entry.days.is_empty() && !may_be_archived {
            entry.is_whole = true;
            entry.held = Default::default();
        } else if may_be_archived && !entry.days.contains(&day) {
            entry.is_whole = false;
            entry.held = [Held::ANY; 2];
        }
    }

    /// Adds the archived events of units on the days that are known; afterwards they are whole.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub(crate) fn make_whole(&mut self, keys: &[i64]) -> Result<(), EtlError> {
        let (mut missing, mut days) = (HashSet::new(), BTreeSet::new());
        for key in keys {
            if let Some(entry) = self.units.get_mut(key).filter(|entry| !entry.is_whole) {
                let archived: Vec<i32> = entry.days.intersection(&self.archived).copied().collect();
                entry.is_whole = archived.is_empty();
                if !archived.is_empty() {
                    missing.insert(*key);
                    days.extend(archived);
                }
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let mut found = self.archive.units(&mut self.texts, &missing, days)?;
        for key in missing {
            let events = found.remove(&key).unwrap_or_default();
            self.add_archived(key, events);
            if let Some(entry) = self.units.get_mut(&key) {
                entry.is_whole = true;
            }
        }
        Ok(())
    }

    fn add_archived(&mut self, key: i64, mut events: Vec<Stored>) {
        let Some(entry) = self.units.get_mut(&key) else { return };
        let has_facts = events.first().is_some_and(|e| e.unit.has_facts());
        if !has_facts {
            // Of units without facts only what was rejected makes rows, and they may be large.
            let overruled = &self.overruled;
            events.retain(|e| {
                e.unit.kind() == UnitKind::Reject || overruled.contains(&(e.identity.clone(), e.content_hash))
            });
        }
        entry.push_archived(events);
    }

    /// Gives a unit its events.
    #[cfg(test)]
    pub(crate) fn give(&mut self, key: i64, events: Vec<Stored>) {
        self.add_archived(key, events);
        if let Some(entry) = self.units.get_mut(&key) {
            entry.is_whole = true;
        }
    }

    /// Looks for the events of units on the days around those that are known, as far as these days are not in memory; gives
    /// the units of which some were found. Units that began but now are left alone for a while unless this is the last time.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub(crate) fn settle(&mut self, keys: &[i64], is_last: bool) -> Result<Vec<i64>, EtlError> {
        let mut searched: HashMap<i64, BTreeSet<i32>> = HashMap::new();
        let mut grown = BTreeSet::new();
        loop {
            let (mut units, mut days) = (HashSet::new(), BTreeSet::new());
            for key in keys {
                let before = searched.entry(*key).or_default();
                let (found, to_search) = self.days_to_search(*key, is_last);
                let to_search: Vec<i32> = to_search.into_iter().filter(|day| before.insert(*day)).collect();
                if found {
                    grown.insert(*key);
                }
                if !to_search.is_empty() {
                    units.insert(*key);
                    days.extend(to_search);
                }
            }
            if units.is_empty() {
                return Ok(grown.into_iter().collect());
            }
            for (key, events) in self.archive.units(&mut self.texts, &units, days)? {
                let known = self.units.get(&key).map(|entry| entry.days.clone()).unwrap_or_default();
                if events.iter().any(|event| !known.contains(&event.day())) {
                    grown.insert(key);
                    if let Some(entry) = self.units.get_mut(&key) {
                        entry.held = [Held::ANY; 2];
                    }
                }
                self.add_archived(key, events);
            }
        }
    }

    /// Whether a day in memory has events of a unit of which its entry did not know, and days of the archive on which it may
    /// have events that nobody looked at. Without any it is settled.
    fn days_to_search(&mut self, key: i64, is_last: bool) -> (bool, Vec<i32>) {
        let Some(entry) = self.units.get_mut(&key).filter(|entry| !entry.is_settled) else {
            self.unsettled.remove(&key);
            return (false, Vec::new());
        };
        let now_us = self.heard_until_us.unwrap_or(self.newest_us);
        let is_young = !entry.has_begun() && now_us.saturating_sub(entry.last_us()) < PATIENCE_US;
        if is_young && !is_last && entry.is_whole {
            return (false, Vec::new());
        }
        entry.is_settled = true;
        self.unsettled.remove(&key);
        if !entry.unit.name().is_empty() && !entry.unit.has_facts() {
            return (false, Vec::new());
        }
        let span = self.limits.unit_span_days;
        let first = entry.days.first().copied().unwrap_or(entry.near);
        let last = entry.days.last().copied().unwrap_or(entry.near);
        let from = if entry.has_begun() { first } else { first.saturating_sub(span) };
        let (mut has_more, mut days) = (false, Vec::new());
        for day in self.archived.range(from..=last.saturating_add(span)) {
            match self.pages.get(day) {
                Some(page) if page.is_whole => {
                    // It came to memory after the entry: what a mart was given of the unit may be a part of it.
                    if page.has_unit(key) && entry.days.insert(*day) {
                        (entry.is_whole, entry.held, has_more) = (false, [Held::ANY; 2], true);
                    }
                }
                _ if entry.days.contains(day) => {}
                _ => days.push(*day),
            }
        }
        // What is found may lead further.
        entry.is_settled = days.is_empty();
        (has_more, days)
    }

    /// Every log was read up to this time; none when all were read to their ends.
    pub(crate) fn heard_until(&mut self, until_us: Option<i64>) {
        self.heard_until_us = until_us;
    }

    /// Whether there are units that may have events on days that were not looked at.
    pub(crate) fn has_unsettled(&self) -> bool {
        !self.unsettled.is_empty()
    }

    /// Units that nobody could settle before and that have waited long enough.
    pub(crate) fn to_settle(&self, is_last: bool) -> Vec<i64> {
        let now_us = self.heard_until_us.unwrap_or(self.newest_us);
        let is_due = |key: &&i64| {
            let entry = self.units.get(key);
            is_last
                || entry.is_some_and(|entry| entry.has_begun() || now_us.saturating_sub(entry.last_us()) >= PATIENCE_US)
        };
        self.unsettled.iter().filter(is_due).copied().collect()
    }

    /// Lets go of the events of units that nobody waits for, those that were not needed for longest first, until there are no
    /// more than the settings allow. Units that go on stay as long as one of their days is in memory.
    pub(super) fn drop_units(&mut self) {
        let mut loose: Vec<(u64, i64, usize)> = Vec::new();
        for (key, entry) in &self.units {
            let waits = self.waiting.iter().any(|waiting| waiting.holds(*key)) || self.unwrapped.contains(key);
            let goes_on = entry.goes_on() && entry.days.last().is_some_and(|day| self.pages.contains_key(day));
            if !waits && !goes_on && entry.fresh == 0 && !self.unsettled.contains(key) {
                loose.push((entry.used, *key, entry.events.len()));
            }
        }
        loose.sort_unstable_by(|a, b| b.cmp(a));
        let mut kept = 0;
        for (_, key, events) in loose {
            // An entry without events is no less a burden than an event.
            kept += events.max(1);
            if kept > self.limits.cached_events
                && let Some(entry) = self.units.remove(&key)
            {
                self.wraps.forget(entry.unit.id());
            }
        }
    }
}
