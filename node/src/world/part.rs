//! A world of which only some sources tell, as a process of one node has it: what happens is the same for all of them.
//!
//! Does not know what happens.

use super::{Happening, Stretch, Teller, World};

/// A world and those of its sources that tell.
pub struct Part {
    world: Box<dyn World>,
    tellers: Vec<Teller>,
    /// By place among the world's tellers, the place among these.
    places: Vec<Option<usize>>,
}

impl Part {
    /// The part of a world that the sources tell of whom it is said.
    #[must_use]
    pub fn new(world: Box<dyn World>, is_told: impl Fn(&Teller) -> bool) -> Self {
        let (mut tellers, mut places) = (Vec::new(), Vec::new());
        for teller in world.tellers() {
            let tells = is_told(teller);
            places.push(tells.then_some(tellers.len()));
            tellers.extend(tells.then(|| teller.clone()));
        }
        Self { world, tellers, places }
    }
}

impl World for Part {
    fn tellers(&self) -> &[Teller] {
        &self.tellers
    }

    fn start_us(&self) -> i64 {
        self.world.start_us()
    }

    fn next_stretch(&mut self) -> Option<Stretch> {
        let Stretch { to_us, happened } = self.world.next_stretch()?;
        let here = |happening: Happening| {
            let teller = self.places.get(happening.teller).copied().flatten()?;
            Some(Happening { teller, ..happening })
        };
        Some(Stretch { to_us, happened: happened.into_iter().filter_map(here).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traffic::{Traffic, TrafficSettings};

    const START_US: i64 = 1_767_603_600_000_000;

    fn world() -> Box<Traffic> {
        let settings = TrafficSettings::new(START_US, 3, 20);
        Box::new(Traffic::new(TrafficSettings { end_us: Some(START_US + 1_200_000_000), ..settings }))
    }

    fn happenings(mut world: impl World, of: &str) -> Vec<(i64, String)> {
        let place = world.tellers().iter().position(|teller| teller.name == of).expect("the source");
        let mut all = Vec::new();
        while let Some(stretch) = world.next_stretch() {
            let own = stretch.happened.into_iter().filter(|happening| happening.teller == place);
            all.extend(own.map(|happening| (happening.time_us, format!("{:?}", happening.body))));
        }
        all
    }

    #[test]
    fn a_part_tells_what_its_sources_tell_in_the_whole_world_and_nothing_else() {
        let part = || Part::new(world(), |teller| teller.node() == "dc2-node1");
        let names: Vec<String> = part().tellers().iter().map(|teller| teller.name.clone()).collect();
        assert_eq!(names, ["dc2-node1/IPport", "dc2-node1/TCport"]);
        for name in names {
            let whole = happenings(*world(), &name);
            assert!(whole.len() > 10, "{name} tells little");
            assert_eq!(happenings(part(), &name), whole, "{name}");
        }
        let (mut part, mut count) = (part(), 0);
        while let Some(stretch) = part.next_stretch() {
            count += stretch.happened.iter().filter(|happening| happening.teller > 1).count();
        }
        assert_eq!(count, 0, "of other sources");
    }
}
