//! Pairs of processes over real sockets: whoever keeps trying both gets all that was told and not lost, and nothing else.

mod common;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use callmart_node::cluster::faults::{Kind, RandomFaults, Schedule};
use callmart_node::cluster::processes::Processes;
use callmart_node::live::{StageSettings, processes};
use callmart_node::server::{Node, NodeSettings};
use callmart_schema::event::{Body as EventBody, decode};
use callmart_schema::session::{Batch, Body, Hello, Position, error, welcome};
use common::client::{Client, hello, resuming};
use common::live::{HABITS, PATIENCE, in_step, pools, settings, unbounded};
use common::world::{HandClock, START_US, STRETCH_US, TestWorld};
use tokio::time::timeout;

/// Pause between two tries at a process that does not tell.
const PAUSE: Duration = Duration::from_millis(1);
/// Stretches of the test's worlds.
const STRETCHES: u64 = 600;

/// Faults that meet in one moment.
const AT_ONCE: &str = "\
00:00:00 switch-over n1 with backlog
00:03:00 switch-over n0 without backlog losing 5s
00:03:00 switch-over n0 without backlog losing 5s
00:03:00 both-primary n1 for 1s
00:03:01 stop n1
00:03:01 start n1
00:05:00 stop n0 losing 1s
00:05:00 start n0-b
00:05:00 start n0-a
00:05:00 switch-over n0 with backlog
";

/// What a collector has of one source.
#[derive(Default)]
struct Heard {
    /// By stream, the last offset that is durable.
    positions: BTreeMap<String, u64>,
    events: Vec<Vec<u8>>,
    snapshots: BTreeSet<Vec<u8>>,
    /// By epoch, numbers that were said to be complete.
    covered: BTreeMap<(i64, String), BTreeSet<u64>>,
    starts: Vec<i32>,
    stopped: bool,
}

type Shared = Arc<Mutex<Heard>>;

impl Heard {
    fn hello(&self) -> Hello {
        let position = |(stream, offset): (&String, &u64)| Position {
            stream: stream.clone(),
            offset: *offset,
            ..Position::default()
        };
        Hello { resume: self.positions.iter().map(position).collect(), ..hello("i-proxy", "pool", "m") }
    }

    fn take(&mut self, stream: &str, batch: Batch) {
        self.events.extend(batch.events.iter().map(|bytes| bytes.to_vec()));
        self.snapshots.extend(batch.snapshots.iter().map(|bytes| bytes.to_vec()));
        for c in batch.covers {
            let numbers = self.covered.entry((c.epoch_started_us, c.epoch_process)).or_default();
            numbers.extend(c.from_seq + 1..=c.to_seq);
        }
        let position = self.positions.entry(stream.to_owned()).or_default();
        *position = batch.to_offset.max(*position);
    }
}

