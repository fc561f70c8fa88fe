//! Attempts: which parties tried to handle the interaction or ended it in mediation, how each came about and ended.
//!
//! The rules of roles and results stand here, each behind one function. Does not know the columns of the facts.

use callmart_schema::catalogue::date_time_key;
use callmart_schema::catalogue::statics::{Outcome, ResourceRole};
use callmart_schema::event::{DnType, PartyEnd, PartyRole, PartyState};
use callmart_schema::keys::key;

use super::Context;
use super::call::Calls;
use super::party::{Party, floor_s, seconds};
use super::resource::{Part, part};

/// How sure the agent of a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AgentMatch {
    /// Found, and every source that could say otherwise was heard.
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Handler {
    /// EmployeeID, when an agent handled it.
    pub(super) agent: Option<String>,
    /// How sure that is; none where a resource has no agents.
    pub(super) agent_match: Option<AgentMatch>,
    /// How far outside the session the delivery lay; none unless the agent was found by time.
    pub(super) distance_us: Option<i64>,
}

/// One attempt.
#[derive(Debug)]
pub(super) struct Attempt<'a> {
    /// Key of the attempt, in the number space that attempts and passages share. Party UUIDs of two interactions may be
    /// alike, so the root call is part of it.
    pub(super) id: i64,
    pub(super) party: &'a Party<'a>,
    pub(super) part: Part,
    /// Mediation devices that led to it, in order; of an attempt in mediation, including itself.
    pub(super) mediation: Vec<&'a Party<'a>>,
    /// Last IVR that the interaction was in before.
    pub(super) last_ivr: Option<&'a Party<'a>>,
    pub(super) role: ResourceRole,
    pub(super) outcome: Outcome,
    pub(super) handler: Handler,
    /// Attempt that handed the interaction over, as its place among the attempts.
    pub(super) received_from: Option<usize>,
    /// Mediation of the attempts before it that were not answered, in seconds.
    pub(super) previous_mediation_s: i64,
}

impl Attempt<'_> {
    /// Start of the attempt: of the mediation that led to it, else of alerting or dialling (decision of the reading:
    /// mediation counts, as Info Mart's queue time is part of the attempt it led to).
    pub(super) fn start_us(&self) -> i64 {
        self.mediation.first().map_or_else(|| self.party.start_us(), |m| m.start_us())
    }

    pub(super) fn end_us(&self) -> i64 {
        self.party.end_us()
    }

    /// `start_date_time_key` of the attempt.
    pub(super) fn start_key(&self) -> i64 {
        date_time_key(floor_s(self.start_us()))
    }

    /// Time in the mediation that led to it, in seconds.
    pub(super) fn mediation_s(&self) -> i64 {
        self.mediation.iter().map(|m| seconds(m.start_us(), m.end_us())).fold(0, i64::saturating_add)
    }

    fn handed_over(&self) -> bool {
        self.outcome == Outcome::Transferred || self.was_redirected()
    }

    /// Whether the call went on elsewhere before the resource answered.
    pub(super) fn was_redirected(&self) -> bool {
        matches!(self.outcome, Outcome::Redirected | Outcome::RedirectedOnNoAnswer)
    }

    /// Whether the resource talked with anybody.
    pub(super) fn was_handled(&self) -> bool {
        self.part != Part::Mediation && self.party.was(PartyState::PARTY_STATE_CONNECTED)
    }
}

/// The attempts of an interaction, in the order in which their parties joined.
pub(super) fn attempts<'a>(calls: &'a Calls<'a>, context: Context<'_>) -> Vec<Attempt<'a>> {
    let mut attempts: Vec<Attempt<'a>> = Vec::new();
    let mut mediation: Vec<&'a Party<'a>> = Vec::new();
    let mut last_ivr = None;
    let has_customer = has_customer(calls);
    let inside: Vec<&Party<'a>> = calls.parties.iter().filter(|p| takes_part(p)).collect();
    for (place, &party) in inside.iter().enumerate() {
        let part = part(party.dn_type);
        mediation.extend((part == Part::Mediation).then_some(party));
        let goes_on = place + 1 < inside.len();
        // A queue or routing point has an attempt of its own only when the interaction ended there.
        if part == Part::Mediation && goes_on {
            continue;
        }
        let role = role(party, part, &mediation, attempts.last());
        attempts.push(Attempt {
            id: key("interaction_resource", &[calls.root, party.id]),
            party,
            part,
            last_ivr,
            role,
            outcome: outcome(party, part, goes_on, has_customer),
            handler: handler(party, part, context),
            received_from: attempts.last().filter(|a| a.handed_over()).map(|_| attempts.len() - 1),
            mediation: std::mem::take(&mut mediation),
            previous_mediation_s: attempts
                .last()
                .filter(|a| a.was_redirected())
                .map_or(0, |a| a.previous_mediation_s.saturating_add(a.mediation_s())),
        });
        last_ivr = if part == Part::SelfService { Some(party) } else { last_ivr };
    }
    attempts
}

