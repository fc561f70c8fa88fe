//! Single Parquet files: written once under the hash of their content, never changed, read as a whole.
//!
//! The bytes are a function of the rows: total order, one batch cut by rows, every writer setting pinned here. Knows
//! neither manifest nor tables beyond their declaration.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::{SortColumn, concat_batches, lexsort_to_indices, take};
use callmart_schema::catalogue::{CATALOGUE_VERSION, Table, empty_batch};
use callmart_schema::manifest::{FILE_FOLDER, FileEntry};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReaderBuilder, RowFilter};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};

use crate::error::{EtlError, IoContext as _};

/// Rows of a row group.
const ROW_GROUP_ROWS: usize = 262_144;
/// Rows that the reader hands out at a time.
const READ_BATCH_ROWS: usize = 65_536;
/// Compression level: smaller gains beyond cost more time than they save.
const ZSTD_LEVEL: i32 = 3;

/// Folder of a table's files.
pub(super) fn folder(data_dir: &Path, table: &str) -> PathBuf {
    data_dir.join(FILE_FOLDER).join(table)
}

/// Writes the rows, sorted, as one file of the table, durable when this returns. The folder must exist.
pub(super) fn write(data_dir: &Path, table: &Table, day: &str, batch: &RecordBatch) -> Result<FileEntry, EtlError> {
    let sorted = sort(table, batch)?;
    let bytes = encode(table, &sorted)?;
    let name = format!("{}.parquet", &blake3::hash(&bytes).to_hex()[..32]);
    let folder = folder(data_dir, table.name);
    let path = folder.join(&name);
    if !path.is_file() {
        write_durably(&path, &bytes)?;
    }
    Ok(FileEntry { day: day.to_owned(), name, rows: batch.num_rows() as u64, bytes: bytes.len() as u64 })
}

/// Writes a file so that it is there whole or not at all: a temporary name, fsync, rename, fsync of the folder.
pub(super) fn write_durably(path: &Path, bytes: &[u8]) -> Result<(), EtlError> {
    let temporary = path.with_extension("tmp");
    let mut file = File::create(&temporary).at(&temporary)?;
    file.write_all(bytes).at(&temporary)?;
    file.sync_all().at(&temporary)?;
    fs::rename(&temporary, path).at(path)?;
    if let Some(folder) = path.parent() {
        File::open(folder).and_then(|f| f.sync_all()).at(folder)?;
    }
    Ok(())
}

fn encode(table: &Table, batch: &RecordBatch) -> Result<Vec<u8>, EtlError> {
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties()))
        .map_err(|e| EtlError::parquet(table.name, &e))?;
    writer.write(batch).map_err(|e| EtlError::parquet(table.name, &e))?;
    writer.close().map_err(|e| EtlError::parquet(table.name, &e))?;
    Ok(bytes)
}

/// Every setting that the bytes depend on, so that an upgrade of the writer does not change them unnoticed.
fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_created_by(format!("callmart {CATALOGUE_VERSION}"))
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL).unwrap_or_default()))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_data_page_size_limit(1 << 20)
        .set_data_page_row_count_limit(20_000)
        .set_write_batch_size(1_024)
        .set_dictionary_enabled(true)
        .set_dictionary_page_size_limit(1 << 20)
        .set_encoding(Encoding::PLAIN)
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_statistics_truncate_length(Some(64))
        .build()
}

/// The rows in the table's order.
pub(super) fn sort(table: &Table, batch: &RecordBatch) -> Result<RecordBatch, EtlError> {
    let by: Vec<SortColumn> = table
        .sort
        .iter()
        .filter_map(|name| batch.column_by_name(name))
        .map(|column| SortColumn { values: column.clone(), options: None })
        .collect();
    let arrow = |e: arrow::error::ArrowError| EtlError::arrow(table.name, &e);
    let order = lexsort_to_indices(&by, None).map_err(arrow)?;
    let columns: Result<Vec<ArrayRef>, _> = batch.columns().iter().map(|c| take(c, &order, None)).collect();
    RecordBatch::try_new(batch.schema(), columns.map_err(arrow)?).map_err(arrow)
}

