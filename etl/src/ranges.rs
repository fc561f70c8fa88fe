//! Sets of numbers kept as disjoint half-open ranges: seq ranges that are covered, stretches of time that were heard.
//!
//! Pure arithmetic; does not know what the numbers mean.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A set of `i64`, as ranges `[from, to)` that neither touch nor overlap.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(i64, i64)>", into = "Vec<(i64, i64)>")]
pub(crate) struct Ranges(BTreeMap<i64, i64>);

impl From<Vec<(i64, i64)>> for Ranges {
    fn from(ranges: Vec<(i64, i64)>) -> Self {
        ranges.into_iter().collect()
    }
}

impl From<Ranges> for Vec<(i64, i64)> {
    fn from(ranges: Ranges) -> Self {
        ranges.iter().collect()
    }
}

impl FromIterator<(i64, i64)> for Ranges {
    fn from_iter<I: IntoIterator<Item = (i64, i64)>>(pieces: I) -> Self {
        let mut ranges = Self::default();
        ranges.extend(pieces);
        ranges
    }
}

impl Extend<(i64, i64)> for Ranges {
    fn extend<I: IntoIterator<Item = (i64, i64)>>(&mut self, pieces: I) {
        for (from, to) in pieces {
            self.add(from, to);
        }
    }
}

/// A range, where there is one.
type Piece = Option<(i64, i64)>;

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

    /// The range that the number is in.
    #[must_use]
    pub(crate) fn around(&self, at: i64) -> Option<(i64, i64)> {
        self.0.range(..=at).next_back().map(|(from, to)| (*from, *to)).filter(|(_, to)| *to > at)
    }

    /// End of the last range that ends at the number or before.
    #[must_use]
    pub(crate) fn end_before(&self, at: i64) -> Option<i64> {
        self.0.range(..at).rev().map(|(_, to)| *to).find(|to| *to <= at)
    }

    /// Start of the first range that starts at the number or behind.
    #[must_use]
    pub(crate) fn start_behind(&self, at: i64) -> Option<i64> {
        self.0.range(at..).next().map(|(from, _)| *from)
    }

    /// The first of the last `count` numbers (at least one); none when there are fewer.
    #[must_use]
    pub(crate) fn start_of_last(&self, count: i64) -> Option<i64> {
        let mut missing = count;
        for (from, to) in self.0.iter().rev() {
            let length = to.saturating_sub(*from);
            if length >= missing {
                return Some(to.saturating_sub(missing));
            }
            missing -= length;
        }
        None
    }

    /// What both sets have.
    #[must_use]
    pub(crate) fn common(&self, other: &Self) -> Self {
        let mut common = Self::default();
        for (from, to) in self.iter() {
            let first = other.around(from).map_or(from, |(start, _)| start);
            for (start, end) in other.0.range(first..to) {
                common.add(from.max(*start), to.min(*end));
            }
        }
        common
    }

    /// The smallest range that holds everything that one of two sets has and the other has not.
    #[must_use]
    pub(crate) fn difference(&self, other: &Self) -> Option<(i64, i64)> {
        let differ = |(a, b): (Piece, Piece)| (a != b).then_some((a, b));
        let both = |from: bool, (a, b): (Piece, Piece)| {
            let of = |range: (i64, i64)| if from { range.0 } else { range.1 };
            (a.map(of), b.map(of))
        };
        let (mut mine, mut theirs) = (self.iter(), other.iter());
        let longest = self.0.len().max(other.0.len());
        let first = (0..longest).find_map(|_| differ((mine.next(), theirs.next())))?;
        let (mut mine, mut theirs) = (self.0.iter().rev(), other.0.iter().rev());
        let back = |range: Option<(&i64, &i64)>| range.map(|(from, to)| (*from, *to));
        let last = (0..longest).find_map(|_| differ((back(mine.next()), back(theirs.next()))))?;
        let start = match both(true, first) {
            (Some(a), Some(b)) if a == b => first.0.into_iter().chain(first.1).map(|(_, to)| to).min(),
            (a, b) => a.into_iter().chain(b).min(),
        };
        let end = match both(false, last) {
            (Some(a), Some(b)) if a == b => last.0.into_iter().chain(last.1).map(|(from, _)| from).max(),
            (a, b) => a.into_iter().chain(b).max(),
        };
        start.zip(end)
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
            for at in -1..80 {
                let around = ranges.around(at);
                prop_assert_eq!(around.is_some(), plain.contains(&at));
                prop_assert!(around.is_none_or(|(from, to)| (from..to).contains(&at)));
                prop_assert_eq!(ranges.start_behind(at), ranges.iter().map(|r| r.0).find(|from| *from >= at));
                prop_assert_eq!(ranges.end_before(at), ranges.iter().map(|r| r.1).filter(|to| *to <= at).last());
            }
            for count in 1..plain.len() as i64 + 2 {
                let start = plain.iter().rev().nth(count as usize - 1).copied();
                prop_assert_eq!(ranges.start_of_last(count), start);
            }
            let all: Vec<_> = ranges.iter().collect();
            prop_assert!(all.windows(2).all(|w| w[0].1 < w[1].0), "ranges touch: {:?}", all);
        }

        #[test]
        fn what_two_sets_have_in_common_and_where_they_differ_is_as_of_plain_sets(
            pieces in prop::array::uniform2(prop::collection::vec((0i64..60, 0i64..9), 0..9)),
        ) {
            let [(mine, my_plain), (theirs, their_plain)] = pieces.map(|pieces| {
                let plain: BTreeSet<i64> = pieces.iter().flat_map(|(from, len)| *from..from + len).collect();
                (pieces.into_iter().map(|(from, len)| (from, from + len)).collect::<Ranges>(), plain)
            });
            let common: BTreeSet<i64> = mine.common(&theirs).iter().flat_map(|(from, to)| from..to).collect();
            prop_assert_eq!(common, my_plain.intersection(&their_plain).copied().collect::<BTreeSet<_>>());
            let differ: BTreeSet<i64> = my_plain.symmetric_difference(&their_plain).copied().collect();
            let hull = differ.first().zip(differ.last()).map(|(first, last)| (*first, last + 1));
            prop_assert_eq!(mine.difference(&theirs), hull);
        }
    }
}
