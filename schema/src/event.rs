//! What a source says: events, their identity, their canonical bytes, and their twin as JSON lines.
//!
//! Does not know how events travel (`session`), nor what they come to mean in a mart.

use std::cmp::Ordering;
use std::fmt;
use std::sync::LazyLock;

use buffa::Message as _;
use serde_json::Value;

pub use crate::proto::callmart::event::v1::__buffa::oneof::event::Body;
pub use crate::proto::callmart::event::v1::__buffa::view::oneof::event::Body as BodyView;
pub use crate::proto::callmart::event::v1::*;

/// Name of the event model and its version, as in the `.proto` package.
pub const EVENT_MODEL: &str = "callmart.event.v1";

/// Longest JSON line that is read as an event, in bytes.
pub const MAX_EVENT_BYTES: usize = 1 << 20;

/// Longest snapshot that is read as an event, in bytes: it tells of everything that exists at a source.
pub const MAX_SNAPSHOT_BYTES: usize = 4 << 20;

/// JSON Schema of an event as a JSON line.
pub const JSON_SCHEMA: &str = include_str!(concat!(env!("OUT_DIR"), "/events.schema.json"));

/// Why bytes are no event.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EventError {
    /// Over [`MAX_EVENT_BYTES`].
    #[error("too-long: {0} bytes, and an event may have {MAX_EVENT_BYTES}")]
    TooLong(usize),
    /// No protobuf of the event model.
    #[error("not-protobuf: {0}")]
    NotProtobuf(String),
    /// No JSON at all.
    #[error("not-json: {0}")]
    NotJson(String),
    /// JSON, but not of the event model.
    #[error("not-an-event: {0}")]
    NotAnEvent(String),
    /// A field without which an event has no identity is missing.
    #[error("missing-field: {0} is missing or empty; every event names it")]
    MissingField(&'static str),
}

impl EventError {
    /// A short fixed text for the kind of error, so that equal reasons can be counted.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::TooLong(_) => "too-long",
            Self::NotProtobuf(_) => "not-protobuf",
            Self::NotJson(_) => "not-json",
            Self::NotAnEvent(_) => "not-an-event",
            Self::MissingField(_) => "missing-field",
        }
    }
}

impl Eq for Epoch {}

impl PartialOrd for Epoch {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Epoch {
    fn cmp(&self, other: &Self) -> Ordering {
        self.started_us.cmp(&other.started_us).then_with(|| self.process.cmp(&other.process))
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.started_us, self.process)
    }
}

impl Epoch {
    /// An epoch that began at `started_us` (microseconds since 1970-01-01 UTC) in `process`.
    #[must_use]
    pub fn new(started_us: i64, process: &str) -> Self {
        Self { started_us, process: process.to_owned(), ..Self::default() }
    }
}

/// Reads an event from protobuf bytes and checks that it has an identity and a body.
///
/// # Errors
/// Any [`EventError`] but those of JSON.
pub fn decode(bytes: &[u8]) -> Result<Event, EventError> {
    if bytes.len() > MAX_SNAPSHOT_BYTES {
        return Err(EventError::TooLong(bytes.len()));
    }
    let event = Event::decode_from_slice(bytes).map_err(|e| EventError::NotProtobuf(e.to_string()))?;
    if bytes.len() > MAX_EVENT_BYTES && !matches!(event.body, Some(Body::Snapshot(_))) {
        return Err(EventError::TooLong(bytes.len()));
    }
    checked(event)
}

/// Reads an event from one JSON line (without its end of line).
///
/// # Errors
/// Any [`EventError`] but those of protobuf; unknown fields are refused, so that a misspelt one is not lost.
pub fn from_json(line: &[u8]) -> Result<Event, EventError> {
    static SCHEMA: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(JSON_SCHEMA).unwrap_or(Value::Null));
    if line.len() > MAX_EVENT_BYTES {
        return Err(EventError::TooLong(line.len()));
    }
    let value: Value = serde_json::from_slice(line).map_err(|e| EventError::NotJson(e.to_string()))?;
    if !value.is_object() {
        return Err(EventError::NotAnEvent("a JSON object is expected".to_owned()));
    }
    refuse_unknown_fields(&SCHEMA, "Event", &value)?;
    let event: Event = serde_json::from_value(value).map_err(|e| EventError::NotAnEvent(e.to_string()))?;
    checked(event)
}

