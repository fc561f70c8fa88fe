//! What changed in a login session, in order: the state, what the agent goes back to after a call, the work mode, calls.
//!
//! Knows the events of one session and the states that tile it; not the tables.

use std::collections::HashMap;

use callmart_schema::catalogue::gidb::codes::{AgentChange, AgentCode, WorkModeCode};
use callmart_schema::catalogue::statics::AgentState;
use callmart_schema::event::{BodyView, PartyState, WorkMode};

use super::super::Opened;
use super::super::agent_state::Chain;
use super::super::session::Session;

/// A change in a login session.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change<'a> {
    pub(super) at_us: i64,
    pub(super) kind: AgentChange,
    /// State from then on.
    pub(super) state: AgentCode,
    /// State until then.
    pub(super) before: AgentCode,
    /// What the agent goes back to.
    pub(super) pending: AgentCode,
    pub(super) work_mode: WorkModeCode,
    /// Call that it is about.
    pub(super) call: Option<&'a str>,
}

/// What an agent said at a moment.
#[derive(Clone, Copy)]
struct Said {
    at_us: i64,
    code: AgentCode,
    work_mode: WorkModeCode,
}

/// Something that may be a change, of a moment. Of one moment a call leaves before the state changes, and is connected after.
#[derive(Clone, Copy)]
enum What<'a> {
    CallLeft(&'a str),
    CallBegan(&'a str),
    Login,
    State(AgentCode, WorkModeCode),
    Said(AgentCode),
    CallConnected(&'a str),
    Logout,
}

/// The changes of a session in order, from its login, where that is known, to its logout.
pub(super) fn changes<'a>(session: &Session<'_, 'a>, chain: &Chain<'_, 'a>) -> Vec<Change<'a>> {
    let said = said(session);
    let calls = calls(session);
    let mut happened: Vec<(i64, What<'a>)> =
        session.login.map(|_| (session.from_us, What::Login)).into_iter().collect();
    happened.extend(chain.ended.iter().chain(&chain.now).map(|piece| {
        let work_mode = piece.told.map_or(WorkModeCode::Unknown, work_mode);
        (piece.from_us, What::State(code(piece.state), work_mode))
    }));
    happened.extend(said.iter().map(|said| (said.at_us, What::Said(said.code))));
    happened.extend(&calls);
    happened.extend(session.to_us.map(|us| (us, What::Logout)));
    happened.sort_by_key(|(at_us, what)| (*at_us, rank(*what)));
    let mut course = Course::default();
    for (at_us, what) in happened {
        course.take(at_us, what, &said);
    }
    course.changes
}

fn rank(what: What<'_>) -> u8 {
    match what {
        What::CallLeft(_) => 0,
        What::CallBegan(_) => 1,
        What::Login => 2,
        What::State(..) => 3,
        What::Said(_) => 4,
        What::CallConnected(_) => 5,
        What::Logout => 6,
    }
}

/// A walk along what happened.
struct Course<'a> {
    changes: Vec<Change<'a>>,
    state: AgentCode,
    work_mode: WorkModeCode,
    pending: AgentCode,
    /// Calls on the DN, in the order in which they began.
    on: Vec<&'a str>,
}

impl Default for Course<'_> {
    fn default() -> Self {
        Self {
            changes: Vec::new(),
            state: AgentCode::Null,
            work_mode: WorkModeCode::Unknown,
            pending: AgentCode::Null,
            on: Vec::new(),
        }
    }
}

impl<'a> Course<'a> {
    fn take(&mut self, at_us: i64, what: What<'a>, said: &[Said]) {
        let last = said.get(..said.partition_point(|s| s.at_us <= at_us)).and_then(<[Said]>::last);
        match what {
            What::Login => self.enter(at_us, AgentCode::Login, WorkModeCode::Unknown, last),
            What::Logout => self.enter(at_us, AgentCode::Null, WorkModeCode::Unknown, None),
            What::State(state, work_mode) => self.enter(at_us, state, work_mode, last),
            What::Said(code) if self.state == AgentCode::Busy && code != self.pending => {
                let work_mode = last.map_or(WorkModeCode::Unknown, |said| said.work_mode);
                self.pending = code;
                self.add(at_us, AgentChange::PendingState, self.state, work_mode, None);
            }
            What::Said(_) => {}
            What::CallConnected(call) => {
                self.add(at_us, AgentChange::CallConnected, self.state, self.work_mode, Some(call));
            }
            What::CallBegan(call) => self.on.push(call),
            What::CallLeft(call) => {
                self.on.retain(|on| *on != call);
                self.add(at_us, AgentChange::CallLeft, self.state, self.work_mode, Some(call));
            }
        }
    }

    fn enter(&mut self, at_us: i64, state: AgentCode, work_mode: WorkModeCode, said: Option<&Said>) {
        let is_busy = state == AgentCode::Busy;
        let work_mode = if is_busy { said.map_or(WorkModeCode::Unknown, |said| said.work_mode) } else { work_mode };
        self.pending = if is_busy { said.map_or(AgentCode::Login, |said| said.code) } else { state };
        if state != self.state {
            let call = self.on.last().copied().filter(|_| is_busy);
            self.add(at_us, AgentChange::State, state, work_mode, call);
        } else if work_mode != self.work_mode && !is_busy {
            self.add(at_us, AgentChange::WorkMode, state, work_mode, None);
        }
    }

    fn add(&mut self, at_us: i64, kind: AgentChange, state: AgentCode, work_mode: WorkModeCode, call: Option<&'a str>) {
        let (before, pending) = (self.state, self.pending);
        self.changes.push(Change { at_us, kind, state, before, pending, work_mode, call });
        (self.state, self.work_mode) = (state, work_mode);
    }
}

/// What the agent said, in order.
fn said(session: &Session<'_, '_>) -> Vec<Said> {
    let said = |(at_us, event): &(i64, &Opened<'_>)| {
        let work_mode = work_mode(event);
        let code = match &event.body {
            BodyView::AgentReady(_) => AgentCode::Ready,
            BodyView::AgentNotReady(_) if work_mode == WorkModeCode::AfterCallWork => AgentCode::AfterCallWork,
            BodyView::AgentNotReady(_) => AgentCode::NotReady,
            _ => return None,
        };
        Some(Said { at_us: session.within(*at_us), code, work_mode })
    };
    session.events.iter().filter_map(said).collect()
}

/// Calls that began on the DN, were connected for the first time, and left it.
fn calls<'a>(session: &Session<'_, 'a>) -> Vec<(i64, What<'a>)> {
    let (mut changes, mut on) = (Vec::new(), HashMap::new());
    for (at_us, event) in &session.events {
        let BodyView::DnCall(told) = &event.body else { continue };
        let Some(state) = told.state.as_known() else { continue };
        let at_us = session.within(*at_us);
        if state == PartyState::PARTY_STATE_NULL {
            changes.extend(on.remove(told.call).map(|_: bool| (at_us, What::CallLeft(told.call))));
            continue;
        }
        let was_connected = on.entry(told.call).or_insert_with(|| {
            changes.push((at_us, What::CallBegan(told.call)));
            false
        });
        if state == PartyState::PARTY_STATE_CONNECTED && !*was_connected {
            *was_connected = true;
            changes.push((at_us, What::CallConnected(told.call)));
        }
    }
    changes
}

