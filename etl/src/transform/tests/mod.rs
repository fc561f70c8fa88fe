//! The transform as a function: events in, rows out.
//!
//! What is expected is reasoned from the domain's rules, never copied from what came out.

mod after_call;
mod agent_states;
pub(crate) mod build;
mod cases;
mod channels;
mod clocks;
mod conferences;
mod decided;
mod flags;
mod flows;
mod gidb;
pub(crate) mod laws;
mod logins;
mod lost;
mod lost_of_others;
pub(crate) mod mixes;
mod now;
mod outgoing;
pub(crate) mod several;
mod switchover;
mod transfers;
mod unheard;
mod user_data;

use std::collections::BTreeMap;

use callmart_schema::catalogue::statics::{interaction_resource_states, technical_descriptors};
use callmart_schema::catalogue::{InteractionResourceFact, MediationSegmentFact, Row, Value, cells};
use callmart_schema::event::Event;
use callmart_schema::keys::key;

use super::{Context, Rows, fold};
use crate::knowledge::{Knowledge, MARTS};
use crate::settings::TransformSettings;
use crate::stored::Stored;
use crate::wraps::Wraps;

/// What is known after these events and records of sessions.
pub(crate) fn known(events: impl IntoIterator<Item = Stored>) -> Knowledge {
    let mut knowledge = Knowledge::new(TransformSettings::default(), &MARTS);
    for event in events {
        knowledge.take(event).expect("an archive without days needs no reading");
    }
    knowledge
}

/// The rows of every unit that is in memory, each table in the order of its rows' text.
pub(crate) fn rows_of(knowledge: &Knowledge) -> Rows {
    rows_by(knowledge, &TransformSettings::default())
}

/// As usual, and with GIDB tables.
pub(crate) fn settings() -> TransformSettings {
    TransformSettings { gidb_tables: true, ..TransformSettings::default() }
}

/// As [`rows_of`], by other settings.
pub(crate) fn rows_by(knowledge: &Knowledge, settings: &TransformSettings) -> Rows {
    let mut wraps = Wraps::default();
    let context = Context { wraps: &wraps, ..context(knowledge, settings) };
    let of_sessions: Vec<_> =
        knowledge.units().map(|u| (u.unit.id().into(), super::wraps(&u.unit, &u.events, context))).collect();
    for (session, of_session) in of_sessions.into_iter().filter(|(_, of_session)| !of_session.is_empty()) {
        wraps.set(&session, of_session);
    }
    let context = Context { wraps: &wraps, ..self::context(knowledge, settings) };
    let mut rows = Rows::default();
    for unit in knowledge.units() {
        rows.extend(fold(&unit.unit, &unit.events, context));
    }
    sorted(rows)
}

/// What a fold may look at.
pub(crate) fn context<'a>(knowledge: &'a Knowledge, settings: &'a TransformSettings) -> Context<'a> {
    Context {
        timelines: &knowledge.timelines,
        coverage: &knowledge.coverage,
        snapshots: &knowledge.snapshots,
        overruled: &knowledge.overruled,
        wraps: &knowledge.wraps,
        settings,
    }
}

/// The rows in an order that does not depend on how they came about, without the places of logs.
pub(crate) fn sorted(mut rows: Rows) -> Rows {
    fn sort<T: std::fmt::Debug>(rows: &mut [T]) {
        rows.sort_by_cached_key(|row| format!("{row:?}"));
    }
    for reject in &mut rows.ctl_reject {
        (reject.log, reject.log_segment, reject.log_offset) = (String::new(), 0, 0);
    }
    sort(&mut rows.interaction_fact);
    sort(&mut rows.interaction_resource_fact);
    sort(&mut rows.mediation_segment_fact);
    sort(&mut rows.ixn_resource_state_fact);
    sort(&mut rows.sm_res_session_fact);
    sort(&mut rows.sm_res_state_fact);
    sort(&mut rows.sm_res_state_reason_fact);
    sort(&mut rows.open_interaction);
    sort(&mut rows.open_agent);
    sort(&mut rows.irf_user_data_keys);
    sort(&mut rows.irf_user_data_gen_1);
    sort(&mut rows.irf_user_data_cust_1);
    sort(&mut rows.ctl_reject);
    if let Some(gidb) = &mut rows.gidb {
        gidb.sort();
    }
    rows
}

