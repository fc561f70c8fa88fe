//! When things happened: a row's clock times placed on the time line.
//!
//! The first stamp of a call is located in the time zone, every other by its distance from the first on the wall clock, so
//! that no duration changes when summer time begins or ends. Each stretch lasts what its duration column says. Does not
//! know events.

use chrono::{MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone};
use chrono_tz::Tz;

use super::row::{Ending, Leg, Row};

const MICROS_PER_S: i64 = 1_000_000;
const DAY_S: i64 = 86_400;
/// A stamp that lies further than this before an earlier one belongs to the next day.
const NEXT_DAY_FROM_S: i64 = 12 * 3_600;
/// How far back to look for a local time that exists; the longest gap on record skipped a whole day.
const LONGEST_GAP_HOURS: i64 = 48;

/// A stretch of time in microseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its first moment.
    pub start_us: i64,
    /// Its end.
    pub end_us: i64,
}

/// When a call's stretches were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// In the IVR, from the call's beginning.
    pub ivr: Span,
    /// In the queue, if it was queued.
    pub queue: Option<Span>,
    /// With the agent's side, if it was answered. May begin before the queue ends: two clocks.
    pub service: Option<Span>,
}

impl Times {
    /// The last of all moments, which is the call's end.
    #[must_use]
    pub fn end_us(&self) -> i64 {
        let ends = [Some(self.ivr), self.queue, self.service];
        ends.into_iter().flatten().map(|span| span.end_us).fold(self.ivr.end_us, i64::max)
    }
}

/// Places a call's stretches.
#[must_use]
pub fn times(row: &Row, zone: Tz) -> Times {
    let entry_s = i64::from(row.ivr.start_s);
    let origin_us = local_us(zone, row.key.date, row.ivr.start_s);
    let span = |start_s: i64, time_s: u32| {
        let start_us = origin_us + (start_s - entry_s) * MICROS_PER_S;
        Span { start_us, end_us: start_us + i64::from(time_s) * MICROS_PER_S }
    };
    let mut latest_s = entry_s + i64::from(row.ivr.time_s);
    let mut place = |leg: Leg| {
        let start_s = on_its_day(leg.start_s, latest_s);
        latest_s = latest_s.max(start_s + i64::from(leg.time_s));
        span(start_s, leg.time_s)
    };
    let ivr = span(entry_s, row.ivr.time_s);
    let queue = row.queue.map(&mut place);
    let service = match &row.ending {
        Ending::Left => None,
        Ending::Served { service: Some(leg), .. } => Some(place(*leg)),
        Ending::Served { service: None, .. } => {
            let left_us = queue.unwrap_or(ivr).end_us;
            Some(Span { start_us: left_us, end_us: left_us })
        }
    };
    Times { ivr, queue, service }
}

/// Seconds after the row's midnight, on the first day that does not put the stamp too far before `latest_s`.
fn on_its_day(clock_s: u32, latest_s: i64) -> i64 {
    let mut stamp_s = i64::from(clock_s);
    while stamp_s + NEXT_DAY_FROM_S < latest_s {
        stamp_s += DAY_S;
    }
    stamp_s
}

/// The stretch that a local day takes, [midnight, next midnight).
#[must_use]
pub fn local_day(zone: Tz, date: NaiveDate) -> Span {
    let next = date.succ_opt().unwrap_or(date);
    Span { start_us: local_us(zone, date, 0), end_us: local_us(zone, next, 0) }
}

/// A local clock time as microseconds since 1970-01-01 UTC. Of a time that comes twice the earlier is meant; a time that
/// the clock leapt over counts on from before the leap.
#[must_use]
pub fn local_us(zone: Tz, date: NaiveDate, clock_s: u32) -> i64 {
    let local = date.and_time(NaiveTime::MIN) + TimeDelta::seconds(i64::from(clock_s));
    (0..=LONGEST_GAP_HOURS)
        .find_map(|hours| {
            existing_us(zone, local - TimeDelta::hours(hours)).map(|us| us + hours * 3_600 * MICROS_PER_S)
        })
        .unwrap_or_else(|| local.and_utc().timestamp_micros())
}

fn existing_us(zone: Tz, local: NaiveDateTime) -> Option<i64> {
    match zone.from_local_datetime(&local) {
        MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(at, _) => Some(at.timestamp_micros()),
        MappedLocalTime::None => None,
    }
}