/// State of an agent, as the tables number it.
pub(super) fn code(state: AgentState) -> AgentCode {
    match state {
        AgentState::Unknown => AgentCode::Null,
        AgentState::LoggedOnOnly => AgentCode::Login,
        AgentState::NotReady => AgentCode::NotReady,
        AgentState::Ready => AgentCode::Ready,
        AgentState::AfterCallWork => AgentCode::AfterCallWork,
        AgentState::Busy => AgentCode::Busy,
    }
}

/// Work mode that a ready or not ready says; of other events none.
pub(super) fn work_mode(event: &Opened<'_>) -> WorkModeCode {
    let told = match &event.body {
        BodyView::AgentReady(b) => b.work_mode.as_known(),
        BodyView::AgentNotReady(b) => b.work_mode.as_known(),
        _ => None,
    };
    match told.unwrap_or(WorkMode::WORK_MODE_UNKNOWN) {
        WorkMode::WORK_MODE_UNKNOWN => WorkModeCode::Unknown,
        WorkMode::WORK_MODE_MANUAL_IN => WorkModeCode::ManualIn,
        WorkMode::WORK_MODE_AUTO_IN => WorkModeCode::AutoIn,
        WorkMode::WORK_MODE_AFTER_CALL_WORK => WorkModeCode::AfterCallWork,
        WorkMode::WORK_MODE_AUX => WorkModeCode::AuxWork,
        WorkMode::WORK_MODE_NO_CALL_DISCONNECT => WorkModeCode::NoCallDisconnect,
        WorkMode::WORK_MODE_WALK_AWAY => WorkModeCode::WalkAway,
        WorkMode::WORK_MODE_RETURN_BACK => WorkModeCode::ReturnBack,
    }
}
