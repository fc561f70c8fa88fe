//! What calls begin and end with: the call itself and the party outside; and the user data that is set on it.

use callmart_schema::event::{
    CallCreated, CallDeleted, CallType, DnType, KeyValue, PartyAdded, PartyDeleted, PartyEnd, PartyRole, PartyState,
    UserDataChanged, UserDataOrigin,
};

use super::call::{Call, Line, Party};
use super::ids::Kind;
use super::layout::QUEUES;
use super::notes::{CallEnd, CallKind, Note};
use super::rng::Purpose;
use super::scene::Scene;
use super::site::Port;

/// Values of CustomerSegment.
const SEGMENTS: [&str; 3] = ["Gold", "Silver", "Bronze"];
/// Values of Business Result.
const RESULTS: [&str; 5] = ["Solved", "FollowUp", "Sold", "NotSolved", "Forwarded"];
/// Customers that there are.
const CUSTOMERS: u64 = 400_000;

impl Scene {
    /// A new root call; the caller keeps it.
    pub(super) fn begin_call(&mut self, kind: CallKind, center: usize) -> Call {
        self.call_count += 1;
        let number = self.call_count;
        let node = self.alive_or(center, self.settings.site.home(center, number));
        let id = self.ids.give(Kind::Call);
        self.notes.push(Note::CallBegan { call: number, id: id.clone(), kind, at_us: self.now_us });
        Call::new(number, id, kind, node, center, self.now_us)
    }

    /// The node tells that a call began.
    pub(super) fn tell_created(&mut self, call: &Call, line: Line, ani: &str, dnis: &str) {
        let (id, root_call) = call.ids(line);
        let call_type = match (line, call.kind) {
            (Line::Consult, _) => CallType::CALL_TYPE_CONSULT,
            (_, CallKind::Inbound) => CallType::CALL_TYPE_INBOUND,
            (_, CallKind::Outbound | CallKind::Campaign) => CallType::CALL_TYPE_OUTBOUND,
            (_, CallKind::Internal) => CallType::CALL_TYPE_INTERNAL,
        };
        let body = CallCreated {
            call: id,
            original_call: root_call.clone(),
            root_call,
            call_type: call_type.into(),
            ani: ani.to_owned(),
            dnis: dnis.to_owned(),
            ..CallCreated::default()
        };
        self.voice.tell(Port::Calls(call.node), body);
    }

    /// The party outside joins: connected when it calls, ringing when it is called.
    pub(super) fn customer_joins(&mut self, call: &mut Call, number: String, parent: &str) {
        let calls = call.kind == CallKind::Inbound;
        let party = Party { id: self.ids.give(Kind::Party), dn: number };
        let role = if calls { PartyRole::PARTY_ROLE_ORIGINATION } else { PartyRole::PARTY_ROLE_DESTINATION };
        let state = if calls { PartyState::PARTY_STATE_CONNECTED } else { PartyState::PARTY_STATE_ALERTING };
        let body = PartyAdded {
            call: call.id.clone(),
            party: party.id.clone(),
            dn: party.dn.clone(),
            dn_type: DnType::DN_TYPE_EXTERNAL.into(),
            role: role.into(),
            state: state.into(),
            parent_party: parent.to_owned(),
            ..PartyAdded::default()
        };
        self.voice.tell(Port::Calls(call.node), body);
        call.customer = Some(party);
    }

    /// The party outside leaves.
    pub(super) fn customer_leaves(&mut self, call: &Call, cause: PartyEnd, released_by: &str) {
        if let Some(customer) = &call.customer {
            self.tell_deleted(call, customer, cause, released_by, "");
        }
    }

    /// The node tells that a party of the main call left.
    pub(super) fn tell_deleted(&mut self, call: &Call, party: &Party, cause: PartyEnd, by: &str, target_dn: &str) {
        let body = PartyDeleted {
            call: call.id.clone(),
            party: party.id.clone(),
            cause: cause.into(),
            released_by: by.to_owned(),
            target_dn: target_dn.to_owned(),
            dn: party.dn.clone(),
            ..PartyDeleted::default()
        };
        self.voice.tell(Port::Calls(call.node), body);
    }

    /// The root call ends, and what it came to is settled.
    pub(super) fn end_call(&mut self, call: &mut Call, end: CallEnd, released_by: &str) {
        self.end_listening(call, released_by);
        let body = CallDeleted { call: call.id.clone(), released_by: released_by.to_owned(), ..CallDeleted::default() };
        self.voice.tell(Port::Calls(call.node), body);
        call.end = Some(end);
        call.patience_ticket += 1;
        self.book_call(call);
        self.enter_record(call);
    }

    /// Sets user data of the main call.
    pub(super) fn set_data(&mut self, call: &Call, party: &Party, set: Vec<KeyValue>) {
        self.tell_data(call.node, &call.id, party, set);
    }

    /// Sets user data of a call that may be over. The newest owner of the telephone that sets them tells of them too, where both
    /// channels tell.
    pub(super) fn tell_data(&mut self, node: usize, call: &str, party: &Party, set: Vec<KeyValue>) {
        let body = UserDataChanged {
            call: call.to_owned(),
            party: party.id.clone(),
            dn: party.dn.clone(),
            set,
            origin: UserDataOrigin::USER_DATA_ORIGIN_USER_DATA.into(),
            ..UserDataChanged::default()
        };
        let owner = self.settings.user_data_on_both_channels.then(|| self.owners.owner(&party.dn)).flatten();
        if let Some(owner) = owner.filter(|_| self.settings.site.has_two_channels()) {
            self.voice.tell(Port::Telephones(owner), body.clone());
        }
        self.voice.tell(Port::Calls(node), body);
    }

    /// Number of a customer.
    pub(super) fn number_of_customer(&self, call: u64) -> String {
        format!("+1555{:07}", self.customer(call))
    }

    fn customer(&self, call: u64) -> u64 {
        self.dice(Purpose::Customer, call).below(CUSTOMERS)
    }

    /// Who calls: known from the number.
    pub(super) fn data_of_customer(&self, call: &Call) -> Vec<KeyValue> {
        let customer = self.customer(call.number);
        let segment = SEGMENTS.get((customer % 7 / 3) as usize).copied().unwrap_or(SEGMENTS[0]);
        vec![pair("CustomerID", format!("C{customer:06}")), pair("CustomerSegment", segment.to_owned())]
    }

    /// What the call is about.
    pub(super) fn data_of_service(&self, call: &Call) -> Vec<KeyValue> {
        let mut rng = self.dice(Purpose::Customer, !call.number);
        let Some(queue) = QUEUES.get(call.queue) else { return Vec::new() };
        let subtype = queue.subtypes.get(rng.below(3) as usize).copied().unwrap_or_default();
        vec![
            pair("ServiceType", queue.service.to_owned()),
            pair("ServiceSubType", subtype.to_owned()),
            pair("CaseID", format!("K{:08}", call.number)),
        ]
    }
}

/// What came of a call, by a number between 0 and 1.
pub(super) fn data_of_result(unit: f64) -> Vec<KeyValue> {
    let result = RESULTS.get((unit * RESULTS.len() as f64) as usize).copied().unwrap_or(RESULTS[0]);
    vec![pair("Business Result", result.to_owned())]
}

/// A key and its value.
pub(super) fn pair(key: &str, value: String) -> KeyValue {
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}
