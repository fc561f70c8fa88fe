//! What is due when, in virtual time. Of things due at the same moment, what was entered first comes first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Things that happen later.
#[derive(Debug)]
pub(super) struct Agenda<T> {
    heap: BinaryHeap<Reverse<(i64, u64, T)>>,
    entered: u64,
}

impl<T: Ord> Agenda<T> {
    pub(super) fn new() -> Self {
        Self { heap: BinaryHeap::new(), entered: 0 }
    }

    /// Enters what is due at `at_us`.
    pub(super) fn enter(&mut self, at_us: i64, due: T) {
        self.entered += 1;
        self.heap.push(Reverse((at_us, self.entered, due)));
    }

    /// The next thing due before `before_us`, and when.
    pub(super) fn next_before(&mut self, before_us: i64) -> Option<(i64, T)> {
        let is_due = self.heap.peek().is_some_and(|Reverse((at_us, _, _))| *at_us < before_us);
        if !is_due {
            return None;
        }
        self.heap.pop().map(|Reverse((at_us, _, due))| (at_us, due))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_come_in_the_order_of_time_and_then_of_entry() {
        let mut agenda = Agenda::new();
        for (at_us, due) in [(5, "b"), (3, "z"), (5, "a"), (9, "later")] {
            agenda.enter(at_us, due);
        }
        let order: Vec<&str> = std::iter::from_fn(|| agenda.next_before(9)).map(|(_, due)| due).collect();
        assert_eq!(order, ["z", "b", "a"]);
        assert_eq!(agenda.next_before(10), Some((9, "later")));
    }
}
