//! What is complete of a source: what every member among whom it was shared out has, in any pool; and the holes between.
//!
//! Follows from what all listeners have. Does not know how they came to it.

use std::collections::{BTreeMap, BTreeSet};

use super::listener::{Listener, Positions, Stretch, Term, stretches};
use crate::ranges::Ranges;

/// The listeners of a source: by pool and by the members among whom a range was shared out, then by member.
pub(super) type Pools = BTreeMap<(String, Vec<String>), BTreeMap<String, Listener>>;

/// A place among a source's events: the number of an event, 0 for the begin of the epoch.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NumberedPlace {
    /// Begin of the epoch, microseconds since 1970-01-01 UTC.
    pub epoch_started_us: i64,
    /// Process of the epoch.
    pub epoch_process: String,
    /// Number within the epoch.
    pub seq: i64,
}

/// What is lost of a source between two stretches that are complete.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hole {
    /// Its begin, microseconds since 1970-01-01 UTC.
    pub from_us: i64,
    /// Its end (exclusive); of no length where only events of one moment are lost.
    pub to_us: i64,
    /// Place of the last event before it.
    pub from: NumberedPlace,
    /// Place up to which events are lost.
    pub to: NumberedPlace,
}

impl Hole {
    /// Whether something of what is lost may lie between two moments, both included.
    #[must_use]
    pub fn touches(&self, first_us: i64, last_us: i64) -> bool {
        self.from_us <= last_us && first_us < self.to_us.max(self.from_us.saturating_add(1))
    }
}

/// What is complete of a source.
#[derive(Debug, Default, Clone)]
pub(super) struct Complete {
    /// Stretches of source time, in microseconds.
    pub(super) time: Ranges,
    terms: BTreeMap<Term, Vec<Stretch>>,
    pub(super) holes: Vec<Hole>,
}

impl Complete {
    /// What the listeners of a source that stopped in good order at these moments come to. Of a source whose numbers say
    /// nothing of what is between them nothing is lost.
    pub(super) fn of(pools: &Pools, stops_us: &BTreeSet<i64>, is_numbered: bool) -> Self {
        let mut complete = Self::default();
        let terms: BTreeSet<&Term> = listeners(pools).flat_map(|l| l.terms.keys()).collect();
        for term in terms {
            complete.find_stretches(pools, term);
        }
        complete.finish(pools, stops_us, is_numbered);
        complete
    }

    /// As [`Self::of`], when only what is told of one epoch is new.
    pub(super) fn again(&mut self, pools: &Pools, term: &Term, stops_us: &BTreeSet<i64>, is_numbered: bool) {
        self.find_stretches(pools, term);
        self.finish(pools, stops_us, is_numbered);
    }

    /// The newest epoch that was heard.
    pub(super) fn newest_term(&self) -> Option<&Term> {
        self.terms.keys().next_back()
    }

    fn find_stretches(&mut self, pools: &Pools, term: &Term) {
        let held = shared_out(pools, |listener| listener.terms.get(term).map(Positions::held));
        let of_term: Vec<&Positions> = listeners(pools).filter_map(|l| l.terms.get(term)).collect();
        self.terms.insert(term.clone(), stretches(&held, &of_term));
    }

    fn finish(&mut self, pools: &Pools, stops_us: &BTreeSet<i64>, is_numbered: bool) {
        self.time = shared_out(pools, |listener| Some(&listener.time));
        if !is_numbered {
            self.holes = Vec::new();
            return;
        }
        // Between two moments at which the source was at one position nothing is missing.
        self.time.extend(self.terms.values().flatten().map(|s| (s.from_us, s.to_us)));
        self.holes = self.find_holes(pools, stops_us);
    }

    fn find_holes(&self, pools: &Pools, stops_us: &BTreeSet<i64>) -> Vec<Hole> {
        let mut holes = Vec::new();
        let mut last: Option<(&Term, &Stretch)> = None;
        let mut until_us = i64::MIN;
        for (term, stretch) in self.terms.iter().flat_map(|(term, all)| all.iter().map(move |s| (term, s))) {
            let hole = match last {
                Some((before, end)) if before == term => Some((end.to_us, end)),
                Some((before, end)) => {
                    let has_heard_more =
                        listeners(pools).filter_map(|l| l.terms.get(before)).any(|p| p.last() > end.to);
                    between_epochs(until_us, stops_us, has_heard_more, term, stretch).map(|from_us| (from_us, end))
                }
                None => None,
            };
            holes.extend(hole.zip(last).map(|((from_us, end), (before, _))| Hole {
                from_us,
                to_us: stretch.from_us.max(from_us),
                from: place(before, end.to),
                to: place(term, stretch.from),
            }));
            last = Some((term, stretch));
            until_us = until_us.max(stretch.to_us);
        }
        holes
    }
}

/// Begin of what is lost between the last complete stretch of an epoch and the first one of the next; none when nothing is.
/// A source that stopped in good order was not there until its next epoch began, unless anybody heard more of the one before
/// than is complete.
fn between_epochs(
    until_us: i64,
    stops_us: &BTreeSet<i64>,
    has_heard_more: bool,
    term: &Term,
    next: &Stretch,
) -> Option<i64> {
    let may_stop = until_us <= next.from_us && !has_heard_more;
    let stop_us = if may_stop { stops_us.range(until_us..=next.from_us).next() } else { None };
    match stop_us {
        Some(_) if next.from == 0 => None,
        Some(stop_us) => Some(term.0.clamp(*stop_us, next.from_us)),
        None if next.from == 0 && until_us >= next.from_us => None,
        None => Some(until_us),
    }
}

fn place((epoch_started_us, epoch_process): &Term, seq: i64) -> NumberedPlace {
    NumberedPlace { epoch_started_us: *epoch_started_us, epoch_process: epoch_process.clone(), seq }
}

fn listeners(pools: &Pools) -> impl Iterator<Item = &Listener> {
    pools.values().flat_map(BTreeMap::values)
}

/// What every member has among whom it was shared out, in any pool.
fn shared_out<'a>(pools: &'a Pools, set: impl Fn(&'a Listener) -> Option<&'a Ranges>) -> Ranges {
    let mut all = Ranges::default();
    for ((_, members), listeners) in pools {
        let mut of_all: Option<Ranges> = None;
        for member in members {
            let theirs = listeners.get(member).and_then(&set);
            of_all = match (of_all, theirs) {
                (_, None) => Some(Ranges::default()),
                (None, Some(theirs)) => Some(theirs.clone()),
                (Some(so_far), Some(theirs)) => Some(so_far.common(theirs)),
            };
        }
        all.extend(of_all.iter().flat_map(Ranges::iter));
    }
    all
}
