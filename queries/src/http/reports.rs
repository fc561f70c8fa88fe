//! The reports over HTTP: their catalogue, and the answer of any of them. Does not know what a report measures.

use serde_json::{Value, json};

use super::column::{self, Column};
use super::params::{ParamDecl, ParamKind};
use super::problem::Problem;
use super::reply::{Reply, Rows, rows_schema};
use super::request::{ENGINE, FORMAT, FROM, OFFSET, Request, TO, ZONE, limit};
use super::state::ApiSettings;
use super::table::Table;
use crate::reports::{self, Parameter, ParameterType, Report, ReportRequest, Thresholds, run_report};

/// Where the reports stand.
pub(super) const PATH: &str = "/api/v1/reports";

/// Largest threshold, in seconds.
const MAX_THRESHOLD_S: i64 = 86_400;

/// Names of the lengths of periods.
const PERIOD_NAMES: [&str; 5] = ["quarter-hour", "hour", "day", "week", "month"];

/// The parameters of requests that a report's own parameters of the same names ask for.
const ASKED_BY: [ParamDecl; 3] = [
    ParamDecl::new("by", ParamKind::OneOf(&PERIOD_NAMES), "Length of a row's period; day unless given."),
    ParamDecl::new(
        "short_abandon_s",
        ParamKind::Integer(0, MAX_THRESHOLD_S),
        "Longest wait of a short abandonment, in seconds; a setting of the server unless given.",
    ),
    ParamDecl::new(
        "accept_s",
        ParamKind::Integer(0, MAX_THRESHOLD_S),
        "Longest wait of an answer within the service level, in seconds; a setting of the server unless given.",
    ),
];

/// The report of that name.
///
/// # Errors
/// When there is none.
pub(super) fn report(name: &str) -> Result<&'static Report, Problem> {
    Ok(reports::report(name)?)
}

/// The parameters that requests for a report take.
pub(super) fn params(report: &'static Report, settings: &ApiSettings) -> Vec<ParamDecl> {
    let is_asked = |decl: &&ParamDecl| report.parameters.iter().any(|p| !p.is_filter && p.name == decl.name);
    let own = ASKED_BY.iter().filter(is_asked).copied();
    let filters = report.filters().map(filter);
    [FROM, TO, ZONE].into_iter().chain(own).chain(filters).chain([limit(settings), OFFSET, ENGINE, FORMAT]).collect()
}

fn filter(filter: &'static Parameter) -> ParamDecl {
    let kind = match filter.parameter_type {
        ParameterType::Text => ParamKind::Text,
        // 0 is what the statement is given when nothing is asked for.
        ParameterType::BigInt => ParamKind::Integer(1, i64::MAX),
    };
    ParamDecl::new(&filter.name, kind, &filter.meaning)
}

/// The catalogue of reports.
pub(super) async fn catalogue(request: Request) -> Result<Reply, Problem> {
    let settings = request.state.settings();
    let all = reports::all()?.iter().map(|report| entry(report, settings)).collect::<Vec<_>>();
    Ok(Reply::Json(json!({"reports": all})))
}

fn entry(report: &'static Report, settings: &ApiSettings) -> Value {
    let columns: Vec<Value> = column::of_report(report).iter().map(Column::declaration).collect();
    json!({
        "name": report.name,
        "title": report.title,
        "href": format!("{PATH}/{}", report.name),
        "definition_version": report.version,
        "question": report.question,
        "grain": report.grain,
        "inputs": report.inputs,
        "parameters": params(report, settings).iter().map(parameter).collect::<Vec<_>>(),
        "columns": columns,
    })
}

fn parameter(decl: &ParamDecl) -> Value {
    let (kind, values) = match decl.kind {
        ParamKind::Day => ("day", None),
        ParamKind::Zone => ("zone", None),
        ParamKind::OneOf(words) => ("text", Some(words)),
        ParamKind::Integer(..) => ("integer", None),
        ParamKind::Text => ("text", None),
    };
    json!({
        "name": decl.name, "type": kind, "required": decl.required, "values": values, "meaning": decl.meaning,
    })
}

