//! How complete a mart is: its sources, the stretches that were heard of each, and what was rejected.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::column::{Column, Kind};
use super::params::ParamDecl;
use super::problem::Problem;
use super::reply::Reply;
use super::request::{ENGINE, Request};
use super::state::ApiSettings;
use super::table::{Object, Table, time_text};
use crate::completeness::FAR_MS;
use crate::engine::{QueryError, Reading};

const STRETCHES_SQL: &str = "SELECT c.source AS source, c.switch_name AS switch_name, c.role AS role, \
    c.from_ms AS from_ms, c.to_ms AS to_ms, c.state AS state, c.events AS events, c.watermark_ms AS watermark_ms, \
    c.stopped_flag AS stopped FROM ctl_coverage c ORDER BY c.source, c.from_ms";

const REJECTS_SQL: &str = "SELECT r.reason AS reason, COUNT(*) AS rejects FROM ctl_reject r WHERE r.state <> 'redriven' \
    GROUP BY r.reason ORDER BY r.reason";

/// By source and complete stretch, and by source alone for what lies in none.
const REJECTED_SQL: &str = "SELECT r.source AS source, c.from_ms AS from_ms, COUNT(*) AS rejects FROM ctl_reject r \
    LEFT JOIN ctl_coverage c ON c.source = r.source AND c.state = 'complete' AND r.time_ms >= c.from_ms \
    AND r.time_ms < c.to_ms WHERE r.state <> 'redriven' GROUP BY r.source, c.from_ms ORDER BY r.source, c.from_ms";

/// State that `ctl_coverage` gives a stretch that is complete.
const COMPLETE: &str = "complete";

const STRETCHES: [Column; 9] = [
    Column::new("source", Kind::Text, ""),
    Column::new("switch_name", Kind::Text, ""),
    Column::new("role", Kind::Text, ""),
    Column::new("from_ms", Kind::Integer, ""),
    Column::new("to_ms", Kind::Integer, ""),
    Column::new("state", Kind::Text, ""),
    Column::new("events", Kind::Integer, ""),
    Column::new("watermark_ms", Kind::Integer, ""),
    Column::new("stopped", Kind::Flag, ""),
];

const REJECTS: [Column; 2] = [
    Column::new("reason", Kind::Text, "Why it was rejected."),
    Column::new("rejects", Kind::Integer, "How many were."),
];

const REJECTED: [Column; 3] = [
    Column::new("source", Kind::Text, ""),
    Column::optional("from_ms", Kind::Integer, ""),
    Column::new("rejects", Kind::Integer, ""),
];

/// A complete stretch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    /// In milliseconds since 1970-01-01 UTC.
    from_ms: i64,
    /// Exclusive.
    to_ms: i64,
    /// Inputs of the source that were rejected and lie in it.
    rejects: i64,
}

/// What is known of one source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Source {
    /// Name.
    pub(super) name: String,
    switch_name: String,
    role: String,
    state: String,
    /// Events that were extracted.
    pub(super) events: i64,
    /// Time up to which everything expected has arrived, in milliseconds since 1970-01-01 UTC; none when never heard.
    pub(super) watermark_ms: Option<i64>,
    stopped: bool,
    /// Whether an operator decided to do without it, until further notice.
    is_ignored: bool,
    /// Inputs that were rejected, whatever their moment.
    rejects: i64,
    stretches: Vec<Stretch>,
}

/// The parameters of coverage.
pub(super) fn params(_: &ApiSettings) -> Vec<ParamDecl> {
    vec![ENGINE]
}

/// The coverage of a mart.
pub(super) async fn coverage(request: Request) -> Result<Reply, Problem> {
    let (engine, engine_name) = request.engine()?;
    let mut reading = engine.open().await?;
    let sources = Box::pin(sources(&mut reading)).await?;
    let rejects = Box::pin(rejects(&mut reading)).await?;
    let now_ms = request.state.now_ms();
    let by_reason: Vec<Value> = rejects.iter().map(|(reason, n)| json!({"reason": reason, "rejects": n})).collect();
    Ok(Reply::Json(json!({
        "now": time_text(now_ms),
        "engine": engine_name.as_str(),
        "sources": sources.iter().map(|source| told(source, now_ms)).collect::<Vec<_>>(),
        "rejects": {"total": rejects.values().sum::<i64>(), "by_reason": by_reason},
    })))
}

/// The sources of a mart, by name.
pub(super) async fn sources(reading: &mut Reading) -> Result<Vec<Source>, Problem> {
    let rows = Table::query(reading, STRETCHES_SQL, &[], &STRETCHES).await?.objects()?;
    let mut sources: Vec<Source> = Vec::new();
    for row in rows {
        let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        if sources.last().is_none_or(|last| last.name != text("source")) {
            let (name, switch_name, role) = (text("source"), text("switch_name"), text("role"));
            sources.push(Source { name, switch_name, role, state: text("state"), ..Source::default() });
        }
        if let Some(source) = sources.last_mut() {
            add_stretch(source, &row);
        }
    }
    for row in Table::query(reading, REJECTED_SQL, &[], &REJECTED).await?.objects()? {
        add_rejects(&mut sources, &row);
    }
    Ok(sources)
}

