//! Arguments that several subcommands take: days, zones, engines.
//!
//! Each is checked here, and a refusal says what would be accepted.

use anyhow::Result;
use callmart_queries::output;
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use clap::{Args, ValueEnum};

use crate::failure::wrong_input;

/// How many similar names a refused zone is answered with.
const MAX_SUGGESTIONS: usize = 3;

/// Which mart is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// The Parquet mart, with the engine that is built in
    Parquet,
    /// The PostgreSQL mart
    Postgres,
}

/// How an answer of rows is shown, and who gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Args)]
pub(super) struct Shown {
    /// Form of the answer
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Which mart is asked
    #[arg(long, value_enum, default_value_t = Engine::Parquet)]
    pub(super) engine: Engine,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Csv,
    Json,
}

impl Shown {
    pub(super) fn format(self) -> output::Format {
        match self.format {
            Format::Table => output::Format::Table,
            Format::Csv => output::Format::Csv,
            Format::Json => output::Format::Json,
        }
    }
}

/// Days from `from` up to `to`, without `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Args)]
pub(super) struct Period {
    /// First day, as in 2026-01-05
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(super) from: NaiveDate,
    /// Day after the last one
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(super) to: NaiveDate,
}

impl Period {
    /// Refuses a period without a day.
    pub(super) fn check(self) -> Result<Self> {
        if self.from < self.to {
            return Ok(self);
        }
        let (from, to) = (self.from, self.to);
        Err(wrong_input(format!("no day lies between --from {from} and --to {to}: --to is the day after the last one")))
    }
}

/// A day as YYYY-MM-DD, and nothing else.
pub(super) fn date(text: &str) -> Result<NaiveDate, String> {
    let day: Option<NaiveDate> = text.parse().ok();
    let exact = day.filter(|day| day.format("%Y-%m-%d").to_string() == text);
    exact.ok_or_else(|| "a day is written as in 2026-01-05".to_owned())
}

/// A moment in UTC: a day, or a day and a time down to minutes or seconds.
pub(crate) fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    let midnight = date(text).ok().and_then(|day| day.and_hms_opt(0, 0, 0));
    let local = text.strip_suffix('Z').unwrap_or(text);
    let of_form = |form| NaiveDateTime::parse_from_str(local, form).ok();
    let moment = midnight.or_else(|| of_form("%Y-%m-%dT%H:%M")).or_else(|| of_form("%Y-%m-%dT%H:%M:%S"));
    moment.map(|m| m.and_utc()).ok_or_else(|| "a moment is written in UTC, as in 2026-01-05T00:00Z".to_owned())
}

/// A time zone by its name in the IANA database.
pub(super) fn zone(text: &str) -> Result<Tz, String> {
    callmart_schema::calendar::zone(text).ok_or_else(|| {
        let names = similar_zones(text);
        let hint = if names.is_empty() { "as in Europe/Berlin or UTC".to_owned() } else { names.join(", ") };
        format!("no time zone has this name; perhaps {hint}")
    })
}

/// Names that hold the text, or else those that are few letters away, the nearest first.
fn similar_zones(text: &str) -> Vec<&'static str> {
    let wanted = text.to_lowercase().replace(' ', "_");
    let mut near: Vec<(usize, &str)> = TZ_VARIANTS
        .iter()
        .map(|zone| (distance_to_name(&wanted, &zone.name().to_lowercase()), zone.name()))
        .filter(|(distance, name)| *distance <= 1 + name.len() / 4)
        .collect();
    near.sort_unstable();
    near.into_iter().take(MAX_SUGGESTIONS).map(|(_, name)| name).collect()
}

/// Letters between what was written and a name, or the name's last part: `Berlin` means `Europe/Berlin`.
fn distance_to_name(wanted: &str, name: &str) -> usize {
    let city = name.rsplit('/').next().unwrap_or(name);
    distance(wanted, name).min(distance(wanted, city) + 1)
}

/// Levenshtein distance: letters to insert, remove or replace.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut left = i + 1;
        let mut next = vec![left];
        for (other, above) in b.iter().zip(row.windows(2)) {
            let &[diagonal, up] = above else { break };
            left = (diagonal + usize::from(letter != *other)).min(up + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_a_real_day_in_one_form() {
        assert_eq!(date("1999-02-03"), Ok(NaiveDate::from_ymd_opt(1999, 2, 3).expect("a day")));
        for wrong in ["1999-2-3", "1999-02-30", "03.02.1999", "+1999-02-03", ""] {
            assert!(date(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_moment_is_a_day_or_a_time_of_it_in_utc() {
        let day = date("2026-01-05").expect("a day");
        for (text, hour, minute, second) in
            [("2026-01-05", 0, 0, 0), ("2026-01-05T07:30Z", 7, 30, 0), ("2026-01-05T07:30:15", 7, 30, 15)]
        {
            assert_eq!(moment(text), Ok(day.and_hms_opt(hour, minute, second).expect("a time").and_utc()), "{text}");
        }
        for wrong in ["2026-01-05T24:00Z", "2026-01-05T07:30+01:00", "2026-01-05 07:30", "soon"] {
            assert!(moment(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_period_has_at_least_a_day() {
        let day = |text| date(text).expect("a day");
        assert!(Period { from: day("1999-02-03"), to: day("1999-02-04") }.check().is_ok());
        let error = Period { from: day("1999-02-03"), to: day("1999-02-03") }.check().expect_err("a refusal");
        assert_eq!(crate::failure::code(&error), 2);
    }

    #[test]
    fn a_zone_that_is_not_there_is_answered_with_similar_ones() {
        assert_eq!(zone("Asia/Jerusalem"), Ok(Tz::Asia__Jerusalem));
        for (wrong, meant) in [
            ("asia/jerusalem", "Asia/Jerusalem"),
            ("Jerusalem", "Asia/Jerusalem"),
            ("Europe/Berln", "Europe/Berlin"),
            ("new york", "America/New_York"),
        ] {
            let said = zone(wrong).expect_err("a refusal");
            assert!(said.contains(meant), "{wrong}: {said}");
        }
        assert!(zone("qqqqqqqqqqqq").expect_err("a refusal").contains("UTC"));
    }

    #[test]
    fn distance_counts_letters() {
        assert_eq!((distance("kitten", "sitting"), distance("", "abc"), distance("same", "same")), (3, 3, 0));
    }
}
