//! References: whatever is named is there, and is of the kind that is needed.

use std::collections::BTreeSet;

use callmart_schema::control::CONTROL;

use super::{Fault, known, place};
use crate::topology::file::{File, PortKind, Server, SwitchKind};
use crate::topology::source_name;

pub(super) fn faults(file: &File) -> Vec<Fault> {
    let mut faults = Vec::new();
    centers(file, &mut faults);
    for server in &file.nodes {
        node(file, server, &mut faults);
    }
    for server in &file.virtual_queue_servers {
        ports(server, SwitchKind::Ordinary, &[PortKind::VirtualQueue], "virtual_queue_server", file, &mut faults);
    }
    for server in &file.outbound_contact_servers {
        ports(server, SwitchKind::Cluster, &[PortKind::OutboundContact], "outbound_contact_server", file, &mut faults);
    }
    ordinary_switches(file, &mut faults);
    links(file, &mut faults);
    collectors(file, &mut faults);
    etls(file, &mut faults);
    faults
}

fn centers(file: &File, faults: &mut Vec<Fault>) {
    let servers = file.servers().map(|s| (place("node", &s.name), &s.data_center));
    let collectors = file.collectors.iter().map(|c| (place("collector", &c.name), &c.data_center));
    let etls = file.etls.iter().map(|e| (place("etl", &e.name), &e.data_center));
    for (place, center) in servers.chain(collectors).chain(etls) {
        if !file.data_centers.iter().any(|known| known.name == *center) {
            let there = known(file.data_centers.iter().map(|center| center.name.as_str()));
            faults.push(Fault::new(place, format!("`data_center` names {center}, which is not there: {there}")));
        }
    }
}

fn node(file: &File, server: &Server, faults: &mut Vec<Fault>) {
    let kind = file.switches.iter().find(|switch| switch.name == server.switch).map(|switch| switch.kind);
    let kinds: &[PortKind] = match kind {
        Some(SwitchKind::Ordinary) => &[PortKind::Default],
        _ => &[PortKind::InteractionProxy, PortKind::TController, PortKind::SmartProxy],
    };
    ports(server, kind.unwrap_or(SwitchKind::Cluster), kinds, "node", file, faults);
}

/// The switch of a server, and the kinds of its ports.
fn ports(server: &Server, of_kind: SwitchKind, kinds: &[PortKind], what: &str, file: &File, faults: &mut Vec<Fault>) {
    let place = place(what, &server.name);
    match file.switches.iter().find(|switch| switch.name == server.switch) {
        None => {
            let there = known(file.switches.iter().map(|switch| switch.name.as_str()));
            let why = format!("`switch` names {}, which is not there: {there}", server.switch);
            faults.push(Fault::new(&place, why));
        }
        Some(switch) if switch.kind != of_kind => {
            let why = match of_kind {
                SwitchKind::Ordinary => "is a cluster: virtual queues need an ordinary switch",
                SwitchKind::Cluster => "is an ordinary switch: an outbound contact server needs a cluster",
            };
            let why = format!("its switch {} {why}", switch.name);
            faults.push(Fault::new(&place, why));
        }
        Some(_) => {
            for port in server.ports.iter().filter(|port| !kinds.contains(&port.kind)) {
                let allowed: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
                let why = format!(
                    "has no {} on switch {}: ports there are of kind {}",
                    port.kind.as_str(),
                    server.switch,
                    allowed.join(", ")
                );
                faults.push(Fault::new(&place, why));
            }
        }
    }
    if server.ports.is_empty() {
        faults
            .push(Fault::new(&place, "has no port, so nobody can hear of it: give it a `port` with kind and address"));
    }
}

fn ordinary_switches(file: &File, faults: &mut Vec<Fault>) {
    for switch in file.switches.iter().filter(|switch| switch.kind == SwitchKind::Ordinary) {
        let nodes: Vec<&str> = file.nodes.iter().filter(|n| n.switch == switch.name).map(|n| n.name.as_str()).collect();
        if nodes.len() > 1 {
            let why = format!(
                "is ordinary and has the nodes {}: give each a switch of its own, or make it a cluster",
                nodes.join(", ")
            );
            faults.push(Fault::new(place("switch", &switch.name), why));
        }
    }
}