/// Outside parties and observers make no attempts.
fn takes_part(party: &Party<'_>) -> bool {
    part(party.dn_type) != Part::Outside && party.role != PartyRole::PARTY_ROLE_OBSERVER
}

/// Whether anybody outside is on the calls.
pub(super) fn has_customer(calls: &Calls<'_>) -> bool {
    calls.parties.iter().any(|p| part(p.dn_type) == Part::Outside)
}

/// How the resource came to be involved: from a queue, a routing point, the resource before it, or directly.
fn role(party: &Party<'_>, part: Part, mediation: &[&Party<'_>], before: Option<&Attempt<'_>>) -> ResourceRole {
    if part == Part::Mediation {
        return ResourceRole::Received;
    }
    match mediation.last().map(|m| m.dn_type) {
        Some(DnType::DN_TYPE_ACD_QUEUE) => ResourceRole::DivertedTo,
        Some(_) => ResourceRole::RoutedTo,
        None if before.is_some_and(|a| a.outcome == Outcome::Transferred) => ResourceRole::ReceivedTransfer,
        // Whoever takes over an unanswered call came to it as the one before did.
        None if let Some(before) = before.filter(|a| a.was_redirected()) => before.role,
        None if party.role == PartyRole::PARTY_ROLE_ORIGINATION => ResourceRole::Initiated,
        None => ResourceRole::Received,
    }
}

/// How the attempt ended.
fn outcome(party: &Party<'_>, part: Part, goes_on: bool, has_customer: bool) -> Outcome {
    match part {
        Part::Mediation if has_customer => Outcome::CustomerAbandonedWhileQueued,
        Part::Mediation => Outcome::AbandonedWhileQueued,
        Part::SelfService if goes_on => Outcome::Transferred,
        Part::SelfService => Outcome::Completed,
        _ if party.was(PartyState::PARTY_STATE_CONNECTED) => handled_outcome(party, has_customer),
        _ => unhandled_outcome(party, has_customer),
    }
}

fn handled_outcome(party: &Party<'_>, has_customer: bool) -> Outcome {
    let held = party.stretches().last().is_some_and(|s| s.state == PartyState::PARTY_STATE_HELD);
    match party.end {
        PartyEnd::PARTY_END_TRANSFERRED | PartyEnd::PARTY_END_DIVERTED => Outcome::Transferred,
        PartyEnd::PARTY_END_CONFERENCED => Outcome::Conferenced,
        PartyEnd::PARTY_END_ABANDONED if held && has_customer => Outcome::CustomerAbandonedFromHold,
        PartyEnd::PARTY_END_ABANDONED if held => Outcome::AbandonedFromHold,
        _ => Outcome::Completed,
    }
}

fn unhandled_outcome(party: &Party<'_>, has_customer: bool) -> Outcome {
    match party.end {
        PartyEnd::PARTY_END_REDIRECTED => Outcome::RedirectedOnNoAnswer,
        PartyEnd::PARTY_END_DIVERTED | PartyEnd::PARTY_END_TRANSFERRED => Outcome::Redirected,
        PartyEnd::PARTY_END_BUSY | PartyEnd::PARTY_END_FAILED => Outcome::DestinationBusy,
        _ if has_customer => Outcome::CustomerAbandonedWhileRinging,
        _ => Outcome::AbandonedWhileRinging,
    }
}

/// The agent is who was logged in on the DN when the call was delivered there, unless the event itself named one.
fn handler(party: &Party<'_>, part: Part, context: Context<'_>) -> Handler {
    if part != Part::Telephone {
        return Handler { agent: None, agent_match: None, distance_us: None };
    }
    if !party.agent.is_empty() {
        let agent = Some(party.agent.to_owned());
        return Handler { agent, agent_match: Some(AgentMatch::Final), distance_us: None };
    }
    let at_us = party.delivered_us();
    let tolerance_us = i64::from(context.settings.match_tolerance_ms) * 1_000;
    let covered = context.coverage.agents_covered(party.switch, at_us);
    match context.timelines.agent_at(party.switch, party.dn, at_us, tolerance_us) {
        Some(found) => Handler {
            agent: Some(found.agent.to_string()),
            agent_match: Some(if covered { AgentMatch::Final } else { AgentMatch::Provisional }),
            distance_us: Some(found.distance_us),
        },
        None => Handler {
            agent: None,
            agent_match: Some(if covered { AgentMatch::None } else { AgentMatch::Unknown }),
            distance_us: None,
        },
    }
}
