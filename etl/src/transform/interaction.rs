//! From the attempts of an interaction to its rows: the interaction, attempts, states and user data.
//!
//! Every duration is the floor of its end minus the floor of its start, so that parts add up. Which attempts there are and
//! how they ended is decided in `attempt`, passages through queues in `mediation`.

use callmart_schema::catalogue::statics::{
    IxnState, IxnStateDescriptor, IxnStateRole, IxnType, MEDIA_VOICE, interaction_resource_state_key,
    technical_descriptor_key,
};
use callmart_schema::catalogue::{
    InteractionFact, InteractionResourceFact, IrfUserDataKeys, IxnResourceStateFact, date_time_key,
};
use callmart_schema::event::{CallType, DnType, PartyState};
use callmart_schema::keys::{NONE, key};

use super::attempt::{Attempt, attempts};
use super::call::Calls;
use super::mediation::{self, Segment};
use super::party::{Party, Stretch, floor_s};
use super::resource::{Part, agent_row, dn_row, part, tenant_row};
use super::rows::Rows;
use super::{Context, Opened};
use crate::unit::Unit;

/// Keys that the rows of one interaction share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keys {
    pub(super) unit_key: i64,
    pub(super) tenant_key: i64,
    pub(super) interaction_id: i64,
    pub(super) interaction_sdt_key: i64,
    pub(super) interaction_type_key: i64,
}

/// A start and an end in the forms that facts carry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) start_ts: i64,
    pub(super) end_ts: i64,
    pub(super) start_date_time_key: i64,
    pub(super) end_date_time_key: i64,
    pub(super) start_ms: i64,
    pub(super) end_ms: i64,
}

impl Span {
    /// From microseconds; an end before its start, of two clocks that disagree, is raised to it.
    pub(super) fn of(start_us: i64, end_us: i64) -> Self {
        let end_us = end_us.max(start_us);
        let (start_ts, end_ts) = (floor_s(start_us), floor_s(end_us));
        Self {
            start_ts,
            end_ts,
            start_date_time_key: date_time_key(start_ts),
            end_date_time_key: date_time_key(end_ts),
            start_ms: start_us.div_euclid(1_000),
            end_ms: end_us.div_euclid(1_000),
        }
    }

    /// Its length in whole seconds.
    pub(super) fn seconds(&self) -> i32 {
        as_i32(self.end_ts - self.start_ts)
    }
}

