//! Snapshots: what a source says is so, taken apart into the units that it speaks of; and what each says of its source.
//!
//! A snapshot's identity is its content: both twins' copies are one, and it never meets an event's. Its parts are events of
//! their units, one for each UTC day since which something in them is so; what it says of units that it does not name is known
//! beside the units, by source. When it counts is the transform's business.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use buffa::MessageView as _;
use callmart_schema::event::{self, Body, BodyView, Event, EventView, Snapshot};
use callmart_schema::keys::key;
use serde::{Deserialize, Serialize};

use crate::coverage::{Coverage, Hole};
use crate::stored::{Identity, Stored, Texts, day_of_us};
use crate::unit::Unit;

/// Kind of a whole snapshot, as a log holds it.
pub const SNAPSHOT: &str = "snapshot";
/// Kind of what a snapshot tells of one unit.
pub const PART: &str = "snapshot_part";
/// Kind of what a snapshot tells of its source: when it holds, whether it is complete, and which calls ended.
pub const HEAD: &str = "snapshot_head";

/// What stands before the content in the process of a snapshot's identity, behind that of its epoch.
const MARK: &str = "/snapshot-";

/// A place among a source's events: begin of the epoch in microseconds, its process, number in it.
pub type Position = (i64, Arc<str>, u64);

/// What is known of what was lost, and of what snapshots say of it.
#[derive(Debug, Clone, Copy)]
pub struct Lost<'a> {
    /// What is known to be complete.
    pub coverage: &'a Coverage,
    /// What snapshots say beside their parts.
    pub snapshots: &'a Snapshots,
}

impl<'a> Lost<'a> {
    /// The hole of a source in which something ended that was there from `first_us`, was known last at `last_us`, and is not
    /// there at `at_us`: the first one behind what is known; the last one where all are before. None when nothing is lost
    /// between.
    #[must_use]
    pub fn hole(&self, source: &str, first_us: i64, last_us: i64, at_us: i64) -> Option<&'a Hole> {
        let between = || self.coverage.holes(source).iter().filter(|hole| hole.touches(first_us, at_us));
        between().find(|hole| hole.touches(last_us, at_us)).or_else(|| between().next_back())
    }

    /// Whether anything of a source is lost between two moments.
    #[must_use]
    pub fn is_any(&self, source: &str, first_us: i64, last_us: i64) -> bool {
        self.coverage.holes(source).iter().any(|hole| hole.touches(first_us, last_us))
    }
}

/// What a snapshot says of its source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Head {
    /// The events up to this place are in it.
    pub position: Position,
    /// Hash of its content.
    pub content: Arc<str>,
    /// When it holds, microseconds since 1970-01-01 UTC.
    pub at_us: i64,
    /// Nothing else exists at the source.
    pub is_complete: bool,
    /// Keys of calls that ended in what is lost.
    pub ended: BTreeSet<i64>,
}

impl Head {
    /// Whether a call that it does not name has ended.
    #[must_use]
    pub fn has_ended(&self, call: &str) -> bool {
        self.is_complete || self.ended.contains(&call_key(call))
    }
}

fn call_key(call: &str) -> i64 {
    key("call", &[call])
}

/// What is known of snapshots beside their parts, by source: a function of their set.
#[derive(Debug, Clone, Default)]
pub struct Snapshots(BTreeMap<Arc<str>, BTreeSet<Head>>);

impl Snapshots {
    /// Takes in what a snapshot says of its source; other events say nothing. Gives it.
    pub fn saw_event(&mut self, event: &Stored) -> Option<Head> {
        let head = head_of(event).filter(|_| event.is_head())?;
        // What names no end of anything says nothing of units beside its parts.
        if head.is_complete || !head.ended.is_empty() {
            self.0.entry(event.identity.source.clone()).or_default().insert(head.clone());
        }
        Some(head)
    }

    /// The snapshots of a source that say something of units beside their parts, in order.
    pub fn of(&self, source: &str) -> impl Iterator<Item = &Head> {
        self.0.get(source).into_iter().flatten()
    }

    /// As they are written down.
    pub(crate) fn known(&self) -> Vec<KnownSnapshot> {
        let of_source = |(source, heads): (&Arc<str>, &BTreeSet<Head>)| -> Vec<KnownSnapshot> {
            heads.iter().map(|head| KnownSnapshot::of(source, head)).collect()
        };
        self.0.iter().flat_map(of_source).collect()
    }

    /// Takes over what was written down.
    pub(crate) fn recall(&mut self, texts: &mut Texts, known: &[KnownSnapshot]) {
        for snapshot in known {
            let source = texts.keep(&snapshot.source);
            self.0.entry(source).or_default().insert(snapshot.head(texts));
        }
    }
}

/// What a snapshot says of its source, as it is written down.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KnownSnapshot {
    source: String,
    epoch_started_us: i64,
    epoch_process: String,
    as_of_seq: u64,
    content: String,
    at_us: i64,
    is_complete: bool,
    ended: BTreeSet<i64>,
}

