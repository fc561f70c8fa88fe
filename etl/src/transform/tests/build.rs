//! Made-up calls and logins as events, told in the order in which a switch would tell them.
//!
//! Times are seconds after [`T0_US`]. Knows the event model; not what rows come of it.

use std::sync::Arc;

use buffa::Message as _;
use callmart_schema::control::{CONTROL, Decision};
use callmart_schema::event::{
    AgentLogin, AgentLogout, AgentNotReady, AgentReady, Body, CallCreated, CallDeleted, CallType, Control, DnCall,
    DnType, Epoch, Event, KeyValue, PartyAdded, PartyDeleted, PartyEnd, PartyRole, PartyState, PartyStateChanged,
    Reason, Snapshot, Unreadable, UserDataChanged, VirtualQueueEnd, VirtualQueueEnded, VirtualQueueQueued, WorkMode,
    canonical,
};
use callmart_schema::session::{Batch, Covers, Heartbeat, Stop, Welcome};

use crate::coverage;
use crate::settings::{OUTBOUND_CONTACTS, T_CONTROLLER, VIRTUAL_QUEUES};
use crate::stored::{Place, Stored, Texts};

/// 2026-01-05 00:00:00 UTC.
pub(crate) const T0_US: i64 = 1_767_571_200_000_000;
pub(crate) const SWITCH: &str = "SW";
pub(crate) const TENANT: &str = "T";
pub(crate) const CALLS: &str = "n/IPport";
pub(crate) const AGENTS: &str = "n/TCport";
pub(crate) const QUEUES: &str = "q/VQport";
pub(crate) const CONTACTS: &str = "o/OCSport";

pub(crate) use PartyEnd::{
    PARTY_END_ABANDONED as ABANDONED, PARTY_END_BUSY as BUSY, PARTY_END_CONFERENCED as CONFERENCED,
    PARTY_END_DIVERTED as DIVERTED, PARTY_END_FAILED as FAILED, PARTY_END_REDIRECTED as REDIRECTED,
    PARTY_END_RELEASED as RELEASED, PARTY_END_TRANSFERRED as TRANSFERRED,
};
pub(crate) use PartyState::{
    PARTY_STATE_ALERTING as ALERTING, PARTY_STATE_CONNECTED as CONNECTED, PARTY_STATE_DIALING as DIALING,
    PARTY_STATE_HELD as HELD, PARTY_STATE_NULL as GONE, PARTY_STATE_QUEUED as QUEUED,
};

/// Microseconds since 1970-01-01 UTC of a moment in seconds after [`T0_US`].
pub(crate) fn us(at_s: f64) -> i64 {
    T0_US + (at_s * 1e6).round() as i64
}

/// An event of a source.
pub(crate) fn event(source: &str, seq: u64, time_us: i64, body: impl Into<Body>) -> Event {
    Event {
        source: source.into(),
        epoch: Epoch::new(1, "p").into(),
        seq,
        switch: SWITCH.into(),
        tenant: TENANT.into(),
        time_us,
        body: Some(body.into()),
        ..Event::default()
    }
}

/// The event as extract holds it, read from `log` at the place of its own; a decision from the control log.
pub(crate) fn stored(event: &Event) -> Stored {
    let log = if event.source == CONTROL { CONTROL } else { "log" };
    let place = Place { log: log.into(), ..place(event.seq) };
    Stored::from_record(&mut Texts::default(), &event.source, &canonical(event), place)
}

/// What an operator decides at 1,000 by the own clock, as of a second of the sources.
pub(crate) fn decided(seq: u64, decision: Decision, subject: &str, since_s: f64) -> Event {
    let body = Control {
        decision: decision.code().into(),
        subject: subject.into(),
        note: "it burns".into(),
        who: "ada".into(),
        since_us: us(since_s),
        ..Control::default()
    };
    event(CONTROL, seq, us(1_000.0), body)
}

/// An operator has the input of [`unreadable`] read once more.
pub(crate) fn redriven(seq: u64, rejected: u64, input: &[u8]) -> Event {
    let body = Control {
        decision: Decision::Redrive.code().into(),
        subject: format!("{CALLS}/1-p/{rejected}"),
        who: "ada".into(),
        input: input.to_vec(),
        ..Control::default()
    };
    event(CONTROL, seq, us(1_000.0), body)
}

pub(crate) fn place(offset: u64) -> Place {
    Place { log: Arc::from("log"), segment: 0, offset }
}

