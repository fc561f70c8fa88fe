//! A whole installation as one checked TOML file: data centers, switches, nodes with their ports, links, collectors, ETL.
//!
//! `file` says what stands in it, `check` what it must not contradict, `place` where a mistake is. Runs nothing.

mod check;
mod extensions;
pub(crate) mod file;
mod place;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Result;
use callmart_tls::Files;
use figment::Figment;
use figment::providers::{Format as _, Toml};

pub(crate) use self::extensions::Extensions;
use self::file::{Collector, Credentials, Etl, File, Port, Server, Switch};
use crate::failure::wrong_input;
use crate::settings::{self, Role};

/// Version of the format that this program reads.
const FORMAT: u32 = 1;

/// An installation without contradictions.
#[derive(Debug, Clone)]
pub(crate) struct Topology {
    path: PathBuf,
    file: File,
}

/// A port of a server and what follows from where it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    /// The pair of processes that has it.
    pub(crate) server: &'a Server,
    /// The switch that it speaks of.
    pub(crate) switch: &'a Switch,
    /// The port itself.
    pub(crate) port: &'a Port,
    /// What collectors take it for.
    pub(crate) role: Role,
}

impl Source<'_> {
    /// Its name: the server's, `/`, the port's kind.
    pub(crate) fn name(&self) -> String {
        source_name(self.server, self.port)
    }

    /// Each process's name and where it has the port.
    pub(crate) fn processes(&self) -> impl Iterator<Item = (String, SocketAddr)> {
        let named = |process| format!("{}-{process}", self.server.name);
        let b = self.port.b.map(|address| (named('b'), address));
        std::iter::once((named('a'), self.port.a)).chain(b)
    }
}

/// Name of the source that a port is.
fn source_name(server: &Server, port: &Port) -> String {
    format!("{}/{}", server.name, port.kind.as_str())
}

impl Topology {
    /// Reads and checks a file. A mistake is wrong input; the sentence names file, place and what to do, and all mistakes of
    /// the same kind are named at once.
    pub(crate) fn load(path: &Path) -> Result<Self> {
        let shown = path.display();
        if !path.is_file() {
            return Err(wrong_input(format!("{shown} is not there: name the file of a topology")));
        }
        let read = Figment::from(Toml::file_exact(path));
        let explained =
            |error| wrong_input(settings::explain(&error, &shown.to_string(), &place::named(&read, &error)));
        let file: File = read.extract().map_err(explained)?;
        if file.format != FORMAT {
            let format = file.format;
            let what = "this program reads format";
            return Err(wrong_input(format!(
                "{shown}: `format` is {format}, and {what} {FORMAT}: write format = {FORMAT}"
            )));
        }
        let faults: Vec<String> = check::faults(&file).map(|fault| format!("{shown}: {fault}")).collect();
        if faults.is_empty() { Ok(Self { path: path.to_owned(), file }) } else { Err(wrong_input(faults.join("\n"))) }
    }

    /// The file that it was read from.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What stands in the file.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// A path of the file, as seen from where the program runs: relative ones begin at the file's folder.
    pub(crate) fn resolve(&self, path: &Path) -> PathBuf {
        self.path.parent().unwrap_or_else(|| Path::new("")).join(path)
    }

    /// Every port that collectors listen to.
    pub(crate) fn sources(&self) -> impl Iterator<Item = Source<'_>> {
        self.file.sources()
    }

    /// The files that a `[[tls]]` of this name has, as seen from where the program runs.
    pub(crate) fn pem_files(&self, name: &str) -> Files {
        let named = |of: fn(&Credentials) -> &Option<PathBuf>| {
            let tls = self.file.tls.iter().find(|tls| tls.name == name)?;
            of(tls).as_deref().map(|path| self.resolve(path))
        };
        Files {
            certificate: named(|tls| &tls.certificate),
            key: named(|tls| &tls.key),
            authority: named(|tls| &tls.authority),
        }
    }

    /// Pools that listen to a source.
    pub(crate) fn pools(&self, source: &str) -> BTreeSet<&str> {
        let listening = self.file.collectors.iter().filter(|c| c.sources.iter().any(|name| name == source));
        listening.map(|collector| collector.pool.as_str()).collect()
    }

    /// Collectors whose logs an ETL reads.
    pub(crate) fn collectors_of(&self, etl: &Etl) -> Vec<&Collector> {
        self.file.collectors_of(etl)
    }

    /// Sources that an ETL expects.
    pub(crate) fn expected(&self, etl: &Etl) -> Vec<Source<'_>> {
        let collected = self.file.collected(etl);
        let is_expected = |name: &str| match &etl.expected_sources {
            Some(named) => named.iter().any(|n| n == name),
            None => collected.contains(name),
        };
        self.sources().filter(|source| is_expected(&source.name())).collect()
    }
}

impl File {
    /// Nodes, servers of virtual queues, and outbound contact servers.
    pub(super) fn servers(&self) -> impl Iterator<Item = &Server> {
        self.nodes.iter().chain(&self.virtual_queue_servers).chain(&self.outbound_contact_servers)
    }

    fn sources(&self) -> impl Iterator<Item = Source<'_>> {
        let ports = self.servers().flat_map(|server| server.ports.iter().map(move |port| (server, port)));
        ports.filter_map(|(server, port)| {
            let switch = self.switches.iter().find(|switch| switch.name == server.switch)?;
            Some(Source { server, switch, port, role: port.kind.role()? })
        })
    }

    fn collectors_of(&self, etl: &Etl) -> Vec<&Collector> {
        let is_read = |collector: &&Collector| etl.logs.as_ref().is_none_or(|logs| logs.contains(&collector.name));
        self.collectors.iter().filter(is_read).collect()
    }

    /// Names of the sources that the logs of an ETL are of.
    fn collected(&self, etl: &Etl) -> BTreeSet<&str> {
        self.collectors_of(etl).iter().flat_map(|collector| collector.sources.iter().map(String::as_str)).collect()
    }
}
