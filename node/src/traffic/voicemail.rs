//! Voicemail: where calls go by default that have waited long, and what their callers do there.

use callmart_schema::catalogue::statics::Outcome;
use callmart_schema::event::{DnType, PartyEnd, PartyState};

use super::attempt::{Attempt, Doing};
use super::call::{Call, Party};
use super::dist::{SECOND_US, us};
use super::ids::Kind;
use super::layout;
use super::notes::{CallEnd, CallKind, CallState, Device, PassEnd};
use super::queue::Leaving;
use super::rng::Purpose;
use super::scene::{Due, Scene};

/// T-Library number of the route that is taken where the router gave no target.
const ROUTE_TYPE_DEFAULT: u32 = 1;
/// How long callers listen who leave no message, microseconds, from and to.
const HANGS_UP_US: (i64, i64) = (2 * SECOND_US, 9 * SECOND_US);

impl Scene {
    /// A call that waits is routed by default later, if there is a voicemail box for it.
    pub(super) fn enter_default_route(&mut self, call: &Call) {
        let habits = &self.settings.habits;
        let may = call.kind == CallKind::Inbound && self.settings.site.has_virtual_queues();
        if may && self.dice(Purpose::Voicemail, call.subject()).chance(habits.voicemail_share) {
            self.later(us(habits.default_route_after_s), Due::DefaultRoute(call.number, call.ticket));
        }
    }

    /// The router has found nobody in time: the call leaves the routing point and the queues for a voicemail box, which takes
    /// it at once.
    pub(super) fn route_by_default(&mut self, number: u64) {
        let Some(mut call) = self.calls.remove(&number) else { return };
        if let Some(waiting) = call.waiting.take() {
            self.router.leave(number, waiting.since_us, &waiting.queues);
            let party = Party { id: self.ids.give(Kind::Party), dn: layout::voicemail_box(call.node) };
            self.tell_route(&call, &waiting, &party.dn, ROUTE_TYPE_DEFAULT);
            self.tell_deleted(&call, &waiting.party, PartyEnd::PARTY_END_DIVERTED, "", &party.dn);
            let from = waiting.queues.first().copied().unwrap_or_default();
            self.leave_queues(&mut call, Leaving::Distributed(from, &party.dn));
            self.end_pass(&mut call, PassEnd::RoutedOther);
            let (kind, state) = (DnType::DN_TYPE_VOICEMAIL, PartyState::PARTY_STATE_CONNECTED);
            self.tell_device(&call, &party, kind, state, &waiting.party.id);
            let waited = (waiting.since_us, self.now_us);
            let mut attempt = Attempt::of_device(waiting.role, waiting.since_us, Some(waited));
            attempt.turn(self.now_us, Doing::Talk);
            call.voicemail = Some((party, attempt));
            self.note_state(&call, CallState::Connected);
            self.enter_message(&mut call);
        }
        self.calls.insert(number, call);
    }

    /// How long the caller stays in the voicemail box; nobody loses patience there.
    fn enter_message(&mut self, call: &mut Call) {
        (call.ticket, call.patience_ticket) = (call.ticket + 1, call.patience_ticket + 1);
        let mut rng = self.dice(Purpose::Voicemail, !call.subject());
        let habits = &self.settings.habits;
        let length_us = if rng.chance(habits.voicemail_hang_up_share) {
            rng.between(HANGS_UP_US.0, HANGS_UP_US.1)
        } else {
            habits.voicemail.draw_us(&mut rng)
        };
        self.later(length_us, Due::MessageEnds(call.number, call.ticket));
    }

    /// The caller hangs up, with or without having left a message.
    pub(super) fn message_ends(&mut self, number: u64) {
        let Some(mut call) = self.calls.remove(&number) else { return };
        if let Some((party, mut attempt)) = call.voicemail.take() {
            let by = call.customer.clone().unwrap_or_default().dn;
            attempt.end(self.now_us, Outcome::Completed);
            call.devices.push((Device::Voicemail, attempt));
            self.tell_deleted(&call, &party, PartyEnd::PARTY_END_RELEASED, &by, "");
            self.customer_leaves(&call, PartyEnd::PARTY_END_RELEASED, &by);
            self.end_call(&mut call, CallEnd::Voicemail, &by);
        }
        self.keep(call);
    }
}
