//! Transfers, blind and after a consultation, and consultations that come to nothing, with the rows that they must have.

use callmart_schema::catalogue::statics::IxnType;
use callmart_schema::event::{DnType, VirtualQueueEnd};
use callmart_schema::keys::NONE;

use super::build::*;
use super::several::*;
use super::*;

const VQ_DIVERTED: VirtualQueueEnd = VirtualQueueEnd::VIRTUAL_QUEUE_END_DIVERTED;
const VQ_CLEARED: VirtualQueueEnd = VirtualQueueEnd::VIRTUAL_QUEUE_END_CLEARED;

fn with_agents(call: Call) -> Rows {
    rows(call.events.into_iter().chain(three_agents()))
}

fn from(rows: &Rows, party: &str) -> i64 {
    irf(rows, party).received_from_ixn_resource_id
}

fn id(rows: &Rows, party: &str) -> i64 {
    irf(rows, party).interaction_resource_id
}

/// Answered at 2.5, asks D2 at 10.25, who answers at 15.75.
fn consulted() -> Call {
    answered().asks("a1", "k1", "D2", 10.25).rings("a2", "D2", "k1-a1", 10.25).talk("a1", "a2", 15.75)
}

#[test]
fn a_blind_transfer_to_a_telephone_makes_the_next_agent_receive_a_transfer() {
    let call = answered().passes_on("a1", TRANSFERRED, "D2", 20.0).rings("a2", "D2", "c1-a1", 20.0);
    let rows = with_agents(call.is("a2", CONNECTED, 23.0).leaves("a2", RELEASED, 40.0).ends(40.0));
    assert_eq!(parties(&rows), ["c1-a1", "c1-a2"], "the transferring agent has no attempt of its own for it");
    assert_eq!(result_of(&rows, "c1-a1"), "Received/Transferred/Unspecified");
    assert_eq!(result_of(&rows, "c1-a2"), "ReceivedTransfer/Completed/Unspecified");
    assert_eq!(from(&rows, "c1-a2"), id(&rows, "c1-a1"));
    let measured = [
        ("ring", 1, Some(3)),
        ("talk", 1, Some(17)),
        ("customer_ring", 1, Some(3)),
        ("customer_talk", 1, Some(17)),
        ("handle", 1, None),
        ("customer_handle", 1, None),
    ];
    assert_eq!(measures(irf(&rows, "c1-a2")), expected(&measured), "no time after a consultation");
}

#[test]
fn a_blind_transfer_through_a_queue_is_received_as_well_by_whoever_answers_in_the_end() {
    let call = answered()
        .passes_on("a1", TRANSFERRED, "RP2", 20.0)
        .brought("rp", "RP2", DnType::DN_TYPE_ROUTING_POINT, QUEUED, "c1-a1", 20.0)
        .virtual_queue("v1", "VQ1", (20.0, 30.0), VQ_DIVERTED, "D2")
        .virtual_queue("v2", "VQ2", (20.0, 30.0), VQ_CLEARED, "")
        .leaves("rp", DIVERTED, 30.0)
        .rings("a2", "D2", "c1-rp", 30.0)
        .leaves("a2", REDIRECTED, 42.0)
        .brought("rp2", "RP2", DnType::DN_TYPE_ROUTING_POINT, QUEUED, "c1-a2", 42.0)
        .virtual_queue("v3", "VQ1", (42.0, 45.0), VQ_DIVERTED, "D3")
        .leaves("rp2", DIVERTED, 45.0)
        .rings("a3", "D3", "c1-rp2", 45.0)
        .is("a3", CONNECTED, 47.0)
        .leaves("a3", RELEASED, 60.0)
        .ends(60.0);
    let rows = with_agents(call);
    assert_eq!(parties(&rows), ["c1-a1", "c1-a2", "c1-a3"]);
    assert_eq!(result_of(&rows, "c1-a2"), "ReceivedTransfer/Redirected/RoutedOnNoAnswer");
    assert_eq!(result_of(&rows, "c1-a3"), "ReceivedTransfer/Completed/Unspecified");
    assert_eq!((from(&rows, "c1-a2"), from(&rows, "c1-a3")), (id(&rows, "c1-a1"), id(&rows, "c1-a2")));
    assert_eq!(durations(irf(&rows, "c1-a2")), [10, 12, 0, 0, 22]);
    assert_eq!(durations(irf(&rows, "c1-a3")), [3, 2, 13, 0, 15]);
    assert_eq!(irf(&rows, "c1-a3").previous_mediation_duration, 10);
    assert_eq!(end_of(&rows, "v1"), "Received/Diverted/RoutedOnNoAnswer");
    assert_eq!(end_of(&rows, "v2"), "Received/Cleared/Unspecified");
    assert_eq!(end_of(&rows, "v3"), "Received/Diverted/AnsweredByAgent");
    assert_eq!((msf(&rows, "v1").entry_ordinal, msf(&rows, "v3").entry_ordinal), (1, 2));
    assert_eq!(msf(&rows, "v3").target_ixn_resource_id, id(&rows, "c1-a3"));
    assert_eq!(irf(&rows, "c1-a1").last_rp_resource_key, NONE, "the queue came after the first agent");
}

