//! The rows of a mart as names and values, wherever they came from, and what their keys stand for.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use callmart_schema::catalogue::statics::{
    interaction_resource_states, interaction_types, resource_states, technical_descriptors,
};
use callmart_schema::catalogue::{TABLES, Table, TableKind, Value, cells};

/// A row: value by column.
pub(crate) type Row = BTreeMap<&'static str, Value>;

/// Tables by name.
#[derive(Debug, Default)]
pub(crate) struct Mart(BTreeMap<&'static str, Vec<Row>>);

impl Mart {
    /// Adds rows of a table.
    pub(crate) fn add(&mut self, table: &'static Table, batch: &RecordBatch) {
        let row = |row| table.columns.iter().map(|c| c.name).zip(cells(batch, row)).collect();
        self.0.entry(table.name).or_default().extend((0..batch.num_rows()).map(row));
    }

    pub(crate) fn rows(&self, table: &str) -> &[Row] {
        self.0.get(table).map_or(&[], Vec::as_slice)
    }

    /// The rows of all facts, in an order of their own.
    pub(crate) fn facts(&self) -> BTreeMap<&'static str, Vec<&Row>> {
        let is_fact = |name: &str| TABLES.iter().any(|table| table.name == name && table.kind == TableKind::Fact);
        let mut facts: BTreeMap<_, Vec<&Row>> = BTreeMap::new();
        for (table, rows) in self.0.iter().filter(|(name, rows)| is_fact(name) && !rows.is_empty()) {
            let mut rows: Vec<&Row> = rows.iter().collect();
            rows.sort_by_cached_key(|row| format!("{row:?}"));
            facts.insert(*table, rows);
        }
        facts
    }

    /// The row of a dimension.
    pub(crate) fn of_key(&self, table: &str, column: &str, key: i64) -> Option<&Row> {
        self.rows(table).iter().find(|row| int(row, column) == key)
    }

    /// Name of a resource; `-` where there is none.
    pub(crate) fn resource(&self, key: i64) -> String {
        match key {
            -2 => "-".to_owned(),
            _ => self
                .of_key("resource_", "resource_key", key)
                .map_or_else(|| "?".to_owned(), |r| text(r, "resource_name")),
        }
    }
}

/// An integer of a row; 0 for null.
pub(crate) fn int(row: &Row, column: &str) -> i64 {
    match row.get(column) {
        Some(Value::Int(value)) => *value,
        Some(Value::Null) => 0,
        other => panic!("{column} is {other:?}"),
    }
}

/// A text of a row; empty for null.
pub(crate) fn text(row: &Row, column: &str) -> String {
    match row.get(column) {
        Some(Value::Text(value)) => value.clone(),
        Some(Value::Null) => String::new(),
        other => panic!("{column} is {other:?}"),
    }
}

/// Role/Result, and /Reason where one is specified.
pub(crate) fn descriptor(key: i64) -> String {
    let row = technical_descriptors().into_iter().find(|d| d.technical_descriptor_key == key).expect("a descriptor");
    let reason = if row.result_reason == "Unspecified" { String::new() } else { format!("/{}", row.result_reason) };
    format!("{}/{}{reason}", row.resource_role, row.technical_result)
}

pub(crate) fn interaction_type(key: i64) -> String {
    let row = interaction_types().into_iter().find(|t| t.interaction_type_key == key);
    let row = row.expect("a type");
    let subtype =
        if row.interaction_subtype == "Unspecified" { String::new() } else { format!("/{}", row.interaction_subtype) };
    format!("{}{subtype}", row.interaction_type)
}

/// State/Role, and /Descriptor where there is one.
pub(crate) fn ixn_state(key: i64) -> String {
    let row = interaction_resource_states().into_iter().find(|s| s.interaction_resource_state_key == key);
    let row = row.expect("a state");
    let refined = if row.state_descriptor == "None" { String::new() } else { format!("/{}", row.state_descriptor) };
    format!("{}/{}{refined}", row.state_name, row.state_role)
}

pub(crate) fn agent_state(key: i64) -> String {
    resource_states().into_iter().find(|s| s.resource_state_key == key).expect("a state").state_name
}