fn links(file: &File, faults: &mut Vec<Fault>) {
    let mut seen = BTreeSet::new();
    for link in &file.links {
        let [one, other] = &link.between;
        let place = format!("link between `{one}` and `{other}`");
        let switch_of = |name: &String| file.nodes.iter().find(|node| node.name == *name).map(|node| &node.switch);
        let is_cluster = |name: &String| file.switches.iter().any(|s| s.name == *name && s.kind == SwitchKind::Cluster);
        let why = match (switch_of(one), switch_of(other)) {
            (None, _) | (_, None) => {
                let there = known(file.nodes.iter().map(|node| node.name.as_str()));
                format!("`between` names a node that is not there: {there}")
            }
            _ if one == other => "joins a node with itself: name two nodes".to_owned(),
            (Some(a), Some(b)) if a != b || !is_cluster(a) => {
                "joins nodes that are not of one cluster: only those have links".to_owned()
            }
            _ if !seen.insert((one.min(other), one.max(other))) => "is there twice: remove one".to_owned(),
            _ => continue,
        };
        faults.push(Fault::new(place, why));
    }
}

fn collectors(file: &File, faults: &mut Vec<Fault>) {
    let sources: BTreeSet<String> = file.sources().map(|source| source.name()).collect();
    let not_for_collectors: BTreeSet<String> = file
        .servers()
        .flat_map(|server| {
            server.ports.iter().filter(|p| p.kind.role().is_none()).map(|port| source_name(server, port))
        })
        .collect();
    let mut seats = BTreeSet::new();
    for collector in &file.collectors {
        let place = place("collector", &collector.name);
        if collector.name == CONTROL {
            let why = format!("`name` is {CONTROL}, as the log of operators' decisions is called: give it another");
            faults.push(Fault::new(&place, why));
        }
        let mut own = BTreeSet::new();
        for name in &collector.sources {
            let seat = (&collector.pool, &collector.member, name);
            let why = if not_for_collectors.contains(name) {
                format!("`sources` names {name}, which serves monitoring clients only: name IPport and TCport instead")
            } else if !sources.contains(name) {
                let there = known(sources.iter().map(String::as_str));
                format!("`sources` names {name}, which is not there: {there}")
            } else if !own.insert(name) {
                format!("`sources` names {name} twice: remove one")
            } else if !seats.insert(seat) {
                let (pool, member) = (&collector.pool, &collector.member);
                format!(
                    "listens to {name} as member {member} of pool {pool}, as another collector does: give it another pool or member"
                )
            } else {
                continue;
            };
            faults.push(Fault::new(&place, why));
        }
        if collector.sources.is_empty() {
            faults.push(Fault::new(&place, "listens to nothing: name its `sources`, as in dc1-node1/IPport"));
        }
    }
}

fn etls(file: &File, faults: &mut Vec<Fault>) {
    for etl in &file.etls {
        let place = place("etl", &etl.name);
        for name in etl.logs.iter().flatten() {
            if !file.collectors.iter().any(|collector| collector.name == *name) {
                let there = known(file.collectors.iter().map(|collector| collector.name.as_str()));
                faults
                    .push(Fault::new(&place, format!("`logs` names {name}, and no collector has that name: {there}")));
            }
        }
        let collected = file.collected(etl);
        for name in etl.expected_sources.iter().flatten().filter(|name| !collected.contains(name.as_str())) {
            let why = format!(
                "`expected_sources` names {name}, and no log that it reads is of it: add the collector to `logs`, or remove the source"
            );
            faults.push(Fault::new(&place, why));
        }
        if collected.is_empty() {
            faults.push(Fault::new(&place, "reads no log: name collectors in `logs`"));
        }
    }
}
