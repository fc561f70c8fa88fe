//! A world told by the processes of its sources: what happens becomes events with numbers, and faults fall where the schedule
//! has them.
//!
//! Deterministic: equal worlds and schedules give equal bytes, in whatever stretches the world goes on. Does not know who
//! listens, nor how what is told travels.

use std::collections::VecDeque;
use std::sync::Arc;

use super::faults::{Fault, Schedule};
use super::losses::LossBook;
use super::pair::{Pair, Slip, Told};
use super::plan::SourcePlan;
use crate::world::{Happening, World};

/// What the sources told of a stretch of the world's time. No term begins or ends within it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Account {
    /// Its begin, microseconds since 1970-01-01 UTC.
    pub from_us: i64,
    /// Its end: everything before it has been told with it, microseconds since 1970-01-01 UTC.
    pub to_us: i64,
    /// Of one source's process, in the order in which it was told.
    pub told: Vec<Told>,
}

/// The processes of all sources.
pub struct Processes {
    world: Box<dyn World>,
    plans: Vec<Arc<SourcePlan>>,
    pairs: Vec<Pair>,
    /// Moments at which a stretch has to be cut, in order.
    cuts: VecDeque<i64>,
    /// Slips with their moments and sources, in the order of the moments.
    slips: VecDeque<(i64, usize, Slip)>,
    /// What happened and is not told yet, up to a moment.
    ahead: VecDeque<Happening>,
    ahead_to_us: i64,
    now_us: i64,
    losses: LossBook,
}

impl Processes {
    /// The processes of a world's sources, to which happens what the schedule says.
    #[must_use]
    pub fn new(world: Box<dyn World>, schedule: &Schedule) -> Self {
        let start_us = world.start_us();
        let plan = |teller| Arc::new(SourcePlan::new(teller, schedule, start_us));
        let plans: Vec<Arc<SourcePlan>> = world.tellers().iter().map(plan).collect();
        let slips = slips(&plans, schedule, start_us);
        let history = |teller: usize| {
            let of_teller = slips.iter().filter(|(_, of, _)| *of == teller);
            of_teller.map(|(_, _, slip)| slip.history_events()).max().unwrap_or(0)
        };
        let losses = LossBook::default();
        let pair = |(at, plan): (usize, &Arc<SourcePlan>)| Pair::new(at, Arc::clone(plan), history(at), losses.clone());
        let pairs = plans.iter().enumerate().map(pair).collect();
        let mut cuts: Vec<i64> = plans.iter().flat_map(|plan| plan.terms.all()).flat_map(|t| t.moments()).collect();
        cuts.extend(slips.iter().map(|(at_us, ..)| *at_us));
        cuts.sort_unstable();
        cuts.dedup();
        let (ahead, ahead_to_us, now_us) = (VecDeque::new(), start_us, start_us);
        Self { world, plans, pairs, cuts: cuts.into(), slips: slips.into(), ahead, ahead_to_us, now_us, losses }
    }

    /// The sources and what is known of them beforehand, in the order of the world's tellers.
    #[must_use]
    pub fn plans(&self) -> &[Arc<SourcePlan>] {
        &self.plans
    }

    /// Where the world's time begins, microseconds since 1970-01-01 UTC.
    #[must_use]
    pub fn start_us(&self) -> i64 {
        self.world.start_us()
    }

    /// What nobody was told so far, by the simulation's own count; it grows as time goes on.
    #[must_use]
    pub fn losses(&self) -> LossBook {
        self.losses.clone()
    }

    /// Lets time go on by one short stretch; none when the world is over.
    pub fn next_account(&mut self) -> Option<Account> {
        if self.now_us >= self.ahead_to_us {
            let stretch = self.world.next_stretch()?;
            (self.ahead, self.ahead_to_us) = (stretch.happened.into(), stretch.to_us);
        }
        let from_us = self.now_us;
        let mut told = Vec::with_capacity(self.ahead.len());
        self.arrive(from_us, &mut told);
        while self.cuts.pop_front_if(|cut| *cut <= from_us).is_some() {}
        let to_us = self.cuts.front().map_or(self.ahead_to_us, |cut| self.ahead_to_us.min(*cut));
        while let Some(happening) = self.ahead.pop_front_if(|happening| happening.time_us < to_us) {
            let Happening { teller, time_us, body } = happening;
            let Some(pair) = self.pairs.get_mut(teller) else {
                tracing::error!(teller, "something happened that no source tells");
                continue;
            };
            pair.happen(time_us, body, &mut told);
        }
        self.now_us = to_us;
        Some(Account { from_us, to_us, told })
    }

    fn arrive(&mut self, at_us: i64, told: &mut Vec<Told>) {
        self.pairs.iter_mut().for_each(|pair| pair.arrive(at_us, told));
        while let Some((_, teller, slip)) = self.slips.pop_front_if(|(due_us, ..)| *due_us <= at_us) {
            if let Some(pair) = self.pairs.get(teller) {
                pair.slip(at_us, slip, told);
            }
        }
    }
}

impl std::fmt::Debug for Processes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Processes").field("now_us", &self.now_us).finish_non_exhaustive()
    }
}

fn slips(plans: &[Arc<SourcePlan>], schedule: &Schedule, start_us: i64) -> Vec<(i64, usize, Slip)> {
    let mut slips = Vec::new();
    for scheduled in schedule.iter() {
        let slip = match &scheduled.fault {
            Fault::Repeat { events, .. } => Slip::Repeat(*events),
            Fault::Reuse { .. } => Slip::Reuse,
            Fault::Garbage { .. } => Slip::Garbage,
            _ => continue,
        };
        let teller = plans.iter().position(|plan| plan.teller.name == scheduled.fault.whom());
        slips.extend(teller.map(|teller| (start_us.saturating_add(scheduled.after_us), teller, slip)));
    }
    slips
}
