//! The columns of what is told of interactions, in words and types. The statements beside give them in this order.

use crate::http::column::{Column, Kind};

const fn column(name: &'static str, kind: Kind, definition: &'static str) -> Column {
    Column::new(name, kind, definition)
}

const fn optional(name: &'static str, kind: Kind, definition: &'static str) -> Column {
    Column::optional(name, kind, definition)
}

/// Columns of the search.
pub(super) const FOUND: [Column; 13] = [
    column("interaction_id", Kind::Key, "Key of the interaction."),
    column("call_uuid", Kind::Text, "UUID of the root call."),
    column("interaction_type", Kind::Text, "INBOUND, OUTBOUND, INTERNAL or UNKNOWN."),
    column("started", Kind::Time, "Start of the interaction."),
    column("ended", Kind::Time, "End of the interaction."),
    column("duration_ms", Kind::Integer, "Length in milliseconds."),
    optional("source_address", Kind::Text, "Number of the caller."),
    optional("target_address", Kind::Text, "Number that was dialled."),
    optional("queue", Kind::Text, "The last queue that it entered; null without one."),
    optional("agent", Kind::Text, "EmployeeID of the first agent who talked on it; null when none did."),
    optional("result", Kind::Text, "How the last attempt ended."),
    optional("reason", Kind::Text, "Why it ended so."),
    column("attempts", Kind::Integer, "Attempts to handle it."),
];

/// Columns of the interaction itself; the second and third are for the queries behind and not told.
pub(super) const INTERACTION: [Column; 15] = [
    column("interaction_id", Kind::Key, "Key of the interaction."),
    column("start_date_time_key", Kind::Integer, "Start of the quarter hour in which it started, in epoch seconds."),
    column("unit_key", Kind::Key, "Unit that the rows were made from."),
    column("call_uuid", Kind::Text, "UUID of the root call."),
    column("interaction_type", Kind::Text, "INBOUND, OUTBOUND, INTERNAL or UNKNOWN."),
    column("media", Kind::Text, "Media; voice only."),
    optional("tenant", Kind::Text, "Name of the tenant."),
    optional("source_address", Kind::Text, "Number of the caller."),
    optional("target_address", Kind::Text, "Number that was dialled."),
    column("started", Kind::Time, "Start of the interaction."),
    column("ended", Kind::Time, "End of the interaction."),
    column("duration_ms", Kind::Integer, "Length in milliseconds."),
    column("status", Kind::Integer, "0 for a normal end; 1 when the end was set by rule."),
    optional("anchor_attempt_id", Kind::Key, "First attempt that handled it; null when none did."),
    column("revision", Kind::Integer, "How often it changed after it was first loaded."),
];

/// Columns of an attempt.
pub(super) const ATTEMPT: [Column; 28] = [
    column("attempt_id", Kind::Key, "Key of the attempt, in the mart interaction_resource_id."),
    column("ordinal", Kind::Integer, "Place among the attempts, from 1."),
    column("call_uuid", Kind::Text, "UUID of the call that it was part of: the root call, or a consult call."),
    column("party_uuid", Kind::Text, "UUID of the party."),
    optional("resource", Kind::Text, "Whose attempt it is; null when that is not known."),
    optional("resource_type", Kind::Text, "AGENT, QUEUE, ROUTINGPOINT, IVRPORT, ENDPOINT or UNKNOWN."),
    optional("agent", Kind::Text, "EmployeeID of the agent; null when it is nobody's."),
    optional("dn", Kind::Text, "DN that was used."),
    column("role", Kind::Text, "How the resource came to be involved."),
    column("result", Kind::Text, "How the attempt ended."),
    column("reason", Kind::Text, "Why it ended so."),
    column("interaction_type", Kind::Text, "Type of this attempt's part of the interaction."),
    optional("queue", Kind::Text, "Queue of the passage that led to it."),
    optional("last_virtual_queue", Kind::Text, "Last virtual queue before it."),
    optional("last_routing_point", Kind::Text, "Last routing point before it."),
    optional("last_ivr", Kind::Text, "Last IVR before it."),
    optional("passage_id", Kind::Key, "Passage that led to it."),
    optional("received_from_attempt_id", Kind::Key, "Attempt that handed the interaction over."),
    optional("target_address", Kind::Text, "Number that it reached or dialled."),
    column("started", Kind::Time, "Start: of the mediation that led to it, else of alerting or dialling."),
    column("ended", Kind::Time, "End, without after-call work."),
    column("duration_ms", Kind::Integer, "Length in milliseconds."),
    column("is_anchor", Kind::Flag, "Whether it is the first that handled the interaction."),
    column("is_last", Kind::Flag, "Whether it is the last of the interaction."),
    optional(
        "released_call",
        Kind::Flag,
        "Whether this resource released the call; null when the source does not tell.",
    ),
    optional("agent_match", Kind::Text, "How sure the agent is: final, provisional, none or unknown."),
    optional("agent_match_distance_ms", Kind::Integer, "How far outside the agent's session it lay, in milliseconds."),
    column("revision", Kind::Integer, "How often it changed after it was first loaded."),
];

