//! Sets of numbers kept as disjoint half-open ranges: seq ranges that are covered, stretches of time that were heard.
//!
//! Pure arithmetic; does not know what the numbers mean.

use std::collections::BTreeMap;

/// A set of `i64`, as ranges `[from, to)` that neither touch nor overlap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ranges(BTreeMap<i64, i64>);

impl Ranges {
    /// Adds `[from, to)`; an empty range adds nothing. Tells whether the set grew.
    pub(crate) fn add(&mut self, from: i64, to: i64) -> bool {
        if from >= to || self.holds_all(from, to) {
            return false;
        }
        let (mut from, mut to) = (from, to);
        // Every range that touches the new one lies at or before its end; they become one.
        while let Some((start, end)) = self.0.range(..=to).next_back().map(|(s, e)| (*s, *e)) {
            if end < from {
                break;
            }
            self.0.remove(&start);
            from = from.min(start);
            to = to.max(end);
        }
        self.0.insert(from, to);
        true
    }

    /// Whether the number is in the set.
    #[must_use]
    pub(crate) fn holds(&self, at: i64) -> bool {
        self.holds_all(at, at.saturating_add(1))
    }

    /// Whether all of `[from, to)` is in the set.
    #[must_use]
    pub(crate) fn holds_all(&self, from: i64, to: i64) -> bool {
        self.0.range(..=from).next_back().is_some_and(|(_, end)| *end >= to)
    }

    /// The ranges in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        self.0.iter().map(|(from, to)| (*from, *to))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ranges_hold_the_same_numbers_as_a_plain_set(pieces in prop::collection::vec((0i64..60, 0i64..9), 0..30)) {
            let (mut ranges, mut plain) = (Ranges::default(), BTreeSet::new());
            for (from, len) in pieces {
                let before = plain.len();
                plain.extend(from..from + len);
                prop_assert_eq!(ranges.add(from, from + len), plain.len() > before);
            }
            for at in -1..80 {
                prop_assert_eq!(ranges.holds(at), plain.contains(&at));
            }
            let all: Vec<_> = ranges.iter().collect();
            prop_assert!(all.windows(2).all(|w| w[0].1 < w[1].0), "ranges touch: {:?}", all);
        }
    }
}
