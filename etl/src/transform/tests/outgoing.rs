//! Calls that agents make, to customers and to each other, with the rows that they must have.

use callmart_schema::catalogue::statics::IxnType;
use callmart_schema::event::{CallType, DnType, PartyEnd};

use super::build::*;
use super::several::*;
use super::*;

fn outbound() -> Call {
    let call = Call::new("c1", 1).created(0.0, CallType::CALL_TYPE_OUTBOUND).dials("a1", "D1", 0.25);
    call.joins("caller", "800", DnType::DN_TYPE_EXTERNAL, ALERTING, 0.25)
}

fn internal() -> Call {
    Call::new("c1", 1).created(0.0, CallType::CALL_TYPE_INTERNAL).dials("a1", "D1", 0.0).rings("a2", "D2", "c1-a1", 0.0)
}

fn with_agents(call: Call) -> Rows {
    rows(call.events.into_iter().chain(three_agents()))
}

#[test]
fn an_outbound_call_dials_and_talks_with_the_customer() {
    let call = outbound().is("caller", CONNECTED, 8.5).is("a1", CONNECTED, 8.5).leaves("a1", RELEASED, 20.0);
    let rows = with_agents(call.ends(20.0));
    assert_eq!(result_of(&rows, "c1-a1"), "Initiated/Completed/Unspecified");
    let measured = [
        ("dial", 1, Some(8)),
        ("talk", 1, Some(12)),
        ("customer_dial", 1, Some(8)),
        ("customer_talk", 1, Some(12)),
        ("handle", 1, None),
        ("customer_handle", 1, None),
    ];
    assert_eq!(measures(irf(&rows, "c1-a1")), expected(&measured));
    assert_eq!(irf(&rows, "c1-a1").interaction_type_key, IxnType::Outbound as i64);
    assert_eq!(irf(&rows, "c1-a1").target_address.as_deref(), Some("800"), "what was dialled");
    assert_eq!(states_of(&rows, "c1-a1")[0].0, "Initiate/Initiator/None");
}

#[test]
fn an_outbound_call_that_is_not_answered_is_abandoned_and_a_busy_one_is_busy() {
    let ended = |cause: PartyEnd| {
        let call = outbound().leaves("caller", cause, 30.0).leaves("a1", RELEASED, 30.0).deleted(30.0);
        result_of(&with_agents(call), "c1-a1")
    };
    assert_eq!(ended(FAILED), "Initiated/Abandoned/AbandonedWhileRinging");
    assert_eq!(ended(BUSY), "Initiated/DestinationBusy/Unspecified");
}

#[test]
fn an_internal_call_has_no_customer() {
    let call = internal().talk("a1", "a2", 4.0).leaves("a2", RELEASED, 10.0).leaves("a1", RELEASED, 10.0).deleted(10.0);
    let rows = with_agents(call);
    assert_eq!(result_of(&rows, "c1-a1"), "Initiated/Completed/Unspecified");
    assert_eq!(result_of(&rows, "c1-a2"), "Received/Completed/Unspecified");
    let caller = [("dial", 1, Some(4)), ("talk", 1, Some(6)), ("handle", 1, None)];
    let called = [("ring", 1, Some(4)), ("talk", 1, Some(6)), ("handle", 1, None)];
    assert_eq!(measures(irf(&rows, "c1-a1")), expected(&caller));
    assert_eq!(measures(irf(&rows, "c1-a2")), expected(&called));
    assert_eq!(irf(&rows, "c1-a2").received_from_ixn_resource_id, callmart_schema::keys::NONE);
}

#[test]
fn an_internal_call_that_is_not_answered_is_abandoned_and_redirected() {
    let call = internal().leaves("a2", REDIRECTED, 12.0).leaves("a1", RELEASED, 12.0).deleted(12.0);
    let rows = with_agents(call);
    assert_eq!(result_of(&rows, "c1-a1"), "Initiated/Abandoned/AbandonedWhileRinging");
    assert_eq!(result_of(&rows, "c1-a2"), "Received/Redirected/RoutedOnNoAnswer");
}

#[test]
fn states_told_with_one_time_come_to_the_last_of_them() {
    let call = internal().is("a2", HELD, 4.0).talk("a1", "a2", 4.0).is("a2", HELD, 6.0).is("a2", CONNECTED, 6.0);
    let rows = with_agents(call.leaves("a2", RELEASED, 10.0).leaves("a1", RELEASED, 10.0).deleted(10.0));
    let called = irf(&rows, "c1-a2");
    assert_eq!((called.hold_count, called.talk_count, called.talk_duration), (0, 1, 6));
}
