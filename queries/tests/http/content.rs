//! A Monday in a mart: four calls, what goes on at noon, what was heard and what was rejected.

use callmart_schema::catalogue::statics::{
    AgentState, IxnState, IxnStateDescriptor, IxnStateRole, IxnType, Outcome, ResourceRole,
    interaction_resource_state_key, technical_descriptor_key,
};
use callmart_schema::catalogue::{
    CtlCoverage, CtlReject, GidbEvent, InteractionDescriptor, InteractionFact, InteractionResourceFact,
    IrfUserDataGen1, IrfUserDataKeys, IxnResourceStateFact, OpenAgent, OpenInteraction, ResourceStateReason,
    date_time_key,
};
use callmart_schema::event;

use crate::support::{AGENT, Content, ENDPOINT, IVR, OTHER_AGENT, SALES, TENANT, at, passage, resources, tenants};

/// The interaction that was handled by an agent: a key whose last digit a double does not hold.
pub(crate) const HANDLED: i64 = 9_007_199_254_740_993;
/// The interaction that was abandoned in the queue.
pub(crate) const ABANDONED: i64 = 102;
/// The interaction that began after midnight of Berlin and before that of UTC.
pub(crate) const OF_THE_NIGHT: i64 = 103;
/// An outbound interaction.
pub(crate) const OUTBOUND: i64 = 104;
/// An interaction that goes on.
pub(crate) const OPEN: i64 = 105;
/// Number of the caller of the handled interaction: no query should stumble over it.
pub(crate) const CALLER: &str = "+49 30 %_'\"\\&";

/// Noon of that Monday, in milliseconds since 1970-01-01 UTC: now.
pub(crate) fn noon_ms() -> i64 {
    at("2026-01-05T12:00:00Z") * 1_000
}

fn interaction(id: i64, of: IxnType, start: &str, length_s: i64) -> InteractionFact {
    let start_s = at(start);
    InteractionFact {
        interaction_id: id,
        unit_key: id,
        tenant_key: TENANT,
        interaction_type_key: of as i64,
        media_type_key: 1,
        media_server_root_ixn_guid: format!("root-{id}"),
        media_server_ixn_guid: format!("root-{id}"),
        source_address: Some(if id == HANDLED { CALLER.to_owned() } else { format!("+49 40 {id}") }),
        target_address: Some("0800".to_owned()),
        anchor_id: -2,
        anchor_sdt_key: -2,
        start_ts: start_s,
        end_ts: start_s + length_s,
        start_date_time_key: date_time_key(start_s),
        end_date_time_key: date_time_key(start_s + length_s),
        start_ms: start_s * 1_000 + 7,
        end_ms: (start_s + length_s) * 1_000 + 7,
        ..InteractionFact::default()
    }
}

fn attempt(
    of: &InteractionFact,
    ordinal: i32,
    resource_key: i64,
    (role, outcome): (ResourceRole, Outcome),
    (from_s, to_s): (i64, i64),
) -> InteractionResourceFact {
    let (start_s, end_s) = (of.start_ts + from_s, of.start_ts + to_s);
    InteractionResourceFact {
        interaction_resource_id: of.interaction_id + i64::from(ordinal) * 1_000,
        unit_key: of.unit_key,
        interaction_resource_ordinal: ordinal,
        tenant_key: TENANT,
        media_type_key: 1,
        interaction_type_key: of.interaction_type_key,
        technical_descriptor_key: technical_descriptor_key(role, outcome),
        interaction_id: of.interaction_id,
        interaction_sdt_key: of.start_date_time_key,
        resource_key,
        media_resource_key: ENDPOINT,
        mediation_resource_key: -2,
        mediation_segment_id: -2,
        last_vqueue_resource_key: -2,
        last_rp_resource_key: -2,
        last_ivr_resource_key: -2,
        received_from_ixn_resource_id: -2,
        media_server_root_ixn_guid: of.media_server_root_ixn_guid.clone(),
        media_server_ixn_guid: of.media_server_root_ixn_guid.clone(),
        partyguid: format!("party-{ordinal}"),
        start_ts: start_s,
        end_ts: end_s,
        start_date_time_key: date_time_key(start_s),
        end_date_time_key: date_time_key(end_s),
        start_ms: start_s * 1_000,
        end_ms: end_s * 1_000,
        ..InteractionResourceFact::default()
    }
}

