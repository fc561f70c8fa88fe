//! The facts: what happened, one row per interaction, attempt, passage, state and session.
//!
//! Names and meanings are Info Mart's; millisecond times and the unit that a row was made from are added. Columns of Info
//! Mart that have no value yet come with later versions.

use super::macros::table;

table! {
    /// One row per customer interaction: a root call with all its transfers, consultations and conferences.
    InteractionFact = "interaction_fact", Fact {
        natural_key: "UUID of the root call",
        key: ["start_date_time_key", "interaction_id"],
        sort: ["start_date_time_key", "interaction_id"],
        provenance: ["revision"],
    }
    /// Key of the interaction.
    interaction_id: i64 = Key,
    /// Unit that the row was made from: its events stand in gidb_event under the same key.
    unit_key: i64 = Key,
    /// Tenant.
    tenant_key: i64 = Key,
    /// Inbound, outbound or internal, as in the interaction's first attempt.
    interaction_type_key: i64 = Key,
    /// Media; voice only.
    media_type_key: i64 = Key,
    /// UUID of the root call.
    media_server_root_ixn_guid: String = Name,
    /// UUID of the call that the interaction began with.
    media_server_ixn_guid: String = Name,
    /// Number of the caller.
    source_address: Option<String> = Name,
    /// Number that was dialled.
    target_address: Option<String> = Name,
    /// 0 for a normal end; 1 when the end was set by rule.
    status: i32 = Number,
    /// Start of the interaction.
    start_ts: i64 = EpochSeconds,
    /// End of the interaction.
    end_ts: i64 = EpochSeconds,
    /// Start of the quarter hour in which it started.
    start_date_time_key: i64 = EpochSeconds,
    /// Start of the quarter hour in which it ended.
    end_date_time_key: i64 = EpochSeconds,
    /// Start of the interaction, to the millisecond.
    start_ms: i64 = EpochMillis,
    /// End of the interaction, to the millisecond.
    end_ms: i64 = EpochMillis,
    /// Attempt that anchors the interaction: the first that handled it; -2 when none did.
    anchor_id: i64 = Key,
    /// Start key of that attempt; -2 when there is none.
    anchor_sdt_key: i64 = Key,
    /// 1 while the interaction goes on; rows of finished calls hold 0.
    active_flag: i32 = Flag,
    /// How often the row changed after it was first loaded.
    revision: i32 = Count,
    /// whole; events-lost: something that a source told meanwhile is lost; end-estimated: its end is among what is
    /// lost.
    completeness: String = Code,
}

