//! What a node does to connections on demand, and what a process says that is not the primary, with a collector written by
//! hand.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use callmart_node::live::{StageSettings, sources};
use callmart_node::playback::{Listener, Playback, SourceSpec, Standing, Telling};
use callmart_node::server::{Fault, Node, NodeSettings, Whom};
use callmart_schema::session::{Body, error, frame_length};
use common::client::{Client, hello};
use common::live::{HABITS, connect, pools, settings, unbounded};
use common::world::TestWorld;

fn world() -> TestWorld {
    TestWorld::new(&HABITS[..2], 50)
}

async fn node_of(world: &TestWorld) -> Node {
    let stage = unbounded(world, &StageSettings { ..pools(&[2, 2]) });
    let settings = NodeSettings { backlog_batches: 1, heartbeat_ms: 10, batch_events: 10, ..settings() };
    Node::start(sources(&stage), settings).await.expect("started")
}

#[tokio::test]
async fn a_session_is_dropped_without_a_word_and_only_the_one_that_is_named() {
    let world = world();
    let node = node_of(&world).await;
    let mut dropped = connect(&node, 0, "north").await;
    let mut others = [connect(&node, 0, "south").await, connect(&node, 1, "north").await];
    let whom = Whom::source("n0/IPport").member("north", "m");
    assert_eq!(node.inflict(&whom, &Fault::Drop), 1);
    while dropped.frame().await.is_some_and(|frame| matches!(frame, Body::Batch(_) | Body::Heartbeat(_))) {}
    let stranger = Whom::source("n0/IPport").member("north", "another");
    assert_eq!(node.inflict(&stranger, &Fault::Drop), 0);
    for other in &mut others {
        other.batch().await;
    }
    // It may come back at once.
    connect(&node, 0, "north").await.batch().await;
    node.shutdown().await;
}

#[tokio::test]
async fn a_port_that_refuses_closes_every_connection_until_it_is_told_otherwise() {
    let world = world();
    let node = node_of(&world).await;
    let mut early = connect(&node, 0, "north").await;
    let address = node.ports()[0].address;
    assert_eq!(node.refuse(&Whom::source("n0/IPport"), Duration::from_secs(3_600)), 1);
    for _ in 0..3 {
        let mut refused = Client::connect(address).await;
        assert!(refused.rest().await.is_empty(), "not a word");
    }
    early.batch().await;
    connect(&node, 1, "north").await.batch().await;
    node.refuse(&Whom::default(), Duration::ZERO);
    connect(&node, 0, "south").await.batch().await;
    node.shutdown().await;
}

#[tokio::test]
async fn a_client_that_is_delayed_gets_the_same_later_and_others_do_not() {
    let world = world();
    let node = node_of(&world).await;
    let (mut slow, mut quick) = (connect(&node, 0, "north").await, connect(&node, 0, "south").await);
    let delay = Duration::from_millis(40);
    assert_eq!(node.inflict(&Whom::default().member("north", "m"), &Fault::Delay(delay)), 1);
    // What was on its way may still come at once.
    let first = slow.batch().await;
    let began = Instant::now();
    slow.ack(first.to_offset).await;
    let mut offset = first.to_offset;
    for _ in 0..5 {
        let batch = slow.batch().await;
        assert_eq!(batch.from_offset, offset);
        offset = batch.to_offset;
        slow.ack(offset).await;
    }
    assert!(began.elapsed() >= 4 * delay, "{:?}", began.elapsed());
    node.inflict(&Whom::default(), &Fault::Delay(Duration::ZERO));
    let (slow, quick) = tokio::join!(slow.play_out(), quick.play_out());
    assert_eq!(slow.1, quick.1);
    node.shutdown().await;
}

#[tokio::test]
async fn garbage_comes_between_two_frames_and_a_cut_in_the_middle_of_one() {
    let world = world();
    let node = node_of(&world).await;
    let garbage = b"\xff\xff\xff\xff no frame".to_vec();
    let mut client = connect(&node, 0, "north").await;
    assert_eq!(node.inflict(&Whom::source("n0/IPport"), &Fault::Garbage(garbage.clone())), 1);
    let mut came = client.raw(200).await;
    while !came.windows(garbage.len()).any(|window| window == garbage) {
        came.extend(client.raw(10).await);
    }
    let before = came.windows(garbage.len()).position(|window| window == garbage).expect("it came");
    assert_eq!(frames(&came[..before]), Some(0), "whole frames before it");
    assert_eq!(node.inflict(&Whom::source("n0/IPport"), &Fault::CutFrame), 1);
    drop(client);
    let mut client = connect(&node, 0, "north").await;
    assert_eq!(node.inflict(&Whom::source("n0/IPport"), &Fault::CutFrame), 1);
    let rest = client.rest().await;
    assert!(frames(&rest).is_none_or(|missing| missing > 0), "the last frame is not whole");
    // What was cut is told again.
    connect(&node, 0, "north").await.batch().await;
    node.shutdown().await;
}

/// How many bytes are missing at the end of the last frame; none if they end within a header.
fn frames(mut bytes: &[u8]) -> Option<usize> {
    while let Some((header, rest)) = bytes.split_first_chunk::<4>() {
        let len = frame_length(*header).expect("a length");
        if rest.len() < len {
            return Some(len - rest.len());
        }
        bytes = &rest[len..];
    }
    bytes.is_empty().then_some(0)
}

/// A playback whose process stands as a test says.
struct Stands(Arc<dyn Playback>, Arc<AtomicU8>);

impl Playback for Stands {
    fn stream(&self) -> String {
        self.0.stream()
    }

    fn total_offset(&self) -> Option<u64> {
        self.0.total_offset()
    }

    fn standing(&self) -> Standing {
        [Standing::Primary, Standing::Backup, Standing::Down][usize::from(self.1.load(Ordering::SeqCst))]
    }

    fn tell(self: Arc<Self>, listener: &Listener<'_>) -> Box<dyn Telling> {
        Arc::clone(&self.0).tell(listener)
    }
}

#[tokio::test]
async fn a_backup_says_that_it_is_one_and_a_process_that_is_down_says_nothing() {
    let stage = unbounded(&world(), &pools(&[]));
    let stands = Arc::new(AtomicU8::new(1));
    let mut spec = sources(&stage).remove(0);
    let playback = Arc::new(Stands(Arc::clone(&spec.playback), Arc::clone(&stands)));
    spec = SourceSpec { process: "n0-b".into(), playback, ..spec };
    let node = Node::start(vec![spec], settings()).await.expect("started");
    let address = node.ports()[0].address;
    assert_eq!(node.ports()[0].process, "n0-b");
    let me = || hello("i-proxy", "pool", "m");
    let mut backup = Client::connect(address).await;
    backup.send(me()).await;
    let error = backup.error().await;
    assert_eq!(error.code, error::Code::CODE_BACKUP);
    assert!(error.sentence.contains("n0-b") && error.sentence.contains("other one"), "{}", error.sentence);
    stands.store(2, Ordering::SeqCst);
    let mut down = Client::connect(address).await;
    assert!(down.rest().await.is_empty(), "not a word");
    stands.store(0, Ordering::SeqCst);
    let (mut client, _) = Client::greet(address, me()).await;
    client.batch().await;
    node.shutdown().await;
}
