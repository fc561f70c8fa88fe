//! How a center is built: as a SIP Cluster over two data centers, or as one ordinary switch. Which of its sources tells what,
//! where calls wait, and which telephones stand where.
//!
//! Knows names and numbers; nothing of what happens there.

use std::collections::BTreeSet;

use callmart_schema::catalogue::statics::ResourceRole;
use callmart_schema::event::DnType;

use super::incidents::LooksOn;
use super::layout::{Desk, QUEUES};
use super::notes::Device;
use super::settings::TrafficSettings;
use crate::cluster::session_controller::SessionControllers;
use crate::cluster::t_controller::port;
use crate::cluster::{contact_server, interaction_proxy, sip_server, vq_server};
use crate::playback::Role;
use crate::world::Teller;

/// Name of the cluster's switch.
pub const SWITCH: &str = "SIPCluster";
/// Name of the switch of the virtual queues.
pub const VQ_SWITCH: &str = "VQSwitch";
/// Name of the cluster's outbound contact server.
const CONTACT_SERVER: &str = "dc1-ocs";
/// Number of the first EmployeeID of a cluster.
const FIRST_EMPLOYEE: u32 = 10_001;
/// First desk number of a data center of the cluster; the next one's begin as much higher.
const DESKS_PER_CENTER: u32 = 100_000;
/// Digits of a cluster's telephones.
const DIGITS: usize = 6;

/// How a center is built.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Site {
    /// A SIP Cluster of two data centers with two nodes each, and a server of virtual queues in each.
    #[default]
    Cluster,
    /// An ordinary switch: one SIP Server with one port, on which calls wait in ACD queues.
    Ordinary(Ordinary),
}

/// An ordinary switch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ordinary {
    /// Name of its SIP Server: "sip1" tells on "sip1/default".
    pub server: String,
    /// Name of the switch.
    pub switch: String,
    /// Numbers of its telephones. Agents for whom there is none do not come.
    pub extensions: Vec<Extensions>,
    /// Number of its first agent: 60,001 is E60001. Agents of two centers that are played side by side are to be told apart.
    pub first_employee: u32,
}

/// A range of telephone numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extensions {
    /// Digits that each is written with.
    pub digits: usize,
    /// The first.
    pub first: u64,
    /// The last.
    pub last: u64,
}

/// A port of the center, by what is told there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Port {
    /// Of a node's calls.
    Calls(usize),
    /// Of a node's telephones and agents.
    Telephones(usize),
    /// Of a data center's virtual queues.
    Queues(usize),
    /// Of the outbound contact server.
    Contacts,
    /// Of somebody who looks on, by the place among those.
    Onlooker(usize),
}

fn node_name(node: usize) -> String {
    let per_center = CLUSTER.nodes_per_center;
    format!("dc{}-node{}", node / per_center + 1, node % per_center + 1)
}

const CLUSTER: SessionControllers = SessionControllers { centers: 2, nodes_per_center: 2 };
const ORDINARY: SessionControllers = SessionControllers { centers: 1, nodes_per_center: 1 };

impl Site {
    /// Which node a call lives on.
    fn controllers(&self) -> SessionControllers {
        match self {
            Self::Cluster => CLUSTER,
            Self::Ordinary(_) => ORDINARY,
        }
    }

    /// Data centers.
    pub(super) fn centers(&self) -> usize {
        self.controllers().centers
    }

    /// Nodes of all data centers.
    pub(super) fn nodes(&self) -> usize {
        self.controllers().centers * self.controllers().nodes_per_center
    }

    /// Nodes of a data center.
    pub(super) fn nodes_of(&self, center: usize) -> std::ops::Range<usize> {
        let count = self.controllers().nodes_per_center;
        center * count..(center + 1) * count
    }

    /// Data center of a node.
    pub(super) fn center_of(&self, node: usize) -> usize {
        node / self.controllers().nodes_per_center
    }

    /// The node on which a call lives that comes in at a data center.
    pub(super) fn home(&self, center: usize, call: u64) -> usize {
        self.controllers().home(center, call)
    }

    /// Names of its nodes, by number.
    pub(super) fn node_names(&self) -> Vec<String> {
        match self {
            Self::Cluster => (0..self.nodes()).map(node_name).collect(),
            Self::Ordinary(ordinary) => vec![ordinary.server.clone()],
        }
    }

