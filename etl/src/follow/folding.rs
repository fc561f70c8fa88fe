//! Choosing what a mart is to be given next, and folding it.
//!
//! After-call work comes first: a session's events tell it, and the calls it belongs to are chosen by it. What is missing in
//! memory is read back from the archive.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::{Etl, MARTS, Mart, now_ms};
use crate::cause::Cause;
use crate::error::EtlError;
use crate::knowledge::UnitEntry;
use crate::load::{Load, UnitRows};
use crate::stored::Stored;
use crate::transform::{Context, Rows, fold, fold_with_wraps, wraps};
use crate::unit::UnitKind;
use crate::wraps::Wrap;

/// A unit, and the event that was the reason to load it.
type Due = (i64, Arc<Cause>);

/// Days between those of a unit of which a snapshot told: what began when its end was lost begins where nobody told of it.
fn days_between(entry: &UnitEntry) -> impl Iterator<Item = i32> {
    let has_parts = entry.events.iter().any(|event| event.is_part());
    let ends = entry.days.first().zip(entry.days.last()).filter(|_| has_parts);
    ends.into_iter().flat_map(|(first, last)| *first..*last)
}

impl Etl {
    /// Folds the next units that wait for a mart.
    pub(super) fn fold_next(&mut self, mart: Mart) -> Result<Load, EtlError> {
        tokio::task::block_in_place(|| {
            self.find_wraps()?;
            self.settle_waiting()?;
            self.knowledge.mark_stretches();
            while self.knowledge.dirty_units(mart) == 0 && self.knowledge.look_through_next_day(mart)? {}
            let units = self.knowledge.next_dirty(mart, self.settings.load.units_per_load);
            let to_fold = units.iter().map(|(unit, _)| *unit).filter(|unit| !self.knowledge.has_folded(mart, *unit));
            let to_fold: Vec<i64> = to_fold.collect();
            self.find_events(&to_fold, Some(mart))?;
            // The first load of a mart tells it too.
            let is_first = self.pace[mart as usize].never_told_coverage();
            let mapping = is_first.then(|| self.settings.transform.user_data.rows());
            let tells_coverage = self.owes_coverage(mart) || is_first;
            let coverage = tells_coverage.then(|| self.knowledge.coverage.rows());
            self.pace[mart as usize].owes_coverage &= !tells_coverage;
            let settings = self.kept.rows(mart);
            let mut load = Load { at_ms: now_ms(), coverage, mapping, settings, ..Load::default() };
            self.fold_all(mart, units, &mut load)?;
            let is_last = !self.knowledge.is_waiting(mart) && !self.knowledge.has_unwrapped();
            load.positions =
                if is_last { self.positions.clone() } else { self.mart_positions(mart).cloned().unwrap_or_default() };
            let changed = self.dimensions.extend(&load.rows.dimensions);
            for mart in MARTS {
                self.waiting_dimensions[mart as usize].extend(&changed);
            }
            load.dimensions = std::mem::take(&mut self.waiting_dimensions[mart as usize]);
            Ok(load)
        })
    }

    /// Looks for the rest of units that began with something else than their beginning.
    fn settle_waiting(&mut self) -> Result<(), EtlError> {
        let due = self.knowledge.to_settle(self.is_closing);
        self.knowledge.make_whole(&due)?;
        let grown = self.knowledge.settle(&due, self.is_closing)?;
        self.knowledge.mark_grown(&grown, None);
        Ok(())
    }

    /// Sees to it that all events of units are in memory, and who was logged in around them; `folded_for` is the mart for
    /// which they are folded next.
    pub(super) fn find_events(&mut self, units: &[i64], folded_for: Option<Mart>) -> Result<(), EtlError> {
        self.knowledge.make_whole(units)?;
        let grown = self.knowledge.settle(units, self.is_closing)?;
        self.knowledge.make_whole(units)?;
        self.knowledge.recall_logins_around(units)?;
        // The other mart may have loaded less of them.
        self.knowledge.mark_grown(&grown, folded_for);
        Ok(())
    }

