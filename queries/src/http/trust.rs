//! How far an answer can be trusted, as JSON and as headers. Where completeness comes from is not its business.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::table::time_text;
use crate::completeness::{Completeness, Gap, GapKind, Ignored, SourceCompleteness};

/// Header: whether every source was heard for the whole period.
pub(super) const COMPLETE: HeaderName = HeaderName::from_static("callmart-complete");

/// Header: up to when all sources are known.
pub(super) const WATERMARK: HeaderName = HeaderName::from_static("callmart-watermark");

/// Header: version of the definition of the answer's measures.
pub(super) const DEFINITION_VERSION: HeaderName = HeaderName::from_static("callmart-definition-version");

/// The completeness of an answer.
pub(super) fn json(completeness: &Completeness) -> Value {
    json!({
        "complete": completeness.is_complete(),
        "watermark": completeness.watermark_ms().and_then(time_text),
        "definition_version": completeness.definition_version,
        "sentence": completeness.to_string(),
        "sources": completeness.sources.iter().map(source).collect::<Vec<_>>(),
    })
}

fn source(source: &SourceCompleteness) -> Value {
    json!({
        "source": source.source,
        "role": source.role,
        "watermark": source.watermark_ms.and_then(time_text),
        "stopped": source.stopped,
        "ignored": source.ignored.iter().map(ignored).collect::<Vec<_>>(),
        "gaps": source.gaps.iter().map(gap).collect::<Vec<_>>(),
    })
}

fn ignored(ignored: &Ignored) -> Value {
    json!({"from": time_text(ignored.from_ms), "to": time_text(ignored.to_ms), "by": ignored.who, "why": ignored.why})
}

fn gap(gap: &Gap) -> Value {
    let kind = match gap.kind {
        GapKind::Before => "before",
        GapKind::Between => "between",
        GapKind::Behind => "behind",
    };
    json!({"kind": kind, "from": time_text(gap.from_ms), "to": time_text(gap.to_ms)})
}

/// JSON Schema of a completeness.
pub(super) fn schema() -> Value {
    let time = |nullable: bool, description: &str| {
        let kind = if nullable { json!(["string", "null"]) } else { json!("string") };
        json!({"type": kind, "format": "date-time", "description": description})
    };
    let gap = json!({
        "type": "object",
        "description": "A part of the period in which the source was not heard.",
        "required": ["kind", "from", "to"],
        "additionalProperties": false,
        "properties": {
            "kind": {"type": "string", "enum": ["before", "between", "behind"],
                "description": "Before the source was first heard, between two stretches, or behind the last one."},
            "from": time(false, "Start."),
            "to": time(false, "End (exclusive)."),
        },
    });
    let ignored = json!({
        "type": "object",
        "description": "A part of the period in which an operator decided to do without the source.",
        "required": ["from", "to", "by", "why"],
        "additionalProperties": false,
        "properties": {
            "from": time(false, "Start."),
            "to": time(false, "End (exclusive)."),
            "by": {"type": "string", "description": "Who decided it."},
            "why": {"type": "string", "description": "Why; may be empty."},
        },
    });
    let source = json!({
        "type": "object",
        "required": ["source", "role", "watermark", "stopped", "ignored", "gaps"],
        "additionalProperties": false,
        "properties": {
            "source": {"type": "string", "description": "Name of the source."},
            "role": {"type": "string", "description": "What the collector takes it for: i-proxy, t-controller or vq."},
            "watermark": time(true, "Up to when everything expected of it has arrived; null when it was never heard."),
            "stopped": {"type": "boolean", "description": "Whether it stopped in good order: nothing is missing behind."},
            "ignored": {"type": "array", "items": ignored},
            "gaps": {"type": "array", "items": gap},
        },
    });
    json!({
        "type": "object",
        "description": "How far the answer can be trusted; from the same state of the mart as its rows.",
        "required": ["complete", "watermark", "definition_version", "sentence", "sources"],
        "additionalProperties": false,
        "properties": {
            "complete": {"type": "boolean", "description": "Whether every source was heard for the whole period, but where it is ignored."},
            "watermark": time(true, "Up to when all sources are known; null when one was never heard."),
            "definition_version": {"type": "integer", "description": "Version of the definitions of the measures."},
            "sentence": {"type": "string", "description": "The same in words."},
            "sources": {"type": "array", "items": source},
        },
    })
}

/// Says the completeness in headers, for forms that have no place for it.
pub(super) fn add_headers(completeness: &Completeness, headers: &mut HeaderMap) {
    let complete = if completeness.is_complete() { "true" } else { "false" };
    headers.insert(COMPLETE, HeaderValue::from_static(complete));
    headers.insert(DEFINITION_VERSION, HeaderValue::from(completeness.definition_version));
    let watermark = completeness.watermark_ms().and_then(time_text);
    if let Some(value) = watermark.and_then(|text| HeaderValue::from_str(&text).ok()) {
        headers.insert(WATERMARK, value);
    }
}
