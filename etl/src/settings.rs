//! What the ETL is told: the versioned settings that facts are a function of, and the limits of its work.
//!
//! Does not know where settings are written down; the binary reads them.

use std::path::PathBuf;

use chrono_tz::Tz;

/// Everything the ETL is told.
#[derive(Debug, Clone)]
pub struct EtlSettings {
    /// Folder that holds the archive, the Parquet mart and the manifest.
    pub data_dir: PathBuf,
    /// What facts are a function of, beside the events.
    pub transform: TransformSettings,
    /// Limits and intervals of loading.
    pub load: LoadSettings,
}

/// What facts are a function of, beside the events. Changing it means building the marts again.
#[derive(Debug, Clone)]
pub struct TransformSettings {
    /// Sources that should be heard; an agent that was not found is `none` only where all its switch's T-Controllers were.
    pub expected_sources: Vec<ExpectedSource>,
    /// How far outside a login session a delivery may lie and still be matched to it, in milliseconds.
    pub match_tolerance_ms: u32,
    /// Within how many seconds the one who made a conference may leave it to the others and have transferred the call instead;
    /// 0: never.
    pub introduced_transfer_threshold_s: u32,
    /// Whether the GIDB tables are made beside the facts. A mart keeps what it was made with until it is made again.
    pub gidb_tables: bool,
}

impl Default for TransformSettings {
    fn default() -> Self {
        Self {
            expected_sources: Vec::new(),
            match_tolerance_ms: 1_000,
            introduced_transfer_threshold_s: 0,
            gidb_tables: false,
        }
    }
}

/// A source that should be heard.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExpectedSource {
    /// Name of the source.
    pub name: String,
    /// Switch that it speaks of.
    pub switch: String,
    /// What it is: `i-proxy`, `t-controller`, `vq` or `switch`.
    pub role: String,
}

/// Role of a cluster's source that tells of agents.
pub const T_CONTROLLER: &str = "t-controller";
/// Role of a source that tells of virtual queues.
pub(crate) const VIRTUAL_QUEUES: &str = "vq";
/// Role of an ordinary switch, whose one source tells of everything and names the agents of a call's parties itself.
pub const ORDINARY: &str = "switch";

/// Whether a source of a role tells of its switch's agents, also while it is silent.
#[must_use]
pub(crate) fn tells_of_agents(role: &str) -> bool {
    [T_CONTROLLER, ORDINARY].contains(&role)
}

/// Limits and intervals of loading.
#[derive(Debug, Clone)]
pub struct LoadSettings {
    /// Time zones whose calendars the marts keep, beside UTC.
    pub calendar_zones: Vec<Tz>,
    /// Least time between two loads into PostgreSQL, in milliseconds.
    pub load_interval_ms: u64,
    /// Least time between two states of the Parquet mart, in milliseconds.
    pub publish_interval_ms: u64,
    /// Most dirty units in one load; more are loaded in several.
    pub units_per_load: usize,
    /// Most events kept in memory beside those of units that go on or wait; others are read back from the archive when needed.
    pub cached_events: usize,
    /// Days of which is known in memory which events they have, and that are open in the Parquet mart: those in which events
    /// arrived last.
    pub open_days: usize,
    /// How many days before and after a day that is known other events of a call or login session are looked for.
    pub unit_span_days: i32,
    /// Longest query that may still read a superseded state, in seconds; its files stay that long.
    pub longest_query_s: u64,
}

impl Default for LoadSettings {
    fn default() -> Self {
        Self {
            calendar_zones: Vec::new(),
            load_interval_ms: 200,
            publish_interval_ms: 3_000,
            units_per_load: 20_000,
            cached_events: 50_000,
            open_days: 2,
            unit_span_days: 14,
            longest_query_s: 300,
        }
    }
}