/// Everything of the Monday.
pub(crate) fn monday() -> Content {
    let mut content = Content::with_statics();
    content.add(&resources()).add(&tenants());
    handled(&mut content);
    let abandoned = interaction(ABANDONED, IxnType::Inbound, "2026-01-05T08:10:00Z", 30);
    let of_abandoned = (ResourceRole::Received, Outcome::CustomerAbandonedWhileQueued);
    let mut given_up = passage(502, SALES, abandoned.start_ts, 30, Outcome::CustomerAbandonedWhileQueued);
    given_up.interaction_id = ABANDONED;
    let last = InteractionResourceFact {
        last_interaction_resource: 1,
        ..attempt(&abandoned, 1, SALES, of_abandoned, (0, 30))
    };
    let of_the_night = interaction(OF_THE_NIGHT, IxnType::Internal, "2026-01-04T23:30:00Z", 10);
    let outbound = interaction(OUTBOUND, IxnType::Outbound, "2026-01-05T09:00:00Z", 60);
    let dialled = InteractionResourceFact {
        target_address: Some("+49 911".to_owned()),
        handle_count: 1,
        last_interaction_resource: 1,
        ..attempt(&outbound, 1, OTHER_AGENT, (ResourceRole::Initiated, Outcome::Completed), (0, 60))
    };
    content.add(&[abandoned, of_the_night, outbound]).add(&[last, dialled]).add(&[given_up]);
    now(&mut content);
    heard(&mut content);
    content
}

/// A call through the IVR and sales to an agent, who consulted another in a call of its own.
fn handled(content: &mut Content) {
    let mut call = interaction(HANDLED, IxnType::Inbound, "2026-01-05T08:00:00Z", 100);
    let ivr = attempt(&call, 1, IVR, (ResourceRole::Received, Outcome::Transferred), (0, 10));
    let agent = InteractionResourceFact {
        mediation_resource_key: SALES,
        mediation_segment_id: 501,
        last_vqueue_resource_key: SALES,
        last_ivr_resource_key: IVR,
        received_from_ixn_resource_id: ivr.interaction_resource_id,
        agent_match: Some("final".to_owned()),
        agent_match_distance_ms: Some(0),
        irf_anchor: 1,
        stop_action: Some(0),
        handle_count: 1,
        customer_handle_count: 1,
        talk_count: 1,
        talk_duration: 70,
        ..attempt(&call, 2, AGENT, (ResourceRole::RoutedTo, Outcome::Completed), (10, 100))
    };
    let consult = InteractionResourceFact {
        media_server_ixn_guid: "consult-1".to_owned(),
        handle_count: 1,
        cons_rcv_talk_duration: 5,
        last_interaction_resource: 1,
        ..attempt(&call, 3, OTHER_AGENT, (ResourceRole::ReceivedConsult, Outcome::Completed), (60, 65))
    };
    (call.anchor_id, call.anchor_sdt_key) = (agent.interaction_resource_id, agent.start_date_time_key);
    let mut queued = passage(501, SALES, call.start_ts + 10, 20, Outcome::DivertedAnsweredByAgent);
    queued.interaction_id = HANDLED;
    queued.target_ixn_resource_id = agent.interaction_resource_id;
    queued.target_ixn_resource_sdt_key = agent.start_date_time_key;
    content.add(&[state(1, &agent, IxnState::Alert, (20, 25)), state(2, &agent, IxnState::Connect, (25, 90))]);
    let descriptor = InteractionDescriptor {
        interaction_descriptor_key: 61,
        tenant_key: TENANT,
        service_type: "Loans; 'x'".to_owned(),
        ..InteractionDescriptor::default()
    };
    let (id, sdt) = (agent.interaction_resource_id, agent.start_date_time_key);
    content.add(&[descriptor]);
    content.add(&[IrfUserDataKeys {
        interaction_resource_id: id,
        start_date_time_key: sdt,
        unit_key: HANDLED,
        interaction_descriptor_key: 61,
        ..IrfUserDataKeys::default()
    }]);
    content.add(&[IrfUserDataGen1 {
        interaction_resource_id: id,
        start_date_time_key: sdt,
        unit_key: HANDLED,
        customer_id: Some("4711-Ä".to_owned()),
        ..IrfUserDataGen1::default()
    }]);
    content.add(&[queued]).add(&[ivr, agent, consult]).add(&[call]).add(&events());
}

fn state(id: i64, of: &InteractionResourceFact, is: IxnState, (from_s, to_s): (i64, i64)) -> IxnResourceStateFact {
    let (start_s, end_s) = (of.start_ts + from_s, of.start_ts + to_s);
    IxnResourceStateFact {
        ixn_resource_state_fact_key: id,
        unit_key: of.unit_key,
        interaction_resource_state_key: interaction_resource_state_key(
            is,
            IxnStateRole::Receiver,
            IxnStateDescriptor::None,
        ),
        interaction_resource_id: of.interaction_resource_id,
        interaction_resource_sdt_key: of.start_date_time_key,
        start_ts: start_s,
        end_ts: end_s,
        start_date_time_key: date_time_key(start_s),
        start_ms: start_s * 1_000,
        end_ms: end_s * 1_000,
        ..IxnResourceStateFact::default()
    }
}

