//! When the units of one day were told of there, and which of them may go on behind it: what is lost of a source reaches those.
//!
//! May name more units than it need, never fewer. Knows places of units; not the units.

use std::collections::{BTreeSet, HashMap};

use buffa::MessageView as _;
use callmart_schema::event::{BodyView, EventView};
use callmart_schema::keys::key;

use crate::stored::Stored;

/// Kinds of events that tell of something that goes on until its end is told.
const OF_WHAT_GOES_ON: [&str; 5] =
    ["call_created", "party_added", "party_state_changed", "party_moved", "virtual_queue_queued"];

/// The spans of one day's units.
#[derive(Debug, Default)]
pub(super) struct Spans {
    /// By the place of the unit: its first and last moment of the day, in microseconds since 1970-01-01 UTC.
    moments_us: Vec<(i64, i64)>,
    /// By key: calls, passes and sessions whose end was not told that day, with the places of their units.
    open: HashMap<i64, u32>,
}

impl Spans {
    /// Takes in an event of the unit at a place.
    pub(super) fn add(&mut self, place: u32, event: &Stored) {
        let at = place as usize;
        if self.moments_us.len() <= at {
            self.moments_us.resize(at + 1, (i64::MAX, i64::MIN));
        }
        if let Some((first_us, last_us)) = self.moments_us.get_mut(at) {
            (*first_us, *last_us) = (event.time_us.min(*first_us), event.time_us.max(*last_us));
        }
        match &*event.kind {
            "call_deleted" | "agent_logout" | "virtual_queue_ended" => {
                self.open.remove(&key_of(event));
            }
            kind if OF_WHAT_GOES_ON.contains(&kind) || kind.starts_with("agent_") || event.is_part() => {
                self.open.insert(key_of(event), place);
            }
            "dn_call" => {
                self.open.entry(event.unit_key).or_insert(place);
            }
            _ => {}
        }
    }

    /// Places of units that were there between two moments, both included, as far as the day tells.
    pub(super) fn between(&self, from_us: i64, to_us: i64) -> BTreeSet<u32> {
        let places = (0_u32..).zip(&self.moments_us);
        let told = places.filter(|(_, (first_us, last_us))| *first_us <= to_us && *last_us >= from_us);
        let begun =
            |place: &&u32| self.moments_us.get(**place as usize).is_some_and(|(first_us, _)| *first_us <= to_us);
        told.map(|(place, _)| place).chain(self.open.values().filter(begun).copied()).collect()
    }

    /// Places of units that may go on behind the day.
    pub(super) fn open(&self) -> impl Iterator<Item = u32> {
        self.open.values().copied()
    }
}

/// Key of what goes on or ends by an event: the pass, the call when it is not the root, else the unit.
fn key_of(event: &Stored) -> i64 {
    if event.kind.starts_with("virtual_queue_") {
        return pass_key(event).unwrap_or(event.unit_key);
    }
    let is_root = event.call.is_empty() || event.root_call.is_empty() || event.root_call == event.call;
    if is_root { event.unit_key } else { key("call", &[&event.call]) }
}

fn pass_key(event: &Stored) -> Option<i64> {
    let id = match EventView::decode_view(&event.bytes).ok()?.body? {
        BodyView::VirtualQueueQueued(b) => b.virtual_queue_id,
        BodyView::VirtualQueueEnded(b) => b.virtual_queue_id,
        _ => return None,
    };
    Some(key("pass", &[event.unit.name(), id]))
}
