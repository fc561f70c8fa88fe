//! `interaction-handling-attempt`, `interaction-flow` and `abandoned-calls` on calls whose rows were written by hand.

use callmart_queries::reports::{Period, ReportRequest};
use callmart_schema::catalogue::statics::{
    IxnState, IxnStateDescriptor, IxnStateRole, IxnType, Outcome, ResourceRole, interaction_resource_state_key,
    technical_descriptor_key,
};
use callmart_schema::catalogue::{
    InteractionDescriptor, InteractionFact, InteractionResourceFact, IrfUserDataKeys, IxnResourceStateFact, Resource,
    date_time_key,
};
use chrono_tz::Tz;

use crate::asked::{check, check_engines, request};
use crate::support::{AGENT, Content, ENDPOINT, IVR, OTHER_AGENT, SALES, SUPPORT, TENANT, at, passage, resources};

const ATTEMPTS: &str = "interaction-handling-attempt";
const FLOW: &str = "interaction-flow";
const ABANDONED: &str = "abandoned-calls";

const ROUTING_POINT: i64 = 15;

/// An id whose last digit a double does not hold.
const LARGE_ID: i64 = 9_007_199_254_740_993;

/// A caller's number that no query should stumble over.
const CALLER: &str = "+49 30 %_'\"\\";

fn eight() -> i64 {
    at("2026-01-05T08:00:00Z")
}

fn day() -> ReportRequest {
    request("2026-01-05", "2026-01-06", Tz::Europe__Berlin, Period::Day)
}

pub(crate) fn interaction(id: i64, ixn_type: IxnType, start_s: i64, end_s: i64) -> InteractionFact {
    InteractionFact {
        interaction_id: id,
        tenant_key: TENANT,
        interaction_type_key: ixn_type as i64,
        media_server_root_ixn_guid: format!("r-{id}"),
        media_server_ixn_guid: format!("r-{id}"),
        source_address: Some(CALLER.to_owned()),
        target_address: Some("0800".to_owned()),
        start_ts: start_s,
        end_ts: end_s,
        start_date_time_key: date_time_key(start_s),
        end_date_time_key: date_time_key(end_s),
        start_ms: start_s * 1_000,
        end_ms: end_s * 1_000,
        ..InteractionFact::default()
    }
}

/// An attempt on an interaction from `from_s` to `to_s` after the interaction's start, in the root call.
pub(crate) fn attempt(
    of: &InteractionFact,
    (id, ordinal): (i64, i32),
    resource_key: i64,
    (role, outcome): (ResourceRole, Outcome),
    (from_s, to_s): (i64, i64),
) -> InteractionResourceFact {
    let (start_s, end_s) = (of.start_ts + from_s, of.start_ts + to_s);
    InteractionResourceFact {
        interaction_resource_id: id,
        interaction_resource_ordinal: ordinal,
        tenant_key: TENANT,
        interaction_type_key: of.interaction_type_key,
        technical_descriptor_key: technical_descriptor_key(role, outcome),
        interaction_id: of.interaction_id,
        interaction_sdt_key: of.start_date_time_key,
        resource_key,
        media_resource_key: ENDPOINT,
        mediation_resource_key: -2,
        media_server_root_ixn_guid: of.media_server_root_ixn_guid.clone(),
        media_server_ixn_guid: of.media_server_root_ixn_guid.clone(),
        start_ts: start_s,
        end_ts: end_s,
        start_date_time_key: date_time_key(start_s),
        end_date_time_key: date_time_key(end_s),
        start_ms: start_s * 1_000,
        end_ms: end_s * 1_000,
        ..InteractionResourceFact::default()
    }
}

