//! When calls begin: Poisson processes whose intensity follows the clock of the day, made by thinning.

use super::day;
use super::dist::{exponential, us};
use super::notes::CallKind;
use super::rng::{Purpose, Rng};
use super::scene::{Due, Scene};
use super::settings::TrafficSettings;

/// One process for each kind of call.
#[derive(Debug)]
pub(super) struct Arrivals {
    processes: [Process; 4],
}

#[derive(Debug)]
struct Process {
    rng: Rng,
    /// Calls in the busiest hour.
    busy_hour_calls: f64,
    /// Where the next candidate is looked for from, microseconds since 1970-01-01 UTC.
    at_us: i64,
}

impl Arrivals {
    pub(super) fn new(settings: &TrafficSettings) -> Self {
        let process = |purpose, share: f64| Process {
            rng: Rng::of(settings.seed, purpose, 0),
            busy_hour_calls: settings.busy_hour_calls() * share,
            at_us: settings.start_us,
        };
        Self {
            processes: [
                process(Purpose::Inbound, 1.0),
                process(Purpose::Outbound, settings.habits.outbound_share),
                process(Purpose::Internal, settings.habits.internal_share),
                process(Purpose::Campaign, settings.campaign_share()),
            ],
        }
    }

    /// When the next call of a kind begins; none when there are no such calls.
    fn next_us(&mut self, kind: CallKind) -> Option<i64> {
        self.processes.get_mut(kind as usize)?.next_us()
    }
}

impl Process {
    fn next_us(&mut self) -> Option<i64> {
        let most = self.busy_hour_calls / 3_600.0;
        if most.is_nan() || most <= 0.0 {
            return None;
        }
        loop {
            self.at_us = self.at_us.checked_add(us(exponential(&mut self.rng, 1.0 / most)))?;
            if self.rng.chance(day::calls_per_second(self.at_us, self.busy_hour_calls) / most) {
                return Some(self.at_us);
            }
        }
    }
}

impl Scene {
    /// Enters when the next call of a kind begins.
    pub(super) fn enter_next_arrival(&mut self, kind: CallKind) {
        if let Some(at_us) = self.arrivals.next_us(kind) {
            self.agenda.enter(at_us, Due::Arrival(kind));
        }
    }

    pub(super) fn arrival(&mut self, kind: CallKind) {
        self.enter_next_arrival(kind);
        match kind {
            CallKind::Inbound => self.inbound_begins(),
            CallKind::Outbound => self.outbound_begins(),
            CallKind::Internal => self.internal_begins(),
            CallKind::Campaign => self.campaign_calls(),
        }
    }
}
