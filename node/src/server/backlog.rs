//! What was sent and not yet acknowledged, counted; the bytes themselves can be made again.

use std::collections::VecDeque;

/// Batches on the way to being durable.
#[derive(Debug)]
pub(super) struct Backlog {
    /// Offset of the last event and length in bytes of each batch, in the order they were sent.
    batches: VecDeque<(u64, usize)>,
    bytes: usize,
    max_batches: usize,
    max_bytes: usize,
}

impl Backlog {
    pub(super) fn new(max_batches: usize, max_bytes: usize) -> Self {
        Self { batches: VecDeque::new(), bytes: 0, max_batches, max_bytes }
    }

    /// Whether one more batch may be sent.
    pub(super) fn has_room(&self) -> bool {
        self.batches.len() < self.max_batches && self.bytes < self.max_bytes
    }

    pub(super) fn sent(&mut self, to_offset: u64, len_bytes: usize) {
        self.batches.push_back((to_offset, len_bytes));
        self.bytes += len_bytes;
    }

    /// Forgets what is durable.
    pub(super) fn acknowledged(&mut self, offset: u64) {
        while let Some((_, len_bytes)) = self.batches.pop_front_if(|(to_offset, _)| *to_offset <= offset) {
            self.bytes -= len_bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_until_either_bound_is_met_and_again_after_an_acknowledgement() {
        let mut backlog = Backlog::new(2, 100);
        backlog.sent(5, 10);
        assert!(backlog.has_room());
        backlog.sent(9, 10);
        assert!(!backlog.has_room(), "two batches");
        backlog.acknowledged(4);
        assert!(!backlog.has_room(), "nothing whole is durable");
        backlog.acknowledged(5);
        assert!(backlog.has_room());
        backlog.acknowledged(9);
        backlog.sent(10, 100);
        assert!(!backlog.has_room(), "a hundred bytes");
        backlog.acknowledged(10);
        assert!(backlog.has_room());
    }
}
