//! The Parquet mart and the archive: new files, then the manifest with the positions.
//!
//! An open day's files grow by parts; a closed day is one file per table. What the rows mean is not known here.

mod archive;
mod closing;
mod files;
mod links;
mod parts;
mod reading;
mod store;

pub(crate) use archive::Archive;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use callmart_schema::catalogue::{
    Calendar, CtlCoverage, CtlReject, CtlRestatement, CtlSetting, CtlUdToUdeMapping, DateTime, GidbEvent, Row, TABLES,
    Table, TableKind, Value, cells,
};
use callmart_schema::manifest::{FileEntry, LogPlace};
use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::Serialize;
use serde::de::DeserializeOwned;

use self::files::Place;
use self::parts::UnitsOfFiles;
use self::store::State;
use super::restate::LoadStamp;
use super::{Load, calendars, static_batches};
use crate::error::EtlError;
use crate::stored::Stored;
use crate::transform::Dimensions;

/// Cells that are joined at once unless somebody says otherwise.
const CELLS_AT_ONCE: u64 = 2_000_000;

/// The Parquet mart of a data folder. One process at a time may load it.
pub(crate) struct ParquetMart {
    data_dir: PathBuf,
    state: State,
    calendar_zones: Vec<Tz>,
    calendar_years: BTreeSet<i32>,
    longest_query: Duration,
    /// Days whose files may stand in parts.
    open_days: BTreeSet<i32>,
    /// Cells that are joined at once, about.
    cells_at_once: u64,
    /// What is known of the files of open days.
    units_of_files: UnitsOfFiles,
}

impl ParquetMart {
    /// Opens the mart, or makes an empty one.
    ///
    /// # Errors
    /// [`EtlError::Io`], [`EtlError::Manifest`] or [`EtlError::DamagedFile`].
    pub(crate) fn open(data_dir: &Path, calendar_zones: &[Tz], longest_query_s: u64) -> Result<Self, EtlError> {
        store::make_folders(data_dir)?;
        Self::with_state(data_dir, store::read(data_dir)?, calendar_zones, longest_query_s)
    }

    /// Opens a mart that is to be made anew from logs, whatever stands in the folder: an older program's mart, or a damaged
    /// one. Nothing of it is thrown away before the next state is made.
    ///
    /// # Errors
    /// [`EtlError::Io`].
    pub(crate) fn open_anew(data_dir: &Path, calendar_zones: &[Tz], longest_query_s: u64) -> Result<Self, EtlError> {
        match Self::open(data_dir, calendar_zones, longest_query_s) {
            Err(EtlError::Manifest { .. } | EtlError::DamagedFile { .. }) => {
                Self::with_state(data_dir, store::behind(data_dir)?, calendar_zones, longest_query_s)
            }
            opened => opened,
        }
    }

    fn with_state(
        data_dir: &Path,
        state: State,
        calendar_zones: &[Tz],
        longest_query_s: u64,
    ) -> Result<Self, EtlError> {
        let mut mart = Self {
            data_dir: data_dir.to_owned(),
            state,
            calendar_zones: calendar_zones.to_vec(),
            calendar_years: BTreeSet::new(),
            longest_query: Duration::from_secs(longest_query_s),
            open_days: BTreeSet::new(),
            cells_at_once: CELLS_AT_ONCE,
            units_of_files: HashMap::new(),
        };
        mart.calendar_years = mart.stored_calendar_years()?;
        links::show(data_dir, &mart.state, None)?;
        Ok(mart)
    }

    /// The same mart, which joins files of an open day up to so many cells (rows times columns), and closes a day by stretches of
    /// half as many. No content depends on it.
    #[must_use]
    pub(crate) fn joining(self, cells_at_once: u64) -> Self {
        Self { cells_at_once, ..self }
    }

    /// Up to where each log is contained in the mart.
    #[must_use]
    pub(crate) fn positions(&self) -> &BTreeMap<String, LogPlace> {
        &self.state.positions
    }