/// The rows of these events.
fn rows(events: impl IntoIterator<Item = Event>) -> Rows {
    rows_with(events, [])
}

/// The rows of these events, with records of sessions.
fn rows_with(events: impl IntoIterator<Item = Event>, records: impl IntoIterator<Item = Stored>) -> Rows {
    rows_of(&known(records.into_iter().chain(events.into_iter().map(|e| build::stored(&e)))))
}

/// The attempt of a party.
fn irf<'a>(rows: &'a Rows, party: &str) -> &'a InteractionResourceFact {
    let found = rows.interaction_resource_fact.iter().find(|r| r.partyguid == party);
    found.unwrap_or_else(|| panic!("no attempt of {party} among {:?}", parties(rows)))
}

/// What a row counts and measures: every count and duration that is not 0, by column.
fn measures(row: &InteractionResourceFact) -> BTreeMap<String, i64> {
    let batch = InteractionResourceFact::batch(std::slice::from_ref(row));
    let values = InteractionResourceFact::TABLE.columns.iter().zip(cells(&batch, 0));
    let measured = values.filter(|(c, _)| c.name.ends_with("_count") || c.name.ends_with("_duration"));
    let number = |value| if let Value::Int(number) = value { number } else { 0 };
    measured.map(|(c, value)| (c.name.to_owned(), number(value))).filter(|(_, number)| *number != 0).collect()
}

/// Counts and durations by their common name, as [`measures`] tells them; a count without a duration has `None`.
fn expected(measures: &[(&str, i64, Option<i64>)]) -> BTreeMap<String, i64> {
    let count = measures.iter().map(|(name, count, _)| (format!("{name}_count"), *count));
    let durations = measures.iter().filter_map(|(name, _, length)| Some((format!("{name}_duration"), (*length)?)));
    count.chain(durations).filter(|(_, number)| *number != 0).collect()
}

/// The states of a party's attempt in order: name, role, descriptor, length in milliseconds.
fn states_of(rows: &Rows, party: &str) -> Vec<(String, i64)> {
    let id = irf(rows, party).interaction_resource_id;
    let mut states: Vec<_> = rows.ixn_resource_state_fact.iter().filter(|s| s.interaction_resource_id == id).collect();
    states.sort_by_key(|s| (s.start_ms, s.end_ms));
    let name = |key: i64| {
        let row = interaction_resource_states().into_iter().find(|s| s.interaction_resource_state_key == key);
        row.map(|s| format!("{}/{}/{}", s.state_name, s.state_role, s.state_descriptor)).expect("a state")
    };
    states.iter().map(|s| (name(s.interaction_resource_state_key), s.end_ms - s.start_ms)).collect()
}

/// The passage of that id.
fn msf<'a>(rows: &'a Rows, id: &str) -> &'a MediationSegmentFact {
    rows.mediation_segment_fact.iter().find(|r| r.mediation_guid == id).expect("a passage of that id")
}

/// Parties that have an attempt, in the order of ordinals.
fn parties(rows: &Rows) -> Vec<&str> {
    let mut attempts: Vec<_> = rows.interaction_resource_fact.iter().collect();
    attempts.sort_by_key(|r| r.interaction_resource_ordinal);
    attempts.iter().map(|r| r.partyguid.as_str()).collect()
}

/// A technical descriptor as role/result/reason.
fn descriptor(descriptor_key: i64) -> String {
    let row = technical_descriptors().into_iter().find(|d| d.technical_descriptor_key == descriptor_key);
    row.map(|d| format!("{}/{}/{}", d.resource_role, d.technical_result, d.result_reason)).expect("a descriptor")
}

fn result_of(rows: &Rows, party: &str) -> String {
    descriptor(irf(rows, party).technical_descriptor_key)
}

fn end_of(rows: &Rows, passage: &str) -> String {
    descriptor(msf(rows, passage).technical_descriptor_key)
}

fn dn_key(dn: &str) -> i64 {
    key("resource", &["dn", dn, build::SWITCH])
}

fn agent_key(agent: &str) -> i64 {
    key("resource", &["agent", agent, build::TENANT])
}

/// Durations of mediation, ringing, talking and holding, and the response time.
fn durations(row: &InteractionResourceFact) -> [i32; 5] {
    [row.mediation_duration, row.ring_duration, row.talk_duration, row.hold_duration, row.response_time]
}
