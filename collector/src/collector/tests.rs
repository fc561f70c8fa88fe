//! Collectors against sources played by hand on real sockets.

use std::sync::atomic::{AtomicI64, Ordering};

use buffa::Message as _;
use callmart_schema::session::{
    Ack, Batch, Body, Covers, Error, FRAME_HEADER_BYTES, Heartbeat, Hello, Stop, Welcome, decode_frame, encode_frame,
    error, welcome,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::*;
use crate::log::tests::faults::{Budget, faulty};
use crate::log::{LogReader, LogRecord, RecordKind, verify};
use crate::settings::SourcePort;

mod disturbed;
mod orderly;
mod pairs;

/// A port on which a test plays the source.
struct FakePort {
    listener: TcpListener,
    source: &'static str,
}

/// One connection of a collector.
struct FakeSession {
    stream: TcpStream,
    source: &'static str,
    hello: Hello,
}

impl FakePort {
    async fn open(source: &'static str) -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").await.expect("a port"), source }
    }

    fn port(&self) -> SourcePort {
        SourcePort::new(self.listener.local_addr().expect("bound"), "i-proxy")
    }

    /// Waits for the collector and its hello.
    async fn session(&self) -> FakeSession {
        let (stream, _) = self.listener.accept().await.expect("a connection");
        let mut session = FakeSession { stream, source: self.source, hello: Hello::default() };
        let Some(Body::Hello(hello)) = session.read().await else { panic!("a hello comes first") };
        session.hello = hello;
        session
    }
}

impl FakeSession {
    async fn read(&mut self) -> Option<Body> {
        let mut header = [0; FRAME_HEADER_BYTES];
        self.stream.read_exact(&mut header).await.ok()?;
        let mut frame = vec![0; u32::from_be_bytes(header) as usize];
        self.stream.read_exact(&mut frame).await.ok()?;
        Some(decode_frame(&frame).expect("a frame"))
    }

    async fn write(&mut self, body: impl Into<Body>) {
        self.stream.write_all(&encode_frame(body).expect("small")).await.expect("written");
    }

    /// Where the collector is in the stream.
    fn resume(&self, stream: &str) -> Option<u64> {
        self.hello.resume.iter().rfind(|p| p.stream == stream).map(|p| p.offset)
    }

    /// A welcome that goes on where the hello is.
    fn welcome(&self, stream: &str) -> Welcome {
        let known = self.resume(stream);
        let start = known.map_or(welcome::Start::START_FIRST, |_| welcome::Start::START_RESUMED);
        Welcome {
            protocol_version: 1,
            source: self.source.to_owned(),
            stream: stream.to_owned(),
            offset: known.unwrap_or(0),
            start: start.into(),
            heartbeat_ms: 600_000,
            ..Welcome::default()
        }
    }

    async fn acked(&mut self) -> u64 {
        match self.read().await {
            Some(Body::Ack(Ack { offset, .. })) => offset,
            other => panic!("an acknowledgement is expected, not {other:?}"),
        }
    }

    /// The error with which the collector ends the session.
    async fn error(&mut self) -> Error {
        loop {
            match self.read().await {
                Some(Body::Error(error)) => return error,
                Some(Body::Ack(_)) => {}
                other => panic!("an error is expected, not {other:?}"),
            }
        }
    }

    /// Stops in good order, and waits until the collector has seen it.
    async fn stop(mut self, offset: u64) {
        self.write(Stop { time_us: 1, offset, ..Stop::default() }).await;
        while self.read().await.is_some() {}
    }
}

/// The events after `from` up to `to`: each says its own offset.
fn batch(from: u64, to: u64) -> Batch {
    let events = (from + 1..=to).map(|n| format!("event {n}").into()).collect();
    let covers = vec![Covers { from_seq: from, to_seq: to, ..Covers::default() }];
    Batch { from_offset: from, to_offset: to, events, covers, ..Batch::default() }
}

fn settings(dir: &Path, ports: &[&FakePort]) -> CollectorSettings {
    let mut settings = CollectorSettings::new("c1", dir, ports.iter().map(|p| p.port()).collect());
    settings.session.backoff_min_ms = 1;
    settings.session.backoff_max_ms = 2;
    settings
}

/// A collector on a disk that fails as the budget says.
fn start_on_faulty_disk(settings: CollectorSettings) -> (watch::Sender<bool>, Running, Arc<Budget>) {
    let (writer, budget) = faulty(&settings.log_dir, settings.log.clone());
    let collector = Collector::with_writer(settings, Arc::new(|| 0), writer, Recovery::default()).expect("opens");
    let (stop, shutdown) = watch::channel(false);
    (stop, tokio::spawn(collector.run(shutdown)), budget)
}

type Running = JoinHandle<Result<CollectorSummary, CollectorError>>;

/// Starts a collector; the sender tells it to stop.
fn start(settings: CollectorSettings) -> (watch::Sender<bool>, Running) {
    let collector = Collector::open(settings).expect("opens");
    let (stop, shutdown) = watch::channel(false);
    (stop, tokio::spawn(collector.run(shutdown)))
}

async fn finished(running: Running) -> CollectorSummary {
    running.await.expect("no panic").expect("no error")
}

fn records(dir: &Path) -> Vec<LogRecord> {
    let mut reader = LogReader::open(dir).expect("a log");
    reader.records(LogPosition::START).map(|r| r.expect("sound")).collect()
}

fn of_kind(dir: &Path, kind: RecordKind) -> Vec<LogRecord> {
    records(dir).into_iter().filter(|r| r.kind == kind).collect()
}

/// The texts of a source's events in the log.
fn events(dir: &Path, source: &str) -> Vec<String> {
    let text = |r: LogRecord| String::from_utf8(r.bytes.to_vec()).expect("text");
    of_kind(dir, RecordKind::Event).into_iter().filter(|r| *r.source == *source).map(text).collect()
}

fn numbered(to: u64) -> Vec<String> {
    (1..=to).map(|n| format!("event {n}")).collect()
}
