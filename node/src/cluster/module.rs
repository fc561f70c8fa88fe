//! A module of the cluster that has a port: what the port is called, what a collector takes it for, and what is told there.
//!
//! What each one tells stands in its own file. Does not know nodes' names, nor who listens.

use callmart_schema::event::Body;

use super::{contact_server, interaction_proxy, t_controller, vq_server};
use crate::playback::Role;
use crate::world::Teller;

/// A module with a port.
#[derive(Debug, Clone, Copy)]
pub struct Module {
    /// Name of its port, which is the second half of its sources' names.
    pub port: &'static str,
    /// What a collector takes it for.
    pub role: Role,
    /// Whether it tells of something that happened on its node.
    pub tells: fn(&Body) -> bool,
}

/// The modules whose ports make up all that a cluster tells to those who collect. Each thing that happens is told by one.
pub const MODULES: [Module; 4] =
    [interaction_proxy::MODULE, t_controller::port::MODULE, vq_server::MODULE, contact_server::MODULE];

/// The module that tells of something; none for what no part of a cluster tells.
#[must_use]
pub fn of(body: &Body) -> Option<&'static Module> {
    MODULES.iter().find(|module| (module.tells)(body))
}

impl Module {
    /// The source that its port is on a node of a switch, for a tenant.
    #[must_use]
    pub fn teller(&self, node: &str, switch: &str, tenant: &str) -> Teller {
        let name = format!("{node}/{}", self.port);
        Teller { name, switch: switch.to_owned(), tenant: tenant.to_owned(), role: self.role }
    }
}
