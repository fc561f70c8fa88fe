//! What the sessions of one collector share: its log, its settings, its clock, and what they have counted.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use callmart_schema::session::Position;
use tokio::sync::watch;

use super::pair::Pair;
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
    live: Mutex<HashMap<Arc<str>, Vec<Live>>>,
    counts: Mutex<BTreeMap<String, SourceSummary>>,
}

impl Shared {
    pub(crate) fn new(settings: CollectorSettings, log: LogHandle, clock: Clock, resume: ResumePoints) -> Self {
        Self {
            settings,
            log,
            clock,
            resume: Mutex::new(resume),
            live: Mutex::new(HashMap::new()),
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

    /// Takes a stream of a source for one session. The processes of a pair may each tell a stream of their own.
    ///
    /// # Errors
    /// Whose session has it.
    pub(super) fn claim(
        self: &Arc<Self>,
        source: &Arc<str>,
        stream: &Arc<str>,
        pair: &Arc<Pair>,
    ) -> Result<Claim, Claimed> {
        let mut live = lock(&self.live);
        let of_source = live.entry(Arc::clone(source)).or_default();
        if of_source.iter().any(|live| !Arc::ptr_eq(&live.pair, pair)) {
            return Err(Claimed::ByAnother);
        }
        if of_source.iter().any(|live| live.stream == *stream) {
            return Err(Claimed::ByPair);
        }
        of_source.push(Live { stream: Arc::clone(stream), pair: Arc::clone(pair) });
        Ok(Claim { shared: Arc::clone(self), source: Arc::clone(source), stream: Arc::clone(stream) })
    }
}

/// A stream that a session listens to.
struct Live {
    stream: Arc<str>,
    pair: Arc<Pair>,
}

/// Who has a stream already.
pub(super) enum Claimed {
    /// A session with another process of the same pair.
    ByPair,
    /// A session with a port that is configured as another source's.
    ByAnother,
}

/// A stream that one session has, as long as this lives: two at once would mix their offsets.
pub(super) struct Claim {
    shared: Arc<Shared>,
    source: Arc<str>,
    stream: Arc<str>,
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut live = lock(&self.shared.live);
        let Some(of_source) = live.get_mut(&self.source) else { return };
        of_source.retain(|live| live.stream != self.stream);
        if of_source.is_empty() {
            live.remove(&self.source);
        }
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
