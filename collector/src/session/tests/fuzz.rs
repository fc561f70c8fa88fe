//! A session under bytes of all kinds from a source: no panic, no hang, no memory without bound, and a log that stays sound.
//!
//! 40,000 inputs by default over connections in memory, and 300 over sockets to a whole collector; `CALLMART_FUZZ_INPUTS` asks
//! for another number. A failure names the seed of its input, which repeats it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use callmart_schema::session::{
    Ack, Batch, Body, Covers, Error, FRAME_HEADER_BYTES, Heartbeat, Hello, PROTOCOL_VERSION, Stop, Welcome,
    decode_frame, encode_frame, error, frame_length, welcome,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::keep::Address;
use super::mangle::{Dice, inputs, mangled, most_memory_bytes};
use super::resume::ResumePoints;
use super::{Shared, converse, stop_channel};
use crate::collector::{Collector, SourceSummary};
use crate::log::{
    Committer, LogHandle, LogIdentity, LogPosition, LogReader, LogSettings, LogWriter, RecordKind, verify,
};
use crate::settings::{CollectorSettings, SourcePort};

/// Longest that one input may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Inputs that are tried at a time.
const AT_A_TIME: usize = 256;
/// Most that memory may grow in a run.
const MOST_GROWTH_BYTES: usize = 256 << 20;

/// A folder in memory where the system has one: what is tried here are bytes, not disks.
pub(super) fn folder() -> tempfile::TempDir {
    let in_memory = Path::new("/dev/shm");
    let dir = if in_memory.is_dir() { tempfile::tempdir_in(in_memory) } else { tempfile::tempdir() };
    dir.expect("a folder")
}

fn good_welcome(n: usize) -> Welcome {
    Welcome {
        protocol_version: PROTOCOL_VERSION,
        source: format!("s{n}/IPport"),
        stream: format!("stream {n}"),
        offset: 0,
        start: welcome::Start::START_FIRST.into(),
        heartbeat_ms: 600_000,
        ..Welcome::default()
    }
}

fn batch(from_offset: u64, to_offset: u64, events: usize) -> Batch {
    let covers = Covers { to_seq: to_offset, to_us: i64::MAX, members: vec!["m".into(); 3], ..Covers::default() };
    let events = (0..events).map(|n| vec![n as u8; 30].into()).collect();
    Batch { from_offset, to_offset, events, covers: vec![covers], ..Batch::default() }
}

/// Frames as a source sends them, such as it never sends, and some at the limits.
fn frames() -> Vec<Vec<u8>> {
    let backup = Error { code: error::Code::CODE_BACKUP.into(), sentence: "backup".into(), ..Error::default() };
    let with_snapshots = Batch { snapshots: vec![vec![1; 50].into(); 2], ..batch(0, 0, 0) };
    let gap = Welcome { start: welcome::Start::START_GAP.into(), offset: u64::MAX - 1, ..good_welcome(1) };
    let bodies: Vec<Body> = vec![
        good_welcome(0).into(),
        good_welcome(1).into(),
        batch(0, 3, 3).into(),
        batch(3, 9, 2).into(),
        batch(0, u64::MAX, 1).into(),
        batch(u64::MAX - 1, u64::MAX, 1).into(),
        batch(0, 0, 0).into(),
        batch(0, 10_001, 10_001).into(),
        with_snapshots.into(),
        gap.into(),
        Welcome { pool: "another".into(), ..good_welcome(0) }.into(),
        Welcome { source: "x".repeat(300), ..good_welcome(0) }.into(),
        Heartbeat::default().into(),
        Heartbeat { offset: 3, time_us: i64::MIN, ..Heartbeat::default() }.into(),
        Stop::default().into(),
        Stop { offset: 3, ..Stop::default() }.into(),
        backup.into(),
        Error::default().into(),
        Hello::default().into(),
        Ack { offset: 1, ..Ack::default() }.into(),
    ];
    bodies.into_iter().map(|body| encode_frame(body).expect("small")).collect()
}

/// An input: most begin with a good welcome, so that what follows meets a session.
fn input(dice: &mut Dice, frames: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = if dice.one_in(3) { Vec::new() } else { frames[dice.below(2)].clone() };
    if !dice.one_in(3) {
        bytes.extend_from_slice(&frames[2]);
    }
    bytes.extend(mangled(dice, frames));
    bytes
}

/// Sends an input in pieces while it reads what comes, and checks that this is whole frames.
async fn play(peer: DuplexStream, bytes: &[u8], mut dice: Dice, seed: u64) {
    let (mut read, mut write) = tokio::io::split(peer);
    let send = async {
        let mut rest = bytes;
        while !rest.is_empty() {
            let (piece, more) = rest.split_at(1 + dice.below(rest.len()));
            // The collector may have closed: then nothing more is wanted.
            if write.write_all(piece).await.is_err() {
                break;
            }
            rest = more;
        }
        let _ = write.shutdown().await;
    };
    let mut heard = Vec::new();
    let (_, read) = tokio::join!(send, read.read_to_end(&mut heard));
    read.expect("memory does not break");
    let mut left = &heard[..];
    while let Some((header, rest)) = left.split_first_chunk::<FRAME_HEADER_BYTES>() {
        let (frame, rest) = rest.split_at_checked(frame_length(*header).expect("a length")).expect("a whole frame");
        assert!(decode_frame(frame).is_ok(), "seed {seed}");
        left = rest;
    }
    assert!(left.is_empty(), "seed {seed}: half a frame");
}

