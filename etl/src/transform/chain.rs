//! Chains: from which party each party of an interaction came, so that mediation and hand-overs follow the right one when
//! several calls interleave.
//!
//! Knows parties; not what an attempt is.

use callmart_schema::event::{DnType, PartyRole};

use super::call::Calls;
use super::party::Party;
use super::resource::{Part, part};

/// How the parties that take part followed from one another, by their places among the interaction's parties.
#[derive(Debug)]
pub(super) struct Chain {
    came_from: Vec<Option<usize>>,
    led_on: Vec<bool>,
    last_ivr: Vec<Option<usize>>,
}

impl Chain {
    /// Whoever brought a party was told with it, or else is who came into its call last before it, unless the call went on
    /// waiting there. Whoever asks for a consultation comes from nobody.
    pub(super) fn of(calls: &Calls<'_>) -> Self {
        let parties = &calls.parties;
        let mut chain =
            Self { came_from: vec![], led_on: vec![false; parties.len()], last_ivr: Vec::with_capacity(parties.len()) };
        for (place, party) in parties.iter().enumerate() {
            let from = chain.origin_of(calls, place, party);
            if let Some(from) = from.filter(|_| takes_part(party)) {
                chain.led_on[from] = true;
            }
            let is_ivr = |from: &usize| parties.get(*from).is_some_and(|p| p.dn_type == DnType::DN_TYPE_IVR_PORT);
            let before = from.and_then(|from| chain.last_ivr.get(from).copied().flatten());
            chain.last_ivr.push(from.filter(is_ivr).or(before));
            chain.came_from.push(from);
        }
        chain
    }

    /// Always an earlier party, so that chains end.
    fn origin_of(&self, calls: &Calls<'_>, place: usize, party: &Party<'_>) -> Option<usize> {
        let takes_part_at = |at: usize| calls.parties.get(at).is_some_and(takes_part);
        let parent = calls.place_of(party.parent).filter(|at| *at < place && takes_part_at(*at));
        if parent.is_some() || calls.asked_for_consult(party) {
            return parent.filter(|_| !calls.asked_for_consult(party));
        }
        let before = party.before.filter(|at| *at < place)?;
        let still_waits = calls.parties.get(before).is_some_and(|p| was_waiting_beside(p, party));
        if takes_part_at(before) && !still_waits { Some(before) } else { self.came_from(before) }
    }

    /// The party that a party came from; an earlier one.
    pub(super) fn came_from(&self, place: usize) -> Option<usize> {
        self.came_from.get(place).copied().flatten()
    }

    /// Whether another party came from it.
    pub(super) fn led_on(&self, place: usize) -> bool {
        self.led_on.get(place).copied().unwrap_or_default()
    }

    /// The last IVR in the chain before a party.
    pub(super) fn last_ivr(&self, place: usize) -> Option<usize> {
        self.last_ivr.get(place).copied().flatten()
    }
}

/// Whether a call waited in a queue or routing point, as that was told, and went on waiting there when the party was heard of
/// first: what is distributed from there is gone from it. By the order in which it was told, for clocks may disagree.
fn was_waiting_beside(device: &Party<'_>, party: &Party<'_>) -> bool {
    let is_told = device.left && !device.is_estimated;
    party.is_beside && part(device.dn_type) == Part::Mediation && is_told
}

/// Outside parties and observers make no attempts.
pub(super) fn takes_part(party: &Party<'_>) -> bool {
    part(party.dn_type) != Part::Outside && party.role != PartyRole::PARTY_ROLE_OBSERVER
}
