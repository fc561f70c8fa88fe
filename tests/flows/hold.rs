//! Holds what a mart has of a flow against what the flow's file expects, and against laws that every flow keeps.

use std::fmt::Write as _;

use crate::file::Flow;
use crate::mart::{Mart, Row, int, ixn_state, text};
use crate::measures;
use crate::view::{ATTEMPTS, PASSAGES, TABLES, View};

/// Facts that every call has; a flow that is not about them need not name them.
const MAY_BE_LEFT_OUT: [&str; 4] =
    ["ixn_resource_state_fact", "sm_res_session_fact", "sm_res_state_fact", "sm_res_state_reason_fact"];

/// The states of an attempt on the interaction, and the measures that they add up to.
pub(crate) const SUMS: [(&str, &[&str]); 5] = [
    ("Initiate", &["dial", "cons_init_dial"]),
    ("Alert", &["ring", "cons_rcv_ring", "post_cons_xfer_ring", "conf_join_ring"]),
    (
        "Connect",
        &["talk", "cons_init_talk", "cons_rcv_talk", "post_cons_xfer_talk", "conf_init_talk", "conf_join_talk"],
    ),
    ("Hold", &["hold", "cons_init_hold", "cons_rcv_hold", "post_cons_xfer_hold", "conf_init_hold", "conf_join_hold"]),
    ("Wrap", &["after_call_work", "customer_acw", "cons_rcv_acw"]),
];

/// Every difference, each in a sentence that begins with the flow's name.
pub(crate) fn differences(flow: &Flow, mart: &Mart) -> Vec<String> {
    let view = View::of(flow, mart);
    let mut differences = Vec::new();
    for (table, _) in TABLES {
        let Some(expected) = flow.table(table) else {
            let count = view.rows(table).len();
            if count > 0 && !MAY_BE_LEFT_OUT.contains(&table) {
                differences.push(format!("{}: {count} rows of {table}, and the file has none", flow.name));
            }
            continue;
        };
        let told = view.table(table, &expected.columns);
        if told != expected.rows {
            let (line, head) = (expected.line, &expected.columns);
            let (is, shall_be) = (lines(head, &told, &expected.rows), lines(head, &expected.rows, &told));
            differences.push(format!("{}.md:{line}: {table} is\n{is}and not\n{shall_be}", flow.name));
        }
    }
    differences.extend(measures::differences(flow, &view));
    differences.extend(laws(flow, &view).into_iter().map(|broken| format!("{}: {broken}", flow.name)));
    differences
}

/// A table as lines; those that the other one has not are marked.
fn lines(head: &[String], rows: &[Vec<String>], other: &[Vec<String>]) -> String {
    let mut text = format!("    | {} |\n", head.join(" | "));
    for (place, row) in rows.iter().enumerate() {
        let mark = if other.get(place) == Some(row) { ' ' } else { '>' };
        let _ = writeln!(text, "  {mark} | {} |", row.join(" | "));
    }
    text
}

/// What holds for the rows of every flow. Where nothing else is said everything is told and ends.
fn laws(flow: &Flow, view: &View<'_>) -> Vec<String> {
    let says = |table: &str, column: &str| {
        flow.table(table).is_some_and(|expected| expected.columns.iter().any(|known| known == column))
    };
    let mut broken = Vec::new();
    for (table, _) in TABLES {
        for row in view.rows(table) {
            let is_whole = !row.contains_key("completeness") || text(row, "completeness") == "whole";
            let goes_on = row.contains_key("active_flag") && int(row, "active_flag") != 0;
            if goes_on || !(is_whole || says(table, "completeness")) {
                broken.push(format!("a row of {table} is not whole, or goes on: {row:?}"));
            }
        }
    }
    let may_be_closed = says("interaction_fact", "status");
    if !may_be_closed && view.rows("interaction_fact").iter().any(|row| int(row, "status") != 0) {
        broken.push("an interaction did not end as calls do".to_owned());
    }
    for row in view.rows(PASSAGES) {
        if int(row, "mediation_duration") != int(row, "end_ts") - int(row, "start_ts") {
            broken.push("a passage's length is not that from its begin to its end".to_owned());
        }
    }
    let states = view.rows("ixn_resource_state_fact");
    broken.extend(view.rows(ATTEMPTS).into_iter().flat_map(|attempt| sums(view, attempt, &states)));
    broken.extend(tiled(view));
    broken
}

/// The states of an attempt add up to its measures.
fn sums(view: &View<'_>, attempt: &Row, states: &[&Row]) -> Vec<String> {
    let key = int(attempt, "interaction_resource_id");
    let mut broken = Vec::new();
    for (state, measures) in SUMS {
        let is_it = |row: &&&Row| {
            let name = ixn_state(int(row, "interaction_resource_state_key"));
            int(row, "interaction_resource_id") == key && name.starts_with(state)
        };
        let seconds: i64 = states.iter().filter(is_it).map(|row| int(row, "total_duration")).sum();
        let measured: i64 = measures.iter().map(|measure| int(attempt, &format!("{measure}_duration"))).sum();
        if seconds != measured {
            broken.push(format!(
                "{} of attempt {}: {seconds} s of states, {measured} s of measures",
                state,
                view.label(key)
            ));
        }
    }
    broken
}

/// The states of a session follow one another from login to logout.
fn tiled(view: &View<'_>) -> Vec<String> {
    let states = view.rows("sm_res_state_fact");
    let mut broken = Vec::new();
    for session in view.rows("sm_res_session_fact") {
        let key = int(session, "sm_res_session_fact_key");
        let mut at_ms = int(session, "start_ms");
        for state in states.iter().filter(|state| int(state, "sm_res_session_fact_key") == key) {
            if int(state, "start_ms") != at_ms {
                broken.push(format!("the states of {} do not follow one another", text(session, "session_guid")));
            }
            at_ms = int(state, "end_ms");
        }
        if at_ms != int(session, "end_ms") {
            broken.push(format!("the states of {} do not reach its end", text(session, "session_guid")));
        }
    }
    broken
}
