//! Calls, their parties and their passes, as the nodes and the virtual-queue servers tell them.

use std::collections::{BTreeMap, HashMap, HashSet};

use callmart_schema::event::{
    Body, CallCreated, CallDeleted, CallType, DnType, PartyAdded, PartyDeleted, PartyEnd, PartyMoved, PartyRole,
    PartyState, VirtualQueueEnd,
};

use super::agents::Agents;

#[derive(Debug, Clone)]
struct Party {
    dn: String,
    kind: DnType,
    state: PartyState,
}

#[derive(Debug, Clone, Default)]
struct Call {
    node: String,
    root: String,
    parties: BTreeMap<String, Party>,
    /// Parties that ever were in it: their data may come after their end.
    ever: HashSet<String>,
    is_over: bool,
}

/// All calls so far.
#[derive(Default)]
pub(crate) struct Calls {
    calls: HashMap<String, Call>,
    /// Open passes: call and queue.
    passes: HashMap<String, (String, String)>,
    /// Telephones of which something was told at this moment: DN and call.
    touched: Vec<(String, String)>,
    recorded: HashSet<String>,
    /// How often somebody began to listen.
    pub(crate) listened: usize,
    pub(crate) ended_passes: BTreeMap<VirtualQueueEndName, usize>,
    pub(crate) flows: BTreeMap<&'static str, usize>,
}

/// Name of how a pass ended.
pub(crate) type VirtualQueueEndName = String;

impl Calls {
    pub(crate) fn hear(&mut self, node: &str, body: &Body) -> bool {
        match body {
            Body::CallCreated(b) => self.created(node, b),
            Body::PartyAdded(b) => self.added(node, b),
            Body::PartyStateChanged(b) => {
                let Some(call) = self.call_of(node, &b.call, &b.root_call) else { return false };
                let Some(party) = call.parties.get_mut(&b.party) else { return false };
                let state = b.state.as_known().expect("a state");
                let fits = may_follow(party.state, state) && party.dn == b.dn;
                party.state = state;
                self.touched.push((b.dn.clone(), b.call.clone()));
                fits
            }
            Body::PartyDeleted(b) => self.deleted(node, b),
            Body::PartyMoved(b) => self.moved(node, b),
            Body::CallDeleted(b) => self.over(node, b),
            Body::RouteResult(b) => {
                let fits = self.call_of(node, &b.call, &b.root_call).is_some_and(|c| {
                    c.parties.get(&b.party).is_some_and(|p| p.kind == DnType::DN_TYPE_ROUTING_POINT && p.dn == b.dn)
                });
                let passes = b.virtual_queue_ids.iter().all(|id| self.passes.get(id).is_some_and(|p| p.0 == b.call));
                fits && passes && !b.virtual_queue_ids.is_empty() && !b.target_dn.is_empty()
            }
            Body::UserEvent(b) => {
                let call = self.call_of(node, &b.call, &b.root_call);
                !b.data.is_empty() && call.is_some_and(|c| c.parties.values().any(|p| p.dn == b.dn))
            }
            Body::UserDataChanged(b) => {
                // Also after the call's end: the agent's result of after-call work.
                let call = self.calls.get(&b.call);
                !b.set.is_empty() && call.is_some_and(|c| c.node == node && c.ever.contains(&b.party))
            }
            _ => false,
        }
    }

    /// A call that goes on, on its own node and with the right root.
    fn call_of(&mut self, node: &str, call: &str, root: &str) -> Option<&mut Call> {
        self.calls.get_mut(call).filter(|c| c.node == node && c.root == root && !c.is_over)
    }

    fn created(&mut self, node: &str, b: &CallCreated) -> bool {
        let is_consult = b.call_type == CallType::CALL_TYPE_CONSULT;
        let root = self.calls.get(&b.root_call);
        let fits = match root {
            Some(root) => is_consult && root.node == node && !root.is_over && b.original_call == b.root_call,
            None => !is_consult && b.root_call.is_empty() && b.original_call.is_empty(),
        };
        let call = Call { node: node.to_owned(), root: b.root_call.clone(), ..Call::default() };
        self.calls.insert(b.call.clone(), call);
        fits && !b.ani.is_empty() && !b.dnis.is_empty()
    }

