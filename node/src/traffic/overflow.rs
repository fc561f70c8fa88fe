//! Overflow: the router takes a call that has waited for some time out of its virtual queues and puts it into another one. The call
//! stays where it is, and has waited since it came there.

use super::call::Call;
use super::dist::us;
use super::layout::QUEUES;
use super::notes::CallKind;
use super::queue::Leaving;
use super::rng::Purpose;
use super::scene::{Due, Scene};

impl Scene {
    /// A call that waits overflows later, if it is one of those.
    pub(super) fn enter_overflow(&mut self, call: &Call) {
        let habits = &self.settings.habits;
        let may = call.kind == CallKind::Inbound && self.settings.site.has_virtual_queues();
        if may && self.dice(Purpose::Overflow, call.subject()).chance(habits.overflow_share) {
            self.later(us(habits.overflow_after_s), Due::Overflow(call.number, call.ticket));
        }
    }

    /// The call goes over to the queue that comes after those that it was in.
    pub(super) fn overflow(&mut self, number: u64) {
        let Some(mut call) = self.calls.remove(&number) else { return };
        if let Some(mut waiting) = call.waiting.take() {
            self.router.leave(number, waiting.since_us, &waiting.queues);
            self.leave_queues(&mut call, Leaving::TakenOut);
            let queue = waiting.queues.last().map_or(call.queue, |last| (last + 1) % QUEUES.len());
            self.enter_queue(&mut call, queue);
            waiting.queues = vec![queue];
            call.waiting = Some(waiting);
            self.router_will_look(&call);
        }
        self.calls.insert(number, call);
    }
}
