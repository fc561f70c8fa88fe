//! Sessions over real sockets, with a collector written by hand.

mod common;

use std::net::SocketAddr;
use std::sync::Arc;

use callmart_node::bank::{self, DEFAULT_ZONE};
use callmart_node::playback::{Piece, Role, SourceSpec};
use callmart_node::recorded::Recorded;
use callmart_node::server::{Node, NodeSettings};
use callmart_schema::event::{CallDeleted, Epoch, Event, canonical};
use callmart_schema::session::{Body, Covers, FRAME_HEADER_BYTES, Heartbeat, Hello, MAX_FRAME_BYTES, error, welcome};
use common::client::{Client, hello, resuming};

const EVENTS: u64 = 60;
const START_US: i64 = 1_000_000;
const END_US: i64 = 9_000_000;
const STREAM: &str = "stream-of-60";

fn event(seq: u64) -> Vec<u8> {
    canonical(&Event {
        source: "test/IPport".into(),
        epoch: Epoch::new(0, "p").into(),
        seq,
        body: Some(CallDeleted { call: format!("c{seq}"), ..CallDeleted::default() }.into()),
        ..Event::default()
    })
}

/// Sixty events; after every third comes what it covers, and after the last how long it all took.
fn source() -> SourceSpec {
    let mut pieces = Vec::new();
    for seq in 1..=EVENTS {
        pieces.push(Piece::Event { bytes: event(seq).into(), time_us: START_US, interaction: None });
        if seq % 3 == 0 {
            let covers = Covers { epoch_process: "p".into(), from_seq: seq - 3, to_seq: seq, ..Covers::default() };
            pieces.push(Piece::Covers(covers));
        }
    }
    pieces.push(Piece::Covers(Covers { from_us: START_US, to_us: END_US, ..Covers::default() }));
    SourceSpec {
        name: "test/IPport".into(),
        switch: "SW".into(),
        tenant: "T".into(),
        role: Role::IProxy,
        process: String::new(),
        any_role: false,
        playback: Arc::new(Recorded::new(STREAM.into(), pieces, START_US, END_US)),
    }
}

fn settings() -> NodeSettings {
    NodeSettings { batch_events: 7, heartbeat_ms: 20, linger_ms: 500, ..NodeSettings::default() }
}

async fn node(settings: NodeSettings) -> (Node, SocketAddr) {
    let node = Node::start(vec![source()], settings).await.expect("started");
    let address = node.ports()[0].address;
    (node, address)
}

fn me() -> Hello {
    hello("i-proxy", "pool", "member")
}

fn all_events() -> Vec<Vec<u8>> {
    (1..=EVENTS).map(event).collect()
}

#[tokio::test]
async fn a_session_goes_from_hello_to_stop_and_the_node_is_finished() {
    let (node, address) = node(settings()).await;
    let (mut client, welcome) = Client::greet(address, me()).await;
    assert_eq!((welcome.source.as_str(), welcome.switch.as_str(), welcome.tenant.as_str()), ("test/IPport", "SW", "T"));
    assert_eq!((welcome.stream.as_str(), welcome.offset, welcome.heartbeat_ms), (STREAM, 0, 20));
    assert_eq!(welcome.start, welcome::Start::START_FIRST);
    let (batches, stop) = client.play_out().await;
    assert_eq!((stop.time_us, stop.offset), (END_US, EVENTS));
    let mut offset = 0;
    for batch in &batches {
        assert_eq!(batch.from_offset, offset);
        assert_eq!(batch.to_offset - batch.from_offset, batch.events.len() as u64);
        assert!(batch.events.len() <= 7);
        offset = batch.to_offset;
    }
    assert_eq!(batches.iter().flat_map(|b| b.events.clone()).collect::<Vec<_>>(), all_events());
    assert_eq!(batches.iter().map(|b| b.covers.len()).sum::<usize>(), 21);
    assert_eq!(client.frame().await, None, "the source closes after the last acknowledgement");
    drop(client);
    node.finished().await;
    let progress = node.progress();
    assert_eq!((progress[0].sent, progress[0].acknowledged, progress[0].total), (EVENTS, EVENTS, Some(EVENTS)));
    assert!(progress[0].finished);
    node.shutdown().await;
}

