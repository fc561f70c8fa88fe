//! From the moment that a call ended by its source's clock to the moment that its row was seen in PostgreSQL.
//!
//! The database is asked again and again, so what is measured is never less than what a reader would see.

use std::collections::HashSet;
use std::time::Duration;

use callmart_etl::postgres_server::PrivateServer;
use sqlx::PgPool;

use crate::process::{Demo, now_us, say};
use crate::{Asked, START};

/// Pause between two questions.
const PAUSE: Duration = Duration::from_millis(10);
/// Minutes at the start that do not count: agents log in, files and partitions are new.
const WARM_UP_MIN: f64 = 2.0;
/// A row that comes later than this after another that ended later would not be seen.
const WINDOW_MS: i64 = 120_000;
/// Latest time from the end of a call to its row, in milliseconds, for 99 of 100 calls.
const GOAL_P99_MS: i64 = 1_000;

/// Plays the busy hour in real time and prints the distribution.
pub(crate) async fn measure(asked: &Asked) -> Result<(), String> {
    let (minutes, agents) = (asked.number("minutes", 10.0), asked.number("agents", 2_000.0));
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let server = PrivateServer::start(&folder.path().join("server")).await.map_err(|e| e.to_string())?;
    let hours = (minutes + WARM_UP_MIN) / 60.0;
    let arguments: Vec<String> = ["--once", "--speed", "1", "--start", START]
        .into_iter()
        .map(str::to_owned)
        .chain([format!("--hours={hours}"), format!("--agents={agents}"), format!("--postgres={}", server.url())])
        .collect();
    let mut demo = Demo::start(&folder.path().join("data"), &arguments).await?;
    let shift_us = demo.wall_minus_source_us.ok_or("the demo does not say how its time runs")?;
    let pool = PgPool::connect(&server.url()).await.map_err(|e| e.to_string())?;
    let began_us = now_us();
    let counted_from_us = began_us + (WARM_UP_MIN * 60e6) as i64;
    let mut latencies_ms: Vec<i64> = Vec::new();
    let (mut newest_ms, mut peak_mb, mut seen) = (i64::MIN, 0, HashSet::new());
    while demo.child.try_wait().map_err(|e| e.to_string())?.is_none() {
        let rows = ended_since(&pool, newest_ms.saturating_sub(WINDOW_MS)).await.unwrap_or_default();
        for (_, end_ms) in rows.into_iter().filter(|(id, _)| seen.insert(*id)) {
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
    tell(&mut latencies_ms, peak_mb)
}

/// Interactions that ended after a moment.
async fn ended_since(pool: &PgPool, from_ms: i64) -> Result<Vec<(i64, i64)>, sqlx::Error> {
    sqlx::query_as("SELECT interaction_id, end_ms FROM interaction_fact WHERE end_ms > $1")
        .bind(from_ms)
        .fetch_all(pool)
        .await
}

fn tell(latencies_ms: &mut [i64], peak_mb: u64) -> Result<(), String> {
    latencies_ms.sort_unstable();
    let at = |share: f64| latencies_ms.get(((latencies_ms.len() as f64 * share) as usize).min(latencies_ms.len() - 1));
    if latencies_ms.is_empty() {
        return Err("no call ended while it was measured".to_owned());
    }
    let [p50, p90, p99, max] = [0.5, 0.9, 0.99, 1.0].map(|share| at(share).copied().unwrap_or_default());
    say(&format!(
        "{} calls: p50 {p50} ms, p90 {p90} ms, p99 {p99} ms, longest {max} ms; peak memory {peak_mb} MB",
        latencies_ms.len()
    ));
    if p99 > GOAL_P99_MS { Err(format!("p99 is over {GOAL_P99_MS} ms")) } else { Ok(()) }
}