/// Two events of the handled call, as the archive holds them.
fn events() -> Vec<GidbEvent> {
    let row = |seq: i64, kind: &str, body: &str| {
        let call = format!("root-{HANDLED}");
        let line = format!(
            r#"{{"source":"i-1","epoch":{{"startedUs":"1","process":"p"}},"seq":"{seq}","timeUs":"{}",{body}}}"#,
            at("2026-01-05T08:00:00Z") * 1_000_000 + seq
        );
        let event = event::from_json(line.replace("CALL", &call).as_bytes()).expect("an event");
        let bytes = event::canonical(&event);
        GidbEvent {
            unit: format!("interaction/{call}"),
            unit_key: HANDLED,
            source: "i-1".to_owned(),
            epoch_started_us: 1,
            epoch_process: "p".to_owned(),
            seq,
            kind: kind.to_owned(),
            time_us: at("2026-01-05T08:00:00Z") * 1_000_000 + seq,
            call,
            content_hash: event::content_hash(&bytes),
            event: bytes,
            log: "collector-a".to_owned(),
            log_segment: 1,
            log_offset: seq * 100,
            ..GidbEvent::default()
        }
    };
    vec![
        row(1, "call_created", r#""callCreated":{"call":"CALL","dnis":"0800"}"#),
        row(2, "call_deleted", r#""callDeleted":{"call":"CALL"}"#),
    ]
}

/// At noon one caller waits for 90 seconds, another talks, and two agents are there.
fn now(content: &mut Content) {
    let open = |id: i64, state: &str, resource_key: i64, since_s: i64| OpenInteraction {
        interaction_id: id,
        unit_key: id,
        tenant_key: TENANT,
        interaction_type_key: IxnType::Inbound as i64,
        media_type_key: 1,
        media_server_root_ixn_guid: format!("root-{id}"),
        source_address: Some("+49 221".to_owned()),
        start_ms: noon_ms() - 200_000,
        state_code: state.to_owned(),
        state_since_ms: noon_ms() - since_s * 1_000,
        resource_key,
        media_resource_key: -1,
        queue_resource_key: SALES,
        queue_entered_ms: Some(noon_ms() - since_s * 1_000),
        ..OpenInteraction::default()
    };
    let agent = |session: i64, resource_key: i64, state: AgentState, reason: i64| OpenAgent {
        sm_res_session_fact_key: session,
        resource_key,
        media_resource_key: ENDPOINT,
        session_guid: format!("session-{session}"),
        login_ms: noon_ms() - 3_600_000,
        resource_state_key: state as i64,
        state_since_ms: noon_ms() - 60_000,
        resource_state_reason_key: reason,
        interaction_id: -2,
        ..OpenAgent::default()
    };
    let lunch = ResourceStateReason {
        resource_state_reason_key: 81,
        reason_type_code: "SOFTWARE".to_owned(),
        software_reason_key: "ReasonCode".to_owned(),
        software_reason_value: "Lunch".to_owned(),
        workmode_code: "AUX".to_owned(),
        ..ResourceStateReason::default()
    };
    content.add(&[lunch]).add(&[open(OPEN, "QUEUED", -1, 90), open(106, "CONNECTED", AGENT, 10)]);
    content.add(&[agent(1, AGENT, AgentState::Busy, -2), agent(2, OTHER_AGENT, AgentState::NotReady, 81)]);
}

/// One source was heard until a minute before noon, one never; inputs were rejected.
fn heard(content: &mut Content) {
    let stretch = CtlCoverage {
        source: "i-1".to_owned(),
        switch_name: "SIPCluster".to_owned(),
        role: "i-proxy".to_owned(),
        from_ms: at("2026-01-04T00:00:00Z") * 1_000,
        to_ms: noon_ms() - 60_000,
        state: "complete".to_owned(),
        events: 1_234,
        watermark_ms: noon_ms() - 60_000,
        ..CtlCoverage::default()
    };
    let never = CtlCoverage { source: "t-2".to_owned(), state: "never-heard".to_owned(), ..CtlCoverage::default() };
    let reject = |reject_key, time_ms, state: &str| CtlReject {
        reject_key,
        source: "i-1".to_owned(),
        time_ms,
        reason: "phantom".to_owned(),
        state: state.to_owned(),
        ..CtlReject::default()
    };
    // One lies in the stretch, one behind it, and one was read since.
    let rejects = [
        reject(1, stretch.to_ms - 1, "open"),
        reject(2, stretch.to_ms, "open"),
        reject(3, stretch.from_ms, "redriven"),
    ];
    content.add(&[stretch, never]).add(&rejects);
}
