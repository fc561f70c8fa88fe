//! `queue-summary` on rows whose answer was worked out by hand.

use callmart_queries::mart::PinnedMart;
use callmart_queries::reports::{Period, ReportRequest, Thresholds, run_report};
use callmart_schema::catalogue::statics::{Outcome, ResourceRole, technical_descriptor_key};
use chrono_tz::Tz;

use crate::asked::{self, lines, request};
use crate::support::{AGENT, Content, ENDPOINT, IVR, SALES, SUPPORT, at, passage, resources, target};

async fn check(content: &Content, test: &str, request: ReportRequest, columns: &[&str], expected: &[&str]) {
    asked::check(content, test, ("queue-summary", &request), columns, expected).await;
}

/// Monday 2026-01-05 in Berlin: 8:00 UTC is 9:00 there.
pub(crate) fn monday() -> Content {
    let nine = at("2026-01-05T08:00:00Z");
    let mut passages = vec![
        passage(1, SALES, nine, 10, Outcome::DivertedAnsweredByAgent), // waits 15
        passage(2, SALES, nine + 60, 30, Outcome::DivertedAnsweredByAgent), // waits 40
        passage(3, SALES, nine + 120, 3, Outcome::CustomerAbandonedWhileQueued), // short
        passage(4, SALES, nine + 180, 65, Outcome::AbandonedWhileQueued),
        passage(5, SALES, nine + 240, 8, Outcome::DivertedAnsweredByOther),
        passage(6, SALES, nine + 3_500, 20, Outcome::DivertedRoutedOnNoAnswer), // enters again as 7
        passage(7, SALES, nine + 3_900, 7, Outcome::DivertedAnsweredByAgent),   // waits 10
        passage(8, SALES, nine + 300, 9, Outcome::DivertedAbandonedWhileRinging),
        passage(9, SALES, nine + 360, 11, Outcome::ClearedFromAnotherVirtualQueue),
        passage(10, SALES, nine + 420, 2, Outcome::Diverted), // waits 2
        passage(11, SALES, nine + 480, 1, Outcome::AbnormalStop),
        passage(12, SALES, nine + 540, 1, Outcome::DivertedAnsweredByAgent), // of another role: not counted
        passage(13, SUPPORT, nine + 3_600, 4, Outcome::Cleared),
    ];
    passages[6].entry_ordinal = 2;
    passages[11].technical_descriptor_key = technical_descriptor_key(ResourceRole::DivertedTo, Outcome::Completed);
    let targets = [
        target(&mut passages[0], AGENT, 5, 1),
        target(&mut passages[1], AGENT, 10, 1),
        target(&mut passages[4], ENDPOINT, 4, 1),
        target(&mut passages[5], AGENT, 15, 0),
        target(&mut passages[6], AGENT, 3, 1),
        target(&mut passages[7], AGENT, 6, 0),
        target(&mut passages[9], IVR, 0, 1),
    ];
    let mut content = Content::with_statics();
    content.add(&resources()).add(&crate::support::tenants()).add(&passages).add(&targets);
    content
}

