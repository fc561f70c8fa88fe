//! The collectors of a topology: each listens to its sources at both of their processes, and writes its log.

use anyhow::{Context as _, Result};
use callmart_collector::{Collector, CollectorError, CollectorSettings, CollectorSummary, PortTls, SourcePort};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::chosen;
use crate::failure::{Ending, wrong_input};
use crate::output::{Summary, note};
use crate::topology::{Source, Topology, file};

/// Runs the collectors of a topology, or one of them, until all their sources have stopped or it is to stop; then seals the
/// logs.
pub(crate) async fn run(topology: &Topology, only: Option<&str>, stop: impl Future<Output = ()>) -> Result<Ending> {
    let planned = chosen(topology.file().collectors.iter(), only, "collector", |collector| &collector.name)?;
    // A log that cannot be opened ends it here, before anything connects.
    let opened = open(topology, &planned)?;
    let (shutdown, stopping) = watch::channel(false);
    let mut running = JoinSet::new();
    for collector in opened {
        running.spawn(collector.run(stopping.clone()));
    }
    note(format_args!("Listening: {}.", planned.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(", ")));
    let ended = async {
        let mut summaries = Vec::new();
        while let Some(ended) = running.join_next().await {
            summaries.push(ended.context("a collector broke down")??);
            // One that fails takes nobody with it: the others stop in good order when this returns.
        }
        anyhow::Ok(summaries)
    };
    let mut ended = std::pin::pin!(ended);
    let summaries = tokio::select! {
        summaries = &mut ended => summaries,
        () = stop => {
            shutdown.send_replace(true);
            ended.await
        }
    }?;
    tell(&summaries);
    Ok(Ending::Done)
}

/// Opens the collectors. Certificates and keys that cannot be used are wrong input, and all of them are named at once.
fn open(topology: &Topology, planned: &[&file::Collector]) -> Result<Vec<Collector>> {
    let (mut opened, mut unsecured) = (Vec::new(), Vec::new());
    for collector in planned {
        match Collector::open(settings(topology, collector)) {
            Ok(collector) => opened.push(collector),
            Err(why @ CollectorError::NotSecured { .. }) => unsecured.push(why.to_string()),
            Err(why) => return Err(why.into()),
        }
    }
    if unsecured.is_empty() { Ok(opened) } else { Err(wrong_input(unsecured.join("\n"))) }
}

/// What a collector is told, of what stands in the file.
pub(super) fn settings(topology: &Topology, collector: &file::Collector) -> CollectorSettings {
    let is_heard = |source: &Source<'_>| collector.sources.contains(&source.name());
    let ports = topology.sources().filter(is_heard).map(|source| {
        let mut port = SourcePort::new(source.port.a, source.role.as_str());
        port.backups.extend(source.port.b);
        port.tls = source.port.tls.as_ref().map(|_| PortTls { certificate_name: source.port.certificate_name.clone() });
        port
    });
    CollectorSettings {
        pool: collector.pool.clone(),
        member: collector.member.clone(),
        tls: collector.tls.as_deref().map(|name| topology.pem_files(name)),
        session: collector.session.clone(),
        log: collector.log.clone(),
        ..CollectorSettings::new(&collector.name, topology.resolve(&collector.log_dir), ports.collect())
    }
}

fn tell(summaries: &[CollectorSummary]) {
    let sources = || summaries.iter().flat_map(|summary| summary.sources.values());
    let mut summary = Summary::default();
    summary.count("events made durable", sources().map(|source| source.events).sum());
    summary.count("sessions", sources().map(|source| source.connects).sum());
    summary.count("sessions that ended without a stop", sources().map(|source| source.disconnects).sum());
    summary.show();
}
