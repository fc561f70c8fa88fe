//! When the units of one day were told of there, and which of them may go on behind it: what is lost of a source reaches those.
//!
//! May name more units than it need, never fewer. Knows places of units; not the units.

use std::collections::{BTreeSet, HashMap};

use buffa::MessageView as _;
use callmart_schema::event::{BodyView, EventView};
use callmart_schema::keys::key;

use crate::snapshot::head_of;
use crate::stored::{Stored, day_of_us};

/// Kinds of events that tell of something that goes on until its end is told.
const OF_WHAT_GOES_ON: [&str; 5] =
    ["call_created", "party_added", "party_state_changed", "party_moved", "virtual_queue_queued"];

/// The spans of one day's units.
#[derive(Debug, Default)]
pub(super) struct Spans {
    /// By the place of the unit: its first moment of the day and the last that the day's events depend on, in microseconds since
    /// 1970-01-01 UTC.
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
            (*first_us, *last_us) = (event.time_us.min(*first_us), until_us(event).max(*last_us));
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
    pub(super) fn open(&self) -> BTreeSet<u32> {
        let goes_on = |(_, (first_us, last_us)): &(u32, &(i64, i64))| day_of_us(*first_us) < day_of_us(*last_us);
        let told = (0_u32..).zip(&self.moments_us).filter(goes_on).map(|(place, _)| place);
        told.chain(self.open.values().copied()).collect()
    }
}

/// Until when what an event tells depends on what else is heard: what a snapshot says of a unit counts where anything is lost
/// between the unit's first moment and the snapshot's, be the unit over by then or not.
fn until_us(event: &Stored) -> i64 {
    let holds_us = event.is_part().then(|| head_of(event)).flatten().map(|head| head.at_us);
    event.time_us.max(holds_us.unwrap_or(event.time_us))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::taken_apart;
    use crate::stored::Texts;
    use crate::transform::tests::build::{CALLS, Call, RELEASED, snapshot, stored, us};

    #[test]
    fn what_is_lost_between_a_calls_end_and_a_snapshot_that_names_the_call_reaches_it() {
        let call = Call::inbound("c1").ivr(0.0, 5.0, RELEASED).ends(5.0);
        let said = snapshot(CALLS, (0, 6), 100.0, &Call::inbound("c1").events, (false, &[]));
        let mut spans = Spans::default();
        call.events.iter().for_each(|event| spans.add(0, &stored(event)));
        assert!(spans.between(us(20.0), us(30.0)).is_empty(), "it is over");
        let parts = taken_apart(&mut Texts::default(), stored(&said));
        parts.iter().filter(|part| part.is_part()).for_each(|part| spans.add(0, part));
        assert_eq!(spans.between(us(20.0), us(30.0)), BTreeSet::from([0]));
        assert!(spans.between(us(101.0), us(200.0)).contains(&0), "a part says that it goes on");
        spans.add(0, &stored(&call.events[call.events.len() - 1]));
        assert_eq!(spans.between(us(20.0), us(30.0)), BTreeSet::from([0]), "also when its end is told last");
        assert!(spans.open().is_empty());
    }
}
