//! `gidb/event`: one row per event as extracted. The transform reads only this shape, from logs or from the archive.

use super::macros::table;

table! {
    /// One row per event of a source, and per record of a session (connect, batch, heartbeat, stop) that coverage is made of.
    GidbEvent = "gidb_event", Archive {
        natural_key: "source, epoch and seq; of a session record, its place in the log",
        key: ["source", "epoch_started_us", "epoch_process", "seq", "kind", "content_hash", "log", "log_segment", "log_offset"],
        sort: ["unit_key", "unit", "source", "epoch_started_us", "epoch_process", "seq", "content_hash", "log", "log_segment", "log_offset"],
        provenance: ["log", "log_segment", "log_offset"],
    }
    /// Unit that the event belongs to, such as interaction/CALL, session/ID or source/NAME.
    unit: String = Name,
    /// Key of the unit, as on its facts.
    unit_key: i64 = Key,
    /// Name of the source.
    source: String = Name,
    /// Start of the source's epoch.
    epoch_started_us: i64 = EpochMicros,
    /// Process of the epoch; of what a snapshot says, with the snapshot's hash.
    epoch_process: String = Name,
    /// Number of the event in its epoch; 0 for a record of a session, a key of its own for what a snapshot says.
    seq: i64 = Number,
    /// Switch that the event speaks of.
    switch_name: String = Name,
    /// Kind, as in the event model; session_ and a kind of record for records of a session, snapshot_part and snapshot_head
    /// for what a snapshot says of a unit and of its source.
    kind: String = Code,
    /// When it happened by the source's clock; of what a snapshot says of a unit, since when it is so.
    time_us: i64 = EpochMicros,
    /// Call UUID, or empty.
    call: String = Name,
    /// UUID of the root call, or empty.
    root_call: String = Name,
    /// DN or queue, or empty.
    dn: String = Name,
    /// EmployeeID, or empty.
    agent: String = Name,
    /// The event in canonical bytes.
    event: Vec<u8> = Bytes,
    /// 64-bit hash of these bytes.
    content_hash: i64 = Key,
    /// Log that it was read from.
    log: String = Name,
    /// Segment of that log.
    log_segment: i64 = Number,
    /// Offset in that segment, in bytes.
    log_offset: i64 = Number,
}