table! {
    /// One row per attempt of a resource to start, handle, or mediate and handle an interaction.
    InteractionResourceFact = "interaction_resource_fact", Fact {
        natural_key: "UUID of the root call, party UUID",
        key: ["start_date_time_key", "interaction_resource_id"],
        sort: ["start_date_time_key", "interaction_resource_id"],
        provenance: ["revision"],
    }
    /// Key of the attempt, from one number space with mediation_segment_id.
    interaction_resource_id: i64 = Key,
    /// Unit that the row was made from: its events stand in gidb_event under the same key.
    unit_key: i64 = Key,
    /// Place of the attempt in the order of the interaction's attempts, from 1.
    interaction_resource_ordinal: i32 = Number,
    /// Tenant.
    tenant_key: i64 = Key,
    /// Media; voice only.
    media_type_key: i64 = Key,
    /// Type of this attempt's part of the interaction.
    interaction_type_key: i64 = Key,
    /// Role and result of the attempt.
    technical_descriptor_key: i64 = Key,
    /// Interaction that the attempt belongs to.
    interaction_id: i64 = Key,
    /// Start key of that interaction.
    interaction_sdt_key: i64 = Key,
    /// Whose attempt it is: agent, self-service application, queue, or a DN that no agent was logged in on.
    resource_key: i64 = Key,
    /// DN that was used.
    media_resource_key: i64 = Key,
    /// Set of groups the resource belonged to then; -2 without groups.
    resource_group_combination_key: i64 = Key,
    /// Place; a cluster has none.
    place_key: i64 = Key,
    /// Routing strategy; -2 when none is known to have been used.
    strategy_key: i64 = Key,
    /// Target that the router chose; -2 when it did not tell.
    routing_target_key: i64 = Key,
    /// Last routing point before the resource; -2 when there was none.
    last_rp_resource_key: i64 = Key,
    /// Last ACD queue before the resource; -2 when there was none.
    last_queue_resource_key: i64 = Key,
    /// Last virtual queue before the resource; -2 when there was none.
    last_vqueue_resource_key: i64 = Key,
    /// Last IVR before the resource; -2 when there was none.
    last_ivr_resource_key: i64 = Key,
    /// Passage through a queue that led to the attempt; -2 when there was none.
    mediation_segment_id: i64 = Key,
    /// Start key of that passage; -2 when there was none.
    mediation_start_date_time_key: i64 = Key,
    /// Queue of that passage; -2 when there was none.
    mediation_resource_key: i64 = Key,
    /// Attempt that handed the interaction over; -2 when none did.
    received_from_ixn_resource_id: i64 = Key,
    /// Start key of that attempt; -2 when there is none.
    received_from_ixn_res_sdt_key: i64 = Key,
    /// UUID of the root call.
    media_server_root_ixn_guid: String = Name,
    /// UUID of the call that the attempt was part of.
    media_server_ixn_guid: String = Name,
    /// UUID of the party.
    partyguid: String = Name,
    /// 1 on the attempt that anchors the interaction.
    irf_anchor: i32 = Flag,
    /// When it became the anchor; null on other attempts.
    irf_anchor_ts: Option<i64> = EpochSeconds,
    /// 1 on the last attempt of the interaction.
    last_interaction_resource: i32 = Flag,
    /// Number that the attempt reached or dialled.
    target_address: Option<String> = Name,
    /// 1 when this resource released the call, 0 when another did, null when the source does not tell.
    stop_action: Option<i32> = Flag,
    /// How sure the agent is: final, provisional, none (nobody was logged in), unknown (the agent side was not heard); null
    /// where a resource has no agents.
    agent_match: Option<String> = Code,
    /// How far outside the agent's session the delivery lay, 0 when inside; null without an agent found by time.
    agent_match_distance_ms: Option<i64> = Millis,
    /// Start of the attempt: of the mediation that led to it, else of alerting or dialling.
    start_ts: i64 = EpochSeconds,
    /// End of the attempt, without after-call work.
    end_ts: i64 = EpochSeconds,
    /// Start of the quarter hour in which it started.
    start_date_time_key: i64 = EpochSeconds,
    /// Start of the quarter hour in which it ended.
    end_date_time_key: i64 = EpochSeconds,
    /// Start of the attempt, to the millisecond.
    start_ms: i64 = EpochMillis,
    /// End of the attempt, to the millisecond.
    end_ms: i64 = EpochMillis,
    /// Time in ACD queues that led to the attempt.
    queue_duration: i32 = Seconds,
    /// Time on routing points that led to the attempt.
    routing_point_duration: i32 = Seconds,
    /// Time on IVR ports that are no self-service and led to the attempt.
    ivr_port_duration: i32 = Seconds,
    /// Time in mediation that led to the attempt: queues, routing points and IVR ports.
    mediation_duration: i32 = Seconds,
    /// Mediation devices that led to the attempt.
    mediation_count: i32 = Count,
    /// Mediation that earlier attempts of the same chain had.
    previous_mediation_duration: i32 = Seconds,
    /// From the start of the chain's mediation to answer or abandonment.
    response_time: i32 = Seconds,
    /// 1 when the resource talked with anybody.
    handle_count: i32 = Count,
    /// 1 when the resource talked with the customer.
    customer_handle_count: i32 = Count,
    /// Times it dialled.
    dial_count: i32 = Count,
    /// Time it dialled.
    dial_duration: i32 = Seconds,
    /// Times it alerted.
    ring_count: i32 = Count,
    /// Time it alerted.
    ring_duration: i32 = Seconds,
    /// Times it talked.
    talk_count: i32 = Count,
    /// Time it talked.
    talk_duration: i32 = Seconds,
    /// Times it held the call.
    hold_count: i32 = Count,
    /// Time it held the call.
    hold_duration: i32 = Seconds,
    /// Times it dialled for the customer.
    customer_dial_count: i32 = Count,
    /// Time it dialled for the customer.
    customer_dial_duration: i32 = Seconds,
    /// Times the customer's call alerted.
    customer_ring_count: i32 = Count,
    /// Time the customer's call alerted.
    customer_ring_duration: i32 = Seconds,
    /// Times it talked with the customer on the call.
    customer_talk_count: i32 = Count,
    /// Time it talked with the customer on the call.
    customer_talk_duration: i32 = Seconds,
    /// Times it held with the customer on the call.
    customer_hold_count: i32 = Count,
    /// Time it held with the customer on the call.
    customer_hold_duration: i32 = Seconds,
    /// 1 while the attempt goes on; rows of finished calls hold 0.
    active_flag: i32 = Flag,
    /// How often the row changed after it was first loaded.
    revision: i32 = Count,
    /// 1 when after-call work followed in which the customer had no part.
    after_call_work_count: i32 = Count,
    /// Time of that after-call work.
    after_call_work_duration: i32 = Seconds,
    /// 1 when after-call work followed a talk with the customer.
    customer_acw_count: i32 = Count,
    /// Time of that after-call work.
    customer_acw_duration: i32 = Seconds,
    /// Times the call alerted after it was received by a consult transfer.
    post_cons_xfer_ring_count: i32 = Count,
    /// Time of that alerting.
    post_cons_xfer_ring_duration: i32 = Seconds,
    /// Times it talked after it received the call by a consult transfer.
    post_cons_xfer_talk_count: i32 = Count,
    /// Time of that talk.
    post_cons_xfer_talk_duration: i32 = Seconds,
    /// Times it held after it received the call by a consult transfer.
    post_cons_xfer_hold_count: i32 = Count,
    /// Time of that hold.
    post_cons_xfer_hold_duration: i32 = Seconds,
    /// 1 when the resource made a conference of the call.
    conference_initiated_count: i32 = Count,
    /// Times it talked in a conference that it made.
    conf_init_talk_count: i32 = Count,
    /// Time of that talk.
    conf_init_talk_duration: i32 = Seconds,
    /// Times it held in a conference that it made.
    conf_init_hold_count: i32 = Count,
    /// Time of that hold.
    conf_init_hold_duration: i32 = Seconds,
    /// Times the call alerted when it was asked into a conference.
    conf_join_ring_count: i32 = Count,
    /// Time of that alerting.
    conf_join_ring_duration: i32 = Seconds,
    /// Times it talked in a conference that it was asked into.
    conf_join_talk_count: i32 = Count,
    /// Time of that talk.
    conf_join_talk_duration: i32 = Seconds,
    /// Times it held in a conference that it was asked into.
    conf_join_hold_count: i32 = Count,
    /// Time of that hold.
    conf_join_hold_duration: i32 = Seconds,
    /// Times it dialled for a consultation.
    cons_init_dial_count: i32 = Count,
    /// Time of that dialling.
    cons_init_dial_duration: i32 = Seconds,
    /// Times it talked in a consultation that it asked for.
    cons_init_talk_count: i32 = Count,
    /// Time of that talk.
    cons_init_talk_duration: i32 = Seconds,
    /// Times it held in a consultation that it asked for.
    cons_init_hold_count: i32 = Count,
    /// Time of that hold.
    cons_init_hold_duration: i32 = Seconds,
    /// Times a consultation alerted.
    cons_rcv_ring_count: i32 = Count,
    /// Time of that alerting.
    cons_rcv_ring_duration: i32 = Seconds,
    /// Times it talked when it was consulted.
    cons_rcv_talk_count: i32 = Count,
    /// Time of that talk.
    cons_rcv_talk_duration: i32 = Seconds,
    /// Times it held when it was consulted.
    cons_rcv_hold_count: i32 = Count,
    /// Time of that hold.
    cons_rcv_hold_duration: i32 = Seconds,
    /// 1 when after-call work followed a consultation that never became the customer's call.
    cons_rcv_acw_count: i32 = Count,
    /// Time of that after-call work.
    cons_rcv_acw_duration: i32 = Seconds,
    /// 1 when a consultation that it asked for was answered by an agent.
    agent_to_agent_cons_count: i32 = Count,
    /// Talk of that consultation.
    agent_to_agent_cons_duration: i32 = Seconds,
    /// whole; events-lost: something that a source told meanwhile is lost; end-estimated: its end is among what is
    /// lost.
    completeness: String = Code,
}

