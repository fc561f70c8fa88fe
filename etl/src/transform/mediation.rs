//! Passages through queues: virtual queues as their server told them, ACD queues as parties of the call.
//!
//! Decides where each passage led and how it ended. Routing points have no passages, only time in the attempts they lead to.

use std::collections::HashMap;

use callmart_schema::catalogue::MediationSegmentFact;
use callmart_schema::catalogue::statics::{MEDIA_VOICE, Outcome, ResourceRole, technical_descriptor_key};
use callmart_schema::event::{DnType, PartyEnd, VirtualQueueEnd};
use callmart_schema::keys::{NONE, key};

use super::attempt::Attempt;
use super::call::{Calls, Pass};
use super::completeness::Completeness;
use super::interaction::{Keys, Span, interaction_type};
use super::measure::as_i32;
use super::party::Party;
use super::resource::{Part, dn_key, dn_row};
use super::result::Company;
use super::rows::Rows;
use super::user_data::Holder;

/// One passage of the interaction through one queue.
#[derive(Debug)]
pub(super) struct Segment<'a> {
    /// Key of the passage, in the number space that attempts and passages share.
    pub(super) id: i64,
    /// Id of the passage: the router's, or the party UUID of an ACD queue.
    guid: &'a str,
    pub(super) is_virtual: bool,
    pub(super) start_us: i64,
    end_us: i64,
    call: &'a str,
    /// The call that it was left in.
    last_call: &'a str,
    switch: &'a str,
    queue: &'a str,
    /// The queue's key.
    pub(super) resource_key: i64,
    outcome: Outcome,
    /// Attempt in whose mediation it lies, as its place among the attempts.
    led_to: Option<usize>,
    /// Attempt that it was distributed to, as its place among the attempts.
    target: Option<usize>,
    /// Whether nobody told that it was left, and its end is among what is lost.
    is_estimated: bool,
}

impl<'a> Segment<'a> {
    /// Asks for its user data. A virtual queue is no party.
    pub(super) fn holder<'h>(&self, calls: &'h Calls<'a>) -> Holder<'h, 'a> {
        let own = if self.is_virtual { "" } else { self.guid };
        Holder::passage(calls, own, [self.call, self.last_call], (self.start_us, self.end_us))
    }
}

/// The passages of an interaction, in order of entry.
pub(super) fn segments<'a>(calls: &'a Calls<'a>, company: &Company<'_>, attempts: &[Attempt<'a>]) -> Vec<Segment<'a>> {
    let virtual_queues = calls.passes.iter().filter_map(|p| virtual_segment(calls, company, attempts, p));
    let acd = calls.parties.iter().filter(|p| p.dn_type == DnType::DN_TYPE_ACD_QUEUE && calls.is_over(p));
    let acd = acd.map(|p| acd_segment(calls, company, attempts, p));
    let mut segments: Vec<Segment<'a>> = virtual_queues.chain(acd).collect();
    segments.sort_by(|a, b| (a.start_us, a.guid).cmp(&(b.start_us, b.guid)));
    segments
}

/// A pass whose entry was never told is no passage, nor yet one that goes on in a consult call; one whose end was never told
/// ended with its call.
fn virtual_segment<'a>(
    calls: &Calls<'a>,
    company: &Company<'_>,
    attempts: &[Attempt<'a>],
    pass: &Pass<'a>,
) -> Option<Segment<'a>> {
    let start_us = pass.queued_us.filter(|_| pass.left_us.is_some() || calls.has_ended(pass.call))?;
    let own_end_us = calls.call(pass.call).and_then(|c| c.ended_us);
    let call_end_us = own_end_us.or(calls.ended_us).unwrap_or(calls.started_us);
    let end_us = pass.left_us.unwrap_or(call_end_us).max(start_us);
    let is_diverted = pass.end == VirtualQueueEnd::VIRTUAL_QUEUE_END_DIVERTED;
    let target = is_diverted.then(|| target_of(attempts, pass, start_us)).flatten();
    let outcome = match (pass.end, target) {
        (VirtualQueueEnd::VIRTUAL_QUEUE_END_DIVERTED, Some(place)) if calls.routed_by_default.contains(pass.id) => {
            distributed_by_default(attempts, place)
        }
        (VirtualQueueEnd::VIRTUAL_QUEUE_END_DIVERTED, Some(place)) => distributed(attempts, place),
        (VirtualQueueEnd::VIRTUAL_QUEUE_END_DIVERTED, None) => Outcome::Diverted,
        (VirtualQueueEnd::VIRTUAL_QUEUE_END_ABANDONED, _) => company.abandoned_in(pass.last_call),
        (VirtualQueueEnd::VIRTUAL_QUEUE_END_CLEARED, _) => Outcome::Cleared,
        (VirtualQueueEnd::VIRTUAL_QUEUE_END_UNKNOWN, _) if pass.left_us.is_some() && !pass.is_estimated => {
            Outcome::Cleared
        }
        (VirtualQueueEnd::VIRTUAL_QUEUE_END_UNKNOWN, _) => Outcome::ClearedStuckCall,
    };
    Some(Segment {
        id: segment_id(calls, pass.id),
        guid: pass.id,
        is_virtual: true,
        start_us,
        end_us,
        call: pass.call,
        last_call: pass.last_call,
        switch: pass.switch,
        queue: pass.queue,
        resource_key: dn_key(pass.switch, pass.queue),
        outcome,
        led_to: target.or_else(|| mediating_at(attempts, pass.call, start_us)),
        target,
        is_estimated: pass.is_estimated || pass.left_us.is_none(),
    })
}

