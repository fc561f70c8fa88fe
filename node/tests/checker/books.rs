//! Holds a ledger against what was told, as the checker has replayed it.

use std::collections::BTreeMap;

use callmart_node::traffic::{LedgerReport, Traffic, TrafficSettings};
use callmart_node::world::World;

use super::Checker;

/// Plays a world to its end and replays what it told.
pub(crate) fn checked(settings: TrafficSettings) -> (Checker, LedgerReport) {
    let world = Traffic::new(settings);
    let ledger = world.ledger();
    let mut checker = Checker::new(world.tellers());
    checker.replay(Box::new(world), |_, _| ());
    (checker, ledger.report())
}

/// Two maps are equal; says where they are not.
fn hold_equal<K: Ord + std::fmt::Debug, V: PartialEq + std::fmt::Debug>(booked: BTreeMap<K, V>, told: BTreeMap<K, V>) {
    let only: Vec<_> = booked.iter().filter(|(k, v)| told.get(k) != Some(v)).take(5).collect();
    let missing: Vec<_> = told.iter().filter(|(k, v)| booked.get(k) != Some(v)).take(5).collect();
    assert!(only.is_empty() && missing.is_empty(), "booked {only:?}, told {missing:?}");
}

/// The agents' states and reasons as the ledger has them.
pub(crate) fn hold_states_against(report: &LedgerReport, checker: &Checker) {
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
pub(crate) fn hold_attempts_against(report: &LedgerReport, checker: &Checker) {
    let mut booked = BTreeMap::new();
    for row in &report.attempts {
        for (name, value) in row.results.iter().chain(&row.measures) {
            booked.insert((row.agent.clone(), row.hour, name.clone()), *value);
        }
    }
    hold_equal(booked, checker.attempts.totals());
}

pub(crate) fn hold_queues_against(report: &LedgerReport, checker: &Checker) {
    let sum =
        |f: fn(&callmart_node::traffic::ledger::report::QueueRow) -> u64| report.queues.iter().map(f).sum::<u64>();
    let in_open: i64 = report.queues.iter().map(|q| q.in_open_calls).sum();
    let told: usize = checker.calls.ended_passes.values().sum();
    assert_eq!(sum(|q| q.entered) as i64 + in_open, (told + checker.calls.open_passes()) as i64);
    for q in &report.queues {
        let ended = q.accepted + q.abandoned + q.abandoned_invite + q.redirected + q.cleared + q.routed_other;
        assert_eq!(q.entered, ended, "{q:?}");
        assert!(q.in_open_calls >= 0 && q.accepted_answer_seconds >= q.accepted_wait_seconds, "{q:?}");
    }
}

/// An agent's states fill the sessions, for all who have logged out.
pub(crate) fn states_tile_sessions(report: &LedgerReport) {
    let open: Vec<&str> = report.open.agents.iter().map(|a| a.agent.as_str()).collect();
    let mut left: BTreeMap<&str, i64> = BTreeMap::new();
    report.sessions.iter().for_each(|s| *left.entry(&s.agent).or_default() += s.seconds);
    report.states.iter().for_each(|s| *left.entry(&s.agent).or_default() -= s.seconds);
    left.retain(|agent, seconds| !open.contains(agent) && *seconds != 0);
    assert_eq!(left, BTreeMap::new());
}

/// The sessions as the ledger has them.
pub(crate) fn hold_sessions_against(report: &LedgerReport, checker: &Checker) {
    let sessions = report.sessions.iter().map(|s| (s.agent.clone(), s.login_ms, s.logout_ms));
    let (mut sessions, mut told): (Vec<_>, _) = (sessions.collect(), checker.agents.ended_sessions.clone());
    sessions.sort();
    told.sort();
    assert_eq!(sessions, told);
}
