//! What is lost of sources that never told of a call, and may have: passes through virtual queues, outbound records.

use callmart_schema::catalogue::statics::IxnType;
use callmart_schema::event::{Body, CallType, DnType, Event, OutboundRecord, PartyEnd, PartyRole, VirtualQueueEnd};

use super::build::*;
use super::lost::{NOTHING, completeness, heard, rows_after, told};
use super::*;

/// A call that waits at a routing point from 5 to 10 in a virtual queue, and is answered.
fn a_call_that_waits() -> Vec<Event> {
    let call = Call::inbound("c1").routing_point("rp", 5.0, 10.0, DIVERTED).telephone("a1", "D1", CONNECTED, 10.0);
    let diverted = VirtualQueueEnd::VIRTUAL_QUEUE_END_DIVERTED;
    let call = call.virtual_queue("v1", "VQ1", (5.0, 10.0), diverted, "D1").leaves("a1", RELEASED, 60.0).ends(60.0);
    let of_queues = |e: &Event| matches!(e.body, Some(Body::VirtualQueueQueued(_) | Body::VirtualQueueEnded(_)));
    let source = |e: &Event| if of_queues(e) { QUEUES } else { CALLS };
    call.events.iter().map(|e| Event { source: source(e).into(), ..e.clone() }).collect()
}

#[test]
fn a_call_whose_pass_through_a_queue_nobody_told_of_is_not_whole_and_one_whose_pass_is_told_is() {
    let said = || snapshot(QUEUES, (30, 0), 30.0, &[], (true, &[]));
    for (unheard_s, expected) in [((4.0, 12.0), "events-lost"), ((20.0, 30.0), "whole"), ((1.0, 2.0), "whole")] {
        let is_told = |e: &&Event| e.source != QUEUES || !(us(unheard_s.0)..us(unheard_s.1)).contains(&e.time_us);
        let events = told(&a_call_that_waits(), 30, NOTHING);
        let events = events.iter().filter(is_told).cloned().collect();
        let log = Listening::to(QUEUES, QUEUES, "", "");
        let hole = [log.covers(901, 0, (0, 1), (0.0, unheard_s.0)), log.covers(902, 0, (3, 50), (unheard_s.1, 30.0))];
        let heard =
            [vec![log.connects(900)], hole.to_vec(), vec![log.covers(903, 30, (0, 50), (30.0, 1_000.0))]].concat();
        let rows = rows_after(QUEUES, events, heard, said());
        let is_so = |(_, found): &(&str, &str)| {
            *found == expected || (expected == "whole" && rows.mediation_segment_fact.len() == 1)
        };
        assert!(completeness(&rows).iter().all(is_so), "{unheard_s:?}: {:?}", completeness(&rows));
    }
}

/// A source hears nothing from one second to another, and tells so by a snapshot that names nothing.
fn rows_unheard(source: &str, events: Vec<Event>, (from_s, to_s): (f64, f64)) -> Rows {
    let switchover_s = to_s as i64;
    let said = snapshot(source, (switchover_s, 0), to_s, &[], (true, &[]));
    rows_after(source, told(&events, switchover_s, NOTHING), heard(source, from_s, switchover_s, to_s), said)
}

fn all_are(rows: &Rows, expected: &str) -> bool {
    !rows.interaction_fact.is_empty() && completeness(rows).iter().all(|(_, found)| *found == expected)
}

/// A routing point calls a customer at 0.
fn called() -> Call {
    let (dials, customer) = (PartyRole::PARTY_ROLE_ORIGINATION, DnType::DN_TYPE_EXTERNAL);
    let call = Call::new("c1", 1).created(0.0, CallType::CALL_TYPE_OUTBOUND);
    let call = call.joins_as("rp", "RP9", DnType::DN_TYPE_ROUTING_POINT, DIALING, dials, 0.0);
    call.joins("caller", "800", customer, ALERTING, 0.0)
}

/// The customer does not answer within 20 s.
fn not_answered(cause: PartyEnd) -> Vec<Event> {
    called().leaves("caller", cause, 20.0).leaves("rp", RELEASED, 20.0).deleted(20.0).events
}

#[test]
fn a_call_waits_at_the_routing_point_that_made_it_from_the_answer_on() {
    assert!(all_are(&rows_unheard(QUEUES, not_answered(FAILED), (5.0, 30.0)), "whole"), "nobody waited");
    let answered = called().is("rp", QUEUED, 10.0).is("caller", CONNECTED, 10.0);
    let answered = answered.leaves("rp", ABANDONED, 15.0).leaves("caller", RELEASED, 15.0).deleted(15.0).events;
    assert!(all_are(&rows_unheard(QUEUES, answered.clone(), (1.0, 8.0)), "whole"), "nobody waited yet");
    assert!(all_are(&rows_unheard(QUEUES, answered, (12.0, 30.0)), "events-lost"));
}

/// What became of the call as an attempt is told at a second.
fn recorded(at_s: f64) -> Event {
    let record = OutboundRecord { call: "c1".into(), chain: "ch".into(), ..OutboundRecord::default() };
    event(CONTACTS, 1, us(at_s), record)
}

#[test]
fn an_outbound_call_that_may_have_been_an_attempt_of_a_campaign_is_not_whole_and_one_of_which_a_record_tells_is() {
    // The call ends at 20; records come within a minute of that.
    for (unheard_s, expected) in [
        ((30.0, 40.0), "events-lost"),
        ((5.0, 8.0), "events-lost"),
        ((79.0, 90.0), "events-lost"),
        ((81.0, 90.0), "whole"),
    ] {
        let rows = rows_unheard(CONTACTS, not_answered(BUSY), unheard_s);
        assert!(all_are(&rows, expected), "{unheard_s:?}: {:?}", completeness(&rows));
        assert_eq!(rows.interaction_fact[0].interaction_type_key, IxnType::Outbound as i64);
    }
    let with_record = [not_answered(BUSY), vec![recorded(22.0)]].concat();
    let rows = rows_unheard(CONTACTS, with_record, (30.0, 40.0));
    assert!(all_are(&rows, "whole"), "{:?}", completeness(&rows));
    assert_eq!(rows.interaction_fact[0].interaction_type_key, IxnType::OutboundContact as i64);
}

#[test]
fn an_inbound_call_misses_no_outbound_record() {
    let call = Call::inbound("c1").telephone("a1", "D1", CONNECTED, 5.0).leaves("a1", RELEASED, 20.0).ends(20.0);
    assert!(all_are(&rows_unheard(CONTACTS, call.events, (10.0, 30.0)), "whole"));
}
