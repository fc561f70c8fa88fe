//! What nobody was ever told: the simulation's own account of what faults cost, which no collector and no ETL sees.
//!
//! Beside it stands what was told twice under one number with other content. Does not know why nothing was told.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use callmart_schema::event::{Body, Epoch, subject};
use serde::{Deserialize, Serialize};

use crate::playback::interaction;

/// A place among a source's events. Order is by epoch, then number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TellingPlace {
    /// Begin of the epoch by the source's clock, microseconds since 1970-01-01 UTC.
    pub epoch_started_us: i64,
    /// Process of the epoch.
    pub epoch_process: String,
    /// Number of an event within it; 0 for its begin.
    pub seq: u64,
}

impl TellingPlace {
    pub(super) fn new(epoch: &Epoch, seq: u64) -> Self {
        Self { epoch_started_us: epoch.started_us, epoch_process: epoch.process.clone(), seq }
    }

    /// Whether it is a place of this epoch.
    pub(super) fn is_of(&self, epoch: &Epoch) -> bool {
        self.epoch_started_us == epoch.started_us && self.epoch_process == epoch.process
    }
}

/// A stretch of time in which nobody told what happened at a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// The source.
    pub source: String,
    /// Its begin by the source's clock, microseconds since 1970-01-01 UTC.
    pub from_us: i64,
    /// Its end (exclusive) by the source's clock; none when the world ended before.
    pub to_us: Option<i64>,
    /// The last event that was told before it; none when nothing was.
    pub from: Option<TellingPlace>,
    /// Begin of the epoch that tells after it.
    pub to: Option<TellingPlace>,
    /// Events that would have been told.
    pub events: u64,
    /// Root calls that they belong to, by UUID.
    pub calls: BTreeSet<String>,
    /// Login sessions that they belong to.
    pub sessions: BTreeSet<String>,
}

/// A number that was told twice, with different content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reused {
    /// The source.
    pub source: String,
    /// The number.
    pub place: TellingPlace,
    /// Root call that it belongs to; empty for none.
    pub call: String,
    /// Login session that it belongs to; empty for none.
    pub session: String,
}

/// All that faults cost.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Losses {
    /// In the order of their begins, sources side by side.
    pub lost: Vec<Loss>,
    /// In the order in which they were told.
    pub reused: Vec<Reused>,
}

/// The account as it grows; copies share it.
#[derive(Debug, Clone, Default)]
pub struct LossBook(Arc<Mutex<Losses>>);

impl LossBook {
    /// What it holds now.
    #[must_use]
    pub fn report(&self) -> Losses {
        self.lock().clone()
    }

    /// Enters a stretch that begins; gives its number.
    pub(super) fn begin(&self, source: &str, from_us: i64, from: Option<TellingPlace>) -> usize {
        let mut losses = self.lock();
        let (calls, sessions) = (BTreeSet::new(), BTreeSet::new());
        losses.lost.push(Loss {
            source: source.to_owned(),
            from_us,
            to_us: None,
            from,
            to: None,
            events: 0,
            calls,
            sessions,
        });
        losses.lost.len() - 1
    }

    /// Something happened in it.
    pub(super) fn add(&self, number: usize, body: &Body) {
        if let Some(loss) = self.lock().lost.get_mut(number) {
            loss.events += 1;
            loss.calls.extend(interaction(body).map(str::to_owned));
            loss.sessions.extend(session(body).map(str::to_owned));
        }
    }

    /// It is over: an epoch tells again.
    pub(super) fn end(&self, number: usize, to_us: i64, to: TellingPlace) {
        if let Some(loss) = self.lock().lost.get_mut(number) {
            (loss.to_us, loss.to) = (Some(to_us), Some(to));
        }
    }

    /// A number was told with other content.
    pub(super) fn reuse(&self, source: &str, place: TellingPlace, body: &Body) {
        let call = interaction(body).unwrap_or_default().to_owned();
        let session = session(body).unwrap_or_default().to_owned();
        self.lock().reused.push(Reused { source: source.to_owned(), place, call, session });
    }

    fn lock(&self) -> MutexGuard<'_, Losses> {
        // Nothing panics while holding the lock; if it did, what is in it would still be whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The login session that something belongs to.
fn session(body: &Body) -> Option<&str> {
    Some(subject(body).session).filter(|session| !session.is_empty())
}
