//! Calls of a script that go through everything that docs/flows.md tells of: who is in them, where they wait, which calls
//! belong together.
//!
//! What happens stands in `calls`, `queues`, `consult` and `outbound`, step by step; how each step is told stands here, once. A step
//! that cannot be is refused. Knows no chance, and nothing of facts.

mod calls;
mod consult;
mod outbound;
mod queues;

use std::collections::BTreeMap;

use callmart_schema::event::{
    Body, CallCreated, CallDeleted, CallType, DnType, KeyValue, PartyAdded, PartyDeleted, PartyEnd, PartyRole,
    PartyState, PartyStateChanged, UserDataChanged, UserDataOrigin, VirtualQueueEnd, VirtualQueueEnded,
    VirtualQueueQueued,
};

use super::{SIP_SERVER, Script, id, ip_port, vq_port};
use crate::cluster::sip_server;
use crate::cluster::t_controller::Refused;

/// Why a step cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Impossible {
    /// There is no such call, or it is over.
    #[error("there is no call {0} now: let it begin first, and do nothing in it after its end")]
    NoCall(String),
    /// There is one of that name, or was.
    #[error("call {0} has begun already: give each call a name of its own")]
    Taken(String),
    /// A party is not in a call.
    #[error("{dn} is not in call {call} in that way now")]
    NotThere {
        /// Number of the device.
        dn: String,
        /// Name of the call.
        call: String,
    },
    /// Nobody holds a customer for a consultation.
    #[error("{0} asks nobody now: let a consultation begin first")]
    NoConsult(String),
    /// A call is in no such queue.
    #[error("call {call} is not in {queue} now: let it enter first")]
    NotQueued {
        /// Name of the call.
        call: String,
        /// The virtual queue.
        queue: String,
    },
    /// A T-controller does not do it.
    #[error(transparent)]
    Refused(#[from] Refused),
}

/// A device by its number, and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Device<'a> {
    /// The number.
    pub dn: &'a str,
    /// What it is.
    pub kind: DnType,
}

/// Somebody, or something, in a call.
#[derive(Debug, Clone)]
struct Party {
    id: String,
    dn: String,
    kind: DnType,
    /// Listens, and is nobody who keeps a call going.
    observes: bool,
    state: PartyState,
}

/// A pass through a virtual queue that goes on.
#[derive(Debug, Clone)]
struct Pass {
    id: String,
    queue: String,
}

/// A call that goes on.
#[derive(Debug, Clone)]
struct Call {
    node: usize,
    /// UUID of the root call; empty when this is it.
    root: String,
    /// Who is in it, in the order in which they came.
    parties: Vec<Party>,
    /// Passes that go on.
    passes: Vec<Pass>,
    /// Of a consult call: number of the device that asks, and the name of the call that it holds meanwhile.
    asks: Option<(String, String)>,
}

/// A script with calls of every kind.
#[derive(Debug)]
pub struct Story {
    /// The cluster: time, telephones and agents.
    pub script: Script,
    calls: BTreeMap<String, Call>,
    /// How often each id was asked for: the first time it is the name's own.
    given: BTreeMap<String, usize>,
}

impl Device<'_> {
    /// How somebody who is called, or something that a call comes to, joins a call.
    fn joins_in(self) -> PartyState {
        match self.kind {
            DnType::DN_TYPE_ROUTING_POINT | DnType::DN_TYPE_ACD_QUEUE => PartyState::PARTY_STATE_QUEUED,
            DnType::DN_TYPE_IVR_PORT | DnType::DN_TYPE_VOICEMAIL => PartyState::PARTY_STATE_CONNECTED,
            _ => PartyState::PARTY_STATE_ALERTING,
        }
    }
}

impl Call {
    fn party(&self, dn: &str) -> Option<&Party> {
        self.parties.iter().find(|p| p.dn == dn)
    }

    /// Who is in a state.
    fn in_state(&self, state: PartyState) -> Option<&Party> {
        self.parties.iter().find(|p| p.state == state)
    }
}

impl Story {
    /// Nothing has happened on the cluster yet.
    #[must_use]
    pub fn on(script: Script) -> Self {
        Self { script, calls: BTreeMap::new(), given: BTreeMap::new() }
    }

    /// A party sets a value of a call's user data.
    ///
    /// # Errors
    /// [`Impossible`].
    pub fn set_data(&mut self, call: &str, dn: &str, key: &str, value: &str) -> Result<(), Impossible> {
        let party = self.party(call, dn)?;
        let node = self.call(call)?.node;
        let pair = KeyValue { key: key.to_owned(), value: value.to_owned(), ..KeyValue::default() };
        let body = UserDataChanged {
            call: id(call),
            root_call: self.call(call)?.root.clone(),
            party: party.id,
            dn: dn.to_owned(),
            set: vec![pair],
            origin: UserDataOrigin::USER_DATA_ORIGIN_USER_DATA.into(),
            ..UserDataChanged::default()
        };
        self.tell(node, body);
        Ok(())
    }

