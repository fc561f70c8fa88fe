//! The files of an open day: they grow by parts, and only the parts that hold replaced units are written again.
//!
//! Parts are joined while they are small, so that there are few and each row is written again a few times only. Knows the
//! files of one state, not how a state becomes the newest.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use callmart_schema::catalogue::{CtlRestatement, GidbEvent, Row as _, Table, Value, cells};
use callmart_schema::manifest::FileEntry;

use super::archive::LOGINS;
use super::files::{self, NewFile, Place, concat};
use super::reading::{Keys, Wanted};
use super::{ParquetMart, day_name, reading};
use crate::error::EtlError;
use crate::load::Load;
use crate::load::restate::{LoadStamp, restate};
use crate::stored::Stored;

/// A part that has up to so many times the rows that are added behind it is joined with them.
const JOIN_FACTOR: u64 = 3;
/// Events that are made rows at a time.
const ROWS_AT_ONCE: usize = 8_192;
/// Column of the unit that a row was made from.
const UNIT: &str = "unit_key";

/// By the name of a file: the units whose rows it holds, in order.
pub(super) type UnitsOfFiles = HashMap<String, Arc<[i64]>>;

impl ParquetMart {
    /// Replaces the units' rows on every day that has or had some.
    pub(super) fn replace_facts(
        &mut self,
        table: &'static Table,
        new: &RecordBatch,
        load: &Load,
        stamp: LoadStamp,
    ) -> Result<Vec<CtlRestatement>, EtlError> {
        let (old, mut staying) = self.take_out(table, &load.stored.facts, &load.days)?;
        let restated = restate(table, &old, new, &load.units, stamp);
        let added = split_by_day(table, &restated.batch)?;
        let touched: BTreeSet<i32> = staying.keys().chain(added.keys()).copied().collect();
        for day in touched {
            let rows: Vec<RecordBatch> =
                staying.remove(&day).into_iter().flatten().chain(added.get(&day).cloned()).collect();
            self.append(Place { table, day: &day_name(day), part: "" }, &concat(table, &rows)?)?;
        }
        Ok(restated.restatements)
    }

    /// Takes the units' rows out of the files of these days: gives them, and by day what else stood in files that are no
    /// longer part of the state.
    #[allow(clippy::type_complexity)] // two results of one pass
    fn take_out(
        &mut self,
        table: &'static Table,
        units: &HashSet<i64>,
        days: &BTreeSet<i32>,
    ) -> Result<(Vec<Vec<Value>>, BTreeMap<i32, Vec<RecordBatch>>), EtlError> {
        let (mut old, mut staying) = (Vec::new(), BTreeMap::<i32, Vec<RecordBatch>>::new());
        if units.is_empty() {
            return Ok((old, staying));
        }
        let wanted = Wanted { column: UNIT, keys: Keys::of(units) };
        for day in days {
            let name = day_name(*day);
            let place = Place { table, day: &name, part: "" };
            let all: Vec<FileEntry> = self.files_of(place).cloned().collect();
            for file in all {
                if self.is_open(*day) && !self.units_of(table, &file)?.iter().any(|unit| units.contains(unit)) {
                    continue;
                }
                let before = old.len();
                reading::each(&self.data_dir, table, &file, Some(&wanted), &mut |theirs| {
                    old.extend((0..theirs.num_rows()).map(|row| cells(&theirs, row)));
                    Ok(())
                })?;
                if old.len() > before {
                    staying.entry(*day).or_default().extend(self.write_others(place, &file, units)?);
                }
            }
        }
        Ok((old, staying))
    }

    /// Drops a file in which units are replaced. What else stood in it is given back, or, when that is much, is a file again.
    fn write_others(
        &mut self,
        place: Place<'_>,
        file: &FileEntry,
        units: &HashSet<i64>,
    ) -> Result<Option<RecordBatch>, EtlError> {
        let table = place.table;
        let (mut others, mut large) = (Vec::new(), None);
        if file.rows > self.full_part_rows(table) {
            large = Some(NewFile::begin(&self.data_dir, place)?);
        }
        reading::each(&self.data_dir, table, file, None, &mut |rows| {
            let rows = reading::split(table, &rows, UNIT, false, |unit| units.contains(&unit))?;
            match &mut large {
                Some(large) => large.write(rows)?,
                None => others.push(rows),
            }
            Ok(())
        })?;
        self.forget(table, file);
        match large {
            Some(large) => self.remember(table, large.finish()?),
            None => return concat(table, &others).map(Some),
        }
        Ok(None)
    }

