//! The OpenAPI document of the API, made from the table of routes, the headers of the reports and the declared columns.

use axum::http::StatusCode;
use axum::http::header::LINK;
use serde_json::{Map, Value, json};

use super::column;
use super::negotiate::{JSON, ROW_FORMS};
use super::params::{ParamDecl, text_schema, zone_names};
use super::problem::{KINDS, PROBLEM_JSON, Problem};
use super::reply::{MORE, Reply, page_schema};
use super::reports;
use super::request::Request;
use super::routes::{Answer, PathName, ROUTES, Route};
use super::state::{ApiSettings, ENGINE_NAMES};
use super::trust;
use crate::reports::Report;

/// The document for a server with these settings.
#[must_use]
pub fn document(settings: &ApiSettings) -> Value {
    let mut paths = Map::new();
    for route in &ROUTES {
        for (path, operation) in operations(route, settings) {
            paths.insert(path, json!({"get": operation}));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Callmart",
            "version": "1",
            "description": "Historical reporting for contact centers: reports, calls, and what goes on now. \
                Everything is read with GET. Times are RFC 3339 with milliseconds: those of reports in the zone that is asked for, all others in UTC. 64-bit keys are text, because \
                numbers of JavaScript end at 2^53. What is refused is explained as RFC 9457 describes.",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": schemas(), "responses": problem_answers(), "headers": headers(), "securitySchemes": {"token": {"type": "http", "scheme": "bearer",
            "description": "Asked for where the server listens on an address that others reach."}}},
    })
}

/// Answers with the document.
pub(super) async fn answer(request: Request) -> Result<Reply, Problem> {
    Ok(Reply::Json(document(request.state.settings())))
}

/// Path and operation; one for each report where a route is for reports.
fn operations(route: &Route, settings: &ApiSettings) -> Vec<(String, Value)> {
    match route.answer {
        Answer::Report => {
            let all = crate::reports::all().unwrap_or_default();
            all.iter()
                .map(|report| (format!("{}/{}", reports::PATH, report.name), of_report(route, report, settings)))
                .collect()
        }
        Answer::Rows(schema) => {
            vec![(route.path.to_owned(), operation(route, (route.params)(settings), rows_answer(&schema(), false)))]
        }
        Answer::Json(schema) => {
            let content = json!({JSON.media_type: {"schema": schema()}});
            vec![(route.path.to_owned(), operation(route, (route.params)(settings), good_answer(&content)))]
        }
        Answer::Text(content_type) => {
            let content = json!({content_type: {"schema": {"type": "string"}}});
            vec![(route.path.to_owned(), operation(route, (route.params)(settings), good_answer(&content)))]
        }
    }
}

fn of_report(route: &Route, report: &'static Report, settings: &ApiSettings) -> Value {
    let answer = rows_answer(&reports::answer_schema(report), true);
    let without_name = Route { path_name: None, ..*route };
    let mut told = operation(&without_name, reports::params(report, settings), answer);
    told["operationId"] = json!(format!("report_{}", report.name.replace('-', "_")));
    told["summary"] = json!(report.question);
    told["description"] = json!(format!("{} Definition version {}.", report.grain, report.version));
    told
}

fn operation(route: &Route, params: Vec<ParamDecl>, good: Value) -> Value {
    let in_path = route.path_name.iter().map(path_parameter);
    let parameters: Vec<Value> = in_path.chain(params.iter().map(parameter)).collect();
    let mut responses = Map::new();
    responses.insert("200".to_owned(), good);
    for status in refusals(route) {
        let answer = json!({"$ref": format!("#/components/responses/{}", answer_name(status))});
        responses.insert(status.as_u16().to_string(), answer);
    }
    let security = if route.is_open { json!([]) } else { json!([{"token": []}, {}]) };
    json!({
        "operationId": route.id,
        "summary": route.summary,
        "parameters": parameters,
        "responses": responses,
        "security": security,
    })
}

/// The statuses that problems of a route can have.
fn refusals(route: &Route) -> Vec<StatusCode> {
    let mut statuses: Vec<StatusCode> = KINDS.iter().map(|(_, status, _)| *status).collect();
    let is_never = |status: &StatusCode| match *status {
        StatusCode::UNAUTHORIZED => route.is_open,
        StatusCode::NOT_FOUND => route.path_name.is_none(),
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => !route.asks_mart,
        // What another method is answered with belongs to no operation.
        StatusCode::METHOD_NOT_ALLOWED => true,
        _ => false,
    };
    statuses.retain(|status| !is_never(status));
    statuses.sort_unstable();
    statuses.dedup();
    statuses
}

