//! Calls and their interaction records: `g_call`, `g_call_history`, `g_call_stat`, `g_ir`, `g_ir_history`.
//!
//! Each call opens a record of its own; that of a call that was merged belongs to the record of the call that survived.

use callmart_schema::catalogue::gidb::codes::{CallChange, LegCause, LegChange, LegState, Merge, RecordChange};
use callmart_schema::catalogue::gidb::{GCall, GCallHistory, GCallStat, GIr, GIrHistory};
use callmart_schema::event::{PartyEnd, PartyRole};
use callmart_schema::keys::key;

use super::super::party::{MoveKind, Party};
use super::super::resource::{Part, part};
use super::devices::Devices;
use super::rows::GidbRows;
use super::walk::{CallStep, Leg, Line, Walk};
use super::{Instant, Shared, count, text};

/// Media of every call.
const VOICE: i32 = 0;

/// Adds the rows of the calls that ended.
pub(super) fn rows(walk: &Walk<'_, '_>, shared: Shared, devices: &mut Devices<'_>, rows: &mut GidbRows) {
    let tenant_id = devices.tenant_id();
    for (line, ends_us) in walk.ended() {
        rows.g_call.push(call_row(walk, line, ends_us, shared, tenant_id));
        rows.g_call_history.extend(line.steps.iter().map(|step| history_row(line, step, shared)));
        rows.g_call_stat.push(stat_row(walk, line, ends_us, shared));
        rows.g_ir.push(record_row(line, ends_us, shared));
        rows.g_ir_history.extend(line.steps.iter().filter_map(|step| record_history_row(line, step, shared)));
    }
}

fn call_row(walk: &Walk<'_, '_>, line: &Line<'_>, ends_us: i64, shared: Shared, tenant_id: i64) -> GCall {
    let told = walk.calls.call(line.id).cloned().unwrap_or_default();
    let (created, terminated) = (Instant::of(line.begins_us), Instant::of(ends_us));
    GCall {
        id: key("g_call", &[line.id]),
        unit_key: shared.unit_key,
        gsys_partition: shared.gsys_partition,
        callid: line.id.to_owned(),
        parentcallid: text(line.parent),
        mergecallid: text(line.merged_into),
        mergetype: (!line.merged_into.is_empty()).then(|| merge_of(walk, line) as i32),
        connid: text(line.conn_id),
        connidnum: u64::from_str_radix(line.conn_id, 16).ok().map(|number| number.to_string()),
        irid: line.id.to_owned(),
        rootirid: walk.calls.root.to_owned(),
        calltype: told.call_type as i32,
        mediatype: VOICE,
        callani: text(told.ani),
        calldnis: text(told.dnis),
        tenantid: tenant_id,
        created: created.ms,
        created_ts: created.ts,
        created_tcode: created.tcode,
        terminated: terminated.ms,
        terminated_ts: terminated.ts,
        terminated_tcode: terminated.tcode,
    }
}

/// How a call was merged: as its party was moved, or without one as who asked for the consultation left it.
fn merge_of(walk: &Walk<'_, '_>, line: &Line<'_>) -> Merge {
    let moves = walk.calls.parties.iter().flat_map(|party| &party.moves).filter(|made| made.from_call == line.id);
    let is_conference = moves.map(|made| made.kind == MoveKind::Conference).next().unwrap_or_else(|| {
        walk.calls.parties.iter().any(|party| party.call == line.id && party.end == PartyEnd::PARTY_END_CONFERENCED)
    });
    if is_conference { Merge::Conference } else { Merge::Transfer }
}

fn history_row(line: &Line<'_>, step: &CallStep, shared: Shared) -> GCallHistory {
    let added = Instant::of(step.at_us);
    GCallHistory {
        chid: key("g_call_history", &[line.id, &step.cseq.to_string()]),
        unit_key: shared.unit_key,
        gsys_partition: shared.gsys_partition,
        callid: line.id.to_owned(),
        cseq: step.cseq,
        changetype: step.change as i32,
        refid: if step.change == CallChange::Terminated { text(line.merged_into) } else { None },
        added: added.ms,
        added_ts: added.ts,
        added_tcode: added.tcode,
    }
}

