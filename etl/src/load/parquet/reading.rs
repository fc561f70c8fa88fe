//! Reading files of the mart: whole, or only the rows whose key lies in a stretch or among others.
//!
//! Pages that cannot hold such rows are not opened. Knows files and their columns, not which of them make a state.

use std::collections::HashSet;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array as _, BooleanArray, Int64Array, RecordBatch};
use arrow::compute::filter_record_batch;
use callmart_schema::catalogue::Table;
use callmart_schema::manifest::FileEntry;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::arrow::arrow_reader::{
    ArrowPredicateFn, ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowFilter,
    RowSelection, RowSelector,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::PageIndexPolicy;

use super::files::{concat, folder};
use crate::error::{EtlError, IoContext as _};

/// Rows that the reader hands out at a time.
const READ_ROWS: usize = 16_384;

/// Which values of a key are wanted.
#[derive(Debug, Clone)]
pub(super) enum Keys {
    /// These, in order.
    Of(Arc<[i64]>),
    /// From the first to the last, both included.
    Between(i64, i64),
}

impl Keys {
    /// The keys of a set.
    pub(super) fn of(keys: &HashSet<i64>) -> Self {
        let mut keys: Vec<i64> = keys.iter().copied().collect();
        keys.sort_unstable();
        Self::Of(keys.into())
    }

    fn holds(&self, key: i64) -> bool {
        match self {
            Self::Of(keys) => keys.binary_search(&key).is_ok(),
            Self::Between(from, to) => (*from..=*to).contains(&key),
        }
    }

    /// Whether any of them can lie between two values, both included.
    fn touch(&self, from: i64, to: i64) -> bool {
        match self {
            Self::Of(keys) => keys.get(keys.partition_point(|k| *k < from)).is_some_and(|k| *k <= to),
            Self::Between(first, last) => *first <= to && from <= *last,
        }
    }

    fn mask(&self, column: &Int64Array) -> BooleanArray {
        column.values().iter().map(|key| Some(self.holds(*key))).collect()
    }
}

/// Rows that are wanted: those with one of the keys in a column.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) column: &'static str,
    pub(super) keys: Keys,
}

/// All rows of files of a table.
pub(super) fn rows<'a>(
    data_dir: &Path,
    table: &'static Table,
    files: impl IntoIterator<Item = &'a FileEntry>,
) -> Result<RecordBatch, EtlError> {
    let mut batches = Vec::new();
    for file in files {
        each(data_dir, table, file, None, &mut |batch| {
            batches.push(batch);
            Ok(())
        })?;
    }
    concat(table, &batches)
}

/// Hands out the rows of one file batch by batch; only those that are wanted.
pub(super) fn each(
    data_dir: &Path,
    table: &'static Table,
    file: &FileEntry,
    wanted: Option<&Wanted>,
    take: &mut dyn FnMut(RecordBatch) -> Result<(), EtlError>,
) -> Result<(), EtlError> {
    let path = folder(data_dir, table.name).join(&file.name);
    let damaged = |e: &dyn std::fmt::Display| EtlError::DamagedFile { path: path.clone(), cause: e.to_string() };
    let open = File::open(&path).at(&path)?;
    let policy = if wanted.is_some() { PageIndexPolicy::Optional } else { PageIndexPolicy::Skip };
    let options = ArrowReaderOptions::new().with_page_index_policy(policy);
    let metadata = ArrowReaderMetadata::load(&open, options).map_err(|e| damaged(&e))?;
    let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(open, metadata.clone());
    builder = builder.with_batch_size(READ_ROWS);
    if let Some(wanted) = wanted {
        let Some(selection) = selection(&metadata, wanted).map_err(|e| damaged(&e))? else { return Ok(()) };
        builder = builder.with_row_selection(selection).with_row_filter(row_filter(&metadata, wanted.clone()));
    }
    let schema = table.arrow_schema();
    for batch in builder.build().map_err(|e| damaged(&e))? {
        let batch = batch.map_err(|e| damaged(&e))?;
        // The file's schema may carry metadata of its writer; the catalogue's counts.
        take(RecordBatch::try_new(Arc::clone(&schema), batch.columns().to_vec()).map_err(|e| damaged(&e))?)?;
    }
    Ok(())
}

