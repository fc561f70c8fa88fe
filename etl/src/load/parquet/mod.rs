//! The Parquet mart and the archive: new files, then the manifest with the positions.
//!
//! A day's facts are one file per table, written again as a whole when any of its units changed; the archive of a day grows
//! by files, which are joined when they are small. What the rows mean is not known here.

mod files;
mod links;
mod store;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use arrow::array::{BooleanArray, Int64Array, RecordBatch, UInt32Array};
use arrow::compute::{filter_record_batch, take_record_batch};
use callmart_schema::catalogue::{
    Calendar, CtlCoverage, CtlReject, CtlRestatement, DateTime, GidbEvent, Row, TABLES, Table, TableKind, Value, cells,
};
use callmart_schema::manifest::LogPlace;
use chrono::NaiveDate;
use chrono_tz::Tz;

use self::store::State;
use super::restate::{LoadStamp, restate};
use super::{Load, calendars, static_batches};
use crate::error::EtlError;
use crate::stored::{Stored, Texts};
use crate::transform::Dimensions;

/// A file that has up to so many times the rows that are appended behind it is joined with them.
const JOIN_FACTOR: u64 = 3;

/// The Parquet mart of a data folder. One process at a time may load it.
pub(crate) struct ParquetMart {
    data_dir: PathBuf,
    state: State,
    calendar_zones: Vec<Tz>,
    calendar_years: BTreeSet<i32>,
    longest_query: Duration,
}

impl ParquetMart {
    /// Opens the mart, or makes an empty one.
    ///
    /// # Errors
    /// [`EtlError::Io`], [`EtlError::Manifest`] or [`EtlError::DamagedFile`].
    pub(crate) fn open(data_dir: &Path, calendar_zones: &[Tz], longest_query_s: u64) -> Result<Self, EtlError> {
        store::make_folders(data_dir)?;
        let state = store::read(data_dir)?;
        let mut mart = Self {
            data_dir: data_dir.to_owned(),
            state,
            calendar_zones: calendar_zones.to_vec(),
            calendar_years: BTreeSet::new(),
            longest_query: Duration::from_secs(longest_query_s),
        };
        mart.calendar_years = mart.stored_calendar_years()?;
        links::show(data_dir, &mart.state, None)?;
        Ok(mart)
    }

    /// Up to where each log is contained in the mart.
    #[must_use]
    pub(crate) fn positions(&self) -> &BTreeMap<String, LogPlace> {
        &self.state.positions
    }