/// A state of an attempt, from `from_s` to `to_s` after the attempt's start.
pub(crate) fn stretch(
    id: i64,
    of: &InteractionResourceFact,
    (state, descriptor): (IxnState, IxnStateDescriptor),
    (from_s, to_s): (i64, i64),
) -> IxnResourceStateFact {
    let (start_s, end_s) = (of.start_ts + from_s, of.start_ts + to_s);
    IxnResourceStateFact {
        ixn_resource_state_fact_key: id,
        tenant_key: TENANT,
        resource_key: of.resource_key,
        media_resource_key: of.media_resource_key,
        interaction_resource_state_key: interaction_resource_state_key(state, IxnStateRole::Receiver, descriptor),
        interaction_resource_id: of.interaction_resource_id,
        interaction_resource_sdt_key: of.start_date_time_key,
        start_ts: start_s,
        end_ts: end_s,
        start_date_time_key: date_time_key(start_s),
        end_date_time_key: date_time_key(end_s),
        start_ms: start_s * 1_000,
        end_ms: end_s * 1_000,
        total_duration: (end_s - start_s) as i32,
        ..IxnResourceStateFact::default()
    }
}

/// User data of an attempt.
pub(crate) fn user_data(of: &InteractionResourceFact, descriptor: i64) -> IrfUserDataKeys {
    IrfUserDataKeys {
        interaction_resource_id: of.interaction_resource_id,
        start_date_time_key: of.start_date_time_key,
        tenant_key: TENANT,
        interaction_descriptor_key: descriptor,
        ..IrfUserDataKeys::default()
    }
}

fn descriptors() -> Vec<InteractionDescriptor> {
    let row = |key, segment: &str, service: &str, result: &str| InteractionDescriptor {
        interaction_descriptor_key: key,
        tenant_key: TENANT,
        customer_segment: segment.to_owned(),
        service_type: service.to_owned(),
        business_result: result.to_owned(),
        ..InteractionDescriptor::default()
    };
    vec![row(-2, "None", "None", "None"), row(61, "Gold", "Loans; 'x'", ""), row(62, "", "Cards", "Sold")]
}

/// A call that waits for sales and support at once, reaches an agent at 9:00:30 and is handed to another after a consultation.
fn transferred(content: &mut Content) {
    use IxnState::{Alert, Connect, Hold, Initiate};
    use IxnStateDescriptor::{Consult, None as Plain, PostTransfer};
    use ResourceRole::{InitiatedConsult, ReceivedTransfer, RoutedTo};
    let call = interaction(LARGE_ID, IxnType::Inbound, eight(), eight() + 300);
    let mut sales = passage(201, SALES, eight(), 30, Outcome::DivertedAnsweredByAgent);
    let mut support = passage(202, SUPPORT, eight(), 30, Outcome::Cleared);
    for pass in [&mut sales, &mut support] {
        (pass.interaction_id, pass.interaction_sdt_key) = (LARGE_ID, call.start_date_time_key);
        pass.media_server_ixn_guid = call.media_server_root_ixn_guid.clone();
        (pass.ixn_resource_id, pass.ixn_resource_sdt_key) = (-2, -2);
    }
    (sales.ixn_resource_id, sales.ixn_resource_sdt_key) = (101, call.start_date_time_key);
    let mut first = attempt(&call, (101, 1), AGENT, (RoutedTo, Outcome::Transferred), (0, 180));
    first.mediation_resource_key = SALES;
    (first.mediation_duration, first.ring_duration, first.talk_duration, first.hold_duration) = (30, 10, 80, 60);
    (first.customer_ring_duration, first.customer_talk_duration, first.customer_hold_duration) = (10, 80, 60);
    (first.customer_acw_duration, first.stop_action) = (45, Some(0));
    let mut asking = attempt(&call, (102, 2), AGENT, (InitiatedConsult, Outcome::Transferred), (120, 180));
    asking.media_server_ixn_guid = "c-1".to_owned();
    (asking.cons_init_dial_duration, asking.cons_init_talk_duration) = (5, 55);
    let mut second = attempt(&call, (103, 3), OTHER_AGENT, (ReceivedTransfer, Outcome::Completed), (120, 300));
    second.media_resource_key = -1;
    (second.cons_rcv_ring_duration, second.cons_rcv_talk_duration) = (5, 55);
    (second.post_cons_xfer_talk_duration, second.customer_talk_duration) = (120, 120);
    (second.after_call_work_duration, second.cons_rcv_acw_duration, second.stop_action) = (3, 4, Some(1));
    let states = [
        stretch(301, &first, (Alert, Plain), (30, 40)),
        stretch(302, &first, (Connect, Plain), (40, 120)),
        stretch(303, &first, (Hold, Plain), (120, 180)),
        stretch(304, &asking, (Initiate, Consult), (0, 5)),
        stretch(305, &asking, (Connect, Consult), (5, 60)),
        stretch(306, &second, (Alert, Consult), (0, 5)),
        stretch(307, &second, (Connect, Consult), (5, 60)),
        stretch(308, &second, (Connect, PostTransfer), (60, 180)),
    ];
    content.add(&[user_data(&first, 61), user_data(&asking, -2), user_data(&second, 62)]);
    content.add(&[call]).add(&[sales, support]).add(&[first, asking, second]).add(&states);
}

