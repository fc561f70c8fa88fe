//! A source's port: accepts connections, and knows how far the source is.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use callmart_tls::Server;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::refusals::Refusals;
use super::seats::Seats;
use super::session;
use super::settings::NodeSettings;
use crate::playback::SourceSpec;

/// How long to wait when the system has no connection to give, for example for want of file descriptors.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// How far a source is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceProgress {
    /// Name of the source.
    pub source: String,
    /// Offset of the last event sent to any member.
    pub sent: u64,
    /// Largest offset that any member has acknowledged.
    pub acknowledged: u64,
    /// Offset of the source's last event; none as long as it lives.
    pub total: Option<u64>,
    /// Whether the source waits because what it has told is not acknowledged by everybody.
    pub held_back: bool,
    /// Whether it was played to its end and acknowledged.
    pub finished: bool,
}

/// A source and who listens to it.
#[derive(Debug)]
pub(super) struct Port {
    pub(super) source: SourceSpec,
    /// How connections are secured; none for plain text.
    pub(super) tls: Option<Server>,
    pub(super) seats: Arc<Seats>,
    /// What was said of connections that could not be secured.
    pub(super) refusals: Refusals,
    /// Until when every connection is closed without a word.
    refused_until: Mutex<Option<Instant>>,
    sent: AtomicU64,
    acknowledged: AtomicU64,
    finished: watch::Sender<bool>,
}

impl Port {
    pub(super) fn new(source: SourceSpec, tls: Option<Server>) -> Self {
        Self {
            seats: Seats::new(source.playback.shares_out()),
            source,
            tls,
            refusals: Refusals::default(),
            refused_until: Mutex::new(None),
            sent: AtomicU64::new(0),
            acknowledged: AtomicU64::new(0),
            finished: watch::Sender::new(false),
        }
    }

    /// Closes every new connection without a word for a while; not any more, if that is zero.
    pub(super) fn refuse(&self, within: Duration) {
        let until = Instant::now().checked_add(within).filter(|_| within > Duration::ZERO);
        *self.refused_until.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }

    fn refuses(&self) -> bool {
        let until = *self.refused_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }

    pub(super) fn note_sent(&self, offset: u64) {
        self.sent.fetch_max(offset, Ordering::Relaxed);
    }

    pub(super) fn note_acknowledged(&self, offset: u64) {
        self.acknowledged.fetch_max(offset, Ordering::Relaxed);
    }

    pub(super) fn note_finished(&self) {
        self.finished.send_replace(true);
    }

    pub(super) async fn finished(&self) {
        // The sender lives as long as this port, so the wait ends only with the value.
        let _ = self.finished.subscribe().wait_for(|finished| *finished).await;
    }

    pub(super) fn progress(&self) -> SourceProgress {
        SourceProgress {
            source: self.source.name.clone(),
            sent: self.sent.load(Ordering::Relaxed),
            acknowledged: self.acknowledged.load(Ordering::Relaxed),
            total: self.source.playback.total_offset(),
            held_back: self.source.playback.is_held_back(),
            finished: *self.finished.borrow(),
        }
    }
}

/// Accepts connections until the node stops, then waits for its sessions to close.
pub(super) async fn accept(
    port: Arc<Port>,
    listener: TcpListener,
    settings: Arc<NodeSettings>,
    mut stopping: watch::Receiver<bool>,
) {
    let mut sessions = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = sessions.join_next() => continue,
            _ = stopping.wait_for(|stop| *stop) => break,
        };
        match accepted {
            Ok(_) if port.refuses() => (),
            // Refusing takes a session too, for the time of a frame; beyond twice the limit nobody is told.
            Ok((stream, _)) if sessions.len() < 2 * settings.max_connections => {
                let crowded = sessions.len() >= settings.max_connections;
                let (port, settings, stopping) = (Arc::clone(&port), Arc::clone(&settings), stopping.clone());
                sessions.spawn(session::serve(stream, port, settings, stopping, crowded));
            }
            Ok(_) => tracing::warn!(source = port.source.name, "a connection was dropped: too many"),
            Err(cause) => {
                tracing::warn!(source = port.source.name, %cause, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_RETRY).await;
            }
        }
    }
    drop(listener);
    while sessions.join_next().await.is_some() {}
}
