//! What a source that is played says, in order and numbered: the one thing the server needs to know of any of them.
//!
//! Does not know sockets, sessions or who listens.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use callmart_schema::event::{Body, Event, subject};
use callmart_schema::session::{Covers, Position};

/// UUID of an interaction: the root call that a call and everything with it belongs to. Shared, so that it costs little to keep.
pub type Interaction = Arc<str>;

/// UUID of the interaction that something belongs to, which is its root call or its own call; none for what belongs to no
/// call.
#[must_use]
pub fn interaction(body: &Body) -> Option<&str> {
    let about = subject(body);
    [about.root_call, about.call].into_iter().find(|id| !id.is_empty())
}

/// A thing that a source says.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// An event; it counts as one in the stream's offset.
    Event {
        /// Its canonical bytes.
        bytes: Bytes,
        /// When it happened, microseconds since 1970-01-01 UTC.
        time_us: i64,
        /// The interaction that it belongs to; none for what belongs to no call.
        interaction: Option<Interaction>,
    },
    /// A snapshot, which stands between two events and counts in no offset: who resumes behind the one before it is told it
    /// again.
    Snapshot {
        /// Canonical bytes of the event that it is.
        bytes: Bytes,
    },
    /// What is complete with the events before; it has no offset of its own.
    Covers(Covers),
}

impl Piece {
    /// An event whose canonical bytes are made already, as what it is: a snapshot is one of its own kind.
    #[must_use]
    pub fn of(event: &Event, bytes: Bytes) -> Self {
        match &event.body {
            Some(Body::Snapshot(_)) => Self::Snapshot { bytes },
            body => {
                let interaction = body.as_ref().and_then(interaction).map(Interaction::from);
                Self::Event { bytes, time_us: event.time_us, interaction }
            }
        }
    }
}

/// What comes next of a stream.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// This.
    Piece(Piece),
    /// Nothing that may be told yet; wait with [`Telling::later`], then ask again.
    Later,
    /// What comes next is forgotten: only a new telling can go on, behind the gap.
    Gap,
    /// Nothing more, ever: the source has ended in good order.
    End,
    /// Nothing more from this process: it has told its part to the end, and stands so now.
    Ceased(Standing),
}

/// How a process of a source's pair stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It tells.
    Primary,
    /// It is there, and the other one tells: a hello is refused with `CODE_BACKUP`.
    Backup,
    /// It is not there: connections are closed without a word.
    Down,
}

/// Who wants to hear of a source.
#[derive(Debug, Clone, Copy)]
pub struct Listener<'a> {
    /// Its pool.
    pub pool: &'a str,
    /// Its name within the pool.
    pub member: &'a str,
    /// Up to where it has streams, the newest last.
    pub resume: &'a [Position],
}

impl Listener<'_> {
    /// Offset up to which it has a stream; none when it does not know the stream.
    #[must_use]
    pub fn offset_in(&self, stream: &str) -> Option<u64> {
        self.resume.iter().rfind(|position| position.stream == stream).map(|position| position.offset)
    }
}

/// A wait that may be given up at any moment.
pub type Wait<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// One process of a source: a stream of pieces that can be told to any number of pools, to each from its own offset on.
pub trait Playback: Send + Sync {
    /// Name of the stream that is told now, or was last; it says what is in it: equal names, equal pieces. No other source has
    /// a stream of this name.
    fn stream(&self) -> String;

    /// Offset of the last event, which is the number of events; none as long as the source lives.
    fn total_offset(&self) -> Option<u64>;

    /// How the process stands now: whether a hello is welcome. What is being told goes on to the end of the process's part,
    /// also while it stands otherwise by then.
    fn standing(&self) -> Standing {
        Standing::Primary
    }

    /// Whether the source waits because what it has told is not acknowledged.
    fn is_held_back(&self) -> bool {
        false
    }

    /// Whether the members of a pool share the interactions out; else one member at a time gets everything.
    fn shares_out(&self) -> bool {
        false
    }

    /// Begins to tell somebody what comes after the offset where they left off, or after a later one where what lies between
    /// is forgotten. Who is new to the stream hears it from its begin.
    ///
    /// What covers the event at the offset itself comes again: who says it has the event need not have what followed it.
    /// So do the snapshots behind it.
    fn tell(self: Arc<Self>, listener: &Listener<'_>) -> Box<dyn Telling>;
}

/// A stream on the way to a listener.
pub trait Telling: Send {
    /// Name of the stream.
    fn stream(&self) -> &str;

    /// Offset after which it began.
    fn begins_after(&self) -> u64;

    /// Whether something that falls to the listener is forgotten: then it begins with a snapshot.
    fn has_gap(&self) -> bool {
        false
    }

    /// Offset up to which everything is told, or passed over as another member's, with what came last.
    fn offset(&self) -> u64;

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
    stream: String,
    pieces: I,
    offset: u64,
    told: u64,
    clock_us: i64,
    end_us: i64,
}

impl<I: Iterator<Item = Piece>> Known<I> {
    /// Tells `pieces` of a stream, which come after `offset`; the source's clock goes from `start_us` to `end_us`.
    pub(crate) fn new(stream: String, pieces: I, offset: u64, start_us: i64, end_us: i64) -> Self {
        Self { stream, pieces, offset, told: 0, clock_us: start_us, end_us }
    }
}

impl<I: Iterator<Item = Piece> + Send> Telling for Known<I> {
    fn stream(&self) -> &str {
        &self.stream
    }

    fn begins_after(&self) -> u64 {
        self.offset
    }

    fn offset(&self) -> u64 {
        self.offset + self.told
    }

    fn clock_us(&self) -> i64 {
        self.clock_us
    }

    fn next(&mut self) -> Next {
        let Some(piece) = self.pieces.next() else {
            self.clock_us = self.end_us;
            return Next::End;
        };
        self.told += u64::from(matches!(piece, Piece::Event { .. }));
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
    /// Everything of an ordinary switch.
    Switch,
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
            Self::Switch => "switch",
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
    /// Which process of the source's pair it is, such as "dc1-node1-a"; empty where there is one only.
    pub process: String,
    /// What it says.
    pub playback: Arc<dyn Playback>,
}

impl std::fmt::Debug for SourceSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SourceSpec")
            .field("name", &self.name)
            .field("process", &self.process)
            .field("role", &self.role)
            .field("stream", &self.playback.stream())
            .field("total_offset", &self.playback.total_offset())
            .finish_non_exhaustive()
    }
}