/// Midnight of a date as if it were UTC: what names an epoch, whatever the zone.
#[must_use]
pub fn nominal_us(date: NaiveDate) -> i64 {
    date.and_time(NaiveTime::MIN).and_utc().timestamp_micros()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bank::row::CallKey;
    use chrono_tz::Asia::Jerusalem;

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).expect("a date")
    }

    fn hms(h: u32, m: u32, s: u32) -> u32 {
        h * 3_600 + m * 60 + s
    }

    fn row(date: NaiveDate, ivr: (u32, u32), queue: Option<(u32, u32)>, service: Option<Option<(u32, u32)>>) -> Row {
        let leg = |(start_s, time_s)| Leg { start_s, time_s };
        Row {
            key: CallKey { date, line: "L".into(), call_id: 1 },
            customer_id: 0,
            priority: 0,
            service_type: "PS".into(),
            ivr: leg(ivr),
            queue: queue.map(leg),
            ending: service
                .map_or(Ending::Left, |s| Ending::Served { server: Some("AG01".into()), service: s.map(leg) }),
            service_left_out: false,
        }
    }

    type Pair = Option<(i64, i64)>;

    /// Spans as seconds after the call's beginning.
    fn relative(row: &Row) -> (i64, Pair, Pair) {
        let t = times(row, Jerusalem);
        let s = |us: i64| (us - t.ivr.start_us) / MICROS_PER_S;
        let pair = |span: Span| (s(span.start_us), s(span.end_us));
        (s(t.ivr.end_us), t.queue.map(pair), t.service.map(pair))
    }

    #[test]
    fn a_call_begins_at_its_local_time() {
        // 7:39:23 in winter, two hours ahead of UTC.
        let placed = times(&row(day(1999, 2, 3), (hms(7, 39, 23), 6), None, None), Jerusalem);
        assert_eq!(placed.ivr.start_us, 918_020_363_000_000);
    }

    #[test]
    fn stamps_after_midnight_belong_to_the_next_day() {
        let d = day(1999, 2, 10);
        let queue_across = row(d, (hms(23, 59, 19), 0), Some((hms(23, 59, 29), 57)), None);
        assert_eq!(relative(&queue_across), (0, Some((10, 67)), None));
        let all_after = row(d, (hms(23, 59, 56), 0), Some((2, 27)), Some(Some((29, 29))));
        assert_eq!(relative(&all_after), (0, Some((6, 33)), Some((33, 62))));
        let service_at_midnight = row(d, (hms(23, 59, 50), 10), None, Some(Some((0, 30))));
        assert_eq!(relative(&service_at_midnight), (10, None, Some((10, 40))));
    }

    #[test]
    fn a_service_may_begin_before_the_queue_ends_and_stays_there() {
        let call =
            row(day(1999, 2, 3), (hms(10, 0, 0), 6), Some((hms(10, 0, 6), 30)), Some(Some((hms(10, 0, 34), 90))));
        assert_eq!(relative(&call), (6, Some((6, 36)), Some((34, 124))));
    }

    #[test]
    fn twelve_hours_before_is_the_same_day_and_a_second_more_is_the_next() {
        assert_eq!(on_its_day(0, NEXT_DAY_FROM_S), 0);
        assert_eq!(on_its_day(0, NEXT_DAY_FROM_S + 1), DAY_S);
    }

    #[test]
    fn a_service_of_17_hours_lasts_17_hours() {
        let call = row(day(1999, 2, 3), (hms(8, 0, 0), 10), None, Some(Some((hms(8, 0, 10), 61_200))));
        assert_eq!(relative(&call), (10, None, Some((10, 61_210))));
    }

    #[test]
    fn an_answer_without_a_start_is_on_leaving_the_queue_or_the_ivr() {
        let d = day(1999, 2, 3);
        let queued = row(d, (100, 5), Some((105, 10)), Some(None));
        assert_eq!(relative(&queued).2, Some((15, 15)));
        assert_eq!(relative(&row(d, (100, 5), None, Some(None))).2, Some((5, 5)));
    }

    #[test]
    fn no_duration_changes_when_summer_time_begins_or_ends() {
        // Summer time began on 2 April 1999 and ended on 3 September 1999, both at 2:00.
        for date in [day(1999, 4, 2), day(1999, 9, 3)] {
            let call = row(date, (hms(1, 59, 0), 30), Some((hms(1, 59, 30), 600)), Some(Some((hms(2, 9, 30), 7_200))));
            assert_eq!(relative(&call), (30, Some((30, 630)), Some((630, 7_830))));
        }
    }

    #[test]
    fn a_time_that_comes_twice_is_the_earlier_and_one_that_never_comes_counts_on() {
        let before = local_us(Jerusalem, day(1999, 4, 2), hms(1, 30, 0));
        assert_eq!(local_us(Jerusalem, day(1999, 4, 2), hms(2, 30, 0)) - before, 3_600 * MICROS_PER_S);
        let after = local_us(Jerusalem, day(1999, 9, 3), hms(2, 30, 0));
        assert_eq!(after - local_us(Jerusalem, day(1999, 9, 3), hms(1, 30, 0)), 2 * 3_600 * MICROS_PER_S);
        let day_hours = |d| (local_day(Jerusalem, d).end_us - local_day(Jerusalem, d).start_us) / 3_600 / MICROS_PER_S;
        assert_eq!((day_hours(day(1999, 4, 2)), day_hours(day(1999, 9, 3))), (23, 25));
    }

    #[test]
    fn a_day_that_a_zone_skipped_does_not_break_anything() {
        let skipped = local_us(chrono_tz::Pacific::Apia, day(2011, 12, 30), 0);
        assert_eq!(skipped, local_us(chrono_tz::Pacific::Apia, day(2011, 12, 31), 0));
    }
}
