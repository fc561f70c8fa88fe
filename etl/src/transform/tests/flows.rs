//! Call flows with the rows that they must have.

use callmart_schema::catalogue::statics::IxnType;
use callmart_schema::event::{CallType, DnType, PartyRole, VirtualQueueEnd};
use callmart_schema::keys::NONE;

use super::build::*;
use super::*;

const VQ_DIVERTED: VirtualQueueEnd = VirtualQueueEnd::VIRTUAL_QUEUE_END_DIVERTED;
const VQ_ABANDONED: VirtualQueueEnd = VirtualQueueEnd::VIRTUAL_QUEUE_END_ABANDONED;
const VQ_CLEARED: VirtualQueueEnd = VirtualQueueEnd::VIRTUAL_QUEUE_END_CLEARED;

fn agent_1() -> Event {
    login(1, "s1", "D1", "A1", -100.0)
}

/// IVR 0 to 10, routing point and virtual queue 10 to 40, ringing at D1 40 to 43, talking to 100.
fn routed_call(id: &str) -> Call {
    Call::inbound(id)
        .ivr(0.0, 10.0, DIVERTED)
        .routing_point("rp", 10.0, 40.0, DIVERTED)
        .virtual_queue("v1", "VQ1", (10.0, 40.0), VQ_DIVERTED, "D1")
        .telephone("a1", "D1", ALERTING, 40.0)
        .is("a1", CONNECTED, 43.0)
        .leaves("a1", RELEASED, 100.0)
        .ends(100.0)
}

#[test]
fn a_call_that_ends_in_the_ivr_is_received_and_completed_there() {
    let rows = rows(Call::inbound("c1").ivr(0.0, 30.0, RELEASED).ends(30.0).events);
    let [call] = &rows.interaction_fact[..] else { panic!("one interaction") };
    assert_eq!((call.end_ts - call.start_ts, call.status, call.active_flag), (30, 0, 0));
    assert_eq!(call.interaction_type_key, IxnType::Inbound as i64);
    assert_eq!((call.source_address.as_deref(), call.target_address.as_deref()), (Some("555"), Some("800")));
    assert_eq!(parties(&rows), ["c1-ivr"]);
    assert_eq!(result_of(&rows, "c1-ivr"), "Received/Completed/Unspecified");
    let ivr = irf(&rows, "c1-ivr");
    assert_eq!(durations(ivr), [0, 0, 30, 0, 0]);
    assert_eq!((ivr.customer_handle_count, ivr.customer_talk_duration), (1, 30));
    assert_eq!((ivr.resource_key, &ivr.agent_match), (dn_key("I1"), &None));
    assert_eq!((call.anchor_id, ivr.irf_anchor), (ivr.interaction_resource_id, 1));
    assert!(rows.mediation_segment_fact.is_empty());
}

#[test]
fn an_agent_straight_from_the_ivr_receives_a_transfer() {
    let call = Call::inbound("c1").ivr(0.0, 10.0, DIVERTED).telephone("a1", "D1", ALERTING, 10.0);
    let call = call.is("a1", CONNECTED, 12.0).leaves("a1", RELEASED, 60.0).ends(60.0);
    let rows = rows(call.events.into_iter().chain([agent_1()]));
    assert_eq!(parties(&rows), ["c1-ivr", "c1-a1"]);
    assert_eq!(result_of(&rows, "c1-ivr"), "Received/Transferred/Unspecified");
    assert_eq!(result_of(&rows, "c1-a1"), "ReceivedTransfer/Completed/Unspecified");
    let (ivr, agent) = (irf(&rows, "c1-ivr"), irf(&rows, "c1-a1"));
    assert_eq!(agent.received_from_ixn_resource_id, ivr.interaction_resource_id);
    assert_eq!(agent.received_from_ixn_res_sdt_key, ivr.start_date_time_key);
    assert_eq!(agent.last_ivr_resource_key, dn_key("I1"));
    assert_eq!(durations(agent), [0, 2, 48, 0, 2]);
    assert_eq!((ivr.last_interaction_resource, agent.last_interaction_resource), (0, 1));
}

