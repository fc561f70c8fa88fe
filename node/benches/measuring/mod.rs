//! What the benches share: plain listeners that acknowledge, and how much of a processor something took.
//!
//! Knows the frames and their first bytes, and what Linux tells of threads; nothing of the node's inside.
#![allow(dead_code)] // Each bench uses its own part.

use std::io::{BufReader, Error, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread::{self, JoinHandle};

use callmart_node::server::{Node, PortAddress};
use callmart_node::traffic::{Traffic, TrafficSettings};
use callmart_schema::session::{Ack, Hello, PROTOCOL_VERSION, encode_frame};

/// Monday 2026-01-05, 08:00 UTC.
pub(crate) const START_US: i64 = 1_767_600_000_000_000;
pub(crate) const HOUR_US: i64 = 3_600_000_000;
/// First byte of a frame that holds a batch.
const BATCH: u8 = 0x1a;
const STOP: u8 = 0x32;
/// Bytes that a listener reads at a time.
const READ_BYTES: usize = 256 << 10;
/// Name of the listeners' threads.
pub(crate) const LISTENER: &str = "listener";
/// A processor's ticks a second, as Linux tells them.
const TICKS_PER_S: f64 = 100.0;

/// Whether somebody asked for the measurement, and did not merely run everything that there is.
pub(crate) fn is_asked_for() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

/// The so-manieth number among the arguments, or a default.
pub(crate) fn number(place: usize, default: i64) -> i64 {
    let numbers = std::env::args().skip(1).filter_map(|argument| argument.parse().ok());
    numbers.into_iter().nth(place).unwrap_or(default)
}

/// A world that begins at `start_us` and ends so many hours later.
pub(crate) fn world(start_us: i64, hours: i64, agents: u32) -> Traffic {
    let settings = TrafficSettings::new(start_us, 7, agents);
    Traffic::new(TrafficSettings { end_us: Some(start_us + hours * HOUR_US), ..settings })
}

/// Processor time of this process so far in seconds, also of threads that have ended.
pub(crate) fn process_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit_once(')').map_or("", |(_, after)| after);
    let times = after.split(' ').skip(12).take(2).filter_map(|ticks| ticks.parse::<f64>().ok());
    times.sum::<f64>() / TICKS_PER_S
}

/// Processor time of this thread so far in seconds.
pub(crate) fn thread_s() -> f64 {
    processor_s("/proc/thread-self/schedstat")
}

/// Processor time so far in seconds of the threads that go on and whose names begin so.
pub(crate) fn threads_s(name: &str) -> f64 {
    let is_named =
        |path: &std::path::Path| std::fs::read_to_string(path.join("comm")).is_ok_and(|comm| comm.starts_with(name));
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten().map(|task| task.path());
    tasks.filter(|path| is_named(path)).map(|path| processor_s(&path.join("schedstat").to_string_lossy())).sum()
}

fn processor_s(schedstat: &str) -> f64 {
    let text = std::fs::read_to_string(schedstat).unwrap_or_default();
    text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or_default() / 1e9
}

/// What a listener heard, and what that took of a processor.
#[derive(Debug, Default, Clone)]
pub(crate) struct Heard {
    /// The last offset, which is the number of events.
    pub(crate) events: u64,
    pub(crate) batches: u64,
    /// Length of each frame, in bytes.
    pub(crate) frames: Vec<u32>,
    pub(crate) processor_s: f64,
}

/// Begins to listen at every port of a node, each in a thread of its own, to the stop.
pub(crate) fn listen_to_all(node: &Node, pools: usize) -> Result<Vec<JoinHandle<Result<Heard, Error>>>, Error> {
    let port = |port: &PortAddress| (port.address, port.role.as_str());
    let seats = node.ports().iter().map(port).flat_map(|port| (0..pools).map(move |pool| (port, pool)));
    let begin = |((address, role), pool): ((SocketAddr, &'static str), usize)| {
        let thread = thread::Builder::new().name(LISTENER.to_owned());
        thread.spawn(move || listen(address, role, pool))
    };
    seats.map(begin).collect()
}

/// Takes and acknowledges everything up to the stop.
fn listen(address: SocketAddr, role: &str, pool: usize) -> Result<Heard, Error> {
    let mut write = TcpStream::connect(address)?;
    write.set_nodelay(true)?;
    let mut read = BufReader::with_capacity(READ_BYTES, write.try_clone()?);
    let hello = Hello {
        protocol_version: PROTOCOL_VERSION,
        pool: format!("pool {pool}"),
        member: "1".to_owned(),
        role: role.to_owned(),
        ..Hello::default()
    };
    write.write_all(&encode_frame(hello).map_err(Error::other)?)?;
    let (mut frame, mut heard) = (Vec::new(), Heard::default());
    loop {
        let mut length = [0; 4];
        read.read_exact(&mut length)?;
        frame.resize(u32::from_be_bytes(length) as usize, 0);
        read.read_exact(&mut frame)?;
        heard.frames.push(frame.len() as u32);
        let kind = frame.first().copied().unwrap_or(0);
        if kind == BATCH || kind == STOP {
            heard.events = heard.events.max(offset(&frame).unwrap_or(0));
            heard.batches += u64::from(kind == BATCH);
            let ack = Ack { offset: heard.events, ..Ack::default() };
            write.write_all(&encode_frame(ack).map_err(Error::other)?)?;
        }
        if kind == STOP {
            heard.processor_s = thread_s();
            return Ok(heard);
        }
    }
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
