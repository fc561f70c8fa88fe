//! Running a report: local days to epoch bounds, the zone's own calendar, declared types, and how complete the answer is.
//!
//! A report always gets a calendar that is made for its zone and days, never the stored one: any zone can be asked for, and
//! both engines use the same rules. It does not know what a report measures.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::datatypes::Int64Type;
use callmart_schema::calendar::{calendar_rows, day_start_s};

use super::request::values;
use super::{Report, ReportError, ReportRequest, ResultType, report};
use crate::completeness::{Completeness, completeness};
use crate::engine::{Engine, QueryError, cast_to};

/// Most days that one report answers for.
const MAX_DAYS: i64 = 3_660;

/// What a report answers.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The rows, with the declared columns.
    pub batch: RecordBatch,
    /// Whether a list has rows behind these: ask for them with an offset.
    pub has_more: bool,
    /// How far they can be trusted.
    pub completeness: Completeness,
}

/// Runs a report over the newest state of a mart; rows and completeness come from the same state.
///
/// # Errors
/// When there is no such report, it does not take a filter or a limit, the period has no days or too many, or the engine
/// has no answer.
pub async fn run_report(engine: &Engine, name: &str, request: &ReportRequest) -> Result<Answer, ReportError> {
    let report = report(name)?;
    check_days(request)?;
    let (from_s, to_s) = (day_start_s(request.tz, request.from), day_start_s(request.tz, request.to));
    let params = values(report, request, (from_s, to_s))?;
    let calendar = calendar_rows(request.tz, from_s, to_s);
    let mut reading = engine.open().await?;
    let rows = reading.query_with_calendar(&report.sql, &params, &calendar).await?;
    let rows = cast_to(&rows, &report.raw_schema())?;
    let (rows, has_more) = part(&rows, report, request);
    let batch = answered(&rows, report, request, &request.by.labels(&calendar, request.tz))?;
    let completeness = completeness(&mut reading, report.version, from_s, to_s).await?;
    Ok(Answer { batch, has_more, completeness })
}

fn check_days(request: &ReportRequest) -> Result<(), ReportError> {
    let days = request.to.signed_duration_since(request.from).num_days();
    match days {
        ..1 => Err(ReportError::NoDays { from: request.from, to: request.to }),
        1..=MAX_DAYS => Ok(()),
        _ => Err(ReportError::TooLong { days, most: MAX_DAYS }),
    }
}

/// The wanted rows of a list, and whether the one behind them was there.
fn part(rows: &RecordBatch, report: &Report, request: &ReportRequest) -> (RecordBatch, bool) {
    let wanted = usize::try_from(request.rows()).unwrap_or(usize::MAX);
    let has_more = report.is_list() && rows.num_rows() > wanted;
    (if has_more { rows.slice(0, wanted) } else { rows.clone() }, has_more)
}

/// The rows with the types of the answer: times in the zone, ids as digits, labels of periods.
fn answered(
    rows: &RecordBatch,
    report: &Report,
    request: &ReportRequest,
    labels: &HashMap<i64, String>,
) -> Result<RecordBatch, QueryError> {
    let columns = report.columns.iter().zip(rows.columns()).map(|(column, values)| match column.result_type {
        ResultType::Period => labelled(values, labels),
        _ => Arc::clone(values),
    });
    let batch = RecordBatch::try_from_iter_with_nullable(
        report.columns.iter().zip(columns).map(|(column, values)| (&column.name, values, column.nullable)),
    );
    cast_to(&batch.map_err(|e| QueryError::Shape { message: e.to_string() })?, &report.schema(request.tz))
}

fn labelled(starts: &ArrayRef, labels: &HashMap<i64, String>) -> ArrayRef {
    let starts = starts.as_primitive::<Int64Type>().iter();
    Arc::new(starts.map(|start| labels.get(&start?)).collect::<StringArray>())
}
