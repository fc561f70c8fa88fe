//! What an agent was doing: the states that tile a login session, and the after-call work in them.
//!
//! Knows the events of one session; not the rows that are made of it, nor what an interaction is beyond its root call.

use std::collections::{BTreeSet, HashMap};

use callmart_schema::catalogue::statics::AgentState;
use callmart_schema::event::{BodyView, DnCallView, PartyState, WorkMode};

use super::{Opened, Origin};

/// A stretch of one state, as one telling of it or none shows it, in microseconds since 1970-01-01 UTC.
#[derive(Clone, Copy)]
pub(super) struct Piece<'e, 'a> {
    pub(super) state: AgentState,
    /// The ready or not ready that the state shows, whose reasons hold in it.
    pub(super) told: Option<&'e Opened<'a>>,
    pub(super) from_us: i64,
    pub(super) to_us: i64,
    /// Whether nobody told that it ended.
    pub(super) is_estimated: bool,
}

/// A stretch of after-call work, with the root call that it belongs to; its end is none while it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AfterCall<'a> {
    pub(super) root_call: &'a str,
    pub(super) from_us: i64,
    pub(super) to_us: Option<i64>,
    /// When it was heard last that the agent talked in that call: had another one followed, the work would be that one's.
    pub(super) talked_us: i64,
}

/// The states of a session, one after the other without a gap.
pub(super) struct Chain<'e, 'a> {
    /// Ended ones, of some length each.
    pub(super) ended: Vec<Piece<'e, 'a>>,
    /// The one that goes on; it ends when it begins. None when the session ended.
    pub(super) now: Option<Piece<'e, 'a>>,
    pub(super) after_calls: Vec<AfterCall<'a>>,
    /// Root call of the call on the DN that began last and goes on.
    pub(super) call_now: Option<&'a str>,
}

/// What the agent said last.
#[derive(Clone, Copy)]
enum Said {
    Ready,
    NotReady,
    AfterCallWork,
}

/// A call on the DN.
struct On<'a> {
    root_call: &'a str,
    /// Number of the event that it began with.
    began: usize,
    is_connected: bool,
}

