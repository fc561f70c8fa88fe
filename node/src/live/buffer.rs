//! What one source has told and not everybody has acknowledged: the backlog of its stream, shared out among pools.
//!
//! `pools` knows who an event falls to and who lacks what, `join` where somebody begins, `walk` what comes next for them. Does
//! not know clocks or the world: what is due is said by whoever asks.

mod join;
mod pools;
mod walk;

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use callmart_schema::event::{Body, Epoch, Snapshot, decode};

use crate::cluster::pair::Told;
use crate::cluster::picture::{AsOf, Picture};
use crate::playback::Interaction;
pub(super) use pools::Members;
use pools::Pool;

/// An event or a snapshot that a source has just told, or bytes that are neither.
#[derive(Debug, Clone)]
pub(super) struct Fresh {
    bytes: Bytes,
    /// When it is told, microseconds since 1970-01-01 UTC by the source's clock.
    time_us: i64,
    epoch: Arc<Epoch>,
    /// Its number; that of the event before for bytes that are no event.
    seq: u64,
    /// What it says; none for bytes that are no event.
    body: Option<Body>,
}

impl From<Told> for Fresh {
    fn from(told: Told) -> Self {
        let Told { bytes, time_us, epoch, seq, body, .. } = told;
        Self { bytes, time_us, epoch, seq, body }
    }
}

/// An event as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) bytes: Bytes,
    /// When it is told, microseconds since 1970-01-01 UTC by the source's clock.
    pub(super) time_us: i64,
    epoch: Arc<Epoch>,
    seq: u64,
    /// The interaction that it belongs to; none for what belongs to no call.
    pub(super) interaction: Option<Interaction>,
    /// Bytes of all events of the stream up to the end of this one.
    to_byte: u64,
}

/// A snapshot that stands behind an event.
#[derive(Debug)]
struct Behind {
    number: u64,
    offset: u64,
    /// Number of the last mark before it.
    after_mark: u64,
    snapshot: Kept,
}

/// A moment up to which everything is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Mark {
    /// Marks are numbered in the order in which they were made.
    number: u64,
    /// Offset of the last event before it.
    pub(super) offset: u64,
    /// That event's number in the epoch; 0 at the epoch's begin.
    pub(super) seq: u64,
    pub(super) us: i64,
    pub(super) epoch: Arc<Epoch>,
}

/// The end of an epoch and the begin of the next one.
#[derive(Debug)]
struct Turn {
    end: Mark,
    begin: Mark,
}

/// Where a telling is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Offset at which it began; the world may have to get there first.
    pub(super) begin: u64,
    /// Offset of the last event that it told or passed over.
    pub(super) offset: u64,
    /// Up to where it has said that everything is told, or whoever listens knew it before.
    pub(super) complete: Mark,
    /// Number of the next snapshot that it tells.
    snapshot: u64,
}

/// How a telling begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Joined {
    /// Number of the telling.
    pub(super) telling: u64,
    /// Where it begins.
    pub(super) place: Place,
    /// The offset and snapshot that it begins with, when it lacks events that are forgotten.
    pub(super) gap: Option<(u64, Bytes)>,
    /// Whether the source need not wait any more.
    pub(super) relieved: bool,
}

impl Joined {
    /// A telling of nothing, for a source that is not there.
    pub(super) fn nowhere() -> Self {
        let after = 0;
        let place = Place { begin: after, offset: after, complete: Mark::default(), snapshot: 0 };
        Self { telling: 0, place, gap: None, relieved: false }
    }
}

/// A step on the way of a telling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Event(Kept),
    Snapshot(Bytes),
    /// Everything between two marks of one epoch has been told.
    Complete {
        from: Mark,
        to: Mark,
        /// Among whom it was shared out; none when the member is alone.
        members: Option<Members>,
    },
}

impl Step {
    /// The first step of a telling that begins behind a gap.
    pub(super) fn of_gap((offset, snapshot): (u64, Bytes)) -> (u64, Self) {
        (offset, Self::Snapshot(snapshot))
    }
}

