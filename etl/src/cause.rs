//! Why facts are told anew: the event or record that was news, who told it, and when that was heard.
//!
//! Does not know what follows from it.

use std::sync::Arc;

use crate::stored::{Identity, Place, Stored};

/// An event, or a record of a session, that was the reason for something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// Its identity.
    pub identity: Identity,
    /// Its kind, as the archive names it.
    pub kind: Arc<str>,
    /// When it happened by the source's clock, microseconds since 1970-01-01 UTC.
    pub time_us: i64,
    /// When a collector heard it, by the collector's clock, in microseconds; none when it was read from the archive.
    pub received_us: Option<i64>,
    /// Where it stands.
    pub place: Place,
}

impl Cause {
    /// An event as the reason for something.
    #[must_use]
    pub fn of(event: &Stored) -> Arc<Self> {
        Arc::new(Self {
            identity: event.identity.clone(),
            kind: event.kind.clone(),
            time_us: event.time_us,
            received_us: event.received_us,
            place: event.place.clone(),
        })
    }

    /// The reason for everything in a mart that is made again.
    #[must_use]
    pub(crate) fn rebuild() -> Arc<Self> {
        let nothing: Arc<str> = "".into();
        Arc::new(Self {
            identity: Identity {
                source: "rebuild".into(),
                epoch_started_us: 0,
                epoch_process: nothing.clone(),
                seq: 0,
            },
            kind: nothing.clone(),
            time_us: 0,
            received_us: None,
            place: Place { log: nothing, segment: 0, offset: 0 },
        })
    }
}
