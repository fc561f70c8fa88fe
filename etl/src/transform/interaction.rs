//! From the attempts of an interaction to its rows: the interaction, attempts and user data.
//!
//! Which attempts there are is decided in `attempt`, passages through queues in `mediation`, states in `state`; how long
//! everything took is found out in `measure`. What goes on is told by `open`.

use std::collections::HashMap;

use callmart_schema::catalogue::statics::{IxnType, MEDIA_VOICE, ResourceRole, technical_descriptor_key};
use callmart_schema::catalogue::{InteractionFact, InteractionResourceFact, date_time_key};
use callmart_schema::event::{CallType, DnType};
use callmart_schema::keys::{NONE, key};

use super::attempt::{Attempt, attempts};
use super::call::Calls;
use super::completeness::Completeness;
use super::measure::{self, Customers, as_i32};
use super::mediation::{self, Segment};
use super::party::{Party, floor_s};
use super::resource::{agent_row, dn_row, tenant_row};
use super::result::Company;
use super::rows::{Dimensions, Rows};
use super::user_data::{self, Holder, Owner};
use super::{Context, Told, open, state, untold};
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

/// One interaction, put together: what its rows are made of.
struct Story<'a> {
    calls: &'a Calls<'a>,
    attempts: &'a [Attempt<'a>],
    segments: &'a [Segment<'a>],
    /// By attempt: the passage that led to it, as its place among the passages.
    feeding: HashMap<usize, usize>,
    /// When somebody outside was on each call.
    customers: Customers<'a>,
    /// Place of the attempt that anchors the interaction: the first that handled it.
    anchor: Option<usize>,
    keys: Keys,
    /// Whether something is lost between its first and its last moment.
    is_lost: bool,
}

/// Folds an interaction. One that goes on is in no fact, but in the table of what goes on.
pub(super) fn fold(unit: &Unit, told: &Told<'_>, context: Context<'_>, rows: &mut Rows) {
    let calls = Calls::of(unit.id(), told, context.settings);
    let Some(ended_us) = calls.ended_us else {
        open::row(unit, &calls, context, rows);
        return;
    };
    let is_lost = told.heard.is_lost || untold::is_any(&calls);
    let span = Span::of(calls.started_us, ended_us);
    let company = Company::of(&calls);
    let attempts = attempts(&calls, &company, context);
    let segments = mediation::segments(&calls, &company, &attempts);
    let story = Story {
        feeding: mediation::feeding(&segments),
        customers: Customers::of(&calls),
        anchor: attempts.iter().position(Attempt::was_handled),
        keys: Keys {
            unit_key: unit.key(),
            tenant_key: rows.dimensions.tenant(tenant_row(calls.tenant)),
            interaction_id: key("interaction", &[calls.root]),
            interaction_sdt_key: span.start_date_time_key,
            interaction_type_key: type_of(&calls) as i64,
        },
        calls: &calls,
        attempts: &attempts,
        segments: &segments,
        is_lost,
    };
    rows.interaction_fact.push(story.interaction_row(span));
    for (place, attempt) in attempts.iter().enumerate() {
        let row = story.attempt_row(attempt, place, &mut rows.dimensions);
        let holder = Holder::attempt(&calls, &attempts, attempt);
        let owner = story.owner(row.interaction_resource_id, row.start_date_time_key);
        user_data::rows(&calls.user_data, &holder, owner, &context.settings.user_data, rows);
        state::rows(attempt, &row, is_lost || attempt.is_wrap_lost, rows);
        rows.interaction_resource_fact.push(row);
    }
    mediation::rows(&calls, &attempts, &segments, story.keys, is_lost, rows);
    if context.settings.user_data_of_mediation {
        for segment in &segments {
            let owner = story.owner(segment.id, date_time_key(floor_s(segment.start_us)));
            user_data::rows(&calls.user_data, &segment.holder(&calls), owner, &context.settings.user_data, rows);
        }
    }
}

/// The type of an interaction: that of its root call, and whether an outbound contact server made it.
pub(super) fn type_of(calls: &Calls<'_>) -> IxnType {
    match interaction_type(calls.root_call().call_type) {
        IxnType::Outbound if calls.is_of_campaign => IxnType::OutboundContact,
        other => other,
    }
}

