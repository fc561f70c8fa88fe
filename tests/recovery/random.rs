//! Chance that can be repeated: numbers from a seed, which is printed and can be given by an environment variable.
//!
//! Does not know what the numbers are for.

/// Environment variable with the seed to repeat.
const SEED_VARIABLE: &str = "CALLMART_TEST_SEED";

/// Numbers that look random (splitmix64).
pub(crate) struct Chance {
    state: u64,
}

impl Chance {
    /// From the environment's seed, else from the clock; says which, so that a failure can be repeated.
    #[allow(clippy::print_stderr, clippy::disallowed_methods)] // shown by the test harness when the test fails
    pub(crate) fn of_this_run(scenario: &str) -> Self {
        let given = std::env::var(SEED_VARIABLE).ok();
        let seed = match given {
            Some(text) => text.parse().expect("CALLMART_TEST_SEED is a number"),
            None => {
                let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
                since.map_or(1, |since| since.as_micros() as u64)
            }
        };
        eprintln!("{scenario}: {SEED_VARIABLE}={seed} repeats this run");
        Self { state: seed }
    }

    /// A number below `limit`, which must not be 0.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}