fn acd_segment<'a>(
    calls: &Calls<'a>,
    company: &Company<'_>,
    attempts: &[Attempt<'a>],
    queue: &Party<'a>,
) -> Segment<'a> {
    let led_to = attempts.iter().position(|a| a.mediation.iter().any(|m| m.id == queue.id));
    let target = led_to.filter(|place| attempts.get(*place).is_some_and(|a| a.part != Part::Mediation));
    let outcome = match target {
        Some(place) => distributed(attempts, place),
        None if queue.end == PartyEnd::PARTY_END_DIVERTED => Outcome::Diverted,
        None if queue.is_closed => Outcome::ClearedStuckCall,
        None if queue.released_itself() => Outcome::Cleared,
        None => company.abandoned_in(queue.last_call()),
    };
    Segment {
        id: segment_id(calls, queue.id),
        guid: queue.id,
        is_virtual: false,
        start_us: queue.start_us(),
        end_us: queue.end_us(),
        call: queue.call,
        last_call: queue.last_call(),
        switch: queue.switch,
        queue: queue.dn,
        resource_key: dn_key(queue.switch, queue.dn),
        outcome,
        led_to,
        target,
        is_estimated: queue.is_estimated,
    }
}

/// As with attempts, ids of two interactions may be alike.
fn segment_id(calls: &Calls<'_>, guid: &str) -> i64 {
    key("mediation_segment", &[calls.root, guid])
}