#[test]
fn an_agent_behind_a_routing_point_and_a_virtual_queue_is_routed_to() {
    let rows = rows(routed_call("c1").events.into_iter().chain([agent_1()]));
    assert_eq!(parties(&rows), ["c1-ivr", "c1-a1"]);
    assert_eq!(result_of(&rows, "c1-a1"), "RoutedTo/Completed/Unspecified");
    assert_eq!(end_of(&rows, "v1"), "Received/Diverted/AnsweredByAgent");
    let (agent, queue) = (irf(&rows, "c1-a1"), msf(&rows, "v1"));
    assert_eq!(durations(agent), [30, 3, 57, 0, 33]);
    assert_eq!((agent.queue_duration, agent.routing_point_duration, agent.mediation_count), (0, 30, 1));
    assert_eq!((agent.start_ms, agent.end_ms), (us(10.0) / 1_000, us(100.0) / 1_000));
    assert_eq!((agent.customer_ring_duration, agent.customer_talk_duration), (3, 57));
    assert_eq!((agent.handle_count, agent.customer_handle_count), (1, 1));
    assert_eq!((queue.mediation_duration, queue.entry_ordinal), (30, 1));
    assert_eq!(queue.target_ixn_resource_id, agent.interaction_resource_id);
    assert_eq!(queue.ixn_resource_id, agent.interaction_resource_id);
    assert_eq!(queue.target_ixn_resource_sdt_key, agent.start_date_time_key);
    assert_eq!(agent.mediation_segment_id, queue.mediation_segment_id);
    assert_eq!(agent.mediation_start_date_time_key, queue.start_date_time_key);
    assert_eq!(agent.last_rp_resource_key, dn_key("RP1"));
    assert_eq!((agent.last_vqueue_resource_key, agent.mediation_resource_key), (dn_key("VQ1"), dn_key("VQ1")));
    assert_eq!((agent.last_queue_resource_key, agent.last_ivr_resource_key), (NONE, dn_key("I1")));
    assert_eq!((agent.resource_key, agent.media_resource_key), (agent_key("A1"), dn_key("D1")));
}

#[test]
fn a_dn_without_an_agent_has_the_attempt_itself_and_the_queue_was_answered_by_other() {
    let silent = rows(routed_call("c1").events);
    assert_eq!(irf(&silent, "c1-a1").resource_key, dn_key("D1"));
    assert_eq!(irf(&silent, "c1-a1").agent_match.as_deref(), Some("unknown"), "the agent side was not heard");
    assert_eq!(end_of(&silent, "v1"), "Received/Diverted/AnsweredByOther");
    let heard = rows_with(routed_call("c1").events, [connect(1), covers(2, 0.0, 100.0)]);
    assert_eq!(irf(&heard, "c1-a1").agent_match.as_deref(), Some("none"));
    let elsewhen = rows_with(routed_call("c1").events, [connect(1), covers(2, 41.0, 100.0)]);
    assert_eq!(irf(&elsewhen, "c1-a1").agent_match.as_deref(), Some("unknown"), "40 s itself was not heard");
}

#[test]
fn an_abandon_in_the_queue_is_told_by_the_routing_point_and_the_virtual_queue() {
    let call = Call::inbound("c1").ivr(0.0, 10.0, DIVERTED).routing_point("rp", 10.0, 70.0, ABANDONED);
    let rows = rows(call.virtual_queue("v1", "VQ1", (10.0, 70.0), VQ_ABANDONED, "").ends(70.0).events);
    assert_eq!(parties(&rows), ["c1-ivr", "c1-rp"]);
    assert_eq!(result_of(&rows, "c1-ivr"), "Received/Transferred/Unspecified");
    assert_eq!(result_of(&rows, "c1-rp"), "Received/CustomerAbandoned/AbandonedWhileQueued");
    assert_eq!(end_of(&rows, "v1"), "Received/CustomerAbandoned/AbandonedWhileQueued");
    let (routing_point, queue) = (irf(&rows, "c1-rp"), msf(&rows, "v1"));
    assert_eq!(durations(routing_point), [60, 0, 0, 0, 60]);
    assert_eq!((routing_point.handle_count, routing_point.resource_key), (0, dn_key("RP1")));
    assert_eq!(routing_point.mediation_segment_id, queue.mediation_segment_id);
    assert_eq!((queue.ixn_resource_id, queue.target_ixn_resource_id), (routing_point.interaction_resource_id, NONE));
    assert!(rows.ixn_resource_state_fact.iter().all(|s| s.interaction_resource_id != queue.ixn_resource_id));
}

