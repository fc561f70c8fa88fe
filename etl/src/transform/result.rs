//! Roles and results: how a party came to be involved in an interaction, and how its attempt ended.
//!
//! The rules stand here, each behind one function. Does not know the columns of the facts.

use std::collections::HashSet;

use callmart_schema::catalogue::statics::{Outcome, ResourceRole};
use callmart_schema::event::{DnType, PartyEnd, PartyRole, PartyState};

use super::attempt::Attempt;
use super::call::Calls;
use super::party::{MoveKind, Party};
use super::resource::{Part, part};

/// What the rules look at beside the party: what became of others in its calls.
pub(super) struct Company<'a> {
    calls: &'a Calls<'a>,
    /// Calls with anybody outside on them.
    with_customer: HashSet<&'a str>,
    /// Calls in which a party was busy.
    with_busy: HashSet<&'a str>,
}

impl<'a> Company<'a> {
    pub(super) fn of(calls: &'a Calls<'a>) -> Self {
        let outside = calls.parties.iter().filter(|p| part(p.dn_type) == Part::Outside);
        let busy = calls.parties.iter().filter(|p| p.end == PartyEnd::PARTY_END_BUSY);
        Self {
            calls,
            with_customer: outside.flat_map(Party::stays).map(|s| s.call).collect(),
            with_busy: busy.map(|p| p.call).collect(),
        }
    }

    /// Whether anybody outside was on the call.
    pub(super) fn has_customer(&self, call: &str) -> bool {
        self.with_customer.contains(call)
    }

