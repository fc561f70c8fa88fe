//! Dice: pseudo-random numbers that depend only on a seed, a purpose and a subject.
//!
//! Each purpose and subject has a stream of its own, so that a change of one thing shifts no other. The generator is
//! xoshiro256++, seeded by splitmix64. Knows no distribution but the uniform one.

/// What numbers are drawn for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    People = 1,
    Shift,
    Break,
    Inbound,
    Outbound,
    Internal,
    Customer,
    Ivr,
    Patience,
    Router,
    Ring,
    Handling,
    Plan,
    Consult,
    Colleague,
    Wrap,
    Ids,
    Owners,
    Faults,
    Voicemail,
    Overflow,
    Campaign,
    Callback,
    Listening,
}

/// The odd number that splitmix64 steps by: 2^64 divided by the golden ratio.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// Mixes the bits of a number; no two numbers give the same.
pub(crate) fn mix(number: u64) -> u64 {
    let z = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// One stream of numbers.
#[derive(Debug, Clone)]
pub(crate) struct Rng {
    state: [u64; 4],
}

impl Rng {
    /// The stream of a purpose and a subject.
    pub(crate) fn of(seed: u64, purpose: Purpose, subject: u64) -> Self {
        let mut at = mix(mix(mix(seed).wrapping_add(purpose as u64)).wrapping_add(subject));
        let mut next = || {
            at = at.wrapping_add(GOLDEN);
            mix(at)
        };
        Self { state: [next(), next(), next(), next()] }
    }

    fn next(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let shifted = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= shifted;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// A number between 0 and 1, neither of them.
    pub(crate) fn unit(&mut self) -> f64 {
        ((self.next() >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }

    /// One of `0..limit`; 0 when the limit is 0.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(limit)) >> 64) as u64
    }

    /// True with a probability.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// A number from `from` to `to`, both microseconds or anything else.
    pub(crate) fn between(&mut self, from: i64, to: i64) -> i64 {
        from + self.below(to.abs_diff(from) + 1) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_repeat_and_differ_by_seed_purpose_and_subject() {
        let first = |seed, purpose, subject| Rng::of(seed, purpose, subject).next();
        assert_eq!(first(1, Purpose::Ring, 7), first(1, Purpose::Ring, 7));
        assert_ne!(first(1, Purpose::Ring, 7), first(2, Purpose::Ring, 7));
        assert_ne!(first(1, Purpose::Ring, 7), first(1, Purpose::Wrap, 7));
        assert_ne!(first(1, Purpose::Ring, 7), first(1, Purpose::Ring, 8));
    }

    #[test]
    fn units_and_limits_are_even() {
        let mut rng = Rng::of(5, Purpose::People, 0);
        let mut buckets = [0_u32; 10];
        let mut sum = 0.0;
        for _ in 0..100_000 {
            buckets[rng.below(10) as usize] += 1;
            sum += rng.unit();
        }
        assert!(buckets.iter().all(|b| b.abs_diff(10_000) < 500), "{buckets:?}");
        assert!((sum / 100_000.0 - 0.5).abs() < 0.005, "{sum}");
    }
}