#[test]
fn an_abandon_while_ringing_is_the_agents() {
    let call = Call::inbound("c1")
        .routing_point("rp", 0.0, 20.0, DIVERTED)
        .virtual_queue("v1", "VQ1", (0.0, 20.0), VQ_DIVERTED, "D1")
        .telephone("a1", "D1", ALERTING, 20.0)
        .leaves("a1", ABANDONED, 27.0)
        .ends(27.0);
    let rows = rows(call.events.into_iter().chain([agent_1()]));
    assert_eq!(result_of(&rows, "c1-a1"), "RoutedTo/CustomerAbandoned/AbandonedWhileRinging");
    assert_eq!(end_of(&rows, "v1"), "Received/Diverted/AbandonedWhileRinging");
    let agent = irf(&rows, "c1-a1");
    assert_eq!((agent.customer_ring_count, agent.customer_ring_duration), (1, 7));
    assert_eq!((agent.talk_count, agent.handle_count, agent.response_time), (0, 0, 27));
    assert_eq!(rows.interaction_fact[0].anchor_id, NONE, "nobody handled it");
}

#[test]
fn a_call_not_answered_in_time_goes_to_another_agent_and_keeps_its_mediation() {
    let call = Call::inbound("c1")
        .routing_point("rp", 0.0, 20.0, DIVERTED)
        .virtual_queue("v1", "VQ1", (0.0, 20.0), VQ_DIVERTED, "D1")
        .telephone("a1", "D1", ALERTING, 20.0)
        .leaves("a1", REDIRECTED, 30.0)
        .routing_point("rp2", 30.0, 35.0, DIVERTED)
        .virtual_queue("v2", "VQ1", (30.0, 35.0), VQ_DIVERTED, "D2")
        .telephone("a2", "D2", ALERTING, 35.0)
        .is("a2", CONNECTED, 38.0)
        .leaves("a2", RELEASED, 60.0)
        .ends(60.0);
    let rows = rows(call.events.into_iter().chain([agent_1(), login(2, "s2", "D2", "A2", -5.0)]));
    assert_eq!(result_of(&rows, "c1-a1"), "RoutedTo/Redirected/RoutedOnNoAnswer");
    assert_eq!(result_of(&rows, "c1-a2"), "RoutedTo/Completed/Unspecified");
    assert_eq!(end_of(&rows, "v1"), "Received/Diverted/RoutedOnNoAnswer");
    assert_eq!(end_of(&rows, "v2"), "Received/Diverted/AnsweredByAgent");
    assert_eq!((msf(&rows, "v1").entry_ordinal, msf(&rows, "v2").entry_ordinal), (1, 2));
    let (first, second) = (irf(&rows, "c1-a1"), irf(&rows, "c1-a2"));
    assert_eq!(second.received_from_ixn_resource_id, first.interaction_resource_id);
    assert_eq!((first.mediation_duration, first.previous_mediation_duration), (20, 0));
    assert_eq!((second.mediation_duration, second.previous_mediation_duration), (5, 20));
    assert_eq!(second.response_time, 5 + 20 + 3);
    assert_eq!(second.mediation_segment_id, msf(&rows, "v2").mediation_segment_id);
    assert_eq!((first.irf_anchor, second.irf_anchor), (0, 1));
}

