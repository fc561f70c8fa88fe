//! A live world, told by a node's ports and taken in by real collectors.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use buffa::Message as _;
use callmart_collector::log::{LogPosition, LogReader, LogRecord, RecordKind};
use callmart_collector::{Collector, CollectorSettings, CollectorSummary, SourcePort};
use callmart_node::live::{Pace, Stage, StageSettings, SystemClock, processes, sources};
use callmart_node::playback::Role;
use callmart_node::server::{Node, NodeSettings};
use callmart_node::world::{Happening, Stretch, Teller, World};
use callmart_schema::event::{Body, Control, Event, decode};
use callmart_schema::session::{Batch, Stop, Welcome};
use tokio::sync::watch;
use tokio::task::JoinHandle;

const START_US: i64 = 1_000_000_000_000;
const STRETCH_US: i64 = 500_000;
const STRETCHES: i64 = 3_000;
const END_US: i64 = START_US + STRETCHES * STRETCH_US;

/// Two tellers: one tells ten events in each stretch, the other one in every hundredth.
struct Alternating {
    tellers: Vec<Teller>,
    next: i64,
}

impl Alternating {
    fn going() -> Box<dyn World> {
        let teller =
            |name: &str, role| Teller { name: name.to_owned(), switch: "S".to_owned(), tenant: "T".to_owned(), role };
        let tellers = vec![teller("a/IPport", Role::IProxy), teller("a/TCport", Role::TController)];
        Box::new(Self { tellers, next: 0 })
    }
}

fn told(teller: usize, number: i64) -> String {
    format!("event {number} of teller {teller}")
}

impl World for Alternating {
    fn tellers(&self) -> &[Teller] {
        &self.tellers
    }

    fn start_us(&self) -> i64 {
        START_US
    }

    fn next_stretch(&mut self) -> Option<Stretch> {
        let stretch = self.next;
        self.next += 1;
        let from_us = START_US + stretch * STRETCH_US;
        let control = |teller, number| Control { subject: told(teller, number), ..Control::default() };
        let event = |teller, number| Happening { teller, time_us: from_us, body: control(teller, number).into() };
        let mut events: Vec<Happening> = (1..=10).map(|n| event(0, 10 * stretch + n)).collect();
        events.extend((stretch % 100 == 0).then(|| event(1, stretch / 100 + 1)));
        (stretch < STRETCHES).then_some(Stretch { to_us: from_us + STRETCH_US, happened: events })
    }
}

fn settings(name: &str, dir: &Path, node: &Node) -> CollectorSettings {
    let ports = node.ports().iter().map(|port| SourcePort::new(port.address, port.role.as_str())).collect();
    let mut settings = CollectorSettings::new(name, dir.join(name), ports);
    settings.pool = name.to_owned();
    settings.log.segment_bytes = 200_000;
    settings.session.backoff_min_ms = 1;
    settings
}

type Running = (watch::Sender<bool>, JoinHandle<CollectorSummary>);

fn start(settings: CollectorSettings) -> Running {
    let collector = Collector::open(settings).expect("opens");
    let (stop, stopping) = watch::channel(false);
    (stop, tokio::spawn(async move { collector.run(stopping).await.expect("runs") }))
}

fn records(dir: &Path) -> Vec<LogRecord> {
    let mut reader = LogReader::open(dir).expect("a log");
    reader.records(LogPosition::START).map(|r| r.expect("sound")).collect()
}

/// The texts of a source's events in a log, in order.
fn events(records: &[LogRecord], source: &str) -> Vec<String> {
    let of_source = records.iter().filter(|r| r.kind == RecordKind::Event && *r.source == *source);
    of_source.map(|record| subject(&decode(&record.bytes).expect("an event"))).collect()
}

fn subject(event: &Event) -> String {
    match &event.body {
        Some(Body::Control(control)) => control.subject.clone(),
        other => panic!("{other:?}"),
    }
}

/// Up to which number and moment a source is complete in a log, from the beginning on.
fn complete(records: &[LogRecord], source: &str) -> (u64, i64) {
    let of_source = records.iter().filter(|r| r.kind == RecordKind::Batch && *r.source == *source);
    let mut covers: Vec<_> =
        of_source.flat_map(|r| Batch::decode_from_slice(&r.bytes).expect("a batch").covers).collect();
    covers.sort_by_key(|c| (c.from_us, c.to_us));
    covers.iter().fold((0, START_US), |(seq, us), c| {
        assert!(c.from_seq <= seq && c.from_us <= us, "a hole before {c:?}, complete up to {seq} and {us}");
        (seq.max(c.to_seq), us.max(c.to_us))
    })
}

