//! A world that sources tell of: what happens in it, stretch by stretch of virtual time.
//!
//! A world is deterministic: it knows no clock but its own, and neither ports nor who listens.

use crate::playback::Role;

/// A source that tells of a world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Teller {
    /// Name of the source, such as "dc1-node1/IPport".
    pub name: String,
    /// Name of its switch.
    pub switch: String,
    /// Name of its tenant.
    pub tenant: String,
    /// What its port is.
    pub role: Role,
    /// Start of its epoch (microseconds since 1970-01-01 UTC) and the process that holds it.
    pub epoch: (i64, String),
}

/// One event that a source tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Place of the source among the world's tellers.
    pub teller: usize,
    /// When it happened, microseconds since 1970-01-01 UTC.
    pub time_us: i64,
    /// Canonical bytes. A source's events are numbered 1, 2, 3 ... in the order in which they are told.
    pub bytes: Vec<u8>,
}

/// What happened in one stretch of virtual time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stretch {
    /// Everything before this moment has been told with it, microseconds since 1970-01-01 UTC.
    pub to_us: i64,
    /// In the order of time; of one source, in the order of its numbers.
    pub told: Vec<Told>,
}

/// A world.
pub trait World: Send {
    /// The sources that tell of it, always the same.
    fn tellers(&self) -> &[Teller];

    /// Where its time begins, microseconds since 1970-01-01 UTC.
    fn start_us(&self) -> i64;

    /// Lets time go on by one short stretch; none when the world is over.
    fn next_stretch(&mut self) -> Option<Stretch>;
}
