//! Running a report: local days to epoch bounds, the zone's own calendar, declared types, and how complete the answer is.
//!
//! A report always gets a calendar that is made for its zone and days, never the stored one: any zone can be asked for, and
//! both engines use the same rules. It does not know what a report measures.

use arrow::array::RecordBatch;
use callmart_schema::calendar::{calendar_rows, day_start_s};
use chrono::NaiveDate;
use chrono_tz::Tz;

use super::{Parameter, Report, ReportError, report};
use crate::completeness::{Completeness, completeness};
use crate::engine::{Engine, Param, cast_to};

/// Most days that one report answers for.
const MAX_DAYS: i64 = 3_660;

/// Length of the periods of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Period {
    /// Local hours.
    Hour,
    /// Local days.
    #[default]
    Day,
}

/// Where the measures of a report draw their lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// Longest wait of a short abandonment, in seconds.
    pub short_abandon_s: i64,
    /// Longest wait of an acceptance within the service level, in seconds.
    pub accept_s: i64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { short_abandon_s: 5, accept_s: 20 }
    }
}

/// What is asked of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportRequest {
    /// First local day.
    pub from: NaiveDate,
    /// Local day after the last one.
    pub to: NaiveDate,
    /// Zone of the days and hours.
    pub tz: Tz,
    /// Length of the periods.
    pub by: Period,
    /// Where the measures draw their lines.
    pub thresholds: Thresholds,
}

/// What a report answers.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The rows, with the declared columns.
    pub batch: RecordBatch,
    /// How far they can be trusted.
    pub completeness: Completeness,
}

/// Runs a report over the newest state of a mart; rows and completeness come from the same state.
///
/// # Errors
/// When there is no such report, the period has no days or too many, or the engine has no answer.
pub async fn run_report(engine: &Engine, name: &str, request: ReportRequest) -> Result<Answer, ReportError> {
    let report = report(name)?;
    check_days(&request)?;
    let (from_s, to_s) = (day_start_s(request.tz, request.from), day_start_s(request.tz, request.to));
    let params = report
        .parameters
        .iter()
        .map(|parameter| value(report, parameter, &request, (from_s, to_s)))
        .collect::<Result<Vec<_>, _>>()?;
    let calendar = calendar_rows(request.tz, from_s, to_s);
    let mut reading = engine.open().await?;
    let rows = reading.query_with_calendar(&report.sql, &params, &calendar).await?;
    let batch = cast_to(&rows, &report.schema())?;
    let completeness = completeness(&mut reading, report.version, from_s, to_s).await?;
    Ok(Answer { batch, completeness })
}

fn check_days(request: &ReportRequest) -> Result<(), ReportError> {
    let days = request.to.signed_duration_since(request.from).num_days();
    match days {
        ..1 => Err(ReportError::NoDays { from: request.from, to: request.to }),
        1..=MAX_DAYS => Ok(()),
        _ => Err(ReportError::TooLong { days, most: MAX_DAYS }),
    }
}

fn value(
    report: &Report,
    parameter: &Parameter,
    request: &ReportRequest,
    (from_s, to_s): (i64, i64),
) -> Result<Param, ReportError> {
    Ok(match parameter.name.as_str() {
        "from_s" => Param::Int(from_s),
        "to_s" => Param::Int(to_s),
        "tz" => Param::Text(request.tz.name().to_owned()),
        "by" => Param::Text(request.by.name().to_owned()),
        "short_abandon_s" => Param::Int(request.thresholds.short_abandon_s),
        "accept_s" => Param::Int(request.thresholds.accept_s),
        other => {
            return Err(ReportError::Parameter { report: report.name.clone(), parameter: other.to_owned() });
        }
    })
}

impl Period {
    /// Name of the period, as parameters give it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }
}
