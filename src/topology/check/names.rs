//! Names: there, of the letters that paths and sources allow, and each only once among its like.

use std::collections::BTreeSet;

use super::{Fault, place};
use crate::topology::file::File;

/// Longest name, in bytes.
const MAX_NAME_BYTES: usize = 100;

pub(super) fn faults(file: &File) -> Vec<Fault> {
    let mut faults = Vec::new();
    // Their processes and sources are named after them, so nodes and servers of virtual queues share their names.
    each(
        &mut faults,
        "node, virtual_queue_server or outbound_contact_server",
        file.servers().map(|server| server.name.as_str()),
    );
    each(&mut faults, "data_center", file.data_centers.iter().map(|center| center.name.as_str()));
    each(&mut faults, "switch", file.switches.iter().map(|switch| switch.name.as_str()));
    each(&mut faults, "tls", file.tls.iter().map(|tls| tls.name.as_str()));
    each(&mut faults, "collector", file.collectors.iter().map(|collector| collector.name.as_str()));
    each(&mut faults, "etl", file.etls.iter().map(|etl| etl.name.as_str()));
    for server in file.servers() {
        let mut kinds = BTreeSet::new();
        for port in server.ports.iter().filter(|port| !kinds.insert(port.kind)) {
            let what = format!("has two ports of kind {}: one source has one port; remove one", port.kind.as_str());
            faults.push(Fault::new(place("node", &server.name), what));
        }
    }
    faults
}

fn each<'a>(faults: &mut Vec<Fault>, what: &str, names: impl Iterator<Item = &'a str>) {
    let mut seen = BTreeSet::new();
    for name in names {
        if !is_name(name) {
            let why = format!("is no name: use letters, digits, `-`, `_` and `.`, up to {MAX_NAME_BYTES} in all");
            faults.push(Fault::new(place(what, name), why));
        } else if !seen.insert(name) {
            faults.push(Fault::new(place(what, name), "has the name of another one: give each a name of its own"));
        }
    }
}

fn is_name(name: &str) -> bool {
    let is_letter = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    !name.is_empty() && name.len() <= MAX_NAME_BYTES && name.chars().all(is_letter) && !name.starts_with('.')
}
