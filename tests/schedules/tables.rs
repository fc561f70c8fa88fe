//! Rows of a mart's folders, as any reader of Parquet files sees them.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Map, Value};

/// A row, by column; what is null is not there.
pub(crate) type Row = Map<String, Value>;

/// All rows below a folder; none when there is no folder.
pub(crate) fn rows(folder: &Path) -> Vec<Row> {
    let mut rows = Vec::new();
    each(folder, None, |row| rows.push(row));
    rows
}

/// Does something with each row below a folder, with all columns or with these.
pub(crate) fn each(folder: &Path, columns: Option<&[&str]>, mut what: impl FnMut(Row)) {
    for file in files(folder) {
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&file).expect("a file")).expect("Parquet");
        let reader = match columns {
            Some(columns) => {
                let chosen = ProjectionMask::columns(reader.parquet_schema(), columns.iter().copied());
                reader.with_projection(chosen)
            }
            None => reader,
        };
        for batch in reader.build().expect("a reader") {
            let mut writer = arrow::json::ArrayWriter::new(Vec::new());
            writer.write(&batch.expect("rows")).expect("JSON");
            writer.finish().expect("JSON");
            let of_batch: Vec<Row> = serde_json::from_slice(&writer.into_inner()).expect("an array of rows");
            of_batch.into_iter().for_each(&mut what);
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Rows by unit.
pub(crate) fn by_unit(rows: Vec<Row>) -> BTreeMap<i64, Vec<Row>> {
    let mut units: BTreeMap<i64, Vec<Row>> = BTreeMap::new();
    for row in rows {
        units.entry(int(&row, "unit_key")).or_default().push(row);
    }
    units
}

pub(crate) fn int(row: &Row, column: &str) -> i64 {
    row.get(column).and_then(Value::as_i64).unwrap_or_else(|| panic!("{column} is no integer in {row:?}"))
}

pub(crate) fn text<'a>(row: &'a Row, column: &str) -> &'a str {
    row.get(column).and_then(Value::as_str).unwrap_or_default()
}
