//! `callmart schema`: describes the events, the tables or the HTTP API.

use std::fmt::Write as _;

use anyhow::Result;
use callmart_queries::dictionary::{self, kind, measure};
use callmart_queries::http::{ApiSettings, document};
use callmart_schema::catalogue::{TABLES, Table};
use callmart_schema::event::JSON_SCHEMA;
use clap::{Args, Subcommand, ValueEnum};

use crate::failure::Ending;
use crate::output;

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub(super) struct Schema {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum What {
    /// JSON Schema of an event as a JSON line
    Events,
    /// OpenAPI document of the HTTP API, as docs/openapi.json
    Api,
    /// Data dictionary: every table and column of the mart
    Tables {
        /// Form of the answer
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
}

impl Schema {
    pub(super) fn run(self) -> Result<Ending> {
        let text = match self.what {
            What::Events => format!("{JSON_SCHEMA}\n"),
            What::Api => format!("{:#}\n", document(&ApiSettings::default())),
            What::Tables { format: Format::Table } => TABLES.iter().map(|table| table_as_text(table)).collect(),
            What::Tables { format: Format::Json } => format!("{:#}\n", dictionary::json()),
        };
        output::answer(text.as_bytes())?;
        Ok(Ending::Done)
    }
}

fn table_as_text(table: &Table) -> String {
    let name_width = table.columns.iter().map(|column| column.name.len()).max().unwrap_or_default();
    let mut text = format!("{} ({})\n{}\n", table.name, kind(table.kind), table.meaning());
    let mut line = |what: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "{what}: {value}");
        }
    };
    line("natural key", table.natural_key);
    line("unique", &table.key.join(", "));
    line("order", &table.sort.join(", "));
    line("provenance", &table.provenance.join(", "));
    for column in table.columns {
        let null = if column.nullable { "null" } else { "" };
        let (name, column_type, measure) = (column.name, column.column_type.postgres(), measure(column.measure));
        let meaning = column.meaning();
        let _ = writeln!(text, "  {name:name_width$}  {column_type:7}  {null:4}  {measure:13}  {meaning}");
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_dictionary_names_every_table_and_column_with_its_meaning() {
        let text: String = TABLES.iter().map(|table| table_as_text(table)).collect();
        let dictionary = dictionary::json();
        for (table, told) in TABLES.iter().zip(dictionary["tables"].as_array().expect("tables")) {
            assert_eq!(told["name"], table.name);
            assert!(text.contains(table.meaning()), "{}", table.name);
            for (column, told) in table.columns.iter().zip(told["columns"].as_array().expect("columns")) {
                assert_eq!((&told["name"], &told["meaning"]), (&json!(column.name), &json!(column.meaning())));
                assert!(text.contains(column.meaning()), "{}.{}", table.name, column.name);
            }
        }
    }
}
