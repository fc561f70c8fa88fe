//! A world that sources tell of: what happens in it, stretch by stretch of virtual time.
//!
//! A world is deterministic: it knows no clock but its own, and neither processes nor ports nor who listens.

mod beside;
mod part;

use callmart_schema::event::Body;

pub use beside::Beside;
pub use part::Part;

use crate::playback::Role;

/// A source that tells of a world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Teller {
    /// Name of the source: its node, `/`, its port, such as "dc1-node1/IPport".
    pub name: String,
    /// Name of its switch.
    pub switch: String,
    /// Name of its tenant.
    pub tenant: String,
    /// What its port is.
    pub role: Role,
}

impl Teller {
    /// Name of the node that the source is a port of.
    #[must_use]
    pub fn node(&self) -> &str {
        self.name.split_once('/').map_or(&self.name, |(node, _)| node)
    }
}

/// Something that a source has to tell.
#[derive(Debug, Clone, PartialEq)]
pub struct Happening {
    /// Place of the source among the world's tellers.
    pub teller: usize,
    /// When it happened, microseconds since 1970-01-01 UTC.
    pub time_us: i64,
    /// What happened.
    pub body: Body,
}

/// What happened in one stretch of virtual time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stretch {
    /// Everything before this moment has happened with it, microseconds since 1970-01-01 UTC.
    pub to_us: i64,
    /// In the order of time.
    pub happened: Vec<Happening>,
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
