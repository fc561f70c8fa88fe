//! What the sessions of one collector share: its log, its settings, its clock, and what they have counted.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use callmart_schema::session::Position;
use tokio::sync::watch;

use super::resume::ResumePoints;
use crate::collector::{Clock, SourceSummary};
use crate::log::LogHandle;
use crate::settings::CollectorSettings;

/// What the sessions of one collector share.
pub(crate) struct Shared {
    pub(crate) settings: CollectorSettings,
    pub(crate) log: LogHandle,
    clock: Clock,
    resume: Mutex<ResumePoints>,
    live: Mutex<HashSet<Arc<str>>>,
    counts: Mutex<BTreeMap<String, SourceSummary>>,
}

impl Shared {
    pub(crate) fn new(settings: CollectorSettings, log: LogHandle, clock: Clock, resume: ResumePoints) -> Self {
        Self {
            settings,
            log,
            clock,
            resume: Mutex::new(resume),
            live: Mutex::new(HashSet::new()),
            counts: Mutex::new(BTreeMap::new()),
        }
    }

    /// Microseconds since 1970-01-01 UTC by the collector's clock.
    pub(super) fn now_us(&self) -> i64 {
        (self.clock)()
    }

    pub(super) fn resume_positions(&self) -> Vec<Position> {
        lock(&self.resume).positions()
    }

    pub(super) fn durable_offset(&self, source: &str, stream: &str) -> Option<u64> {
        lock(&self.resume).offset(source, stream)
    }

    pub(super) fn note_durable(&self, source: &str, stream: &str, offset: u64) {
        lock(&self.resume).note(source, stream, offset);
    }

    /// Counts something of a source.
    pub(super) fn count(&self, source: &str, add: impl FnOnce(&mut SourceSummary)) {
        let mut counts = lock(&self.counts);
        match counts.get_mut(source) {
            Some(summary) => add(summary),
            None => add(counts.entry(source.to_owned()).or_default()),
        }
    }

    pub(crate) fn counts(&self) -> BTreeMap<String, SourceSummary> {
        lock(&self.counts).clone()
    }

    /// Takes a source for one session; `None` when another session of this collector has it.
    pub(super) fn claim(self: &Arc<Self>, source: &Arc<str>) -> Option<Claim> {
        let free = lock(&self.live).insert(Arc::clone(source));
        free.then(|| Claim { shared: Arc::clone(self), source: Arc::clone(source) })
    }
}

/// A source that one session has, as long as this lives: two at once would mix their streams.
pub(super) struct Claim {
    shared: Arc<Shared>,
    source: Arc<str>,
}

impl Drop for Claim {
    fn drop(&mut self) {
        lock(&self.shared.live).remove(&self.source);
    }
}

/// None of these locks is held while anything can fail halfway, so what they hold is whole even after a panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says when to stop.
#[derive(Clone)]
pub(crate) struct Stopping(watch::Receiver<bool>);

impl Stopping {
    pub(crate) fn new(receiver: watch::Receiver<bool>) -> Self {
        Self(receiver)
    }

    /// Waits until it is time to stop; for ever when nobody can say so any more.
    pub(crate) async fn wait(&mut self) {
        if self.0.wait_for(|stop| *stop).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Waits until it is time to stop, and then a while longer.
    pub(super) async fn wait_and_linger(&mut self, linger: Duration) {
        self.wait().await;
        tokio::time::sleep(linger).await;
    }
}