fn add_stretch(source: &mut Source, row: &Object) {
    let number = |name: &str| row.get(name).and_then(Value::as_i64).unwrap_or_default();
    let state = row.get("state").and_then(Value::as_str);
    let is_ignored = matches!(state, Some("ignored" | "retired"));
    let goes_on = is_ignored && number("to_ms") > FAR_MS;
    if goes_on || (state == Some(COMPLETE) && !source.is_ignored) {
        source.state = state.unwrap_or_default().to_owned();
    }
    source.is_ignored |= goes_on;
    source.events = source.events.max(number("events"));
    source.stopped |= row.get("stopped").and_then(Value::as_bool).unwrap_or_default();
    if state != Some("never-heard") && (!is_ignored || number("watermark_ms") > 0) {
        source.watermark_ms = source.watermark_ms.max(Some(number("watermark_ms")));
    }
    if state == Some(COMPLETE) {
        source.stretches.push(Stretch { from_ms: number("from_ms"), to_ms: number("to_ms"), rejects: 0 });
    }
}

/// Counts rejects with their source and with the stretch that they lie in.
fn add_rejects(sources: &mut [Source], row: &Object) {
    let name = row.get("source").and_then(Value::as_str);
    let rejects = row.get("rejects").and_then(Value::as_i64).unwrap_or_default();
    let Some(source) = sources.iter_mut().find(|source| Some(source.name.as_str()) == name) else { return };
    source.rejects += rejects;
    let from_ms = row.get("from_ms").and_then(Value::as_i64);
    if let Some(stretch) = source.stretches.iter_mut().find(|stretch| Some(stretch.from_ms) == from_ms) {
        stretch.rejects += rejects;
    }
}

/// How many inputs were rejected, by reason.
pub(super) async fn rejects(reading: &mut Reading) -> Result<BTreeMap<String, i64>, QueryError> {
    let rows = reading.query(REJECTS_SQL, &[]).await?;
    let rows = Table::try_new(&REJECTS, &rows)?.objects().unwrap_or_default();
    let of_row = |row: &Object| Some((row.get("reason")?.as_str()?.to_owned(), row.get("rejects")?.as_i64()?));
    Ok(rows.iter().filter_map(of_row).collect())
}

fn told(source: &Source, now_ms: i64) -> Value {
    let stretch = |s: &Stretch| json!({"from": time_text(s.from_ms), "to": time_text(s.to_ms), "rejects": s.rejects});
    json!({
        "source": source.name,
        "switch": source.switch_name,
        "role": source.role,
        "state": source.state,
        "events": source.events,
        "watermark": source.watermark_ms.and_then(time_text),
        "behind_ms": source.watermark_ms.map(|ms| now_ms.saturating_sub(ms).max(0)),
        "stopped": source.stopped,
        "rejects": source.rejects,
        "stretches": source.stretches.iter().map(stretch).collect::<Vec<_>>(),
    })
}

/// JSON Schema of the coverage.
pub(super) fn schema() -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    let time = |description: &str| json!({"type": "string", "format": "date-time", "description": description});
    let source = json!({
        "type": "object",
        "required": ["source", "switch", "role", "state", "events", "watermark", "behind_ms", "stopped", "rejects",
            "stretches"],
        "additionalProperties": false,
        "properties": {
            "source": text("Name of the source."),
            "switch": text("Switch that it speaks of."),
            "role": text("What the collector takes it for: i-proxy, t-controller or vq."),
            "state": text("complete, incomplete, never-heard, ignored or retired."),
            "events": {"type": "integer", "description": "Events of it that were extracted."},
            "watermark": {"type": ["string", "null"], "format": "date-time",
                "description": "Up to when everything expected of it has arrived; null when it was never heard."},
            "behind_ms": {"type": ["integer", "null"], "description": "From there to now, in milliseconds."},
            "stopped": {"type": "boolean", "description": "Whether it stopped in good order: nothing more is expected."},
            "rejects": {"type": "integer",
                "description": "Inputs of it that were rejected, whatever their moment, but for those that were read since."},
            "stretches": {"type": "array", "description": "What is known to be complete.", "items": {
                "type": "object", "required": ["from", "to", "rejects"], "additionalProperties": false,
                "properties": {"from": time("Start."), "to": time("End (exclusive)."),
                    "rejects": {"type": "integer", "description": "Rejected inputs that lie in it."}}}},
        },
    });
    let rejects = json!({
        "type": "object",
        "required": ["total", "by_reason"],
        "additionalProperties": false,
        "properties": {
            "total": {"type": "integer"},
            "by_reason": {"type": "array", "items": super::column::row_schema(&REJECTS)},
        },
    });
    json!({
        "type": "object",
        "required": ["now", "engine", "sources", "rejects"],
        "additionalProperties": false,
        "properties": {
            "now": time("Now, by the server's clock."),
            "engine": {"$ref": "#/components/schemas/Engine"},
            "sources": {"type": "array", "items": source},
            "rejects": rejects,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::findings;

    #[test]
    fn every_statement_means_the_same_in_both_engines() {
        for sql in [STRETCHES_SQL, REJECTED_SQL, REJECTS_SQL] {
            assert_eq!(findings(sql), [], "{sql}");
        }
    }
}