/// Calls that callers gave up: while waiting, while ringing after an unanswered attempt, on hold with and without states;
/// and one that a colleague gave up.
fn given_up(content: &mut Content) {
    use ResourceRole::{Received, RoutedTo};
    let call =
        |id, ixn_type, minute: i64| interaction(id, ixn_type, eight() + minute * 60, eight() + minute * 60 + 400);
    let waiting = call(2, IxnType::Inbound, 10);
    let ringing = call(3, IxnType::Inbound, 20);
    let held = call(4, IxnType::Outbound, 30);
    let unknown = call(5, IxnType::Inbound, 40);
    let colleague = call(6, IxnType::Internal, 50);
    let mut queued =
        attempt(&waiting, (111, 1), ROUTING_POINT, (Received, Outcome::CustomerAbandonedWhileQueued), (0, 65));
    queued.mediation_resource_key = SALES;
    let unanswered = attempt(&ringing, (121, 1), AGENT, (RoutedTo, Outcome::RedirectedOnNoAnswer), (0, 40));
    let mut rings =
        attempt(&ringing, (122, 2), OTHER_AGENT, (RoutedTo, Outcome::CustomerAbandonedWhileRinging), (40, 60));
    (rings.mediation_resource_key, rings.previous_mediation_duration) = (SUPPORT, 25);
    let mut holds =
        attempt(&held, (131, 1), AGENT, (ResourceRole::Initiated, Outcome::CustomerAbandonedFromHold), (0, 360));
    holds.customer_hold_duration = 50;
    let states = [
        stretch(311, &holds, (IxnState::Hold, IxnStateDescriptor::None), (100, 120)),
        stretch(312, &holds, (IxnState::Hold, IxnStateDescriptor::None), (330, 360)),
    ];
    let mut stateless = attempt(&unknown, (141, 1), AGENT, (RoutedTo, Outcome::CustomerAbandonedFromHold), (0, 9));
    stateless.customer_hold_duration = 7;
    let own = attempt(&colleague, (151, 1), AGENT, (Received, Outcome::AbandonedWhileRinging), (0, 9));
    content.add(&[user_data(&queued, 61)]).add(&states);
    content.add(&[waiting, ringing, held, colleague]).add(&[queued, unanswered, rings, holds, stateless, own]);
}

fn calls() -> Content {
    let routing_point = Resource {
        resource_key: ROUTING_POINT,
        resource_name: "8000".to_owned(),
        resource_type_code: "ROUTINGPOINT".to_owned(),
        ..Resource::default()
    };
    let special = |key, code: &str| Resource {
        resource_key: key,
        resource_name: code.to_owned(),
        resource_type_code: code.to_owned(),
        ..Resource::default()
    };
    let mut content = Content::with_statics();
    content.add(&resources()).add(&[routing_point, special(-1, "UNKNOWN"), special(-2, "NONE")]).add(&descriptors());
    transferred(&mut content);
    given_up(&mut content);
    content
}

