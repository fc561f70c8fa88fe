//! Load: two projections of the same rows, each with a checkpoint of its own.
//!
//! Either mart may lag or be made again alone; at equal input they are equal. What the rows mean is not known here.

pub(crate) mod calendars;
mod copy;
mod held;
pub(crate) mod parquet;
pub(crate) mod postgres;
mod restate;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::RecordBatch;
use callmart_schema::catalogue::{CtlCoverage, CtlSetting, CtlUdToUdeMapping, Table};
use callmart_schema::manifest::LogPlace;

pub(crate) use self::held::{Held, StoredUnits, UnitRows};

use crate::cause::Cause;
use crate::settings::TransformSettings;
use crate::transform::{Dimensions, Rows};

/// What one load puts into a mart.
#[derive(Debug, Default)]
pub(crate) struct Load {
    /// The units whose rows are told anew, each with the event that was the reason.
    pub(crate) units: HashMap<i64, Arc<Cause>>,
    /// Of these the units whose rows in the mart are taken out first, by the kind of rows; of all others it has none, or
    /// keeps those that it has.
    pub(crate) stored: StoredUnits,
    /// UTC days (days since 1970-01-01) of the events of units that have facts, and the day after the last of each: every
    /// row of theirs starts on one of them.
    pub(crate) days: BTreeSet<i32>,
    /// The rows they have now, but for facts that stay.
    pub(crate) rows: Rows,
    /// Dimension rows that are new or now differ.
    pub(crate) dimensions: Dimensions,
    /// All of `ctl_coverage`; none when it need not be told with this load.
    pub(crate) coverage: Option<Vec<CtlCoverage>>,
    /// All of `ctl_ud_to_ude_mapping`; none when it need not be told with this load.
    pub(crate) mapping: Option<Vec<CtlUdToUdeMapping>>,
    /// Up to where each log is contained in the mart afterwards, by the log's name.
    pub(crate) positions: BTreeMap<String, LogPlace>,
    /// The settings that the mart is made with; one that holds some keeps those.
    pub(crate) settings: Vec<CtlSetting>,
    /// The mart's clock, milliseconds since 1970-01-01 UTC.
    pub(crate) at_ms: i64,
}

/// Setting that says whether a mart has GIDB tables, as marts name it.
pub(crate) const GIDB_TABLES: &str = "gidb.tables";

/// What a mart is to remember of the settings that it is made with.
pub(crate) fn settings_of(transform: &TransformSettings) -> Vec<CtlSetting> {
    vec![CtlSetting { name: GIDB_TABLES.to_owned(), value: transform.gidb_tables.to_string() }]
}

/// Tables of static dimensions with their rows.
#[must_use]
pub(crate) fn static_batches() -> Vec<(&'static Table, RecordBatch)> {
    use callmart_schema::catalogue::gidb::GDictionary;
    use callmart_schema::catalogue::gidb::codes::dictionary;
    use callmart_schema::catalogue::statics as s;
    use callmart_schema::catalogue::{
        InteractionResourceState, InteractionType, MediaType, ResourceState, Row, TechnicalDescriptor,
    };
    vec![
        (TechnicalDescriptor::TABLE, TechnicalDescriptor::batch(&s::technical_descriptors())),
        (InteractionType::TABLE, InteractionType::batch(&s::interaction_types())),
        (MediaType::TABLE, MediaType::batch(&s::media_types())),
        (InteractionResourceState::TABLE, InteractionResourceState::batch(&s::interaction_resource_states())),
        (ResourceState::TABLE, ResourceState::batch(&s::resource_states())),
        (GDictionary::TABLE, GDictionary::batch(&dictionary())),
    ]
}
