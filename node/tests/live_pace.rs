//! A world in step with a clock that the test drives: nothing is told early, and nothing late.

mod common;

use callmart_node::live::{StageSettings, sources};
use callmart_node::playback::{Next, Piece, Telling};
use callmart_node::server::{Node, NodeSettings};
use callmart_schema::session::{Body, Covers, Heartbeat, Stop};
use common::live::{HABITS, PATIENCE, assert_seamless, connect, in_step, node, pools, settings};
use common::tell;
use common::world::{Habit, HandClock, START_US, STRETCH_US, TestWorld};
use tokio::time::timeout;

/// The next piece that is due; none when nothing is due before somebody moves the clock or acknowledges. `until` says
/// when all that must come has come.
async fn all_due(telling: &mut dyn Telling, until: impl Fn(&[Piece]) -> bool) -> Vec<Piece> {
    let mut pieces = Vec::new();
    loop {
        match telling.next() {
            Next::Piece(piece) => pieces.push(piece),
            Next::Later | Next::End if until(&pieces) => return pieces,
            Next::Later => timeout(PATIENCE, telling.later()).await.expect("what is due comes"),
            Next::End | Next::Gap | Next::Ceased(_) => panic!("ended before its time, after {} pieces", pieces.len()),
        }
    }
}

fn split(pieces: impl IntoIterator<Item = Piece>) -> (Vec<(i64, Vec<u8>)>, Vec<Covers>) {
    let (mut events, mut covers) = (Vec::new(), Vec::new());
    for piece in pieces {
        match piece {
            Piece::Event { bytes, time_us, .. } => events.push((time_us, bytes.to_vec())),
            Piece::Covers(c) => covers.push(c),
            Piece::Snapshot { .. } => panic!("no snapshot is told"),
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
    let mut tellings: Vec<_> = sources.iter().map(|s| tell(s, "pool", 0)).collect();
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
    let mut telling = tell(&sources(&stage)[0], "pool", 0);
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
async fn a_session_wakes_when_something_is_due_and_not_only_for_its_heartbeat() {
    let world = TestWorld::new(&[Habit { events: 2, period: 3 }], 30);
    let clock = HandClock::at(START_US - 1);
    let stage = in_step(&world, &clock, &pools(&[]));
    let never = NodeSettings { heartbeat_ms: 600_000, ..settings() };
    let node = Node::start(sources(&stage), never).await.expect("started");
    let mut client = connect(&node, 0, "pool").await;
    let mut heard = 0;
    for (time_us, bytes) in world.all(0) {
        clock.set(time_us);
        let event = loop {
            let batch = client.batch().await;
            heard = batch.to_offset;
            if let Some(event) = batch.events.into_iter().next() {
                break event;
            }
        };
        assert_eq!(event, bytes);
    }
    assert_eq!(heard, 20);
    clock.set(world.end_us());
    assert_eq!(client.play_out().await.1.time_us, world.end_us());
    node.shutdown().await;
}
