//! What one listener of a source has of it: numbers of events by epoch, with the times at their borders, and stretches of time.
//!
//! A function of the set of what it was told. Knows one listener; not who else there is.

use std::collections::BTreeMap;

use callmart_schema::session::Covers;
use serde::{Deserialize, Serialize};

use super::pairs;
use crate::ranges::Ranges;

/// An epoch: its begin, microseconds since 1970-01-01 UTC, and its process.
pub(super) type Term = (i64, String);

/// Greatest number of an event that coverage tells apart.
const MAX_SEQ: i64 = i64::MAX / 4;

/// What one listener has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Listener {
    /// Stretches of source time, in microseconds.
    pub(super) time: Ranges,
    #[serde(with = "pairs")]
    pub(super) terms: BTreeMap<Term, Positions>,
}

/// Positions of one epoch that a listener has. Position `n` is where `n` events have been; whoever has all events between two
/// positions has both and what is between them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Positions {
    /// Position `n` is number `2n` here, and what is between it and the next one `2n + 1`.
    held: Ranges,
    /// First and last moment at which the source was at a position, for those at the borders.
    #[serde(with = "pairs")]
    times_us: BTreeMap<i64, (i64, i64)>,
}

/// A stretch of positions of one epoch, and when the source was at its borders, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) from_us: i64,
    pub(super) to_us: i64,
}

impl Listener {
    /// Takes in what is complete; tells whether anything is new.
    pub(super) fn cover(&mut self, covers: &Covers) -> bool {
        let has_grown = self.time.add(covers.from_us, covers.to_us);
        // Without a time it cannot be said when anything is lost. Files tell so of the calls that they hold.
        if !has_time(covers) {
            return has_grown;
        }
        let term = (covers.epoch_started_us, covers.epoch_process.clone());
        self.terms.entry(term).or_default().cover(covers) || has_grown
    }

    /// Takes over what another one has that is the same listener.
    pub(super) fn join(&mut self, other: &Self) {
        self.time.extend(other.time.iter());
        for (term, positions) in &other.terms {
            self.terms.entry(term.clone()).or_default().join(positions);
        }
    }
}

fn has_time(covers: &Covers) -> bool {
    covers.from_us != 0 || covers.to_us != 0
}

/// Whether a source that says so numbers its events in the order of time, so that what lies between two stretches is lost.
pub(super) fn is_numbered(covers: &Covers) -> bool {
    has_time(covers) && covers.to_seq > 0
}

impl Positions {
    fn cover(&mut self, covers: &Covers) -> bool {
        let number = |seq: u64| i64::try_from(seq).unwrap_or(MAX_SEQ).min(MAX_SEQ);
        let (from, to) = (number(covers.from_seq), number(covers.to_seq.max(covers.from_seq)));
        let has_grown = self.held.add(2 * from, 2 * to + 1);
        let is_new_from = self.note(from, covers.from_us, covers.from_us);
        let is_new_to = self.note(to, covers.to_us.max(covers.from_us), covers.to_us.max(covers.from_us));
        self.forget_inside(from);
        has_grown || is_new_from || is_new_to
    }

    fn join(&mut self, other: &Self) {
        self.held.extend(other.held.iter());
        for (position, (first_us, last_us)) in &other.times_us {
            self.note(*position, *first_us, *last_us);
        }
        let starts: Vec<i64> = self.held.iter().map(|(from, _)| from / 2).collect();
        starts.into_iter().for_each(|from| self.forget_inside(from));
    }

    /// Notes a time at a position that is a border; tells whether it says anything new.
    fn note(&mut self, position: i64, first_us: i64, last_us: i64) -> bool {
        let (from, to) = self.held.around(2 * position).unwrap_or_default();
        if from != 2 * position && to != 2 * position + 1 {
            return false;
        }
        let before = self.times_us.get(&position).copied();
        let (first, last) = self.times_us.entry(position).or_insert((first_us, last_us));
        (*first, *last) = (first_us.min(*first), last_us.max(*last));
        Some((*first, *last)) != before
    }

    /// Only times at the borders are kept.
    fn forget_inside(&mut self, position: i64) {
        let Some((from, to)) = self.held.around(2 * position) else { return };
        let (first, last) = (from / 2 + 1, to / 2);
        let inside: Vec<i64> = self.times_us.range(first..last.max(first)).map(|(at, _)| *at).collect();
        for at in inside {
            self.times_us.remove(&at);
        }
    }

    pub(super) fn held(&self) -> &Ranges {
        &self.held
    }

    /// The last position.
    pub(super) fn last(&self) -> i64 {
        self.held.iter().last().map_or(0, |(_, to)| to / 2)
    }
}

/// The stretches that a set of positions has, with the times that any of the listeners knows at their borders.
pub(super) fn stretches(held: &Ranges, listeners: &[&Positions]) -> Vec<Stretch> {
    let times = |position: i64| listeners.iter().filter_map(move |l| l.times_us.get(&position));
    let stretch = |(from, to): (i64, i64)| {
        let (from, to) = (from / 2, to / 2);
        let from_us = times(from).map(|(first, _)| *first).min()?;
        let to_us = times(to).map(|(_, last)| *last).max()?;
        Some(Stretch { from, to, from_us, to_us: to_us.max(from_us) })
    };
    // A position without an event or a time on either side says nothing.
    held.iter().filter_map(stretch).filter(|s| s.from < s.to || s.from_us < s.to_us).collect()
}
