//! What a source that is played says, in order and numbered: the one thing the server needs to know of any of them.
//!
//! Does not know sockets, sessions or who listens.

use std::sync::Arc;

use callmart_schema::session::Covers;

/// A thing that a source says.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// An event; it counts as one in the stream's offset.
    Event {
        /// Its canonical bytes.
        bytes: Vec<u8>,
        /// When it happened, microseconds since 1970-01-01 UTC.
        time_us: i64,
    },
    /// What is complete with the events before; it has no offset of its own.
    Covers(Covers),
}

/// A stream of pieces that can be told again from any offset, always the same.
pub trait Playback: Send + Sync {
    /// Name of the stream, which says what is in it: equal names, equal pieces.
    fn stream(&self) -> &str;

    /// Offset of the last event, which is the number of events.
    fn total_offset(&self) -> u64;

    /// The source's clock before the first piece, microseconds since 1970-01-01 UTC.
    fn start_us(&self) -> i64;

    /// The source's clock after the last piece, microseconds since 1970-01-01 UTC.
    fn end_us(&self) -> i64;

    /// The pieces after an offset, made while they are asked for.
    ///
    /// What covers the event at the offset itself comes again: who says it has the event need not have what followed it.
    fn pieces(self: Arc<Self>, after: u64) -> Box<dyn Iterator<Item = Piece> + Send>;
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
