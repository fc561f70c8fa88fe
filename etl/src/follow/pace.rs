//! How often a mart is loaded: not more often than is asked for, and not so often that nothing else gets done.
//!
//! Knows durations; not what is loaded.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::EtlError;

/// How old what PostgreSQL tells of coverage may be while it is loaded more often.
const COVERAGE_EVERY: Duration = Duration::from_secs(1);

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

    /// How long to wait before the next load: the interval from begin to begin, and at least as long as the last one took.
    pub(super) fn wait(&self, interval: Duration) -> Duration {
        let (Some(begun), Some(ended)) = (self.begun, self.ended) else { return Duration::ZERO };
        let next = (begun + interval).max(ended + self.took);
        next.saturating_duration_since(Instant::now())
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
