//! The whole pipeline in one process: a node plays sources, collectors write logs, the ETL loads the marts.
//!
//! Puts the crates together and nothing else: each part works as it does in a process of its own.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use callmart_collector::{Collector, CollectorSettings, SourcePort};
use callmart_etl::{Etl, EtlSummary, LogToFollow, Now};
use callmart_node::playback::{Role, SourceSpec};
use callmart_node::server::{Node, NodeSettings, PortAddress};
use callmart_queries::engine::{Engine, Overlay, ParquetEngine, ParquetSettings, PostgresEngine};
use callmart_queries::http::MartEngines;
use tokio::sync::watch;

use crate::disturbance::Disturbances;
use crate::output::{Progress, Summary};
use crate::postgres::Postgres;
use crate::session::Session;

/// Collector of a cluster node: I-Proxy and T-Controller.
const NODE_COLLECTOR: &str = "collector-a";
/// Collector of the virtual queues' server.
const QUEUE_COLLECTOR: &str = "collector-b";
/// Pool of collectors that are no twins.
const POOL: &str = "default";
/// Longest pause before a collector tries to connect again, in milliseconds.
const MAX_BACKOFF_MS: u64 = 400;
/// How often progress is looked at.
const PROGRESS_EVERY: Duration = Duration::from_millis(200);

/// A collector: its name, which its log has too, the pool that it belongs to, and the ports that it listens to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CollectorPlan {
    pub(crate) name: String,
    pub(crate) pool: String,
    pub(crate) ports: Vec<SourcePort>,
}

/// Node, collectors and ETL, ready to run.
pub(crate) struct Pipeline {
    node: Node,
    collectors: Vec<Collector>,
    etl: Etl,
    logs: Vec<LogToFollow>,
    postgres: Option<Postgres>,
    disturbances: Disturbances,
}

impl Pipeline {
    /// Opens everything; the ports listen from then on.
    pub(crate) async fn open(
        session: &Session,
        sources: Vec<SourceSpec>,
        plan: impl Fn(&[PortAddress]) -> Vec<CollectorPlan>,
    ) -> Result<Self> {
        let node = Node::start(sources, NodeSettings::default()).await?;
        let logs_dir = session.folder.logs();
        // A log that cannot be opened ends it here, before anything connects.
        let collectors = open_collectors(&logs_dir, plan(node.ports()))?;
        let postgres = session.postgres_if_any().await?;
        let pool = postgres.as_ref().map(|p| p.pool.clone());
        let etl = Etl::open(session.etl_settings(), pool).await?;
        let mut logs = logs_in(&logs_dir)?;
        for collector in &collectors {
            let durable = Some(collector.durable());
            logs.retain(|log| log.dir != collector.log_dir());
            let name = log_name(collector.log_dir());
            logs.push(LogToFollow { name, dir: collector.log_dir().to_owned(), durable });
        }
        Ok(Self { node, collectors, etl, logs, postgres, disturbances: Disturbances::default() })
    }

    /// The same with what is to befall its connections.
    pub(crate) fn disturbed(self, disturbances: Disturbances) -> Self {
        Self { disturbances, ..self }
    }

    /// The marts that it loads, to be asked while it does. The embedded engine sees what goes on before it is published.
    pub(crate) fn engines(&mut self, session: &Session) -> Result<MartEngines> {
        let now = self.etl.now()?;
        let parquet = ParquetEngine::new(session.folder.path(), ParquetSettings::default())
            .with_overlay(Arc::new(move || overlay(&now.borrow())));
        let postgres = self.postgres.as_ref().map(|p| Engine::Postgres(PostgresEngine::from_pool(p.pool.clone())));
        Ok(MartEngines { parquet: Engine::Parquet(parquet), postgres })
    }

    /// How far the ETL is.
    pub(crate) fn progress(&self) -> watch::Receiver<callmart_etl::Progress> {
        self.etl.progress()
    }

    /// Runs until everything that the sources tell is durable and loaded.
    pub(crate) async fn run(mut self, what: &str) -> Result<EtlSummary> {
        let (stop, stopped) = watch::channel(false);
        let collectors = self.collectors;
        let collect = async {
            let outcome = collect(collectors).await;
            // Also after a failure: what is durable is loaded.
            let _ = stop.send(true);
            outcome
        };
        let work = async { tokio::join!(collect, self.etl.follow(self.logs, stopped)) };
        let (collected, loaded) = tokio::select! {
            done = work => done,
            never = show_progress(what, &self.node) => match never {},
            never = self.disturbances.befall(&self.node) => match never {},
        };
        if let Some(postgres) = self.postgres {
            postgres.close().await?;
        }
        self.node.shutdown().await;
        collected?;
        Ok(loaded?)
    }
}

