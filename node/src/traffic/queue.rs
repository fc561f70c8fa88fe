//! Waiting: the routing point, the virtual queues, the router's choice, and the customer's patience.

use callmart_schema::catalogue::statics::{Outcome, ResourceRole};
use callmart_schema::event::{
    PartyEnd, PartyState, RouteResult, VirtualQueueEnd, VirtualQueueEnded, VirtualQueueQueued,
};

use super::attempt::{Attempt, Doing};
use super::call::{Call, Line, Party, Pass, Waiting};
use super::dist::{exponential, us};
use super::ids::Kind;
use super::layout::QUEUES;
use super::legs::{Joining, Parting};
use super::notes::{CallEnd, CallState, Note, PassEnd};
use super::plan;
use super::rng::Purpose;
use super::scene::{Due, Scene};
use super::site::Port;

/// From a call's entering the queues to the router's looking for an agent, microseconds, from and to.
const ROUTER_LOOKS_US: (i64, i64) = (80_000, 900_000);
/// T-Library number of a route by target.
pub(super) const ROUTE_TYPE_UNKNOWN: u32 = 0;

/// How a call leaves its queues.
#[derive(Debug, Clone, Copy)]
pub(super) enum Leaving<'a> {
    /// Distributed from one of them to a number, and cleared from the others.
    Distributed(usize, &'a str),
    /// The router takes it out of them.
    TakenOut,
    /// The customer hangs up.
    Abandoned,
}

impl Scene {
    /// A call waits for the first time: in the queue of what it is about, and sometimes in others beside it.
    pub(super) fn wait_first(&mut self, call: &mut Call, parent: &str) {
        let mut rng = self.dice(Purpose::Router, call.number);
        let mut queues = vec![call.queue];
        let site = &self.settings.site;
        // An ACD queue is where the call is, so that it is in one.
        if rng.chance(self.settings.habits.parallel_queues_share) && site.has_virtual_queues() {
            let more = 1 + rng.below(2) as usize;
            queues.extend((1..=more).map(|step| (call.queue + step) % QUEUES.len()));
        }
        self.wait(call, queues, site.role_of_reached(), parent);
        if parent.is_empty() {
            let party = call.waiting.as_ref().map(|w| w.party.clone()).unwrap_or_default();
            let data = self.data_of_customer(call).into_iter().chain(self.data_of_service(call)).collect();
            self.set_data(call, &party, data);
        }
        self.draw_patience(call);
    }

    /// A call waits on its node's routing point and enters queues, or waits in an ACD queue.
    pub(super) fn wait(&mut self, call: &mut Call, queues: Vec<usize>, role: ResourceRole, parent: &str) {
        let (dn, kind) = self.settings.site.waits_at(call.node, queues.first().copied().unwrap_or_default());
        let party = Party { id: self.ids.give(Kind::Party), dn };
        self.tell_device(call, &party, kind, PartyState::PARTY_STATE_QUEUED, parent);
        self.wait_at(call, party, queues, role);
    }

    /// A call waits where it is, and enters queues.
    pub(super) fn wait_at(&mut self, call: &mut Call, party: Party, queues: Vec<usize>, role: ResourceRole) {
        queues.iter().for_each(|queue| self.enter_queue(call, *queue));
        call.waiting = Some(Waiting { party, since_us: self.now_us, queues, role });
        self.note_state(call, CallState::Queued);
        call.ticket += 1;
        self.router_will_look(call);
        self.enter_overflow(call);
        self.enter_callback(call);
        self.enter_default_route(call);
    }

    /// The call enters a queue.
    pub(super) fn enter_queue(&mut self, call: &mut Call, queue: usize) {
        let id = self.ids.give(Kind::Pass);
        self.tell_queued(call, &id, queue);
        self.notes.push(Note::Entered { queue, at_us: self.now_us });
        call.passes.push(Pass { id, queue, entered_us: self.now_us, left_us: None, answered_us: None, end: None });
    }

    /// The router will look for an agent in the queues that the call is in now.
    pub(super) fn router_will_look(&mut self, call: &Call) {
        let after_us = self.dice(Purpose::Router, call.subject()).between(ROUTER_LOOKS_US.0, ROUTER_LOOKS_US.1);
        self.later(after_us, Due::RouterKnows(call.number, call.ticket));
    }

    /// The server of virtual queues tells that a call entered one; an ACD queue is told of as the party that it is.
    fn tell_queued(&mut self, call: &Call, id: &str, queue: usize) {
        if !self.settings.site.has_virtual_queues() {
            return;
        }
        let body = VirtualQueueQueued {
            call: call.id.clone(),
            virtual_queue_id: id.to_owned(),
            queue: self.settings.site.queue_name(queue),
            ..VirtualQueueQueued::default()
        };
        self.voice.tell(Port::Queues(call.center), body);
    }