#[tokio::test]
async fn attempts_are_listed_with_how_they_came_about_and_ended() {
    let columns =
        ["interaction_id", "attempt_id", "call", "ordinal", "resource", "dn", "role", "result", "queue", "stop_action"];
    let expected = [
        "9007199254740993 101 r-9007199254740993 1 4711 2001 ROUTEDTO TRANSFERRED sales 0",
        "9007199254740993 102 c-1 2 4711 2001 INITIATEDCONSULT TRANSFERRED - -",
        "9007199254740993 103 r-9007199254740993 3 O'Hara % \\ Zoë - RECEIVEDTRANSFER COMPLETED - 1",
        "2 111 r-2 1 8000 2001 RECEIVED CUSTOMERABANDONED sales -",
        "3 121 r-3 1 4711 2001 ROUTEDTO REDIRECTED - -",
        "3 122 r-3 2 O'Hara % \\ Zoë 2001 ROUTEDTO CUSTOMERABANDONED support -",
        "4 131 r-4 1 4711 2001 INITIATED CUSTOMERABANDONED - -",
        "5 141 r-5 1 4711 2001 ROUTEDTO CUSTOMERABANDONED - -",
        "6 151 r-6 1 4711 2001 RECEIVED ABANDONED - -",
    ];
    check(&calls(), "attempts_all", (ATTEMPTS, &day()), &columns, &expected).await;
}

#[tokio::test]
async fn durations_of_an_attempt_are_sums_over_all_families() {
    let columns = [
        "attempt_id",
        "queue_s",
        "ring_s",
        "dial_s",
        "talk_s",
        "hold_s",
        "acw_s",
        "customer_ring_s",
        "customer_talk_s",
        "customer_hold_s",
        "customer_acw_s",
        "consult_s",
        "start_time",
        "end_time",
    ];
    let expected = [
        "101 30 10 0 80 60 45 10 80 60 45 0 2026-01-05T09:00:00+01:00 2026-01-05T09:03:00+01:00",
        "102 0 0 5 55 0 0 0 0 0 0 55 2026-01-05T09:02:00+01:00 2026-01-05T09:03:00+01:00",
        "103 0 5 0 175 0 7 0 120 0 0 55 2026-01-05T09:02:00+01:00 2026-01-05T09:05:00+01:00",
    ];
    let one = day().with_filter("interaction", &LARGE_ID.to_string());
    check(&calls(), "attempts_times", (ATTEMPTS, &one), &columns, &expected).await;
}

#[tokio::test]
async fn the_customer_and_user_data_stand_with_the_attempt() {
    let columns =
        ["attempt_id", "interaction_type", "customer_number", "service_type", "customer_segment", "business_result"];
    let expected = [
        "101 INBOUND +49 30 %_'\"\\ Loans; 'x' Gold -",
        "102 INBOUND +49 30 %_'\"\\ - - -",
        "103 INBOUND +49 30 %_'\"\\ Cards - Sold",
        "111 INBOUND +49 30 %_'\"\\ Loans; 'x' Gold -",
        "121 INBOUND +49 30 %_'\"\\ - - -",
        "122 INBOUND +49 30 %_'\"\\ - - -",
        "131 OUTBOUND 0800 - - -",
        "141 INBOUND - - - -", // its interaction is missing
        "151 INTERNAL - - - -",
    ];
    check(&calls(), "attempts_customer", (ATTEMPTS, &day()), &columns, &expected).await;
}