/// The event as one JSON line, without an end of line.
///
/// # Errors
/// [`EventError::NotAnEvent`] when the event cannot stand as JSON, which no event of this model should meet.
pub fn to_json(event: &Event) -> Result<String, EventError> {
    serde_json::to_string(event).map_err(|e| EventError::NotAnEvent(e.to_string()))
}

/// The event's bytes in canonical form: fields by number, each once, defaults left out. Protobuf alone is not canonical,
/// so two copies of an event are equal when these bytes are.
#[must_use]
pub fn canonical(event: &Event) -> Vec<u8> {
    event.encode_to_vec()
}

/// 64-bit hash of an event's canonical bytes, by which two copies are compared.
#[must_use]
pub fn content_hash(canonical: &[u8]) -> i64 {
    let mut first = [0u8; 8];
    first.copy_from_slice(&blake3::hash(canonical).as_bytes()[..8]);
    i64::from_le_bytes(first)
}

fn checked(event: Event) -> Result<Event, EventError> {
    let missing = |name| Err(EventError::MissingField(name));
    if event.source.is_empty() {
        return missing("source");
    }
    if event.epoch.as_option().is_none() {
        return missing("epoch");
    }
    // A snapshot has no number of its own, and may hold as of an epoch's begin.
    if event.seq == 0 && !matches!(event.body, Some(Body::Snapshot(_))) {
        return missing("seq");
    }
    match &event.body {
        None => missing("body"),
        Some(body) if needs_call(body) && subject(body).call.is_empty() => missing("call"),
        Some(_) => Ok(event),
    }
}

fn needs_call(body: &Body) -> bool {
    matches!(
        body,
        Body::CallCreated(_)
            | Body::CallDataChanged(_)
            | Body::CallDeleted(_)
            | Body::PartyAdded(_)
            | Body::PartyStateChanged(_)
            | Body::PartyMoved(_)
            | Body::PartyDeleted(_)
            | Body::RouteResult(_)
            | Body::TreatmentChanged(_)
            | Body::UserDataChanged(_)
            | Body::VirtualQueueQueued(_)
            | Body::VirtualQueueEnded(_)
            | Body::DnCall(_)
    )
}

/// What an event is about, as far as its envelope and ids tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Subject<'a> {
    /// Name of the kind, as in the `.proto` file.
    pub kind: &'static str,
    /// Call UUID, or empty.
    pub call: &'a str,
    /// Root call UUID where the source told one; empty when the call is its own root.
    pub root_call: &'a str,
    /// DN, or empty.
    pub dn: &'a str,
    /// EmployeeID of the agent, or empty.
    pub agent: &'a str,
    /// Login-session id, or empty.
    pub session: &'a str,
}

