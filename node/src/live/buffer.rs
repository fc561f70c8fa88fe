//! What one source has told and not every pool has acknowledged.
//!
//! Does not know clocks or the world: what is due is said by whoever asks.

use std::collections::VecDeque;

use bytes::Bytes;

/// An event as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) bytes: Bytes,
    /// When it happened, microseconds since 1970-01-01 UTC.
    pub(super) time_us: i64,
}

/// A moment up to which everything is told, and the number of the last event before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) seq: u64,
    pub(super) us: i64,
}

/// Where a telling is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Offset at which it began; the world may have to get there first.
    pub(super) begin: u64,
    /// Offset of the last event that it told.
    pub(super) offset: u64,
    /// Up to where it has said that everything is told, or whoever listens knew it before.
    pub(super) complete: Mark,
}

/// How a telling begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Joined {
    /// Number of the telling.
    pub(super) telling: u64,
    /// Where it begins.
    pub(super) place: Place,
    /// Whether the source need not wait any more.
    pub(super) relieved: bool,
}

/// A step on the way of a telling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Event(Kept),
    /// Everything between two marks has been told.
    Complete {
        from: Mark,
        to: Mark,
    },
}

/// Most that a buffer holds before its source has to wait; the last stretch may go over it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) events: usize,
    pub(super) bytes: usize,
}

#[derive(Debug)]
struct Pool {
    name: String,
    /// Events up to here need not be kept for it.
    acknowledged: u64,
    /// Its newest telling; what older ones say does not count any more.
    telling: u64,
    /// Whether it counts also while it is not connected.
    expected: bool,
}

/// The buffer of one source.
#[derive(Debug)]
pub(super) struct Buffer {
    bounds: Bounds,
    expected_pools: usize,
    pools: Vec<Pool>,
    tellings: u64,
    /// Number of the last event that is forgotten; those kept follow it.
    forgotten: u64,
    events: VecDeque<Kept>,
    bytes: usize,
    /// The last mark before the last forgotten event, or where the source's time begins.
    first: Mark,
    /// Ends of stretches after `first`.
    marks: VecDeque<Mark>,
    /// How many of the marks are past, so that of those at one event only the last is kept.
    past: usize,
}

impl Buffer {
    /// A buffer of a source whose time begins at `start_us`, which `expected_pools` pools will listen to.
    pub(super) fn new(start_us: i64, expected_pools: usize, bounds: Bounds) -> Self {
        Self {
            bounds,
            expected_pools: expected_pools.max(1),
            pools: Vec::new(),
            tellings: 0,
            forgotten: 0,
            events: VecDeque::new(),
            bytes: 0,
            first: Mark { seq: 0, us: start_us },
            marks: VecDeque::new(),
            past: 0,
        }
    }

    /// Number of the last event told.
    pub(super) fn last(&self) -> u64 {
        self.forgotten + self.events.len() as u64
    }

    /// Whether the source has to wait.
    pub(super) fn is_full(&self) -> bool {
        self.events.len() >= self.bounds.events || self.bytes >= self.bounds.bytes
    }

    /// Keeps a stretch up to `to_us`; what is before `past_us` is past.
    pub(super) fn push(&mut self, stretch: impl Iterator<Item = Kept>, to_us: i64, past_us: i64) {
        for kept in stretch {
            self.bytes += kept.bytes.len();
            self.events.push_back(kept);
        }
        self.marks.push_back(Mark { seq: self.last(), us: to_us });
        self.thin_out(past_us);
        self.forget();
    }

    /// A quiet source must not fill memory with marks: of past ones at the same event, the last says it all.
    fn thin_out(&mut self, past_us: i64) {
        while let Some(mark) = self.marks.get(self.past).filter(|mark| mark.us <= past_us) {
            let before = self.past.checked_sub(1).filter(|at| self.marks.get(*at).is_some_and(|m| m.seq == mark.seq));
            match before {
                Some(at) => drop(self.marks.remove(at)),
                None => self.past += 1,
            }
        }
    }

