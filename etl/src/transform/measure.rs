//! Durations of an attempt: in mediation, in each state of its party, and which part of it the customer shared.
//!
//! Every duration is the floor of its end minus the floor of its start, so that parts add up. Sums that no real call reaches
//! stay at the largest number that a column holds.

use std::collections::HashMap;

use callmart_schema::catalogue::InteractionResourceFact;
use callmart_schema::event::{DnType, PartyState};

use super::attempt::Attempt;
use super::call::Calls;
use super::party::{Stretch, seconds};
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
        for party in calls.parties.iter().filter(|p| part(p.dn_type) == Part::Outside) {
            of_call.entry(party.call).or_default().push((party.start_us(), party.end_us()));
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

    /// Seconds of the stretch that somebody outside shared; none when nobody did.
    fn share(&self, call: &str, stretch: &Stretch) -> Option<i64> {
        let present = self.0.get(call).map_or(&[][..], Vec::as_slice);
        let first = present.partition_point(|(_, to_us)| *to_us < stretch.from_us);
        let shared = present.iter().skip(first).take_while(|(from_us, _)| *from_us <= stretch.to_us);
        let lengths = shared.map(|(from_us, to_us)| seconds(stretch.from_us.max(*from_us), stretch.to_us.min(*to_us)));
        lengths.reduce(|a, b| a + b)
    }
}

/// The mediation that led to the attempt.
pub(super) fn mediation(attempt: &Attempt<'_>, row: &mut InteractionResourceFact) {
    let of = |is_queue: bool| {
        let devices = attempt.mediation.iter().filter(|m| (m.dn_type == DnType::DN_TYPE_ACD_QUEUE) == is_queue);
        devices.map(|m| seconds(m.start_us(), m.end_us())).fold(0, i64::saturating_add)
    };
    (row.queue_duration, row.routing_point_duration) = (as_i32(of(true)), as_i32(of(false)));
    row.mediation_duration = as_i32(attempt.mediation_s());
    row.previous_mediation_duration = as_i32(attempt.previous_mediation_s);
    row.mediation_count = as_i32(attempt.mediation.len() as i64);
}

/// What the resource did with the interaction; devices of mediation do nothing.
pub(super) fn handling(attempt: &Attempt<'_>, customers: &Customers<'_>, row: &mut InteractionResourceFact) {
    if attempt.part != Part::Mediation {
        let own = |state| total(attempt.party.in_state(state).map(|s| s.seconds()));
        let shared =
            |state| total(attempt.party.in_state(state).filter_map(|s| customers.share(attempt.party.call, &s)));
        (row.dial_count, row.dial_duration) = own(PartyState::PARTY_STATE_DIALING);
        (row.ring_count, row.ring_duration) = own(PartyState::PARTY_STATE_ALERTING);
        (row.talk_count, row.talk_duration) = own(PartyState::PARTY_STATE_CONNECTED);
        (row.hold_count, row.hold_duration) = own(PartyState::PARTY_STATE_HELD);
        (row.customer_dial_count, row.customer_dial_duration) = shared(PartyState::PARTY_STATE_DIALING);
        (row.customer_ring_count, row.customer_ring_duration) = shared(PartyState::PARTY_STATE_ALERTING);
        (row.customer_talk_count, row.customer_talk_duration) = shared(PartyState::PARTY_STATE_CONNECTED);
        (row.customer_hold_count, row.customer_hold_duration) = shared(PartyState::PARTY_STATE_HELD);
        row.handle_count = i32::from(row.talk_count > 0);
        row.customer_handle_count = i32::from(row.customer_talk_count > 0);
    }
    let parts =
        [row.previous_mediation_duration, row.mediation_duration, row.ring_duration, row.dial_duration].map(i64::from);
    row.response_time = as_i32(parts.iter().sum());
}

/// How many stretches, and their seconds together.
fn total(lengths: impl Iterator<Item = i64>) -> (i32, i32) {
    let (count, all) = lengths.fold((0, 0_i64), |(count, all), s| (count + 1, all.saturating_add(s)));
    (as_i32(count), as_i32(all))
}
