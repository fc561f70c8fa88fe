//! Faults at connections, for tests and demonstrations: what a network does to sessions, done when it is asked for.
//!
//! Does not know what is told.

use std::time::Duration;

/// What is done to a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The connection is closed without a word.
    Drop,
    /// Each frame is held back for so long before it is sent, from now on; zero ends it.
    Delay(Duration),
    /// These bytes are sent between two frames.
    Garbage(Vec<u8>),
    /// The next frame is sent in half, then the connection is closed.
    CutFrame,
}

/// Whom a fault concerns: every session that fits all that is named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Whom {
    /// Name of the source; any if none is named.
    pub source: Option<String>,
    /// Process of the source's pair; any if none is named.
    pub process: Option<String>,
    /// Pool of the listener; any if none is named.
    pub pool: Option<String>,
    /// Name of the member within the pool; any if none is named.
    pub member: Option<String>,
}

impl Whom {
    /// Everybody who listens to a source.
    #[must_use]
    pub fn source(name: &str) -> Self {
        Self { source: Some(name.to_owned()), ..Self::default() }
    }

    /// The same, if they are a member of a pool.
    #[must_use]
    pub fn member(self, pool: &str, member: &str) -> Self {
        Self { pool: Some(pool.to_owned()), member: Some(member.to_owned()), ..self }
    }

    pub(super) fn is_port(&self, source: &str, process: &str) -> bool {
        fits(self.source.as_deref(), source) && fits(self.process.as_deref(), process)
    }

    pub(super) fn is_member(&self, pool: &str, member: &str) -> bool {
        fits(self.pool.as_deref(), pool) && fits(self.member.as_deref(), member)
    }
}

fn fits(named: Option<&str>, name: &str) -> bool {
    named.is_none_or(|named| named == name)
}
