//! Counts and durations of attempts. Each that a flow does not name must be zero.
//!
//! In a file they are a table with a line for each measure and a column for each attempt: `1/55` is a count of 1 and 55
//! seconds, a single number stands under the full name of its column, an empty cell is zero.

use callmart_schema::catalogue::{InteractionResourceFact, Row as _};

use crate::file::{Expected, Flow, MEASURES};
use crate::mart::{Row, int};
use crate::view::{ATTEMPTS, View};

/// What is measured of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Measure {
    /// `<name>_count` and `<name>_duration`.
    Pair(String),
    /// A column of its own.
    Single(&'static str),
}

impl Measure {
    fn name(&self) -> &str {
        match self {
            Self::Pair(stem) => stem,
            Self::Single(column) => column,
        }
    }

    fn of(&self, row: &Row) -> String {
        match self {
            Self::Pair(stem) => {
                format!("{}/{}", int(row, &format!("{stem}_count")), int(row, &format!("{stem}_duration")))
            }
            Self::Single(column) => int(row, column).to_string(),
        }
    }

    fn zero(&self) -> &'static str {
        match self {
            Self::Pair(_) => "0/0",
            Self::Single(_) => "0",
        }
    }
}

/// Every measure of the table of attempts.
fn all() -> Vec<Measure> {
    let names: Vec<&str> = InteractionResourceFact::table().columns.iter().map(|c| c.name).collect();
    let is_there = |name: &str| names.contains(&name);
    let measure = |column: &&'static str| match (column.strip_suffix("_count"), column.strip_suffix("_duration")) {
        (Some(stem), _) if is_there(&format!("{stem}_duration")) => Some(Measure::Pair(stem.to_owned())),
        (_, Some(stem)) if is_there(&format!("{stem}_count")) => None,
        (Some(_), _) | (_, Some(_)) => Some(Measure::Single(column)),
        _ if *column == "response_time" => Some(Measure::Single(column)),
        _ => None,
    };
    names.iter().filter_map(measure).collect()
}

/// Whether the head of a table of measures is one.
pub(crate) fn check_head(columns: &[String]) -> Result<(), String> {
    match columns {
        [first, _, ..] if first == "measure" => Ok(()),
        _ => Err("measures stand under | measure | and the name of each attempt |".to_owned()),
    }
}

/// Whether a line of a table of measures is one.
pub(crate) fn check_row(row: &[String]) -> Result<(), String> {
    let [name, cells @ ..] = row else { return Err("it is empty".to_owned()) };
    let all = all();
    let names = || all.iter().map(Measure::name).collect::<Vec<_>>().join(", ");
    let measure =
        all.iter().find(|m| m.name() == name).ok_or_else(|| format!("{name:?} is no measure: {}", names()))?;
    let is_number = |text: &str| text.parse::<u32>().is_ok_and(|number| number.to_string() == text);
    let fits = |cell: &&String| match (measure, cell.split_once('/')) {
        _ if cell.is_empty() => true,
        (Measure::Pair(_), Some((count, seconds))) => is_number(count) && is_number(seconds),
        (Measure::Single(_), None) => is_number(cell),
        _ => false,
    };
    match cells.iter().find(|cell| !fits(cell)) {
        Some(cell) => Err(format!("{cell:?} is no value of {name}: write {}, or nothing", measure.zero())),
        None => Ok(()),
    }
}

/// Where the measures of a flow's attempts are others than its file says.
pub(crate) fn differences(flow: &Flow, view: &View<'_>) -> Vec<String> {
    let mut differences = Vec::new();
    let expected = flow.table(MEASURES);
    let labels = flow.labels(ATTEMPTS, "attempt");
    let strange =
        expected.iter().flat_map(|table| table.columns.iter().skip(1)).filter(|label| !labels.contains(label));
    differences.extend(strange.map(|label| format!("{}: measures of {label:?}, which is no attempt", flow.name)));
    for attempt in &view.attempts {
        let label = view.label(int(attempt, "interaction_resource_id"));
        for measure in all() {
            let (is, shall_be) = (measure.of(attempt), said(expected, &measure, &label));
            if is != shall_be {
                differences.push(format!(
                    "{}: {} of attempt {label} is {is}, not {shall_be}",
                    flow.name,
                    measure.name()
                ));
            }
        }
    }
    differences
}

/// What a file says of a measure of an attempt.
fn said(table: Option<&Expected>, measure: &Measure, label: &str) -> String {
    let cell = table.and_then(|table| {
        let column = table.columns.iter().skip(1).position(|column| column == label)?;
        let row = table.rows.iter().find(|row| row.first().is_some_and(|name| name == measure.name()))?;
        row.get(column + 1)
    });
    cell.filter(|cell| !cell.is_empty()).cloned().unwrap_or_else(|| measure.zero().to_owned())
}
