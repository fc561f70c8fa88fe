//! The control tables: how complete the marts are, what changed after it was first loaded, what could not be read.

use super::macros::table;

table! {
    /// One row per complete stretch of a source, one per hole between two, one per stretch in which it is ignored, and one
    /// without a stretch for a source that was expected and never heard.
    CtlCoverage = "ctl_coverage", Control {
        natural_key: "source, start of the stretch and its state",
        key: ["source", "from_ms", "state"],
        sort: ["source", "from_ms", "state"],
        provenance: [],
    }
    /// Name of the source.
    source: String = Name,
    /// Switch that the source speaks of.
    switch_name: String = Name,
    /// What the collector takes the source for: i-proxy, t-controller or vq.
    role: String = Code,
    /// Start of the stretch; 0 for a source never heard.
    from_ms: i64 = EpochMillis,
    /// End of the stretch (exclusive); 0 for a source never heard, 253402300799000 for one ignored until further notice.
    to_ms: i64 = EpochMillis,
    /// complete, lost: between two complete stretches, never-heard, incomplete: heard, but no stretch is known to be complete,
    /// ignored: an operator decided to do without it, or retired: for good.
    state: String = Code,
    /// Events of the source that were extracted, whatever the stretch.
    events: i64 = Count,
    /// Time up to which everything expected of the source has arrived; 0 when never heard.
    watermark_ms: i64 = EpochMillis,
    /// 1 when the source stopped in good order.
    stopped_flag: i32 = Flag,
    /// Of what is lost, begin of the epoch of the last event before it; null for other rows.
    from_epoch_ms: Option<i64> = EpochMillis,
    /// Of what is lost, number of the last event before it; null for other rows.
    from_seq: Option<i64> = Number,
    /// Of what is lost, begin of the epoch of the first event after it; null for other rows.
    to_epoch_ms: Option<i64> = EpochMillis,
    /// Of what is lost, number of the first event after it; null for other rows.
    to_seq: Option<i64> = Number,
    /// Begin of the source's newest epoch; null when none was heard.
    epoch_ms: Option<i64> = EpochMillis,
    /// Process of the source's newest epoch; null when none was heard.
    epoch_process: Option<String> = Name,
    /// Who decided that the source is ignored or retired; null for other rows.
    decided_by: Option<String> = Name,
    /// When that was decided, by the operator's clock; null for other rows.
    decided_ms: Option<i64> = EpochMillis,
    /// Why, in the operator's words; null for other rows.
    decided_why: Option<String> = Name,
}

table! {
    /// One row per fact that changed after it was first loaded into this mart.
    CtlRestatement = "ctl_restatement", Control {
        natural_key: "table, key of the fact, number of the load",
        key: ["table_name", "fact_key", "load_number"],
        sort: ["table_name", "fact_key", "load_number"],
        provenance: [],
    }
    /// Table of the fact.
    table_name: String = Name,
    /// Key of the fact.
    fact_key: i64 = Key,
    /// Start key of the fact before the change.
    start_date_time_key: i64 = EpochSeconds,
    /// Unit of the fact.
    unit_key: i64 = Key,
    /// Number of the load that changed it, of this mart.
    load_number: i64 = Number,
    /// changed, or removed.
    change: String = Code,
    /// What changed: column, old and new value, as JSON.
    columns: String = Name,
    /// The event that was the reason: source, epoch and seq.
    cause: String = Name,
    /// When this mart loaded the change, by its own clock.
    restated_ms: i64 = EpochMillis,
    /// Source that told it.
    cause_source: String = Name,
    /// Its kind, as in `gidb_event`; `session_...` for a record of a session, by which something became complete or was lost.
    cause_kind: String = Code,
    /// When it happened, by the source's clock.
    cause_ms: i64 = EpochMillis,
    /// When a collector heard it, by the collector's clock; null when it was read again from the archive.
    told_ms: Option<i64> = EpochMillis,
    /// Log that holds it.
    log: String = Name,
    /// Segment of that log.
    log_segment: i64 = Number,
    /// Offset in that segment, in bytes.
    log_offset: i64 = Number,
}

table! {
    /// One row per input that could not be read or transformed.
    CtlReject = "ctl_reject", Control {
        natural_key: "source, epoch and seq of the rejected event",
        key: ["reject_key"],
        sort: ["reject_key"],
        provenance: [],
    }
    /// Key of the reject.
    reject_key: i64 = Key,
    /// Unit of the reject.
    unit_key: i64 = Key,
    /// Source that the input came from.
    source: String = Name,
    /// Epoch and seq that identify it.
    identity: String = Name,
    /// When it happened by the source's clock; 0 when that is not known.
    time_ms: i64 = EpochMillis,
    /// Why it was rejected.
    reason: String = Code,
    /// What is wrong in this case.
    detail: String = Name,
    /// The input as it came.
    input: Vec<u8> = Bytes,
    /// Log that holds it.
    log: String = Name,
    /// Segment of that log.
    log_segment: i64 = Number,
    /// Offset in that segment, in bytes.
    log_offset: i64 = Number,
    /// open, or redriven: an operator had it read once more, and it became the event that it should have been.
    state: String = Code,
}

table! {
    /// One row per setting that this mart was made with and keeps until it is made again: another value in the settings
    /// counts from the next rebuild on.
    CtlSetting = "ctl_setting", Control {
        natural_key: "name of the setting",
        key: ["name"],
        sort: ["name"],
        provenance: [],
    }
    /// The setting, as in the settings: gidb.tables.
    name: String = Name,
    /// Its value: of gidb.tables true, or false, and the GIDB tables are empty.
    value: String = Name,
}

table! {
    /// One row per log: up to where this mart contains it.
    CtlLoad = "ctl_load", Checkpoint {
        natural_key: "name of the log",
        key: ["log"],
        sort: ["log"],
        provenance: [],
    }
    /// Name of the log.
    log: String = Name,
    /// Segment up to which it is contained.
    log_segment: i64 = Number,
    /// Offset in that segment, in bytes.
    log_offset: i64 = Number,
    /// Number of the load that reached it.
    load_number: i64 = Number,
    /// When, by this mart's own clock.
    loaded_ms: i64 = EpochMillis,
}

table! {
    /// One row per column that user data goes to: which key's value, and by which rule. The settings decide; this shows it.
    CtlUdToUdeMapping = "ctl_ud_to_ude_mapping", Control {
        natural_key: "table and column",
        key: ["id"],
        sort: ["id"],
        provenance: [],
    }
    /// Number of the entry, the same for a column in every mart.
    id: i64 = Key,
    /// Key as sources tell it.
    ud_key_name: String = Name,
    /// Table that its value goes to.
    ude_table_name: String = Code,
    /// Column that its value goes to.
    ude_column_name: String = Code,
    /// Which value counts: CALL, PARTY, IRF, IRF_FIRST_UPDATE, IRF_INITIAL or IRF_ROUTE.
    propagation_rule: String = Code,
    /// What stands there without a value; null: nothing.
    default_value: Option<String> = Name,
    /// 1 while the entry counts.
    active_flag: i32 = Flag,
}
