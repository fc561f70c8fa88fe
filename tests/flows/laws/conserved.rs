//! Time is conserved: what holds of the lengths in every row of a mart, whatever was told and whatever is missing.
//!
//! Knows columns and states; not which calls there were.

use std::collections::BTreeMap;

use callmart_schema::catalogue::Value;

use crate::hold::SUMS;
use crate::mart::{Mart, Row, descriptor, int, ixn_state, text};

const ATTEMPTS: &str = "interaction_resource_fact";
const STATES: &str = "ixn_resource_state_fact";
const SESSIONS: &str = "sm_res_session_fact";
const SESSION_STATES: &str = "sm_res_state_fact";
const REASONS: &str = "sm_res_state_reason_fact";
/// Facts that last, with the column that says how long.
const LASTING: [(&str, &str); 6] = [
    ("mediation_segment_fact", "mediation_duration"),
    (STATES, "total_duration"),
    (SESSIONS, "total_duration"),
    (SESSION_STATES, "total_duration"),
    (REASONS, "total_duration"),
    ("interaction_fact", ""),
];
/// State of after-call work, which comes after the attempt.
const WRAP: &str = "Wrap";
/// Families that the customer has no part in.
const CONSULT: [&str; 2] = ["cons_init", "cons_rcv"];

/// Roles of attempts by which a device of mediation called somebody: what it dialled is no mediation, and in no measure.
const CALLED: &str = "Initiated";
/// Kinds of resources that hold a call and do nothing with it.
const MEDIATION: [&str; 2] = ["ROUTINGPOINT", "QUEUE"];

/// Every row that does not conserve time, each in a sentence.
pub(crate) fn faults(mart: &Mart) -> Vec<String> {
    let mut faults = Vec::new();
    for (table, length) in LASTING {
        faults.extend(mart.rows(table).iter().flat_map(|row| lasting(table, length, row)));
    }
    let states = by(mart.rows(STATES), "interaction_resource_id");
    for attempt in mart.rows(ATTEMPTS) {
        let states = states.get(&int(attempt, "interaction_resource_id")).map_or(&[][..], Vec::as_slice);
        let resource = mart.of_key("resource_", "resource_key", int(attempt, "resource_key"));
        let kind = resource.map(|row| text(row, "resource_type_code")).unwrap_or_default();
        let broken = attempt_faults(attempt, states, MEDIATION.contains(&kind.as_str()));
        faults.extend(broken.into_iter().map(|broken| format!("{broken}: {}", short(attempt))));
    }
    let states = by(mart.rows(SESSION_STATES), "sm_res_session_fact_key");
    for session in mart.rows(SESSIONS) {
        let states = states.get(&int(session, "sm_res_session_fact_key")).map_or(&[][..], Vec::as_slice);
        if !tiles(states, int(session, "start_ms"), int(session, "end_ms")) {
            faults.push(format!("the states of session {} do not tile it", text(session, "session_guid")));
        }
    }
    faults.extend(reason_faults(mart));
    faults
}

/// A row's seconds are those of its milliseconds, and its length that of its seconds.
fn lasting(table: &str, length: &str, row: &Row) -> Vec<String> {
    let mut faults = Vec::new();
    for end in ["start", "end"] {
        if int(row, &format!("{end}_ts")) != int(row, &format!("{end}_ms")).div_euclid(1_000) {
            faults.push(format!("{end}_ts of {table} is not its second: {row:?}"));
        }
    }
    let spent_s = int(row, "end_ts") - int(row, "start_ts");
    if int(row, "end_ms") < int(row, "start_ms") {
        faults.push(format!("{table} ends before it begins: {row:?}"));
    }
    if !length.is_empty() && int(row, length) != spent_s {
        faults.push(format!("{length} of {table} is not {spent_s} s: {row:?}"));
    }
    faults
}