    /// Throws away what is in the mart, and the archive too unless it is to be kept. Its positions go as well: whoever
    /// finds an archive but no positions knows that the mart holds nothing of it.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(crate) fn clear(&mut self, keep_archive: bool) -> Result<(), EtlError> {
        let before = self.state.files.clone();
        self.state.files.retain(|name, _| keep_archive && name == GidbEvent::TABLE.name);
        self.state.positions.clear();
        self.calendar_years.clear();
        store::commit(&self.data_dir, &mut self.state)?;
        links::show(&self.data_dir, &self.state, Some(&before))
    }

    /// The dimension rows that the mart holds.
    ///
    /// # Errors
    /// [`EtlError::Io`] or [`EtlError::DamagedFile`].
    pub(crate) fn dimensions(&self) -> Result<Dimensions, EtlError> {
        let mut dimensions = Dimensions::default();
        for table in TABLES.iter().filter(|t| t.kind == TableKind::Dimension) {
            dimensions.recall(table, &self.read(table, "")?);
        }
        Ok(dimensions)
    }

    /// Hands out every event of the archive, day by day.
    ///
    /// # Errors
    /// [`EtlError::Io`] or [`EtlError::DamagedFile`].
    pub(crate) fn each_archived(
        &self,
        texts: &mut Texts,
        mut take: impl FnMut(&mut Texts, Stored),
    ) -> Result<(), EtlError> {
        for file in self.state.files.get(GidbEvent::TABLE.name).into_iter().flat_map(BTreeMap::values).flatten() {
            files::read_each(&self.data_dir, GidbEvent::TABLE, file, None, |batch| {
                for event in Stored::from_archive(texts, &batch) {
                    take(texts, event);
                }
            })?;
        }
        Ok(())
    }

    /// The archived events of units, reading each archive day once. `days` are days since 1970-01-01.
    ///
    /// # Errors
    /// [`EtlError::Io`] or [`EtlError::DamagedFile`].
    pub(crate) fn archived_units(
        &self,
        texts: &mut Texts,
        units: &HashSet<i64>,
        days: &BTreeSet<i32>,
    ) -> Result<HashMap<i64, Vec<Stored>>, EtlError> {
        let mut found: HashMap<i64, Vec<Stored>> = HashMap::new();
        let archive = self.state.files.get(GidbEvent::TABLE.name);
        for day in days {
            for file in archive.and_then(|a| a.get(&day_name(*day))).into_iter().flatten() {
                let mut read = Vec::new();
                files::read_each(&self.data_dir, GidbEvent::TABLE, file, None, |batch| read.push(batch))?;
                for batch in read {
                    let wanted = keep_units(GidbEvent::TABLE, &batch, |unit| units.contains(&unit))?;
                    for event in Stored::from_archive(texts, &wanted) {
                        found.entry(event.unit.key()).or_default().push(event);
                    }
                }
            }
        }
        Ok(found)
    }

    /// Puts a load and the events that the archive does not hold yet into the next state, and makes it the newest.
    /// Positions may only advance when no unit waits to be loaded; the caller sees to that.
    ///
    /// # Errors
    /// [`EtlError::Io`] or [`EtlError::DamagedFile`]; the newest state is then the one before.
    pub(crate) fn publish(&mut self, load: &Load, unarchived: &[Stored]) -> Result<(), EtlError> {
        let (before, years) = (self.state.clone(), self.calendar_years.clone());
        self.state.load_number += 1;
        let made = self.stage(load, unarchived);
        if let Err(error) = made.and_then(|()| store::commit(&self.data_dir, &mut self.state)) {
            (self.state, self.calendar_years) = (before, years);
            return Err(error);
        }
        // The state stands, whatever becomes of what is beside it; the next opening tidies up.
        let tidied = links::show(&self.data_dir, &self.state, Some(&before.files))
            .and_then(|()| store::drop_superseded(&self.data_dir, self.state.number, self.longest_query));
        if let Err(error) = tidied {
            tracing::warn!(%error, "a state of the mart stands, but its folders of links or old files could not be tidied");
        }
        Ok(())
    }

    /// The rows of a table by day, in the table's order, content only.
    #[cfg(test)]
    pub(crate) fn content(&self, table: &'static Table) -> Result<BTreeMap<String, Vec<Vec<Value>>>, EtlError> {
        let places: Vec<usize> = table.content_columns().filter_map(|c| table.position(c.name)).collect();
        let mut content = BTreeMap::new();
        for day in self.state.files.get(table.name).into_iter().flat_map(BTreeMap::keys) {
            let rows = self.read(table, day)?;
            let row = |row| -> Vec<Value> {
                let cells = cells(&rows, row);
                places.iter().filter_map(|place| cells.get(*place).cloned()).collect()
            };
            let mut rows: Vec<_> = (0..rows.num_rows()).map(row).collect();
            rows.sort();
            content.insert(day.clone(), rows);
        }
        Ok(content)
    }

    fn stage(&mut self, load: &Load, unarchived: &[Stored]) -> Result<(), EtlError> {
        let stamp = LoadStamp { load_number: self.state.load_number, at_ms: load.at_ms };
        self.append_archive(unarchived)?;
        let mut restatements = Vec::new();
        for (table, batch) in load.rows.fact_batches() {
            restatements.extend(self.replace_facts(table, &batch, load, stamp)?);
        }
        for (table, batch) in load.rows.open_batches() {
            self.replace_units(table, &batch, &load.stored.open)?;
        }
        for (table, batch) in load.dimensions.batches() {
            self.upsert(table, &batch)?;
        }
        self.replace_units(CtlReject::TABLE, &CtlReject::batch(&load.rows.ctl_reject), &load.stored.rejects)?;
        if let Some(coverage) = &load.coverage {
            self.replace(CtlCoverage::TABLE, "", &CtlCoverage::batch(coverage))?;
        }
        if !restatements.is_empty() {
            self.append(CtlRestatement::TABLE, "", &CtlRestatement::batch(&restatements))?;
        }
        self.complete_calendars(load)?;
        for (table, batch) in static_batches() {
            if !self.state.files.contains_key(table.name) {
                self.replace(table, "", &batch)?;
            }
        }
        self.state.positions.clone_from(&load.positions);
        Ok(())
    }

    /// Replaces the units' rows on every day that has or had some.
    fn replace_facts(
        &mut self,
        table: &'static Table,
        new: &RecordBatch,
        load: &Load,
        stamp: LoadStamp,
    ) -> Result<Vec<CtlRestatement>, EtlError> {
        let stored = self.state.files.get(table.name).filter(|_| !load.stored.facts.is_empty());
        let days = load.days.iter().copied().filter(|day| stored.is_some_and(|s| s.contains_key(&day_name(*day))));
        let mut kept: BTreeMap<i32, RecordBatch> = BTreeMap::new();
        let mut old = Vec::new();
        for day in days {
            let rows = self.read(table, &day_name(day))?;
            let theirs = keep_units(table, &rows, |unit| load.stored.facts.contains(&unit))?;
            if theirs.num_rows() > 0 {
                old.extend((0..theirs.num_rows()).map(|row| cells(&theirs, row)));
                kept.insert(day, keep_units(table, &rows, |unit| !load.stored.facts.contains(&unit))?);
            }
        }
        let restated = restate(table, &old, new, &load.units, stamp);
        let by_day = split_by_day(table, &restated.batch)?;
        let touched: BTreeSet<i32> = kept.keys().chain(by_day.keys()).copied().collect();
        for day in touched {
            let name = day_name(day);
            let staying = match kept.remove(&day) {
                Some(rows) => rows,
                None => self.read(table, &name)?,
            };
            let rows: Vec<RecordBatch> = std::iter::once(staying).chain(by_day.get(&day).cloned()).collect();
            self.replace(table, &name, &files::concat(table, &rows)?)?;
        }
        Ok(restated.restatements)
    }

    fn append_archive(&mut self, events: &[Stored]) -> Result<(), EtlError> {
        let mut by_day: BTreeMap<i32, Vec<GidbEvent>> = BTreeMap::new();
        for event in events {
            by_day.entry(event.day()).or_default().push(event.row());
        }
        for (day, rows) in by_day {
            self.append(GidbEvent::TABLE, &day_name(day), &GidbEvent::batch(&rows))?;
        }
        Ok(())
    }

    /// Adds rows to those that the table has on the day, as a file of their own. Files are joined when the one before is
    /// not much larger, so that there are few and each row is written again a few times only.
    fn append(&mut self, table: &'static Table, day: &str, rows: &RecordBatch) -> Result<(), EtlError> {
        let mut rows = rows.clone();
        while let Some(last) = self.state.files.get(table.name).and_then(|d| d.get(day)).and_then(|f| f.last()).cloned()
        {
            if last.rows > JOIN_FACTOR * rows.num_rows() as u64 {
                break;
            }
            rows = files::concat(table, &[files::read(&self.data_dir, table, [&last])?, rows])?;
            self.state.files.get_mut(table.name).and_then(|days| days.get_mut(day)).and_then(Vec::pop);
        }
        let file = files::write(&self.data_dir, table, day, &rows)?;
        let days = self.state.files.entry(table.name.to_owned()).or_default();
        days.entry(day.to_owned()).or_default().push(file);
        Ok(())
    }

    fn upsert(&mut self, table: &'static Table, new: &RecordBatch) -> Result<(), EtlError> {
        if new.num_rows() == 0 {
            return Ok(());
        }
        let key = table.position(table.key.first().copied().unwrap_or_default()).unwrap_or(0);
        let keys = |batch: &RecordBatch| -> HashSet<Value> {
            (0..batch.num_rows()).filter_map(|row| cells(batch, row).into_iter().nth(key)).collect()
        };
        let (replaced, old) = (keys(new), self.read(table, "")?);
        let stays = (0..old.num_rows()).map(|row| cells(&old, row).get(key).is_none_or(|k| !replaced.contains(k)));
        let stays = BooleanArray::from(stays.collect::<Vec<bool>>());
        let staying = filter_record_batch(&old, &stays).map_err(|e| EtlError::arrow(table.name, &e))?;
        self.replace(table, "", &files::concat(table, &[staying, new.clone()])?)
    }

    /// Replaces the units' rows of a table without days. The table has a file even without rows.
    fn replace_units(
        &mut self,
        table: &'static Table,
        new: &RecordBatch,
        units: &HashSet<i64>,
    ) -> Result<(), EtlError> {
        let has_file = self.state.files.contains_key(table.name);
        if has_file && new.num_rows() == 0 && units.is_empty() {
            return Ok(());
        }
        let staying = keep_units(table, &self.read(table, "")?, |unit| !units.contains(&unit))?;
        self.replace(table, "", &files::concat(table, &[staying, new.clone()])?)
    }

    /// Keeps calendars of the years that facts touch.
    fn complete_calendars(&mut self, load: &Load) -> Result<(), EtlError> {
        let touched = calendars::years(load.days.iter().copied());
        let years: BTreeSet<i32> = self.calendar_years.union(&touched).copied().collect();
        if years == self.calendar_years {
            return Ok(());
        }
        let mut batches: BTreeMap<&str, (&'static Table, Vec<RecordBatch>)> = BTreeMap::new();
        for year in &years {
            for (table, batch) in calendars::batches(*year, &self.calendar_zones) {
                batches.entry(table.name).or_insert_with(|| (table, Vec::new())).1.push(batch);
            }
        }
        for (table, batches) in batches.into_values() {
            self.replace(table, "", &files::concat(table, &batches)?)?;
        }
        self.calendar_years = years;
        Ok(())
    }

    /// Years whose calendars are stored for every configured zone; none when a zone is missing, so that all are made anew.
    fn stored_calendar_years(&self) -> Result<BTreeSet<i32>, EtlError> {
        let years = self.read(DateTime::TABLE, "")?;
        let zones = self.read(Calendar::TABLE, "")?;
        let text = |batch: &RecordBatch, row: usize, name: &str, table: &Table| {
            table.position(name).and_then(|place| cells(batch, row).into_iter().nth(place))
        };
        let stored: BTreeSet<Value> =
            (0..zones.num_rows()).step_by(96).filter_map(|row| text(&zones, row, "tz", Calendar::TABLE)).collect();
        if !self.calendar_zones.iter().all(|z| stored.contains(&Value::Text(z.name().to_owned()))) {
            return Ok(BTreeSet::new());
        }
        let year = |row| match text(&years, row, "cal_year_num", DateTime::TABLE) {
            Some(Value::Int(year)) => i32::try_from(year).ok(),
            _ => None,
        };
        Ok((0..years.num_rows()).step_by(96).filter_map(year).collect())
    }

    fn read(&self, table: &'static Table, day: &str) -> Result<RecordBatch, EtlError> {
        let files = self.state.files.get(table.name).and_then(|days| days.get(day));
        files::read(&self.data_dir, table, files.into_iter().flatten())
    }

    /// Makes these rows all that the table has on the day.
    fn replace(&mut self, table: &'static Table, day: &str, rows: &RecordBatch) -> Result<(), EtlError> {
        let days = self.state.files.entry(table.name.to_owned()).or_default();
        if rows.num_rows() == 0 && table.day_column().is_some() {
            days.remove(day);
            return Ok(());
        }
        let file = files::write(&self.data_dir, table, day, rows)?;
        days.insert(day.to_owned(), vec![file]);
        Ok(())
    }
}

