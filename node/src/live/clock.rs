//! Whose time it is: the wall's, and the source's that follows it.
//!
//! Does not know worlds or who waits.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::playback::Wait;

/// Longest that [`SystemClock`] sleeps at a time, so that it notices when the wall clock was set.
const MAX_SLEEP: Duration = Duration::from_secs(1);

/// A wall clock.
pub trait Clock: Send + Sync {
    /// The time, microseconds since 1970-01-01 UTC.
    fn now_us(&self) -> i64;

    /// Waits until the time is `wall_us`; may end before, so that whoever waits looks again.
    fn sleep_until(&self, wall_us: i64) -> Wait<'_>;
}

/// The clock of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "the edge: when a simulated event is due, never what is in it")]
    fn now_us(&self) -> i64 {
        let micros = |d: Duration| i64::try_from(d.as_micros()).unwrap_or(i64::MAX);
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => micros(since),
            Err(before) => -micros(before.duration()),
        }
    }

    fn sleep_until(&self, wall_us: i64) -> Wait<'_> {
        let wait_us = u64::try_from(wall_us.saturating_sub(self.now_us())).unwrap_or(0);
        Box::pin(tokio::time::sleep(Duration::from_micros(wait_us).min(MAX_SLEEP)))
    }
}

/// How the time of a world follows the wall's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// Not at all: everything is due at once.
    Unbounded,
    /// Something is due when its time has come: source time = `source_us` + (wall - `wall_us`) * `speed`.
    Clock {
        /// A moment of the source's time, microseconds since 1970-01-01 UTC.
        source_us: i64,
        /// The same moment on the wall, microseconds since 1970-01-01 UTC.
        wall_us: i64,
        /// Seconds of source time per second on the wall; above 0, taken for 1 otherwise.
        speed: f64,
    },
}

impl Pace {
    /// Source time is wall time.
    #[must_use]
    pub fn real_time() -> Self {
        Self::Clock { source_us: 0, wall_us: 0, speed: 1.0 }
    }

    /// The source's time when the wall's is `now_us`: what happened before it is due.
    #[must_use]
    pub fn source_us(self, now_us: i64) -> i64 {
        match self {
            Self::Unbounded => i64::MAX,
            Self::Clock { source_us, wall_us, speed } => {
                source_us.saturating_add(scaled(now_us.saturating_sub(wall_us), usable(speed)))
            }
        }
    }

    /// The wall's time when the source's is `time_us`: to be slept until, and exact to a few microseconds.
    #[must_use]
    pub fn wall_us(self, time_us: i64) -> i64 {
        match self {
            Self::Unbounded => i64::MIN,
            Self::Clock { source_us, wall_us, speed } => {
                wall_us.saturating_add(scaled(time_us.saturating_sub(source_us), 1.0 / usable(speed)))
            }
        }
    }
}

fn usable(speed: f64) -> f64 {
    if speed.is_finite() && speed > 0.0 { speed } else { 1.0 }
}

fn scaled(us: i64, factor: f64) -> i64 {
    // Exact where it matters most.
    if factor == 1.0 { us } else { (us as f64 * factor).ceil() as i64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_time_goes_with_the_wall_at_the_pace_s_speed_and_back() {
        let pace = Pace::Clock { source_us: 1_000, wall_us: 50_000, speed: 10.0 };
        assert_eq!((pace.source_us(50_000), pace.source_us(50_007), pace.source_us(49_990)), (1_000, 1_070, 900));
        assert_eq!((pace.wall_us(1_000), pace.wall_us(1_070), pace.wall_us(1_071)), (50_000, 50_007, 50_008));
        assert_eq!(Pace::real_time().source_us(1_700_000_000_123_457), 1_700_000_000_123_457);
        assert_eq!(Pace::Clock { source_us: 5, wall_us: 5, speed: f64::NAN }.source_us(9), 9);
        assert_eq!(Pace::Unbounded.source_us(0), i64::MAX);
    }

    #[test]
    fn what_was_slept_for_is_due_afterwards_at_any_speed() {
        for speed in [0.1, 0.37, 1.0, 3.0, 60.0, 1e4] {
            let pace = Pace::Clock { source_us: 1_700_000_000_000_000, wall_us: 1_800_000_000_000_000, speed };
            for after_us in (0..1_000_000_000).step_by(7_654_321) {
                let time_us = 1_700_000_000_000_000 + after_us;
                assert!(pace.source_us(pace.wall_us(time_us)) >= time_us, "{after_us} us at speed {speed}");
            }
        }
    }
}
