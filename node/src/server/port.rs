//! A source's port: accepts connections, knows who of each pool is connected, and how far the source is.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;

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
    /// By pool, the one member that is connected.
    seats: Mutex<HashMap<String, Seated>>,
    /// Connections that ever took a seat.
    seated: AtomicU64,
    sent: AtomicU64,
    acknowledged: AtomicU64,
    finished: watch::Sender<bool>,
}

#[derive(Debug)]
struct Seated {
    member: String,
    /// Dropped to tell the session that its seat is taken.
    _replaced: oneshot::Sender<()>,
    /// Tells this connection from others of the same member.
    number: u64,
}

/// A session's place in its pool, given up when dropped.
#[derive(Debug)]
pub(super) struct Seat {
    port: Arc<Port>,
    pool: String,
    number: u64,
    /// Resolves when another connection of the same member takes over.
    pub(super) replaced: oneshot::Receiver<()>,
}

impl Port {
    pub(super) fn new(source: SourceSpec) -> Self {
        Self {
            source,
            seats: Mutex::default(),
            seated: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            acknowledged: AtomicU64::new(0),
            finished: watch::Sender::new(false),
        }
    }

    /// Takes the seat of a pool. The same member's older connection loses it; another member's keeps it.
    ///
    /// # Errors
    /// A sentence when another member of the pool is connected: calls are not spread over members yet.
    pub(super) fn seat(self: &Arc<Self>, pool: &str, member: &str) -> Result<Seat, String> {
        let mut seats = self.seats();
        if let Some(other) = seats.get(pool).filter(|seated| seated.member != member) {
            return Err(format!(
                "pool {pool:?} is served to its member {:?} at source {}, and a pool has one member at a time here; close \
                 that one, or use a pool of your own",
                other.member, self.source.name
            ));
        }
        let number = self.seated.fetch_add(1, Ordering::Relaxed);
        let (sender, replaced) = oneshot::channel();
        // The older connection's sender goes with the insert, which tells it.
        seats.insert(pool.to_owned(), Seated { member: member.to_owned(), _replaced: sender, number });
        Ok(Seat { port: Arc::clone(self), pool: pool.to_owned(), number, replaced })
    }

    fn seats(&self) -> MutexGuard<'_, HashMap<String, Seated>> {
        // Nothing panics while holding the lock; if it did, the map would still be whole.
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
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

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = self.port.seats();
        if seats.get(&self.pool).is_some_and(|seated| seated.number == self.number) {
            seats.remove(&self.pool);
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
