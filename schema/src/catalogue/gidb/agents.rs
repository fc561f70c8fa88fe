//! Login sessions: `g_login_session` and the tables of what the agent did in them.

use crate::catalogue::macros::table;

table! {
    /// One row per login session, one that goes on too.
    GLoginSession = "g_login_session", Projection {
        natural_key: "login-session id",
        key: ["unit_key", "gsys_partition", "id"],
        sort: ["gsys_partition", "loginsessionid", "id"],
        provenance: [],
    }
    /// Key of the row.
    id: i64 = Key,
    /// Unit that the row was made from: its events stand in gidb_event under the same key.
    unit_key: i64 = Key,
    /// Start of the quarter hour in which the login session began; the marts partition by its UTC day, so that all
    /// rows of the login session are together.
    gsys_partition: i64 = EpochSeconds,
    /// Login-session id as its source gave it.
    loginsessionid: String = Name,
    /// The agent, as resource_key in resource_.
    agentid: i64 = Key,
    /// Null: no login objects are told.
    loginid: Option<String> = Name,
    /// Null: no places are told.
    placeid: Option<String> = Name,
    /// 1 open, 2 closed (dictionary 1007; 2 is Callmart's number).
    state: i32 = Code,
    /// Login, to the millisecond.
    created: i64 = EpochMillis,
    /// The same moment in whole seconds.
    created_ts: i64 = EpochSeconds,
    /// Start of its quarter hour: date_time_key in date_time.
    created_tcode: i64 = EpochSeconds,
    /// Logout, to the millisecond; null while it goes on.
    terminated: Option<i64> = EpochMillis,
    /// The same moment in whole seconds; null while it goes on.
    terminated_ts: Option<i64> = EpochSeconds,
    /// Start of its quarter hour: date_time_key in date_time; null while it goes on.
    terminated_tcode: Option<i64> = EpochSeconds,
    /// DN; of a cluster only, where no id of it is known.
    gsys_ext_vch1: Option<String> = Name,
}

table! {
    /// One row per DN of a login session; one each.
    GxSessionEndpoint = "gx_session_endpoint", Projection {
        natural_key: "login-session id, DN",
        key: ["unit_key", "gsys_partition", "id"],
        sort: ["gsys_partition", "loginsessionid", "id"],
        provenance: [],
    }
    /// Key of the row.
    id: i64 = Key,
    /// Unit that the row was made from: its events stand in gidb_event under the same key.
    unit_key: i64 = Key,
    /// Start of the quarter hour in which the login session began; the marts partition by its UTC day, so that all
    /// rows of the login session are together.
    gsys_partition: i64 = EpochSeconds,
    /// Login-session id as its source gave it.
    loginsessionid: String = Name,
    /// The agent, as resource_key in resource_.
    agentid: i64 = Key,
    /// DN, as resource_key in resource_; 0 on a cluster, whose DN stands in gsys_ext_vch1.
    endpointid: i64 = Key,
    /// Kind of DN (dictionary 1011): 1.
    endpointtype: i32 = Code,
    /// Null: logins are told without an ACD queue.
    queueid: Option<i64> = Key,
    /// Null, as queueid.
    queuetype: Option<i32> = Code,
    /// Null: no places are told.
    placeid: Option<String> = Name,
    /// 1 open, 2 closed (dictionary 1007; 2 is Callmart's number).
    state: i32 = Code,
    /// Login, to the millisecond.
    created: i64 = EpochMillis,
    /// The same moment in whole seconds.
    created_ts: i64 = EpochSeconds,
    /// Start of its quarter hour: date_time_key in date_time.
    created_tcode: i64 = EpochSeconds,
    /// Logout, to the millisecond; null while it goes on.
    terminated: Option<i64> = EpochMillis,
    /// The same moment in whole seconds; null while it goes on.
    terminated_ts: Option<i64> = EpochSeconds,
    /// Start of its quarter hour: date_time_key in date_time; null while it goes on.
    terminated_tcode: Option<i64> = EpochSeconds,
    /// DN; of a cluster only, where no id of it is known.
    gsys_ext_vch1: Option<String> = Name,
}

