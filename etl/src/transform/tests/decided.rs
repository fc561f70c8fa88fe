//! What operators decide: calls that are closed, sources that are ignored, input that is read once more.

use callmart_schema::control::Decision;
use callmart_schema::event::{CallType, Event, VirtualQueueQueued, canonical};

use super::build::*;
use super::*;

/// A call that waits in a queue from 2, is answered on D1 at 10, held from 30 and never heard of again.
fn stuck() -> Call {
    let call = Call::inbound("c1").routing_point("rp", 2.0, 8.0, DIVERTED).telephone("a1", "D1", ALERTING, 8.0);
    call.is("a1", CONNECTED, 10.0).is("a1", HELD, 30.0)
}

fn closed(seq: u64) -> Event {
    decided(seq, Decision::CloseCall, "c1", 0.0)
}

fn with(call: &Call, decisions: impl IntoIterator<Item = Event>) -> Rows {
    let all: Vec<Stored> = call.events.iter().cloned().chain(decisions).map(|e| stored(&e)).collect();
    let rows = rows_of(&known(all.clone()));
    assert_eq!(rows_of(&known(all.iter().rev().chain(&all).cloned())), rows, "in any order, and more than once");
    rows
}

#[test]
fn a_closed_call_ends_when_it_was_heard_of_last_and_says_so() {
    let rows = with(&stuck(), [closed(1)]);
    assert!(rows.open_interaction.is_empty());
    let [fact] = &rows.interaction_fact[..] else { panic!("one interaction") };
    assert_eq!((fact.status, fact.completeness.as_str(), fact.end_ms), (1, "end-estimated", us(30.0) / 1_000));
    let attempt = irf(&rows, "c1-a1");
    assert_eq!(result_of(&rows, "c1-a1"), "RoutedTo/AbnormalStop/Unspecified");
    assert_eq!(
        (attempt.completeness.as_str(), attempt.end_ms, attempt.talk_duration),
        ("end-estimated", us(30.0) / 1_000, 20)
    );
    assert_eq!(parties(&rows), ["c1-a1"]);
}

#[test]
fn what_had_ended_before_a_call_is_closed_stays_as_it_was() {
    let call = stuck().leaves("a1", REDIRECTED, 40.0).telephone("a2", "D2", ALERTING, 41.0);
    let rows = with(&call, [closed(1)]);
    assert_eq!((irf(&rows, "c1-a1").end_ms, irf(&rows, "c1-a1").completeness.as_str()), (us(40.0) / 1_000, "whole"));
    assert_eq!(result_of(&rows, "c1-a1"), "RoutedTo/Completed/Unspecified");
    assert!(result_of(&rows, "c1-a2").ends_with("/AbnormalStop/Unspecified"));
}

#[test]
fn a_call_that_is_closed_in_a_queue_was_stuck_there() {
    let call =
        Call::inbound("c1").joins("rp", "RP1", callmart_schema::event::DnType::DN_TYPE_ROUTING_POINT, QUEUED, 2.0);
    let queued = VirtualQueueQueued {
        call: "c1".into(),
        virtual_queue_id: "v1".into(),
        queue: "VQ1".into(),
        ..VirtualQueueQueued::default()
    };
    let acd = callmart_schema::event::DnType::DN_TYPE_ACD_QUEUE;
    let call = call.tell(3.0, queued).joins("q", "Q1", acd, QUEUED, 5.0);
    let rows = with(&call, [closed(1)]);
    assert_eq!(end_of(&rows, "v1"), "Received/Cleared/StuckCall");
    assert_eq!(end_of(&rows, "c1-q"), "Received/Cleared/StuckCall");
    assert!(
        rows.mediation_segment_fact.iter().all(|s| s.completeness == "end-estimated" && s.end_ms == us(5.0) / 1_000)
    );
    assert!(result_of(&rows, "c1-q").ends_with("/AbnormalStop/Unspecified"));
}

#[test]
fn the_end_that_comes_later_counts_and_a_close_of_an_ended_call_changes_nothing() {
    let ended = stuck().leaves("a1", RELEASED, 90.0).ends(90.0);
    assert_eq!(with(&ended, [closed(1)]), with(&ended, []));
    let goes_on = stuck().is("a1", CONNECTED, 50.0);
    let [fact] = &with(&goes_on, [closed(1)]).interaction_fact[..] else { panic!("one interaction") };
    assert_eq!((fact.status, fact.end_ms), (1, us(50.0) / 1_000), "it is closed at its last moment");
    let nothing = with(&Call::new("c1", 1), [closed(1)]);
    assert!(nothing.interaction_fact.is_empty() && nothing.open_interaction.is_empty());
}