#[test]
fn an_agent_who_takes_over_an_unanswered_call_was_routed_to_as_well() {
    let call = Call::inbound("c1").routing_point("rp", 0.0, 20.0, DIVERTED).telephone("a1", "D1", ALERTING, 20.0);
    let call = call.leaves("a1", REDIRECTED, 30.0).telephone("a2", "D2", ALERTING, 30.0);
    let rows = rows(call.is("a2", CONNECTED, 31.0).leaves("a2", RELEASED, 40.0).ends(40.0).events);
    assert_eq!(result_of(&rows, "c1-a2"), "RoutedTo/Completed/Unspecified");
    assert_eq!((irf(&rows, "c1-a2").mediation_duration, irf(&rows, "c1-a2").previous_mediation_duration), (0, 20));
}

#[test]
fn holding_and_retrieving_are_two_talks_and_a_hold() {
    let call = Call::inbound("c1").telephone("a1", "D1", ALERTING, 0.0).is("a1", CONNECTED, 2.0);
    let call = call.is("a1", HELD, 10.0).is("a1", CONNECTED, 25.0).leaves("a1", RELEASED, 31.0).ends(31.0);
    let rows = rows(call.events.into_iter().chain([agent_1()]));
    let agent = irf(&rows, "c1-a1");
    assert_eq!(result_of(&rows, "c1-a1"), "Received/Completed/Unspecified");
    assert_eq!(durations(agent), [0, 2, 14, 15, 2]);
    assert_eq!((agent.talk_count, agent.hold_count, agent.customer_hold_duration), (2, 1, 15));
    let states: Vec<_> = rows.ixn_resource_state_fact.iter().map(|s| s.total_duration).collect();
    assert_eq!((states.len(), states.iter().sum::<i32>()), (4, 31));
}

#[test]
fn a_customer_who_gives_up_on_hold_abandoned_from_hold() {
    let call = Call::inbound("c1").telephone("a1", "D1", CONNECTED, 0.0).is("a1", HELD, 10.0);
    let rows = rows(call.leaves("a1", ABANDONED, 50.0).ends(50.0).events);
    assert_eq!(result_of(&rows, "c1-a1"), "Received/CustomerAbandoned/AbandonedFromHold");
}

#[test]
fn an_ordinary_switch_names_the_agent_itself() {
    let call = Call::inbound("c1").agent_named("a1", "D1", "A9", 5.0).leaves("a1", RELEASED, 9.0).ends(9.0);
    let rows = rows(call.events.into_iter().chain([agent_1()]));
    let agent = irf(&rows, "c1-a1");
    assert_eq!((agent.resource_key, agent.agent_match.as_deref()), (agent_key("A9"), Some("final")));
    assert_eq!(agent.agent_match_distance_ms, None);
}

#[test]
fn an_acd_queue_diverts_to_the_agent_and_has_a_passage_of_its_own() {
    let call = Call::inbound("c1").acd_queue("q", 0.0, 15.0, DIVERTED).telephone("a1", "D1", ALERTING, 15.0);
    let call = call.is("a1", CONNECTED, 16.0).leaves("a1", RELEASED, 20.0).ends(20.0);
    let rows = rows(call.events.into_iter().chain([agent_1()]));
    assert_eq!(result_of(&rows, "c1-a1"), "DivertedTo/Completed/Unspecified");
    assert_eq!(end_of(&rows, "c1-q"), "Received/Diverted/AnsweredByAgent");
    let (agent, queue) = (irf(&rows, "c1-a1"), msf(&rows, "c1-q"));
    assert_eq!((agent.queue_duration, agent.routing_point_duration, agent.mediation_duration), (15, 0, 15));
    assert_eq!((agent.last_queue_resource_key, agent.last_vqueue_resource_key), (dn_key("Q1"), NONE));
    assert_eq!(agent.mediation_segment_id, queue.mediation_segment_id);
    assert_eq!(queue.target_ixn_resource_id, agent.interaction_resource_id);
}

