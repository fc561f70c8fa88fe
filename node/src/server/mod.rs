//! Ports that play sources to collectors over the session protocol.
//!
//! A node has one port per source and process. A port serves any number of pools, each getting everything; the members of a
//! pool share a live source's interactions out, as its playback does it (`docs/sources.md`), and a recording is told to one
//! member of a pool at a time. Knows nothing of what is in an event.

mod backlog;
mod batches;
mod faults;
mod greeting;
mod play;
mod port;
mod refusals;
mod seats;
mod session;
mod settings;
mod wire;

use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use callmart_tls::Server;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::playback::{Role, SourceSpec, Wait};
pub use faults::{Fault, Whom};
use port::Port;
pub use port::SourceProgress;
pub use settings::NodeSettings;

/// Why a node does not start.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// An address cannot be listened on.
    #[error(
        "the port of source {name} cannot listen on {address}: {cause}; choose an address of this machine that is free"
    )]
    Listen {
        /// The source.
        name: String,
        /// The address as wanted.
        address: SocketAddr,
        /// What the system said.
        cause: std::io::Error,
    },
}

/// Where a source can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortAddress {
    /// Name of the source.
    pub source: String,
    /// Which process of the source's pair it is; empty where there is one only.
    pub process: String,
    /// What a collector takes the port for.
    pub role: Role,
    /// Where it listens.
    pub address: SocketAddr,
}

/// A source and where it listens.
#[derive(Debug, Clone)]
pub struct PortSpec {
    /// What is played there.
    pub source: SourceSpec,
    /// Where; with port number 0 a free one is taken.
    pub listen: SocketAddr,
    /// How connections are secured; none for plain text.
    pub tls: Option<Server>,
}

/// Sources at their ports. Dropping it closes everything at once.
#[derive(Debug)]
pub struct Node {
    ports: Vec<Arc<Port>>,
    addresses: Vec<PortAddress>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Node {
    /// Opens a port for each source and plays from then on.
    ///
    /// # Errors
    /// [`NodeError::Listen`] when a port cannot be opened.
    pub async fn start(sources: Vec<SourceSpec>, settings: NodeSettings) -> Result<Self, NodeError> {
        let port = |source| PortSpec { source, listen: settings.listen, tls: None };
        Self::open(sources.into_iter().map(port).collect(), settings).await
    }

    /// Opens each port where it shall be and plays from then on.
    ///
    /// # Errors
    /// [`NodeError::Listen`] when a port cannot be opened.
    pub async fn open(ports: Vec<PortSpec>, settings: NodeSettings) -> Result<Self, NodeError> {
        let settings = Arc::new(settings.within_limits());
        let (stop, stopping) = watch::channel(false);
        let mut node = Self { ports: Vec::new(), addresses: Vec::new(), stop, tasks: JoinSet::new() };
        for PortSpec { source, listen: wanted, tls } in ports {
            let (listener, address) = listen(&source, wanted).await?;
            let (name, process, role) = (source.name.clone(), source.process.clone(), source.role);
            node.addresses.push(PortAddress { source: name, process, role, address });
            let port = Arc::new(Port::new(source, tls));
            node.ports.push(Arc::clone(&port));
            node.tasks.spawn(port::accept(port, listener, Arc::clone(&settings), stopping.clone()));
        }
        Ok(node)
    }

    /// Where each source can be reached, in the order in which they were given.
    #[must_use]
    pub fn ports(&self) -> &[PortAddress] {
        &self.addresses
    }

    /// How far each source is, in the order in which they were given.
    #[must_use]
    pub fn progress(&self) -> Vec<SourceProgress> {
        self.ports.iter().map(|port| port.progress()).collect()
    }

    /// Waits until each source was played to its end, by any of its processes, and acknowledged by at least one member of a pool.
    pub async fn finished(&self) {
        for port in &self.ports {
            let processes = self.ports.iter().filter(|other| other.source.name == port.source.name);
            let mut ends: Vec<Wait<'_>> = processes.map(|process| Box::pin(process.finished()) as Wait<'_>).collect();
            let one_is_ready = |context: &mut Context<'_>| {
                let is_ready = ends.iter_mut().any(|end| end.as_mut().poll(context).is_ready());
                if is_ready { Poll::Ready(()) } else { Poll::Pending }
            };
            poll_fn(one_is_ready).await;
        }
    }

    /// Does something to the sessions that are concerned, at their next frame at the latest; tells how many there are.
    pub fn inflict(&self, whom: &Whom, fault: &Fault) -> usize {
        self.ports_of(whom).map(|port| port.seats.inflict(whom, fault)).sum()
    }

    /// Closes every new connection to the ports that are concerned without a word, for a while; zero ends it. Tells how many
    /// ports there are.
    pub fn refuse(&self, whom: &Whom, within: Duration) -> usize {
        self.ports_of(whom).map(|port| port.refuse(within)).count()
    }

    fn ports_of<'a>(&'a self, whom: &'a Whom) -> impl Iterator<Item = &'a Arc<Port>> {
        self.ports.iter().filter(|port| whom.is_port(&port.source.name, &port.source.process))
    }

    /// Closes all ports and sessions and waits until they are closed.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

async fn listen(source: &SourceSpec, address: SocketAddr) -> Result<(TcpListener, SocketAddr), NodeError> {
    let failed = |cause| NodeError::Listen { name: source.name.clone(), address, cause };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

#[cfg(test)]
#[path = "tests/fuzz.rs"]
mod fuzz;
#[cfg(test)]
#[path = "tests/goodbye.rs"]
mod goodbye;
#[cfg(test)]
#[path = "../../tests/common/mangle.rs"]
mod mangle;
