//! Every answer says how complete it is, from the same state as its rows.

use callmart_queries::reports::{Period, run_report};
use callmart_schema::catalogue::CtlCoverage;
use chrono_tz::Tz;

use crate::asked::request;
use crate::queue_summary::monday;
use crate::support::at;

fn stretch(source: &str, from: &str, to: &str) -> CtlCoverage {
    CtlCoverage {
        source: source.to_owned(),
        role: "i-proxy".to_owned(),
        from_ms: at(from) * 1_000,
        to_ms: at(to) * 1_000,
        state: "complete".to_owned(),
        watermark_ms: at(to) * 1_000,
        ..CtlCoverage::default()
    }
}

#[tokio::test]
async fn an_answer_names_gaps_and_sources_never_heard_of_its_own_period() {
    let mut content = monday();
    let never = CtlCoverage { source: "t-2".to_owned(), state: "never-heard".to_owned(), ..CtlCoverage::default() };
    content.add(&[
        stretch("i-1", "2026-01-04T00:00:00Z", "2026-01-05T10:00:00Z"),
        stretch("i-1", "2026-01-05T10:00:30Z", "2026-01-06T12:00:00Z"),
        never,
    ]);
    let (_dir, engines) = content.engines("completeness_gaps").await;
    for engine in engines {
        let monday = request("2026-01-05", "2026-01-06", Tz::Europe__Berlin, Period::Day);
        let found = run_report(&engine, "queue-summary", &monday).await.expect("an answer").completeness;
        assert_eq!(
            found.to_string(),
            "Definition version 1; no common watermark; never heard: t-2; \
             i-1 is missing from 2026-01-05T10:00:00Z to 2026-01-05T10:00:30Z."
        );
        let tuesday = request("2026-01-06", "2026-01-07", Tz::UTC, Period::Day);
        let found = run_report(&engine, "queue-summary", &tuesday).await.expect("an answer").completeness;
        assert!(found.to_string().contains("i-1 is not heard yet from 2026-01-06T12:00:00Z on"), "{found}");
    }
}

#[tokio::test]
async fn a_period_that_all_sources_cover_is_complete() {
    let mut content = monday();
    content.add(&[stretch("i-1", "2026-01-04T00:00:00Z", "2026-01-07T00:00:00Z")]);
    let (_dir, engines) = content.engines("completeness_whole").await;
    for engine in engines {
        let monday = request("2026-01-05", "2026-01-06", Tz::Europe__Berlin, Period::Day);
        let found = run_report(&engine, "queue-summary", &monday).await.expect("an answer").completeness;
        assert!(found.is_complete(), "{found}");
        assert!(found.to_string().contains("data up to 2026-01-07T00:00:00Z; complete: 1 source was heard"), "{found}");
    }
}