#[test]
fn an_internal_caller_who_gives_up_in_the_queue_abandoned_it() {
    let call = Call::new("c1", 1).created(0.0, CallType::CALL_TYPE_INTERNAL);
    let initiator = PartyRole::PARTY_ROLE_ORIGINATION;
    let call = call.joins_as("i", "D7", DnType::DN_TYPE_EXTENSION, CONNECTED, initiator, 0.0);
    let rows = rows(call.acd_queue("q", 1.0, 9.0, ABANDONED).leaves("i", RELEASED, 9.0).deleted(9.0).events);
    assert_eq!(end_of(&rows, "c1-q"), "Received/Abandoned/AbandonedWhileQueued");
    assert_eq!(rows.interaction_fact[0].interaction_type_key, IxnType::Internal as i64);
    let caller = irf(&rows, "c1-i");
    assert_eq!((caller.customer_talk_count, caller.customer_handle_count), (0, 0));
}

#[test]
fn an_outbound_call_is_initiated_and_dials_the_customer() {
    let call = Call::new("c1", 1).created(0.0, CallType::CALL_TYPE_OUTBOUND);
    let initiator = PartyRole::PARTY_ROLE_ORIGINATION;
    let call = call
        .joins_as("a1", "D1", DnType::DN_TYPE_EXTENSION, DIALING, initiator, 0.0)
        .joins("caller", "555", DnType::DN_TYPE_EXTERNAL, ALERTING, 0.0)
        .is("a1", CONNECTED, 8.0)
        .is("caller", CONNECTED, 8.0)
        .leaves("a1", RELEASED, 20.0);
    let rows = rows(call.ends(20.0).events.into_iter().chain([agent_1()]));
    assert_eq!(result_of(&rows, "c1-a1"), "Initiated/Completed/Unspecified");
    let agent = irf(&rows, "c1-a1");
    assert_eq!((agent.dial_duration, agent.customer_dial_count, agent.customer_dial_duration), (8, 1, 8));
    assert_eq!((agent.talk_duration, agent.customer_talk_duration), (12, 12));
}

#[test]
fn the_customer_counts_only_while_there() {
    let call = Call::inbound("c1").telephone("a1", "D1", CONNECTED, 0.0).leaves("caller", RELEASED, 4.0);
    let call = call.joins("other", "556", DnType::DN_TYPE_EXTERNAL, CONNECTED, 10.0).leaves("other", RELEASED, 13.0);
    let rows = rows(call.leaves("a1", RELEASED, 20.0).deleted(20.0).events);
    let agent = irf(&rows, "c1-a1");
    assert_eq!((agent.talk_duration, agent.customer_talk_count, agent.customer_talk_duration), (20, 1, 7));
}

#[test]
fn two_clocks_that_disagree_make_no_negative_time_and_lose_no_link() {
    // The agent answered two seconds before the router's clock says that the call left the queue.
    let call = Call::inbound("c1")
        .routing_point("rp", 0.0, 20.0, DIVERTED)
        .virtual_queue("v1", "VQ1", (0.0, 20.0), VQ_DIVERTED, "D1")
        .telephone("a1", "D1", ALERTING, 16.0)
        .is("a1", CONNECTED, 18.0)
        .leaves("a1", RELEASED, 50.0)
        .ends(50.0);
    let rows = rows(call.events.into_iter().chain([agent_1()]));
    let agent = irf(&rows, "c1-a1");
    assert_eq!(result_of(&rows, "c1-a1"), "RoutedTo/Completed/Unspecified");
    assert_eq!((durations(agent), agent.end_ts - agent.start_ts), ([20, 2, 32, 0, 22], 50));
    assert_eq!(msf(&rows, "v1").target_ixn_resource_id, agent.interaction_resource_id);
    // A clock behind by more than the whole passage finds its target as well.
    let call = Call::inbound("c2").routing_point("rp", 10.0, 12.0, DIVERTED);
    let call = call.virtual_queue("v1", "VQ1", (10.0, 12.0), VQ_DIVERTED, "D1").telephone("a1", "D1", CONNECTED, 9.0);
    let rows = super::rows(call.leaves("a1", RELEASED, 50.0).ends(50.0).events);
    assert_eq!(msf(&rows, "v1").target_ixn_resource_id, irf(&rows, "c2-a1").interaction_resource_id);
}