#[tokio::test]
async fn two_collectors_get_a_live_world_complete_to_its_end_though_one_is_restarted_on_the_way() {
    let dir = tempfile::tempdir().expect("a folder");
    let stage_settings = StageSettings { pools: vec![2, 2], buffer_events: 2_000, ..StageSettings::default() };
    let stage =
        Stage::new(Alternating::going(), Pace::Unbounded, Arc::new(SystemClock), &stage_settings).expect("a thread");
    let node = Node::start(sources(&stage), NodeSettings::default()).await.expect("started");
    let north = start(settings("north", dir.path(), &node));
    let (stop, south) = start(settings("south", dir.path(), &node));
    // The world waits for both, so that the restart falls into the middle.
    while node.progress()[0].acknowledged < 5_000 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    stop.send_replace(true);
    south.await.expect("stopped");
    assert_ne!(node.progress()[0].total, Some(30_000), "the world waits for the one that is away");
    let south = start(settings("south", dir.path(), &node));
    for (_stop, running) in [north, south] {
        let summary = running.await.expect("ran");
        assert!(summary.sources.values().all(|source| source.stopped && source.violations == 0), "{summary:?}");
    }
    let expected: BTreeMap<&str, Vec<String>> = [(0, "a/IPport", 30_000), (1, "a/TCport", 30)]
        .map(|(teller, source, count)| (source, (1..=count).map(|n| told(teller, n)).collect()))
        .into();
    for name in ["north", "south"] {
        let records = records(&dir.path().join(name));
        for (source, all) in &expected {
            assert_eq!(&events(&records, source), all, "{source} at {name}");
            assert_eq!(complete(&records, source), (all.len() as u64, END_US), "{source} at {name}");
            let stop = records.iter().rfind(|r| r.kind == RecordKind::Stop && *r.source == **source).expect("a stop");
            let stop = Stop::decode_from_slice(&stop.bytes).expect("a stop");
            assert_eq!((stop.offset, stop.time_us), (all.len() as u64, END_US));
        }
    }
    node.finished().await;
    node.shutdown().await;
}

/// The first process of the pair hands over to the second one, once with its backlog and once without, and gets it back.
const SWITCHOVERS: &str = "\
00:05:00 switch-over a with backlog
00:10:00 switch-over a without backlog
00:15:00 switch-over a with backlog
00:20:00 stop a
00:20:01 start a
";

#[tokio::test]
async fn over_switchovers_a_collector_that_knows_both_processes_gets_every_event_once_and_each_snapshot() {
    let dir = tempfile::tempdir().expect("a folder");
    let faults = SWITCHOVERS.parse().expect("a schedule");
    let stage_settings = StageSettings { pools: vec![1, 1], faults, ..StageSettings::default() };
    let stage =
        Stage::new(Alternating::going(), Pace::Unbounded, Arc::new(SystemClock), &stage_settings).expect("a thread");
    let node = Node::start(processes(&stage), NodeSettings::default()).await.expect("started");
    let mut ports: BTreeMap<&str, SourcePort> = BTreeMap::new();
    for port in node.ports() {
        let known = ports.remove(port.source.as_str());
        let with_both = match known {
            Some(first) => first.with_backup(port.address),
            None => SourcePort::new(port.address, port.role.as_str()),
        };
        ports.insert(&port.source, with_both);
    }
    let mut settings = CollectorSettings::new("pair", dir.path().join("pair"), ports.into_values().collect());
    (settings.session.backoff_min_ms, settings.session.backup_retry_ms) = (1, 1);
    let (_stop, running) = start(settings);
    let summary = running.await.expect("ran");
    assert!(summary.sources.values().all(|source| source.stopped && source.violations == 0), "{summary:?}");
    let records = records(&dir.path().join("pair"));
    let of_kind = |kind| records.iter().filter(move |r| r.kind == kind && *r.source == *"a/IPport");
    let told: Vec<_> = of_kind(RecordKind::Event).map(|r| decode(&r.bytes).expect("an event")).collect();
    let is_snapshot = |event: &&Event| matches!(event.body, Some(Body::Snapshot(_)));
    let epochs = |snapshots: bool| -> BTreeSet<(i64, String)> {
        let of = told.iter().filter(|event| is_snapshot(event) == snapshots);
        let epoch = |event: &Event| event.epoch.as_option().expect("an epoch").clone();
        of.map(epoch).map(|epoch| (epoch.started_us, epoch.process)).collect()
    };
    assert!(epochs(false).len() >= 4, "{:?}", epochs(false));
    assert!(epochs(true).len() + 1 >= epochs(false).len(), "each later term begins with a snapshot");
    let texts: Vec<String> = told.iter().filter(|event| !is_snapshot(event)).map(subject).collect();
    assert_eq!(texts.iter().collect::<BTreeSet<_>>().len(), texts.len(), "no event twice");
    // What happens while no process is there is told by nobody: two stretches, and nothing else.
    assert_eq!(texts.len(), 30_000 - 20);
    let streams: BTreeSet<String> =
        of_kind(RecordKind::Connect).map(|r| Welcome::decode_from_slice(&r.bytes).expect("a welcome").stream).collect();
    let of_batches: BTreeSet<String> =
        of_kind(RecordKind::Batch).map(|r| Batch::decode_from_slice(&r.bytes).expect("a batch").stream).collect();
    assert!(of_batches.len() > 1 && of_batches.is_subset(&streams), "each batch says its stream: {of_batches:?}");
    node.shutdown().await;
}
