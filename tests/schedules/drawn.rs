//! What a seed stands for: a world, and a schedule of faults of one class.

use callmart_node::cluster::faults::{Kind, RandomFaults, Schedule};

/// Sources of the simulated cluster that are heard.
const SOURCES: [&str; 11] = [
    "dc1-node1/IPport",
    "dc1-node1/TCport",
    "dc1-node2/IPport",
    "dc1-node2/TCport",
    "dc2-node1/IPport",
    "dc2-node1/TCport",
    "dc2-node2/IPport",
    "dc2-node2/TCport",
    "dc1-vq/VQport",
    "dc2-vq/VQport",
    "dc1-ocs/OCSport",
];
/// Faults in a schedule, on average, whatever the length of the world.
const FAULTS: f64 = 12.0;
/// Moves, cut links and the like in an hour of a world that has them.
const INCIDENTS_PER_HOUR: u32 = 20;

/// How much is simulated.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) agents: u32,
    pub(crate) hours: u32,
}

/// What is simulated; equal ones are the same undisturbed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct World {
    pub(crate) agents: u32,
    pub(crate) hours: u32,
    pub(crate) seed: u64,
    pub(crate) incidents_per_hour: u32,
}

/// What a schedule may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Nothing is lost and nothing else is said: the content is that of the undisturbed world.
    Harmless,
    /// Something may be lost.
    Losing,
    /// Times and contents change: skewed clocks, numbers that are used twice.
    Distorting,
    /// All of it but what changes times and contents, while DNs move and links are cut.
    Mixed,
}

/// What a seed stands for.
#[derive(Debug)]
pub(crate) struct Drawn {
    pub(crate) class: Class,
    pub(crate) world: World,
    pub(crate) schedule: Schedule,
}

impl Size {
    /// What the environment asks for; else what the suite has time for.
    pub(crate) fn asked() -> Self {
        let asked = |name: &str, default| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(default);
        Self { agents: asked("CALLMART_SCHEDULES_AGENTS", 20), hours: asked("CALLMART_SCHEDULES_HOURS", 2) }
    }
}

impl World {
    /// Where its time begins: a Monday, and in the busy hours when it is no whole day.
    pub(crate) fn start(&self) -> &'static str {
        if self.hours < 12 { "2026-01-05T09:00Z" } else { "2026-01-05T00:00Z" }
    }
}

impl Class {
    fn of(seed: u64) -> Self {
        match seed % 4 {
            0 => Self::Harmless,
            1 => Self::Losing,
            2 => Self::Distorting,
            _ => Self::Mixed,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Harmless => "harmless",
            Self::Losing => "losing",
            Self::Distorting => "distorting",
            Self::Mixed => "mixed",
        }
    }

    fn kinds(self) -> Vec<Kind> {
        match self {
            Self::Harmless => Kind::HARMLESS.to_vec(),
            Self::Losing => Kind::LOSING.to_vec(),
            Self::Distorting => [&Kind::DISTORTING[..], &Kind::HARMLESS].concat(),
            Self::Mixed => [&Kind::LOSING[..], &Kind::HARMLESS].concat(),
        }
    }
}

impl Drawn {
    pub(crate) fn of(seed: u64, size: Size) -> Self {
        let class = Class::of(seed);
        let Size { agents, hours } = size;
        let incidents_per_hour = if class == Class::Mixed { INCIDENTS_PER_HOUR } else { 0 };
        let schedule = RandomFaults {
            seed,
            sources: SOURCES.map(str::to_owned).to_vec(),
            length_us: i64::from(hours) * 3_600_000_000,
            kinds: class.kinds(),
            per_hour: FAULTS / f64::from(hours),
        };
        Self { class, world: World { agents, hours, seed: 7, incidents_per_hour }, schedule: schedule.schedule() }
    }
}
