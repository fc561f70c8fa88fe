//! The events of an interaction, walked through once: which call and which party changed, and in which order.
//!
//! The changes of a call and of the parties in it are one order without holes, the call's beginning first and its end last.
//! Knows the event model; not the tables.

use std::collections::{HashMap, HashSet};

use callmart_schema::catalogue::gidb::codes::{CallChange, DataChange, DataSource, LegCause, LegChange, LegState};
use callmart_schema::event::{
    BodyView, PartyEnd, PartyMovedView, PartyState, RouteResultView, UserDataChangedView, UserDataOrigin, UserEventView,
};

use super::super::Opened;
use super::super::call::Calls;
use super::super::order::in_order;
use super::super::party::{MoveKind, Party};

/// A change of a call itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallStep {
    pub(super) cseq: i32,
    pub(super) at_us: i64,
    pub(super) change: CallChange,
}

/// A call.
#[derive(Debug, Default)]
pub(super) struct Line<'a> {
    pub(super) id: &'a str,
    pub(super) conn_id: &'a str,
    /// Main call of a consult call, else empty.
    pub(super) parent: &'a str,
    /// Call that it was merged into, else empty.
    pub(super) merged_into: &'a str,
    pub(super) begins_us: i64,
    /// Its end; none while it goes on.
    pub(super) ends_us: Option<i64>,
    pub(super) steps: Vec<CallStep>,
    /// Number of the last change.
    last: i32,
    /// Whether its end was told by now.
    is_deleted: bool,
}

/// A change of a party in a call.
#[derive(Debug, Clone, Copy)]
pub(super) struct LegStep {
    pub(super) cseq: i32,
    pub(super) at_us: i64,
    pub(super) change: LegChange,
    pub(super) state: LegState,
    pub(super) cause: LegCause,
}

/// A party in one call: who goes over to another call has a leg in each.
#[derive(Debug)]
pub(super) struct Leg<'a> {
    /// PartyID.
    pub(super) id: String,
    /// Place among the parties of the interaction.
    pub(super) party: usize,
    pub(super) call: &'a str,
    /// How it went over from another call, and the party UUID of who moved it.
    pub(super) moved: Option<(MoveKind, &'a str)>,
    pub(super) steps: Vec<LegStep>,
}

/// A key of user data was set or removed on a call, or told by a user event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Datum<'a> {
    pub(super) call: &'a str,
    /// Place of the leg of who told it, and the last change of that leg.
    pub(super) leg: Option<(usize, i32)>,
    pub(super) dn: &'a str,
    pub(super) switch: &'a str,
    pub(super) key: &'a str,
    /// None when it was removed.
    pub(super) value: Option<&'a str>,
    pub(super) at_us: i64,
    /// What comes after it among the changes of its call; none behind the call's end.
    pub(super) before_cseq: Option<i32>,
    pub(super) source: DataSource,
    pub(super) change: DataChange,
}

/// The router chose.
#[derive(Debug)]
pub(super) struct Choice<'a> {
    pub(super) told: &'a RouteResultView<'a>,
    pub(super) switch: &'a str,
    pub(super) leg: Option<usize>,
    pub(super) at_us: i64,
}

/// What happened in an interaction.
pub(super) struct Walk<'w, 'a> {
    pub(super) calls: &'w Calls<'a>,
    /// Calls in the order in which anything was told of them.
    pub(super) lines: Vec<Line<'a>>,
    /// Legs in the order in which they began.
    pub(super) legs: Vec<Leg<'a>>,
    pub(super) data: Vec<Datum<'a>>,
    pub(super) user_events: Vec<Datum<'a>>,
    pub(super) choices: Vec<Choice<'a>>,
    line_places: HashMap<&'a str, usize>,
    /// By party: its legs, its latest time, and whether it left.
    courses: Vec<Course>,
    ids: HashSet<String>,
    /// Keys that calls have.
    known: HashSet<(&'a str, DataSource, &'a str)>,
}

#[derive(Debug, Clone, Default)]
struct Course {
    legs: Vec<usize>,
    clock_us: i64,
    has_left: bool,
}