fn path_parameter(name: &PathName) -> Value {
    let schema = name.pattern.map_or_else(text_schema, |pattern| json!({"type": "string", "pattern": pattern}));
    json!({"name": name.name, "in": "path", "required": true, "description": name.meaning, "schema": schema})
}

fn parameter(decl: &ParamDecl) -> Value {
    json!({
        "name": decl.name,
        "in": "query",
        "required": decl.required,
        "description": decl.meaning,
        "schema": decl.json_schema(),
    })
}

fn good_answer(content: &Value) -> Value {
    json!({"description": "The answer.", "content": content})
}

fn rows_answer(schema: &Value, is_trusted: bool) -> Value {
    let mut content = Map::new();
    for form in ROW_FORMS {
        let schema = if form == JSON { schema.clone() } else { json!({"description": "The rows alone."}) };
        content.insert(form.media_type.to_owned(), json!({"schema": schema}));
    }
    let only_trusted = [trust::COMPLETE, trust::WATERMARK, trust::DEFINITION_VERSION];
    let is_told = |name: &String| is_trusted || !only_trusted.iter().any(|header| header.as_str() == name);
    let of_name = |name: String| (name.clone(), json!({"$ref": format!("#/components/headers/{name}")}));
    let headers: Map<String, Value> =
        headers().into_iter().map(|(name, _)| name).filter(is_told).map(of_name).collect();
    json!({"description": "The rows.", "headers": headers, "content": content})
}

/// The headers of rows.
fn headers() -> Map<String, Value> {
    let header = |schema: Value, description: &str| json!({"description": description, "schema": schema});
    let text = || json!({"type": "string"});
    let flag = || json!({"type": "string", "enum": ["true", "false"]});
    let all = [
        (LINK, header(text(), "Where the next rows stand, when there are more (rel=next).")),
        (MORE, header(flag(), "Whether there are more rows.")),
        (trust::COMPLETE, header(flag(), "Whether every source was heard for the whole period.")),
        (trust::WATERMARK, header(text(), "Up to when all sources are known.")),
        (trust::DEFINITION_VERSION, header(text(), "Version of the definitions of the measures.")),
    ];
    all.into_iter().map(|(name, header)| (name.to_string(), header)).collect()
}

/// Name of the answer with a problem of this status.
fn answer_name(status: StatusCode) -> String {
    format!("Problem{}", status.as_u16())
}

fn problem_answers() -> Map<String, Value> {
    let answer = |status: StatusCode| {
        let titles: Vec<&str> = KINDS.iter().filter(|(_, of, _)| *of == status).map(|(_, _, title)| *title).collect();
        json!({
            "description": format!("{}.", titles.join("; ")),
            "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        })
    };
    KINDS.iter().map(|(_, status, _)| (answer_name(*status), answer(*status))).collect()
}

fn schemas() -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    json!({
        "Column": {
            "type": "object",
            "description": "A column of the rows.",
            "required": ["name", "type", "nullable", "measure", "unit", "definition"],
            "additionalProperties": false,
            "properties": {
                "name": text("Name."),
                "type": {"type": "string", "enum": column::KINDS.map(column::Kind::name),
                    "description": "How its values are written: a key is text, a time RFC 3339."},
                "nullable": {"type": "boolean", "description": "Whether it may be null."},
                "measure": {"type": "boolean", "description": "Whether it is measured; the others say what a row is about."},
                "unit": {"type": ["string", "null"],
                    "description": "Unit of a number: count, s, epoch_s, ratio, flag or number; null where the name or the type says it."},
                "definition": text("What it says, or how it is measured."),
            },
        },
        "Completeness": trust::schema(),
        "Engine": {"type": "string", "enum": ENGINE_NAMES, "description": "Mart that was asked."},
        "Page": page_schema(),
        "Problem": {
            "type": "object",
            "description": "Why a request has no good answer, as RFC 9457 describes it.",
            "required": ["type", "title", "status", "detail", "instance"],
            "properties": {
                "type": text("What kind of problem it is: urn:callmart:problem: and a name."),
                "title": text("The kind in words."),
                "status": {"type": "integer", "description": "The status of the answer."},
                "detail": text("What is wrong in this case, and what to do."),
                "instance": text("The path that was asked for."),
                "errors": {"type": "array", "description": "Each fault of the parameters.", "items": {
                    "type": "object", "required": ["parameter", "message"],
                    "properties": {"parameter": text("The parameter."), "message": text("What is wrong with it.")}}},
            },
        },
        "Zone": {"type": "string", "description": "A time zone by its name in the IANA database.", "enum": zone_names()},
    })
}
