//! Calls that a routing point begins: it calls a customer, and who answers waits there for an agent.

use callmart_schema::catalogue::statics::{Outcome, ResourceRole};
use callmart_schema::event::{DnType, PartyAdded, PartyEnd, PartyRole, PartyState};

use super::attempt::Attempt;
use super::call::{Call, FarEnd, Line, Party};
use super::dist::{SECOND_US, exponential, us};
use super::ids::Kind;
use super::layout;
use super::notes::{CallEnd, CallState, Device};
use super::rng::Purpose;
use super::scene::{Due, Scene};
use super::site::Port;

/// From an answer to the router's knowing that no person answered, microseconds, from and to.
const MACHINE_US: (i64, i64) = (2 * SECOND_US, 6 * SECOND_US);

impl Scene {
    /// The routing point of a call that has just begun calls a customer, who does something after so long.
    pub(super) fn call_from_point(&mut self, mut call: Call, number: String, (far_end, after_us): (FarEnd, i64)) {
        let point = Party { id: self.ids.give(Kind::Party), dn: layout::calling_point(call.node) };
        self.tell_created(&call, Line::Main, &point.dn, &number);
        let body = PartyAdded {
            call: call.id.clone(),
            party: point.id.clone(),
            dn: point.dn.clone(),
            dn_type: DnType::DN_TYPE_ROUTING_POINT.into(),
            role: PartyRole::PARTY_ROLE_ORIGINATION.into(),
            state: PartyState::PARTY_STATE_DIALING.into(),
            ..PartyAdded::default()
        };
        self.voice.tell(Port::Calls(call.node), body);
        self.customer_joins(&mut call, number, &point.id);
        call.caller = Some(point);
        self.note_state(&call, CallState::Dialing);
        self.await_far_end(call, far_end, after_us);
    }

    /// What the called customer does.
    pub(super) fn called_end(&mut self, call: &mut Call) {
        match call.far_end {
            FarEnd::Answers => {
                self.customer_answers(call);
                let Some(point) = call.caller.clone() else { return };
                self.say_which_callback(call, &point);
                self.wait_at(call, point, vec![call.queue], ResourceRole::RoutedTo);
                self.draw_called_patience(call);
            }
            FarEnd::IsMachine => {
                self.customer_answers(call);
                self.note_state(call, CallState::Queued);
                (call.ticket, call.answered_us) = (call.ticket + 1, self.now_us);
                let after_us = self.dice(Purpose::Campaign, !call.number).between(MACHINE_US.0, MACHINE_US.1);
                self.later(after_us, Due::MachineIsKnown(call.number, call.ticket));
            }
            FarEnd::DoesNotAnswer => {
                self.customer_leaves(call, PartyEnd::PARTY_END_FAILED, "");
                self.point_gives_up(call, Outcome::AbandonedWhileRinging, CallEnd::NoAnswer);
            }
            FarEnd::IsBusy => {
                self.customer_leaves(call, PartyEnd::PARTY_END_BUSY, "");
                self.point_gives_up(call, Outcome::DestinationBusy, CallEnd::Busy);
            }
        }
    }

    fn customer_answers(&mut self, call: &Call) {
        if let Some(point) = &call.caller {
            self.tell_state(call, point, PartyState::PARTY_STATE_QUEUED);
        }
        self.tell_customer_connected(call);
    }

    /// Who is called waits less patiently than who calls.
    fn draw_called_patience(&mut self, call: &mut Call) {
        call.patience_ticket += 1;
        let mut rng = self.dice(Purpose::Patience, call.subject());
        let patience_us = us(exponential(&mut rng, self.settings.habits.called_patience_mean_s));
        self.later(patience_us, Due::PatienceEnds(call.number, call.patience_ticket));
    }

    /// Nobody answered: nobody waited either.
    fn point_gives_up(&mut self, call: &mut Call, outcome: Outcome, end: CallEnd) {
        let Some(point) = call.caller.clone() else { return };
        let now_us = self.now_us;
        self.point_has_attempt(call, now_us, outcome);
        self.tell_deleted(call, &point, PartyEnd::PARTY_END_RELEASED, &point.dn, "");
        self.end_call(call, end, &point.dn);
        self.callback_failed(call);
    }

    /// A machine answered, and the routing point ends the call.
    pub(super) fn machine_is_known(&mut self, number: u64) {
        let Some(mut call) = self.calls.remove(&number) else { return };
        if let Some(point) = call.caller.clone() {
            let answered_us = call.answered_us;
            self.point_has_attempt(&mut call, answered_us, Outcome::Completed);
            self.tell_deleted(&call, &point, PartyEnd::PARTY_END_RELEASED, &point.dn, "");
            self.customer_leaves(&call, PartyEnd::PARTY_END_RELEASED, &point.dn);
            self.end_call(&mut call, CallEnd::Machine, &point.dn);
        }
        self.keep(call);
    }

    fn point_has_attempt(&self, call: &mut Call, waits_from_us: i64, outcome: Outcome) {
        let waited = Some((waits_from_us, self.now_us));
        let mut attempt = Attempt::of_device(ResourceRole::Initiated, call.from_us, waited);
        attempt.end(self.now_us, outcome);
        call.devices.push((Device::RoutingPoint, attempt));
    }
}