/// A walk through the events of a session.
struct Walk<'e, 'a> {
    has_login: bool,
    said: Option<(Said, usize, &'e Opened<'a>)>,
    /// By UUID, the calls on the DN; and the numbers of the events that they began with, each with its root call.
    calls: HashMap<&'a str, On<'a>>,
    began: BTreeSet<(usize, &'a str)>,
    /// Time of the event that is being heard.
    at_us: i64,
    /// Root call of the call in which the DN was connected last, and when that was heard.
    connected: Option<(&'a str, i64)>,
    /// The same of the call that after-call work belongs to, when that was said last.
    owner: Option<(&'a str, i64)>,
    piece: Piece<'e, 'a>,
    after_call: Option<AfterCall<'a>>,
    /// Whether nobody told what was heard last.
    is_estimated: bool,
    chain: Chain<'e, 'a>,
}

impl<'e, 'a> Chain<'e, 'a> {
    /// The states between two moments (no end while the session goes on); events outside count at the nearer one.
    pub(super) fn of(
        events: &[(i64, &'e Opened<'a>)],
        has_login: bool,
        from_us: i64,
        to_us: Option<i64>,
    ) -> Chain<'e, 'a> {
        let mut walk = Walk::at(from_us, has_login);
        for (number, (at_us, event)) in events.iter().enumerate() {
            walk.at_us = (*at_us).clamp(from_us, to_us.unwrap_or(i64::MAX).max(from_us));
            walk.hear(number, event);
            walk.is_estimated = event.origin == Origin::Estimate;
            walk.show(walk.at_us);
        }
        walk.finish(to_us)
    }
}

impl<'e, 'a> Walk<'e, 'a> {
    fn at(from_us: i64, has_login: bool) -> Self {
        let mut walk = Self {
            has_login,
            said: None,
            calls: HashMap::new(),
            began: BTreeSet::new(),
            at_us: from_us,
            connected: None,
            owner: None,
            piece: Piece { state: AgentState::Unknown, told: None, from_us, to_us: from_us, is_estimated: false },
            after_call: None,
            is_estimated: false,
            chain: Chain { ended: Vec::new(), now: None, after_calls: Vec::new(), call_now: None },
        };
        walk.piece.state = walk.state();
        walk
    }

    fn hear(&mut self, number: usize, event: &'e Opened<'a>) {
        match &event.body {
            BodyView::AgentReady(_) => self.said = Some((Said::Ready, number, event)),
            BodyView::AgentNotReady(b) if b.work_mode.as_known() == Some(WorkMode::WORK_MODE_AFTER_CALL_WORK) => {
                self.said = Some((Said::AfterCallWork, number, event));
                self.owner = self.connected;
            }
            BodyView::AgentNotReady(_) => self.said = Some((Said::NotReady, number, event)),
            BodyView::DnCall(b) => self.hear_call(number, b),
            _ => {}
        }
    }

    /// A state that this version does not know tells nothing.
    fn hear_call(&mut self, number: usize, told: &DnCallView<'a>) {
        let Some(state) = told.state.as_known() else { return };
        if state == PartyState::PARTY_STATE_NULL {
            let Some(on) = self.calls.remove(told.call) else { return };
            self.began.remove(&(on.began, on.root_call));
            self.leave_talk(&on);
            return;
        }
        let mut on = self.calls.remove(told.call).unwrap_or_else(|| {
            let root_call = if told.root_call.is_empty() { told.call } else { told.root_call };
            self.began.insert((number, root_call));
            // Who holds a call has talked in it, also when nobody heard that.
            On { root_call, began: number, is_connected: state == PartyState::PARTY_STATE_HELD }
        });
        let is_connected = state == PartyState::PARTY_STATE_CONNECTED;
        if !is_connected {
            self.leave_talk(&on);
        } else if !on.is_connected {
            self.talk(&on);
        }
        on.is_connected = is_connected;
        self.calls.insert(told.call, on);
    }

    fn leave_talk(&mut self, on: &On<'a>) {
        if on.is_connected {
            self.talk(on);
        }
    }

    /// The DN is, or was until now, connected in the call: after-call work that was said already belongs to it when the call
    /// began before that.
    fn talk(&mut self, on: &On<'a>) {
        self.connected = Some((on.root_call, self.at_us));
        if matches!(self.said, Some((Said::AfterCallWork, said, _)) if on.began < said) {
            self.owner = self.connected;
        }
    }

    /// The one state of the agent. Before anything was said an agent is only logged on; without a login even that is not
    /// known. After-call work comes first unless a call that began before goes on, then any call, then what was said last.
    fn state(&self) -> AgentState {
        match self.said {
            None if self.has_login => AgentState::LoggedOnOnly,
            Some((Said::AfterCallWork, said, _)) if self.began.first().is_none_or(|(began, _)| *began > said) => {
                AgentState::AfterCallWork
            }
            _ if !self.calls.is_empty() => AgentState::Busy,
            None => AgentState::Unknown,
            Some((Said::Ready, ..)) => AgentState::Ready,
            Some((Said::NotReady | Said::AfterCallWork, ..)) => AgentState::NotReady,
        }
    }

    /// From `at_us` on the state is what the events so far come to.
    fn show(&mut self, at_us: i64) {
        let state = self.state();
        let is_said = !matches!(state, AgentState::Busy | AgentState::LoggedOnOnly | AgentState::Unknown);
        let told = self.said.filter(|_| is_said).map(|(_, _, event)| event);
        let is_same = |a: &Opened<'_>, b: &Opened<'_>| std::ptr::eq(a.stored, b.stored);
        let goes_on = match (self.piece.told, told) {
            (Some(before), Some(told)) => is_same(before, told),
            (before, told) => before.is_none() && told.is_none(),
        };
        if state != self.piece.state || !goes_on {
            self.end_piece(at_us);
            self.piece = Piece { state, told, from_us: at_us, to_us: at_us, is_estimated: false };
        }
        let owner = self.owner.filter(|_| state == AgentState::AfterCallWork);
        if owner.map(|(root_call, _)| root_call) != self.after_call.map(|a| a.root_call) {
            self.end_after_call(at_us);
            self.after_call =
                owner.map(|(root_call, talked_us)| AfterCall { root_call, from_us: at_us, to_us: None, talked_us });
        }
    }

    fn end_piece(&mut self, at_us: i64) {
        if at_us > self.piece.from_us {
            self.chain.ended.push(Piece { to_us: at_us, is_estimated: self.is_estimated, ..self.piece });
        }
    }

    fn end_after_call(&mut self, at_us: i64) {
        let ended = self.after_call.take().filter(|a| at_us > a.from_us);
        self.chain.after_calls.extend(ended.map(|a| AfterCall { to_us: Some(at_us), ..a }));
    }

    fn finish(mut self, to_us: Option<i64>) -> Chain<'e, 'a> {
        match to_us {
            Some(to_us) => {
                self.end_piece(to_us);
                self.end_after_call(to_us);
            }
            None => {
                self.chain.now = Some(self.piece);
                self.chain.after_calls.extend(self.after_call);
                self.chain.call_now = self.began.last().map(|(_, root_call)| *root_call);
            }
        }
        self.chain
    }
}
