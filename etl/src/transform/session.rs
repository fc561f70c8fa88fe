//! Login sessions: from the events of one session id to its rows.
//!
//! Of several logins the earliest counts, of several logouts the latest. Of a session that goes on only the states that
//! ended are facts. What the agent did when is found out in `agent_state`.

use std::collections::BTreeSet;
use std::sync::Arc;

use callmart_schema::catalogue::statics::{AgentState, MEDIA_VOICE};
use callmart_schema::catalogue::{OpenAgent, SmResSessionFact, SmResStateFact, SmResStateReasonFact, date_time_key};
use callmart_schema::event::{BodyView, DnType};
use callmart_schema::keys::{NONE, key};

use super::agent_state::{Chain, Piece};
use super::completeness::Completeness;
use super::interaction::Span;
use super::order::in_order;
use super::party::floor_s;
use super::reason::reasons;
use super::resource::{agent_row, dn_row, tenant_row};
use super::rows::{Dimensions, Rows, Ties};
use super::snapshots::Heard;
use super::{Opened, Origin};
use crate::coverage::{Coverage, Hole};
use crate::unit::Unit;
use crate::wraps::Wrap;

/// What one event tells of the session itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told<'a> {
    at_us: i64,
    pub(super) dn: &'a str,
    pub(super) agent: &'a str,
    pub(super) switch: &'a str,
    pub(super) tenant: &'a str,
    derived: bool,
    is_estimated: bool,
}

/// A session, as far as its events tell.
pub(super) struct Session<'e, 'a> {
    /// The events in the order in which they happened.
    pub(super) events: Vec<(i64, &'e Opened<'a>)>,
    /// The login that counts.
    pub(super) login: Option<Told<'a>>,
    /// What tells whose session it is: the login, else the first event that names an agent, else the first.
    pub(super) head: Told<'a>,
    /// Begin of the states: the login, else the first event.
    pub(super) from_us: i64,
    /// Latest logout, not before the begin; none while the session goes on.
    pub(super) to_us: Option<i64>,
    /// Whether nobody told that it ended.
    is_estimated: bool,
}

/// Keys that the rows of one session share.
#[derive(Debug, Clone, Copy)]
struct Keys {
    session: i64,
    unit: i64,
    tenant: i64,
    agent: i64,
    dn: i64,
    sdt: i64,
}

/// Folds a login session; gives its after-call work, as [`wraps`] does.
pub(super) fn fold(unit: &Unit, heard: &Heard<'_>, coverage: &Coverage, rows: &mut Rows) -> Vec<Wrap> {
    let Some(session) = Session::of(&heard.events) else { return Vec::new() };
    let chain = session.chain();
    session.fold(unit, &chain, heard.is_lost, rows);
    session.wraps(&chain, coverage)
}

