//! Handlers: whose a delivery is, and how sure that is.
//!
//! Knows parties, timelines and coverage; not what the delivery came to.

use std::sync::Arc;

use super::Context;
use super::party::Party;
use super::resource::{Part, part};
use crate::coverage::AgentSide;
use crate::timeline::Found;

/// How sure the agent of a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AgentMatch {
    /// Found, and every source that could say otherwise was heard or is ignored.
    Final,
    /// Found, but a source that could say otherwise was not heard.
    Provisional,
    /// Nobody was logged in: every source that could say otherwise was heard.
    None,
    /// Nobody was found, but the agent side was not heard.
    Unknown,
}

impl AgentMatch {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Final => "final",
            Self::Provisional => "provisional",
            Self::None => "none",
            Self::Unknown => "unknown",
        }
    }
}

/// Whose an attempt is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Handler {
    /// EmployeeID, when an agent handled it.
    pub(super) agent: Option<Arc<str>>,
    /// Login session of that agent, when it is known.
    pub(super) session: Option<Arc<str>>,
    /// How sure that is; none where a resource has no agents.
    pub(super) agent_match: Option<AgentMatch>,
    /// How far outside the session the delivery lay; none unless the agent was found by time.
    pub(super) distance_us: Option<i64>,
}

/// The agent is who was logged in on the DN when the call was delivered there, unless the event itself named one, as an
/// ordinary switch does.
pub(super) fn handler(party: &Party<'_>, context: Context<'_>) -> Handler {
    if part(party.dn_type) != Part::Telephone {
        return Handler::default();
    }
    let found = found(party, context);
    if !party.agent.is_empty() {
        return Handler {
            session: found.filter(|f| &**f.agent == party.agent).map(|f| f.session.clone()),
            agent: Some(party.agent.into()),
            agent_match: Some(AgentMatch::Final),
            distance_us: None,
        };
    }
    let side = context.coverage.agent_side(party.switch, party.delivered_us());
    match found {
        Some(found) => Handler {
            agent: Some(found.agent.clone()),
            session: Some(found.session.clone()),
            agent_match: Some(if side == AgentSide::NotHeard { AgentMatch::Provisional } else { AgentMatch::Final }),
            distance_us: Some(found.distance_us),
        },
        None => Handler {
            agent_match: Some(if side == AgentSide::Complete { AgentMatch::None } else { AgentMatch::Unknown }),
            ..Handler::default()
        },
    }
}

/// The login sessions that can tell of after-call work for a telephone's delivery: the one that it belongs to, and those that
/// the same agent began on the DN before the call left it (a DN that moves to another owner meanwhile; a reading of
/// `docs/sources.md`). Of a device that is no telephone, and of a delivery that is nobody's, none.
pub(super) fn sessions_of(party: &Party<'_>, context: Context<'_>) -> Vec<Arc<str>> {
    if part(party.dn_type) != Part::Telephone {
        return Vec::new();
    }
    let found = found(party, context);
    let told = (!party.agent.is_empty()).then_some(party.agent);
    let Some(agent) = told.or_else(|| found.map(|f| &**f.agent)) else { return Vec::new() };
    let began_us = party.delivered_us()..=party.end_us().saturating_add(tolerance_us(context));
    let mut sessions = context.timelines.logins_of(party.switch, party.dn, agent, began_us);
    sessions.extend(found.filter(|f| &**f.agent == agent).map(|f| f.session.clone()));
    sessions.sort_unstable();
    sessions.dedup();
    sessions
}

/// An ordinary switch names the agent of a party, so that nobody is looked for by time where it named nobody.
fn found<'c>(party: &Party<'_>, context: Context<'c>) -> Option<Found<'c>> {
    if party.agent.is_empty() && context.coverage.names_agents(party.switch) {
        return None;
    }
    context.timelines.agent_at(party.switch, party.dn, party.delivered_us(), tolerance_us(context))
}

/// How far the clocks of a call's source and of a DN's owner may be apart, in microseconds.
fn tolerance_us(context: Context<'_>) -> i64 {
    i64::from(context.settings.match_tolerance_ms) * 1_000
}
