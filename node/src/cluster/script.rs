//! A small estate that does what it is told, step by step, for tests that need exact events of all sources: a cluster, and an
//! ordinary SIP Server beside it.
//!
//! Who owns which DN is decided by the same T-controllers as in the simulated center. One thing at a time: each step
//! happens at the moment set by [`Script::at`]. Knows the flows that its steps name and no chance.

mod acd;
pub mod story;
pub mod text;
pub mod untold;

use std::collections::BTreeMap;

use callmart_schema::event::{
    Body, CallCreated, CallDeleted, CallType, DnType, Epoch, Event, PartyAdded, PartyDeleted, PartyEnd, PartyRole,
    PartyState, PartyStateChanged, Reason, RouteResult, VirtualQueueEnd, VirtualQueueEnded, VirtualQueueQueued,
    WorkMode,
};

use super::sip_server;
use super::t_controller::{OwnerRules, Refused, Registration, Stated, TControllers};
use crate::playback::Role;
use crate::traffic::{SWITCH, VQ_SWITCH};
use crate::world::{Happening, Teller};

pub use acd::in_queue;
use untold::Untold;

/// Nodes of the cluster by number, two in each data center.
pub const NODES: [&str; 4] = ["dc1-node1", "dc1-node2", "dc2-node1", "dc2-node2"];
/// Number of the ordinary SIP Server among the nodes, where a script has one.
pub const SIP_SERVER: usize = NODES.len();
/// Name of the ordinary SIP Server,
const SERVER_NAME: &str = "sip1";
/// and of its switch.
const SERVER_SWITCH: &str = "Switch1";
/// Number that customers dial.
const DNIS: &str = "08005550100";
/// Name of the outbound contact server's source.
const OUTBOUND: &str = "ocs/default";
/// Name of the tenant.
const TENANT: &str = "Environment";
/// Number of the routing point of every node.
const ROUTING_POINT: &str = "7001";

/// An id as the cluster gives them, 32 characters, from a short name.
#[must_use]
pub fn id(name: &str) -> String {
    format!("{name:_<32}")
}

/// A source and how far it is.
#[derive(Debug)]
struct Source {
    name: String,
    switch: &'static str,
    role: Role,
    seq: u64,
    /// How far its clock is ahead, microseconds.
    skew_us: i64,
    /// Whether it tells nothing any more.
    is_lost: bool,
}

/// A call that goes on.
#[derive(Debug, Clone)]
struct Call {
    node: usize,
    ani: String,
    /// DNs of the agents' telephones in it.
    dns: Vec<String>,
    /// How often it has been in an ACD queue.
    times_queued: usize,
}

/// What a script comes to, in the order in which it was told: of one source, in the order of its numbers.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// As events, each with the time of its source's clock.
    pub events: Vec<Event>,
    /// The same as a world has it, in its own time.
    pub happened: Vec<Happening>,
}

/// A cluster on its way.
#[derive(Debug)]
pub struct Script {
    start_us: i64,
    now_us: i64,
    sources: Vec<Source>,
    owners: TControllers,
    /// The telephones of the ordinary SIP Server.
    telephones: TControllers,
    calls: BTreeMap<String, Call>,
    /// What is not told now.
    untold: Vec<Untold>,
    told: Told,
}

impl Script {
    /// A cluster at the begin of its time (microseconds since 1970-01-01 UTC), in which no node owns a DN.
    #[must_use]
    pub fn new(start_us: i64, rules: OwnerRules) -> Self {
        let source = |name: String, switch, role| Source { name, switch, role, seq: 0, skew_us: 0, is_lost: false };
        let ports = NODES.iter().flat_map(|node| {
            let ip = source(format!("{node}/IPport"), SWITCH, Role::IProxy);
            [ip, source(format!("{node}/TCport"), SWITCH, Role::TController)]
        });
        let queues = (1..=2).map(|dc| source(format!("dc{dc}-vq/VQport"), VQ_SWITCH, Role::VirtualQueue));
        Self {
            start_us,
            now_us: start_us,
            sources: ports.chain(queues).collect(),
            owners: TControllers::new(rules),
            telephones: TControllers::new(OwnerRules::default()),
            calls: BTreeMap::new(),
            untold: Vec::new(),
            told: Told::default(),
        }
    }

