//! What may happen to DNs and those who own them, and when: part of a scenario.
//!
//! Does not know how it comes about.

use crate::cluster::t_controller::OwnerRules;

/// Settings of who owns which DN.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Owners {
    /// Rules by which DNs change their owners.
    pub rules: OwnerRules,
    /// What happens when.
    pub schedule: Vec<Scheduled>,
    /// How many things of all kinds happen an hour at random beside the schedule, while somebody is logged in.
    pub random_per_hour: f64,
    /// Who looks on, each a source of its own after the others.
    pub onlookers: Vec<LooksOn>,
}

/// Somebody who looks on from a node (by number), and sees all nodes' DNs as far as the links are up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LooksOn {
    /// A Smart Proxy, with all DNs.
    SmartProxy {
        /// Number of the node.
        node: usize,
    },
    /// A plain client, with the DNs that it registered.
    PlainClient {
        /// Number of the node.
        node: usize,
        /// The DNs.
        dns: Vec<String>,
    },
}

/// Something that happens at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheduled {
    /// When, microseconds since 1970-01-01 UTC.
    pub at_us: i64,
    /// What.
    pub what: Incident,
}

/// Whom something happens to; when nobody fits at that moment, it does not happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// The agent with this EmployeeID.
    Agent(String),
    /// Somebody who is in a call and ready, by the seed.
    Talking,
    /// Somebody who is ready and in no call, by the seed.
    Free,
}

/// What may happen. Nodes are numbered as their data centers and they stand: dc1-node1 is 0, dc1-node2 is 1, dc2-node1 is 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incident {
    /// The telephone's registration comes to another node.
    MoveDn {
        /// Whose telephone.
        who: Who,
        /// Number of the node.
        to: usize,
    },
    /// The link between two nodes is cut.
    CutLink(usize, usize),
    /// The link between two nodes is back.
    MendLink(usize, usize),
    /// The telephone's registration is lost, and with it the session. It registers and the agent logs in again somewhat
    /// later, after the call if there is one.
    RegistrationLost {
        /// Whose telephone.
        who: Who,
        /// Number of the node at which it registers again; none: the one that lost it.
        returns_to: Option<usize>,
    },
    /// Both processes of a node are down. Telephones that are registered there register elsewhere when their registrations have
    /// expired, and their agents log in there. What the node's sources would tell is still handed to its processes.
    NodeDies(usize),
    /// The node is back.
    NodeReturns(usize),
    /// The agent logs in on a second DN and works there; the session on the first one is left for some minutes.
    SecondDn {
        /// Who.
        who: Who,
    },
    /// Another agent logs in on the DN a second after this one has logged out of it.
    Successor {
        /// Who goes.
        who: Who,
    },
}
