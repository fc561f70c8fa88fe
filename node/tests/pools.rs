//! Pools of several members over real sockets, with a collector written by hand: who is told what, and what is promised of it.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;

use callmart_node::live::{Pace, Stage, StageSettings, sources};
use callmart_node::server::{Node, NodeSettings};
use callmart_schema::session::welcome;
use common::calls::{Calls, Dice, Plan};
use common::live::{pools, settings};
use common::member::{Member, complete_from};
use common::world::{HandClock, START_US, STRETCH_US};

const NAMES: [&str; 3] = ["ann", "bob", "cat"];

fn stage(calls: &Calls, clock: &Arc<HandClock>, settings: &StageSettings) -> Arc<Stage> {
    let clock: Arc<HandClock> = Arc::clone(clock);
    let settings = StageSettings { ahead_ms: 0, ..settings.clone() };
    Stage::new(calls.going(), Pace::real_time(), clock, &settings).expect("a thread")
}

async fn start(stage: &Arc<Stage>, settings: NodeSettings) -> (Node, SocketAddr) {
    let node = Node::start(sources(stage), settings).await.expect("started");
    let address = node.ports()[0].address;
    (node, address)
}

/// Who an interaction belongs to, by the contract and nothing else.
#[derive(Default)]
struct Expected {
    owners: BTreeMap<String, &'static str>,
    going_on: BTreeMap<&'static str, usize>,
}

impl Expected {
    /// The events from `from` on, up to a moment, with those who are connected.
    fn share(&mut self, calls: &Calls, from: &mut u64, to_us: i64, connected: &BTreeSet<&'static str>) {
        while let Some(event) = calls.events.get(*from as usize).filter(|event| event.time_us < to_us) {
            *from += 1;
            let Some(call) = &event.call else { continue };
            let owner = *self.owners.entry(call.clone()).or_insert_with(|| {
                let may = NAMES.iter().filter(|name| connected.is_empty() || connected.contains(**name));
                let least = may.min_by_key(|name| (self.going_on.get(**name).copied().unwrap_or(0), **name));
                let owner = *least.expect("somebody");
                *self.going_on.entry(owner).or_default() += 1;
                owner
            });
            if event.is_end {
                *self.going_on.entry(owner).or_default() -= 1;
            }
        }
    }
}

#[tokio::test]
async fn over_ten_thousand_calls_each_stays_with_the_member_of_the_contract_though_members_come_and_go() {
    let seed = 7;
    let plan = Plan { seed, calls: 10_000, per_stretch: 100, longest: 8, beats: true };
    let calls = Calls::new(plan);
    let clock = HandClock::at(START_US - STRETCH_US);
    let bounds = StageSettings { buffer_events: 1_000_000, buffer_bytes: 1 << 30, ..pools(&[2]) };
    let (node, address) = start(&stage(&calls, &clock, &bounds), settings()).await;
    let mut members: Vec<Member> = NAMES.map(|name| Member::new("three", name)).into();
    let mut single = Member::new("single", "m");
    for member in members.iter_mut().chain([&mut single]) {
        assert_eq!(member.connect(address).await.start, welcome::Start::START_FIRST);
    }
    let (mut dice, mut expected, mut shared) = (Dice(seed), Expected::default(), 0);
    for stretch in 0..calls.stretches as i64 {
        // The stretch is made when the clock comes to its begin, and its first event says so.
        let connected = members.iter().zip(NAMES).filter(|(m, _)| m.client.is_some()).map(|(_, name)| name).collect();
        let begin_us = START_US + stretch * STRETCH_US;
        expected.share(&calls, &mut shared, begin_us + STRETCH_US, &connected);
        clock.set(begin_us);
        let beat = calls.events.iter().position(|event| event.time_us == begin_us).expect("a beat") as u64 + 1;
        for member in members.iter_mut().chain([&mut single]).filter(|member| member.client.is_some()) {
            while !member.events.contains_key(&beat) {
                let batch = member.client().batch().await;
                member.take(batch).await;
            }
        }
        // In most stretches everybody is there; at times nobody is.
        for member in &mut members {
            match member.client.is_some() {
                true if dice.below(10) == 0 => member.leave().await,
                false if dice.below(3) == 0 => {
                    let position = member.position;
                    let welcome = member.connect(address).await;
                    assert_eq!((welcome.start, welcome.offset), (welcome::Start::START_RESUMED.into(), position));
                }
                _ => (),
            }
        }
    }
    for member in members.iter_mut().filter(|member| member.client.is_none()) {
        member.connect(address).await;
    }
    clock.set(calls.end_us());
    for member in members.iter_mut().chain([&mut single]) {
        member.play_out().await;
    }
    each_got_its_own(&calls, &members, &expected);
    assert_eq!(single.events.len(), calls.events.len(), "another pool gets everything");
    let end = (calls.events.len() as u64, calls.end_us());
    assert_eq!(complete_from(&members, (0, START_US)), end, "what the members cover together is whole");
    assert_eq!(complete_from(&[single], (0, START_US)), end);
    node.shutdown().await;
}