/// What a body is about.
#[must_use]
#[allow(clippy::needless_update)] // one kind fills every field, the others do not
pub fn subject(body: &Body) -> Subject<'_> {
    macro_rules! about {
        ($kind:literal $(, $field:ident: $value:expr)*) => {
            Subject { kind: $kind, $($field: $value,)* ..Subject::default() }
        };
    }
    match body {
        Body::CallCreated(b) => about!("call_created", call: &b.call, root_call: &b.root_call),
        Body::CallDataChanged(b) => about!("call_data_changed", call: &b.call, root_call: &b.root_call),
        Body::CallDeleted(b) => about!("call_deleted", call: &b.call, root_call: &b.root_call),
        Body::PartyAdded(b) => {
            about!("party_added", call: &b.call, root_call: &b.root_call, dn: &b.dn, agent: &b.agent)
        }
        Body::PartyStateChanged(b) => about!("party_state_changed", call: &b.call, root_call: &b.root_call, dn: &b.dn),
        Body::PartyMoved(b) => about!("party_moved", call: &b.call, root_call: &b.root_call),
        Body::PartyDeleted(b) => about!("party_deleted", call: &b.call, root_call: &b.root_call, dn: &b.dn),
        Body::RouteResult(b) => about!("route_result", call: &b.call, root_call: &b.root_call, dn: &b.dn),
        Body::TreatmentChanged(b) => about!("treatment_changed", call: &b.call, root_call: &b.root_call, dn: &b.dn),
        Body::UserDataChanged(b) => about!("user_data_changed", call: &b.call, root_call: &b.root_call, dn: &b.dn),
        Body::UserEvent(b) => about!("user_event", call: &b.call, root_call: &b.root_call, dn: &b.dn),
        Body::VirtualQueueQueued(b) => {
            about!("virtual_queue_queued", call: &b.call, root_call: &b.root_call, dn: &b.queue)
        }
        Body::VirtualQueueEnded(b) => {
            about!("virtual_queue_ended", call: &b.call, root_call: &b.root_call, dn: &b.queue)
        }
        Body::DnServiceChanged(b) => about!("dn_service_changed", dn: &b.dn),
        Body::AgentLogin(b) => about!("agent_login", dn: &b.dn, agent: &b.agent, session: &b.session),
        Body::AgentLogout(b) => about!("agent_logout", dn: &b.dn, agent: &b.agent, session: &b.session),
        Body::AgentReady(b) => about!("agent_ready", dn: &b.dn, agent: &b.agent, session: &b.session),
        Body::AgentNotReady(b) => about!("agent_not_ready", dn: &b.dn, agent: &b.agent, session: &b.session),
        Body::DoNotDisturbChanged(b) => {
            about!("do_not_disturb_changed", dn: &b.dn, agent: &b.agent, session: &b.session)
        }
        Body::DnCall(b) => {
            about!("dn_call", call: &b.call, root_call: &b.root_call, dn: &b.dn, agent: &b.agent, session: &b.session)
        }
        Body::ConfigurationChanged(_) => about!("configuration_changed"),
        Body::OutboundRecord(b) => about!("outbound_record", call: &b.call),
        Body::Snapshot(_) => about!("snapshot"),
        Body::Control(_) => about!("control"),
        Body::Unreadable(_) => about!("unreadable"),
    }
}

/// Holds a JSON value against the properties that the schema allows for `name`.
fn refuse_unknown_fields(schema: &Value, name: &str, value: &Value) -> Result<(), EventError> {
    let (Some(object), Some(properties)) = (value.as_object(), schema["$defs"][name]["properties"].as_object()) else {
        return Ok(());
    };
    for (field, inner) in object {
        let allowed = properties.get(field).or_else(|| properties.get(&camel(field)));
        let Some(allowed) = allowed else {
            return Err(EventError::NotAnEvent(format!("{name} has no field {field:?}")));
        };
        let reference = allowed["$ref"].as_str().or_else(|| allowed["items"]["$ref"].as_str());
        let Some(inner_name) = reference.and_then(|r| r.rsplit('/').next()) else { continue };
        match inner {
            Value::Array(items) => items.iter().try_for_each(|i| refuse_unknown_fields(schema, inner_name, i))?,
            other => refuse_unknown_fields(schema, inner_name, other)?,
        }
    }
    Ok(())
}

/// `time_us` as `timeUs`: protobuf's JSON mapping takes both.
fn camel(snake: &str) -> String {
    let mut words = snake.split('_');
    let mut out = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        out.extend(letters.next().map(|c| c.to_ascii_uppercase()));
        out.push_str(letters.as_str());
    }
    out
}

#[cfg(test)]
mod tests;
