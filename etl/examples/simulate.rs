//! Measures a simulated contact center through both marts: memory, events a second, and how soon ended calls are rows.
//!
//! `cargo run -p callmart-etl --example simulate -- FOLDER HOURS SPEED [AGENTS] [START]`; a speed of 0 is as fast as it goes,
//! one below 0 simulates nothing and loads the logs of an earlier run; `START` such as `2026-01-05T09:30:00Z`. PostgreSQL is a private server where one is installed. Memory is that of node,
//! collectors and ETL together, in one process. With `GIDB_TABLES` in the environment the GIDB tables are made too.
#![allow(clippy::print_stdout)]

use std::collections::{BTreeMap, HashSet};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use callmart_collector::{Collector, CollectorSettings, SourcePort};
use callmart_etl::{Etl, EtlSettings, LoadSettings, LogToFollow, Progress, TransformSettings, postgres_server};
use callmart_node::live::{Clock as _, Pace, Stage, StageSettings, SystemClock, sources};
use callmart_node::server::{Node, NodeSettings};
use callmart_node::traffic::{REFERENCE_AGENTS, Traffic, TrafficSettings};
use callmart_schema::catalogue::{TABLES, TableKind};
use chrono::{DateTime, Utc};
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, PgPool};
use tokio::sync::watch;

const HOUR_US: f64 = 3_600e6;
const TELL_EVERY: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What is measured.
struct Measured {
    dir: PathBuf,
    hours: f64,
    speed: f64,
    agents: u32,
    start_us: i64,
}

fn arguments() -> Result<Measured, Box<dyn Error>> {
    let mut given = std::env::args().skip(1);
    let dir = PathBuf::from(given.next().ok_or("name a folder to write into")?);
    let hours = given.next().ok_or("say how many hours")?.parse()?;
    let speed = given.next().ok_or("say how fast")?.parse()?;
    let agents = given.next().map_or(Ok(REFERENCE_AGENTS), |text| text.parse())?;
    let start = given.next().unwrap_or_else(|| "2026-01-05T09:30:00Z".to_owned());
    let start_us = start.parse::<DateTime<Utc>>()?.timestamp_micros();
    Ok(Measured { dir, hours, speed, agents, start_us })
}

/// Collectors by node, and the logs that they write.
fn collectors(dir: &Path, node: &Node) -> Result<(Vec<Collector>, Vec<LogToFollow>), Box<dyn Error>> {
    let mut ports: BTreeMap<String, Vec<SourcePort>> = BTreeMap::new();
    for port in node.ports() {
        let name = port.source.split('/').next().unwrap_or_default().to_owned();
        ports.entry(name).or_default().push(SourcePort::new(port.address, port.role.as_str()));
    }
    let (mut collectors, mut logs) = (Vec::new(), Vec::new());
    for (name, ports) in ports {
        let collector = Collector::open(CollectorSettings::new(&name, dir.join("log").join(&name), ports))?;
        let durable = Some(collector.durable());
        logs.push(LogToFollow { name, dir: collector.log_dir().to_owned(), durable });
        collectors.push(collector);
    }
    Ok((collectors, logs))
}

fn memory_mb(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(what)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or_default() / 1_024
}

/// Looks for ended calls that were not there before; gives how late each was, in milliseconds of wall time.
async fn watch_calls(pool: PgPool, measured: Arc<Measured>, wall_us: i64, is_over: Arc<AtomicBool>) -> Vec<f64> {
    let (mut seen, mut late, mut newest_ms) = (HashSet::new(), Vec::new(), measured.start_us / 1_000);
    while !is_over.load(Ordering::Relaxed) {
        tokio::time::sleep(LOOK_EVERY).await;
        let sql = "SELECT interaction_id, end_ms FROM interaction_fact WHERE end_ms > $1";
        let found: Result<Vec<(i64, i64)>, _> = sqlx::query_as(sql).bind(newest_ms - 20_000).fetch_all(&pool).await;
        let now_us = measured.start_us as f64 + (SystemClock.now_us() - wall_us) as f64 * measured.speed;
        for (id, end_ms) in found.unwrap_or_default() {
            newest_ms = newest_ms.max(end_ms);
            if seen.insert(id) {
                late.push((now_us / 1e3 - end_ms as f64) / measured.speed);
            }
        }
    }
    late
}

fn tell_latency(mut late: Vec<f64>) {
    late.sort_unstable_by(f64::total_cmp);
    let at = |part: f64| late.get((late.len() as f64 * part) as usize).copied().unwrap_or_default();
    println!(
        "{} calls; from end to row, ms: p50 {:.0} p90 {:.0} p99 {:.0} max {:.0}",
        late.len(),
        at(0.5),
        at(0.9),
        at(0.99),
        at(0.999_999)
    );
}

/// What rows are made with.
fn transform() -> TransformSettings {
    TransformSettings { gidb_tables: std::env::var_os("GIDB_TABLES").is_some(), ..TransformSettings::default() }
}

/// The logs of an earlier run.
fn logs_of(dir: &Path) -> Result<Vec<LogToFollow>, Box<dyn Error>> {
    let mut logs = Vec::new();
    for entry in std::fs::read_dir(dir.join("log"))? {
        let entry = entry?;
        logs.push(LogToFollow {
            name: entry.file_name().to_string_lossy().into_owned(),
            dir: entry.path(),
            durable: None,
        });
    }
    Ok(logs)
}