    /// The customer's patience begins anew.
    pub(super) fn draw_patience(&mut self, call: &mut Call) {
        call.patience_ticket += 1;
        let mut rng = self.dice(Purpose::Patience, call.subject());
        let patience_us = us(exponential(&mut rng, self.settings.habits.patience_mean_s));
        self.later(patience_us, Due::PatienceEnds(call.number, call.patience_ticket));
    }

    /// The router looks for an agent; when none is free, the call waits until one is.
    pub(super) fn router_knows(&mut self, number: u64) {
        let Some(mut call) = self.calls.remove(&number) else { return };
        if let Some(waiting) = &call.waiting {
            let reaches = |agent: u32| self.agents.get(agent as usize).is_some_and(|a| self.reaches(call.node, a));
            match self.router.agent_for(&waiting.queues, reaches) {
                Some(agent) => self.distribute(&mut call, agent),
                None => self.router.wait(number, waiting.since_us, &waiting.queues),
            }
        }
        self.calls.insert(number, call);
    }

    /// A free agent gets the call that has waited longest; when none waits, the router knows that the agent is free.
    pub(super) fn offer(&mut self, agent: u32) {
        if self.leave(agent) || self.take_break(agent) {
            return;
        }
        let Some(who) = self.agents.get(agent as usize) else { return };
        let reaches = |number| self.calls.get(&number).is_some_and(|call: &Call| self.reaches(call.node, who));
        let found = self.router.call_for(&who.person.skills, reaches);
        if let Some(mut call) = found.and_then(|number| self.calls.remove(&number)) {
            self.distribute(&mut call, agent);
            self.calls.insert(call.number, call);
        } else if let (Some(since_us), Some(who)) = (who.free_since_us, self.agents.get_mut(agent as usize)) {
            who.is_offered = true;
            self.router.free(agent, since_us, &who.person.skills);
        }
    }

    /// The call goes to an agent: it leaves the routing point and the queues, and the agent's telephone rings.
    fn distribute(&mut self, call: &mut Call, agent: u32) {
        let Some(waiting) = call.waiting.take() else { return };
        self.router.leave(call.number, waiting.since_us, &waiting.queues);
        let Some(who) = self.agents.get(agent as usize) else { return };
        let dn = self.dn_of(agent);
        let from = waiting.queues.iter().copied().find(|q| who.person.skills.contains(q)).unwrap_or_default();
        self.tell_route(call, &waiting, &dn, ROUTE_TYPE_UNKNOWN);
        self.tell_deleted(call, &waiting.party, PartyEnd::PARTY_END_DIVERTED, "", &dn);
        self.leave_queues(call, Leaving::Distributed(from, &dn));
        let joining = Joining {
            parent: waiting.party.id,
            queue: self.settings.site.queue_name(from),
            waited_from_us: Some(waiting.since_us),
        };
        call.driver = self.join(call, Line::Main, agent, (waiting.role, Doing::Ring), joining);
        self.enter_answer(call);
    }

    /// The node tells where the router sends a call, and by which type of route.
    pub(super) fn tell_route(&mut self, call: &Call, waiting: &Waiting, dn: &str, route_type: u32) {
        if !self.settings.site.has_virtual_queues() {
            return;
        }
        let open = call.passes.iter().filter(|p| p.end.is_none());
        let body = RouteResult {
            call: call.id.clone(),
            party: waiting.party.id.clone(),
            dn: waiting.party.dn.clone(),
            target_dn: dn.to_owned(),
            route_type,
            virtual_queue_ids: open.map(|p| p.id.clone()).collect(),
            ..RouteResult::default()
        };
        self.voice.tell(Port::Calls(call.node), body);
    }

