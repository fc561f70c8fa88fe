//! What a log is made of as its users see it: records, their kinds, and places in the log.
//!
//! Does not know how records stand on disk.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// A place in a log: a byte offset in a segment's file. Offset 0 stands for the first record of the segment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogPosition {
    /// Number of the segment; the first is 1, and 0 stands for before all.
    pub segment: u32,
    /// Bytes from the start of the segment's file.
    pub offset: u64,
}

impl LogPosition {
    /// Before the oldest record that the log still has.
    pub const START: Self = Self { segment: 0, offset: 0 };

    /// The place `offset` bytes into segment `segment`.
    #[must_use]
    pub fn new(segment: u32, offset: u64) -> Self {
        Self { segment, offset }
    }
}

impl fmt::Display for LogPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.segment, self.offset)
    }
}

/// What a record's bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// An encoded `callmart.event.v1.Event`, as received.
    Event,
    /// An encoded `callmart.session.v1.Welcome`: a session began, or another stream within it.
    Connect,
    /// An encoded `callmart.session.v1.Batch` without its events: offsets and covers of the event records before it.
    Batch,
    /// An encoded `callmart.session.v1.Heartbeat`; only some of those received are kept.
    Heartbeat,
    /// An encoded `callmart.session.v1.Stop`: nothing more comes of the stream.
    Stop,
    /// UTF-8 text: why a session ended.
    Disconnect,
    /// The bytes with which a peer broke the protocol, cut to a bound.
    Violation,
}

impl RecordKind {
    /// Every kind, in the order of their numbers on disk.
    pub const ALL: [Self; 7] =
        [Self::Event, Self::Connect, Self::Batch, Self::Heartbeat, Self::Stop, Self::Disconnect, Self::Violation];

    /// Number of the kind on disk.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Event => 1,
            Self::Connect => 2,
            Self::Batch => 3,
            Self::Heartbeat => 4,
            Self::Stop => 5,
            Self::Disconnect => 6,
            Self::Violation => 7,
        }
    }

    /// The kind with this number on disk.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The kind as a word, as settings and command lines write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Connect => "connect",
            Self::Batch => "batch",
            Self::Heartbeat => "heartbeat",
            Self::Stop => "stop",
            Self::Disconnect => "disconnect",
            Self::Violation => "violation",
        }
    }
}

impl fmt::Display for RecordKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A record that is to be appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordDraft {
    /// What the bytes are.
    pub kind: RecordKind,
    /// Name of the source; at most [`super::format::MAX_SOURCE_BYTES`] bytes.
    pub source: Arc<str>,
    /// When the bytes arrived, microseconds since 1970-01-01 UTC by the collector's clock.
    pub received_us: i64,
    /// The bytes; at most [`super::format::MAX_PAYLOAD_BYTES`].
    pub bytes: Bytes,
}

/// A record as read. Cloning it copies no bytes: the records of one group share one buffer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRecord {
    /// Where the record begins.
    pub position: LogPosition,
    /// What the bytes are.
    pub kind: RecordKind,
    /// Name of the source.
    pub source: Arc<str>,
    /// When the bytes arrived, microseconds since 1970-01-01 UTC by the collector's clock.
    pub received_us: i64,
    /// The bytes.
    pub bytes: Bytes,
}
