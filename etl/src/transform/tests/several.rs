//! Calls that lead to others: consultations, transfers and conferences, told as a cluster tells them.
//!
//! A call's builder speaks of one call at a time: of the first, or of a consult call after [`Call::consult`]. Knows the event
//! model; not what rows come of it.

use callmart_schema::event::{
    CallCreated, CallDeleted, CallType, DnType, PartyAdded, PartyDeleted, PartyEnd, PartyMoved, PartyRole, PartyState,
};

use super::build::*;

impl Call {
    /// From now on the consult call of that id is told of.
    pub(crate) fn consult(mut self, id: &str) -> Self {
        if self.root.is_empty() {
            self.root.clone_from(&self.id);
        }
        self.id = id.into();
        self
    }

    /// From now on the root call is told of.
    pub(crate) fn main(mut self) -> Self {
        if !self.root.is_empty() {
            self.id = std::mem::take(&mut self.root);
        }
        self
    }

    /// A device that another party, by its id, brought.
    pub(crate) fn brought(
        self,
        who: &str,
        dn: &str,
        dn_type: DnType,
        state: PartyState,
        parent: &str,
        at_s: f64,
    ) -> Self {
        let body = PartyAdded {
            call: self.id.clone(),
            root_call: self.root.clone(),
            party: self.party(who),
            dn: dn.into(),
            dn_type: dn_type.into(),
            role: PartyRole::PARTY_ROLE_DESTINATION.into(),
            state: state.into(),
            parent_party: parent.into(),
            ..PartyAdded::default()
        };
        self.tell(at_s, body)
    }

    /// A telephone that another party brought.
    pub(crate) fn rings(self, who: &str, dn: &str, parent: &str, at_s: f64) -> Self {
        self.brought(who, dn, DnType::DN_TYPE_EXTENSION, ALERTING, parent, at_s)
    }

    /// A routing point that another party brought the call to, until it goes on or is given up.
    pub(crate) fn waits(self, who: &str, parent: &str, from_s: f64, to_s: f64, cause: PartyEnd) -> Self {
        self.brought(who, "RP2", DnType::DN_TYPE_ROUTING_POINT, QUEUED, parent, from_s).leaves(who, cause, to_s)
    }

    /// A telephone dials.
    pub(crate) fn dials(self, who: &str, dn: &str, at_s: f64) -> Self {
        let origination = PartyRole::PARTY_ROLE_ORIGINATION;
        self.joins_as(who, dn, DnType::DN_TYPE_EXTENSION, DIALING, origination, at_s)
    }

    /// The call passes to a number.
    pub(crate) fn passes_on(self, who: &str, cause: PartyEnd, target_dn: &str, at_s: f64) -> Self {
        let body = PartyDeleted {
            call: self.id.clone(),
            root_call: self.root.clone(),
            party: self.party(who),
            cause: cause.into(),
            target_dn: target_dn.into(),
            ..PartyDeleted::default()
        };
        self.tell(at_s, body)
    }

    /// The telephone `who` on D1 holds its call and dials in the consult call `id`, which is told of from then on.
    pub(crate) fn asks(self, who: &str, id: &str, dnis: &str, at_s: f64) -> Self {
        let main = self.id.clone();
        let call = self.is(who, HELD, at_s).consult(id);
        let body = CallCreated {
            call: call.id.clone(),
            root_call: call.root.clone(),
            original_call: main,
            call_type: CallType::CALL_TYPE_CONSULT.into(),
            ani: "D1".into(),
            dnis: dnis.into(),
            ..CallCreated::default()
        };
        call.tell(at_s, body).dials("a1", "D1", at_s)
    }

    /// Both parties of the consult call talk.
    pub(crate) fn talk(self, one: &str, other: &str, at_s: f64) -> Self {
        self.is(one, CONNECTED, at_s).is(other, CONNECTED, at_s)
    }

    /// A party of the consult call goes over to the root call, moved by a party of that.
    pub(crate) fn moves(self, who: &str, by: &str, at_s: f64) -> Self {
        let body = PartyMoved {
            call: self.id.clone(),
            root_call: self.root.clone(),
            party: self.party(who),
            new_call: self.root.clone(),
            new_party: self.party(who),
            moved_by: by.into(),
            ..PartyMoved::default()
        };
        self.tell(at_s, body)
    }

    /// The consult call is merged into the root call, which is told of from then on.
    pub(crate) fn merges(self, at_s: f64) -> Self {
        let body = CallDeleted {
            call: self.id.clone(),
            root_call: self.root.clone(),
            merged_into: self.root.clone(),
            ..CallDeleted::default()
        };
        self.tell(at_s, body).main()
    }

    /// The consult call's party a1 passes the root call's customer on to `to`, a party of the consult call.
    pub(crate) fn transfers(self, to: &str, by: &str, at_s: f64) -> Self {
        let call = self.moves(to, by, at_s).leaves("a1", TRANSFERRED, at_s);
        let by = by.to_owned();
        call.leaves(&by, TRANSFERRED, at_s).merges(at_s)
    }

    /// The consult call's party a1 makes a conference of the root call with `with`, a party of the consult call.
    pub(crate) fn confers(self, with: &str, by: &str, at_s: f64) -> Self {
        let call = self.moves(with, by, at_s).leaves("a1", CONFERENCED, at_s).merges(at_s);
        call.is(by, CONNECTED, at_s)
    }
}

/// A1 on D1, A2 on D2 and A3 on D3, from before the begin on.
pub(crate) fn three_agents() -> [callmart_schema::event::Event; 3] {
    [login(1, "s1", "D1", "A1", -100.0), login(2, "s2", "D2", "A2", -100.0), login(3, "s3", "D3", "A3", -100.0)]
}

/// A call from outside that rings at D1 from 0 on and is answered at 2.5.
pub(crate) fn answered() -> Call {
    Call::inbound("c1").telephone("a1", "D1", ALERTING, 0.0).is("a1", CONNECTED, 2.5)
}
