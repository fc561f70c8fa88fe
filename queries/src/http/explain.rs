//! The events that an interaction's rows were made of, with where each stands in the logs. Reads the archive, which only the
//! Parquet mart has.

use arrow::array::{Array as _, BinaryArray};
use callmart_schema::event::{decode, to_json};
use serde_json::{Value, json};

use super::column::{self, Column, Kind};
use super::params::ParamDecl;
use super::problem::Problem;
use super::reply::Reply;
use super::request::{OFFSET, Page, Request, limit};
use super::state::ApiSettings;
use super::table::{Object, Table};
use crate::engine::{Param, cast_to};

/// The unit of an interaction that has ended, or goes on.
const UNIT_SQL: &str = "SELECT DISTINCT f.media_server_root_ixn_guid AS call_uuid FROM interaction_fact f \
    WHERE f.interaction_id = $1 UNION SELECT o.media_server_root_ixn_guid AS call_uuid FROM open_interaction o \
    WHERE o.interaction_id = $1 ORDER BY call_uuid LIMIT 1";

/// The archive is sorted by unit, so that files are read only where the unit can stand.
const EVENTS_SQL: &str = "SELECT e.source AS source, e.epoch_started_us AS epoch_started_us, \
    e.epoch_process AS epoch_process, e.seq AS seq, e.switch_name AS switch_name, e.kind AS kind, e.time_us / 1000 AS time, e.time_us AS time_us, \
    e.call AS call_uuid, e.dn AS dn, e.agent AS agent, e.log AS log, e.log_segment AS log_segment, \
    e.log_offset AS log_offset, e.event AS event FROM gidb_event e WHERE e.unit = $1 \
    ORDER BY e.time_us, e.source, e.epoch_started_us, e.epoch_process, e.seq, e.log, e.log_segment, e.log_offset";

/// What stands before the UUID of a root call to name its unit.
const UNIT_PREFIX: &str = "interaction/";

const CALL: [Column; 1] = [Column::new("call_uuid", Kind::Text, "UUID of the root call.")];

const EVENTS: [Column; 14] = [
    Column::new("source", Kind::Text, "Name of the source."),
    Column::new(
        "epoch_started_us",
        Kind::Integer,
        "Start of the source's epoch, in microseconds since 1970-01-01 UTC.",
    ),
    Column::new("epoch_process", Kind::Text, "Process of the epoch."),
    Column::new("seq", Kind::Integer, "Number of the event in its epoch."),
    Column::new("switch_name", Kind::Text, "Switch that the event speaks of."),
    Column::new("kind", Kind::Text, "Kind of the event."),
    Column::new("time", Kind::Time, "When it happened by the source's clock."),
    Column::new("time_us", Kind::Integer, "The same in microseconds since 1970-01-01 UTC."),
    Column::new("call_uuid", Kind::Text, "UUID of the call, or empty."),
    Column::new("dn", Kind::Text, "DN or queue, or empty."),
    Column::new("agent", Kind::Text, "EmployeeID, or empty."),
    Column::new("log", Kind::Text, "Log that holds it."),
    Column::new("log_segment", Kind::Integer, "Segment of that log."),
    Column::new("log_offset", Kind::Integer, "Offset in that segment, in bytes."),
];

/// The parameters of an explanation.
pub(super) fn params(settings: &ApiSettings) -> Vec<ParamDecl> {
    vec![limit(settings), OFFSET]
}

/// The events of an interaction.
pub(super) async fn explain(request: Request) -> Result<Reply, Problem> {
    let unknown = || Problem::not_found(format!("the mart holds no interaction of the key {:?}", request.name));
    let id: i64 = request.name.parse().map_err(|_| unknown())?;
    let mut reading = request.state.parquet().open().await?;
    let units = Box::pin(Table::query(&mut reading, UNIT_SQL, &[Param::Int(id)], &CALL)).await?.objects()?;
    let call = units.first().and_then(|row| row.get("call_uuid")?.as_str()).ok_or_else(unknown)?;
    let Page { limit, offset } = request.page();
    let sql = format!("{EVENTS_SQL} LIMIT {} OFFSET {offset}", limit.saturating_add(1));
    let unit = format!("{UNIT_PREFIX}{call}");
    let rows = Box::pin(reading.query(&sql, &[Param::Text(unit.clone())])).await?;
    let bodies = rows.column_by_name("event").and_then(|c| c.as_any().downcast_ref::<BinaryArray>()).cloned();
    let places: Vec<usize> = (0..EVENTS.len()).collect();
    let told = rows.project(&places).map_err(|e| Problem::failed(e.to_string()))?;
    let told = cast_to(&told, &column::schema(&EVENTS))?;
    let mut events = Table::try_new(&EVENTS, &told)?.part(0, limit).objects()?;
    events.iter_mut().enumerate().for_each(|(row, event)| add_body(event, bodies.as_ref(), row));
    let more = rows.num_rows() > limit;
    let next = more.then(|| request.next(offset.saturating_add(limit)));
    Ok(Reply::Json(json!({
        "interaction_id": id.to_string(),
        "unit": unit,
        "page": {"limit": limit, "offset": offset, "returned": events.len(), "more": more, "next": next},
        "events": events,
    })))
}

/// The event itself as JSON; null for one that is none, which the rejects explain.
fn add_body(event: &mut Object, bodies: Option<&BinaryArray>, row: usize) {
    let bytes = bodies.filter(|b| row < b.len() && !b.is_null(row)).map(|b| b.value(row));
    let body = bytes.and_then(|bytes| to_json(&decode(bytes).ok()?).ok());
    let body: Option<Value> = body.and_then(|text| serde_json::from_str(&text).ok());
    event.insert("event".to_owned(), body.unwrap_or(Value::Null));
}

/// JSON Schema of an explanation.
pub(super) fn schema() -> Value {
    let mut event = column::row_schema(&EVENTS);
    event["properties"]["event"] =
        json!({"type": ["object", "null"], "description": "The event, as `callmart schema events` describes it."});
    if let Some(required) = event["required"].as_array_mut() {
        required.push(json!("event"));
    }
    json!({
        "type": "object",
        "required": ["interaction_id", "unit", "page", "events"],
        "additionalProperties": false,
        "properties": {
            "interaction_id": {"type": "string", "description": "Key of the interaction."},
            "unit": {"type": "string", "description": "The unit that its rows were made from."},
            "page": {"$ref": "#/components/schemas/Page"},
            "events": {"type": "array", "items": event, "description": "Its events, in the order of their times."},
        },
    })
}
