//! Events as the ETL holds them, in the archive's shape: the only thing the transform reads.
//!
//! Knows how a record of a log becomes such an event and how it stands in `gidb/event`; nothing of facts.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use arrow::array::{BinaryArray, Int64Array, RecordBatch, StringArray};
use buffa::MessageView as _;
use callmart_schema::catalogue::GidbEvent;
use callmart_schema::control::CONTROL;
use callmart_schema::event::{self, Body, BodyView, Epoch, Event, EventView, Unreadable};
use callmart_schema::keys::key;

use crate::decisions::{self, DECISION};
use crate::snapshot;
use crate::unit::{Unit, UnitKind};

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
    /// Key of that unit.
    pub unit_key: i64,
    /// Kind, as in the event model.
    pub kind: Arc<str>,
    /// When it happened, microseconds since 1970-01-01 UTC; of a decision about a call when the call began.
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
    /// When a collector heard it, by the collector's clock, microseconds since 1970-01-01 UTC; none when it was read from the
    /// archive, which does not keep that.
    pub received_us: Option<i64>,
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

    /// Lets go of the texts that nobody uses, such as numbers of callers, when there are more than `limit`.
    pub(crate) fn forget_unused(&mut self, limit: usize) {
        if self.0.len() > limit {
            self.0.retain(|text| Arc::strong_count(text) > 1);
        }
    }
}

impl Stored {
    /// The event of a log record. Bytes that are no event become an `unreadable` event of the source, so that they
    /// survive in the archive and in the rejects.
    pub fn from_record(texts: &mut Texts, source: &str, bytes: &[u8], place: Place) -> Self {
        let event = event::decode(bytes).unwrap_or_else(|e| unreadable(source, bytes, e.reason(), &e.to_string()));
        if is_of_control(&event) && &*place.log != CONTROL {
            let detail = "what an operator decides is told by the control log only; no source may";
            return Self::of_event(texts, &unreadable(source, bytes, "no-operator", detail), place);
        }
        Self::of_event(texts, &event, place)
    }

    /// Bytes with which a peer broke the session protocol, as an `unreadable` event.
    pub fn from_violation(texts: &mut Texts, source: &str, bytes: &[u8], place: Place) -> Self {
        let detail = "the peer broke the session protocol with these bytes; its session was closed";
        Self::of_event(texts, &unreadable(source, bytes, "protocol-violation", detail), place)
    }

    /// This, told by the same source of the same moment, as bytes that are rejected.
    pub(crate) fn rejected(self, texts: &mut Texts, reason: &str, detail: &str) -> Self {
        let event = Event { time_us: self.time_us, ..unreadable(&self.identity.source, &self.bytes, reason, detail) };
        Self { received_us: self.received_us, ..Self::of_event(texts, &event, self.place) }
    }

    /// The event that stands at a place of a log.
    pub(crate) fn of_event(texts: &mut Texts, event: &Event, place: Place) -> Self {
        let epoch = event.epoch.as_option().cloned().unwrap_or_default();
        let identity = Identity {
            source: texts.keep(&event.source),
            epoch_started_us: epoch.started_us,
            epoch_process: texts.keep(&epoch.process),
            seq: event.seq,
        };
        let subject = event.body.as_ref().map(event::subject).unwrap_or_default();
        let bytes = event::canonical(event);
        let (unit, time_us) =
            decisions::place_of(event).unwrap_or_else(|| (Unit::of_event(&subject, &identity), event.time_us));
        Self {
            unit_key: unit.key(),
            unit,
            content_hash: event::content_hash(&bytes),
            kind: texts.keep(subject.kind),
            time_us,
            switch: texts.keep(&event.switch),
            call: long(texts, subject.call),
            root_call: long(texts, subject.root_call),
            dn: texts.keep(subject.dn),
            agent: texts.keep(subject.agent),
            bytes: bytes.into(),
            identity,
            place,
            received_us: None,
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
            unit_key: Unit::of_source(source).key(),
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
            received_us: None,
        }
    }

