//! The GIDB tables: rows worked out by hand from what Interaction Concentrator's tables mean, and laws that hold for any events.
//!
//! Codes are named by the dictionary, so that a line of a history reads as what happened.

mod calls;
mod laws;
mod sessions;
mod switches;

use callmart_schema::catalogue::gidb::codes::dictionary;
use callmart_schema::event::Event;

use super::build::T0_US;
use super::{known, rows_by, settings};
use crate::stored::Stored;
use crate::transform::GidbRows;

/// The GIDB rows of these events, with records of sessions.
fn gidb_with(events: impl IntoIterator<Item = Event>, records: impl IntoIterator<Item = Stored>) -> GidbRows {
    let events = events.into_iter().map(|event| super::build::stored(&event));
    gidb_of(records.into_iter().chain(events))
}

fn gidb_of(events: impl IntoIterator<Item = Stored>) -> GidbRows {
    *rows_by(&known(events), &settings()).gidb.expect("the settings ask for them")
}

fn gidb(events: impl IntoIterator<Item = Event>) -> GidbRows {
    gidb_with(events, [])
}

/// Name of a code.
fn named(type_number: i32, value: i32) -> String {
    let rows = dictionary();
    let row = rows.iter().find(|row| (row.r#type, row.value) == (type_number, value));
    row.map(|row| row.name.clone()).expect("a code of the dictionary")
}

/// A moment in seconds after the begin of the tests' time.
fn at(ms: i64) -> f64 {
    (ms - T0_US / 1_000) as f64 / 1_000.0
}

/// All changes of a call and of its parties in the order of CSeq, each as a line.
fn history(rows: &GidbRows, call: &str) -> Vec<String> {
    let of_call = rows.g_call_history.iter().filter(|row| row.callid == call);
    let calls = of_call.map(|row| (row.cseq, format!("{} {}", named(1, row.changetype), at(row.added))));
    let of_parties = rows.g_party_history.iter().filter(|row| row.callid == call);
    let parties = of_parties.map(|row| {
        let (change, before, state) = (named(1002, row.changetype), named(8, row.prevstate), named(8, row.state));
        let (party, seq, cause) = (&row.partyid, row.pseq, named(1003, row.cause));
        (row.cseq, format!("{party} {seq} {change} {before}>{state} {cause} {}", at(row.added)))
    });
    let mut all: Vec<(i32, String)> = calls.chain(parties).collect();
    all.sort();
    assert!(all.iter().zip(1..).all(|((cseq, _), place)| *cseq == place), "CSeq has holes: {all:?}");
    all.into_iter().map(|(_, line)| line).collect()
}

/// The one row of a table that a condition picks.
fn only<T>(rows: &[T], is: impl Fn(&T) -> bool) -> &T {
    let mut found = rows.iter().filter(|row| is(row));
    let first = found.next().expect("a row");
    assert!(found.next().is_none(), "only one row");
    first
}
