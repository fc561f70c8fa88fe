//! The table catalogue: every table of the mart, declared once.
//!
//! The Arrow schema, the rows-to-columns code, the COPY encoder, the check against the migrations, the data dictionary and
//! the column comments all follow from it. It does not know how rows come about, nor where they are kept.

mod archive;
mod calendar;
mod cells;
mod control;
mod dimensions;
mod facts;
mod macros;
mod open;
pub mod statics;
#[cfg(test)]
mod tests;
mod user_data;

pub use archive::GidbEvent;
pub use calendar::{Calendar, DateTime};
pub use cells::{Cell, Row, Value, cells, empty_batch};
pub use control::{CtlCoverage, CtlLoad, CtlReject, CtlRestatement};
pub use dimensions::{
    InteractionDescriptor, InteractionResourceState, InteractionType, MediaType, Resource, ResourceState,
    ResourceStateReason, TechnicalDescriptor, Tenant,
};
pub use facts::{
    InteractionFact, InteractionResourceFact, IxnResourceStateFact, MediationSegmentFact, SmResSessionFact,
    SmResStateFact, SmResStateReasonFact,
};
pub use open::{OpenAgent, OpenInteraction};
pub use user_data::{IrfUserDataGen1, IrfUserDataKeys};

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

/// Version of the catalogue; a change that readers of files can notice raises it.
pub const CATALOGUE_VERSION: u32 = 5;

/// Seconds of the interval that a `date_time_key` names.
pub const DATE_TIME_INTERVAL_S: i64 = 900;

/// How the marts keep a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableKind {
    /// Facts of units: partitioned by the UTC day of `start_date_time_key`, replaced unit by unit.
    Fact,
    /// What goes on now: rows of units, replaced unit by unit, gone when their unit has ended; one set for the whole mart.
    Open,
    /// Rows that facts refer to, made on the fly; one set for the whole mart.
    Dimension,
    /// Rows that stand in this crate ([`statics`]), the same in every mart.
    Static,
    /// Periods of one time zone, generated.
    Calendar,
    /// What the marts say about themselves; never part of a comparison.
    Control,
    /// Up to where a mart has loaded; PostgreSQL only, the Parquet mart's stands in its manifest.
    Checkpoint,
    /// `gidb/event`: every event as extracted, Parquet only, partitioned by the UTC day of the event.
    Archive,
}

/// Type of a column, with its twin in each engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// 32-bit integer: `integer`, `Int32`.
    Int,
    /// 64-bit integer: `bigint`, `Int64`.
    BigInt,
    /// UTF-8 text: `text`, `Utf8`.
    Text,
    /// Bytes: `bytea`, `Binary`.
    Bytes,
}

impl ColumnType {
    /// Name of the type in PostgreSQL.
    #[must_use]
    pub fn postgres(self) -> &'static str {
        match self {
            Self::Int => "integer",
            Self::BigInt => "bigint",
            Self::Text => "text",
            Self::Bytes => "bytea",
        }
    }

    /// The type in Arrow and Parquet.
    #[must_use]
    pub fn arrow(self) -> DataType {
        match self {
            Self::Int => DataType::Int32,
            Self::BigInt => DataType::Int64,
            Self::Text => DataType::Utf8,
            Self::Bytes => DataType::Binary,
        }
    }
}

/// What the numbers or texts of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// A computed key, or a reference to one; -1 unknown, -2 not applicable.
    Key,
    /// Seconds since 1970-01-01 UTC.
    EpochSeconds,
    /// Milliseconds since 1970-01-01 UTC.
    EpochMillis,
    /// Microseconds since 1970-01-01 UTC.
    EpochMicros,
    /// A duration in seconds: floor of its end minus floor of its start.
    Seconds,
    /// A duration in milliseconds.
    Millis,
    /// How many.
    Count,
    /// 0 or 1.
    Flag,
    /// A position in an order, from 1, or another plain number.
    Number,
    /// A fixed code of upper-case letters, or a name from a fixed list.
    Code,
    /// A name or id as its source gave it.
    Name,
    /// Bytes as they came.
    Bytes,
}

