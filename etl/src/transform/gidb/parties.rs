//! Parties of calls: `g_party`, `g_party_history`, `g_party_stat`.

use callmart_schema::catalogue::gidb::codes::{LegChange, LegRole, LegState, LegType, ParentLink};
use callmart_schema::catalogue::gidb::{GParty, GPartyHistory, GPartyStat};
use callmart_schema::event::{DnType, PartyEnd, PartyRole};
use callmart_schema::keys::key;

use super::super::measure::as_i32;
use super::super::party::{MoveKind, Party, seconds};
use super::super::resource::{Part, part};
use super::calls::holds;
use super::devices::{Device, Devices};
use super::rows::GidbRows;
use super::walk::{Leg, LegStep, Walk};
use super::{Instant, Shared, count, text};

/// What all rows of a leg share.
struct About<'r> {
    shared: Shared,
    device: &'r Device,
    agent_id: i64,
}

/// Adds the rows of the parties in calls that ended.
pub(super) fn rows(walk: &Walk<'_, '_>, shared: Shared, devices: &mut Devices<'_>, rows: &mut GidbRows) {
    let tenant_id = devices.tenant_id();
    for (leg, party) in walk.ended_legs() {
        let device = devices.of_party(party);
        let about = About { shared, device: &device, agent_id: devices.agent_of_party(party) };
        let Some((first, last)) = leg.steps.first().zip(leg.steps.last()) else { continue };
        let row = GParty { tenantid: tenant_id, ..party_row(walk, (leg, party), (first, last), &about) };
        rows.g_party.push(row);
        rows.g_party_history.extend(history(leg, &about));
        rows.g_party_stat.push(stat_row(leg, party, last, shared));
    }
}

fn party_row(
    walk: &Walk<'_, '_>,
    (leg, party): (&Leg<'_>, &Party<'_>),
    (first, last): (&LegStep, &LegStep),
    about: &About<'_>,
) -> GParty {
    let (parent, link) = parent_of(walk, leg, party);
    let (created, terminated) = (Instant::of(first.at_us), Instant::of(last.at_us));
    let before = leg.steps.iter().rev().nth(1).map_or(LegState::Null, |step| step.state);
    GParty {
        id: key("g_party", &[&leg.id, leg.call]),
        unit_key: about.shared.unit_key,
        gsys_partition: about.shared.gsys_partition,
        partyid: leg.id.clone(),
        partyguid: party.id.to_owned(),
        r#type: type_of(party) as i32,
        prole: role(party.role) as i32,
        parentpartyid: parent,
        parentlinktype: link as i32,
        callid: leg.call.to_owned(),
        state: last.state as i32,
        prevstate: before as i32,
        cause: last.cause as i32,
        endpointdn: text(party.dn),
        endpointid: about.device.endpoint_id,
        endpointtype: about.device.endpoint_type,
        agentid: about.agent_id,
        tenantid: 0,
        created: created.ms,
        created_ts: created.ts,
        created_tcode: created.tcode,
        terminated: terminated.ms,
        terminated_ts: terminated.ts,
        terminated_tcode: terminated.tcode,
    }
}

/// Who brought a party into its call, as PartyID, and how.
fn parent_of(walk: &Walk<'_, '_>, leg: &Leg<'_>, party: &Party<'_>) -> (Option<String>, ParentLink) {
    if let Some((kind, by)) = leg.moved {
        let link = match kind {
            MoveKind::Transfer => ParentLink::Transferred,
            MoveKind::Conference => ParentLink::Conferenced,
        };
        return (walk.id_in(by, leg.call), link);
    }
    let Some(id) = walk.id_in(party.parent, leg.call) else { return (None, ParentLink::None) };
    let parent = walk.calls.place_of(party.parent).and_then(|place| walk.calls.parties.get(place));
    let link = match parent {
        _ if party.role == PartyRole::PARTY_ROLE_OBSERVER => ParentLink::Observes,
        Some(parent) if part(parent.dn_type) == Part::Mediation => ParentLink::Distributed,
        Some(parent) if is_handed_over(parent, leg) => ParentLink::Transferred,
        _ => ParentLink::Dialled,
    };
    (Some(id), link)
}

