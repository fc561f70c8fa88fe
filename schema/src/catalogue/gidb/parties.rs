//! Parties of calls: `g_party`, `g_party_history`, `g_party_stat`.

use crate::catalogue::macros::table;

table! {
    /// One row per party in a call: callers, telephones, queues, routing points, IVR ports. Who went over to another
    /// call has a row in each, with one PartyGUID. Left out: LastChange, which is Terminated.
    GParty = "g_party", Projection {
        natural_key: "party UUID, call UUID",
        key: ["unit_key", "gsys_partition", "id"],
        sort: ["gsys_partition", "callid", "created", "partyid", "id"],
        provenance: [],
    }
    /// Key of the row.
    id: i64 = Key,
    /// Unit that the row was made from: its events stand in gidb_event under the same key.
    unit_key: i64 = Key,
    /// Start of the quarter hour in which the interaction began; the marts partition by its UTC day, so that all rows
    /// of the interaction are together.
    gsys_partition: i64 = EpochSeconds,
    /// The party in this call: the server's party UUID; in a call that it was moved to under the same UUID, that with
    /// a stroke and the call's behind it.
    partyid: String = Name,
    /// UUID of the party for its whole life: partyguid of interaction_resource_fact.
    partyguid: String = Name,
    /// 0 unknown, 1 inside, 2 outside (dictionary 9).
    r#type: i32 = Code,
    /// Part in the call: 0 unknown, 1 origination, 2 destination, 3 conference member, 10 observer (dictionary 10).
    prole: i32 = Code,
    /// PartyID of the party that brought this one into the call; null when none did.
    parentpartyid: Option<String> = Name,
    /// How: 0 no parent, 1 distributed from it, 2 dialled or consulted by it, 3 transferred by it, 4 taken into a
    /// conference by it, 5 listens to it (dictionary 11; the numbers are Callmart's).
    parentlinktype: i32 = Code,
    /// UUID of the call.
    callid: String = Name,
    /// State now: 0 null, for the party has left (dictionary 8).
    state: i32 = Code,
    /// State that it left in (dictionary 8).
    prevstate: i32 = Code,
    /// Why it left (dictionary 1003).
    cause: i32 = Code,
    /// Number of the device; of an outside party its number where known.
    endpointdn: Option<String> = Name,
    /// DN, as resource_key in resource_; 0 on a cluster and for outside parties.
    endpointid: i64 = Key,
    /// Kind of DN (dictionary 1011); 1 on a cluster, whatever it is, and 0 for outside parties of an ordinary switch.
    endpointtype: i32 = Code,
    /// Agent that the event named, as resource_key in resource_: on an ordinary switch only. 0 on a cluster, whose
    /// call events carry none, and where nobody was named.
    agentid: i64 = Key,
    /// Tenant, as tenant_key in tenant.
    tenantid: i64 = Key,
    /// When it joined the call, to the millisecond.
    created: i64 = EpochMillis,
    /// The same moment in whole seconds.
    created_ts: i64 = EpochSeconds,
    /// Start of its quarter hour: date_time_key in date_time.
    created_tcode: i64 = EpochSeconds,
    /// When it left the call, to the millisecond.
    terminated: i64 = EpochMillis,
    /// The same moment in whole seconds.
    terminated_ts: i64 = EpochSeconds,
    /// Start of its quarter hour: date_time_key in date_time.
    terminated_tcode: i64 = EpochSeconds,
}