    fn added(&mut self, node: &str, b: &PartyAdded) -> bool {
        let parent_is_known =
            b.parent_party.is_empty() || self.calls.get(&b.call).is_some_and(|c| c.ever.contains(&b.parent_party));
        self.listened += usize::from(b.role == PartyRole::PARTY_ROLE_OBSERVER);
        let Some(call) = self.call_of(node, &b.call, &b.root_call) else { return false };
        let kind = b.dn_type.as_known().expect("a type");
        let state = b.state.as_known().expect("a state");
        let calls = b.role == PartyRole::PARTY_ROLE_ORIGINATION;
        let fits = match (kind, state) {
            _ if b.role == PartyRole::PARTY_ROLE_OBSERVER => {
                let observed = call.parties.get(&b.parent_party).map(|p| (p.kind, p.state));
                (kind, state) == (DnType::DN_TYPE_EXTENSION, PartyState::PARTY_STATE_CONNECTED)
                    && observed == Some((kind, state))
            }
            (DnType::DN_TYPE_EXTERNAL, PartyState::PARTY_STATE_CONNECTED) => calls,
            (DnType::DN_TYPE_EXTERNAL, PartyState::PARTY_STATE_ALERTING) => !calls,
            (DnType::DN_TYPE_IVR_PORT | DnType::DN_TYPE_VOICEMAIL, PartyState::PARTY_STATE_CONNECTED) => !calls,
            (DnType::DN_TYPE_ROUTING_POINT | DnType::DN_TYPE_ACD_QUEUE, PartyState::PARTY_STATE_QUEUED) => !calls,
            (DnType::DN_TYPE_EXTENSION | DnType::DN_TYPE_ROUTING_POINT, PartyState::PARTY_STATE_DIALING) => calls,
            (DnType::DN_TYPE_EXTENSION, PartyState::PARTY_STATE_ALERTING) => !calls && !b.parent_party.is_empty(),
            _ => false,
        };
        call.ever.insert(b.party.clone());
        call.parties.insert(b.party.clone(), Party { dn: b.dn.clone(), kind, state });
        self.touched.push((b.dn.clone(), b.call.clone()));
        fits && parent_is_known
    }

    fn deleted(&mut self, node: &str, b: &PartyDeleted) -> bool {
        self.touched.push((b.dn.clone(), b.call.clone()));
        let Some(call) = self.call_of(node, &b.call, &b.root_call) else { return false };
        let Some(party) = call.parties.remove(&b.party) else { return false };
        let is_consult = !call.root.is_empty();
        if party.kind == DnType::DN_TYPE_ACD_QUEUE {
            *self.ended_passes.entry(format!("{:?}", b.cause)).or_default() += 1;
        }
        use PartyEnd as E;
        let cause = b.cause.as_known().expect("a cause");
        let hands_on = !b.target_dn.is_empty();
        let fits = match (party.kind, cause) {
            (_, E::PARTY_END_RELEASED) => !hands_on,
            (
                DnType::DN_TYPE_IVR_PORT | DnType::DN_TYPE_ROUTING_POINT | DnType::DN_TYPE_ACD_QUEUE,
                E::PARTY_END_DIVERTED,
            ) => hands_on,
            (DnType::DN_TYPE_ROUTING_POINT | DnType::DN_TYPE_ACD_QUEUE, E::PARTY_END_ABANDONED) => !hands_on,
            (DnType::DN_TYPE_EXTERNAL, E::PARTY_END_FAILED | E::PARTY_END_BUSY) => {
                party.state == PartyState::PARTY_STATE_ALERTING
            }
            (DnType::DN_TYPE_EXTENSION, E::PARTY_END_ABANDONED) => {
                matches!(party.state, PartyState::PARTY_STATE_ALERTING | PartyState::PARTY_STATE_HELD)
            }
            (DnType::DN_TYPE_EXTENSION, E::PARTY_END_REDIRECTED) => party.state == PartyState::PARTY_STATE_ALERTING,
            (DnType::DN_TYPE_EXTENSION, E::PARTY_END_TRANSFERRED) => hands_on,
            (DnType::DN_TYPE_EXTENSION, E::PARTY_END_CONFERENCED) => is_consult,
            _ => false,
        };
        *self.flows.entry(end_name(cause)).or_default() += 1;
        fits && party.dn == b.dn
    }

    fn moved(&mut self, node: &str, b: &PartyMoved) -> bool {
        let moved = self.call_of(node, &b.call, &b.root_call).and_then(|c| c.parties.remove(&b.party));
        let (Some(party), true) = (moved, b.new_call == b.root_call) else { return false };
        for call in [&b.call, &b.new_call] {
            self.touched.push((party.dn.clone(), call.clone()));
        }
        let Some(main) = self.call_of(node, &b.new_call, "") else { return false };
        let mover_holds = main.parties.get(&b.moved_by).is_some_and(|p| p.state == PartyState::PARTY_STATE_HELD);
        let fits = mover_holds && party.state == PartyState::PARTY_STATE_CONNECTED && b.new_party == b.party;
        main.ever.insert(b.party.clone());
        main.parties.insert(b.party.clone(), party);
        *self.flows.entry("moved").or_default() += 1;
        fits
    }

