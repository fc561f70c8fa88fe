//! A simulated contact center keeps to docs/flows.md, and its ledger says what its sources told.

mod checker;

use std::collections::BTreeSet;

use callmart_node::traffic::{LedgerReport, TrafficSettings};
use checker::books::{
    checked, hold_attempts_against, hold_queues_against, hold_sessions_against, hold_states_against,
    states_tile_sessions,
};

/// 2026-01-06, a Tuesday, 00:00 UTC.
const TUESDAY_US: i64 = 1_767_657_600_000_000;
const HOUR_US: i64 = 3_600_000_000;

/// Ways in which calls end.
const ENDS: [&str; 17] = [
    "inbound self_service",
    "inbound abandoned_queued",
    "inbound abandoned_ringing",
    "inbound abandoned_held",
    "inbound answered",
    "inbound voicemail",
    "inbound callback",
    "outbound answered",
    "outbound no_answer",
    "outbound busy",
    "campaign abandoned_queued",
    "campaign answered",
    "campaign no_answer",
    "campaign busy",
    "campaign machine",
    "internal answered",
    "internal no_answer",
];

fn settings(seed: u64, agents: u32, from_hour: i64, hours: i64) -> TrafficSettings {
    let start_us = TUESDAY_US + from_hour * HOUR_US;
    TrafficSettings { end_us: Some(start_us + hours * HOUR_US), ..TrafficSettings::new(start_us, seed, agents) }
}

#[test]
fn every_event_of_a_day_fits_the_contract_and_the_ledger_agrees() {
    let (checker, report) = checked(settings(11, 60, 0, 26));
    hold_states_against(&report, &checker);
    hold_queues_against(&report, &checker);
    hold_attempts_against(&report, &checker);
    states_tile_sessions(&report);
    hold_sessions_against(&report, &checker);
    let flows =
        ["abandoned", "busy", "conferenced", "diverted", "failed", "moved", "redirected", "released", "transferred"];
    assert_eq!(checker.calls.flows.keys().copied().collect::<Vec<_>>(), flows, "{:?}", checker.calls.flows);
    hold_ends(&report);
    assert!(checker.calls.listened > 20, "supervisors listened {} times", checker.calls.listened);
}

/// Every way in which calls end is there.
fn hold_ends(report: &LedgerReport) {
    let ends: BTreeSet<String> = report.calls.iter().map(|row| format!("{} {}", row.kind, row.end)).collect();
    for end in ENDS {
        assert!(ends.contains(end), "no call is {end}: {ends:?}");
    }
}

#[test]
fn tiny_and_crowded_centers_fit_the_contract_too() {
    let (checker, report) = checked(settings(5, 5, 6, 14));
    assert!(checker.events > 1_000);
    hold_states_against(&report, &checker);
    let mut crowded = settings(6, 30, 12, 4);
    crowded.calls_per_busy_hour = Some(900.0);
    (crowded.habits.consult_share, crowded.habits.no_answer_share) = (0.4, 0.2);
    (crowded.habits.internal_share, crowded.habits.consult_give_up_share) = (0.3, 0.5);
    let (checker, report) = checked(crowded);
    hold_states_against(&report, &checker);
    hold_queues_against(&report, &checker);
    hold_attempts_against(&report, &checker);
    let nobody = checked(settings(7, 0, 12, 1)).1;
    assert!(nobody.attempts.is_empty() && nobody.calls.is_empty());
}

#[test]
fn calls_that_wait_long_overflow_and_nothing_else_takes_them_out_of_a_queue() {
    let cleared = |overflow_share: f64| {
        let mut settings = settings(8, 40, 9, 4);
        (settings.habits.parallel_queues_share, settings.habits.callback_share) = (0.0, 0.0);
        settings.habits.overflow_share = overflow_share;
        let (checker, report) = checked(settings);
        hold_queues_against(&report, &checker);
        hold_attempts_against(&report, &checker);
        report.queues.iter().map(|q| q.cleared).sum::<u64>()
    };
    assert_eq!(cleared(0.0), 0);
    assert!(cleared(1.0) > 20);
}

#[test]
fn the_ledger_survives_a_trip_through_json() {
    let report = checked(settings(12, 10, 9, 2)).1;
    let text = serde_json::to_string(&report).expect("JSON");
    assert_eq!(serde_json::from_str::<LedgerReport>(&text).expect("a ledger"), report);
}
