//! Recall: after a start, what the archive holds is known again, and each mart waits for what it had not loaded.
//!
//! Only the newest days are read, and those with events that a mart had not loaded; what is needed of the others was written
//! down beside the archive. Whether a mart had loaded an event follows from its positions, for the archive tells in which log
//! each event stood.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use callmart_schema::manifest::LogPlace;

use crate::cause::Cause;
use crate::coverage::{self, NewStretch, covers_of, owner_of};
use crate::error::EtlError;
use crate::knowledge::{Knowledge, Known, Mart};
use crate::load::parquet::Archive;
use crate::ranges::Ranges;
use crate::snapshot::head_of;
use crate::stored::{Place, Stored};

/// Up to where a mart contains each log, by the log's name.
pub(crate) type Positions = BTreeMap<String, LogPlace>;

/// Finds out what marts had not loaded.
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
}

/// Learns again what an archive holds, with what was written down of it or else from itself; `marts` contain their logs up
/// to these positions.
///
/// # Errors
/// When the archive cannot be read.
pub(crate) fn recall(
    knowledge: &mut Knowledge,
    archive: &Archive,
    known: Option<&Known>,
    marts: impl IntoIterator<Item = (Mart, Positions)>,
) -> Result<(), EtlError> {
    match known {
        Some(known) => knowledge.begin_with(archive, known),
        None => knowledge.begin_without(archive)?,
    }
    let mut recall = Recall::new(knowledge, marts);
    let missed = recall.missed_days();
    for day in &missed {
        recall.knowledge.bring_back(*day)?;
        archive.each_of_day(*day, &mut |event| {
            recall.missed(&event);
            Ok(())
        })?;
        recall.finish_events();
        recall.knowledge.drop_pages();
    }
    recall.finish();
    knowledge.bring_back_newest()
}

impl<'a> Recall<'a> {
    /// The marts contain their logs up to these positions.
    pub(crate) fn new(knowledge: &'a mut Knowledge, marts: impl IntoIterator<Item = (Mart, Positions)>) -> Self {
        let behind = |(mart, positions)| Behind { mart, positions, events: Vec::new() };
        Self { knowledge, behind: marts.into_iter().map(behind).collect() }
    }

    /// Days on which a mart that holds anything had not loaded everything.
    fn missed_days(&self) -> BTreeSet<i32> {
        let mut days = BTreeSet::new();
        for behind in self.behind.iter().filter(|b| !b.positions.is_empty()) {
            let ends = self.knowledge.log_ends().iter();
            let missed = ends.filter(|(_, ends)| ends.iter().any(|(log, end)| !behind.had_read(log, *end)));
            days.extend(missed.map(|(day, _)| *day));
        }
        days
    }

    /// Takes in an event of an archive of which nothing was written down.
    #[cfg(test)]
    pub(crate) fn event(&mut self, event: &Stored) {
        self.knowledge.recall(event).expect("an archive without days needs no reading");
        self.missed(event);
    }

    /// Looks at an event of the archive that is known.
    fn missed(&mut self, event: &Stored) {
        for behind in &mut self.behind {
            behind.event(event, self.knowledge);
        }
    }

    fn finish_events(&mut self) {
        for behind in &mut self.behind {
            behind.finish_events(self.knowledge);
        }
    }

    /// Everything is known again: finds out what the marts wait for.
    pub(crate) fn finish(mut self) {
        self.finish_events();
        for behind in self.behind.iter().filter(|b| b.positions.is_empty()) {
            self.knowledge.mark_all(behind.mart);
        }
    }
}

impl Behind {
    fn event(&mut self, event: &Stored, knowledge: &mut Knowledge) {
        if self.positions.is_empty() {
            return;
        }
        let Place { log, segment, offset } = &event.place;
        let has_loaded = self.had_read(log, (*segment, *offset));
        if !has_loaded && event.unit.has_rows() {
            knowledge.mark_missed(self.mart, event);
        }
        // Which of two copies the mart knew is not asked: both units are loaded again.
        let is_conflict = knowledge.is_conflict(&event.identity);
        let reaches_others = event.is_session()
            || event.is_login()
            || event.is_head()
            || event.is_decision()
            || event.kind.starts_with("agent_");
        if is_conflict || (!has_loaded && reaches_others) {
            self.events.push(event.clone());
        }
    }

    fn had_read(&self, log: &str, (segment, offset): (u64, u64)) -> bool {
        self.positions.get(log).is_some_and(|position| LogPlace { segment, offset } < *position)
    }

    fn finish_events(&mut self, knowledge: &mut Knowledge) {
        let mut conflicts = HashSet::new();
        let events = std::mem::take(&mut self.events);
        self.find_lost(&events, knowledge);
        self.find_unheard(&events, knowledge);
        for event in events {
            let cause = Cause::of(&event);
            if conflicts.insert(event.identity.clone()) {
                knowledge.mark_missed_copies(self.mart, &cause);
            }
            let stretches: Vec<NewStretch> = self.stretches(&event, knowledge);
            knowledge.mark_reached(self.mart, event.content_hash, &stretches, &cause);
        }
    }

    /// Stretches whose coverage the event may have changed.
    fn stretches(&self, event: &Stored, knowledge: &Knowledge) -> Vec<NewStretch> {
        let was_known = |owner: &_| knowledge.coverage.was_known(owner, |log, place| self.had_read(log, place));
        let unknown = owner_of(event).filter(|owner| !was_known(owner));
        let appeared = unknown.map(|(_, switch)| NewStretch::of_all_time(&switch));
        knowledge.coverage.reach_of(event).stretches.into_iter().chain(appeared).collect()
    }

    /// Marks what may be closed by rule because the mart knew less of what is complete; who listened to a source may change
    /// all of that.
    fn find_unheard(&self, events: &[Stored], knowledge: &mut Knowledge) {
        let mut by_source: BTreeMap<&Arc<str>, (i64, &Stored)> = BTreeMap::new();
        for record in events.iter().filter(|event| event.is_session()) {
            let (new_us, _) = by_source.entry(&record.identity.source).or_insert((0, record));
            let covered_us =
                covers_of(record).iter().map(|c| c.to_us.saturating_sub(c.from_us)).fold(0, i64::saturating_add);
            let is_batch = record.kind.ends_with(coverage::BATCH);
            *new_us = if is_batch { new_us.saturating_add(covered_us) } else { i64::MAX };
        }
        for (source, (new_us, first)) in by_source {
            knowledge.mark_unheard(self.mart, source, new_us, &Cause::of(first));
        }
    }

    /// Marks what may differ because the mart knew less of what is lost, or of what snapshots say of it.
    fn find_lost(&self, events: &[Stored], knowledge: &mut Knowledge) {
        let mut by_source: BTreeMap<&Arc<str>, (Ranges, &Stored)> = BTreeMap::new();
        for event in events {
            let (lost, _) = by_source.entry(&event.identity.source).or_insert_with(|| (Ranges::default(), event));
            for (from_us, to_us) in knowledge.coverage.reach_of(event).holes_us {
                lost.add(from_us, to_us.saturating_add(1));
            }
            if let Some(head) = head_of(event).filter(|_| event.is_head()) {
                lost.add(head.at_us, head.at_us.saturating_add(1));
            }
        }
        for (source, (lost, first)) in by_source {
            let cause = Cause::of(first);
            for (from_us, to_us) in lost.iter() {
                knowledge.mark_lost(self.mart, (from_us, to_us - 1), &cause);
            }
            if lost.iter().next().is_some() {
                knowledge.mark_resynced(self.mart, source, &cause);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::MARTS;
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
