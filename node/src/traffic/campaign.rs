//! The outbound campaign: customers are called by a routing point, whoever is free gets those who answer, and the outbound contact
//! server tells what became of each attempt.

use callmart_schema::event::{KeyValue, OutboundRecord};

use super::call::{Call, FarEnd};
use super::dist::{SECOND_US, place};
use super::ids::Kind;
use super::layout::CAMPAIGN_QUEUE;
use super::notes::{CallEnd, CallKind, Note};
use super::outgoing::{BUSY_US, NO_ANSWER_US};
use super::rng::Purpose;
use super::scene::{Due, Scene};
use super::site::Port;

/// From the end of a call to the outbound contact server's telling of it, microseconds, from and to.
const RECORDED_AFTER_US: (i64, i64) = (SECOND_US, 6 * SECOND_US);
/// Name of the field that tells what became of an attempt.
const RESULT: &str = "CallResult";
/// Share of the machines that are faxes.
const FAX_SHARE: f64 = 0.1;

impl Scene {
    /// The next customer of the campaign is called.
    pub(super) fn campaign_calls(&mut self) {
        let mut rng = self.dice(Purpose::Campaign, self.call_count + 1);
        let center = rng.below(self.settings.site.centers() as u64) as usize;
        let mut call = self.begin_call(CallKind::Campaign, center);
        call.queue = CAMPAIGN_QUEUE;
        let habits = &self.settings.habits;
        let shares = [habits.campaign_no_answer_share, habits.campaign_busy_share, habits.campaign_machine_share, 1.0];
        let called = match place(shares, rng.unit()) {
            0 => (FarEnd::DoesNotAnswer, rng.between(NO_ANSWER_US.0, NO_ANSWER_US.1)),
            1 => (FarEnd::IsBusy, rng.between(BUSY_US.0, BUSY_US.1)),
            2 => (FarEnd::IsMachine, habits.outbound_ring.draw_us(&mut rng)),
            _ => (FarEnd::Answers, habits.outbound_ring.draw_us(&mut rng)),
        };
        let number = self.number_of_customer(call.number);
        self.call_from_point(call, number, called);
    }

    /// The outbound contact server will tell what became of a call of the campaign that has ended.
    pub(super) fn enter_record(&mut self, call: &Call) {
        let Some(end) = call.end.filter(|_| call.kind == CallKind::Campaign) else { return };
        let mut rng = self.dice(Purpose::Campaign, call.number << 20);
        let value = result(call, end, rng.chance(FAX_SHARE)).to_owned();
        let record = OutboundRecord {
            chain: self.ids.give(Kind::Contact),
            call_attempt: self.ids.give(Kind::Contact),
            call: call.id.clone(),
            fields: vec![KeyValue { key: RESULT.to_owned(), value, ..KeyValue::default() }],
            ..OutboundRecord::default()
        };
        self.records.insert(call.number, record);
        self.later(rng.between(RECORDED_AFTER_US.0, RECORDED_AFTER_US.1), Due::Recorded(call.number));
    }

    pub(super) fn recorded(&mut self, number: u64) {
        let Some(record) = self.records.remove(&number) else { return };
        self.voice.tell(Port::Contacts, record);
        self.notes.push(Note::Recorded { call: number });
    }
}

/// What became of an attempt, in the words of the outbound contact server.
fn result(call: &Call, end: CallEnd, is_fax: bool) -> &'static str {
    match end {
        CallEnd::Machine if is_fax => "FaxDetected",
        CallEnd::Machine => "AnsweringMachine",
        CallEnd::NoAnswer => "NoAnswer",
        CallEnd::Busy => "Busy",
        _ if call.legs.iter().any(|leg| leg.attempt.was_connected()) => "Answer",
        _ => "Abandoned",
    }
}