    /// Number of who is outside in a call.
    ///
    /// # Errors
    /// [`Impossible`].
    pub fn outside(&self, call: &str) -> Result<String, Impossible> {
        let outside = self.call(call)?.parties.iter().find(|p| p.kind == DnType::DN_TYPE_EXTERNAL);
        let not_there = || Impossible::NotThere { dn: "a customer".to_owned(), call: call.to_owned() };
        outside.map(|p| p.dn.clone()).ok_or_else(not_there)
    }

    /// Whether there is a call of that name, or was.
    #[must_use]
    pub fn has_begun(&self, call: &str) -> bool {
        self.given.contains_key(call)
    }

    /// The calls of nodes that are lost are gone; the telephones in them notice.
    pub fn drop_calls(&mut self, is_lost: impl Fn(usize) -> bool) {
        let names = |(name, call): (&String, &Call)| is_lost(call.node).then(|| name.clone());
        for name in self.calls.iter().filter_map(names).collect::<Vec<_>>() {
            let parties = self.calls.get(&name).map(|call| call.parties.clone()).unwrap_or_default();
            parties.iter().for_each(|party| self.on_dn(&name, party, PartyState::PARTY_STATE_NULL));
            self.calls.remove(&name);
        }
    }

    fn call(&self, call: &str) -> Result<&Call, Impossible> {
        self.calls.get(call).ok_or_else(|| Impossible::NoCall(call.to_owned()))
    }

    fn call_mut(&mut self, call: &str) -> Result<&mut Call, Impossible> {
        self.calls.get_mut(call).ok_or_else(|| Impossible::NoCall(call.to_owned()))
    }

    fn party(&self, call: &str, dn: &str) -> Result<Party, Impossible> {
        let not_there = || Impossible::NotThere { dn: dn.to_owned(), call: call.to_owned() };
        self.call(call)?.party(dn).cloned().ok_or_else(not_there)
    }

    /// A party that is in one of some states.
    fn party_in(&self, call: &str, dn: &str, states: &[PartyState]) -> Result<Party, Impossible> {
        let not_there = || Impossible::NotThere { dn: dn.to_owned(), call: call.to_owned() };
        Some(self.party(call, dn)?).filter(|p| states.contains(&p.state)).ok_or_else(not_there)
    }

    fn tell(&mut self, node: usize, body: impl Into<Body>) {
        self.script.tell(ip_port(node), body);
    }

    /// An id of a name that may come again.
    fn give(&mut self, name: String) -> String {
        let times = self.given.entry(name.clone()).or_default();
        *times += 1;
        if *times == 1 { id(&name) } else { id(&format!("{name}.{times}")) }
    }

    fn begin(
        &mut self,
        (call, node): (&str, usize),
        call_type: CallType,
        (ani, dnis): (&str, &str),
        asks: Option<(String, String)>,
    ) -> Result<(), Impossible> {
        if self.given.contains_key(call) {
            return Err(Impossible::Taken(call.to_owned()));
        }
        let root = asks.as_ref().map(|(_, main)| self.root_of(main)).transpose()?.unwrap_or_default();
        let body = CallCreated {
            call: self.give(call.to_owned()),
            root_call: root.clone(),
            original_call: asks.as_ref().map_or_else(String::new, |(_, main)| id(main)),
            call_type: call_type.into(),
            ani: ani.to_owned(),
            dnis: dnis.to_owned(),
            ..CallCreated::default()
        };
        self.tell(node, body);
        self.calls.insert(call.to_owned(), Call { node, root, parties: Vec::new(), passes: Vec::new(), asks });
        Ok(())
    }

    /// As [`Self::begin`], of a call that nobody holds another one for; its root is empty when it is the root.
    fn begin_in(
        &mut self,
        (call, node): (&str, usize),
        call_type: CallType,
        (ani, dnis): (&str, &str),
        root: &str,
    ) -> Result<(), Impossible> {
        if self.given.contains_key(call) {
            return Err(Impossible::Taken(call.to_owned()));
        }
        let body = CallCreated {
            call: self.give(call.to_owned()),
            root_call: root.to_owned(),
            call_type: call_type.into(),
            ani: ani.to_owned(),
            dnis: dnis.to_owned(),
            ..CallCreated::default()
        };
        self.tell(node, body);
        let begun = Call { node, root: root.to_owned(), parties: Vec::new(), passes: Vec::new(), asks: None };
        self.calls.insert(call.to_owned(), begun);
        Ok(())
    }

    /// UUID of a call's root, which may be itself.
    fn root_of(&self, call: &str) -> Result<String, Impossible> {
        let root = &self.call(call)?.root;
        Ok(if root.is_empty() { id(call) } else { root.clone() })
    }