#[tokio::test]
async fn a_cut_at_any_offset_and_a_resume_give_the_stream_exactly_once_and_all_that_covers_it() {
    let (node, address) = node(NodeSettings { batch_events: 1, ..settings() }).await;
    for cut in 0..=EVENTS {
        let pool = format!("pool that is cut at {cut}");
        let (mut first, _) = Client::greet(address, hello("i-proxy", &pool, "m")).await;
        let (mut events, mut covers) = (Vec::new(), Vec::new());
        while (events.len() as u64) < cut {
            let batch = first.batch().await;
            events.extend(batch.events);
            covers.extend(batch.covers);
        }
        // The last batch before the cut is not durable as a whole: only its event is.
        covers.retain(|c| c.to_us == 0 && c.to_seq < cut);
        drop(first);
        let (mut second, welcome) = Client::greet(address, resuming(hello("i-proxy", &pool, "m"), STREAM, cut)).await;
        assert_eq!((welcome.offset, welcome.start), (cut, welcome::Start::START_RESUMED.into()));
        let (batches, _) = second.play_out().await;
        for batch in batches {
            events.extend(batch.events);
            covers.extend(batch.covers);
        }
        assert_eq!(events, all_events(), "cut at {cut}");
        let told: u64 = covers.iter().map(|c| c.to_seq - c.from_seq).sum();
        assert_eq!((told, covers.iter().filter(|c| c.to_us == END_US).count()), (EVENTS, 1), "cut at {cut}");
        assert_eq!(second.frame().await, None);
    }
    node.shutdown().await;
}

#[tokio::test]
async fn a_position_beyond_the_end_or_of_another_stream_does_no_harm() {
    let (node, address) = node(settings()).await;
    let (client, welcome) = Client::greet(address, resuming(me(), "another", 9)).await;
    assert_eq!((welcome.offset, welcome.start), (0, welcome::Start::START_FIRST.into()));
    drop(client);
    let (_client, welcome) = Client::greet(address, resuming(me(), STREAM, u64::MAX)).await;
    assert_eq!((welcome.offset, welcome.start), (EVENTS, welcome::Start::START_RESUMED.into()));
    node.shutdown().await;
}

#[tokio::test]
async fn without_acknowledgements_the_source_pauses_at_its_bound_and_is_still_heard() {
    let bounds =
        [(2, NodeSettings { backlog_batches: 2, ..settings() }), (1, NodeSettings { backlog_bytes: 1, ..settings() })];
    for (batches, settings) in bounds {
        let (node, address) = node(settings).await;
        let (mut client, _) = Client::greet(address, me()).await;
        let mut sent = 0;
        for _ in 0..batches {
            sent = client.batch().await.to_offset;
        }
        for _ in 0..3 {
            match client.frame().await {
                Some(Body::Heartbeat(Heartbeat { offset, time_us, .. })) => {
                    assert_eq!((offset, time_us), (sent, START_US));
                }
                other => panic!("the source should have paused: {other:?}"),
            }
        }
        client.ack(sent).await;
        assert_eq!(client.batch().await.from_offset, sent);
        node.shutdown().await;
    }
}

#[tokio::test]
async fn a_peer_that_never_acknowledges_does_not_make_the_source_pause_for_ever() {
    let (node, address) = node(NodeSettings { backlog_batches: 2, ack_timeout_ms: 50, ..settings() }).await;
    let (mut client, _) = Client::greet(address, me()).await;
    let error = client.error().await;
    assert_eq!(error.code, error::Code::CODE_TIMEOUT);
    assert!(error.sentence.contains("connect again"), "{}", error.sentence);
    node.shutdown().await;
}

#[tokio::test]
async fn a_source_that_is_quiet_for_longer_than_its_backlog_still_tells_what_comes_then() {
    // Stretches with a hole between each two, so that each of them makes a batch of its own.
    let quiet = |at: i64| Piece::Covers(Covers { from_us: 10 * at, to_us: 10 * at + 5, ..Covers::default() });
    let mut pieces: Vec<Piece> = (1..=20).map(quiet).collect();
    pieces.push(Piece::Event { bytes: event(1).into(), time_us: START_US, interaction: None });
    pieces.extend((21..=40).map(quiet));
    pieces.push(Piece::Event { bytes: event(2).into(), time_us: START_US, interaction: None });
    let playback = Arc::new(Recorded::new("quiet".into(), pieces, 0, END_US));
    let settings = NodeSettings { backlog_batches: 4, batch_bytes: 1, ..settings() };
    let node = Node::start(vec![SourceSpec { playback, ..source() }], settings).await.expect("started");
    let (mut client, _) = Client::greet(node.ports()[0].address, me()).await;
    for offset in [1, 2] {
        while client.batch().await.to_offset < offset {}
        client.ack(offset).await;
    }
    node.shutdown().await;
}