/// By attempt, the passage that led to it, as its place among the passages: the last one that was distributed to it, else
/// the last one that lies in its mediation.
pub(super) fn feeding(segments: &[Segment<'_>]) -> HashMap<usize, usize> {
    let mut feeding = HashMap::new();
    let (to_target, others): (Vec<_>, Vec<_>) = segments.iter().enumerate().partition(|(_, s)| s.target.is_some());
    for (place, segment) in others.into_iter().chain(to_target) {
        feeding.extend(segment.target.or(segment.led_to).map(|attempt| (attempt, place)));
    }
    feeding
}

/// The first attempt on the DN in the call that was delivered after the passage began. Clocks of two servers may disagree, so
/// an attempt delivered before it serves when there is no other. A queue that does not name the DN distributed to the attempt
/// in whose mediation the passage lies. A consult call may have been merged while it waited: then the attempt is in the other
/// call, and what led to it was in the passage's.
fn target_of(attempts: &[Attempt<'_>], pass: &Pass<'_>, start_us: i64) -> Option<usize> {
    if pass.target_dn.is_empty() {
        let handled = |place: &usize| attempts.get(*place).is_some_and(|a| a.part != Part::Mediation);
        return mediating_at(attempts, pass.call, start_us).filter(handled);
    }
    let is_on_dn = |a: &Attempt<'_>| {
        a.party.dn == pass.target_dn && a.part != Part::Mediation && a.role != ResourceRole::InitiatedConsult
    };
    let is_from = |a: &Attempt<'_>| a.party.call == pass.call || a.mediation.iter().any(|m| m.call == pass.call);
    let on_dn = || attempts.iter().enumerate().filter(|(_, a)| is_from(a) && is_on_dn(a));
    let after = on_dn().find(|(_, a)| a.party.delivered_us() >= start_us);
    after.or_else(|| on_dn().next_back()).map(|(place, _)| place)
}

/// The attempt whose mediation in the call holds the moment (of two, one where the moment is rather a start than an end), else
/// the last one that ended in mediation.
fn mediating_at(attempts: &[Attempt<'_>], call: &str, at_us: i64) -> Option<usize> {
    let is_here = |m: &&&Party<'_>| m.call == call;
    let holds =
        |a: &Attempt<'_>| a.mediation.iter().filter(is_here).any(|m| m.start_us() <= at_us && at_us <= m.end_us());
    let ended_here = |a: &Attempt<'_>| a.part == Part::Mediation && a.party.call == call;
    attempts.iter().rposition(holds).or_else(|| attempts.iter().rposition(ended_here))
}

/// How a passage ended that was distributed to an attempt: by what became of the attempt.
fn distributed(attempts: &[Attempt<'_>], place: usize) -> Outcome {
    let Some(attempt) = attempts.get(place) else { return Outcome::Diverted };
    match attempt.outcome {
        _ if attempt.was_handled() && attempt.handler.agent.is_some() => Outcome::DivertedAnsweredByAgent,
        _ if attempt.was_handled() => Outcome::DivertedAnsweredByOther,
        Outcome::CustomerAbandonedWhileRinging | Outcome::AbandonedWhileRinging => {
            Outcome::DivertedAbandonedWhileRinging
        }
        Outcome::RedirectedOnNoAnswer | Outcome::Redirected => Outcome::DivertedRoutedOnNoAnswer,
        _ => Outcome::Diverted,
    }
}

/// How a passage ended that was left by default (reading: whoever answers; a target that did not answer is told as any).
fn distributed_by_default(attempts: &[Attempt<'_>], place: usize) -> Outcome {
    match distributed(attempts, place) {
        Outcome::DivertedAnsweredByAgent | Outcome::DivertedAnsweredByOther => Outcome::DivertedDefaultRoutedBySwitch,
        other => other,
    }
}

/// The rows of the passages.
pub(super) fn rows(
    calls: &Calls<'_>,
    attempts: &[Attempt<'_>],
    segments: &[Segment<'_>],
    keys: Keys,
    is_lost: bool,
    rows: &mut Rows,
) {
    let ids = |place: Option<usize>| match place.and_then(|p| attempts.get(p)) {
        Some(a) => (a.id, a.start_key()),
        None => (NONE, NONE),
    };
    let mut entries: HashMap<i64, i64> = HashMap::new();
    for segment in segments {
        let span = Span::of(segment.start_us, segment.end_us);
        let (ixn_resource_id, ixn_resource_sdt_key) = ids(segment.led_to);
        let (target_ixn_resource_id, target_ixn_resource_sdt_key) = ids(segment.target);
        let entry_ordinal = entries.entry(segment.resource_key).or_default();
        *entry_ordinal += 1;
        let dn_type = if segment.is_virtual { DnType::DN_TYPE_VIRTUAL_QUEUE } else { DnType::DN_TYPE_ACD_QUEUE };
        rows.mediation_segment_fact.push(MediationSegmentFact {
            mediation_segment_id: segment.id,
            unit_key: keys.unit_key,
            tenant_key: keys.tenant_key,
            interaction_type_key: type_of(calls, segment, keys),
            media_type_key: MEDIA_VOICE,
            resource_key: rows.dimensions.resource(dn_row(keys.tenant_key, segment.switch, segment.queue, dn_type)),
            resource_group_combination_key: NONE,
            place_key: NONE,
            technical_descriptor_key: technical_descriptor_key(role(calls, segment), segment.outcome),
            interaction_id: keys.interaction_id,
            interaction_sdt_key: keys.interaction_sdt_key,
            ixn_resource_id,
            ixn_resource_sdt_key,
            target_ixn_resource_id,
            target_ixn_resource_sdt_key,
            media_server_ixn_guid: segment.call.to_owned(),
            mediation_guid: segment.guid.to_owned(),
            entry_ordinal: as_i32(*entry_ordinal),
            start_ts: span.start_ts,
            end_ts: span.end_ts,
            start_date_time_key: span.start_date_time_key,
            end_date_time_key: span.end_date_time_key,
            start_ms: span.start_ms,
            end_ms: span.end_ms,
            mediation_duration: span.seconds(),
            active_flag: 0,
            revision: 0,
            completeness: Completeness::of(is_lost, segment.is_estimated).code(),
        });
    }
}

/// A consult call entered the queue for the one who asked for it; any other was received there.
fn role(calls: &Calls<'_>, segment: &Segment<'_>) -> ResourceRole {
    if calls.is_consult(segment.call) { ResourceRole::ReceivedConsult } else { ResourceRole::Received }
}

fn type_of(calls: &Calls<'_>, segment: &Segment<'_>, keys: Keys) -> i64 {
    let of_call = calls.call(segment.call).filter(|_| calls.is_consult(segment.call));
    of_call.map_or(keys.interaction_type_key, |c| interaction_type(c.call_type) as i64)
}
