//! Events straight into the transform.

use std::sync::Arc;

use callmart_etl::TransformSettings;
use callmart_etl::knowledge::{Knowledge, MARTS};
use callmart_etl::stored::{Place, Stored, Texts};
use callmart_etl::transform::{Context, Rows, fold, wraps};
use callmart_etl::wraps::Wraps;
use callmart_schema::event::{Event, canonical};

use crate::mart::Mart;

/// The rows of events, in whatever order they come.
pub(crate) fn mart(events: Vec<Event>, settings: &TransformSettings) -> Mart {
    let mut knowledge = Knowledge::new(settings.clone(), &MARTS);
    let mut texts = Texts::default();
    for (event, offset) in events.iter().zip(0..) {
        let place = Place { log: Arc::from("log"), segment: 0, offset };
        let stored = Stored::from_record(&mut texts, &event.source, &canonical(event), place);
        knowledge.take(stored).expect("an archive without days needs no reading");
    }
    let mut mart = Mart::default();
    let rows = folded(&knowledge, settings);
    for (table, batch) in rows.fact_batches().into_iter().chain(rows.dimensions.batches()) {
        mart.add(table, &batch);
    }
    mart
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