#[tokio::test]
async fn two_pools_get_the_same() {
    let (node, address) = node(settings()).await;
    let (mut a, _) = Client::greet(address, hello("i-proxy", "north", "m")).await;
    let (mut b, _) = Client::greet(address, hello("i-proxy", "south", "m")).await;
    let (from_b, from_a) = (b.play_out().await, a.play_out().await);
    assert_eq!(from_a, from_b);
    node.shutdown().await;
}

#[tokio::test]
async fn a_second_connection_of_a_member_takes_over_and_another_member_has_to_wait() {
    let (node, address) = node(NodeSettings { backlog_batches: 1, ..settings() }).await;
    let (mut old, _) = Client::greet(address, me()).await;
    old.batch().await;
    let mut other = Client::connect(address).await;
    other.send(hello("i-proxy", "pool", "other")).await;
    let refused = other.error().await;
    assert_eq!(refused.code, error::Code::CODE_PROTOCOL);
    assert!(refused.sentence.contains("\"member\""), "{}", refused.sentence);
    let (mut new, _) = Client::greet(address, me()).await;
    assert!(old.error().await.sentence.contains("took over"));
    let (batches, _) = new.play_out().await;
    assert_eq!(batches.iter().map(|b| b.events.len()).sum::<usize>() as u64, EVENTS);
    node.shutdown().await;
}

#[tokio::test]
async fn who_does_not_fit_is_told_why_and_others_go_on() {
    let (node, address) = node(settings()).await;
    let wrong = [
        (Hello { protocol_version: 99, ..me() }, error::Code::CODE_VERSION, "version 99"),
        (hello("vq", "pool", "m"), error::Code::CODE_ROLE, "role i-proxy"),
        (hello("i-proxy", "", "m"), error::Code::CODE_PROTOCOL, "no pool"),
    ];
    for (hello, code, words) in wrong {
        let mut client = Client::connect(address).await;
        client.send(hello).await;
        let error = client.error().await;
        assert_eq!(error.code, code);
        assert!(error.sentence.contains(words), "{}", error.sentence);
    }
    let mut late = Client::connect(address).await;
    late.ack(1).await;
    assert!(late.error().await.sentence.contains("begins with a hello"));
    let (mut client, _) = Client::greet(address, me()).await;
    assert_eq!(client.play_out().await.1.offset, EVENTS);
    node.shutdown().await;
}

#[tokio::test]
async fn garbage_and_frames_over_the_limit_close_their_session_only() {
    let (node, address) = node(NodeSettings { backlog_batches: 1, linger_ms: 20_000, ..settings() }).await;
    let (mut bystander, _) = Client::greet(address, hello("i-proxy", "bystander", "m")).await;
    let over = [(MAX_FRAME_BYTES as u32 + 1).to_be_bytes().as_slice(), &vec![7; 8 << 20]].concat();
    let garbage = [9u32.to_be_bytes().as_slice(), &[0xff; 9]].concat();
    let empty = vec![0; FRAME_HEADER_BYTES];
    let cases = [
        (over, error::Code::CODE_LIMIT, "over the limit"),
        (garbage, error::Code::CODE_PROTOCOL, "no frame of the session protocol"),
        (empty, error::Code::CODE_PROTOCOL, "without a known body"),
    ];
    for (bytes, code, words) in cases {
        let mut early = Client::connect(address).await;
        early.send_raw(&bytes).await;
        let error = early.error().await;
        assert_eq!(error.code, code);
        assert!(error.sentence.contains(words), "{}", error.sentence);
        let (mut greeted, _) = Client::greet(address, me()).await;
        greeted.send_raw(&bytes).await;
        assert_eq!(greeted.error().await.code, code);
    }
    let (mut ahead, _) = Client::greet(address, me()).await;
    ahead.ack(EVENTS + 1).await;
    assert!(ahead.error().await.sentence.contains("is acknowledged, and the last one sent"));
    let (mut twice, _) = Client::greet(address, me()).await;
    twice.send(me()).await;
    assert!(twice.error().await.sentence.contains("only acknowledgements follow"));
    assert_eq!(bystander.play_out().await.1.offset, EVENTS);
    drop((ahead, twice, bystander));
    node.shutdown().await;
}