/// One key of every row of a file.
pub(super) fn keys(data_dir: &Path, table: &Table, file: &FileEntry, column: &str) -> Result<Vec<i64>, EtlError> {
    let path = folder(data_dir, table.name).join(&file.name);
    let damaged = |e: &dyn std::fmt::Display| EtlError::DamagedFile { path: path.clone(), cause: e.to_string() };
    let open = File::open(&path).at(&path)?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(open).map_err(|e| damaged(&e))?;
    let place = builder.parquet_schema().columns().iter().position(|c| c.name() == column);
    let mask = ProjectionMask::leaves(builder.parquet_schema(), place);
    let mut keys = Vec::new();
    for batch in builder.with_projection(mask).build().map_err(|e| damaged(&e))? {
        let batch = batch.map_err(|e| damaged(&e))?;
        let column = batch.columns().first().and_then(|c| c.as_any().downcast_ref::<Int64Array>());
        keys.extend(column.into_iter().flat_map(|c| c.values().iter().copied()));
    }
    Ok(keys)
}

fn row_filter(metadata: &ArrowReaderMetadata, wanted: Wanted) -> RowFilter {
    let schema = metadata.parquet_schema();
    let column = schema.columns().iter().position(|c| c.name() == wanted.column);
    let mask = ProjectionMask::leaves(schema, column);
    let predicate = move |batch: RecordBatch| {
        let keys = batch.column(0).as_any().downcast_ref::<Int64Array>();
        Ok(keys.map_or_else(|| vec![true; batch.num_rows()].into(), |keys| wanted.keys.mask(keys)))
    };
    RowFilter::new(vec![Box::new(ArrowPredicateFn::new(mask, predicate))])
}

/// The pages that can hold wanted rows; none when no page can.
fn selection(metadata: &ArrowReaderMetadata, wanted: &Wanted) -> Result<Option<RowSelection>, ParquetError> {
    let file = metadata.metadata();
    let converter = StatisticsConverter::try_new(wanted.column, metadata.schema(), metadata.parquet_schema())?;
    let mut selectors = Vec::new();
    for (place, group) in file.row_groups().iter().enumerate() {
        let pages = match (file.column_index(), file.offset_index()) {
            (Some(columns), Some(offsets)) => {
                let counts = converter.data_page_row_counts(offsets, file.row_groups(), [&place])?;
                let (mins, maxes) = (
                    converter.data_page_mins(columns, offsets, [&place])?,
                    converter.data_page_maxes(columns, offsets, [&place])?,
                );
                let bounds = (mins.as_any().downcast_ref::<Int64Array>(), maxes.as_any().downcast_ref::<Int64Array>());
                counts.and_then(|counts| match bounds {
                    (Some(mins), Some(maxes)) => Some((counts, mins.clone(), maxes.clone())),
                    _ => None,
                })
            }
            _ => None,
        };
        let Some((counts, mins, maxes)) = pages else {
            selectors.push(RowSelector::select(usize::try_from(group.num_rows()).unwrap_or(usize::MAX)));
            continue;
        };
        for (page, rows) in counts.values().iter().enumerate() {
            let rows = usize::try_from(*rows).unwrap_or(usize::MAX);
            let is_known = page < mins.len() && mins.is_valid(page) && maxes.is_valid(page);
            let is_needed = !is_known || wanted.keys.touch(mins.value(page), maxes.value(page));
            selectors.push(if is_needed { RowSelector::select(rows) } else { RowSelector::skip(rows) });
        }
    }
    let needed = selectors.iter().any(|s| !s.skip);
    Ok(needed.then(|| RowSelection::from(selectors)))
}

/// The rows of a batch whose key is, or is not, one of these.
pub(super) fn split(
    table: &'static Table,
    batch: &RecordBatch,
    column: &str,
    among: bool,
    keys: impl Fn(i64) -> bool,
) -> Result<RecordBatch, EtlError> {
    let column = batch.column_by_name(column).and_then(|c| c.as_any().downcast_ref::<Int64Array>());
    let Some(column) = column else { return Ok(batch.clone()) };
    let mask = BooleanArray::from(column.values().iter().map(|key| keys(*key) == among).collect::<Vec<bool>>());
    filter_record_batch(batch, &mask).map_err(|e| EtlError::arrow(table.name, &e))
}