/// The rows of several batches as one.
pub(super) fn concat(table: &Table, batches: &[RecordBatch]) -> Result<RecordBatch, EtlError> {
    if batches.is_empty() {
        return Ok(empty_batch(table));
    }
    concat_batches(&table.arrow_schema(), batches).map_err(|e| EtlError::arrow(table.name, &e))
}

/// All rows of files of a table.
pub(super) fn read<'a>(
    data_dir: &Path,
    table: &'static Table,
    files: impl IntoIterator<Item = &'a FileEntry>,
) -> Result<RecordBatch, EtlError> {
    let mut batches = Vec::new();
    for file in files {
        read_each(data_dir, table, file, None, |batch| batches.push(batch))?;
    }
    concat(table, &batches)
}

/// Hands out the rows of one file batch by batch; with a filter, only those it lets through.
pub(super) fn read_each(
    data_dir: &Path,
    table: &'static Table,
    file: &FileEntry,
    filter: Option<RowFilter>,
    mut take_batch: impl FnMut(RecordBatch),
) -> Result<(), EtlError> {
    let path = folder(data_dir, table.name).join(&file.name);
    let damaged = |e: &dyn std::fmt::Display| EtlError::DamagedFile { path: path.clone(), cause: e.to_string() };
    let open = File::open(&path).at(&path)?;
    let mut builder = ParquetRecordBatchReaderBuilder::try_new(open).map_err(|e| damaged(&e))?;
    builder = builder.with_batch_size(READ_BATCH_ROWS);
    if let Some(filter) = filter {
        builder = builder.with_row_filter(filter);
    }
    let schema = table.arrow_schema();
    for batch in builder.build().map_err(|e| damaged(&e))? {
        let batch = batch.map_err(|e| damaged(&e))?;
        // The file's schema may carry metadata of its writer; the catalogue's counts.
        take_batch(RecordBatch::try_new(Arc::clone(&schema), batch.columns().to_vec()).map_err(|e| damaged(&e))?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use callmart_schema::catalogue::{Row, Tenant};

    use super::*;

    fn tenants(keys: &[i64]) -> RecordBatch {
        let row = |k: &i64| Tenant { tenant_key: *k, tenant_name: format!("t{k}") };
        Tenant::batch(&keys.iter().map(row).collect::<Vec<_>>())
    }

    #[test]
    fn a_file_has_its_golden_hash_whatever_the_order_of_its_rows() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(folder(dir.path(), "tenant")).expect("a folder");
        let keys: Vec<i64> = (0..1_000).collect();
        let backwards: Vec<i64> = keys.iter().rev().copied().collect();
        let file = write(dir.path(), Tenant::TABLE, "", &tenants(&keys)).expect("a file");
        assert_eq!(write(dir.path(), Tenant::TABLE, "", &tenants(&backwards)).expect("a file"), file);
        assert_eq!(file.name, GOLDEN_NAME, "the writer's bytes changed: equal marts no longer have equal files");
        let back = read(dir.path(), Tenant::TABLE, [&file]).expect("rows");
        assert_eq!(back, tenants(&keys));
    }

    const GOLDEN_NAME: &str = "b6fed9c2fc8a6c21f2a7e4bf754d9528.parquet";

    #[test]
    fn a_damaged_file_is_an_error_that_names_it() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(folder(dir.path(), "tenant")).expect("a folder");
        let file = write(dir.path(), Tenant::TABLE, "", &tenants(&[1, 2])).expect("a file");
        fs::write(folder(dir.path(), "tenant").join(&file.name), b"no parquet").expect("written");
        let error = read(dir.path(), Tenant::TABLE, [&file]).expect_err("damage");
        assert!(error.to_string().contains(&file.name), "{error}");
    }
}
