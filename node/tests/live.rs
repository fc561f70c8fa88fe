//! A world served live over real sockets, at full speed.

mod common;

use std::sync::Arc;

use callmart_node::live::{Pace, Stage, StageSettings, SystemClock, sources};
use callmart_node::server::{Node, NodeSettings};
use callmart_node::traffic::{Traffic, TrafficSettings};
use callmart_node::world::{Stretch, Teller, World};
use callmart_schema::event::decode;
use callmart_schema::session::{Batch, Body, Covers, welcome};
use common::client::{Client, hello, resuming};
use common::live::{HABITS, PATIENCE, assert_seamless, connect, node, pools, settings, unbounded};
use common::world::{Habit, START_US, STRETCH_US, TestWorld};
use tokio::time::timeout;

fn events_of(batches: &[Batch]) -> Vec<Vec<u8>> {
    batches.iter().flat_map(|batch| batch.events.iter().map(|event| event.to_vec())).collect()
}

fn told(world: &TestWorld, teller: usize) -> Vec<Vec<u8>> {
    world.all(teller).into_iter().map(|(_, bytes)| bytes).collect()
}

/// Plays out one pool's session and checks that it got everything of a source, once and in order.
async fn gets_all(mut client: Client, world: TestWorld, source: usize) {
    let (batches, stop) = client.play_out().await;
    let all = told(&world, source);
    assert_eq!(events_of(&batches), all);
    assert_seamless(batches.iter().flat_map(|b| &b.covers), (0, START_US), (all.len() as u64, world.end_us()));
    assert_eq!((stop.offset, stop.time_us), (all.len() as u64, world.end_us()));
    assert_eq!(client.frame().await, None, "the source closes after the last acknowledgement");
}

#[tokio::test]
async fn at_full_speed_every_pool_gets_every_event_once_and_in_order_and_an_orderly_end() {
    let world = TestWorld::new(&HABITS, 5_000);
    let stage = unbounded(&world, &pools(&[2, 2, 2]));
    let node = node(&stage).await;
    let mut listening = Vec::new();
    for source in 0..HABITS.len() {
        assert_eq!(node.progress()[source].total, None, "nobody knows how much a live source will tell");
        for pool in ["north", "south"] {
            let client = connect(&node, source, pool).await;
            listening.push(tokio::spawn(gets_all(client, world.clone(), source)));
        }
    }
    for pool in listening {
        pool.await.expect("got all");
    }
    timeout(PATIENCE, node.finished()).await.expect("finished");
    let progress = node.progress();
    for (source, of_source) in progress.iter().enumerate() {
        let total = world.all(source).len() as u64;
        assert_eq!((of_source.total, of_source.acknowledged, of_source.held_back), (Some(total), total, false));
    }
    let progress = stage.progress();
    assert!(progress.is_over && !progress.is_broken && progress.held_back_by.is_empty(), "{progress:?}");
    assert_eq!(progress.told_us, world.end_us());
    node.shutdown().await;
}

#[tokio::test]
async fn the_world_waits_for_a_pool_that_does_not_acknowledge_and_goes_on_when_it_does() {
    let world = TestWorld::new(&HABITS, 4_000);
    let bounded = StageSettings { buffer_events: 1_000, ..pools(&[]) };
    let stage = unbounded(&world, &bounded);
    let node = node(&stage).await;
    let mut slow = connect(&node, 0, "pool").await;
    // Two pools go on with the rest; the slow one takes its batches and says nothing.
    let others = [1, 2].map(|source| (source, world.clone()));
    let mut listening = Vec::new();
    for (source, world) in others {
        let client = connect(&node, source, "pool").await;
        listening.push(tokio::spawn(gets_all(client, world, source)));
    }
    let mut taken: Vec<Batch> = Vec::new();
    while taken.last().is_none_or(|batch| batch.to_offset < 1_000) {
        taken.push(slow.batch().await);
    }
    // The last stretch may go over the bound, and is the last for good: only heartbeats follow.
    for _ in 0..3 {
        match slow.frame().await {
            Some(Body::Heartbeat(beat)) => assert_eq!(beat.offset, taken.last().expect("some").to_offset),
            Some(Body::Batch(batch)) => taken.push(batch),
            other => panic!("a heartbeat was expected: {other:?}"),
        }
    }
    assert_eq!(world.made(), 25, "stretches of 40 events until 1,000 are kept");
    let progress = node.progress();
    assert_eq!(progress.iter().map(|p| p.held_back).collect::<Vec<_>>(), [true, false, false]);
    assert_eq!(stage.progress().held_back_by, ["n0/IPport"]);
    slow.ack(taken.last().expect("some").to_offset).await;
    let (rest, _) = slow.play_out().await;
    taken.extend(rest);
    assert_eq!(events_of(&taken), told(&world, 0));
    for pool in listening {
        pool.await.expect("got all");
    }
    node.shutdown().await;
}

