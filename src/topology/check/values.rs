//! Values: numbers within their bounds, numbers of telephones once each, settings that a mart would take.

use super::{Fault, place};
use crate::settings::Settings;
use crate::topology::extensions::Extensions;
use crate::topology::file::{File, Simulation, Switch, SwitchKind};

/// Longest wait for a cut link, in milliseconds.
const MAX_TC_RECONNECT_TIMEOUT_MS: u32 = 60_000;
/// Longest time between two signs of life, in milliseconds.
const MAX_HEARTBEAT_MS: u32 = 600_000;
/// Most agents that can be simulated.
const MAX_AGENTS: u32 = 20_000;
/// Most hours of a simulation.
const MAX_HOURS: f64 = 24.0 * 400.0;
/// Most times faster than real time.
const MAX_SPEED: f64 = 1e6;

pub(super) fn faults(file: &File) -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(file.simulation.iter().filter_map(simulation));
    file.switches.iter().for_each(|switch| extensions(file, switch, &mut faults));
    for link in file.links.iter().filter(|link| link.tc_reconnect_timeout_ms > MAX_TC_RECONNECT_TIMEOUT_MS) {
        let [one, other] = &link.between;
        let why = format!("`tc_reconnect_timeout_ms` may be {MAX_TC_RECONNECT_TIMEOUT_MS} at most");
        faults.push(Fault::new(format!("link between `{one}` and `{other}`"), why));
    }
    for server in file.servers().filter(|server| !(1..=MAX_HEARTBEAT_MS).contains(&server.heartbeat_ms)) {
        let why = format!("`heartbeat_ms` must be from 1 to {MAX_HEARTBEAT_MS}");
        faults.push(Fault::new(place("node", &server.name), why));
    }
    for collector in &file.collectors {
        let session = &collector.session;
        let positive = [
            ("session.connect_timeout_ms", session.connect_timeout_ms),
            ("session.handshake_timeout_ms", session.handshake_timeout_ms),
            ("session.hello_timeout_ms", session.hello_timeout_ms),
            ("session.write_timeout_ms", session.write_timeout_ms),
            ("session.silence_heartbeats", session.silence_heartbeats.into()),
            ("log.segment_bytes", collector.log.segment_bytes),
        ];
        for (key, _) in positive.into_iter().filter(|(_, value)| *value == 0) {
            faults.push(Fault::new(place("collector", &collector.name), format!("`{key}` must be more than 0")));
        }
    }
    for etl in &file.etls {
        if let Err(why) = Settings::of_topology(&etl.settings) {
            faults.push(Fault::new(place("etl", &etl.name), format!("settings: {why}")));
        }
    }
    faults
}

fn simulation(simulation: &Simulation) -> Option<Fault> {
    let is_positive = |number: f64, most: f64| number.is_finite() && number > 0.0 && number <= most;
    let why = if !(1..=MAX_AGENTS).contains(&simulation.agents) {
        format!("`agents` must be from 1 to {MAX_AGENTS}")
    } else if simulation.hours.is_some_and(|hours| !is_positive(hours, MAX_HOURS)) {
        format!("`hours` must be more than 0 and {MAX_HOURS} at most")
    } else if !is_positive(simulation.speed, MAX_SPEED) {
        format!("`speed` must be more than 0 and {MAX_SPEED} at most; 1.0 is real time")
    } else {
        return None;
    };
    Some(Fault::new("simulation", why))
}

/// Agents that are simulated, if any.
fn agents(file: &File) -> u64 {
    file.simulation.as_ref().map_or(0, |simulation| simulation.agents.into())
}

fn extensions(file: &File, switch: &Switch, faults: &mut Vec<Fault>) {
    let mut before = Vec::new();
    for numbers in &switch.extensions {
        if let Some(number) = before.iter().find_map(|other| numbers.meets(other)) {
            let why = format!("`extensions` has {number} twice: let ranges not overlap");
            faults.push(Fault::new(place("switch", &switch.name), why));
        }
        before.push(numbers.clone());
    }
    let has_nodes = file.nodes.iter().any(|node| node.switch == switch.name);
    let (telephones, agents) = (switch.extensions.iter().map(Extensions::count).sum::<u64>(), agents(file));
    if has_nodes && telephones > 0 && telephones < agents {
        let why = format!("has {telephones} extensions for {agents} simulated agents: give it more, or simulate fewer");
        faults.push(Fault::new(place("switch", &switch.name), why));
    }
    if switch.extensions.is_empty() && (has_nodes || switch.kind == SwitchKind::Cluster) {
        let why = "has no `extensions`: name the numbers of its telephones, as in [\"100001-101000\"]";
        faults.push(Fault::new(place("switch", &switch.name), why));
    }
}
