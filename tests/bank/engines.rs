//! Both marts hold the same: counted and summed in SQL by either engine, for every table and column of the catalogue.

use std::fmt::Write as _;

use callmart_schema::catalogue::{Column, ColumnType, TABLES, Table, TableKind};
use serde_json::Value;

use super::support::{Engine, answer, bank, engines, sql, stays_empty};

/// Numbers are summed by their rest from this, so that no sum of keys is too great for 64 bits.
const MODULUS: i64 = 1_000_000_007;

/// What a mart says of its own loads: how often it loaded is not the other's business.
const OF_ITS_OWN: [&str; 1] = ["ctl_restatement"];

fn shared_tables() -> impl Iterator<Item = &'static Table> {
    let is_shared = |table: &&Table| table.in_parquet() && table.in_postgres() && !OF_ITS_OWN.contains(&table.name);
    TABLES.iter().copied().filter(is_shared)
}

/// What is computed of a column: how many values, and their sum, or their ends and lengths.
fn aggregates(column: &Column) -> String {
    let name = column.name;
    let values = format!("count({name}) AS {name}_n");
    match column.column_type {
        ColumnType::Int | ColumnType::BigInt => {
            let big = format!("CAST({name} AS bigint)");
            let sum = format!("CAST(sum({big} % {MODULUS}) AS bigint) AS {name}_sum");
            format!("{values}, {sum}, min({name}) AS {name}_min, max({name}) AS {name}_max")
        }
        ColumnType::Text => {
            let length = format!("CAST(sum(character_length({name})) AS bigint) AS {name}_length");
            format!("{values}, {length}, min({name}) AS {name}_min, max({name}) AS {name}_max")
        }
        ColumnType::Bytes => values,
    }
}

/// A question about every content column of a table, per hour of its start where it has one.
fn question(table: &Table) -> String {
    let has_hours = table.position("start_date_time_key").is_some() && table.kind == TableKind::Fact;
    let hour = if has_hours { "start_date_time_key - start_date_time_key % 3600" } else { "CAST(0 AS bigint)" };
    let mut query = format!("SELECT {hour} AS hour, count(*) AS all_rows");
    for column in table.content_columns() {
        write!(query, ", {}", aggregates(column)).expect("a text takes all");
    }
    write!(query, " FROM {} GROUP BY 1 ORDER BY 1", table.name).expect("a text takes all");
    query
}

fn assert_same_rows(table: &str, what: &str, parquet: &[Value], postgres: &[Value]) {
    for (a, b) in parquet.iter().zip(postgres) {
        let (a, b) = (a.as_object().expect("a row"), b.as_object().expect("a row"));
        let other: Vec<_> = a.iter().filter(|(name, value)| b.get(*name) != Some(value)).collect();
        assert!(other.is_empty() && a.len() == b.len(), "{table}, {what}: {other:?} in Parquet, but {b:?}");
    }
    assert_eq!(parquet.len(), postgres.len(), "{table}: {what}");
}

#[test]
fn both_engines_sum_every_column_of_every_table_to_the_same_per_hour() {
    let name = "both_engines_sum_every_column_of_every_table_to_the_same_per_hour";
    let Some(bank) = bank(name) else { return };
    if engines(name).len() < 2 {
        return;
    }
    for table in shared_tables() {
        let [parquet, postgres] = [Engine::Parquet, Engine::Postgres].map(|e| sql(&bank.data, e, &question(table)));
        assert!(!parquet.is_empty() || stays_empty(table), "{} is empty", table.name);
        assert_same_rows(table.name, "hour", &parquet, &postgres);
    }
}

#[test]
fn both_engines_show_the_same_rows_of_every_small_table() {
    let name = "both_engines_show_the_same_rows_of_every_small_table";
    let Some(bank) = bank(name) else { return };
    if engines(name).len() < 2 {
        return;
    }
    for table in shared_tables().filter(|t| !matches!(t.kind, TableKind::Fact | TableKind::Calendar)) {
        let query = format!("SELECT * FROM {} ORDER BY {}", table.name, table.sort.join(", "));
        let [parquet, postgres] = [Engine::Parquet, Engine::Postgres].map(|e| sql(&bank.data, e, &query));
        assert_same_rows(table.name, "row", &parquet, &postgres);
    }
}

#[test]
fn both_marts_have_the_same_hashes() {
    let name = "both_marts_have_the_same_hashes";
    let Some(bank) = bank(name) else { return };
    if engines(name).len() < 2 {
        return;
    }
    let [parquet, postgres] =
        [Engine::Parquet, Engine::Postgres].map(|e| answer(&bank.data, &["hash", "--engine", e.name()]));
    let without_archive = |text: &str| -> Vec<String> {
        text.lines().filter(|line| !line.contains("gidb_event")).map(str::to_owned).collect()
    };
    assert!(parquet.lines().count() > 20, "{parquet}");
    assert_eq!(without_archive(&parquet), without_archive(&postgres));
}