table! {
    /// One row per passage of an interaction through an ACD queue or a virtual queue.
    MediationSegmentFact = "mediation_segment_fact", Fact {
        natural_key: "UUID of the root call, virtual-queue id or party UUID of the queue",
        key: ["start_date_time_key", "mediation_segment_id"],
        sort: ["start_date_time_key", "mediation_segment_id"],
        provenance: ["revision"],
    }
    /// Key of the passage, from one number space with interaction_resource_id.
    mediation_segment_id: i64 = Key,
    /// Unit that the row was made from: its events stand in gidb_event under the same key.
    unit_key: i64 = Key,
    /// Tenant.
    tenant_key: i64 = Key,
    /// Type of the interaction.
    interaction_type_key: i64 = Key,
    /// Media; voice only.
    media_type_key: i64 = Key,
    /// The queue.
    resource_key: i64 = Key,
    /// Set of groups the queue belonged to then; -2 without groups.
    resource_group_combination_key: i64 = Key,
    /// Place; a cluster has none.
    place_key: i64 = Key,
    /// Role and result of the passage.
    technical_descriptor_key: i64 = Key,
    /// Interaction that passed.
    interaction_id: i64 = Key,
    /// Start key of that interaction.
    interaction_sdt_key: i64 = Key,
    /// Attempt in whose mediation the passage lies; -2 when there is none.
    ixn_resource_id: i64 = Key,
    /// Start key of that attempt; -2 when there is none.
    ixn_resource_sdt_key: i64 = Key,
    /// Attempt that the interaction was distributed to; -2 when it was not.
    target_ixn_resource_id: i64 = Key,
    /// Start key of that attempt; -2 when there is none.
    target_ixn_resource_sdt_key: i64 = Key,
    /// UUID of the call that passed.
    media_server_ixn_guid: String = Name,
    /// Id of the passage as the router gave it.
    mediation_guid: String = Name,
    /// Which entry of the interaction into this queue it is, from 1.
    entry_ordinal: i32 = Number,
    /// Entry into the queue.
    start_ts: i64 = EpochSeconds,
    /// Leaving the queue; alerting at the target comes after it.
    end_ts: i64 = EpochSeconds,
    /// Start of the quarter hour of entry.
    start_date_time_key: i64 = EpochSeconds,
    /// Start of the quarter hour of leaving.
    end_date_time_key: i64 = EpochSeconds,
    /// Entry into the queue, to the millisecond.
    start_ms: i64 = EpochMillis,
    /// Leaving the queue, to the millisecond.
    end_ms: i64 = EpochMillis,
    /// Time in the queue.
    mediation_duration: i32 = Seconds,
    /// 1 while the passage goes on; rows of finished calls hold 0.
    active_flag: i32 = Flag,
    /// How often the row changed after it was first loaded.
    revision: i32 = Count,
    /// whole; events-lost: something that a source told meanwhile is lost; end-estimated: its end is among what is
    /// lost.
    completeness: String = Code,
}

