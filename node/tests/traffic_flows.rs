//! A simulated contact center keeps to docs/flows.md, and its ledger says what its sources told.

mod checker;

use std::collections::BTreeMap;

use callmart_node::cluster::faults::Schedule;
use callmart_node::cluster::processes::Processes;
use callmart_node::traffic::{LedgerReport, Traffic, TrafficSettings};
use callmart_node::world::World;
use checker::Checker;

/// 2026-01-06, a Tuesday, 00:00 UTC.
const TUESDAY_US: i64 = 1_767_657_600_000_000;
const HOUR_US: i64 = 3_600_000_000;

fn settings(seed: u64, agents: u32, from_hour: i64, hours: i64) -> TrafficSettings {
    let start_us = TUESDAY_US + from_hour * HOUR_US;
    TrafficSettings { end_us: Some(start_us + hours * HOUR_US), ..TrafficSettings::new(start_us, seed, agents) }
}

/// Plays a world to its end and replays what it told.
fn checked(settings: TrafficSettings) -> (Checker, LedgerReport) {
    let world = Traffic::new(settings);
    let ledger = world.ledger();
    let mut checker = Checker::new(world.tellers());
    let mut processes = Processes::new(Box::new(world), &Schedule::default());
    while let Some(account) = processes.next_account() {
        account.told.iter().for_each(|told| checker.hear(told));
    }
    checker.end_of_moment();
    (checker, ledger.report())
}

/// Two maps are equal; says where they are not.
fn hold_equal<K: Ord + std::fmt::Debug, V: PartialEq + std::fmt::Debug>(booked: BTreeMap<K, V>, told: BTreeMap<K, V>) {
    let only: Vec<_> = booked.iter().filter(|(k, v)| told.get(k) != Some(v)).take(5).collect();
    let missing: Vec<_> = told.iter().filter(|(k, v)| booked.get(k) != Some(v)).take(5).collect();
    assert!(only.is_empty() && missing.is_empty(), "booked {only:?}, told {missing:?}");
}

/// The agents' states and reasons as the ledger has them.
fn hold_states_against(report: &LedgerReport, checker: &Checker) {
    let mut counts: BTreeMap<(&str, &str, i64), u64> = BTreeMap::new();
    let mut seconds: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    let mut reasons = BTreeMap::new();
    for ((agent, state, reason, hour), (count, length)) in &checker.agents.states {
        *counts.entry((agent, state, *hour)).or_default() += count;
        *seconds.entry((agent, state)).or_default() += length;
        if !reason.is_empty() {
            reasons.insert((agent.as_str(), *state, reason.as_str(), *hour), (*count, *length));
        }
    }
    let mut booked_counts = BTreeMap::new();
    let mut booked_seconds: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for row in &report.states {
        if row.count > 0 {
            booked_counts.insert((row.agent.as_str(), row.state.as_str(), row.hour), row.count);
        }
        *booked_seconds.entry((&row.agent, &row.state)).or_default() += row.seconds;
    }
    hold_equal(booked_counts, counts);
    hold_equal(booked_seconds, seconds);
    let booked: BTreeMap<_, _> = report
        .reasons
        .iter()
        .map(|r| ((r.agent.as_str(), r.state.as_str(), r.value.as_str(), r.hour), (r.count, r.seconds)))
        .collect();
    hold_equal(booked, reasons);
}

/// The agents' attempts as the ledger has them.
fn hold_attempts_against(report: &LedgerReport, checker: &Checker) {
    let mut booked = BTreeMap::new();
    for row in &report.attempts {
        for (name, value) in row.results.iter().chain(&row.measures) {
            booked.insert((row.agent.clone(), row.hour, name.clone()), *value);
        }
    }
    hold_equal(booked, checker.attempts.totals());
}

fn hold_queues_against(report: &LedgerReport, checker: &Checker) {
    let sum =
        |f: fn(&callmart_node::traffic::ledger::report::QueueRow) -> u64| report.queues.iter().map(f).sum::<u64>();
    let in_open: i64 = report.queues.iter().map(|q| q.in_open_calls).sum();
    let told: usize = checker.calls.ended_passes.values().sum();
    assert_eq!(sum(|q| q.entered) as i64 + in_open, (told + checker.calls.open_passes()) as i64);
    for q in &report.queues {
        assert_eq!(q.entered, q.accepted + q.abandoned + q.abandoned_invite + q.redirected + q.cleared, "{q:?}");
        assert!(q.in_open_calls >= 0 && q.accepted_answer_seconds >= q.accepted_wait_seconds, "{q:?}");
    }
}

/// An agent's states fill the sessions, for all who have logged out.
fn states_tile_sessions(report: &LedgerReport) {
    let open: Vec<&str> = report.open.agents.iter().map(|a| a.agent.as_str()).collect();
    let mut left: BTreeMap<&str, i64> = BTreeMap::new();
    report.sessions.iter().for_each(|s| *left.entry(&s.agent).or_default() += s.seconds);
    report.states.iter().for_each(|s| *left.entry(&s.agent).or_default() -= s.seconds);
    left.retain(|agent, seconds| !open.contains(agent) && *seconds != 0);
    assert_eq!(left, BTreeMap::new());
}

#[test]
fn every_event_of_a_day_fits_the_contract_and_the_ledger_agrees() {
    let (checker, report) = checked(settings(11, 60, 0, 26));
    hold_states_against(&report, &checker);
    hold_queues_against(&report, &checker);
    hold_attempts_against(&report, &checker);
    states_tile_sessions(&report);
    let sessions: Vec<_> = report.sessions.iter().map(|s| (s.agent.clone(), s.login_ms, s.logout_ms)).collect();
    let mut told = checker.agents.ended_sessions.clone();
    told.sort();
    assert_eq!(sessions, told);
    let flows =
        ["abandoned", "busy", "conferenced", "diverted", "failed", "moved", "redirected", "released", "transferred"];
    assert_eq!(checker.calls.flows.keys().copied().collect::<Vec<_>>(), flows, "{:?}", checker.calls.flows);
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
fn the_ledger_survives_a_trip_through_json() {
    let report = checked(settings(12, 10, 9, 2)).1;
    let text = serde_json::to_string(&report).expect("JSON");
    assert_eq!(serde_json::from_str::<LedgerReport>(&text).expect("a ledger"), report);
}
