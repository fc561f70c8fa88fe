//! One member's way through a buffer: marks, snapshots and events in the order in which they are told.

use std::collections::VecDeque;
use std::iter::Peekable;
use std::sync::Arc;

use callmart_schema::event::Epoch;

use super::pools::{Members, Owner, Pool};
use super::{Behind, Buffer, Kept, Mark, Place, Step, Taken, Turn};

/// What is kept from a place on.
pub(super) struct Walk<'a> {
    due_us: i64,
    /// Nothing of a later epoch is taken.
    until: &'a Epoch,
    member: usize,
    /// Whether there is nobody to share with.
    is_alone: bool,
    turns: &'a [Turn],
    events: Peekable<Box<dyn Iterator<Item = (&'a Kept, &'a Owner)> + 'a>>,
    marks: Peekable<Box<dyn Iterator<Item = (&'a Mark, &'a Members)> + 'a>>,
    snapshots: Peekable<Box<dyn Iterator<Item = &'a Behind> + 'a>>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        buffer: &'a Buffer,
        pool: &'a Pool,
        member: usize,
        from: &Place,
        (due_us, until): (i64, &'a Epoch),
    ) -> Self {
        let skip = usize::try_from(from.offset.saturating_sub(buffer.forgotten)).unwrap_or(usize::MAX);
        let skip = skip.min(buffer.events.len());
        let told = buffer.marks.partition_point(|mark| mark.number <= from.complete.number);
        let (begin, snapshot) = (from.begin, from.snapshot);
        // Made one by one after the last, so that their numbers have no holes either.
        let snapshots = buffer.snapshots.iter().skip_while(move |behind| behind.number < snapshot);
        let snapshots = snapshots.filter(move |behind| behind.offset >= begin);
        let events: Box<dyn Iterator<Item = _>> = Box::new(buffer.events.range(skip..).zip(pool.owners.range(skip..)));
        let marks: Box<dyn Iterator<Item = _>> = Box::new(buffer.marks.range(told..).zip(pool.shared.range(told..)));
        let snapshots: Box<dyn Iterator<Item = _>> = Box::new(snapshots);
        Self {
            due_us,
            until,
            member,
            is_alone: pool.members.len() == 1,
            turns: &buffer.turns,
            events: events.peekable(),
            marks: marks.peekable(),
            snapshots: snapshots.peekable(),
        }
    }

    /// Takes what comes next, if it is due.
    pub(super) fn step(&mut self, place: &mut Place, steps: &mut VecDeque<(u64, Step)>) -> bool {
        let (offset, due_us, until) = (place.offset, self.due_us, self.until);
        let snapshot = self.snapshots.peek().filter(|behind| behind.offset <= offset);
        let comes_before = |mark: &Mark| snapshot.is_none_or(|behind| mark.number <= behind.after_mark);
        let is_due = |mark: &Mark| mark.offset <= offset && mark.us <= due_us && *mark.epoch <= *until;
        let is_near = |kept: &Kept| kept.time_us <= due_us && *kept.epoch <= *until;
        let marked = self.marks.peek().is_some_and(|(mark, _)| is_due(mark) && comes_before(mark));
        if marked && let Some((mark, members)) = self.marks.next() {
            self.complete(mark, members, place, steps);
        } else if let Some(behind) = snapshot.copied().filter(|behind| is_near(&behind.snapshot)) {
            steps.push_back((offset, Step::Snapshot(behind.snapshot.bytes.clone())));
            place.snapshot = behind.number + 1;
            self.snapshots.next();
        } else if let Some((event, owner)) = self.events.next_if(|(event, _)| snapshot.is_none() && is_near(event)) {
            place.offset += 1;
            steps.extend(owner.is(self.member).then(|| (place.offset, Step::Event(event.clone()))));
        } else {
            return false;
        }
        true
    }

    /// Everything up to a mark is told; where epochs end on the way, for each by itself.
    fn complete(&self, mark: &Mark, members: &Members, place: &mut Place, steps: &mut VecDeque<(u64, Step)>) {
        let passed = |turn: &&Turn| turn.end.number > place.complete.number && turn.end.number < mark.number;
        for turn in self.turns.iter().filter(passed).collect::<Vec<_>>() {
            self.complete_within(&turn.end, members, place, steps);
            place.complete = turn.begin.clone();
        }
        self.complete_within(mark, members, place, steps);
        if let Some(turn) = self.turns.iter().find(|turn| turn.end.number == mark.number) {
            place.complete = turn.begin.clone();
        }
    }

    fn complete_within(&self, to: &Mark, members: &Members, place: &mut Place, steps: &mut VecDeque<(u64, Step)>) {
        // Whoever begins behind a gap may know of moments that the mark is not past.
        if to.us <= place.complete.us && to.seq <= place.complete.seq {
            place.complete.number = to.number;
            return;
        }
        let us = to.us.max(place.complete.us);
        let to = Mark { us, ..to.clone() };
        let from = std::mem::replace(&mut place.complete, to.clone());
        // What was complete before the event at which it began is known to who has that event.
        if to.offset >= place.begin {
            let members = (!self.is_alone).then(|| Arc::clone(members));
            steps.push_back((place.offset, Step::Complete { from, to, members }));
        }
    }

    /// Whether all that is kept from here on is of a later epoch.
    fn is_at_next_epoch(&mut self) -> bool {
        let event = self.events.peek().map(|(event, _)| &event.epoch);
        let mark = self.marks.peek().map(|(mark, _)| &mark.epoch);
        let snapshot = self.snapshots.peek().map(|behind| &behind.snapshot.epoch);
        let mut kept = [event, mark, snapshot].into_iter().flatten().peekable();
        kept.peek().is_some() && kept.all(|epoch| **epoch > *self.until)
    }

    /// When the next thing is due, in microseconds since 1970-01-01 UTC of the source's time.
    pub(super) fn next_us(&mut self) -> Option<i64> {
        let event = self.events.peek().map(|(event, _)| event.time_us);
        let mark = self.marks.peek().map(|(mark, _)| mark.us);
        let snapshot = self.snapshots.peek().map(|behind| behind.snapshot.time_us);
        [event, mark, snapshot].into_iter().flatten().min()
    }
}

