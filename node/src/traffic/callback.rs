//! Callbacks: a customer gives up the place in the queue, and a routing point calls back later.

use callmart_schema::catalogue::statics::Outcome;
use callmart_schema::event::{PartyEnd, UserEvent};

use super::call::{Call, FarEnd, Party};
use super::customer::pair;
use super::dist::{SECOND_US, place, us};
use super::notes::{CallEnd, CallKind};
use super::outgoing::{BUSY_US, NO_ANSWER_US};
use super::queue::Leaving;
use super::rng::Purpose;
use super::scene::{Due, Scene};
use super::site::Port;

/// From the wish to the call back, and from a try to the next one, microseconds, from and to.
const CALLED_BACK_AFTER_US: (i64, i64) = (600 * SECOND_US, 2_400 * SECOND_US);
const TRIED_AGAIN_AFTER_US: (i64, i64) = (300 * SECOND_US, 600 * SECOND_US);
/// Most tries.
const MAX_TRIES: u32 = 2;
/// Key under which a callback is named in the user event, and in user data.
const SERVICE_ID: &str = "_CB_SERVICE_ID";
const TRANSACTION_ID: &str = "TransactionID";

/// A callback that was arranged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Callback {
    /// What it is named.
    id: String,
    /// Number of the customer.
    number: String,
    center: usize,
    /// The queue of what it is about.
    queue: usize,
    /// How often it was tried.
    tries: u32,
}

impl Scene {
    /// The customer of a call that waits will give up the place, if it is one of those.
    pub(super) fn enter_callback(&mut self, call: &Call) {
        let habits = &self.settings.habits;
        // Who has talked to somebody holds on.
        let may = call.kind == CallKind::Inbound && call.transfers == 0 && self.settings.site.has_virtual_queues();
        if may && self.dice(Purpose::Callback, call.subject()).chance(habits.callback_share) {
            self.later(us(habits.callback_after_s), Due::CallbackIsWanted(call.number, call.ticket));
        }
    }

    /// The routing point takes the wish down, the router takes the call out of its queues, and the routing point ends it.
    pub(super) fn callback_is_wanted(&mut self, number: u64) {
        let Some(mut call) = self.calls.remove(&number) else { return };
        if let Some(waiting) = call.waiting.take() {
            self.router.leave(number, waiting.since_us, &waiting.queues);
            let customer = call.customer.clone().unwrap_or_default();
            let id = format!("CB{number:08}");
            let callback = Callback { id, number: customer.dn, center: call.center, queue: call.queue, tries: 0 };
            self.take_down(&call, &waiting.party, &callback.id);
            self.leave_queues(&mut call, Leaving::TakenOut);
            self.book_waiting(&mut call, &waiting, Outcome::Completed);
            let by = waiting.party.dn.clone();
            self.tell_deleted(&call, &waiting.party, PartyEnd::PARTY_END_RELEASED, &by, "");
            self.customer_leaves(&call, PartyEnd::PARTY_END_RELEASED, &by);
            self.end_call(&mut call, CallEnd::Callback, &by);
            self.enter_call_back(number, callback, CALLED_BACK_AFTER_US);
        }
        self.keep(call);
    }

    fn take_down(&mut self, call: &Call, point: &Party, id: &str) {
        let data = vec![pair(SERVICE_ID, id.to_owned())];
        let body = UserEvent { call: call.id.clone(), dn: point.dn.clone(), data, ..UserEvent::default() };
        self.voice.tell(Port::Calls(call.node), body);
        self.set_data(call, point, vec![pair(TRANSACTION_ID, id.to_owned())]);
    }

    fn enter_call_back(&mut self, after: u64, callback: Callback, (from_us, to_us): (i64, i64)) {
        let after_us = self.dice(Purpose::Callback, !after).between(from_us, to_us);
        self.callbacks.insert(after, callback);
        self.later(after_us, Due::CallBack(after));
    }

    /// A routing point calls the customer back.
    pub(super) fn call_back(&mut self, after: u64) {
        let Some(mut callback) = self.callbacks.remove(&after) else { return };
        callback.tries += 1;
        let mut rng = self.dice(Purpose::Callback, after << 20);
        let mut call = self.begin_call(CallKind::Outbound, callback.center);
        call.queue = callback.queue;
        let number = callback.number.clone();
        call.callback = Some(callback);
        let habits = &self.settings.habits;
        let shares = [habits.outbound_no_answer_share, habits.outbound_busy_share, 1.0];
        let called = match place(shares, rng.unit()) {
            0 => (FarEnd::DoesNotAnswer, rng.between(NO_ANSWER_US.0, NO_ANSWER_US.1)),
            1 => (FarEnd::IsBusy, rng.between(BUSY_US.0, BUSY_US.1)),
            _ => (FarEnd::Answers, habits.outbound_ring.draw_us(&mut rng)),
        };
        self.call_from_point(call, number, called);
    }

    /// The routing point says which callback the call is that a customer has answered, if it is one.
    pub(super) fn say_which_callback(&mut self, call: &Call, point: &Party) {
        if let Some(callback) = &call.callback {
            self.set_data(call, point, vec![pair(TRANSACTION_ID, callback.id.clone())]);
        }
    }

    /// The customer was not reached: if the call was a callback, it may be tried again.
    pub(super) fn callback_failed(&mut self, call: &mut Call) {
        if let Some(callback) = call.callback.take().filter(|callback| callback.tries < MAX_TRIES) {
            self.enter_call_back(call.number, callback, TRIED_AGAIN_AFTER_US);
        }
    }
}