    /// A pool wants what comes after an offset, and has all before.
    pub(super) fn join(&mut self, pool: &str, after: u64) -> Joined {
        self.tellings += 1;
        let (telling, place) = (self.tellings, self.place_after(after));
        let acknowledged = place.offset;
        match self.pools.iter_mut().find(|known| known.name == pool) {
            Some(known) => (known.acknowledged, known.telling) = (acknowledged, telling),
            None => {
                let expected = self.pools.iter().filter(|known| known.expected).count() < self.expected_pools;
                self.pools.push(Pool { name: pool.to_owned(), acknowledged, telling, expected });
            }
        }
        Joined { telling, place, relieved: self.forget_and_tell() }
    }

    /// Where to begin for who has everything up to `after`: there, or at the oldest event that is kept.
    fn place_after(&self, after: u64) -> Place {
        if after < self.forgotten {
            // The stretch in which events are missing is not claimed.
            let hole = self.marks.iter().find(|mark| mark.seq >= self.forgotten).unwrap_or(&self.first);
            let begin = self.forgotten;
            return Place { begin, offset: begin, complete: Mark { seq: begin, us: hole.us } };
        }
        let before = self.marks.partition_point(|mark| mark.seq < after);
        let complete = before.checked_sub(1).and_then(|at| self.marks.get(at)).unwrap_or(&self.first);
        Place { begin: after, offset: after, complete: *complete }
    }

    /// A pool has everything up to an offset. Gives whether the source need not wait any more.
    pub(super) fn acknowledged(&mut self, telling: u64, offset: u64) -> bool {
        if let Some(pool) = self.pools.iter_mut().find(|pool| pool.telling == telling) {
            pool.acknowledged = pool.acknowledged.max(offset);
        }
        self.forget_and_tell()
    }

    /// A telling has ended. Gives whether the source need not wait any more.
    pub(super) fn left(&mut self, telling: u64) -> bool {
        self.pools.retain(|pool| pool.expected || pool.telling != telling);
        self.forget_and_tell()
    }

    /// Forgets what may be forgotten, and tells whether there is room now that there was not.
    fn forget_and_tell(&mut self) -> bool {
        let was_full = self.is_full();
        self.forget();
        was_full && !self.is_full()
    }

    /// Forgets what every pool has acknowledged.
    fn forget(&mut self) {
        if self.pools.iter().filter(|pool| pool.expected).count() < self.expected_pools {
            return;
        }
        let everybody_has = self.pools.iter().map(|pool| pool.acknowledged).min().unwrap_or(0);
        while self.forgotten < everybody_has
            && let Some(kept) = self.events.pop_front()
        {
            self.bytes -= kept.bytes.len();
            self.forgotten += 1;
        }
        while let Some(mark) = self.marks.pop_front_if(|mark| mark.seq < self.forgotten) {
            self.first = mark;
            self.past = self.past.saturating_sub(1);
        }
    }

    /// Takes what is due from a place on, about `max_steps` of it, and moves the place. Gives when more of what is kept is
    /// due, in microseconds since 1970-01-01 UTC of the source's time; none when nothing more is kept.
    ///
    /// The end of a stretch comes before any later event: who has an event has all that was complete before it.
    pub(super) fn take(
        &self,
        place: &mut Place,
        due_us: i64,
        max_steps: usize,
        steps: &mut VecDeque<Step>,
    ) -> Option<i64> {
        if self.first.us > place.complete.us {
            // Already forgotten while the world was still on its way to where the telling begins.
            place.complete = self.first;
        }
        let skip = usize::try_from(place.offset.saturating_sub(self.forgotten)).unwrap_or(usize::MAX);
        let mut events = self.events.range(skip.min(self.events.len())..).peekable();
        let from = *place;
        let told = self.marks.partition_point(|mark| mark.seq <= from.offset && mark.us <= from.complete.us);
        let mut marks = self.marks.range(told..).peekable();
        while steps.len() < max_steps {
            if let Some(mark) = marks.next_if(|mark| mark.seq <= place.offset && mark.us <= due_us) {
                if mark.us > place.complete.us {
                    let from = std::mem::replace(&mut place.complete, *mark);
                    // What was complete before the event at which it began is known to who has that event.
                    steps.extend((mark.seq >= place.begin).then_some(Step::Complete { from, to: *mark }));
                }
            } else if let Some(event) = events.next_if(|event| event.time_us <= due_us) {
                steps.push_back(Step::Event(event.clone()));
                place.offset += 1;
            } else {
                break;
            }
        }
        let next = [events.peek().map(|event| event.time_us), marks.peek().map(|mark| mark.us)];
        next.into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests;
