//! Schedules by chance: equal seeds give equal schedules. Does not know what a fault does.

use super::{Backlog, Disturbance, Fault, Schedule};
use crate::traffic::rng::{Purpose, Rng};

const SECOND_US: i64 = 1_000_000;
/// How long a process is down, or both tell: from and to.
const WHILE_US: (i64, i64) = (SECOND_US, 120 * SECOND_US);
/// How much is lost without a backlog: from and to.
const LOSING_US: (i64, i64) = (0, 10 * SECOND_US);
/// How far a clock goes wrong, ahead or behind, at most.
const SKEW_US: i64 = 5 * SECOND_US;
/// How long new connections are refused at most, and each frame is held back at most.
const REFUSED_US: i64 = SECOND_US / 5;
const DELAYED_US: i64 = SECOND_US / 100;
/// Most events that are repeated.
const REPEATED: i64 = 50;

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// One process goes down, and comes back.
    StopProcess,
    /// A whole node goes down, and comes back.
    StopNode,
    /// The other process takes over with the backlog.
    SwitchOver,
    /// The other process takes over without the backlog.
    SwitchOverWithoutBacklog,
    /// Both processes tell for a while.
    BothPrimary,
    /// A clock goes wrong, and is set right.
    Skew,
    /// Events are told again.
    Repeat,
    /// A number is told again with other content.
    Reuse,
    /// Bytes that are no event are told.
    Garbage,
    /// Connections are closed, cut, disturbed, slow or refused for a while.
    Connection,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::StopProcess,
        Self::StopNode,
        Self::SwitchOver,
        Self::SwitchOverWithoutBacklog,
        Self::BothPrimary,
        Self::Skew,
        Self::Repeat,
        Self::Reuse,
        Self::Garbage,
        Self::Connection,
    ];

    /// Those by which nothing is lost, and nothing that is told says anything else than without them. Processes that stop are
    /// none of them, for the other one of a pair may be down.
    pub const HARMLESS: [Self; 5] =
        [Self::SwitchOver, Self::BothPrimary, Self::Repeat, Self::Garbage, Self::Connection];

    /// Those by which something may be lost, though what is told says the same as without them.
    pub const LOSING: [Self; 3] = [Self::StopProcess, Self::StopNode, Self::SwitchOverWithoutBacklog];

    /// Those that make a source say something else than it would without them.
    pub const DISTORTING: [Self; 2] = [Self::Skew, Self::Reuse];
}

/// What a schedule is made of by chance.
#[derive(Debug, Clone, PartialEq)]
pub struct RandomFaults {
    /// Seed of all that is random.
    pub seed: u64,
    /// Sources that it may befall, such as "dc1-node1/IPport".
    pub sources: Vec<String>,
    /// Length of the world, in microseconds; what goes wrong is right again before its end, where there is time.
    pub length_us: i64,
    /// Kinds of faults that may come.
    pub kinds: Vec<Kind>,
    /// How many faults come in an hour, on average.
    pub per_hour: f64,
}

impl RandomFaults {
    /// The schedule.
    #[must_use]
    pub fn schedule(&self) -> Schedule {
        let mut dice = Rng::of(self.seed, Purpose::Faults, 0);
        let mut schedule = Schedule::default();
        let count = (self.length_us.max(0) as f64 / 3_600e6 * self.per_hour.max(0.0)).round() as u64;
        for _ in 0..count {
            let for_us = dice.between(WHILE_US.0, WHILE_US.1).min(self.length_us / 2);
            let at_us = dice.between(0, self.length_us - for_us - 1);
            let (Some(kind), Some(source)) = (pick(&mut dice, &self.kinds), pick(&mut dice, &self.sources)) else {
                break;
            };
            enter(&mut schedule, &mut dice, (at_us, for_us), *kind, source);
        }
        schedule
    }
}

fn pick<'a, T>(dice: &mut Rng, of: &'a [T]) -> Option<&'a T> {
    of.get(usize::try_from(dice.below(of.len() as u64)).ok()?)
}

