//! Steps of calls that nobody's telephone makes: a routing point calls a customer, an agent is engaged first and gets the customer
//! then, an outbound contact server tells what became of an attempt.

use callmart_schema::event::{
    CallType, DnType, KeyValue, OutboundRecord, PartyEnd, PartyMoved, PartyRole, PartyState, UserEvent,
};

use super::super::OUTBOUND_PORT;
use super::{Device, Impossible, Story};
use crate::cluster::script::id;

/// Name of the field that tells what became of an attempt.
const RESULT: &str = "CallResult";

impl Story {
    /// A routing point of a node calls a customer; for an agent who is engaged in another call, or for nobody yet.
    ///
    /// # Errors
    /// [`Impossible`].
    pub fn call_out(
        &mut self,
        node: usize,
        call: &str,
        (point, customer): (&str, &str),
        engaged: Option<&str>,
    ) -> Result<(), Impossible> {
        let root = engaged.map(|main| self.root_of(main)).transpose()?.unwrap_or_default();
        let node = engaged.map(|main| self.call(main).map(|c| c.node)).transpose()?.unwrap_or(node);
        self.begin_in((call, node), CallType::CALL_TYPE_OUTBOUND, (point, customer), &root)?;
        let caller = Device { dn: point, kind: DnType::DN_TYPE_ROUTING_POINT };
        let dials = (PartyRole::PARTY_ROLE_ORIGINATION, PartyState::PARTY_STATE_DIALING);
        let parent = self.join(call, caller, dials, ("", ""))?;
        let customer = Device { dn: customer, kind: DnType::DN_TYPE_EXTERNAL };
        self.reach(call, customer, (&parent, "")).map(|_| ())
    }

    /// A routing point of a node calls an agent, to whom a customer will be given.
    ///
    /// # Errors
    /// [`Impossible`].
    pub fn engage(&mut self, node: usize, call: &str, (point, dn): (&str, &str)) -> Result<(), Impossible> {
        self.begin((call, node), CallType::CALL_TYPE_OUTBOUND, (point, dn), None)?;
        self.reach(call, Device { dn, kind: DnType::DN_TYPE_EXTENSION }, ("", "")).map(|_| ())
    }

    /// The customer of a call that a routing point made goes over to the agent who is engaged.
    ///
    /// # Errors
    /// [`Impossible`].
    pub fn hand_over(&mut self, call: &str, into: &str) -> Result<(), Impossible> {
        let (point, number) = (self.waiting(call)?, self.outside(call)?);
        let customer = self.party(call, &number)?;
        let agent = self.call(into)?.in_state(PartyState::PARTY_STATE_CONNECTED).map(|p| p.dn.clone());
        let (node, root_call) = (self.call(call)?.node, self.call(call)?.root.clone());
        let moved = PartyMoved {
            call: id(call),
            root_call,
            party: customer.id.clone(),
            new_call: id(into),
            new_party: customer.id.clone(),
            moved_by: point.id,
            ..PartyMoved::default()
        };
        self.tell(node, moved);
        self.go_over(call, into, &customer)?;
        self.part(call, &point.dn, PartyEnd::PARTY_END_TRANSFERRED, ("", &agent.unwrap_or_default()))?;
        self.end(call, "", into)
    }

    /// The outbound contact server tells what became of an attempt of a chain, which is a call.
    ///
    /// # Errors
    /// [`Impossible`].
    pub fn record(&mut self, chain: &str, attempt: &str, call: &str, result: &str) -> Result<(), Impossible> {
        if !self.has_begun(call) {
            return Err(Impossible::NoCall(call.to_owned()));
        }
        let field = KeyValue { key: RESULT.to_owned(), value: result.to_owned(), ..KeyValue::default() };
        let (chain, call_attempt) = (id(chain), id(attempt));
        let told =
            OutboundRecord { chain, call_attempt, call: id(call), fields: vec![field], ..OutboundRecord::default() };
        self.script.tell(OUTBOUND_PORT, told);
        Ok(())
    }

    /// Data are sent beside a call.
    ///
    /// # Errors
    /// [`Impossible`].
    pub fn send_data(&mut self, call: &str, dn: &str, key: &str, value: &str) -> Result<(), Impossible> {
        let party = self.party(call, dn)?;
        let (node, root_call) = (self.call(call)?.node, self.call(call)?.root.clone());
        let data = vec![KeyValue { key: key.to_owned(), value: value.to_owned(), ..KeyValue::default() }];
        self.tell(node, UserEvent { call: id(call), root_call, dn: party.dn, data, ..UserEvent::default() });
        Ok(())
    }
}
