//! The PostgreSQL mart: the units' old rows out, their new ones in, and the positions, in one transaction.
//!
//! Rows go by binary COPY straight into the tables. The loader makes the day partitions that facts need. Which rows belong
//! in is the transform's business, how sure a commit is PostgreSQL's.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use arrow::array::RecordBatch;
use callmart_schema::catalogue::{
    ColumnType, CtlCoverage, CtlLoad, CtlReject, CtlRestatement, Row, TABLES, Table, TableKind, Value,
};
use callmart_schema::manifest::LogPlace;
use chrono_tz::Tz;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Row as _, SqlSafeStr as _};

use super::restate::{LoadStamp, restate};
use super::{Load, calendars, copy, static_batches};
use crate::error::EtlError;

/// The schema's steps, in order: version, what it does, SQL. Expand first, contract later.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "mart", include_str!("../../../migrations/0001_mart.sql")),
    (2, "agents and now", include_str!("../../../migrations/0002_agents_and_now.sql")),
];

/// Seconds of a UTC day.
const DAY_S: i64 = 86_400;

/// The mart in one database. One process at a time may load it.
pub(crate) struct PostgresMart {
    pool: PgPool,
    positions: BTreeMap<String, LogPlace>,
    load_number: u64,
    /// A load failed, and it is not known whether its commit came through.
    is_unsure: bool,
    partitions: BTreeSet<i32>,
    calendar_years: BTreeSet<i32>,
    calendar_zones: Vec<Tz>,
}

impl PostgresMart {
    /// Brings the database's tables to this version and reads up to where it has loaded.
    ///
    /// # Errors
    /// [`EtlError::Migrate`] or [`EtlError::Postgres`].
    pub(crate) async fn open(pool: PgPool, calendar_zones: &[Tz]) -> Result<Self, EtlError> {
        migrator().run(&pool).await?;
        let mut mart = Self {
            pool,
            positions: BTreeMap::new(),
            load_number: 0,
            is_unsure: false,
            partitions: BTreeSet::new(),
            calendar_years: BTreeSet::new(),
            calendar_zones: calendar_zones.to_vec(),
        };
        mart.read_checkpoint().await?;
        mart.fill_static_tables().await?;
        mart.calendar_years = mart.stored_calendar_years().await?;
        Ok(mart)
    }

    /// Up to where each log is contained in the mart.
    #[must_use]
    pub(crate) fn positions(&self) -> &BTreeMap<String, LogPlace> {
        &self.positions
    }

    /// Throws away what is in the mart.
    ///
    /// # Errors
    /// [`EtlError::Postgres`].
    pub(crate) async fn clear(&mut self) -> Result<(), EtlError> {
        let kept = [TableKind::Static, TableKind::Archive];
        let names: Vec<&str> = TABLES.iter().filter(|t| !kept.contains(&t.kind)).map(|t| t.name).collect();
        execute(&mut *self.pool.acquire().await?, &format!("TRUNCATE {}", names.join(", "))).await?;
        self.positions.clear();
        self.calendar_years.clear();
        Ok(())
    }

