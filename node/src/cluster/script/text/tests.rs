//! Steps as text: what they tell, and what is refused at which line.

use std::collections::BTreeMap;

use callmart_schema::event::{Body, canonical, decode};

use super::*;

const START_US: i64 = 1_767_693_600_000_000;

fn played(steps: &str) -> Result<Played, StepError> {
    play(steps.lines().enumerate().map(|(i, line)| (i + 1, line)), &Names { of: "t".to_owned() }, START_US)
}

/// What happened, as second and a word for it.
fn heard(steps: &str) -> Vec<(i64, String)> {
    let word = |body: &Body| match body {
        Body::CallCreated(b) => format!("{} begins", b.call.trim_end_matches('_')),
        Body::CallDeleted(b) => format!("{} ends", b.call.trim_end_matches('_')),
        Body::PartyAdded(b) => format!("{} joins {:?}", b.dn, b.state.as_known()),
        Body::PartyStateChanged(b) => format!("{} is {:?}", b.dn, b.state.as_known()),
        Body::PartyMoved(_) => "moves".to_owned(),
        Body::PartyDeleted(b) => format!("{} leaves {:?}", b.dn, b.cause.as_known()),
        Body::RouteResult(b) => format!("route to {}", b.target_dn),
        Body::VirtualQueueQueued(b) => format!("enters {}", b.queue),
        Body::VirtualQueueEnded(b) => format!("leaves {} {:?}", b.queue, b.cause.as_known()),
        Body::UserDataChanged(b) => format!("{}={}", b.set[0].key, b.set[0].value),
        Body::UserEvent(b) => format!("hears {}={}", b.data[0].key, b.data[0].value),
        Body::OutboundRecord(b) => format!("{} was {}", b.call.trim_end_matches('_'), b.fields[0].value),
        _ => String::new(),
    };
    let happened = played(steps).expect("steps").told.happened;
    let told = happened.iter().map(|h| ((h.time_us - START_US) / 1_000_000, word(&h.body)));
    told.filter(|(_, word)| !word.is_empty())
        .map(|(s, w)| (s, w.replace("PARTY_STATE_", "").replace("PARTY_END_", "")))
        .collect()
}

const LOGINS: &str = "00:00 A1 logs in on 1001 at dc1-node1\n00:00 A2 logs in on 1002 at dc2-node1\n";

#[test]
fn a_routed_call_is_told_as_the_contract_says() {
    let told = heard(&format!(
        "{LOGINS}00:10 C1 arrives from +1555 at RP1\n00:10 C1 enters VQ_1\n00:10 C1 enters VQ_2\n\
         00:15 C1 is routed to 1001 from VQ_2\n00:18 A1 answers C1\n00:20 A1 sets \"Business Result\" to Sold in C1\n00:30 customer leaves C1"
    ));
    let expected = [
        (10, "t-C1 begins"),
        (10, "+1555 joins Some(CONNECTED)"),
        (10, "RP1 joins Some(QUEUED)"),
        (10, "enters VQ_1"),
        (10, "enters VQ_2"),
        (15, "route to t-1001"),
        (15, "RP1 leaves Some(DIVERTED)"),
        (15, "leaves VQ_1 Some(VIRTUAL_QUEUE_END_CLEARED)"),
        (15, "leaves VQ_2 Some(VIRTUAL_QUEUE_END_DIVERTED)"),
        (15, "t-1001 joins Some(ALERTING)"),
        (18, "t-1001 is Some(CONNECTED)"),
        (20, "Business Result=Sold"),
        (30, "t-1001 leaves Some(RELEASED)"),
        (30, "+1555 leaves Some(RELEASED)"),
        (30, "t-C1 ends"),
    ];
    assert_eq!(told, expected.map(|(s, w)| (s, w.to_owned())));
}