/// What there is to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// More of what is kept is due at this moment, in microseconds since 1970-01-01 UTC of the source's time; none when
    /// nothing more is kept.
    More(Option<i64>),
    /// Nothing more up to the end of the epoch; what is kept is of a later one.
    NextEpoch,
    /// What comes next is forgotten: only a new telling can go on, behind the gap.
    Gap,
}

/// Most that a buffer holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) events: usize,
    pub(super) bytes: usize,
    /// How old the oldest event may be when there is no more room to wait for anybody, in microseconds; none when the source
    /// waits instead, and the last stretch may go over the other bounds.
    pub(super) oldest_go_us: Option<i64>,
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
    told_bytes: u64,
    snapshots: VecDeque<Behind>,
    snapshots_told: u64,
    /// The last mark before the last forgotten event, or where the source's time begins.
    first: Mark,
    /// Ends of stretches after `first`.
    marks: VecDeque<Mark>,
    /// How many of the marks are past, so that of those at one event only the last is kept.
    past: usize,
    turns: Vec<Turn>,
    /// What exists after the last event told, and its place.
    head: Picture,
    head_at: Mark,
    /// What exists after the last forgotten event, and its place.
    edge: Picture,
    edge_at: Mark,
}

impl Buffer {
    /// A buffer of a source at which nothing exists yet, whose first epoch's time begins at `start_us`, and which
    /// `expected_pools` pools will listen to.
    pub(super) fn new(
        nothing: Picture,
        epoch: Arc<Epoch>,
        start_us: i64,
        expected_pools: usize,
        bounds: Bounds,
    ) -> Self {
        let begin = Mark { us: start_us, epoch, ..Mark::default() };
        Self {
            bounds,
            expected_pools: expected_pools.max(1),
            pools: Vec::new(),
            tellings: 0,
            forgotten: 0,
            events: VecDeque::new(),
            bytes: 0,
            told_bytes: 0,
            snapshots: VecDeque::new(),
            snapshots_told: 0,
            first: begin.clone(),
            marks: VecDeque::new(),
            past: 0,
            turns: Vec::new(),
            head: nothing.clone(),
            head_at: begin.clone(),
            edge: nothing,
            edge_at: begin,
        }
    }

    /// Number of the last event told.
    pub(super) fn last(&self) -> u64 {
        self.forgotten + self.events.len() as u64
    }

    /// Whether everybody who is expected has everything.
    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Forgets everything, whoever needs it.
    pub(super) fn give_up(&mut self) {
        while self.forget_oldest(true) {}
        self.forget_what_stood_before();
    }

    /// Whether the source has to wait; `is_behind` if it is behind its clock, which otherwise waits for nobody when the oldest
    /// may go.
    pub(super) fn is_full(&self, is_behind: bool) -> bool {
        match self.bounds.oldest_go_us {
            None => self.events.len() >= self.bounds.events || self.bytes >= self.bounds.bytes,
            Some(oldest_go_us) => is_behind && self.presses(oldest_go_us),
        }
    }

    /// Whether somebody who is connected, or is expected and has never come, has yet to acknowledge half of what may be kept: a
    /// source that makes up for lost time must not outrun them.
    fn presses(&self, oldest_go_us: i64) -> bool {
        let to_come = (!self.have_all_come()).then_some(0);
        let connected = self.pools.iter().filter_map(Pool::acknowledged_by_connected);
        let Some(waits) = connected.chain(to_come).min().and_then(|offset| self.kept_after(offset)) else {
            return false;
        };
        let Some(first) = self.events.get(waits) else { return false };
        let bytes = self.told_bytes - first.to_byte;
        self.events.len() - waits >= self.bounds.events.div_ceil(2)
            || bytes >= self.bounds.bytes.div_ceil(2) as u64
            || self.head_at.us.saturating_sub(first.time_us) >= oldest_go_us / 2
    }

    /// Place of the first event after an offset among those that are kept.
    fn kept_after(&self, offset: u64) -> Option<usize> {
        usize::try_from(offset.saturating_sub(self.forgotten)).ok()
    }