#[tokio::test]
async fn attempts_can_be_asked_for_by_agent_queue_interaction_and_call() {
    type Filters = &'static [(&'static str, &'static str)];
    let (_dir, engines) = calls().engines("attempts_filters").await;
    let cases: [(Filters, &[&str]); 12] = [
        (&[("agent", "4711")], &["101", "102", "121", "131", "141", "151"]),
        (&[("agent", "O'Hara % \\ Zoë")], &["103", "122"]),
        (&[("queue", "sales")], &["101", "111"]),
        (&[("queue", "sales"), ("agent", "4711")], &["101"]),
        (&[("interaction", "9007199254740993")], &["101", "102", "103"]),
        (&[("interaction", "9007199254740992")], &[]),
        (&[("call", "c-1")], &["102"]),
        (&[("call", "r-3"), ("agent", "4711")], &["121"]),
        (&[("call", "' OR ''='")], &[]),
        (&[("queue", "sales%")], &[]),
        (&[("queue", "None")], &[]),
        (&[("agent", "2001")], &[]), // a DN, and no agent
    ];
    for (filters, expected) in cases {
        let asked = filters.iter().fold(day(), |asked, (name, value)| asked.with_filter(name, value));
        check_engines(&engines, (ATTEMPTS, &asked), &["attempt_id"], expected).await;
    }
}

const FLOW_COLUMNS: [&str; 8] =
    ["kind", "attempt_id", "resource", "queue", "result", "state", "state_detail", "duration_s"];

const STEPS: [&str; 13] = [
    "QUEUE 101 sales sales DIVERTED - - 30",
    "QUEUE - support support CLEARED - - 30",
    "ATTEMPT 101 4711 sales TRANSFERRED - - 180",
    "STATE 101 4711 sales - ALERT NONE 10",
    "STATE 101 4711 sales - CONNECT NONE 80",
    "ATTEMPT 102 4711 - TRANSFERRED - - 60",
    "ATTEMPT 103 O'Hara % \\ Zoë - COMPLETED - - 180",
    "STATE 101 4711 sales - HOLD NONE 60",
    "STATE 102 4711 - - INITIATE CONSULT 5",
    "STATE 103 O'Hara % \\ Zoë - - ALERT CONSULT 5",
    "STATE 102 4711 - - CONNECT CONSULT 55",
    "STATE 103 O'Hara % \\ Zoë - - CONNECT CONSULT 55",
    "STATE 103 O'Hara % \\ Zoë - - CONNECT POSTTRANSFER 120",
];

#[tokio::test]
async fn a_call_is_followed_through_queues_attempts_and_states_in_order_of_time() {
    let (_dir, engines) = calls().engines("flow_one").await;
    let by_id = day().with_filter("interaction", &LARGE_ID.to_string());
    check_engines(&engines, (FLOW, &by_id), &FLOW_COLUMNS, &STEPS).await;
    let by_root = day().with_filter("call", &format!("r-{LARGE_ID}"));
    check_engines(&engines, (FLOW, &by_root), &FLOW_COLUMNS, &STEPS).await;
    let by_consultation = day().with_filter("call", "c-1");
    check_engines(&engines, (FLOW, &by_consultation), &FLOW_COLUMNS, &STEPS).await;
    let page = ReportRequest { limit: Some(3), offset: 5, ..by_id.clone() };
    check_engines(&engines, (FLOW, &page), &FLOW_COLUMNS, &STEPS[5..8]).await;
    let columns = ["call", "dn", "role", "resource_type", "start_time", "end_time"];
    let expected = [
        "r-9007199254740993 - RECEIVED QUEUE 2026-01-05T09:00:00+01:00 2026-01-05T09:00:30+01:00",
        "r-9007199254740993 - RECEIVED QUEUE 2026-01-05T09:00:00+01:00 2026-01-05T09:00:30+01:00",
        "r-9007199254740993 2001 ROUTEDTO AGENT 2026-01-05T09:00:00+01:00 2026-01-05T09:03:00+01:00",
        "r-9007199254740993 2001 - AGENT 2026-01-05T09:00:30+01:00 2026-01-05T09:00:40+01:00",
    ];
    let page = ReportRequest { limit: Some(4), ..by_id };
    check_engines(&engines, (FLOW, &page), &columns, &expected).await;
}