#[test]
fn a_customer_who_gives_up_in_the_queue_after_a_transfer_abandons_the_routing_point() {
    let call = answered().passes_on("a1", TRANSFERRED, "RP2", 20.0);
    let rows = with_agents(call.waits("rp", "c1-a1", 20.0, 50.0, ABANDONED).ends(50.0));
    assert_eq!(parties(&rows), ["c1-a1", "c1-rp"]);
    assert_eq!(result_of(&rows, "c1-a1"), "Received/Transferred/Unspecified");
    assert_eq!(result_of(&rows, "c1-rp"), "Received/CustomerAbandoned/AbandonedWhileQueued");
    assert_eq!(from(&rows, "c1-rp"), id(&rows, "c1-a1"));
}

#[test]
fn a_consult_transfer_cuts_the_second_agents_talk_where_the_customer_came() {
    let rows = with_agents(consulted().transfers("a2", "c1-a1", 30.5).leaves("k1-a2", RELEASED, 50.0).ends(50.0));
    assert_eq!(parties(&rows), ["c1-a1", "k1-a1", "k1-a2"]);
    assert_eq!(result_of(&rows, "c1-a1"), "Received/Transferred/Unspecified");
    assert_eq!(result_of(&rows, "k1-a1"), "InitiatedConsult/Transferred/Unspecified");
    assert_eq!(result_of(&rows, "k1-a2"), "ReceivedTransfer/Completed/Unspecified");
    // Ring 0 to 2, talk 2 to 10, hold 10 to 30.
    let main = [
        ("ring", 1, Some(2)),
        ("talk", 1, Some(8)),
        ("hold", 1, Some(20)),
        ("customer_ring", 1, Some(2)),
        ("customer_talk", 1, Some(8)),
        ("customer_hold", 1, Some(20)),
        ("handle", 1, None),
        ("customer_handle", 1, None),
    ];
    assert_eq!(measures(irf(&rows, "c1-a1")), expected(&main));
    // Dial 10 to 15, talk 15 to 30; the customer is on another call.
    let asking = [
        ("cons_init_dial", 1, Some(5)),
        ("cons_init_talk", 1, Some(15)),
        ("agent_to_agent_cons", 1, Some(15)),
        ("handle", 1, None),
    ];
    assert_eq!(measures(irf(&rows, "k1-a1")), expected(&asking));
    // Ring 10 to 15, talk 15 to 30 without and 30 to 50 with the customer.
    let asked = [
        ("cons_rcv_ring", 1, Some(5)),
        ("cons_rcv_talk", 1, Some(15)),
        ("post_cons_xfer_talk", 1, Some(20)),
        ("customer_talk", 1, Some(20)),
        ("handle", 1, None),
        ("customer_handle", 1, None),
    ];
    assert_eq!(measures(irf(&rows, "k1-a2")), expected(&asked));
    let states = [("Alert/Receiver/Consult", 5_500), ("Connect/Receiver/Consult", 14_750)];
    let states = states.into_iter().chain([("Connect/Receiver/PostTransfer", 19_500)]);
    assert_eq!(states_of(&rows, "k1-a2"), states.map(|(s, ms)| (s.to_owned(), ms)).collect::<Vec<_>>());
    assert_eq!(states_of(&rows, "k1-a1")[0], ("Initiate/Initiator/Consult".to_owned(), 5_500));
}