    /// The call leaves its queues.
    pub(super) fn leave_queues(&mut self, call: &mut Call, leaving: Leaving<'_>) {
        let mut told = Vec::new();
        for (place, pass) in call.passes.iter_mut().enumerate().filter(|(_, p)| p.end.is_none() && p.left_us.is_none())
        {
            pass.left_us = Some(self.now_us);
            let (cause, target_dn) = match leaving {
                Leaving::Distributed(from, dn) if from == pass.queue => {
                    call.from_pass = Some(place);
                    (VirtualQueueEnd::VIRTUAL_QUEUE_END_DIVERTED, dn)
                }
                Leaving::Distributed(..) | Leaving::TakenOut => {
                    pass.end = Some(PassEnd::Cleared);
                    (VirtualQueueEnd::VIRTUAL_QUEUE_END_CLEARED, "")
                }
                Leaving::Abandoned => {
                    pass.end = Some(PassEnd::Abandoned);
                    (VirtualQueueEnd::VIRTUAL_QUEUE_END_ABANDONED, "")
                }
            };
            told.push(VirtualQueueEnded {
                call: call.id.clone(),
                virtual_queue_id: pass.id.clone(),
                queue: self.settings.site.queue_name(pass.queue),
                cause: cause.into(),
                target_dn: target_dn.to_owned(),
                ..VirtualQueueEnded::default()
            });
        }
        if self.settings.site.has_virtual_queues() {
            told.into_iter().for_each(|body| self.voice.tell(Port::Queues(call.center), body));
        }
    }

    /// What the agent whose telephone rings will do.
    pub(super) fn enter_answer(&mut self, call: &mut Call) {
        call.ticket += 1;
        let habits = &self.settings.habits;
        let mut rng = self.dice(Purpose::Ring, call.subject());
        let due = if rng.chance(habits.no_answer_share) {
            (us(habits.no_answer_after_s), Due::AgentDoesNotAnswer(call.number, call.ticket))
        } else {
            (plan::ring_us(habits, &mut rng), Due::AgentAnswers(call.number, call.ticket))
        };
        self.later(due.0, due.1);
    }

    /// What became of the pass that the ringing call was distributed from.
    pub(super) fn end_pass(&self, call: &mut Call, end: PassEnd) {
        if let Some(pass) = call.from_pass.take().and_then(|place| call.passes.get_mut(place)) {
            pass.end = Some(end);
            pass.answered_us = (end == PassEnd::Accepted).then_some(self.now_us);
        }
    }

    /// The call comes back to the queues that it was in; the agent is not ready for a while.
    pub(super) fn agent_does_not_answer(&mut self, number: u64) {
        let Some(mut call) = self.calls.remove(&number) else { return };
        let place = call.driver;
        let queue = call.from_pass.and_then(|place| call.passes.get(place)).map_or(call.queue, |p| p.queue);
        self.end_pass(&mut call, PassEnd::Redirected);
        let redirected = Parting::new(Outcome::RedirectedOnNoAnswer, PartyEnd::PARTY_END_REDIRECTED, "");
        self.part(&mut call, place, redirected);
        if let Some(leg) = call.legs.get(place) {
            let (agent, role, parent) = (leg.attempt.agent, leg.attempt.role, leg.party.id.clone());
            self.wait(&mut call, vec![queue], role, &parent);
            self.not_ready_after_no_answer(agent);
        }
        self.calls.insert(number, call);
    }

    /// Where a call waited has the attempt: as who called, if it began the call.
    pub(super) fn book_waiting(&mut self, call: &mut Call, waiting: &Waiting, outcome: Outcome) {
        let calls = call.caller.as_ref().is_some_and(|caller| caller.id == waiting.party.id);
        let (role, from_us) =
            if calls { (ResourceRole::Initiated, call.from_us) } else { (ResourceRole::Received, waiting.since_us) };
        let mut attempt = Attempt::of_device(role, from_us, Some((waiting.since_us, self.now_us)));
        attempt.end(self.now_us, outcome);
        call.devices.push((self.settings.site.waiting_device(), attempt));
    }

    /// The customer hangs up, waiting or while it rings.
    pub(super) fn patience_ends(&mut self, number: u64) {
        let Some(mut call) = self.calls.remove(&number) else { return };
        let by = call.customer.clone().unwrap_or_default().dn;
        let end = if let Some(waiting) = call.waiting.take() {
            self.router.leave(number, waiting.since_us, &waiting.queues);
            let outcome = Outcome::CustomerAbandonedWhileQueued;
            self.book_waiting(&mut call, &waiting, outcome);
            self.tell_deleted(&call, &waiting.party, PartyEnd::PARTY_END_ABANDONED, &by, "");
            self.leave_queues(&mut call, Leaving::Abandoned);
            CallEnd::AbandonedQueued
        } else {
            self.end_pass(&mut call, PassEnd::AbandonedInvite);
            let place = call.driver;
            let outcome = Outcome::CustomerAbandonedWhileRinging;
            self.part(&mut call, place, Parting::new(outcome, PartyEnd::PARTY_END_ABANDONED, &by));
            CallEnd::AbandonedRinging
        };
        self.customer_leaves(&call, PartyEnd::PARTY_END_RELEASED, &by);
        self.end_call(&mut call, end, &by);
        self.keep(call);
    }
}
