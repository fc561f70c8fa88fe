//! A quick hash of short texts and of rows of numbers: one multiplication for eight bytes.
//!
//! The same in every process of one version, and never written down. Whoever chooses texts so that their hashes meet makes looking
//! them up slower, no more. Knows bytes only.

use std::hash::Hasher;

/// A hash that is being made.
#[derive(Debug, Default)]
pub(crate) struct Mixed(u64);

impl Mixed {
    /// Any odd number without a pattern.
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

    fn mix(&mut self, word: u64) {
        let product = u128::from(self.0.rotate_left(23) ^ word ^ Self::FACTOR) * u128::from(Self::FACTOR);
        self.0 = (product as u64) ^ ((product >> 64) as u64);
    }
}

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        words.iter().for_each(|word| self.mix(u64::from_le_bytes(*word)));
        // The length tells where a text ends.
        self.mix(rest.iter().fold(bytes.len() as u64, |word, byte| word << 8 | u64::from(*byte)));
    }

    fn write_u8(&mut self, number: u8) {
        self.mix(u64::from(number));
    }

    fn write_u32(&mut self, number: u32) {
        self.mix(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.mix(number);
    }

    fn write_usize(&mut self, number: usize) {
        self.mix(number as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn mixed(of: &impl std::hash::Hash) -> u64 {
        let mut mixed = Mixed::default();
        of.hash(&mut mixed);
        mixed.finish()
    }

    #[test]
    fn names_and_rows_that_differ_a_little_have_different_hashes() {
        let names: HashSet<u64> = (0..20_000).map(|number| mixed(&format!("DN{number}"))).collect();
        assert_eq!(names.len(), 20_000);
        let rows: HashSet<u64> =
            (0_i64..100).flat_map(|a| (0_i32..100).map(move |b| mixed(&(a, b, "x", None::<i64>)))).collect();
        assert_eq!(rows.len(), 10_000);
        assert_ne!(mixed(&("ab", "c")), mixed(&("a", "bc")));
        // The last bits choose the place in a table, the first the mark there.
        let last: HashSet<u64> = (0..256).map(|number| mixed(&number.to_string()) % 4_096).collect();
        assert!(last.len() > 230, "{} of 256 places", last.len());
    }
}
