//! Steps of calls at the ordinary SIP Server of a script: calls wait in ACD queues, and whoever they ring at is named.
//!
//! Knows the flows that its steps name; telephones and agents are told of as at any node.

use callmart_schema::event::{DnType, PartyEnd, PartyRole, PartyState};

use super::{SIP_SERVER, Script, id};

const QUEUED: (DnType, PartyRole, PartyState) =
    (DnType::DN_TYPE_ACD_QUEUE, PartyRole::PARTY_ROLE_DESTINATION, PartyState::PARTY_STATE_QUEUED);
const RINGING: (DnType, PartyRole, PartyState) =
    (DnType::DN_TYPE_EXTENSION, PartyRole::PARTY_ROLE_DESTINATION, PartyState::PARTY_STATE_ALERTING);

/// Id of a call's so-manieth party in a queue, from 1 on.
#[must_use]
pub fn in_queue(call: &str, time: usize) -> String {
    id(&format!("{call}ACD{time}"))
}

impl Script {
    /// A customer calls the SIP Server and waits in an ACD queue from this moment on; the call's name becomes its [`id`].
    pub fn wait_in(&mut self, call: &str, ani: &str, queue: &str) -> &mut Self {
        self.begin(SIP_SERVER, call, ani);
        self.enter(call, queue, "");
        self
    }

    /// The queue diverts the call to a DN, which rings.
    pub fn divert(&mut self, call: &str, queue: &str, dn: &str) -> &mut Self {
        let waits = in_queue(call, self.times(call));
        self.leaves(call, (&waits, queue), PartyEnd::PARTY_END_DIVERTED, ("", dn));
        self.joins(call, (&super::party(call, dn), dn), RINGING, (&waits, queue));
        self.calls.entry(call.to_owned()).and_modify(|c| c.dns.push(dn.to_owned()));
        self.on_dn(call, dn, PartyState::PARTY_STATE_ALERTING)
    }

    /// Nobody answered at the DN: the call goes back to the queue.
    pub fn take_back(&mut self, call: &str, dn: &str, queue: &str) -> &mut Self {
        self.leave(call, dn, PartyEnd::PARTY_END_REDIRECTED, ("", queue));
        self.calls.entry(call.to_owned()).and_modify(|c| c.dns.retain(|known| known != dn));
        self.on_dn(call, dn, PartyState::PARTY_STATE_NULL);
        self.enter(call, queue, &super::party(call, dn));
        self
    }

    /// The customer hangs up in the queue.
    pub fn give_up(&mut self, call: &str, queue: &str) -> &mut Self {
        let waits = in_queue(call, self.times(call));
        let ani = self.calls.get(call).map(|c| c.ani.clone()).unwrap_or_default();
        self.leaves(call, (&waits, queue), PartyEnd::PARTY_END_ABANDONED, (&ani, ""));
        self.hang_up(call)
    }

    fn enter(&mut self, call: &str, queue: &str, parent: &str) {
        self.calls.entry(call.to_owned()).and_modify(|c| c.times_queued += 1);
        let waits = in_queue(call, self.times(call));
        self.joins(call, (&waits, queue), QUEUED, (parent, ""));
    }

    fn times(&self, call: &str) -> usize {
        self.calls.get(call).map_or(0, |c| c.times_queued)
    }
}