/// Loads the logs of an earlier run, and tells how it goes.
async fn load(measured: Measured, pool: Option<PgPool>) -> Result<(), Box<dyn Error>> {
    let began = Instant::now();
    let (transform, load) = (transform(), LoadSettings::default());
    let mut etl = Etl::open(EtlSettings { data_dir: measured.dir.clone(), transform, load }, pool).await?;
    println!("opened in {:?}", began.elapsed());
    let progress = etl.progress();
    let summary = tokio::select! {
        summary = etl.follow(logs_of(&measured.dir)?, watch::channel(true).1) => summary?,
        () = tell(progress, began) => return Ok(()),
    };
    println!("{summary:?} in {:?}; most memory {} MB", began.elapsed(), memory_mb("VmHWM"));
    Ok(())
}

/// Tells how far the work is, for ever.
async fn tell(progress: watch::Receiver<Progress>, began: Instant) {
    loop {
        tokio::time::sleep(TELL_EVERY).await;
        let (Progress { events, waiting_units, .. }, seconds) = (*progress.borrow(), began.elapsed().as_secs_f64());
        println!(
            "{seconds:7.0} s {events:10} events {:7.0} a second; {waiting_units:6} units wait; memory {} MB, most {} MB",
            events as f64 / seconds,
            memory_mb("VmRSS"),
            memory_mb("VmHWM")
        );
    }
}

async fn simulate(measured: Measured, pool: Option<PgPool>) -> Result<(), Box<dyn Error>> {
    let measured = Arc::new(measured);
    let end_us = measured.start_us + (measured.hours * HOUR_US) as i64;
    let settings =
        TrafficSettings { end_us: Some(end_us), ..TrafficSettings::new(measured.start_us, 1, measured.agents) };
    let wall_us = SystemClock.now_us();
    let pace = match measured.speed {
        speed if speed > 0.0 => Pace::Clock { source_us: measured.start_us, wall_us, speed },
        _ => Pace::Unbounded,
    };
    let stage = Stage::new(Box::new(Traffic::new(settings)), pace, Arc::new(SystemClock), &StageSettings::default())?;
    let node = Node::start(sources(&stage), NodeSettings::default()).await?;
    let (collectors, logs) = collectors(&measured.dir, &node)?;
    let began = Instant::now();
    let (transform, load) = (transform(), LoadSettings::default());
    let mut etl = Etl::open(EtlSettings { data_dir: measured.dir.clone(), transform, load }, pool.clone()).await?;
    println!("opened in {:?}", began.elapsed());
    let is_over = Arc::new(AtomicBool::new(false));
    let watching = pool
        .filter(|_| measured.speed > 0.0)
        .map(|pool| tokio::spawn(watch_calls(pool, measured.clone(), wall_us, is_over.clone())));
    let (stop, stopped) = watch::channel(false);
    let (_never, shutdown) = watch::channel(false);
    let progress = etl.progress();
    let collecting = tokio::spawn(async move {
        let tasks: Vec<_> = collectors.into_iter().map(|c| tokio::spawn(c.run(shutdown.clone()))).collect();
        for task in tasks {
            task.await.map_err(|e| e.to_string())?.map_err(|e| e.to_string())?;
        }
        let _ = stop.send(true);
        Ok::<(), String>(())
    });
    let summary = tokio::select! {
        summary = etl.follow(logs, stopped) => summary?,
        () = tell(progress, began) => return Ok(()),
    };
    collecting.await??;
    is_over.store(true, Ordering::Relaxed);
    println!("{summary:?} in {:?}; most memory {} MB", began.elapsed(), memory_mb("VmHWM"));
    if let Some(watching) = watching {
        tell_latency(watching.await?);
    }
    node.shutdown().await;
    Ok(())
}

/// Tells how many rows each table of units has, how much they take in PostgreSQL, and a sum over their content.
async fn tell_content(pool: &PgPool) -> Result<(), sqlx::Error> {
    for table in TABLES.iter().filter(|t| t.is_of_units() || t.kind == TableKind::Open) {
        let columns: Vec<&str> = table.content_columns().map(|c| c.name).collect();
        let sql = format!(
            "SELECT count(*), coalesce(sum(hashtext(ROW({})::text)::bigint), 0)::text,
                (SELECT sum(pg_total_relation_size(relid))::bigint / 1024 FROM pg_partition_tree('{}')) FROM {}",
            columns.join(", "),
            table.name,
            table.name
        );
        let (rows, sum, kb): (i64, String, Option<i64>) = sqlx::query_as(AssertSqlSafe(sql)).fetch_one(pool).await?;
        println!("{:32} {rows:9} rows {:9} KB, content {sum}", table.name, kb.unwrap_or_default());
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let measured = arguments()?;
    std::fs::create_dir_all(&measured.dir)?;
    let without = std::env::var_os("WITHOUT_POSTGRES").is_some();
    if without || !postgres_server::are_installed() {
        return if measured.speed < 0.0 { load(measured, None).await } else { simulate(measured, None).await };
    }
    let server = postgres_server::PrivateServer::start(&measured.dir).await?;
    let pool = PgPoolOptions::new().max_connections(4).connect(&server.url()).await?;
    let done = match measured.speed {
        speed if speed < 0.0 => load(measured, Some(pool.clone())).await,
        _ => simulate(measured, Some(pool.clone())).await,
    };
    tell_content(&pool).await?;
    pool.close().await;
    server.stop().await?;
    done
}
