//! The outbound contact server of a cluster: tells what became of the attempts at its contacts, whatever node the calls lived on.

use callmart_schema::event::Body;

use super::module::Module;
use crate::playback::Role;

/// The module.
pub const MODULE: Module = Module { port: "OCSport", role: Role::Outbound, tells };

fn tells(body: &Body) -> bool {
    matches!(body, Body::OutboundRecord(_))
}