    /// Keeps a stretch up to `to_us`; what is before `past_us` is past.
    pub(super) fn push(&mut self, stretch: impl Iterator<Item = Fresh>, to_us: i64, past_us: i64) {
        self.pools.iter_mut().for_each(Pool::begin_stretch);
        stretch.for_each(|new| self.keep(new));
        self.mark(to_us);
        self.thin_out(past_us);
        self.forget();
        self.overflow(past_us.min(to_us));
    }

    fn keep(&mut self, new: Fresh) {
        let Fresh { bytes, time_us, epoch, seq, body } = new;
        self.turn(&epoch);
        let interaction = body.as_ref().and_then(|body| self.head.key(body));
        let to_byte = self.told_bytes + bytes.len() as u64;
        let kept = Kept { bytes, time_us, epoch, seq, interaction, to_byte };
        match body {
            Some(Body::Snapshot(snapshot)) => self.keep_snapshot(kept, snapshot),
            body => self.keep_event(kept, body),
        }
    }

    fn keep_snapshot(&mut self, kept: Kept, snapshot: Snapshot) {
        if snapshot.complete && self.last() == 0 {
            // The stream begins with what exists.
            self.edge.show(snapshot.clone());
            self.head.show(snapshot);
        }
        let (number, offset, after_mark) = (self.snapshots_told, self.last(), self.head_at.number);
        self.snapshots.push_back(Behind { number, offset, after_mark, snapshot: kept });
        self.snapshots_told += 1;
    }

    fn keep_event(&mut self, kept: Kept, body: Option<Body>) {
        let (offset, interaction) = (self.last() + 1, kept.interaction.clone());
        let is_news = self.head_at.follow(offset, &kept);
        if is_news && let Some(body) = body {
            self.head.happen(kept.time_us, body);
        }
        self.bytes += kept.bytes.len();
        self.told_bytes = kept.to_byte;
        self.events.push_back(kept);
        let goes_on = interaction.as_ref().is_some_and(|id| self.head.goes_on(id));
        self.pools.iter_mut().for_each(|pool| pool.take_in(offset, interaction.as_ref(), goes_on));
    }

    /// A later epoch than the one so far ends that one.
    fn turn(&mut self, epoch: &Arc<Epoch>) {
        if **epoch <= *self.head_at.epoch {
            return;
        }
        self.mark(epoch.started_us.max(self.head_at.us));
        let end = self.head_at.clone();
        let begin = Mark { seq: 0, us: epoch.started_us, epoch: Arc::clone(epoch), ..end };
        self.head_at = begin.clone();
        self.turns.push(Turn { end, begin });
    }

    /// Everything up to a moment is told.
    fn mark(&mut self, us: i64) {
        self.head_at = Mark { number: self.head_at.number + 1, offset: self.last(), us, ..self.head_at.clone() };
        self.marks.push_back(self.head_at.clone());
        self.pools.iter_mut().for_each(Pool::end_stretch);
    }

    /// A quiet source must not fill memory with marks: of past ones at the same event, the last says it all.
    fn thin_out(&mut self, past_us: i64) {
        while let Some(mark) = self.marks.get(self.past).filter(|mark| mark.us <= past_us) {
            let is_same = |before: &Mark| (before.offset, &before.epoch) == (mark.offset, &mark.epoch);
            match self.past.checked_sub(1).filter(|at| self.marks.get(*at).is_some_and(is_same)) {
                Some(at) => {
                    self.marks.remove(at);
                    self.pools.iter_mut().for_each(|pool| pool.join_stretches(at));
                }
                None => self.past += 1,
            }
        }
    }

    /// Somebody has everything up to an offset. Gives whether the source need not wait any more.
    pub(super) fn acknowledged(&mut self, telling: u64, offset: u64) -> bool {
        let was_full = self.is_full(true);
        if let Some((pool, member)) = self.seat(telling)
            && let Some(pool) = self.pools.get_mut(pool)
        {
            pool.acknowledge(member, offset);
        }
        self.forget();
        was_full && !self.is_full(true)
    }

