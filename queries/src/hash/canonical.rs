//! Rows as bytes in one form: each value behind a tag of its type, so that no two different rows have the same bytes.
//!
//! The form has a version; changing anything here changes every hash. It does not know where rows come from.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, Schema, SchemaRef};
use callmart_schema::catalogue::{Table, Value, cells};

/// Version of the form.
const VERSION: u8 = 1;

const NULL: u8 = 0;
const INT: u8 = 1;
const TEXT: u8 = 2;
const BYTES: u8 = 3;

/// The content of some rows of one table, as it grows.
#[derive(Debug)]
pub(super) struct ContentHasher {
    hasher: blake3::Hasher,
    rows: u64,
    row: Vec<u8>,
}

impl ContentHasher {
    /// Begins with the names of the table and of the compared columns.
    pub(super) fn new(table: &Table, columns: &[&str]) -> Self {
        let mut begin = vec![VERSION];
        put_bytes(&mut begin, TEXT, table.name.as_bytes());
        columns.iter().for_each(|column| put_bytes(&mut begin, TEXT, column.as_bytes()));
        let mut hasher = blake3::Hasher::new();
        hasher.update(&begin);
        Self { hasher, rows: 0, row: Vec::new() }
    }

    /// Adds rows in their order; their columns must be those that were named.
    pub(super) fn add(&mut self, batch: &RecordBatch) {
        for row in 0..batch.num_rows() {
            self.row.clear();
            cells(batch, row).iter().for_each(|value| put(&mut self.row, value));
            self.hasher.update(&self.row);
            self.rows += 1;
        }
    }

    /// How many rows there were, and their hash.
    pub(super) fn finish(self) -> (u64, [u8; 32]) {
        (self.rows, *self.hasher.finalize().as_bytes())
    }
}

fn put(row: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => row.push(NULL),
        Value::Int(number) => {
            row.push(INT);
            row.extend_from_slice(&number.to_le_bytes());
        }
        Value::Text(text) => put_bytes(row, TEXT, text.as_bytes()),
        Value::Bytes(bytes) => put_bytes(row, BYTES, bytes),
    }
}

fn put_bytes(row: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    row.push(tag);
    row.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    row.extend_from_slice(bytes);
}

/// The compared columns in the catalogue's types; all may be null, so that a fault of an engine shows as a difference.
pub(super) fn schema(table: &Table, columns: &[&str]) -> SchemaRef {
    let declared = columns.iter().filter_map(|name| table.columns.iter().find(|c| c.name == *name));
    let fields: Vec<Field> = declared.map(|c| Field::new(c.name, c.column_type.arrow(), true)).collect();
    Arc::new(Schema::new(fields))
}

#[cfg(test)]
mod tests {
    use super::*;
    use callmart_schema::catalogue::{Row, Tenant};

    fn tenants(rows: &[(i64, &str)]) -> RecordBatch {
        let rows: Vec<_> = rows.iter().map(|(k, n)| Tenant { tenant_key: *k, tenant_name: (*n).to_owned() }).collect();
        Tenant::batch(&rows)
    }

    fn hash(batches: &[RecordBatch]) -> [u8; 32] {
        let mut hasher = ContentHasher::new(Tenant::TABLE, &["tenant_key", "tenant_name"]);
        batches.iter().for_each(|batch| hasher.add(batch));
        hasher.finish().1
    }

    #[test]
    fn the_hash_is_golden() {
        let hex: String = hash(&[tenants(&[(1, "a"), (-2, "")])]).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, GOLDEN);
    }

    #[test]
    fn batches_do_not_matter_and_values_and_order_do() {
        let whole = hash(&[tenants(&[(1, "a"), (2, "b")])]);
        assert_eq!(whole, hash(&[tenants(&[(1, "a")]), tenants(&[(2, "b")])]));
        assert_ne!(whole, hash(&[tenants(&[(1, "a"), (2, "c")])]));
        assert_ne!(whole, hash(&[tenants(&[(2, "b"), (1, "a")])]));
    }

    #[test]
    fn values_do_not_run_into_each_other() {
        let bytes = |values: &[Value]| {
            let mut row = Vec::new();
            values.iter().for_each(|v| put(&mut row, v));
            row
        };
        let text = |t: &str| Value::Text(t.to_owned());
        assert_ne!(bytes(&[text("ab"), text("c")]), bytes(&[text("a"), text("bc")]));
        assert_ne!(bytes(&[text("")]), bytes(&[Value::Null]));
        assert_ne!(bytes(&[text("a")]), bytes(&[Value::Bytes(b"a".to_vec())]));
    }

    const GOLDEN: &str = "49614e3047dcf5a4cda064cb6666bcd0007461221231b88f8494f050d3801bae";
}
