//! The PostgreSQL mart: the units' old rows out, their new ones in, and the positions, in one transaction.
//!
//! Rows go by binary COPY straight into the tables. The loader makes the day partitions that facts need. Which rows belong
//! in is the transform's business, how sure a commit is PostgreSQL's.

mod statements;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use arrow::array::RecordBatch;
use callmart_schema::catalogue::{
    CtlCoverage, CtlLoad, CtlReject, CtlRestatement, CtlSetting, CtlUdToUdeMapping, Row, TABLES, Table, TableKind,
};
use callmart_schema::manifest::LogPlace;
use chrono_tz::Tz;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{Connection as _, PgConnection, PgPool, Row as _, SqlSafeStr as _};

use self::statements::{copy_in, delete_facts, delete_units, execute, make_partition, replace_all, upsert};
use super::restate::{LoadStamp, restate};
use super::{Load, calendars, static_batches};
use crate::error::EtlError;

/// The schema's steps, in order: version, what it does, SQL. Expand first, contract later.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "mart", include_str!("../../../../migrations/0001_mart.sql")),
    (2, "agents and now", include_str!("../../../../migrations/0002_agents_and_now.sql")),
    (3, "lost", include_str!("../../../../migrations/0003_lost.sql")),
    (4, "decided", include_str!("../../../../migrations/0004_decided.sql")),
    (5, "gidb", include_str!("../../../../migrations/0005_gidb.sql")),
    (7, "user data", include_str!("../../../../migrations/0007_user_data.sql")),
    (8, "late", include_str!("../../../../migrations/0008_late.sql")),
];

/// How long a PostgreSQL that was away may take to let us in.
const ANSWER_LIMIT: Duration = Duration::from_secs(1);

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
    /// The settings that it was made with.
    settings: Vec<CtlSetting>,
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
            settings: Vec::new(),
        };
        mart.read_checkpoint().await?;
        mart.read_settings().await?;
        mart.fill_static_tables().await?;
        mart.calendar_years = mart.stored_calendar_years().await?;
        Ok(mart)
    }

    /// Up to where each log is contained in the mart.
    #[must_use]
    pub(crate) fn positions(&self) -> &BTreeMap<String, LogPlace> {
        &self.positions
    }

    /// The settings that it was made with.
    #[must_use]
    pub(crate) fn settings(&self) -> &[CtlSetting] {
        &self.settings
    }

    /// Whether somebody lets us in.
    ///
    /// # Errors
    /// [`EtlError::Postgres`] when nobody does within a moment.
    pub(crate) async fn answers(&self) -> Result<(), EtlError> {
        let options = self.pool.connect_options();
        let connected = tokio::time::timeout(ANSWER_LIMIT, PgConnection::connect_with(&options)).await;
        let late = || sqlx::Error::Io(std::io::ErrorKind::TimedOut.into());
        Ok(connected.map_err(|_| late())??.close().await?)
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
        self.settings.clear();
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
        put(&mut transaction, load, facts, stamp).await?;
        if self.settings.is_empty() {
            replace_all(&mut transaction, CtlSetting::TABLE, &CtlSetting::batch(&load.settings)).await?;
        }
        transaction.commit().await?;
        self.positions.clone_from(&load.positions);
        self.load_number = stamp.load_number;
        if self.settings.is_empty() {
            self.settings.clone_from(&load.settings);
        }
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

    async fn read_settings(&mut self) -> Result<(), EtlError> {
        for row in sqlx::query("SELECT name, value FROM ctl_setting").fetch_all(&self.pool).await? {
            self.settings.push(CtlSetting { name: row.try_get("name")?, value: row.try_get("value")? });
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
        for (table, batch) in facts {
            let starts = table.day_column().and_then(|(day, _)| batch.column_by_name(day));
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

/// Puts a load's rows and positions in, table after table; those that neither lose nor get rows are left alone.
async fn put(
    connection: &mut PgConnection,
    load: &Load,
    facts: Vec<(&'static Table, RecordBatch)>,
    stamp: LoadStamp,
) -> Result<(), EtlError> {
    if !load.stored.facts.is_empty() {
        // A generic plan would visit every partition for each key.
        execute(connection, "SET LOCAL plan_cache_mode = force_custom_plan").await?;
    }
    let mut restatements = Vec::new();
    for (table, batch) in facts {
        let old = delete_facts(connection, table, &load.stored.facts, &load.days).await?;
        let restated = restate(table, &old, &batch, &load.units, stamp);
        copy_in(connection, table, &restated.batch).await?;
        restatements.extend(restated.restatements);
    }
    for (table, batch) in load.rows.open_batches() {
        delete_units(connection, table, &load.stored.open).await?;
        copy_in(connection, table, &batch).await?;
    }
    for (table, batch) in load.dimensions.batches() {
        upsert(connection, table, &batch).await?;
    }
    delete_units(connection, CtlReject::TABLE, &load.stored.rejects).await?;
    copy_in(connection, CtlReject::TABLE, &CtlReject::batch(&load.rows.ctl_reject)).await?;
    copy_in(connection, CtlRestatement::TABLE, &CtlRestatement::batch(&restatements)).await?;
    if let Some(coverage) = &load.coverage {
        replace_all(connection, CtlCoverage::TABLE, &CtlCoverage::batch(coverage)).await?;
    }
    if let Some(mapping) = &load.mapping {
        replace_all(connection, CtlUdToUdeMapping::TABLE, &CtlUdToUdeMapping::batch(mapping)).await?;
    }
    replace_all(connection, CtlLoad::TABLE, &checkpoint(load, stamp)).await
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