#[test]
fn a_consult_transfer_links_its_attempts_and_names_who_and_what() {
    let rows = with_agents(consulted().transfers("a2", "c1-a1", 30.5).leaves("k1-a2", RELEASED, 50.0).ends(50.0));
    assert_eq!(from(&rows, "k1-a2"), id(&rows, "k1-a1"));
    assert_eq!((from(&rows, "c1-a1"), from(&rows, "k1-a1")), (NONE, NONE));
    let (asking, asked) = (irf(&rows, "k1-a1"), irf(&rows, "k1-a2"));
    assert_eq!((asking.resource_key, asked.resource_key), (agent_key("A1"), agent_key("A2")));
    assert_eq!(asking.interaction_type_key, IxnType::Internal as i64);
    assert_eq!(asked.interaction_type_key, IxnType::Inbound as i64, "the customer's call became its");
    assert_eq!((asking.target_address.as_deref(), asked.target_address.as_deref()), (Some("D2"), Some("D2")));
    assert_eq!((&*asking.media_server_ixn_guid, &*asking.media_server_root_ixn_guid), ("k1", "c1"));
    let [call] = &rows.interaction_fact[..] else { panic!("one interaction") };
    assert_eq!((call.end_ts - call.start_ts, call.interaction_type_key), (50, IxnType::Inbound as i64));
    assert_eq!(call.anchor_id, id(&rows, "c1-a1"));
}

#[test]
fn a_transfer_before_the_second_agent_answers_cuts_the_ringing() {
    let call = answered().asks("a1", "k1", "D2", 10.0).rings("a2", "D2", "k1-a1", 10.0).transfers("a2", "c1-a1", 12.4);
    let rows = with_agents(call.is("k1-a2", CONNECTED, 16.0).leaves("k1-a2", RELEASED, 30.0).ends(30.0));
    assert_eq!(result_of(&rows, "k1-a1"), "InitiatedConsult/Transferred/Unspecified");
    assert_eq!(measures(irf(&rows, "k1-a1")), expected(&[("cons_init_dial", 1, Some(2))]));
    let asked = [
        ("cons_rcv_ring", 1, Some(2)),
        ("post_cons_xfer_ring", 1, Some(4)),
        ("post_cons_xfer_talk", 1, Some(14)),
        ("customer_ring", 1, Some(4)),
        ("customer_talk", 1, Some(14)),
        ("handle", 1, None),
        ("customer_handle", 1, None),
    ];
    assert_eq!(measures(irf(&rows, "k1-a2")), expected(&asked));
}

#[test]
fn holds_count_in_the_family_of_their_time() {
    let call =
        consulted().is("a1", HELD, 18.0).is("a2", HELD, 19.0).talk("a1", "a2", 21.0).transfers("a2", "c1-a1", 30.5);
    let call = call.is("k1-a2", HELD, 33.0).is("k1-a2", CONNECTED, 37.0).leaves("k1-a2", RELEASED, 50.0).ends(50.0);
    let rows = with_agents(call);
    let asking = irf(&rows, "k1-a1");
    assert_eq!((asking.cons_init_hold_count, asking.cons_init_hold_duration), (1, 3));
    assert_eq!((asking.cons_init_talk_count, asking.cons_init_talk_duration), (2, 12), "15 to 18 and 21 to 30");
    let asked = irf(&rows, "k1-a2");
    assert_eq!((asked.cons_rcv_hold_count, asked.cons_rcv_hold_duration), (1, 2));
    assert_eq!((asked.post_cons_xfer_hold_count, asked.post_cons_xfer_hold_duration), (1, 4));
    assert_eq!((asked.customer_hold_count, asked.customer_hold_duration), (1, 4), "the customer knows of one hold");
}

#[test]
fn a_consultation_through_a_queue_has_its_passage_and_mediation_of_its_own() {
    let call = Call::inbound("c1")
        .ivr(0.0, 1.0, DIVERTED)
        .routing_point("rp", 1.0, 4.0, DIVERTED)
        .telephone("a1", "D1", ALERTING, 4.0)
        .is("a1", CONNECTED, 5.0)
        .asks("a1", "k1", "RP2", 10.0)
        .waits("rp", "k1-a1", 10.0, 17.0, DIVERTED)
        .virtual_queue("v1", "VQ1", (10.0, 17.0), VQ_DIVERTED, "D2")
        .rings("a2", "D2", "k1-rp", 17.0)
        .talk("a1", "a2", 20.0)
        .transfers("a2", "c1-a1", 30.0)
        .leaves("k1-a2", RELEASED, 40.0)
        .ends(40.0);
    let rows = with_agents(call);
    assert_eq!(parties(&rows), ["c1-ivr", "c1-a1", "k1-a1", "k1-a2"]);
    assert_eq!(end_of(&rows, "v1"), "ReceivedConsult/Diverted/AnsweredByAgent");
    assert_eq!(msf(&rows, "v1").target_ixn_resource_id, id(&rows, "k1-a2"));
    let asked = irf(&rows, "k1-a2");
    assert_eq!((asked.mediation_duration, asked.previous_mediation_duration), (7, 0));
    assert_eq!((asked.last_rp_resource_key, asked.last_vqueue_resource_key), (dn_key("RP2"), dn_key("VQ1")));
    assert_eq!(asked.last_ivr_resource_key, NONE, "the IVR was in another call");
    assert_eq!(irf(&rows, "c1-a1").last_ivr_resource_key, dn_key("I1"));
    assert_eq!((from(&rows, "k1-a2"), irf(&rows, "k1-a1").mediation_duration), (id(&rows, "k1-a1"), 0));
    assert_eq!(result_of(&rows, "c1-ivr"), "Received/Transferred/Unspecified");
}

