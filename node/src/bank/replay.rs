//! Bank calls as three sources, their events made while they are asked for.
//!
//! A file is sparse: each source claims to be complete for exactly the calls in it, and for the days they make up. Does not
//! know how a stream travels.

use std::ops::Range;
use std::sync::Arc;

use callmart_schema::event::{Event, canonical};
use callmart_schema::session::Covers;
use chrono::NaiveDate;

use super::calls::{BankCalls, Day, Entry};
use super::events;
use super::row::{Ending, Row};
use super::steps::{Port, STEPS_PER_CALL, steps};
use crate::playback::{Known, Listener, Piece, Playback, Role, SourceSpec, Telling};
use crate::unreadable;

/// Version of what a row becomes; a change of any event's content takes a new one, so that streams are told apart.
pub const FORMAT_VERSION: u32 = 1;

/// The three sources of some calls.
#[must_use]
pub fn sources(calls: BankCalls) -> Vec<SourceSpec> {
    let calls = Arc::new(calls);
    Port::ALL.into_iter().map(|port| source(port, Arc::clone(&calls))).collect()
}

fn source(port: Port, calls: Arc<BankCalls>) -> SourceSpec {
    let role = match port {
        Port::Calls => Role::IProxy,
        Port::Agents => Role::TController,
        Port::VirtualQueues => Role::VirtualQueue,
    };
    SourceSpec {
        name: port.source().to_owned(),
        switch: port.switch().to_owned(),
        tenant: events::TENANT.to_owned(),
        role,
        any_role: false,
        process: String::new(),
        playback: Arc::new(BankPlayback::new(port, calls)),
    }
}

/// What one port says about the calls.
#[derive(Debug)]
pub struct BankPlayback {
    port: Port,
    calls: Arc<BankCalls>,
    stream: String,
    units: Vec<Unit>,
    total_offset: u64,
}

/// The entries that share a call, or one entry without a call.
#[derive(Debug, Clone, Copy)]
struct Unit {
    first: usize,
    len: usize,
    /// Offset before its first event.
    offset: u64,
}

impl BankPlayback {
    /// What `port` says.
    #[must_use]
    pub fn new(port: Port, calls: Arc<BankCalls>) -> Self {
        let stream = stream_id(port, &calls);
        let mut units: Vec<Unit> = Vec::new();
        let mut total_offset = 0;
        let mut first = 0;
        for entries in calls.entries.chunk_by(|a, b| a.key().is_some() && a.key() == b.key()) {
            units.push(Unit { first, len: entries.len(), offset: total_offset });
            total_offset += count(port, entries, &calls);
            first += entries.len();
        }
        Self { port, calls, stream, units, total_offset }
    }

    fn entries(&self, units: Range<usize>) -> impl Iterator<Item = (Unit, &[Entry])> {
        let units = self.units.get(units).unwrap_or_default();
        units.iter().map(|unit| (*unit, self.calls.entries.get(unit.first..unit.first + unit.len).unwrap_or_default()))
    }

    fn date_of(&self, unit: usize) -> Option<NaiveDate> {
        self.entries(unit..unit + 1).next().and_then(|(_, entries)| entries.first()?.key().map(|key| key.date))
    }

    /// The source's clock before the first piece, microseconds since 1970-01-01 UTC.
    fn start_us(&self) -> i64 {
        self.calls.days.first().map_or(0, |day| day.complete.start_us)
    }

    /// The source's clock after the last piece, microseconds since 1970-01-01 UTC.
    fn end_us(&self) -> i64 {
        self.calls.days.iter().map(|day| day.complete.end_us).max().unwrap_or(0)
    }

    /// What is said of one unit, without what comes up to the offset `after`.
    fn pieces_of(&self, index: usize, after: u64) -> Vec<Piece> {
        let Some((unit, entries)) = self.entries(index..index + 1).next() else { return Vec::new() };
        let skip = usize::try_from(after.saturating_sub(unit.offset)).unwrap_or(usize::MAX);
        let mut pieces: Vec<Piece> =
            encoded(self.port, entries, &self.calls).into_iter().skip(skip).map(|(_, piece)| piece).collect();
        pieces.extend(covers_unit(self.port, entries).map(Piece::Covers));
        let date = self.date_of(index);
        if date.is_some() && date != self.date_of(index + 1) {
            let day = self.calls.days.iter().find(|day| Some(day.date) == date);
            pieces.extend(day.map(|day| Piece::Covers(covers_day(day))));
        }
        pieces
    }

    /// The first unit that has anything to say after an offset, or that ends at it.
    fn first_unit(&self, after: u64) -> usize {
        // Units that end before the offset are done. The one that ends at it repeats what it covers, and so do those
        // behind it that have no events.
        let beyond = self.units.partition_point(|unit| unit.offset < after);
        beyond.saturating_sub(1)
    }
}

