//! Steps of calls as such: they begin, are answered, held, passed on, and end.

use callmart_schema::event::{CallType, DnType, PartyEnd, PartyRole, PartyState, VirtualQueueEnd};

use super::super::DNIS;
use super::{Call, Device, Impossible, Story};

const RINGS: [PartyState; 1] = [PartyState::PARTY_STATE_ALERTING];
const TALKS: [PartyState; 2] = [PartyState::PARTY_STATE_CONNECTED, PartyState::PARTY_STATE_HELD];

impl Story {
    /// A customer calls, and the call comes to a device of a node at once.
    ///
    /// # Errors
    /// [`Impossible`].
    pub fn arrive(&mut self, node: usize, call: &str, ani: &str, at: Device<'_>) -> Result<(), Impossible> {
        self.begin((call, node), CallType::CALL_TYPE_INBOUND, (ani, DNIS), None)?;
        let customer = Device { dn: ani, kind: DnType::DN_TYPE_EXTERNAL };
        self.join(call, customer, (PartyRole::PARTY_ROLE_ORIGINATION, PartyState::PARTY_STATE_CONNECTED), ("", ""))?;
        self.reach(call, at, ("", "")).map(|_| ())
    }

    /// Somebody's telephone, which a node owns, calls: a customer outside, or somebody or something inside.
    ///
    /// # Errors
    /// [`Impossible`].
    pub fn dial(&mut self, node: usize, call: &str, dn: &str, to: Device<'_>) -> Result<(), Impossible> {
        let is_outside = to.kind == DnType::DN_TYPE_EXTERNAL;
        let call_type = if is_outside { CallType::CALL_TYPE_OUTBOUND } else { CallType::CALL_TYPE_INTERNAL };
        self.begin((call, node), call_type, (dn, to.dn), None)?;
        let parent = self.dials(call, dn)?;
        self.reach(call, to, (&parent, "")).map(|_| ())
    }

    /// A telephone joins the call that it begins; gives its party's id.
    pub(super) fn dials(&mut self, call: &str, dn: &str) -> Result<String, Impossible> {
        let caller = Device { dn, kind: DnType::DN_TYPE_EXTENSION };
        self.join(call, caller, (PartyRole::PARTY_ROLE_ORIGINATION, PartyState::PARTY_STATE_DIALING), ("", ""))
    }

    /// Whoever rings answers; so who dialled is connected. A call that a routing point made waits there from then on.
    ///
    /// # Errors
    /// [`Impossible`].
    pub fn answer(&mut self, call: &str, dn: &str) -> Result<(), Impossible> {
        self.party_in(call, dn, &RINGS)?;
        if let Some(caller) = self.call(call)?.in_state(PartyState::PARTY_STATE_DIALING).cloned() {
            let is_point = caller.kind == DnType::DN_TYPE_ROUTING_POINT;
            let state = if is_point { PartyState::PARTY_STATE_QUEUED } else { PartyState::PARTY_STATE_CONNECTED };
            self.turn(call, &caller.dn, state)?;
        }
        self.turn(call, dn, PartyState::PARTY_STATE_CONNECTED)
    }

    /// Somebody holds the call.
    ///
    /// # Errors
    /// [`Impossible`].
    pub fn hold(&mut self, call: &str, dn: &str) -> Result<(), Impossible> {
        self.party_in(call, dn, &[PartyState::PARTY_STATE_CONNECTED])?;
        self.turn(call, dn, PartyState::PARTY_STATE_HELD)
    }

    /// Somebody takes the call from hold.
    ///
    /// # Errors
    /// [`Impossible`].
    pub fn unhold(&mut self, call: &str, dn: &str) -> Result<(), Impossible> {
        self.party_in(call, dn, &[PartyState::PARTY_STATE_HELD])?;
        self.turn(call, dn, PartyState::PARTY_STATE_CONNECTED)
    }

    /// Somebody listens to the call, in which an agent is, and takes no part in it.
    ///
    /// # Errors
    /// [`Impossible`].
    pub fn observe(&mut self, call: &str, dn: &str, agent: &str) -> Result<(), Impossible> {
        let observed = self.party_in(call, agent, &TALKS)?;
        let supervisor = Device { dn, kind: DnType::DN_TYPE_EXTENSION };
        let how = (PartyRole::PARTY_ROLE_OBSERVER, PartyState::PARTY_STATE_CONNECTED);
        self.join(call, supervisor, how, (&observed.id, "")).map(|_| ())
    }