/// One call, as it goes on.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) id: String,
    /// Root call, where this one is not its own.
    pub(crate) root: String,
    pub(crate) seq: u64,
    pub(crate) events: Vec<Event>,
}

impl Call {
    /// Nothing has happened yet; its events are numbered from `seq` on.
    pub(crate) fn new(id: &str, seq: u64) -> Self {
        Self { id: id.into(), root: String::new(), seq, events: Vec::new() }
    }

    /// A call from outside that begins at 0, with its caller.
    pub(crate) fn inbound(id: &str) -> Self {
        Self::new(id, 1).created(0.0, CallType::CALL_TYPE_INBOUND).caller(0.0)
    }

    pub(crate) fn tell(mut self, at_s: f64, body: impl Into<Body>) -> Self {
        self.events.push(event(CALLS, self.seq, us(at_s), body));
        self.seq += 1;
        self
    }

    /// Id of a party by its name in the call; a name with a hyphen is an id already.
    pub(crate) fn party(&self, who: &str) -> String {
        if who.contains('-') { who.to_owned() } else { format!("{}-{who}", self.id) }
    }

    pub(crate) fn created(self, at_s: f64, call_type: CallType) -> Self {
        let body = CallCreated {
            call: self.id.clone(),
            root_call: self.root.clone(),
            call_type: call_type.into(),
            ani: "555".into(),
            dnis: "800".into(),
            ..CallCreated::default()
        };
        self.tell(at_s, body)
    }

    pub(crate) fn caller(self, at_s: f64) -> Self {
        self.joins_as("caller", "", DnType::DN_TYPE_EXTERNAL, CONNECTED, PartyRole::PARTY_ROLE_ORIGINATION, at_s)
    }

    pub(crate) fn joins(self, who: &str, dn: &str, dn_type: DnType, state: PartyState, at_s: f64) -> Self {
        self.joins_as(who, dn, dn_type, state, PartyRole::PARTY_ROLE_DESTINATION, at_s)
    }

    pub(crate) fn joins_as(
        self,
        who: &str,
        dn: &str,
        dn_type: DnType,
        state: PartyState,
        role: PartyRole,
        at_s: f64,
    ) -> Self {
        let body = PartyAdded {
            call: self.id.clone(),
            root_call: self.root.clone(),
            party: self.party(who),
            dn: dn.into(),
            dn_type: dn_type.into(),
            role: role.into(),
            state: state.into(),
            ..PartyAdded::default()
        };
        self.tell(at_s, body)
    }

    /// A telephone that an ordinary switch names the agent of.
    pub(crate) fn agent_named(self, who: &str, dn: &str, agent: &str, at_s: f64) -> Self {
        let body = PartyAdded {
            call: self.id.clone(),
            party: self.party(who),
            dn: dn.into(),
            dn_type: DnType::DN_TYPE_EXTENSION.into(),
            state: CONNECTED.into(),
            agent: agent.into(),
            ..PartyAdded::default()
        };
        self.tell(at_s, body)
    }

    pub(crate) fn telephone(self, who: &str, dn: &str, state: PartyState, at_s: f64) -> Self {
        self.joins(who, dn, DnType::DN_TYPE_EXTENSION, state, at_s)
    }

    pub(crate) fn is(self, who: &str, state: PartyState, at_s: f64) -> Self {
        let body = PartyStateChanged {
            call: self.id.clone(),
            root_call: self.root.clone(),
            party: self.party(who),
            state: state.into(),
            ..PartyStateChanged::default()
        };
        self.tell(at_s, body)
    }

    pub(crate) fn leaves(self, who: &str, cause: PartyEnd, at_s: f64) -> Self {
        let body = PartyDeleted {
            call: self.id.clone(),
            root_call: self.root.clone(),
            party: self.party(who),
            cause: cause.into(),
            ..PartyDeleted::default()
        };
        self.tell(at_s, body)
    }

    /// An IVR from one moment to another.
    pub(crate) fn ivr(self, from_s: f64, to_s: f64, cause: PartyEnd) -> Self {
        self.joins("ivr", "I1", DnType::DN_TYPE_IVR_PORT, CONNECTED, from_s).leaves("ivr", cause, to_s)
    }

    /// A stay on the routing point RP1; `who` names its party.
    pub(crate) fn routing_point(self, who: &str, from_s: f64, to_s: f64, cause: PartyEnd) -> Self {
        self.joins(who, "RP1", DnType::DN_TYPE_ROUTING_POINT, QUEUED, from_s).leaves(who, cause, to_s)
    }