    /// The pool and the member whose newest telling this is.
    fn seat(&self, telling: u64) -> Option<(usize, usize)> {
        let of = |pool: &Pool| pool.members.iter().position(|member| member.telling == telling);
        self.pools.iter().enumerate().find_map(|(at, pool)| Some((at, of(pool)?)))
    }

    /// A telling has ended. Gives whether the source need not wait any more.
    pub(super) fn left(&mut self, telling: u64) -> bool {
        let was_full = self.is_full(true);
        if let Some((pool, member)) = self.seat(telling)
            && let Some(member) = self.member(pool, member)
        {
            member.leave();
        }
        self.pools.retain(|pool| pool.is_expected || pool.is_connected());
        self.forget();
        was_full && !self.is_full(true)
    }

    fn have_all_come(&self) -> bool {
        self.pools.iter().filter(|pool| pool.is_expected).count() >= self.expected_pools
    }

    /// Forgets what everybody has acknowledged.
    fn forget(&mut self) {
        if !self.have_all_come() {
            return;
        }
        let everybody_has = self.pools.iter().map(Pool::acknowledged).min().unwrap_or(0);
        while self.forgotten < everybody_has && self.forget_oldest(false) {}
        self.forget_what_stood_before();
    }

    /// Forgets the oldest events where there are more than may be kept, though somebody needs them. The age is that at
    /// `past_us`.
    fn overflow(&mut self, past_us: i64) {
        let Some(oldest_go_us) = self.bounds.oldest_go_us else { return };
        let oldest_us = past_us.saturating_sub(oldest_go_us);
        let is_over = |buffer: &Self| {
            let is_many = buffer.events.len() > buffer.bounds.events || buffer.bytes > buffer.bounds.bytes;
            // What is not due yet cannot have been told to anybody.
            let may_go = |kept: &Kept| kept.time_us < oldest_us || (is_many && kept.time_us <= past_us);
            buffer.events.front().is_some_and(may_go)
        };
        while is_over(self) && self.forget_oldest(true) {}
        self.forget_what_stood_before();
    }

    /// Forgets one event; `lost` if somebody may need it.
    fn forget_oldest(&mut self, lost: bool) -> bool {
        let Some(kept) = self.events.pop_front() else { return false };
        self.bytes -= kept.bytes.len();
        self.forgotten += 1;
        let is_news = self.edge_at.follow(self.forgotten, &kept);
        let body = decode(&kept.bytes).ok().and_then(|event| event.body);
        self.pools.iter_mut().for_each(|pool| pool.forget(self.forgotten, body.as_ref(), lost));
        if is_news && let Some(body) = body {
            self.edge.happen(kept.time_us, body);
        }
        true
    }

    /// Forgets the marks and snapshots before the last forgotten event.
    fn forget_what_stood_before(&mut self) {
        while let Some(mark) = self.marks.pop_front_if(|mark| mark.offset < self.forgotten) {
            self.pools.iter_mut().for_each(|pool| pool.forget_mark(&mark));
            self.first = mark;
            self.past = self.past.saturating_sub(1);
        }
        while let Some(behind) = self.snapshots.pop_front_if(|behind| behind.offset < self.forgotten) {
            self.pools.iter_mut().for_each(|pool| pool.forget_snapshot(behind.offset));
        }
    }
}

impl Mark {
    /// The place after one more event of a source. Gives whether its number is a new one.
    fn follow(&mut self, offset: u64, kept: &Kept) -> bool {
        if *kept.epoch > *self.epoch {
            (self.seq, self.us, self.epoch) = (0, kept.epoch.started_us, Arc::clone(&kept.epoch));
        }
        let is_news = kept.seq > self.seq && kept.epoch == self.epoch;
        if is_news {
            self.seq = kept.seq;
        }
        (self.offset, self.us) = (offset, self.us.max(kept.time_us));
        is_news
    }
}

#[cfg(test)]
mod tests;
