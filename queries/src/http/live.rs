//! What goes on now: open calls and logged-in agents with their names, callers waiting per queue, agents per state.

use serde_json::{Value, json};

use super::column::{self, Column, Kind};
use super::params::ParamDecl;
use super::problem::Problem;
use super::reply::Reply;
use super::request::{ENGINE, Request, limit};
use super::state::ApiSettings;
use super::table::{Object, Table, time_text};
use crate::completeness::completeness;
use crate::engine::Reading;

const CALLS_SQL: &str = include_str!("sql/live_calls.sql");
const AGENTS_SQL: &str = include_str!("sql/live_agents.sql");

/// Callers waiting per queue, and since when the first of them.
const QUEUES_SQL: &str = "SELECT COALESCE(q.resource_name, 'unknown') AS queue, COUNT(*) AS waiting, \
    MIN(COALESCE(o.queue_entered_ms, o.state_since_ms)) AS first_entered \
    FROM open_interaction o LEFT JOIN resource_ q ON q.resource_key = o.queue_resource_key \
    WHERE o.state_code = 'QUEUED' GROUP BY COALESCE(q.resource_name, 'unknown') ORDER BY queue";

const AGENT_STATES_SQL: &str = "SELECT COALESCE(s.state_name_code, 'UNKNOWN') AS state, COUNT(*) AS agents \
    FROM open_agent a LEFT JOIN resource_state s ON s.resource_state_key = a.resource_state_key \
    GROUP BY COALESCE(s.state_name_code, 'UNKNOWN') ORDER BY state";

const CALL_STATES_SQL: &str =
    "SELECT o.state_code AS state, COUNT(*) AS calls FROM open_interaction o GROUP BY o.state_code ORDER BY state";

const CALLS: [Column; 14] = [
    Column::new("interaction_id", Kind::Key, "Key of the interaction, as in the mart when it has ended."),
    Column::new("call_uuid", Kind::Text, "UUID of the root call."),
    Column::new("interaction_type", Kind::Text, "INBOUND, OUTBOUND, INTERNAL or UNKNOWN."),
    Column::optional("source_address", Kind::Text, "Number of the caller."),
    Column::optional("target_address", Kind::Text, "Number that was dialled."),
    Column::new("started", Kind::Time, "Start of the interaction."),
    Column::new("state", Kind::Text, "Where it is: IVR, QUEUED, DIALING, ALERTING, CONNECTED, HELD, or UNKNOWN."),
    Column::new("state_since", Kind::Time, "Since when it is so."),
    Column::optional("resource", Kind::Text, "Who has it now: agent, IVR, routing point or DN."),
    Column::optional("agent", Kind::Text, "EmployeeID, when an agent has it."),
    Column::optional("dn", Kind::Text, "DN or device that it is at now."),
    Column::optional("queue", Kind::Text, "Queue that it waits in, or the last one it was in."),
    Column::optional("queue_entered", Kind::Time, "When it entered that queue."),
    Column::new("handled_count", Kind::Integer, "Agents who talked with the customer so far."),
];

const AGENTS: [Column; 10] = [
    Column::optional("agent", Kind::Text, "EmployeeID."),
    Column::optional("dn", Kind::Text, "DN of the session."),
    Column::new("session", Kind::Text, "Login-session id as its source gave it."),
    Column::new("logged_in", Kind::Time, "Login."),
    Column::new("state", Kind::Text, "LOGGEDONONLY, NOTREADY, READY, AFTERCALLWORK, BUSY or UNKNOWN."),
    Column::new("state_since", Kind::Time, "Since when."),
    Column::optional("reason", Kind::Text, "Reason of the state, as the agent or the device gave it."),
    Column::optional("workmode", Kind::Text, "Work mode of that reason."),
    Column::optional("interaction_id", Kind::Key, "Interaction that the agent is busy with."),
    Column::optional("call_uuid", Kind::Text, "UUID of that interaction's root call."),
];

const QUEUES: [Column; 3] = [
    Column::new("queue", Kind::Text, "Name of the queue."),
    Column::new("waiting", Kind::Integer, "Callers waiting in it."),
    Column::new("first_entered", Kind::Time, "When the one who waits longest entered it."),
];

const AGENT_STATES: [Column; 2] =
    [Column::new("state", Kind::Text, "State of agents."), Column::new("agents", Kind::Integer, "Agents in it.")];

const CALL_STATES: [Column; 2] =
    [Column::new("state", Kind::Text, "State of calls."), Column::new("calls", Kind::Integer, "Calls in it.")];

/// The parameters of the view of now.
pub(super) fn params(settings: &ApiSettings) -> Vec<ParamDecl> {
    vec![limit(settings), ENGINE]
}

