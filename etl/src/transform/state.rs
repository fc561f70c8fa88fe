//! States of a handling resource on an interaction, after-call work among them; queues and routing points have none.
//!
//! Which state belongs to which family is decided in `family`.

use callmart_schema::catalogue::statics::{
    IxnState, IxnStateDescriptor, IxnStateRole, ResourceRole, interaction_resource_state_key,
};
use callmart_schema::catalogue::{InteractionResourceFact, IxnResourceStateFact};
use callmart_schema::event::PartyState;
use callmart_schema::keys::key;

use super::attempt::Attempt;
use super::completeness::Completeness;
use super::family::Family;
use super::interaction::Span;
use super::resource::Part;
use super::rows::{Rows, Ties};

/// Adds the rows of an attempt's states. After-call work may begin on a day on which the interaction itself has no event.
pub(super) fn rows(attempt: &Attempt<'_>, row: &InteractionResourceFact, is_lost: bool, rows: &mut Rows) {
    if attempt.part == Part::Mediation {
        return;
    }
    let mut ties = Ties::new();
    let last = attempt.pieces.len().saturating_sub(1);
    let pieces = attempt.pieces.iter().enumerate().filter_map(|(place, piece)| {
        let is_estimated = attempt.party.is_estimated && place == last;
        let completeness = Completeness::of(is_lost, is_estimated);
        Some((state_of(piece.state)?, descriptor(piece.family), Span::of(piece.from_us, piece.to_us), completeness))
    });
    let wraps = attempt
        .wraps
        .iter()
        .map(|(from_us, to_us)| (IxnState::Wrap, IxnStateDescriptor::None, Span::of(*from_us, *to_us)))
        .map(|(state, descriptor, span)| (state, descriptor, span, Completeness::of(is_lost, false)));
    for (state, descriptor, span, completeness) in pieces.chain(wraps) {
        let (root, party) = (&*row.media_server_root_ixn_guid, attempt.party.id);
        let tie = ties.next((state, span.start_ms));
        let parts = [root, party, &format!("{state:?}"), &span.start_ms.to_string(), &tie];
        rows.ixn_resource_state_fact.push(IxnResourceStateFact {
            ixn_resource_state_fact_key: key("ixn_resource_state", &parts),
            unit_key: row.unit_key,
            tenant_key: row.tenant_key,
            media_type_key: row.media_type_key,
            resource_key: row.resource_key,
            media_resource_key: row.media_resource_key,
            place_key: row.place_key,
            interaction_resource_state_key: interaction_resource_state_key(state, role(attempt), descriptor),
            interaction_type_key: row.interaction_type_key,
            interaction_resource_id: row.interaction_resource_id,
            interaction_resource_sdt_key: row.start_date_time_key,
            target_address: row.target_address.clone(),
            start_ts: span.start_ts,
            end_ts: span.end_ts,
            start_date_time_key: span.start_date_time_key,
            end_date_time_key: span.end_date_time_key,
            start_ms: span.start_ms,
            end_ms: span.end_ms,
            total_duration: span.seconds(),
            active_flag: 0,
            revision: 0,
            completeness: completeness.code(),
        });
    }
}

/// Callers initiate, everybody else receives.
fn role(attempt: &Attempt<'_>) -> IxnStateRole {
    match attempt.role {
        ResourceRole::Initiated | ResourceRole::InitiatedConsult => IxnStateRole::Initiator,
        _ => IxnStateRole::Receiver,
    }
}

fn state_of(state: PartyState) -> Option<IxnState> {
    match state {
        PartyState::PARTY_STATE_INITIATED | PartyState::PARTY_STATE_DIALING => Some(IxnState::Initiate),
        PartyState::PARTY_STATE_ALERTING => Some(IxnState::Alert),
        PartyState::PARTY_STATE_CONNECTED => Some(IxnState::Connect),
        PartyState::PARTY_STATE_HELD => Some(IxnState::Hold),
        _ => None,
    }
}

fn descriptor(family: Family) -> IxnStateDescriptor {
    match family {
        Family::Plain => IxnStateDescriptor::None,
        Family::ConsultInitiated | Family::ConsultReceived => IxnStateDescriptor::Consult,
        Family::PostTransfer => IxnStateDescriptor::PostTransfer,
        Family::ConferenceInitiated | Family::ConferenceJoined => IxnStateDescriptor::Conference,
    }
}
