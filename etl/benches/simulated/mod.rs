//! What the benches of loading share: logs of a simulated stretch of time, as collectors wrote them.
//!
//! Knows node and collectors; nothing of marts.
#![allow(dead_code)] // Each bench uses its own part.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use callmart_collector::{Collector, CollectorSettings, SourcePort};
use callmart_etl::LogToFollow;
use callmart_node::live::{Pace, Stage, StageSettings, SystemClock, sources};
use callmart_node::server::{Node, NodeSettings};
use tokio::sync::watch;

use crate::measuring::{START_US, world};

/// Logs that are read to their ends.
pub(crate) struct Logs(Vec<(String, PathBuf)>);

impl Logs {
    /// Simulates hours of a contact center from Monday 08:00 UTC on, as fast as it goes, and has collectors write their logs.
    pub(crate) async fn of(dir: &Path, hours: i64, agents: u32) -> Result<Self, Box<dyn Error>> {
        let world = Box::new(world(START_US, hours, agents));
        let stage = Stage::new(world, Pace::Unbounded, Arc::new(SystemClock), &StageSettings::default())?;
        let node = Node::start(sources(&stage), NodeSettings::default()).await?;
        let mut ports: BTreeMap<String, Vec<SourcePort>> = BTreeMap::new();
        for port in node.ports() {
            let name = port.source.split('/').next().unwrap_or_default().to_owned();
            ports.entry(name).or_default().push(SourcePort::new(port.address, port.role.as_str()));
        }
        let (mut logs, mut collecting) = (Vec::new(), Vec::new());
        let (_never, shutdown) = watch::channel(false);
        for (name, ports) in ports {
            let collector = Collector::open(CollectorSettings::new(&name, dir.join("log").join(&name), ports))?;
            logs.push((name, collector.log_dir().to_owned()));
            collecting.push(tokio::spawn(collector.run(shutdown.clone())));
        }
        for task in collecting {
            task.await??;
        }
        node.shutdown().await;
        Ok(Self(logs))
    }

    /// The logs, to be read from their beginnings.
    pub(crate) fn to_follow(&self) -> Vec<LogToFollow> {
        let log = |(name, dir): &(String, PathBuf)| LogToFollow { name: name.clone(), dir: dir.clone(), durable: None };
        self.0.iter().map(log).collect()
    }
}

/// A folder that goes with the bench, where builds are kept.
pub(crate) fn folder() -> Result<tempfile::TempDir, std::io::Error> {
    std::fs::create_dir_all(env!("CARGO_TARGET_TMPDIR"))?;
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))
}