    /// A device joins; gives its party's id.
    fn join(
        &mut self,
        call: &str,
        device: Device<'_>,
        (role, state): (PartyRole, PartyState),
        (parent, queue): (&str, &str),
    ) -> Result<String, Impossible> {
        let party = self.give(format!("{call}P{}", device.dn.trim_start_matches('+')));
        let on = self.call_mut(call)?;
        let observes = role == PartyRole::PARTY_ROLE_OBSERVER;
        let joined = Party { id: party.clone(), dn: device.dn.to_owned(), kind: device.kind, observes, state };
        on.parties.push(joined.clone());
        let (node, root_call) = (on.node, on.root.clone());
        let mut added = PartyAdded {
            call: id(call),
            root_call,
            party: party.clone(),
            dn: device.dn.to_owned(),
            dn_type: device.kind.into(),
            role: role.into(),
            state: state.into(),
            parent_party: parent.to_owned(),
            queue: queue.to_owned(),
            ..PartyAdded::default()
        };
        if node == SIP_SERVER {
            sip_server::name_agent(&mut added, &self.script.telephones);
        }
        self.tell(node, added);
        self.on_dn(call, &joined, state);
        Ok(party)
    }

    /// A device that is called, or that a call comes to, joins.
    fn reach(&mut self, call: &str, device: Device<'_>, from: (&str, &str)) -> Result<String, Impossible> {
        self.join(call, device, (PartyRole::PARTY_ROLE_DESTINATION, device.joins_in()), from)
    }

    /// A party that is in the call is in another state from now on.
    fn turn(&mut self, call: &str, dn: &str, state: PartyState) -> Result<(), Impossible> {
        let party = self.party(call, dn)?;
        let on = self.call_mut(call)?;
        on.parties.iter_mut().filter(|p| p.id == party.id).for_each(|p| p.state = state);
        let (node, root_call) = (on.node, on.root.clone());
        let changed = PartyStateChanged {
            call: id(call),
            root_call,
            party: party.id.clone(),
            state: state.into(),
            dn: dn.to_owned(),
            ..PartyStateChanged::default()
        };
        self.tell(node, changed);
        self.on_dn(call, &party, state);
        Ok(())
    }

    /// A party leaves; gives what it was.
    fn part(
        &mut self,
        call: &str,
        dn: &str,
        cause: PartyEnd,
        (by, target_dn): (&str, &str),
    ) -> Result<Party, Impossible> {
        let party = self.party(call, dn)?;
        let on = self.call_mut(call)?;
        on.parties.retain(|p| p.id != party.id);
        let (node, root_call) = (on.node, on.root.clone());
        let deleted = PartyDeleted {
            call: id(call),
            root_call,
            party: party.id.clone(),
            cause: cause.into(),
            released_by: by.to_owned(),
            target_dn: target_dn.to_owned(),
            dn: dn.to_owned(),
            ..PartyDeleted::default()
        };
        self.tell(node, deleted);
        self.on_dn(call, &party, PartyState::PARTY_STATE_NULL);
        Ok(party)
    }

    /// A call is over that nobody is in any more.
    fn end(&mut self, call: &str, released_by: &str, merged_into: &str) -> Result<(), Impossible> {
        let Call { node, root: root_call, .. } = self.call(call)?.clone();
        self.calls.remove(call);
        let merged_into = if merged_into.is_empty() { String::new() } else { id(merged_into) };
        let released_by = released_by.to_owned();
        self.tell(node, CallDeleted { call: id(call), root_call, released_by, merged_into, ..CallDeleted::default() });
        Ok(())
    }

    fn queue_entered(&mut self, call: &str, queue: &str) -> Result<(), Impossible> {
        let virtual_queue_id = self.give(format!("{call}Q"));
        let on = self.call_mut(call)?;
        on.passes.push(Pass { id: virtual_queue_id.clone(), queue: queue.to_owned() });
        let (node, root_call) = (on.node, on.root.clone());
        let queue = queue.to_owned();
        let body =
            VirtualQueueQueued { call: id(call), root_call, virtual_queue_id, queue, ..VirtualQueueQueued::default() };
        self.script.tell(vq_port(node), body);
        Ok(())
    }

    fn queue_left(
        &mut self,
        call: &str,
        pass: &Pass,
        cause: VirtualQueueEnd,
        target_dn: &str,
    ) -> Result<(), Impossible> {
        let on = self.call_mut(call)?;
        on.passes.retain(|p| p.id != pass.id);
        let (node, root_call) = (on.node, on.root.clone());
        let body = VirtualQueueEnded {
            call: id(call),
            root_call,
            virtual_queue_id: pass.id.clone(),
            queue: pass.queue.clone(),
            cause: cause.into(),
            target_dn: target_dn.to_owned(),
            ..VirtualQueueEnded::default()
        };
        self.script.tell(vq_port(node), body);
        Ok(())
    }

    /// The owners of a telephone tell what it is in a call.
    fn on_dn(&mut self, call: &str, party: &Party, state: PartyState) {
        if party.kind == DnType::DN_TYPE_EXTENSION {
            let (node, root) = self.calls.get(call).map_or((0, String::new()), |c| (c.node, c.root.clone()));
            self.script.owners(node).call(&party.dn, &id(call), &root, state);
            self.script.words();
        }
    }
}
