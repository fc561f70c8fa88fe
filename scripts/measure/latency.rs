//! From the moment that a call ended by its source's clock to the moment that its row was seen in PostgreSQL, and to the
//! moment that a browser no longer showed it as one that goes on.
//!
//! The database is asked again and again, so what is measured is never less than what a reader would see.

use std::collections::HashMap;
use std::time::Duration;

use callmart_etl::postgres_server::PrivateServer;
use sqlx::PgPool;

use crate::Asked;
use crate::page::{Seen, Watch};
use crate::process::{Demo, now_us, say};

/// Pause between two questions.
const PAUSE: Duration = Duration::from_millis(10);
/// Where the simulation begins, so much before the busy hour as does not count.
const START: &str = "2026-01-05T09:50Z";
/// Minutes at the start that do not count: agents log in, files and partitions are new, and as many calls must go on as usual
/// before as many end.
const WARM_UP_MIN: f64 = 10.0;
/// A row that comes later than this after another that ended later would not be seen.
const WINDOW_MS: i64 = 120_000;
/// Latest time from the end of a call to its row, in milliseconds, for 99 of 100 calls.
const GOAL_P99_MS: i64 = 1_000;
/// The same up to the browser.
const PAGE_GOAL_P99_MS: i64 = 2_000;
/// Before the simulation ends, the browser has seen enough: afterwards nothing answers it.
const BEFORE_THE_END: Duration = Duration::from_secs(5);

/// Plays the busy hour in real time and prints the distribution.
pub(crate) async fn measure(asked: &Asked) -> Result<(), String> {
    let (minutes, agents) = (asked.number("minutes", 10.0), asked.number("agents", 2_000.0));
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let server = PrivateServer::start(&folder.path().join("server")).await.map_err(|e| e.to_string())?;
    let hours = (minutes + WARM_UP_MIN) / 60.0;
    let arguments: Vec<String> = ["--once", "--speed", "1", "--port", "0", "--start", START]
        .into_iter()
        .map(str::to_owned)
        .chain([format!("--hours={hours}"), format!("--agents={agents}"), format!("--postgres={}", server.url())])
        .collect();
    let mut demo = Demo::start(&folder.path().join("data"), &arguments).await?;
    let shift_us = demo.wall_minus_source_us.ok_or("the demo does not say how its time runs")?;
    let pool = PgPool::connect(&server.url()).await.map_err(|e| e.to_string())?;
    let began_us = now_us();
    let counted_from_us = began_us + (WARM_UP_MIN * 60e6) as i64;
    let page = tokio::spawn(watched(demo.page().await?, counted_from_us, (minutes * 60e6) as i64));
    let mut latencies_ms: Vec<i64> = Vec::new();
    let (mut newest_ms, mut peak_mb, mut ends_ms) = (i64::MIN, 0, HashMap::new());
    while demo.child.try_wait().map_err(|e| e.to_string())?.is_none() {
        let rows = ended_since(&pool, newest_ms.saturating_sub(WINDOW_MS)).await.unwrap_or_default();
        for (id, end_ms) in rows {
            if ends_ms.insert(id, end_ms).is_some() {
                continue;
            }
            newest_ms = newest_ms.max(end_ms);
            let latency_ms = (now_us() - shift_us).div_euclid(1_000) - end_ms;
            if now_us() > counted_from_us {
                latencies_ms.push(latency_ms);
            }
        }
        peak_mb = demo.memory_mb().map_or(peak_mb, |(_, peak)| peak);
        tokio::time::sleep(PAUSE).await;
    }
    pool.close().await;
    server.discard().await.map_err(|e| e.to_string())?;
    let seen = page.await.map_err(|e| e.to_string())??;
    let mut in_page_ms = in_page(&seen, &ends_ms, shift_us.div_euclid(1_000));
    say(&format!("peak memory {peak_mb} MB"));
    let in_postgres = tell("in PostgreSQL", &mut latencies_ms, GOAL_P99_MS);
    tell("in the page", &mut in_page_ms, PAGE_GOAL_P99_MS)?;
    in_postgres
}

/// What a browser sees from a moment on, for as long as the simulation goes on.
async fn watched(address: String, from_us: i64, length_us: i64) -> Result<Seen, String> {
    let until = |us: i64| Duration::from_micros(u64::try_from(us - now_us()).unwrap_or_default());
    tokio::time::sleep(until(from_us)).await;
    let watch = Watch::begin(&address)?;
    tokio::time::sleep(until(from_us + length_us).saturating_sub(BEFORE_THE_END)).await;
    watch.end().await
}

/// From the end of each call that the browser showed to the moment that it did not; a call that is still shown counts
/// up to the last look when it should have gone by then. A call that left the page before its end, since it was no longer what the page was narrowed to, does not.
fn in_page(seen: &Seen, ends_ms: &HashMap<i64, i64>, shift_ms: i64) -> Vec<i64> {
    let since_end = |(id, at_ms): (&i64, i64)| ends_ms.get(id).map(|end_ms| at_ms - shift_ms - end_ms);
    let gone = seen.gone_ms.iter().map(|(id, at_ms)| (id, *at_ms));
    let still = seen.still.iter().map(|id| (id, seen.until_ms));
    let too_late = still.filter_map(since_end).filter(|ms| *ms > PAGE_GOAL_P99_MS);
    gone.filter_map(since_end).filter(|ms| *ms >= 0).chain(too_late).collect()
}

/// Interactions that ended after a moment.
async fn ended_since(pool: &PgPool, from_ms: i64) -> Result<Vec<(i64, i64)>, sqlx::Error> {
    sqlx::query_as("SELECT interaction_id, end_ms FROM interaction_fact WHERE end_ms > $1")
        .bind(from_ms)
        .fetch_all(pool)
        .await
}

fn tell(what: &str, latencies_ms: &mut [i64], goal_p99_ms: i64) -> Result<(), String> {
    latencies_ms.sort_unstable();
    let at = |share: f64| latencies_ms.get(((latencies_ms.len() as f64 * share) as usize).min(latencies_ms.len() - 1));
    if latencies_ms.is_empty() {
        return Err(format!("no call ended {what} while it was measured"));
    }
    let [p50, p90, p99, max] = [0.5, 0.9, 0.99, 1.0].map(|share| at(share).copied().unwrap_or_default());
    say(&format!("{what}: {} calls: p50 {p50} ms, p90 {p90} ms, p99 {p99} ms, longest {max} ms", latencies_ms.len()));
    if p99 > goal_p99_ms { Err(format!("{what}, p99 is over {goal_p99_ms} ms")) } else { Ok(()) }
}
