//! Calendars: the quarter hours of a span, with the periods they belong to in UTC or in a time zone.
//!
//! A pure function of the zone's rules in the one time-zone database that is compiled in. Quarter hours suffice because the
//! offsets of all zones are multiples of 15 minutes today. Does not know which zones or years a mart keeps.

use chrono::{
    DateTime as Instant, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone, Timelike, Utc,
};
use chrono_tz::Tz;

use crate::catalogue::{Calendar, DATE_TIME_INTERVAL_S, DateTime, date_time_key};

/// The time zone of that name, if the database has it.
#[must_use]
pub fn zone(name: &str) -> Option<Tz> {
    name.parse().ok()
}

/// When a local day begins, in seconds since 1970-01-01 UTC. Where midnight is skipped, the first instant of the day;
/// where it comes twice, the first of both.
#[must_use]
pub fn day_start_s(zone: Tz, day: NaiveDate) -> i64 {
    const QUARTERS_OF_THREE_HOURS: i64 = 12;
    let midnight = day.and_time(NaiveTime::MIN);
    let at = |local: NaiveDateTime| zone.from_local_datetime(&local).earliest().map(|t| t.timestamp());
    // A skipped midnight is found again within the hours that any zone ever skipped, save a whole skipped day.
    (0..=QUARTERS_OF_THREE_HOURS)
        .find_map(|n| at(midnight + chrono::Duration::seconds(n * DATE_TIME_INTERVAL_S)))
        .unwrap_or_else(|| midnight.and_utc().timestamp())
}

/// The quarter hours of `[from_s, to_s)` in UTC.
#[must_use]
pub fn date_time_rows(from_s: i64, to_s: i64) -> Vec<DateTime> {
    quarter_hours(from_s, to_s).map(date_time_row).collect()
}

/// The quarter hours of `[from_s, to_s)` in a time zone.
#[must_use]
pub fn calendar_rows(zone: Tz, from_s: i64, to_s: i64) -> Vec<Calendar> {
    let mut periods: Option<(NaiveDate, [i64; 3])> = None;
    quarter_hours(from_s, to_s)
        .map(|instant| {
            let local = instant.with_timezone(&zone);
            let day = local.date_naive();
            let starts = match periods {
                Some((of, starts)) if of == day => starts,
                _ => [day, week_start(day), month_start(day)].map(|d| day_start_s(zone, d)),
            };
            periods = Some((day, starts));
            calendar_row(zone, instant, starts)
        })
        .collect()
}

fn calendar_row(zone: Tz, instant: Instant<Utc>, [day_key, week_key, month_key]: [i64; 3]) -> Calendar {
    let local = instant.with_timezone(&zone);
    let into_hour_s = i64::from(local.minute() * 60 + local.second());
    Calendar {
        tz: zone.name().to_owned(),
        date_time_key: instant.timestamp(),
        hour_key: instant.timestamp() - into_hour_s,
        day_key,
        week_key,
        month_key,
        utc_offset_s: local.offset().fix().local_minus_utc(),
        local_hour: local.hour() as i32,
        local_date: local.format("%Y-%m-%d").to_string(),
        local_hour_label: local.format("%Y-%m-%d %H:00%:z").to_string(),
    }
}

