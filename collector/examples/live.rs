//! Measures a live world on its way into a log: how long from due to durable in real time, and how much at full speed.
//!
//! `cargo run --release -p callmart-collector --example live -- FOLDER [EVENTS_PER_SECOND]`; the folder's disk is measured too.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use callmart_collector::log::{LogPosition, LogReader, RecordKind};
use callmart_collector::{Collector, CollectorSettings, SourcePort};
use callmart_node::live::{Clock as _, Pace, Stage, StageSettings, SystemClock, sources};
use callmart_node::playback::Role;
use callmart_node::server::{Node, NodeSettings};
use callmart_node::world::{Happening, Stretch, Teller, World};
use callmart_schema::event::{Control, decode};
use tokio::sync::watch;

const SOURCES: usize = 10;
const STRETCH_US: i64 = 200_000;
/// Beside the envelope.
const EVENT_BYTES: usize = 120;
const LIVE_SECONDS: i64 = 10;
const FULL_SPEED_EVENTS: i64 = 3_000_000;

/// Events at even distances, from all sources in turn.
struct Even {
    tellers: Vec<Teller>,
    start_us: i64,
    next_us: i64,
    told: i64,
    per_second: i64,
    total: i64,
}

impl Even {
    fn new(start_us: i64, per_second: i64, total: i64) -> Box<Self> {
        let teller = |number| Teller {
            name: format!("n{number}/IPport"),
            switch: "S".to_owned(),
            tenant: "T".to_owned(),
            role: Role::IProxy,
        };
        let tellers = (0..SOURCES).map(teller).collect();
        Box::new(Self { tellers, start_us, next_us: start_us, told: 0, per_second, total })
    }

    fn time_us(&self, number: i64) -> i64 {
        self.start_us + number * 1_000_000 / self.per_second
    }
}

impl World for Even {
    fn tellers(&self) -> &[Teller] {
        &self.tellers
    }

    fn start_us(&self) -> i64 {
        self.start_us
    }

    fn next_stretch(&mut self) -> Option<Stretch> {
        if self.told == self.total {
            return None;
        }
        self.next_us += STRETCH_US;
        let mut happened = Vec::new();
        while self.told < self.total && self.time_us(self.told) < self.next_us {
            let time_us = self.time_us(self.told);
            let body = Control { note: "7".repeat(EVENT_BYTES), ..Control::default() }.into();
            happened.push(Happening { teller: self.told as usize % SOURCES, time_us, body });
            self.told += 1;
        }
        Some(Stretch { to_us: self.next_us, happened })
    }
}

async fn node(world: Box<Even>, pace: Pace) -> Result<Node, Box<dyn Error>> {
    let stage = Stage::new(world, pace, Arc::new(SystemClock), &StageSettings::default())?;
    Ok(Node::start(sources(&stage), NodeSettings::default()).await?)
}

fn collector(dir: &Path, node: &Node) -> Result<Collector, Box<dyn Error>> {
    let ports = node.ports().iter().map(|port| SourcePort::new(port.address, port.role.as_str())).collect();
    Ok(Collector::open(CollectorSettings::new("live", dir, ports))?)
}

/// Reads what is durable as soon as it is, and tells how old each event then was, in microseconds.
fn ages_us(dir: &Path, from: &mut LogPosition, to: LogPosition, now_us: i64) -> Vec<i64> {
    let mut ages = Vec::new();
    let Ok(mut reader) = LogReader::open(dir) else { return ages };
    while let Ok(batch) = reader.read_from(*from, 4 << 20, Some(to)) {
        if batch.records.is_empty() {
            break;
        }
        *from = batch.next;
        let events = batch.records.iter().filter(|r| r.kind == RecordKind::Event);
        ages.extend(events.filter_map(|r| decode(&r.bytes).ok().map(|event| now_us - event.time_us)));
    }
    ages
}

async fn live(dir: PathBuf, per_second: i64) -> Result<(), Box<dyn Error>> {
    let start_us = SystemClock.now_us() + 500_000;
    let node = node(Even::new(start_us, per_second, per_second * LIVE_SECONDS), Pace::real_time()).await?;
    let collector = collector(&dir, &node)?;
    let mut durable = collector.durable();
    let (_stop, stopping) = watch::channel(false);
    let running = tokio::spawn(collector.run(stopping));
    let (mut from, mut ages, mut groups) = (LogPosition::START, Vec::new(), 0);
    while durable.changed().await.is_ok() {
        let (to, now_us) = (*durable.borrow_and_update(), SystemClock.now_us());
        groups += 1;
        ages.extend(ages_us(&dir, &mut from, to, now_us));
    }
    running.await??;
    node.shutdown().await;
    ages.sort_unstable();
    let at = |part: f64| ages.get((ages.len() as f64 * part) as usize).copied().unwrap_or_default() as f64 / 1e3;
    println!(
        "{per_second} events/s: {} durable in {groups} groups; from due to durable, ms: p50 {} p90 {} p99 {} max {}",
        ages.len(),
        at(0.5),
        at(0.9),
        at(0.99),
        at(0.999_999)
    );
    Ok(())
}

async fn full_speed(dir: PathBuf) -> Result<(), Box<dyn Error>> {
    let node = node(Even::new(0, 1_000, FULL_SPEED_EVENTS), Pace::Unbounded).await?;
    let collector = collector(&dir, &node)?;
    let (_stop, stopping) = watch::channel(false);
    let mut durable = collector.durable();
    let began = Instant::now();
    let running = tokio::spawn(collector.run(stopping));
    let mut groups = 0;
    while durable.changed().await.is_ok() {
        groups += 1;
    }
    let summary = running.await??;
    let seconds = began.elapsed().as_secs_f64();
    let (events, batches) = summary.sources.values().fold((0, 0), |(e, b), s| (e + s.events, b + s.batches));
    let per_second = events as f64 / seconds;
    println!(
        "full speed: {events} events in {batches} batches and {groups} groups durable in {seconds:.2} s, {per_second:.0} events/s"
    );
    node.shutdown().await;
    Ok(())
}

/// How long the disk takes for a small write to be durable.
fn disk(dir: &Path) -> Result<Duration, Box<dyn Error>> {
    use std::io::Write as _;
    let mut file = std::fs::File::create(dir.join("probe"))?;
    let mut times = Vec::new();
    for _ in 0..100 {
        let began = Instant::now();
        file.write_all(&[1; EVENT_BYTES])?;
        file.sync_data()?;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    Ok(times.get(times.len() / 2).copied().unwrap_or_default())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let dir = PathBuf::from(arguments.next().ok_or("name a folder to write into")?);
    std::fs::create_dir_all(&dir)?;
    println!("a small write is durable after {:?} (median)", disk(&dir)?);
    let given = arguments.next().map(|text| text.parse()).transpose()?;
    for per_second in given.map_or_else(|| vec![10, 100, 1_000, 10_000], |one| vec![one]) {
        live(dir.join(format!("at-{per_second}")), per_second).await?;
    }
    full_speed(dir.join("full-speed")).await
}
