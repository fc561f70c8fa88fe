//! What the ETL is told: the versioned settings that facts are a function of, and the limits of its work.
//!
//! Does not know where settings are written down; the binary reads them.

use std::path::PathBuf;
use std::sync::Arc;

use chrono_tz::Tz;

use crate::mapping::Mapping;

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
    /// For how long the sources of a call have to be heard beyond the last that they told of it until it is closed, in seconds;
    /// 0: never.
    pub close_unheard_after_s: u32,
    /// Which key of user data goes to which column, by which rule.
    pub user_data: Arc<Mapping>,
    /// How long after the end of a call its user data may still be set, in seconds.
    pub user_event_data_timeout_s: u32,
    /// Whether passages through queues have user data too.
    pub user_data_of_mediation: bool,
    /// Whether the GIDB tables are made beside the facts. A mart keeps what it was made with until it is made again.
    pub gidb_tables: bool,
}

/// For how long the sources of a call have to be heard beyond the last that they told of it, usually: a day, in seconds.
pub const CLOSE_UNHEARD_AFTER_S: u32 = 86_400;

impl TransformSettings {
    /// [`Self::close_unheard_after_s`] in microseconds; none when no call is closed.
    pub(crate) fn close_unheard_after_us(&self) -> Option<i64> {
        (self.close_unheard_after_s > 0).then(|| i64::from(self.close_unheard_after_s) * 1_000_000)
    }
}

impl Default for TransformSettings {
    fn default() -> Self {
        Self {
            expected_sources: Vec::new(),
            match_tolerance_ms: 1_000,
            introduced_transfer_threshold_s: 0,
            close_unheard_after_s: CLOSE_UNHEARD_AFTER_S,
            user_data: Mapping::predefined(),
            user_event_data_timeout_s: 3_600,
            user_data_of_mediation: false,
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
    /// What it is: `i-proxy`, `t-controller`, `vq`, `gos` or `switch`.
    pub role: String,
}

/// Role of a cluster's source that tells of agents.
pub const T_CONTROLLER: &str = "t-controller";
/// Role of a source that tells of virtual queues.
pub(crate) const VIRTUAL_QUEUES: &str = "vq";
/// Role of a source that tells what became of the attempts of outbound campaigns.
pub(crate) const OUTBOUND_CONTACTS: &str = "gos";
/// How long behind the end of a call what became of it as an attempt may still be told, in microseconds (reading: a contact
/// server tells of an attempt when that is over, and needs no minute for it).
pub(crate) const RECORDED_WITHIN_US: i64 = 60_000_000;
/// Role of an ordinary switch, whose one source tells of everything and names the agents of a call's parties itself.
pub const ORDINARY: &str = "switch";

/// Whether a source of a role tells of its switch's agents, also while it is silent.
#[must_use]
pub(crate) fn tells_of_agents(role: &str) -> bool {
    [T_CONTROLLER, ORDINARY].contains(&role)
}

/// Memory that loading is to get along with unless settings say otherwise, in megabytes.
pub const DEFAULT_MEMORY_MB: u64 = 512;

/// Limits and intervals of loading. Those of memory follow from one number ([`Self::within_mb`]); what stays in memory whatever
/// they say is what is known of the events of the days that are open, about 40 bytes for each.
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
    /// Most events that the archive does not hold yet; with more, reading waits for it.
    pub unarchived_events: usize,
    /// Most events kept in memory beside those of units that go on or wait; others are read back from the archive when needed.
    pub cached_events: usize,
    /// Most facts kept in memory for a mart, of units that were folded for the other one; others are folded once more.
    pub kept_facts: usize,
    /// Cells (rows times columns) of an open day's files up to which they are joined, and of a closing day's stretches.
    pub cells_at_once: u64,
    /// Days of which is known in memory which events they have, and that are open in the Parquet mart: those in which events
    /// arrived last.
    pub open_days: usize,
    /// How many days before and after a day that is known other events of a call or login session are looked for.
    pub unit_span_days: i32,
    /// Longest query that may still read a superseded state, in seconds; its files stay that long.
    pub longest_query_s: u64,
}

impl LoadSettings {
    /// Settings that get along with about so much memory, in megabytes: of it about a quarter each is for events that wait for
    /// the archive, for units that are folded, for rows that wait for a mart or are cached events, and for files that are
    /// written.
    #[must_use]
    pub fn within_mb(memory_mb: u64) -> Self {
        let times = |each: u64| memory_mb.saturating_mul(each).max(each);
        let count = |each: u64| usize::try_from(times(each)).unwrap_or(usize::MAX);
        Self {
            calendar_zones: Vec::new(),
            load_interval_ms: 200,
            publish_interval_ms: 3_000,
            units_per_load: count(40),
            unarchived_events: count(250),
            cached_events: count(100),
            kept_facts: count(200),
            cells_at_once: times(4_000),
            open_days: if memory_mb < MEMORY_OF_TWO_DAYS_MB { 1 } else { 2 },
            unit_span_days: 14,
            longest_query_s: 300,
        }
    }
}

/// With less memory than this only one day stays open.
const MEMORY_OF_TWO_DAYS_MB: u64 = 128;

impl Default for LoadSettings {
    fn default() -> Self {
        Self::within_mb(DEFAULT_MEMORY_MB)
    }
}
