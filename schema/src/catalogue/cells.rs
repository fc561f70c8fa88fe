//! From rows to columns and back to single values, whatever the table.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BinaryArray, Int32Array, Int64Array, RecordBatch, StringArray};

use super::{ColumnType, Table};

/// A Rust type that can stand in a column.
pub trait Cell: Sized {
    /// Type of the column.
    const TYPE: ColumnType;
    /// Whether the column may be null.
    const NULLABLE: bool;
    /// The column that holds these cells.
    fn array<'a>(cells: impl Iterator<Item = &'a Self>) -> ArrayRef
    where
        Self: 'a;
}

macro_rules! cell {
    ($plain:ty, $column_type:ident, $array:ty, $read:expr) => {
        impl Cell for $plain {
            const TYPE: ColumnType = ColumnType::$column_type;
            const NULLABLE: bool = false;
            fn array<'a>(cells: impl Iterator<Item = &'a Self>) -> ArrayRef {
                Arc::new(<$array>::from_iter(cells.map(|c| Some($read(c)))))
            }
        }
        impl Cell for Option<$plain> {
            const TYPE: ColumnType = ColumnType::$column_type;
            const NULLABLE: bool = true;
            fn array<'a>(cells: impl Iterator<Item = &'a Self>) -> ArrayRef {
                Arc::new(<$array>::from_iter(cells.map(|c| c.as_ref().map($read))))
            }
        }
    };
}

cell!(i32, Int, Int32Array, |c: &i32| *c);
cell!(i64, BigInt, Int64Array, |c: &i64| *c);
cell!(String, Text, StringArray, |c: &String| text(c));
cell!(Vec<u8>, Bytes, BinaryArray, Vec::clone);

/// PostgreSQL's text cannot hold the character 0, so no mart does: it stands as U+FFFD in both.
fn text(value: &str) -> String {
    if value.contains('\0') { value.replace('\0', "\u{fffd}") } else { value.to_owned() }
}

/// Rows of one table of the catalogue.
pub trait Row: Sized {
    /// Their table.
    fn table() -> &'static Table;
    /// Their columns, in the table's order.
    fn columns(rows: &[Self]) -> Vec<ArrayRef>;
    /// Their columns as one batch.
    fn batch(rows: &[Self]) -> RecordBatch {
        RecordBatch::try_new(Self::table().arrow_schema(), Self::columns(rows))
            .expect("schema and columns come from the same declaration")
    }
}

/// No rows of a table.
#[must_use]
pub fn empty_batch(table: &Table) -> RecordBatch {
    RecordBatch::new_empty(table.arrow_schema())
}

/// One value of a table, whatever engine it came from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// No value.
    Null,
    /// An integer of either size.
    Int(i64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// The values of one row of a batch.
///
/// A column of a type that the catalogue does not have reads as null.
#[must_use]
pub fn cells(batch: &RecordBatch, row: usize) -> Vec<Value> {
    batch.columns().iter().map(|column| value(column.as_ref(), row)).collect()
}

fn value(column: &dyn Array, row: usize) -> Value {
    if row >= column.len() || column.is_null(row) {
        return Value::Null;
    }
    let any = column.as_any();
    if let Some(a) = any.downcast_ref::<Int64Array>() {
        Value::Int(a.value(row))
    } else if let Some(a) = any.downcast_ref::<Int32Array>() {
        Value::Int(i64::from(a.value(row)))
    } else if let Some(a) = any.downcast_ref::<StringArray>() {
        Value::Text(a.value(row).to_owned())
    } else if let Some(a) = any.downcast_ref::<BinaryArray>() {
        Value::Bytes(a.value(row).to_vec())
    } else {
        Value::Null
    }
}