    /// Puts a load into the mart, whole or not at all.
    ///
    /// # Errors
    /// [`EtlError::Postgres`]; the mart is then as before, or, when the connection broke during the commit, as after.
    pub(crate) async fn load(&mut self, load: &Load) -> Result<(), EtlError> {
        if self.is_unsure {
            self.read_checkpoint().await?;
        }
        self.is_unsure = true;
        let facts = load.rows.fact_batches();
        self.make_partitions(&facts).await?;
        self.complete_calendars(load).await?;
        let stamp = LoadStamp { load_number: self.load_number + 1, at_ms: load.at_ms };
        let mut transaction = self.pool.begin().await?;
        let connection = &mut *transaction;
        // A generic plan would visit every partition for each key.
        execute(connection, "SET LOCAL plan_cache_mode = force_custom_plan").await?;
        let mut restatements = Vec::new();
        for (table, batch) in facts {
            let old = delete_units(connection, table, load).await?;
            let restated = restate(table, &old, &batch, &load.units, stamp);
            copy_in(connection, table.name, &restated.batch).await?;
            restatements.extend(restated.restatements);
        }
        for (table, batch) in load.dimensions.batches() {
            upsert(connection, table, &batch).await?;
        }
        let units: Vec<i64> = load.units.keys().copied().collect();
        sqlx::query("DELETE FROM ctl_reject WHERE unit_key = ANY($1)").bind(&units).execute(&mut *connection).await?;
        copy_in(connection, CtlReject::TABLE.name, &CtlReject::batch(&load.rows.ctl_reject)).await?;
        copy_in(connection, CtlRestatement::TABLE.name, &CtlRestatement::batch(&restatements)).await?;
        replace_all(connection, CtlCoverage::TABLE, &CtlCoverage::batch(&load.coverage)).await?;
        replace_all(connection, CtlLoad::TABLE, &checkpoint(load, stamp)).await?;
        transaction.commit().await?;
        self.positions.clone_from(&load.positions);
        self.load_number = stamp.load_number;
        self.is_unsure = false;
        Ok(())
    }

    async fn read_checkpoint(&mut self) -> Result<(), EtlError> {
        let sql = "SELECT log, log_segment, log_offset, load_number FROM ctl_load";
        for row in sqlx::query(sql).fetch_all(&self.pool).await? {
            let place = LogPlace {
                segment: row.try_get::<i64, _>("log_segment")? as u64,
                offset: row.try_get::<i64, _>("log_offset")? as u64,
            };
            self.positions.insert(row.try_get("log")?, place);
            self.load_number = self.load_number.max(row.try_get::<i64, _>("load_number")? as u64);
        }
        Ok(())
    }