/// Listens to one process whenever it tells, until the source has stopped.
async fn listen(address: SocketAddr, heard: Shared) {
    while !heard.lock().expect("whole").stopped {
        let hello = heard.lock().expect("whole").hello();
        let mut client = Client::connect(address).await;
        client.send(hello).await;
        match client.frame().await {
            Some(Body::Welcome(welcome)) => {
                heard.lock().expect("whole").starts.push(welcome.start.to_i32());
                converse(&mut client, &welcome.stream, &heard).await;
            }
            Some(Body::Error(error)) if error.code == error::Code::CODE_BACKUP => (),
            None => (),
            other => panic!("a welcome, a refusal or nothing was expected: {other:?}"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn converse(client: &mut Client, stream: &str, heard: &Shared) {
    loop {
        match client.frame().await {
            Some(Body::Batch(batch)) => {
                let to_offset = batch.to_offset;
                heard.lock().expect("whole").take(stream, batch);
                client.ack(to_offset).await;
            }
            Some(Body::Heartbeat(_)) => (),
            Some(Body::Stop(stop)) => {
                client.ack(stop.offset).await;
                heard.lock().expect("whole").stopped = true;
                return;
            }
            // Of both: the other process tells now, or a newer connection of the same member there took over.
            Some(Body::Error(_)) | None => return,
            other => panic!("{other:?}"),
        }
    }
}

/// Plays a world under a schedule to somebody who keeps trying both processes of each source.
async fn heard(world: &TestWorld, schedule: &Schedule) -> Vec<Heard> {
    let stage = unbounded(world, &StageSettings { faults: schedule.clone(), ..pools(&[]) });
    let node = Node::start(processes(&stage), settings()).await.expect("started");
    let sources = HABITS.len();
    let all: Vec<Shared> = (0..sources).map(|_| Shared::default()).collect();
    let listening = node.ports().iter().enumerate();
    let listening = listening.map(|(at, port)| tokio::spawn(listen(port.address, Arc::clone(&all[at % sources]))));
    for listening in listening.collect::<Vec<_>>() {
        timeout(10 * PATIENCE, listening).await.expect("in time").expect("heard");
    }
    timeout(PATIENCE, node.finished()).await.expect("one process of each source has played it to its end");
    node.shutdown().await;
    all.into_iter().map(|heard| std::mem::take(&mut *heard.lock().expect("whole"))).collect()
}

/// What each source tells that is not lost: events, snapshots, and the numbers of each epoch.
fn told(world: &TestWorld, schedule: &Schedule) -> Vec<Heard> {
    let mut processes = Processes::new(world.going(), schedule);
    let mut all: Vec<Heard> = (0..HABITS.len()).map(|_| Heard::default()).collect();
    while let Some(account) = processes.next_account() {
        for told in account.told {
            let of_source = &mut all[told.teller];
            let numbers = of_source.covered.entry((told.epoch.started_us, told.epoch.process.clone())).or_default();
            if matches!(told.body, Some(EventBody::Snapshot(_))) {
                of_source.snapshots.insert(told.bytes.to_vec());
            } else {
                of_source.events.push(told.bytes.to_vec());
                numbers.extend((told.seq > 0).then_some(told.seq));
            }
        }
    }
    all
}

fn schedule(seed: u64, kinds: &[Kind]) -> Schedule {
    let sources = (0..HABITS.len()).map(|n| format!("n{n}/IPport")).collect();
    let length_us = STRETCHES as i64 * STRETCH_US;
    RandomFaults { seed, sources, length_us, kinds: kinds.to_vec(), per_hour: 80.0 }.schedule()
}

fn counted(bytes: &[Vec<u8>]) -> BTreeSet<&Vec<u8>> {
    bytes.iter().collect()
}

#[tokio::test]
async fn who_keeps_trying_both_processes_gets_all_that_was_not_lost_and_is_told_that_it_is_complete() {
    let by_chance = (0..3).map(|seed| (seed, schedule(seed, &Kind::ALL)));
    for (seed, schedule) in by_chance.chain([(u64::MAX, AT_ONCE.parse().expect("a schedule"))]) {
        let world = TestWorld::new(&HABITS, STRETCHES);
        println!("seed {seed}:\n{schedule}");
        let expected = told(&world, &schedule);
        for (source, (mut heard, mut told)) in heard(&world, &schedule).await.into_iter().zip(expected).enumerate() {
            assert!(counted(&heard.events) == counted(&told.events), "events of source {source}");
            assert!(heard.snapshots == told.snapshots, "snapshots of source {source}");
            heard.covered.retain(|_, numbers| !numbers.is_empty());
            told.covered.retain(|_, numbers| !numbers.is_empty());
            assert_eq!(heard.covered, told.covered, "numbers of source {source}");
            let gap = welcome::Start::START_GAP as i32;
            assert!(!heard.starts.contains(&gap), "{:?}", heard.starts);
        }
    }
}

#[tokio::test]
async fn with_the_backlog_the_other_process_goes_on_behind_the_last_acknowledgement() {
    let world = TestWorld::new(&HABITS[..1], STRETCHES);
    let faults = "00:03:00 switch-over n0 with backlog".parse().expect("a schedule");
    let stage = unbounded(&world, &StageSettings { faults, ..pools(&[]) });
    let node = Node::start(processes(&stage), settings()).await.expect("started");
    let [a, b] = [0, 1].map(|process| node.ports()[process].address);
    assert_eq!([0, 1].map(|at| node.ports()[at].process.as_str()), ["n0-a", "n0-b"]);
    let (mut client, first) = Client::greet(a, hello("i-proxy", "pool", "m")).await;
    let mut acknowledged = 0;
    while acknowledged < 5_000 {
        acknowledged = client.batch().await.to_offset;
        client.ack(acknowledged).await;
    }
    let error = client.error().await;
    assert_eq!(error.code, error::Code::CODE_BACKUP, "{error:?}");
    let resume = resuming(hello("i-proxy", "pool", "m"), &first.stream, acknowledged);
    let (mut client, second) = Client::greet(b, resume).await;
    assert_eq!((&second.stream, second.offset), (&first.stream, acknowledged));
    assert_eq!(second.start, welcome::Start::START_RESUMED);
    let (batches, stop) = client.play_out().await;
    let events: Vec<_> = batches.iter().flat_map(|batch| &batch.events).map(|e| decode(e).expect("an event")).collect();
    let turn = 180 * 40;
    assert_eq!((events[0].seq, stop.offset), (acknowledged + 1, STRETCHES * 40));
    let at_turn = (turn - acknowledged) as usize;
    assert_eq!((events[at_turn - 1].seq, events[at_turn].seq), (turn, 1));
    assert!(events[at_turn].epoch.as_option().is_some_and(|epoch| epoch.process == "n0-b"));
    let with_snapshot = batches.iter().position(|batch| !batch.snapshots.is_empty()).expect("a snapshot");
    assert_eq!(batches[with_snapshot].from_offset, turn, "before the first event of its epoch");
    node.shutdown().await;
}

#[tokio::test]
async fn by_the_clock_the_backup_refuses_until_its_moment_has_come_and_the_primary_from_then_on() {
    let world = TestWorld::new(&HABITS[..1], STRETCHES);
    let faults = "00:00:10 switch-over n0 without backlog losing 2s\n00:00:20 stop n0\n00:00:30 start n0-b";
    let clock = HandClock::at(START_US + 9_900_000);
    let stage = in_step(&world, &clock, &StageSettings { faults: faults.parse().expect("a schedule"), ..pools(&[]) });
    let node = Node::start(processes(&stage), NodeSettings { heartbeat_ms: 50, ..settings() }).await.expect("started");
    let [a, b] = [0, 1].map(|process| node.ports()[process].address);
    let (mut first, _) = Client::greet(a, hello("i-proxy", "pool", "m")).await;
    refused(b).await;
    let mut offset = 0;
    while offset < 8 * 40 {
        offset = first.batch().await.to_offset;
        first.ack(offset).await;
    }
    assert_eq!(offset, 8 * 40, "what comes behind it is lost");
    clock.set(START_US + 10_500_000);
    assert_eq!(first.error().await.code, error::Code::CODE_BACKUP);
    refused(a).await;
    let (mut second, welcome) = Client::greet(b, hello("i-proxy", "pool", "m")).await;
    assert_eq!((welcome.offset, welcome.start.to_i32()), (0, welcome::Start::START_FIRST as i32));
    let batch = second.batch().await;
    assert_eq!((batch.snapshots.len(), decode(&batch.events[0]).expect("an event").seq), (1, 1));
    clock.set(START_US + 20_500_000);
    while let Some(frame) = second.frame().await {
        assert!(matches!(frame, Body::Batch(_) | Body::Heartbeat(_)), "a process that is down says nothing: {frame:?}");
    }
    for address in [a, b] {
        let mut client = Client::connect(address).await;
        assert_eq!(client.frame().await, None, "down");
    }
    clock.set(START_US + 31_000_000);
    // The world is told on only when somebody asks; whoever keeps trying is let in when it is there.
    let third = timeout(PATIENCE, async {
        loop {
            let mut client = Client::connect(b).await;
            client.send(hello("i-proxy", "pool", "m")).await;
            match client.frame().await {
                Some(Body::Welcome(welcome)) => break welcome,
                _ => tokio::time::sleep(PAUSE).await,
            }
        }
    });
    assert!(third.await.expect("back").stream.ends_with(&format!("@{}/n0-b", START_US + 30_000_000)));
    node.shutdown().await;
}

async fn refused(address: SocketAddr) {
    let mut client = Client::connect(address).await;
    client.send(hello("i-proxy", "pool", "m")).await;
    assert_eq!(client.error().await.code, error::Code::CODE_BACKUP);
}

#[tokio::test]
async fn every_process_has_a_port_of_its_own() {
    let world = TestWorld::new(&HABITS, 1);
    let node = Node::start(processes(&unbounded(&world, &pools(&[]))), settings()).await.expect("started");
    let mut ports: HashMap<SocketAddr, (String, String)> = HashMap::new();
    for port in node.ports() {
        ports.insert(port.address, (port.source.clone(), port.process.clone()));
    }
    let expected = ["a", "b"]
        .into_iter()
        .flat_map(|letter| (0..HABITS.len()).map(move |n| (format!("n{n}/IPport"), format!("n{n}-{letter}"))));
    assert_eq!(ports.into_values().collect::<BTreeSet<_>>(), expected.collect());
    node.shutdown().await;
}