/// The answer of one report.
pub(super) async fn answer(request: Request) -> Result<Reply, Problem> {
    let report = report(&request.name)?;
    let (engine, engine_name) = request.engine()?;
    let asked = asked(report, &request)?;
    let answer = Box::pin(run_report(engine, &report.name, &asked)).await?;
    let columns = column::of_report(report);
    let mut rows = if report.is_list() {
        Rows { more: answer.has_more, ..Rows::page_of(&request, &Table::declared(&columns, answer.batch)) }
    } else {
        Rows::part_of(&request, &Table::declared(&columns, answer.batch))
    };
    rows.head = request.span()?.json();
    rows.head.insert("report".to_owned(), json!(report.name));
    rows.head.insert("engine".to_owned(), json!(engine_name.as_str()));
    rows.completeness = Some(answer.completeness);
    Ok(Reply::Rows(Box::new(rows)))
}

fn asked(report: &Report, request: &Request) -> Result<ReportRequest, Problem> {
    let (span, page) = (request.span()?, request.page());
    let set = request.state.settings().thresholds;
    let threshold = |name, otherwise| request.params.integer(name).unwrap_or(otherwise);
    let given = |name: &str| {
        let number = request.params.integer(name).map(|n| n.to_string());
        number.or_else(|| request.params.text(name).map(ToOwned::to_owned))
    };
    let filters = report.filters().filter_map(|filter| Some((filter.name.clone(), given(&filter.name)?)));
    let is_list = report.is_list();
    Ok(ReportRequest {
        by: request.params.word("by").map(str::parse).transpose()?.unwrap_or_default(),
        thresholds: Thresholds {
            short_abandon_s: threshold("short_abandon_s", set.short_abandon_s),
            accept_s: threshold("accept_s", set.accept_s),
        },
        filters: filters.collect(),
        limit: is_list.then_some(page.limit as u64),
        offset: if is_list { page.offset as u64 } else { 0 },
        ..ReportRequest::new(span.from, span.to, span.tz)
    })
}

/// JSON Schema of the catalogue.
pub(super) fn catalogue_schema() -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    let parameter = json!({
        "type": "object",
        "required": ["name", "type", "required", "values", "meaning"],
        "additionalProperties": false,
        "properties": {
            "name": text("Name."),
            "type": {"type": "string", "enum": ["day", "zone", "text", "integer"]},
            "required": {"type": "boolean", "description": "Whether a request must give it."},
            "values": {"type": ["array", "null"], "items": {"type": "string"},
                "description": "The words it may be; null where it is free."},
            "meaning": text("What it says."),
        },
    });
    let report = json!({
        "type": "object",
        "required": ["name", "title", "href", "definition_version", "question", "grain", "inputs", "parameters", "columns"],
        "additionalProperties": false,
        "properties": {
            "name": text("Name."),
            "title": text("Name for people."),
            "href": text("Where the report is answered."),
            "definition_version": {"type": "integer", "description": "Raised when a measure comes to mean something else."},
            "question": text("The question it answers."),
            "grain": text("What one row is."),
            "inputs": {"type": "array", "items": {"type": "string"}, "description": "Tables that it reads."},
            "parameters": {"type": "array", "items": parameter},
            "columns": {"type": "array", "items": {"$ref": "#/components/schemas/Column"}},
        },
    });
    json!({
        "type": "object",
        "required": ["reports"],
        "additionalProperties": false,
        "properties": {"reports": {"type": "array", "items": report}},
    })
}

/// JSON Schema of a report's answer.
pub(super) fn answer_schema(report: &'static Report) -> Value {
    let head = [
        ("report", json!({"type": "string", "const": report.name})),
        ("engine", json!({"$ref": "#/components/schemas/Engine"})),
    ];
    let head: Vec<(&str, Value)> = head.into_iter().chain(super::request::span_schema()).collect();
    rows_schema(&head, true, &column::row_schema(&column::of_report(report)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_of_every_report_can_be_given() {
        for report in reports::all().expect("reports") {
            let declared = params(report, &ApiSettings::default());
            let is_period = |name: &str| ["from_s", "to_s", "tz"].contains(&name);
            for parameter in report.parameters.iter().filter(|p| !is_period(&p.name)) {
                assert!(declared.iter().any(|d| d.name == parameter.name), "{} {}", report.name, parameter.name);
            }
        }
    }

    #[test]
    fn no_report_asks_for_one_name_twice() {
        for report in reports::all().expect("reports") {
            let mut names: Vec<&str> = params(report, &ApiSettings::default()).iter().map(|d| d.name).collect();
            let all = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), all, "{}", report.name);
        }
    }

    #[test]
    fn periods_have_the_names_that_reports_give_them() {
        assert_eq!(reports::PERIODS.map(reports::Period::name), PERIOD_NAMES);
    }
}
