//! A party of a call: its states over time, made monotone for this party only, and the calls that it was in.
//!
//! Does not know other parties, nor what its states come to mean.

use callmart_schema::event::{DnType, PartyEnd, PartyRole, PartyState};

/// A stretch of one state, in microseconds since 1970-01-01 UTC; may be of no length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) state: PartyState,
    pub(super) from_us: i64,
    pub(super) to_us: i64,
}

/// How a party came into another call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MoveKind {
    Transfer,
    Conference,
}

/// A party went over to another call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Move<'a> {
    pub(super) at_us: i64,
    /// The call that it left.
    pub(super) from_call: &'a str,
    /// The call that it is in from then on.
    pub(super) call: &'a str,
    /// Party UUID of the party that moved it.
    pub(super) by: &'a str,
    /// Found out when the calls are put together.
    pub(super) kind: MoveKind,
}

/// A party's time in one call, in microseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stay<'a> {
    pub(super) call: &'a str,
    pub(super) from_us: i64,
    pub(super) to_us: i64,
}

/// Whole seconds between two moments: floor of the end minus floor of the start, so that parts add up.
pub(super) fn seconds(from_us: i64, to_us: i64) -> i64 {
    floor_s(to_us) - floor_s(from_us)
}

/// Microseconds as whole seconds, rounded down.
pub(super) fn floor_s(time_us: i64) -> i64 {
    time_us.div_euclid(1_000_000)
}

/// One party of one call.
#[derive(Debug, Clone)]
pub(super) struct Party<'a> {
    pub(super) id: &'a str,
    /// The call that it joined.
    pub(super) call: &'a str,
    pub(super) switch: &'a str,
    pub(super) dn: &'a str,
    pub(super) dn_type: DnType,
    pub(super) role: PartyRole,
    /// EmployeeID that the event itself told, on an ordinary switch; else empty.
    pub(super) agent: &'a str,
    /// Party UUID of the party that brought this one, where it was told.
    pub(super) parent: &'a str,
    /// Place of the party that came into its call last before it.
    pub(super) before: Option<usize>,
    /// Whether that one was still there when this one was heard of first.
    pub(super) is_beside: bool,
    /// Whether its joining was told.
    pub(super) was_added: bool,
    /// Whether it went over to another call though nobody told so.
    pub(super) is_move_untold: bool,
    pub(super) end: PartyEnd,
    pub(super) released_by: &'a str,
    /// Whether its leaving was told; if not, it left with its call or is still there.
    pub(super) left: bool,
    /// Whether nobody told that it left, and its call has ended or its end is among what is lost.
    pub(super) is_estimated: bool,
    /// Whether it was there when an operator closed its call.
    pub(super) is_closed: bool,
    /// Its ways into other calls, in order.
    pub(super) moves: Vec<Move<'a>>,
    stretches: Vec<Stretch>,
    /// When the last stretch was told to begin.
    entered_us: Option<i64>,
    ended: bool,
    clock_us: i64,
}

impl<'a> Party<'a> {
    pub(super) fn new(id: &'a str, call: &'a str, switch: &'a str, at_us: i64) -> Self {
        Self {
            id,
            call,
            switch,
            dn: "",
            dn_type: DnType::DN_TYPE_UNKNOWN,
            role: PartyRole::PARTY_ROLE_UNKNOWN,
            agent: "",
            parent: "",
            before: None,
            is_beside: false,
            was_added: false,
            is_move_untold: false,
            end: PartyEnd::PARTY_END_UNKNOWN,
            released_by: "",
            left: false,
            is_estimated: false,
            is_closed: false,
            moves: Vec::new(),
            stretches: Vec::new(),
            entered_us: None,
            ended: false,
            clock_us: at_us,
        }
    }

    /// An event told the number of the party's device; how it joined tells better.
    pub(super) fn hear_dn(&mut self, dn: &'a str) {
        if self.dn.is_empty() {
            self.dn = dn;
        }
    }

    /// The party was in `state` already from `from_us` on until what is known of it begins.
    pub(super) fn was_there_from(&mut self, state: PartyState, from_us: i64) {
        let to_us = self.stretches.first().map_or(self.clock_us, |s| s.from_us);
        if from_us < to_us {
            self.stretches.insert(0, Stretch { state, from_us, to_us });
        }
    }

    /// The party is in `state` from `at_us` on. A stamp earlier than the party's last is raised to it. Of several states told
    /// with one time only the last one is.
    pub(super) fn enter(&mut self, state: PartyState, at_us: i64) {
        if self.ended {
            return;
        }
        if self.entered_us == Some(at_us) {
            self.stretches.pop();
        }
        self.clock_us = self.clock_us.max(at_us);
        self.entered_us = Some(at_us);
        if self.stretches.last().is_some_and(|s| s.state == state) {
            self.entered_us = None;
            return;
        }
        self.close_last();
        self.stretches.push(Stretch { state, from_us: self.clock_us, to_us: self.clock_us });
    }