/// One column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Name, in lower case; in PostgreSQL upper case folds to it.
    pub name: &'static str,
    /// Type.
    pub column_type: ColumnType,
    /// Whether it may be null.
    pub nullable: bool,
    /// What it measures.
    pub measure: Measure,
    meaning: &'static str,
}

impl Column {
    /// What the column says, in words.
    #[must_use]
    pub fn meaning(&self) -> &'static str {
        self.meaning.trim()
    }
}

/// One table of the mart.
#[derive(Debug)]
pub struct Table {
    /// Name, in lower case.
    pub name: &'static str,
    /// How the marts keep it.
    pub kind: TableKind,
    /// What names a row in the world outside, in words.
    pub natural_key: &'static str,
    /// Columns that are unique together.
    pub key: &'static [&'static str],
    /// Total order of the rows in files.
    pub sort: &'static [&'static str],
    /// Columns that say how a row came here and not what is so; left out of comparisons.
    pub provenance: &'static [&'static str],
    /// Columns in order.
    pub columns: &'static [Column],
    meaning: &'static str,
}

impl Table {
    /// What a row of the table is, in words.
    #[must_use]
    pub fn meaning(&self) -> &'static str {
        self.meaning.trim()
    }

    /// Place of a column among the columns.
    #[must_use]
    pub fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == column)
    }

    /// The columns that say what is so.
    pub fn content_columns(&self) -> impl Iterator<Item = &'static Column> + use<> {
        let provenance = self.provenance;
        self.columns.iter().filter(move |c| !provenance.contains(&c.name))
    }

    /// The column by whose UTC day the rows are partitioned, and how many of its units make a day.
    #[must_use]
    pub fn day_column(&self) -> Option<(&'static str, i64)> {
        match self.kind {
            TableKind::Fact => Some(("start_date_time_key", 86_400)),
            TableKind::Archive => Some(("time_us", 86_400_000_000)),
            _ => None,
        }
    }

    /// The Arrow schema.
    #[must_use]
    pub fn arrow_schema(&self) -> SchemaRef {
        let fields: Vec<Field> =
            self.columns.iter().map(|c| Field::new(c.name, c.column_type.arrow(), c.nullable)).collect();
        Arc::new(Schema::new(fields))
    }

    /// Whether PostgreSQL keeps the table.
    #[must_use]
    pub fn in_postgres(&self) -> bool {
        self.kind != TableKind::Archive
    }

    /// Whether the Parquet mart keeps the table.
    #[must_use]
    pub fn in_parquet(&self) -> bool {
        self.kind != TableKind::Checkpoint
    }

    /// Whether `callmart hash` compares the table: neither a mart's words about itself nor a calendar.
    #[must_use]
    pub fn is_compared(&self) -> bool {
        !matches!(self.kind, TableKind::Calendar | TableKind::Control | TableKind::Checkpoint)
    }
}

/// Every table, facts first.
pub static TABLES: &[&Table] = &[
    InteractionFact::TABLE,
    InteractionResourceFact::TABLE,
    MediationSegmentFact::TABLE,
    IxnResourceStateFact::TABLE,
    SmResSessionFact::TABLE,
    SmResStateFact::TABLE,
    SmResStateReasonFact::TABLE,
    IrfUserDataKeys::TABLE,
    IrfUserDataGen1::TABLE,
    OpenInteraction::TABLE,
    OpenAgent::TABLE,
    InteractionDescriptor::TABLE,
    Resource::TABLE,
    ResourceStateReason::TABLE,
    Tenant::TABLE,
    TechnicalDescriptor::TABLE,
    InteractionType::TABLE,
    MediaType::TABLE,
    InteractionResourceState::TABLE,
    ResourceState::TABLE,
    DateTime::TABLE,
    Calendar::TABLE,
    CtlCoverage::TABLE,
    CtlRestatement::TABLE,
    CtlReject::TABLE,
    CtlLoad::TABLE,
    GidbEvent::TABLE,
];

/// The table of that name.
#[must_use]
pub fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().copied().find(|t| t.name == name)
}

/// Start of the 15-minute interval that holds an instant, both in seconds since 1970-01-01 UTC.
#[must_use]
pub fn date_time_key(epoch_s: i64) -> i64 {
    epoch_s.div_euclid(DATE_TIME_INTERVAL_S) * DATE_TIME_INTERVAL_S
}
