//! The clock of a source, which a fault may set wrong. It never steps back: one that is set back stands until its time has
//! come. Does not know what it stamps.

/// A source's clock over the whole of a world's time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceClock {
    /// From when on it is how far ahead, and the latest time that it has shown until then; in order, microseconds.
    skews: Vec<Skew>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Skew {
    from_us: i64,
    by_us: i64,
    shown_us: i64,
}

impl SourceClock {
    /// From a moment of the world's on it is so far ahead; all in microseconds. Moments come in order.
    pub(super) fn set(&mut self, from_us: i64, by_us: i64) {
        let shown_us = self.at(from_us);
        self.skews.push(Skew { from_us, by_us, shown_us });
    }

    /// What it shows at a moment of the world's; both microseconds since 1970-01-01 UTC.
    #[must_use]
    pub fn at(&self, world_us: i64) -> i64 {
        let last = self.skews.iter().rfind(|skew| skew.from_us <= world_us);
        last.map_or(world_us, |skew| world_us.saturating_add(skew.by_us).max(skew.shown_us))
    }

    /// The moment of the world's from which on it shows a time or a later one; both microseconds since 1970-01-01 UTC.
    #[must_use]
    pub fn world_us(&self, shows_us: i64) -> i64 {
        let next_from = self.skews.iter().skip(1).map(|skew| skew.from_us).chain([i64::MAX]);
        let first_from = self.skews.first().map_or(i64::MAX, |skew| skew.from_us);
        if shows_us < first_from {
            return shows_us;
        }
        let reaches = |(skew, to_us): (&Skew, i64)| {
            let at_us =
                if shows_us <= self.at(skew.from_us) { skew.from_us } else { shows_us.saturating_sub(skew.by_us) };
            (at_us < to_us).then_some(at_us)
        };
        self.skews.iter().zip(next_from).find_map(reaches).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_ahead_stands_when_set_back_and_goes_on() {
        let mut clock = SourceClock::default();
        clock.set(100, 20);
        clock.set(200, 0);
        clock.set(300, -30);
        let shown = [99, 100, 199, 200, 219, 220, 230, 299, 300, 329, 330, 331].map(|us| clock.at(us));
        assert_eq!(shown, [99, 120, 219, 220, 220, 220, 230, 299, 300, 300, 300, 301]);
    }

    #[test]
    fn what_it_shows_is_found_again_at_the_first_moment_that_it_shows_it() {
        let mut clock = SourceClock::default();
        for (from_us, by_us) in [(50, 0), (100, 20), (200, 0), (300, -30), (310, 5), (400, 7)] {
            clock.set(from_us, by_us);
        }
        for shows_us in 40..500 {
            let expected = (0..1_000).find(|us| clock.at(*us) >= shows_us);
            assert_eq!(Some(clock.world_us(shows_us)), expected, "{shows_us}");
        }
        assert_eq!(clock.world_us(i64::MAX), i64::MAX - 7);
        assert_eq!(SourceClock::default().world_us(7), 7);
    }
}
