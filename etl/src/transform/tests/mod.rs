//! The transform as a function: events in, rows out.
//!
//! What is expected is reasoned from the domain's rules, never copied from what came out.

pub(crate) mod build;
mod flows;
pub(crate) mod laws;
mod logins;

use callmart_schema::catalogue::statics::technical_descriptors;
use callmart_schema::catalogue::{InteractionResourceFact, MediationSegmentFact};
use callmart_schema::event::Event;
use callmart_schema::keys::key;

use super::{Context, Rows, fold};
use crate::knowledge::{Knowledge, MARTS};
use crate::settings::TransformSettings;
use crate::stored::Stored;

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
    let settings = TransformSettings::default();
    let context = Context {
        timelines: &knowledge.timelines,
        coverage: &knowledge.coverage,
        overruled: &knowledge.overruled,
        wraps: &knowledge.wraps,
        settings: &settings,
    };
    let mut rows = Rows::default();
    for unit in knowledge.units() {
        rows.extend(fold(&unit.unit, &unit.events, context));
    }
    sorted(rows)
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
    sort(&mut rows.irf_user_data_keys);
    sort(&mut rows.irf_user_data_gen_1);
    sort(&mut rows.ctl_reject);
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