#[test]
fn a_consultation_moves_who_was_asked_and_the_conference_outlives_who_leaves() {
    let told = heard(&format!(
        "{LOGINS}00:10 C1 arrives from +1555 at 1001\n00:12 A1 answers C1\n00:20 A1 consults 1002 as K1\n00:25 A2 answers K1\n\
         00:30 A1 makes a conference\n00:40 customer leaves C1\n00:50 A2 leaves C1"
    ));
    let tail: Vec<String> = told.into_iter().filter(|(s, _)| *s >= 20).map(|(s, w)| format!("{s} {w}")).collect();
    let expected = [
        "20 t-1001 is Some(HELD)",
        "20 t-K1 begins",
        "20 t-1001 joins Some(DIALING)",
        "20 t-1002 joins Some(ALERTING)",
        "25 t-1001 is Some(CONNECTED)",
        "25 t-1002 is Some(CONNECTED)",
        "30 moves",
        "30 t-1001 leaves Some(CONFERENCED)",
        "30 t-K1 ends",
        "30 t-1001 is Some(CONNECTED)",
        "40 +1555 leaves Some(RELEASED)",
        "50 t-1001 leaves Some(RELEASED)",
        "50 t-1002 leaves Some(RELEASED)",
        "50 t-C1 ends",
    ];
    assert_eq!(tail, expected);
}

#[test]
fn a_routing_points_call_is_told_from_dialling_to_its_result() {
    let told = heard(
        "00:10 RP1 calls +1555 as C1 on dc1-node1\n00:15 customer answers C1\n00:16 RP1 sends K as V in C1\n\
         00:20 RP1 ends C1\n00:21 chain H1 tells of T1 in C1 with Fax",
    );
    let expected = [
        (10, "t-C1 begins"),
        (10, "RP1 joins Some(DIALING)"),
        (10, "+1555 joins Some(ALERTING)"),
        (15, "RP1 is Some(QUEUED)"),
        (15, "+1555 is Some(CONNECTED)"),
        (16, "hears K=V"),
        (20, "RP1 leaves Some(RELEASED)"),
        (20, "+1555 leaves Some(RELEASED)"),
        (20, "t-C1 ends"),
        (21, "t-C1 was Fax"),
    ];
    assert_eq!(told, expected.map(|(s, w)| (s, w.to_owned())));
}

#[test]
fn an_engaged_agent_gets_the_customer_of_another_call() {
    let told = heard(&format!(
        "{LOGINS}00:10 RP1 engages 1001 as C1 on dc1-node1\n00:12 A1 answers C1\n00:15 RP1 calls +1555 as P1 for C1\n\
         00:20 customer answers P1\n00:20 P1 goes over to C1\n00:30 customer leaves C1"
    ));
    let tail: Vec<String> = told.into_iter().filter(|(s, _)| *s >= 20).map(|(s, w)| format!("{s} {w}")).collect();
    let expected = [
        "20 RP1 is Some(QUEUED)",
        "20 +1555 is Some(CONNECTED)",
        "20 moves",
        "20 RP1 leaves Some(TRANSFERRED)",
        "20 t-P1 ends",
        "30 t-1001 leaves Some(RELEASED)",
        "30 +1555 leaves Some(RELEASED)",
        "30 t-C1 ends",
    ];
    assert_eq!(tail, expected);
}

#[test]
fn what_is_not_told_of_a_step_is_missing_from_that_step_only() {
    let told = heard(&format!(
        "{LOGINS}00:10 C1 arrives from +1555 at 1001 without call_created and party_added of 1001\n\
         00:15 A1 answers C1 without everything\n00:20 customer leaves C1"
    ));
    let expected = [
        (10, "+1555 joins Some(CONNECTED)"),
        (20, "t-1001 leaves Some(RELEASED)"),
        (20, "+1555 leaves Some(RELEASED)"),
        (20, "t-C1 ends"),
    ];
    assert_eq!(told, expected.map(|(s, w)| (s, w.to_owned())));
}