/// A count or duration as the facts' integers hold it.
pub(super) fn as_i32(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

/// The attempt's key in the number space that attempts and passages share.
pub(super) fn attempt_id(party: &Party<'_>) -> i64 {
    key("interaction_resource", &[party.id])
}

/// Folds an interaction. A call that goes on is in no fact.
pub(super) fn fold(unit: &Unit, events: &[Opened<'_>], context: Context<'_>, rows: &mut Rows) {
    let root = unit.id();
    let calls = Calls::of(root, events);
    let Some(ended_us) = calls.ended_us else { return };
    let span = Span::of(calls.started_us, ended_us);
    let keys = Keys {
        unit_key: unit.key(),
        tenant_key: rows.dimensions.tenant(tenant_row(calls.tenant)),
        interaction_id: key("interaction", &[root]),
        interaction_sdt_key: span.start_date_time_key,
        interaction_type_key: interaction_type(calls.call_type) as i64,
    };
    let attempts = attempts(&calls, context);
    let segments = mediation::segments(&calls, &attempts);
    rows.interaction_fact.push(interaction_row(root, &calls, &attempts, keys, span));
    for (place, attempt) in attempts.iter().enumerate() {
        let row = attempt_row(root, &calls, &attempts, place, &segments, keys, rows);
        user_data_rows(&calls, attempt, &row, rows);
        state_rows(attempt, &row, rows);
        rows.interaction_resource_fact.push(row);
    }
    mediation::rows(&calls, &attempts, &segments, keys, rows);
}

fn interaction_type(call_type: CallType) -> IxnType {
    match call_type {
        CallType::CALL_TYPE_INTERNAL | CallType::CALL_TYPE_CONSULT => IxnType::Internal,
        CallType::CALL_TYPE_INBOUND => IxnType::Inbound,
        CallType::CALL_TYPE_OUTBOUND => IxnType::Outbound,
        CallType::CALL_TYPE_UNKNOWN => IxnType::Unknown,
    }
}

/// Place of the attempt that anchors the interaction: the first that handled it.
fn anchor(attempts: &[Attempt<'_>]) -> Option<usize> {
    attempts.iter().position(Attempt::was_handled)
}

fn interaction_row(root: &str, calls: &Calls<'_>, attempts: &[Attempt<'_>], keys: Keys, span: Span) -> InteractionFact {
    let anchor = anchor(attempts).and_then(|place| attempts.get(place));
    InteractionFact {
        interaction_id: keys.interaction_id,
        unit_key: keys.unit_key,
        tenant_key: keys.tenant_key,
        interaction_type_key: keys.interaction_type_key,
        media_type_key: MEDIA_VOICE,
        media_server_root_ixn_guid: root.to_owned(),
        media_server_ixn_guid: root.to_owned(),
        source_address: text(calls.ani),
        target_address: text(calls.dnis),
        status: 0,
        start_ts: span.start_ts,
        end_ts: span.end_ts,
        start_date_time_key: span.start_date_time_key,
        end_date_time_key: span.end_date_time_key,
        start_ms: span.start_ms,
        end_ms: span.end_ms,
        anchor_id: anchor.map_or(NONE, |a| attempt_id(a.party)),
        anchor_sdt_key: anchor.map_or(NONE, |a| date_time_key(floor_s(a.start_us()))),
        active_flag: 0,
        revision: 0,
    }
}

fn attempt_row(
    root: &str,
    calls: &Calls<'_>,
    attempts: &[Attempt<'_>],
    place: usize,
    segments: &[Segment<'_>],
    keys: Keys,
    rows: &mut Rows,
) -> InteractionResourceFact {
    let attempt = &attempts[place];
    let (party, tenant) = (attempt.party, calls.tenant);
    let span = Span::of(attempt.start_us(), attempt.end_us());
    let is_anchor = anchor(attempts) == Some(place);
    let mut dn = |p: &Party<'_>| rows.dimensions.resource(dn_row(tenant, p.switch, p.dn, p.dn_type));
    let media_resource_key = dn(party);
    let last_of = |wanted: fn(DnType) -> bool| attempt.mediation.iter().rev().find(|m| wanted(m.dn_type));
    let last_rp = last_of(|t| t == DnType::DN_TYPE_ROUTING_POINT).map_or(NONE, |p| dn(p));
    let last_queue = last_of(|t| t == DnType::DN_TYPE_ACD_QUEUE).map_or(NONE, |p| dn(p));
    let last_ivr = attempt.last_ivr.map_or(NONE, &mut dn);
    let from = attempt.received_from.and_then(|from| attempts.get(from));
    let segment = segments.iter().filter(|s| s.led_to == Some(place)).max_by_key(|s| (s.start_us, s.guid));
    let agent = attempt.handler.agent.as_deref();
    let resource_key = agent.map_or(media_resource_key, |a| rows.dimensions.resource(agent_row(tenant, a)));
    let mut row = InteractionResourceFact {
        interaction_resource_id: attempt_id(party),
        unit_key: keys.unit_key,
        interaction_resource_ordinal: as_i32(place as i64 + 1),
        tenant_key: keys.tenant_key,
        media_type_key: MEDIA_VOICE,
        interaction_type_key: keys.interaction_type_key,
        technical_descriptor_key: technical_descriptor_key(attempt.role, attempt.outcome),
        interaction_id: keys.interaction_id,
        interaction_sdt_key: keys.interaction_sdt_key,
        resource_key,
        media_resource_key,
        resource_group_combination_key: NONE,
        place_key: NONE,
        strategy_key: NONE,
        routing_target_key: NONE,
        last_rp_resource_key: last_rp,
        last_queue_resource_key: last_queue,
        last_vqueue_resource_key: segment.filter(|s| s.is_virtual).map_or(NONE, Segment::resource_key),
        last_ivr_resource_key: last_ivr,
        mediation_segment_id: segment.map_or(NONE, Segment::id),
        mediation_start_date_time_key: segment.map_or(NONE, |s| date_time_key(floor_s(s.start_us))),
        mediation_resource_key: segment.map_or(NONE, Segment::resource_key),
        received_from_ixn_resource_id: from.map_or(NONE, |a| attempt_id(a.party)),
        received_from_ixn_res_sdt_key: from.map_or(NONE, |a| date_time_key(floor_s(a.start_us()))),
        media_server_root_ixn_guid: root.to_owned(),
        media_server_ixn_guid: party.call.to_owned(),
        partyguid: party.id.to_owned(),
        irf_anchor: i32::from(is_anchor),
        irf_anchor_ts: is_anchor.then_some(span.start_ts),
        last_interaction_resource: i32::from(place + 1 == attempts.len()),
        target_address: text(party.dn),
        stop_action: stop_action(calls, party),
        agent_match: attempt.handler.agent_match.map(|m| m.code().to_owned()),
        agent_match_distance_ms: attempt.handler.distance_us.map(|us| us.div_euclid(1_000)),
        start_ts: span.start_ts,
        end_ts: span.end_ts,
        start_date_time_key: span.start_date_time_key,
        end_date_time_key: span.end_date_time_key,
        start_ms: span.start_ms,
        end_ms: span.end_ms,
        ..InteractionResourceFact::default()
    };
    measure_mediation(attempt, &mut row);
    measure_handling(calls, attempt, &mut row);
    row
}

/// 1 when this party's device released the call, 0 when another did, nothing when the source does not tell.
fn stop_action(calls: &Calls<'_>, party: &Party<'_>) -> Option<i32> {
    let by = if party.released_by.is_empty() { calls.released_by } else { party.released_by };
    (!by.is_empty()).then(|| i32::from(by == party.dn))
}

fn measure_mediation(attempt: &Attempt<'_>, row: &mut InteractionResourceFact) {
    for device in &attempt.mediation {
        let seconds = Span::of(device.start_us(), device.end_us()).seconds();
        match device.dn_type {
            DnType::DN_TYPE_ACD_QUEUE => row.queue_duration += seconds,
            _ => row.routing_point_duration += seconds,
        }
        row.mediation_count += 1;
    }
    row.mediation_duration = row.queue_duration + row.routing_point_duration + row.ivr_port_duration;
}

fn measure_handling(calls: &Calls<'_>, attempt: &Attempt<'_>, row: &mut InteractionResourceFact) {
    if attempt.part != Part::Mediation {
        let customer: Vec<Stretch> = customer_stretches(calls, attempt.party.call);
        let own = |state| total(attempt.party.in_state(state));
        let shared = |state| total(attempt.party.in_state(state).filter_map(|s| shared_with(s, &customer)));
        (row.dial_count, row.dial_duration) = own(PartyState::PARTY_STATE_DIALING);
        (row.ring_count, row.ring_duration) = own(PartyState::PARTY_STATE_ALERTING);
        (row.talk_count, row.talk_duration) = own(PartyState::PARTY_STATE_CONNECTED);
        (row.hold_count, row.hold_duration) = own(PartyState::PARTY_STATE_HELD);
        (row.customer_dial_count, row.customer_dial_duration) = shared(PartyState::PARTY_STATE_DIALING);
        (row.customer_ring_count, row.customer_ring_duration) = shared(PartyState::PARTY_STATE_ALERTING);
        (row.customer_talk_count, row.customer_talk_duration) = shared(PartyState::PARTY_STATE_CONNECTED);
        (row.customer_hold_count, row.customer_hold_duration) = shared(PartyState::PARTY_STATE_HELD);
        row.handle_count = i32::from(row.talk_count > 0);
        row.customer_handle_count = i32::from(row.customer_talk_count > 0);
    }
    row.response_time =
        row.previous_mediation_duration + row.mediation_duration + row.ring_duration + row.dial_duration;
}

fn total(stretches: impl Iterator<Item = Stretch>) -> (i32, i32) {
    let (count, seconds) = stretches.fold((0, 0), |(count, seconds), s| (count + 1, seconds + s.seconds()));
    (count, as_i32(seconds))
}

/// When somebody outside was connected to the call, as stretches in order.
fn customer_stretches(calls: &Calls<'_>, call: &str) -> Vec<Stretch> {
    let outside = calls.parties.iter().filter(|p| p.call == call && part(p.dn_type) == Part::Outside);
    let mut stretches: Vec<Stretch> =
        outside.flat_map(|p| p.in_state(PartyState::PARTY_STATE_CONNECTED).collect::<Vec<_>>()).collect();
    stretches.sort_by_key(|s| s.from_us);
    stretches
}

/// The part of a stretch that the customer shared: from the first shared moment to the last.
fn shared_with(stretch: Stretch, customer: &[Stretch]) -> Option<Stretch> {
    let shared: Vec<Stretch> = customer.iter().filter_map(|c| stretch.within(c.from_us, c.to_us)).collect();
    let from_us = shared.iter().map(|s| s.from_us).min()?;
    let to_us = shared.iter().map(|s| s.to_us).max()?;
    Some(Stretch { from_us, to_us, ..stretch })
}

fn user_data_rows(calls: &Calls<'_>, attempt: &Attempt<'_>, row: &InteractionResourceFact, rows: &mut Rows) {
    let values = calls.user_data.values_at(attempt.end_us());
    let keys = IrfUserDataKeys {
        interaction_resource_id: row.interaction_resource_id,
        start_date_time_key: row.start_date_time_key,
        unit_key: row.unit_key,
        tenant_key: row.tenant_key,
        interaction_descriptor_key: values.descriptor_key(calls.tenant, &mut rows.dimensions),
        revision: 0,
    };
    rows.irf_user_data_gen_1.push(values.gen_1(&keys));
    rows.irf_user_data_keys.push(keys);
}

/// States of a handling resource; queues and routing points have none.
fn state_rows(attempt: &Attempt<'_>, row: &InteractionResourceFact, rows: &mut Rows) {
    let role = match row.technical_descriptor_key / 100 {
        r if r == callmart_schema::catalogue::statics::ResourceRole::Initiated as i64 => IxnStateRole::Initiator,
        _ => IxnStateRole::Receiver,
    };
    let stretches = attempt.party.stretches().iter().filter(|_| attempt.part != Part::Mediation);
    let mut equals: Vec<(IxnState, i64)> = Vec::new();
    for stretch in stretches {
        let Some(state) = interaction_state(stretch.state) else { continue };
        let span = Span::of(stretch.from_us, stretch.to_us);
        equals.push((state, span.start_ms));
        let tie = equals.iter().filter(|e| **e == (state, span.start_ms)).count();
        let parts = [attempt.party.id, &format!("{state:?}"), &span.start_ms.to_string(), &tie.to_string()];
        rows.ixn_resource_state_fact.push(IxnResourceStateFact {
            ixn_resource_state_fact_key: key("ixn_resource_state", &parts),
            unit_key: row.unit_key,
            tenant_key: row.tenant_key,
            media_type_key: row.media_type_key,
            resource_key: row.resource_key,
            media_resource_key: row.media_resource_key,
            place_key: row.place_key,
            interaction_resource_state_key: interaction_resource_state_key(state, role, IxnStateDescriptor::None),
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
        });
    }
}

fn interaction_state(state: PartyState) -> Option<IxnState> {
    match state {
        PartyState::PARTY_STATE_INITIATED | PartyState::PARTY_STATE_DIALING => Some(IxnState::Initiate),
        PartyState::PARTY_STATE_ALERTING => Some(IxnState::Alert),
        PartyState::PARTY_STATE_CONNECTED => Some(IxnState::Connect),
        PartyState::PARTY_STATE_HELD => Some(IxnState::Hold),
        _ => None,
    }
}

fn text(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_owned())
}
