//! Lengths of periods, and what a period is called. Knows calendars, not reports.

use std::collections::HashMap;
use std::str::FromStr;

use callmart_schema::catalogue::Calendar;
use chrono::DateTime;
use chrono_tz::Tz;

use super::ReportError;

/// Length of the periods of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Period {
    /// Quarter hours.
    QuarterHour,
    /// Local hours.
    Hour,
    /// Local days.
    #[default]
    Day,
    /// Local weeks; they begin on Sunday.
    Week,
    /// Local months.
    Month,
}

/// All lengths, from the shortest.
pub const PERIODS: [Period; 5] = [Period::QuarterHour, Period::Hour, Period::Day, Period::Week, Period::Month];

impl Period {
    /// Name of the length, as parameters give it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::QuarterHour => "quarter-hour",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// Start of the period that a quarter hour belongs to, in seconds since 1970-01-01 UTC.
    fn start_s(self, quarter: &Calendar) -> i64 {
        match self {
            Self::QuarterHour => quarter.date_time_key,
            Self::Hour => quarter.hour_key,
            Self::Day => quarter.day_key,
            Self::Week => quarter.week_key,
            Self::Month => quarter.month_key,
        }
    }

    /// What the period that a quarter hour belongs to is called.
    fn label(self, quarter: &Calendar, tz: Tz) -> String {
        match self {
            Self::Hour => quarter.local_hour_label.clone(),
            Self::Day => quarter.local_date.clone(),
            Self::QuarterHour => local(quarter.date_time_key, tz, "%Y-%m-%d %H:%M%:z"),
            Self::Week => local(quarter.week_key, tz, "%Y-%m-%d"),
            Self::Month => local(quarter.month_key, tz, "%Y-%m"),
        }
    }

    /// The labels of all periods of a calendar, by their start in seconds since 1970-01-01 UTC.
    pub(super) fn labels(self, calendar: &[Calendar], tz: Tz) -> HashMap<i64, String> {
        let mut labels = HashMap::new();
        for quarter in calendar {
            labels.entry(self.start_s(quarter)).or_insert_with(|| self.label(quarter, tz));
        }
        labels
    }
}

impl FromStr for Period {
    type Err = ReportError;

    fn from_str(name: &str) -> Result<Self, ReportError> {
        let known = || PERIODS.map(Period::name).join(", ");
        let unknown = || ReportError::UnknownPeriod { name: name.to_owned(), known: known() };
        PERIODS.into_iter().find(|p| p.name() == name).ok_or_else(unknown)
    }
}

fn local(epoch_s: i64, tz: Tz, pattern: &str) -> String {
    DateTime::from_timestamp(epoch_s, 0).unwrap_or_default().with_timezone(&tz).format(pattern).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use callmart_schema::calendar::{calendar_rows, day_start_s};

    #[test]
    fn names_are_read_back_and_others_are_refused_with_the_names_there_are() {
        for period in PERIODS {
            assert_eq!(period.name().parse::<Period>().ok(), Some(period));
        }
        let error = "year".parse::<Period>().expect_err("no such length").to_string();
        assert!(error.contains("quarter-hour, hour, day, week, month"), "{error}");
    }

    #[test]
    fn periods_are_called_by_their_local_start() {
        let tz = Tz::Europe__Berlin;
        let from_s = day_start_s(tz, "2026-10-25".parse().expect("a day"));
        let day = calendar_rows(tz, from_s, from_s + 25 * 3_600);
        let labels = |period: Period| {
            let labels = period.labels(&day, tz);
            let mut sorted: Vec<_> = labels.into_iter().collect();
            sorted.sort();
            sorted
        };
        assert_eq!(labels(Period::Day), [(from_s, "2026-10-25".to_owned())]);
        assert_eq!(labels(Period::Week), [(from_s, "2026-10-25".to_owned())]);
        assert_eq!(labels(Period::Month)[0].1, "2026-10");
        let quarters = labels(Period::QuarterHour);
        assert_eq!((quarters.len(), quarters[11].1.as_str()), (100, "2026-10-25 02:45+02:00"));
        assert_eq!(quarters[12].1, "2026-10-25 02:00+01:00");
        assert_eq!(labels(Period::Hour).len(), 25);
    }
}
