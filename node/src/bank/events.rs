//! A bank call as events: what each port says at each step.
//!
//! Everything in an event comes from its row and the time zone, so that a row says the same in whatever file it stands.
//! No event names the agent of a call: the call events carry the DN, as those of a cluster do.

use callmart_schema::event::{
    AgentLogin, AgentLogout, Body, CallCreated, CallDeleted, CallType, DnType, Epoch, Event, KeyValue, PartyAdded,
    PartyDeleted, PartyEnd, PartyRole, PartyState, UserDataChanged, UserDataOrigin, VirtualQueueEnd, VirtualQueueEnded,
    VirtualQueueQueued,
};
use chrono::NaiveDate;
use chrono_tz::Tz;

use super::clock::{self, Span, Times};
use super::row::{CallKey, Ending, Rejected, Row};
use super::steps::{Port, Step, steps};
use crate::unreadable;

/// Name of the tenant in every event.
pub const TENANT: &str = "BANK";
/// The routing point that every queued call waits on.
pub const ROUTING_POINT: &str = "RP_BANK";
/// The DN of services that name no agent; nobody is logged in on it.
pub const UNKNOWN_DN: &str = "DN_UNKNOWN";

/// The events that a call has on a port, in order.
pub fn of_call(row: &Row, port: Port, zone: Tz) -> Vec<Event> {
    let call = Call::new(row, zone);
    steps(port, row.course()).map(|step| call.event(port, step)).collect()
}

/// The event that keeps a rejected row, on the port of calls.
pub fn of_rejected(rejected: &Rejected, zone: Tz) -> Event {
    let (epoch, seq) = match &rejected.key {
        Some(key) => (epoch(key), Step::Rejected.seq(key.call_id)),
        None => (unreadable::epoch(), rejected.seq_without_key),
    };
    let time_us = rejected.date.map_or(0, |date| clock::local_us(zone, date, 0));
    let body = unreadable::body(rejected.reason.as_str(), &rejected.input, &rejected.detail);
    envelope(Port::Calls, epoch, seq, time_us, body.into())
}

/// The epoch that a call's events belong to: its day and line.
pub fn epoch(key: &CallKey) -> Epoch {
    Epoch::new(clock::nominal_us(key.date), &key.line)
}

fn envelope(port: Port, epoch: Epoch, seq: u64, time_us: i64, body: Body) -> Event {
    Event {
        source: port.source().to_owned(),
        epoch: epoch.into(),
        seq,
        switch: port.switch().to_owned(),
        tenant: TENANT.to_owned(),
        time_us,
        body: Some(body),
        ..Event::default()
    }
}

fn yymmdd(date: NaiveDate) -> String {
    date.format("%y%m%d").to_string()
}

/// Where a call was while nobody else had it: stands for a stretch that the steps of its course do not need.
const NO_SPAN: Span = Span { start_us: 0, end_us: 0 };

/// A row with all that its events share.
struct Call<'a> {
    row: &'a Row,
    id: String,
    times: Times,
    /// Where the call was answered, if it was.
    answered_on: Option<String>,
}

impl<'a> Call<'a> {
    fn new(row: &'a Row, zone: Tz) -> Self {
        let id = format!("{}-{}-{}", yymmdd(row.key.date), row.key.line, row.key.call_id);
        let answered_on = match &row.ending {
            Ending::Left => None,
            Ending::Served { server: None, .. } => Some(UNKNOWN_DN.to_owned()),
            Ending::Served { server: Some(server), .. } => Some(format!("DN_{server}")),
        };
        Self { row, id, times: clock::times(row, zone), answered_on }
    }

    fn event(&self, port: Port, step: Step) -> Event {
        let key = &self.row.key;
        envelope(port, epoch(key), step.seq(key.call_id), self.time_us(step), self.body(step))
    }

