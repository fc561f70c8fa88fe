//! What is asked of a report, and the values that its parameters get from that. It does not know engines.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::{Parameter, ParameterType, Period, Report, ReportError};
use crate::engine::Param;

/// Most rows of one answer of a list.
pub const MAX_ROWS: u64 = 1_000_000;

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRequest {
    /// First local day.
    pub from: NaiveDate,
    /// Local day after the last one.
    pub to: NaiveDate,
    /// Zone of the days and hours.
    pub tz: Tz,
    /// Length of the periods; lists have none.
    pub by: Period,
    /// Where the measures draw their lines.
    pub thresholds: Thresholds,
    /// Values of filters by name, as text; an empty one is as good as none.
    pub filters: BTreeMap<String, String>,
    /// Most rows of a list; none for [`MAX_ROWS`].
    pub limit: Option<u64>,
    /// Rows of a list that are left out before the first one answered.
    pub offset: u64,
}

impl ReportRequest {
    /// All of some days, by day.
    #[must_use]
    pub fn new(from: NaiveDate, to: NaiveDate, tz: Tz) -> Self {
        let (by, thresholds, filters) = (Period::default(), Thresholds::default(), BTreeMap::new());
        Self { from, to, tz, by, thresholds, filters, limit: None, offset: 0 }
    }

    /// The request with a filter more.
    #[must_use]
    pub fn with_filter(mut self, name: &str, value: &str) -> Self {
        self.filters.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Rows asked of a list.
    pub(super) fn rows(&self) -> u64 {
        self.limit.unwrap_or(MAX_ROWS)
    }
}

/// The values of `$1`, `$2` and so on. A list is asked for one row more than wanted, to see whether there is one.
pub(super) fn values(
    report: &Report,
    request: &ReportRequest,
    period_s: (i64, i64),
) -> Result<Vec<Param>, ReportError> {
    check_filters(report, request)?;
    check_part(report, request)?;
    report.parameters.iter().map(|parameter| value(report, parameter, request, period_s)).collect()
}

fn check_filters(report: &Report, request: &ReportRequest) -> Result<(), ReportError> {
    let is_known = |name: &str| report.filters().any(|f| f.name == name);
    let Some(name) = request.filters.keys().find(|name| !is_known(name)) else { return Ok(()) };
    let names: Vec<&str> = report.filters().map(|f| f.name.as_str()).collect();
    let known =
        if names.is_empty() { "it takes none".to_owned() } else { format!("its filters are: {}", names.join(", ")) };
    Err(ReportError::UnknownFilter { report: report.name.clone(), name: name.clone(), known })
}

fn check_part(report: &Report, request: &ReportRequest) -> Result<(), ReportError> {
    if !report.is_list() && (request.limit.is_some() || request.offset > 0) {
        return Err(ReportError::NoList { report: report.name.clone() });
    }
    match request.rows() {
        1..=MAX_ROWS => Ok(()),
        limit => Err(ReportError::Limit { limit, most: MAX_ROWS }),
    }
}

fn value(
    report: &Report,
    parameter: &Parameter,
    request: &ReportRequest,
    (from_s, to_s): (i64, i64),
) -> Result<Param, ReportError> {
    if parameter.is_filter {
        return filter_value(report, parameter, request);
    }
    Ok(match parameter.name.as_str() {
        "from_s" => Param::Int(from_s),
        "to_s" => Param::Int(to_s),
        "tz" => Param::Text(request.tz.name().to_owned()),
        "by" => Param::Text(request.by.name().to_owned()),
        "short_abandon_s" => Param::Int(request.thresholds.short_abandon_s),
        "accept_s" => Param::Int(request.thresholds.accept_s),
        "limit" => Param::Int(request.rows() as i64 + 1),
        "offset" => Param::Int(i64::try_from(request.offset).unwrap_or(i64::MAX)),
        other => {
            return Err(ReportError::Parameter { report: report.name.clone(), parameter: other.to_owned() });
        }
    })
}

/// What a filter stands for: its value, or what leaves everything in.
fn filter_value(report: &Report, filter: &Parameter, request: &ReportRequest) -> Result<Param, ReportError> {
    let value = request.filters.get(&filter.name).map_or("", String::as_str);
    match filter.parameter_type {
        ParameterType::Text => Ok(Param::Text(value.to_owned())),
        ParameterType::BigInt if value.is_empty() => Ok(Param::Int(0)),
        ParameterType::BigInt => value.parse().map(Param::Int).map_err(|_| ReportError::FilterValue {
            report: report.name.clone(),
            name: filter.name.clone(),
            value: value.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "-- report: calls\n-- title: t\n-- version: 1\n-- question: q\n-- grain: g\n-- inputs: i\n\
        -- parameter: from_s bigint = a\n-- filter: agent text = b\n-- filter: interaction bigint = c\n\
        -- parameter: limit bigint = d\n-- parameter: offset bigint = e\n-- column: f text = g\nSELECT 1";

    fn request() -> ReportRequest {
        ReportRequest::new(NaiveDate::default(), NaiveDate::default(), Tz::UTC)
    }

    fn of(request: &ReportRequest) -> Result<Vec<Param>, ReportError> {
        values(&Report::parse(LIST).expect("a report"), request, (1, 2))
    }

    #[test]
    fn filters_that_are_not_given_leave_everything_in_and_lists_are_asked_for_one_row_more() {
        let text = |t: &str| Param::Text(t.to_owned());
        let all = of(&request()).expect("values");
        assert_eq!(all, [Param::Int(1), text(""), Param::Int(0), Param::Int(1_000_001), Param::Int(0)]);
        let mut part = request().with_filter("agent", "O'Hara %").with_filter("interaction", "7");
        (part.limit, part.offset) = (Some(10), 20);
        let some = of(&part).expect("values");
        assert_eq!(some, [Param::Int(1), text("O'Hara %"), Param::Int(7), Param::Int(11), Param::Int(20)]);
    }

    #[test]
    fn what_the_report_does_not_take_is_refused_with_what_it_takes() {
        let error = of(&request().with_filter("queue", "x")).expect_err("no such filter").to_string();
        assert!(error.contains("\"queue\"") && error.contains("agent, interaction"), "{error}");
        let error = of(&request().with_filter("interaction", "7a")).expect_err("no number").to_string();
        assert!(error.contains("\"7a\""), "{error}");
        for limit in [0, MAX_ROWS + 1] {
            assert!(matches!(of(&ReportRequest { limit: Some(limit), ..request() }), Err(ReportError::Limit { .. })));
        }
        let whole = Report::parse(&LIST.replace("-- parameter: limit bigint = d\n", "")).expect("a report");
        for (limit, offset) in [(Some(1), 0), (None, 1)] {
            let part = ReportRequest { limit, offset, ..request() };
            assert!(matches!(values(&whole, &part, (1, 2)), Err(ReportError::NoList { .. })));
        }
    }
}