/// That every event of a call was told to the one member that the contract names, and what belongs to no call to all.
fn each_got_its_own(calls: &Calls, members: &[Member], expected: &Expected) {
    for (number, event) in (1..).zip(calls.events.iter()) {
        let told = |m: &&Member| m.events.contains_key(&number);
        let told: Vec<&str> = members.iter().filter(told).map(|m| m.name.as_str()).collect();
        match &event.call {
            Some(call) => assert_eq!(told, [expected.owners[call]], "event {number} of {call}"),
            None => assert_eq!(told, NAMES, "event {number}"),
        }
    }
    for name in NAMES {
        let own = expected.owners.values().filter(|owner| **owner == name).count();
        assert!((2_000..5_000).contains(&own), "{own} calls fell to {name}");
    }
}

#[tokio::test]
async fn a_cut_at_every_position_of_a_shared_stream_loses_nothing_and_repeats_nothing() {
    let calls = Calls::new(Plan { seed: 3, calls: 166, per_stretch: 20, longest: 3, beats: false });
    let total = calls.events.len() as u64;
    assert!((990..=1_000).contains(&total), "{total}");
    // Some pools at a time, so that there are not too many connections.
    let cuts: Vec<u64> = (0..=total).collect();
    for cuts in cuts.chunks(100) {
        let clock = HandClock::at(START_US - STRETCH_US);
        let expected = pools(&[cuts.len()]);
        let settings = NodeSettings { max_connections: 1_000, ..settings() };
        let stage = stage(&calls, &clock, &expected);
        // Two doors to one source: one that tells event by event, so that there is a batch's end at every position.
        let (fine, by_event) = start(&stage, NodeSettings { batch_events: 1, ..settings.clone() }).await;
        let (node, address) = start(&stage, settings).await;
        let mut all = Vec::new();
        for cut in cuts {
            let pool = format!("cut at {cut}");
            let mut two = [Member::new(&pool, "a"), Member::new(&pool, "b")];
            two[0].connect(by_event).await;
            two[1].connect(address).await;
            all.push((*cut, two));
        }
        clock.set(calls.end_us());
        for (cut, mut two) in all {
            is_cut_and_resumes(cut, &mut two[0], address).await;
            two[1].play_out().await;
            let told: BTreeSet<u64> = two.iter().flat_map(|member| member.events.keys().copied()).collect();
            assert_eq!(told.len(), two[0].events.len() + two[1].events.len(), "cut at {cut}: told to one of them");
            assert_eq!(told.len() as u64, total, "cut at {cut}: told to any of them");
            assert_eq!(complete_from(&two, (0, START_US)), (total, calls.end_us()), "cut at {cut}");
        }
        fine.shutdown().await;
        node.shutdown().await;
    }
}

/// Hears of the stream up to an offset, and goes on there over another connection. Of the last batch only the event is durable.
async fn is_cut_and_resumes(cut: u64, member: &mut Member, address: SocketAddr) {
    while member.position < cut {
        let mut batch = member.client().batch().await;
        if batch.to_offset > cut {
            break;
        }
        batch.covers.retain(|c| batch.to_offset < cut || c.to_seq < cut);
        member.take(batch).await;
    }
    let position = member.position;
    let welcome = member.connect(address).await;
    // Who has nothing yet is resumed at the begin just as well.
    assert_eq!((welcome.offset, welcome.start), (position, welcome::Start::START_RESUMED.into()));
    member.play_out().await;
    assert!(member.snapshots.is_empty());
}
