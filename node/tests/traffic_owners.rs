//! A simulated center in which DNs move, are lost, are shared by nodes whose link is cut, and change their agents: what is
//! told keeps to docs/sources.md, and the ledger says what was told.

mod checker;

use callmart_node::cluster::t_controller::{OnMove, OwnerRules};
use callmart_node::traffic::{Incident, LedgerReport, Owners, Scheduled, TrafficSettings, Who};
use checker::Checker;
use checker::books::{
    checked, hold_attempts_against, hold_queues_against, hold_sessions_against, hold_states_against,
    states_tile_sessions,
};

/// 2026-01-06, a Tuesday, 00:00 UTC.
const TUESDAY_US: i64 = 1_767_657_600_000_000;
const HOUR_US: i64 = 3_600_000_000;
const MINUTE_US: i64 = 60_000_000;
/// Longest that an old owner waits, and a microsecond for each thing that may happen before it at the same time.
const WAIT_US: i64 = 30_000_100;

fn settings(seed: u64, agents: u32, hours: i64, owners: Owners) -> TrafficSettings {
    let start_us = TUESDAY_US + 9 * HOUR_US;
    let end_us = Some(start_us + hours * HOUR_US);
    TrafficSettings { end_us, owners, ..TrafficSettings::new(start_us, seed, agents) }
}

fn random(on_move: OnMove, per_hour: f64) -> Owners {
    let rules = OwnerRules { on_move, ..OwnerRules::default() };
    Owners { rules, random_per_hour: per_hour, ..Owners::default() }
}

fn number_of(node: &str) -> usize {
    ["dc1-node1", "dc1-node2", "dc2-node1", "dc2-node2"].iter().position(|n| *n == node).expect("a node")
}

/// The moments at which something happened to the link between two nodes.
fn of_link(report: &LedgerReport, what: &str, a: usize, b: usize) -> Vec<i64> {
    let fits = |h: &&callmart_node::traffic::ledger::report::IncidentRow| {
        h.what == what && [(a, b), (b, a)].contains(&(h.from, h.to))
    };
    report.incidents.iter().filter(fits).map(|h| h.at_us).collect()
}

/// Two owners at once are those of a move that waits, and those that a cut link keeps apart until it is back.
fn hold_overlaps_against(report: &LedgerReport, checker: &Checker) {
    for overlap in &checker.agents.owners.overlaps {
        let (a, b) = (number_of(&overlap.older), number_of(&overlap.newer));
        let cut = of_link(report, "cut", a, b).into_iter().rfind(|at| *at <= overlap.from_us);
        let mended = cut.and_then(|cut| of_link(report, "mend", a, b).into_iter().find(|at| *at >= cut));
        let apart_to_us = if cut.is_some() { mended.unwrap_or(i64::MAX / 2) } else { 0 };
        let allowed_us = overlap.from_us.max(apart_to_us) + WAIT_US;
        assert!(overlap.to_us <= allowed_us, "two owners for too long: {overlap:?}, cut {cut:?}, mended {mended:?}");
    }
}

fn hold_all(settings: TrafficSettings) -> (Checker, LedgerReport) {
    let (checker, report) = checked(settings);
    hold_states_against(&report, &checker);
    hold_sessions_against(&report, &checker);
    hold_queues_against(&report, &checker);
    hold_attempts_against(&report, &checker);
    states_tile_sessions(&report);
    hold_overlaps_against(&report, &checker);
    (checker, report)
}

/// Some hours in which everything happens that there is, often.
fn hold_at_random(seed: u64, on_move: OnMove, seen: &[&str]) {
    let mut settings = settings(seed, 40, 5, random(on_move, 90.0));
    (settings.habits.consult_share, settings.habits.internal_share) = (0.2, 0.2);
    let (checker, report) = hold_all(settings);
    for what in ["move", "lost", "back", "second", "successor", "cut", "mend"] {
        assert!(report.incidents.iter().any(|i| i.what == what), "no {what}");
    }
    assert!(seen.iter().all(|what| checker.agents.seen.contains_key(what)), "{:?}", checker.agents.seen);
}

#[test]
fn at_random_with_states_logged_out_the_ledger_says_what_was_told() {
    hold_at_random(1, OnMove::LoggedOut, &["logged out in a call", "twice"]);
}

#[test]
fn at_random_with_states_restored_the_ledger_says_what_was_told() {
    hold_at_random(2, OnMove::Restored, &["logged out in a call", "twice", "restored"]);
}

#[test]
fn nothing_happens_to_dns_unless_it_is_asked_for() {
    let (checker, report) = hold_all(settings(1, 40, 2, Owners::default()));
    assert!(report.incidents.is_empty() && checker.agents.seen.is_empty());
    assert!(checker.agents.owners.overlaps.is_empty());
}