    /// Hands out the events of a batch of `gidb/event`.
    ///
    /// # Errors
    /// The first one of `take`.
    pub fn each_archived<E>(
        texts: &mut Texts,
        batch: &RecordBatch,
        take: &mut dyn FnMut(&mut Texts, Self) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(columns) = ArchiveColumns::open(batch) else { return Ok(()) };
        let mut last = LastRow::new(texts);
        (0..batch.num_rows()).try_for_each(|row| {
            let event = columns.stored(texts, &mut last, row);
            take(texts, event)
        })
    }

    /// Whether this tells who was logged in: a login or a logout of an agent, or a snapshot's part of a session.
    #[must_use]
    pub fn is_login(&self) -> bool {
        self.kind.starts_with("agent_log") || (self.is_part() && self.unit.kind() == UnitKind::Session)
    }

    /// Whether this is what a snapshot tells of a unit.
    #[must_use]
    pub fn is_part(&self) -> bool {
        &*self.kind == snapshot::PART
    }

    /// Whether this is what a snapshot tells of its source.
    #[must_use]
    pub fn is_head(&self) -> bool {
        &*self.kind == snapshot::HEAD
    }

    /// Whether this is what an operator decided.
    #[must_use]
    pub fn is_decision(&self) -> bool {
        &*self.kind == DECISION
    }

    /// Whether this stood in the control log, which is no source to be heard: what it tells are decisions, and bytes that are
    /// none.
    #[must_use]
    pub fn is_from_control(&self) -> bool {
        &*self.identity.source == CONTROL
    }

    /// Whether this is a record of a session and not an event.
    #[must_use]
    pub fn is_session(&self) -> bool {
        self.kind.starts_with(SESSION_KIND)
    }

    /// Whether its unit begins with it: the creation of a root call, a login.
    #[must_use]
    pub fn begins_unit(&self) -> bool {
        (&*self.kind == "call_created" && self.is_of_root()) || &*self.kind == "agent_login"
    }

    /// Whether its unit ends with it: the deletion of a root call, a logout.
    #[must_use]
    pub fn ends_unit(&self) -> bool {
        (&*self.kind == "call_deleted" && self.is_of_root()) || &*self.kind == "agent_logout"
    }

    fn is_of_root(&self) -> bool {
        self.root_call.is_empty() || self.root_call == self.call
    }

