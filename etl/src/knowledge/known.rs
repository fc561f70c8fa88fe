//! What is written down of the archive beside it, so that a start needs not read all of it.
//!
//! It belongs to one state of the archive and can be made again from it. Knows forms only.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::terms::KnownTerm;
use crate::coverage::KnownCoverage;
use crate::horizon::Horizon;
use crate::snapshot::KnownSnapshot;

/// Version of the form; another one is not read, and the archive is instead.
pub(crate) const KNOWN_VERSION: u32 = 4;

/// By day: up to where the day's events stand in each log, as segment and offset.
pub(crate) type LogEnds = BTreeMap<i32, BTreeMap<String, (u64, u64)>>;

/// By day: keys of units that may go on behind it.
pub(crate) type OpenUnits = BTreeMap<i32, BTreeSet<i64>>;

/// What is known of an archive.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Known {
    pub(crate) version: u32,
    pub(crate) terms: Vec<KnownTerm>,
    pub(crate) log_ends: LogEnds,
    /// Events of which there are copies that differ.
    pub(crate) conflicts: Vec<KnownConflict>,
    pub(crate) coverage: KnownCoverage,
    pub(crate) snapshots: Vec<KnownSnapshot>,
    pub(crate) open_units: OpenUnits,
    /// Before which moments operators closed the archive.
    pub(crate) horizon: Horizon,
    /// Rejects by reason.
    pub(crate) rejects: BTreeMap<String, u64>,
}

/// Copies of one event that differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KnownConflict {
    pub(crate) source: String,
    pub(crate) epoch_started_us: i64,
    pub(crate) epoch_process: String,
    pub(crate) seq: u64,
    pub(crate) copies: Vec<Copy>,
}

/// One of several copies of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Copy {
    /// Hash of its bytes.
    pub(crate) hash: i64,
    /// Key of its unit.
    pub(crate) unit: i64,
    /// UTC day of it, in days since 1970-01-01.
    pub(crate) day: i32,
}
