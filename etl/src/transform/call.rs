//! The calls of one interaction, put together from their events: parties, queue passes, user data, begin and end.
//!
//! Knows the event model; not what an attempt or a fact is.

use std::collections::{HashMap, HashSet};

use callmart_schema::event::{
    BodyView, CallType, DnType, PartyAddedView, PartyEnd, PartyRole, PartyState, VirtualQueueEnd,
};

use super::chain::{Chain, takes_part};
use super::order::in_order;
use super::party::{MoveKind, Party};
use super::resource::{Part, part};
use super::user_data::UserData;
use super::{Opened, Origin, Told};
use crate::mapping::Mapping;
use crate::settings::TransformSettings;

/// T-Library number of the route that is taken where the router gives no target.
const ROUTE_TYPE_DEFAULT: u32 = 1;

/// One pass of a call through one virtual queue.
#[derive(Debug, Clone)]
pub(super) struct Pass<'a> {
    pub(super) id: &'a str,
    pub(super) call: &'a str,
    /// The call that it was left in: another one when a consult call was merged while it waited.
    pub(super) last_call: &'a str,
    pub(super) switch: &'a str,
    pub(super) queue: &'a str,
    pub(super) queued_us: Option<i64>,
    pub(super) left_us: Option<i64>,
    pub(super) end: VirtualQueueEnd,
    pub(super) target_dn: &'a str,
    /// Reason that the router gave for its end.
    pub(super) reason: &'a str,
    /// Whether nobody told that it was left.
    pub(super) is_estimated: bool,
}

/// What is told of one call itself.
#[derive(Debug, Clone, Default)]
pub(super) struct Call<'a> {
    pub(super) call_type: CallType,
    pub(super) ani: &'a str,
    pub(super) dnis: &'a str,
    pub(super) created_us: Option<i64>,
    /// Its end; none while it goes on.
    pub(super) ended_us: Option<i64>,
    pub(super) released_by: &'a str,
    /// The call that it was merged into when it ended; empty when it was not.
    merged_into: &'a str,
    /// The call that it began from, where that was told.
    original: &'a str,
    /// Whether nobody told that it ended.
    pub(super) is_estimated: bool,
    /// Whether it ended because an operator closed it, or the rule did.
    pub(super) is_closed: bool,
}

impl<'a> Call<'a> {
    /// The call that it was merged into, and when.
    pub(super) fn merged(&self) -> Option<(&'a str, i64)> {
        let into = Some(self.merged_into).filter(|into| !into.is_empty());
        into.zip(self.ended_us)
    }
}

/// The calls of one interaction.
#[derive(Debug, Default)]
pub(super) struct Calls<'a> {
    /// UUID of the root call.
    pub(super) root: &'a str,
    pub(super) tenant: &'a str,
    pub(super) started_us: i64,
    /// End of the root call; none while it goes on.
    pub(super) ended_us: Option<i64>,
    /// Time of the latest event.
    pub(super) last_us: i64,
    /// Parties in the order in which they joined.
    pub(super) parties: Vec<Party<'a>>,
    /// Passes in the order of their ids' first event.
    pub(super) passes: Vec<Pass<'a>>,
    pub(super) user_data: UserData<'a>,
    /// Whether an outbound contact server told of it.
    pub(super) is_of_campaign: bool,
    /// Party UUIDs of those who introduced a transfer by a conference.
    pub(super) introduced: HashSet<&'a str>,
    /// Ids of passes that were left by the route that is taken where the router gives no target.
    pub(super) routed_by_default: HashSet<&'a str>,
    /// Party UUIDs of the routing points that a call was routed from.
    routed_from: HashSet<&'a str>,
    /// By UUID, the calls that anything was told of.
    calls: HashMap<&'a str, Call<'a>>,
    /// By call, the party that came into it last.
    last_in: HashMap<&'a str, usize>,
    /// Places of parties and passes by their ids.
    party_places: HashMap<&'a str, usize>,
    pass_places: HashMap<&'a str, usize>,
}

