//! Durations of an attempt: in mediation, in each state and family of its party, which part of it the customer shared, and
//! after-call work.
//!
//! Every duration is the floor of its end minus the floor of its start, so that parts add up. Sums that no real call reaches
//! stay at the largest number that a column holds.

use std::collections::HashMap;

use callmart_schema::catalogue::InteractionResourceFact;
use callmart_schema::event::{DnType, PartyState};

use super::attempt::Attempt;
use super::call::Calls;
use super::family::{Family, Piece};
use super::party::{Party, seconds};
use super::resource::{Part, part};

/// A count or duration as the facts' integers hold it.
pub(super) fn as_i32(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

/// By call: when somebody outside was on it, as disjoint stretches in order, in microseconds, closed at both ends.
pub(super) struct Customers<'a>(HashMap<&'a str, Vec<(i64, i64)>>);

impl<'a> Customers<'a> {
    pub(super) fn of(calls: &Calls<'a>) -> Self {
        let mut of_call: HashMap<&'a str, Vec<(i64, i64)>> = HashMap::new();
        let outside = calls.parties.iter().filter(|p| part(p.dn_type) == Part::Outside);
        for stay in outside.flat_map(Party::stays) {
            of_call.entry(stay.call).or_default().push((stay.from_us, stay.to_us));
        }
        for stretches in of_call.values_mut() {
            stretches.sort_unstable();
            stretches.dedup_by(|next, last| {
                let touches = next.0 <= last.1;
                last.1 = if touches { last.1.max(next.1) } else { last.1 };
                touches
            });
        }
        Self(of_call)
    }

    /// Whether somebody outside talked in any of a party's pieces.
    pub(super) fn talked_with(&self, pieces: &[Piece<'_>]) -> bool {
        let talks = |p: &&Piece<'_>| p.state == PartyState::PARTY_STATE_CONNECTED && !p.family.is_consult();
        pieces.iter().filter(talks).any(|p| self.share(p).is_some())
    }

    /// Seconds of the piece that somebody outside shared; none when nobody did. To meet only at a moment is to share no
    /// time, unless the piece is that moment.
    fn share(&self, piece: &Piece<'_>) -> Option<i64> {
        let present = self.0.get(piece.call).map_or(&[][..], Vec::as_slice);
        let first = present.partition_point(|(_, to_us)| *to_us < piece.from_us);
        let near = present.iter().skip(first).take_while(|(from_us, _)| *from_us <= piece.to_us);
        let shared = near.map(|(from_us, to_us)| (piece.from_us.max(*from_us), piece.to_us.min(*to_us)));
        let shared = shared.filter(|(from_us, to_us)| from_us < to_us || piece.from_us == piece.to_us);
        shared.map(|(from_us, to_us)| seconds(from_us, to_us)).reduce(|a, b| a + b)
    }
}

/// How many pieces, and their seconds together.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    count: i64,
    seconds: i64,
}

impl Sum {
    fn add(&mut self, seconds: i64) {
        self.count += 1;
        self.seconds = self.seconds.saturating_add(seconds);
    }

    fn columns(self) -> (i32, i32) {
        (as_i32(self.count), as_i32(self.seconds))
    }
}

/// Sums of one family, or of the customer's parts.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    dial: Sum,
    ring: Sum,
    talk: Sum,
    hold: Sum,
}

impl Sums {
    fn of_state(&mut self, state: PartyState) -> Option<&mut Sum> {
        match state {
            PartyState::PARTY_STATE_DIALING => Some(&mut self.dial),
            PartyState::PARTY_STATE_ALERTING => Some(&mut self.ring),
            PartyState::PARTY_STATE_CONNECTED => Some(&mut self.talk),
            PartyState::PARTY_STATE_HELD => Some(&mut self.hold),
            _ => None,
        }
    }
}

/// The family whose columns a piece counts in: its own, or plain where its own has none for the state.
fn column_family(piece: &Piece<'_>) -> Family {
    match (piece.family, piece.state) {
        (Family::ConsultInitiated, PartyState::PARTY_STATE_DIALING) => Family::ConsultInitiated,
        (_, PartyState::PARTY_STATE_DIALING) => Family::Plain,
        (Family::ConsultInitiated | Family::ConferenceInitiated, PartyState::PARTY_STATE_ALERTING) => Family::Plain,
        (family, _) => family,
    }
}

/// The mediation that led to the attempt.
pub(super) fn mediation(attempt: &Attempt<'_>, row: &mut InteractionResourceFact) {
    let of = |is_queue: bool| {
        let devices = attempt.mediation.iter().filter(|m| (m.dn_type == DnType::DN_TYPE_ACD_QUEUE) == is_queue);
        devices.map(|m| seconds(m.waits_from_us(), m.end_us())).fold(0, i64::saturating_add)
    };
    (row.queue_duration, row.routing_point_duration) = (as_i32(of(true)), as_i32(of(false)));
    row.mediation_duration = as_i32(attempt.mediation_s());
    row.previous_mediation_duration = as_i32(attempt.previous_mediation_s);
    row.mediation_count = as_i32(attempt.mediation.len() as i64);
}

