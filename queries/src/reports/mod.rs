//! The reports: each one SQL text with a header that says what it answers, and the code that runs any of them.
//!
//! A report is added by a `.sql` file and a line in `TEXTS`. This module does not know engines beyond their common face.

mod header;
mod periods;
mod request;
mod run;

use std::sync::LazyLock;

pub use header::{HeaderError, Parameter, ParameterType, Report, ResultColumn, ResultType, Unit};
pub use periods::{PERIODS, Period};
pub use request::{MAX_ROWS, ReportRequest, Thresholds};
pub use run::{Answer, run_report};

use crate::engine::QueryError;

/// The text of each report.
const TEXTS: [&str; 7] = [
    include_str!("queue_summary.sql"),
    include_str!("agent_summary_activity.sql"),
    include_str!("agent_state_details.sql"),
    include_str!("agent_login_logout.sql"),
    include_str!("interaction_handling_attempt.sql"),
    include_str!("interaction_flow.sql"),
    include_str!("abandoned_calls.sql"),
];

/// Why a report has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// There is no report of that name.
    #[error("there is no report {name:?}; the reports are: {known}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// The header of a report cannot be read.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The report wants a parameter that no request has.
    #[error("report {report} has a parameter {parameter}, which no request gives; correct the header of the report")]
    Parameter {
        /// Name of the report.
        report: String,
        /// Name of the parameter.
        parameter: String,
    },
    /// There is no period length of that name.
    #[error("there is no period length {name:?}; they are: {known}")]
    UnknownPeriod {
        /// The name given.
        name: String,
        /// The names there are.
        known: String,
    },
    /// The report has no such filter.
    #[error("report {report} has no filter {name:?}; {known}")]
    UnknownFilter {
        /// Name of the report.
        report: String,
        /// The name given.
        name: String,
        /// The filters there are.
        known: String,
    },
    /// The value of a filter is none of its type.
    #[error("the filter {name} of report {report} takes a whole number, and {value:?} is none")]
    FilterValue {
        /// Name of the report.
        report: String,
        /// Name of the filter.
        name: String,
        /// The value given.
        value: String,
    },
    /// A part is asked of a report that is no list.
    #[error(
        "report {report} is no list: it has a row per period and is always answered whole; ask without limit and offset"
    )]
    NoList {
        /// Name of the report.
        report: String,
    },
    /// The part asked for is too large, or none.
    #[error("the limit {limit} is out of range; ask for 1 to {most} rows, and for the next ones with an offset")]
    Limit {
        /// Limit given.
        limit: u64,
        /// Most rows.
        most: u64,
    },
    /// The period asked for is none.
    #[error("the period from {from} up to {to} (exclusive) has no days; give an end after its start")]
    NoDays {
        /// First day.
        from: chrono::NaiveDate,
        /// Day after the last.
        to: chrono::NaiveDate,
    },
    /// The period asked for is too long.
    #[error("the period has {days} days, and a report answers for at most {most}; ask for a shorter one")]
    TooLong {
        /// Days asked for.
        days: i64,
        /// Most days.
        most: i64,
    },
    /// The engine has no answer.
    #[error(transparent)]
    Query(#[from] QueryError),
}

static REPORTS: LazyLock<Result<Vec<Report>, HeaderError>> =
    LazyLock::new(|| TEXTS.iter().map(|text| Report::parse(text)).collect());

/// All reports.
///
/// # Errors
/// When a header cannot be read; a test keeps that from happening.
pub fn all() -> Result<&'static [Report], ReportError> {
    REPORTS.as_deref().map_err(|error| ReportError::Header(error.clone()))
}

/// The report of that name.
///
/// # Errors
/// When there is none.
pub fn report(name: &str) -> Result<&'static Report, ReportError> {
    let unknown = || ReportError::Unknown { name: name.to_owned(), known: names().join(", ") };
    all()?.iter().find(|r| r.name == name).ok_or_else(unknown)
}

/// Names of all reports.
#[must_use]
pub fn names() -> Vec<&'static str> {
    all().unwrap_or_default().iter().map(|r| r.name.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use callmart_schema::catalogue::table;

    #[test]
    fn every_report_has_a_whole_header_and_inputs_that_exist() {
        for report in all().expect("headers that can be read") {
            assert!(report.inputs.iter().all(|input| table(input).is_some()), "{}: {:?}", report.name, report.inputs);
        }
        let expected = [
            "queue-summary",
            "agent-summary-activity",
            "agent-state-details",
            "agent-login-logout",
            "interaction-handling-attempt",
            "interaction-flow",
            "abandoned-calls",
        ];
        assert_eq!(names(), expected);
    }

    #[test]
    fn an_unknown_report_is_answered_with_the_names_there_are() {
        let error = report("queue").expect_err("no such report").to_string();
        assert!(error.contains("queue-summary"), "{error}");
    }
}
