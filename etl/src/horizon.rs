//! The horizon: the moment before which the archive takes nothing any more, as operators decided it.
//!
//! A function of the set of decisions and of when a collector heard an event, never of an age. Whether the event is known is
//! not asked: behind the horizon nobody needs to know any more what was there.

use std::collections::BTreeSet;

use buffa::MessageView as _;
use callmart_schema::control::Decision;
use callmart_schema::event::{BodyView, EventView};
use serde::{Deserialize, Serialize};

use crate::stored::{Stored, Texts};

/// How long after it was decided a horizon is in force, in microseconds: by then whoever follows the logs can have read it.
pub const IN_FORCE_AFTER_US: i64 = 1_000_000;
/// Why an event behind the horizon is rejected.
pub(crate) const TOO_LATE: &str = "too-late";

/// One decision; the order is the one in which they were made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Boundary {
    /// By the operator's clock.
    decided_us: i64,
    seq: u64,
    before_us: i64,
}

/// Every decision about it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Horizon(BTreeSet<Boundary>);

impl Horizon {
    /// Takes in what an event decides of it; other events change nothing.
    pub(crate) fn take(&mut self, event: &Stored) {
        self.0.extend(boundary_of(event));
    }

    /// What a log told, as it counts: an event behind the horizon that was in force when a collector heard it is rejected.
    #[must_use]
    pub(crate) fn judged(&self, texts: &mut Texts, event: Stored) -> Stored {
        if self.is_too_late(&event) { event.rejected(texts, TOO_LATE, DETAIL) } else { event }
    }

    /// Whether the event is told too late. What is no event, what cannot be read and what operators decide never is.
    #[must_use]
    pub(crate) fn is_too_late(&self, event: &Stored) -> bool {
        if event.is_session() || event.is_from_control() || event.reject_reason().is_some() {
            return false;
        }
        event.received_us.and_then(|at_us| self.in_force(at_us)).is_some_and(|before_us| event.time_us < before_us)
    }

    /// The horizon for what is heard at a moment: of those in force the one that was decided last.
    fn in_force(&self, heard_us: i64) -> Option<i64> {
        let is_in_force = |b: &&Boundary| b.decided_us.saturating_add(IN_FORCE_AFTER_US) <= heard_us;
        self.0.iter().take_while(is_in_force).last().map(|boundary| boundary.before_us)
    }
}

/// What rejects say; the same for all, so that copies of one event are one reject.
const DETAIL: &str = "it happened before the moment from which on the archive is open, and was told after that was decided \
                      (`callmart archive close`)";

fn boundary_of(event: &Stored) -> Option<Boundary> {
    if !event.is_decision() {
        return None;
    }
    let view = EventView::decode_view(&event.bytes).ok()?;
    let Some(BodyView::Control(control)) = view.body else { return None };
    let is_it = Decision::of_code(control.decision) == Some(Decision::CloseArchive);
    is_it.then_some(Boundary { decided_us: view.time_us, seq: view.seq, before_us: control.since_us })
}

#[cfg(test)]
mod tests {
    use callmart_schema::control::CONTROL;
    use callmart_schema::event::{Control, Epoch, Event};

    use super::*;
    use crate::transform::tests::build::{Call, stored};

    /// Closed at `at_s`, before `before_s`.
    fn closed(seq: u64, at_s: i64, before_s: i64) -> Stored {
        let control = Control {
            decision: Decision::CloseArchive.code().to_owned(),
            subject: "archive".to_owned(),
            since_us: before_s * 1_000_000,
            ..Control::default()
        };
        stored(&Event {
            source: CONTROL.to_owned(),
            epoch: Epoch::new(1, "operator").into(),
            seq,
            time_us: at_s * 1_000_000,
            body: Some(control.into()),
            ..Event::default()
        })
    }

    fn told(at_s: i64, heard_s: i64) -> Stored {
        let event = stored(&Call::inbound("c1").ends(60.0).events[0]);
        Stored { time_us: at_s * 1_000_000, received_us: Some(heard_s * 1_000_000), ..event }
    }

    #[test]
    fn an_event_is_too_late_when_the_horizon_in_force_when_it_was_heard_lies_behind_it() {
        let mut horizon = Horizon::default();
        assert!(!horizon.is_too_late(&told(5, 1_000)), "nobody decided anything");
        // The later decision is taken in first.
        [closed(2, 500, 20), closed(1, 100, 50)].iter().for_each(|decision| horizon.take(decision));
        let late = |at_s, heard_s| horizon.is_too_late(&told(at_s, heard_s));
        assert!(!late(5, 100), "it was decided, and is in force a second later");
        assert!(late(5, 101) && late(49, 101));
        assert!(!late(50, 101), "from that moment on the archive is open");
        assert!(late(19, 501) && !late(20, 501), "the later decision counts, also when it opens again what was closed");
        assert!(
            !horizon.is_too_late(&Stored { received_us: None, ..told(5, 600) }),
            "what the archive holds was in time"
        );
    }

    #[test]
    fn what_is_too_late_is_kept_with_its_bytes_source_and_moment() {
        let mut horizon = Horizon::default();
        horizon.take(&closed(1, 100, 50));
        let (mut texts, event) = (Texts::default(), told(5, 200));
        let rejected = horizon.judged(&mut texts, event.clone());
        assert_eq!(rejected.reject_reason().as_deref(), Some(TOO_LATE));
        assert_eq!((&rejected.identity.source, rejected.time_us), (&event.identity.source, event.time_us));
        let view = EventView::decode_view(&rejected.bytes).expect("an event");
        let Some(BodyView::Unreadable(kept)) = view.body else { panic!("{:?}", rejected.kind) };
        assert_eq!(kept.input, &*event.bytes);
        let again = horizon.judged(&mut texts, rejected.clone());
        assert_eq!(again, rejected, "a reject is not rejected again");
    }
}
