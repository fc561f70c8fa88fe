//! Events as the ETL holds them, in the archive's shape: the only thing the transform reads.
//!
//! Knows how a record of a log becomes such an event and how it stands in `gidb/event`; nothing of facts.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use arrow::array::{BinaryArray, Int64Array, RecordBatch, StringArray};
use callmart_schema::catalogue::GidbEvent;
use callmart_schema::event::{self, Body, Epoch, Event, Unreadable};
use callmart_schema::keys::key;

use crate::unit::Unit;

/// Prefix of the kind of records that are no events but facts of a session.
pub const SESSION_KIND: &str = "session_";

/// Identity of an event.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity {
    /// Name of the source.
    pub source: Arc<str>,
    /// Start of the epoch, microseconds since 1970-01-01 UTC.
    pub epoch_started_us: i64,
    /// Process of the epoch.
    pub epoch_process: Arc<str>,
    /// Number within the epoch; 0 for a record of a session.
    pub seq: u64,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}-{}/{}", self.source, self.epoch_started_us, self.epoch_process, self.seq)
    }
}

/// Where a log holds an event.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// Name of the log.
    pub log: Arc<str>,
    /// Number of the segment.
    pub segment: u64,
    /// Offset in the segment, in bytes.
    pub offset: u64,
}

/// One event, or one record of a session.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stored {
    /// Identity; events of a unit are folded in its order.
    pub identity: Identity,
    /// 64-bit hash of the bytes, by which copies are compared.
    pub content_hash: i64,
    /// Unit that it belongs to.
    pub unit: Unit,
    /// Kind, as in the event model.
    pub kind: Arc<str>,
    /// When it happened, microseconds since 1970-01-01 UTC.
    pub time_us: i64,
    /// Switch that it speaks of.
    pub switch: Arc<str>,
    /// Call UUID, or empty.
    pub call: Arc<str>,
    /// Root call UUID, or empty.
    pub root_call: Arc<str>,
    /// DN or queue, or empty.
    pub dn: Arc<str>,
    /// EmployeeID, or empty.
    pub agent: Arc<str>,
    /// Canonical bytes.
    pub bytes: Arc<[u8]>,
    /// Where it was read.
    pub place: Place,
}

/// Keeps one copy of each text that comes again and again: names of sources, switches, DNs.
#[derive(Debug, Default)]
pub struct Texts(HashSet<Arc<str>>);

impl Texts {
    /// The one copy of a text.
    pub fn keep(&mut self, text: &str) -> Arc<str> {
        if let Some(kept) = self.0.get(text) {
            return kept.clone();
        }
        let kept: Arc<str> = text.into();
        self.0.insert(kept.clone());
        kept
    }
}

impl Stored {
    /// The event of a log record. Bytes that are no event become an `unreadable` event of the source, so that they
    /// survive in the archive and in the rejects.
    pub fn from_record(texts: &mut Texts, source: &str, bytes: &[u8], place: Place) -> Self {
        let event = event::decode(bytes).unwrap_or_else(|e| unreadable(source, bytes, e.reason(), &e.to_string()));
        Self::from_event(texts, &event, place)
    }

    /// Bytes with which a peer broke the session protocol, as an `unreadable` event.
    pub fn from_violation(texts: &mut Texts, source: &str, bytes: &[u8], place: Place) -> Self {
        let detail = "the peer broke the session protocol with these bytes; its session was closed";
        Self::from_event(texts, &unreadable(source, bytes, "protocol-violation", detail), place)
    }

    fn from_event(texts: &mut Texts, event: &Event, place: Place) -> Self {
        let epoch = event.epoch.as_option().cloned().unwrap_or_default();
        let identity = Identity {
            source: texts.keep(&event.source),
            epoch_started_us: epoch.started_us,
            epoch_process: texts.keep(&epoch.process),
            seq: event.seq,
        };
        let subject = event.body.as_ref().map(event::subject).unwrap_or_default();
        let bytes = event::canonical(event);
        Self {
            unit: Unit::of_event(&subject, &identity),
            content_hash: event::content_hash(&bytes),
            kind: texts.keep(subject.kind),
            time_us: event.time_us,
            switch: texts.keep(&event.switch),
            call: subject.call.into(),
            root_call: subject.root_call.into(),
            dn: texts.keep(subject.dn),
            agent: texts.keep(subject.agent),
            bytes: bytes.into(),
            identity,
            place,
        }
    }

    /// A record of a session (`kind` without its prefix), which coverage is made of.
    pub fn from_session(texts: &mut Texts, source: &str, kind: &str, time_us: i64, bytes: &[u8], place: Place) -> Self {
        let empty = texts.keep("");
        Self {
            identity: Identity {
                source: texts.keep(source),
                epoch_started_us: 0,
                epoch_process: empty.clone(),
                seq: 0,
            },
            content_hash: event::content_hash(bytes),
            unit: Unit::of_source(source),
            kind: texts.keep(&format!("{SESSION_KIND}{kind}")),
            time_us,
            switch: empty.clone(),
            call: empty.clone(),
            root_call: empty.clone(),
            dn: empty.clone(),
            agent: empty,
            bytes: bytes.into(),
            place,
        }
    }

