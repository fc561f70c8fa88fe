//! Routing and virtual queues: `g_route_result`, `g_route_res_vq_hist`, `g_virtual_queue`.

use std::collections::HashMap;

use callmart_schema::catalogue::gidb::codes::PassStatus;
use callmart_schema::catalogue::gidb::{GRouteResVqHist, GRouteResult, GVirtualQueue};
use callmart_schema::event::{DnType, VirtualQueueEnd};
use callmart_schema::keys::key;

use super::super::call::Pass;
use super::devices::Devices;
use super::rows::GidbRows;
use super::walk::{Choice, Leg, Walk};
use super::{Instant, Shared, text};

/// Adds the rows of the router's choices and of the passes through virtual queues.
pub(super) fn rows(walk: &Walk<'_, '_>, shared: Shared, devices: &mut Devices<'_>, rows: &mut GidbRows) {
    let has_ended = |call: &str| walk.calls.has_ended(call);
    let mut numbers: HashMap<(&str, &str), usize> = HashMap::new();
    for choice in walk.choices.iter().filter(|choice| has_ended(choice.told.call)) {
        let number = numbers.entry((choice.told.call, choice.told.party)).or_default();
        *number += 1;
        let told = choice.told;
        let id = key("g_route_result", &[told.call, told.party, &number.to_string()]);
        rows.g_route_result.push(result_row(walk, choice, id, shared, devices));
        let queues = told.virtual_queue_ids.iter().zip(1..);
        rows.g_route_res_vq_hist.extend(queues.map(|(vqid, place)| queue_of_result(choice, (id, vqid, place), shared)));
    }
    for pass in walk.calls.passes.iter().filter(|pass| pass.left_us.is_some() || has_ended(pass.call)) {
        rows.g_virtual_queue.extend(pass_row(walk, pass, shared, devices));
    }
}

fn result_row(
    walk: &Walk<'_, '_>,
    choice: &Choice<'_>,
    id: i64,
    shared: Shared,
    devices: &mut Devices<'_>,
) -> GRouteResult {
    let told = choice.told;
    let routing_point = devices.dn(choice.switch, told.dn, DnType::DN_TYPE_ROUTING_POINT);
    let target = devices.dn(choice.switch, told.target_dn, DnType::DN_TYPE_UNKNOWN);
    let value = |key: &str| told.attributes.iter().rev().find(|pair| pair.key == key).and_then(|pair| text(pair.value));
    let leg = choice.leg.and_then(|place| walk.legs.get(place));
    let added = Instant::of(choice.at_us);
    GRouteResult {
        id,
        unit_key: shared.unit_key,
        gsys_partition: shared.gsys_partition,
        callid: told.call.to_owned(),
        connid: walk.line_of(told.call).and_then(|line| text(line.conn_id)),
        partyid: leg.map_or_else(|| told.party.to_owned(), |leg| leg.id.clone()),
        irid: told.call.to_owned(),
        endpointid: routing_point.endpoint_id,
        endpointdn: text(told.dn),
        routetype: i32::try_from(told.route_type).unwrap_or(i32::MAX),
        rtargetruleselected: value("RTargetRuleSelected"),
        rtargetobjectselected: value("RTargetObjectSelected"),
        rtargettypeselected: value("RTargetTypeSelected"),
        rtargetagentselected: value("RTargetAgentSelected"),
        rtargetplaceselected: value("RTargetPlaceSelected"),
        rtenant: value("RTenant"),
        rstrategyname: value("RStrategyName"),
        rrequestedskillcombination: value("RRequestedSkillCombination"),
        destendpointid: target.endpoint_id,
        destendpointtype: target.endpoint_type,
        destendpointdn: text(told.target_dn),
        added: added.ms,
        added_ts: added.ts,
        added_tcode: added.tcode,
    }
}

fn queue_of_result(choice: &Choice<'_>, (result, vqid, place): (i64, &str, usize), shared: Shared) -> GRouteResVqHist {
    let added = Instant::of(choice.at_us);
    GRouteResVqHist {
        id: key("g_route_res_vq_hist", &[&result.to_string(), vqid, &place.to_string()]),
        unit_key: shared.unit_key,
        gsys_partition: shared.gsys_partition,
        routeresid: result,
        callid: choice.told.call.to_owned(),
        vqid: vqid.to_owned(),
        added: added.ms,
        added_ts: added.ts,
        added_tcode: added.tcode,
    }
}

/// A pass whose entry nobody told is none, as with passages; one whose end nobody told ended with its call.
fn pass_row(walk: &Walk<'_, '_>, pass: &Pass<'_>, shared: Shared, devices: &mut Devices<'_>) -> Option<GVirtualQueue> {
    let begins_us = pass.queued_us?;
    let call_ends_us = walk.line_of(pass.call).and_then(|line| line.ends_us).or(walk.calls.ended_us);
    let ends_us = pass.left_us.or(call_ends_us).unwrap_or(begins_us).max(begins_us);
    let status = status(pass);
    let target = (status == PassStatus::Diverted).then(|| target_of(walk, pass, ends_us)).flatten();
    let (created, terminated) = (Instant::of(begins_us), Instant::of(ends_us));
    Some(GVirtualQueue {
        id: key("g_virtual_queue", &[pass.id]),
        unit_key: shared.unit_key,
        gsys_partition: shared.gsys_partition,
        vqid: pass.id.to_owned(),
        endpointid: devices.configured(pass.switch, pass.queue, DnType::DN_TYPE_VIRTUAL_QUEUE),
        endpointdn: pass.queue.to_owned(),
        origcallid: pass.call.to_owned(),
        distcallid: pass.last_call.to_owned(),
        targetpartyid: target.map(|leg| leg.id.clone()),
        targetdn: text(pass.target_dn),
        status: status as i32,
        cause: text(pass.reason),
        created: created.ms,
        created_ts: created.ts,
        created_tcode: created.tcode,
        terminated: terminated.ms,
        terminated_ts: terminated.ts,
        terminated_tcode: terminated.tcode,
    })
}

fn status(pass: &Pass<'_>) -> PassStatus {
    match pass.end {
        VirtualQueueEnd::VIRTUAL_QUEUE_END_DIVERTED => PassStatus::Diverted,
        VirtualQueueEnd::VIRTUAL_QUEUE_END_ABANDONED => PassStatus::Abandoned,
        VirtualQueueEnd::VIRTUAL_QUEUE_END_CLEARED => PassStatus::Cleared,
        VirtualQueueEnd::VIRTUAL_QUEUE_END_UNKNOWN if pass.left_us.is_some() && !pass.is_estimated => {
            PassStatus::Cleared
        }
        VirtualQueueEnd::VIRTUAL_QUEUE_END_UNKNOWN => PassStatus::Stuck,
    }
}

/// The leg on the DN that a pass was distributed to: the one that began nearest to its end.
fn target_of<'w, 'a>(walk: &'w Walk<'_, 'a>, pass: &Pass<'_>, ends_us: i64) -> Option<&'w Leg<'a>> {
    let is_target = |leg: &&Leg<'_>| {
        let is_on = walk.party(leg).is_some_and(|party| party.dn == pass.target_dn);
        is_on && leg.call == pass.last_call && leg.moved.is_none() && !pass.target_dn.is_empty()
    };
    let begins_us = |leg: &Leg<'_>| leg.steps.first().map_or(i64::MAX, |step| step.at_us);
    walk.legs.iter().filter(is_target).min_by_key(|leg| begins_us(leg).abs_diff(ends_us))
}
