//! The cases as they are told, against what is said of each beside it.

use std::collections::BTreeMap;

use super::*;
use callmart_schema::event::{Body, canonical, decode};

#[test]
fn events_are_numbered_without_holes_and_time_stands_in_order_in_each_source() {
    let skewed = [Skew::Behind, Skew::Ahead].map(|skew| two_agents_a_second_apart(skew).expect("a case"));
    for case in all().expect("cases").into_iter().chain(skewed) {
        let mut last: BTreeMap<String, (u64, i64)> = BTreeMap::new();
        for event in &case.events {
            assert_eq!(&decode(&canonical(event)).expect("an event"), event);
            let (seq, time_us) = last.entry(event.source.clone()).or_default();
            assert!(event.seq == *seq + 1 && event.time_us >= *time_us, "{}: {event:?}", case.name);
            (*seq, *time_us) = (event.seq, event.time_us);
        }
        assert!(last.keys().all(|source| case.tellers.iter().any(|t| t.name == *source)));
    }
}

#[test]
fn states_tile_their_sessions() {
    for case in all().expect("cases") {
        for session in &case.sessions {
            let of: Vec<&StateFact> = case.states.iter().filter(|s| s.session == session.session).collect();
            assert_eq!(of.first().map(|s| s.from_ms), Some(session.from_ms), "{}", case.name);
            assert_eq!(of.last().map(|s| s.to_ms), Some(session.to_ms), "{}", case.name);
            assert!(of.windows(2).all(|w| w[0].to_ms == w[1].from_ms && w[0].state != w[1].state), "{}", case.name);
        }
    }
}

#[test]
fn a_skewed_clock_shifts_the_stamps_of_its_source_only() {
    let in_step = two_agents_a_second_apart(Skew::None).expect("a case");
    let behind = two_agents_a_second_apart(Skew::Behind).expect("a case");
    assert_eq!(in_step.events.len(), behind.events.len());
    for (a, b) in in_step.events.iter().zip(&behind.events) {
        let shift_us = if a.source == "dc2-node1/IPport" { 1_000_000 } else { 0 };
        assert_eq!(a.time_us - b.time_us, shift_us, "{a:?}");
        assert_eq!(a.body, b.body);
    }
}

#[test]
fn a_call_that_ends_after_its_dn_was_lost_leaves_no_end_at_any_owner() {
    let case = logged_out_in_a_call_and_back_at_the_same_node().expect("a case");
    let told = case.events.iter().filter(|e| matches!(&e.body, Some(Body::DnCall(_)))).count();
    // Alerting and connected.
    assert_eq!(told, 2);
}
