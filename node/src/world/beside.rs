//! Several worlds side by side as one: an estate of several switches, none of which knows the others.
//!
//! Each goes on for itself; what happens in them is put into one order of time. Does not know what happens.

use std::collections::VecDeque;

use super::{Happening, Stretch, Teller, World};

/// A world and what has happened in it ahead of the others.
struct Side {
    world: Box<dyn World>,
    /// Place of its first teller among all.
    first: usize,
    ahead: VecDeque<Happening>,
    /// Up to where it has gone on; the end of time when it is over.
    to_us: i64,
}

/// Worlds side by side. Their tellers come one world after the other.
pub struct Beside {
    tellers: Vec<Teller>,
    sides: Vec<Side>,
    start_us: i64,
}

impl Beside {
    /// These worlds side by side; without any, a world that is over.
    #[must_use]
    pub fn new(worlds: Vec<Box<dyn World>>) -> Self {
        let start_us = worlds.iter().map(|world| world.start_us()).min().unwrap_or_default();
        let (mut tellers, mut sides) = (Vec::new(), Vec::new());
        for world in worlds {
            let first = tellers.len();
            tellers.extend_from_slice(world.tellers());
            sides.push(Side { world, first, ahead: VecDeque::new(), to_us: start_us });
        }
        Self { tellers, sides, start_us }
    }
}

impl Side {
    fn go_on(&mut self) {
        match self.world.next_stretch() {
            Some(Stretch { to_us, happened }) => {
                let first = self.first;
                self.ahead.extend(happened.into_iter().map(|h| Happening { teller: first + h.teller, ..h }));
                self.to_us = to_us;
            }
            None => self.to_us = i64::MAX,
        }
    }
}

impl World for Beside {
    fn tellers(&self) -> &[Teller] {
        &self.tellers
    }

    fn start_us(&self) -> i64 {
        self.start_us
    }

    fn next_stretch(&mut self) -> Option<Stretch> {
        let behind_us = self.sides.iter().map(|side| side.to_us).min()?;
        self.sides.iter_mut().filter(|side| side.to_us == behind_us).for_each(Side::go_on);
        let to_us = self.sides.iter().map(|side| side.to_us).min().filter(|to_us| *to_us < i64::MAX)?;
        let mut happened = Vec::new();
        for side in &mut self.sides {
            while let Some(happening) = side.ahead.pop_front_if(|happening| happening.time_us < to_us) {
                happened.push(happening);
            }
        }
        happened.sort_by_key(|happening| happening.time_us);
        Some(Stretch { to_us, happened })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::playback::Role;
    use callmart_schema::event::{Body, Control};

    /// Tells its number of the stretch at the begin of each, `length_us` long, so many times.
    struct Ticks {
        teller: [Teller; 1],
        length_us: i64,
        count: i64,
        now: i64,
    }

    fn ticks(name: &str, length_us: i64, count: i64) -> Box<dyn World> {
        let (name, switch) = (name.to_owned(), "S".to_owned());
        let teller = [Teller { name, switch, tenant: String::new(), role: Role::IProxy }];
        Box::new(Ticks { teller, length_us, count, now: 0 })
    }

    impl World for Ticks {
        fn tellers(&self) -> &[Teller] {
            &self.teller
        }

        fn start_us(&self) -> i64 {
            100
        }

        fn next_stretch(&mut self) -> Option<Stretch> {
            let time_us = 100 + self.now * self.length_us;
            self.now += 1;
            let body = Body::from(Control { subject: self.now.to_string(), ..Control::default() });
            let happened = vec![Happening { teller: 0, time_us, body }];
            (self.now <= self.count).then(|| Stretch { to_us: time_us + self.length_us, happened })
        }
    }

    #[test]
    fn what_happens_in_several_worlds_comes_in_one_order_of_time_and_each_to_its_end() {
        let mut both = Beside::new(vec![ticks("a/x", 10, 3), ticks("b/x", 4, 9)]);
        assert_eq!(both.tellers().iter().map(|t| t.name.as_str()).collect::<Vec<_>>(), ["a/x", "b/x"]);
        let (mut told, mut from_us) = (Vec::new(), both.start_us());
        while let Some(stretch) = both.next_stretch() {
            assert!(stretch.happened.iter().all(|h| (from_us..stretch.to_us).contains(&h.time_us)));
            from_us = stretch.to_us;
            told.extend(stretch.happened.into_iter().map(|h| (h.time_us, h.teller)));
        }
        let a = (0..3).map(|n| (100 + n * 10, 0));
        let mut expected: Vec<(i64, usize)> = a.chain((0..9).map(|n| (100 + n * 4, 1))).collect();
        expected.sort_unstable();
        assert_eq!((told, from_us), (expected, 136));
    }

    #[test]
    fn no_world_at_all_is_over() {
        assert_eq!(Beside::new(Vec::new()).next_stretch(), None);
    }
}
