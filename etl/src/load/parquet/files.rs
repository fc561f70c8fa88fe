//! Single Parquet files: written once under the hash of their content, never changed, read as a whole or in part.
//!
//! The bytes are a function of the rows: total order, the same cuts however the rows were put together, every writer setting
//! pinned here. Knows neither manifest nor tables beyond their declaration.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::{SortColumn, concat_batches, lexsort_to_indices, take};
use callmart_schema::catalogue::{CATALOGUE_VERSION, Table, TableKind, empty_batch};
use callmart_schema::manifest::{FILE_FOLDER, FileEntry};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;

use crate::error::{EtlError, IoContext as _};

/// Rows of a row group.
const ROW_GROUP_ROWS: usize = 262_144;
/// Rows that are handed to the writer at a time: pages end where they end, so the bytes depend on it.
const WRITE_ROWS: usize = 8_192;
/// Most rows of a page.
const PAGE_ROWS: usize = 20_000;
/// Most rows of a page of the archive, of which single units are read.
const ARCHIVE_PAGE_ROWS: usize = 4_096;
/// Compression level: smaller gains beyond cost more time than they save.
const ZSTD_LEVEL: i32 = 3;
/// Name of a file while it is written. One process at a time writes, one file at a time.
const UNFINISHED: &str = "unfinished.tmp";

/// Folder of a table's files.
pub(super) fn folder(data_dir: &Path, table: &str) -> PathBuf {
    data_dir.join(FILE_FOLDER).join(table)
}

/// Which rows of a table a file holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) table: &'static Table,
    /// UTC day as files name it, empty for tables without days.
    pub(super) day: &'a str,
    /// Part of the day, mostly empty.
    pub(super) part: &'a str,
}

/// Writes the rows, sorted, as one file, durable when this returns. The folder must exist.
pub(super) fn write(data_dir: &Path, place: Place<'_>, batch: &RecordBatch) -> Result<FileEntry, EtlError> {
    let mut file = NewFile::begin(data_dir, place)?;
    file.write(sort(place.table, batch)?)?;
    file.finish()
}

/// Writes a file so that it is there whole or not at all: a temporary name, fsync, rename, fsync of the folder.
pub(super) fn write_durably(path: &Path, bytes: &[u8]) -> Result<(), EtlError> {
    let temporary = path.with_extension("tmp");
    let mut file = File::create(&temporary).at(&temporary)?;
    file.write_all(bytes).at(&temporary)?;
    file.sync_all().at(&temporary)?;
    fs::rename(&temporary, path).at(path)?;
    sync_folder(path)
}

fn sync_folder(path: &Path) -> Result<(), EtlError> {
    let Some(folder) = path.parent() else { return Ok(()) };
    File::open(folder).and_then(|f| f.sync_all()).at(folder)
}

/// A file that is being written, and the hash of what was written so far.
struct Hashed {
    file: File,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(bytes.get(..written).unwrap_or_default());
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A file that grows by rows in their order. However they are handed in, equal rows make equal bytes.
pub(super) struct NewFile<'a> {
    place: Place<'a>,
    folder: PathBuf,
    writer: ArrowWriter<Hashed>,
    /// Rows that wait until there are enough to be written.
    waiting: Vec<RecordBatch>,
    waiting_rows: usize,
    rows: u64,
}

impl<'a> NewFile<'a> {
    /// Begins a file; an unfinished one before it is forgotten.
    pub(super) fn begin(data_dir: &Path, place: Place<'a>) -> Result<Self, EtlError> {
        let folder = folder(data_dir, place.table.name);
        let path = folder.join(UNFINISHED);
        let hashed = Hashed { file: File::create(&path).at(&path)?, hasher: blake3::Hasher::new(), bytes: 0 };
        let writer = ArrowWriter::try_new(hashed, place.table.arrow_schema(), Some(properties(place.table)))
            .map_err(|e| EtlError::parquet(place.table.name, &e))?;
        Ok(Self { place, folder, writer, waiting: Vec::new(), waiting_rows: 0, rows: 0 })
    }

    /// Adds rows behind those before; they stand in the table's order.
    pub(super) fn write(&mut self, rows: RecordBatch) -> Result<(), EtlError> {
        self.rows += rows.num_rows() as u64;
        self.waiting_rows += rows.num_rows();
        self.waiting.push(rows);
        if self.waiting_rows < WRITE_ROWS {
            return Ok(());
        }
        let all = concat(self.place.table, &std::mem::take(&mut self.waiting))?;
        let whole = all.num_rows() - all.num_rows() % WRITE_ROWS;
        for from in (0..whole).step_by(WRITE_ROWS) {
            self.encode(&all.slice(from, WRITE_ROWS))?;
        }
        self.waiting_rows = all.num_rows() - whole;
        self.waiting.push(all.slice(whole, self.waiting_rows));
        Ok(())
    }

    fn encode(&mut self, rows: &RecordBatch) -> Result<(), EtlError> {
        self.writer.write(rows).map_err(|e| EtlError::parquet(self.place.table.name, &e))
    }

