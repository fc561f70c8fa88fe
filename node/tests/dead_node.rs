//! A node of which both processes are down: its telephones register elsewhere when their registrations expire, and their agents
//! log in there.

mod checker;

use std::collections::{BTreeMap, BTreeSet};

use callmart_node::cluster::faults::Schedule;
use callmart_node::cluster::processes::Processes;
use callmart_node::traffic::{Traffic, TrafficSettings};
use callmart_schema::event::{Body, Event, decode};
use checker::books::{checked, hold_attempts_against, hold_sessions_against, hold_states_against};

/// 2026-01-06, a Tuesday, 10:00 UTC.
const START_US: i64 = 1_767_657_600_000_000 + 10 * HOUR_US;
const HOUR_US: i64 = 3_600_000_000;
const MINUTE_US: i64 = 60_000_000;
/// How long a registration lasts, in seconds.
const EXPIRES_S: u32 = 600;
/// From an expiry to the login elsewhere at the latest.
const LATEST_LOGIN_US: i64 = 100_000_000;

fn settings(schedule: &Schedule) -> TrafficSettings {
    let mut settings = TrafficSettings::new(START_US, 31, 60);
    settings.end_us = Some(START_US + 2 * HOUR_US);
    settings.owners.rules.registration_expires_s = EXPIRES_S;
    settings.befallen_by(schedule)
}

fn schedule(text: &str) -> Schedule {
    text.parse().expect("a schedule")
}

/// What the sources told in a world with a schedule of faults, events and snapshots.
fn told(schedule: &Schedule) -> Vec<Event> {
    let mut processes = Processes::new(Box::new(Traffic::new(settings(schedule))), schedule);
    let mut events = Vec::new();
    while let Some(account) = processes.next_account() {
        events.extend(account.told.iter().map(|told| decode(&told.bytes).expect("an event")));
    }
    events
}

/// By agent who was logged in at a node at a moment, the DN.
fn logged_in(events: &[Event], source: &str, at_us: i64) -> BTreeMap<String, String> {
    let mut there = BTreeMap::new();
    for event in events.iter().filter(|e| e.source == source && e.time_us < at_us) {
        match &event.body {
            Some(Body::AgentLogin(b)) => drop(there.insert(b.agent.clone(), b.dn.clone())),
            Some(Body::AgentLogout(b)) => drop(there.remove(&b.agent)),
            _ => {}
        }
    }
    there
}

#[test]
fn agents_of_a_dead_node_log_in_at_its_neighbour_when_their_registrations_have_expired() {
    let (dead_us, back_us) = (START_US + 30 * MINUTE_US, START_US + 90 * MINUTE_US);
    let events = told(&schedule("00:30:00 stop dc1-node1\n01:30:00 start dc1-node1\n"));
    let there = logged_in(&events, "dc1-node1/TCport", dead_us);
    assert!(there.len() > 8, "few agents at the node: {there:?}");
    let is_of_node = |e: &&Event| e.source.starts_with("dc1-node1/");
    assert!(!events.iter().filter(is_of_node).any(|e| (dead_us..back_us).contains(&e.time_us)), "the dead tell");
    let mut again = BTreeSet::new();
    for event in events.iter().filter(|e| (dead_us..back_us).contains(&e.time_us)) {
        let Some(Body::AgentLogin(b)) = &event.body else { continue };
        let Some(dn) = there.get(&b.agent).filter(|_| !again.contains(&b.agent)) else { continue };
        assert_eq!((event.source.as_str(), &b.dn), ("dc1-node2/TCport", dn), "the neighbour, with the same telephone");
        let after_us = event.time_us - dead_us;
        let expires_us = i64::from(EXPIRES_S) * 1_000_000;
        assert!(after_us >= expires_us / 2, "{} before the registration can have expired", b.agent);
        again.insert(b.agent.clone());
    }
    // Those in a call, and those whose shift ended, come later or not at all.
    assert!(again.len() * 10 >= there.len() * 7, "{} of {} came back", again.len(), there.len());
    let last_us = dead_us + i64::from(EXPIRES_S) * 1_000_000 + LATEST_LOGIN_US;
    let late = logged_in(&events, "dc1-node2/TCport", last_us);
    assert!(again.iter().filter(|agent| late.contains_key(*agent)).count() * 10 >= again.len() * 7);
    let neighbours_calls = |from_us: i64, to_us: i64| {
        let created = |e: &&Event| matches!(e.body, Some(Body::CallCreated(_))) && e.source == "dc1-node2/IPport";
        events.iter().filter(created).filter(|e| (from_us..to_us).contains(&e.time_us)).count()
    };
    let (before, during) = (neighbours_calls(START_US, dead_us), neighbours_calls(dead_us, back_us));
    assert!(during > 3 * before, "calls begin at the neighbour: {before} in half an hour, {during} in an hour");
}

#[test]
fn the_snapshot_of_a_node_that_comes_back_names_nobody_who_went_elsewhere() {
    let events = told(&schedule("00:30:00 stop dc1-node1\n01:30:00 start dc1-node1\n"));
    let back_us = START_US + 90 * MINUTE_US;
    let first = events.iter().find(|e| e.source == "dc1-node1/TCport" && e.time_us >= back_us).expect("it comes back");
    let Some(Body::Snapshot(snapshot)) = &first.body else { panic!("a snapshot comes first: {first:?}") };
    assert!(snapshot.complete);
    let elsewhere = logged_in(&events, "dc1-node2/TCport", back_us);
    let named = snapshot.entities.iter().filter_map(|entity| match &entity.body {
        Some(Body::AgentLogin(b)) => Some(b.agent.clone()),
        _ => None,
    });
    let named: Vec<String> = named.collect();
    assert!(named.iter().all(|agent| !elsewhere.contains_key(agent)), "{named:?}");
}

#[test]
fn nobody_moves_while_a_node_is_dead_for_less_than_half_a_registration_or_has_another_process() {
    for text in ["00:30:00 stop dc1-node1\n00:34:50 start dc1-node1\n", "00:30:00 stop dc1-node1-a\n"] {
        let world = Traffic::new(settings(&schedule(text)));
        let ledger = world.ledger();
        let mut processes = Processes::new(Box::new(world), &Schedule::default());
        while processes.next_account().is_some() {}
        let report = ledger.report();
        let what: BTreeSet<&str> = report.incidents.iter().map(|i| i.what.as_str()).collect();
        assert!(!what.contains("lost") && !what.contains("back"), "{text}: {what:?}");
    }
}

#[test]
fn what_is_so_and_what_is_told_agree_with_a_dead_node_too_while_all_is_told() {
    // The world with the outage, told by processes that stay up: the contract holds for what is handed to them.
    let (checker, report) = checked(settings(&schedule("00:30:00 stop dc1-node1\n01:30:00 start dc1-node1\n")));
    hold_sessions_against(&report, &checker);
    hold_states_against(&report, &checker);
    hold_attempts_against(&report, &checker);
    assert!(report.incidents.iter().any(|i| i.what == "dies") && report.incidents.iter().any(|i| i.what == "returns"));
}
