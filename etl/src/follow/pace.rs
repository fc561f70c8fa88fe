//! How often a mart is loaded: not more often than is asked for, and not so often that nothing else gets done.
//!
//! Knows durations; not what is loaded.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::EtlError;

/// How old what PostgreSQL tells of coverage may be while it is loaded more often.
const COVERAGE_EVERY: Duration = Duration::from_secs(1);

/// Wait after a load that failed; twice as long after each further one,
const RETRY: Duration = Duration::from_millis(250);
/// up to this.
const LONGEST_RETRY: Duration = Duration::from_secs(30);

/// One mart's pace.
#[derive(Debug, Default)]
pub(super) struct Pace {
    begun: Option<Instant>,
    ended: Option<Instant>,
    /// How long the last load took.
    took: Duration,
    last_coverage: Option<Instant>,
    /// Coverage may have changed since the mart was told of it.
    pub(super) owes_coverage: bool,
    /// Loads that failed in a row, and how the last of them did.
    pub(super) failures: u32,
    pub(super) last_error: Option<EtlError>,
}

impl Pace {
    /// A load begins.
    pub(super) fn begin(&mut self) {
        self.begun = Some(Instant::now());
    }

    /// The load ended, well or not.
    pub(super) fn end(&mut self) {
        let now = Instant::now();
        self.took = self.begun.map_or(Duration::ZERO, |begun| now - begun);
        self.ended = Some(now);
    }

    /// How long to wait before the next load: the interval from begin to begin, and at least as long as the last one took;
    /// longer and longer while it fails.
    pub(super) fn wait(&self, interval: Duration) -> Duration {
        let rest = self.ended.map(|ended| (ended + self.took).saturating_duration_since(Instant::now()));
        self.wait_without_rest(interval).max(rest.unwrap_or_default())
    }

    /// As [`Self::wait`], however long the last one took.
    pub(super) fn wait_without_rest(&self, interval: Duration) -> Duration {
        let next = self.begun.map(|begun| (begun + interval).saturating_duration_since(Instant::now()));
        self.wait_to_retry().max(next.unwrap_or_default())
    }

    /// How long to wait before the next load when there are so many units for it as it may have: not at all but after failures.
    pub(super) fn wait_to_retry(&self) -> Duration {
        let next = self.ended.map(|ended| (ended + self.retry()).saturating_duration_since(Instant::now()));
        next.unwrap_or_default()
    }

    /// How long to wait after the failures in a row.
    fn retry(&self) -> Duration {
        match self.failures {
            0 => Duration::ZERO,
            failures => RETRY.saturating_mul(2_u32.saturating_pow(failures - 1)).min(LONGEST_RETRY),
        }
    }

    /// Whether the mart was not told of coverage for a while.
    pub(super) fn is_coverage_due(&self) -> bool {
        self.last_coverage.is_none_or(|told| told.elapsed() >= COVERAGE_EVERY)
    }

    /// Whether the mart was never told of coverage.
    pub(super) fn never_told_coverage(&self) -> bool {
        self.last_coverage.is_none()
    }

    /// The mart knows coverage as it was when its load was folded.
    pub(super) fn told_coverage(&mut self) {
        self.last_coverage = Some(Instant::now());
    }

    /// The mart is to be told with its next load, however lately it was.
    pub(super) fn owe_coverage(&mut self) {
        self.last_coverage = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mart_that_is_away_is_asked_less_and_less_often_and_at_once_when_it_is_back() {
        let retries: Vec<u128> =
            (0..12).map(|failures| Pace { failures, ..Pace::default() }.retry().as_millis()).collect();
        assert_eq!(retries, [0, 250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000]);
        let far = Pace { failures: u32::MAX, ..Pace::default() };
        assert_eq!(far.retry(), LONGEST_RETRY);
    }
}
