//! A backlog at its bound in real time: what is lost, to whom, and what stands for it.

mod common;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use callmart_node::live::{Pace, Stage, StageSettings, WhenFull, sources};
use callmart_node::server::{Node, NodeSettings};
use callmart_schema::event::Body as Event;
use callmart_schema::session::{error, welcome};
use common::calls::{Calls, Plan};
use common::live::{pools, settings};
use common::member::Member;
use common::world::{HandClock, START_US, STRETCH_US};

const FOREVER: WhenFull = WhenFull::OldestGo { age_ms: 1_000_000 };

async fn start(
    calls: &Calls,
    clock: &Arc<HandClock>,
    bounds: StageSettings,
    settings: NodeSettings,
) -> (Node, SocketAddr) {
    let clock: Arc<HandClock> = Arc::clone(clock);
    let bounds = StageSettings { ahead_ms: 0, ..bounds };
    let stage = Stage::new(calls.going(), Pace::real_time(), clock, &bounds).expect("a thread");
    let node = Node::start(sources(&stage), settings).await.expect("started");
    let address = node.ports()[0].address;
    (node, address)
}

fn after(stretches: i64) -> i64 {
    START_US + stretches * STRETCH_US
}

/// Lets the clock go on stretch by stretch, and everybody hear what is told.
async fn go_on(clock: &HandClock, stretches: std::ops::RangeInclusive<i64>, members: &mut [&mut Member]) {
    for stretch in stretches {
        clock.set(after(stretch));
        for member in &mut *members {
            member.until(after(stretch)).await;
        }
    }
}

/// The roots of the calls that exist after the first `number` events, of those that fit.
fn exist_at(calls: &Calls, number: u64, fits: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let mut there = BTreeSet::new();
    for event in &calls.events[..number as usize] {
        let call = event.call.clone().expect("all belong to calls");
        if event.is_end {
            there.remove(&call)
        } else {
            fits(&call) && there.insert(call)
        };
    }
    there
}

/// One of three members is away while more comes than is kept: it, and nobody else, finds a gap.
async fn only_the_one_that_was_away_finds_a_gap(bounds: StageSettings) {
    let calls = Calls::new(Plan { seed: 11, calls: 600, per_stretch: 10, longest: 6, beats: false });
    let clock = HandClock::at(START_US - STRETCH_US);
    let (node, address) = start(&calls, &clock, bounds, settings()).await;
    let [mut ann, mut bob, mut cat, mut twin] =
        [("three", "ann"), ("three", "bob"), ("three", "cat"), ("twin", "m")].map(|(p, m)| Member::new(p, m));
    for member in [&mut ann, &mut bob, &mut cat, &mut twin] {
        member.connect(address).await;
    }
    // No call has begun: nothing falls to this one, and nothing that is forgotten can be its loss.
    cat.leave().await;
    go_on(&clock, 1..=20, &mut [&mut ann, &mut bob, &mut twin]).await;
    bob.leave().await;
    go_on(&clock, 21..=40, &mut [&mut ann, &mut twin]).await;
    let welcome = cat.connect(address).await;
    assert_eq!((welcome.start, cat.position), (welcome::Start::START_RESUMED.into(), 0));
    let had = bob.position;
    let welcome = bob.connect(address).await;
    assert_eq!(welcome.start, welcome::Start::START_GAP);
    assert!(welcome.offset > had, "{} after {had}", welcome.offset);
    clock.set(calls.end_us());
    // While the source makes up for lost time, it waits for who is connected.
    tokio::join!(ann.play_out(), bob.play_out(), cat.play_out(), twin.play_out());
    assert!(ann.snapshots.is_empty() && cat.snapshots.is_empty() && twin.snapshots.is_empty());
    assert_eq!(twin.events.len(), calls.events.len(), "another pool lacks nothing");
    // Whatever the others were not told was for the one that was away.
    let numbers = 1..=calls.events.len() as u64;
    let of_bob: BTreeSet<u64> =
        numbers.filter(|n| !ann.events.contains_key(n) && !cat.events.contains_key(n)).collect();
    let told: BTreeSet<u64> = of_bob.iter().copied().filter(|n| *n <= had || *n > welcome.offset).collect();
    assert!(bob.events.keys().eq(&told), "everything but what lies in the gap");
    assert!(told.len() < of_bob.len(), "and something does");
    let calls_of_bob: BTreeSet<&str> = of_bob.iter().filter_map(|n| calls.event(*n).call.as_deref()).collect();
    stands_for_the_gap(&calls, &bob, &calls_of_bob, had);
    node.shutdown().await;
}

