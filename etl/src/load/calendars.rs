//! Which calendars a mart keeps: UTC and the configured zones, for the years that facts touch.
//!
//! Knows years and zones; the periods themselves come from `schema`.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use arrow::array::RecordBatch;
use callmart_schema::calendar::{calendar_rows, date_time_rows};
use callmart_schema::catalogue::{Calendar, DateTime, Row, Table};
use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;

/// Years that a call can be of. Clocks that are wrong may tell any other, and each would cost tens of thousands of rows.
const PLAUSIBLE_YEARS: RangeInclusive<i32> = 1970..=2100;

/// The years (UTC) of these days, in days since 1970-01-01, as far as they are plausible.
pub(crate) fn years(days: impl IntoIterator<Item = i32>) -> BTreeSet<i32> {
    let year = |day| NaiveDate::from_epoch_days(day).map(|date| date.year());
    days.into_iter().filter_map(year).filter(|year| PLAUSIBLE_YEARS.contains(year)).collect()
}

/// The calendar tables of one year. UTC is always among the zones.
#[must_use]
pub(crate) fn batches(year: i32, zones: &[Tz]) -> Vec<(&'static Table, RecordBatch)> {
    let start = |year: i32| {
        let first = NaiveDate::from_ymd_opt(year, 1, 1).map(|d| d.and_time(chrono::NaiveTime::MIN));
        first.map_or(0, |t| t.and_utc().timestamp())
    };
    let (from_s, to_s) = (start(year), start(year + 1));
    let mut rows = calendar_rows(Tz::UTC, from_s, to_s);
    for zone in zones.iter().filter(|z| **z != Tz::UTC) {
        // Facts of the year all start within it, so the UTC year's quarter hours suffice in every zone.
        rows.extend(calendar_rows(*zone, from_s, to_s));
    }
    rows.sort_by(|a, b| (&a.tz, a.date_time_key).cmp(&(&b.tz, b.date_time_key)));
    vec![(DateTime::TABLE, DateTime::batch(&date_time_rows(from_s, to_s))), (Calendar::TABLE, Calendar::batch(&rows))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_wrong_by_ages_makes_no_calendar() {
        assert_eq!(years([0, 20_458, 20_459, -1, 100_000, i32::MAX, i32::MIN]), BTreeSet::from([1970, 2026]));
    }
}
