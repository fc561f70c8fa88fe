//! Which calendars a mart keeps: UTC and the configured zones, for the years that facts touch.
//!
//! Knows years and zones; the periods themselves come from `schema`.

use std::collections::BTreeSet;

use arrow::array::RecordBatch;
use callmart_schema::calendar::{calendar_rows, date_time_rows};
use callmart_schema::catalogue::{Calendar, DateTime, Row, Table};
use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;

/// The years (UTC) of these days, in days since 1970-01-01.
pub(crate) fn years(days: impl IntoIterator<Item = i32>) -> BTreeSet<i32> {
    days.into_iter().filter_map(|d| NaiveDate::from_epoch_days(d).map(|date| date.year())).collect()
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