    fn time_us(&self, step: Step) -> i64 {
        let queue = self.times.queue.unwrap_or(NO_SPAN);
        let service = self.times.service.unwrap_or(NO_SPAN);
        match step {
            Step::CallCreated | Step::CallerAdded | Step::IvrAdded | Step::UserDataSet => self.times.ivr.start_us,
            Step::IvrDeleted => self.times.ivr.end_us,
            Step::RoutingPointAdded | Step::QueueEntered => queue.start_us,
            Step::RoutingPointDeleted | Step::QueueEnded => queue.end_us,
            Step::AgentAdded | Step::LoggedIn => service.start_us,
            Step::AgentDeleted | Step::LoggedOut => service.end_us,
            Step::CallerDeleted | Step::CallDeleted => self.times.end_us(),
            Step::Rejected => 0,
        }
    }

    fn body(&self, step: Step) -> Body {
        match step {
            Step::CallCreated => self.created().into(),
            Step::CallerAdded => self.caller_added().into(),
            Step::IvrAdded => self.ivr_added().into(),
            Step::UserDataSet => self.user_data().into(),
            Step::IvrDeleted => self.ivr_deleted().into(),
            Step::RoutingPointAdded => self.routing_point_added().into(),
            Step::RoutingPointDeleted => self.routing_point_deleted().into(),
            Step::AgentAdded => self.agent_added().into(),
            Step::AgentDeleted => self.party_deleted("agent", PartyEnd::PARTY_END_RELEASED).into(),
            Step::CallerDeleted => self.party_deleted("caller", PartyEnd::PARTY_END_RELEASED).into(),
            // Rejected rows are no calls and have their event elsewhere.
            Step::CallDeleted | Step::Rejected => {
                CallDeleted { call: self.id.clone(), ..CallDeleted::default() }.into()
            }
            Step::QueueEntered => self.queue_entered().into(),
            Step::QueueEnded => self.queue_ended().into(),
            Step::LoggedIn => self.logged_in().into(),
            Step::LoggedOut => self.logged_out().into(),
        }
    }

    fn party(&self, who: &str) -> String {
        format!("{}-{who}", self.id)
    }

    fn target_dn(&self) -> String {
        self.answered_on.clone().unwrap_or_default()
    }

    fn created(&self) -> CallCreated {
        CallCreated {
            call: self.id.clone(),
            call_type: CallType::CALL_TYPE_INBOUND.into(),
            dnis: self.row.key.line.to_string(),
            ..CallCreated::default()
        }
    }

    fn caller_added(&self) -> PartyAdded {
        PartyAdded {
            call: self.id.clone(),
            party: self.party("caller"),
            dn_type: DnType::DN_TYPE_EXTERNAL.into(),
            role: PartyRole::PARTY_ROLE_ORIGINATION.into(),
            state: PartyState::PARTY_STATE_CONNECTED.into(),
            ..PartyAdded::default()
        }
    }

    /// A party on the called side.
    fn called(&self, who: &str, dn: &str, dn_type: DnType, state: PartyState) -> PartyAdded {
        PartyAdded {
            call: self.id.clone(),
            party: self.party(who),
            dn: dn.to_owned(),
            dn_type: dn_type.into(),
            role: PartyRole::PARTY_ROLE_DESTINATION.into(),
            state: state.into(),
            ..PartyAdded::default()
        }
    }

    fn ivr_added(&self) -> PartyAdded {
        self.called("ivr", &self.row.key.line, DnType::DN_TYPE_IVR_PORT, PartyState::PARTY_STATE_CONNECTED)
    }

    fn user_data(&self) -> UserDataChanged {
        let pair = |key: &str, value: String| KeyValue { key: key.to_owned(), value, ..KeyValue::default() };
        let mut set = vec![
            pair("ServiceType", self.row.service_type.to_string()),
            pair("Priority", self.row.priority.to_string()),
        ];
        if self.row.customer_id != 0 {
            set.push(pair("CustomerID", self.row.customer_id.to_string()));
        }
        UserDataChanged {
            call: self.id.clone(),
            party: self.party("ivr"),
            dn: self.row.key.line.to_string(),
            set,
            origin: UserDataOrigin::USER_DATA_ORIGIN_USER_DATA.into(),
            ..UserDataChanged::default()
        }
    }

