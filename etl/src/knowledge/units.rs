//! Units in memory: their events, as far as they are here, and what is known of where the others are.
//!
//! Only units that go on, wait for a mart or were needed lately are here; all others are found in the archive. Knows neither
//! marts' rows nor days' pages.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::Mart;
use crate::load::Held;
use crate::stored::Stored;
use crate::unit::Unit;

/// One unit, as far as it is in memory.
#[derive(Debug)]
pub struct UnitEntry {
    /// The unit; without a name while only its key is known.
    pub unit: Unit,
    /// UTC days of its events that are known, in days since 1970-01-01. Every row of the unit starts on one of them.
    pub days: BTreeSet<i32>,
    /// Its events in memory.
    pub events: Vec<Arc<Stored>>,
    /// Whether these are all of those days; if not, the archive holds the others.
    pub is_whole: bool,
    /// Whether there is no event of it on any other day.
    pub(super) is_settled: bool,
    /// Day around which others are looked for when none is known.
    pub(super) near: i32,
    /// By mart: which rows of it may be there.
    pub(crate) held: [Held; 2],
    /// Events that the archive does not hold yet.
    pub(super) fresh: usize,
    has_begun: bool,
    has_ended: bool,
    /// When it was needed last, in the count of its owner.
    pub(super) used: u64,
}

impl UnitEntry {
    /// A unit of which nothing is in memory.
    pub(super) fn new(unit: Option<Unit>, near: i32) -> Self {
        Self {
            unit: unit.unwrap_or_else(|| Unit::named("")),
            days: BTreeSet::new(),
            events: Vec::new(),
            is_whole: false,
            is_settled: false,
            near,
            held: [Held::ANY; 2],
            fresh: 0,
            has_begun: false,
            has_ended: false,
            used: 0,
        }
    }

    /// Adds an event.
    pub(super) fn push(&mut self, event: Arc<Stored>) {
        if self.unit.name().is_empty() {
            self.unit = event.unit.clone();
        }
        self.has_begun |= event.begins_unit();
        self.has_ended |= event.ends_unit();
        self.days.insert(event.day());
        self.events.push(event);
    }

    /// The event with the texts that it has in common with those before, so that each is in memory once.
    pub(super) fn sharing(&self, mut event: Stored) -> Stored {
        if event.unit == self.unit {
            event.unit = self.unit.clone();
        }
        if let Some(last) = self.events.last() {
            let of_last = [&last.call, &last.root_call];
            for text in [&mut event.call, &mut event.root_call] {
                if let Some(same) = of_last.into_iter().find(|same| **same == *text) {
                    *text = same.clone();
                }
            }
        }
        event
    }

    /// Adds events of the archive, each once.
    pub(super) fn push_archived(&mut self, events: Vec<Stored>) {
        let key = |event: &Stored| (event.identity.clone(), event.content_hash);
        let known: HashSet<_> = self.events.iter().map(|event| key(event)).collect();
        for event in events {
            if !known.contains(&key(&event)) {
                let event = self.sharing(event);
                self.push(Arc::new(event));
            }
        }
    }

    /// Which rows of it a mart may hold. While other events of it may be found, so may rows that were made of them.
    pub(crate) fn held_by(&self, mart: Mart) -> Held {
        if self.is_settled { self.held[mart as usize].clone() } else { Held::ANY }
    }

    /// Whether it is known to have begun and not known to have ended.
    pub(super) fn goes_on(&self) -> bool {
        self.has_begun && !self.has_ended
    }

    /// Whether its first event is known: none is looked for on earlier days.
    pub(super) fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// Latest time of its events in memory, microseconds since 1970-01-01 UTC.
    pub(super) fn last_us(&self) -> i64 {
        self.events.iter().map(|e| e.time_us).max().unwrap_or(i64::MIN)
    }
}

/// The units in memory by their keys.
pub(super) type Units = HashMap<i64, UnitEntry>;