/// What came of one session: events and snapshots taken in, and whether the protocol was broken.
type Outcome = (u64, u64, bool);

/// One session with a collector that has just begun: it ends the same whenever it is tried.
async fn fuzz_one(seed: u64, log: LogHandle, frames: Arc<Vec<Vec<u8>>>) -> Outcome {
    let settings = CollectorSettings::new("c", "unused", Vec::new());
    let mut known = ResumePoints::default();
    known.note("s1/IPport", "stream 1", 7);
    let shared = Arc::new(Shared::new(settings, log, Arc::new(|| 0), known));
    let address = Address::all(SourcePort::new(([127, 0, 0, 1], 1).into(), "i-proxy"), None).remove(0);
    let (_stop, mut stopping) = stop_channel();
    let (mut dice, mut failures) = (Dice::new(seed), 0);
    let bytes = input(&mut dice, &frames);
    let (peer, mine) = tokio::io::duplex(1 << 16);
    let session = converse(&shared, &address, mine, &mut stopping, &mut failures);
    let both = async { tokio::join!(session, play(peer, &bytes, dice, seed)) };
    let (end, ()) =
        timeout(PATIENCE, Box::pin(both)).await.unwrap_or_else(|_| panic!("seed {seed}: the session hangs"));
    assert!(!matches!(end, super::End::Log(_) | super::End::Shutdown), "seed {seed}: {end:?}");
    let counts = shared.counts();
    let sum = |of: fn(&SourceSummary) -> u64| counts.values().map(of).sum::<u64>();
    (sum(|source| source.events), sum(|source| source.snapshots), sum(|source| source.violations) > 0)
}

#[tokio::test]
async fn whatever_bytes_come_a_session_ends_and_the_log_stays_sound() {
    let dir = folder();
    let (writer, _) =
        LogWriter::open(dir.path(), &LogIdentity::new("c", 0), LogSettings::default()).expect("a new log");
    let (committer, log) = Committer::start(writer).expect("a thread");
    let (frames, before) = (Arc::new(frames()), most_memory_bytes());
    let (mut seeds, mut sessions) = (0..inputs(40_000), JoinSet::new());
    let (mut events, mut snapshots, mut violations) = (0, 0, 0);
    loop {
        // Many at a time share the log's groups, as the sessions of a collector do.
        while sessions.len() < AT_A_TIME
            && let Some(seed) = seeds.next()
        {
            sessions.spawn(fuzz_one(seed, log.clone(), Arc::clone(&frames)));
        }
        let Some(outcome) = sessions.join_next().await else { break };
        let (more_events, more_snapshots, broke) = outcome.expect("no panic");
        (events, snapshots, violations) =
            (events + more_events, snapshots + more_snapshots, violations + u64::from(broke));
    }
    if let (Some(before), Some(after)) = (before, most_memory_bytes()) {
        assert!(after - before < MOST_GROWTH_BYTES, "memory grew by {} bytes", after - before);
    }
    assert!(events > 0 && snapshots > 0 && violations > 0, "some got through, and some did not");
    committer.close().await.expect("sealed");
    assert!(verify(dir.path()).expect("readable").is_sound());
    let mut reader = LogReader::open(dir.path()).expect("a log");
    let kept = reader.records(LogPosition::START).filter(|r| r.as_ref().expect("sound").kind == RecordKind::Event);
    assert_eq!(kept.count() as u64, events + snapshots, "what is counted as durable is in the log, and nothing else");
}

#[tokio::test]
async fn over_sockets_too_a_collector_comes_again_after_whatever_bytes() {
    let dir = folder();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = SourcePort::new(listener.local_addr().expect("bound"), "i-proxy");
    let mut settings = CollectorSettings::new("c", dir.path(), vec![port]);
    (settings.session.backoff_min_ms, settings.session.backoff_max_ms) = (0, 0);
    (settings.session.backup_retry_ms, settings.session.stop_is_final) = (0, false);
    let (stop, stopping) = tokio::sync::watch::channel(false);
    let running = tokio::spawn(Collector::open(settings).expect("opens").run(stopping));
    let frames = frames();
    for seed in 0..inputs(300) {
        let mut dice = Dice::new(seed);
        let bytes = input(&mut dice, &frames);
        let talk = async {
            let (mut stream, _) = listener.accept().await.expect("the collector");
            // A collector that closes before all is sent is in its right.
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
            let _ = stream.read_to_end(&mut Vec::new()).await;
        };
        timeout(PATIENCE, talk).await.unwrap_or_else(|_| panic!("seed {seed}: the collector does not come again"));
    }
    stop.send_replace(true);
    running.await.expect("no panic").expect("no error");
    assert!(verify(dir.path()).expect("readable").is_sound());
}