/// Whether a party passed its call on to the one that it brought: by the time that one came it had left.
fn is_handed_over(party: &Party<'_>, to: &Leg<'_>) -> bool {
    let ends = [PartyEnd::PARTY_END_TRANSFERRED, PartyEnd::PARTY_END_REDIRECTED, PartyEnd::PARTY_END_DIVERTED];
    ends.contains(&party.end) && to.steps.first().is_some_and(|step| party.end_us() <= step.at_us)
}

fn type_of(party: &Party<'_>) -> LegType {
    match (part(party.dn_type), party.dn_type) {
        (Part::Outside, _) => LegType::External,
        (_, DnType::DN_TYPE_UNKNOWN) => LegType::Unknown,
        _ => LegType::Internal,
    }
}

fn history(leg: &Leg<'_>, about: &About<'_>) -> impl Iterator<Item = GPartyHistory> {
    let before = std::iter::once(None).chain(leg.steps.iter().map(Some));
    leg.steps.iter().zip(before).enumerate().map(|(place, (step, before))| {
        let (added, entered) = (Instant::of(step.at_us), before.map(|step| Instant::of(step.at_us)));
        let pseq = count(place.saturating_add(1));
        GPartyHistory {
            phid: key("g_party_history", &[&leg.id, leg.call, &pseq.to_string()]),
            unit_key: about.shared.unit_key,
            gsys_partition: about.shared.gsys_partition,
            partyid: leg.id.clone(),
            pseq,
            cseq: step.cseq,
            changetype: step.change as i32,
            callid: leg.call.to_owned(),
            state: step.state as i32,
            prevstate: before.map_or(LegState::Null, |step| step.state) as i32,
            prevsenter: entered.map(|at| at.ms),
            prevsenter_ts: entered.map(|at| at.ts),
            prevsenter_tcode: entered.map(|at| at.tcode),
            cause: step.cause as i32,
            endpointid: about.device.endpoint_id,
            agentid: about.agent_id,
            gsys_ext_vch1: about.device.name.clone(),
            added: added.ms,
            added_ts: added.ts,
            added_tcode: added.tcode,
        }
    })
}

fn stat_row(leg: &Leg<'_>, party: &Party<'_>, last: &LegStep, shared: Shared) -> GPartyStat {
    let stretches = || leg.steps.iter().zip(leg.steps.iter().skip(1));
    let spent = |state: LegState| {
        let of_state = stretches().filter(|(step, _)| step.state == state);
        as_i32(of_state.map(|(step, next)| seconds(step.at_us, next.at_us)).sum())
    };
    let added = Instant::of(last.at_us);
    let is_of_its_end = last.change == LegChange::Terminated && leg.call == party.last_call();
    GPartyStat {
        id: key("g_party_stat", &[&leg.id, leg.call]),
        unit_key: shared.unit_key,
        gsys_partition: shared.gsys_partition,
        partyid: leg.id.clone(),
        callid: leg.call.to_owned(),
        tt_initiated: spent(LegState::Initiated),
        tt_alerting: spent(LegState::Alerting),
        tt_connected: spent(LegState::Connected),
        tt_hold: spent(LegState::Hold),
        tt_queued: spent(LegState::Queued),
        cnt_hold: holds(leg),
        gsys_ext_vch1: if is_of_its_end { party.released_by.to_owned() } else { String::new() },
        added: added.ms,
        added_ts: added.ts,
        added_tcode: added.tcode,
    }
}

/// Part of a party in its call.
fn role(role: PartyRole) -> LegRole {
    match role {
        PartyRole::PARTY_ROLE_UNKNOWN => LegRole::Unknown,
        PartyRole::PARTY_ROLE_ORIGINATION => LegRole::Origination,
        PartyRole::PARTY_ROLE_DESTINATION => LegRole::Destination,
        PartyRole::PARTY_ROLE_CONFERENCE_MEMBER => LegRole::ConferenceMember,
        PartyRole::PARTY_ROLE_OBSERVER => LegRole::Observer,
    }
}
