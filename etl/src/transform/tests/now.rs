//! Interactions that go on, with the row of now that they must have.

use callmart_schema::catalogue::OpenInteraction;
use callmart_schema::catalogue::statics::IxnType;
use callmart_schema::event::{CallType, VirtualQueueQueued};
use callmart_schema::keys::{NONE, UNKNOWN};

use super::build::*;
use super::several::*;
use super::*;

fn now(call: &Call) -> OpenInteraction {
    let mut rows = rows(call.events.iter().cloned().chain(three_agents()));
    assert!(rows.interaction_fact.is_empty() && rows.interaction_resource_fact.is_empty());
    assert_eq!(rows.open_interaction.len(), 1);
    rows.open_interaction.remove(0)
}

/// State and since when, in seconds; resource and device.
fn place(call: &Call) -> (String, f64, i64, i64) {
    let row = now(call);
    let since_s = (row.state_since_ms - us(0.0) / 1_000) as f64 / 1e3;
    (row.state_code, since_s, row.resource_key, row.media_resource_key)
}

fn is(code: &str, since_s: f64, resource: i64, device: i64) -> (String, f64, i64, i64) {
    (code.to_owned(), since_s, resource, device)
}

fn queued(call: Call, id: &str, queue: &str, at_s: f64) -> Call {
    let body = VirtualQueueQueued {
        call: call.id.clone(),
        virtual_queue_id: id.into(),
        queue: queue.into(),
        ..VirtualQueueQueued::default()
    };
    call.tell(at_s, body)
}

#[test]
fn a_call_is_followed_from_the_ivr_through_the_queue_to_the_agent() {
    let call = Call::inbound("c1");
    assert_eq!(place(&call), is("UNKNOWN", 0.0, UNKNOWN, UNKNOWN));
    let call = call.joins("ivr", "I1", callmart_schema::event::DnType::DN_TYPE_IVR_PORT, CONNECTED, 1.0);
    assert_eq!(place(&call), is("IVR", 1.0, dn_key("I1"), dn_key("I1")));
    let call = call.leaves("ivr", DIVERTED, 10.0);
    assert_eq!(place(&call), is("UNKNOWN", 10.0, UNKNOWN, UNKNOWN));
    let call = call.joins("rp", "RP1", callmart_schema::event::DnType::DN_TYPE_ROUTING_POINT, QUEUED, 10.0);
    let call = queued(queued(call, "v1", "VQ1", 10.0), "v2", "VQ2", 12.0);
    assert_eq!(place(&call), is("QUEUED", 10.0, dn_key("RP1"), dn_key("RP1")));
    let row = now(&call);
    assert_eq!((row.queue_resource_key, row.queue_entered_ms), (dn_key("VQ2"), Some(us(12.0) / 1_000)));
    assert_eq!((row.start_ms, row.handled_count), (us(0.0) / 1_000, 0));
    assert_eq!((row.source_address.as_deref(), row.target_address.as_deref()), (Some("555"), Some("800")));
    assert_eq!(row.interaction_type_key, IxnType::Inbound as i64);
    let call = call.leaves("rp", DIVERTED, 20.0).rings("a1", "D1", "c1-rp", 20.0);
    assert_eq!(place(&call), is("ALERTING", 20.0, agent_key("A1"), dn_key("D1")));
    let call = call.is("a1", CONNECTED, 23.5);
    assert_eq!(place(&call), is("CONNECTED", 23.5, agent_key("A1"), dn_key("D1")));
    assert_eq!(now(&call).handled_count, 1);
    assert_eq!(now(&call.is("a1", HELD, 30.0)).state_code, "HELD");
}

#[test]
fn a_queue_that_was_left_is_named_when_no_other_is_waited_in() {
    let call = Call::inbound("c1").virtual_queue(
        "v1",
        "VQ1",
        (1.0, 5.0),
        callmart_schema::event::VirtualQueueEnd::VIRTUAL_QUEUE_END_DIVERTED,
        "D1",
    );
    assert_eq!(now(&call).queue_resource_key, dn_key("VQ1"));
    assert_eq!(now(&queued(call, "v0", "VQ2", 0.5)).queue_resource_key, dn_key("VQ2"), "it waits there");
    assert_eq!(now(&Call::inbound("c1")).queue_resource_key, NONE);
}

#[test]
fn during_a_consultation_the_customer_is_held_and_agents_count_who_talked_with_the_customer() {
    let call = answered().asks("a1", "k1", "D2", 10.0).rings("a2", "D2", "k1-a1", 10.0).talk("a1", "a2", 12.0);
    assert_eq!(place(&call), is("HELD", 10.0, agent_key("A1"), dn_key("D1")));
    assert_eq!(now(&call).handled_count, 1);
    let call = call.transfers("a2", "c1-a1", 20.0).sets("CaseID", "1", 25.0);
    assert_eq!(place(&call), is("CONNECTED", 20.0, agent_key("A2"), dn_key("D2")));
    assert_eq!(now(&call).handled_count, 2);
}

#[test]
fn a_call_that_dials_is_dialling_and_no_agent_has_talked_yet() {
    let call = Call::new("c1", 1).created(0.0, CallType::CALL_TYPE_OUTBOUND).dials("a1", "D1", 2.0);
    assert_eq!(place(&call), is("DIALING", 2.0, agent_key("A1"), dn_key("D1")));
    assert_eq!(now(&call).handled_count, 0);
    let ended = call.leaves("a1", RELEASED, 4.0).deleted(4.0);
    assert!(rows(ended.events).open_interaction.is_empty());
}

#[test]
fn a_telephone_without_an_agent_is_named_by_its_number() {
    let call = Call::inbound("c1").telephone("a9", "D9", CONNECTED, 3.0);
    assert_eq!(place(&call), is("CONNECTED", 3.0, dn_key("D9"), dn_key("D9")));
    assert_eq!(now(&call).handled_count, 0, "nobody known handled it");
}