/// A day as files name it.
fn day_name(day: i32) -> String {
    NaiveDate::from_epoch_days(day).map_or_else(|| day.to_string(), |date| date.to_string())
}

/// The rows of the units that `wanted` lets through.
fn keep_units(
    table: &'static Table,
    batch: &RecordBatch,
    wanted: impl Fn(i64) -> bool,
) -> Result<RecordBatch, EtlError> {
    let units = batch.column_by_name("unit_key").and_then(|c| c.as_any().downcast_ref::<Int64Array>());
    let Some(units) = units else { return Ok(batch.clone()) };
    let mask = BooleanArray::from(units.values().iter().map(|unit| wanted(*unit)).collect::<Vec<bool>>());
    filter_record_batch(batch, &mask).map_err(|e| EtlError::arrow(table.name, &e))
}

/// The rows by the UTC day of their start.
fn split_by_day(table: &'static Table, batch: &RecordBatch) -> Result<BTreeMap<i32, RecordBatch>, EtlError> {
    let Some((column, per_day)) = table.day_column() else { return Ok(BTreeMap::new()) };
    let starts = batch.column_by_name(column).and_then(|c| c.as_any().downcast_ref::<Int64Array>());
    let Some(starts) = starts else { return Ok(BTreeMap::new()) };
    let mut rows: BTreeMap<i32, Vec<u32>> = BTreeMap::new();
    for (row, start) in starts.values().iter().enumerate() {
        rows.entry(start.div_euclid(per_day) as i32).or_default().push(row as u32);
    }
    let pick = |rows: Vec<u32>| take_record_batch(batch, &UInt32Array::from(rows));
    rows.into_iter()
        .map(|(day, rows)| Ok((day, pick(rows).map_err(|e| EtlError::arrow(table.name, &e))?)))
        .collect::<Result<_, EtlError>>()
}

impl std::fmt::Debug for ParquetMart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParquetMart").field("data_dir", &self.data_dir).field("number", &self.state.number).finish()
    }
}

#[cfg(test)]
mod tests {
    use callmart_schema::catalogue::Tenant;

    use super::*;

    #[test]
    fn appending_keeps_every_row_in_few_files() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut mart = ParquetMart::open(dir.path(), &[], 300).expect("a mart");
        let mut most_files = 0;
        for key in 0..200 {
            let row = Tenant { tenant_key: key, tenant_name: key.to_string() };
            mart.append(Tenant::TABLE, "", &Tenant::batch(&[row])).expect("appended");
            most_files = most_files.max(mart.state.files["tenant"][""].len());
        }
        assert_eq!(mart.read(Tenant::TABLE, "").expect("rows").num_rows(), 200);
        assert!(most_files <= 6, "{most_files} files");
    }
}
