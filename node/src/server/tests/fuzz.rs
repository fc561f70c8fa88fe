//! The port under bytes of all kinds: no panic, no hang, no memory without bound, and only whole frames in answer.
//!
//! 60,000 inputs by default over connections in memory, and 500 over sockets; `CALLMART_FUZZ_INPUTS` asks for another
//! number. A failure names the seed of its input, which repeats it.

use std::sync::Arc;
use std::time::Duration;

use callmart_schema::session::{
    Ack, Batch, Body, Error, FRAME_HEADER_BYTES, Heartbeat, Hello, PROTOCOL_VERSION, Position, Stop, Welcome,
    decode_frame, encode_frame, frame_length,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;

use super::mangle::{Dice, inputs, mangled, most_memory_bytes};
use super::{Node, NodeSettings, Port, session};
use crate::playback::{Piece, Role, SourceSpec};
use crate::recorded::Recorded;

/// Longest that one input may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Most that memory may grow in a run.
const MOST_GROWTH_BYTES: usize = 256 << 20;
const EVENTS: u64 = 12;

pub(super) fn source() -> SourceSpec {
    let event = |n: u64| Piece::Event { bytes: vec![n as u8; 20].into(), time_us: 0, interaction: None };
    SourceSpec {
        name: "fuzz/IPport".into(),
        switch: "S".into(),
        tenant: "T".into(),
        role: Role::IProxy,
        any_role: false,
        process: String::new(),
        playback: Arc::new(Recorded::new("stream".into(), (0..EVENTS).map(event).collect(), 0, 1)),
    }
}

fn settings() -> NodeSettings {
    NodeSettings { batch_events: 5, ..NodeSettings::default() }
}

fn hello() -> Hello {
    Hello {
        protocol_version: PROTOCOL_VERSION,
        collector: "fuzz".into(),
        pool: "pool".into(),
        member: "member".into(),
        role: "i-proxy".into(),
        resume: vec![Position { stream: "stream".into(), offset: 3, ..Position::default() }],
        ..Hello::default()
    }
}

/// Frames as a collector sends them, such as it never sends, and some at the limits.
fn frames() -> Vec<Vec<u8>> {
    let position =
        |n: u64| Position { stream: "stream".into(), offset: n.wrapping_mul(u64::MAX / 3), ..Position::default() };
    let many: Vec<Position> = (0..10_001).map(|_| Position::default()).collect();
    let bodies: Vec<Body> = vec![
        hello().into(),
        Hello { resume: Vec::new(), ..hello() }.into(),
        Hello { pool: "x".repeat(300), ..hello() }.into(),
        Hello { resume: (0..4).map(position).collect(), ..hello() }.into(),
        Hello { resume: many, ..hello() }.into(),
        Hello { role: "vq".into(), ..hello() }.into(),
        Ack { offset: 0, ..Ack::default() }.into(),
        Ack { offset: 5, ..Ack::default() }.into(),
        Ack { offset: EVENTS, ..Ack::default() }.into(),
        Ack { offset: u64::MAX, ..Ack::default() }.into(),
        Error::default().into(),
        Heartbeat::default().into(),
        Stop::default().into(),
        Welcome::default().into(),
        Batch { events: vec![vec![7; 100].into(); 3], ..Batch::default() }.into(),
    ];
    bodies.into_iter().map(|body| encode_frame(body).expect("small")).collect()
}

/// An input: most begin with a good hello, so that what follows meets a session.
fn input(dice: &mut Dice, frames: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = if dice.one_in(3) { Vec::new() } else { frames[dice.below(2)].clone() };
    bytes.extend(mangled(dice, frames));
    bytes
}

/// Whether bytes are whole frames.
fn are_frames(mut bytes: &[u8]) -> bool {
    while let Some((header, rest)) = bytes.split_first_chunk::<FRAME_HEADER_BYTES>() {
        let Some((frame, rest)) = frame_length(*header).ok().and_then(|len| rest.split_at_checked(len)) else {
            return false;
        };
        if decode_frame(frame).is_err() {
            return false;
        }
        bytes = rest;
    }
    bytes.is_empty()
}

/// Sends an input in pieces, then closes at once, or reads what is answered first; gives the answer then.
async fn send(mut peer: DuplexStream, bytes: &[u8], mut dice: Dice) -> Option<Vec<u8>> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let (piece, more) = rest.split_at(1 + dice.below(rest.len()));
        // The port may have closed: then nothing more is wanted.
        if peer.write_all(piece).await.is_err() {
            break;
        }
        rest = more;
    }
    if dice.one_in(4) {
        return None;
    }
    let _ = peer.shutdown().await;
    let mut answer = Vec::new();
    peer.read_to_end(&mut answer).await.expect("memory does not break");
    Some(answer)
}

