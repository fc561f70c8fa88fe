//! Inbound calls until they wait for an agent: arrival, IVR, self-service.

use callmart_schema::catalogue::statics::{Outcome, ResourceRole};
use callmart_schema::event::{DnType, PartyAdded, PartyEnd, PartyRole, PartyState};

use super::attempt::{Attempt, Doing};
use super::call::{Call, Line, Party};
use super::ids::Kind;
use super::layout::{self, QUEUES};
use super::notes::{CallEnd, CallKind, CallState, Device, Note};
use super::rng::Purpose;
use super::scene::{Due, Scene};
use super::site::Port;

impl Scene {
    pub(super) fn inbound_begins(&mut self) {
        let mut rng = self.dice(Purpose::Ivr, self.call_count + 1);
        let center = rng.below(self.settings.site.centers() as u64) as usize;
        let mut call = self.begin_call(CallKind::Inbound, center);
        call.queue = layout::queue_at(rng.unit());
        let ani = self.number_of_customer(call.number);
        let dnis = QUEUES.get(call.queue).map_or("", |q| q.dnis);
        self.tell_created(&call, Line::Main, &ani, dnis);
        self.customer_joins(&mut call, ani, "");
        if rng.chance(self.settings.habits.ivr_share) {
            self.ivr_begins(&mut call);
            let after_us = self.settings.habits.ivr.draw_us(&mut rng);
            self.later(after_us, Due::IvrEnds(call.number));
        } else {
            self.wait_first(&mut call, "");
        }
        self.calls.insert(call.number, call);
    }

    fn ivr_begins(&mut self, call: &mut Call) {
        let ivr = Party { id: self.ids.give(Kind::Party), dn: layout::ivr_port(call.center, call.number) };
        self.tell_device(call, &ivr, DnType::DN_TYPE_IVR_PORT, PartyState::PARTY_STATE_CONNECTED, "");
        let data = self.data_of_customer(call);
        self.set_data(call, &ivr, data);
        call.ivr = Some(ivr);
        self.note_state(call, CallState::Ivr);
    }

    /// A party that is no telephone joins the main call.
    pub(super) fn tell_device(&mut self, call: &Call, party: &Party, kind: DnType, state: PartyState, parent: &str) {
        let body = PartyAdded {
            call: call.id.clone(),
            party: party.id.clone(),
            dn: party.dn.clone(),
            dn_type: kind.into(),
            role: PartyRole::PARTY_ROLE_DESTINATION.into(),
            state: state.into(),
            parent_party: parent.to_owned(),
            ..PartyAdded::default()
        };
        self.voice.tell(Port::Calls(call.node), body);
    }

    pub(super) fn ivr_ends(&mut self, number: u64) {
        let Some(mut call) = self.calls.remove(&number) else { return };
        let Some(ivr) = call.ivr.take() else { return };
        let serves_itself = self.dice(Purpose::Ivr, !number).chance(self.settings.habits.self_service_share);
        let data = self.data_of_service(&call);
        self.set_data(&call, &ivr, data);
        let outcome = if serves_itself { Outcome::Completed } else { Outcome::Transferred };
        let mut attempt = Attempt::of_device(ResourceRole::Received, call.from_us, None);
        attempt.turn(call.from_us, Doing::Talk);
        attempt.end(self.now_us, outcome);
        call.devices.push((Device::Ivr, attempt));
        if serves_itself {
            let by = call.customer.clone().unwrap_or_default().dn;
            self.tell_deleted(&call, &ivr, PartyEnd::PARTY_END_RELEASED, &by, "");
            self.customer_leaves(&call, PartyEnd::PARTY_END_RELEASED, &by);
            self.end_call(&mut call, CallEnd::SelfService, &by);
        } else {
            let (target_dn, _) = self.settings.site.waits_at(call.node, call.queue);
            self.tell_deleted(&call, &ivr, PartyEnd::PARTY_END_DIVERTED, "", &target_dn);
            self.wait_first(&mut call, &ivr.id);
        }
        self.keep(call);
    }

    /// The call is somewhere else from now on.
    pub(super) fn note_state(&mut self, call: &Call, state: CallState) {
        self.notes.push(Note::CallState { call: call.number, state, at_us: self.now_us });
    }

    /// Puts a call back, unless nothing of it goes on.
    pub(super) fn keep(&mut self, call: Call) {
        if !call.is_over() {
            self.calls.insert(call.number, call);
        }
    }
}
