//! What operators decide, as extract takes it in: which unit a decision belongs to, and where in time it stands.
//!
//! A decision stands beside what it is about, so that it is found with it. What follows from it is known to coverage and to
//! the transform.

use callmart_schema::control::{CONTROL, Decision};
use callmart_schema::event::{self, Body, Control, Event};

use crate::horizon::Horizon;
use crate::snapshot;
use crate::stored::{Stored, Texts};
use crate::unit::{Unit, UnitKind};

/// Kind of a decision.
pub const DECISION: &str = "control";

/// The unit of a decision and the moment at which it stands, in microseconds since 1970-01-01 UTC; none for other events.
pub(crate) fn place_of(event: &Event) -> Option<(Unit, i64)> {
    let Some(Body::Control(control)) = &event.body else { return None };
    Some(match Decision::of(control).filter(|_| !control.subject.is_empty()) {
        Some(decision) if decision.is_of_source() => (Unit::of_source(&control.subject), event.time_us),
        Some(Decision::CloseCall) => (Unit::of_call(&control.subject), control.since_us),
        _ => (Unit::named("other/control"), event.time_us),
    })
}

/// What a record of a log tells, each piece in a unit of its own: of a redrive whose input can be read now the event that it
/// should have been, and the decision beside the reject; a snapshot part by part; what lies behind the horizon as a reject;
/// anything else as it is.
#[must_use]
pub(crate) fn pieces(texts: &mut Texts, horizon: &Horizon, event: Stored) -> Vec<Stored> {
    let mut pieces = Vec::new();
    for event in driven_in(texts, horizon, event) {
        let event = horizon.judged(texts, event);
        pieces.extend(snapshot::taken_apart(texts, event));
    }
    pieces
}

fn driven_in(texts: &mut Texts, horizon: &Horizon, decision: Stored) -> Vec<Stored> {
    let is_whole = decision.is_decision() && decision.unit.kind() == UnitKind::Other;
    let redrive = if is_whole { redrive(&decision) } else { None };
    let Some(control) = redrive else { return vec![decision] };
    match read(texts, &control.input, &decision).filter(|read| !horizon.is_too_late(read)) {
        Some(read) => {
            let unit = Unit::of_reject(&control.subject);
            vec![Stored { unit_key: unit.key(), unit, time_us: control.since_us, ..decision }, read]
        }
        None => vec![decision],
    }
}

fn redrive(decision: &Stored) -> Option<Control> {
    match event::decode(&decision.bytes).ok()?.body {
        Some(Body::Control(control)) if Decision::of(&control) == Some(Decision::Redrive) => Some(control),
        _ => None,
    }
}

/// The event that an input is; none when it still cannot be read, or may not be told by a source.
fn read(texts: &mut Texts, input: &[u8], decision: &Stored) -> Option<Stored> {
    let event = event::decode(input).or_else(|_| event::from_json(input)).ok()?;
    if event.source == CONTROL || matches!(event.body, Some(Body::Control(_) | Body::Unreadable(_))) {
        return None;
    }
    // It is heard when it is driven in.
    let received_us = decision.received_us;
    let read = Stored { received_us, ..Stored::of_event(texts, &event, decision.place.clone()) };
    (read.unit.kind() != UnitKind::Reject).then_some(read)
}
