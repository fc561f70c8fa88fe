//! What goes on now: calls that have not ended and agents who are logged in. What ended stands in the facts.

use super::macros::table;

table! {
    /// One row per interaction whose root call has not ended.
    OpenInteraction = "open_interaction", Open {
        natural_key: "UUID of the root call",
        key: ["interaction_id"],
        sort: ["interaction_id"],
        provenance: [],
    }
    /// Key of the interaction, as in interaction_fact later.
    interaction_id: i64 = Key,
    /// Unit that the row was made from: its events stand in gidb_event under the same key.
    unit_key: i64 = Key,
    /// Tenant.
    tenant_key: i64 = Key,
    /// Inbound, outbound or internal.
    interaction_type_key: i64 = Key,
    /// Media; voice only.
    media_type_key: i64 = Key,
    /// UUID of the root call.
    media_server_root_ixn_guid: String = Name,
    /// Number of the caller.
    source_address: Option<String> = Name,
    /// Number that was dialled.
    target_address: Option<String> = Name,
    /// Start of the interaction, to the millisecond.
    start_ms: i64 = EpochMillis,
    /// Where it is now: IVR, QUEUED, DIALING, ALERTING, CONNECTED, HELD, or UNKNOWN.
    state_code: String = Code,
    /// Since when it is so, to the millisecond.
    state_since_ms: i64 = EpochMillis,
    /// Who has it now: agent, IVR, routing point or DN; -1 when that is not known.
    resource_key: i64 = Key,
    /// DN or device that it is at now; -1 when that is not known.
    media_resource_key: i64 = Key,
    /// Virtual or ACD queue that it waits in now, or else the last one that it was in; -2 when there was none.
    queue_resource_key: i64 = Key,
    /// When it entered that queue, to the millisecond; null when there was none.
    queue_entered_ms: Option<i64> = EpochMillis,
    /// Agents who talked with the customer so far.
    handled_count: i32 = Count,
}

table! {
    /// One row per login session that has not ended.
    OpenAgent = "open_agent", Open {
        natural_key: "login-session id",
        key: ["sm_res_session_fact_key"],
        sort: ["sm_res_session_fact_key"],
        provenance: [],
    }
    /// Key of the session, as in sm_res_session_fact later.
    sm_res_session_fact_key: i64 = Key,
    /// Unit that the row was made from: its events stand in gidb_event under the same key.
    unit_key: i64 = Key,
    /// Tenant.
    tenant_key: i64 = Key,
    /// The agent.
    resource_key: i64 = Key,
    /// DN of the session.
    media_resource_key: i64 = Key,
    /// Login-session id as its source gave it.
    session_guid: String = Name,
    /// Login, to the millisecond.
    login_ms: i64 = EpochMillis,
    /// State now.
    resource_state_key: i64 = Key,
    /// Since when, to the millisecond.
    state_since_ms: i64 = EpochMillis,
    /// Reason of the state; -2 without one.
    resource_state_reason_key: i64 = Key,
    /// Interaction that the agent is busy with, the last one that began; -2 when there is none.
    interaction_id: i64 = Key,
    /// UUID of that interaction's root call; null when there is none.
    media_server_root_ixn_guid: Option<String> = Name,
}