#[tokio::test]
async fn all_calls_of_a_period_follow_one_another_and_a_call_of_another_day_is_not_found() {
    let (_dir, engines) = calls().engines("flow_all").await;
    let columns = ["interaction_id", "kind"];
    let first = STEPS.iter().filter_map(|step| step.split(' ').next()).map(|kind| format!("9007199254740993 {kind}"));
    // Interaction 5 has no row of its own, so it is in no flow.
    let others =
        ["2 ATTEMPT", "3 ATTEMPT", "3 ATTEMPT", "4 ATTEMPT", "4 STATE", "4 STATE", "6 ATTEMPT"].map(str::to_owned);
    let expected: Vec<String> = first.chain(others).collect();
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    check_engines(&engines, (FLOW, &day()), &columns, &expected).await;
    let next = request("2026-01-06", "2026-01-07", Tz::Europe__Berlin, Period::Day);
    check_engines(&engines, (FLOW, &next), &columns, &[]).await;
    check_engines(&engines, (FLOW, &next.with_filter("call", "c-1")), &columns, &[]).await;
    for nothing in ["", "0"] {
        let asked = day().with_filter("interaction", nothing).with_filter("call", "");
        check_engines(&engines, (FLOW, &asked), &columns, &expected).await;
    }
}

#[tokio::test]
async fn abandoned_calls_are_listed_with_when_how_and_the_number_to_call_back() {
    let (_dir, engines) = calls().engines("abandoned").await;
    let columns = [
        "abandoned_time",
        "customer_number",
        "queue",
        "how",
        "agent",
        "wait_s",
        "earlier_wait_s",
        "service_type",
        "attempt_id",
    ];
    let expected = [
        "2026-01-05T09:11:05+01:00 +49 30 %_'\"\\ sales QUEUED - 65 0 Loans; 'x' 111",
        "2026-01-05T09:21:00+01:00 +49 30 %_'\"\\ support RINGING O'Hara % \\ Zoë 20 25 - 122",
        "2026-01-05T09:36:00+01:00 0800 - ONHOLD 4711 30 0 - 131",
        "2026-01-05T09:40:09+01:00 - - ONHOLD 4711 7 0 - 141",
    ];
    check_engines(&engines, (ABANDONED, &day()), &columns, &expected).await;
    let sales = day().with_filter("queue", "sales");
    check_engines(&engines, (ABANDONED, &sales), &columns, &expected[..1]).await;
    let agent = day().with_filter("agent", "4711");
    check_engines(&engines, (ABANDONED, &agent), &columns, &expected[2..]).await;
    let page = ReportRequest { limit: Some(1), offset: 3, ..day() };
    check_engines(&engines, (ABANDONED, &page), &columns, &expected[3..]).await;
}

#[tokio::test]
async fn a_mart_without_calls_has_no_attempts_flows_and_abandoned_calls() {
    let (_dir, engines) = Content::default().engines("calls_empty").await;
    for report in [ATTEMPTS, FLOW, ABANDONED] {
        check_engines(&engines, (report, &day()), &["interaction_id"], &[]).await;
    }
}

#[tokio::test]
async fn attempts_on_the_first_and_last_second_of_a_period_are_in_it() {
    let midnight = at("2026-01-05T23:00:00Z");
    let call = interaction(1, IxnType::Inbound, midnight - 10, midnight + 10);
    let of = (ResourceRole::Received, Outcome::Completed);
    let attempts = [
        attempt(&call, (1, 1), IVR, of, (0, 9)),
        attempt(&call, (2, 2), AGENT, of, (9, 10)),
        attempt(&call, (3, 3), AGENT, of, (10, 20)),
    ];
    let mut content = Content::with_statics();
    content.add(&resources()).add(&[call]).add(&attempts);
    let (_dir, engines) = content.engines("attempts_borders").await;
    check_engines(&engines, (ATTEMPTS, &day()), &["attempt_id"], &["1", "2"]).await;
    let next = request("2026-01-06", "2026-01-07", Tz::Europe__Berlin, Period::Day);
    // The interaction of the day before is found.
    let expected = ["3 +49 30 %_'\"\\"];
    check_engines(&engines, (ATTEMPTS, &next), &["attempt_id", "customer_number"], &expected).await;
}