/// That the one snapshot names what exists behind the gap of this member's calls, and its calls that ended in the gap.
fn stands_for_the_gap(calls: &Calls, member: &Member, own: &BTreeSet<&str>, had: u64) {
    let (edge, envelope, snapshot) = member.last_snapshot();
    assert_eq!((member.snapshots.len(), envelope.seq, snapshot.as_of_seq), (1, edge, edge));
    assert!(!snapshot.complete);
    let is_own = |call: &str| own.contains(call);
    let named = snapshot.entities.iter().filter_map(|entity| match &entity.body {
        Some(Event::CallCreated(created)) if created.root_call.is_empty() => Some(created.call.clone()),
        _ => None,
    });
    let named: BTreeSet<String> = named.collect();
    assert_eq!(named, exist_at(calls, edge, is_own));
    let ended: BTreeSet<String> = snapshot.ended_calls.iter().filter(|call| !call.contains('-')).cloned().collect();
    let lost = &calls.events[had as usize..edge as usize];
    let ends = lost.iter().filter(|event| event.is_end).filter_map(|event| event.call.clone());
    let known = exist_at(calls, had, is_own);
    assert_eq!(ended, ends.filter(|call| known.contains(call)).collect(), "of those it knew, whose end it lacks");
    assert!(!ended.is_empty());
    let behind: Vec<_> = member.covers.iter().filter(|c| c.to_seq > had && c.from_us >= envelope.time_us).collect();
    let first = behind.first().expect("covers");
    assert_eq!((first.from_seq, first.from_us), (edge, envelope.time_us), "covers go on from the snapshot's moment");
    let in_gap = |us: i64| member.covers.iter().any(|c| c.from_us <= us && us < c.to_us);
    assert!(!in_gap(envelope.time_us - 1), "what lies in the gap stays uncovered");
    assert!(behind.windows(2).all(|two| (two[0].to_seq, two[0].to_us) == (two[1].from_seq, two[1].from_us)));
}

#[tokio::test]
async fn past_the_bound_in_bytes_the_oldest_go_for_the_one_that_is_away() {
    let bounds = StageSettings { when_full: FOREVER, buffer_bytes: 60_000, ..pools(&[2]) };
    only_the_one_that_was_away_finds_a_gap(bounds).await;
}

#[tokio::test]
async fn past_the_bound_in_events_the_oldest_go_for_the_one_that_is_away() {
    let bounds = StageSettings { when_full: FOREVER, buffer_events: 600, ..pools(&[2]) };
    only_the_one_that_was_away_finds_a_gap(bounds).await;
}

#[tokio::test]
async fn past_the_bound_in_age_the_oldest_go_for_the_one_that_is_away() {
    let bounds = StageSettings { when_full: WhenFull::OldestGo { age_ms: 10_000 }, ..pools(&[2]) };
    only_the_one_that_was_away_finds_a_gap(bounds).await;
}

#[tokio::test]
async fn who_does_not_keep_up_is_told_so_and_goes_on_behind_a_complete_snapshot_while_the_world_goes_on() {
    let calls = Calls::new(Plan { seed: 5, calls: 400, per_stretch: 10, longest: 4, beats: false });
    let clock = HandClock::at(START_US - STRETCH_US);
    let bounds = StageSettings { when_full: FOREVER, buffer_events: 200, ..pools(&[2]) };
    let settings = NodeSettings { backlog_batches: 2, batch_events: 50, ..settings() };
    let (node, address) = start(&calls, &clock, bounds, settings).await;
    let (mut slow, mut quick) = (Member::new("slow", "m"), Member::new("quick", "m"));
    slow.connect(address).await;
    quick.connect(address).await;
    // The slow one takes what it gets and acknowledges nothing for a long while.
    go_on(&clock, 1..=calls.stretches as i64, &mut [&mut quick]).await;
    let batch = slow.client().batch().await;
    slow.take(batch).await;
    let error = slow.until_error().await;
    assert_eq!(error.code, error::Code::CODE_LIMIT);
    assert!(error.sentence.contains("connect again"), "{}", error.sentence);
    let had = slow.position;
    let welcome = slow.connect(address).await;
    assert_eq!(welcome.start, welcome::Start::START_GAP);
    tokio::join!(slow.play_out(), quick.play_out());
    assert_eq!(quick.events.len(), calls.events.len());
    let (edge, envelope, snapshot) = slow.last_snapshot();
    assert!(snapshot.complete && snapshot.ended_calls.is_empty(), "nobody shares with it");
    assert_eq!((edge, envelope.seq), (welcome.offset, welcome.offset));
    let numbers: Vec<u64> = (1..=calls.events.len() as u64).filter(|n| *n <= had || *n > edge).collect();
    assert!(slow.events.keys().copied().eq(numbers));
    let roots =
        snapshot.entities.iter().filter(|e| matches!(&e.body, Some(Event::CallCreated(c)) if c.root_call.is_empty()));
    assert_eq!(roots.count(), exist_at(&calls, edge, |_| true).len());
    node.shutdown().await;
}