#[tokio::test]
async fn nothing_is_forgotten_before_both_expected_pools_have_it_also_if_one_comes_much_later() {
    let world = TestWorld::new(&HABITS[..1], 500);
    let stage = unbounded(&world, &StageSettings { buffer_events: 300, ..pools(&[2]) });
    let node = node(&stage).await;
    let mut early = connect(&node, 0, "north").await;
    let mut offset = 0;
    while offset < 300 {
        offset = early.batch().await.to_offset;
        early.ack(offset).await;
    }
    while !stage.progress().held_back_by.contains(&"n0/IPport".to_owned()) {
        // Its acknowledgements do not help: the twin has not come.
        assert!(matches!(early.frame().await, Some(Body::Heartbeat(_) | Body::Batch(_))));
    }
    assert_eq!(world.made(), 8);
    let late = connect(&node, 0, "south").await;
    let listening = tokio::spawn(gets_all(late, world.clone(), 0));
    let (rest, _) = early.play_out().await;
    assert_eq!(rest.last().map(|batch| batch.to_offset), Some(world.all(0).len() as u64));
    listening.await.expect("got all");
    node.shutdown().await;
}

#[tokio::test]
async fn a_pool_that_reconnects_goes_on_where_it_was_without_loss() {
    let world = TestWorld::new(&HABITS, 400);
    let stage = unbounded(&world, &pools(&[]));
    // Batches that end anywhere within stretches, and between a stretch and what covers it.
    let settings = NodeSettings { batch_events: 7, batch_bytes: 300, ..settings() };
    let node = Node::start(sources(&stage), settings).await.expect("started");
    let all = told(&world, 0);
    let stream = sources(&stage)[0].playback.stream();
    let (mut heard, mut covers): (Vec<Vec<u8>>, Vec<Covers>) = (Vec::new(), Vec::new());
    for cut in [1, 39, 40, 41, 500, 777, 5_000, 15_000] {
        let position = heard.len() as u64;
        let resume = resuming(hello("i-proxy", "pool", "m"), &stream, position);
        let (mut client, welcome) = Client::greet(node.ports()[0].address, resume).await;
        assert_eq!((welcome.offset, welcome.start), (position, welcome::Start::START_RESUMED.into()));
        while heard.len() < cut {
            let batch = client.batch().await;
            heard.extend(events_of(std::slice::from_ref(&batch)));
            covers.extend(batch.covers);
            client.ack(heard.len() as u64).await;
        }
        // This one comes, but does not become durable.
        client.batch().await;
    }
    let resume = resuming(hello("i-proxy", "pool", "m"), &stream, heard.len() as u64);
    let (mut client, _) = Client::greet(node.ports()[0].address, resume).await;
    let (rest, _) = client.play_out().await;
    heard.extend(events_of(&rest));
    covers.extend(rest.into_iter().flat_map(|batch| batch.covers));
    assert_eq!(heard, all);
    let (mut seq, mut us) = (0, START_US);
    covers.sort_by_key(|c| (c.from_us, c.to_us));
    for c in covers {
        assert!(c.from_seq <= seq && c.from_us <= us, "a hole before {c:?}, complete up to {seq}");
        (seq, us) = (seq.max(c.to_seq), us.max(c.to_us));
    }
    assert_eq!((seq, us), (all.len() as u64, world.end_us()));
    node.shutdown().await;
}

#[tokio::test]
async fn a_stage_made_anew_is_the_same_stream_and_goes_on_at_an_offset_it_has_yet_to_reach() {
    let world = TestWorld::new(&HABITS, 2_000);
    let streams = |stage: &Arc<Stage>| sources(stage).iter().map(|s| s.playback.stream()).collect::<Vec<_>>();
    let before = unbounded(&world, &pools(&[]));
    let names = streams(&before);
    drop(before);
    let stage = unbounded(&world, &StageSettings { buffer_events: 500, ..pools(&[]) });
    assert_eq!(streams(&stage), names);
    assert!(names[0] != names[1], "a position names its source by its stream");
    let node = node(&stage).await;
    let position = 70_007;
    let mut listening = Vec::new();
    for source in 1..HABITS.len() {
        listening.push(tokio::spawn(gets_all(connect(&node, source, "pool").await, world.clone(), source)));
    }
    let resume = resuming(hello("i-proxy", "pool", "m"), &names[0], position);
    let (mut client, welcome) = Client::greet(node.ports()[0].address, resume).await;
    assert_eq!((welcome.offset, welcome.start), (position, welcome::Start::START_RESUMED.into()));
    let (batches, _) = client.play_out().await;
    assert_eq!(events_of(&batches), told(&world, 0)[position as usize..]);
    let covers: Vec<&Covers> = batches.iter().flat_map(|b| &b.covers).collect();
    // From the stretch on in which the position lies: what was complete before is known.
    let from = (70_000, START_US + 1_750 * STRETCH_US);
    assert_seamless(covers, from, (world.all(0).len() as u64, world.end_us()));
    for pool in listening {
        pool.await.expect("got all");
    }
    node.shutdown().await;
}

