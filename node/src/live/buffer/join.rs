//! How somebody begins to listen: where in the stream, and with what snapshot if something is forgotten.

use bytes::Bytes;
use callmart_schema::event::canonical;

use super::pools::{Member, Pool};
use super::{AsOf, Buffer, Joined, Mark, Place};

impl Buffer {
    /// A member of a pool wants what comes after an offset, and has all before that falls to it; without an offset it knows
    /// nothing of the stream.
    pub(in crate::live) fn join(&mut self, pool: &str, member: &str, after: Option<u64>) -> Joined {
        let was_full = self.is_full(true);
        self.tellings += 1;
        let telling = self.tellings;
        let (pool, member, lacks) = self.seat_for(pool, member, after);
        let after = after.unwrap_or_else(|| self.first_offset(pool, member));
        let place = self.place_after(after, lacks, pool, member);
        let gap = lacks.then(|| (place.offset, self.gap(pool, member, after)));
        if let Some(member) = self.member(pool, member) {
            member.connect(telling);
            (member.acknowledged, member.knows) = (place.offset, place.complete.clone());
        }
        self.forget();
        Joined { telling, place, gap, relieved: was_full && !self.is_full(true) }
    }

    /// The pool and member, new or known, and whether what falls to it behind its position is forgotten in part.
    fn seat_for(&mut self, name: &str, member: &str, after: Option<u64>) -> (usize, usize, bool) {
        let (forgotten, last, knows) = (self.forgotten, self.last(), self.head_at.clone());
        let found = self.pools.iter().position(|pool| pool.name == name);
        let Some(at) = found else {
            let member = Member::new(member, after.unwrap_or(0), self.first.clone());
            let kept = (self.events.len(), self.marks.len());
            let mut pool = Pool::new(name, member, kept, self.head.interactions());
            pool.is_expected = self.pools.iter().filter(|pool| pool.is_expected).count() < self.expected_pools;
            self.pools.push(pool);
            return (self.pools.len() - 1, 0, after.unwrap_or(0) < forgotten);
        };
        let Some(pool) = self.pools.get_mut(at) else { return (at, 0, false) };
        match pool.position(member).and_then(|place| Some((place, pool.members.get(place)?))) {
            Some((place, known)) => (at, place, known.lacks(after, forgotten)),
            None => {
                let place = pool.add(Member::new(member, after.unwrap_or(last), knows));
                (at, place, after.is_some_and(|after| after < forgotten))
            }
        }
    }

    pub(super) fn member(&mut self, pool: usize, member: usize) -> Option<&mut Member> {
        self.pools.get_mut(pool)?.members.get_mut(member)
    }

    fn first_offset(&self, pool: usize, member: usize) -> u64 {
        self.pools.get(pool).and_then(|pool| pool.members.get(member)).map_or(0, |member| member.since)
    }

    /// Where to begin for who has everything up to `after`: there, or at the oldest event that is kept if it `lacks` some.
    fn place_after(&self, after: u64, lacks: bool, pool: usize, member: usize) -> Place {
        let offset = if lacks { self.forgotten } else { after };
        let snapshot = self.snapshots.iter().find(|behind| behind.offset >= offset);
        let snapshot = snapshot.map_or(self.snapshots_told, |behind| behind.number);
        let known = || self.pools.get(pool)?.members.get(member).map(|member| member.knows.clone());
        let complete = if lacks {
            self.edge_moment()
        } else if after < self.forgotten {
            known().unwrap_or_else(|| self.first.clone())
        } else {
            // What is still to come is complete for nobody, though its events are kept already.
            let before = self.marks.partition_point(|mark| mark.offset < after).min(self.past);
            before.checked_sub(1).and_then(|at| self.marks.get(at)).unwrap_or(&self.first).clone()
        };
        Place { begin: offset, offset, complete, snapshot }
    }

    /// The moment as of which a snapshot of what is forgotten holds.
    fn edge_moment(&self) -> Mark {
        let is_same = self.first.epoch == self.edge_at.epoch;
        let us = if is_same { self.edge_at.us.max(self.first.us) } else { self.edge_at.us };
        Mark { number: self.first.number, us, ..self.edge_at.clone() }
    }

    /// The snapshot for a member that lacks events: of what is its own, and of what belongs to no call.
    fn gap(&self, pool: usize, member: usize, after: u64) -> Bytes {
        let Mark { seq, us, epoch, .. } = self.edge_moment();
        let as_of = AsOf { epoch: epoch.as_ref().clone(), seq, time_us: us };
        let shared = self.pools.get(pool).filter(|pool| pool.members.len() > 1);
        let event = match shared.and_then(|pool| Some((pool, pool.members.get(member)?))) {
            Some((pool, known)) => {
                self.edge.of_interactions(&as_of, |id| pool.belongs_to(id, member), known.ended_calls(after))
            }
            None => self.edge.of_everything(&as_of),
        };
        canonical(&event).into()
    }
}