    /// A stay in the ACD queue Q1; `who` names its party.
    pub(crate) fn acd_queue(self, who: &str, from_s: f64, to_s: f64, cause: PartyEnd) -> Self {
        self.joins(who, "Q1", DnType::DN_TYPE_ACD_QUEUE, QUEUED, from_s).leaves(who, cause, to_s)
    }

    /// A passage through a virtual queue; a target belongs to a diverted one.
    pub(crate) fn virtual_queue(
        self,
        id: &str,
        queue: &str,
        (from_s, to_s): (f64, f64),
        cause: VirtualQueueEnd,
        target_dn: &str,
    ) -> Self {
        let entered = VirtualQueueQueued {
            call: self.id.clone(),
            root_call: self.root.clone(),
            virtual_queue_id: id.into(),
            queue: queue.into(),
            ..VirtualQueueQueued::default()
        };
        let left = VirtualQueueEnded {
            call: self.id.clone(),
            root_call: self.root.clone(),
            virtual_queue_id: id.into(),
            queue: queue.into(),
            cause: cause.into(),
            target_dn: target_dn.into(),
            ..VirtualQueueEnded::default()
        };
        self.tell(from_s, entered).tell(to_s, left)
    }

    pub(crate) fn sets(self, key: &str, value: &str, at_s: f64) -> Self {
        let body = self.data(key, Some(value));
        self.tell(at_s, body)
    }

    /// A party sets user data.
    pub(crate) fn sets_as(self, who: &str, key: &str, value: &str, at_s: f64) -> Self {
        let body = UserDataChanged { party: self.party(who), ..self.data(key, Some(value)) };
        self.tell(at_s, body)
    }

    /// A party removes user data.
    pub(crate) fn removes_as(self, who: &str, key: &str, at_s: f64) -> Self {
        let body = UserDataChanged { party: self.party(who), ..self.data(key, None) };
        self.tell(at_s, body)
    }

    /// A change of user data that names nobody.
    pub(crate) fn data(&self, key: &str, value: Option<&str>) -> UserDataChanged {
        let set = value.map(|value| KeyValue { key: key.into(), value: value.into(), ..KeyValue::default() });
        UserDataChanged {
            call: self.id.clone(),
            root_call: self.root.clone(),
            removed: if set.is_none() { vec![key.into()] } else { Vec::new() },
            set: set.into_iter().collect(),
            ..UserDataChanged::default()
        }
    }

    /// Caller and call end.
    pub(crate) fn ends(self, at_s: f64) -> Self {
        self.leaves("caller", RELEASED, at_s).deleted(at_s)
    }

    pub(crate) fn deleted(self, at_s: f64) -> Self {
        let body = CallDeleted { call: self.id.clone(), root_call: self.root.clone(), ..CallDeleted::default() };
        self.tell(at_s, body)
    }
}

pub(crate) fn login(seq: u64, session: &str, dn: &str, agent: &str, at_s: f64) -> Event {
    let body = AgentLogin { dn: dn.into(), agent: agent.into(), session: session.into(), ..AgentLogin::default() };
    event(AGENTS, seq, us(at_s), body)
}

pub(crate) fn logout(seq: u64, session: &str, dn: &str, agent: &str, at_s: f64) -> Event {
    let body = AgentLogout { dn: dn.into(), agent: agent.into(), session: session.into(), ..AgentLogout::default() };
    event(AGENTS, seq, us(at_s), body)
}

/// A reason that the agent's software gives.
pub(crate) fn because(key: &str, value: &str) -> Reason {
    Reason { key: key.into(), value: value.into(), ..Reason::default() }
}

/// One login session, as it goes on.
#[derive(Debug, Clone)]
pub(crate) struct Agent {
    pub(crate) session: String,
    pub(crate) dn: String,
    pub(crate) agent: String,
    pub(crate) seq: u64,
    pub(crate) events: Vec<Event>,
}

impl Agent {
    /// Nothing is known of the session yet.
    pub(crate) fn new(session: &str, dn: &str, agent: &str, seq: u64) -> Self {
        Self { session: session.into(), dn: dn.into(), agent: agent.into(), seq, events: Vec::new() }
    }

    pub(crate) fn tell(mut self, at_s: f64, body: impl Into<Body>) -> Self {
        self.events.push(event(AGENTS, self.seq, us(at_s), body));
        self.seq += 1;
        self
    }