    /// The sources: of a cluster each node's two ports, then the servers of virtual queues, then the outbound contact
    /// server, then whoever looks on.
    pub(super) fn tellers(&self, settings: &TrafficSettings) -> Vec<Teller> {
        let tenant = &settings.tenant;
        if let Self::Ordinary(Ordinary { server, switch, .. }) = self {
            return vec![sip_server::MODULE.teller(server, switch, tenant)];
        }
        let modules = [interaction_proxy::MODULE, port::MODULE];
        let of_node = |node| modules.map(|module| module.teller(&node_name(node), SWITCH, tenant));
        let of_center = |center| vq_server::MODULE.teller(&format!("dc{center}-vq"), VQ_SWITCH, tenant);
        let queues = (1..=self.centers()).map(of_center);
        let contacts = contact_server::MODULE.teller(CONTACT_SERVER, SWITCH, tenant);
        let nodes = (0..self.nodes()).flat_map(of_node);
        let mut tellers: Vec<Teller> = nodes.chain(queues).chain([contacts]).collect();
        for (place, onlooker) in self.onlookers(settings).iter().enumerate() {
            let (node, port, role) = match onlooker {
                LooksOn::SmartProxy { node } => (node, "SmartProxy", Role::SmartProxy),
                LooksOn::PlainClient { node, .. } => (node, "PlainClient", Role::PlainClient),
            };
            // Several may look on from one node.
            let name = format!("{}/{port}{}", node_name(*node), place + 1);
            tellers.push(Teller { name, switch: SWITCH.to_owned(), tenant: tenant.clone(), role });
        }
        tellers
    }

    /// Place of a port among the sources.
    pub(super) fn place(&self, port: Port) -> usize {
        let (nodes, centers) = (self.nodes(), self.centers());
        match (self, port) {
            (Self::Ordinary(_), _) => 0,
            (Self::Cluster, Port::Calls(node)) => node * 2,
            (Self::Cluster, Port::Telephones(node)) => node * 2 + 1,
            (Self::Cluster, Port::Queues(center)) => nodes * 2 + center,
            (Self::Cluster, Port::Contacts) => nodes * 2 + centers,
            (Self::Cluster, Port::Onlooker(place)) => nodes * 2 + centers + 1 + place,
        }
    }

    /// Who looks on; only a cluster has room for them.
    pub(super) fn onlookers<'a>(&self, settings: &'a TrafficSettings) -> &'a [LooksOn] {
        if *self == Self::Cluster { &settings.owners.onlookers } else { &[] }
    }

    /// EmployeeID of an agent by number.
    pub(super) fn employee(&self, agent: u32) -> String {
        let first = match self {
            Self::Cluster => FIRST_EMPLOYEE,
            Self::Ordinary(ordinary) => ordinary.first_employee,
        };
        format!("E{}", first.saturating_add(agent))
    }

    /// The telephones of a data center, for so many agents: one more than that, as far as there are numbers.
    pub(super) fn desks(&self, center: usize, agents: u32) -> BTreeSet<Desk> {
        let numbers = 1..=agents + 1;
        match self {
            Self::Cluster => numbers.map(|number| self.cluster_desk(center, number)).collect(),
            Self::Ordinary(ordinary) => {
                let all = ordinary.extensions.iter().flat_map(|e| (e.first..=e.last).map(|dn| (dn, e.digits)));
                let desk = |(number, (dn, digits))| Desk { number, center, node: 0, dn, digits };
                numbers.zip(all).map(desk).collect()
            }
        }
    }

    fn cluster_desk(&self, center: usize, number: u32) -> Desk {
        let nodes = self.nodes_of(center);
        let node = nodes.start + number as usize % nodes.len().max(1);
        let dn = u64::from((center as u32 + 1) * DESKS_PER_CENTER + number);
        Desk { number, center, node, dn, digits: DIGITS }
    }

    /// Where a call of a node waits for an agent of a queue: the number, and what it is.
    pub(super) fn waits_at(&self, node: usize, queue: usize) -> (String, DnType) {
        match self {
            Self::Cluster => ((7_001 + node).to_string(), DnType::DN_TYPE_ROUTING_POINT),
            Self::Ordinary(_) => (self.queue_name(queue), DnType::DN_TYPE_ACD_QUEUE),
        }
    }

    /// Whether calls wait in virtual queues beside, of which another server tells; else where they wait is the queue.
    pub(super) fn has_virtual_queues(&self) -> bool {
        *self == Self::Cluster
    }

    /// Whether there is an outbound contact server, which has routing points call customers.
    pub(super) fn has_campaigns(&self) -> bool {
        *self == Self::Cluster
    }

    /// Whether calls and telephones are told of on ports of their own.
    pub(super) fn has_two_channels(&self) -> bool {
        *self == Self::Cluster
    }

    /// Whether the events of calls name the agents.
    pub(super) fn names_agents(&self) -> bool {
        matches!(self, Self::Ordinary(_))
    }

    /// How an agent takes part who is reached from where a call waits.
    pub(super) fn role_of_reached(&self) -> ResourceRole {
        if self.has_virtual_queues() { ResourceRole::RoutedTo } else { ResourceRole::DivertedTo }
    }

    /// What has the attempt of a call that is given up where it waits.
    pub(super) fn waiting_device(&self) -> Device {
        if self.has_virtual_queues() { Device::RoutingPoint } else { Device::AcdQueue }
    }

    /// Name of a queue.
    pub(super) fn queue_name(&self, queue: usize) -> String {
        let Some(queue) = QUEUES.get(queue) else { return String::new() };
        if self.has_virtual_queues() { queue.name.to_owned() } else { format!("ACD_{}", queue.service) }
    }
}