    fn over(&mut self, node: &str, b: &CallDeleted) -> bool {
        let waits = self.passes.values().any(|(call, _)| *call == b.call);
        let Some(call) = self.call_of(node, &b.call, &b.root_call) else { return false };
        call.is_over = true;
        let merges = b.merged_into.is_empty() || (b.merged_into == b.root_call && !b.root_call.is_empty());
        call.parties.is_empty() && !waits && merges
    }

    /// The outbound contact server tells of calls that are over, each once.
    pub(crate) fn hear_contact(&mut self, body: &Body) -> bool {
        let Body::OutboundRecord(b) = body else { return false };
        let is_over = self.calls.get(&b.call).is_some_and(|call| call.is_over && call.root.is_empty());
        is_over && self.recorded.insert(b.call.clone()) && !b.fields.is_empty()
    }

    pub(crate) fn hear_queue(&mut self, node: &str, body: &Body) -> bool {
        match body {
            Body::VirtualQueueQueued(b) => {
                let is_near = self.calls.get(&b.call).is_some_and(|c| c.node[..3] == node[..3] && !c.is_over);
                self.passes.insert(b.virtual_queue_id.clone(), (b.call.clone(), b.queue.clone()));
                is_near && b.queue.starts_with("VQ_")
            }
            Body::VirtualQueueEnded(b) => {
                let cause = b.cause.as_known().expect("a cause");
                let pass = self.passes.remove(&b.virtual_queue_id);
                *self.ended_passes.entry(format!("{cause:?}")).or_default() += 1;
                let diverted = cause == VirtualQueueEnd::VIRTUAL_QUEUE_END_DIVERTED;
                pass == Some((b.call.clone(), b.queue.clone())) && diverted != b.target_dn.is_empty()
            }
            _ => false,
        }
    }

    /// Passes that have not ended.
    pub(crate) fn open_passes(&self) -> usize {
        let parties = self.calls.values().flat_map(|call| call.parties.values());
        self.passes.len() + parties.filter(|party| party.kind == DnType::DN_TYPE_ACD_QUEUE).count()
    }

    /// What a telephone's owners say of a call is what the call's node says of the telephone. Who takes a telephone tells of
    /// the calls that are on it.
    pub(crate) fn telephones_agree(&mut self, agents: &mut Agents) {
        let mut told: Vec<_> = self.touched.drain(..).chain(agents.owners.touched.drain(..)).collect();
        for dn in agents.owners.taken.drain(..) {
            let on_it = self.calls.iter().filter(|(_, call)| call.parties.values().any(|p| p.dn == dn));
            told.extend(on_it.map(|(id, _)| (dn.clone(), id.clone())));
        }
        for (dn, id) in told {
            let Some(call) = self.calls.get(&id) else { panic!("a telephone {dn} is in no call {id}") };
            let of_dn = call.parties.values().filter(|p| p.dn == dn && p.kind == DnType::DN_TYPE_EXTENSION);
            let states: Vec<PartyState> = of_dn.map(|p| p.state).collect();
            assert!(states.len() <= 1, "telephone {dn} twice in call {id}");
            for line in agents.lines(&dn, &id) {
                assert_eq!(states.first(), line.as_ref(), "telephone {dn} in call {id}");
            }
        }
    }
}

fn may_follow(from: PartyState, to: PartyState) -> bool {
    use PartyState as S;
    matches!(
        (from, to),
        (S::PARTY_STATE_ALERTING | S::PARTY_STATE_DIALING | S::PARTY_STATE_HELD, S::PARTY_STATE_CONNECTED)
            | (S::PARTY_STATE_CONNECTED, S::PARTY_STATE_HELD)
            | (S::PARTY_STATE_DIALING, S::PARTY_STATE_QUEUED)
    )
}

fn end_name(cause: PartyEnd) -> &'static str {
    match cause {
        PartyEnd::PARTY_END_UNKNOWN => "unknown",
        PartyEnd::PARTY_END_RELEASED => "released",
        PartyEnd::PARTY_END_DIVERTED => "diverted",
        PartyEnd::PARTY_END_ABANDONED => "abandoned",
        PartyEnd::PARTY_END_REDIRECTED => "redirected",
        PartyEnd::PARTY_END_TRANSFERRED => "transferred",
        PartyEnd::PARTY_END_CONFERENCED => "conferenced",
        PartyEnd::PARTY_END_BUSY => "busy",
        PartyEnd::PARTY_END_FAILED => "failed",
    }
}