fn date_time_row(instant: Instant<Utc>) -> DateTime {
    let (day, key) = (instant.date_naive(), instant.timestamp());
    let start = |d: NaiveDate| day_start_s(Tz::UTC, d);
    let quarter = day.month0() / 3 + 1;
    DateTime {
        date_time_key: key,
        date_time_30min_key: key.div_euclid(1_800) * 1_800,
        date_time_hour_key: key.div_euclid(3_600) * 3_600,
        date_time_day_key: start(day),
        date_time_next_day_key: start(day) + 86_400,
        date_time_week_key: start(week_start(day)),
        date_time_month_key: start(month_start(day)),
        date_time_quarter_key: start(NaiveDate::from_ymd_opt(day.year(), quarter * 3 - 2, 1).unwrap_or(day)),
        date_time_year_key: start(NaiveDate::from_ymd_opt(day.year(), 1, 1).unwrap_or(day)),
        cal_year_num: day.year(),
        cal_quarter_num_in_year: quarter as i32,
        cal_month_num_in_year: day.month() as i32,
        cal_day_num_in_month: day.day() as i32,
        cal_day_num_in_week: day.weekday().number_from_sunday() as i32,
        cal_day_num_in_year: day.ordinal() as i32,
        cal_hour_num_in_day: instant.hour() as i32,
        cal_15min_num_in_hour: (instant.minute() / 15 + 1) as i32,
        label_yyyy: instant.format("%Y").to_string(),
        label_yyyy_qq: format!("{}-Q{quarter}", day.year()),
        label_yyyy_mm: instant.format("%Y-%m").to_string(),
        label_yyyy_mm_dd: instant.format("%Y-%m-%d").to_string(),
        label_yyyy_mm_dd_hh24: instant.format("%Y-%m-%d %H").to_string(),
        label_yyyy_mm_dd_hh24_15int: instant.format("%Y-%m-%d %H:%M").to_string(),
    }
}

fn quarter_hours(from_s: i64, to_s: i64) -> impl Iterator<Item = Instant<Utc>> {
    (date_time_key(from_s)..to_s)
        .step_by(DATE_TIME_INTERVAL_S as usize)
        .filter_map(|key| Instant::<Utc>::from_timestamp(key, 0))
}

fn week_start(day: NaiveDate) -> NaiveDate {
    day.checked_sub_days(Days::new(u64::from(day.weekday().num_days_from_sunday()))).unwrap_or(day)
}

fn month_start(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn rows_of(zone: Tz, date: &str) -> Vec<Calendar> {
        let next = day(date).succ_opt().expect("a day");
        calendar_rows(zone, day_start_s(zone, day(date)), day_start_s(zone, next))
    }

    #[test]
    fn a_day_has_23_or_25_hours_when_the_clock_is_set() {
        let zone = Tz::Europe__Berlin;
        let spring = rows_of(zone, "2026-03-29");
        assert_eq!(spring.len(), 23 * 4);
        assert!(spring.iter().all(|r| r.local_hour != 2 && r.local_date == "2026-03-29"));
        let autumn = rows_of(zone, "2026-10-25");
        assert_eq!(autumn.len(), 25 * 4);
        let mut twos: Vec<_> =
            autumn.iter().filter(|r| r.local_hour == 2).map(|r| (r.hour_key, r.utc_offset_s)).collect();
        twos.dedup();
        assert_eq!(twos.len(), 2);
        assert_ne!(twos[0].1, twos[1].1);
        assert!(autumn.iter().all(|r| r.day_key == autumn[0].date_time_key));
    }

    #[test]
    fn a_skipped_midnight_begins_the_day_at_its_first_instant() {
        // On 2018-11-04 São Paulo's clocks went from 00:00 to 01:00 (-02:00 after).
        let start = day_start_s(Tz::America__Sao_Paulo, day("2018-11-04"));
        assert_eq!(start, day("2018-11-04").and_hms_opt(3, 0, 0).expect("a time").and_utc().timestamp());
    }

    #[test]
    fn half_hour_zones_begin_their_hours_on_the_half() {
        let rows = rows_of(Tz::Asia__Kolkata, "2026-01-05");
        assert_eq!(rows.len(), 96);
        assert!(rows.iter().all(|r| r.hour_key.rem_euclid(3_600) == 1_800 && r.utc_offset_s == 19_800));
        assert_eq!(rows[0].local_hour_label, "2026-01-05 00:00+05:30");
    }

    #[test]
    fn weeks_begin_on_sunday_and_months_on_their_first() {
        let row = &date_time_rows(1_767_571_200, 1_767_571_201)[0]; // 2026-01-05, a Monday
        assert_eq!(row.label_yyyy_mm_dd_hh24_15int, "2026-01-05 00:00");
        assert_eq!(row.date_time_week_key, 1_767_571_200 - 86_400);
        assert_eq!(row.date_time_month_key, 1_767_225_600);
        assert_eq!((row.cal_day_num_in_week, row.label_yyyy_qq.as_str()), (2, "2026-Q1"));
    }
}
