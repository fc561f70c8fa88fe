//! Simulated nodes: the ports of a topology's nodes and servers of virtual queues, played by one world.
//!
//! Every process plays the whole world and tells only what its own sources have to tell, so that processes with equal
//! settings agree byte for byte. What cannot be simulated is refused here, before anything listens.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use callmart_node::cluster::faults::Schedule;
use callmart_node::live::{Pace, Stage, StageSettings, SystemClock, processes};
use callmart_node::playback::{Role, SourceSpec};
use callmart_node::server::{Node, NodeSettings, PortSpec};
use callmart_node::world::{Part, Teller, World as _};
use callmart_tls::Server as Tls;
use chrono::{DateTime, Utc};

use super::{chosen, secured, worlds};
use crate::failure::{Ending, wrong_input};
use crate::output::note;
use crate::topology::file::{Server, Simulation};
use crate::topology::{Source, Topology};

/// What is asked for beside the topology.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// The one node to play.
    pub(crate) only: Option<&'a str>,
    /// The moment on the wall at which the simulated time begins.
    pub(crate) begins: Option<DateTime<Utc>>,
    /// File with a schedule of faults.
    pub(crate) faults: Option<&'a Path>,
}

/// Plays the nodes of a topology, or one of them, until it is to stop; the simulated time begins at a moment of the wall's.
pub(crate) async fn run(topology: &Topology, asked: Asked<'_>, stop: impl Future<Output = ()>) -> Result<Ending> {
    let Asked { only, begins, faults } = asked;
    let servers = chosen(topology.file().servers(), only, "node", |server| &server.name)?;
    let simulation = topology.file().simulation.as_ref().ok_or_else(|| {
        let path = topology.path().display();
        wrong_input(format!("{path} has no [simulation]: say there with `start`, `seed` and `agents` what to play"))
    })?;
    let begins = begins.or(simulation.begins).ok_or_else(|| {
        wrong_input(
            "when does the simulated time begin? Give --begins with a moment, the same to every process of the \
             installation, as in --begins 2026-01-05T08:00Z, or write `begins` under [simulation]",
        )
    })?;
    let faults = worlds::faults(topology, simulation, faults)?;
    let nodes = open(topology, &servers, (simulation, faults), begins).await?;
    let ports = nodes.iter().map(|node| node.ports().len()).sum::<usize>();
    note(format_args!(
        "{ports} ports are open; the simulation began or begins at {} on this clock.",
        begins.to_rfc3339()
    ));
    stop.await;
    for node in nodes {
        node.shutdown().await;
    }
    Ok(Ending::Done)
}

/// Opens the ports of each server.
async fn open(
    topology: &Topology,
    servers: &[&Server],
    (simulation, faults): (&Simulation, Schedule),
    begins: DateTime<Utc>,
) -> Result<Vec<Node>> {
    let world = worlds::world(topology, simulation, &faults);
    let told = told(topology, servers, world.tellers())?;
    let secured = secured::each(topology, told.values().copied())?;
    let part = Part::new(Box::new(world), |teller| told.contains_key(&teller.name));
    let pools = part.tellers().iter().map(|teller| topology.pools(&teller.name).len()).collect();
    let pace = Pace::Clock {
        source_us: simulation.start.timestamp_micros(),
        wall_us: begins.timestamp_micros(),
        speed: simulation.speed,
    };
    let settings = StageSettings { pools, faults, ..StageSettings::default() };
    let stage = Stage::new(Box::new(part), pace, Arc::new(SystemClock), &settings)?;
    let sources = processes(&stage);
    let mut nodes = Vec::new();
    for server in servers {
        let settings = NodeSettings { heartbeat_ms: server.heartbeat_ms, ..NodeSettings::default() };
        nodes.push(Node::open(ports(server, &secured, &sources), settings).await?);
    }
    Ok(nodes)
}

/// The ports of a server's processes.
fn ports(server: &Server, told: &[(Source<'_>, Option<Tls>)], sources: &[SourceSpec]) -> Vec<PortSpec> {
    let mut ports = Vec::new();
    for (port, tls) in told.iter().filter(|(source, _)| source.server.name == server.name) {
        for (process, listen) in port.processes() {
            let spec = sources.iter().find(|spec| spec.name == port.name() && spec.process == process);
            ports.extend(spec.map(|source| PortSpec { source: source.clone(), listen, tls: tls.clone() }));
        }
    }
    ports
}

/// The sources that are told, by name, if the simulation can tell them and somebody listens.
fn told<'a>(topology: &'a Topology, servers: &[&Server], tellers: &[Teller]) -> Result<BTreeMap<String, Source<'a>>> {
    let own = topology.sources().filter(|source| servers.iter().any(|server| server.name == source.server.name));
    let mut told = BTreeMap::new();
    for source in own {
        let name = source.name();
        can_be_told(&source, tellers).map_err(wrong_input)?;
        if topology.pools(&name).is_empty() {
            let why = "no collector of the file listens to it, and a simulation waits for whom it tells";
            return Err(wrong_input(format!(
                "{name} cannot be simulated: {why}; name it in the `sources` of a collector"
            )));
        }
        told.insert(name, source);
    }
    for server in servers.iter().filter(|server| server.ports.iter().any(|port| port.kind.role().is_none())) {
        note(format_args!(
            "The SmartProxy of {} stays closed: only what collectors listen to is simulated.",
            server.name
        ));
    }
    Ok(told)
}

/// Whether the simulation has such a source; else why not, and what to do.
fn can_be_told(source: &Source<'_>, tellers: &[Teller]) -> Result<(), String> {
    let (name, switch) = (source.name(), source.switch);
    let Some(teller) = tellers.iter().find(|teller| teller.name == name) else {
        let names: Vec<&str> = tellers
            .iter()
            .filter(|t| !matches!(t.role, Role::SmartProxy | Role::PlainClient))
            .map(|t| t.name.as_str())
            .collect();
        return Err(format!(
            "{name} cannot be simulated: the simulated sources are {}; use these names",
            names.join(", ")
        ));
    };
    if teller.switch != switch.name {
        let simulated = &teller.switch;
        return Err(format!(
            "{name} cannot be simulated on switch {}: it is of switch {simulated} there; use that name",
            switch.name
        ));
    }
    if teller.tenant != switch.tenant {
        let simulated = &teller.tenant;
        return Err(format!(
            "{name} cannot be simulated for tenant {}: all switches of a simulation are of one tenant, and another one is of {simulated}",
            switch.tenant
        ));
    }
    Ok(())
}
