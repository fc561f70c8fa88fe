//! Cases of whole estates, of which exact events and what follows from them are written down where they are played: DNs that
//! change their owners, and an ordinary switch beside a cluster.

use std::collections::BTreeSet;

use buffa::Message as _;
use callmart_node::cluster::cases::{AttemptFact, Case, START_US, all};
use callmart_node::cluster::script::id;
use callmart_schema::catalogue::statics::resource_states;
use callmart_schema::event::canonical;
use callmart_schema::session::Welcome;

use super::build::*;
use super::*;
use crate::coverage;
use crate::stored::{Stored, Texts};

/// What a case comes to; its sources are heard as what they are.
fn of_case(case: &Case) -> Rows {
    let connects = case.tellers.iter().enumerate().map(|(at, teller)| {
        let welcome =
            Welcome { switch: teller.switch.clone(), role: teller.role.as_str().to_owned(), ..Welcome::default() };
        let place = place(at as u64 + 1);
        let bytes = welcome.encode_to_vec();
        Stored::from_session(&mut Texts::default(), &teller.name, coverage::CONNECT, 0, &bytes, place)
    });
    let stored = |(at, event): (usize, &Event)| {
        Stored::from_record(&mut Texts::default(), &event.source, &canonical(event), place(1_000 + at as u64))
    };
    rows_of(&known(connects.chain(case.events.iter().enumerate().map(stored))))
}

fn told(descriptor_key: i64) -> String {
    let row = technical_descriptors().into_iter().find(|d| d.technical_descriptor_key == descriptor_key);
    let row = row.expect("a descriptor");
    [row.resource_role_code, row.technical_result_code, row.result_reason_code].join("/")
}

/// Call, who or what it is of, how it came about and ended, distance, and mediation, ringing, talk and after-call work.
type Attempt = (String, i64, String, Option<i64>, [i32; 4]);

fn wanted(case: &Case, attempt: &AttemptFact) -> Attempt {
    let of_switch = |name: &str| case.events.iter().any(|e| e.switch == "Switch1" && format!("{e:?}").contains(name));
    let switch = if of_switch(&id(attempt.call)) { "Switch1" } else { "SIPCluster" };
    let resource = match attempt.agent {
        "" => key("resource", &["dn", attempt.dn, switch]),
        agent => key("resource", &["agent", agent, "Environment"]),
    };
    let lengths = [attempt.mediation_s, attempt.ring_s, attempt.talk_s, attempt.after_call_work_s];
    let lengths = lengths.map(|seconds| i32::try_from(seconds).expect("small"));
    (id(attempt.call), resource, attempt.came_to.to_owned(), attempt.distance_ms, lengths)
}

fn found(row: &InteractionResourceFact) -> Attempt {
    assert_eq!(row.customer_talk_duration, row.talk_duration, "all talk is with the customer");
    let lengths = [row.mediation_duration, row.ring_duration, row.talk_duration, row.customer_acw_duration];
    let distance_ms = row.agent_match_distance_ms;
    (row.media_server_ixn_guid.clone(), row.resource_key, told(row.technical_descriptor_key), distance_ms, lengths)
}

#[test]
fn attempts_follow_from_the_events_of_each_case_as_it_is_written() {
    for case in all().expect("cases") {
        let rows = of_case(&case);
        let told: BTreeSet<Attempt> = rows.interaction_resource_fact.iter().map(found).collect();
        let expected: BTreeSet<Attempt> = case.attempts.iter().map(|attempt| wanted(&case, attempt)).collect();
        assert_eq!(told, expected, "{}", case.name);
    }
}

#[test]
fn passages_through_acd_queues_follow_as_they_are_written() {
    for case in all().expect("cases").iter().filter(|case| !case.passes.is_empty()) {
        let at_ms = |ms: i64| START_US / 1_000 + ms;
        let rows = of_case(case);
        let told = rows.mediation_segment_fact.iter().map(|row| {
            let came_to = told(row.technical_descriptor_key);
            (row.mediation_guid.clone(), row.resource_key, row.start_ms, row.end_ms, came_to)
        });
        let told: BTreeSet<_> = told.collect();
        let expected = case.passes.iter().map(|pass| {
            let queue = key("resource", &["dn", pass.queue, "Switch1"]);
            (pass.pass.clone(), queue, at_ms(pass.from_ms), at_ms(pass.to_ms), pass.came_to.to_owned())
        });
        assert_eq!(told, expected.collect(), "{}", case.name);
    }
}

#[test]
fn sessions_and_states_follow_from_the_events_of_each_case_as_it_is_written() {
    let code = |key: i64| {
        let row = resource_states().into_iter().find(|row| row.resource_state_key == key);
        row.expect("a state").state_name_code
    };
    for case in all().expect("cases") {
        let at_ms = |ms: i64| START_US / 1_000 + ms;
        let rows = of_case(&case);
        let told: BTreeSet<_> =
            rows.sm_res_session_fact.iter().map(|row| (row.session_guid.clone(), row.start_ms, row.end_ms)).collect();
        let expected = case.sessions.iter().map(|s| (id(s.session), at_ms(s.from_ms), at_ms(s.to_ms)));
        assert_eq!(told, expected.collect(), "{}", case.name);
        let told: BTreeSet<_> = rows
            .sm_res_state_fact
            .iter()
            .map(|row| (row.sm_res_session_fact_key, code(row.resource_state_key), row.start_ms, row.end_ms))
            .collect();
        let expected = case.states.iter().map(|s| {
            let session = rows.sm_res_session_fact.iter().find(|row| row.session_guid == id(s.session));
            let session = session.expect("a session").sm_res_session_fact_key;
            (session, s.state.to_owned(), at_ms(s.from_ms), at_ms(s.to_ms))
        });
        assert_eq!(told, expected.collect(), "{}", case.name);
    }
}

#[test]
fn a_switch_that_turns_out_to_be_ordinary_names_nobody_where_it_named_nobody() {
    let case = callmart_node::cluster::cases::delivered_to_nobody().expect("a case");
    let as_a_cluster: Vec<Event> = case.events.iter().filter(|e| e.switch == "Switch1").cloned().collect();
    let stored = as_a_cluster.iter().map(super::build::stored);
    let rows = rows_of(&known(stored));
    let attempt = &rows.interaction_resource_fact[0];
    assert_eq!(attempt.agent_match_distance_ms, Some(500), "by time it would be who logged in half a second later");
    let rows = of_case(&case);
    assert_eq!(
        rows.interaction_resource_fact[0].agent_match.as_deref(),
        Some("unknown"),
        "the agent side is not covered"
    );
}