#[test]
fn a_stamp_before_the_partys_last_is_raised_to_it() {
    let call = Call::inbound("c1").telephone("a1", "D1", ALERTING, 5.0).is("a1", CONNECTED, 3.0);
    let rows = rows(call.leaves("a1", RELEASED, 15.0).ends(15.0).events);
    assert_eq!(durations(irf(&rows, "c1-a1")), [0, 0, 10, 0, 0]);
    assert_eq!(irf(&rows, "c1-a1").ring_count, 1);
}

#[test]
fn a_service_of_no_length_counts() {
    let call = Call::inbound("c1").telephone("a1", "D1", CONNECTED, 5.0).leaves("a1", RELEASED, 5.0).ends(5.0);
    let rows = rows(call.events);
    let agent = irf(&rows, "c1-a1");
    assert_eq!((agent.talk_count, agent.talk_duration, agent.handle_count), (1, 0, 1));
    assert_eq!((agent.customer_talk_count, agent.customer_handle_count), (1, 1));
}

#[test]
fn durations_are_floors_of_borders_so_that_parts_add_up() {
    let call = Call::inbound("c1").telephone("a1", "D1", ALERTING, 0.6).is("a1", CONNECTED, 1.2);
    let call = call.is("a1", HELD, 1.9).is("a1", CONNECTED, 3.5).leaves("a1", RELEASED, 4.1).ends(4.1);
    let rows = rows(call.events);
    let agent = irf(&rows, "c1-a1");
    assert_eq!(durations(agent), [0, 1, 1, 2, 1]);
    assert_eq!(agent.end_ts - agent.start_ts, 4);
}

#[test]
fn a_call_across_midnight_starts_its_rows_on_the_days_they_start_on() {
    let midnight = 86_400.0;
    let call = Call::new("c1", 1).created(midnight - 10.0, CallType::CALL_TYPE_INBOUND).caller(midnight - 10.0);
    let call = call.ivr(midnight - 10.0, midnight + 5.0, DIVERTED).telephone("a1", "D1", CONNECTED, midnight + 5.0);
    let rows = rows(call.leaves("a1", RELEASED, midnight + 9.0).ends(midnight + 9.0).events);
    let day = |ts: i64| ts.div_euclid(86_400) - T0_US / 86_400_000_000;
    assert_eq!(day(rows.interaction_fact[0].start_date_time_key), 0);
    assert_eq!(day(rows.interaction_fact[0].end_date_time_key), 1);
    assert_eq!(day(irf(&rows, "c1-ivr").start_date_time_key), 0);
    assert_eq!(day(irf(&rows, "c1-a1").start_date_time_key), 1);
    assert_eq!(irf(&rows, "c1-a1").interaction_sdt_key, rows.interaction_fact[0].start_date_time_key);
    assert_eq!(irf(&rows, "c1-ivr").talk_duration, 15);
}

#[test]
fn a_call_that_goes_on_is_in_no_fact() {
    let mut events = routed_call("c1").events;
    events.pop();
    let rows = rows(events);
    assert!(rows.interaction_fact.is_empty() && rows.interaction_resource_fact.is_empty());
    assert!(rows.mediation_segment_fact.is_empty() && rows.irf_user_data_keys.is_empty());
}

#[test]
fn a_call_whose_begin_was_never_heard_starts_with_what_was() {
    let call = Call::new("c1", 8).telephone("a1", "D1", CONNECTED, 5.0).leaves("a1", RELEASED, 9.0).deleted(9.0);
    let rows = rows(call.events);
    let fact = &rows.interaction_fact[0];
    assert_eq!((fact.start_ms, fact.end_ts - fact.start_ts), (us(5.0) / 1_000, 4));
    assert_eq!(fact.interaction_type_key, IxnType::Unknown as i64);
    assert_eq!(parties(&rows), ["c1-a1"]);
}