/// The states of an attempt fill it from its delivery to its end, one after the other, and add up to its measures. Of an attempt
/// that all was told of that is, with the mediation before it, its whole length; what was not told is in no measure. In
/// after-call work it is no more.
fn attempt_faults(attempt: &Row, states: &[&Row], is_mediation: bool) -> Vec<&'static str> {
    let mut faults = Vec::new();
    let spent_s = int(attempt, "end_ts") - int(attempt, "start_ts");
    let mediation_s = int(attempt, "mediation_duration");
    let in_families: i64 = SUMS.iter().filter(|(state, _)| *state != WRAP).map(|sum| measured(attempt, sum.1)).sum();
    let (wraps, states): (Vec<&Row>, Vec<&Row>) = states.iter().partition(|row| state_of(row).starts_with(WRAP));
    let has_dialled = is_mediation && descriptor(int(attempt, "technical_descriptor_key")).starts_with(CALLED);
    let is_whole = text(attempt, "completeness") == "whole" && !has_dialled;
    if is_whole && mediation_s + in_families != spent_s {
        faults.push("mediation and families do not make the attempt's length");
    }
    if mediation_s + in_families > spent_s {
        faults.push("mediation and families are more than the attempt's length");
    }
    if is_mediation && in_families != 0 {
        faults.push("a device of mediation does something");
    }
    if mediation_s
        != int(attempt, "queue_duration") + int(attempt, "routing_point_duration") + int(attempt, "ivr_port_duration")
    {
        faults.push("the parts of mediation are not all of it");
    }
    let begin_ms = states.iter().map(|row| int(row, "start_ms")).min().unwrap_or_else(|| int(attempt, "end_ms"));
    if in_families != int(attempt, "end_ts") - begin_ms.div_euclid(1_000) {
        faults.push("the families are not the time from the first state to the attempt's end");
    }
    if !tiles(&states, begin_ms, int(attempt, "end_ms")) {
        faults.push("the states do not fill the attempt to its end");
    }
    if wraps.iter().any(|wrap| int(wrap, "start_ms") < int(attempt, "start_ms")) {
        faults.push("after-call work begins before the attempt");
    }
    for (state, measures) in SUMS {
        let all = states.iter().chain(&wraps).filter(|row| state_of(row).starts_with(state));
        if all.map(|row| int(row, "total_duration")).sum::<i64>() != measured(attempt, measures) {
            faults.push("the states are not what is measured");
        }
    }
    let shared_s = measured(attempt, &["customer_dial", "customer_ring", "customer_talk", "customer_hold"]);
    let consult_s: i64 = SUMS
        .iter()
        .flat_map(|(_, measures)| measures.iter())
        .filter(|measure| CONSULT.iter().any(|family| measure.starts_with(family)) && !measure.ends_with("acw"))
        .map(|measure| measured(attempt, &[measure]))
        .sum();
    if shared_s > in_families - consult_s {
        faults.push("the customer has more than there is");
    }
    if pairs(attempt).any(|(count, seconds)| count < 0 || seconds < 0 || (count == 0 && seconds > 0)) {
        faults.push("a duration without a count");
    }
    faults
}

/// Seconds of some measures together.
fn measured(attempt: &Row, measures: &[&str]) -> i64 {
    measures.iter().map(|measure| int(attempt, &format!("{measure}_duration"))).sum()
}

/// Every count with its duration.
fn pairs(attempt: &Row) -> impl Iterator<Item = (i64, i64)> {
    let stems = attempt.keys().filter_map(|column| column.strip_suffix("_duration"));
    stems.filter_map(|stem| {
        let count = format!("{stem}_count");
        attempt.contains_key(count.as_str()).then(|| (int(attempt, &count), measured(attempt, &[stem])))
    })
}

/// Whether rows follow one another from one moment to another; none do so only where there is no time.
fn tiles(rows: &[&Row], from_ms: i64, to_ms: i64) -> bool {
    let mut spans: Vec<(i64, i64)> = rows.iter().map(|row| (int(row, "start_ms"), int(row, "end_ms"))).collect();
    spans.sort_unstable();
    let follows = |at_ms: i64, (start_ms, end_ms): &(i64, i64)| (*start_ms == at_ms).then_some(*end_ms);
    spans.iter().try_fold(from_ms, follows) == Some(to_ms)
}

/// A reason lies within its state, and no two of a state at once have one name.
fn reason_faults(mart: &Mart) -> Vec<String> {
    let states = by(mart.rows(SESSION_STATES), "sm_res_state_fact_key");
    let lies_in = |reason: &Row, state: &Row| {
        int(state, "start_ms") <= int(reason, "start_ms") && int(reason, "end_ms") <= int(state, "end_ms")
    };
    let reasons = mart.rows(REASONS).iter();
    let stray = reasons.filter(|reason| {
        let of = states.get(&int(reason, "sm_res_state_fact_key"));
        !of.is_some_and(|of| of.iter().any(|state| lies_in(reason, state)))
    });
    stray.map(|reason| format!("a reason does not lie in its state: {reason:?}")).collect()
}

fn state_of(row: &Row) -> String {
    ixn_state(int(row, "interaction_resource_state_key"))
}

fn by<'a>(rows: &'a [Row], key: &str) -> BTreeMap<i64, Vec<&'a Row>> {
    let mut by: BTreeMap<i64, Vec<&Row>> = BTreeMap::new();
    rows.iter().for_each(|row| by.entry(int(row, key)).or_default().push(row));
    by
}

/// What is not zero of a row.
pub(crate) fn short(row: &Row) -> String {
    let says = |value: &Value| !matches!(value, Value::Null | Value::Int(-2..=0));
    row.iter().filter(|(_, value)| says(value)).map(|(column, value)| format!("{column} {value:?} ")).collect()
}
