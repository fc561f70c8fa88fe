//! The whole pipeline in one process: a node plays sources, collectors write logs, the ETL loads the marts.
//!
//! Puts the crates together and nothing else: each part works as it does in a process of its own.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use callmart_collector::{Collector, CollectorSettings, SourcePort};
use callmart_etl::{Etl, EtlSummary, LogToFollow};
use callmart_node::playback::{Role, SourceSpec};
use callmart_node::server::{Node, NodeSettings, PortAddress};
use tokio::sync::watch;

use crate::output::{Progress, Summary};
use crate::session::Session;

/// Collector of a cluster node: I-Proxy and T-Controller.
const NODE_COLLECTOR: &str = "collector-a";
/// Collector of the virtual queues' server.
const QUEUE_COLLECTOR: &str = "collector-b";
/// How often progress is looked at.
const PROGRESS_EVERY: Duration = Duration::from_millis(200);

/// Plays the sources until everything they tell is durable and loaded.
pub(crate) async fn play(session: &Session, what: &str, sources: Vec<SourceSpec>) -> Result<EtlSummary> {
    let node = Node::start(sources, NodeSettings::default()).await?;
    let outcome = play_on(session, what, &node).await;
    node.shutdown().await;
    outcome
}

async fn play_on(session: &Session, what: &str, node: &Node) -> Result<EtlSummary> {
    let logs_dir = session.folder.logs();
    // A log that cannot be opened ends it here, before anything connects.
    let collectors = open_collectors(&logs_dir, node.ports())?;
    let postgres = session.postgres_if_any().await?;
    let pool = postgres.as_ref().map(|p| p.pool.clone());
    let mut etl = Etl::open(session.etl_settings(), pool).await?;
    let mut logs = logs_in(&logs_dir)?;
    for collector in &collectors {
        let durable = Some(collector.durable());
        logs.retain(|log| log.dir != collector.log_dir());
        let name = log_name(collector.log_dir());
        logs.push(LogToFollow { name, dir: collector.log_dir().to_owned(), durable });
    }
    let (stop, stopped) = watch::channel(false);
    let collect = async {
        let outcome = collect(collectors).await;
        // Also after a failure: what is durable is loaded.
        let _ = stop.send(true);
        outcome
    };
    let work = async { tokio::join!(collect, etl.follow(logs, stopped)) };
    let (collected, loaded) = tokio::select! {
        done = work => done,
        never = show_progress(what, node) => match never {},
    };
    if let Some(postgres) = postgres {
        postgres.close().await?;
    }
    collected?;
    Ok(loaded?)
}

fn open_collectors(logs_dir: &Path, ports: &[PortAddress]) -> Result<Vec<Collector>> {
    let mut by_name: BTreeMap<&str, Vec<SourcePort>> = BTreeMap::new();
    for port in ports {
        let name = if port.role == Role::VirtualQueue { QUEUE_COLLECTOR } else { NODE_COLLECTOR };
        by_name.entry(name).or_default().push(SourcePort::new(port.address, port.role.as_str()));
    }
    let open = |(name, ports): (&str, Vec<SourcePort>)| {
        Collector::open(CollectorSettings::new(name, logs_dir.join(name), ports)).map_err(Into::into)
    };
    by_name.into_iter().map(open).collect()
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