    /// The same with an ordinary SIP Server beside the cluster, as node [`SIP_SERVER`], and with an outbound contact server.
    #[must_use]
    pub fn mixed(start_us: i64, rules: OwnerRules) -> Self {
        let mut script = Self::new(start_us, rules);
        let (name, role) = (format!("{SERVER_NAME}/{}", sip_server::MODULE.port), sip_server::MODULE.role);
        script.sources.push(Source { name, switch: SERVER_SWITCH, role, seq: 0, skew_us: 0, is_lost: false });
        let (name, role) = (OUTBOUND.to_owned(), Role::Outbound);
        script.sources.push(Source { name, switch: SWITCH, role, seq: 0, skew_us: 0, is_lost: false });
        script
    }

    /// Who has the telephones of a node.
    fn owners(&mut self, node: usize) -> &mut TControllers {
        if node == SIP_SERVER { &mut self.telephones } else { &mut self.owners }
    }

    /// Sets the clock of a source so many milliseconds ahead, or behind if negative.
    pub fn skew(&mut self, source: &str, by_ms: i64) {
        self.sources.iter_mut().filter(|s| s.name == source).for_each(|s| s.skew_us = by_ms * 1_000);
    }

    /// Time goes on to so many milliseconds after the begin; owners let go on the way whose time has come.
    pub fn at(&mut self, after_ms: i64) -> &mut Self {
        let to_us = self.start_us + after_ms * 1_000;
        self.end_of_moment();
        while let Some(due_us) = self.owners.next_due_us().filter(|due_us| *due_us < to_us) {
            self.now_us = due_us.max(self.now_us);
            self.end_of_moment();
        }
        self.now_us = to_us.max(self.now_us);
        self
    }

    /// A telephone's registration comes to a node.
    pub fn register(&mut self, node: usize, dn: &str) -> &mut Self {
        let now_us = self.now_us;
        self.owners(node).register(now_us, node, dn, Registration::Telephone);
        self.words()
    }

    /// A telephone's registration at a node is lost, and who is logged in with it.
    pub fn unregister(&mut self, node: usize, dn: &str) -> &mut Self {
        self.owners(node).unregister(node, dn);
        self.words()
    }

    /// The link between two nodes is cut.
    pub fn cut(&mut self, a: usize, b: usize) -> &mut Self {
        self.owners.cut(self.now_us, a, b);
        self
    }

    /// The link between two nodes is back.
    pub fn mend(&mut self, a: usize, b: usize) -> &mut Self {
        self.owners.mend(self.now_us, a, b);
        self
    }

    /// An agent logs in; the session's name becomes its [`id`].
    ///
    /// # Errors
    /// As [`TControllers::log_in`].
    pub fn log_in(&mut self, node: usize, dn: &str, agent: &str, session: &str) -> Result<&mut Self, Refused> {
        self.owners(node).log_in(node, dn, agent, &id(session))?;
        Ok(self.words())
    }

    /// Who is logged in logs out.
    ///
    /// # Errors
    /// As [`TControllers::log_out`].
    pub fn log_out(&mut self, node: usize, dn: &str) -> Result<&mut Self, Refused> {
        self.owners(node).log_out(node, dn)?;
        Ok(self.words())
    }

    /// Who is logged in is ready.
    ///
    /// # Errors
    /// As [`TControllers::state`].
    pub fn ready(&mut self, node: usize, dn: &str) -> Result<&mut Self, Refused> {
        self.state(node, dn, true, WorkMode::WORK_MODE_MANUAL_IN, None)
    }

    /// Who is logged in is not ready, for a reason.
    ///
    /// # Errors
    /// As [`TControllers::state`].
    pub fn not_ready(&mut self, node: usize, dn: &str, reason: &str) -> Result<&mut Self, Refused> {
        self.state(node, dn, false, WorkMode::WORK_MODE_AUX, Some(reason))
    }

    /// Who is logged in is in after-call work.
    ///
    /// # Errors
    /// As [`TControllers::state`].
    pub fn after_call_work(&mut self, node: usize, dn: &str) -> Result<&mut Self, Refused> {
        self.state(node, dn, false, WorkMode::WORK_MODE_AFTER_CALL_WORK, None)
    }

    fn state(
        &mut self,
        node: usize,
        dn: &str,
        is_ready: bool,
        work_mode: WorkMode,
        reason: Option<&str>,
    ) -> Result<&mut Self, Refused> {
        let told = |value: &str| Reason { key: "ReasonCode".to_owned(), value: value.to_owned(), ..Reason::default() };
        let reasons = reason.map(told).into_iter().collect();
        self.owners(node).state(node, dn, Stated { is_ready, work_mode, reasons })?;
        Ok(self.words())
    }

