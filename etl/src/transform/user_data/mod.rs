//! User data of an interaction: what was set on which call, when and by whom, as far as the mapping has a place for it.
//!
//! Which of it an attempt has is decided in `rules`, the rows are made in `rows`. Does not know where settings come from.

mod rows;
mod rules;

use callmart_schema::event::{UserDataChangedView, UserDataOrigin, UserEventView};

pub(super) use rows::{Owner, rows};
pub(super) use rules::Holder;

use super::call::Calls;
use crate::mapping::Mapping;

/// Changes of user data in the order of events.
#[derive(Debug, Default)]
pub(super) struct UserData<'a> {
    changes: Vec<Change<'a>>,
}

/// One key was set, or removed when it has no value.
#[derive(Debug, Clone, Copy)]
struct Change<'a> {
    at_us: i64,
    call: &'a str,
    /// Party UUID of the party that did it, where known.
    party: &'a str,
    /// Its DN, where known.
    dn: &'a str,
    /// Place of the key in the mapping.
    key: usize,
    value: Option<&'a str>,
}

impl<'a> UserData<'a> {
    /// Data of a call changed. What stood among reasons or extensions is no user data, whatever its name.
    pub(super) fn change(&mut self, at_us: i64, told: &UserDataChangedView<'a>, mapping: &Mapping) {
        if told.origin.as_known() != Some(UserDataOrigin::USER_DATA_ORIGIN_USER_DATA) {
            return;
        }
        let (call, party, dn) = (told.call, told.party, told.dn);
        let set = told.set.iter().map(|kv| (kv.key, Some(kv.value)));
        for (key, value) in set.chain(told.removed.iter().map(|key| (*key, None))) {
            let change = |key| Change { at_us, call, party, dn, key, value };
            self.changes.extend(mapping.place_of(key).map(change));
        }
    }

    /// A desktop told something of a call: as if the party on that DN had set it on the call.
    pub(super) fn user_event(&mut self, at_us: i64, told: &UserEventView<'a>, mapping: &Mapping) {
        let call = if told.call.is_empty() { told.root_call } else { told.call };
        for kv in told.data.iter() {
            let change = |key| Change { at_us, call, party: "", dn: told.dn, key, value: Some(kv.value) };
            self.changes.extend(mapping.place_of(kv.key).map(change));
        }
    }

    /// Finds out who set what only a DN is told of, and leaves out what came later than so long after the end of its call.
    pub(super) fn settle(&mut self, calls: &Calls<'a>, timeout_us: i64) {
        self.changes.retain_mut(|change| {
            if change.party.is_empty() {
                change.party = party_on(calls, change);
            } else if let Some(party) = calls.place_of(change.party).and_then(|place| calls.parties.get(place)) {
                // One that went over to another call may have got another id there.
                change.party = party.id;
            }
            let ended_us = calls.call(change.call).and_then(|call| call.ended_us);
            ended_us.is_none_or(|ended_us| change.at_us <= ended_us.saturating_add(timeout_us))
        });
    }
}

/// The party on the DN in the call: of several the one that came last before the moment, else the first.
fn party_on<'a>(calls: &Calls<'a>, change: &Change<'a>) -> &'a str {
    if change.dn.is_empty() {
        return "";
    }
    let is_there = |p: &&super::party::Party<'a>| p.dn == change.dn && p.stays().any(|stay| stay.call == change.call);
    let on_dn = || calls.parties.iter().filter(is_there);
    let before = on_dn().rfind(|p| p.start_us() <= change.at_us);
    before.or_else(|| on_dn().next()).map_or("", |party| party.id)
}
