//! What each mart has yet to load: units that are dirty, and days that have to be looked through first.
//!
//! Knows keys and days; not what is behind them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::cause::Cause;
use crate::load::UnitRows;
use crate::timeline::DnPlace;

/// Units that something may have changed, wherever they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reach {
    /// Every unit of the day.
    All,
    /// Calls delivered on a DN between two moments, both included, in microseconds.
    Dn(DnPlace, i64, i64),
    /// Calls delivered anywhere on a switch between two moments, both included, in microseconds.
    Switch(Arc<str>, i64, i64),
    /// Units that were there between two moments, both included, in microseconds: something of a source is lost there now, or
    /// was before.
    Lost(i64, i64),
    /// Units that go on and were heard of last between two moments, in microseconds: by rule they are over now, or were before.
    Unheard(i64, i64),
}

/// Units with the event that was the reason.
pub(super) type Causes = HashMap<i64, Arc<Cause>>;

/// What one mart has yet to load.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    pub(super) dirty: Causes,
    /// Units of a load that is being made.
    pub(super) in_load: Causes,
    /// By day: what it has to be looked through for, with the event that was the reason.
    pub(super) days: BTreeMap<i32, Vec<(Reach, Arc<Cause>)>>,
    /// By unit that waits: its rows, as somebody else folded them. They go when it is marked again.
    folded: HashMap<i64, UnitRows>,
    /// How many facts these are.
    folded_facts: usize,
    /// Units that were marked since somebody asked last; none unless somebody does.
    pub(super) changed: Option<HashSet<i64>>,
}

impl Waiting {
    pub(super) fn mark(&mut self, unit: i64, cause: &Arc<Cause>) {
        self.dirty.entry(unit).or_insert_with(|| cause.clone());
        self.take_folded(unit);
        if let Some(changed) = &mut self.changed {
            changed.insert(unit);
        }
    }

    pub(super) fn mark_day(&mut self, day: i32, reach: &Reach, cause: &Arc<Cause>) {
        let reaches = self.days.entry(day).or_default();
        if reaches.first().is_some_and(|(first, _)| *first == Reach::All) {
            return;
        }
        if *reach == Reach::All {
            reaches.clear();
        }
        if !reaches.iter().any(|(known, _)| known == reach) {
            reaches.push((reach.clone(), cause.clone()));
        }
    }

    /// Keeps the rows of a unit that waits, when there are no more than so many facts then.
    pub(super) fn keep_folded(&mut self, unit: i64, rows: &UnitRows, limit: usize) {
        let facts = rows.rows.facts();
        if self.dirty.contains_key(&unit) && self.folded_facts + facts <= limit && !self.folded.contains_key(&unit) {
            self.folded_facts += facts;
            self.folded.insert(unit, rows.clone());
        }
    }

    /// Whether the rows of a unit were kept.
    pub(super) fn has_folded(&self, unit: i64) -> bool {
        self.folded.contains_key(&unit)
    }

    /// The rows of a unit that were kept.
    pub(super) fn take_folded(&mut self, unit: i64) -> Option<UnitRows> {
        let rows = self.folded.remove(&unit)?;
        self.folded_facts = self.folded_facts.saturating_sub(rows.rows.facts());
        Some(rows)
    }

    /// Forgets every unit that waits; gives them.
    pub(super) fn take_dirty(&mut self) -> Causes {
        self.folded.clear();
        self.folded_facts = 0;
        std::mem::take(&mut self.dirty)
    }

    /// Whether the unit waits or is being loaded.
    pub(super) fn holds(&self, unit: i64) -> bool {
        self.dirty.contains_key(&unit) || self.in_load.contains_key(&unit)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.dirty.is_empty() && self.days.is_empty()
    }

    /// What was in the load waits again.
    pub(super) fn put_back(&mut self) {
        for (unit, cause) in std::mem::take(&mut self.in_load) {
            self.dirty.entry(unit).or_insert(cause);
        }
    }
}
