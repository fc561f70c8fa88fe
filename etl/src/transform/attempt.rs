//! Attempts: which parties tried to handle the interaction or ended it in mediation, and what belongs to each.
//!
//! How an attempt came about and ended is decided in `result`. Does not know the columns of the facts.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use callmart_schema::catalogue::date_time_key;
use callmart_schema::catalogue::statics::{Outcome, ResourceRole};
use callmart_schema::event::{PartyEnd, PartyState};
use callmart_schema::keys::key;

use super::Context;
use super::call::Calls;
use super::chain::{Chain, takes_part};
use super::family::{Conferences, Piece};
use super::handler::{Handler, handler, sessions_of};
use super::party::{Party, floor_s, seconds};
use super::resource::{Part, part};
use super::result::Company;
use crate::wraps::Wrap;

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
    /// Last IVR that its chain was in before.
    pub(super) last_ivr: Option<&'a Party<'a>>,
    pub(super) role: ResourceRole,
    pub(super) outcome: Outcome,
    pub(super) handler: Handler,
    /// Attempt that handed the interaction over, as its place among the attempts.
    pub(super) received_from: Option<usize>,
    /// Mediation of the attempts before it that were not answered, in seconds.
    pub(super) previous_mediation_s: i64,
    /// Its party's life by state, family and call.
    pub(super) pieces: Vec<Piece<'a>>,
    /// After-call work that belongs to it and ended: start and end, in microseconds.
    pub(super) wraps: Vec<(i64, i64)>,
    /// Whether something of its after-call work may be lost.
    pub(super) is_wrap_lost: bool,
    /// Whether it made a conference of the call.
    pub(super) made_conference: bool,
    /// Whether it was called into a consultation.
    pub(super) was_called_into_consult: bool,
    /// Whether the consultation that it asked for was answered by an agent.
    pub(super) agent_answered: bool,
}

impl Attempt<'_> {
    /// Start of the attempt: of the mediation that led to it, else of alerting or dialling (decision of the reading:
    /// mediation counts, as Info Mart's queue time is part of the attempt it led to).
    pub(super) fn start_us(&self) -> i64 {
        let has_dialled = self.part == Part::Mediation && self.role == ResourceRole::Initiated;
        let waits = self.mediation.first().filter(|_| !has_dialled);
        waits.map_or_else(|| self.party.start_us(), |m| m.waits_from_us())
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
        self.mediation.iter().map(|m| seconds(m.waits_from_us(), m.end_us())).fold(0, i64::saturating_add)
    }

    /// Whether whoever came from it got the interaction from it. Of a consultation that is so whatever became of it.
    fn handed_over(&self) -> bool {
        self.outcome == Outcome::Transferred || self.was_redirected() || self.role == ResourceRole::InitiatedConsult
    }

    /// Whether a party came because this one dialled, and so before it talked. What became of who dialled later is not how
    /// the called party came.
    pub(super) fn dialled(&self, party: &Party<'_>) -> bool {
        let connected_us = self.party.connected_us();
        self.role == ResourceRole::Initiated && connected_us.is_none_or(|us| party.start_us() <= us)
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

/// Builds the attempts one after the other.
struct Builder<'a, 'c> {
    calls: &'a Calls<'a>,
    context: Context<'c>,
    chain: Chain,
    company: &'c Company<'a>,
    conferences: Conferences<'a>,
    attempts: Vec<Attempt<'a>>,
    /// By party: the attempt that it made, or whose mediation it is.
    attempt_of: Vec<Option<usize>>,
}

/// The attempts of an interaction that are over, in the order in which their parties joined.
pub(super) fn attempts<'a>(calls: &'a Calls<'a>, company: &Company<'a>, context: Context<'_>) -> Vec<Attempt<'a>> {
    let mut builder = Builder {
        calls,
        context,
        chain: Chain::of(calls),
        company,
        conferences: Conferences::of(calls),
        attempts: Vec::new(),
        attempt_of: vec![None; calls.parties.len()],
    };
    for (place, party) in calls.parties.iter().enumerate() {
        // A queue or routing point has an attempt of its own only when the interaction ended there. One that gave its call's
        // customer to somebody in another call has led on.
        let has_led_on = builder.chain.led_on(place) || party.end == PartyEnd::PARTY_END_TRANSFERRED;
        let leads_on = part(party.dn_type) == Part::Mediation && has_led_on;
        if takes_part(party) && !leads_on {
            builder.add(place, party);
        }
    }
    let mut attempts = over(calls, builder.attempts);
    tell_answers_of_agents(&mut attempts);
    give_wraps(calls.root, &mut attempts, context);
    attempts
}

impl<'a> Builder<'a, '_> {
    fn add(&mut self, place: usize, party: &'a Party<'a>) {
        let (mediation, before) = self.way_to(place, party);
        let from = before.and_then(|at| self.attempts.get(at)).filter(|from| !from.dialled(party));
        let role = self.company.role(party, &mediation, from);
        self.attempts.push(Attempt {
            id: key("interaction_resource", &[self.calls.root, party.id]),
            party,
            part: part(party.dn_type),
            last_ivr: self.chain.last_ivr(place).and_then(|ivr| self.calls.parties.get(ivr)),
            role,
            outcome: self.company.outcome(party, role, self.chain.led_on(place)),
            handler: handler(party, self.context),
            received_from: from.filter(|a| a.handed_over()).and(before),
            previous_mediation_s: from
                .filter(|a| a.was_redirected())
                .map_or(0, |a| a.previous_mediation_s.saturating_add(a.mediation_s())),
            mediation,
            pieces: self.conferences.pieces(self.calls, party),
            wraps: Vec::new(),
            is_wrap_lost: false,
            made_conference: self.conferences.has_maker(party),
            was_called_into_consult: self.calls.is_consult(party.call) && role != ResourceRole::InitiatedConsult,
            agent_answered: false,
        });
    }

    /// The mediation that led to a party and to nobody before, in order, and the attempt before that.
    fn way_to(&mut self, place: usize, party: &'a Party<'a>) -> (Vec<&'a Party<'a>>, Option<usize>) {
        let own = self.attempts.len();
        self.attempt_of[place] = Some(own);
        let mut mediation = Vec::new();
        if part(party.dn_type) == Part::Mediation {
            mediation.push(party);
        }
        let mut at = self.chain.came_from(place);
        while let Some((from, device)) = at.and_then(|from| Some((from, self.calls.parties.get(from)?))) {
            if part(device.dn_type) != Part::Mediation || self.attempt_of[from].is_some() {
                break;
            }
            self.attempt_of[from] = Some(own);
            mediation.push(device);
            at = self.chain.came_from(from);
        }
        mediation.reverse();
        (mediation, at.and_then(|from| self.attempt_of[from]))
    }
}

