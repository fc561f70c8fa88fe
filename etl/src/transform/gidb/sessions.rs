//! Login sessions and what agents did in them: `g_login_session`, `gx_session_endpoint`, `g_agent_state_history`,
//! `g_agent_state_rc`, `g_dnd_history`, `gs_agent_stat`.
//!
//! The states are those of `agent_state`; which changes there were beside them is told by `changes`.

use callmart_schema::catalogue::ResourceStateReason;
use callmart_schema::catalogue::gidb::codes::{AgentCode, DndState, EndpointType, SessionState};
use callmart_schema::catalogue::gidb::{
    GAgentStateHistory, GAgentStateRc, GDndHistory, GLoginSession, GsAgentStat, GxSessionEndpoint,
};
use callmart_schema::event::{BodyView, DnType};
use callmart_schema::keys::key;

use super::super::agent_state::{Chain, Piece};
use super::super::measure::as_i32;
use super::super::party::seconds;
use super::super::reason::reasons;
use super::super::rows::{Dimensions, Ties};
use super::super::session::Session;
use super::super::{Context, Opened};
use super::changes::{Change, changes, code, work_mode};
use super::devices::{Device, Devices};
use super::rows::GidbRows;
use super::{Instant, Shared, count};
use crate::unit::Unit;

/// No ACD queue.
const NO_QUEUE: i64 = 0;
/// Type of the reasons that devices tell.
const HARDWARE: &str = "HARDWARE";
/// Key under which the reasons of devices stand.
const HARDWARE_KEY: &str = "ReasonCode";

/// What all rows of a session share.
struct About<'u> {
    id: &'u str,
    shared: Shared,
    agent_id: i64,
    device: Device,
}

