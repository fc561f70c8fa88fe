//! What is settled when a root call has ended goes into the books: the call, its passes, its attempts.

use super::call::Call;
use super::notes::Note;
use super::scene::Scene;

impl Scene {
    /// The root call has ended.
    pub(super) fn book_call(&mut self, call: &mut Call) {
        let Some(end) = call.end else { return };
        let (number, kind, from_us) = (call.number, call.kind, call.from_us);
        self.notes.push(Note::CallEnded { call: number, kind, end, from_us, to_us: self.now_us });
        for pass in &call.passes {
            let (Some(end), Some(left_us)) = (pass.end, pass.left_us) else { continue };
            let (queue, entered_us, answered_us) = (pass.queue, pass.entered_us, pass.answered_us);
            self.notes.push(Note::Passed { queue, entered_us, left_us, answered_us, end });
        }
        for (device, attempt) in call.devices.drain(..) {
            let Some(outcome) = attempt.outcome else { continue };
            let (from_us, role, sums) = (attempt.from_us, attempt.role, Box::new(attempt.sums));
            self.notes.push(Note::DeviceAttempted { device, from_us, role, outcome, sums });
        }
        for place in 0..call.legs.len() {
            self.book_leg(call, place);
        }
    }

    /// An attempt that has ended, as its root call has.
    pub(super) fn book_leg(&mut self, call: &mut Call, place: usize) {
        let Some(leg) = call.legs.get_mut(place).filter(|leg| !leg.is_booked) else { return };
        let Some(outcome) = leg.attempt.outcome else { return };
        leg.is_booked = true;
        let (agent, from_us, role) = (leg.attempt.agent, leg.attempt.from_us, leg.attempt.role);
        let sums = Box::new(leg.attempt.sums.clone());
        self.notes.push(Note::Attempted { agent, from_us, role, outcome, sums });
    }
}
