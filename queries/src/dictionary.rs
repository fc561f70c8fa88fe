//! The data dictionary: the table catalogue as JSON, in words. Pure; it does not know who reads it.

use callmart_schema::catalogue::{CATALOGUE_VERSION, Column, Measure, TABLES, Table, TableKind};
use serde_json::{Value, json};

/// Every table and column of the mart.
#[must_use]
pub fn json() -> Value {
    let tables: Vec<Value> = TABLES.iter().map(|table| table_as_json(table)).collect();
    json!({"catalogue_version": CATALOGUE_VERSION, "tables": tables})
}

fn table_as_json(table: &Table) -> Value {
    let columns: Vec<Value> = table.columns.iter().map(|column| column_as_json(table, column)).collect();
    json!({
        "name": table.name,
        "kind": kind(table.kind),
        "meaning": table.meaning(),
        "natural_key": table.natural_key,
        "key": table.key,
        "sort": table.sort,
        "in_postgres": table.in_postgres(),
        "in_parquet": table.in_parquet(),
        "columns": columns,
    })
}

fn column_as_json(table: &Table, column: &Column) -> Value {
    json!({
        "name": column.name,
        "type": column.column_type.postgres(),
        "nullable": column.nullable,
        "measure": measure(column.measure),
        "provenance": table.provenance.contains(&column.name),
        "meaning": column.meaning(),
    })
}

/// How the marts keep a table, in words.
#[must_use]
pub fn kind(kind: TableKind) -> &'static str {
    match kind {
        TableKind::Fact => "fact",
        TableKind::Projection => "projection",
        TableKind::Open => "open",
        TableKind::Dimension => "dimension",
        TableKind::Static => "static dimension",
        TableKind::Calendar => "calendar",
        TableKind::Control => "control",
        TableKind::Checkpoint => "checkpoint",
        TableKind::Archive => "archive",
    }
}

/// What a column's values are, in words.
#[must_use]
pub fn measure(measure: Measure) -> &'static str {
    match measure {
        Measure::Key => "key",
        Measure::EpochSeconds => "epoch seconds",
        Measure::EpochMillis => "epoch ms",
        Measure::EpochMicros => "epoch us",
        Measure::Seconds => "seconds",
        Measure::Millis => "ms",
        Measure::Count => "count",
        Measure::Flag => "flag",
        Measure::Number => "number",
        Measure::Code => "code",
        Measure::Name => "name",
        Measure::Bytes => "bytes",
    }
}