#[tokio::test]
async fn silence_instead_of_a_hello_and_too_many_connections_are_refused() {
    let (node, address) = node(NodeSettings { hello_timeout_ms: 50, max_connections: 1, ..settings() }).await;
    let mut silent = Client::connect(address).await;
    let mut crowd = Client::connect(address).await;
    assert_eq!(crowd.error().await.code, error::Code::CODE_LIMIT);
    assert_eq!(silent.error().await.code, error::Code::CODE_TIMEOUT);
    node.shutdown().await;
}

#[tokio::test]
async fn a_source_is_not_finished_before_its_last_event_is_acknowledged() {
    let (node, address) = node(NodeSettings { final_ack_timeout_ms: 50, ..settings() }).await;
    let (mut client, _) = Client::greet(address, me()).await;
    client.ack(0).await;
    let mut frames = Vec::new();
    while let Some(frame) = client.frame().await {
        frames.push(frame);
    }
    assert!(matches!(frames.last(), Some(Body::Error(e)) if e.code == error::Code::CODE_TIMEOUT));
    assert!(frames.iter().any(|frame| matches!(frame, Body::Stop(_))));
    assert!(!node.progress()[0].finished);
    drop(client);
    let (mut again, _) = Client::greet(address, resuming(me(), STREAM, EVENTS)).await;
    let (batches, _) = again.play_out().await;
    assert!(batches.iter().all(|batch| batch.events.is_empty()) && !batches.is_empty(), "{batches:?}");
    node.finished().await;
    node.shutdown().await;
}

#[tokio::test]
async fn a_source_without_events_is_finished_when_its_stop_is_acknowledged_or_the_peer_closes_after_it() {
    for acknowledge in [true, false] {
        let empty = SourceSpec { playback: Arc::new(Recorded::new("empty".into(), Vec::new(), 0, 0)), ..source() };
        let node = Node::start(vec![empty], settings()).await.expect("started");
        let (mut client, _) = Client::greet(node.ports()[0].address, me()).await;
        loop {
            match client.frame().await {
                Some(Body::Stop(_)) => break,
                Some(Body::Heartbeat(_)) => (),
                other => panic!("a stop was expected: {other:?}"),
            }
        }
        assert!(!node.progress()[0].finished);
        if acknowledge {
            client.ack(0).await;
            assert_eq!(client.frame().await, None);
        }
        drop(client);
        node.finished().await;
        node.shutdown().await;
    }
}

#[tokio::test]
async fn the_bank_sample_plays_over_its_three_ports() {
    let calls = bank::read(&[common::small_file()], DEFAULT_ZONE).expect("read");
    let sources = bank::sources(calls);
    let node = Node::start(sources.clone(), settings()).await.expect("started");
    for (port, source) in node.ports().iter().zip(&sources) {
        assert_eq!((port.source.as_str(), port.role), (source.name.as_str(), source.role));
        let (mut client, welcome) = Client::greet(port.address, hello(port.role.as_str(), "pool", "m")).await;
        assert_eq!(welcome.stream, source.playback.stream());
        let (batches, stop) = client.play_out().await;
        assert_eq!((stop.time_us, Some(stop.offset)), (common::clock_us(source).1, source.playback.total_offset()));
        let mut played = Vec::new();
        for batch in batches {
            played.extend(batch.events);
        }
        let events = common::pieces(source, 0).into_iter().filter_map(|piece| match piece {
            Piece::Event { bytes, .. } => Some(bytes),
            Piece::Covers(_) | Piece::Snapshot { .. } => None,
        });
        assert_eq!(played, events.collect::<Vec<_>>());
    }
    node.finished().await;
    node.shutdown().await;
}
