//! What goes on: the row of an interaction that has not ended.
//!
//! Tells where the customer's call is now; how it came there is told by facts when it has ended.

use std::collections::BTreeSet;

use callmart_schema::catalogue::OpenInteraction;
use callmart_schema::catalogue::statics::MEDIA_VOICE;
use callmart_schema::event::{DnType, PartyState};
use callmart_schema::keys::{NONE, UNKNOWN, key};

use super::Context;
use super::call::Calls;
use super::chain::takes_part;
use super::family::Conferences;
use super::handler::handler;
use super::interaction::{text, type_of};
use super::measure::Customers;
use super::party::{Party, Stretch};
use super::resource::{Part, agent_row, dn_row, part, tenant_row};
use super::rows::{Dimensions, Rows};
use crate::unit::Unit;

/// Adds the row of an interaction that goes on.
pub(super) fn row(unit: &Unit, calls: &Calls<'_>, context: Context<'_>, rows: &mut Rows) {
    if calls.parties.is_empty() && calls.call(calls.root).is_none() {
        return;
    }
    let (root, dimensions) = (calls.root_call(), &mut rows.dimensions);
    let tenant_key = dimensions.tenant(tenant_row(calls.tenant));
    let now = place_now(calls);
    let last_left_us = calls.parties.iter().filter(|p| p.left).map(Party::end_us).max();
    let queue = queue_now(calls);
    let (resource_key, media_resource_key) = match now {
        Some(now) => who((tenant_key, calls.tenant), now.party, context, dimensions),
        None => (UNKNOWN, UNKNOWN),
    };
    let since_us = now.map(|n| n.since_us).or(last_left_us).unwrap_or(calls.started_us);
    rows.open_interaction.push(OpenInteraction {
        interaction_id: key("interaction", &[calls.root]),
        unit_key: unit.key(),
        tenant_key,
        interaction_type_key: type_of(calls) as i64,
        media_type_key: MEDIA_VOICE,
        media_server_root_ixn_guid: calls.root.to_owned(),
        source_address: text(root.ani),
        target_address: text(root.dnis),
        start_ms: calls.started_us.div_euclid(1_000),
        state_code: now.map_or("UNKNOWN", |n| n.code).to_owned(),
        state_since_ms: since_us.div_euclid(1_000),
        resource_key,
        media_resource_key,
        queue_resource_key: queue
            .map_or(NONE, |q| dimensions.resource(dn_row(tenant_key, q.switch, q.queue, q.dn_type))),
        queue_entered_ms: queue.map(|q| q.entered_us.div_euclid(1_000)),
        handled_count: agents_so_far(calls, context),
    });
}

/// Where an interaction is.
#[derive(Clone, Copy)]
struct Now<'a> {
    party: &'a Party<'a>,
    code: &'static str,
    since_us: i64,
}

/// Of the parties that are there the one that got furthest, of equals the one that joined last; those of the root call count
/// before those of consult calls.
fn place_now<'a>(calls: &'a Calls<'a>) -> Option<Now<'a>> {
    let there = calls.parties.iter().enumerate().filter(|(_, p)| !p.left && takes_part(p));
    let states = there.filter_map(|(place, party)| {
        let (rank, code) = standing(party, party.stretches().last()?);
        // In another call it is since it went over there.
        let moved_us = party.moves.last().map_or(i64::MIN, |m| m.at_us);
        let since_us = party.stretches().last()?.from_us.max(moved_us);
        Some(((party.last_call() == calls.root, rank, place), Now { party, code, since_us }))
    });
    states.max_by_key(|(rank, _)| *rank).map(|(_, now)| now)
}

fn standing(party: &Party<'_>, last: &Stretch) -> (u8, &'static str) {
    match (part(party.dn_type), last.state) {
        (Part::SelfService, _) if party.dn_type == DnType::DN_TYPE_IVR_PORT => (1, "IVR"),
        // A routing point that calls a customer: nobody waits there yet.
        (_, PartyState::PARTY_STATE_INITIATED | PartyState::PARTY_STATE_DIALING) => (3, "DIALING"),
        (Part::Mediation, _) | (_, PartyState::PARTY_STATE_QUEUED) => (2, "QUEUED"),
        (_, PartyState::PARTY_STATE_ALERTING) => (4, "ALERTING"),
        (_, PartyState::PARTY_STATE_HELD) => (5, "HELD"),
        (_, PartyState::PARTY_STATE_CONNECTED) => (6, "CONNECTED"),
        _ => (0, "UNKNOWN"),
    }
}

/// Keys of who has the interaction, and of the device that it is at.
fn who(tenant: (i64, &str), party: &Party<'_>, context: Context<'_>, dimensions: &mut Dimensions) -> (i64, i64) {
    if party.dn.is_empty() {
        return (UNKNOWN, UNKNOWN);
    }
    let device = dimensions.resource(dn_row(tenant.0, party.switch, party.dn, party.dn_type));
    match handler(party, context).agent {
        Some(agent) => (dimensions.resource(agent_row(tenant, &agent)), device),
        None => (device, device),
    }
}

/// A queue that an interaction is or was in.
#[derive(Clone, Copy)]
struct Queue<'a> {
    switch: &'a str,
    queue: &'a str,
    dn_type: DnType,
    entered_us: i64,
}

/// The queue that it waits in, else the last one that it was in; of several the one that was entered last.
fn queue_now<'a>(calls: &'a Calls<'a>) -> Option<Queue<'a>> {
    let virtual_queues = calls.passes.iter().filter_map(|p| {
        let dn_type = DnType::DN_TYPE_VIRTUAL_QUEUE;
        let queue = Queue { switch: p.switch, queue: p.queue, dn_type, entered_us: p.queued_us? };
        Some(((p.left_us.is_none(), queue.entered_us, p.id), queue))
    });
    let acd = calls.parties.iter().filter(|p| p.dn_type == DnType::DN_TYPE_ACD_QUEUE).map(|p| {
        let queue = Queue { switch: p.switch, queue: p.dn, dn_type: p.dn_type, entered_us: p.start_us() };
        ((!p.left, queue.entered_us, p.id), queue)
    });
    virtual_queues.chain(acd).max_by_key(|(rank, _)| *rank).map(|(_, queue)| queue)
}

/// Agents who talked with the customer so far, each once.
fn agents_so_far(calls: &Calls<'_>, context: Context<'_>) -> i32 {
    let telephones =
        calls.parties.iter().filter(|p| part(p.dn_type) == Part::Telephone && p.was(PartyState::PARTY_STATE_CONNECTED));
    let (customers, conferences) = (Customers::of(calls), Conferences::of(calls));
    let talked = telephones.filter(|p| customers.talked_with(&conferences.pieces(calls, p)));
    let agents: BTreeSet<_> = talked.filter_map(|p| handler(p, context).agent).collect();
    super::measure::as_i32(agents.len() as i64)
}