impl<'a> Calls<'a> {
    /// Puts the calls together; the events stand in the order of their identities.
    pub(super) fn of(root: &'a str, told: &'a Told<'a>, settings: &TransformSettings) -> Self {
        let events = &told.heard.events;
        let mut calls = Self { root, ..Self::default() };
        for (_, event) in in_order(events) {
            calls.take(event, &settings.user_data);
        }
        calls.last_us = events.iter().map(|e| e.at_us).max().unwrap_or_default();
        if told.is_closed && !events.is_empty() {
            calls.close();
        }
        calls.ended_us = calls.root_call().ended_us;
        calls.name_parties();
        calls.end_parties();
        calls.name_moves();
        let mut user_data = std::mem::take(&mut calls.user_data);
        user_data.settle(&calls, i64::from(settings.user_event_data_timeout_s) * 1_000_000);
        calls.user_data = user_data;
        calls.find_introduced(i64::from(settings.introduced_transfer_threshold_s) * 1_000_000);
        let first_us = || events.iter().map(|e| e.at_us).min().unwrap_or_default();
        calls.started_us = calls.root_call().created_us.unwrap_or_else(first_us);
        calls
    }

    /// The root call.
    pub(super) fn root_call(&self) -> Call<'a> {
        self.call(self.root).cloned().unwrap_or_default()
    }

    /// A call, when anything was told of it.
    pub(super) fn call(&self, id: &str) -> Option<&Call<'a>> {
        self.calls.get(id)
    }

    /// The call that the customer was given from to whoever was engaged in the root call; none where there is none.
    pub(super) fn given_from(&self) -> Option<&Call<'a>> {
        let is_given = |p: &&Party<'a>| p.call != self.root && p.last_call() == self.root && !self.is_consult(p.call);
        let customers = self.parties.iter().filter(|p| p.dn_type == DnType::DN_TYPE_EXTERNAL);
        customers.filter(is_given).find_map(|p| self.call(p.call))
    }

    /// Every call that anything was told of, in no order.
    pub(super) fn all(&self) -> impl Iterator<Item = &Call<'a>> {
        self.calls.values()
    }

    /// Place of the party of that id.
    pub(super) fn place_of(&self, party: &str) -> Option<usize> {
        self.party_places.get(party).copied()
    }

    /// Whether a call is a consult call: by what was told of it, else because it is not the root.
    pub(super) fn is_consult(&self, call: &str) -> bool {
        let call_type = self.calls.get(call).map_or(CallType::CALL_TYPE_UNKNOWN, |c| c.call_type);
        match call_type {
            CallType::CALL_TYPE_CONSULT => call != self.root,
            CallType::CALL_TYPE_UNKNOWN => call != self.root && !call.is_empty(),
            _ => false,
        }
    }

    /// The call that a consult call began from, and when; none of another call.
    pub(super) fn began_from(&self, call: &str) -> Option<(&'a str, i64)> {
        let told = self.calls.get(call).filter(|_| self.is_consult(call))?;
        let original = if told.original.is_empty() { self.root } else { told.original };
        Some((original, told.created_us?))
    }

    /// Whether the party asked for the consultation whose call it joined.
    pub(super) fn asked_for_consult(&self, party: &Party<'_>) -> bool {
        party.role == PartyRole::PARTY_ROLE_ORIGINATION && self.is_consult(party.call)
    }

    /// Whether a party's time is over: it left, or its call ended. A consult call may outlive the root call.
    pub(super) fn is_over(&self, party: &Party<'_>) -> bool {
        party.left || self.has_ended(party.last_call())
    }

    /// Whether a call ended; one of which nothing else was told ends with the root call.
    pub(super) fn has_ended(&self, call: &str) -> bool {
        self.call(call).map_or(self.ended_us, |c| c.ended_us).is_some()
    }

    /// An operator closed the interaction, or the rule did: all that goes on of it ended when it was heard of last. An end that was told
    /// counts, whenever it comes.
    fn close(&mut self) {
        if self.root_call().ended_us.is_some() {
            return;
        }
        self.calls.entry(self.root).or_default();
        for call in self.calls.values_mut().filter(|call| call.ended_us.is_none()) {
            (call.ended_us, call.is_estimated, call.is_closed) = (Some(self.last_us), true, true);
        }
    }

    /// A party whose leaving was never told left with its call, or is there until the last event. A queue or routing point from
    /// which somebody came was left when that one came.
    fn end_parties(&mut self) {
        let left_us = self.left_untold();
        for (place, party) in self.parties.iter_mut().enumerate() {
            if let Some(at_us) = left_us.get(&place).copied() {
                party.is_closed = false;
                party.is_left_by(at_us);
                continue;
            }
            let call = self.calls.get(party.last_call()).or_else(|| self.calls.get(self.root));
            party.is_closed = !party.left && call.is_some_and(|c| c.is_closed);
            let ended_us = self.calls.get(party.last_call()).map_or(self.ended_us, |c| c.ended_us);
            party.finish(PartyEnd::PARTY_END_RELEASED, ended_us.unwrap_or(self.last_us), ended_us.is_some());
        }
    }

    /// By place, when each queue and routing point was left of which nobody told that: the call waits in one at a time, and in
    /// none when it is with whoever came from there.
    fn left_untold(&self) -> HashMap<usize, i64> {
        let is_untold = |p: &Party<'_>| part(p.dn_type) == Part::Mediation && (!p.left || p.is_estimated);
        let mut left_us = HashMap::new();
        if !self.parties.iter().any(is_untold) {
            return left_us;
        }
        let chain = Chain::of(self);
        for (place, party) in self.parties.iter().enumerate().filter(|(_, party)| takes_part(party)) {
            let is_untold = |from: &usize| self.parties.get(*from).is_some_and(is_untold);
            if let Some(from) = chain.came_from(place).filter(is_untold) {
                let came_us = party.start_us();
                left_us.entry(from).and_modify(|us: &mut i64| *us = came_us.min(*us)).or_insert(came_us);
            }
        }
        left_us
    }

    /// Of a party that was never told to join: what a call is routed from is a routing point, and who has the number of the
    /// call's customer is that (reading: an inbound call's was there from its begin).
    fn name_parties(&mut self) {
        for party in self.parties.iter_mut().filter(|p| !p.was_added && p.dn_type == DnType::DN_TYPE_UNKNOWN) {
            if self.routed_from.contains(party.id) {
                party.dn_type = DnType::DN_TYPE_ROUTING_POINT;
                continue;
            }
            let Some(call) = self.calls.get(party.call) else { continue };
            let number = match call.call_type {
                CallType::CALL_TYPE_INBOUND => call.ani,
                CallType::CALL_TYPE_OUTBOUND => call.dnis,
                _ => "",
            };
            if number.is_empty() || party.dn != number {
                continue;
            }
            party.dn_type = DnType::DN_TYPE_EXTERNAL;
            let is_inbound = call.call_type == CallType::CALL_TYPE_INBOUND;
            if let Some(created_us) = call.created_us.filter(|_| is_inbound) {
                party.was_there_from(PartyState::PARTY_STATE_CONNECTED, created_us);
            }
        }
    }

    /// Whoever was asked in a consult call that was merged into another one, where it was, has gone over there, whether or not
    /// that was told.
    fn merge(&mut self, call: &'a str, into: &'a str, at_us: i64) {
        if into.is_empty() {
            return;
        }
        let was_asked =
            |p: &&mut Party<'a>| p.last_call() == call && !p.left && p.role != PartyRole::PARTY_ROLE_ORIGINATION;
        for party in self.parties.iter_mut().filter(was_asked) {
            party.go_over(into, "", at_us);
            party.is_move_untold = true;
        }
    }

    /// Finds out how each party that went over to another call was moved: the party that asked for the consultation left it
    /// transferred or conferenced, at the same moment. Where that was not told, whoever moved it and did not leave
    /// transferred made a conference.
    fn name_moves(&mut self) {
        if self.parties.iter().all(|p| p.moves.is_empty()) {
            return;
        }
        let askers = self.parties.iter().filter(|p| self.asked_for_consult(p)).map(|p| (p.call, p.end));
        let askers: HashMap<&str, PartyEnd> = askers.collect();
        let ends: HashMap<&str, PartyEnd> = self.parties.iter().map(|p| (p.id, p.end)).collect();
        for party_move in self.parties.iter_mut().flat_map(|p| &mut p.moves) {
            party_move.kind = match (askers.get(party_move.from_call), ends.get(party_move.by)) {
                (Some(PartyEnd::PARTY_END_CONFERENCED), _) => MoveKind::Conference,
                (Some(PartyEnd::PARTY_END_TRANSFERRED), _) => MoveKind::Transfer,
                (_, None | Some(PartyEnd::PARTY_END_TRANSFERRED)) => MoveKind::Transfer,
                (_, Some(_)) => MoveKind::Conference,
            };
        }
    }

    /// Who made a conference and left it to the others within the threshold has introduced a transfer: the conference counts as
    /// the transfer that it came to, from the move on (reading: so nothing of it is conference, and the consult call stays
    /// as it was told).
    fn find_introduced(&mut self, threshold_us: i64) {
        if threshold_us == 0 {
            return;
        }
        let left = self.parties.iter().filter(|p| p.end == PartyEnd::PARTY_END_RELEASED);
        let left: HashMap<&str, i64> = left.map(|p| (p.id, p.end_us())).collect();
        for party in &mut self.parties {
            let goes_on_to_us = party.end_us();
            for made in party.moves.iter_mut().filter(|m| m.kind == MoveKind::Conference) {
                let is_introduced =
                    |left_us: &&i64| **left_us - made.at_us <= threshold_us && **left_us < goes_on_to_us;
                if left.get(made.by).is_some_and(|left_us| is_introduced(&left_us)) {
                    made.kind = MoveKind::Transfer;
                    self.introduced.insert(made.by);
                }
            }
        }
    }

    fn take(&mut self, event: &'a Opened<'a>, mapping: &Mapping) {
        let at_us = event.at_us;
        if self.tenant.is_empty() {
            self.tenant = event.tenant;
        }
        match &event.body {
            BodyView::CallCreated(b) => {
                let call = self.calls.entry(b.call).or_default();
                call.created_us = Some(call.created_us.map_or(at_us, |us| us.min(at_us)));
                (call.call_type, call.ani, call.dnis) = (b.call_type.as_known().unwrap_or_default(), b.ani, b.dnis);
                call.original = b.original_call;
            }
            BodyView::CallDataChanged(b) => {
                let call = self.calls.entry(b.call).or_default();
                call.call_type = b.call_type.as_known().filter(|t| *t as i32 != 0).unwrap_or(call.call_type);
                call.ani = if b.ani.is_empty() { call.ani } else { b.ani };
                call.dnis = if b.dnis.is_empty() { call.dnis } else { b.dnis };
            }
            BodyView::CallDeleted(b) => {
                let call = self.calls.entry(b.call).or_default();
                call.ended_us = call.ended_us.max(Some(at_us));
                (call.released_by, call.merged_into) = (b.released_by, b.merged_into);
                call.is_estimated |= event.origin == Origin::Estimate;
                self.merge(b.call, b.merged_into, at_us);
            }
            BodyView::PartyAdded(b) => self.join(b, event),
            BodyView::PartyStateChanged(b) => {
                let state = b.state.as_known().unwrap_or(PartyState::PARTY_STATE_NULL);
                let party = self.party(b.party, b.call, event);
                party.hear_dn(b.dn);
                party.enter(state, at_us);
            }
            BodyView::PartyMoved(b) => {
                let place = self.party_place(b.party, b.call, event);
                self.parties[place].go_over(b.new_call, b.moved_by, at_us);
                self.party_places.entry(b.new_party).or_insert(place);
                self.last_in.insert(b.new_call, place);
            }
            BodyView::PartyDeleted(b) => {
                let party = self.party(b.party, b.call, event);
                party.hear_dn(b.dn);
                party.released_by = b.released_by;
                let cause = b.cause.as_known().unwrap_or(PartyEnd::PARTY_END_UNKNOWN);
                party.leave(cause, at_us, event.origin == Origin::Estimate);
            }
            BodyView::RouteResult(b) => {
                if b.route_type == ROUTE_TYPE_DEFAULT {
                    self.routed_by_default.extend(b.virtual_queue_ids.iter().copied());
                }
                self.routed_from.insert(b.party);
            }
            BodyView::OutboundRecord(_) => self.is_of_campaign = true,
            BodyView::UserDataChanged(b) => self.user_data.change(at_us, b, mapping),
            BodyView::UserEvent(b) => self.user_data.user_event(at_us, b, mapping),
            BodyView::VirtualQueueQueued(b) => {
                self.pass(b.virtual_queue_id, b.call, b.queue, event).queued_us = Some(at_us);
            }
            BodyView::VirtualQueueEnded(b) => {
                let pass = self.pass(b.virtual_queue_id, b.call, b.queue, event);
                pass.left_us = Some(at_us);
                pass.last_call = b.call;
                pass.end = b.cause.as_known().unwrap_or(VirtualQueueEnd::VIRTUAL_QUEUE_END_UNKNOWN);
                (pass.target_dn, pass.reason) = (b.target_dn, b.reason);
                pass.is_estimated |= event.origin == Origin::Estimate;
            }
            _ => {}
        }
    }

    fn join(&mut self, told: &PartyAddedView<'a>, event: &'a Opened<'a>) {
        let party = self.party(told.party, told.call, event);
        party.dn = told.dn;
        party.dn_type = told.dn_type.as_known().unwrap_or(DnType::DN_TYPE_UNKNOWN);
        party.role = told.role.as_known().unwrap_or(PartyRole::PARTY_ROLE_UNKNOWN);
        party.agent = told.agent;
        party.parent = told.parent_party;
        party.was_added = true;
        party.enter(told.state.as_known().unwrap_or(PartyState::PARTY_STATE_NULL), event.at_us);
    }

    fn party(&mut self, id: &'a str, call: &'a str, event: &'a Opened<'a>) -> &mut Party<'a> {
        let place = self.party_place(id, call, event);
        &mut self.parties[place]
    }

    fn party_place(&mut self, id: &'a str, call: &'a str, event: &'a Opened<'a>) -> usize {
        if let Some(place) = self.party_places.get(id) {
            return *place;
        }
        let place = self.parties.len();
        let mut party = Party::new(id, call, &event.stored.switch, event.at_us);
        party.before = self.last_in.insert(call, place);
        party.is_beside = party.before.and_then(|at| self.parties.get(at)).is_some_and(|before| !before.left);
        self.calls.entry(call).or_default();
        self.parties.push(party);
        self.party_places.insert(id, place);
        place
    }

    fn pass(&mut self, id: &'a str, call: &'a str, queue: &'a str, event: &'a Opened<'a>) -> &mut Pass<'a> {
        let place = *self.pass_places.entry(id).or_insert_with(|| {
            self.passes.push(Pass {
                id,
                call,
                last_call: call,
                switch: &event.stored.switch,
                queue,
                queued_us: None,
                left_us: None,
                end: VirtualQueueEnd::VIRTUAL_QUEUE_END_UNKNOWN,
                target_dn: "",
                reason: "",
                is_estimated: false,
            });
            self.passes.len() - 1
        });
        &mut self.passes[place]
    }
}