#[test]
fn a_party_whose_joining_was_never_heard_keeps_the_number_that_other_events_tell() {
    use callmart_schema::event::PartyStateChanged;
    let body = PartyStateChanged {
        call: "c1".into(),
        party: "c1-a1".into(),
        state: CONNECTED.into(),
        dn: "D1".into(),
        ..PartyStateChanged::default()
    };
    let call = Call::inbound("c1").tell(3.0, body).leaves("a1", RELEASED, 9.0).ends(9.0);
    let rows = rows(call.events.into_iter().chain([agent_1()]));
    assert_eq!(irf(&rows, "c1-a1").media_resource_key, dn_key("D1"));
    assert_eq!(irf(&rows, "c1-a1").resource_key, agent_key("A1"));
}

#[test]
fn user_data_counts_as_it_was_when_the_call_left_the_resource() {
    let call = Call::inbound("c1")
        .ivr(0.0, 10.0, DIVERTED)
        .sets("CustomerID", "early", 2.0)
        .sets("ServiceType", "NE", 3.0)
        .telephone("a1", "D1", CONNECTED, 10.0)
        .sets("CustomerID", "late", 12.0)
        .leaves("a1", RELEASED, 20.0)
        .ends(20.0)
        .sets("CustomerID", "too late", 25.0)
        .sets("CaseID", "known late of an earlier moment", 15.0);
    let rows = rows(call.events);
    let of = |party: &str| {
        let id = irf(&rows, party).interaction_resource_id;
        rows.irf_user_data_gen_1.iter().find(|r| r.interaction_resource_id == id).expect("user data")
    };
    assert_eq!(of("c1-ivr").customer_id.as_deref(), Some("early"));
    assert_eq!(of("c1-a1").customer_id.as_deref(), Some("late"));
    assert_eq!((of("c1-ivr").case_id.as_deref(), of("c1-a1").case_id.is_some()), (None, true));
    let keys: Vec<_> = rows.irf_user_data_keys.iter().map(|k| k.interaction_descriptor_key).collect();
    assert!(keys.len() == 2 && keys[0] == keys[1] && keys[0] >= 0, "one descriptor for one service type: {keys:?}");
}

#[test]
fn of_parallel_virtual_queues_the_one_that_distributed_the_call_is_the_attempts() {
    let call = Call::inbound("c1")
        .routing_point("rp", 0.0, 20.0, DIVERTED)
        .virtual_queue("v1", "VQ1", (0.0, 20.0), VQ_DIVERTED, "D1")
        .virtual_queue("v2", "VQ2", (0.0, 20.0), VQ_CLEARED, "")
        .telephone("a1", "D1", CONNECTED, 20.0)
        .leaves("a1", RELEASED, 30.0)
        .ends(30.0);
    let rows = rows(call.events.into_iter().chain([agent_1()]));
    assert_eq!(end_of(&rows, "v1"), "Received/Diverted/AnsweredByAgent");
    assert_eq!(end_of(&rows, "v2"), "Received/Cleared/Unspecified");
    assert_eq!(irf(&rows, "c1-a1").last_vqueue_resource_key, dn_key("VQ1"));
    assert_eq!(irf(&rows, "c1-a1").mediation_segment_id, msf(&rows, "v1").mediation_segment_id);
    assert_eq!(msf(&rows, "v2").ixn_resource_id, irf(&rows, "c1-a1").interaction_resource_id);
    assert_eq!(msf(&rows, "v2").target_ixn_resource_id, NONE);
}

