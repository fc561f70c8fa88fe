//! What a source that is played says, in order and numbered: the one thing the server needs to know of any of them.
//!
//! Does not know sockets, sessions or who listens.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use callmart_schema::session::Covers;

/// A thing that a source says.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// An event; it counts as one in the stream's offset.
    Event {
        /// Its canonical bytes.
        bytes: Bytes,
        /// When it happened, microseconds since 1970-01-01 UTC.
        time_us: i64,
    },
    /// What is complete with the events before; it has no offset of its own.
    Covers(Covers),
}

/// What comes next of a stream.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// This.
    Piece(Piece),
    /// Nothing that may be told yet; wait with [`Telling::later`], then ask again.
    Later,
    /// Nothing more, ever.
    End,
}

/// A wait that may be given up at any moment.
pub type Wait<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// A stream of pieces that can be told to any number of pools, to each from its own offset on.
pub trait Playback: Send + Sync {
    /// Name of the stream, which says what is in it: equal names, equal pieces. No other source has a stream of this name.
    fn stream(&self) -> &str;

    /// Offset of the last event, which is the number of events; none as long as the source lives.
    fn total_offset(&self) -> Option<u64>;

    /// Whether the source waits because what it has told is not acknowledged.
    fn is_held_back(&self) -> bool {
        false
    }

    /// Begins to tell a pool what comes after an offset, or after a later one where what lies between is forgotten.
    ///
    /// What covers the event at the offset itself comes again: who says it has the event need not have what followed it.
    fn tell(self: Arc<Self>, pool: &str, after: u64) -> Box<dyn Telling>;
}

/// A stream on the way to one pool.
pub trait Telling: Send {
    /// Offset after which it began.
    fn begins_after(&self) -> u64;

    /// The source's clock, microseconds since 1970-01-01 UTC: what was told is complete up to here.
    fn clock_us(&self) -> i64;

    /// What comes next. Does not wait.
    fn next(&mut self) -> Next;

    /// Waits until it is worth while to ask again after [`Next::Later`].
    fn later(&mut self) -> Wait<'_>;

    /// The pool has everything up to the offset: it may be forgotten.
    fn acknowledged(&mut self, offset: u64);
}

/// A telling of pieces that are all known beforehand.
pub(crate) struct Known<I> {
    pieces: I,
    offset: u64,
    clock_us: i64,
    end_us: i64,
}

impl<I: Iterator<Item = Piece>> Known<I> {
    /// Tells `pieces`, which come after `offset`; the source's clock goes from `start_us` to `end_us`.
    pub(crate) fn new(pieces: I, offset: u64, start_us: i64, end_us: i64) -> Self {
        Self { pieces, offset, clock_us: start_us, end_us }
    }
}

impl<I: Iterator<Item = Piece> + Send> Telling for Known<I> {
    fn begins_after(&self) -> u64 {
        self.offset
    }

    fn clock_us(&self) -> i64 {
        self.clock_us
    }

    fn next(&mut self) -> Next {
        let Some(piece) = self.pieces.next() else {
            self.clock_us = self.end_us;
            return Next::End;
        };
        Next::Piece(piece)
    }

    fn later(&mut self) -> Wait<'_> {
        Box::pin(std::future::ready(()))
    }

    fn acknowledged(&mut self, _offset: u64) {}
}

/// What a port plays to collectors, as they know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Calls and their parties.
    IProxy,
    /// DNs and agents.
    TController,
    /// Virtual queues.
    VirtualQueue,
    /// Configuration objects.
    Configuration,
    /// Outbound records.
    Outbound,
    /// All DNs and agents of a cluster, for who monitors.
    SmartProxy,
    /// Those that a client registered one by one.
    PlainClient,
}

impl Role {
    /// The role's name in a hello.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IProxy => "i-proxy",
            Self::TController => "t-controller",
            Self::VirtualQueue => "vq",
            Self::Configuration => "cfg",
            Self::Outbound => "gos",
            Self::SmartProxy => "smart-proxy",
            Self::PlainClient => "plain-client",
        }
    }
}

/// One source with all a port needs to play it.
#[derive(Clone)]
pub struct SourceSpec {
    /// Name of the source, such as "bank/IPport".
    pub name: String,
    /// Name of its switch; may be empty where the source speaks of several.
    pub switch: String,
    /// Name of its tenant; may be empty where the source speaks of several.
    pub tenant: String,
    /// What its port is.
    pub role: Role,
    /// Whether a collector may take the port for something else, as with a file that mixes kinds of events.
    pub any_role: bool,
    /// What it says.
    pub playback: Arc<dyn Playback>,
}

impl std::fmt::Debug for SourceSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SourceSpec")
            .field("name", &self.name)
            .field("role", &self.role)
            .field("stream", &self.playback.stream())
            .field("total_offset", &self.playback.total_offset())
            .finish_non_exhaustive()
    }
}
