//! A collector: opens its log, then keeps a session with every port, and seals the log when all sources have stopped.
//!
//! Knows nothing of frames or of the log's bytes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use callmart_tls::{Client, TlsError};
use serde::Serialize;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::log::{Committer, LogError, LogHandle, LogIdentity, LogPosition, LogWriter, Recovery};
use crate::session::resume::ResumeScan;
use crate::session::{self, Shared, Stopping};
use crate::settings::CollectorSettings;

/// Tells the time: microseconds since 1970-01-01 UTC.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Why a collector does not run.
#[derive(Debug, thiserror::Error)]
pub enum CollectorError {
    /// The log could not be opened. Nothing was connected.
    #[error("the collector {name} does not start and connects to nothing, because its log cannot be opened: {cause}")]
    LogNotOpened {
        /// Name of the collector.
        name: String,
        /// What the log says.
        cause: LogError,
    },
    /// Certificates or keys cannot be used. Nothing was connected.
    #[error(
        "the collector {name} does not start and connects to nothing, because connections cannot be secured: {cause}"
    )]
    NotSecured {
        /// Name of the collector.
        name: String,
        /// What is wrong with which file.
        cause: TlsError,
    },
    /// The log takes no more records. Everything that was acknowledged is durable.
    #[error("the collector {name} has closed its sessions, because its log takes no more records: {cause}")]
    LogFailed {
        /// Name of the collector.
        name: String,
        /// What the log says.
        cause: LogError,
    },
    /// A task of the collector ended by a fault of the program.
    #[error("the collector {name} has stopped by a fault of the program ({cause}); start it again and report this")]
    Fault {
        /// Name of the collector.
        name: String,
        /// What is known of it.
        cause: String,
    },
}

/// What a collector took from one source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SourceSummary {
    /// Sessions that began.
    pub connects: u64,
    /// Sessions that ended without a stop.
    pub disconnects: u64,
    /// Durable batches.
    pub batches: u64,
    /// Durable events.
    pub events: u64,
    /// Durable snapshots.
    pub snapshots: u64,
    /// Bytes of durable events and snapshots.
    pub bytes: u64,
    /// Heartbeats received, whether kept or not.
    pub heartbeats: u64,
    /// Times the peer broke the protocol.
    pub violations: u64,
    /// Whether the source stopped in good order.
    pub stopped: bool,
}

/// What a collector took in one run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CollectorSummary {
    /// Per source, by name; a peer that never said which source it is stands under its address.
    pub sources: BTreeMap<String, SourceSummary>,
    /// End of the log.
    pub log_end: LogPosition,
}

/// A collector whose log is open.
pub struct Collector {
    name: String,
    log_dir: PathBuf,
    shared: Arc<Shared>,
    tls: Option<Client>,
    committer: Committer,
    scan: ResumeScan,
    recovery: Recovery,
}

impl Collector {
    /// Opens the collector's log and finds out where to resume. Connects to nothing yet.
    ///
    /// # Errors
    /// [`CollectorError::LogNotOpened`], [`CollectorError::NotSecured`].
    pub fn open(settings: CollectorSettings) -> Result<Self, CollectorError> {
        Self::open_with_clock(settings, Arc::new(system_time_us))
    }

    /// As [`Self::open`], with a clock for receive times.
    ///
    /// # Errors
    /// [`CollectorError::LogNotOpened`], [`CollectorError::NotSecured`].
    pub fn open_with_clock(settings: CollectorSettings, clock: Clock) -> Result<Self, CollectorError> {
        let name = settings.name.clone();
        let tls = Self::secured(&settings).map_err(|cause| CollectorError::NotSecured { name: name.clone(), cause })?;
        let opened = Self::try_open(settings, clock).map_err(|cause| CollectorError::LogNotOpened { name, cause })?;
        Ok(Self { tls, ..opened })
    }

    /// The certificates and keys that the settings name, if a port is to be secured.
    fn secured(settings: &CollectorSettings) -> Result<Option<Client>, TlsError> {
        let is_wanted = settings.sources.iter().any(|port| port.tls.is_some());
        let files = settings.tls.clone().unwrap_or_default();
        is_wanted.then(|| Client::new(&files)).transpose()
    }

    fn try_open(settings: CollectorSettings, clock: Clock) -> Result<Self, LogError> {
        let identity = LogIdentity::new(&settings.name, clock());
        let (writer, recovery) = LogWriter::open(&settings.log_dir, &identity, settings.log.clone())?;
        Self::with_writer(settings, clock, writer, recovery)
    }

    fn with_writer(
        settings: CollectorSettings,
        clock: Clock,
        writer: LogWriter,
        recovery: Recovery,
    ) -> Result<Self, LogError> {
        if let Some(torn) = recovery.torn_tail {
            tracing::warn!(?torn, "a torn tail was cut from the log; nothing acknowledged was in it");
        }
        let scan = scan(&writer)?;
        let (committer, log) = Committer::start(writer)?;
        let (name, log_dir) = (settings.name.clone(), settings.log_dir.clone());
        let shared = Arc::new(Shared::new(settings, log, clock, scan.points.clone()));
        Ok(Self { name, log_dir, shared, tls: None, committer, scan, recovery })
    }

    /// The log's folder.
    #[must_use]
    pub fn log_dir(&self) -> &Path {
        &self.log_dir
    }