/// Columns of a passage through a queue.
pub(super) const PASSAGE: [Column; 13] = [
    column("passage_id", Kind::Key, "Key of the passage, in the mart mediation_segment_id."),
    column("passage_uuid", Kind::Text, "Id of the passage as the router gave it."),
    column("call_uuid", Kind::Text, "UUID of the call that passed."),
    optional("queue", Kind::Text, "Name of the queue."),
    column("entry_ordinal", Kind::Integer, "Which entry into this queue it is, from 1."),
    column("role", Kind::Text, "How the queue came to be involved."),
    column("result", Kind::Text, "How the passage ended."),
    column("reason", Kind::Text, "Why it ended so."),
    column("started", Kind::Time, "Entry into the queue."),
    column("ended", Kind::Time, "Leaving the queue."),
    column("duration_ms", Kind::Integer, "Time in the queue, in milliseconds."),
    optional("target_attempt_id", Kind::Key, "Attempt that it was distributed to."),
    column("revision", Kind::Integer, "How often it changed after it was first loaded."),
];

/// Columns of a state; the first says whose it is.
pub(super) const STATE: [Column; 7] = [
    column("attempt_id", Kind::Key, "Attempt that the state is part of."),
    column("state", Kind::Text, "INITIATE, ALERT, CONNECT, HOLD, WRAP or UNKNOWN."),
    column("state_role", Kind::Text, "INITIATOR or RECEIVER."),
    column("state_descriptor", Kind::Text, "NONE, CONSULT, CONFERENCE or POSTTRANSFER."),
    column("started", Kind::Time, "Start of the state."),
    column("ended", Kind::Time, "End of the state."),
    column("duration_ms", Kind::Integer, "Length in milliseconds."),
];

/// Columns of user data; the first says whose it is.
pub(super) const USER_DATA: [Column; 13] = [
    column("attempt_id", Kind::Key, "Attempt that the user data belongs to."),
    optional("customer_segment", Kind::Text, "Value of CustomerSegment."),
    optional("service_type", Kind::Text, "Value of ServiceType."),
    optional("service_subtype", Kind::Text, "Value of ServiceSubType."),
    optional("business_result", Kind::Text, "Value of Business Result."),
    optional("case_id", Kind::Text, "Value of CaseID."),
    optional("customer_id", Kind::Text, "Value of CustomerID."),
    optional("cause_id", Kind::Text, "Value of CauseID."),
    optional("destination_id", Kind::Text, "Value of DestinationID."),
    optional("target_id", Kind::Text, "Value of TargetID."),
    optional("transaction_id", Kind::Text, "Value of TransactionID."),
    optional("revenue", Kind::Text, "Value of Revenue, as it came."),
    optional("satisfaction", Kind::Text, "Value of Satisfaction, as it came."),
];
