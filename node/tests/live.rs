//! A world served live: over real sockets where sessions matter, else straight from the stage.

mod common;

use std::sync::Arc;
use std::time::Duration;

use callmart_node::live::{Pace, Stage, StageSettings, SystemClock, sources};
use callmart_node::playback::{Next, Piece, Telling};
use callmart_node::server::{Node, NodeSettings};
use callmart_schema::session::{Batch, Body, Covers, Heartbeat, Stop, welcome};
use common::client::{Client, hello, resuming};
use common::world::{Habit, HandClock, START_US, STRETCH_US, TestWorld};
use tokio::time::timeout;

/// Longest wait for something that must come.
const PATIENCE: Duration = Duration::from_secs(30);
/// One teller that has much to tell, one with little, one nearly silent.
const HABITS: [Habit; 3] =
    [Habit { events: 40, period: 1 }, Habit { events: 3, period: 2 }, Habit { events: 1, period: 100 }];

fn settings() -> NodeSettings {
    NodeSettings { heartbeat_ms: 50, linger_ms: 500, ..NodeSettings::default() }
}

fn pools(pools: &[usize]) -> StageSettings {
    StageSettings { pools: pools.to_vec(), ..StageSettings::default() }
}

/// A world at full speed.
fn unbounded(world: &TestWorld, settings: &StageSettings) -> Arc<Stage> {
    Stage::new(world.going(), Pace::Unbounded, Arc::new(SystemClock), settings).expect("a thread")
}

/// A world in step with a clock that a test drives.
fn in_step(world: &TestWorld, clock: &Arc<HandClock>, settings: &StageSettings) -> Arc<Stage> {
    let clock: Arc<HandClock> = Arc::clone(clock);
    Stage::new(world.going(), Pace::real_time(), clock, settings).expect("a thread")
}

async fn node(stage: &Arc<Stage>) -> Node {
    Node::start(sources(stage), settings()).await.expect("started")
}

async fn connect(node: &Node, source: usize, pool: &str) -> Client {
    Client::greet(node.ports()[source].address, hello("i-proxy", pool, "m")).await.0
}

fn events_of(batches: &[Batch]) -> Vec<Vec<u8>> {
    batches.iter().flat_map(|batch| batch.events.iter().map(|event| event.to_vec())).collect()
}

fn told(world: &TestWorld, teller: usize) -> Vec<Vec<u8>> {
    world.all(teller).into_iter().map(|(_, bytes)| bytes).collect()
}