impl Buffer {
    /// Takes what is due from a place on and of no later epoch than `until`, about `max_steps` of it, each with the offset after
    /// it, and moves the place. Events of other members of the pool are passed over.
    ///
    /// The end of a stretch comes before any later event: who has an event has all that was complete before it.
    pub(in crate::live) fn take(
        &mut self,
        telling: u64,
        place: &mut Place,
        (due_us, until): (i64, &Epoch),
        max_steps: usize,
        steps: &mut VecDeque<(u64, Step)>,
    ) -> Taken {
        // Whoever has lost the seat to a newer telling is told nothing more.
        let Some((pool_at, member_at)) = self.seat(telling) else { return Taken::Gap };
        let Some(pool) = self.pools.get(pool_at) else { return Taken::Gap };
        if pool.members.get(member_at).is_some_and(|member| place.offset < member.lost_to) {
            return Taken::Gap;
        }
        if place.offset < self.forgotten {
            place.offset = self.forgotten;
        } else if place.complete.number < self.first.number {
            // Already forgotten while the world was still on its way to where the telling begins.
            place.complete = self.first.clone();
        }
        let (next_us, is_at_next_epoch) = {
            let mut walk = Walk::new(self, pool, member_at, place, (due_us, until));
            while steps.len() < max_steps && walk.step(place, steps) {}
            (walk.next_us(), walk.is_at_next_epoch())
        };
        if let Some(member) = self.member(pool_at, member_at) {
            member.told = member.told.max(place.offset);
        }
        if is_at_next_epoch { Taken::NextEpoch } else { Taken::More(next_us) }
    }
}