table! {
    /// One row per state of a handling resource on one interaction.
    IxnResourceStateFact = "ixn_resource_state_fact", Fact {
        natural_key: "UUID of the root call, party UUID, state, start in milliseconds, place among equals",
        key: ["start_date_time_key", "ixn_resource_state_fact_key"],
        sort: ["start_date_time_key", "ixn_resource_state_fact_key"],
        provenance: ["revision"],
    }
    /// Key of the state.
    ixn_resource_state_fact_key: i64 = Key,
    /// Unit that the row was made from: its events stand in gidb_event under the same key.
    unit_key: i64 = Key,
    /// Tenant.
    tenant_key: i64 = Key,
    /// Media; voice only.
    media_type_key: i64 = Key,
    /// Whose state it is.
    resource_key: i64 = Key,
    /// DN that was used.
    media_resource_key: i64 = Key,
    /// Place; a cluster has none.
    place_key: i64 = Key,
    /// The state.
    interaction_resource_state_key: i64 = Key,
    /// Type of the interaction.
    interaction_type_key: i64 = Key,
    /// Attempt that the state is part of.
    interaction_resource_id: i64 = Key,
    /// Start key of that attempt.
    interaction_resource_sdt_key: i64 = Key,
    /// Number that was dialled or reached.
    target_address: Option<String> = Name,
    /// Start of the state.
    start_ts: i64 = EpochSeconds,
    /// End of the state.
    end_ts: i64 = EpochSeconds,
    /// Start of the quarter hour in which it started.
    start_date_time_key: i64 = EpochSeconds,
    /// Start of the quarter hour in which it ended.
    end_date_time_key: i64 = EpochSeconds,
    /// Start of the state, to the millisecond.
    start_ms: i64 = EpochMillis,
    /// End of the state, to the millisecond.
    end_ms: i64 = EpochMillis,
    /// Length of the state.
    total_duration: i32 = Seconds,
    /// 1 while the state goes on; rows of finished calls hold 0.
    active_flag: i32 = Flag,
    /// How often the row changed after it was first loaded.
    revision: i32 = Count,
    /// whole; events-lost: something that a source told meanwhile is lost; end-estimated: its end is among what is
    /// lost.
    completeness: String = Code,
}

