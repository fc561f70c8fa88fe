//! How the ports of simulated nodes are secured: each `[[tls]]` that they name is read once, before anything listens.

use std::collections::BTreeMap;

use anyhow::Result;
use callmart_tls::Server;

use crate::failure::wrong_input;
use crate::topology::{Source, Topology};

/// Each source with how its port secures connections; none for plain text. Files that cannot be used are wrong input, and all
/// of them are named at once.
pub(super) fn each<'a>(
    topology: &Topology,
    sources: impl Iterator<Item = Source<'a>>,
) -> Result<Vec<(Source<'a>, Option<Server>)>> {
    let (mut read, mut faults) = (BTreeMap::new(), Vec::new());
    let secured = sources.map(|source| {
        let asked = source.port.tls.as_deref().map(|name| (name, source.port.client_certificates));
        let server = asked.and_then(|(name, asks)| {
            let server = read.entry((name, asks)).or_insert_with(|| {
                let failed = |why| {
                    faults.push(format!("the port of {} cannot be secured with tls `{name}`: {why}", source.name()));
                };
                Server::new(&topology.pem_files(name), asks).map_err(failed).ok()
            });
            server.clone()
        });
        (source, server)
    });
    let secured: Vec<_> = secured.collect();
    if faults.is_empty() { Ok(secured) } else { Err(wrong_input(faults.join("\n"))) }
}