impl KnownSnapshot {
    fn of(source: &str, head: &Head) -> Self {
        let (epoch_started_us, epoch_process, as_of_seq) = &head.position;
        Self {
            source: source.to_owned(),
            epoch_started_us: *epoch_started_us,
            epoch_process: epoch_process.to_string(),
            as_of_seq: *as_of_seq,
            content: head.content.to_string(),
            at_us: head.at_us,
            is_complete: head.is_complete,
            ended: head.ended.clone(),
        }
    }

    fn head(&self, texts: &mut Texts) -> Head {
        Head {
            position: (self.epoch_started_us, texts.keep(&self.epoch_process), self.as_of_seq),
            content: self.content.as_str().into(),
            at_us: self.at_us,
            is_complete: self.is_complete,
            ended: self.ended.clone(),
        }
    }
}

/// What a part or head says of its snapshot; of other events none. Of a part the calls that ended are not told.
#[must_use]
pub fn head_of(event: &Stored) -> Option<Head> {
    if !event.is_head() && !event.is_part() {
        return None;
    }
    let view = EventView::decode_view(&event.bytes).ok()?;
    let Some(BodyView::Snapshot(snapshot)) = view.body else { return None };
    let (process, content) = event.identity.epoch_process.rsplit_once(MARK)?;
    Some(Head {
        position: (event.identity.epoch_started_us, process.into(), snapshot.as_of_seq),
        content: content.into(),
        at_us: view.time_us,
        is_complete: snapshot.complete,
        ended: snapshot.ended_calls.iter().map(|call| call_key(call)).collect(),
    })
}

/// Place of an event among its source's events; of a snapshot's part the place of the last event that is in it.
#[must_use]
pub fn position_of(event: &Stored) -> Position {
    match head_of(event) {
        Some(head) => head.position,
        None => {
            let Identity { epoch_started_us, epoch_process, seq, .. } = &event.identity;
            (*epoch_started_us, epoch_process.clone(), *seq)
        }
    }
}

/// A whole snapshot as what it says of each unit and, last, of its source; anything else as it is.
#[must_use]
pub fn taken_apart(texts: &mut Texts, event: Stored) -> Vec<Stored> {
    if &*event.kind != SNAPSHOT {
        return vec![event];
    }
    let Ok(mut told) = event::decode(&event.bytes) else { return vec![event] };
    let Some(Body::Snapshot(mut snapshot)) = told.body.take() else { return vec![event] };
    let mut parts: BTreeMap<(Unit, i32), Vec<Event>> = BTreeMap::new();
    let mut others = Vec::new();
    for entity in std::mem::take(&mut snapshot.entities) {
        let subject = entity.body.as_ref().map(event::subject).unwrap_or_default();
        let unit = Unit::of_event(&subject, &event.identity);
        if unit.has_facts() {
            // A row that begins where an entity does begins on the day of an event of its unit.
            parts.entry((unit.clone(), day_of_us(entity.time_us))).or_default().push(entity);
            parts.entry((unit, event.day())).or_default();
        } else {
            others.push(entity);
        }
    }
    let whole =
        Whole { event: &event, envelope: told, snapshot, content: blake3::hash(&event.bytes).to_hex().to_string() };
    let mut all = Vec::with_capacity(parts.len() + 1);
    for ((unit, day), entities) in parts {
        let since_us = entities.iter().map(|entity| entity.time_us).min();
        all.push(whole.piece(texts, PART, unit, since_us.unwrap_or(event.time_us), entities, &day.to_string()));
    }
    all.push(whole.piece(texts, HEAD, Unit::of_source(&event.identity.source), event.time_us, others, "head"));
    all
}

/// A whole snapshot that is taken apart.
struct Whole<'a> {
    event: &'a Stored,
    /// Without its body.
    envelope: Event,
    /// Without its entities.
    snapshot: Snapshot,
    content: String,
}

impl Whole<'_> {
    fn piece(&self, texts: &mut Texts, kind: &str, unit: Unit, at_us: i64, entities: Vec<Event>, day: &str) -> Stored {
        let ended_calls = if kind == HEAD { self.snapshot.ended_calls.clone() } else { Vec::new() };
        let first = entities.first().and_then(|e| e.body.as_ref()).map(event::subject).unwrap_or_default();
        let (dn, agent) = (texts.keep(first.dn), texts.keep(first.agent));
        let body = Snapshot { entities, ended_calls, ..self.snapshot.clone() };
        let bytes = event::canonical(&Event { body: Some(body.into()), ..self.envelope.clone() });
        let process = format!("{}{MARK}{}", self.event.identity.epoch_process, self.content);
        Stored {
            identity: Identity {
                epoch_process: texts.keep(&process),
                seq: (key("part", &[unit.name(), day]) as u64).max(1),
                ..self.event.identity.clone()
            },
            content_hash: event::content_hash(&bytes),
            unit_key: unit.key(),
            kind: texts.keep(kind),
            time_us: at_us,
            dn: if kind == PART { dn } else { texts.keep("") },
            agent: if kind == PART { agent } else { texts.keep("") },
            unit,
            bytes: bytes.into(),
            ..self.event.clone()
        }
    }
}
