//! The center as it is built: data centers, nodes, virtual queues, numbers, and what each agent can do. Nothing here moves.

use super::day;
use super::dist;
use super::incidents::LooksOn;
use super::rng::{Purpose, Rng};
use super::settings::{MAX_AGENTS, TrafficSettings};
use crate::cluster::session_controller::SessionControllers;
use crate::cluster::t_controller::port;
use crate::cluster::{interaction_proxy, vq_server};
use crate::playback::Role;
use crate::world::Teller;

/// Data centers.
pub(super) const CENTERS: usize = 2;
/// Nodes of a data center.
pub(super) const NODES_PER_CENTER: usize = 2;
/// Nodes.
pub(super) const NODES: usize = CENTERS * NODES_PER_CENTER;
/// Which node a call lives on.
pub(super) const SESSION_CONTROLLERS: SessionControllers =
    SessionControllers { centers: CENTERS, nodes_per_center: NODES_PER_CENTER };
/// Name of the cluster's switch.
pub const SWITCH: &str = "SIPCluster";
/// Name of the switch of the virtual queues.
pub const VQ_SWITCH: &str = "VQSwitch";
/// Up to this many agents, everybody can serve every queue.
const SMALL_CENTER_AGENTS: u32 = 20;
/// First desk number of a data center; the next one's begin as much higher.
const DESKS_PER_CENTER: u32 = 100_000;
/// IVR ports of a data center.
const IVR_PORTS: u64 = 500;

/// A virtual queue and the service behind it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Queue {
    pub(super) name: &'static str,
    /// Value of ServiceType.
    pub(super) service: &'static str,
    /// Values of ServiceSubType.
    pub(super) subtypes: [&'static str; 3],
    /// Number that customers dial.
    pub(super) dnis: &'static str,
    /// Share of the calls.
    share: f64,
}

/// The virtual queues.
pub(super) const QUEUES: [Queue; 6] = [
    Queue {
        name: "VQ_Sales",
        service: "Sales",
        subtypes: ["NewContract", "Upgrade", "Offer"],
        dnis: "08005550100",
        share: 0.22,
    },
    Queue {
        name: "VQ_Support",
        service: "Support",
        subtypes: ["Internet", "Mobile", "Device"],
        dnis: "08005550101",
        share: 0.28,
    },
    Queue {
        name: "VQ_Billing",
        service: "Billing",
        subtypes: ["Invoice", "Payment", "Reminder"],
        dnis: "08005550102",
        share: 0.20,
    },
    Queue {
        name: "VQ_Retention",
        service: "Retention",
        subtypes: ["Cancellation", "Complaint", "Renewal"],
        dnis: "08005550103",
        share: 0.08,
    },
    Queue {
        name: "VQ_Orders",
        service: "Orders",
        subtypes: ["Status", "Change", "Return"],
        dnis: "08005550104",
        share: 0.14,
    },
    Queue {
        name: "VQ_Technical",
        service: "Technical",
        subtypes: ["Outage", "Installation", "Appointment"],
        dnis: "08005550105",
        share: 0.08,
    },
];

/// The queue that a number between 0 and 1 falls on, by the queues' shares.
pub(super) fn queue_at(unit: f64) -> usize {
    dist::place(QUEUES.iter().map(|q| q.share), unit)
}

/// Name of a queue.
pub(super) fn queue_name(queue: usize) -> &'static str {
    QUEUES.get(queue).map_or("", |q| q.name)
}

fn node_name(node: usize) -> String {
    format!("dc{}-node{}", node / NODES_PER_CENTER + 1, node % NODES_PER_CENTER + 1)
}

/// The tellers: each node's two ports, then the virtual-queue servers, then whoever looks on.
pub(super) fn tellers(settings: &TrafficSettings) -> Vec<Teller> {
    let tenant = &settings.tenant;
    let of_node = |node| [interaction_proxy::MODULE, port::MODULE].map(|m| m.teller(&node_name(node), SWITCH, tenant));
    let of_center = |center| vq_server::MODULE.teller(&format!("dc{center}-vq"), VQ_SWITCH, tenant);
    let mut tellers: Vec<Teller> = (0..NODES).flat_map(of_node).chain((1..=CENTERS).map(of_center)).collect();
    for (place, onlooker) in settings.owners.onlookers.iter().enumerate() {
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

/// Place of a node's IPport among the tellers.
pub(super) fn ip_port(node: usize) -> usize {
    node * 2
}

/// Place of a node's TCport among the tellers.
pub(super) fn tc_port(node: usize) -> usize {
    node * 2 + 1
}

/// Place of a data center's virtual-queue server among the tellers.
pub(super) fn vq_port(center: usize) -> usize {
    NODES * 2 + center
}

/// Place of somebody who looks on among the tellers, by the place among those.
pub(super) fn onlooker(place: usize) -> usize {
    NODES * 2 + CENTERS + place
}

/// What is always so of an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    /// EmployeeID.
    pub(super) id: String,
    /// Data center where the agent works.
    pub(super) center: usize,
    /// Queues that the agent serves.
    pub(super) skills: Vec<usize>,
}

/// The agents.
pub(super) fn people(settings: &TrafficSettings) -> Vec<Person> {
    let agents = settings.agents.min(MAX_AGENTS);
    let person = |agent: u32| Person {
        id: format!("E{}", 10_001 + agent),
        center: agent as usize % CENTERS,
        skills: skills(settings.seed, agent, agents),
    };
    (0..agents).map(person).collect()
}

/// One skill by the queues' shares; every other agent has a second one, and some a third.
fn skills(seed: u64, agent: u32, agents: u32) -> Vec<usize> {
    if agents <= SMALL_CENTER_AGENTS {
        return (0..QUEUES.len()).collect();
    }
    let mut rng = Rng::of(seed, Purpose::People, u64::from(agent));
    let mut skills = vec![queue_at(day::spread(agent.wrapping_mul(7)))];
    for chance in [0.6, 0.3] {
        let more = queue_at(rng.unit());
        if rng.chance(chance) && !skills.contains(&more) {
            skills.push(more);
        }
    }
    skills
}

/// A telephone on a desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Desk {
    /// Number within its data center.
    pub(super) number: u32,
    /// Its data center.
    pub(super) center: usize,
}

impl Desk {
    /// Number of its telephone.
    pub(super) fn dn(&self) -> String {
        ((self.center as u32 + 1) * DESKS_PER_CENTER + self.number).to_string()
    }

    /// The node that owns it.
    pub(super) fn node(&self) -> usize {
        self.center * NODES_PER_CENTER + self.number as usize % NODES_PER_CENTER
    }
}

/// Number of the routing point of a node.
pub(super) fn routing_point(node: usize) -> String {
    (7_001 + node).to_string()
}

/// Number of the IVR port that a node's call gets.
pub(super) fn ivr_port(center: usize, call: u64) -> String {
    (80_001 + center as u64 * 1_000 + call % IVR_PORTS).to_string()
}