#[tokio::test]
async fn a_pool_that_is_not_expected_hears_of_what_it_missed_and_counts_while_it_is_connected() {
    let world = TestWorld::new(&[Habit { events: 40, period: 1 }], 1_000);
    let stage = unbounded(&world, &StageSettings { buffer_events: 1_000, ..pools(&[]) });
    let node = node(&stage).await;
    let mut expected = connect(&node, 0, "expected").await;
    let mut offset = 0;
    while offset < 5_000 {
        offset = expected.batch().await.to_offset;
        expected.ack(offset).await;
    }
    let (mut guest, welcome) = Client::greet(node.ports()[0].address, hello("i-proxy", "guest", "m")).await;
    assert_eq!(welcome.start, welcome::Start::START_GAP);
    let missed = welcome.offset;
    assert!(missed > 0 && missed <= offset, "{missed}");
    let batch = guest.batch().await;
    assert_eq!((batch.snapshots.len(), batch.from_offset), (1, missed));
    assert_eq!(events_of(std::slice::from_ref(&batch))[0], told(&world, 0)[missed as usize]);
    assert!(batch.covers.iter().all(|c| c.from_seq >= missed), "nothing is claimed that was missed");
    // It says nothing more: the world waits for it, until it goes.
    while stage.progress().held_back_by.is_empty() {
        match expected.frame().await {
            Some(Body::Batch(batch)) => expected.ack(batch.to_offset).await,
            Some(Body::Heartbeat(_)) => (),
            other => panic!("{other:?}"),
        }
    }
    drop(guest);
    let (rest, _) = expected.play_out().await;
    assert_eq!(rest.last().map(|batch| batch.to_offset), Some(40_000));
    node.shutdown().await;
}

/// Says when it is dropped.
struct Mortal(Box<dyn World>, std::sync::mpsc::Sender<()>);

impl World for Mortal {
    fn tellers(&self) -> &[Teller] {
        self.0.tellers()
    }

    fn start_us(&self) -> i64 {
        self.0.start_us()
    }

    fn next_stretch(&mut self) -> Option<Stretch> {
        self.0.next_stretch()
    }
}

impl Drop for Mortal {
    fn drop(&mut self) {
        let _ = self.1.send(());
    }
}

#[tokio::test]
async fn a_world_goes_with_its_stage() {
    let (dropped, is_dropped) = std::sync::mpsc::channel();
    let world = Box::new(Mortal(TestWorld::new(&HABITS, 1_000_000).going(), dropped));
    let stage = Stage::new(world, Pace::Unbounded, Arc::new(SystemClock), &pools(&[])).expect("a thread");
    let node = node(&stage).await;
    connect(&node, 0, "pool").await.batch().await;
    drop(stage);
    assert!(is_dropped.try_recv().is_err(), "the sources go on without the stage's maker");
    node.shutdown().await;
    is_dropped.recv_timeout(PATIENCE).expect("dropped");
}

#[tokio::test]
async fn a_simulated_contact_center_is_told_whole_by_each_of_its_sources() {
    let (start_us, end_us) = (1_767_600_000_000_000, 1_767_600_000_000_000 + 1_800 * STRETCH_US);
    let traffic = Traffic::new(TrafficSettings { end_us: Some(end_us), ..TrafficSettings::new(start_us, 3, 60) });
    let stage = Stage::new(Box::new(traffic), Pace::Unbounded, Arc::new(SystemClock), &pools(&[])).expect("a thread");
    let node = node(&stage).await;
    let mut listening = Vec::new();
    for (port, spec) in node.ports().iter().zip(sources(&stage)) {
        let (mut client, _) = Client::greet(port.address, hello(port.role.as_str(), "pool", "m")).await;
        listening.push(tokio::spawn(async move {
            let (batches, stop) = client.play_out().await;
            let (mut seq, mut time_us) = (0, start_us);
            for event in batches.iter().flat_map(|batch| &batch.events) {
                let event = decode(event).expect("an event");
                assert_eq!((event.source.as_str(), event.seq), (spec.name.as_str(), seq + 1));
                assert!(event.time_us >= time_us && event.time_us < end_us);
                (seq, time_us) = (event.seq, event.time_us);
                let epoch = event.epoch.as_option().expect("an epoch");
                let covers = &batches[0].covers[0];
                let covered = (covers.epoch_started_us, covers.epoch_process.as_str());
                assert_eq!((epoch.started_us, epoch.process.as_str()), covered);
            }
            assert_eq!((stop.offset, stop.time_us), (seq, end_us));
            seq
        }));
    }
    let mut events = 0;
    for source in listening {
        events += source.await.expect("told whole");
    }
    assert!(events > 1_000, "{events}");
    node.shutdown().await;
}
