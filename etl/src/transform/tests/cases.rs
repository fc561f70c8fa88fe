//! The node's cases of DNs that change their owners, told to the transform: what was derived by hand beside each must come out.
//!
//! The cases know no transform, and nothing is expected here that does not stand there.

use callmart_node::cluster::cases::{AttemptFact, Case, START_US, SessionFact, Skew, StateFact, all};
use callmart_node::cluster::cases::{moved_in_a_call_that_lasts, two_agents_a_second_apart};
use callmart_node::cluster::script::id;
use callmart_schema::catalogue::statics::resource_states;
use callmart_schema::event::Event;

use super::*;

/// Milliseconds after a case's begin.
fn after_ms(at_ms: i64) -> i64 {
    at_ms - START_US / 1_000
}

/// Keys as the tenant and switch of a case's events make them.
fn agent(case: &Case, name: &str) -> i64 {
    key("resource", &["agent", name, &case.events[0].tenant])
}

fn dn(case: &Case, name: &str) -> i64 {
    key("resource", &["dn", name, &case.events[0].switch])
}

/// An attempt as the case tells it: call, agent, DN, result, distance, waiting, ringing, talk, after-call work.
type Attempt = (String, i64, i64, String, Option<i64>, [i32; 4]);

fn expected_attempt(case: &Case, fact: &AttemptFact) -> Attempt {
    let lengths = [fact.mediation_s, fact.ring_s, fact.talk_s, fact.after_call_work_s];
    let result = "RoutedTo/Completed/Unspecified".to_owned();
    let (agent, dn) = (agent(case, fact.agent), dn(case, fact.dn));
    (id(fact.call), agent, dn, result, Some(fact.distance_ms), lengths.map(|s| i32::try_from(s).expect("seconds")))
}

fn attempts(rows: &Rows) -> Vec<Attempt> {
    let told = |row: &InteractionResourceFact| {
        let lengths =
            [row.mediation_duration, row.customer_ring_duration, row.customer_talk_duration, row.customer_acw_duration];
        let result = descriptor(row.technical_descriptor_key);
        let (agent, dn) = (row.resource_key, row.media_resource_key);
        (row.media_server_root_ixn_guid.clone(), agent, dn, result, row.agent_match_distance_ms, lengths)
    };
    rows.interaction_resource_fact.iter().map(told).collect()
}

fn sessions(rows: &Rows) -> Vec<(String, i64, i64, i64, i64)> {
    let told = |row: &callmart_schema::catalogue::SmResSessionFact| {
        let (from_ms, to_ms) = (after_ms(row.start_ms), after_ms(row.end_ms));
        (row.session_guid.clone(), row.resource_key, row.media_resource_key, from_ms, to_ms)
    };
    rows.sm_res_session_fact.iter().map(told).collect()
}

fn states(rows: &Rows) -> Vec<(i64, String, i64, i64)> {
    let name = |key: i64| {
        let row = resource_states().into_iter().find(|s| s.resource_state_key == key);
        row.map(|s| s.state_name_code).expect("a state")
    };
    let of = rows.sm_res_state_fact.iter();
    let mut all: Vec<_> = of
        .map(|row| {
            let (from_ms, to_ms) = (after_ms(row.start_ms), after_ms(row.end_ms));
            (row.sm_res_session_fact_key, name(row.resource_state_key), from_ms, to_ms)
        })
        .collect();
    all.sort();
    all
}

fn sorted_of<T: Ord>(mut all: Vec<T>) -> Vec<T> {
    all.sort();
    all
}

/// Holds the rows of a case's events, in any order, against what is said of it.
fn check(case: &Case, events: impl IntoIterator<Item = Event>) {
    let rows = rows(events);
    let expected: Vec<Attempt> = case.attempts.iter().map(|fact| expected_attempt(case, fact)).collect();
    assert_eq!(sorted_of(attempts(&rows)), sorted_of(expected), "{}", case.name);
    let session = |s: &SessionFact| (id(s.session), agent(case, s.agent), dn(case, s.dn), s.from_ms, s.to_ms);
    assert_eq!(sorted_of(sessions(&rows)), sorted_of(case.sessions.iter().map(session).collect()), "{}", case.name);
    let state = |s: &StateFact| (key("session", &[&id(s.session)]), s.state.to_owned(), s.from_ms, s.to_ms);
    assert_eq!(states(&rows), sorted_of(case.states.iter().map(state).collect()), "{}", case.name);
    assert!(rows.open_interaction.is_empty() && rows.open_agent.is_empty(), "{}: nothing goes on", case.name);
}

#[test]
fn of_every_case_comes_what_was_derived_by_hand() {
    let skewed = [Skew::Behind, Skew::Ahead].map(|skew| two_agents_a_second_apart(skew).expect("a case"));
    for case in all().expect("cases").into_iter().chain(skewed) {
        check(&case, case.events.clone());
        check(&case, case.events.iter().rev().cloned());
    }
}

#[test]
fn after_call_work_of_a_later_session_is_the_calls_when_its_login_is_told_last() {
    let case = moved_in_a_call_that_lasts().expect("a case");
    let is_late = |event: &&Event| {
        use callmart_schema::event::Body;
        matches!(&event.body, Some(Body::AgentLogin(login)) if login.session == id("S2"))
    };
    let (late, others): (Vec<Event>, Vec<Event>) = case.events.iter().cloned().partition(|event| is_late(&event));
    assert_eq!(late.len(), 1);
    check(&case, others.into_iter().chain(late));
}
