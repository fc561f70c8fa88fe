//! The Interaction Proxy: tells of the calls that live on its node, with their parties and data, and never of an agent.

use callmart_schema::event::Body;

use super::module::Module;
use crate::playback::Role;

/// The module.
pub const MODULE: Module = Module { port: "IPport", role: Role::IProxy, tells };

fn tells(body: &Body) -> bool {
    matches!(
        body,
        Body::CallCreated(_)
            | Body::CallDataChanged(_)
            | Body::CallDeleted(_)
            | Body::PartyAdded(_)
            | Body::PartyStateChanged(_)
            | Body::PartyMoved(_)
            | Body::PartyDeleted(_)
            | Body::RouteResult(_)
            | Body::TreatmentChanged(_)
            | Body::UserDataChanged(_)
            | Body::UserEvent(_)
    )
}
