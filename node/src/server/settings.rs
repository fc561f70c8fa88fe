//! What can be set of a node, and the bounds of it.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use callmart_schema::event::MAX_EVENT_BYTES;
use callmart_schema::session::{MAX_BATCH_EVENTS, MAX_FRAME_BYTES};

/// Most bytes that a batch is filled to; one event more still fits a frame.
const MAX_BATCH_BYTES: usize = MAX_FRAME_BYTES - 2 * MAX_EVENT_BYTES;

/// Longest wait for an acknowledgement: a year, which still fits the clock.
const MAX_WAIT_MS: u64 = 366 * 86_400_000;

/// Settings of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeSettings {
    /// Address of every port; with port number 0 each takes a free one, and another number suits a node of one source.
    pub listen: SocketAddr,
    /// Most connections that a port has at a time.
    pub max_connections: usize,
    /// How long a new connection may take to be secured, where its port speaks TLS, in milliseconds.
    pub handshake_timeout_ms: u64,
    /// How long a connection may take for its hello, in milliseconds.
    pub hello_timeout_ms: u64,
    /// How long a frame may take to be written, in milliseconds.
    pub write_timeout_ms: u64,
    /// How often a source lets hear of itself when it has nothing to send, in milliseconds.
    pub heartbeat_ms: u32,
    /// Most events in a batch.
    pub batch_events: usize,
    /// Bytes of events and covers from which on a batch is sent.
    pub batch_bytes: usize,
    /// Batches without an acknowledgement from which on the source pauses.
    pub backlog_batches: usize,
    /// Bytes without an acknowledgement from which on the source pauses; the last batch may go over it.
    pub backlog_bytes: usize,
    /// How long a peer may let the source pause without any acknowledgement, in milliseconds, before its session ends.
    pub ack_timeout_ms: u64,
    /// How long the last acknowledgement may take after the stop, in milliseconds.
    pub final_ack_timeout_ms: u64,
    /// How long a closed session waits for the peer to take the goodbye, and then to close too, in milliseconds, so that its
    /// last frame arrives.
    pub linger_ms: u64,
}

impl Default for NodeSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            max_connections: 64,
            handshake_timeout_ms: 10_000,
            hello_timeout_ms: 10_000,
            write_timeout_ms: 30_000,
            heartbeat_ms: 1_000,
            batch_events: 500,
            batch_bytes: 1 << 20,
            backlog_batches: 64,
            backlog_bytes: 16 << 20,
            ack_timeout_ms: 60_000,
            final_ack_timeout_ms: 60_000,
            linger_ms: 2_000,
        }
    }
}

impl NodeSettings {
    /// The same with every value within what the protocol allows and a node can work with.
    pub(super) fn within_limits(self) -> Self {
        Self {
            max_connections: self.max_connections.max(1),
            heartbeat_ms: self.heartbeat_ms.max(1),
            batch_events: self.batch_events.clamp(1, MAX_BATCH_EVENTS),
            batch_bytes: self.batch_bytes.clamp(1, MAX_BATCH_BYTES),
            backlog_batches: self.backlog_batches.max(1),
            backlog_bytes: self.backlog_bytes.max(1),
            ack_timeout_ms: self.ack_timeout_ms.min(MAX_WAIT_MS),
            final_ack_timeout_ms: self.final_ack_timeout_ms.min(MAX_WAIT_MS),
            ..self
        }
    }

    pub(super) fn handshake_timeout(&self) -> Duration {
        Duration::from_millis(self.handshake_timeout_ms)
    }

    pub(super) fn hello_timeout(&self) -> Duration {
        Duration::from_millis(self.hello_timeout_ms)
    }

    pub(super) fn write_timeout(&self) -> Duration {
        Duration::from_millis(self.write_timeout_ms)
    }

    pub(super) fn heartbeat(&self) -> Duration {
        Duration::from_millis(u64::from(self.heartbeat_ms))
    }

    pub(super) fn ack_timeout(&self) -> Duration {
        Duration::from_millis(self.ack_timeout_ms)
    }

    pub(super) fn final_ack_timeout(&self) -> Duration {
        Duration::from_millis(self.final_ack_timeout_ms)
    }

    pub(super) fn linger(&self) -> Duration {
        Duration::from_millis(self.linger_ms)
    }
}