#[test]
fn a_lost_center_tells_nothing_more_and_its_agents_may_log_in_elsewhere() {
    let steps = format!(
        "{LOGINS}00:10 C1 arrives from +1555 at 1001\n00:20 dc1 is lost\n00:30 A1 logs in on 1001 at dc2-node1\n\
         00:40 C2 arrives from +1555 at 1001 on dc2-node1"
    );
    let events = played(&steps).expect("steps").told.events;
    let lost_us = START_US + 20_000_000;
    assert!(events.iter().all(|e| e.time_us < lost_us || !e.source.starts_with("dc1")), "{events:?}");
    assert!(events.iter().any(|e| e.source == "dc2-node1/TCport" && e.time_us > lost_us));
    let error = played(&format!("{steps}\n00:50 A1 answers C1")).expect_err("its call is gone");
    assert!(error.cause.contains("there is no call C1 now"), "{error}");
}

#[test]
fn events_are_numbered_without_holes_in_each_source_and_read_back() {
    let steps = format!(
        "{LOGINS}00:10 A1 calls 1002 as C1\n00:15 A2 answers C1\n00:20 A1 ends C1\n00:20 A1 does after-call work"
    );
    let mut last: BTreeMap<String, u64> = BTreeMap::new();
    for event in played(&steps).expect("steps").told.events {
        assert_eq!(decode(&canonical(&event)).expect("an event"), event);
        let seq = last.entry(event.source.clone()).or_default();
        *seq += 1;
        assert_eq!(event.seq, *seq, "{event:?}");
    }
    assert!(last.len() >= 3, "{last:?}");
}

#[test]
fn what_is_no_step_or_cannot_be_is_refused_with_its_line() {
    let refused = [
        ("00:10 C1 flies to 1001", "is no step"),
        ("0010 A1 is ready", "is no moment"),
        ("00:60 A1 is ready", "is no moment"),
        ("00:10 A9 is ready", "A9 is nobody who is logged in"),
        ("00:10 A1 logs in on RP1 at dc1-node1", "A1 is logged in already"),
        ("00:10 A3 logs in on RP1 at dc1-node1", "RP1 is no telephone"),
        ("00:10 A3 logs in on 1003 at dc9", "is no node"),
        ("00:10 A3 logs in on 1001 at dc1-node1", "is logged in on DN"),
        ("00:10 A1 answers C1", "there is no call C1 now"),
        ("00:10 customer leaves C1", "there is no call C1 now"),
        ("00:10 A1 completes the transfer", "1001 asks nobody now"),
        ("00:10 A1 sets \"Key to V in C1", "a quote is opened"),
        ("00:10 A1 is ready without sleep", "\"sleep\" is no kind of events"),
        ("00:10 A1 is ready without agent_ready on Monday", "stand kinds of events"),
        ("00:10 dc9 is lost", "is no data center"),
        ("00:10 chain H1 tells of T1 in C1 with Busy", "there is no call C1 now"),
    ];
    for (step, why) in refused {
        let error = played(&format!("{LOGINS}{step}")).expect_err(step);
        assert_eq!(error.line, 3, "{error}");
        assert!(error.cause.contains(why) && !error.cause.contains("t-"), "{error}");
    }
    let begun = format!("{LOGINS}00:10 C1 arrives from +1555 at 1001\n");
    for (step, why) in [
        ("00:09 A1 is ready", "is before the step above"),
        ("00:12 C1 arrives from +1555 at 1001", "has begun already"),
        ("00:12 A2 answers C1", "1002 is not in call C1"),
        ("00:12 C1 enters VQ_1", "a routing point is not in call C1"),
        ("00:12 C1 is cleared from VQ_1", "not in VQ_1"),
        ("00:12 A1 consults 1002 as K1", "1001 is not in call of any name"),
    ] {
        let error = played(&format!("{begun}{step}")).expect_err(step);
        assert_eq!(error.line, 4, "{error}");
        assert!(error.cause.contains(why), "{error}");
    }
}