impl<'w, 'a> Walk<'w, 'a> {
    /// Walks through the events, which stand in the order of their identities.
    pub(super) fn of(calls: &'w Calls<'a>, events: &'a [Opened<'a>]) -> Self {
        let mut walk = Self {
            calls,
            lines: Vec::new(),
            legs: Vec::new(),
            data: Vec::new(),
            user_events: Vec::new(),
            choices: Vec::new(),
            line_places: HashMap::new(),
            courses: vec![Course::default(); calls.parties.len()],
            ids: HashSet::new(),
            known: HashSet::new(),
        };
        for (_, event) in in_order(events) {
            walk.take(event);
        }
        walk.line(calls.root, calls.started_us);
        walk.end_parties();
        walk.end_calls();
        walk
    }

    /// The party of a leg.
    pub(super) fn party(&self, leg: &Leg<'_>) -> Option<&'w Party<'a>> {
        self.calls.parties.get(leg.party)
    }

    /// The calls that ended.
    pub(super) fn ended(&self) -> impl Iterator<Item = (&Line<'a>, i64)> {
        self.lines.iter().filter_map(|line| Some((line, line.ends_us?)))
    }

    /// The legs in calls that ended, each with its party.
    pub(super) fn ended_legs(&self) -> impl Iterator<Item = (&Leg<'a>, &'w Party<'a>)> {
        let has_ended = |leg: &&Leg<'a>| self.line_of(leg.call).is_some_and(|line| line.ends_us.is_some());
        self.legs.iter().filter(has_ended).filter_map(|leg| Some((leg, self.party(leg)?)))
    }

    /// The legs in a call.
    pub(super) fn legs_in<'s>(&'s self, call: &'s str) -> impl Iterator<Item = &'s Leg<'a>> {
        self.legs.iter().filter(move |leg| leg.call == call)
    }

    pub(super) fn line_of(&self, call: &str) -> Option<&Line<'a>> {
        self.lines.get(*self.line_places.get(call)?)
    }

    /// PartyID of a party, by the UUID that was told: in that call, where it is in it.
    pub(super) fn id_in(&self, party: &str, call: &str) -> Option<String> {
        if party.is_empty() {
            return None;
        }
        let leg = self.leg_in(party, call).and_then(|place| self.legs.get(place));
        Some(leg.map_or_else(|| party.to_owned(), |leg| leg.id.clone()))
    }

    /// Place of the leg of a party in a call, or else of its last.
    fn leg_in(&self, party: &str, call: &str) -> Option<usize> {
        let course = self.courses.get(self.calls.place_of(party)?)?;
        let is_there = |place: &&usize| self.legs.get(**place).is_some_and(|leg| leg.call == call);
        course.legs.iter().rev().find(is_there).or_else(|| course.legs.last()).copied()
    }

    /// Place of the leg of who told something: the party that is named, else the last one on the DN in that call.
    fn teller(&self, party: &str, dn: &str, call: &str) -> Option<(usize, i32)> {
        let is_on = |leg: &Leg<'_>| leg.call == call && self.party(leg).is_some_and(|party| party.dn == dn);
        let on_dn = || self.legs.iter().rposition(is_on).filter(|_| !dn.is_empty());
        let place = self.leg_in(party, call).or_else(on_dn)?;
        Some((place, self.legs.get(place).map_or(0, |leg| super::count(leg.steps.len()))))
    }

    fn take(&mut self, event: &'a Opened<'a>) {
        let at_us = event.at_us;
        match &event.body {
            BodyView::CallCreated(b) => {
                let line = self.line(b.call, at_us);
                (line.conn_id, line.parent) = (b.conn_id, b.original_call);
            }
            BodyView::CallDataChanged(b) => {
                let line = self.line(b.call, at_us);
                line.conn_id = if b.conn_id.is_empty() { line.conn_id } else { b.conn_id };
            }
            BodyView::CallDeleted(b) => {
                let line = self.line(b.call, at_us);
                line.is_deleted = true;
                line.merged_into = if b.merged_into.is_empty() { line.merged_into } else { b.merged_into };
            }
            BodyView::PartyAdded(b) => self.enter(b.party, leg_state(b.state.as_known()), at_us),
            BodyView::PartyStateChanged(b) => self.enter(b.party, leg_state(b.state.as_known()), at_us),
            BodyView::PartyMoved(b) => self.go_over(b, at_us),
            BodyView::PartyDeleted(b) => {
                let Some(place) = self.joined(b.party, LegState::Null, at_us) else { return };
                self.leave(place, b.cause.as_known().unwrap_or(PartyEnd::PARTY_END_UNKNOWN), at_us);
            }
            BodyView::RouteResult(b) => {
                let leg = self.leg_in(b.party, b.call);
                self.choices.push(Choice { told: b, switch: &event.stored.switch, leg, at_us });
            }
            BodyView::UserDataChanged(b) => self.change_data(b, event),
            BodyView::UserEvent(b) => self.tell_data(b, event),
            _ => {}
        }
    }

    /// A call; it begins when that was told, or with the first that was told of it.
    fn line(&mut self, call: &'a str, at_us: i64) -> &mut Line<'a> {
        let place = *self.line_places.entry(call).or_insert_with(|| {
            let created_us = self.calls.call(call).and_then(|c| c.created_us);
            let begins_us = if call == self.calls.root { self.calls.started_us } else { created_us.unwrap_or(at_us) };
            let created = CallStep { cseq: 1, at_us: begins_us, change: CallChange::Created };
            self.lines.push(Line { id: call, begins_us, steps: vec![created], last: 1, ..Line::default() });
            self.lines.len() - 1
        });
        &mut self.lines[place]
    }

    /// The number of the next change of a call.
    fn next_cseq(&mut self, call: &'a str, at_us: i64) -> i32 {
        let line = self.line(call, at_us);
        line.last = line.last.saturating_add(1);
        line.last
    }

    /// The party has a leg from now on, in the call that it joined and in that state, unless it has one. Gives its place
    /// unless it has left.
    fn joined(&mut self, party: &'a str, state: LegState, at_us: i64) -> Option<usize> {
        let place = self.calls.place_of(party)?;
        if self.courses.get(place)?.legs.is_empty() {
            let joined = self.calls.parties.get(place)?;
            let id = self.fresh_id(joined.id, joined.call);
            self.courses.get_mut(place)?.clock_us = at_us;
            self.begin(
                Leg { id, party: place, call: joined.call, moved: None, steps: Vec::new() },
                state,
                entered(state),
            );
        }
        (!self.courses.get(place)?.has_left).then_some(place)
    }

    /// A state told again is no change.
    fn enter(&mut self, party: &'a str, state: LegState, at_us: i64) {
        let Some(place) = self.joined(party, state, at_us) else { return };
        self.advance(place, at_us);
        let before = self.state(place);
        if before != state {
            let is_retrieved = (before, state) == (LegState::Hold, LegState::Connected);
            let cause = if is_retrieved { LegCause::Retrieved } else { entered(state) };
            self.step(place, LegChange::StateChanged, state, cause);
        }
    }

    fn go_over(&mut self, told: &PartyMovedView<'a>, at_us: i64) {
        let Some(place) = self.joined(told.party, LegState::Null, at_us) else { return };
        let (Some(party), Some(leg)) = (self.calls.parties.get(place), self.last_leg(place)) else { return };
        let from_call = leg.call;
        if from_call == told.new_call {
            return;
        }
        self.advance(place, at_us);
        let number = self.courses.get(place).map_or(0, |course| course.legs.len() - 1);
        let kind = party.moves.get(number).map_or(MoveKind::Transfer, |made| made.kind);
        let (cause, state) = (moved(kind), self.state(place));
        self.step(place, LegChange::Terminated, LegState::Null, cause);
        let is_renamed = !told.new_party.is_empty() && told.new_party != party.id;
        let id = if is_renamed {
            self.fresh_id(told.new_party, told.new_call)
        } else {
            self.fresh_id(&format!("{}/{}", party.id, told.new_call), told.new_call)
        };
        let moved = Some((kind, told.moved_by));
        self.begin(Leg { id, party: place, call: told.new_call, moved, steps: Vec::new() }, state, cause);
    }

    fn leave(&mut self, place: usize, end: PartyEnd, at_us: i64) {
        self.advance(place, at_us);
        self.step(place, LegChange::Terminated, LegState::Null, left(end));
        if let Some(course) = self.courses.get_mut(place) {
            course.has_left = true;
        }
    }

    /// A party's time does not run backwards.
    fn advance(&mut self, place: usize, at_us: i64) {
        if let Some(course) = self.courses.get_mut(place) {
            course.clock_us = course.clock_us.max(at_us);
        }
    }

    fn last_leg(&self, place: usize) -> Option<&Leg<'a>> {
        self.legs.get(*self.courses.get(place)?.legs.last()?)
    }

    fn state(&self, place: usize) -> LegState {
        self.last_leg(place).and_then(|leg| leg.steps.last()).map_or(LegState::Null, |step| step.state)
    }

    fn begin(&mut self, leg: Leg<'a>, state: LegState, cause: LegCause) {
        let party = leg.party;
        self.legs.push(leg);
        if let Some(course) = self.courses.get_mut(party) {
            course.legs.push(self.legs.len() - 1);
        }
        self.step(party, LegChange::Created, state, cause);
    }

    fn step(&mut self, place: usize, change: LegChange, state: LegState, cause: LegCause) {
        let Some((course, call)) = self.courses.get(place).zip(self.last_leg(place).map(|leg| leg.call)) else {
            return;
        };
        let (at_us, leg) = (course.clock_us, course.legs.last().copied());
        let cseq = self.next_cseq(call, at_us);
        if let Some(leg) = leg.and_then(|leg| self.legs.get_mut(leg)) {
            leg.steps.push(LegStep { cseq, at_us, change, state, cause });
        }
    }

    /// The id, or when another leg has it, the id with the call's behind it, and at last with a number.
    fn fresh_id(&mut self, id: &str, call: &str) -> String {
        let mut fresh = id.to_owned();
        for number in 1.. {
            if self.ids.insert(fresh.clone()) {
                break;
            }
            fresh = if number == 1 { format!("{id}/{call}") } else { format!("{id}/{call}/{number}") };
        }
        fresh
    }

    fn change_data(&mut self, told: &UserDataChangedView<'a>, event: &'a Opened<'a>) {
        let source = match told.origin.as_known() {
            Some(UserDataOrigin::USER_DATA_ORIGIN_REASONS) => DataSource::Reasons,
            Some(UserDataOrigin::USER_DATA_ORIGIN_EXTENSIONS) => DataSource::Extensions,
            _ => DataSource::UserData,
        };
        let set = told.set.iter().map(|pair| (pair.key, Some(pair.value)));
        for (key, value) in set.chain(told.removed.iter().map(|key| (*key, None))) {
            let about = (told.call, source, key);
            let is_with_call =
                self.calls.call(told.call).and_then(|c| c.created_us).is_some_and(|us| event.at_us <= us);
            let change = match value {
                None => {
                    self.known.remove(&about);
                    DataChange::Deleted
                }
                Some(_) if !self.known.insert(about) => DataChange::Updated,
                Some(_) if is_with_call => DataChange::Created,
                Some(_) => DataChange::Added,
            };
            let datum = self.datum((told.call, told.party, told.dn), (key, value), event);
            self.data.push(Datum { source, change, ..datum });
        }
    }

    fn tell_data(&mut self, told: &UserEventView<'a>, event: &'a Opened<'a>) {
        if told.call.is_empty() {
            return;
        }
        for pair in told.data.iter() {
            let datum = self.datum((told.call, "", told.dn), (pair.key, Some(pair.value)), event);
            self.user_events.push(datum);
        }
    }

    fn datum(
        &mut self,
        (call, party, dn): (&'a str, &'a str, &'a str),
        (key, value): (&'a str, Option<&'a str>),
        event: &'a Opened<'a>,
    ) -> Datum<'a> {
        let line = self.line(call, event.at_us);
        let before_cseq = (!line.is_deleted).then(|| line.last.saturating_add(1));
        let leg = self.teller(party, dn, call);
        let (switch, at_us) = (&*event.stored.switch, event.at_us);
        let (source, change) = (DataSource::UserData, DataChange::Added);
        Datum { call, leg, dn, switch, key, value, at_us, before_cseq, source, change }
    }

    /// Parties of which nobody told that they left did so with their calls. One that is thought to go on in another call, and
    /// of which nobody told that it went there, left the one that it was last told to be in.
    fn end_parties(&mut self) {
        let calls = self.calls;
        for (place, party) in calls.parties.iter().enumerate() {
            if self.courses.get(place).is_none_or(|c| c.has_left || c.legs.is_empty()) {
                continue;
            }
            let last_in = self.last_leg(place).map(|leg| leg.call).filter(|call| calls.has_ended(call));
            if calls.is_over(party) {
                self.leave(place, party.end, party.end_us());
            } else if let Some(call) = last_in {
                let ended_us = calls.call(call).and_then(|c| c.ended_us).or(calls.ended_us);
                self.leave(place, PartyEnd::PARTY_END_UNKNOWN, ended_us.unwrap_or_else(|| party.end_us()));
            }
        }
    }

    /// The ends of calls come last.
    fn end_calls(&mut self) {
        let calls = self.calls;
        for line in self.lines.iter_mut().filter(|line| calls.has_ended(line.id)) {
            let ends_us = calls.call(line.id).and_then(|c| c.ended_us).or(calls.ended_us);
            let ends_us = ends_us.unwrap_or(line.begins_us).max(line.begins_us);
            let merged = (!line.merged_into.is_empty()).then_some(CallChange::Merged);
            for change in merged.into_iter().chain([CallChange::Terminated]) {
                line.last = line.last.saturating_add(1);
                line.steps.push(CallStep { cseq: line.last, at_us: ends_us, change });
            }
            line.ends_us = Some(ends_us);
        }
        for datum in self.data.iter_mut().chain(&mut self.user_events).filter(|datum| datum.before_cseq.is_none()) {
            let line = self.line_places.get(datum.call).and_then(|place| self.lines.get(*place));
            datum.before_cseq = line.map(|line| line.last.saturating_add(1));
        }
    }
}

