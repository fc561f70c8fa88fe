//! Families: to which kind of work each piece of a party's life belongs, and where a stretch is cut because it changes.
//!
//! Each piece is in exactly one family, so that the families of a party add up to its life. Knows calls and parties; not
//! which columns a family has.

use std::collections::HashMap;

use callmart_schema::event::{PartyRole, PartyState};

use super::call::Calls;
use super::party::{Move, MoveKind, Party};
use super::resource::{Part, part};

/// A kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Plain = 0,
    ConsultInitiated = 1,
    ConsultReceived = 2,
    PostTransfer = 3,
    ConferenceInitiated = 4,
    ConferenceJoined = 5,
}

impl Family {
    /// How many there are.
    pub(super) const COUNT: usize = 6;

    /// Whether it is part of a consultation, in which a customer has no share.
    pub(super) fn is_consult(self) -> bool {
        matches!(self, Self::ConsultInitiated | Self::ConsultReceived)
    }
}

/// A stretch of one state in one family and one call, in microseconds; may be of no length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    pub(super) state: PartyState,
    pub(super) family: Family,
    pub(super) call: &'a str,
    pub(super) from_us: i64,
    pub(super) to_us: i64,
}

/// Stretches of time, disjoint and in order, in microseconds; the end is outside.
type Stretches = Vec<(i64, i64)>;

/// The conferences of an interaction.
#[derive(Debug, Default)]
pub(super) struct Conferences<'a> {
    /// By the party that made them: while each of them lasted.
    made_by: HashMap<&'a str, Stretches>,
}

impl<'a> Conferences<'a> {
    /// A conference lasts from the move that made it until fewer than three parties are in its call.
    pub(super) fn of(calls: &Calls<'a>) -> Self {
        let moves = || calls.parties.iter().flat_map(|p| &p.moves).filter(|m| m.kind == MoveKind::Conference);
        if moves().next().is_none() {
            return Self::default();
        }
        let crowded = crowded(calls);
        let mut made_by: HashMap<&'a str, Stretches> = HashMap::new();
        for made in moves() {
            let stretches = crowded.get(made.call).map_or(&[][..], Vec::as_slice);
            let place = stretches.partition_point(|(_, to_us)| *to_us <= made.at_us);
            let holds = stretches.get(place).filter(|(from_us, _)| *from_us <= made.at_us);
            made_by.entry(made.by).or_default().push((made.at_us, holds.map_or(made.at_us, |(_, to_us)| *to_us)));
        }
        made_by.values_mut().for_each(join);
        Self { made_by }
    }

    /// Whether the party made a conference.
    pub(super) fn has_maker(&self, party: &Party<'_>) -> bool {
        self.made_by.contains_key(party.id)
    }

    /// The party's life in pieces. A stretch is cut where its family or its call changes; a cut makes no piece of no length.
    pub(super) fn pieces(&self, calls: &Calls<'_>, party: &Party<'a>) -> Vec<Piece<'a>> {
        let base = joined_family(calls, party);
        let made = self.made_by.get(party.id).map_or(&[][..], Vec::as_slice);
        let mut borders: Vec<i64> = party.moves.iter().map(|m| m.at_us).collect();
        borders.extend(made.iter().flat_map(|(from_us, to_us)| [*from_us, *to_us]));
        borders.sort_unstable();
        borders.dedup();
        let mut pieces = Vec::with_capacity(party.stretches().len());
        for stretch in party.stretches() {
            let first = borders.partition_point(|at_us| *at_us <= stretch.from_us);
            let inside = borders.iter().skip(first).copied().take_while(|at_us| *at_us < stretch.to_us);
            let mut from_us = stretch.from_us;
            for to_us in inside.chain([stretch.to_us]) {
                let (family, call) = at(party, base, made, from_us);
                pieces.push(Piece { state: stretch.state, family, call, from_us, to_us });
                from_us = to_us;
            }
        }
        pieces
    }
}

/// The family that a party begins in: a consultation that it asked for or was called into, else plain.
fn joined_family(calls: &Calls<'_>, party: &Party<'_>) -> Family {
    match calls.is_consult(party.call) {
        true if calls.asked_for_consult(party) => Family::ConsultInitiated,
        true => Family::ConsultReceived,
        false => Family::Plain,
    }
}

/// Family and call of the party from a moment on: a conference of its own while it lasts, else as it was moved last, else as
/// it began.
fn at<'a>(party: &Party<'a>, base: Family, made: &[(i64, i64)], at_us: i64) -> (Family, &'a str) {
    let moves = party.moves.partition_point(|m| m.at_us <= at_us);
    let last: Option<&Move<'a>> = moves.checked_sub(1).and_then(|place| party.moves.get(place));
    let moved = last.map_or(base, |m| match m.kind {
        MoveKind::Transfer => Family::PostTransfer,
        MoveKind::Conference => Family::ConferenceJoined,
    });
    let place = made.partition_point(|(_, to_us)| *to_us <= at_us);
    let confers = made.get(place).is_some_and(|(from_us, _)| *from_us <= at_us);
    (if confers { Family::ConferenceInitiated } else { moved }, last.map_or(party.call, |m| m.call))
}

/// By call, while three parties or more are in it. Queues, routing points and observers are nobody.
fn crowded<'a>(calls: &Calls<'a>) -> HashMap<&'a str, Stretches> {
    let mut changes: HashMap<&'a str, Vec<(i64, i64)>> = HashMap::new();
    let is_somebody = |p: &&Party<'a>| part(p.dn_type) != Part::Mediation && p.role != PartyRole::PARTY_ROLE_OBSERVER;
    for stay in calls.parties.iter().filter(is_somebody).flat_map(Party::stays) {
        changes.entry(stay.call).or_default().extend([(stay.from_us, 1), (stay.to_us, -1)]);
    }
    changes.into_iter().map(|(call, changes)| (call, at_least_three(changes))).collect()
}

fn at_least_three(mut changes: Vec<(i64, i64)>) -> Stretches {
    changes.sort_unstable();
    let (mut count, mut since_us, mut stretches) = (0, None, Vec::new());
    for same in changes.chunk_by(|a, b| a.0 == b.0) {
        let Some((at_us, _)) = same.first() else { continue };
        count += same.iter().map(|(_, change)| change).sum::<i64>();
        match since_us {
            None if count >= 3 => since_us = Some(*at_us),
            Some(from_us) if count < 3 => {
                stretches.push((from_us, *at_us));
                since_us = None;
            }
            _ => {}
        }
    }
    stretches
}

/// Joins stretches that touch.
fn join(stretches: &mut Stretches) {
    stretches.sort_unstable();
    stretches.dedup_by(|next, last| {
        let touches = next.0 <= last.1;
        last.1 = if touches { last.1.max(next.1) } else { last.1 };
        touches
    });
}
