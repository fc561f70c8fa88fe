//! Identities of one day's events with the hashes of their bytes, in a few bytes each.
//!
//! Numbers of one term come in long runs, so they are kept in blocks. Knows numbers only: what a term is stands elsewhere.

use std::collections::{BTreeMap, HashMap};

/// Numbers of a block.
const BLOCK: u64 = 256;

/// By term: numbers with hash and place of the unit.
#[derive(Debug, Default)]
pub(super) struct Identities(HashMap<u32, BTreeMap<u64, Block>>);

/// The known numbers of a block, in order.
#[derive(Debug, Default)]
struct Block {
    numbers: Vec<u8>,
    hashes: Vec<i64>,
    units: Vec<u32>,
}

impl Identities {
    /// Hash and unit of the first event that was added under a number.
    pub(super) fn get(&self, term: u32, seq: u64) -> Option<(i64, u32)> {
        let block = self.0.get(&term)?.get(&(seq / BLOCK))?;
        let place = block.numbers.binary_search(&((seq % BLOCK) as u8)).ok()?;
        Some((*block.hashes.get(place)?, *block.units.get(place)?))
    }

    /// Adds an event unless one stands under its number; tells whether it was added.
    pub(super) fn add(&mut self, term: u32, seq: u64, hash: i64, unit: u32) -> bool {
        let block = self.0.entry(term).or_default().entry(seq / BLOCK).or_default();
        let number = (seq % BLOCK) as u8;
        let Err(place) = block.numbers.binary_search(&number) else { return false };
        block.numbers.insert(place, number);
        block.hashes.insert(place, hash);
        block.units.insert(place, unit);
        true
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_first_event_of_a_number_stays_whatever_comes_after(
            added in prop::collection::vec((0_u32..3, prop_oneof![0_u64..600, u64::MAX - 3..u64::MAX], any::<i64>()), 0..200),
        ) {
            let (mut identities, mut plain) = (Identities::default(), HashMap::new());
            for ((term, seq, hash), unit) in added.into_iter().zip(0_u32..) {
                let is_new = !plain.contains_key(&(term, seq));
                prop_assert_eq!(identities.add(term, seq, hash, unit), is_new);
                plain.entry((term, seq)).or_insert((hash, unit));
            }
            for term in 0..3 {
                for seq in (0..600).chain(u64::MAX - 3..u64::MAX) {
                    prop_assert_eq!(identities.get(term, seq), plain.get(&(term, seq)).copied());
                }
            }
        }
    }
}
