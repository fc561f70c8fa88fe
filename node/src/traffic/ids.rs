//! Ids of calls, parties, passes and sessions: unique, and without an order that anybody could lean on.

use super::rng::{Purpose, mix};

/// What has an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Call = 1,
    Party,
    Pass,
    Session,
    /// Of an outbound contact, and of an attempt at it.
    Contact,
}

/// Gives ids.
#[derive(Debug)]
pub(super) struct Ids {
    salt: u64,
    given: u64,
}

impl Ids {
    /// Ids of the world with this seed that begins at this moment.
    pub(super) fn new(seed: u64, start_us: i64) -> Self {
        Self { salt: mix(mix(seed).wrapping_add(start_us as u64) ^ Purpose::Ids as u64), given: 0 }
    }

    /// A new id: 32 hexadecimal digits.
    pub(super) fn give(&mut self, kind: Kind) -> String {
        self.given += 1;
        // The first half alone is unique in this world, as mixing gives no two numbers the same.
        let first = mix(self.salt.wrapping_add(self.given));
        let second = mix(self.salt ^ first.rotate_left(kind as u32));
        hexadecimal([first, second])
    }
}

fn hexadecimal(halves: [u64; 2]) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    let digit = |half: u64, place: u32| DIGITS.get((half >> (60 - place * 4)) as usize & 15).copied().unwrap_or('0');
    halves.into_iter().flat_map(|half| (0..16).map(move |place| digit(half, place))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_other_worlds_give_others() {
        let mut ids = Ids::new(1, 5);
        let given: std::collections::HashSet<String> = (0..10_000).map(|_| ids.give(Kind::Party)).collect();
        assert_eq!(given.len(), 10_000);
        assert!(given.iter().all(|id| id.len() == 32));
        assert_ne!(Ids::new(1, 5).give(Kind::Call), Ids::new(2, 5).give(Kind::Call));
        assert_ne!(Ids::new(1, 5).give(Kind::Call), Ids::new(1, 6).give(Kind::Call));
    }
}