/// What goes on now.
pub(super) async fn live(request: Request) -> Result<Reply, Problem> {
    let (engine, engine_name) = request.engine()?;
    let now_ms = request.state.now_ms();
    let limit = request.page().limit;
    let mut reading = engine.open().await?;
    let mut queues = all(&mut reading, QUEUES_SQL, &QUEUES).await?;
    queues.iter_mut().for_each(|queue| add_wait(queue, now_ms));
    let agent_states = all(&mut reading, AGENT_STATES_SQL, &AGENT_STATES).await?;
    let call_states = all(&mut reading, CALL_STATES_SQL, &CALL_STATES).await?;
    let calls = first(&mut reading, CALLS_SQL, &CALLS, limit).await?;
    let agents = first(&mut reading, AGENTS_SQL, &AGENTS, limit).await?;
    let now_s = now_ms.div_euclid(1_000);
    let completeness = Box::pin(completeness(&mut reading, 1, now_s, now_s)).await?;
    let heard = completeness.sources.iter().filter_map(|source| source.watermark_ms).max();
    Ok(Reply::Json(json!({
        "now": time_text(now_ms),
        "watermark": completeness.watermark_ms().and_then(time_text),
        "heard": heard.and_then(time_text),
        "engine": engine_name.as_str(),
        "queues": queues,
        "calls": told(&calls, limit, total(&call_states, "calls")),
        "call_states": call_states,
        "agents": told(&agents, limit, total(&agent_states, "agents")),
        "agent_states": agent_states,
    })))
}

async fn all(reading: &mut Reading, sql: &str, columns: &[Column]) -> Result<Vec<Object>, Problem> {
    Box::pin(Table::query(reading, sql, &[], columns)).await?.objects()
}

async fn first(reading: &mut Reading, sql: &str, columns: &[Column], limit: usize) -> Result<Vec<Object>, Problem> {
    all(reading, &format!("{sql} LIMIT {limit}"), columns).await
}

/// How long the first caller of a queue has waited, in milliseconds; a source's clock may be ahead of ours.
fn add_wait(queue: &mut Object, now_ms: i64) {
    let first = queue.get("first_entered").and_then(Value::as_str).and_then(|text| text.parse().ok());
    let wait_ms = first.map(|at: chrono::DateTime<chrono::Utc>| now_ms.saturating_sub(at.timestamp_millis()).max(0));
    queue.insert("longest_wait_ms".to_owned(), json!(wait_ms.unwrap_or(0)));
}

fn total(states: &[Object], name: &str) -> i64 {
    states.iter().filter_map(|state| state.get(name)?.as_i64()).sum()
}

fn told(rows: &[Object], limit: usize, total: i64) -> Value {
    let more = rows.len() >= limit && i64::try_from(limit).is_ok_and(|limit| total > limit);
    json!({"total": total, "more": more, "rows": rows})
}

/// JSON Schema of the view of now.
pub(super) fn schema() -> Value {
    let list = |columns: &[Column]| json!({"type": "array", "items": column::row_schema(columns)});
    let counted = |columns: &[Column], description: &str| {
        json!({
            "type": "object",
            "description": description,
            "required": ["total", "more", "rows"],
            "additionalProperties": false,
            "properties": {
                "total": {"type": "integer", "description": "How many there are."},
                "more": {"type": "boolean", "description": "Whether there are more than rows."},
                "rows": list(columns),
            },
        })
    };
    let mut queue = column::row_schema(&QUEUES);
    queue["properties"]["longest_wait_ms"] =
        json!({"type": "integer", "description": "How long that one has waited by now, in milliseconds."});
    if let Some(required) = queue["required"].as_array_mut() {
        required.push(json!("longest_wait_ms"));
    }
    json!({
        "type": "object",
        "required": ["now", "watermark", "heard", "engine", "queues", "calls", "call_states", "agents", "agent_states"],
        "additionalProperties": false,
        "properties": {
            "now": {"type": "string", "format": "date-time", "description": "Now, by the server's clock."},
            "watermark": {"type": ["string", "null"], "format": "date-time",
                "description": "Up to when all sources are known; null when one was never heard."},
            "heard": {"type": ["string", "null"], "format": "date-time",
                "description": "When any source told something last; null when none was heard."},
            "engine": {"$ref": "#/components/schemas/Engine"},
            "queues": {"type": "array", "items": queue, "description": "Queues in which somebody waits."},
            "calls": counted(&CALLS, "Calls that have not ended, the oldest first."),
            "call_states": list(&CALL_STATES),
            "agents": counted(&AGENTS, "Agents who are logged in, by EmployeeID."),
            "agent_states": list(&AGENT_STATES),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::findings;

    #[test]
    fn every_statement_means_the_same_in_both_engines() {
        for sql in [CALLS_SQL, AGENTS_SQL, QUEUES_SQL, AGENT_STATES_SQL, CALL_STATES_SQL] {
            assert_eq!(findings(sql), [], "{sql}");
        }
    }

    #[test]
    fn a_wait_is_never_negative() {
        let mut queue = Object::from_iter([("first_entered".to_owned(), json!("2026-01-05T08:00:00.000Z"))]);
        let eight = 1_767_600_000_000;
        for (now_ms, wait_ms) in [(eight + 1_500, 1_500), (eight - 1, 0)] {
            add_wait(&mut queue, now_ms);
            assert_eq!(queue["longest_wait_ms"], wait_ms);
        }
    }
}
