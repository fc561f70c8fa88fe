//! What is known of the events of one UTC day: their identities, their units, and where calls were delivered when.
//!
//! A page can be dropped and read again from the archive at any time. Knows one day; not which days are in memory.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::identities::Identities;
use super::spans::Spans;
use buffa::MessageView as _;
use callmart_schema::event::{BodyView, DnType, EventView};

use crate::stored::{Place, Stored};

/// Microseconds of a day.
pub(super) const DAY_US: i64 = 86_400_000_000;
/// Bits of a moment that say which unit; the others say when on the day.
const UNIT_BITS: u32 = 27;

/// A place of a log: key of the log's name, segment, offset.
type LogPlace = (u64, u64, u64);

/// One day's page.
#[derive(Debug)]
pub(super) struct Page {
    /// Whether everything that the archive holds of the day is here.
    pub(super) is_whole: bool,
    /// When it was needed last, in the count of its owner.
    pub(super) used: u64,
    day: i32,
    identities: Identities,
    /// Places of units among the keys.
    places: HashMap<i64, u32>,
    keys: Vec<i64>,
    /// Those of which rows are made.
    with_rows: Vec<i64>,
    /// By keys of switch and DN, which is empty where the event did not name it: moments of party events, each with its unit.
    deliveries: HashMap<(u64, u64), Moments>,
    /// Records of sessions; they have no other identity.
    records: HashSet<LogPlace>,
    spans: Spans,
}

/// Moments packed into one number each: when on the day, then which unit.
#[derive(Debug, Default)]
struct Moments {
    packed: Vec<u64>,
    is_sorted: bool,
}

/// Where moments are looked for: a switch, and DNs on it or everywhere.
#[derive(Debug, Clone, Copy)]
pub(super) struct Where<'a> {
    pub(super) switch: &'a str,
    pub(super) dns: Option<[&'a str; 2]>,
}

impl Page {
    /// The page of a day; `is_whole` when the archive holds nothing of it.
    pub(super) fn new(day: i32, is_whole: bool) -> Self {
        Self {
            is_whole,
            used: 0,
            day,
            identities: Identities::default(),
            places: HashMap::new(),
            keys: Vec::new(),
            with_rows: Vec::new(),
            deliveries: HashMap::new(),
            records: HashSet::new(),
            spans: Spans::default(),
        }
    }

    /// Adds an event; `term` is that of its identity. What is known already stays.
    pub(super) fn add(&mut self, term: u32, event: &Stored) {
        let unit = self.place_of(event);
        let stored = self.identities.get(term, event.identity.seq);
        if stored.is_some_and(|(hash, _)| hash == event.content_hash) {
            return;
        }
        self.identities.add(term, event.identity.seq, event.content_hash, unit);
        self.spans.add(unit, event);
        if may_deliver(event) {
            self.add_delivery(unit, event, &event.dn, event.time_us);
        }
        for (dn, at_us) in delivered_by_part(event) {
            self.add_delivery(unit, event, &dn, at_us);
        }
    }

    fn add_delivery(&mut self, unit: u32, event: &Stored, dn: &str, at_us: i64) {
        let place = (key_of(&event.switch), key_of(dn));
        let at_us = at_us.saturating_sub(i64::from(self.day).saturating_mul(DAY_US)).clamp(0, DAY_US - 1);
        self.deliveries.entry(place).or_default().add((at_us as u64) << UNIT_BITS | u64::from(unit));
    }

    /// Units that were there between two moments, both included, as far as the day tells.
    pub(super) fn there(&self, from_us: i64, to_us: i64) -> Vec<i64> {
        self.named(self.spans.between(from_us, to_us))
    }

    /// Units that may go on behind the day.
    pub(super) fn open_units(&self) -> Vec<i64> {
        self.named(self.spans.open())
    }

    fn named(&self, places: impl IntoIterator<Item = u32>) -> Vec<i64> {
        places.into_iter().filter_map(|place| self.keys.get(place as usize).copied()).collect()
    }

    /// Adds a record of a session; tells whether it was not known.
    pub(super) fn add_record(&mut self, place: &Place) -> bool {
        self.records.insert((key_of(&place.log), place.segment, place.offset))
    }

    fn place_of(&mut self, event: &Stored) -> u32 {
        let next = self.keys.len() as u32;
        let place = *self.places.entry(event.unit_key).or_insert(next);
        if place == next {
            self.keys.push(event.unit_key);
            self.with_rows.extend(event.unit.has_rows().then_some(event.unit_key));
        }
        place
    }