#[test]
fn a_consultation_that_is_retrieved_is_completed_on_both_sides() {
    let call = consulted().leaves("a2", RELEASED, 20.0).leaves("a1", RELEASED, 20.0).deleted(20.0).main();
    let rows = with_agents(call.is("a1", CONNECTED, 20.0).leaves("a1", RELEASED, 33.0).ends(33.0));
    assert_eq!(result_of(&rows, "c1-a1"), "Received/Completed/Unspecified");
    assert_eq!(result_of(&rows, "k1-a1"), "InitiatedConsult/Completed/Unspecified");
    assert_eq!(result_of(&rows, "k1-a2"), "ReceivedConsult/Completed/Unspecified");
    assert_eq!(irf(&rows, "k1-a2").interaction_type_key, IxnType::Internal as i64);
    // Talk 2 to 10 and 20 to 33, hold 10 to 20.
    assert_eq!((irf(&rows, "c1-a1").talk_duration, irf(&rows, "c1-a1").hold_duration), (21, 10));
    let asked = [("cons_rcv_ring", 1, Some(5)), ("cons_rcv_talk", 1, Some(5)), ("handle", 1, None)];
    assert_eq!(measures(irf(&rows, "k1-a2")), expected(&asked));
}

#[test]
fn a_consultation_that_nobody_answers_is_given_up_and_redirected() {
    let call = answered().asks("a1", "k1", "D2", 10.0).rings("a2", "D2", "k1-a1", 10.0).leaves("a2", REDIRECTED, 22.0);
    let call = call.leaves("a1", RELEASED, 22.0).deleted(22.0).main().is("a1", CONNECTED, 22.0);
    let rows = with_agents(call.leaves("a1", RELEASED, 30.0).ends(30.0));
    assert_eq!(result_of(&rows, "k1-a1"), "InitiatedConsult/Abandoned/AbandonedWhileRinging");
    assert_eq!(result_of(&rows, "k1-a2"), "ReceivedConsult/Redirected/RoutedOnNoAnswer");
    assert_eq!(measures(irf(&rows, "k1-a1")), expected(&[("cons_init_dial", 1, Some(12))]));
    assert_eq!(measures(irf(&rows, "k1-a2")), expected(&[("cons_rcv_ring", 1, Some(12))]));
    let busy = answered().asks("a1", "k1", "D2", 10.0).rings("a2", "D2", "k1-a1", 10.0).leaves("a2", BUSY, 11.0);
    let busy = busy.leaves("a1", RELEASED, 11.0).deleted(11.0).main().leaves("a1", RELEASED, 30.0).ends(30.0);
    assert_eq!(result_of(&with_agents(busy), "k1-a1"), "InitiatedConsult/DestinationBusy/Unspecified");
}

#[test]
fn a_consultation_answered_by_no_agent_is_none_between_agents() {
    let call = consulted().leaves("a2", RELEASED, 20.0).leaves("a1", RELEASED, 20.0).deleted(20.0).main();
    let rows =
        rows(call.leaves("a1", RELEASED, 33.0).ends(33.0).events.into_iter().chain(three_agents().into_iter().take(1)));
    let asking = irf(&rows, "k1-a1");
    assert_eq!((asking.cons_init_talk_count, asking.agent_to_agent_cons_count), (1, 0));
}

