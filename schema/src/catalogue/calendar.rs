//! The calendars: which period an instant belongs to, for joins instead of time-zone functions.

use super::macros::table;

table! {
    /// One row per quarter hour in UTC, with the periods around it.
    DateTime = "date_time", Calendar {
        natural_key: "start of the quarter hour",
        key: ["date_time_key"],
        sort: ["date_time_key"],
        provenance: [],
    }
    /// Start of the quarter hour.
    date_time_key: i64 = EpochSeconds,
    /// Start of its half hour.
    date_time_30min_key: i64 = EpochSeconds,
    /// Start of its hour.
    date_time_hour_key: i64 = EpochSeconds,
    /// Start of its day.
    date_time_day_key: i64 = EpochSeconds,
    /// Start of the following day.
    date_time_next_day_key: i64 = EpochSeconds,
    /// Start of its week; weeks begin on Sunday.
    date_time_week_key: i64 = EpochSeconds,
    /// Start of its month.
    date_time_month_key: i64 = EpochSeconds,
    /// Start of its quarter of the year.
    date_time_quarter_key: i64 = EpochSeconds,
    /// Start of its year.
    date_time_year_key: i64 = EpochSeconds,
    /// Year.
    cal_year_num: i32 = Number,
    /// Quarter of the year, 1 to 4.
    cal_quarter_num_in_year: i32 = Number,
    /// Month of the year, 1 to 12.
    cal_month_num_in_year: i32 = Number,
    /// Day of the month, from 1.
    cal_day_num_in_month: i32 = Number,
    /// Day of the week, 1 for Sunday.
    cal_day_num_in_week: i32 = Number,
    /// Day of the year, from 1.
    cal_day_num_in_year: i32 = Number,
    /// Hour of the day, 0 to 23.
    cal_hour_num_in_day: i32 = Number,
    /// Quarter of the hour, 1 to 4.
    cal_15min_num_in_hour: i32 = Number,
    /// Year as text.
    label_yyyy: String = Name,
    /// Quarter of the year as text.
    label_yyyy_qq: String = Name,
    /// Month as text.
    label_yyyy_mm: String = Name,
    /// Day as text.
    label_yyyy_mm_dd: String = Name,
    /// Hour as text.
    label_yyyy_mm_dd_hh24: String = Name,
    /// Quarter hour as text.
    label_yyyy_mm_dd_hh24_15int: String = Name,
}

table! {
    /// One row per quarter hour and time zone, with the local hour and day it belongs to.
    Calendar = "calendar", Calendar {
        natural_key: "zone and start of the quarter hour",
        key: ["tz", "date_time_key"],
        sort: ["tz", "date_time_key"],
        provenance: [],
    }
    /// Name of the time zone.
    tz: String = Name,
    /// Start of the quarter hour.
    date_time_key: i64 = EpochSeconds,
    /// Start of the local hour.
    hour_key: i64 = EpochSeconds,
    /// Start of the local day.
    day_key: i64 = EpochSeconds,
    /// Start of the local week; weeks begin on Sunday.
    week_key: i64 = EpochSeconds,
    /// Start of the local month.
    month_key: i64 = EpochSeconds,
    /// Local time minus UTC, in seconds.
    utc_offset_s: i32 = Seconds,
    /// Local hour of the day, 0 to 23.
    local_hour: i32 = Number,
    /// Local day as text.
    local_date: String = Name,
    /// Local hour as text; the offset tells the two hours of a clock set back apart.
    local_hour_label: String = Name,
}
