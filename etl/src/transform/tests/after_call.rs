//! After-call work on the attempts that it belongs to.

use std::collections::BTreeSet;

use callmart_schema::event::{CallType, Event};

use super::build::*;
use super::several::*;
use super::*;

/// Counts and durations of customer's, consultation's and other after-call work.
fn work(rows: &Rows, party: &str) -> [(i32, i32); 3] {
    let row = irf(rows, party);
    [
        (row.customer_acw_count, row.customer_acw_duration),
        (row.cons_rcv_acw_count, row.cons_rcv_acw_duration),
        (row.after_call_work_count, row.after_call_work_duration),
    ]
}

/// Session s1 of A1 on D1, with the states of D1 in the call.
fn on_call(agent: Agent, call: &str, from_s: f64, to_s: f64) -> Agent {
    agent.call(call, ALERTING, from_s).call(call, CONNECTED, from_s + 1.0).call(call, GONE, to_s)
}

fn a1() -> Agent {
    Agent::new("s1", "D1", "A1", 100).logs_in(-50.0).ready(-40.0, &[])
}

fn a2() -> Agent {
    Agent::new("s2", "D2", "A2", 200).logs_in(-50.0).ready(-40.0, &[])
}

fn simple_call() -> Call {
    let call = Call::inbound("c1").telephone("a1", "D1", ALERTING, 0.0).is("a1", CONNECTED, 1.0);
    call.leaves("a1", RELEASED, 20.4).ends(20.4)
}

fn all(parts: [Vec<Event>; 3]) -> Rows {
    rows(parts.concat())
}

#[test]
fn work_after_a_talk_with_a_customer_is_the_customers_and_a_state_of_the_attempt() {
    let agent = on_call(a1(), "c1", 0.0, 20.4).wraps_up(20.4).ready(35.6, &[]);
    let rows = all([simple_call().events, agent.events, vec![]]);
    assert_eq!(work(&rows, "c1-a1"), [(1, 15), (0, 0), (0, 0)], "20 to 35");
    assert_eq!(states_of(&rows, "c1-a1").last(), Some(&("Wrap/Receiver/None".to_owned(), 15_200)));
    assert_eq!(irf(&rows, "c1-a1").end_ms, us(20.4) / 1_000, "the attempt ends without it");
}

#[test]
fn work_that_goes_on_is_in_no_fact_and_ends_with_a_logout_too() {
    let agent = on_call(a1(), "c1", 0.0, 20.4).wraps_up(20.4);
    let going_on = all([simple_call().events, agent.clone().events, vec![]]);
    assert_eq!(work(&going_on, "c1-a1"), [(0, 0); 3]);
    let ended = all([simple_call().events, agent.logs_out(31.0).events, vec![]]);
    assert_eq!(work(&ended, "c1-a1"), [(1, 11), (0, 0), (0, 0)]);
}

#[test]
fn work_after_an_internal_call_is_nobodys_customers() {
    let call = Call::new("c1", 1).created(0.0, CallType::CALL_TYPE_INTERNAL).dials("a1", "D1", 0.0);
    let call = call.rings("a2", "D2", "c1-a1", 0.0).talk("a1", "a2", 4.0).leaves("a2", RELEASED, 10.0);
    let called = on_call(a2(), "c1", 0.0, 10.0).wraps_up(10.0).ready(16.0, &[]);
    let rows = all([call.leaves("a1", RELEASED, 10.0).deleted(10.0).events, called.events, a1().events]);
    assert_eq!((work(&rows, "c1-a2"), work(&rows, "c1-a1")), ([(0, 0), (0, 0), (1, 6)], [(0, 0); 3]));
}

fn consulted() -> Call {
    simple_start().asks("a1", "k1", "D2", 10.0).rings("a2", "D2", "k1-a1", 10.0).talk("a1", "a2", 12.0)
}

fn simple_start() -> Call {
    Call::inbound("c1").telephone("a1", "D1", CONNECTED, 0.0)
}

/// D1 holds c1 from 10 on and is in the consult call k1 until `to_s`.
fn asking(to_s: f64) -> Agent {
    let agent = a1().call("c1", CONNECTED, 0.0).call("c1", HELD, 10.0).call_of("k1", "c1", DIALING, 10.0);
    agent.call_of("k1", "c1", CONNECTED, 12.0).call_of("k1", "c1", GONE, to_s)
}

fn asked(to_s: f64) -> Agent {
    let agent = a2().call_of("k1", "c1", ALERTING, 10.0).call_of("k1", "c1", CONNECTED, 12.0);
    agent.call_of("k1", "c1", GONE, to_s)
}