    /// Why an input was rejected; none for events.
    #[must_use]
    pub fn reject_reason(&self) -> Option<String> {
        if &*self.kind != "unreadable" {
            return None;
        }
        match EventView::decode_view(&self.bytes).ok().and_then(|e| e.body) {
            Some(BodyView::Unreadable(unreadable)) => Some(unreadable.reason.to_owned()),
            _ => Some("unreadable".to_owned()),
        }
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
            unit_key: self.unit_key,
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
struct ArchiveColumns<'a> {
    unit: &'a StringArray,
    unit_key: &'a Int64Array,
    source: &'a StringArray,
    epoch_started_us: &'a Int64Array,
    epoch_process: &'a StringArray,
    seq: &'a Int64Array,
    switch: &'a StringArray,
    kind: &'a StringArray,
    time_us: &'a Int64Array,
    call: &'a StringArray,
    root_call: &'a StringArray,
    dn: &'a StringArray,
    agent: &'a StringArray,
    event: &'a BinaryArray,
    content_hash: &'a Int64Array,
    log: &'a StringArray,
    log_segment: &'a Int64Array,
    log_offset: &'a Int64Array,
}

/// The texts of the row before: the archive's order puts rows with the same ones together.
struct LastRow {
    source: Arc<str>,
    epoch_process: Arc<str>,
    unit: Unit,
    kind: Arc<str>,
    switch: Arc<str>,
    call: Arc<str>,
    root_call: Arc<str>,
    dn: Arc<str>,
    agent: Arc<str>,
    log: Arc<str>,
}

impl LastRow {
    fn new(texts: &mut Texts) -> Self {
        let empty = texts.keep("");
        let [source, epoch_process, kind, switch, call] = std::array::from_fn(|_| empty.clone());
        let [root_call, dn, agent, log] = std::array::from_fn(|_| empty.clone());
        Self { source, epoch_process, unit: Unit::named(""), kind, switch, call, root_call, dn, agent, log }
    }
}

impl<'a> ArchiveColumns<'a> {
    /// Opens a batch that has the catalogue's columns; none of another one.
    fn open(batch: &'a RecordBatch) -> Option<Self> {
        fn column<'a, A: 'static>(batch: &'a RecordBatch, name: &str) -> Option<&'a A> {
            batch.column_by_name(name)?.as_any().downcast_ref()
        }
        Some(Self {
            unit: column(batch, "unit")?,
            unit_key: column(batch, "unit_key")?,
            source: column(batch, "source")?,
            epoch_started_us: column(batch, "epoch_started_us")?,
            epoch_process: column(batch, "epoch_process")?,
            seq: column(batch, "seq")?,
            switch: column(batch, "switch_name")?,
            kind: column(batch, "kind")?,
            time_us: column(batch, "time_us")?,
            call: column(batch, "call")?,
            root_call: column(batch, "root_call")?,
            dn: column(batch, "dn")?,
            agent: column(batch, "agent")?,
            event: column(batch, "event")?,
            content_hash: column(batch, "content_hash")?,
            log: column(batch, "log")?,
            log_segment: column(batch, "log_segment")?,
            log_offset: column(batch, "log_offset")?,
        })
    }

    fn stored(&self, texts: &mut Texts, last: &mut LastRow, row: usize) -> Stored {
        let mut often = |last: &mut Arc<str>, text: &str| again(last, text, |text| texts.keep(text));
        let identity = Identity {
            source: often(&mut last.source, self.source.value(row)),
            epoch_started_us: self.epoch_started_us.value(row),
            epoch_process: often(&mut last.epoch_process, self.epoch_process.value(row)),
            seq: self.seq.value(row) as u64,
        };
        let place = Place {
            log: often(&mut last.log, self.log.value(row)),
            segment: self.log_segment.value(row) as u64,
            offset: self.log_offset.value(row) as u64,
        };
        if last.unit.name() != self.unit.value(row) {
            last.unit = Unit::named(self.unit.value(row));
        }
        Stored {
            identity,
            content_hash: self.content_hash.value(row),
            unit: last.unit.clone(),
            unit_key: self.unit_key.value(row),
            kind: often(&mut last.kind, self.kind.value(row)),
            time_us: self.time_us.value(row),
            switch: often(&mut last.switch, self.switch.value(row)),
            dn: often(&mut last.dn, self.dn.value(row)),
            agent: often(&mut last.agent, self.agent.value(row)),
            call: again(&mut last.call, self.call.value(row), |text| long(texts, text)),
            root_call: again(&mut last.root_call, self.root_call.value(row), |text| long(texts, text)),
            bytes: self.event.value(row).into(),
            place,
            received_us: None,
        }
    }
}

/// The text of the row before where it is the same, else a new one.
fn again(last: &mut Arc<str>, text: &str, keep: impl FnOnce(&str) -> Arc<str>) -> Arc<str> {
    if **last != *text {
        *last = keep(text);
    }
    last.clone()
}

/// A text that few events have in common, unless it is empty.
fn long(texts: &mut Texts, text: &str) -> Arc<str> {
    if text.is_empty() { texts.keep("") } else { text.into() }
}

/// UTC day of an instant in microseconds, in days since 1970-01-01.
#[must_use]
pub fn day_of_us(time_us: i64) -> i32 {
    const DAY_US: i64 = 86_400_000_000;
    time_us.div_euclid(DAY_US) as i32
}

/// Whether an event says that an operator decided it.
fn is_of_control(event: &Event) -> bool {
    event.source == CONTROL || matches!(event.body, Some(Body::Control(_)))
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
