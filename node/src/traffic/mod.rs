//! A contact center's days, simulated: a world whose sources tell what callers, agents and the router do.
//!
//! Seeded and in virtual time: equal settings give equal events, in canonical bytes, however fast and in whatever stretches
//! they are read. Beside the events it keeps the [`ledger`]: what really happened, by its own count. What the sources say is
//! agreed in `docs/flows.md`. Knows no mart, no collector and no wall clock. Logarithms and roots come from the platform's
//! library, so another platform may give another day for the same seed.

mod agenda;
mod agents;
mod arrivals;
mod attempt;
mod books;
mod call;
mod callback;
mod campaign;
mod consult;
mod customer;
mod day;
mod dist;
mod handling;
mod ids;
mod inbound;
mod incidents;
mod layout;
pub mod ledger;
mod legs;
mod listening;
mod notes;
mod outages;
mod outgoing;
mod overflow;
mod owners;
mod plan;
mod point_calls;
mod queue;
pub(crate) mod rng;
mod router;
mod scene;
mod seats;
mod settings;
mod settle;
mod site;
mod staff;
mod sums;
mod tell;
mod transfer;
mod voicemail;
mod wrap;

use std::sync::{Arc, Mutex, PoisonError};

pub use dist::LogNormal;
pub use incidents::{Incident, LooksOn, Owners, Scheduled, Who};
pub use ledger::Ledger;
pub use ledger::report::LedgerReport;
pub use settings::{
    CALLS_PER_AGENT_AND_BUSY_HOUR, Habits, MAX_AGENTS, REFERENCE_AGENTS, SUITE_AGENTS, TrafficSettings,
};
pub use site::{Extensions, Ordinary, SWITCH, Site, VQ_SWITCH};

use crate::world::{Stretch, Teller, World};
use scene::Scene;

/// Earliest and latest moment that a world may begin at (the years 1970 to 2200); others are moved there.
const START_US: (i64, i64) = (0, 7_258_118_400 * 1_000_000);

/// A ledger that can be read while its world goes on.
#[derive(Debug, Clone)]
pub struct LedgerHandle(Arc<Mutex<Ledger>>);

impl LedgerHandle {
    /// What happened in the stretches that were told so far.
    #[must_use]
    pub fn report(&self) -> LedgerReport {
        // Notes are taken down one by one and none of it can panic half-way, so a poisoned ledger is a whole one.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).report()
    }
}

/// A simulated contact center.
#[derive(Debug)]
pub struct Traffic {
    tellers: Vec<Teller>,
    scene: Scene,
    ledger: Arc<Mutex<Ledger>>,
    start_us: i64,
    /// Everything before this moment has been told.
    to_us: i64,
}

impl Traffic {
    /// A contact center as of its settings. Numbers out of range are moved to the nearest one that is in it.
    #[must_use]
    pub fn new(mut settings: TrafficSettings) -> Self {
        settings.start_us = settings.start_us.clamp(START_US.0, START_US.1);
        settings.stretch_us = settings.stretch_us.max(1);
        let start_us = settings.start_us;
        let tellers = settings.site.tellers(&settings);
        let site = settings.site.clone();
        let scene = Scene::new(settings);
        let agents = scene.agents.iter().map(|a| a.person.id.clone()).collect();
        let ledger = Arc::new(Mutex::new(Ledger::new(site, agents, start_us)));
        Self { tellers, scene, ledger, start_us, to_us: start_us }
    }

    /// The ledger, to be read whenever; it outlives the world.
    #[must_use]
    pub fn ledger(&self) -> LedgerHandle {
        LedgerHandle(Arc::clone(&self.ledger))
    }
}

impl World for Traffic {
    fn tellers(&self) -> &[Teller] {
        &self.tellers
    }

    fn start_us(&self) -> i64 {
        self.start_us
    }

    fn next_stretch(&mut self) -> Option<Stretch> {
        let end_us = self.scene.settings.end_us.unwrap_or(i64::MAX);
        if self.to_us >= end_us {
            return None;
        }
        self.to_us = self.to_us.saturating_add(self.scene.settings.stretch_us).min(end_us);
        self.scene.play_until(self.to_us);
        let notes = self.scene.notes.drain(..);
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner).take_down(self.to_us, notes);
        Some(Stretch { to_us: self.to_us, happened: self.scene.voice.take() })
    }
}