#[test]
fn work_after_a_consultation_is_the_consultations_until_the_customer_came() {
    let retrieved = consulted().leaves("a2", RELEASED, 20.0).leaves("a1", RELEASED, 20.0).deleted(20.0).main();
    let retrieved = retrieved.is("a1", CONNECTED, 20.0).leaves("a1", RELEASED, 30.0).ends(30.0);
    let colleague = asked(20.0).wraps_up(20.0).ready(24.0, &[]);
    let agent = asking(20.0).call("c1", CONNECTED, 20.0).call("c1", GONE, 30.0).wraps_up(30.0).ready(39.0, &[]);
    let rows = all([retrieved.events, agent.events, colleague.events]);
    assert_eq!(work(&rows, "k1-a2"), [(0, 0), (1, 4), (0, 0)]);
    assert_eq!(work(&rows, "c1-a1"), [(1, 9), (0, 0), (0, 0)]);
    assert_eq!(work(&rows, "k1-a1"), [(0, 0); 3], "the agent's main attempt has it");
}

#[test]
fn work_after_a_transfer_is_the_main_attempts_and_the_receivers_own() {
    let transferred = consulted().transfers("a2", "c1-a1", 20.0).leaves("k1-a2", RELEASED, 30.0).ends(30.0);
    let agent = asking(20.0).call("c1", GONE, 20.0).wraps_up(20.0).ready(27.0, &[]);
    let colleague = a2().call_of("k1", "c1", CONNECTED, 12.0).call("c1", CONNECTED, 20.0);
    let colleague = colleague.call_of("k1", "c1", GONE, 20.0).call("c1", GONE, 30.0).wraps_up(30.0).ready(33.0, &[]);
    let rows = all([transferred.events, agent.events, colleague.events]);
    assert_eq!(work(&rows, "c1-a1"), [(1, 7), (0, 0), (0, 0)], "it talked with the customer before");
    assert_eq!(work(&rows, "k1-a1"), [(0, 0); 3]);
    assert_eq!(work(&rows, "k1-a2"), [(1, 3), (0, 0), (0, 0)], "it got the customer");
}

#[test]
fn an_agent_who_had_the_call_twice_has_work_after_each_time() {
    let call = simple_start().passes_on("a1", TRANSFERRED, "D2", 10.0).rings("a2", "D2", "c1-a1", 10.0);
    let call = call.is("a2", CONNECTED, 11.0).passes_on("a2", TRANSFERRED, "D1", 20.0).rings("b1", "D1", "c1-a2", 20.0);
    let call = call.is("b1", CONNECTED, 22.0).leaves("b1", RELEASED, 30.0).ends(30.0);
    let agent = on_call(a1(), "c1", 0.0, 10.0).wraps_up(10.0).ready(13.0, &[]);
    let agent = on_call(agent, "c1", 20.0, 30.0).wraps_up(30.0).ready(35.0, &[]);
    let rows = all([call.events, agent.events, a2().events]);
    assert_eq!((work(&rows, "c1-a1")[0], work(&rows, "c1-b1")[0]), ((1, 3), (1, 5)));
}

#[test]
fn of_two_calls_before_one_after_call_work_only_the_last_has_it() {
    let second = Call::new("c2", 50).created(22.0, CallType::CALL_TYPE_INBOUND).caller(22.0);
    let second = second.telephone("a1", "D1", CONNECTED, 22.0).leaves("a1", RELEASED, 30.0).ends(30.0);
    let agent = on_call(on_call(a1(), "c1", 0.0, 20.4), "c2", 22.0, 30.0).wraps_up(30.0).ready(36.0, &[]);
    let rows = all([simple_call().events, second.events, agent.events]);
    assert_eq!((work(&rows, "c1-a1")[0], work(&rows, "c2-a1")[0]), ((0, 0), (1, 6)));
}

#[test]
fn an_interaction_asks_for_the_sessions_of_its_telephones_once_it_has_ended() {
    let call = consulted().transfers("a2", "c1-a1", 20.0).leaves("k1-a2", RELEASED, 30.0).ends(30.0);
    let asked_of = |events: Vec<Event>| {
        let knowledge = known(events.iter().chain(&three_agents()).map(stored));
        let settings = TransformSettings::default();
        let context = context(&knowledge, &settings);
        knowledge.units().for_each(|u| drop(fold(&u.unit, &u.events, context)));
        knowledge.wraps.take_missed().iter().map(|s| s.to_string()).collect::<BTreeSet<_>>()
    };
    assert_eq!(asked_of(call.events.clone()).into_iter().collect::<Vec<_>>(), ["s1", "s2"]);
    let going_on = call.events.len() - 1;
    assert!(asked_of(call.events[..going_on].to_vec()).is_empty(), "no fact needs them yet");
}