fn enter(schedule: &mut Schedule, dice: &mut Rng, (at_us, for_us): (i64, i64), kind: Kind, source: &str) {
    let node = source.split('/').next().unwrap_or(source).to_owned();
    let source = source.to_owned();
    let losing_us = dice.between(LOSING_US.0, LOSING_US.1);
    match kind {
        Kind::StopProcess | Kind::StopNode => {
            let one = if dice.between(0, 1) == 0 { "-a" } else { "-b" };
            let whom = if kind == Kind::StopNode { node } else { node + one };
            schedule.enter(at_us, Fault::Stop { whom: whom.clone(), losing_us });
            schedule.enter(at_us + for_us, Fault::Start { whom });
        }
        Kind::SwitchOver => schedule.enter(at_us, Fault::SwitchOver { node, backlog: Backlog::Kept }),
        Kind::SwitchOverWithoutBacklog => {
            schedule.enter(at_us, Fault::SwitchOver { node, backlog: Backlog::Lost { losing_us } });
        }
        Kind::BothPrimary => schedule.enter(at_us, Fault::BothPrimary { node, for_us }),
        Kind::Skew => {
            let by_us = dice.between(-SKEW_US, SKEW_US);
            schedule.enter(at_us, Fault::Skew { source: source.clone(), by_us });
            schedule.enter(at_us + for_us, Fault::Skew { source, by_us: 0 });
        }
        Kind::Repeat => {
            let events = usize::try_from(dice.between(1, REPEATED)).unwrap_or(1);
            schedule.enter(at_us, Fault::Repeat { source, events });
        }
        Kind::Reuse => schedule.enter(at_us, Fault::Reuse { source }),
        Kind::Garbage => schedule.enter(at_us, Fault::Garbage { source }),
        Kind::Connection => connection(schedule, dice, (at_us, for_us), source),
    }
}

fn connection(schedule: &mut Schedule, dice: &mut Rng, (at_us, for_us): (i64, i64), source: String) {
    let what = match dice.between(0, 4) {
        0 => Disturbance::Drop,
        1 => Disturbance::CutFrame,
        2 => Disturbance::Noise,
        3 => Disturbance::Refuse { for_us: dice.between(0, REFUSED_US) },
        _ => Disturbance::Delay { by_us: dice.between(1, DELAYED_US) },
    };
    if let Disturbance::Delay { .. } = what {
        let ended = Fault::Connection { source: source.clone(), what: Disturbance::Delay { by_us: 0 } };
        schedule.enter(at_us + for_us, ended);
    }
    schedule.enter(at_us, Fault::Connection { source, what });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(seed: u64) -> RandomFaults {
        RandomFaults {
            seed,
            sources: vec!["dc1-node1/IPport".to_owned(), "dc1-vq/VQport".to_owned()],
            length_us: 10 * 3_600_000_000,
            kinds: Kind::ALL.to_vec(),
            per_hour: 20.0,
        }
    }

    #[test]
    fn every_kind_is_harmless_loses_or_distorts() {
        let mut sorted = [&Kind::HARMLESS[..], &Kind::LOSING, &Kind::DISTORTING].concat();
        sorted.sort_unstable();
        assert_eq!(sorted, {
            let mut all = Kind::ALL;
            all.sort_unstable();
            all
        });
    }

    #[test]
    fn equal_seeds_give_equal_schedules_that_read_back_from_their_text() {
        let schedule = faults(1).schedule();
        assert_eq!(schedule, faults(1).schedule());
        assert_ne!(schedule, faults(2).schedule());
        assert_eq!(schedule.to_string().parse::<Schedule>(), Ok(schedule.clone()));
        assert!(schedule.iter().count() > 200, "with what ends some of them");
        let only = RandomFaults { kinds: vec![Kind::Reuse], ..faults(1) }.schedule();
        assert!(only.iter().count() == 200 && only.iter().all(|f| matches!(f.fault, Fault::Reuse { .. })));
        assert!(RandomFaults { sources: Vec::new(), ..faults(1) }.schedule().is_empty());
    }
}