    /// The party went over to another call.
    pub(super) fn go_over(&mut self, call: &'a str, by: &'a str, at_us: i64) {
        if self.ended || call == self.last_call() {
            return;
        }
        self.clock_us = self.clock_us.max(at_us);
        let kind = MoveKind::Transfer;
        self.moves.push(Move { at_us: self.clock_us, from_call: self.last_call(), call, by, kind });
    }

    /// The party left the call.
    pub(super) fn leave(&mut self, end: PartyEnd, at_us: i64, is_estimated: bool) {
        self.left |= !self.ended;
        self.finish(end, at_us, is_estimated);
    }

    /// The party's time is over, whether or not that was told.
    pub(super) fn finish(&mut self, end: PartyEnd, at_us: i64, is_estimated: bool) {
        if self.ended {
            return;
        }
        self.is_estimated = is_estimated;
        self.clock_us = self.clock_us.max(at_us);
        self.close_last();
        self.end = end;
        self.ended = true;
    }

    /// Nobody told when the party left; at `at_us` the call was with somebody else.
    pub(super) fn is_left_by(&mut self, at_us: i64) {
        if self.ended && self.clock_us <= at_us {
            return;
        }
        self.clock_us = self.stretches.last().map_or(at_us, |last| last.from_us.max(at_us));
        self.finish(PartyEnd::PARTY_END_DIVERTED, self.clock_us, true);
        self.close_last();
    }

    fn close_last(&mut self) {
        if let Some(last) = self.stretches.last_mut() {
            last.to_us = self.clock_us;
        }
    }

    pub(super) fn start_us(&self) -> i64 {
        self.stretches.first().map_or(self.clock_us, |s| s.from_us)
    }

    /// Since when the call waits here. What a device dials for is not there before it is answered: a device that only dialled
    /// kept nobody waiting.
    pub(super) fn waits_from_us(&self) -> i64 {
        let first_queued = self.in_state(PartyState::PARTY_STATE_QUEUED).next().map(|s| s.from_us);
        let only_dialled = || self.was(PartyState::PARTY_STATE_DIALING).then_some(self.clock_us);
        first_queued.or_else(only_dialled).unwrap_or_else(|| self.start_us())
    }

    /// Whether it released the call itself.
    pub(super) fn released_itself(&self) -> bool {
        self.end == PartyEnd::PARTY_END_RELEASED && !self.dn.is_empty() && self.released_by == self.dn
    }

    pub(super) fn end_us(&self) -> i64 {
        self.clock_us
    }

    /// The stretches of one state.
    pub(super) fn in_state(&self, state: PartyState) -> impl Iterator<Item = Stretch> + '_ {
        self.stretches.iter().copied().filter(move |s| s.state == state)
    }

    pub(super) fn stretches(&self) -> &[Stretch] {
        &self.stretches
    }

    pub(super) fn was(&self, state: PartyState) -> bool {
        self.in_state(state).next().is_some()
    }

    /// The call that it was in last.
    pub(super) fn last_call(&self) -> &'a str {
        self.moves.last().map_or(self.call, |m| m.call)
    }

    /// Its time in each call that it was in, in order.
    pub(super) fn stays(&self) -> impl Iterator<Item = Stay<'a>> + '_ {
        let ends_us = self.moves.iter().map(|m| m.at_us).chain([self.end_us()]);
        let begins = [(self.call, self.start_us())].into_iter().chain(self.moves.iter().map(|m| (m.call, m.at_us)));
        begins.zip(ends_us).map(|((call, from_us), to_us)| Stay { call, from_us, to_us: to_us.max(from_us) })
    }

    /// Whether it talked before it went over to another call, or at all when it never did.
    pub(super) fn talked_where_it_joined(&self) -> bool {
        let until_us = self.moves.first().map_or(i64::MAX, |m| m.at_us);
        self.in_state(PartyState::PARTY_STATE_CONNECTED).any(|s| s.from_us < until_us)
    }

    /// When it was connected first.
    pub(super) fn connected_us(&self) -> Option<i64> {
        self.in_state(PartyState::PARTY_STATE_CONNECTED).next().map(|s| s.from_us)
    }

    /// When the call was delivered here: alerting, else connected, else the party's start.
    pub(super) fn delivered_us(&self) -> i64 {
        let first = |state| self.in_state(state).next().map(|s| s.from_us);
        first(PartyState::PARTY_STATE_ALERTING)
            .or_else(|| first(PartyState::PARTY_STATE_CONNECTED))
            .unwrap_or_else(|| self.start_us())
    }
}