table! {
    /// One row per change of a party in a call. (CallID, CSeq) is the order inside a call, (PartyID, PSeq) that of
    /// one party; a time may be before that of the row before, when a source's clock was set back.
    GPartyHistory = "g_party_history", Projection {
        natural_key: "party UUID, call UUID, number of the change",
        key: ["unit_key", "gsys_partition", "phid"],
        sort: ["gsys_partition", "callid", "cseq", "phid"],
        provenance: [],
    }
    /// Key of the row.
    phid: i64 = Key,
    /// Unit that the row was made from: its events stand in gidb_event under the same key.
    unit_key: i64 = Key,
    /// Start of the quarter hour in which the interaction began; the marts partition by its UTC day, so that all rows
    /// of the interaction are together.
    gsys_partition: i64 = EpochSeconds,
    /// The party in this call: the server's party UUID; in a call that it was moved to under the same UUID, that with
    /// a stroke and the call's behind it.
    partyid: String = Name,
    /// Place among the changes of the party in this call, from 1.
    pseq: i32 = Number,
    /// Place among the changes of the call and its parties, from 1.
    cseq: i32 = Number,
    /// 1 party_created, 2 party_terminated, 3 party_statechanged (dictionary 1002).
    changetype: i32 = Code,
    /// UUID of the call.
    callid: String = Name,
    /// State from then on (dictionary 8).
    state: i32 = Code,
    /// State until then (dictionary 8).
    prevstate: i32 = Code,
    /// When it entered that state, to the millisecond; null on the first row.
    prevsenter: Option<i64> = EpochMillis,
    /// The same moment in whole seconds; null on the first row.
    prevsenter_ts: Option<i64> = EpochSeconds,
    /// Start of its quarter hour: date_time_key in date_time; null on the first row.
    prevsenter_tcode: Option<i64> = EpochSeconds,
    /// Why (dictionary 1003).
    cause: i32 = Code,
    /// DN, as resource_key in resource_; 0 on a cluster and for outside parties.
    endpointid: i64 = Key,
    /// As on g_party.
    agentid: i64 = Key,
    /// Number of the device, on a cluster only.
    gsys_ext_vch1: Option<String> = Name,
    /// The change, to the millisecond.
    added: i64 = EpochMillis,
    /// The same moment in whole seconds.
    added_ts: i64 = EpochSeconds,
    /// Start of its quarter hour: date_time_key in date_time.
    added_tcode: i64 = EpochSeconds,
}

table! {
    /// One row per party in a call: how long it was in which state, each the sum of g_party_history's stretches. Left
    /// out: TT_ACW, for after-call work is told by agents' sessions (g_agent_state_history), and counters whose
    /// meaning is not public.
    GPartyStat = "g_party_stat", Projection {
        natural_key: "party UUID, call UUID",
        key: ["unit_key", "gsys_partition", "id"],
        sort: ["gsys_partition", "callid", "partyid", "id"],
        provenance: [],
    }
    /// Key of the row.
    id: i64 = Key,
    /// Unit that the row was made from: its events stand in gidb_event under the same key.
    unit_key: i64 = Key,
    /// Start of the quarter hour in which the interaction began; the marts partition by its UTC day, so that all rows
    /// of the interaction are together.
    gsys_partition: i64 = EpochSeconds,
    /// The party in this call: the server's party UUID; in a call that it was moved to under the same UUID, that with
    /// a stroke and the call's behind it.
    partyid: String = Name,
    /// UUID of the call.
    callid: String = Name,
    /// Time it dialled.
    tt_initiated: i32 = Seconds,
    /// Time it alerted.
    tt_alerting: i32 = Seconds,
    /// Time it was connected, whatever the others were.
    tt_connected: i32 = Seconds,
    /// Time it held the call.
    tt_hold: i32 = Seconds,
    /// Time it was queued.
    tt_queued: i32 = Seconds,
    /// Times it held the call.
    cnt_hold: i32 = Count,
    /// Device that caused its end, as the source told it; empty when it did not.
    gsys_ext_vch1: String = Name,
    /// Its end, when the row is made, to the millisecond.
    added: i64 = EpochMillis,
    /// The same moment in whole seconds.
    added_ts: i64 = EpochSeconds,
    /// Start of its quarter hour: date_time_key in date_time.
    added_tcode: i64 = EpochSeconds,
}