impl Playback for BankPlayback {
    fn stream(&self) -> String {
        self.stream.clone()
    }

    fn total_offset(&self) -> Option<u64> {
        Some(self.total_offset)
    }

    fn tell(self: Arc<Self>, listener: &Listener<'_>) -> Box<dyn Telling> {
        let stream = self.stream.clone();
        let after = listener.offset_in(&stream).unwrap_or(0).min(self.total_offset);
        let (start_us, end_us) = (self.start_us(), self.end_us());
        let units = self.first_unit(after)..self.units.len();
        let pieces = units.flat_map(move |unit| self.pieces_of(unit, after));
        Box::new(Known::new(stream, pieces, after, start_us, end_us))
    }
}

/// How many events the entries of one unit have, without making them where that can be avoided.
fn count(port: Port, entries: &[Entry], calls: &BankCalls) -> u64 {
    match entries {
        [Entry::Call(row)] => steps(port, row.course()).count() as u64,
        [Entry::Rejected(_)] => u64::from(port == Port::Calls),
        several => encoded(port, several, calls).len() as u64,
    }
}

/// The events of one unit by number, each different one once.
fn encoded(port: Port, entries: &[Entry], calls: &BankCalls) -> Vec<(u64, Piece)> {
    let piece = |event: Event| (event.seq, canonical(&event), event);
    let mut all: Vec<(u64, Vec<u8>, Event)> = Vec::new();
    for entry in entries {
        match entry {
            Entry::Call(row) => all.extend(events::of_call(row, port, calls.zone).into_iter().map(piece)),
            Entry::Rejected(rejected) if port == Port::Calls => {
                all.push(piece(events::of_rejected(rejected, calls.zone)));
            }
            Entry::Rejected(_) => (),
        }
    }
    all.sort_unstable_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    all.dedup_by(|a, b| (a.0, &a.1) == (b.0, &b.1));
    all.into_iter().map(|(seq, bytes, event)| (seq, Piece::of(&event, bytes.into()))).collect()
}

/// What is complete with a unit: the numbers of its call, or the one number of input that is no call.
fn covers_unit(port: Port, entries: &[Entry]) -> Option<Covers> {
    let entry = entries.first()?;
    let (epoch, from_seq, to_seq) = match (entry.key(), entry) {
        (Some(key), _) => {
            let from = key.call_id * STEPS_PER_CALL;
            (events::epoch(key), from, from + (STEPS_PER_CALL - 1))
        }
        (None, Entry::Rejected(rejected)) if port == Port::Calls => {
            (unreadable::epoch(), rejected.seq_without_key.saturating_sub(1), rejected.seq_without_key)
        }
        (None, _) => return None,
    };
    let (epoch_started_us, epoch_process) = (epoch.started_us, epoch.process);
    Some(Covers { epoch_started_us, epoch_process, from_seq, to_seq, ..Covers::default() })
}

fn covers_day(day: &Day) -> Covers {
    Covers {
        epoch_started_us: super::clock::nominal_us(day.date),
        from_us: day.complete.start_us,
        to_us: day.complete.end_us,
        ..Covers::default()
    }
}

/// Hash of all that the stream depends on.
fn stream_id(port: Port, calls: &BankCalls) -> String {
    let mut hasher = Fed(blake3::Hasher::new());
    hasher.number(u64::from(FORMAT_VERSION));
    hasher.text(port.source());
    hasher.text(calls.zone.name());
    for entry in &calls.entries {
        match entry {
            Entry::Call(row) => hasher.row(row),
            Entry::Rejected(rejected) => {
                hasher.text(rejected.reason.as_str());
                hasher.bytes(&rejected.input);
                hasher.number(rejected.seq_without_key);
            }
        }
    }
    hasher.0.finalize().to_hex().to_string()
}

/// A hasher that is fed with fields, each with its length, so that they do not run into each other.
struct Fed(blake3::Hasher);

impl Fed {
    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.update(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn number(&mut self, number: u64) {
        self.0.update(&number.to_le_bytes());
    }

    fn row(&mut self, row: &Row) {
        self.text("call");
        self.text(&row.key.date.to_string());
        self.text(&row.key.line);
        self.text(&row.service_type);
        for number in [row.key.call_id, row.customer_id, u64::from(row.priority)] {
            self.number(number);
        }
        let (served, server, service) = match &row.ending {
            Ending::Left => (0, "", None),
            Ending::Served { server, service } => (1, server.as_deref().unwrap_or_default(), *service),
        };
        self.number(served);
        self.text(server);
        for leg in [Some(row.ivr), row.queue, service] {
            self.number(leg.map_or(0, |leg| 1 + u64::from(leg.start_s)));
            self.number(leg.map_or(0, |leg| u64::from(leg.time_s)));
        }
    }
}