/// The after-call work of a session, and the stretches in which what its sources told is lost.
pub(super) fn wraps(events: &[Opened<'_>], coverage: &Coverage) -> Vec<Wrap> {
    Session::of(events).map_or_else(Vec::new, |session| session.wraps(&session.chain(), coverage))
}

impl<'e, 'a> Session<'e, 'a> {
    pub(super) fn of(events: &'e [Opened<'a>]) -> Option<Self> {
        let (mut logins, mut logouts_us, mut others) = (Vec::new(), Vec::new(), Vec::new());
        let events = in_order(events);
        for (at_us, event) in &events {
            let told = |at_us, dn, agent, derived| Told {
                at_us,
                dn,
                agent,
                switch: &event.stored.switch,
                tenant: event.tenant,
                derived,
                is_estimated: event.origin == Origin::Estimate,
            };
            match &event.body {
                BodyView::AgentLogin(b) => logins.push(told(event.at_us, b.dn, b.agent, b.derived)),
                BodyView::AgentLogout(b) => {
                    logouts_us.push(event.at_us);
                    others.push(told(event.at_us, b.dn, b.agent, b.derived));
                }
                BodyView::AgentReady(b) => others.push(told(*at_us, b.dn, b.agent, false)),
                BodyView::AgentNotReady(b) => others.push(told(*at_us, b.dn, b.agent, false)),
                BodyView::DnCall(b) => others.push(told(*at_us, b.dn, b.agent, false)),
                BodyView::DoNotDisturbChanged(b) => others.push(told(*at_us, b.dn, b.agent, false)),
                _ => {}
            }
        }
        // The same login that counts on a timeline; of equals the first counts.
        let login = logins.into_iter().min_by_key(|t| (t.at_us, t.agent));
        let first = others.iter().find(|t| !t.agent.is_empty()).or_else(|| others.first());
        let head = login.or_else(|| first.copied())?;
        let from_us = login.or_else(|| others.first().copied()).map_or(head.at_us, |t| t.at_us);
        let to_us = logouts_us.into_iter().max().map(|us| us.max(from_us));
        let is_estimated = others.iter().any(|t| t.is_estimated && to_us == Some(t.at_us.max(from_us)));
        Some(Self { events, login, head, from_us, to_us, is_estimated })
    }

    fn fold(&self, unit: &Unit, chain: &Chain<'_, '_>, is_lost: bool, rows: &mut Rows) {
        let has_rows = self.login.is_some() && self.to_us.is_some();
        if !has_rows && chain.ended.is_empty() && chain.now.is_none() {
            return;
        }
        // A login that was never told is lost, whether or not its source is known to lack anything.
        let is_lost = is_lost || self.login.is_none();
        let keys = self.keys(unit, &mut rows.dimensions);
        if let (Some(login), Some(to_us)) = (self.login, self.to_us) {
            let completeness = Completeness::of(is_lost, self.is_estimated);
            rows.sm_res_session_fact.push(session_row(unit, keys, &login, to_us, completeness));
        }
        state_rows(unit, keys, chain, is_lost, rows);
        if let Some(now) = chain.now {
            let row = open_row(unit, keys, self, chain, &now, &mut rows.dimensions);
            rows.open_agent.push(row);
        }
    }

    fn wraps(&self, chain: &Chain<'_, '_>, coverage: &Coverage) -> Vec<Wrap> {
        let sources: BTreeSet<&Arc<str>> = self.events.iter().map(|(_, e)| &e.stored.identity.source).collect();
        let holes: Vec<&Hole> = sources.into_iter().flat_map(|source| coverage.holes(source)).collect();
        let login = self.login.map(|login| (login.at_us, Arc::from(login.agent)));
        let wrap = |root_call: &str, from_us, to_us: Option<i64>, known_us| Wrap {
            root_call: Arc::from(root_call),
            from_us,
            to_us,
            login: login.clone(),
            is_lost: holes.iter().any(|hole| hole.touches(known_us, to_us.unwrap_or(from_us))),
        };
        let until_us = self.to_us.unwrap_or(i64::MAX);
        let silent = holes.iter().filter(|hole| hole.touches(self.from_us, until_us));
        let silent = silent.map(|hole| wrap("", hole.from_us, Some(hole.to_us), hole.from_us));
        // Whose it is was lost too when a later call of the agent may have been.
        let told = chain.after_calls.iter().map(|a| wrap(a.root_call, a.from_us, a.to_us, a.talked_us.min(a.from_us)));
        silent.chain(told).collect()
    }

    /// A moment, or of one outside of the session its nearer end.
    pub(super) fn within(&self, at_us: i64) -> i64 {
        at_us.clamp(self.from_us, self.to_us.unwrap_or(i64::MAX).max(self.from_us))
    }

    pub(super) fn chain(&self) -> Chain<'e, 'a> {
        Chain::of(&self.events, self.login.is_some(), self.from_us, self.to_us)
    }

    fn keys(&self, unit: &Unit, dimensions: &mut Dimensions) -> Keys {
        let Told { tenant, switch, dn, agent, .. } = self.head;
        let tenant_key = dimensions.tenant(tenant_row(tenant));
        Keys {
            session: key("session", &[unit.id()]),
            unit: unit.key(),
            tenant: tenant_key,
            agent: dimensions.resource(agent_row((tenant_key, tenant), agent)),
            dn: dimensions.resource(dn_row(tenant_key, switch, dn, DnType::DN_TYPE_EXTENSION)),
            sdt: date_time_key(floor_s(self.from_us)),
        }
    }
}

fn session_row(
    unit: &Unit,
    keys: Keys,
    login: &Told<'_>,
    logout_us: i64,
    completeness: Completeness,
) -> SmResSessionFact {
    let span = Span::of(login.at_us, logout_us);
    SmResSessionFact {
        sm_res_session_fact_key: keys.session,
        unit_key: keys.unit,
        tenant_key: keys.tenant,
        media_type_key: MEDIA_VOICE,
        resource_key: keys.agent,
        media_resource_key: keys.dn,
        resource_group_combination_key: NONE,
        session_guid: unit.id().to_owned(),
        derived_flag: i32::from(login.derived),
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
    }
}

