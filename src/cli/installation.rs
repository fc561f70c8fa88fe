//! `callmart node`, `callmart collector`, `callmart etl`: the parts of an installation in processes of their own.
//!
//! Reads arguments; the work is done in `crate::installation`.

use std::path::PathBuf;

use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::Args;

use super::{Shared, arguments, interruption};
use crate::failure::Ending;
use crate::installation::{collectors, etl, nodes};
use crate::topology::Topology;

/// Arguments of `node`.
#[derive(Debug, Args)]
pub(super) struct Node {
    /// File that describes the installation
    #[arg(long, value_name = "FILE")]
    topology: PathBuf,
    /// Play the ports of this node only; all nodes of all processes are of one world
    #[arg(long, value_name = "NODE")]
    only: Option<String>,
    /// Moment in UTC at which the simulated time begins [default: `begins` in the file]
    #[arg(long, value_name = "DATETIME", value_parser = arguments::moment)]
    begins: Option<DateTime<Utc>>,
    /// File with a schedule of faults, the same for every process [default: `faults` in the file]
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
}

impl Node {
    pub(super) async fn run(self) -> Result<Ending> {
        let topology = Topology::load(&self.topology)?;
        let asked = nodes::Asked { only: self.only.as_deref(), begins: self.begins, faults: self.faults.as_deref() };
        nodes::run(&topology, asked, interruption()).await
    }
}

/// Arguments of `collector` and `etl`.
#[derive(Debug, Args)]
pub(super) struct Part {
    /// File that describes the installation
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The one to run, by its name in the file
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
}

impl Part {
    pub(super) async fn collect(self) -> Result<Ending> {
        let topology = Topology::load(&self.config)?;
        collectors::run(&topology, self.only.as_deref(), interruption()).await
    }

    pub(super) async fn load(self, shared: &Shared) -> Result<Ending> {
        let topology = Topology::load(&self.config)?;
        Box::pin(etl::run(&topology, self.only.as_deref(), shared, interruption())).await
    }
}