    /// Hash and unit of the event that stands under a number.
    pub(super) fn event(&self, term: u32, seq: u64) -> Option<(i64, i64)> {
        let (hash, unit) = self.identities.get(term, seq)?;
        Some((hash, *self.keys.get(unit as usize)?))
    }

    /// Whether the unit has events on the day.
    pub(super) fn has_unit(&self, unit: i64) -> bool {
        self.places.contains_key(&unit)
    }

    /// Every unit that has events on the day and of which rows are made.
    pub(super) fn units(&self) -> &[i64] {
        &self.with_rows
    }

    /// Units delivered there between two moments, both included.
    pub(super) fn delivered(&mut self, at: Where<'_>, from_us: i64, to_us: i64) -> Vec<i64> {
        let start_us = i64::from(self.day).saturating_mul(DAY_US);
        let (from_us, to_us) = (from_us.saturating_sub(start_us), to_us.saturating_sub(start_us));
        if from_us > to_us || from_us >= DAY_US || to_us < 0 {
            return Vec::new();
        }
        let (from, to) = (from_us.max(0) as u64, to_us.min(DAY_US - 1) as u64);
        let (first, last) = (from << UNIT_BITS, to << UNIT_BITS | ((1 << UNIT_BITS) - 1));
        let (mut units, switch) = (Vec::new(), key_of(at.switch));
        let keys = &self.keys;
        let mut collect = |moments: &mut Moments| {
            let places = moments.between(first, last).iter().map(|m| (m & ((1 << UNIT_BITS) - 1)) as usize);
            units.extend(places.filter_map(|place| keys.get(place).copied()));
        };
        match at.dns {
            Some(dns) => {
                for dn in dns {
                    self.deliveries.get_mut(&(switch, key_of(dn))).into_iter().for_each(&mut collect);
                }
            }
            None => {
                let on_switch = self.deliveries.iter_mut().filter(|((of, _), _)| *of == switch);
                on_switch.for_each(|(_, moments)| collect(moments));
            }
        }
        units.sort_unstable();
        units.dedup();
        units
    }
}

impl Moments {
    fn add(&mut self, moment: u64) {
        self.is_sorted = self.packed.last().is_none_or(|last| *last <= moment && self.is_sorted);
        self.packed.push(moment);
    }

    fn between(&mut self, first: u64, last: u64) -> &[u64] {
        if !self.is_sorted {
            self.packed.sort_unstable();
            self.is_sorted = true;
        }
        let (from, to) = (self.packed.partition_point(|m| *m < first), self.packed.partition_point(|m| *m <= last));
        self.packed.get(from..to).unwrap_or_default()
    }
}

/// Key of the name of a switch, a DN or a log, in this process only.
fn key_of(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

/// Whether the event may be a delivery to a DN. Without its number only a change of state may: a party that joins without
/// one has none, and one that leaves delivers nothing. Calls indexed without a DN are folded again by every login near them.
/// Nobody logs in where the party outside is.
fn may_deliver(event: &Stored) -> bool {
    event.kind.starts_with("party_")
        && (!event.dn.is_empty() || &*event.kind == "party_state_changed")
        && !is_outside(event)
}

/// Where and when a snapshot says that somebody was reached; its parts tell of the day on which they stand.
fn delivered_by_part(event: &Stored) -> Vec<(String, i64)> {
    if !event.is_part() {
        return Vec::new();
    }
    let Some(BodyView::Snapshot(snapshot)) = EventView::decode_view(&event.bytes).ok().and_then(|e| e.body) else {
        return Vec::new();
    };
    let delivery = |entity: &EventView<'_>| match &entity.body {
        Some(BodyView::PartyAdded(b)) if b.dn_type.as_known() != Some(DnType::DN_TYPE_EXTERNAL) => {
            Some((b.dn.to_owned(), entity.time_us))
        }
        _ => None,
    };
    snapshot.entities.iter().filter_map(delivery).collect()
}

fn is_outside(event: &Stored) -> bool {
    if &*event.kind != "party_added" {
        return false;
    }
    let body = EventView::decode_view(&event.bytes).ok().and_then(|e| e.body);
    matches!(body, Some(BodyView::PartyAdded(b)) if b.dn_type.as_known() == Some(DnType::DN_TYPE_EXTERNAL))
}