/// What goes on now, as the embedded engine takes it.
fn overlay(now: &Now) -> Overlay {
    Overlay { tables: now.tables.iter().map(|(table, rows)| (table.name.to_owned(), rows.clone())).collect() }
}

/// Plays the sources of files until everything they tell is durable and loaded.
pub(crate) async fn play(session: &Session, what: &str, sources: Vec<SourceSpec>) -> Result<EtlSummary> {
    Pipeline::open(session, sources, by_role).await?.run(what).await
}

/// One collector for the cluster's ports and one for the virtual queues'.
fn by_role(ports: &[PortAddress]) -> Vec<CollectorPlan> {
    let of_role = |port: &PortAddress| match port.role {
        Role::VirtualQueue => QUEUE_COLLECTOR.to_owned(),
        _ => NODE_COLLECTOR.to_owned(),
    };
    grouped(ports, of_role)
}

/// One collector for each node and each server of virtual queues: a source's name is the node's and the port's. It knows
/// the addresses of both processes of each.
pub(crate) fn by_node(ports: &[PortAddress]) -> Vec<CollectorPlan> {
    grouped(ports, |port| port.source.split('/').next().unwrap_or_default().to_owned())
}

fn grouped(ports: &[PortAddress], name: impl Fn(&PortAddress) -> String) -> Vec<CollectorPlan> {
    let mut by_name: BTreeMap<String, Vec<SourcePort>> = BTreeMap::new();
    // Who looks on tells nothing that the nodes do not tell.
    let looks_on = |port: &&PortAddress| matches!(port.role, Role::SmartProxy | Role::PlainClient);
    let mut paired: Vec<(&PortAddress, SourcePort)> = Vec::new();
    for port in ports.iter().filter(|port| !looks_on(port)) {
        match paired.iter_mut().find(|(first, _)| first.source == port.source) {
            Some((_, pair)) => pair.backups.push(port.address),
            None => paired.push((port, SourcePort::new(port.address, port.role.as_str()))),
        }
    }
    for (first, pair) in paired {
        by_name.entry(name(first)).or_default().push(pair);
    }
    let plan = |(name, ports)| CollectorPlan { name, pool: POOL.to_owned(), ports };
    by_name.into_iter().map(plan).collect()
}

fn open_collectors(logs_dir: &Path, plans: Vec<CollectorPlan>) -> Result<Vec<Collector>> {
    let open = |plan: CollectorPlan| {
        let mut settings = CollectorSettings::new(&plan.name, logs_dir.join(&plan.name), plan.ports);
        settings.pool = plan.pool;
        // All is on this machine: who comes back is found soon, and asking costs nothing.
        settings.session.backoff_max_ms = MAX_BACKOFF_MS;
        Collector::open(settings).map_err(Into::into)
    };
    plans.into_iter().map(open).collect()
}

async fn collect(collectors: Vec<Collector>) -> Result<()> {
    let (_keep, never) = watch::channel(false);
    let tasks: Vec<_> = collectors.into_iter().map(|c| tokio::spawn(c.run(never.clone()))).collect();
    for task in tasks {
        task.await.context("a collector broke down")??;
    }
    Ok(())
}

async fn show_progress(what: &str, node: &Node) -> Infallible {
    let total = node.progress().iter().filter_map(|p| p.total).sum();
    let bar = Progress::of(what, total);
    loop {
        bar.set(node.progress().iter().map(|p| p.acknowledged).sum());
        tokio::time::sleep(PROGRESS_EVERY).await;
    }
}

/// Every log in the data folder, by name.
pub(crate) fn logs_in(logs_dir: &Path) -> Result<Vec<LogToFollow>> {
    let entries = match std::fs::read_dir(logs_dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", logs_dir.display())),
    };
    let mut logs = Vec::new();
    for entry in entries {
        let dir = entry.with_context(|| format!("{} cannot be read", logs_dir.display()))?.path();
        if dir.is_dir() {
            logs.push(LogToFollow { name: log_name(&dir), dir, durable: None });
        }
    }
    logs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(logs)
}

fn log_name(dir: &Path) -> String {
    dir.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

/// What the ETL did, as the closing summary says it. `told` are the reasons whose rejects the input's own summary counts.
pub(crate) fn tell(summary: &mut Summary, etl: &EtlSummary, told: &BTreeMap<&'static str, u64>) {
    summary.count("events collected that were new", etl.new_events);
    summary.count("events collected that were known", etl.repeats);
    summary.count("units loaded into Parquet", etl.parquet_units);
    summary.count("units loaded into PostgreSQL", etl.postgres_units);
    for (reason, count) in told {
        summary.reject(*reason, *count);
    }
    for (reason, count) in etl.rejects.iter().filter(|(reason, _)| !told.contains_key(reason.as_str())) {
        summary.reject(reason.clone(), *count);
    }
}
