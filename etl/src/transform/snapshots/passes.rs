//! Passes through virtual queues of which nothing was told: what a call's own events say of its waits, against what is lost.
//!
//! A source that told of no pass of a call is none of those that tell of it; that it should have told is known from the call
//! alone. Does not know which source tells of which queue.

use std::collections::{BTreeMap, BTreeSet};

use callmart_schema::event::{BodyView, DnType, PartyState};

use super::Opened;
use crate::coverage::Coverage;
use crate::settings::VIRTUAL_QUEUES;

/// A party's wait at a routing point.
#[derive(Default)]
struct Wait<'a> {
    from_us: i64,
    to_us: Option<i64>,
    /// Passes that it was routed from.
    named: Vec<&'a str>,
}

impl Wait<'_> {
    fn from(from_us: i64) -> Self {
        Self { from_us, ..Self::default() }
    }
}

/// Whether anything is lost of what sources tell of virtual queues while a party waited at a routing point, and no pass begins in
/// that wait, or one that it was routed from is not told.
pub(super) fn is_any_lost(events: &[Opened<'_>], coverage: &Coverage) -> bool {
    let are_queues_lost = |from_us, to_us| coverage.is_lost_of(VIRTUAL_QUEUES, from_us, to_us);
    if !are_queues_lost(i64::MIN, i64::MAX) {
        return false;
    }
    let mut calling: BTreeSet<&str> = BTreeSet::new();
    let mut waits: BTreeMap<&str, Wait<'_>> = BTreeMap::new();
    let mut passes: BTreeSet<(i64, &str)> = BTreeSet::new();
    for event in events {
        match &event.body {
            BodyView::PartyAdded(b) if b.dn_type.as_known() == Some(DnType::DN_TYPE_ROUTING_POINT) => {
                // Nobody waits at one that calls until there is an answer.
                if b.state.as_known() == Some(PartyState::PARTY_STATE_DIALING) {
                    calling.insert(b.party);
                } else {
                    waits.insert(b.party, Wait::from(event.at_us));
                }
            }
            BodyView::PartyStateChanged(b) if calling.remove(b.party) => {
                waits.insert(b.party, Wait::from(event.at_us));
            }
            BodyView::RouteResult(b) => {
                if let Some(wait) = waits.get_mut(b.party) {
                    wait.named.extend(b.virtual_queue_ids.iter().copied());
                }
            }
            BodyView::PartyDeleted(b) => {
                if let Some(wait) = waits.get_mut(b.party) {
                    wait.to_us.get_or_insert(event.at_us);
                }
            }
            BodyView::VirtualQueueQueued(b) => drop(passes.insert((event.at_us, b.virtual_queue_id))),
            _ => {}
        }
    }
    let is_incomplete = |wait: &&Wait<'_>| {
        let to_us = wait.to_us.unwrap_or(i64::MAX);
        let is_told = |id: &&str| passes.iter().any(|(_, known)| known == id);
        let begins = |at_us: i64| (wait.from_us..=to_us).contains(&at_us);
        !wait.named.iter().all(is_told) || !passes.iter().any(|(at_us, _)| begins(*at_us))
    };
    waits.values().filter(is_incomplete).any(|wait| are_queues_lost(wait.from_us, wait.to_us.unwrap_or(wait.from_us)))
}