async fn fuzz_one(seed: u64, port: &Arc<Port>, settings: &Arc<NodeSettings>, frames: &[Vec<u8>]) {
    let mut dice = Dice::new(seed);
    let bytes = input(&mut dice, frames);
    // Larger than any answer here, so that a peer that does not read yet is not waited for.
    let (peer, mine) = tokio::io::duplex(1 << 20);
    let (read, write) = tokio::io::split(mine);
    let (_stop, stopping) = watch::channel(false);
    let serve = session::serve_halves(read, write, Arc::clone(port), Arc::clone(settings), stopping, false);
    let both = async { tokio::join!(serve, send(peer, &bytes, dice)) };
    let ((), answer) = timeout(PATIENCE, both).await.unwrap_or_else(|_| panic!("seed {seed}: the session hangs"));
    assert!(answer.is_none_or(|answer| are_frames(&answer)), "seed {seed}: not only whole frames in answer");
}

#[tokio::test]
async fn whatever_bytes_come_a_session_ends_and_the_next_one_is_served() {
    let (port, settings) = (Arc::new(Port::new(source(), None)), Arc::new(settings().within_limits()));
    let frames = frames();
    let before = most_memory_bytes();
    for seed in 0..inputs(60_000) {
        fuzz_one(seed, &port, &settings, &frames).await;
    }
    if let (Some(before), Some(after)) = (before, most_memory_bytes()) {
        assert!(after - before < MOST_GROWTH_BYTES, "memory grew by {} bytes", after - before);
    }
    let (mut peer, mine) = tokio::io::duplex(1 << 20);
    let (read, write) = tokio::io::split(mine);
    let (_stop, stopping) = watch::channel(false);
    let serve = session::serve_halves(read, write, Arc::clone(&port), settings, stopping, false);
    let good = async {
        for body in [Body::from(Hello { pool: "good".into(), resume: Vec::new(), ..hello() }), Ack::default().into()] {
            peer.write_all(&encode_frame(body).expect("small")).await.expect("taken");
        }
        peer.shutdown().await.expect("closed");
        let mut answer = Vec::new();
        peer.read_to_end(&mut answer).await.expect("read");
        answer
    };
    let ((), answer) = tokio::join!(serve, good);
    assert!(are_frames(&answer) && answer.len() > 20, "{} bytes", answer.len());
}

#[tokio::test]
async fn over_sockets_too_whatever_bytes_come_the_port_goes_on() {
    let node = Node::start(vec![source()], settings()).await.expect("started");
    let address = node.ports()[0].address;
    let frames = frames();
    for seed in 0..inputs(500) {
        let mut dice = Dice::new(seed);
        let bytes = input(&mut dice, &frames);
        let mut stream = TcpStream::connect(address).await.expect("a port that listens");
        let talk = async {
            // A port that closes before all is sent is in its right.
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
            let _ = stream.read_to_end(&mut Vec::new()).await;
        };
        timeout(PATIENCE, talk).await.unwrap_or_else(|_| panic!("seed {seed}: the session hangs"));
    }
    node.shutdown().await;
}