    /// The settings that it was made with.
    ///
    /// # Errors
    /// [`EtlError::Io`] or [`EtlError::DamagedFile`].
    pub(crate) fn settings(&self) -> Result<Vec<CtlSetting>, EtlError> {
        let rows = self.read(CtlSetting::TABLE, "")?;
        let setting = |row| match &cells(&rows, row)[..] {
            [Value::Text(name), Value::Text(value)] => Some(CtlSetting { name: name.clone(), value: value.clone() }),
            _ => None,
        };
        Ok((0..rows.num_rows()).filter_map(setting).collect())
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
        self.state.known = self.state.known.take().filter(|_| keep_archive);
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

    /// The tables of what goes on as the newest state holds them.
    ///
    /// # Errors
    /// [`EtlError::Io`] or [`EtlError::DamagedFile`].
    pub(crate) fn open_tables(&self) -> Result<Vec<(&'static Table, RecordBatch)>, EtlError> {
        let open = TABLES.iter().filter(|t| t.kind == TableKind::Open);
        open.map(|table| Ok((*table, self.read(table, "")?))).collect()
    }

    /// The archive of the newest state.
    #[must_use]
    pub(crate) fn archive(&self) -> Archive {
        Archive::of(&self.data_dir, &self.state)
    }

    /// What was written down of the archive of the newest state.
    #[must_use]
    pub(crate) fn known<K: DeserializeOwned>(&self) -> Option<K> {
        store::read_known(&self.data_dir, &self.state)
    }

    /// Puts a load and the events that the archive does not hold yet into the next state, and makes it the newest.
    /// Positions may only advance when no unit waits to be loaded; the caller sees to that.
    ///
    /// # Errors
    /// [`EtlError::Io`] or [`EtlError::DamagedFile`]; the newest state is then the one before.
    pub(crate) fn publish<K: Serialize>(
        &mut self,
        load: &Load,
        unarchived: &[Arc<Stored>],
        known: &K,
    ) -> Result<(), EtlError> {
        let (before, years) = (self.state.clone(), self.calendar_years.clone());
        self.state.load_number += 1;
        let made = self.stage(load, unarchived, known);
        if let Err(error) = made.and_then(|()| store::commit(&self.data_dir, &mut self.state)) {
            (self.state, self.calendar_years) = (before, years);
            return Err(error);
        }
        self.forget_closed();
        self.tidy(links::show(&self.data_dir, &self.state, Some(&before.files)));
        Ok(())
    }

    /// The state stands, whatever becomes of what is beside it; the next opening tidies up.
    fn tidy(&self, shown: Result<(), EtlError>) {
        let tidied = shown.and_then(|()| store::drop_superseded(&self.data_dir, self.state.number, self.longest_query));
        if let Err(error) = tidied {
            tracing::warn!(%error, "a state of the mart stands, but its folders of links or old files could not be tidied");
        }
    }

    /// The rows of a table by day, in the table's order, content only.
    #[cfg(test)]
    pub(crate) fn content(&self, table: &'static Table) -> Result<BTreeMap<String, Vec<Vec<Value>>>, EtlError> {
        let places: Vec<usize> = table.content_columns().filter_map(|c| table.position(c.name)).collect();
        let mut content = BTreeMap::new();
        for day in self.state.files.get(table.name).into_iter().flat_map(|days| days.keys()) {
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

    fn stage<K: Serialize>(&mut self, load: &Load, unarchived: &[Arc<Stored>], known: &K) -> Result<(), EtlError> {
        let stamp = LoadStamp { load_number: self.state.load_number, at_ms: load.at_ms };
        self.append_archive(unarchived)?;
        self.state.known = Some(store::write_known(&self.data_dir, known)?);
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
            self.replace(CtlCoverage::TABLE, &CtlCoverage::batch(coverage))?;
        }
        if let Some(mapping) = &load.mapping {
            self.replace(CtlUdToUdeMapping::TABLE, &CtlUdToUdeMapping::batch(mapping))?;
        }
        if !restatements.is_empty() {
            let place = Place { table: CtlRestatement::TABLE, day: "", part: "" };
            self.append(place, &CtlRestatement::batch(&restatements))?;
        }
        self.complete_calendars(load)?;
        if !self.state.files.contains_key(CtlSetting::TABLE.name) {
            self.replace(CtlSetting::TABLE, &CtlSetting::batch(&load.settings))?;
        }
        for (table, batch) in static_batches() {
            if !self.state.files.contains_key(table.name) {
                self.replace(table, &batch)?;
            }
        }
        self.state.positions.clone_from(&load.positions);
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
        self.replace(table, &files::concat(table, &[staying, new.clone()])?)
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
        let staying = reading::split(table, &self.read(table, "")?, "unit_key", false, |unit| units.contains(&unit))?;
        self.replace(table, &files::concat(table, &[staying, new.clone()])?)
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
            self.replace(table, &files::concat(table, &batches)?)?;
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
        reading::rows(&self.data_dir, table, files.into_iter().flatten())
    }

    /// Makes these rows all that a table without days has.
    fn replace(&mut self, table: &'static Table, rows: &RecordBatch) -> Result<(), EtlError> {
        let file = files::write(&self.data_dir, Place { table, day: "", part: "" }, rows)?;
        let days = self.state.files.entry(table.name.to_owned()).or_default();
        Arc::make_mut(days).insert(String::new(), vec![file]);
        Ok(())
    }

    /// Makes a file part of the state.
    fn remember(&mut self, table: &Table, file: FileEntry) {
        let days = self.state.files.entry(table.name.to_owned()).or_default();
        Arc::make_mut(days).entry(file.day.clone()).or_default().push(file);
    }

    /// Makes a file no part of the state.
    fn forget(&mut self, table: &Table, file: &FileEntry) {
        let Some(days) = self.state.files.get_mut(table.name).map(Arc::make_mut) else { return };
        if let Some(files) = days.get_mut(&file.day) {
            files.retain(|f| f != file);
        }
        days.retain(|_, files| !files.is_empty());
    }
}

/// The rows that are made from other units than these.
pub(crate) fn without_units(
    table: &'static Table,
    rows: &RecordBatch,
    units: &HashSet<i64>,
) -> Result<RecordBatch, EtlError> {
    reading::split(table, rows, "unit_key", false, |unit| units.contains(&unit))
}

/// A day as files name it.
fn day_name(day: i32) -> String {
    NaiveDate::from_epoch_days(day).map_or_else(|| day.to_string(), |date| date.to_string())
}

/// The day that files name so.
fn day_number(name: &str) -> Option<i32> {
    let date = name.parse::<NaiveDate>().ok().map(|date| date.to_epoch_days());
    date.or_else(|| name.parse().ok())
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
            let place = Place { table: Tenant::TABLE, day: "", part: "" };
            mart.append(place, &Tenant::batch(&[row])).expect("appended");
            most_files = most_files.max(mart.state.files["tenant"][""].len());
        }
        assert_eq!(mart.read(Tenant::TABLE, "").expect("rows").num_rows(), 200);
        assert!(most_files <= 6, "{most_files} files");
    }

    #[test]
    fn a_mart_of_another_version_is_refused_and_can_be_made_anew() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut mart = ParquetMart::open(dir.path(), &[], 300).expect("a mart");
        mart.publish(&Load::default(), &[], &()).expect("published");
        let path = store::manifest_path(dir.path(), mart.state.number);
        let manifest = std::fs::read_to_string(&path).expect("a manifest");
        let own = format!("\"catalogue_version\":{}", callmart_schema::catalogue::CATALOGUE_VERSION);
        let older = manifest.replace(&own, "\"catalogue_version\":1");
        assert_ne!(older, manifest);
        std::fs::write(&path, older).expect("written");
        let refused = ParquetMart::open(dir.path(), &[], 300).expect_err("another version").to_string();
        assert!(refused.contains("callmart rebuild --from log"), "{refused}");
        let mut anew = ParquetMart::open_anew(dir.path(), &[], 300).expect("a mart");
        assert!(anew.positions().is_empty() && anew.archive().days().is_empty());
        anew.publish(&Load::default(), &[], &()).expect("published");
        assert!(anew.state.number > mart.state.number);
        ParquetMart::open(dir.path(), &[], 300).expect("a mart of this version");
    }
}
