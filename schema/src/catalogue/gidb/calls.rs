//! Calls and their interaction records: `g_call`, `g_call_history`, `g_call_stat`, `g_ir`, `g_ir_history`.

use crate::catalogue::macros::table;

table! {
    /// One row per call of an interaction that ended. Left out of Interaction Concentrator's: State (rows are of
    /// calls that ended, the others are in open_interaction) and with it LastChange (which is Terminated),
    /// SwitchCallID, and GSYS columns that are reserved or number rows within one database.
    GCall = "g_call", Projection {
        natural_key: "call UUID",
        key: ["unit_key", "gsys_partition", "id"],
        sort: ["gsys_partition", "callid", "id"],
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
    /// UUID of the main call of a consult call; null for other calls.
    parentcallid: Option<String> = Name,
    /// UUID of the call that this one was merged into by a transfer or conference; null when it was not.
    mergecallid: Option<String> = Name,
    /// How it was merged: 1 transfer, 2 conference (dictionary 30; the numbers are Callmart's); null when it was not.
    mergetype: Option<i32> = Code,
    /// Connection id, 16 hexadecimal digits; null when the source has none.
    connid: Option<String> = Name,
    /// The same as a decimal number, as text, for it may be larger than a bigint.
    connidnum: Option<String> = Name,
    /// Interaction record of the call: each call opens one, under its own UUID.
    irid: String = Name,
    /// Interaction record of the root call: media_server_root_ixn_guid of interaction_fact.
    rootirid: String = Name,
    /// 0 unknown, 1 internal, 2 inbound, 3 outbound, 4 consult (dictionary 1001).
    calltype: i32 = Code,
    /// 0 voice; nothing else is told.
    mediatype: i32 = Code,
    /// Number of the caller.
    callani: Option<String> = Name,
    /// Number that was dialled.
    calldnis: Option<String> = Name,
    /// Tenant, as tenant_key in tenant.
    tenantid: i64 = Key,
    /// Begin of the call, to the millisecond.
    created: i64 = EpochMillis,
    /// The same moment in whole seconds.
    created_ts: i64 = EpochSeconds,
    /// Start of its quarter hour: date_time_key in date_time.
    created_tcode: i64 = EpochSeconds,
    /// End of the call, to the millisecond.
    terminated: i64 = EpochMillis,
    /// The same moment in whole seconds.
    terminated_ts: i64 = EpochSeconds,
    /// Start of its quarter hour: date_time_key in date_time.
    terminated_tcode: i64 = EpochSeconds,
}

table! {
    /// One row per change of a call itself. Its changes and those of its parties (g_party_history) are one order,
    /// (CallID, CSeq), without holes.
    GCallHistory = "g_call_history", Projection {
        natural_key: "call UUID, number of the change",
        key: ["unit_key", "gsys_partition", "chid"],
        sort: ["gsys_partition", "callid", "cseq", "chid"],
        provenance: [],
    }
    /// Key of the row.
    chid: i64 = Key,
    /// Unit that the row was made from: its events stand in gidb_event under the same key.
    unit_key: i64 = Key,
    /// Start of the quarter hour in which the interaction began; the marts partition by its UTC day, so that all rows
    /// of the interaction are together.
    gsys_partition: i64 = EpochSeconds,
    /// UUID of the call.
    callid: String = Name,
    /// Place among the changes of the call and its parties, from 1.
    cseq: i32 = Number,
    /// 1 call_created, 2 call_terminated, 3 call_merged (dictionary 1).
    changetype: i32 = Code,
    /// UUID of the call that survived a merge; on the terminated row only.
    refid: Option<String> = Name,
    /// The change, to the millisecond.
    added: i64 = EpochMillis,
    /// The same moment in whole seconds.
    added_ts: i64 = EpochSeconds,
    /// Start of its quarter hour: date_time_key in date_time.
    added_tcode: i64 = EpochSeconds,
}

table! {
    /// One row per call: what it came to. Left out: counters whose meaning is not public.
    GCallStat = "g_call_stat", Projection {
        natural_key: "call UUID",
        key: ["unit_key", "gsys_partition", "id"],
        sort: ["gsys_partition", "callid", "id"],
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
    /// 1 when any party, inside or outside, but the one that called was connected.
    f_conn: i32 = Flag,
    /// 1 when a telephone inside (extension or ACD position) was connected.
    f_conn_extn: i32 = Flag,
    /// 1 when a party was abandoned by who called.
    f_te_abnd: i32 = Flag,
    /// Times a party held the call.
    cnt_hold: i32 = Count,
    /// Times a queue, routing point or IVR port passed it on, or it was redirected.
    cnt_divert: i32 = Count,
    /// Times it was transferred in one step, or another call was merged into it by a transfer.
    cnt_transfer: i32 = Count,
    /// Times another call was merged into it by a conference.
    cnt_conference: i32 = Count,
    /// Device that released the call, as the source told it; empty when it did not.
    gsys_ext_vch1: String = Name,
    /// PartyID of that device in the call, where it has one.
    gsys_ext_vch2: Option<String> = Name,
    /// End of the call, when the row is made, to the millisecond.
    added: i64 = EpochMillis,
    /// The same moment in whole seconds.
    added_ts: i64 = EpochSeconds,
    /// Start of its quarter hour: date_time_key in date_time.
    added_tcode: i64 = EpochSeconds,
}

table! {
    /// One row per interaction record. Each call opens one; that of a call that was merged belongs to the record of
    /// the call that survived (a reading). Left out: State and LastChange, as in g_call, and ParentLinkType, which is
    /// reserved.
    GIr = "g_ir", Projection {
        natural_key: "call UUID",
        key: ["unit_key", "gsys_partition", "id"],
        sort: ["gsys_partition", "irid", "id"],
        provenance: [],
    }
    /// Key of the row.
    id: i64 = Key,
    /// Unit that the row was made from: its events stand in gidb_event under the same key.
    unit_key: i64 = Key,
    /// Start of the quarter hour in which the interaction began; the marts partition by its UTC day, so that all rows
    /// of the interaction are together.
    gsys_partition: i64 = EpochSeconds,
    /// The record: UUID of the call that it was opened for.
    irid: String = Name,
    /// Record of the call that this one's call was merged into; null when it was not.
    parentirid: Option<String> = Name,
    /// UUID of the call that the record was opened for.
    rootcallid: String = Name,
    /// 0 voice; nothing else is told.
    mediatype: i32 = Code,
    /// Begin of the record, to the millisecond.
    created: i64 = EpochMillis,
    /// The same moment in whole seconds.
    created_ts: i64 = EpochSeconds,
    /// Start of its quarter hour: date_time_key in date_time.
    created_tcode: i64 = EpochSeconds,
    /// End of the record, to the millisecond.
    terminated: i64 = EpochMillis,
    /// The same moment in whole seconds.
    terminated_ts: i64 = EpochSeconds,
    /// Start of its quarter hour: date_time_key in date_time.
    terminated_tcode: i64 = EpochSeconds,
}

table! {
    /// One row per change of an interaction record. Left out: XSEQ and RefID, which are reserved.
    GIrHistory = "g_ir_history", Projection {
        natural_key: "call UUID, change",
        key: ["unit_key", "gsys_partition", "irhid"],
        sort: ["gsys_partition", "irid", "added", "changetype", "irhid"],
        provenance: [],
    }
    /// Key of the row.
    irhid: i64 = Key,
    /// Unit that the row was made from: its events stand in gidb_event under the same key.
    unit_key: i64 = Key,
    /// Start of the quarter hour in which the interaction began; the marts partition by its UTC day, so that all rows
    /// of the interaction are together.
    gsys_partition: i64 = EpochSeconds,
    /// The record.
    irid: String = Name,
    /// 1 ir_created, 2 ir_terminated, 3 ir_merged (dictionary 3).
    changetype: i32 = Code,
    /// The change, to the millisecond.
    added: i64 = EpochMillis,
    /// The same moment in whole seconds.
    added_ts: i64 = EpochSeconds,
    /// Start of its quarter hour: date_time_key in date_time.
    added_tcode: i64 = EpochSeconds,
}
