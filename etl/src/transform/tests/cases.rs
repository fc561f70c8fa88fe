//! The node's cases of DNs that change their owners, and of an ordinary switch beside them, told to the transform: what was derived by hand beside each must come out.
//!
//! The cases know no transform, and nothing is expected here that does not stand there.

use callmart_node::cluster::cases::{AttemptFact, Case, PassFact, START_US, SessionFact, Skew, StateFact, all};
use callmart_node::cluster::cases::{delivered_to_nobody, moved_in_a_call_that_lasts, two_agents_a_second_apart};
use callmart_node::cluster::script::id;
use callmart_node::playback::Role;
use callmart_schema::catalogue::statics::resource_states;
use callmart_schema::event::Event;

use super::*;

/// Its events name calls of another switch.
const VQ_SWITCH: &str = "VQSwitch";

/// Milliseconds after a case's begin.
fn after_ms(at_ms: i64) -> i64 {
    at_ms - START_US / 1_000
}

/// Keys as the tenant and switch of a case's events make them.
fn agent(case: &Case, name: &str) -> i64 {
    key("resource", &["agent", name, &case.events[0].tenant])
}

/// A number of the switch whose events speak of a call or session.
fn dn(case: &Case, name: &str, about: &str) -> i64 {
    let speaks = |event: &&Event| event.body.as_ref().is_some_and(|body| format!("{body:?}").contains(&id(about)));
    let event = case.events.iter().find(|event| event.switch != VQ_SWITCH && speaks(event));
    key("resource", &["dn", name, &event.expect("an event of it").switch])
}

/// An attempt as the case tells it: call, agent, DN, result, distance, waiting, ringing, talk, after-call work.
type Attempt = (String, i64, i64, String, Option<i64>, [i32; 4]);

fn expected_attempt(case: &Case, fact: &AttemptFact) -> Attempt {
    let lengths = [fact.mediation_s, fact.ring_s, fact.talk_s, fact.after_call_work_s];
    let dn = dn(case, fact.dn, fact.call);
    let agent = if fact.agent.is_empty() { dn } else { agent(case, fact.agent) };
    (
        id(fact.call),
        agent,
        dn,
        fact.came_to.to_owned(),
        fact.distance_ms,
        lengths.map(|s| i32::try_from(s).expect("seconds")),
    )
}

fn attempts(rows: &Rows) -> Vec<Attempt> {
    let told = |row: &InteractionResourceFact| {
        let lengths =
            [row.mediation_duration, row.customer_ring_duration, row.customer_talk_duration, row.customer_acw_duration];
        let result = descriptor(row.technical_descriptor_key).to_uppercase();
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

/// Passages through ACD queues: call, queue, entry, exit, result, id.
fn passes(rows: &Rows) -> Vec<(String, i64, i64, i64, String, String)> {
    let told = |row: &MediationSegmentFact| {
        let (from_ms, to_ms) = (after_ms(row.start_ms), after_ms(row.end_ms));
        let result = descriptor(row.technical_descriptor_key).to_uppercase();
        (row.media_server_ixn_guid.clone(), row.resource_key, from_ms, to_ms, result, row.mediation_guid.clone())
    };
    rows.mediation_segment_fact.iter().map(told).collect()
}

/// Ordinary switches are heard as what they are; of clusters nothing is said.
fn connects(case: &Case) -> Vec<Stored> {
    let ordinary = case.tellers.iter().filter(|teller| teller.role == Role::Switch);
    ordinary.map(|teller| build::connect_as(&teller.name, &teller.switch, teller.role.as_str())).collect()
}

/// Holds the rows of a case's events, in any order, against what is said of it.
fn check(case: &Case, events: impl IntoIterator<Item = Event>) {
    let rows = rows_with(events, connects(case));
    if !case.passes.is_empty() {
        let pass = |p: &PassFact| {
            let queue = dn(case, p.queue, p.call);
            (id(p.call), queue, p.from_ms, p.to_ms, p.came_to.to_owned(), p.pass.clone())
        };
        assert_eq!(sorted_of(passes(&rows)), sorted_of(case.passes.iter().map(pass).collect()), "{}", case.name);
    }
    let expected: Vec<Attempt> = case.attempts.iter().map(|fact| expected_attempt(case, fact)).collect();
    assert_eq!(sorted_of(attempts(&rows)), sorted_of(expected), "{}", case.name);
    let session =
        |s: &SessionFact| (id(s.session), agent(case, s.agent), dn(case, s.dn, s.session), s.from_ms, s.to_ms);
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

#[test]
fn whom_an_ordinary_switch_does_not_name_nobody_finds_by_time() {
    let case = delivered_to_nobody().expect("a case");
    let nobody = rows_with(case.events.clone(), connects(&case)).interaction_resource_fact.remove(0);
    assert_eq!(nobody.agent_match.as_deref(), Some("unknown"), "nothing says that the agent side was heard");
    let as_of_a_cluster = rows(case.events).interaction_resource_fact.remove(0);
    assert_eq!(as_of_a_cluster.agent_match_distance_ms, Some(500), "who logged in half a second later");
}
