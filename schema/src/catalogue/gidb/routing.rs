//! Routing and virtual queues: `g_route_result`, `g_route_res_vq_hist`, `g_virtual_queue`.

use crate::catalogue::macros::table;

table! {
    /// One row per choice of the router for a call at a routing point. Left out: columns for which the router's keys
    /// are not named here; all keys stand in the archive.
    GRouteResult = "g_route_result", Projection {
        natural_key: "party UUID of the routing point, number of the choice",
        key: ["unit_key", "gsys_partition", "id"],
        sort: ["gsys_partition", "callid", "added", "id"],
        provenance: [],
    }
    /// Key of the row.
    id: i64 = Key,
    /// Unit that the row was made from: its events stand in gidb_event under the same key.
    unit_key: i64 = Key,
    /// Start of the quarter hour in which the interaction began; the marts partition by its UTC day, so that all rows
    /// of the interaction are together.
    gsys_partition: i64 = EpochSeconds,
    /// UUID of the call.
    callid: String = Name,
    /// Connection id of the call; null when the source has none.
    connid: Option<String> = Name,
    /// PartyID of the routing point in the call; empty when it was not told.
    partyid: String = Name,
    /// Interaction record of the call.
    irid: String = Name,
    /// The routing point, as resource_key in resource_; 0 on a cluster.
    endpointid: i64 = Key,
    /// Number of the routing point.
    endpointdn: Option<String> = Name,
    /// How it was routed (dictionary 1012).
    routetype: i32 = Code,
    /// Value of RTargetRuleSelected.
    rtargetruleselected: Option<String> = Name,
    /// Value of RTargetObjectSelected.
    rtargetobjectselected: Option<String> = Name,
    /// Value of RTargetTypeSelected, as told (the vendor's dictionary 29).
    rtargettypeselected: Option<String> = Name,
    /// Value of RTargetAgentSelected.
    rtargetagentselected: Option<String> = Name,
    /// Value of RTargetPlaceSelected.
    rtargetplaceselected: Option<String> = Name,
    /// Value of RTenant.
    rtenant: Option<String> = Name,
    /// Value of RStrategyName.
    rstrategyname: Option<String> = Name,
    /// Value of RRequestedSkillCombination.
    rrequestedskillcombination: Option<String> = Name,
    /// DN that was chosen, as resource_key in resource_; 0 on a cluster.
    destendpointid: i64 = Key,
    /// Kind of that DN (dictionary 1011): 1 on a cluster; 0 elsewhere, for the router tells only its number.
    destendpointtype: i32 = Code,
    /// Number of that DN.
    destendpointdn: Option<String> = Name,
    /// The choice, to the millisecond.
    added: i64 = EpochMillis,
    /// The same moment in whole seconds.
    added_ts: i64 = EpochSeconds,
    /// Start of its quarter hour: date_time_key in date_time.
    added_tcode: i64 = EpochSeconds,
}

table! {
    /// One row per virtual queue that took part in a choice of the router.
    GRouteResVqHist = "g_route_res_vq_hist", Projection {
        natural_key: "party UUID of the routing point, number of the choice, virtual-queue id",
        key: ["unit_key", "gsys_partition", "id"],
        sort: ["gsys_partition", "callid", "added", "vqid", "id"],
        provenance: [],
    }
    /// Key of the row.
    id: i64 = Key,
    /// Unit that the row was made from: its events stand in gidb_event under the same key.
    unit_key: i64 = Key,
    /// Start of the quarter hour in which the interaction began; the marts partition by its UTC day, so that all rows
    /// of the interaction are together.
    gsys_partition: i64 = EpochSeconds,
    /// The choice, as id in g_route_result.
    routeresid: i64 = Key,
    /// UUID of the call.
    callid: String = Name,
    /// Pass through the virtual queue, as vqid in g_virtual_queue.
    vqid: String = Name,
    /// The choice, to the millisecond.
    added: i64 = EpochMillis,
    /// The same moment in whole seconds.
    added_ts: i64 = EpochSeconds,
    /// Start of its quarter hour: date_time_key in date_time.
    added_tcode: i64 = EpochSeconds,
}

table! {
    /// One row per pass of a call through a virtual queue. Its server is no cluster, so that the queue's id is there.
    GVirtualQueue = "g_virtual_queue", Projection {
        natural_key: "virtual-queue id",
        key: ["unit_key", "gsys_partition", "id"],
        sort: ["gsys_partition", "vqid", "id"],
        provenance: [],
    }
    /// Key of the row.
    id: i64 = Key,
    /// Unit that the row was made from: its events stand in gidb_event under the same key.
    unit_key: i64 = Key,
    /// Start of the quarter hour in which the interaction began; the marts partition by its UTC day, so that all rows
    /// of the interaction are together.
    gsys_partition: i64 = EpochSeconds,
    /// Id of the pass, as the router gave it: mediation_guid of mediation_segment_fact.
    vqid: String = Name,
    /// The virtual queue, as resource_key in resource_.
    endpointid: i64 = Key,
    /// Name of the virtual queue.
    endpointdn: String = Name,
    /// UUID of the call that entered it.
    origcallid: String = Name,
    /// UUID of the call that left it: another one when a consult call was merged while it waited.
    distcallid: String = Name,
    /// PartyID of the party that it was distributed to; null when there is none.
    targetpartyid: Option<String> = Name,
    /// Number that it was distributed to; null when it was not.
    targetdn: Option<String> = Name,
    /// How the pass ended: 1 diverted, 2 abandoned, 3 cleared, 4 stuck: nobody told (dictionary 1006; the numbers are
    /// Callmart's).
    status: i32 = Code,
    /// Reason that the router gave (RTR), as told.
    cause: Option<String> = Code,
    /// Entry into the queue, to the millisecond.
    created: i64 = EpochMillis,
    /// The same moment in whole seconds.
    created_ts: i64 = EpochSeconds,
    /// Start of its quarter hour: date_time_key in date_time.
    created_tcode: i64 = EpochSeconds,
    /// Leaving it; of a stuck pass the end of its call, to the millisecond.
    terminated: i64 = EpochMillis,
    /// The same moment in whole seconds.
    terminated_ts: i64 = EpochSeconds,
    /// Start of its quarter hour: date_time_key in date_time.
    terminated_tcode: i64 = EpochSeconds,
}
