//! One source of a stage: the plan of its processes, and a buffer for each of its streams.
//!
//! Knows which process tells when; does not know clocks, nor who listens.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::buffer::{Bounds, Buffer};
use crate::cluster::pair::Told;
use crate::cluster::picture::Picture;
use crate::cluster::plan::SourcePlan;
use crate::cluster::terms::Term;
use crate::playback::Standing;

/// A source and what its streams hold.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) plan: Arc<SourcePlan>,
    buffers: Vec<Mutex<Buffer>>,
    /// By stream, the pools that were told to its end.
    drawn: Vec<Mutex<BTreeSet<String>>>,
    /// How many pools are expected.
    pools: usize,
    /// Whether the world waits at the end of a stream until everybody who is expected has it. Else what is not acknowledged
    /// when a stream ends is lost to who is not connected.
    waits_at_ends: bool,
}

/// Where a process is in its source's terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seat {
    pub(super) standing: Standing,
    /// Number of the term that it tells, or told last.
    pub(super) term: Option<usize>,
}

impl Source {
    pub(super) fn new(plan: &Arc<SourcePlan>, pools: usize, bounds: Bounds, waits_at_ends: bool) -> Self {
        let teller = &plan.teller;
        let buffer = |stream| {
            let terms = plan.terms.all();
            let first = terms.iter().position(|term| term.stream == stream).unwrap_or(0);
            let begins_us = terms.get(first).map_or(0, |term| plan.clock.at(term.from_us));
            let epoch = plan.epoch(first).map(Arc::clone).unwrap_or_default();
            let nothing = Picture::new(&teller.name, &teller.switch, &teller.tenant);
            Mutex::new(Buffer::new(nothing, epoch, begins_us, pools, bounds))
        };
        let buffers: Vec<Mutex<Buffer>> = (0..plan.terms.streams()).map(buffer).collect();
        let drawn = buffers.iter().map(|_| Mutex::default()).collect();
        Self { plan: Arc::clone(plan), buffers, drawn, pools: pools.max(1), waits_at_ends }
    }

    /// The buffer of a stream, if there is such a stream.
    pub(super) fn buffer(&self, stream: usize) -> Option<MutexGuard<'_, Buffer>> {
        self.buffers.get(stream).map(lock)
    }

    /// Keeps what was told from one moment of the world's to another, within which no term begins or ends; what is before
    /// `past_us` is past.
    pub(super) fn keep(&self, (from_us, to_us): (i64, i64), told: &mut Vec<Told>, past_us: i64) {
        let clock = &self.plan.clock;
        for (number, term) in self.plan.terms.all().iter().enumerate() {
            let goes_on = term.from_us <= from_us && to_us <= term.lost_from_us;
            if let Some(mut buffer) = self.buffer(term.stream).filter(|_| goes_on) {
                let of_term = told.extract_if(.., |told| told.term == number);
                buffer.push(of_term.map(Into::into), clock.at(to_us), clock.at(past_us));
            }
        }
    }

    /// How a process stands at a moment of the world's up to which everything has been told. Where the world waits at the ends
    /// of streams, time has not come further at a process's port than those who listen have.
    pub(super) fn seat(&self, process: usize, now_us: i64) -> Seat {
        let terms = &self.plan.terms;
        let is_last = |term: &Term| term.to_us == terms.end_of_stream(term.stream);
        let is_wanted = |term: &Term| {
            term.process == process
                && term.from_us <= now_us
                && is_last(term)
                && self.holds_back_end(term.stream, now_us)
        };
        match terms.all().iter().position(is_wanted) {
            Some(term) => Seat { standing: Standing::Primary, term: Some(term) },
            None => Seat { standing: terms.standing(process, now_us), term: terms.last_of(process, now_us) },
        }
    }

    /// Whether the world has to wait at a moment of its own; `is_behind` if it is behind its clock.
    pub(super) fn holds_back(&self, now_us: i64, is_behind: bool) -> bool {
        let streams = || 0..self.buffers.len();
        let is_full = |stream: usize| self.buffer(stream).is_some_and(|buffer| buffer.is_full(is_behind));
        let goes_on = |stream: &usize| self.plan.terms.end_of_stream(*stream) > now_us;
        streams().filter(goes_on).any(is_full) || streams().any(|stream| self.holds_back_end(stream, now_us))
    }

    /// Whether a stream has ended and somebody who is expected has not got it yet, for whom the world waits.
    fn holds_back_end(&self, stream: usize, now_us: i64) -> bool {
        let has_ended = || self.plan.terms.end_of_stream(stream) <= now_us;
        let is_drawn = || self.drawn.get(stream).is_none_or(|drawn| lock(drawn).len() >= self.pools);
        self.waits_at_ends
            && has_ended()
            && (!is_drawn() || self.buffer(stream).is_some_and(|buffer| !buffer.is_empty()))
    }

    /// A pool was told a term to its end. Gives whether the world may go on for it, where it could not before.
    pub(super) fn drew(&self, term: usize, pool: &str) -> bool {
        let Some(term) = self.plan.terms.get(term) else { return false };
        let is_end = term.to_us == self.plan.terms.end_of_stream(term.stream);
        let drawn = self.drawn.get(term.stream).filter(|_| is_end && self.waits_at_ends);
        drawn.is_some_and(|drawn| lock(drawn).insert(pool.to_owned()))
    }

    /// Does something with a stream's buffer that may let the world go on; gives whether it does, where it could not before.
    pub(super) fn relieve(&self, stream: usize, relieve: impl FnOnce(&mut Buffer) -> bool) -> bool {
        let Some(mut buffer) = self.buffer(stream) else { return false };
        let was_empty = buffer.is_empty();
        relieve(&mut buffer) || (self.waits_at_ends && !was_empty && buffer.is_empty())
    }

    /// Forgets what streams hold that ended before a moment of the world's.
    pub(super) fn give_up(&self, before_us: i64) {
        let has_ended = |stream: &usize| self.plan.terms.end_of_stream(*stream) < before_us;
        for stream in (0..self.buffers.len()).filter(has_ended) {
            if let Some(mut buffer) = self.buffer(stream).filter(|buffer| !buffer.is_empty()) {
                buffer.give_up();
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while holding a lock; if it did, what is in it would still be whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