/// What the resource did with the interaction; devices of mediation do nothing.
pub(super) fn handling(attempt: &Attempt<'_>, customers: &Customers<'_>, row: &mut InteractionResourceFact) {
    let waited = [row.previous_mediation_duration, row.mediation_duration].map(i64::from).iter().sum::<i64>();
    row.response_time = as_i32(waited);
    if attempt.part == Part::Mediation {
        return;
    }
    let (mut own, mut shared, mut until_answer_s) = ([Sums::default(); Family::COUNT], Sums::default(), waited);
    for piece in &attempt.pieces {
        let piece_s = seconds(piece.from_us, piece.to_us);
        let Some(sum) = own[column_family(piece) as usize].of_state(piece.state) else { continue };
        sum.add(piece_s);
        if matches!(piece.state, PartyState::PARTY_STATE_DIALING | PartyState::PARTY_STATE_ALERTING) {
            until_answer_s = until_answer_s.saturating_add(piece_s);
        }
        let share_s = (!piece.family.is_consult()).then(|| customers.share(piece)).flatten();
        if let (Some(share_s), Some(sum)) = (share_s, shared.of_state(piece.state)) {
            sum.add(share_s);
        }
    }
    row.response_time = as_i32(until_answer_s);
    row.handle_count = i32::from(own.iter().any(|family| family.talk.count > 0));
    row.customer_handle_count = i32::from(shared.talk.count > 0);
    own_columns(&own, row);
    customer_columns(&shared, row);
    row.conference_initiated_count = i32::from(attempt.made_conference);
    if attempt.agent_answered && row.cons_init_talk_count > 0 {
        (row.agent_to_agent_cons_count, row.agent_to_agent_cons_duration) = (1, row.cons_init_talk_duration);
    }
}

fn own_columns(own: &[Sums; Family::COUNT], row: &mut InteractionResourceFact) {
    let of = |family: Family| own[family as usize];
    let plain = of(Family::Plain);
    (row.dial_count, row.dial_duration) = plain.dial.columns();
    (row.ring_count, row.ring_duration) = plain.ring.columns();
    (row.talk_count, row.talk_duration) = plain.talk.columns();
    (row.hold_count, row.hold_duration) = plain.hold.columns();
    let asked = of(Family::ConsultInitiated);
    (row.cons_init_dial_count, row.cons_init_dial_duration) = asked.dial.columns();
    (row.cons_init_talk_count, row.cons_init_talk_duration) = asked.talk.columns();
    (row.cons_init_hold_count, row.cons_init_hold_duration) = asked.hold.columns();
    let consulted = of(Family::ConsultReceived);
    (row.cons_rcv_ring_count, row.cons_rcv_ring_duration) = consulted.ring.columns();
    (row.cons_rcv_talk_count, row.cons_rcv_talk_duration) = consulted.talk.columns();
    (row.cons_rcv_hold_count, row.cons_rcv_hold_duration) = consulted.hold.columns();
    let transferred = of(Family::PostTransfer);
    (row.post_cons_xfer_ring_count, row.post_cons_xfer_ring_duration) = transferred.ring.columns();
    (row.post_cons_xfer_talk_count, row.post_cons_xfer_talk_duration) = transferred.talk.columns();
    (row.post_cons_xfer_hold_count, row.post_cons_xfer_hold_duration) = transferred.hold.columns();
    let made = of(Family::ConferenceInitiated);
    (row.conf_init_talk_count, row.conf_init_talk_duration) = made.talk.columns();
    (row.conf_init_hold_count, row.conf_init_hold_duration) = made.hold.columns();
    let joined = of(Family::ConferenceJoined);
    (row.conf_join_ring_count, row.conf_join_ring_duration) = joined.ring.columns();
    (row.conf_join_talk_count, row.conf_join_talk_duration) = joined.talk.columns();
    (row.conf_join_hold_count, row.conf_join_hold_duration) = joined.hold.columns();
}

fn customer_columns(shared: &Sums, row: &mut InteractionResourceFact) {
    (row.customer_dial_count, row.customer_dial_duration) = shared.dial.columns();
    (row.customer_ring_count, row.customer_ring_duration) = shared.ring.columns();
    (row.customer_talk_count, row.customer_talk_duration) = shared.talk.columns();
    (row.customer_hold_count, row.customer_hold_duration) = shared.hold.columns();
}

/// After-call work, in exactly one place: the customer's when the attempt talked with one, else a consultation's when the
/// attempt was called into one, else the rest.
pub(super) fn after_call(attempt: &Attempt<'_>, row: &mut InteractionResourceFact) {
    if attempt.wraps.is_empty() {
        return;
    }
    let lengths = attempt.wraps.iter().map(|(from_us, to_us)| seconds(*from_us, *to_us));
    let work = (1, as_i32(lengths.fold(0, i64::saturating_add)));
    if row.customer_talk_count > 0 {
        (row.customer_acw_count, row.customer_acw_duration) = work;
    } else if attempt.was_called_into_consult {
        (row.cons_rcv_acw_count, row.cons_rcv_acw_duration) = work;
    } else {
        (row.after_call_work_count, row.after_call_work_duration) = work;
    }
}
