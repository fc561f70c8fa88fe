//! The statements that a load is made of, each one or two round trips.
//!
//! SQL is put together from names of the catalogue and numbers, never from input. Knows tables and rows, not what a load is.

use std::collections::{BTreeSet, HashSet};

use arrow::array::RecordBatch;
use callmart_schema::catalogue::{ColumnType, Table, Value};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use super::DAY_S;
use crate::error::EtlError;
use crate::load::copy;

/// Runs SQL that is put together here from names of the catalogue and numbers, never from input.
pub(super) async fn execute(connection: &mut PgConnection, sql: &str) -> Result<(), EtlError> {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await?;
    Ok(())
}

/// Name of a day's partition; days before 1970 have no sign in it, which a name must not hold.
fn partition_name(table: &str, day: i32) -> String {
    let era = if day < 0 { "before" } else { "" };
    format!("{table}_p{era}{}", day.unsigned_abs())
}

pub(super) async fn make_partition(connection: &mut PgConnection, table: &str, day: i32) -> Result<(), EtlError> {
    let name = partition_name(table, day);
    let exists: Option<bool> =
        sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL").bind(&name).fetch_one(&mut *connection).await?;
    if exists == Some(true) {
        return Ok(());
    }
    let (from, to) = (i64::from(day) * DAY_S, (i64::from(day) + 1) * DAY_S);
    let sql = format!(
        "BEGIN; CREATE TABLE {name} (LIKE {table} INCLUDING ALL); \
         ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ({from}) TO ({to}); COMMIT"
    );
    execute(connection, &sql).await
}

/// Deletes the units' facts, which start on one of the days, and gives them as they were.
pub(super) async fn delete_facts(
    connection: &mut PgConnection,
    table: &'static Table,
    units: &HashSet<i64>,
    days: &BTreeSet<i32>,
) -> Result<Vec<Vec<Value>>, EtlError> {
    let (Some(first), Some(last), false) = (days.first(), days.last(), units.is_empty()) else {
        return Ok(Vec::new());
    };
    let units: Vec<i64> = units.iter().copied().collect();
    let Some((day, _)) = table.day_column() else { return Ok(Vec::new()) };
    let sql = format!(
        "DELETE FROM {} WHERE unit_key = ANY($1) AND {day} >= $2 AND {day} < $3 RETURNING {}",
        table.name,
        columns(table)
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(&units)
        .bind(i64::from(*first) * DAY_S)
        .bind((i64::from(*last) + 1) * DAY_S)
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| values(table, row)).collect()
}

/// Deletes the units' rows of a table without days.
pub(super) async fn delete_units(
    connection: &mut PgConnection,
    table: &Table,
    units: &HashSet<i64>,
) -> Result<(), EtlError> {
    if units.is_empty() {
        return Ok(());
    }
    let units: Vec<i64> = units.iter().copied().collect();
    let sql = format!("DELETE FROM {} WHERE unit_key = ANY($1)", table.name);
    sqlx::query(AssertSqlSafe(sql)).bind(&units).execute(connection).await?;
    Ok(())
}

/// The table's columns in the catalogue's order, which need not be the database's.
fn columns(table: &Table) -> String {
    table.columns.iter().map(|c| c.name).collect::<Vec<_>>().join(", ")
}

fn values(table: &Table, row: &PgRow) -> Result<Vec<Value>, EtlError> {
    let value = |(place, column_type): (usize, ColumnType)| -> Result<Value, sqlx::Error> {
        let value = match column_type {
            ColumnType::Int => row.try_get::<Option<i32>, _>(place)?.map(|v| Value::Int(i64::from(v))),
            ColumnType::BigInt => row.try_get::<Option<i64>, _>(place)?.map(Value::Int),
            ColumnType::Text => row.try_get::<Option<String>, _>(place)?.map(Value::Text),
            ColumnType::Bytes => row.try_get::<Option<Vec<u8>>, _>(place)?.map(Value::Bytes),
        };
        Ok(value.unwrap_or(Value::Null))
    };
    let columns = table.columns.iter().map(|c| c.column_type).enumerate();
    Ok(columns.map(value).collect::<Result<_, _>>()?)
}

/// Puts rows in.
pub(super) async fn copy_in(connection: &mut PgConnection, table: &Table, batch: &RecordBatch) -> Result<(), EtlError> {
    copy_into(connection, table.name, table, batch).await
}

async fn copy_into(
    connection: &mut PgConnection,
    name: &str,
    table: &Table,
    batch: &RecordBatch,
) -> Result<(), EtlError> {
    if batch.num_rows() == 0 {
        return Ok(());
    }
    let sql = format!("COPY {name} ({}) FROM STDIN (FORMAT binary)", columns(table));
    let mut sink = connection.copy_in_raw(&sql).await?;
    sink.send(copy::binary(batch)).await?;
    sink.finish().await?;
    Ok(())
}

/// Puts rows in, over those with the same key.
pub(super) async fn upsert(connection: &mut PgConnection, table: &Table, batch: &RecordBatch) -> Result<(), EtlError> {
    if batch.num_rows() == 0 {
        return Ok(());
    }
    let (name, stage, columns) = (table.name, format!("stage_{}", table.name), columns(table));
    execute(connection, &format!("CREATE TEMPORARY TABLE {stage} (LIKE {name}) ON COMMIT DROP")).await?;
    copy_into(connection, &stage, table, batch).await?;
    let set: Vec<String> = table.columns.iter().map(|c| format!("{0} = excluded.{0}", c.name)).collect();
    let sql = format!(
        "INSERT INTO {name} ({columns}) SELECT {columns} FROM {stage} ON CONFLICT ({}) DO UPDATE SET {}",
        table.key.join(", "),
        set.join(", ")
    );
    execute(connection, &sql).await
}

/// Makes these rows all that the table has.
pub(super) async fn replace_all(
    connection: &mut PgConnection,
    table: &Table,
    batch: &RecordBatch,
) -> Result<(), EtlError> {
    execute(connection, &format!("DELETE FROM {}", table.name)).await?;
    copy_in(connection, table, batch).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_of_a_day_before_1970_has_a_name_that_needs_no_quotes() {
        let names = [partition_name("tenant", 5), partition_name("tenant", -5)];
        assert_eq!(names, ["tenant_p5", "tenant_pbefore5"]);
    }
}
