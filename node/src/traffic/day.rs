//! The clock of the day: how many calls come at which hour of which weekday, and when agents have their shifts.
//!
//! The center's clock shows UTC.

use super::dist::{self, SECOND_US};
use super::rng::{Purpose, Rng};

const HOUR_US: i64 = 3_600 * SECOND_US;
const MINUTE_US: i64 = 60 * SECOND_US;
/// Microseconds of a day.
pub(super) const DAY_US: i64 = 24 * HOUR_US;

/// Calls of each hour of the day, as parts of the busiest hour's.
const HOURS: [f64; 24] = [
    0.03, 0.02, 0.02, 0.02, 0.02, 0.03, 0.08, 0.24, 0.55, 0.80, 0.90, 0.92, 0.90, 0.95, 1.00, 0.93, 0.78, 0.56, 0.35,
    0.18, 0.13, 0.08, 0.05, 0.04,
];
/// Calls of each weekday from Monday on, as parts of the busiest day's.
const WEEKDAYS: [f64; 7] = [1.00, 0.95, 0.93, 0.94, 0.97, 0.45, 0.30];
/// Share of the agents who work on each weekday from Monday on.
const STAFF: [f64; 7] = [1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.35];
/// Shifts: start in minutes after midnight, length in minutes, share of the agents. The last one crosses midnight.
const SHIFTS: [(i64, i64, f64); 8] = [
    (6 * 60, 510, 0.06),
    (7 * 60, 510, 0.12),
    (8 * 60, 510, 0.22),
    (9 * 60, 510, 0.22),
    (10 * 60, 510, 0.18),
    (11 * 60, 510, 0.08),
    (12 * 60 + 30, 540, 0.08),
    (21 * 60 + 15, 555, 0.04),
];
/// How far logins and logouts are spread before and after their time.
const SPREAD_US: i64 = 10 * MINUTE_US;
/// Agents whose shift goes on when time begins log in within this time.
const OPENING_US: i64 = 3 * MINUTE_US;

/// Calls a second at a moment, when the busiest hour of the busiest day has `busy_hour_calls`.
pub(super) fn calls_per_second(at_us: i64, busy_hour_calls: f64) -> f64 {
    let hour = at_us.rem_euclid(DAY_US) / HOUR_US;
    let part = HOURS.get(hour as usize).copied().unwrap_or_default() * of_weekday(&WEEKDAYS, at_us);
    part * busy_hour_calls / 3_600.0
}

/// Monday is 0; 1970-01-01 was a Thursday.
fn of_weekday(table: &[f64; 7], at_us: i64) -> f64 {
    let weekday = (at_us.div_euclid(DAY_US) + 3).rem_euclid(7);
    table.get(weekday as usize).copied().unwrap_or_default()
}

/// From when to when an agent works, microseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shift {
    pub(super) from_us: i64,
    pub(super) to_us: i64,
}

/// The agent's next shift that ends after `after_us` and begins on day `first_day` (since 1970-01-01) or later, and its day.
pub(super) fn next_shift(seed: u64, agent: u32, first_day: i64, after_us: i64) -> (Shift, i64) {
    let mut day = first_day;
    loop {
        let mut rng = Rng::of(seed, Purpose::Shift, (u64::from(agent) << 32) ^ (day as u64));
        let midnight_us = day.saturating_mul(DAY_US);
        let works = rng.chance(of_weekday(&STAFF, midnight_us));
        let shift = shift(agent, midnight_us, &mut rng);
        if works && shift.to_us > after_us.saturating_add(OPENING_US) {
            return (opened(shift, after_us, &mut rng), day);
        }
        day = day.saturating_add(1);
    }
}

fn shift(agent: u32, midnight_us: i64, rng: &mut Rng) -> Shift {
    let place = dist::place(SHIFTS.iter().map(|(_, _, share)| *share), spread(agent));
    let (start_min, length_min, _) = SHIFTS.get(place).copied().unwrap_or(SHIFTS[0]);
    let from_us = midnight_us.saturating_add(start_min * MINUTE_US);
    Shift {
        from_us: from_us.saturating_add(rng.between(-SPREAD_US, SPREAD_US)),
        to_us: from_us.saturating_add(length_min * MINUTE_US).saturating_add(rng.between(-SPREAD_US, SPREAD_US)),
    }
}

/// Whoever should have begun already begins now.
fn opened(shift: Shift, after_us: i64, rng: &mut Rng) -> Shift {
    let opening_us = after_us.saturating_add(rng.between(1, OPENING_US));
    Shift { from_us: if shift.from_us > after_us { shift.from_us } else { opening_us }, ..shift }
}

/// Numbers between 0 and 1 that fill it evenly however many agents there are: multiples of the golden ratio.
pub(super) fn spread(agent: u32) -> f64 {
    (f64::from(agent) * 0.618_033_988_749_895 + 0.3).fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-01-05, a Monday.
    const MONDAY_US: i64 = 1_767_571_200 * SECOND_US;

    #[test]
    fn the_busiest_hour_is_mondays_and_the_night_and_the_weekend_are_quiet() {
        assert_eq!(calls_per_second(MONDAY_US + 14 * HOUR_US, 3_600.0), 1.0);
        assert!(calls_per_second(MONDAY_US + 2 * HOUR_US, 3_600.0) < 0.05);
        assert_eq!(calls_per_second(MONDAY_US + 6 * DAY_US + 14 * HOUR_US, 3_600.0), 0.30);
    }

    #[test]
    fn nine_of_ten_agents_are_there_in_the_busy_hour_and_some_at_night() {
        let day = MONDAY_US / DAY_US;
        let at = |at_us: i64| {
            let shifts = (0..1_000).map(|agent| next_shift(7, agent, day - 1, MONDAY_US).0);
            shifts.filter(|s| s.from_us <= at_us && at_us < s.to_us).count()
        };
        assert!(at(MONDAY_US + 14 * HOUR_US + 30 * MINUTE_US) > 850);
        assert!((20..60).contains(&at(MONDAY_US + 23 * HOUR_US)));
    }

    #[test]
    fn a_shift_that_goes_on_when_time_begins_begins_then() {
        let (shift, _) = next_shift(7, 3, MONDAY_US / DAY_US, MONDAY_US + 13 * HOUR_US);
        assert!(shift.from_us > MONDAY_US + 13 * HOUR_US);
    }
}