    pub(super) fn context(&self) -> Context<'_> {
        Context {
            timelines: &self.knowledge.timelines,
            coverage: &self.knowledge.coverage,
            snapshots: &self.knowledge.snapshots,
            overruled: &self.knowledge.overruled,
            wraps: &self.knowledge.wraps,
            settings: &self.settings.transform,
        }
    }

    /// Folds units into a load. Those that ask for after-call work of sessions that are not in memory are folded again when
    /// these are.
    fn fold_all(&mut self, mart: Mart, units: Vec<Due>, load: &mut Load) -> Result<(), EtlError> {
        let mut due = units;
        self.knowledge.wraps.take_missed();
        while !due.is_empty() {
            let (mut again, mut missing) = (Vec::new(), BTreeSet::new());
            for (unit, cause) in due {
                let rows = self.rows_of(mart, unit);
                let missed = self.knowledge.wraps.take_missed();
                if missed.is_empty() {
                    self.add_to(load, mart, unit, rows);
                    load.units.insert(unit, cause);
                } else {
                    missing.extend(missed);
                    again.push((unit, cause));
                }
            }
            self.find_missing_wraps(&missing)?;
            due = again;
        }
        Ok(())
    }

    /// The rows of a unit, folded unless somebody has.
    fn rows_of(&mut self, mart: Mart, unit: i64) -> UnitRows {
        if let Some(rows) = self.knowledge.take_folded(mart, unit) {
            return rows;
        }
        let entry = self.knowledge.unit(unit);
        let context = Context { settings: self.kept.transform(mart), ..self.context() };
        let rows = entry.map_or_else(Rows::default, |entry| fold(&entry.unit, &entry.events, context));
        UnitRows::of(rows)
    }

    /// Adds a unit's rows to a load, and keeps them for the other mart. They count as held from now on: more of the unit may be
    /// found while the load is away, and that must not be forgotten when it is back.
    fn add_to(&mut self, load: &mut Load, mart: Mart, unit: i64, rows: UnitRows) {
        if self.kept.is_one() {
            self.knowledge.keep_folded(unit, &rows);
        }
        let Some(entry) = self.knowledge.unit(unit) else { return };
        let held = rows.held();
        let (rows, lost) = rows.instead_of(entry.held_by(mart));
        load.rows.extend(rows);
        load.stored.add(unit, &lost);
        if entry.unit.has_facts() {
            load.days.extend(&entry.days);
            load.days.extend(days_between(entry));
            // After-call work is told by a session, and may begin on the day after the call's last event.
            load.days.extend(entry.days.last().and_then(|day| day.checked_add(1)));
        }
        self.knowledge.holds(mart, unit, held);
    }

    /// Finds out anew the after-call work of sessions that changed; the calls it belongs to are marked.
    fn find_wraps(&mut self) -> Result<(), EtlError> {
        let sessions = self.knowledge.unwrapped();
        let is_forgotten = |unit: &UnitEntry| !self.knowledge.wraps.knows(unit.unit.id()) && !unit.is_whole;
        let forgotten: HashMap<i64, HashSet<i64>> = sessions
            .iter()
            .filter_map(|unit| Some((*unit, self.knowledge.unit(*unit).filter(|u| is_forgotten(u))?)))
            .map(|(unit, entry)| (unit, entry.events.iter().map(|e| e.content_hash).collect()))
            .collect();
        self.find_events(&sessions, None)?;
        for unit in sessions {
            // What the marts know of a session that was forgotten is what its earlier events told.
            if let Some(new) = forgotten.get(&unit) {
                let before = self.wraps_without(unit, new);
                self.knowledge.remember_wraps(unit, before);
            }
            self.find_wraps_of(unit);
        }
        Ok(())
    }

    /// Finds out anew the after-call work of a session, and with it the rows that the marts wait for.
    fn find_wraps_of(&mut self, unit: i64) {
        let session = self.knowledge.unit(unit).filter(|entry| entry.unit.kind() == UnitKind::Session);
        let folded = session.map(|entry| fold_with_wraps(&entry.unit, &entry.events, self.context()));
        let wraps = folded.map_or_else(Vec::new, |(rows, wraps)| {
            self.knowledge.keep_folded(unit, &UnitRows::of(rows));
            wraps
        });
        self.knowledge.wrap(unit, wraps);
    }

    /// Finds out the after-call work of sessions of which it is not known.
    fn find_missing_wraps(&mut self, sessions: &BTreeSet<Arc<str>>) -> Result<(), EtlError> {
        let missing: Vec<i64> = sessions.iter().map(|session| self.knowledge.login_session(session)).collect();
        self.find_events(&missing, None)?;
        for unit in missing {
            let wraps = self.wraps_of(unit);
            self.knowledge.remember_wraps(unit, wraps);
        }
        Ok(())
    }

    /// The after-call work of a session, as all its events tell it.
    fn wraps_of(&self, unit: i64) -> Vec<Wrap> {
        let entry = self.knowledge.unit(unit);
        entry.map_or_else(Vec::new, |entry| wraps(&entry.unit, &entry.events, self.context()))
    }

    /// The after-call work of a session, as its events besides those with these hashes tell it.
    fn wraps_without(&self, unit: i64, hashes: &HashSet<i64>) -> Vec<Wrap> {
        let Some(entry) = self.knowledge.unit(unit) else { return Vec::new() };
        let events: Vec<Arc<Stored>> =
            entry.events.iter().filter(|event| !hashes.contains(&event.content_hash)).cloned().collect();
        wraps(&entry.unit, &events, self.context())
    }
}
