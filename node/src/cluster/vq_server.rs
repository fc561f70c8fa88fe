//! The server of virtual queues of a data center: tells of the passes of calls through them, whatever node the calls live on.

use callmart_schema::event::Body;

use super::module::Module;
use crate::playback::Role;

/// The module.
pub const MODULE: Module = Module { port: "VQport", role: Role::VirtualQueue, tells };

fn tells(body: &Body) -> bool {
    matches!(body, Body::VirtualQueueQueued(_) | Body::VirtualQueueEnded(_))
}