/// A schedule of what happens every so many minutes from the second half hour on.
fn every(minutes: i64, times: i64, what: impl Fn(i64) -> Incident) -> Vec<Scheduled> {
    let at_us = |n: i64| TUESDAY_US + 9 * HOUR_US + (30 + n * minutes) * MINUTE_US;
    (0..times).map(|n| Scheduled { at_us: at_us(n), what: what(n) }).collect()
}

#[test]
fn an_old_owner_waits_for_calls_but_not_longer_than_thirty_seconds() {
    let schedule = every(1, 60, |n| Incident::MoveDn { who: Who::Talking, to: n as usize % 4 });
    let (checker, report) = hold_all(settings(5, 40, 2, Owners { schedule, ..Owners::default() }));
    let lengths: Vec<i64> = checker.agents.owners.overlaps.iter().map(|o| (o.to_us - o.from_us) / 1_000_000).collect();
    let moves = report.incidents.iter().filter(|h| h.what == "move").count();
    assert!(moves > 30 && lengths.len() == moves, "{moves} moves, {lengths:?}");
    assert!(lengths.contains(&30) && lengths.iter().any(|s| (1..30).contains(s)), "{lengths:?}");
    // Logged in anew: one session more for each move, whose agent was logged in twice unless the old owner was quick.
    assert!(checker.agents.seen.get("twice").is_some_and(|twice| *twice <= moves), "{:?}", checker.agents.seen);
}

#[test]
fn with_states_restored_a_session_goes_on_over_a_move_in_the_middle_of_a_call() {
    let schedule = every(1, 60, |n| Incident::MoveDn { who: Who::Talking, to: n as usize % 4 });
    let rules = OwnerRules { on_move: OnMove::Restored, ..OwnerRules::default() };
    let (checker, report) = hold_all(settings(5, 40, 2, Owners { rules, schedule, ..Owners::default() }));
    let moves = report.incidents.iter().filter(|h| h.what == "move").count();
    let restored = checker.agents.seen.get("restored").copied().unwrap_or_default();
    assert!(moves > 30 && restored >= moves - 2, "{moves} moves, {:?}", checker.agents.seen);
    assert!(!checker.agents.seen.contains_key("twice") && !checker.agents.seen.contains_key("logged out in a call"));
}

#[test]
fn a_cut_link_keeps_two_owners_apart_until_it_is_back() {
    let cut = |minute: i64, what| Scheduled { at_us: TUESDAY_US + 9 * HOUR_US + minute * MINUTE_US, what };
    let mut schedule = every(1, 8, |_| Incident::MoveDn { who: Who::Free, to: 2 });
    schedule.extend([cut(29, Incident::CutLink(0, 2)), cut(45, Incident::MendLink(2, 0))]);
    let (checker, _) = hold_all(settings(6, 40, 2, Owners { schedule, ..Owners::default() }));
    let long = checker.agents.owners.overlaps.iter().filter(|o| o.to_us - o.from_us > WAIT_US);
    let ends: Vec<i64> = long.map(|o| (o.to_us - TUESDAY_US - 9 * HOUR_US) / 1_000_000).collect();
    assert!(!ends.is_empty() && ends.iter().all(|s| (45 * 60..=45 * 60 + 30).contains(s)), "{ends:?}");
}

#[test]
fn a_lost_registration_logs_out_in_a_call_that_goes_on_and_comes_back_after_it() {
    let schedule = every(2, 30, |n| Incident::RegistrationLost {
        who: Who::Talking,
        returns_to: (n % 2 == 0).then_some(n as usize / 2 % 4),
    });
    let (checker, report) = hold_all(settings(7, 40, 3, Owners { schedule, ..Owners::default() }));
    let lost: Vec<_> = report.incidents.iter().filter(|h| h.what == "lost").collect();
    let back: Vec<_> = report.incidents.iter().filter(|h| h.what == "back").collect();
    assert!(lost.len() > 20 && back.len() >= lost.len() - 2, "{} lost, {} back", lost.len(), back.len());
    assert!(back.iter().any(|h| h.from == h.to) && back.iter().any(|h| h.from / 2 != h.to / 2));
    assert_eq!(checker.agents.seen.get("logged out in a call"), Some(&lost.len()), "{:?}", checker.agents.seen);
}

#[test]
fn what_happens_is_the_same_in_whatever_stretches_it_is_read() {
    let of = |stretch_us| {
        let settings = settings(8, 30, 2, random(OnMove::LoggedOut, 120.0));
        let (checker, report) = checked(TrafficSettings { stretch_us, ..settings });
        (checker.events, report)
    };
    let first = of(1_000_000);
    assert!(first.1.incidents.len() > 100);
    assert_eq!(first, of(37_000_001));
}