#[test]
fn a_consult_call_is_closed_with_its_main_call() {
    let call = Call::new("c1", 1).created(0.0, CallType::CALL_TYPE_INBOUND).caller(0.0);
    let call = call.telephone("a1", "D1", CONNECTED, 1.0).asks("a1", "k1", "D2", 10.0).rings("a2", "D2", "k1-a1", 12.0);
    let rows = with(&call, [closed(1)]);
    for party in ["c1-a1", "k1-a1", "k1-a2"] {
        assert!(result_of(&rows, party).contains("AbnormalStop"), "{party}: {}", result_of(&rows, party));
        assert_eq!(irf(&rows, party).end_ms, us(12.0) / 1_000);
    }
}

/// How sure the agent is of a call delivered at 50, when the source of agents was heard until 20 and an agent logged in or not.
fn agent_match(has_login: bool, decisions: Vec<Event>) -> Option<String> {
    let call = Call::inbound("c1").telephone("a1", "D1", ALERTING, 50.0).leaves("a1", ABANDONED, 60.0).ends(60.0);
    let login = has_login.then(|| login(1, "s", "D1", "A1", 10.0));
    let rows = rows_with(call.events.into_iter().chain(login).chain(decisions), [connect(900), covers(901, 0.0, 20.0)]);
    irf(&rows, "c1-a1").agent_match.clone()
}

#[test]
fn an_ignored_source_leaves_nobody_waiting_for_the_agent_but_what_it_did_not_tell_is_unknown() {
    let (ignored, retired) = (Decision::IgnoreSource, Decision::RetireSource);
    let is = |text: &str| Some(text.to_owned());
    assert_eq!((agent_match(true, vec![]), agent_match(false, vec![])), (is("provisional"), is("unknown")));
    for decision in [ignored, retired] {
        let from_30 = || vec![decided(1, decision, AGENTS, 30.0)];
        assert_eq!((agent_match(true, from_30()), agent_match(false, from_30())), (is("final"), is("unknown")));
        assert_eq!(
            agent_match(true, vec![decided(1, decision, AGENTS, 55.0)]),
            is("provisional"),
            "it is ignored later"
        );
        assert_eq!(agent_match(true, vec![decided(1, decision, CALLS, 30.0)]), is("provisional"), "another one is");
        let resumed = |at_s| vec![decided(1, decision, AGENTS, 30.0), decided(2, Decision::ResumeSource, AGENTS, at_s)];
        assert_eq!(agent_match(true, resumed(45.0)), is("provisional"), "it counts again");
        assert_eq!(agent_match(true, resumed(55.0)), is("final"), "it did not count then");
    }
}

#[test]
fn an_input_that_can_be_read_now_becomes_the_event_that_it_should_have_been_once() {
    let mut call = stuck().leaves("a1", RELEASED, 90.0).ends(90.0);
    let expected = with(&call, []);
    let lost = canonical(&call.events.pop().expect("the end of the call"));
    call.events.push(unreadable(77, "not-protobuf", &lost));
    assert!(with(&call, []).interaction_fact.is_empty());
    let again = with(&call, [redriven(1, 77, &lost), redriven(2, 77, &lost)]);
    assert_eq!(again.interaction_fact, expected.interaction_fact);
    assert_eq!(again.interaction_resource_fact, expected.interaction_resource_fact);
    let [reject] = &again.ctl_reject[..] else { panic!("one reject") };
    assert_eq!((reject.state.as_str(), &reject.input), ("redriven", &lost));
    // Read from its log by a program that can: the decision changes nothing.
    call.events.pop();
    call.events.push(callmart_schema::event::decode(&lost).expect("an event"));
    assert_eq!(with(&call, [redriven(1, 77, &lost)]), expected);
}

#[test]
fn an_input_that_still_cannot_be_read_or_that_nobody_may_tell_stays_rejected() {
    let control = canonical(&closed(5));
    let of_nobody = canonical(&login(3, "", "D1", "A1", 10.0));
    for input in [b"1;2;3".to_vec(), control, of_nobody] {
        let mut call = stuck();
        call.events.push(unreadable(77, "bad-row", &input));
        let rows = with(&call, [redriven(1, 77, &input)]);
        let [reject] = &rows.ctl_reject[..] else { panic!("one reject") };
        assert_eq!((reject.state.as_str(), rows.interaction_fact.len()), ("open", 0));
    }
}

#[test]
fn a_source_that_says_an_operator_decided_something_is_rejected() {
    let read = |source: &str| {
        let told = Event { source: source.into(), ..closed(5) };
        Stored::from_record(&mut Default::default(), source, &canonical(&told), place(9))
    };
    for source in [CALLS, "control"] {
        let rows = rows_of(&known(stuck().events.iter().map(stored).chain([read(source)])));
        assert_eq!(rows.ctl_reject.iter().map(|r| r.reason.as_str()).collect::<Vec<_>>(), ["no-operator"]);
        assert!(rows.interaction_fact.is_empty());
    }
}
