//! Measures how fast logs come into PostgreSQL, against COPY of the finished rows into the same tables with their indexes.
//!
//! `cargo bench -p callmart-etl --bench log_to_postgres [-- HOURS [AGENTS [ROUNDS]]]`: a simulated hour of 2,000 agents and three
//! rounds unless asked otherwise; needs PostgreSQL's binaries. In each round a new database gets the logs by the ETL, which makes
//! archive and Parquet mart beside it as always; it is done when its last position stands there. Then the rows are read out,
//! the tables emptied, and the same rows copied in again, in one transaction on one connection. Both run on the private server,
//! as durable as it is for users.
#![allow(clippy::print_stdout)]

#[path = "../../node/benches/measuring/mod.rs"]
mod measuring;
mod simulated;

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use callmart_etl::postgres_server::PrivateServer;
use callmart_etl::{Etl, EtlSettings, LoadSettings, TransformSettings};
use callmart_schema::catalogue::{TABLES, Table, TableKind};
use futures_util::TryStreamExt as _;
use measuring::{is_asked_for, number, process_s};
use simulated::Logs;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, PgPool};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How often it is looked where PostgreSQL is.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Bytes that are copied in at a time.
const CHUNK_BYTES: usize = 256 << 10;

/// One round: seconds until PostgreSQL had everything, until both marts had, of the process meanwhile, and of the COPY.
#[derive(Debug, Clone, Copy, Default)]
struct Round {
    events: u64,
    rows: u64,
    postgres_s: f64,
    both_s: f64,
    processor_s: f64,
    copy_s: f64,
}

/// Where PostgreSQL is in the logs.
async fn place(pool: &PgPool) -> Option<String> {
    let sql = "SELECT string_agg(log || ' ' || log_segment || ' ' || log_offset, ', ' ORDER BY log) FROM ctl_load";
    sqlx::query_scalar(sql).fetch_one(pool).await.ok().flatten()
}

/// Notes since when PostgreSQL is where it is, for ever.
fn watch_place(pool: PgPool, began: Instant) -> (JoinHandle<()>, watch::Receiver<(f64, Option<String>)>) {
    let (told, last) = watch::channel((0.0, None));
    let task = tokio::spawn(async move {
        loop {
            let now = place(&pool).await;
            let elapsed_s = began.elapsed().as_secs_f64();
            told.send_if_modified(|(since_s, last)| {
                let is_new = *last != now;
                if is_new {
                    (*since_s, *last) = (elapsed_s, now);
                }
                is_new
            });
            tokio::time::sleep(LOOK_EVERY).await;
        }
    });
    (task, last)
}

fn tables() -> impl Iterator<Item = &'static Table> {
    let kinds = [TableKind::Fact, TableKind::Dimension, TableKind::Open];
    TABLES.iter().copied().filter(move |table| kinds.contains(&table.kind))
}

async fn load(logs: &Logs, dir: &Path, pool: &PgPool) -> Result<Round, Box<dyn Error>> {
    let (transform, load) = (TransformSettings::default(), LoadSettings::default());
    let mut etl = Etl::open(EtlSettings { data_dir: dir.to_owned(), transform, load }, Some(pool.clone())).await?;
    let (began, before_s) = (Instant::now(), process_s());
    let (watching, last) = watch_place(pool.clone(), began);
    let summary = etl.follow(logs.to_follow(), watch::channel(true).1).await?;
    let (both_s, processor_s) = (began.elapsed().as_secs_f64(), process_s() - before_s);
    tokio::time::sleep(LOOK_EVERY * 5).await;
    watching.abort();
    let postgres_s = last.borrow().0;
    Ok(Round { events: summary.new_events, postgres_s, both_s, processor_s, ..Round::default() })
}

/// Reads the rows out and copies them in again; gives how many, and the seconds of copying them in.
async fn copy(pool: &PgPool) -> Result<(u64, f64), Box<dyn Error>> {
    let mut finished = Vec::new();
    let mut connection = pool.acquire().await?;
    for table in tables() {
        let sql = format!("COPY (SELECT * FROM {}) TO STDOUT (FORMAT binary)", table.name);
        let mut bytes = Vec::new();
        let mut stream = connection.copy_out_raw(&sql).await?;
        while let Some(chunk) = stream.try_next().await? {
            bytes.extend_from_slice(&chunk);
        }
        drop(stream);
        finished.push((table.name, bytes));
    }
    drop(connection);
    let names: Vec<&str> = tables().map(|table| table.name).collect();
    sqlx::raw_sql(AssertSqlSafe(format!("TRUNCATE {}", names.join(", ")))).execute(pool).await?;
    let (began, mut rows) = (Instant::now(), 0);
    let mut transaction = pool.begin().await?;
    for (table, bytes) in finished {
        let mut sink = transaction.copy_in_raw(&format!("COPY {table} FROM STDIN (FORMAT binary)")).await?;
        for chunk in bytes.chunks(CHUNK_BYTES) {
            sink.send(chunk).await?;
        }
        rows += sink.finish().await?;
    }
    transaction.commit().await?;
    Ok((rows, began.elapsed().as_secs_f64()))
}

/// A database of its own on the server.
async fn database(server: &PrivateServer, name: &str) -> Result<PgPool, Box<dyn Error>> {
    let pool = PgPool::connect(&server.url()).await?;
    sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&pool).await?;
    pool.close().await;
    let options = server.url().parse::<PgConnectOptions>()?.database(name);
    Ok(PgPoolOptions::new().max_connections(4).connect_with(options).await?)
}

fn tell(rounds: &mut [Round]) {
    rounds.sort_by(|a, b| (a.copy_s / a.postgres_s).total_cmp(&(b.copy_s / b.postgres_s)));
    for round in rounds.iter() {
        let Round { events, rows, postgres_s, both_s, processor_s, copy_s } = *round;
        println!(
            "{events} events, {rows} rows: log to PostgreSQL {postgres_s:.1} s ({:.0} events/s; both marts {both_s:.1} s, \
             {processor_s:.1} s of the processor); COPY {copy_s:.1} s ({:.0} rows/s); the log comes in at {:.2} of COPY's rate",
            events as f64 / postgres_s,
            rows as f64 / copy_s,
            copy_s / postgres_s
        );
    }
    if let Some(middle) = rounds.get(rounds.len() / 2) {
        println!("median: {:.2} of COPY's rate", middle.copy_s / middle.postgres_s);
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if !is_asked_for() {
        return Ok(());
    }
    let (hours, agents, rounds) = (number(0, 1), number(1, 2_000), number(2, 3));
    let folder = simulated::folder()?;
    let logs = Logs::of(folder.path(), hours, u32::try_from(agents).unwrap_or(u32::MAX)).await?;
    println!("{hours} simulated hours of {agents} agents");
    let server = PrivateServer::start(folder.path()).await?;
    let mut measured = Vec::new();
    for number in 0..rounds {
        let pool = database(&server, &format!("round_{number}")).await?;
        let dir = folder.path().join(format!("round_{number}"));
        let mut round = load(&logs, &dir, &pool).await?;
        (round.rows, round.copy_s) = copy(&pool).await?;
        measured.push(round);
        pool.close().await;
        std::fs::remove_dir_all(&dir)?;
    }
    server.discard().await?;
    tell(&mut measured);
    Ok(())
}
