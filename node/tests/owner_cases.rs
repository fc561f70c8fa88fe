//! The scripted cases of DNs that change their owners, and of an ordinary switch, keep to the contract, and what is said beside them is what the checker
//! finds by itself.

mod checker;

use std::collections::BTreeMap;

use callmart_node::cluster::cases::{Case, START_US, all};
use callmart_node::cluster::faults::Schedule;
use callmart_node::cluster::pair::Told;
use callmart_node::cluster::processes::Processes;
use callmart_schema::event::{Body, canonical, decode};
use checker::Checker;

/// The cluster of a case, and the ordinary switch beside it: numbers of one mean nothing at the other.
fn replayed(case: &Case) -> [Checker; 2] {
    [false, true].map(|is_ordinary| {
        let mut checker = Checker::new(&case.tellers);
        for event in case.events.iter().filter(|e| e.source.ends_with("/default") == is_ordinary) {
            let teller = case.tellers.iter().position(|t| t.name == event.source).expect("a source");
            checker.hear(teller, &canonical(event));
        }
        checker.end_of_moment();
        checker
    })
}

fn second(ms: i64) -> i64 {
    START_US / 1_000_000 + ms.div_euclid(1_000)
}

#[test]
fn what_is_said_beside_a_case_follows_from_its_events() {
    for case in all().expect("cases") {
        let checkers = replayed(&case);
        let at_ms = |ms: i64| START_US / 1_000 + ms;
        let mut sessions: Vec<_> =
            case.sessions.iter().map(|s| (s.agent.to_owned(), at_ms(s.from_ms), at_ms(s.to_ms))).collect();
        let mut told: Vec<_> = checkers.iter().flat_map(|checker| checker.agents.ended_sessions.clone()).collect();
        sessions.sort();
        told.sort();
        assert_eq!(sessions, told, "{}", case.name);
        let mut states: BTreeMap<(&str, &str), (u64, i64)> = BTreeMap::new();
        for state in &case.states {
            let agent = case.sessions.iter().find(|s| s.session == state.session).map_or("", |s| s.agent);
            let total = states.entry((agent, state.state)).or_default();
            *total = (total.0 + 1, total.1 + second(state.to_ms) - second(state.from_ms));
        }
        let mut told: BTreeMap<(&str, &str), (u64, i64)> = BTreeMap::new();
        for ((agent, state, _, _), (count, seconds)) in checkers.iter().flat_map(|checker| &checker.agents.states) {
            let total = told.entry((agent, state)).or_default();
            *total = (total.0 + count, total.1 + seconds);
        }
        assert_eq!(states, told, "{}", case.name);
        hold_attempts(&case, &checkers);
        hold_passes(&case, &checkers);
    }
}

/// Passages are as many as parties in queues of the calls of the ordinary switch.
fn hold_passes(case: &Case, [_, ordinary]: &[Checker; 2]) {
    let told = ordinary.calls.ended_passes.values().sum::<usize>();
    assert_eq!((told, ordinary.calls.open_passes()), (case.passes.len(), 0), "{}", case.name);
}

fn hold_attempts(case: &Case, checkers: &[Checker; 2]) {
    let mut expected: BTreeMap<(String, String), u64> = BTreeMap::new();
    // The checker knows attempts of telephones only.
    for attempt in case.attempts.iter().filter(|attempt| attempt.dn.chars().all(|c| c.is_ascii_digit())) {
        let mut add = |name: &str, value: i64| {
            *expected.entry((attempt.agent.to_owned(), name.to_owned())).or_default() += value.unsigned_abs();
        };
        add(attempt.came_to, 1);
        add("mediation_duration", attempt.mediation_s);
        add("ring_duration", attempt.ring_s);
        add("talk_duration", attempt.talk_s);
        add("customer_talk_duration", attempt.talk_s);
        add("customer_acw_duration", attempt.after_call_work_s);
        add("customer_acw_count", i64::from(attempt.after_call_work_s > 0));
    }
    expected.retain(|_, value| *value > 0);
    let told = checkers.iter().flat_map(|checker| checker.attempts.totals());
    let told: BTreeMap<_, _> = told.map(|((agent, _, name), value)| ((agent, name), value)).collect();
    let wanted = |name: &str| name.contains('/') || expected.keys().any(|(_, n)| n == name) || name.contains("acw");
    let told: BTreeMap<_, _> = told.into_iter().filter(|((_, name), _)| wanted(name)).collect();
    assert_eq!(expected, told, "{}", case.name);
}

#[test]
fn a_case_is_told_by_processes_as_it_is_written() {
    for case in all().expect("cases") {
        let mut told: Vec<(usize, i64, Option<Body>)> = Vec::new();
        let mut processes = Processes::new(case.world(), &Schedule::default());
        while let Some(account) = processes.next_account() {
            let body = |event: &Told| decode(&event.bytes).expect("an event").body;
            told.extend(account.told.iter().map(|event| (event.teller, event.time_us, body(event))));
        }
        let place = |source: &str| case.tellers.iter().position(|t| t.name == source).expect("a source");
        let written = case.events.iter().map(|e| (place(&e.source), e.time_us, e.body.clone()));
        assert_eq!(told, written.collect::<Vec<_>>(), "{}", case.name);
    }
}

#[test]
fn in_each_case_there_are_two_owners_exactly_where_it_says_so() {
    let overlaps = |case: &Case| -> Vec<(i64, i64)> {
        let [checker, _] = replayed(case);
        let ms = |us: i64| (us - START_US) / 1_000;
        checker.agents.owners.overlaps.iter().map(|o| (ms(o.from_us), ms(o.to_us))).collect()
    };
    let found: BTreeMap<&str, Vec<(i64, i64)>> =
        all().expect("cases").iter().map(|case| (case.name, overlaps(case))).filter(|(_, o)| !o.is_empty()).collect();
    let expected = [
        ("moved in a call that ends in time", vec![(60_000, 80_000)]),
        ("moved in a call that lasts", vec![(60_000, 90_000)]),
        ("moved in a call with states restored", vec![(60_000, 90_000)]),
        ("two owners while a link is cut", vec![(20_000, 150_000)]),
    ];
    assert_eq!(found, BTreeMap::from(expected));
}
