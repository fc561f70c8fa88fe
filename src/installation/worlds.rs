//! The world that a topology's simulated nodes tell of: the cluster, and each ordinary switch beside it, with the faults that
//! befall them.
//!
//! Takes from a topology what a simulation has to know of it. Opens no port.

use std::path::Path;

use anyhow::Result;
use callmart_node::cluster::faults::Schedule;
use callmart_node::cluster::terms::{PROCESSES, process_name};
use callmart_node::traffic::{Extensions, Ordinary, Site, Traffic, TrafficSettings};
use callmart_node::world::{Beside, World};

use crate::failure::wrong_input;
use crate::topology::file::{Server, Simulation, Switch, SwitchKind};
use crate::topology::{Source, Topology};

/// Microseconds of an hour.
const HOUR_US: f64 = 3_600e6;
/// Number of the first agent of the first world; the next one's begin as much higher as a world may have agents.
const FIRST_EMPLOYEE: u32 = 10_001;
const EMPLOYEES_OF_A_WORLD: u32 = 50_000;

/// The worlds of a topology side by side.
pub(super) fn world(topology: &Topology, simulation: &Simulation, faults: &Schedule) -> Beside {
    let mut worlds: Vec<Box<dyn World>> = Vec::new();
    for (site, tenant) in sites(topology) {
        let place = u32::try_from(worlds.len()).unwrap_or(u32::MAX);
        let site = match site {
            Site::Ordinary(ordinary) => Site::Ordinary(Ordinary {
                first_employee: place.saturating_mul(EMPLOYEES_OF_A_WORLD).saturating_add(FIRST_EMPLOYEE),
                ..ordinary
            }),
            Site::Cluster => Site::Cluster,
        };
        let settings = settings(simulation, u64::from(place), site, tenant);
        worlds.push(Box::new(Traffic::new(settings.befallen_by(faults))));
    }
    Beside::new(worlds)
}

fn settings(simulation: &Simulation, place: u64, site: Site, tenant: String) -> TrafficSettings {
    let start_us = simulation.start.timestamp_micros();
    let end_us = simulation.hours.map(|hours| start_us.saturating_add((hours * HOUR_US) as i64));
    // What happens at one switch has nothing to do with what happens at another one.
    let seed = simulation.seed.wrapping_add(place.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let user_data_on_both_channels = simulation.user_data_on_both_channels;
    TrafficSettings {
        end_us,
        site,
        tenant,
        user_data_on_both_channels,
        ..TrafficSettings::new(start_us, seed, simulation.agents)
    }
}

/// The cluster, if there is one, and then each ordinary switch that has a SIP Server; each with its tenant.
fn sites(topology: &Topology) -> Vec<(Site, String)> {
    let file = topology.file();
    let switch_of = |node: &Server| file.switches.iter().find(|switch| switch.name == node.switch);
    let tellers = file.nodes.iter().filter_map(|node| Some((node, switch_of(node)?)));
    let of_cluster = |(_, switch): &(&Server, &Switch)| switch.kind == SwitchKind::Cluster;
    // Every source of the cluster is of one tenant, which is held against the others'.
    let cluster = topology.sources().find(|source| source.role.as_str() != "switch");
    let cluster = cluster.map(|source| (Site::Cluster, source.switch.tenant.clone()));
    let ordinary = tellers.filter(|teller| !of_cluster(teller)).map(|(node, switch)| {
        let site = Ordinary {
            server: node.name.clone(),
            switch: switch.name.clone(),
            extensions: switch.extensions.iter().map(numbers).collect(),
            first_employee: FIRST_EMPLOYEE,
        };
        (Site::Ordinary(site), switch.tenant.clone())
    });
    cluster.into_iter().chain(ordinary).collect()
}

fn numbers(extensions: &crate::topology::Extensions) -> Extensions {
    let (digits, first, last) = extensions.range();
    Extensions { digits, first, last }
}

/// The faults of a file, which is named in the topology or on the command line; none without a file.
pub(super) fn faults(topology: &Topology, simulation: &Simulation, given: Option<&Path>) -> Result<Schedule> {
    let named = simulation.faults.as_ref().map(|path| topology.resolve(path));
    let Some(path) = given.map(Path::to_owned).or(named) else { return Ok(Schedule::default()) };
    let shown = path.display();
    let text = std::fs::read_to_string(&path).map_err(|cause| {
        wrong_input(format!("the schedule of faults {shown} cannot be read: {cause}; name another file"))
    })?;
    let schedule: Schedule = text.parse().map_err(|cause| wrong_input(format!("{shown}: {cause}")))?;
    let sources: Vec<Source<'_>> = topology.sources().collect();
    for scheduled in schedule.iter() {
        let whom = scheduled.fault.whom();
        if !sources.iter().any(|source| is_meant(source, whom)) {
            let names: Vec<String> = sources.iter().map(Source::name).collect();
            let there = names.join(", ");
            let why = "no source, node or process of the topology has that name";
            return Err(wrong_input(format!(
                "{shown}: `{}` befalls {whom}, and {why}; the sources are {there}",
                scheduled.fault
            )));
        }
    }
    Ok(schedule)
}

/// Whether a name is that of a source, of its node, or of one of the node's processes.
fn is_meant(source: &Source<'_>, whom: &str) -> bool {
    let node = &source.server.name;
    let is_process = || (0..PROCESSES).any(|process| process_name(node, process) == whom);
    source.name() == whom || node == whom || is_process()
}