#[tokio::test]
async fn a_gap_whose_snapshot_did_not_become_durable_is_told_again() {
    let calls = Calls::new(Plan { seed: 8, calls: 300, per_stretch: 10, longest: 6, beats: false });
    let clock = HandClock::at(START_US - STRETCH_US);
    let bounds = StageSettings { when_full: FOREVER, buffer_events: 200, ..pools(&[2]) };
    let (node, address) = start(&calls, &clock, bounds, settings()).await;
    let [mut ann, mut bob, mut twin] = [("two", "ann"), ("two", "bob"), ("twin", "m")].map(|(p, m)| Member::new(p, m));
    for member in [&mut ann, &mut bob, &mut twin] {
        member.connect(address).await;
    }
    go_on(&clock, 1..=8, &mut [&mut ann, &mut bob, &mut twin]).await;
    let had = bob.position;
    bob.leave().await;
    go_on(&clock, 9..=20, &mut [&mut ann, &mut twin]).await;
    // The world tells one stretch ahead of the clock, so more may have to go after the first time; what stands for it moves once.
    let mut told: Vec<Vec<_>> = Vec::new();
    while told.len() < 2 || told[told.len() - 1] != told[told.len() - 2] {
        assert_eq!(bob.connect(address).await.start, welcome::Start::START_GAP);
        told.push(bob.client().batch().await.snapshots);
        assert!(told.len() <= 4 && told[told.len() - 1].len() == 1, "told again: {}", told.len());
        bob.leave().await;
        bob.position = had;
    }
    bob.connect(address).await;
    let batch = bob.client().batch().await;
    bob.take(batch).await;
    let position = bob.position;
    bob.leave().await;
    let welcome = bob.connect(address).await;
    assert_eq!((welcome.start, welcome.offset), (welcome::Start::START_RESUMED.into(), position));
    node.shutdown().await;
}

#[tokio::test]
async fn a_world_that_makes_up_for_lost_time_loses_nothing_for_who_is_connected_or_still_to_come() {
    let calls = Calls::new(Plan { seed: 2, calls: 3_000, per_stretch: 10, longest: 4, beats: false });
    // The clock is at the end from the beginning on, and little is kept.
    let clock = HandClock::at(calls.end_us());
    let bounds = StageSettings { when_full: WhenFull::OldestGo { age_ms: 20_000 }, buffer_events: 500, ..pools(&[2]) };
    let (node, address) = start(&calls, &clock, bounds, settings()).await;
    let (mut early, mut late) = (Member::new("early", "m"), Member::new("late", "m"));
    early.connect(address).await;
    early.until(after(3)).await;
    assert_eq!(late.connect(address).await.start, welcome::Start::START_FIRST);
    tokio::join!(early.play_out(), late.play_out());
    for member in [early, late] {
        assert_eq!((member.events.len(), member.snapshots.len()), (calls.events.len(), 0), "{}", member.pool);
    }
    node.shutdown().await;
}

#[tokio::test]
async fn while_nobody_listens_the_world_goes_on_and_what_begins_then_is_shared_out_among_all() {
    let calls = Calls::new(Plan { seed: 4, calls: 300, per_stretch: 10, longest: 3, beats: false });
    let clock = HandClock::at(START_US - STRETCH_US);
    let driven: Arc<HandClock> = Arc::clone(&clock);
    let bounds = StageSettings { when_full: FOREVER, ahead_ms: 0, ..pools(&[1]) };
    let stage = Stage::new(calls.going(), Pace::real_time(), driven, &bounds).expect("a thread");
    let node = Node::start(sources(&stage), settings()).await.expect("started");
    let address = node.ports()[0].address;
    let (mut ann, mut bob) = (Member::new("two", "ann"), Member::new("two", "bob"));
    ann.connect(address).await;
    bob.connect(address).await;
    go_on(&clock, 1..=10, &mut [&mut ann, &mut bob]).await;
    ann.leave().await;
    bob.leave().await;
    clock.set(after(20));
    while stage.progress().told_us <= after(20) {
        tokio::task::yield_now().await;
    }
    for member in [&mut ann, &mut bob] {
        assert_eq!(member.connect(address).await.start, welcome::Start::START_RESUMED);
    }
    clock.set(calls.end_us());
    tokio::join!(ann.play_out(), bob.play_out());
    assert_eq!(ann.events.len() + bob.events.len(), calls.events.len());
    let began_meanwhile = |member: &Member| {
        let began = |n: &&u64| (after(12)..after(20)).contains(&calls.event(**n).time_us) && !calls.event(**n).is_end;
        member.events.keys().filter(began).count()
    };
    assert!(began_meanwhile(&ann) > 100 && began_meanwhile(&bob) > 100, "evenly, though neither was there");
    node.shutdown().await;
}