    pub(crate) fn logs_in(mut self, at_s: f64) -> Self {
        self.events.push(login(self.seq, &self.session, &self.dn, &self.agent, at_s));
        self.seq += 1;
        self
    }

    pub(crate) fn logs_out(mut self, at_s: f64) -> Self {
        self.events.push(logout(self.seq, &self.session, &self.dn, &self.agent, at_s));
        self.seq += 1;
        self
    }

    pub(crate) fn ready(self, at_s: f64, reasons: &[Reason]) -> Self {
        let body = AgentReady {
            dn: self.dn.clone(),
            agent: self.agent.clone(),
            session: self.session.clone(),
            work_mode: WorkMode::WORK_MODE_AUTO_IN.into(),
            reasons: reasons.to_vec(),
            ..AgentReady::default()
        };
        self.tell(at_s, body)
    }

    pub(crate) fn not_ready(self, at_s: f64, work_mode: WorkMode, reasons: &[Reason]) -> Self {
        let body = AgentNotReady {
            dn: self.dn.clone(),
            agent: self.agent.clone(),
            session: self.session.clone(),
            work_mode: work_mode.into(),
            reasons: reasons.to_vec(),
            ..AgentNotReady::default()
        };
        self.tell(at_s, body)
    }

    /// Not ready for other work.
    pub(crate) fn away(self, at_s: f64, reasons: &[Reason]) -> Self {
        self.not_ready(at_s, WorkMode::WORK_MODE_AUX, reasons)
    }

    pub(crate) fn wraps_up(self, at_s: f64) -> Self {
        self.not_ready(at_s, WorkMode::WORK_MODE_AFTER_CALL_WORK, &[])
    }

    /// The DN's state in a root call.
    pub(crate) fn call(self, call: &str, state: PartyState, at_s: f64) -> Self {
        self.call_of(call, "", state, at_s)
    }

    /// The DN's state in a call of that root.
    pub(crate) fn call_of(self, call: &str, root_call: &str, state: PartyState, at_s: f64) -> Self {
        let body = DnCall {
            dn: self.dn.clone(),
            agent: self.agent.clone(),
            session: self.session.clone(),
            call: call.into(),
            root_call: root_call.into(),
            state: state.into(),
            ..DnCall::default()
        };
        self.tell(at_s, body)
    }
}

pub(crate) fn unreadable(seq: u64, reason: &str, input: &[u8]) -> Event {
    let body = Unreadable { reason: reason.into(), input: input.to_vec(), ..Unreadable::default() };
    event(CALLS, seq, 0, body)
}

/// A record of a session of [`AGENTS`]; `offset` is its place in the log.
fn session(kind: &str, time_us: i64, offset: u64, bytes: &[u8]) -> Stored {
    Stored::from_session(&mut Texts::default(), AGENTS, kind, time_us, bytes, place(offset))
}

/// [`AGENTS`] is heard as a T-Controller.
pub(crate) fn connect(offset: u64) -> Stored {
    let welcome = Welcome { switch: SWITCH.into(), role: T_CONTROLLER.into(), ..Welcome::default() };
    session(coverage::CONNECT, 0, offset, &welcome.encode_to_vec())
}

/// A source is heard as something.
pub(crate) fn connect_as(source: &str, switch: &str, role: &str) -> Stored {
    let welcome = Welcome { switch: switch.into(), role: role.into(), ..Welcome::default() };
    let bytes = welcome.encode_to_vec();
    Stored::from_session(&mut Texts::default(), source, coverage::CONNECT, 0, &bytes, place(0))
}

/// [`AGENTS`] is complete from one moment to another (exclusive).
pub(crate) fn covers(offset: u64, from_s: f64, to_s: f64) -> Stored {
    let covers = Covers { epoch_started_us: 1, from_us: us(from_s), to_us: us(to_s), ..Covers::default() };
    session(coverage::BATCH, 0, offset, &Batch { covers: vec![covers], ..Batch::default() }.encode_to_vec())
}

pub(crate) fn heartbeat(offset: u64, at_s: f64) -> Stored {
    let beat = Heartbeat { time_us: us(at_s), ..Heartbeat::default() };
    session(coverage::HEARTBEAT, us(at_s), offset, &beat.encode_to_vec())
}

pub(crate) fn stop(offset: u64, at_s: f64) -> Stored {
    let stop = Stop { time_us: us(at_s), ..Stop::default() };
    session(coverage::STOP, us(at_s), offset, &stop.encode_to_vec())
}

