//! What is always so in a center, however it is built: its queues, what each agent can do, its desks. Nothing here moves.

use super::day;
use super::dist;
use super::rng::{Purpose, Rng};
use super::settings::{MAX_AGENTS, TrafficSettings};

/// Up to this many agents, everybody can serve every queue.
const SMALL_CENTER_AGENTS: u32 = 20;
/// IVR ports of a data center.
const IVR_PORTS: u64 = 500;
/// Number of the routing point of the first node from which customers are called.
const FIRST_CALLING_POINT: usize = 7_101;
/// Queue in which customers wait whom the campaign called: what is sold is sold by who sells.
pub(super) const CAMPAIGN_QUEUE: usize = 0;
/// Number of the first node's voicemail box.
const FIRST_VOICEMAIL_BOX: usize = 7_501;

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
        id: settings.site.employee(agent),
        center: agent as usize % settings.site.centers(),
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
    /// The node that owns it.
    pub(super) node: usize,
    /// Number of its telephone,
    pub(super) dn: u64,
    /// with so many digits.
    pub(super) digits: usize,
}

impl Desk {
    /// Number of its telephone.
    pub(super) fn dn(&self) -> String {
        format!("{:0digits$}", self.dn, digits = self.digits)
    }
}

/// Number of a node's routing point from which customers are called.
pub(super) fn calling_point(node: usize) -> String {
    (FIRST_CALLING_POINT + node).to_string()
}

/// Number of a node's voicemail box.
pub(super) fn voicemail_box(node: usize) -> String {
    (FIRST_VOICEMAIL_BOX + node).to_string()
}

/// Number of the IVR port that a node's call gets.
pub(super) fn ivr_port(center: usize, call: u64) -> String {
    (80_001 + center as u64 * 1_000 + call % IVR_PORTS).to_string()
}