    /// How the resource came to be involved: by a consultation, and what became of that; from a queue, a routing point, the
    /// resource before it, or directly.
    pub(super) fn role(
        &self,
        party: &Party<'_>,
        mediation: &[&Party<'_>],
        before: Option<&Attempt<'_>>,
    ) -> ResourceRole {
        let is_mediation = part(party.dn_type) == Part::Mediation;
        if self.calls.is_consult(party.call) {
            return match party.moves.last().map(|m| m.kind) {
                _ if is_mediation => ResourceRole::ReceivedConsult,
                _ if self.calls.asked_for_consult(party) => ResourceRole::InitiatedConsult,
                Some(MoveKind::Transfer) => ResourceRole::ReceivedTransfer,
                Some(MoveKind::Conference) => ResourceRole::InConference,
                None => ResourceRole::ReceivedConsult,
            };
        }
        if is_mediation {
            let has_dialled = party.role == PartyRole::PARTY_ROLE_ORIGINATION;
            return if has_dialled { ResourceRole::Initiated } else { ResourceRole::Received };
        }
        match mediation.last().map(|m| m.dn_type) {
            _ if before.is_some_and(hands_on_a_transfer) => ResourceRole::ReceivedTransfer,
            Some(DnType::DN_TYPE_ACD_QUEUE) => ResourceRole::DivertedTo,
            Some(_) => ResourceRole::RoutedTo,
            None if before.is_some_and(|a| a.outcome == Outcome::Transferred) => ResourceRole::ReceivedTransfer,
            // Whoever takes over an unanswered call came to it as the one before did.
            None if let Some(before) = before.filter(|a| a.was_redirected()) => before.role,
            None if party.role == PartyRole::PARTY_ROLE_ORIGINATION => ResourceRole::Initiated,
            None => ResourceRole::Received,
        }
    }

    /// How the attempt ended.
    pub(super) fn outcome(&self, party: &Party<'_>, role: ResourceRole, led_on: bool) -> Outcome {
        let has_customer = self.has_customer(party.last_call());
        match part(party.dn_type) {
            Part::SelfService if led_on => Outcome::Transferred,
            _ if party.is_closed => Outcome::AbnormalStop,
            // It sent the call where nobody is heard of: outside, or to whom was lost.
            Part::Mediation if party.end == PartyEnd::PARTY_END_DIVERTED => Outcome::Routed,
            Part::Mediation if has_only_dialled(party) => self.unanswered_outcome(party),
            // It let the call go, who was not kept waiting any more: a callback was arranged, a machine answered.
            Part::Mediation if party.released_itself() => Outcome::Completed,
            Part::Mediation => self.abandoned_in(party.last_call()),
            Part::SelfService => Outcome::Completed,
            _ if role == ResourceRole::InitiatedConsult => self.consult_outcome(party),
            _ if self.calls.introduced.contains(party.id) => Outcome::TransferredIntroduced,
            _ if party.was(PartyState::PARTY_STATE_CONNECTED) => handled_outcome(party, has_customer),
            _ if role == ResourceRole::Initiated => self.unanswered_outcome(party),
            _ => unhandled_outcome(party, has_customer),
        }
    }

    /// How a queue of the call is left when the call is given up.
    pub(super) fn abandoned_in(&self, call: &str) -> Outcome {
        if self.has_customer(call) { Outcome::CustomerAbandonedWhileQueued } else { Outcome::AbandonedWhileQueued }
    }

    /// Of the party that asked for a consultation; one that was merged was so whether or not anybody had answered it.
    fn consult_outcome(&self, party: &Party<'_>) -> Outcome {
        match party.end {
            PartyEnd::PARTY_END_TRANSFERRED => Outcome::Transferred,
            PartyEnd::PARTY_END_CONFERENCED => Outcome::Conferenced,
            _ if party.was(PartyState::PARTY_STATE_CONNECTED) => Outcome::Completed,
            _ => self.unanswered_outcome(party),
        }
    }

    /// Of a caller whom nobody answered (reading: giving up an unanswered call is abandoning it, whoever did).
    fn unanswered_outcome(&self, party: &Party<'_>) -> Outcome {
        match party.end {
            PartyEnd::PARTY_END_BUSY | PartyEnd::PARTY_END_FAILED => Outcome::DestinationBusy,
            _ if self.with_busy.contains(party.call) => Outcome::DestinationBusy,
            _ => Outcome::AbandonedWhileRinging,
        }
    }
}

/// Whether a device of mediation called somebody who never answered.
fn has_only_dialled(party: &Party<'_>) -> bool {
    party.was(PartyState::PARTY_STATE_DIALING) && !party.was(PartyState::PARTY_STATE_QUEUED)
}

/// Whether whoever comes after an attempt was reached by a blind transfer: by this attempt's, or by an earlier one's that
/// nobody has answered yet.
fn hands_on_a_transfer(before: &Attempt<'_>) -> bool {
    let is_transfer = before.part == Part::Telephone && before.outcome == Outcome::Transferred;
    is_transfer || (before.was_redirected() && before.role == ResourceRole::ReceivedTransfer)
}

fn handled_outcome(party: &Party<'_>, has_customer: bool) -> Outcome {
    let held = party.stretches().last().is_some_and(|s| s.state == PartyState::PARTY_STATE_HELD);
    match party.end {
        PartyEnd::PARTY_END_TRANSFERRED | PartyEnd::PARTY_END_DIVERTED => Outcome::Transferred,
        PartyEnd::PARTY_END_CONFERENCED => Outcome::Conferenced,
        PartyEnd::PARTY_END_ABANDONED if held && has_customer => Outcome::CustomerAbandonedFromHold,
        PartyEnd::PARTY_END_ABANDONED if held => Outcome::AbandonedFromHold,
        _ => Outcome::Completed,
    }
}

fn unhandled_outcome(party: &Party<'_>, has_customer: bool) -> Outcome {
    match party.end {
        PartyEnd::PARTY_END_REDIRECTED => Outcome::RedirectedOnNoAnswer,
        PartyEnd::PARTY_END_DIVERTED | PartyEnd::PARTY_END_TRANSFERRED => Outcome::Redirected,
        PartyEnd::PARTY_END_BUSY | PartyEnd::PARTY_END_FAILED => Outcome::DestinationBusy,
        _ if has_customer => Outcome::CustomerAbandonedWhileRinging,
        _ => Outcome::AbandonedWhileRinging,
    }
}