/// A state of a party, as the tables number it.
fn leg_state(state: Option<PartyState>) -> LegState {
    match state {
        None | Some(PartyState::PARTY_STATE_NULL) => LegState::Null,
        Some(PartyState::PARTY_STATE_INITIATED | PartyState::PARTY_STATE_DIALING) => LegState::Initiated,
        Some(PartyState::PARTY_STATE_QUEUED) => LegState::Queued,
        Some(PartyState::PARTY_STATE_ALERTING) => LegState::Alerting,
        Some(PartyState::PARTY_STATE_CONNECTED) => LegState::Connected,
        Some(PartyState::PARTY_STATE_HELD) => LegState::Hold,
        Some(PartyState::PARTY_STATE_BUSY | PartyState::PARTY_STATE_FAILED) => LegState::Fail,
    }
}

/// Why a party is in a state that it came into.
fn entered(state: LegState) -> LegCause {
    match state {
        LegState::Null => LegCause::Unknown,
        LegState::Initiated => LegCause::Originated,
        LegState::Alerting => LegCause::Delivered,
        LegState::Connected => LegCause::Established,
        LegState::Hold => LegCause::Held,
        LegState::Queued => LegCause::Queued,
        LegState::Fail => LegCause::Failed,
    }
}

fn moved(kind: MoveKind) -> LegCause {
    match kind {
        MoveKind::Transfer => LegCause::Transferred,
        MoveKind::Conference => LegCause::Conferenced,
    }
}

/// Why a party left.
fn left(end: PartyEnd) -> LegCause {
    match end {
        PartyEnd::PARTY_END_UNKNOWN => LegCause::Unknown,
        PartyEnd::PARTY_END_RELEASED => LegCause::Released,
        PartyEnd::PARTY_END_DIVERTED => LegCause::Diverted,
        PartyEnd::PARTY_END_ABANDONED => LegCause::Abandoned,
        PartyEnd::PARTY_END_REDIRECTED => LegCause::Redirected,
        PartyEnd::PARTY_END_TRANSFERRED => LegCause::Transferred,
        PartyEnd::PARTY_END_CONFERENCED => LegCause::Conferenced,
        PartyEnd::PARTY_END_BUSY => LegCause::Busy,
        PartyEnd::PARTY_END_FAILED => LegCause::Failed,
    }
}
