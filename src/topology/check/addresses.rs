//! Addresses and folders: nobody takes another's.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use super::{Fault, place};
use crate::topology::file::File;
use crate::topology::source_name;

pub(super) fn faults(file: &File) -> Vec<Fault> {
    let mut faults = Vec::new();
    ports(file, &mut faults);
    folders(file, &mut faults);
    faults
}

fn ports(file: &File, faults: &mut Vec<Fault>) {
    let mut taken: BTreeMap<SocketAddr, String> = BTreeMap::new();
    for server in file.servers() {
        for port in &server.ports {
            let name = source_name(server, port);
            let both = [("a", Some(port.a)), ("b", port.b)];
            for (process, address) in both.into_iter().filter_map(|(process, address)| Some((process, address?))) {
                let here = format!("process {process} of {name}");
                if address.port() == 0 {
                    let why =
                        format!("`{process}` is {address}: give the number of the port, so that collectors find it");
                    faults.push(Fault::new(place("port", &name), why));
                } else if let Some(other) = taken.insert(address, here) {
                    let why =
                        format!("`{process}` is {address}, which {other} has already: give each an address of its own");
                    faults.push(Fault::new(place("port", &name), why));
                }
            }
        }
    }
}

fn folders(file: &File, faults: &mut Vec<Fault>) {
    let mut taken: BTreeMap<&Path, String> = BTreeMap::new();
    let logs = file.collectors.iter().map(|c| (place("collector", &c.name), "log_dir", c.log_dir.as_path()));
    let marts = file.etls.iter().map(|e| (place("etl", &e.name), "data_dir", e.data_dir.as_path()));
    for (place, key, folder) in logs.chain(marts) {
        if folder.as_os_str().is_empty() {
            faults.push(Fault::new(place, format!("`{key}` is empty: name a folder")));
        } else if let Some(other) = taken.insert(folder, place.clone()) {
            let why =
                format!("`{key}` is {}, which {other} has already: give each a folder of its own", folder.display());
            faults.push(Fault::new(place, why));
        }
    }
}
