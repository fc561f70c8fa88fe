//! The ETL of a topology: follows the collectors' logs, which other processes write, into the marts of its data folder.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use callmart_etl::Etl;
use tokio::sync::watch;

use super::chosen;
use crate::cli::Shared;
use crate::failure::{Ending, wrong_input};
use crate::output::{Summary, note};
use crate::pipeline;
use crate::session::Session;
use crate::settings;
use crate::state::{Installation, ReadLog};
use crate::topology::{Source, Topology, file};

/// Loads what the logs hold, and what is added to them, until it is to stop; then loads the rest.
pub(crate) async fn run(
    topology: &Topology,
    only: Option<&str>,
    shared: &Shared,
    stop: impl Future<Output = ()>,
) -> Result<Ending> {
    let etl = match chosen(topology.file().etls.iter(), only, "etl", |etl| &etl.name)?[..] {
        [etl] => etl,
        ref several => {
            let names: Vec<&str> = several.iter().map(|etl| etl.name.as_str()).collect();
            return Err(wrong_input(format!("one process runs one ETL: name it with --only, of {}", names.join(", "))));
        }
    };
    let installation = installation(topology, etl)?;
    let shared = Shared { data: topology.resolve(&etl.data_dir), postgres: shared.postgres.clone() };
    let session = Session::installed(&shared, "etl", installation)?;
    follow(&session, stop).await
}

/// What the data folder is to remember of the topology, so that it answers and is rebuilt without it.
fn installation(topology: &Topology, etl: &file::Etl) -> Result<Installation> {
    let mut logs = Vec::new();
    for collector in topology.collectors_of(etl) {
        let dir = topology.resolve(&collector.log_dir);
        // It may be there before its collector is.
        std::fs::create_dir_all(&dir).with_context(|| format!("the log folder {} cannot be made", dir.display()))?;
        let dir = dir.canonicalize().with_context(|| format!("the log folder {} cannot be found", dir.display()))?;
        logs.push(ReadLog { name: collector.name.clone(), dir });
    }
    let expected = |source: &Source<'_>| settings::Source {
        name: source.name(),
        switch: source.switch.name.clone(),
        role: source.role,
    };
    Ok(Installation {
        topology: topology.path().to_owned(),
        etl: etl.name.clone(),
        settings: etl.settings.clone(),
        expected: topology.expected(etl).iter().map(expected).collect(),
        logs,
    })
}

async fn follow(session: &Session, stop: impl Future<Output = ()>) -> Result<Ending> {
    let postgres = session.postgres_if_any().await?;
    let pool = postgres.as_ref().map(|p| p.pool.clone());
    let mut etl = Etl::open(session.etl_settings(), pool).await?;
    let logs = session.logs()?;
    note(format_args!("Reading {} logs until interrupted (Ctrl-C).", logs.len()));
    let (say, stopped) = watch::channel(false);
    let mut work = std::pin::pin!(etl.follow(logs, stopped));
    let done = tokio::select! {
        done = &mut work => done,
        () = stop => {
            say.send_replace(true);
            work.await
        }
    };
    if let Some(postgres) = postgres {
        postgres.close().await?;
    }
    let mut summary = Summary::default();
    pipeline::tell(&mut summary, &done?, &BTreeMap::new());
    summary.show();
    Ok(Ending::Done)
}
