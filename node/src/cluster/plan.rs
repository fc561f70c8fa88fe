//! What is known beforehand of a source that two processes tell: its terms, epochs, streams and its clock.
//!
//! Follows from the source's name, the schedule of faults and the world's begin; does not know what happens.

use std::sync::Arc;

use callmart_schema::event::Epoch;

use super::faults::{Fault, Schedule};
use super::source_clock::SourceClock;
use super::terms::{PROCESSES, Term, Terms, process_name};
use crate::world::Teller;

/// A source and its two processes over the whole of a world's time.
#[derive(Debug, Clone)]
pub struct SourcePlan {
    /// The source.
    pub teller: Teller,
    /// When which process tells.
    pub terms: Terms,
    /// The source's clock.
    pub clock: SourceClock,
    /// By term, its epoch.
    epochs: Vec<Arc<Epoch>>,
    /// By stream, its name.
    streams: Vec<String>,
}

impl SourcePlan {
    /// The plan of a source in a world that begins at `start_us` (microseconds since 1970-01-01 UTC).
    #[must_use]
    pub fn new(teller: &Teller, schedule: &Schedule, start_us: i64) -> Self {
        let mut clock = SourceClock::default();
        for scheduled in schedule.iter() {
            if let Fault::Skew { source, by_us } = &scheduled.fault
                && *source == teller.name
            {
                clock.set(start_us.saturating_add(scheduled.after_us), *by_us);
            }
        }
        let terms = Terms::of(teller.node(), schedule, start_us);
        let epochs = epochs(teller.node(), terms.all(), &clock);
        let streams = (0..terms.streams()).map(|stream| stream_name(&teller.name, stream, terms.all(), &epochs));
        let streams = streams.collect();
        Self { teller: teller.clone(), terms, clock, epochs, streams }
    }

    /// A term's epoch.
    #[must_use]
    pub fn epoch(&self, term: usize) -> Option<&Arc<Epoch>> {
        self.epochs.get(term)
    }

    /// Name of a stream.
    #[must_use]
    pub fn stream_name(&self, stream: usize) -> &str {
        self.streams.get(stream).map_or("", String::as_str)
    }

    /// Name of a process.
    #[must_use]
    pub fn process_name(&self, process: usize) -> String {
        process_name(self.teller.node(), process.min(PROCESSES - 1))
    }
}

/// Epochs begin by the source's clock, each later than the one before it, also where faults meet in one moment.
fn epochs(node: &str, terms: &[Term], clock: &SourceClock) -> Vec<Arc<Epoch>> {
    let mut last_us = i64::MIN;
    let epoch = |term: &Term| {
        last_us = clock.at(term.from_us).max(last_us.saturating_add(1));
        Arc::new(Epoch::new(last_us, &process_name(node, term.process)))
    };
    terms.iter().map(epoch).collect()
}

/// A stream is named by its source, so that a position in a hello says nothing else of it, and by its first epoch.
fn stream_name(source: &str, stream: usize, terms: &[Term], epochs: &[Arc<Epoch>]) -> String {
    let first = terms.iter().zip(epochs).find(|(term, _)| term.stream == stream);
    first.map_or_else(String::new, |(_, epoch)| format!("{source}@{}/{}", epoch.started_us, epoch.process))
}