table! {
    /// One row per login session of an agent.
    SmResSessionFact = "sm_res_session_fact", Fact {
        natural_key: "login-session id",
        key: ["start_date_time_key", "sm_res_session_fact_key"],
        sort: ["start_date_time_key", "sm_res_session_fact_key"],
        provenance: ["revision"],
    }
    /// Key of the session.
    sm_res_session_fact_key: i64 = Key,
    /// Unit that the row was made from: its events stand in gidb_event under the same key.
    unit_key: i64 = Key,
    /// Tenant.
    tenant_key: i64 = Key,
    /// Media; voice only.
    media_type_key: i64 = Key,
    /// The agent.
    resource_key: i64 = Key,
    /// DN on which the session began.
    media_resource_key: i64 = Key,
    /// Set of groups the agent belonged to then; -2 without groups.
    resource_group_combination_key: i64 = Key,
    /// Login-session id as its source gave it.
    session_guid: String = Name,
    /// 1 when the session was derived from what the agent did, not told by a switch.
    derived_flag: i32 = Flag,
    /// Login.
    start_ts: i64 = EpochSeconds,
    /// Logout.
    end_ts: i64 = EpochSeconds,
    /// Start of the quarter hour of the login.
    start_date_time_key: i64 = EpochSeconds,
    /// Start of the quarter hour of the logout.
    end_date_time_key: i64 = EpochSeconds,
    /// Login, to the millisecond.
    start_ms: i64 = EpochMillis,
    /// Logout, to the millisecond.
    end_ms: i64 = EpochMillis,
    /// Length of the session.
    total_duration: i32 = Seconds,
    /// 1 while the session goes on; rows of finished sessions hold 0.
    active_flag: i32 = Flag,
    /// How often the row changed after it was first loaded.
    revision: i32 = Count,
    /// whole; events-lost: something that a source told meanwhile is lost; end-estimated: its end is among what is
    /// lost.
    completeness: String = Code,
}

