//! What a script's sources do not tell, though it happens: single events of a step, or everything of a data center that is lost.
//!
//! It gets no number either: a source that does not tell has no hole. Knows kinds of events; not why they are missing.

use callmart_schema::event::{Body, subject};

use super::{NODES, Script, Source};

/// The word for all kinds of events.
pub const EVERYTHING: &str = "everything";

/// Events that are not told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untold {
    /// Kind, such as `party_added`, or [`EVERYTHING`].
    pub kind: String,
    /// Number of the device or UUID of the call that they are about; empty: whatever it is.
    pub of: String,
}

impl Untold {
    fn is(&self, body: &Body) -> bool {
        let about = subject(body);
        let is_kind = self.kind == EVERYTHING || self.kind == about.kind;
        is_kind && (self.of.is_empty() || [about.dn, about.call].contains(&self.of.as_str()))
    }
}

impl Script {
    /// From now on these are not told; nothing more is when there are none.
    pub fn keep_silent(&mut self, about: Vec<Untold>) {
        self.untold = about;
    }

    /// A data center is lost: its sources tell nothing any more, and the links of its nodes are cut.
    pub fn lose(&mut self, center: &str) {
        let is_of = |name: &str| name.starts_with(center);
        let (lost, left): (Vec<usize>, Vec<usize>) = (0..NODES.len()).partition(|node| is_of(node_name(*node)));
        for (node, other) in lost.iter().flat_map(|node| left.iter().map(move |other| (*node, *other))) {
            self.cut(node, other);
        }
        self.sources.iter_mut().filter(|source| is_of(&source.name)).for_each(|source| source.is_lost = true);
    }

    /// Whether a source tells of something.
    pub(super) fn is_told(&self, source: &Source, body: &Body) -> bool {
        !source.is_lost && !self.untold.iter().any(|untold| untold.is(body))
    }
}

/// Whether there are events of a kind.
#[must_use]
pub fn is_kind(name: &str) -> bool {
    KINDS.contains(&name) || name == EVERYTHING
}

/// Name of a node; empty for the ordinary SIP Server.
pub(super) fn node_name(node: usize) -> &'static str {
    NODES.get(node).copied().unwrap_or_default()
}

/// Kinds of events that a script tells.
const KINDS: [&str; 17] = [
    "call_created",
    "call_deleted",
    "party_added",
    "party_state_changed",
    "party_moved",
    "party_deleted",
    "route_result",
    "user_data_changed",
    "user_event",
    "virtual_queue_queued",
    "virtual_queue_ended",
    "agent_login",
    "agent_logout",
    "agent_ready",
    "agent_not_ready",
    "dn_call",
    "dn_service_changed",
];
