//! Events straight into the transform.

use std::sync::Arc;

use buffa::Message as _;
use callmart_collector::log::{RecordDraft, RecordKind};
use callmart_etl::TransformSettings;
use callmart_etl::coverage::{BATCH, CONNECT, STOP};
use callmart_etl::knowledge::{Knowledge, MARTS};
use callmart_etl::stored::{Place, Stored, Texts};
use callmart_etl::transform::{Context, Rows, fold, wraps};
use callmart_etl::wraps::Wraps;
use callmart_schema::event::{Event, canonical};
use callmart_schema::session::{Batch, Covers, Welcome};

use crate::file::{Flow, START_US};
use crate::mart::Mart;

/// The rows of a flow's events, in whatever order they come. Every source was heard until the last of them.
pub(crate) fn mart(flow: &Flow, events: Vec<Event>) -> Mart {
    let mut texts = Texts::default();
    let mut records: Vec<Stored> = Vec::new();
    for (event, offset) in events.iter().zip(0..) {
        let place = Place { log: Arc::from("log"), segment: 0, offset };
        records.push(Stored::from_record(&mut texts, &event.source, &canonical(event), place));
    }
    records.extend(heard(&mut texts, flow, &events));
    made_of(&flow.settings, records)
}

/// The rows of events and of what was heard of their sources.
fn made_of(settings: &TransformSettings, records: Vec<Stored>) -> Mart {
    let mut knowledge = Knowledge::new(settings.clone(), &MARTS);
    for record in records {
        knowledge.take(record).expect("an archive without days needs no reading");
    }
    let mut mart = Mart::default();
    let rows = folded(&knowledge, settings);
    for (table, batch) in rows.fact_batches().into_iter().chain(rows.dimensions.batches()) {
        mart.add(table, &batch);
    }
    mart
}

/// The rows of what logs hold, each log by its name.
pub(crate) fn of_logs<'a>(
    settings: &TransformSettings,
    logs: impl IntoIterator<Item = (&'a str, Vec<RecordDraft>)>,
) -> Mart {
    let (mut texts, mut all) = (Texts::default(), Vec::new());
    for (name, records) in logs {
        let log: Arc<str> = Arc::from(name);
        for (record, offset) in records.iter().zip(0..) {
            let place = Place { log: log.clone(), segment: 0, offset };
            let (source, bytes, at_us) = (&*record.source, &*record.bytes, record.received_us);
            all.push(match session_kind(record.kind) {
                None => Stored::from_record(&mut texts, source, bytes, place),
                Some(kind) => Stored::from_session(&mut texts, source, kind, at_us, bytes, place),
            });
        }
    }
    made_of(settings, all)
}

/// What a record of a log says of a session; none for an event.
fn session_kind(kind: RecordKind) -> Option<&'static str> {
    match kind {
        RecordKind::Connect => Some(CONNECT),
        RecordKind::Batch => Some(BATCH),
        RecordKind::Stop => Some(STOP),
        _ => None,
    }
}

/// That each source was heard, from the begin to the last event of all.
fn heard(texts: &mut Texts, flow: &Flow, events: &[Event]) -> Vec<Stored> {
    let until_us = events.iter().map(|event| event.time_us + 1).max().unwrap_or(START_US);
    let mut records = Vec::new();
    for (teller, place) in flow.played.tellers.iter().zip(0..) {
        let told = || events.iter().filter(|event| event.source == teller.name);
        let epoch = told().find_map(|event| event.epoch.as_option().cloned()).unwrap_or_default();
        let (switch, role) = (teller.switch.clone(), teller.role.as_str().to_owned());
        let welcome = Welcome { switch, role, ..Welcome::default() };
        let covers = Covers {
            epoch_started_us: epoch.started_us,
            epoch_process: epoch.process,
            to_seq: told().map(|event| event.seq).max().unwrap_or_default(),
            from_us: START_US,
            to_us: until_us,
            ..Covers::default()
        };
        let batch = Batch { covers: vec![covers], ..Batch::default() };
        let bytes = [(CONNECT, welcome.encode_to_vec()), (BATCH, batch.encode_to_vec())];
        for ((kind, bytes), offset) in bytes.into_iter().zip(0..) {
            let at = Place { log: Arc::from("heard"), segment: place, offset };
            records.push(Stored::from_session(texts, &teller.name, kind, START_US, &bytes, at));
        }
    }
    records
}

fn folded(knowledge: &Knowledge, settings: &TransformSettings) -> Rows {
    let mut found = Wraps::default();
    let context = |wraps| Context {
        timelines: &knowledge.timelines,
        coverage: &knowledge.coverage,
        snapshots: &knowledge.snapshots,
        overruled: &knowledge.overruled,
        wraps,
        settings,
    };
    let none = Wraps::default();
    for entry in knowledge.units() {
        let of_session = wraps(&entry.unit, &entry.events, context(&none));
        if !of_session.is_empty() {
            found.set(&Arc::from(entry.unit.id()), of_session);
        }
    }
    let mut rows = Rows::default();
    for entry in knowledge.units() {
        rows.extend(fold(&entry.unit, &entry.events, context(&found)));
    }
    rows
}