/// The rows of the states that ended, each with the rows of its reasons. One state is one row, however often it was told.
fn state_rows(unit: &Unit, keys: Keys, chain: &Chain<'_, '_>, is_lost: bool, rows: &mut Rows) {
    let (mut ties, mut reason_ties) = (Ties::new(), Ties::new());
    let mut states: Vec<&[Piece<'_, '_>]> = chain.ended.chunk_by(|a, b| a.state == b.state).collect();
    if chain.now.is_some_and(|now| states.last().and_then(|s| s.first()).is_some_and(|s| s.state == now.state)) {
        states.pop();
    }
    for pieces in states {
        let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else { continue };
        let completeness = Completeness::of(is_lost, last.is_estimated);
        let row = state_row(unit, keys, (first, last.to_us), completeness, &mut ties);
        reason_rows(unit, &row, pieces, &mut reason_ties, rows);
        rows.sm_res_state_fact.push(row);
    }
}

fn state_row(
    unit: &Unit,
    keys: Keys,
    (first, to_us): (&Piece<'_, '_>, i64),
    completeness: Completeness,
    ties: &mut Ties<(AgentState, i64)>,
) -> SmResStateFact {
    let span = Span::of(first.from_us, to_us);
    let (state, tie) = (format!("{:?}", first.state), ties.next((first.state, span.start_ms)));
    SmResStateFact {
        sm_res_state_fact_key: key("sm_res_state", &[unit.id(), &state, &span.start_ms.to_string(), &tie]),
        unit_key: keys.unit,
        tenant_key: keys.tenant,
        media_type_key: MEDIA_VOICE,
        resource_key: keys.agent,
        media_resource_key: keys.dn,
        resource_group_combination_key: NONE,
        resource_state_key: first.state as i64,
        sm_res_session_fact_key: keys.session,
        sm_res_session_fact_sdt_key: keys.sdt,
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
    }
}

/// One row for each reason, for as long as the agent's word that gave it is what the state shows; the same reasons told again
/// go on.
fn reason_rows(
    unit: &Unit,
    state: &SmResStateFact,
    pieces: &[Piece<'_, '_>],
    ties: &mut Ties<(i64, i64, i64)>,
    rows: &mut Rows,
) {
    let told: Vec<_> = pieces.iter().map(|p| (p.told.map(reasons).unwrap_or_default(), p)).collect();
    for same in told.chunk_by(|a, b| a.0 == b.0) {
        let (Some((given, first)), Some((_, last))) = (same.first(), same.last()) else { continue };
        for reason in given {
            let span = Span::of(first.from_us, last.to_us);
            let reason_key = rows.dimensions.reason(reason.clone());
            let (number, start) = (reason_key.to_string(), span.start_ms.to_string());
            let tie = ties.next((state.resource_state_key, reason_key, span.start_ms));
            let parts = [unit.id(), &format!("{:?}", first.state), &number, &start, &tie];
            rows.sm_res_state_reason_fact.push(SmResStateReasonFact {
                sm_res_state_reason_fact_key: key("sm_res_state_reason", &parts),
                unit_key: state.unit_key,
                tenant_key: state.tenant_key,
                media_type_key: state.media_type_key,
                resource_key: state.resource_key,
                resource_group_combination_key: NONE,
                resource_state_key: state.resource_state_key,
                resource_state_reason_key: reason_key,
                sm_res_state_fact_key: state.sm_res_state_fact_key,
                sm_res_state_fact_sdt_key: state.start_date_time_key,
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
}

/// The row of now. A state goes on since it began, however often it was told; of several reasons the first is named.
fn open_row(
    unit: &Unit,
    keys: Keys,
    session: &Session<'_, '_>,
    chain: &Chain<'_, '_>,
    now: &Piece<'_, '_>,
    dimensions: &mut Dimensions,
) -> OpenAgent {
    let since = chain.ended.iter().rev().take_while(|p| p.state == now.state).last().unwrap_or(now);
    let reason = now.told.and_then(|told| reasons(told).into_iter().next());
    OpenAgent {
        sm_res_session_fact_key: keys.session,
        unit_key: keys.unit,
        tenant_key: keys.tenant,
        resource_key: keys.agent,
        media_resource_key: keys.dn,
        session_guid: unit.id().to_owned(),
        login_ms: session.from_us.div_euclid(1_000),
        resource_state_key: now.state as i64,
        state_since_ms: since.from_us.div_euclid(1_000),
        resource_state_reason_key: reason.map_or(NONE, |r| dimensions.reason(r)),
        interaction_id: chain.call_now.map_or(NONE, |root_call| key("interaction", &[root_call])),
        media_server_root_ixn_guid: chain.call_now.map(str::to_owned),
    }
}