    /// Somebody passes the call on in a single step, without a consult call.
    ///
    /// # Errors
    /// [`Impossible`].
    pub fn transfer_blindly(&mut self, call: &str, dn: &str, to: Device<'_>) -> Result<(), Impossible> {
        self.party_in(call, dn, &TALKS)?;
        let gone = self.part(call, dn, PartyEnd::PARTY_END_TRANSFERRED, ("", to.dn))?;
        self.reach(call, to, (&gone.id, "")).map(|_| ())
    }

    /// Who was called by somebody inside does not answer, or is busy; so the call is given up. Who asked for a consultation
    /// goes on with the call that was held.
    ///
    /// # Errors
    /// [`Impossible`].
    pub fn not_answered(&mut self, call: &str, dn: &str, is_busy: bool) -> Result<(), Impossible> {
        let called = self.party_in(call, dn, &RINGS)?;
        let cause = match called.kind {
            _ if is_busy => PartyEnd::PARTY_END_BUSY,
            DnType::DN_TYPE_EXTERNAL => PartyEnd::PARTY_END_FAILED,
            _ => PartyEnd::PARTY_END_REDIRECTED,
        };
        let on = self.call(call)?.clone();
        let caller = on.in_state(PartyState::PARTY_STATE_DIALING).map(|p| p.dn.clone()).unwrap_or_default();
        self.part(call, dn, cause, ("", ""))?;
        self.part(call, &caller, PartyEnd::PARTY_END_RELEASED, (&caller, ""))?;
        self.end(call, &caller, "")?;
        match on.asks.filter(|(_, main)| self.calls.contains_key(main)) {
            Some((asking, main)) => self.turn(&main, &asking, PartyState::PARTY_STATE_CONNECTED),
            None => Ok(()),
        }
    }

    /// Somebody hangs up. While at least two are left, or when who only listened does, the call goes on; else it ends.
    ///
    /// # Errors
    /// [`Impossible`].
    pub fn hang_up(&mut self, call: &str, dn: &str) -> Result<(), Impossible> {
        let leaves = self.party(call, dn)?;
        let who_talk = self.call(call)?.parties.iter().filter(|p| !p.observes).count();
        if leaves.observes || who_talk > 2 {
            return self.part(call, dn, PartyEnd::PARTY_END_RELEASED, (dn, "")).map(|_| ());
        }
        self.release(call, dn)
    }

    /// The call ends, released by somebody's device: all that is in it leaves, the customer last.
    ///
    /// # Errors
    /// [`Impossible`].
    pub fn release(&mut self, call: &str, by: &str) -> Result<(), Impossible> {
        self.party(call, by)?;
        let Call { parties, passes, .. } = self.call(call)?.clone();
        let is_outside = |kind| kind == DnType::DN_TYPE_EXTERNAL;
        let gives_up = parties.iter().any(|p| p.dn == by && is_outside(p.kind));
        let (outside, inside): (Vec<_>, Vec<_>) = parties.into_iter().partition(|p| is_outside(p.kind));
        let (releasing, others): (Vec<_>, Vec<_>) = inside.into_iter().partition(|p| p.dn == by);
        for party in others {
            let cause = match party.state {
                PartyState::PARTY_STATE_QUEUED | PartyState::PARTY_STATE_ALERTING => PartyEnd::PARTY_END_ABANDONED,
                PartyState::PARTY_STATE_HELD if gives_up => PartyEnd::PARTY_END_ABANDONED,
                _ => PartyEnd::PARTY_END_RELEASED,
            };
            self.part(call, &party.dn, cause, (by, ""))?;
        }
        for pass in passes {
            self.queue_left(call, &pass, VirtualQueueEnd::VIRTUAL_QUEUE_END_ABANDONED, "")?;
        }
        for party in releasing.iter().chain(&outside) {
            self.part(call, &party.dn, PartyEnd::PARTY_END_RELEASED, (by, ""))?;
        }
        self.end(call, by, "")
    }
}
