//! What a T-controller's port tells: the DNs that its node owns, who is logged in on them and what they said, and the calls on
//! them, wherever those live, with the data that they set there.

use callmart_schema::event::Body;

use crate::cluster::module::Module;
use crate::playback::Role;

/// The module.
pub const MODULE: Module = Module { port: "TCport", role: Role::TController, tells };

fn tells(body: &Body) -> bool {
    matches!(
        body,
        Body::DnServiceChanged(_)
            | Body::AgentLogin(_)
            | Body::AgentLogout(_)
            | Body::AgentReady(_)
            | Body::AgentNotReady(_)
            | Body::DoNotDisturbChanged(_)
            | Body::DnCall(_)
            | Body::UserDataChanged(_)
            | Body::UserEvent(_)
    )
}
