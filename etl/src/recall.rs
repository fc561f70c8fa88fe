//! Recall: after a start, what the archive holds is known again, and each mart waits for what it had not loaded.
//!
//! Whether a mart had loaded an event follows from its positions, for the archive tells in which log each event stood. What
//! such an event changed beside its own unit is found out last, when everything else is known. Reading the archive is
//! `follow`'s business.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use callmart_schema::manifest::LogPlace;

use crate::coverage::{NewStretch, Owner, owner_of};
use crate::extract::{Knowledge, Mart};
use crate::stored::Stored;

/// Up to where a mart contains each log, by the log's name.
pub(crate) type Positions = BTreeMap<String, LogPlace>;

/// What is known so far.
pub(crate) struct Recall<'a> {
    knowledge: &'a mut Knowledge,
    behind: Vec<Behind>,
}

/// What a mart had not loaded.
struct Behind {
    mart: Mart,
    positions: Positions,
    /// Events that may have changed other units than their own.
    events: Vec<Stored>,
    /// Sources that the mart knew to tell of a switch's agents.
    owners: HashSet<Owner>,
}

impl<'a> Recall<'a> {
    /// Nothing is known again yet; the marts contain their logs up to these positions.
    pub(crate) fn new(knowledge: &'a mut Knowledge, marts: impl IntoIterator<Item = (Mart, Positions)>) -> Self {
        let behind = |(mart, positions)| Behind { mart, positions, events: Vec::new(), owners: HashSet::new() };
        Self { knowledge, behind: marts.into_iter().map(behind).collect() }
    }

    /// Takes in an event of the archive.
    pub(crate) fn event(&mut self, event: &Stored) {
        self.knowledge.recall(event);
        for behind in &mut self.behind {
            behind.event(event, self.knowledge);
        }
    }

    /// Everything is known again: finds out what the marts wait for.
    pub(crate) fn finish(self) {
        for behind in self.behind {
            behind.finish(self.knowledge);
        }
    }
}

impl Behind {
    fn event(&mut self, event: &Stored, knowledge: &mut Knowledge) {
        if self.positions.is_empty() {
            return;
        }
        let has_loaded = self.has_loaded(event);
        if has_loaded {
            self.owners.extend(owner_of(event));
        } else if event.unit.has_rows() {
            knowledge.mark_for(self.mart, [event.unit.key()], &Arc::new(event.identity.clone()));
        }
        // Which of two copies the mart knew is not asked: both units are loaded again.
        let is_conflict = !knowledge.conflicting(&event.identity).is_empty();
        let reaches_others = event.is_session() || event.kind.starts_with("agent_");
        if is_conflict || (!has_loaded && reaches_others) {
            self.events.push(event.clone());
        }
    }

    fn has_loaded(&self, event: &Stored) -> bool {
        let place = LogPlace { segment: event.place.segment, offset: event.place.offset };
        self.positions.get(&*event.place.log).is_some_and(|position| place < *position)
    }

    fn finish(self, knowledge: &mut Knowledge) {
        if self.positions.is_empty() {
            knowledge.mark_all(self.mart);
            return;
        }
        for event in &self.events {
            let mut units = Vec::new();
            for (hash, unit) in knowledge.conflicting(&event.identity) {
                units.push(*unit);
                units.extend(knowledge.timelines.reach_of(*hash).iter().flat_map(|c| knowledge.units_on_dn(c)));
            }
            let reach = knowledge.timelines.reach_of(event.content_hash);
            units.extend(reach.iter().flat_map(|c| knowledge.units_on_dn(c)));
            for stretch in self.stretches(event, knowledge) {
                units.extend(knowledge.units_on_switch(&stretch));
            }
            knowledge.mark_for(self.mart, units, &Arc::new(event.identity.clone()));
        }
    }

    /// Stretches whose coverage the event may have changed.
    fn stretches(&self, event: &Stored, knowledge: &Knowledge) -> Vec<NewStretch> {
        let unknown = owner_of(event).filter(|owner| !self.owners.contains(owner));
        let appeared = unknown.map(|(_, switch)| NewStretch::of_all_time(&switch));
        knowledge.coverage.reach_of(event).into_iter().chain(appeared).collect()
    }
}