fn stat_row(walk: &Walk<'_, '_>, line: &Line<'_>, ends_us: i64, shared: Shared) -> GCallStat {
    let legs: Vec<(&Leg<'_>, &Party<'_>)> =
        walk.legs_in(line.id).filter_map(|leg| Some((leg, walk.party(leg)?))).collect();
    let was_connected = |leg: &Leg<'_>| leg.steps.iter().any(|step| step.state == LegState::Connected);
    let any = |is: &dyn Fn(&Leg<'_>, &Party<'_>) -> bool| i32::from(legs.iter().any(|(leg, party)| is(leg, party)));
    let ends = |cause: LegCause| count(legs.iter().filter(|(leg, _)| cause_of_end(leg) == Some(cause)).count());
    let holds = legs.iter().map(|(leg, _)| holds(leg)).sum();
    let joined = legs.iter().filter(|(leg, _)| leg.moved.is_some_and(|(kind, _)| kind == MoveKind::Conference));
    let released_by = walk.calls.call(line.id).map_or("", |call| call.released_by);
    let releasing = legs.iter().rev().find(|(_, party)| !released_by.is_empty() && party.dn == released_by);
    let added = Instant::of(ends_us);
    GCallStat {
        id: key("g_call_stat", &[line.id]),
        unit_key: shared.unit_key,
        gsys_partition: shared.gsys_partition,
        callid: line.id.to_owned(),
        f_conn: any(&|leg, party| was_connected(leg) && party.role != PartyRole::PARTY_ROLE_ORIGINATION),
        f_conn_extn: any(&|leg, party| was_connected(leg) && is_telephone(party)),
        f_te_abnd: any(&|leg, _| cause_of_end(leg) == Some(LegCause::Abandoned)),
        cnt_hold: holds,
        cnt_divert: ends(LegCause::Diverted).saturating_add(ends(LegCause::Redirected)),
        // What is merged away is counted where it went.
        cnt_transfer: if line.merged_into.is_empty() { ends(LegCause::Transferred) } else { 0 },
        cnt_conference: count(joined.count()),
        gsys_ext_vch1: released_by.to_owned(),
        gsys_ext_vch2: releasing.map(|(leg, _)| leg.id.clone()),
        added: added.ms,
        added_ts: added.ts,
        added_tcode: added.tcode,
    }
}

fn is_telephone(party: &Party<'_>) -> bool {
    part(party.dn_type) == Part::Telephone && party.role != PartyRole::PARTY_ROLE_OBSERVER
}

fn cause_of_end(leg: &Leg<'_>) -> Option<LegCause> {
    leg.steps.last().filter(|step| step.change == LegChange::Terminated).map(|step| step.cause)
}

/// How often a party held the call.
pub(super) fn holds(leg: &Leg<'_>) -> i32 {
    count(leg.steps.iter().filter(|step| step.state == LegState::Hold).count())
}

fn record_row(line: &Line<'_>, ends_us: i64, shared: Shared) -> GIr {
    let (created, terminated) = (Instant::of(line.begins_us), Instant::of(ends_us));
    GIr {
        id: key("g_ir", &[line.id]),
        unit_key: shared.unit_key,
        gsys_partition: shared.gsys_partition,
        irid: line.id.to_owned(),
        parentirid: text(line.merged_into),
        rootcallid: line.id.to_owned(),
        mediatype: VOICE,
        created: created.ms,
        created_ts: created.ts,
        created_tcode: created.tcode,
        terminated: terminated.ms,
        terminated_ts: terminated.ts,
        terminated_tcode: terminated.tcode,
    }
}

fn record_history_row(line: &Line<'_>, step: &CallStep, shared: Shared) -> Option<GIrHistory> {
    let change = match step.change {
        CallChange::Created => RecordChange::Created,
        CallChange::Terminated => RecordChange::Terminated,
        CallChange::Merged => RecordChange::Merged,
        CallChange::Failed => return None,
    };
    let added = Instant::of(step.at_us);
    Some(GIrHistory {
        irhid: key("g_ir_history", &[line.id, &(change as i32).to_string()]),
        unit_key: shared.unit_key,
        gsys_partition: shared.gsys_partition,
        irid: line.id.to_owned(),
        changetype: change as i32,
        added: added.ms,
        added_ts: added.ts,
        added_tcode: added.tcode,
    })
}