    /// A customer calls and waits in the virtual queue, from this moment on; the call's name becomes its [`id`].
    pub fn inbound(&mut self, node: usize, call: &str, ani: &str, queue: &str) -> &mut Self {
        self.begin(node, call, ani);
        let point = (DnType::DN_TYPE_ROUTING_POINT, PartyRole::PARTY_ROLE_DESTINATION, PartyState::PARTY_STATE_QUEUED);
        self.join(call, ROUTING_POINT, point, ("", ""));
        let queued = VirtualQueueQueued {
            call: id(call),
            virtual_queue_id: pass(call),
            queue: queue.to_owned(),
            ..VirtualQueueQueued::default()
        };
        self.tell(vq_port(node), queued);
        self
    }

    /// A call from outside with who calls.
    fn begin(&mut self, node: usize, call: &str, ani: &str) {
        let new = CallCreated {
            call: id(call),
            call_type: CallType::CALL_TYPE_INBOUND.into(),
            ani: ani.to_owned(),
            dnis: DNIS.to_owned(),
            ..CallCreated::default()
        };
        let begun = Call { node, ani: ani.to_owned(), dns: Vec::new(), times_queued: 0 };
        self.calls.insert(call.to_owned(), begun);
        self.tell(ip_port(node), new);
        let customer = (DnType::DN_TYPE_EXTERNAL, PartyRole::PARTY_ROLE_ORIGINATION, PartyState::PARTY_STATE_CONNECTED);
        self.join(call, ani, customer, ("", ""));
    }

    /// The call is distributed from the virtual queue to a DN, which rings.
    pub fn route(&mut self, call: &str, queue: &str, dn: &str) -> &mut Self {
        let Some(node) = self.calls.get(call).map(|c| c.node) else { return self };
        let routed = RouteResult {
            call: id(call),
            party: party(call, ROUTING_POINT),
            dn: ROUTING_POINT.to_owned(),
            target_dn: dn.to_owned(),
            virtual_queue_ids: vec![pass(call)],
            ..RouteResult::default()
        };
        self.tell(ip_port(node), routed);
        self.leave(call, ROUTING_POINT, PartyEnd::PARTY_END_DIVERTED, ("", dn));
        let ended = VirtualQueueEnded {
            call: id(call),
            virtual_queue_id: pass(call),
            queue: queue.to_owned(),
            cause: VirtualQueueEnd::VIRTUAL_QUEUE_END_DIVERTED.into(),
            target_dn: dn.to_owned(),
            ..VirtualQueueEnded::default()
        };
        self.tell(vq_port(node), ended);
        let agent = (DnType::DN_TYPE_EXTENSION, PartyRole::PARTY_ROLE_DESTINATION, PartyState::PARTY_STATE_ALERTING);
        self.join(call, dn, agent, (&party(call, ROUTING_POINT), queue));
        self.calls.entry(call.to_owned()).and_modify(|c| c.dns.push(dn.to_owned()));
        self.on_dn(call, dn, PartyState::PARTY_STATE_ALERTING)
    }

    /// The DN answers, or takes the customer from hold.
    pub fn talk(&mut self, call: &str, dn: &str) -> &mut Self {
        self.turn(call, dn, PartyState::PARTY_STATE_CONNECTED)
    }

    /// The DN holds the customer.
    pub fn hold(&mut self, call: &str, dn: &str) -> &mut Self {
        self.turn(call, dn, PartyState::PARTY_STATE_HELD)
    }

    /// The customer hangs up and the call ends.
    pub fn hang_up(&mut self, call: &str) -> &mut Self {
        let Some(Call { node, ani, dns, .. }) = self.calls.get(call).cloned() else { return self };
        for dn in &dns {
            self.leave(call, dn, PartyEnd::PARTY_END_RELEASED, (&ani, ""));
            self.on_dn(call, dn, PartyState::PARTY_STATE_NULL);
        }
        self.leave(call, &ani, PartyEnd::PARTY_END_RELEASED, (&ani, ""));
        let over = CallDeleted { call: id(call), released_by: ani, ..CallDeleted::default() };
        self.tell(ip_port(node), over);
        self.calls.remove(call);
        self
    }

    /// The sources, in the order of their places.
    #[must_use]
    pub fn tellers(&self) -> Vec<Teller> {
        let teller = |source: &Source| Teller {
            name: source.name.clone(),
            switch: source.switch.to_owned(),
            tenant: TENANT.to_owned(),
            role: source.role,
        };
        self.sources.iter().map(teller).collect()
    }

    /// All that was told so far.
    #[must_use]
    pub fn told(mut self) -> Told {
        self.end_of_moment();
        self.told
    }

