//! One DN: its owners in the order in which they took it, the calls on it, and what each owner says of them.
//!
//! Does not know other DNs, links or why an owner has to let go.

use callmart_schema::event::{
    AgentLogin, AgentLogout, AgentNotReady, AgentReady, Body, DnCall, DnServiceChanged, PartyState, Reason, WorkMode,
};

use super::{WAIT_US, Word};

/// What makes a node own a DN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Registration {
    /// The telephone's own registration.
    Telephone,
    /// A privileged client's registration of the address of a remote agent, by the client's name.
    Client(String),
}

impl Registration {
    pub(super) fn is_by(&self, client: &str) -> bool {
        matches!(self, Self::Client(name) if name == client)
    }
}

/// What an agent said last.
#[derive(Debug, Clone, PartialEq)]
pub struct Stated {
    /// Ready for calls; else not ready.
    pub is_ready: bool,
    /// Work mode.
    pub work_mode: WorkMode,
    /// Reasons.
    pub reasons: Vec<Reason>,
}

impl Stated {
    fn is_after_call_work(&self) -> bool {
        !self.is_ready && self.work_mode == WorkMode::WORK_MODE_AFTER_CALL_WORK
    }
}

/// Who is logged in.
#[derive(Debug, Clone, PartialEq)]
pub struct Seat {
    /// EmployeeID.
    pub agent: String,
    /// Login-session id.
    pub session: String,
    /// What the agent said last; none since the login.
    pub stated: Option<Stated>,
}

/// An owner that shall let go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct LettingGo {
    /// It waits no longer than to this moment.
    by_us: i64,
    /// Whatever the rules say, the session ends.
    with_logout: bool,
}

/// An owner of a DN.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Owner {
    pub(crate) node: usize,
    pub(super) registration: Registration,
    pub(crate) seat: Option<Seat>,
    /// UUIDs of the calls on the DN that it tells of.
    pub(crate) calls: Vec<String>,
    lets_go: Option<LettingGo>,
    /// When its registration expires, which nobody refreshes any more.
    pub(super) expires_us: Option<i64>,
}

/// A call on a DN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OnDn {
    pub(crate) call: String,
    pub(crate) root: String,
    pub(crate) state: PartyState,
}

/// A DN.
#[derive(Debug, Default)]
pub(crate) struct Dn {
    /// The newest last.
    pub(crate) owners: Vec<Owner>,
    /// In the order in which they came.
    pub(crate) calls: Vec<OnDn>,
}

impl Dn {
    pub(super) fn is_empty(&self) -> bool {
        self.owners.is_empty() && self.calls.is_empty()
    }

    pub(crate) fn owner(&self, node: usize) -> Option<&Owner> {
        self.owners.iter().find(|owner| owner.node == node)
    }

    pub(super) fn remove(&mut self, node: usize) -> Option<Owner> {
        let place = self.owners.iter().position(|owner| owner.node == node)?;
        Some(self.owners.remove(place))
    }

    /// A node is the newest owner from now on, and tells of all calls on the DN.
    pub(super) fn take(&mut self, node: usize, registration: Registration, dn: &str, words: &mut Vec<Word>) {
        let known = self.remove(node);
        let is_new = known.is_none();
        let mut owner = known.unwrap_or_else(|| Owner::new(node, registration.clone()));
        (owner.registration, owner.lets_go, owner.expires_us) = (registration, None, None);
        if is_new {
            words.push(owner.service(dn, true));
        }
        for call in &self.calls {
            if !owner.calls.contains(&call.call) {
                owner.calls.push(call.call.clone());
                words.push(owner.call_word(dn, call));
            }
        }
        self.owners.push(owner);
    }

    /// The newest owner tells of it; an older one only of a call that it has told of before.
    pub(super) fn change_call(&mut self, call: &str, root: &str, state: PartyState, dn: &str, words: &mut Vec<Word>) {
        let is_over = state == PartyState::PARTY_STATE_NULL;
        let changed = OnDn { call: call.to_owned(), root: root.to_owned(), state };
        let newest = self.owners.len().saturating_sub(1);
        for (place, owner) in self.owners.iter_mut().enumerate() {
            let knows = owner.calls.iter().any(|known| known == call);
            if place < newest && !knows {
                continue;
            }
            words.push(owner.call_word(dn, &changed));
            match (is_over, knows) {
                (true, _) => owner.calls.retain(|known| known != call),
                (false, false) => owner.calls.push(call.to_owned()),
                (false, true) => {}
            }
        }
        match self.calls.iter_mut().find(|known| known.call == call) {
            _ if is_over => self.calls.retain(|known| known.call != call),
            Some(known) => *known = changed,
            None => self.calls.push(changed),
        }
    }

