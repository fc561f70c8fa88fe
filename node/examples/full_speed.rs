//! Measures a simulated contact center at full speed: how fast it is made, and how fast it leaves through its ports.
//!
//! `cargo run --release -p callmart-node --example full_speed -- [HOURS [AGENTS [POOLS]]]`. Whoever listens here reads only
//! what it needs to acknowledge, so that the time is the node's own.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use callmart_node::cluster::faults::Schedule;
use callmart_node::cluster::processes::Processes;
use callmart_node::live::{Pace, Stage, StageSettings, SystemClock, sources};
use callmart_node::server::{Node, NodeSettings};
use callmart_node::traffic::{Traffic, TrafficSettings};
use callmart_node::world::World;
use callmart_schema::session::{Ack, Hello, PROTOCOL_VERSION, encode_frame};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Monday 2026-01-05, 08:00 UTC.
const START_US: i64 = 1_767_600_000_000_000;
const HOUR_US: i64 = 3_600_000_000;
/// First byte of a frame that holds a batch.
const BATCH: u8 = 0x1a;
const STOP: u8 = 0x32;

fn world(hours: i64, agents: u32) -> Traffic {
    let settings = TrafficSettings::new(START_US, 7, agents);
    Traffic::new(TrafficSettings { end_us: Some(START_US + hours * HOUR_US), ..settings })
}

/// Lets a world be told to its end with nobody listening.
fn make(world: Traffic) {
    let mut processes = Processes::new(Box::new(world), &Schedule::default());
    let (began, mut events, mut bytes) = (Instant::now(), 0, 0);
    while let Some(account) = processes.next_account() {
        events += account.told.len();
        bytes += account.told.iter().map(|told| told.bytes.len()).sum::<usize>();
    }
    let (seconds, each) = (began.elapsed().as_secs_f64(), bytes / events.max(1));
    println!("made: {events} events of {each} bytes in {seconds:.2} s, {:.0} events/s", events as f64 / seconds);
}

/// Processor time of this process so far in seconds, of its threads whose name begins so.
fn processor_s(name: &str) -> f64 {
    let of_thread = |task: std::fs::DirEntry| {
        let stat = std::fs::read_to_string(task.path().join("stat")).ok()?;
        let (before, after) = stat.rsplit_once(')')?;
        let times = after.split(' ').skip(12).take(2).filter_map(|ticks| ticks.parse::<f64>().ok());
        before.split_once('(')?.1.starts_with(name).then(|| times.sum::<f64>() / 100.0)
    };
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    tasks.filter_map(of_thread).sum()
}

/// Processor time of this process so far in seconds, also of threads that have ended.
fn all_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit_once(')').map_or("", |(_, after)| after);
    let times = after.split(' ').skip(12).take(2).filter_map(|ticks| ticks.parse::<f64>().ok());
    times.sum::<f64>() / 100.0
}

fn varint(bytes: &mut impl Iterator<Item = u8>) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = bytes.next()?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// The last offset that a batch or a stop says: field 2, after field 1, which is left out when it is 0.
fn offset(frame: &[u8]) -> Option<u64> {
    let mut bytes = frame.iter().copied().skip(1);
    varint(&mut bytes)?;
    let mut tag = bytes.next()?;
    if tag == 0x08 {
        varint(&mut bytes)?;
        tag = bytes.next()?;
    }
    if tag == 0x10 { varint(&mut bytes) } else { Some(0) }
}

/// Takes everything up to the stop; gives the last offset and the number of batches.
async fn listen(address: SocketAddr, role: &'static str, pool: String) -> Result<(u64, u64), std::io::Error> {
    let (read, mut write) = TcpStream::connect(address).await?.into_split();
    let mut read = BufReader::with_capacity(256 << 10, read);
    let hello = Hello {
        protocol_version: PROTOCOL_VERSION,
        pool,
        member: "1".to_owned(),
        role: role.to_owned(),
        ..Hello::default()
    };
    write.write_all(&encode_frame(hello).map_err(std::io::Error::other)?).await?;
    let (mut frame, mut last, mut batches) = (Vec::new(), 0, 0);
    loop {
        let len = read.read_u32().await?;
        frame.resize(len as usize, 0);
        read.read_exact(&mut frame).await?;
        let kind = frame.first().copied().unwrap_or(0);
        if kind == BATCH || kind == STOP {
            last = last.max(offset(&frame).unwrap_or(0));
            batches += u64::from(kind == BATCH);
            let ack = Ack { offset: last, ..Ack::default() };
            write.write_all(&encode_frame(ack).map_err(std::io::Error::other)?).await?;
        }
        if kind == STOP {
            return Ok((last, batches));
        }
    }
}

async fn tell(world: Traffic, pools: usize) -> Result<(), Box<dyn Error>> {
    let settings = StageSettings { pools: vec![pools; world.tellers().len()], ..StageSettings::default() };
    let stage = Stage::new(Box::new(world), Pace::Unbounded, Arc::new(SystemClock), &settings)?;
    let node = Node::start(sources(&stage), NodeSettings::default()).await?;
    let before = (all_s(), processor_s("tokio"));
    let (began, mut listening) = (Instant::now(), JoinSet::new());
    for port in node.ports() {
        for pool in 0..pools {
            listening.spawn(listen(port.address, port.role.as_str(), format!("pool {pool}")));
        }
    }
    let (mut events, mut batches) = (0, 0);
    while let Some(listened) = listening.join_next().await {
        let (of_source, in_batches) = listened??;
        (events, batches) = (events + of_source, batches + in_batches);
    }
    let seconds = began.elapsed().as_secs_f64();
    let tokio_s = processor_s("tokio") - before.1;
    println!(
        "told to {pools}: {events} events in {batches} batches in {seconds:.2} s, {:.0} events/s",
        events as f64 / seconds
    );
    println!("  {:.0} events/s per core of the ports and their listeners ({tokio_s:.2} s)", events as f64 / tokio_s);
    let world_s = all_s() - before.0 - tokio_s;
    println!("  {:.0} events/s per core of the world's thread ({world_s:.2} s)", events as f64 / world_s);
    node.shutdown().await;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let hours = arguments.next().map_or(Ok(2), |text| text.parse())?;
    let agents = arguments.next().map_or(Ok(200), |text| text.parse())?;
    let pools = arguments.next().map_or(Ok(1), |text| text.parse())?;
    make(world(hours, agents));
    tell(world(hours, agents), pools).await
}
