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
            knowledge.misknow(self.mart, [event.unit.key()]);
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
            let (mut units, mut sessions) = (Vec::new(), Vec::new());
            for (hash, unit) in knowledge.conflicting(&event.identity) {
                units.push(*unit);
                sessions.push(*unit);
                units.extend(knowledge.timelines.reach_of(*hash).iter().flat_map(|c| knowledge.units_on_dn(c)));
            }
            let reach = knowledge.timelines.reach_of(event.content_hash);
            units.extend(reach.iter().flat_map(|c| knowledge.units_on_dn(c)));
            for stretch in self.stretches(event, knowledge) {
                units.extend(knowledge.units_on_switch(&stretch));
            }
            knowledge.mark_for(self.mart, units, &Arc::new(event.identity.clone()));
            knowledge.misknow(self.mart, sessions);
        }
    }

    /// Stretches whose coverage the event may have changed.
    fn stretches(&self, event: &Stored, knowledge: &Knowledge) -> Vec<NewStretch> {
        let unknown = owner_of(event).filter(|owner| !self.owners.contains(owner));
        let appeared = unknown.map(|(_, switch)| NewStretch::of_all_time(&switch));
        knowledge.coverage.reach_of(event).into_iter().chain(appeared).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::MARTS;
    use crate::settings::TransformSettings;
    use crate::transform::tests::build::*;

    /// A call delivered on D1 at 50.
    fn call() -> Vec<Stored> {
        let call = Call::inbound("c1").telephone("a1", "D1", ALERTING, 50.0);
        call.leaves("a1", ABANDONED, 60.0).ends(60.0).events.iter().map(stored).collect()
    }

    /// Whether a mart that had loaded all but the last of these events waits for the call.
    fn waits_for_the_call(mut log: Vec<Stored>) -> bool {
        log.iter_mut().zip(0..).for_each(|(event, offset)| event.place = place(offset));
        let position = LogPlace { segment: 0, offset: log.len() as u64 - 1 };
        let mut knowledge = Knowledge::new(TransformSettings::default(), &MARTS);
        let positions =
            [Positions::from([("log".to_owned(), position)]), Positions::from([("log".to_owned(), position)])];
        let mut recall = Recall::new(&mut knowledge, MARTS.into_iter().zip(positions));
        log.iter().for_each(|event| recall.event(event));
        recall.finish();
        let unit = log.iter().find(|e| e.unit.name() == "interaction/c1").map(|e| e.unit.key());
        let dirty = knowledge.next_dirty(Mart::Postgres, usize::MAX);
        dirty.iter().any(|(dirty, _)| Some(*dirty) == unit)
    }

    #[test]
    fn a_logout_that_a_mart_missed_reaches_the_calls_behind_it() {
        let missed = |at_s| {
            let logins = [login(1, "s", "D1", "A1", 10.0), logout(2, "s", "D1", "A1", at_s)];
            waits_for_the_call(call().into_iter().chain(logins.iter().map(stored)).collect())
        };
        assert!(missed(20.0), "the mart knew a session without an end");
        let elsewhere = [login(1, "s", "D2", "A1", 10.0), logout(2, "s", "D2", "A1", 20.0)];
        assert!(!waits_for_the_call(call().into_iter().chain(elsewhere.iter().map(stored)).collect()));
    }

    #[test]
    fn a_source_of_agents_that_a_mart_had_not_met_reaches_every_call_of_its_switch() {
        let mut other = connect(0);
        other.identity.source = "other/TCport".into();
        let known = [connect(0), covers(0, 0.0, 100.0)];
        let with = |last| waits_for_the_call(call().into_iter().chain(known.clone()).chain([last]).collect());
        assert!(with(other), "what was none is unknown now");
        assert!(!with(connect(0)), "it was known");
    }

    #[test]
    fn a_mart_without_positions_waits_for_everything() {
        let mut knowledge = Knowledge::new(TransformSettings::default(), &MARTS);
        let mut recall = Recall::new(&mut knowledge, [(Mart::Postgres, Positions::new())]);
        call().iter().for_each(|event| recall.event(event));
        recall.finish();
        assert_eq!((knowledge.dirty_units(Mart::Postgres), knowledge.dirty_units(Mart::Parquet)), (1, 0));
    }
}