/// That covers follow one another from the place (number, time) to another, without a hole.
fn assert_seamless<'a>(covers: impl IntoIterator<Item = &'a Covers>, from: (u64, i64), to: (u64, i64)) {
    let mut at = from;
    for c in covers {
        assert_eq!((c.from_seq, c.from_us), at);
        assert_eq!((c.epoch_started_us, c.epoch_process.as_str()), (START_US, "p1"));
        at = (c.to_seq, c.to_us);
    }
    assert_eq!(at, to);
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

/// The next piece that is due; none when nothing is due before somebody moves the clock or acknowledges. `until` says
/// when all that must come has come.
async fn all_due(telling: &mut dyn Telling, until: impl Fn(&[Piece]) -> bool) -> Vec<Piece> {
    let mut pieces = Vec::new();
    loop {
        match telling.next() {
            Next::Piece(piece) => pieces.push(piece),
            Next::Later | Next::End if until(&pieces) => return pieces,
            Next::Later => timeout(PATIENCE, telling.later()).await.expect("what is due comes"),
            Next::End => panic!("ended before its time, after {} pieces", pieces.len()),
        }
    }
}

fn split(pieces: impl IntoIterator<Item = Piece>) -> (Vec<(i64, Vec<u8>)>, Vec<Covers>) {
    let (mut events, mut covers) = (Vec::new(), Vec::new());
    for piece in pieces {
        match piece {
            Piece::Event { bytes, time_us } => events.push((time_us, bytes.to_vec())),
            Piece::Covers(c) => covers.push(c),
        }
    }
    (events, covers)
}

#[tokio::test]
async fn nothing_is_told_before_its_time_and_everything_as_soon_as_it_has_come() {
    let world = TestWorld::new(&HABITS, 300);
    let clock = HandClock::at(START_US - 5 * STRETCH_US);
    let stage = in_step(&world, &clock, &pools(&[]));
    let sources = sources(&stage);
    let mut tellings: Vec<_> = sources.iter().map(|s| Arc::clone(&s.playback).tell("pool", 0)).collect();
    let mut heard: Vec<(Vec<_>, Vec<Covers>)> = vec![Default::default(); HABITS.len()];
    // Steps from a fraction of a stretch to many at once, and exactly onto an event and onto a stretch's end.
    let steps = [-1, 0, 1, 25_000, 24_999, 1, 400_000, 1, STRETCH_US, 7 * STRETCH_US + 3, 90 * STRETCH_US, 500_000];
    let mut now_us = START_US;
    for step in steps.into_iter().cycle().take(48) {
        now_us += step;
        clock.set(now_us);
        for (teller, telling) in tellings.iter_mut().enumerate() {
            let all = world.all(teller);
            let due = all.iter().filter(|(us, _)| *us <= now_us).count();
            let (events, covers) = &mut heard[teller];
            let complete_us = (now_us - START_US).div_euclid(STRETCH_US) * STRETCH_US + START_US;
            let complete_us = complete_us.clamp(START_US, world.end_us());
            let before = telling.clock_us();
            let came = all_due(&mut **telling, |pieces| {
                let (new, ends) = split(pieces.iter().cloned());
                events.len() + new.len() == due && ends.last().map_or(before, |c| c.to_us) == complete_us
            });
            let (new, ends) = split(came.await);
            assert!(new.iter().all(|(us, _)| *us <= now_us) && ends.iter().all(|c| c.to_us <= now_us));
            events.extend(new);
            covers.extend(ends);
            assert_eq!(telling.clock_us(), complete_us, "heartbeats say what covers say");
        }
    }
    assert!(now_us > world.end_us(), "the steps reach the end");
    for (teller, (events, covers)) in heard.into_iter().enumerate() {
        let all = world.all(teller);
        assert_eq!(events, all);
        assert_seamless(&covers, (0, START_US), (all.len() as u64, world.end_us()));
        assert_eq!(tellings[teller].next(), Next::End);
    }
}

#[tokio::test]
async fn a_world_with_a_clock_is_made_only_a_little_ahead_of_it() {
    let world = TestWorld::new(&HABITS, 300);
    let clock = HandClock::at(START_US + STRETCH_US / 2);
    let stage = in_step(&world, &clock, &StageSettings { ahead_ms: 3_000, ..pools(&[]) });
    let mut telling = Arc::clone(&sources(&stage)[0].playback).tell("pool", 0);
    all_due(&mut *telling, |pieces| pieces.len() == 21).await;
    clock.set(START_US + 10 * STRETCH_US);
    let is_tenth = |piece: &Piece| matches!(piece, Piece::Covers(c) if c.to_us == START_US + 10 * STRETCH_US);
    all_due(&mut *telling, |pieces| pieces.iter().any(is_tenth)).await;
    assert!(world.made() <= 14, "{} stretches at the tenth second", world.made());
    assert_eq!(stage.progress().due_us, Some(START_US + 10 * STRETCH_US));
}

#[tokio::test]
async fn over_a_socket_an_event_is_sent_when_the_clock_reaches_it_and_a_heartbeat_when_it_stands_still() {
    let world = TestWorld::new(&[Habit { events: 1, period: 4 }], 20);
    let clock = HandClock::at(START_US);
    let stage = in_step(&world, &clock, &pools(&[]));
    let node = node(&stage).await;
    let mut client = connect(&node, 0, "pool").await;
    let first = client.batch().await;
    assert_eq!((first.events.len(), first.covers.len()), (1, 0));
    // Within the stretch nothing is complete yet, and the heartbeat says so.
    for now_us in [START_US + 700_000, START_US + 2 * STRETCH_US - 1] {
        clock.set(now_us);
        let until_us = START_US + (now_us - START_US) / STRETCH_US * STRETCH_US;
        let beat = loop {
            match client.frame().await {
                Some(Body::Heartbeat(beat)) if beat.time_us == until_us => break beat,
                Some(Body::Heartbeat(Heartbeat { time_us, .. })) => assert!(time_us < until_us, "ahead of covers"),
                Some(Body::Batch(batch)) => assert!(batch.covers.iter().all(|c| c.to_us <= now_us)),
                other => panic!("a heartbeat was expected: {other:?}"),
            }
        };
        assert_eq!(beat.offset, 1);
    }
    clock.set(START_US + 4 * STRETCH_US);
    let (mut events, mut complete_us) = (0, 0);
    while events == 0 || complete_us < START_US + 4 * STRETCH_US {
        let batch = client.batch().await;
        events += batch.events.len();
        complete_us = batch.covers.iter().map(|c| c.to_us).max().unwrap_or(complete_us);
    }
    assert_eq!((events, complete_us), (1, START_US + 4 * STRETCH_US));
    clock.set(world.end_us());
    let (batches, Stop { time_us, offset, .. }) = client.play_out().await;
    assert_eq!((batches.iter().map(|b| b.events.len()).sum::<usize>(), time_us, offset), (3, world.end_us(), 5));
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
    let stream = sources(&stage)[0].playback.stream().to_owned();
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
    let streams =
        |stage: &Arc<Stage>| sources(stage).iter().map(|s| s.playback.stream().to_owned()).collect::<Vec<_>>();
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
    let from = covers.first().map(|c| (c.from_seq, c.from_us)).expect("some");
    assert!(from.0 < position && from.1 >= START_US);
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