    fn turn(&mut self, call: &str, dn: &str, state: PartyState) -> &mut Self {
        let Some(node) = self.calls.get(call).map(|c| c.node) else { return self };
        let changed = PartyStateChanged {
            call: id(call),
            party: party(call, dn),
            state: state.into(),
            dn: dn.to_owned(),
            ..PartyStateChanged::default()
        };
        self.tell(ip_port(node), changed);
        self.on_dn(call, dn, state)
    }

    fn join(&mut self, call: &str, dn: &str, how: (DnType, PartyRole, PartyState), from: (&str, &str)) {
        self.joins(call, (&party(call, dn), dn), how, from);
    }

    fn joins(
        &mut self,
        call: &str,
        (party, dn): (&str, &str),
        (kind, role, state): (DnType, PartyRole, PartyState),
        (parent, queue): (&str, &str),
    ) {
        let Some(node) = self.calls.get(call).map(|c| c.node) else { return };
        let mut added = PartyAdded {
            call: id(call),
            party: party.to_owned(),
            dn: dn.to_owned(),
            dn_type: kind.into(),
            role: role.into(),
            state: state.into(),
            parent_party: parent.to_owned(),
            queue: queue.to_owned(),
            ..PartyAdded::default()
        };
        if node == SIP_SERVER {
            sip_server::name_agent(&mut added, &self.telephones);
        }
        self.tell(ip_port(node), added);
    }

    fn leave(&mut self, call: &str, dn: &str, cause: PartyEnd, why: (&str, &str)) {
        self.leaves(call, (&party(call, dn), dn), cause, why);
    }

    fn leaves(&mut self, call: &str, (party, dn): (&str, &str), cause: PartyEnd, (by, target_dn): (&str, &str)) {
        let Some(node) = self.calls.get(call).map(|c| c.node) else { return };
        let deleted = PartyDeleted {
            call: id(call),
            party: party.to_owned(),
            cause: cause.into(),
            released_by: by.to_owned(),
            target_dn: target_dn.to_owned(),
            dn: dn.to_owned(),
            ..PartyDeleted::default()
        };
        self.tell(ip_port(node), deleted);
    }

    fn on_dn(&mut self, call: &str, dn: &str, state: PartyState) -> &mut Self {
        let node = self.calls.get(call).map_or(0, |c| c.node);
        self.owners(node).call(dn, &id(call), "", state);
        self.words()
    }

    fn end_of_moment(&mut self) {
        self.owners.settle(self.now_us);
        self.telephones.settle(self.now_us);
        self.words();
    }

    fn words(&mut self) -> &mut Self {
        let words: Vec<_> = self.owners.words().chain(self.telephones.words()).collect();
        words.into_iter().for_each(|word| self.tell(tc_port(word.node), word.body));
        self
    }

    fn tell(&mut self, teller: usize, body: impl Into<Body>) {
        let body = body.into();
        if !self.sources.get(teller).is_some_and(|source| self.is_told(source, &body)) {
            return;
        }
        let Some(source) = self.sources.get_mut(teller) else { return };
        source.seq += 1;
        self.told.happened.push(Happening { teller, time_us: self.now_us, body: body.clone() });
        self.told.events.push(Event {
            source: source.name.clone(),
            epoch: Epoch::new(self.start_us, &process(&source.name)).into(),
            seq: source.seq,
            switch: source.switch.to_owned(),
            tenant: TENANT.to_owned(),
            time_us: self.now_us + source.skew_us,
            body: Some(body),
            ..Event::default()
        });
    }
}

/// The process that tells, from first to last.
fn process(source: &str) -> String {
    format!("{}-a", source.split('/').next().unwrap_or_default())
}

/// Place of the ordinary SIP Server's one port among the sources, behind the servers of virtual queues.
const SERVER_PORT: usize = NODES.len() * 2 + 2;

/// Place of the outbound contact server's.
const OUTBOUND_PORT: usize = SERVER_PORT + 1;

fn ip_port(node: usize) -> usize {
    if node == SIP_SERVER { SERVER_PORT } else { node * 2 }
}

fn tc_port(node: usize) -> usize {
    if node == SIP_SERVER { SERVER_PORT } else { node * 2 + 1 }
}

/// The server of virtual queues in a node's data center.
fn vq_port(node: usize) -> usize {
    NODES.len() * 2 + node / 2
}

fn party(call: &str, dn: &str) -> String {
    id(&format!("{call}P{}", dn.trim_start_matches('+')))
}

fn pass(call: &str) -> String {
    id(&format!("{call}Q"))
}