table! {
    /// One row per change in a login session, from login to logout.
    GAgentStateHistory = "g_agent_state_history", Projection {
        natural_key: "login-session id, number of the change",
        key: ["unit_key", "gsys_partition", "id"],
        sort: ["gsys_partition", "loginsessionid", "seq", "id"],
        provenance: [],
    }
    /// Key of the row.
    id: i64 = Key,
    /// Unit that the row was made from: its events stand in gidb_event under the same key.
    unit_key: i64 = Key,
    /// Start of the quarter hour in which the login session began; the marts partition by its UTC day, so that all
    /// rows of the login session are together.
    gsys_partition: i64 = EpochSeconds,
    /// Login-session id as its source gave it.
    loginsessionid: String = Name,
    /// Place among the changes of the session, from 1.
    seq: i32 = Number,
    /// 5 the state changed, 6 the pending state, 7 the work mode, 8 a call was connected, 9 a call left (dictionary
    /// 1009; 7 to 9 are Callmart's numbers).
    r#type: i32 = Code,
    /// State from then on: 0 null, 1 login, 2 not ready, 3 ready, 4 after-call work, 5 busy (dictionary 1008).
    state: i32 = Code,
    /// State until then.
    prevstate: i32 = Code,
    /// While busy, the state that the agent said last and goes back to; else the state.
    pendingstate: i32 = Code,
    /// Work mode that was said last (dictionary 1010).
    workmode: i32 = Code,
    /// The agent, as resource_key in resource_.
    agentid: i64 = Key,
    /// DN, as resource_key in resource_; 0 on a cluster, whose DN stands in gsys_ext_vch1.
    endpointid: i64 = Key,
    /// ACD queue; 0, for logins are told without one.
    queueid: i64 = Key,
    /// Null: no login objects are told.
    loginid: Option<String> = Name,
    /// Null: no places are told.
    placeid: Option<String> = Name,
    /// UUID of the call that the change is about: of busy, connected and left; null for others.
    callid: Option<String> = Name,
    /// The change, to the millisecond.
    added: i64 = EpochMillis,
    /// The same moment in whole seconds.
    added_ts: i64 = EpochSeconds,
    /// Start of its quarter hour: date_time_key in date_time.
    added_tcode: i64 = EpochSeconds,
    /// DN; of a cluster only, where no id of it is known.
    gsys_ext_vch1: Option<String> = Name,
}

table! {
    /// One row per reason of a state that ended; one that a call interrupts has a row before and a row after it.
    GAgentStateRc = "g_agent_state_rc", Projection {
        natural_key: "login-session id, reason, begin",
        key: ["unit_key", "gsys_partition", "id"],
        sort: ["gsys_partition", "sessionid", "created", "id"],
        provenance: [],
    }
    /// Key of the row.
    id: i64 = Key,
    /// Unit that the row was made from: its events stand in gidb_event under the same key.
    unit_key: i64 = Key,
    /// Start of the quarter hour in which the login session began; the marts partition by its UTC day, so that all
    /// rows of the login session are together.
    gsys_partition: i64 = EpochSeconds,
    /// Login-session id as its source gave it.
    sessionid: String = Name,
    /// DN, as resource_key in resource_; 0 on a cluster, whose DN stands in gsys_ext_vch1.
    endpointid: i64 = Key,
    /// ACD queue; 0, for logins are told without one.
    queueid: i64 = Key,
    /// The state (dictionary 1008).
    agentstate: i32 = Code,
    /// Work mode of the state (dictionary 1010).
    workmode: i32 = Code,
    /// 1 for a reason of the device, 0 for one of the agent's software.
    hwflag: i32 = Flag,
    /// Key of the reason; ReasonCode for the device's.
    keyname: String = Name,
    /// Value of the reason.
    value: String = Name,
    /// Begin of the reason, to the millisecond.
    created: i64 = EpochMillis,
    /// The same moment in whole seconds.
    created_ts: i64 = EpochSeconds,
    /// Start of its quarter hour: date_time_key in date_time.
    created_tcode: i64 = EpochSeconds,
    /// End of the reason, to the millisecond.
    terminated: i64 = EpochMillis,
    /// The same moment in whole seconds.
    terminated_ts: i64 = EpochSeconds,
    /// Start of its quarter hour: date_time_key in date_time.
    terminated_tcode: i64 = EpochSeconds,
    /// DN; of a cluster only, where no id of it is known.
    gsys_ext_vch1: Option<String> = Name,
}

