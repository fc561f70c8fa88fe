//! `report queue-summary` against the file's own arithmetic, for every queue, every period and every column.

use std::collections::BTreeMap;

use super::file::{Call, Ending, OFFSET_S};
use super::support::{Engine, answer, bank, engines};

/// Longest wait of a short abandonment, in seconds.
const SHORT_ABANDON_S: i64 = 5;

/// Longest wait of an acceptance within the service level, in seconds.
const ACCEPT_S: i64 = 20;

/// Columns of the report, in order.
const COLUMNS: [&str; 16] = [
    "queue",
    "period",
    "period_key",
    "entered",
    "accepted",
    "abandoned",
    "abandoned_short",
    "abandoned_invite",
    "redirected",
    "cleared",
    "routed_other",
    "stopped",
    "avg_wait_s",
    "max_wait_s",
    "asa_s",
    "service_level",
];

/// One row as the file has it.
#[derive(Debug, Default)]
struct Period {
    entered: i64,
    routed_other: i64,
    accepted_s: Vec<i64>,
    abandoned_s: Vec<i64>,
}

/// Rows by queue and start of the period.
fn expected(calls: &[Call], period_s: i64) -> BTreeMap<(String, i64), Period> {
    let mut periods: BTreeMap<(String, i64), Period> = BTreeMap::new();
    for call in calls {
        let Some(wait) = &call.wait else { continue };
        let start_s = (wait.start_s + OFFSET_S) / period_s * period_s - OFFSET_S;
        let period = periods.entry((call.queue(), start_s)).or_default();
        period.entered += 1;
        match &call.ending {
            Ending::AbandonedInQueue => period.abandoned_s.push(wait.wait_s),
            Ending::Served { agent: Some(_), .. } => period.accepted_s.push(wait.wait_s),
            _ => period.routed_other += 1,
        }
    }
    periods
}

impl Period {
    /// The columns behind the period's start as text: counts, then times; what divides by nothing is empty.
    fn values(&self) -> Vec<String> {
        let count = |n: usize| i64::try_from(n).expect("few calls");
        let (accepted, abandoned) = (count(self.accepted_s.len()), count(self.abandoned_s.len()));
        let up_to = |waits: &[i64], limit_s: i64| count(waits.iter().filter(|&&s| s <= limit_s).count());
        let short = up_to(&self.abandoned_s, SHORT_ABANDON_S);
        let counts = [self.entered, accepted, abandoned, short, 0, 0, 0, self.routed_other, 0];
        let ratio = |a: i64, b: i64| if b == 0 { String::new() } else { format!("{:?}", a as f64 / b as f64) };
        let answer_s: i64 = self.accepted_s.iter().sum();
        let wait_s = answer_s + self.abandoned_s.iter().sum::<i64>();
        let longest = self.accepted_s.iter().chain(&self.abandoned_s).max();
        let in_time = up_to(&self.accepted_s, ACCEPT_S);
        let times = [
            ratio(wait_s, accepted + abandoned),
            longest.map(i64::to_string).unwrap_or_default(),
            ratio(answer_s, accepted),
            ratio(in_time, self.entered - short),
        ];
        counts.iter().map(i64::to_string).chain(times).collect()
    }
}

/// One row as text: queue, label, start, and the values.
fn fields(queue: &str, start_s: i64, by: &str, period: &Period) -> Vec<String> {
    [vec![queue.to_owned(), label(start_s, by), start_s.to_string()], period.values()].concat()
}

fn label(start_s: i64, by: &str) -> String {
    let local = chrono::DateTime::from_timestamp(start_s + OFFSET_S, 0).expect("an instant");
    local.format(if by == "hour" { "%Y-%m-%d %H:00+02:00" } else { "%Y-%m-%d" }).to_string()
}

/// The report of February, in a form.
fn report(data: &std::path::Path, by: &str, format: &str, engine: Engine) -> String {
    let days = ["--from", "1999-02-01", "--to", "1999-03-01", "--tz", "Asia/Jerusalem"];
    let how = ["--by", by, "--format", format, "--engine", engine.name()];
    answer(data, &[&["report", "queue-summary"], &days[..], &how[..]].concat())
}

fn csv_line(fields: &[String]) -> String {
    fields.join(",")
}

fn json_object(fields: &[String]) -> String {
    let value = |(i, field): (usize, &String)| match (i, field.as_str()) {
        (0 | 1, _) => format!("{:?}:{field:?}", COLUMNS[i]),
        (_, "") => format!("{:?}:null", COLUMNS[i]),
        _ => format!("{:?}:{field}", COLUMNS[i]),
    };
    format!("{{{}}}", fields.iter().enumerate().map(value).collect::<Vec<_>>().join(","))
}

/// Fails with the first row that differs, not with two long texts.
fn assert_rows(expected: &[String], found: &[&str]) {
    for (expected, found) in expected.iter().zip(found) {
        assert_eq!(expected, found);
    }
    assert_eq!(expected.len(), found.len());
}

fn assert_report_is_right(test: &str, by: &str, period_s: i64, least_rows: usize) {
    let Some(bank) = bank(test) else { return };
    let periods = expected(&bank.file.calls, period_s);
    assert!(periods.len() >= least_rows, "{} rows", periods.len());
    let rows: Vec<_> = periods.iter().map(|((queue, start_s), period)| fields(queue, *start_s, by, period)).collect();
    let csv = report(&bank.data, by, "csv", Engine::Parquet);
    let expected_csv: Vec<String> = [COLUMNS.join(",")].into_iter().chain(rows.iter().map(|r| csv_line(r))).collect();
    assert_rows(&expected_csv, &csv.lines().collect::<Vec<_>>());
    let json = report(&bank.data, by, "json", Engine::Parquet);
    let objects =
        json.trim().trim_matches(['[', ']']).split_inclusive('}').map(|object| object.trim_start_matches(','));
    assert_rows(&rows.iter().map(|r| json_object(r)).collect::<Vec<_>>(), &objects.collect::<Vec<_>>());
    for engine in engines(test) {
        assert!(report(&bank.data, by, "csv", engine) == csv, "{} answers with other bytes", engine.name());
    }
}

#[test]
fn every_column_of_every_queue_and_hour_is_the_arithmetic_of_the_file() {
    let name = "every_column_of_every_queue_and_hour_is_the_arithmetic_of_the_file";
    assert_report_is_right(name, "hour", 3_600, 100);
}

#[test]
fn every_column_of_every_queue_and_day_is_the_arithmetic_of_the_file() {
    let name = "every_column_of_every_queue_and_day_is_the_arithmetic_of_the_file";
    assert_report_is_right(name, "day", 86_400, 20);
}
