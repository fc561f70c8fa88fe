//! Terms of sources, and on which days which numbers of each were seen: what says on which pages an event may be known.
//!
//! Knows numbers and days; not the events.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::stored::{Identity, Texts};

/// A source's term: its name, start of the epoch in microseconds, process of the epoch.
type Term = (Arc<str>, i64, Arc<str>);

/// Every term that was ever seen.
#[derive(Debug, Default)]
pub(super) struct Terms {
    numbers: HashMap<Term, u32>,
    /// By number of the term: smallest and greatest number of an event by day.
    days: Vec<BTreeMap<i32, (u64, u64)>>,
}

/// A term as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KnownTerm {
    source: String,
    epoch_started_us: i64,
    epoch_process: String,
    /// Day, smallest and greatest number.
    days: Vec<(i32, u64, u64)>,
}

impl Terms {
    /// The number of an identity's term.
    pub(super) fn number(&mut self, identity: &Identity) -> u32 {
        let term = (identity.source.clone(), identity.epoch_started_us, identity.epoch_process.clone());
        let next = self.days.len() as u32;
        let number = *self.numbers.entry(term).or_insert(next);
        if number == next {
            self.days.push(BTreeMap::new());
        }
        number
    }

    /// Notes that a number was seen on a day.
    pub(super) fn saw(&mut self, term: u32, day: i32, seq: u64) {
        let Some(days) = self.days.get_mut(term as usize) else { return };
        let (first, last) = days.entry(day).or_insert((seq, seq));
        (*first, *last) = (seq.min(*first), seq.max(*last));
    }

    /// Days on which a number may have been seen.
    pub(super) fn days_of(&self, term: u32, seq: u64) -> impl Iterator<Item = i32> {
        let days = self.days.get(term as usize).into_iter().flatten();
        days.filter(move |(_, (first, last))| (*first..=*last).contains(&seq)).map(|(day, _)| *day)
    }

    /// The terms as they are written down, in order.
    pub(super) fn known(&self) -> Vec<KnownTerm> {
        let mut known: Vec<KnownTerm> =
            self.numbers.iter().map(|(term, number)| self.known_term(term, *number)).collect();
        known.sort_by(|a, b| {
            let order = |t: &KnownTerm| (t.source.clone(), t.epoch_started_us, t.epoch_process.clone());
            order(a).cmp(&order(b))
        });
        known
    }

    fn known_term(&self, term: &Term, number: u32) -> KnownTerm {
        let days = self.days.get(number as usize).into_iter().flatten();
        KnownTerm {
            source: term.0.to_string(),
            epoch_started_us: term.1,
            epoch_process: term.2.to_string(),
            days: days.map(|(day, (first, last))| (*day, *first, *last)).collect(),
        }
    }

    /// The terms that were written down.
    pub(super) fn of(texts: &mut Texts, known: &[KnownTerm]) -> Self {
        let mut terms = Self::default();
        for term in known {
            let number = terms.number(&Identity {
                source: texts.keep(&term.source),
                epoch_started_us: term.epoch_started_us,
                epoch_process: texts.keep(&term.epoch_process),
                seq: 0,
            });
            for (day, first, last) in &term.days {
                terms.saw(number, *day, *first);
                terms.saw(number, *day, *last);
            }
        }
        terms
    }
}