/// The attempts that are over; those of a consult call that outlives the root call are not.
fn over<'a>(calls: &Calls<'a>, attempts: Vec<Attempt<'a>>) -> Vec<Attempt<'a>> {
    let is_over: Vec<bool> = attempts.iter().map(|a| calls.is_over(a.party)).collect();
    if is_over.iter().all(|is_over| *is_over) {
        return attempts;
    }
    let count = |count: &mut usize, is_over: &bool| {
        let place = is_over.then_some(*count);
        *count += usize::from(*is_over);
        Some(place)
    };
    let places: Vec<Option<usize>> = is_over.iter().scan(0, count).collect();
    let mut kept: Vec<Attempt<'a>> = attempts.into_iter().zip(is_over).filter_map(|(a, is)| is.then_some(a)).collect();
    for attempt in &mut kept {
        attempt.received_from = attempt.received_from.and_then(|from| places.get(from).copied().flatten());
    }
    kept
}

/// Marks the consultations that an agent answered.
fn tell_answers_of_agents(attempts: &mut [Attempt<'_>]) {
    let answers =
        |a: &&Attempt<'_>| a.was_called_into_consult && a.handler.agent.is_some() && a.party.talked_where_it_joined();
    let answered: HashSet<&str> = attempts.iter().filter(answers).map(|a| a.party.call).collect();
    for attempt in attempts.iter_mut().filter(|a| a.role == ResourceRole::InitiatedConsult) {
        attempt.agent_answered = answered.contains(attempt.party.call);
    }
}

/// Gives each stretch of after-call work that ended to an attempt whose agent's session tells of it: to the last that was
/// connected before it began, never to an initiated consult, whose agent has the main attempt as well. An attempt
/// may lack some when such a session was not heard for a while of it, or at its end.
fn give_wraps(root: &str, attempts: &mut [Attempt<'_>], context: Context<'_>) {
    let mut by_session: BTreeMap<Arc<str>, Vec<usize>> = BTreeMap::new();
    for (place, attempt) in attempts.iter().enumerate() {
        if attempt.role != ResourceRole::InitiatedConsult {
            let sessions = sessions_of(attempt.party, context);
            sessions.into_iter().for_each(|session| by_session.entry(session).or_default().push(place));
        }
    }
    for (session, places) in by_session {
        let of_session = context.wraps.ask(&session);
        let silent = || of_session.iter().take_while(|w| w.root_call.is_empty());
        for place in &places {
            let Some(attempt) = attempts.get_mut(*place) else { continue };
            // That the agent talked, after which the work is named, may be lost as well as that it began.
            let (start_us, end_us) = (attempt.party.start_us(), attempt.end_us());
            let was_there = |w: &Wrap| w.from_us <= end_us && w.to_us.is_some_and(|to_us| start_us <= to_us);
            attempt.is_wrap_lost |= silent().any(was_there);
        }
        let first = of_session.partition_point(|w| *w.root_call < *root);
        for wrap in of_session.iter().skip(first).take_while(|w| &*w.root_call == root) {
            let Some(to_us) = wrap.to_us else { continue };
            let connected_us = |place: &usize| attempts.get(*place).and_then(|a| a.party.connected_us());
            let last = places.iter().copied().max_by_key(|place| connected_us(place).map(|us| us <= wrap.from_us));
            if let Some(attempt) = last.and_then(|place| attempts.get_mut(place)) {
                attempt.wraps.push((wrap.from_us, to_us.max(wrap.from_us)));
                attempt.is_wrap_lost |= wrap.is_lost;
            }
        }
    }
}
