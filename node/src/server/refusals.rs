//! What was last said of whoever was refused, so that a peer that comes again and again is one line and not thousands.
//!
//! Does not know why anybody is refused.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Most peers that are remembered; when there are more, all are forgotten.
const MAX_PEERS: usize = 256;

/// The last sentence about each peer that was refused.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<BTreeMap<IpAddr, String>>);

impl Refusals {
    /// Whether something else was said of a peer last, or nothing.
    pub(super) fn is_new(&self, peer: IpAddr, sentence: &str) -> bool {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if said.get(&peer).is_some_and(|last| last == sentence) {
            return false;
        }
        if said.len() >= MAX_PEERS {
            said.clear();
        }
        said.insert(peer, sentence.to_owned());
        true
    }

    /// A peer was let in: its next refusal is news.
    pub(super) fn forget(&self, peer: IpAddr) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&peer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_of_the_same_peer_is_said_once_until_it_is_let_in_and_memory_is_bounded() {
        let refusals = Refusals::default();
        let peer = |n: u32| IpAddr::from(n.to_be_bytes());
        let is_new = |n, sentence| refusals.is_new(peer(n), sentence);
        assert_eq!(
            [is_new(1, "late"), is_new(1, "late"), is_new(2, "late"), is_new(1, "strange")],
            [true, false, true, true]
        );
        refusals.forget(peer(1));
        assert!(refusals.is_new(peer(1), "strange"));
        for n in 0..10_000 {
            refusals.is_new(peer(n), "late");
        }
        assert!(refusals.0.lock().expect("no panic").len() <= MAX_PEERS);
    }
}