    /// The end of what is durable, as it grows; for readers in this process.
    #[must_use]
    pub fn durable(&self) -> watch::Receiver<LogPosition> {
        self.log().durable()
    }

    /// The log, for records of others than the collector's sessions.
    #[must_use]
    pub fn log(&self) -> &LogHandle {
        &self.shared.log
    }

    /// What opening the log found.
    #[must_use]
    pub fn recovery(&self) -> Recovery {
        self.recovery
    }

    /// Keeps a session with every port until all sources have stopped or `shutdown` turns true; then seals the log.
    ///
    /// # Errors
    /// [`CollectorError::LogFailed`] when the log takes no more records.
    pub async fn run(self, shutdown: watch::Receiver<bool>) -> Result<CollectorSummary, CollectorError> {
        let Self { name, log_dir, shared, tls, committer, scan, .. } = self;
        let log_failed = |cause| CollectorError::LogFailed { name: name.clone(), cause };
        let (stop, stopping) = session::stop_channel();
        let mut sessions = JoinSet::new();
        for port in shared.settings.sources.clone() {
            for address in session::Address::all(port, tls.as_ref()) {
                sessions.spawn(session::keep(Arc::clone(&shared), address, stopping.clone()));
            }
        }
        let saver = tokio::spawn(keep_scan(scan, log_dir.clone(), shared.log.durable(), stopping));
        let ended = wait_for(&mut sessions, &stop, Stopping::new(shutdown)).await;
        stop.send_replace(true);
        let sealed = committer.close().await;
        let ended = ended.map_err(|cause| CollectorError::Fault { name: name.clone(), cause })?;
        ended.map_err(log_failed)?;
        let log_end = sealed.map_err(log_failed)?;
        if let Ok(scan) = saver.await {
            let saved = tokio::task::spawn_blocking(move || save(scan, &log_dir, log_end)).await;
            drop(saved);
        }
        Ok(CollectorSummary { sources: shared.counts(), log_end })
    }
}

/// Waits until every session has ended; tells all to stop at the first failure or at the shutdown.
/// The outer error is a panic's text.
async fn wait_for(
    sessions: &mut JoinSet<Result<(), LogError>>,
    stop: &watch::Sender<bool>,
    mut shutdown: Stopping,
) -> Result<Result<(), LogError>, String> {
    let mut first = Ok(Ok(()));
    let mut told = false;
    loop {
        tokio::select! {
            ended = sessions.join_next() => match ended {
                None => return first,
                Some(Ok(Ok(()))) => {}
                Some(failed) => {
                    let failed = failed.map_err(|e| e.to_string());
                    if matches!(first, Ok(Ok(()))) {
                        first = failed;
                    }
                    stop.send_replace(true);
                }
            },
            () = shutdown.wait(), if !told => {
                told = true;
                stop.send_replace(true);
            }
        }
    }
}

/// Finds where to resume: from the saved scan, or from the log's beginning when there is doubt.
fn scan(writer: &LogWriter) -> Result<ResumeScan, LogError> {
    let (dir, log_id, end) = (writer.dir(), writer.log_id(), writer.durable_end());
    if let Some(mut scan) = ResumeScan::load(dir, log_id, end) {
        match scan.advance(dir, end) {
            Ok(()) => return Ok(scan),
            Err(LogError::NoSuchPosition { .. } | LogError::MissingSegment { .. }) => {}
            Err(e) => return Err(e),
        }
    }
    // What is not believed now must not be believed later, when the log has grown past its position.
    ResumeScan::forget(dir)?;
    let mut scan = ResumeScan::new(log_id);
    scan.advance(dir, end)?;
    Ok(scan)
}

/// Reads behind the writer, and saves the scan whenever a segment is full, so that the next start has little to read.
async fn keep_scan(
    mut scan: ResumeScan,
    dir: PathBuf,
    mut durable: watch::Receiver<LogPosition>,
    mut stopping: Stopping,
) -> ResumeScan {
    let mut segment = durable.borrow().segment;
    loop {
        tokio::select! {
            changed = durable.wait_for(|d| d.segment != segment) => if changed.is_err() { return scan },
            () = stopping.wait() => return scan,
        }
        let end = *durable.borrow();
        segment = end.segment;
        let (before, dir) = (scan.clone(), dir.clone());
        let saved = tokio::task::spawn_blocking(move || save(before, &dir, end)).await;
        scan = saved.unwrap_or(scan);
    }
}

/// Reads on and saves. A failure costs the next start some reading, nothing else.
fn save(mut scan: ResumeScan, dir: &Path, end: LogPosition) -> ResumeScan {
    let before = scan.clone();
    let done =
        scan.advance(dir, end).map_err(|e| e.to_string()).and_then(|()| scan.save(dir).map_err(|e| e.to_string()));
    match done {
        Ok(()) => scan,
        Err(error) => {
            tracing::warn!(error, "where to resume was not saved; the next start reads more of the log");
            before
        }
    }
}

/// The system's clock: microseconds since 1970-01-01 UTC.
#[allow(clippy::disallowed_methods, reason = "the edge: when bytes arrived, told in the log only")]
fn system_time_us() -> i64 {
    let micros = |d: std::time::Duration| i64::try_from(d.as_micros()).unwrap_or(i64::MAX);
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => micros(since),
        Err(before) => -micros(before.duration()),
    }
}

#[cfg(test)]
mod tests;