table! {
    /// One row per stretch of do-not-disturb in a login session.
    GDndHistory = "g_dnd_history", Projection {
        natural_key: "login-session id, begin",
        key: ["unit_key", "gsys_partition", "id"],
        sort: ["gsys_partition", "loginsessionid", "added", "id"],
        provenance: [],
    }
    /// Key of the row.
    id: i64 = Key,
    /// Unit that the row was made from: its events stand in gidb_event under the same key.
    unit_key: i64 = Key,
    /// Start of the quarter hour in which the login session began; the marts partition by its UTC day, so that all
    /// rows of the login session are together.
    gsys_partition: i64 = EpochSeconds,
    /// Login-session id as its source gave it.
    loginsessionid: String = Name,
    /// State of the agent when it began (dictionary 1008).
    agentstate: i32 = Code,
    /// DN, as resource_key in resource_; 0 on a cluster, whose DN stands in gsys_ext_vch1.
    endpointid: i64 = Key,
    /// ACD queue; 0, for logins are told without one.
    queueid: i64 = Key,
    /// 1 on, 0 off again (dictionary 1013; the numbers are Callmart's).
    state: i32 = Code,
    /// When it was turned on, to the millisecond.
    added: i64 = EpochMillis,
    /// The same moment in whole seconds.
    added_ts: i64 = EpochSeconds,
    /// Start of its quarter hour: date_time_key in date_time.
    added_tcode: i64 = EpochSeconds,
    /// When it was turned off, or the logout, to the millisecond; null while it goes on.
    terminated: Option<i64> = EpochMillis,
    /// The same moment in whole seconds; null while it goes on.
    terminated_ts: Option<i64> = EpochSeconds,
    /// Start of its quarter hour: date_time_key in date_time; null while it goes on.
    terminated_tcode: Option<i64> = EpochSeconds,
    /// DN; of a cluster only, where no id of it is known.
    gsys_ext_vch1: Option<String> = Name,
}

table! {
    /// One row per login session that ended: how long the agent was in which state; together as long as the session's
    /// known states.
    GsAgentStat = "gs_agent_stat", Projection {
        natural_key: "login-session id",
        key: ["unit_key", "gsys_partition", "id"],
        sort: ["gsys_partition", "loginsessionid", "id"],
        provenance: [],
    }
    /// Key of the row.
    id: i64 = Key,
    /// Unit that the row was made from: its events stand in gidb_event under the same key.
    unit_key: i64 = Key,
    /// Start of the quarter hour in which the login session began; the marts partition by its UTC day, so that all
    /// rows of the login session are together.
    gsys_partition: i64 = EpochSeconds,
    /// Login-session id as its source gave it.
    loginsessionid: String = Name,
    /// The agent, as resource_key in resource_.
    agentid: i64 = Key,
    /// DN, as resource_key in resource_; 0 on a cluster, whose DN stands in gsys_ext_vch1.
    endpointid: i64 = Key,
    /// ACD queue; 0, for logins are told without one.
    queueid: i64 = Key,
    /// Time in which nothing is known of the state.
    tt_null: i32 = Seconds,
    /// Time logged in before anything was said.
    tt_login: i32 = Seconds,
    /// Time not ready.
    tt_notready: i32 = Seconds,
    /// Time ready.
    tt_ready: i32 = Seconds,
    /// Time in after-call work.
    tt_acw: i32 = Seconds,
    /// Time busy with calls.
    tt_busy: i32 = Seconds,
    /// Logout, when the row is made, to the millisecond.
    added: i64 = EpochMillis,
    /// The same moment in whole seconds.
    added_ts: i64 = EpochSeconds,
    /// Start of its quarter hour: date_time_key in date_time.
    added_tcode: i64 = EpochSeconds,
    /// DN; of a cluster only, where no id of it is known.
    gsys_ext_vch1: Option<String> = Name,
}