/// One listener of a source: the log that it writes, its pool and member.
#[derive(Debug, Clone)]
pub(crate) struct Listening {
    source: String,
    log: String,
    pool: String,
    member: String,
}

impl Listening {
    pub(crate) fn to(source: &str, log: &str, pool: &str, member: &str) -> Self {
        Self { source: source.into(), log: log.into(), pool: pool.into(), member: member.into() }
    }

    fn record(&self, kind: &str, time_us: i64, offset: u64, bytes: &[u8]) -> Stored {
        let place = Place { log: self.log.as_str().into(), segment: 0, offset };
        Stored::from_session(&mut Texts::default(), &self.source, kind, time_us, bytes, place)
    }

    /// A session begins; `offset` is the place in the log, as in all of these.
    pub(crate) fn connects(&self, offset: u64) -> Stored {
        let role = match &*self.source {
            AGENTS => T_CONTROLLER,
            QUEUES => VIRTUAL_QUEUES,
            CONTACTS => OUTBOUND_CONTACTS,
            _ => "",
        };
        let (pool, member) = (self.pool.clone(), self.member.clone());
        let welcome = Welcome { switch: SWITCH.into(), role: role.into(), pool, member, ..Welcome::default() };
        self.record(coverage::CONNECT, 0, offset, &welcome.encode_to_vec())
    }

    /// The numbers `(from, to]` of the epoch that began at a second, and the time from one second to another (exclusive), are
    /// complete.
    pub(crate) fn covers(&self, offset: u64, epoch_s: i64, seq: (u64, u64), at_s: (f64, f64)) -> Stored {
        self.shares(offset, epoch_s, seq, at_s, &[])
    }

    /// As [`Self::covers`], shared out among members.
    pub(crate) fn shares(
        &self,
        offset: u64,
        epoch_s: i64,
        (from_seq, to_seq): (u64, u64),
        at_s: (f64, f64),
        members: &[&str],
    ) -> Stored {
        let (from_us, to_us) = (us(at_s.0), us(at_s.1));
        let members = members.iter().map(|m| (*m).to_owned()).collect();
        self.batch(offset, Covers { from_seq, to_seq, from_us, to_us, members, ..epoch_of(epoch_s) })
    }

    /// As [`Self::covers`], without a time, as files tell of the calls that they hold.
    pub(crate) fn numbers(&self, offset: u64, epoch_s: i64, (from_seq, to_seq): (u64, u64)) -> Stored {
        self.batch(offset, Covers { from_seq, to_seq, ..epoch_of(epoch_s) })
    }

    fn batch(&self, offset: u64, covers: Covers) -> Stored {
        let to_us = covers.to_us;
        let batch = Batch { covers: vec![covers], ..Batch::default() };
        self.record(coverage::BATCH, to_us, offset, &batch.encode_to_vec())
    }

    pub(crate) fn stops(&self, offset: u64, at_s: f64) -> Stored {
        let stop = Stop { time_us: us(at_s), ..Stop::default() };
        self.record(coverage::STOP, us(at_s), offset, &stop.encode_to_vec())
    }
}

/// The epoch that began at a second.
fn epoch_of(epoch_s: i64) -> Covers {
    let epoch = term(epoch_s);
    Covers { epoch_started_us: epoch.started_us, epoch_process: epoch.process, ..Covers::default() }
}

/// The term as primary that began at a second.
pub(crate) fn term(epoch_s: i64) -> Epoch {
    Epoch::new(T0_US + epoch_s * 1_000_000, "p")
}

/// The event told in another term, under another number.
pub(crate) fn told_in(epoch_s: i64, seq: u64, event: &Event) -> Event {
    Event { epoch: term(epoch_s).into(), seq, ..event.clone() }
}

/// A source says what is so at a second, as of a number of the epoch that began at another; each entity is stamped already.
pub(crate) fn snapshot(
    source: &str,
    (epoch_s, as_of_seq): (i64, u64),
    at_s: f64,
    entities: &[Event],
    (complete, ended_calls): (bool, &[&str]),
) -> Event {
    let entities = entities.iter().map(|e| told_in(epoch_s, as_of_seq, e)).collect();
    let ended_calls = ended_calls.iter().map(|call| (*call).to_owned()).collect();
    let body = Snapshot { as_of_seq, entities, complete, ended_calls, ..Snapshot::default() };
    told_in(epoch_s, as_of_seq, &event(source, as_of_seq, us(at_s), body))
}
