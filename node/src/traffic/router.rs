//! The router: which calls wait in which queues, and which agents are free. The call that has waited longest goes to the
//! agent who has been ready longest, of those who match.

use std::collections::BTreeSet;

use super::layout::QUEUES;

/// Waiting calls and ready agents, by queue, in the order of since when.
#[derive(Debug)]
pub(super) struct Router {
    waiting: Vec<BTreeSet<(i64, u64)>>,
    ready: Vec<BTreeSet<(i64, u32)>>,
}

impl Router {
    pub(super) fn new() -> Self {
        Self { waiting: vec![BTreeSet::new(); QUEUES.len()], ready: vec![BTreeSet::new(); QUEUES.len()] }
    }

    /// A call waits in these queues.
    pub(super) fn wait(&mut self, call: u64, since_us: i64, queues: &[usize]) {
        insert(&mut self.waiting, queues, (since_us, call));
    }

    /// A call waits no longer.
    pub(super) fn leave(&mut self, call: u64, since_us: i64, queues: &[usize]) {
        remove(&mut self.waiting, queues, &(since_us, call));
    }

    /// An agent is free for calls of these queues.
    pub(super) fn free(&mut self, agent: u32, since_us: i64, skills: &[usize]) {
        insert(&mut self.ready, skills, (since_us, agent));
    }

    /// An agent is free no longer.
    pub(super) fn busy(&mut self, agent: u32, since_us: i64, skills: &[usize]) {
        remove(&mut self.ready, skills, &(since_us, agent));
    }

    /// The agent who has been ready longest of those who serve one of the queues and fit.
    pub(super) fn agent_for(&self, queues: &[usize], fits: impl Fn(u32) -> bool) -> Option<u32> {
        first(&self.ready, queues, fits)
    }

    /// The call that has waited longest of those in one of the queues that fit.
    pub(super) fn call_for(&self, skills: &[usize], fits: impl Fn(u64) -> bool) -> Option<u64> {
        first(&self.waiting, skills, fits)
    }
}

fn insert<T: Ord + Copy>(sets: &mut [BTreeSet<T>], places: &[usize], entry: T) {
    for place in places {
        sets.get_mut(*place).map(|set| set.insert(entry));
    }
}

fn remove<T: Ord>(sets: &mut [BTreeSet<T>], places: &[usize], entry: &T) {
    for place in places {
        sets.get_mut(*place).map(|set| set.remove(entry));
    }
}

fn first<T: Ord + Copy>(sets: &[BTreeSet<(i64, T)>], places: &[usize], fits: impl Fn(T) -> bool) -> Option<T> {
    let first = |place: &usize| sets.get(*place)?.iter().copied().find(|(_, entry)| fits(*entry));
    places.iter().filter_map(first).min().map(|(_, entry)| entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_waited_or_been_ready_longest_comes_first_and_only_with_the_skill() {
        let mut router = Router::new();
        router.free(1, 30, &[0, 1]);
        router.free(2, 20, &[1]);
        router.free(3, 10, &[2]);
        assert_eq!(router.agent_for(&[0, 1], |_| true), Some(2));
        assert_eq!(router.agent_for(&[0, 1], |agent| agent != 2), Some(1));
        assert_eq!(router.agent_for(&[0], |_| true), Some(1));
        router.busy(1, 30, &[0, 1]);
        assert_eq!(router.agent_for(&[0], |_| true), None);
        router.wait(8, 6, &[0]);
        router.wait(9, 5, &[0, 2]);
        assert_eq!(router.call_for(&[0, 1], |_| true), Some(9));
        router.leave(9, 5, &[0, 2]);
        assert_eq!(router.call_for(&[0, 2], |_| true), Some(8));
    }
}