    /// Takes out an owner that lets go now, and tells whether it ends the session whatever the rules say.
    pub(super) fn who_lets_go(&mut self, now_us: i64) -> Option<(Owner, bool)> {
        let place = self.owners.iter().position(|owner| owner.can_let_go(now_us))?;
        let owner = self.owners.remove(place);
        let with_logout = owner.lets_go.is_none_or(|l| l.with_logout);
        Some((owner, with_logout))
    }
}

impl Owner {
    fn new(node: usize, registration: Registration) -> Self {
        Self { node, registration, seat: None, calls: Vec::new(), lets_go: None, expires_us: None }
    }

    /// It waits from now on, unless it does already.
    pub(super) fn must_let_go(&mut self, now_us: i64, with_logout: bool) {
        let by_us = now_us.saturating_add(WAIT_US);
        self.lets_go.get_or_insert(LettingGo { by_us, with_logout });
    }

    /// When it lets go at the latest.
    pub(super) fn due_us(&self) -> Option<i64> {
        self.lets_go.map(|l| l.by_us).into_iter().chain(self.expires_us).min()
    }

    fn can_let_go(&self, now_us: i64) -> bool {
        let in_after_call_work = self.seat.iter().filter_map(|s| s.stated.as_ref()).any(Stated::is_after_call_work);
        let is_calm = self.calls.is_empty() && !in_after_call_work;
        (self.lets_go.is_some() && is_calm) || self.due_us().is_some_and(|due_us| due_us <= now_us)
    }

    fn says(&self, body: impl Into<Body>) -> Word {
        Word { node: self.node, body: body.into() }
    }

    pub(super) fn service(&self, dn: &str, in_service: bool) -> Word {
        self.says(DnServiceChanged { dn: dn.to_owned(), in_service, ..DnServiceChanged::default() })
    }

    pub(super) fn login(&self, dn: &str) -> Option<Word> {
        self.seat.as_ref().map(|seat| self.says(login(dn, seat)))
    }

    /// Logs out who is there.
    pub(super) fn logout(&mut self, dn: &str) -> Option<Word> {
        let seat = self.seat.take()?;
        Some(self.says(logout(dn, &seat.agent, &seat.session)))
    }

    pub(super) fn stated_word(&self, dn: &str) -> Option<Word> {
        let seat = self.seat.as_ref()?;
        Some(Word { node: self.node, body: stated(dn, seat)? })
    }

    /// The calls that it tells of, in their states.
    pub(super) fn calls_told<'a>(&'a self, dn: &'a str, calls: &'a [OnDn]) -> impl Iterator<Item = Word> {
        calls.iter().filter(|c| self.calls.contains(&c.call)).map(move |c| self.call_word(dn, c))
    }

    fn call_word(&self, dn: &str, call: &OnDn) -> Word {
        let seat = self.seat.as_ref();
        self.says(on_dn(dn, call, seat.map_or(("", ""), |s| (&s.agent, &s.session))))
    }
}

pub(crate) fn login(dn: &str, seat: &Seat) -> AgentLogin {
    AgentLogin { dn: dn.to_owned(), agent: seat.agent.clone(), session: seat.session.clone(), ..AgentLogin::default() }
}

pub(crate) fn logout(dn: &str, agent: &str, session: &str) -> AgentLogout {
    AgentLogout { dn: dn.to_owned(), agent: agent.to_owned(), session: session.to_owned(), ..AgentLogout::default() }
}

/// What the agent said last, as it is told.
pub(crate) fn stated(dn: &str, seat: &Seat) -> Option<Body> {
    let Stated { is_ready, work_mode, reasons } = seat.stated.clone()?;
    let (dn, agent, session) = (dn.to_owned(), seat.agent.clone(), seat.session.clone());
    let work_mode = work_mode.into();
    Some(if is_ready {
        AgentReady { dn, agent, session, work_mode, reasons, ..AgentReady::default() }.into()
    } else {
        AgentNotReady { dn, agent, session, work_mode, reasons, ..AgentNotReady::default() }.into()
    })
}

pub(crate) fn on_dn(dn: &str, call: &OnDn, (agent, session): (&str, &str)) -> DnCall {
    DnCall {
        dn: dn.to_owned(),
        call: call.call.clone(),
        root_call: call.root.clone(),
        state: call.state.into(),
        agent: agent.to_owned(),
        session: session.to_owned(),
        ..DnCall::default()
    }
}
