//! All flows as one world: told on ports, heard by a collector for each node, kept in logs, loaded into a Parquet mart.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use callmart_collector::{Collector, CollectorSettings, SourcePort};
use callmart_etl::{Etl, EtlSettings, LoadSettings, LogToFollow, TransformSettings};
use callmart_node::live::{Pace, Stage, StageSettings, SystemClock, sources};
use callmart_node::server::{Node, NodeSettings};
use callmart_node::world::{Happening, Stretch, Teller, World};
use callmart_queries::engine::{Engine, ParquetSettings};
use callmart_schema::catalogue::{TABLES, TableKind};
use tokio::sync::watch;

use crate::file::{Flow, START_US};
use crate::mart::Mart;

/// What happens in all flows, which begin at one moment.
struct Together {
    tellers: Vec<Teller>,
    happened: Option<Vec<Happening>>,
}

impl Together {
    fn of(flows: &[Flow]) -> Self {
        let tellers = flows.first().map(|flow| flow.played.tellers.clone()).unwrap_or_default();
        let mut happened: Vec<Happening> = Vec::new();
        for flow in flows {
            assert_eq!(flow.played.tellers, tellers, "{} has other sources", flow.name);
            happened.extend(flow.played.told.happened.iter().cloned());
        }
        happened.sort_by_key(|happening| happening.time_us);
        Self { tellers, happened: Some(happened) }
    }
}

impl World for Together {
    fn tellers(&self) -> &[Teller] {
        &self.tellers
    }

    fn start_us(&self) -> i64 {
        START_US
    }

    fn next_stretch(&mut self) -> Option<Stretch> {
        let happened = self.happened.take()?;
        let to_us = happened.last().map_or(START_US, |last| last.time_us + 1);
        Some(Stretch { to_us, happened })
    }
}

/// The mart that flows of one set of settings make.
pub(crate) fn mart(flows: &[Flow]) -> Mart {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let folder = tempfile::Builder::new().prefix("cm-flows-").tempdir().expect("a folder");
    runtime.block_on(async {
        let settings = flows.first().map(|flow| flow.settings.clone()).unwrap_or_default();
        let (loaded, told) = load(folder.path(), Together::of(flows), settings).await;
        assert_eq!(loaded, told, "events loaded, and events told");
        read(folder.path()).await
    })
}

/// Plays a world into a data folder; gives how many events were loaded, and how many there were.
async fn load(folder: &Path, world: Together, transform: TransformSettings) -> (u64, u64) {
    let told = world.happened.as_ref().map_or(0, |happened| happened.len() as u64);
    let stage = Stage::new(Box::new(world), Pace::Unbounded, Arc::new(SystemClock), &StageSettings::default());
    let node = Node::start(sources(&stage.expect("a stage")), NodeSettings::default()).await.expect("a node");
    let (collectors, logs) = collectors(folder, &node);
    let settings = EtlSettings { data_dir: folder.to_owned(), transform, load: LoadSettings::default() };
    let mut etl = Etl::open(settings, None).await.expect("an ETL");
    let (stop, stopped) = watch::channel(false);
    let (_never, shutdown) = watch::channel(false);
    let collect = async {
        let running: Vec<_> = collectors.into_iter().map(|c| tokio::spawn(c.run(shutdown.clone()))).collect();
        for collector in running {
            collector.await.expect("no breakdown").expect("everything is collected");
        }
        stop.send_replace(true);
    };
    let ((), summary) = tokio::join!(collect, etl.follow(logs, stopped));
    node.shutdown().await;
    let summary = summary.expect("everything is loaded");
    assert!(summary.rejects.is_empty(), "{:?}", summary.rejects);
    (summary.new_events, told)
}

/// A collector for each node and each server of virtual queues, and their logs.
fn collectors(folder: &Path, node: &Node) -> (Vec<Collector>, Vec<LogToFollow>) {
    let mut ports: BTreeMap<&str, Vec<SourcePort>> = BTreeMap::new();
    for port in node.ports() {
        let name = port.source.split('/').next().unwrap_or_default();
        ports.entry(name).or_default().push(SourcePort::new(port.address, port.role.as_str()));
    }
    let open = |(name, ports): (&str, Vec<SourcePort>)| {
        let settings = CollectorSettings::new(name, folder.join("logs").join(name), ports);
        let collector = Collector::open(settings).expect("a collector");
        let dir = collector.log_dir().to_owned();
        let log = LogToFollow { name: name.to_owned(), dir, durable: Some(collector.durable()) };
        (collector, log)
    };
    ports.into_iter().map(open).unzip()
}

/// Facts and dimensions of a data folder.
async fn read(folder: &Path) -> Mart {
    rows(&Engine::parquet(folder, ParquetSettings::default())).await
}

/// Facts and dimensions as an engine answers them.
pub(crate) async fn rows(engine: &Engine) -> Mart {
    let mut mart = Mart::default();
    for table in TABLES.iter().filter(|t| matches!(t.kind, TableKind::Fact | TableKind::Dimension) && t.in_parquet()) {
        let columns: Vec<&str> = table.columns.iter().map(|c| c.name).collect();
        let sql = format!("SELECT {} FROM {}", columns.join(", "), table.name);
        let batch = engine.query_as(&sql, &[], &table.arrow_schema()).await.expect("an answer");
        mart.add(table, &batch);
    }
    mart
}