    /// The units of a file.
    fn units_of(&mut self, table: &'static Table, file: &FileEntry) -> Result<Arc<[i64]>, EtlError> {
        if let Some(units) = self.units_of_files.get(&file.name) {
            return Ok(units.clone());
        }
        let units = distinct(reading::keys(&self.data_dir, table, file, UNIT)?);
        self.units_of_files.insert(file.name.clone(), units.clone());
        Ok(units)
    }

    /// Drops what is known of files of days that are closed.
    pub(super) fn forget_closed(&mut self) {
        let mut open = HashSet::new();
        for days in self.state.files.values() {
            let of_day = days.iter().filter(|(day, _)| super::day_number(day).is_some_and(|d| self.is_open(d)));
            open.extend(of_day.flat_map(|(_, files)| files.iter().map(|f| f.name.clone())));
        }
        self.units_of_files.retain(|name, _| open.contains(name));
    }

    /// Adds the events that the archive does not hold yet.
    pub(super) fn append_archive(&mut self, events: &[Arc<Stored>]) -> Result<(), EtlError> {
        let mut by_place: BTreeMap<(i32, bool), Vec<&Stored>> = BTreeMap::new();
        for event in events {
            by_place.entry((event.day(), event.is_login())).or_default().push(event);
        }
        for ((day, is_login), events) in by_place {
            let part = if is_login { LOGINS } else { "" };
            // Rows are larger than columns: only some of them are made at a time.
            let batch = |some: &[&Stored]| GidbEvent::batch(&some.iter().map(|e| e.row()).collect::<Vec<_>>());
            let batches: Vec<RecordBatch> = events.chunks(ROWS_AT_ONCE).map(batch).collect();
            let rows = concat(GidbEvent::TABLE, &batches)?;
            drop(batches);
            self.append(Place { table: GidbEvent::TABLE, day: &day_name(day), part }, &rows)?;
        }
        Ok(())
    }

    /// Adds rows to those of a place, as a file of their own or joined with small ones.
    pub(super) fn append(&mut self, place: Place<'_>, rows: &RecordBatch) -> Result<(), EtlError> {
        if rows.num_rows() == 0 {
            return Ok(());
        }
        let mut rows = rows.clone();
        loop {
            let smallest = self.files_of(place).min_by_key(|f| f.rows).cloned();
            let limit = (JOIN_FACTOR * rows.num_rows() as u64).min(self.full_part_rows(place.table));
            let Some(other) = smallest.filter(|f| f.rows <= limit) else { break };
            rows = concat(place.table, &[reading::rows(&self.data_dir, place.table, [&other])?, rows])?;
            self.forget(place.table, &other);
        }
        let file = files::write(&self.data_dir, place, &rows)?;
        if place.table.is_of_units() {
            let units = rows.column_by_name(UNIT).and_then(|c| c.as_any().downcast_ref::<Int64Array>());
            let units = distinct(units.into_iter().flat_map(|u| u.values().iter().copied()));
            self.units_of_files.insert(file.name.clone(), units);
        }
        self.remember(place.table, file);
        Ok(())
    }

    /// Rows at which a part is full and not joined any more while the day is open; rows of tables differ much in what they
    /// weigh.
    fn full_part_rows(&self, table: &Table) -> u64 {
        self.cells_at_once / (table.columns.len() as u64).max(1)
    }

    /// The files of a place.
    pub(super) fn files_of<'a>(&'a self, place: Place<'a>) -> impl Iterator<Item = &'a FileEntry> {
        let files = self.state.files.get(place.table.name).and_then(|days| days.get(place.day));
        files.into_iter().flatten().filter(move |f| f.part == place.part)
    }
}

fn distinct(units: impl IntoIterator<Item = i64>) -> Arc<[i64]> {
    units.into_iter().collect::<BTreeSet<i64>>().into_iter().collect()
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