const ALL: [&str; 16] = [
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

#[tokio::test]
async fn a_day_counts_every_entry_in_one_class_and_measures_waits_by_hand() {
    let day = request("2026-01-05", "2026-01-06", Tz::Europe__Berlin, Period::Day);
    let expected = [
        "sales 2026-01-05 1767567600 11 4 2 1 1 1 1 1 1 22.5 65 16.75 0.3",
        "support 2026-01-05 1767567600 1 0 0 0 0 0 1 0 0 - - - 0.0",
    ];
    check(&monday(), "queue_summary_day", day, &ALL, &expected).await;
}

#[tokio::test]
async fn an_hour_counts_what_entered_in_it_and_a_second_entry_counts_again() {
    let hours = request("2026-01-05", "2026-01-06", Tz::Europe__Berlin, Period::Hour);
    let expected = [
        "sales 2026-01-05 09:00+01:00 1767600000 10 3 1 0.2222222222222222",
        "sales 2026-01-05 10:00+01:00 1767603600 1 1 0 1.0",
        "support 2026-01-05 10:00+01:00 1767603600 1 0 0 0.0",
    ];
    let columns = ["queue", "period", "period_key", "entered", "accepted", "redirected", "service_level"];
    check(&monday(), "queue_summary_hour", hours, &columns, &expected).await;
}

#[tokio::test]
async fn a_year_in_another_zone_holds_the_same_day() {
    let year = request("2025-07-01", "2026-07-01", Tz::America__St_Johns, Period::Day);
    let expected = ["sales 2026-01-05 11 0.3", "support 2026-01-05 1 0.0"];
    check(&monday(), "queue_summary_year", year, &["queue", "period", "entered", "service_level"], &expected).await;
}

#[tokio::test]
async fn thresholds_of_the_request_move_the_lines() {
    let mut day = request("2026-01-05", "2026-01-06", Tz::Europe__Berlin, Period::Day);
    day.thresholds = Thresholds { short_abandon_s: 65, accept_s: 9 };
    let expected = ["sales 2 0.1111111111111111", "support 0 0.0"];
    check(&monday(), "queue_summary_limits", day, &["queue", "abandoned_short", "service_level"], &expected).await;
}

fn cleared_at(times: &[&str]) -> Content {
    let passages: Vec<_> =
        (1..).zip(times).map(|(id, time)| passage(id, SALES, at(time), 1, Outcome::Cleared)).collect();
    let mut content = Content::with_statics();
    content.add(&resources()).add(&passages);
    content
}

#[tokio::test]
async fn the_hour_that_comes_twice_is_two_rows_and_the_day_has_25_hours() {
    let content = cleared_at(&[
        "2026-10-24T21:59:59Z", // the evening before
        "2026-10-24T22:00:00Z",
        "2026-10-25T00:30:00Z", // 02:30 summer time
        "2026-10-25T01:30:00Z", // 02:30 winter time
        "2026-10-25T01:45:00Z",
        "2026-10-25T22:59:59Z",
        "2026-10-25T23:00:00Z", // the next day
    ]);
    let columns = ["period", "period_key", "entered"];
    let hours = request("2026-10-25", "2026-10-26", Tz::Europe__Berlin, Period::Hour);
    let expected = [
        "2026-10-25 00:00+02:00 1792879200 1",
        "2026-10-25 02:00+02:00 1792886400 1",
        "2026-10-25 02:00+01:00 1792890000 2",
        "2026-10-25 23:00+01:00 1792965600 1",
    ];
    check(&content, "queue_summary_autumn", hours, &columns, &expected).await;
    let days = request("2026-10-24", "2026-10-27", Tz::Europe__Berlin, Period::Day);
    let expected = ["2026-10-24 1792792800 1", "2026-10-25 1792879200 5", "2026-10-26 1792969200 1"];
    check(&content, "queue_summary_autumn_days", days, &columns, &expected).await;
}

#[tokio::test]
async fn days_of_a_zone_half_an_hour_off_begin_on_the_half_hour() {
    let content = cleared_at(&["2026-01-05T18:29:59Z", "2026-01-05T18:30:00Z"]);
    let days = request("2026-01-05", "2026-01-07", Tz::Asia__Kolkata, Period::Day);
    let expected = ["2026-01-05 1767551400 1", "2026-01-06 1767637800 1"];
    check(&content, "queue_summary_half", days, &["period", "period_key", "entered"], &expected).await;
    let hours = request("2026-01-06", "2026-01-07", Tz::Asia__Kolkata, Period::Hour);
    let expected = ["2026-01-06 00:00+05:30 1"];
    check(&content, "queue_summary_half_hours", hours, &["period", "entered"], &expected).await;
}

#[tokio::test]
async fn an_outcome_and_target_of_any_kind_falls_in_exactly_one_class() {
    let mut passages = Vec::new();
    let mut targets = Vec::new();
    let start = at("2026-01-05T08:00:00Z");
    for key in 201..=227_i64 {
        for (place, resource) in [None, Some(AGENT), Some(IVR), Some(ENDPOINT), Some(SUPPORT)].into_iter().enumerate() {
            for handled in 0..=1 {
                let id = key * 100 + place as i64 * 10 + i64::from(handled);
                let mut one = passage(id, SALES, start, 1, Outcome::Unspecified);
                one.technical_descriptor_key = key;
                targets.extend(resource.map(|r| target(&mut one, r, 1, handled)));
                passages.push(one);
            }
        }
    }
    let mut content = Content::with_statics();
    content.add(&resources()).add(&passages).add(&targets);
    let (_dir, engines) = content.engines("queue_summary_total").await;
    let day = request("2026-01-05", "2026-01-06", Tz::UTC, Period::Day);
    for engine in engines {
        let answer = run_report(&engine, "queue-summary", &day).await.expect("an answer");
        let found: Vec<i64> = lines(&answer, &ALL)[0].split(' ').skip(3).take(9).flat_map(str::parse).collect();
        let classes: i64 = [1, 2, 4, 5, 6, 7, 8].map(|at| found[at]).iter().sum();
        assert_eq!((found[0], classes), (270, 270), "{found:?}");
    }
}

#[tokio::test]
async fn days_far_from_the_period_are_not_opened() {
    let mut content = monday();
    let mut later = passage(50, SALES, at("2026-03-01T08:00:00Z"), 1, Outcome::DivertedAnsweredByAgent);
    let attempt = target(&mut later, AGENT, 1, 1);
    content.add(&[later]).add(&[attempt]);
    let (dir, engine) = content.parquet();
    let mart = PinnedMart::pin(dir.path()).expect("a mart");
    for table in ["mediation_segment_fact", "interaction_resource_fact"] {
        let files = mart.files(table).iter().filter(|file| file.day == "2026-03-01");
        files.for_each(|file| std::fs::remove_file(mart.path(table, file)).expect("a file"));
    }
    let day = request("2026-01-05", "2026-01-06", Tz::Europe__Berlin, Period::Day);
    let answer = run_report(&engine, "queue-summary", &day).await.expect("an answer");
    assert_eq!(lines(&answer, &["queue", "entered", "accepted"]), ["sales 11 4", "support 1 0"]);
    let later = request("2026-03-01", "2026-03-02", Tz::UTC, Period::Day);
    assert!(run_report(&engine, "queue-summary", &later).await.is_err(), "a missing file of the period is an error");
}

#[tokio::test]
async fn a_mart_without_rows_gives_an_answer_without_rows() {
    let day = request("2026-01-05", "2026-01-06", Tz::UTC, Period::Day);
    check(&Content::default(), "queue_summary_empty", day.clone(), &ALL, &[]).await;
    let nothing = tempfile::tempdir().expect("a folder");
    let engine = crate::support::parquet(nothing.path());
    let answer = run_report(&engine, "queue-summary", &day).await.expect("an answer");
    assert_eq!((answer.batch.num_rows(), answer.batch.num_columns()), (0, 16));
    assert!(answer.completeness.to_string().contains("no source"));
}

#[tokio::test]
async fn a_period_without_days_and_a_report_without_a_name_are_refused() {
    let nothing = tempfile::tempdir().expect("a folder");
    let engine = crate::support::parquet(nothing.path());
    let none = request("2026-01-05", "2026-01-05", Tz::UTC, Period::Day);
    assert!(run_report(&engine, "queue-summary", &none).await.is_err());
    let day = request("2026-01-05", "2026-01-06", Tz::UTC, Period::Day);
    assert!(run_report(&engine, "queue", &day).await.is_err());
    let ages = request("2026-01-05", "2126-01-05", Tz::UTC, Period::Day);
    let error = run_report(&engine, "queue-summary", &ages).await.expect_err("too long").to_string();
    assert!(error.contains("36524 days"), "{error}");
}
