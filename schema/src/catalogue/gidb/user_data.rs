//! User data of calls: `g_call_userdata`, `g_userdata_history`, `g_custom_data_s`.

use crate::catalogue::macros::table;

table! {
    /// One row per call that has any: the last values of predefined keys.
    GCallUserdata = "g_call_userdata", Projection {
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
    /// Last value of CustomerSegment.
    g_customer_segment: Option<String> = Name,
    /// Last value of ServiceType.
    g_service_type: Option<String> = Name,
    /// Last value of ServiceSubType.
    g_service_subtype: Option<String> = Name,
    /// Last value of Business Result.
    g_business_result: Option<String> = Name,
    /// Last value of CustomerID.
    customer_id: Option<String> = Name,
    /// Last value of TransactionID.
    transaction_id: Option<String> = Name,
    /// Last value of CauseID.
    cause_id: Option<String> = Name,
    /// Last value of AccountID.
    account_id: Option<String> = Name,
    /// Last value of DestinationID.
    destination_id: Option<String> = Name,
    /// Last value of TargetID.
    target_id: Option<String> = Name,
    /// End of the call, when the row is made, to the millisecond.
    added: i64 = EpochMillis,
    /// The same moment in whole seconds.
    added_ts: i64 = EpochSeconds,
    /// Start of its quarter hour: date_time_key in date_time.
    added_tcode: i64 = EpochSeconds,
}

table! {
    /// One row per key that was set, changed or removed on a call; every key is kept. Secure keys are not told apart.
    GUserdataHistory = "g_userdata_history", Projection {
        natural_key: "call UUID, number of the row",
        key: ["unit_key", "gsys_partition", "id"],
        sort: ["gsys_partition", "callid", "useq", "id"],
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
    /// PartyID of the party that told it; null when that is not known.
    partyid: Option<String> = Name,
    /// Last change of that party until then, as pseq in g_party_history; null without a party.
    pseq: Option<i32> = Number,
    /// The change of the call or its parties that comes after it, as cseq in g_call_history and g_party_history: the
    /// last one until then and 1.
    cseq: i32 = Number,
    /// Place among the rows of the call, from 1.
    useq: i32 = Number,
    /// DN of the party, as resource_key in resource_; 0 on a cluster and where it is not known.
    endpointid: i64 = Key,
    /// The key.
    keyname: String = Name,
    /// Where it stood: 0 user data, 1 reasons, 2 extensions (dictionary 1005).
    source: i32 = Code,
    /// 1 created with the call, 2 added, 3 updated, 4 deleted (dictionary 1004; the numbers are Callmart's).
    changetype: i32 = Code,
    /// Its value; null when it is gone.
    value: Option<String> = Name,
    /// The change, to the millisecond.
    added: i64 = EpochMillis,
    /// The same moment in whole seconds.
    added_ts: i64 = EpochSeconds,
    /// Start of its quarter hour: date_time_key in date_time.
    added_tcode: i64 = EpochSeconds,
}

table! {
    /// One row per key of a user event that belongs to a call. What is told beside calls is in the archive only.
    GCustomDataS = "g_custom_data_s", Projection {
        natural_key: "call UUID, number of the row",
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
    /// PartyID of the party that told it; null when that is not known.
    partyid: Option<String> = Name,
    /// Last change of that party until then, as pseq in g_party_history; null without a party.
    pseq: Option<i32> = Number,
    /// DN that told it, as resource_key in resource_; 0 on a cluster and where it is not known.
    endpointid: i64 = Key,
    /// Number of that DN.
    endpointdn: Option<String> = Name,
    /// As on g_party.
    agentid: i64 = Key,
    /// The key.
    keyname: String = Name,
    /// Its value.
    value: String = Name,
    /// The event, to the millisecond.
    added: i64 = EpochMillis,
    /// The same moment in whole seconds.
    added_ts: i64 = EpochSeconds,
    /// Start of its quarter hour: date_time_key in date_time.
    added_tcode: i64 = EpochSeconds,
}