/// Adds the rows of a login session.
pub(super) fn rows(
    unit: &Unit,
    events: &[Opened<'_>],
    context: Context<'_>,
    dimensions: &mut Dimensions,
    rows: &mut GidbRows,
) {
    let Some(session) = Session::of(events) else { return };
    let head = session.head;
    let mut devices = Devices::of(head.tenant, context.coverage, dimensions);
    let about = About {
        id: unit.id(),
        shared: Shared::of(unit, session.from_us),
        agent_id: devices.agent(head.agent),
        device: devices.dn(head.switch, head.dn, DnType::DN_TYPE_EXTENSION),
    };
    let chain = session.chain();
    if session.login.is_some() {
        rows.g_login_session.push(session_row(&about, &session));
        rows.gx_session_endpoint.push(endpoint_row(&about, &session));
    }
    let numbered = changes(&session, &chain).into_iter().enumerate();
    rows.g_agent_state_history.extend(numbered.map(|(place, change)| history_row(&about, place, &change)));
    reason_rows(&about, &chain, rows);
    dnd_rows(&about, &session, &chain, rows);
    if let (Some(_), Some(to_us)) = (session.login, session.to_us) {
        rows.gs_agent_stat.push(stat_row(&about, &chain, to_us));
    }
}

fn state_of(session: &Session<'_, '_>) -> SessionState {
    if session.to_us.is_some() { SessionState::Closed } else { SessionState::Open }
}

fn session_row(about: &About<'_>, session: &Session<'_, '_>) -> GLoginSession {
    let (created, terminated) = (Instant::of(session.from_us), session.to_us.map(Instant::of));
    GLoginSession {
        id: key("g_login_session", &[about.id]),
        unit_key: about.shared.unit_key,
        gsys_partition: about.shared.gsys_partition,
        loginsessionid: about.id.to_owned(),
        agentid: about.agent_id,
        loginid: None,
        placeid: None,
        state: state_of(session) as i32,
        created: created.ms,
        created_ts: created.ts,
        created_tcode: created.tcode,
        terminated: terminated.map(|at| at.ms),
        terminated_ts: terminated.map(|at| at.ts),
        terminated_tcode: terminated.map(|at| at.tcode),
        gsys_ext_vch1: about.device.name.clone(),
    }
}

fn endpoint_row(about: &About<'_>, session: &Session<'_, '_>) -> GxSessionEndpoint {
    let (created, terminated) = (Instant::of(session.from_us), session.to_us.map(Instant::of));
    GxSessionEndpoint {
        id: key("gx_session_endpoint", &[about.id]),
        unit_key: about.shared.unit_key,
        gsys_partition: about.shared.gsys_partition,
        loginsessionid: about.id.to_owned(),
        agentid: about.agent_id,
        endpointid: about.device.endpoint_id,
        endpointtype: EndpointType::Extension as i32,
        queueid: None,
        queuetype: None,
        placeid: None,
        state: state_of(session) as i32,
        created: created.ms,
        created_ts: created.ts,
        created_tcode: created.tcode,
        terminated: terminated.map(|at| at.ms),
        terminated_ts: terminated.map(|at| at.ts),
        terminated_tcode: terminated.map(|at| at.tcode),
        gsys_ext_vch1: about.device.name.clone(),
    }
}

fn history_row(about: &About<'_>, place: usize, change: &Change<'_>) -> GAgentStateHistory {
    let (seq, added) = (count(place.saturating_add(1)), Instant::of(change.at_us));
    GAgentStateHistory {
        id: key("g_agent_state_history", &[about.id, &seq.to_string()]),
        unit_key: about.shared.unit_key,
        gsys_partition: about.shared.gsys_partition,
        loginsessionid: about.id.to_owned(),
        seq,
        r#type: change.kind as i32,
        state: change.state as i32,
        prevstate: change.before as i32,
        pendingstate: change.pending as i32,
        workmode: change.work_mode as i32,
        agentid: about.agent_id,
        endpointid: about.device.endpoint_id,
        queueid: NO_QUEUE,
        loginid: None,
        placeid: None,
        callid: change.call.map(str::to_owned),
        added: added.ms,
        added_ts: added.ts,
        added_tcode: added.tcode,
        gsys_ext_vch1: about.device.name.clone(),
    }
}

/// The reasons of states that ended; the same reasons told again go on.
fn reason_rows(about: &About<'_>, chain: &Chain<'_, '_>, rows: &mut GidbRows) {
    let mut ties = Ties::new();
    let mut states: Vec<&[Piece<'_, '_>]> = chain.ended.chunk_by(|a, b| a.state == b.state).collect();
    if chain.now.is_some_and(|now| states.last().and_then(|s| s.first()).is_some_and(|s| s.state == now.state)) {
        states.pop();
    }
    for pieces in states {
        let told: Vec<_> = pieces.iter().map(|p| (p.told.map(reasons).unwrap_or_default(), p)).collect();
        for same in told.chunk_by(|a, b| a.0 == b.0) {
            let (Some((given, first)), Some((_, last))) = (same.first(), same.last()) else { continue };
            for reason in given {
                let tie = ties.next((reason.resource_state_reason_key, first.from_us));
                rows.g_agent_state_rc.push(reason_row(about, (first, last.to_us), reason, &tie));
            }
        }
    }
}

fn reason_row(
    about: &About<'_>,
    (first, to_us): (&Piece<'_, '_>, i64),
    reason: &ResourceStateReason,
    tie: &str,
) -> GAgentStateRc {
    let (created, terminated) = (Instant::of(first.from_us), Instant::of(to_us));
    let is_hardware = reason.reason_type_code == HARDWARE;
    let number = reason.resource_state_reason_key.to_string();
    GAgentStateRc {
        id: key("g_agent_state_rc", &[about.id, &number, &created.ms.to_string(), tie]),
        unit_key: about.shared.unit_key,
        gsys_partition: about.shared.gsys_partition,
        sessionid: about.id.to_owned(),
        endpointid: about.device.endpoint_id,
        queueid: NO_QUEUE,
        agentstate: code(first.state) as i32,
        workmode: first.told.map_or(0, |event| work_mode(event) as i32),
        hwflag: i32::from(is_hardware),
        keyname: if is_hardware { HARDWARE_KEY.to_owned() } else { reason.software_reason_key.clone() },
        value: if is_hardware { reason.hardware_reason.clone() } else { reason.software_reason_value.clone() },
        created: created.ms,
        created_ts: created.ts,
        created_tcode: created.tcode,
        terminated: terminated.ms,
        terminated_ts: terminated.ts,
        terminated_tcode: terminated.tcode,
        gsys_ext_vch1: about.device.name.clone(),
    }
}

/// The stretches of do-not-disturb; one that nobody turned off ends with the logout.
fn dnd_rows(about: &About<'_>, session: &Session<'_, '_>, chain: &Chain<'_, '_>, rows: &mut GidbRows) {
    let mut since_us: Option<i64> = None;
    let mut ties = Ties::new();
    let mut add = |from_us: i64, to_us: Option<i64>| {
        let tie = ties.next(from_us);
        rows.g_dnd_history.push(dnd_row(about, chain, (from_us, to_us), &tie));
    };
    for (at_us, event) in &session.events {
        let BodyView::DoNotDisturbChanged(told) = &event.body else { continue };
        let at_us = session.within(*at_us);
        match since_us {
            None if told.on => since_us = Some(at_us),
            Some(from_us) if !told.on => {
                add(from_us, Some(at_us));
                since_us = None;
            }
            _ => {}
        }
    }
    if let Some(from_us) = since_us {
        add(from_us, session.to_us);
    }
}

fn dnd_row(about: &About<'_>, chain: &Chain<'_, '_>, (from_us, to_us): (i64, Option<i64>), tie: &str) -> GDndHistory {
    let (added, terminated) = (Instant::of(from_us), to_us.map(Instant::of));
    let mut pieces = chain.ended.iter().chain(&chain.now);
    let state = pieces.rfind(|piece| piece.from_us <= from_us).map_or(AgentCode::Null, |p| code(p.state));
    GDndHistory {
        id: key("g_dnd_history", &[about.id, &added.ms.to_string(), tie]),
        unit_key: about.shared.unit_key,
        gsys_partition: about.shared.gsys_partition,
        loginsessionid: about.id.to_owned(),
        agentstate: state as i32,
        endpointid: about.device.endpoint_id,
        queueid: NO_QUEUE,
        state: if to_us.is_some() { DndState::Off } else { DndState::On } as i32,
        added: added.ms,
        added_ts: added.ts,
        added_tcode: added.tcode,
        terminated: terminated.map(|at| at.ms),
        terminated_ts: terminated.map(|at| at.ts),
        terminated_tcode: terminated.map(|at| at.tcode),
        gsys_ext_vch1: about.device.name.clone(),
    }
}

fn stat_row(about: &About<'_>, chain: &Chain<'_, '_>, to_us: i64) -> GsAgentStat {
    let spent = |wanted: AgentCode| {
        let pieces = chain.ended.iter().filter(|piece| code(piece.state) == wanted);
        as_i32(pieces.map(|piece| seconds(piece.from_us, piece.to_us)).sum())
    };
    let added = Instant::of(to_us);
    GsAgentStat {
        id: key("gs_agent_stat", &[about.id]),
        unit_key: about.shared.unit_key,
        gsys_partition: about.shared.gsys_partition,
        loginsessionid: about.id.to_owned(),
        agentid: about.agent_id,
        endpointid: about.device.endpoint_id,
        queueid: NO_QUEUE,
        tt_null: spent(AgentCode::Null),
        tt_login: spent(AgentCode::Login),
        tt_notready: spent(AgentCode::NotReady),
        tt_ready: spent(AgentCode::Ready),
        tt_acw: spent(AgentCode::AfterCallWork),
        tt_busy: spent(AgentCode::Busy),
        added: added.ms,
        added_ts: added.ts,
        added_tcode: added.tcode,
        gsys_ext_vch1: about.device.name.clone(),
    }
}