table! {
    /// One row per state of an agent in a login session, one after the other from login to logout; ended states only.
    SmResStateFact = "sm_res_state_fact", Fact {
        natural_key: "login-session id, state, start in milliseconds, place among equals",
        key: ["start_date_time_key", "sm_res_state_fact_key"],
        sort: ["start_date_time_key", "sm_res_state_fact_key"],
        provenance: ["revision"],
    }
    /// Key of the state.
    sm_res_state_fact_key: i64 = Key,
    /// Unit that the row was made from: its events stand in gidb_event under the same key.
    unit_key: i64 = Key,
    /// Tenant.
    tenant_key: i64 = Key,
    /// Media; voice only.
    media_type_key: i64 = Key,
    /// The agent.
    resource_key: i64 = Key,
    /// DN of the session.
    media_resource_key: i64 = Key,
    /// Set of groups the agent belonged to then; -2 without groups.
    resource_group_combination_key: i64 = Key,
    /// The state.
    resource_state_key: i64 = Key,
    /// Login session that the state is part of.
    sm_res_session_fact_key: i64 = Key,
    /// Start key of that session.
    sm_res_session_fact_sdt_key: i64 = Key,
    /// Start of the state.
    start_ts: i64 = EpochSeconds,
    /// End of the state.
    end_ts: i64 = EpochSeconds,
    /// Start of the quarter hour in which it started.
    start_date_time_key: i64 = EpochSeconds,
    /// Start of the quarter hour in which it ended.
    end_date_time_key: i64 = EpochSeconds,
    /// Start of the state, to the millisecond.
    start_ms: i64 = EpochMillis,
    /// End of the state, to the millisecond.
    end_ms: i64 = EpochMillis,
    /// Length of the state.
    total_duration: i32 = Seconds,
    /// 1 while the state goes on; rows of ended states hold 0.
    active_flag: i32 = Flag,
    /// How often the row changed after it was first loaded.
    revision: i32 = Count,
    /// whole; events-lost: something that a source told meanwhile is lost; end-estimated: its end is among what is
    /// lost.
    completeness: String = Code,
}

table! {
    /// One row per reason within a state of an agent.
    SmResStateReasonFact = "sm_res_state_reason_fact", Fact {
        natural_key: "login-session id, state, reason, start in milliseconds, place among equals",
        key: ["start_date_time_key", "sm_res_state_reason_fact_key"],
        sort: ["start_date_time_key", "sm_res_state_reason_fact_key"],
        provenance: ["revision"],
    }
    /// Key of the reason's stretch.
    sm_res_state_reason_fact_key: i64 = Key,
    /// Unit that the row was made from: its events stand in gidb_event under the same key.
    unit_key: i64 = Key,
    /// Tenant.
    tenant_key: i64 = Key,
    /// Media; voice only.
    media_type_key: i64 = Key,
    /// The agent.
    resource_key: i64 = Key,
    /// Set of groups the agent belonged to then; -2 without groups.
    resource_group_combination_key: i64 = Key,
    /// The state.
    resource_state_key: i64 = Key,
    /// The reason.
    resource_state_reason_key: i64 = Key,
    /// State that the reason was given for.
    sm_res_state_fact_key: i64 = Key,
    /// Start key of that state.
    sm_res_state_fact_sdt_key: i64 = Key,
    /// Start of the reason.
    start_ts: i64 = EpochSeconds,
    /// End of the reason.
    end_ts: i64 = EpochSeconds,
    /// Start of the quarter hour in which it started.
    start_date_time_key: i64 = EpochSeconds,
    /// Start of the quarter hour in which it ended.
    end_date_time_key: i64 = EpochSeconds,
    /// Start of the reason, to the millisecond.
    start_ms: i64 = EpochMillis,
    /// End of the reason, to the millisecond.
    end_ms: i64 = EpochMillis,
    /// Length of the reason.
    total_duration: i32 = Seconds,
    /// 1 while the reason goes on; rows of ended ones hold 0.
    active_flag: i32 = Flag,
    /// How often the row changed after it was first loaded.
    revision: i32 = Count,
}