    fn party_deleted(&self, who: &str, cause: PartyEnd) -> PartyDeleted {
        PartyDeleted { call: self.id.clone(), party: self.party(who), cause: cause.into(), ..PartyDeleted::default() }
    }

    fn ivr_deleted(&self) -> PartyDeleted {
        let target_dn = if self.times.queue.is_some() { ROUTING_POINT.to_owned() } else { self.target_dn() };
        let goes_on = !target_dn.is_empty();
        let cause = if goes_on { PartyEnd::PARTY_END_DIVERTED } else { PartyEnd::PARTY_END_RELEASED };
        PartyDeleted { target_dn, ..self.party_deleted("ivr", cause) }
    }

    fn routing_point_added(&self) -> PartyAdded {
        PartyAdded {
            parent_party: self.party("ivr"),
            ..self.called("rp", ROUTING_POINT, DnType::DN_TYPE_ROUTING_POINT, PartyState::PARTY_STATE_QUEUED)
        }
    }

    fn routing_point_deleted(&self) -> PartyDeleted {
        let diverted = self.answered_on.is_some();
        let cause = if diverted { PartyEnd::PARTY_END_DIVERTED } else { PartyEnd::PARTY_END_ABANDONED };
        PartyDeleted { target_dn: self.target_dn(), ..self.party_deleted("rp", cause) }
    }

    fn agent_added(&self) -> PartyAdded {
        let queued = self.times.queue.is_some();
        PartyAdded {
            parent_party: self.party(if queued { "rp" } else { "ivr" }),
            queue: if queued { ROUTING_POINT.to_owned() } else { String::new() },
            ..self.called("agent", &self.target_dn(), DnType::DN_TYPE_EXTENSION, PartyState::PARTY_STATE_CONNECTED)
        }
    }

    fn virtual_queue(&self) -> String {
        format!("VQ_{}", self.row.service_type)
    }

    fn queue_entered(&self) -> VirtualQueueQueued {
        VirtualQueueQueued {
            call: self.id.clone(),
            virtual_queue_id: self.party("vq"),
            queue: self.virtual_queue(),
            ..VirtualQueueQueued::default()
        }
    }

    fn queue_ended(&self) -> VirtualQueueEnded {
        let diverted = self.answered_on.is_some();
        let cause = if diverted {
            VirtualQueueEnd::VIRTUAL_QUEUE_END_DIVERTED
        } else {
            VirtualQueueEnd::VIRTUAL_QUEUE_END_ABANDONED
        };
        VirtualQueueEnded {
            call: self.id.clone(),
            virtual_queue_id: self.party("vq"),
            queue: self.virtual_queue(),
            cause: cause.into(),
            target_dn: self.target_dn(),
            ..VirtualQueueEnded::default()
        }
    }

    fn server(&self) -> String {
        match &self.row.ending {
            Ending::Served { server: Some(server), .. } => server.to_string(),
            _ => String::new(),
        }
    }

    /// One session for an agent and day, told by each of the day's services.
    fn session(&self) -> String {
        format!("{}-{}", self.server(), yymmdd(self.row.key.date))
    }

    fn logged_in(&self) -> AgentLogin {
        AgentLogin {
            dn: self.target_dn(),
            agent: self.server(),
            session: self.session(),
            derived: true,
            ..AgentLogin::default()
        }
    }

    fn logged_out(&self) -> AgentLogout {
        AgentLogout {
            dn: self.target_dn(),
            agent: self.server(),
            session: self.session(),
            derived: true,
            ..AgentLogout::default()
        }
    }
}