#[test]
fn a_consultation_that_outlives_its_root_call_adds_its_attempts_when_it_ends() {
    let call = consulted().main().leaves("a1", ABANDONED, 20.0).ends(20.0).consult("k1");
    let early = with_agents(call.clone());
    assert_eq!(parties(&early), ["c1-a1"]);
    assert_eq!(result_of(&early, "c1-a1"), "Received/CustomerAbandoned/AbandonedFromHold");
    let call = call.leaves("a2", RELEASED, 25.0).leaves("a1", RELEASED, 25.0).deleted(25.0);
    let late = with_agents(call);
    assert_eq!(parties(&late), ["c1-a1", "k1-a1", "k1-a2"]);
    assert_eq!(result_of(&late, "k1-a1"), "InitiatedConsult/Completed/Unspecified");
    assert_eq!(late.interaction_fact[0].end_ms, us(20.0) / 1_000, "the root call's end counts");
    assert_eq!(early.interaction_fact, late.interaction_fact);
    assert!(late.open_interaction.is_empty() && early.open_interaction.is_empty());
}

#[test]
fn mediation_of_a_consultation_is_not_added_to_whoever_joins_the_main_call_later() {
    // In the consult call nobody answers behind the queue; meanwhile nothing waits in the main call.
    let call = answered()
        .asks("a1", "k1", "RP2", 10.0)
        .waits("rp", "k1-a1", 10.0, 15.0, DIVERTED)
        .rings("a2", "D2", "k1-rp", 15.0)
        .leaves("a2", REDIRECTED, 20.0)
        .leaves("a1", RELEASED, 20.0)
        .deleted(20.0)
        .main()
        .is("a1", CONNECTED, 20.0)
        .passes_on("a1", TRANSFERRED, "D3", 30.0)
        .rings("a3", "D3", "c1-a1", 30.0)
        .is("a3", CONNECTED, 31.0)
        .leaves("a3", RELEASED, 40.0)
        .ends(40.0);
    let rows = with_agents(call);
    let last = irf(&rows, "c1-a3");
    assert_eq!((last.mediation_duration, last.previous_mediation_duration, last.response_time), (0, 0, 1));
    assert_eq!(
        (result_of(&rows, "c1-a3").as_str(), from(&rows, "c1-a3")),
        ("ReceivedTransfer/Completed/Unspecified", id(&rows, "c1-a1"))
    );
    assert_eq!((irf(&rows, "k1-a2").mediation_duration, last.interaction_resource_ordinal), (5, 4));
}

#[test]
fn an_agent_who_received_a_transfer_can_pass_it_on() {
    let call = consulted().transfers("a2", "c1-a1", 30.0).passes_on("k1-a2", TRANSFERRED, "D3", 40.0);
    let call = call.rings("a3", "D3", "k1-a2", 40.0).is("a3", CONNECTED, 42.0).leaves("a3", RELEASED, 50.0).ends(50.0);
    let rows = with_agents(call);
    assert_eq!(result_of(&rows, "k1-a2"), "ReceivedTransfer/Transferred/Unspecified");
    assert_eq!(result_of(&rows, "c1-a3"), "ReceivedTransfer/Completed/Unspecified");
    assert_eq!(from(&rows, "c1-a3"), id(&rows, "k1-a2"));
}

#[test]
fn who_brought_a_party_counts_more_than_who_came_before_it() {
    // The second agent joined the call last, but it is the first who passes it on.
    let call = consulted().confers("a2", "c1-a1", 30.0).passes_on("a1", TRANSFERRED, "D3", 40.0);
    let call = call.rings("a3", "D3", "c1-a1", 40.0).is("a3", CONNECTED, 42.0).leaves("k1-a2", RELEASED, 45.0);
    let rows = with_agents(call.leaves("a3", RELEASED, 50.0).ends(50.0));
    assert_eq!(result_of(&rows, "c1-a1"), "Received/Transferred/Unspecified");
    assert_eq!(result_of(&rows, "c1-a3"), "ReceivedTransfer/Completed/Unspecified");
    assert_eq!(from(&rows, "c1-a3"), id(&rows, "c1-a1"));
}

#[test]
fn a_move_of_which_nobody_told_the_rest_is_a_transfer() {
    // Neither the main call's agent nor who asked was heard of.
    let call = Call::inbound("c1").consult("k1").telephone("a2", "D2", CONNECTED, 5.0).moves("a2", "", 9.0).merges(9.0);
    let rows = with_agents(call.leaves("k1-a2", RELEASED, 20.0).ends(20.0));
    assert_eq!(result_of(&rows, "k1-a2"), "ReceivedTransfer/Completed/Unspecified");
    let asked = irf(&rows, "k1-a2");
    assert_eq!(
        (asked.cons_rcv_talk_duration, asked.post_cons_xfer_talk_duration, asked.customer_talk_duration),
        (4, 11, 11)
    );
}