    async fn fill_static_tables(&self) -> Result<(), EtlError> {
        let mut transaction = self.pool.begin().await?;
        for (table, batch) in static_batches() {
            upsert(&mut transaction, table, &batch).await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn stored_calendar_years(&self) -> Result<BTreeSet<i32>, EtlError> {
        let sql = "SELECT DISTINCT tz FROM calendar";
        let zones: Vec<String> = sqlx::query_scalar(sql).fetch_all(&self.pool).await?;
        if !self.calendar_zones.iter().all(|z| zones.iter().any(|name| name == z.name())) {
            return Ok(BTreeSet::new());
        }
        let years: Vec<i32> =
            sqlx::query_scalar("SELECT DISTINCT cal_year_num FROM date_time").fetch_all(&self.pool).await?;
        Ok(years.into_iter().collect())
    }

    async fn complete_calendars(&mut self, load: &Load) -> Result<(), EtlError> {
        let touched = calendars::years(load.days.iter().copied());
        let missing: Vec<i32> = touched.difference(&self.calendar_years).copied().collect();
        for year in missing {
            let mut transaction = self.pool.begin().await?;
            for (table, batch) in calendars::batches(year, &self.calendar_zones) {
                upsert(&mut transaction, table, &batch).await?;
            }
            transaction.commit().await?;
            self.calendar_years.insert(year);
        }
        Ok(())
    }

    /// Makes the partitions of days that facts start on. A partition is attached, not created in place: that way readers
    /// of the table are not shut out.
    async fn make_partitions(&mut self, facts: &[(&'static Table, RecordBatch)]) -> Result<(), EtlError> {
        let mut days = BTreeSet::new();
        for (_, batch) in facts {
            let starts = batch.column_by_name("start_date_time_key");
            let starts = starts.and_then(|c| c.as_any().downcast_ref::<arrow::array::Int64Array>());
            days.extend(starts.into_iter().flat_map(|s| s.values()).map(|s| s.div_euclid(DAY_S) as i32));
        }
        for day in days.difference(&self.partitions.clone()) {
            let mut connection = self.pool.acquire().await?;
            for (table, _) in facts {
                make_partition(&mut connection, table.name, *day).await?;
            }
            self.partitions.insert(*day);
        }
        Ok(())
    }
}

fn migrator() -> Migrator {
    let migration = |(version, what, sql): &(i64, &'static str, &'static str)| {
        Migration::new(*version, Cow::Borrowed(*what), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator { migrations: MIGRATIONS.iter().map(migration).collect(), ..Migrator::DEFAULT }
}

/// Runs SQL that is put together here from names of the catalogue and numbers, never from input.
async fn execute(connection: &mut PgConnection, sql: &str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await?;
    Ok(())
}

/// Name of a day's partition; days before 1970 have no sign in it, which a name must not hold.
fn partition_name(table: &str, day: i32) -> String {
    let era = if day < 0 { "before" } else { "" };
    format!("{table}_p{era}{}", day.unsigned_abs())
}

async fn make_partition(connection: &mut PgConnection, table: &str, day: i32) -> Result<(), EtlError> {
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
    Ok(execute(connection, &sql).await?)
}

/// Deletes the units' rows and gives them as they were.
async fn delete_units(
    connection: &mut PgConnection,
    table: &'static Table,
    load: &Load,
) -> Result<Vec<Vec<Value>>, EtlError> {
    let (Some(first), Some(last)) = (load.days.first(), load.days.last()) else { return Ok(Vec::new()) };
    let units: Vec<i64> = load.units.keys().copied().collect();
    let columns: Vec<&str> = table.columns.iter().map(|c| c.name).collect();
    let sql = format!(
        "DELETE FROM {} WHERE unit_key = ANY($1) AND start_date_time_key >= $2 AND start_date_time_key < $3 RETURNING {}",
        table.name,
        columns.join(", ")
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(&units)
        .bind(i64::from(*first) * DAY_S)
        .bind((i64::from(*last) + 1) * DAY_S)
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| values(table, row)).collect()
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

async fn copy_in(connection: &mut PgConnection, table: &str, batch: &RecordBatch) -> Result<(), EtlError> {
    if batch.num_rows() == 0 {
        return Ok(());
    }
    let mut sink = connection.copy_in_raw(&format!("COPY {table} FROM STDIN (FORMAT binary)")).await?;
    sink.send(copy::binary(batch)).await?;
    sink.finish().await?;
    Ok(())
}

/// Puts rows in, over those with the same key.
async fn upsert(connection: &mut PgConnection, table: &Table, batch: &RecordBatch) -> Result<(), EtlError> {
    if batch.num_rows() == 0 {
        return Ok(());
    }
    let (name, stage) = (table.name, format!("stage_{}", table.name));
    execute(connection, &format!("CREATE TEMPORARY TABLE {stage} (LIKE {name}) ON COMMIT DROP")).await?;
    copy_in(connection, &stage, batch).await?;
    let set: Vec<String> = table.columns.iter().map(|c| format!("{0} = excluded.{0}", c.name)).collect();
    let sql = format!(
        "INSERT INTO {name} SELECT * FROM {stage} ON CONFLICT ({}) DO UPDATE SET {}",
        table.key.join(", "),
        set.join(", ")
    );
    Ok(execute(connection, &sql).await?)
}

async fn replace_all(connection: &mut PgConnection, table: &Table, batch: &RecordBatch) -> Result<(), EtlError> {
    execute(connection, &format!("DELETE FROM {}", table.name)).await?;
    copy_in(connection, table.name, batch).await
}

fn checkpoint(load: &Load, stamp: LoadStamp) -> RecordBatch {
    let row = |(log, place): (&String, &LogPlace)| CtlLoad {
        log: log.clone(),
        log_segment: place.segment as i64,
        log_offset: place.offset as i64,
        load_number: stamp.load_number as i64,
        loaded_ms: stamp.at_ms,
    };
    CtlLoad::batch(&load.positions.iter().map(row).collect::<Vec<_>>())
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
