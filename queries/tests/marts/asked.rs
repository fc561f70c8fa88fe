//! Asking a report of both engines, and its answer as lines to compare with.

use arrow::util::display::array_value_to_string;
use callmart_queries::engine::Engine;
use callmart_queries::reports::{Answer, Period, ReportRequest, run_report};
use chrono_tz::Tz;

use crate::support::Content;

/// A report's name and what is asked of it.
pub(crate) type Asked<'a> = (&'a str, &'a ReportRequest);

pub(crate) fn request(from: &str, to: &str, tz: Tz, by: Period) -> ReportRequest {
    let day = |text: &str| text.parse().expect("a day");
    ReportRequest { by, ..ReportRequest::new(day(from), day(to), tz) }
}

/// The rows as text, columns apart by blanks, nulls as a dash.
pub(crate) fn lines(answer: &Answer, columns: &[&str]) -> Vec<String> {
    let cell = |row: usize, name: &str| {
        let column = answer.batch.column_by_name(name).expect("a column");
        if column.is_null(row) { "-".to_owned() } else { array_value_to_string(column, row).expect("a value") }
    };
    (0..answer.batch.num_rows()).map(|row| columns.iter().map(|c| cell(row, c)).collect::<Vec<_>>().join(" ")).collect()
}

pub(crate) async fn ask(engine: &Engine, (name, request): Asked<'_>) -> Answer {
    run_report(engine, name, request).await.unwrap_or_else(|error| panic!("{}: {error}", engine.name()))
}

/// Both engines answer with these lines.
pub(crate) async fn check(content: &Content, test: &str, asked: Asked<'_>, columns: &[&str], expected: &[&str]) {
    let (_dir, engines) = content.engines(test).await;
    check_engines(&engines, asked, columns, expected).await;
}

/// All engines answer with these lines.
pub(crate) async fn check_engines(engines: &[Engine], asked: Asked<'_>, columns: &[&str], expected: &[&str]) {
    for engine in engines {
        assert_eq!(lines(&ask(engine, asked).await, columns), expected, "{}", engine.name());
    }
}
