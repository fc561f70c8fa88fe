//! Login sessions: from the logins and logouts of one session id to its row.
//!
//! Of several logins the earliest counts, of several logouts the latest. A session that goes on is in no fact.

use callmart_schema::catalogue::SmResSessionFact;
use callmart_schema::catalogue::statics::MEDIA_VOICE;
use callmart_schema::event::{BodyView, DnType};
use callmart_schema::keys::{NONE, key};

use super::Opened;
use super::interaction::Span;
use super::resource::{agent_row, dn_row, tenant_row};
use super::rows::Rows;
use crate::unit::Unit;

/// What one login or logout tells.
struct Told<'a> {
    at_us: i64,
    dn: &'a str,
    agent: &'a str,
    switch: &'a str,
    tenant: &'a str,
    derived: bool,
}

/// Folds a login session.
pub(super) fn fold(unit: &Unit, events: &[Opened<'_>], rows: &mut Rows) {
    let (mut logins, mut logouts) = (Vec::new(), Vec::new());
    for event in events {
        let told = |dn, agent, derived| Told {
            at_us: event.stored.time_us,
            dn,
            agent,
            switch: &event.stored.switch,
            tenant: event.tenant,
            derived,
        };
        match &event.body {
            BodyView::AgentLogin(b) => logins.push(told(b.dn, b.agent, b.derived)),
            BodyView::AgentLogout(b) => logouts.push(told(b.dn, b.agent, b.derived)),
            _ => {}
        }
    }
    // The same login that counts on a timeline; events stand in the order of identities, and of equals the first counts.
    let login = logins.iter().min_by_key(|t| (t.at_us, t.agent));
    let logout = logouts.iter().map(|t| t.at_us).max();
    if let (Some(login), Some(logout_us)) = (login, logout) {
        rows.sm_res_session_fact.push(session_row(unit, login, logout_us, &mut rows.dimensions));
    }
}

fn session_row(unit: &Unit, login: &Told<'_>, logout_us: i64, dimensions: &mut super::Dimensions) -> SmResSessionFact {
    let span = Span::of(login.at_us, logout_us);
    SmResSessionFact {
        sm_res_session_fact_key: key("session", &[unit.id()]),
        unit_key: unit.key(),
        tenant_key: dimensions.tenant(tenant_row(login.tenant)),
        media_type_key: MEDIA_VOICE,
        resource_key: dimensions.resource(agent_row(login.tenant, login.agent)),
        media_resource_key: dimensions.resource(dn_row(
            login.tenant,
            login.switch,
            login.dn,
            DnType::DN_TYPE_EXTENSION,
        )),
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
    }
}