/// The type of an interaction or of one call of it; consultations are internal.
pub(super) fn interaction_type(call_type: CallType) -> IxnType {
    match call_type {
        CallType::CALL_TYPE_INTERNAL | CallType::CALL_TYPE_CONSULT => IxnType::Internal,
        CallType::CALL_TYPE_INBOUND => IxnType::Inbound,
        CallType::CALL_TYPE_OUTBOUND => IxnType::Outbound,
        CallType::CALL_TYPE_UNKNOWN => IxnType::Unknown,
    }
}

impl Story<'_> {
    /// Whose user data rows of an attempt or a passage are.
    fn owner(&self, id: i64, start_date_time_key: i64) -> Owner<'_> {
        Owner { id, start_date_time_key, unit_key: self.keys.unit_key, tenant: self.calls.tenant }
    }

    fn interaction_row(&self, span: Span) -> InteractionFact {
        let (calls, keys) = (self.calls, self.keys);
        let anchor = self.anchor.and_then(|place| self.attempts.get(place));
        let root = calls.root_call();
        InteractionFact {
            interaction_id: keys.interaction_id,
            unit_key: keys.unit_key,
            tenant_key: keys.tenant_key,
            interaction_type_key: keys.interaction_type_key,
            media_type_key: MEDIA_VOICE,
            media_server_root_ixn_guid: calls.root.to_owned(),
            media_server_ixn_guid: calls.root.to_owned(),
            source_address: text(root.ani),
            // Whom an agent was engaged for, not the agent.
            target_address: text(calls.given_from().map_or(root.dnis, |call| call.dnis)),
            status: i32::from(root.is_closed),
            start_ts: span.start_ts,
            end_ts: span.end_ts,
            start_date_time_key: span.start_date_time_key,
            end_date_time_key: span.end_date_time_key,
            start_ms: span.start_ms,
            end_ms: span.end_ms,
            anchor_id: anchor.map_or(NONE, |a| a.id),
            anchor_sdt_key: anchor.map_or(NONE, Attempt::start_key),
            active_flag: 0,
            revision: 0,
            completeness: Completeness::of(self.is_lost, root.is_estimated).code(),
        }
    }

    fn attempt_row(&self, attempt: &Attempt<'_>, place: usize, dimensions: &mut Dimensions) -> InteractionResourceFact {
        let (calls, keys, party) = (self.calls, self.keys, attempt.party);
        let span = Span::of(attempt.start_us(), attempt.end_us());
        let is_anchor = self.anchor == Some(place);
        let mut row = InteractionResourceFact {
            interaction_resource_id: attempt.id,
            unit_key: keys.unit_key,
            interaction_resource_ordinal: as_i32(place as i64 + 1),
            tenant_key: keys.tenant_key,
            media_type_key: MEDIA_VOICE,
            interaction_type_key: self.type_key(attempt),
            technical_descriptor_key: technical_descriptor_key(attempt.role, attempt.outcome),
            interaction_id: keys.interaction_id,
            interaction_sdt_key: keys.interaction_sdt_key,
            resource_group_combination_key: NONE,
            place_key: NONE,
            strategy_key: NONE,
            routing_target_key: NONE,
            media_server_root_ixn_guid: calls.root.to_owned(),
            media_server_ixn_guid: party.call.to_owned(),
            partyguid: party.id.to_owned(),
            irf_anchor: i32::from(is_anchor),
            irf_anchor_ts: is_anchor.then_some(span.start_ts),
            last_interaction_resource: i32::from(place + 1 == self.attempts.len()),
            target_address: text(target_address(calls, attempt)),
            stop_action: stop_action(calls, party),
            agent_match: attempt.handler.agent_match.map(|m| m.code().to_owned()),
            agent_match_distance_ms: attempt.handler.distance_us.map(|us| us.div_euclid(1_000)),
            start_ts: span.start_ts,
            end_ts: span.end_ts,
            start_date_time_key: span.start_date_time_key,
            end_date_time_key: span.end_date_time_key,
            start_ms: span.start_ms,
            end_ms: span.end_ms,
            completeness: Completeness::of(self.is_lost || attempt.is_wrap_lost, party.is_estimated).code(),
            ..InteractionResourceFact::default()
        };
        self.name_resources(attempt, dimensions, &mut row);
        self.link(attempt, place, &mut row);
        measure::mediation(attempt, &mut row);
        measure::handling(attempt, &self.customers, &mut row);
        measure::after_call(attempt, &mut row);
        row
    }

    /// The interaction's type; of a consultation that never became the customer's call its own.
    fn type_key(&self, attempt: &Attempt<'_>) -> i64 {
        let party = attempt.party;
        if self.calls.is_consult(party.call) && party.moves.is_empty() {
            return IxnType::Internal as i64;
        }
        self.keys.interaction_type_key
    }

    /// Fills in whose attempt it was, and the last devices of each kind before it.
    fn name_resources(&self, attempt: &Attempt<'_>, dimensions: &mut Dimensions, row: &mut InteractionResourceFact) {
        let tenant_key = self.keys.tenant_key;
        let mut dn = |p: &Party<'_>| dimensions.resource(dn_row(tenant_key, p.switch, p.dn, p.dn_type));
        let last_of = |wanted: DnType| attempt.mediation.iter().rev().find(|m| m.dn_type == wanted);
        row.media_resource_key = dn(attempt.party);
        row.last_rp_resource_key = last_of(DnType::DN_TYPE_ROUTING_POINT).map_or(NONE, |p| dn(p));
        row.last_queue_resource_key = last_of(DnType::DN_TYPE_ACD_QUEUE).map_or(NONE, |p| dn(p));
        row.last_ivr_resource_key = attempt.last_ivr.map_or(NONE, &mut dn);
        row.resource_key = match &attempt.handler.agent {
            Some(agent) => dimensions.resource(agent_row((tenant_key, self.calls.tenant), agent)),
            None => row.media_resource_key,
        };
    }

    /// Fills in the attempt and the passage that led to it.
    fn link(&self, attempt: &Attempt<'_>, place: usize, row: &mut InteractionResourceFact) {
        let from = attempt.received_from.and_then(|from| self.attempts.get(from));
        row.received_from_ixn_resource_id = from.map_or(NONE, |a| a.id);
        row.received_from_ixn_res_sdt_key = from.map_or(NONE, Attempt::start_key);
        let segment = self.feeding.get(&place).and_then(|place| self.segments.get(*place));
        row.last_vqueue_resource_key = segment.filter(|s| s.is_virtual).map_or(NONE, |s| s.resource_key);
        row.mediation_segment_id = segment.map_or(NONE, |s| s.id);
        row.mediation_start_date_time_key = segment.map_or(NONE, |s| date_time_key(floor_s(s.start_us)));
        row.mediation_resource_key = segment.map_or(NONE, |s| s.resource_key);
    }
}

/// What a caller dialled, where the call tells; of everybody else the number that was reached.
fn target_address<'a>(calls: &Calls<'a>, attempt: &Attempt<'a>) -> &'a str {
    let is_caller = matches!(attempt.role, ResourceRole::Initiated | ResourceRole::InitiatedConsult);
    let dialled = calls.call(attempt.party.call).map_or("", |c| c.dnis);
    if is_caller && !dialled.is_empty() { dialled } else { attempt.party.dn }
}

/// 1 when this party's device released the call or its own part in it, 0 when another did, nothing when the source does not
/// tell. Who was gone before the call's end did not release it, though the same device was in it again.
fn stop_action(calls: &Calls<'_>, party: &Party<'_>) -> Option<i32> {
    if !party.released_by.is_empty() {
        return Some(i32::from(party.released_by == party.dn));
    }
    let call = calls.call(party.last_call()).filter(|call| !call.released_by.is_empty())?;
    let was_there = call.ended_us.is_none_or(|ended_us| party.end_us() >= ended_us);
    Some(i32::from(was_there && call.released_by == party.dn))
}

pub(super) fn text(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_owned())
}