#[test]
fn a_queue_that_does_not_tell_its_target_distributed_to_the_attempt_it_led_to() {
    let call = Call::inbound("c1")
        .routing_point("rp", 0.0, 20.0, DIVERTED)
        .virtual_queue("v1", "VQ1", (0.0, 20.0), VQ_DIVERTED, "")
        .telephone("a1", "D1", CONNECTED, 20.0)
        .leaves("a1", RELEASED, 30.0)
        .ends(30.0);
    let rows = rows(call.events.into_iter().chain([agent_1()]));
    assert_eq!(end_of(&rows, "v1"), "Received/Diverted/AnsweredByAgent");
    assert_eq!(msf(&rows, "v1").target_ixn_resource_id, irf(&rows, "c1-a1").interaction_resource_id);
}

#[test]
fn a_queue_that_was_never_left_is_stuck_and_ends_with_the_call() {
    let mut call = Call::inbound("c1").virtual_queue("v1", "VQ1", (1.0, 9.0), VQ_CLEARED, "");
    call.events.pop();
    let rows = rows(call.ends(30.0).events);
    assert_eq!((end_of(&rows, "v1").as_str(), msf(&rows, "v1").mediation_duration), ("Received/Cleared/StuckCall", 29));
}

#[test]
fn ids_that_two_calls_share_do_not_make_two_rows_of_one_key() {
    let named_alike = |call: &str, seq: u64| {
        let mut call = Call { id: "x".into(), ..Call::new(call, seq) }.created(0.0, CallType::CALL_TYPE_INBOUND);
        call = call.caller(0.0).routing_point("rp", 0.0, 2.0, DIVERTED);
        call = call.virtual_queue("v", "VQ1", (0.0, 2.0), VQ_DIVERTED, "D1").telephone("a", "D1", CONNECTED, 2.0);
        call.leaves("a", RELEASED, 4.0).ends(4.0)
    };
    let mut events = named_alike("x", 1).events;
    // The same party ids and queue id under another root call.
    events.extend(named_alike("x", 101).events.into_iter().map(|mut e| {
        let mut text = callmart_schema::event::to_json(&e).expect("json");
        text = text.replace(r#""call":"x""#, r#""call":"y""#);
        e = callmart_schema::event::from_json(text.as_bytes()).expect("an event");
        e
    }));
    let rows = rows(events);
    let mut ids: Vec<_> = rows.interaction_resource_fact.iter().map(|r| r.interaction_resource_id).collect();
    ids.extend(rows.mediation_segment_fact.iter().map(|r| r.mediation_segment_id));
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((count, ids.len()), (4, 4));
    let mut states: Vec<_> = rows.ixn_resource_state_fact.iter().map(|r| r.ixn_resource_state_fact_key).collect();
    states.sort_unstable();
    states.dedup();
    assert_eq!(states.len(), rows.ixn_resource_state_fact.len());
}

#[test]
fn a_consultation_with_a_call_of_its_own_counts_no_one_twice() {
    let main = Call::inbound("c1").telephone("a1", "D1", CONNECTED, 0.0);
    let consult = Call { root: "c1".into(), ..Call::new("c2", 50) }.created(5.0, CallType::CALL_TYPE_CONSULT);
    let consult = consult
        .joins_as("a1", "D1", DnType::DN_TYPE_EXTENSION, CONNECTED, PartyRole::PARTY_ROLE_ORIGINATION, 5.0)
        .telephone("a2", "D2", CONNECTED, 6.0)
        .leaves("a2", RELEASED, 9.0)
        .leaves("a1", RELEASED, 9.0)
        .deleted(9.0);
    let rows = rows(main.leaves("a1", RELEASED, 20.0).ends(20.0).events.into_iter().chain(consult.events));
    assert_eq!(rows.interaction_fact.len(), 1);
    assert_eq!(rows.interaction_fact[0].end_ts - rows.interaction_fact[0].start_ts, 20, "the root call's end counts");
    let mut names = parties(&rows);
    names.sort_unstable();
    assert_eq!(names, ["c1-a1", "c2-a1", "c2-a2"]);
    assert_eq!(irf(&rows, "c2-a2").customer_talk_count, 0, "the customer is on another call");
}