    /// Gives the file the name of its content; it is durable when this returns.
    pub(super) fn finish(mut self) -> Result<FileEntry, EtlError> {
        let rest = concat(self.place.table, &std::mem::take(&mut self.waiting))?;
        if rest.num_rows() > 0 {
            self.encode(&rest)?;
        }
        let hashed = self.writer.into_inner().map_err(|e| EtlError::parquet(self.place.table.name, &e))?;
        let name = format!("{}.parquet", &hashed.hasher.finalize().to_hex()[..32]);
        let (from, to) = (self.folder.join(UNFINISHED), self.folder.join(&name));
        hashed.file.sync_all().at(&from)?;
        if to.is_file() {
            fs::remove_file(&from).at(&from)?;
        } else {
            fs::rename(&from, &to).at(&to)?;
            sync_folder(&to)?;
        }
        let (day, part) = (self.place.day.to_owned(), self.place.part.to_owned());
        Ok(FileEntry { day, part, name, rows: self.rows, bytes: hashed.bytes })
    }
}

/// Every setting that the bytes depend on, so that an upgrade of the writer does not change them unnoticed.
fn properties(table: &Table) -> WriterProperties {
    let is_archive = table.kind == TableKind::Archive;
    let pages = if is_archive { EnabledStatistics::Chunk } else { EnabledStatistics::Page };
    let mut builder = WriterProperties::builder()
        .set_created_by(format!("callmart {CATALOGUE_VERSION}"))
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL).unwrap_or_default()))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_data_page_size_limit(1 << 20)
        .set_data_page_row_count_limit(if is_archive { ARCHIVE_PAGE_ROWS } else { PAGE_ROWS })
        .set_write_batch_size(1_024)
        .set_dictionary_enabled(true)
        .set_dictionary_page_size_limit(1 << 20)
        .set_encoding(Encoding::PLAIN)
        .set_statistics_enabled(pages)
        .set_statistics_truncate_length(Some(64));
    if let Some(column) = table.sort.first() {
        // Of the archive only the first column of its order is looked up, and its pages are many.
        builder = builder.set_column_statistics_enabled(ColumnPath::from(*column), EnabledStatistics::Page);
    }
    builder.build()
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
    match batches {
        [] => Ok(empty_batch(table)),
        [one] => Ok(one.clone()),
        _ => concat_batches(&table.arrow_schema(), batches).map_err(|e| EtlError::arrow(table.name, &e)),
    }
}

#[cfg(test)]
mod tests {
    use callmart_schema::catalogue::{Row, Tenant};

    use super::super::reading;
    use super::*;

    const TENANTS: Place<'static> = Place { table: Tenant::TABLE, day: "", part: "" };

    fn tenants(keys: &[i64]) -> RecordBatch {
        let row = |k: &i64| Tenant { tenant_key: *k, tenant_name: format!("t{k}") };
        Tenant::batch(&keys.iter().map(row).collect::<Vec<_>>())
    }

    fn a_folder() -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(folder(dir.path(), "tenant")).expect("a folder");
        dir
    }

    #[test]
    fn a_file_has_its_golden_hash_whatever_the_order_of_its_rows() {
        let dir = a_folder();
        let keys: Vec<i64> = (0..1_000).collect();
        let backwards: Vec<i64> = keys.iter().rev().copied().collect();
        let file = write(dir.path(), TENANTS, &tenants(&keys)).expect("a file");
        assert_eq!(write(dir.path(), TENANTS, &tenants(&backwards)).expect("a file"), file);
        assert_eq!(file.name, GOLDEN_NAME, "the writer's bytes changed: equal marts no longer have equal files");
        let back = reading::rows(dir.path(), Tenant::TABLE, [&file]).expect("rows");
        assert_eq!(back, tenants(&keys));
    }

    const GOLDEN_NAME: &str = "7930581a9c49f0ce4ffc263237fbc150.parquet";

    #[test]
    fn a_file_has_the_same_bytes_however_its_rows_are_handed_in() {
        let dir = a_folder();
        let keys: Vec<i64> = (0..300_000).collect();
        let whole = write(dir.path(), TENANTS, &tenants(&keys)).expect("a file");
        let mut pieces = NewFile::begin(dir.path(), TENANTS).expect("a file");
        for (keys, len) in keys.chunks(70_001).zip([1, 9_000, 70_001, 13, 60_000]) {
            for piece in keys.chunks(len.min(keys.len())) {
                pieces.write(tenants(piece)).expect("written");
            }
        }
        assert_eq!(pieces.finish().expect("a file"), whole);
    }

    #[test]
    fn a_damaged_file_is_an_error_that_names_it() {
        let dir = a_folder();
        let file = write(dir.path(), TENANTS, &tenants(&[1, 2])).expect("a file");
        fs::write(folder(dir.path(), "tenant").join(&file.name), b"no parquet").expect("written");
        let error = reading::rows(dir.path(), Tenant::TABLE, [&file]).expect_err("damage");
        assert!(error.to_string().contains(&file.name), "{error}");
    }
}
