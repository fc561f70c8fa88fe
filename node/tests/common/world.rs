//! A small world for tests: what it tells at which moment can be said beforehand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use callmart_node::live::Clock;
use callmart_node::playback::{Role, Wait};
use callmart_node::world::{Happening, Stretch, Teller, World};
use callmart_schema::event::{Body, Control, Epoch, Event, canonical};
use tokio::sync::watch;

pub(crate) const START_US: i64 = 1_000_000_000_000;
pub(crate) const STRETCH_US: i64 = 1_000_000;

/// How a teller of the test world tells: so many events in each stretch that its period divides.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Habit {
    pub(crate) events: u64,
    pub(crate) period: u64,
}

/// Tellers with different habits, for a number of stretches.
#[derive(Debug, Clone)]
pub(crate) struct TestWorld {
    tellers: Vec<Teller>,
    habits: Vec<Habit>,
    stretches: u64,
    made: Arc<AtomicU64>,
}

impl TestWorld {
    pub(crate) fn new(habits: &[Habit], stretches: u64) -> Self {
        let teller = |number: usize| Teller {
            name: format!("n{number}/IPport"),
            switch: "S".to_owned(),
            tenant: "T".to_owned(),
            role: Role::IProxy,
        };
        let tellers = (0..habits.len()).map(teller).collect();
        Self { tellers, habits: habits.to_vec(), stretches, made: Arc::default() }
    }

    /// Stretches that were asked for so far, also of worlds cloned from this one.
    pub(crate) fn made(&self) -> u64 {
        self.made.load(Ordering::SeqCst)
    }

    pub(crate) fn end_us(&self) -> i64 {
        START_US + self.stretches as i64 * STRETCH_US
    }

    /// All that a teller tells while no fault befalls it, with times, in order.
    pub(crate) fn all(&self, teller: usize) -> Vec<(i64, Vec<u8>)> {
        let happened = (0..self.stretches).flat_map(|stretch| self.in_stretch(teller, stretch));
        let source = &self.tellers[teller];
        let event = |(before, (time_us, body))| Event {
            source: source.name.clone(),
            epoch: Epoch::new(START_US, &format!("{}-a", source.node())).into(),
            seq: before + 1,
            switch: source.switch.clone(),
            tenant: source.tenant.clone(),
            time_us,
            body: Some(body),
            ..Event::default()
        };
        (0_u64..).zip(happened).map(event).map(|event| (event.time_us, canonical(&event))).collect()
    }

    fn in_stretch(&self, teller: usize, stretch: u64) -> Vec<(i64, Body)> {
        let Habit { events, period } = self.habits[teller];
        let events = if stretch.is_multiple_of(period) { events } else { 0 };
        let event = |n: u64| {
            let time_us = START_US + stretch as i64 * STRETCH_US + (n as i64 * STRETCH_US) / events as i64;
            let subject = format!("teller {teller}, stretch {stretch}, event {n}");
            (time_us, Control { subject, ..Control::default() }.into())
        };
        (0..events).map(event).collect()
    }
}

/// A world on its way: the next stretch.
pub(crate) struct Going(TestWorld, u64);

impl TestWorld {
    pub(crate) fn going(&self) -> Box<dyn World> {
        Box::new(Going(self.clone(), 0))
    }
}

impl World for Going {
    fn tellers(&self) -> &[Teller] {
        &self.0.tellers
    }

    fn start_us(&self) -> i64 {
        START_US
    }

    fn next_stretch(&mut self) -> Option<Stretch> {
        let Self(world, next) = self;
        if *next == world.stretches {
            return None;
        }
        let of = |teller| world.in_stretch(teller, *next).into_iter().map(move |(us, body)| (us, teller, body));
        let mut happened: Vec<_> = (0..world.tellers.len()).flat_map(of).collect();
        happened.sort_by_key(|(us, ..)| *us);
        let happened =
            happened.into_iter().map(|(time_us, teller, body)| Happening { teller, time_us, body }).collect();
        *next += 1;
        world.made.fetch_add(1, Ordering::SeqCst);
        Some(Stretch { to_us: START_US + *next as i64 * STRETCH_US, happened })
    }
}

/// A clock that a test drives.
#[derive(Debug)]
pub(crate) struct HandClock(watch::Sender<i64>);

impl HandClock {
    pub(crate) fn at(now_us: i64) -> Arc<Self> {
        Arc::new(Self(watch::Sender::new(now_us)))
    }

    pub(crate) fn set(&self, now_us: i64) {
        self.0.send_replace(now_us);
    }
}

impl Clock for HandClock {
    fn now_us(&self) -> i64 {
        *self.0.borrow()
    }

    fn sleep_until(&self, wall_us: i64) -> Wait<'_> {
        let mut now = self.0.subscribe();
        Box::pin(async move {
            let _ = now.wait_for(|now| *now >= wall_us).await;
        })
    }
}