    /// The events of a batch of `gidb/event`.
    pub fn from_archive(texts: &mut Texts, batch: &RecordBatch) -> Vec<Self> {
        let columns = ArchiveColumns(batch);
        (0..batch.num_rows()).map(|row| columns.stored(texts, row)).collect()
    }

    /// Whether this is a record of a session and not an event.
    #[must_use]
    pub fn is_session(&self) -> bool {
        self.kind.starts_with(SESSION_KIND)
    }

    /// Key of the interaction that the event names a call of.
    #[must_use]
    pub fn call_unit(&self) -> Option<i64> {
        let root = if self.root_call.is_empty() { &self.call } else { &self.root_call };
        (!root.is_empty()).then(|| Unit::of_call(root).key())
    }

    /// UTC day of the event, in days since 1970-01-01.
    #[must_use]
    pub fn day(&self) -> i32 {
        day_of_us(self.time_us)
    }

    /// The row of `gidb/event`.
    #[must_use]
    pub fn row(&self) -> GidbEvent {
        GidbEvent {
            unit: self.unit.name().to_owned(),
            unit_key: self.unit.key(),
            source: self.identity.source.to_string(),
            epoch_started_us: self.identity.epoch_started_us,
            epoch_process: self.identity.epoch_process.to_string(),
            seq: self.identity.seq as i64,
            switch_name: self.switch.to_string(),
            kind: self.kind.to_string(),
            time_us: self.time_us,
            call: self.call.to_string(),
            root_call: self.root_call.to_string(),
            dn: self.dn.to_string(),
            agent: self.agent.to_string(),
            event: self.bytes.to_vec(),
            content_hash: self.content_hash,
            log: self.place.log.to_string(),
            log_segment: self.place.segment as i64,
            log_offset: self.place.offset as i64,
        }
    }
}

/// The columns of a batch of `gidb/event`, opened as their types.
struct ArchiveColumns<'a>(&'a RecordBatch);

impl<'a> ArchiveColumns<'a> {
    fn text(&self, name: &str, row: usize) -> &'a str {
        let column = self.0.column_by_name(name).and_then(|c| c.as_any().downcast_ref::<StringArray>());
        column.map_or("", |c| c.value(row))
    }

    fn int(&self, name: &str, row: usize) -> i64 {
        let column = self.0.column_by_name(name).and_then(|c| c.as_any().downcast_ref::<Int64Array>());
        column.map_or(0, |c| c.value(row))
    }

    fn bytes(&self, name: &str, row: usize) -> &'a [u8] {
        let column = self.0.column_by_name(name).and_then(|c| c.as_any().downcast_ref::<BinaryArray>());
        column.map_or(&[], |c| c.value(row))
    }

    fn stored(&self, texts: &mut Texts, row: usize) -> Stored {
        Stored {
            identity: Identity {
                source: texts.keep(self.text("source", row)),
                epoch_started_us: self.int("epoch_started_us", row),
                epoch_process: texts.keep(self.text("epoch_process", row)),
                seq: self.int("seq", row) as u64,
            },
            content_hash: self.int("content_hash", row),
            unit: Unit::named(self.text("unit", row)),
            kind: texts.keep(self.text("kind", row)),
            time_us: self.int("time_us", row),
            switch: texts.keep(self.text("switch_name", row)),
            call: self.text("call", row).into(),
            root_call: self.text("root_call", row).into(),
            dn: texts.keep(self.text("dn", row)),
            agent: texts.keep(self.text("agent", row)),
            bytes: self.bytes("event", row).into(),
            place: Place {
                log: texts.keep(self.text("log", row)),
                segment: self.int("log_segment", row) as u64,
                offset: self.int("log_offset", row) as u64,
            },
        }
    }
}

/// UTC day of an instant in microseconds, in days since 1970-01-01.
#[must_use]
pub fn day_of_us(time_us: i64) -> i32 {
    const DAY_US: i64 = 86_400_000_000;
    time_us.div_euclid(DAY_US) as i32
}

fn unreadable(source: &str, bytes: &[u8], reason: &str, detail: &str) -> Event {
    let hash = blake3::hash(bytes).to_hex();
    Event {
        source: source.to_owned(),
        epoch: Epoch::new(0, "unreadable").into(),
        // Identified by its bytes, and never 0: an event's number is at least 1.
        seq: (key("unreadable", &[hash.as_str()]) as u64).max(1),
        body: Some(Body::Unreadable(Unreadable {
            reason: reason.to_owned(),
            input: bytes.to_vec(),
            detail: detail.to_owned(),
            ..Unreadable::default()
        })),
        ..Event::default()
    }
}
