//! A frozen copy of the Parquet mart: the files of one pinned state in folders that DuckDB, pandas and Spark can read.
//!
//! Files are hard links where the file system can, and copies where it cannot. `manifest.json` is written last: a folder
//! that has it is whole. It does not know what the tables hold.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use callmart_schema::catalogue::{CATALOGUE_VERSION, GidbEvent, table};
use callmart_schema::manifest::{FileEntry, LogPlace};
use serde::Serialize;

use crate::mart::PinnedMart;

/// The file that says what the folder is.
pub const SNAPSHOT_FILE: &str = "manifest.json";

/// Why a snapshot was not made.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The folder holds something already.
    #[error("{dir} is not empty; name a folder that is empty or does not exist")]
    NotEmpty {
        /// The folder.
        dir: PathBuf,
    },
    /// A file of the pinned state is gone.
    #[error("{path} was removed while the snapshot was made; remove the snapshot's folder and make it again")]
    Gone {
        /// The file.
        path: PathBuf,
    },
    /// The copy cannot be written.
    #[error("cannot write {path}: {source}; check the room and the rights there")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// What a snapshot holds, as its `manifest.json` says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Snapshot {
    /// What the folder is, for whoever finds it.
    pub about: &'static str,
    /// Number of the state that was copied; 0 when nothing was ever published.
    pub number: u64,
    /// Number of the load that made the state.
    pub load_number: u64,
    /// Version of the table catalogue.
    pub catalogue_version: u32,
    /// Up to where each log is contained.
    pub positions: BTreeMap<String, LogPlace>,
    /// Files and rows of each table.
    pub tables: BTreeMap<String, SnapshotTable>,
}

/// How much of one table a snapshot holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct SnapshotTable {
    /// Files.
    pub files: u64,
    /// Rows in them.
    pub rows: u64,
    /// Their length in bytes.
    pub bytes: u64,
}

const ABOUT: &str = "A frozen copy of a Callmart mart. Each folder is a table; its Parquet files stand in one folder per UTC \
    day where the table has days. Nothing changes these files any more.";

/// Copies the pinned state into a folder that is empty or does not exist yet.
///
/// # Errors
/// When the folder holds something, a file of the state is gone, or the copy cannot be written.
pub fn snapshot(mart: &PinnedMart, dir: &Path) -> Result<Snapshot, SnapshotError> {
    make_folder(dir)?;
    if fs::read_dir(dir).map_err(|source| write_error(dir, source))?.next().is_some() {
        return Err(SnapshotError::NotEmpty { dir: dir.to_path_buf() });
    }
    let mut tables = BTreeMap::new();
    for name in mart.tables() {
        tables.insert(name.to_owned(), copy_table(mart, name, dir)?);
    }
    let done = describe(mart, tables);
    write_description(&dir.join(SNAPSHOT_FILE), &done)?;
    Ok(done)
}

fn describe(mart: &PinnedMart, tables: BTreeMap<String, SnapshotTable>) -> Snapshot {
    let manifest = mart.manifest();
    Snapshot {
        about: ABOUT,
        number: mart.number(),
        load_number: manifest.map_or(0, |m| m.load_number),
        catalogue_version: manifest.map_or(CATALOGUE_VERSION, |m| m.catalogue_version),
        positions: manifest.map(|m| m.positions.clone()).unwrap_or_default(),
        tables,
    }
}

fn write_description(path: &Path, done: &Snapshot) -> Result<(), SnapshotError> {
    let text = serde_json::to_vec_pretty(done).map_err(|e| write_error(path, io::Error::other(e)))?;
    fs::write(path, text).map_err(|source| write_error(path, source))
}

fn copy_table(mart: &PinnedMart, name: &str, dir: &Path) -> Result<SnapshotTable, SnapshotError> {
    let mut size = SnapshotTable::default();
    for file in mart.files(name) {
        let folder = dir.join(folder(name, file));
        make_folder(&folder)?;
        link_or_copy(&mart.path(name, file), &folder.join(&file.name))?;
        size.files += 1;
        size.rows += file.rows;
        size.bytes += file.bytes;
    }
    Ok(size)
}

/// The folder of a file inside the snapshot.
fn folder(name: &str, file: &FileEntry) -> PathBuf {
    let day_key = if name == GidbEvent::TABLE.name { "event_date" } else { "start_date" };
    let table_folder = if name == GidbEvent::TABLE.name { Path::new("gidb/event") } else { Path::new(name) };
    let has_days = table(name).map_or(!file.day.is_empty(), |t| t.day_column().is_some());
    if has_days { table_folder.join(format!("{day_key}={}", file.day)) } else { table_folder.to_path_buf() }
}

fn link_or_copy(from: &Path, to: &Path) -> Result<(), SnapshotError> {
    let done = fs::hard_link(from, to).or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Err(error),
        // Another file system, one without links, or a file of another account.
        _ => fs::copy(from, to).map(|_| ()),
    });
    done.map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => SnapshotError::Gone { path: from.to_path_buf() },
        _ => write_error(to, source),
    })
}

fn make_folder(dir: &Path) -> Result<(), SnapshotError> {
    fs::create_dir_all(dir).map_err(|source| write_error(dir, source))
}

fn write_error(path: &Path, source: io::Error) -> SnapshotError {
    SnapshotError::Write { path: path.to_path_buf(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_of(name: &str, day: &str) -> String {
        let file = FileEntry { day: day.to_owned(), part: String::new(), name: "x".to_owned(), rows: 0, bytes: 0 };
        folder(name, &file).display().to_string()
    }

    #[test]
    fn tables_with_days_have_a_folder_per_day() {
        assert_eq!(folder_of("interaction_fact", "2026-01-05"), "interaction_fact/start_date=2026-01-05");
        assert_eq!(folder_of("gidb_event", "2026-01-05"), "gidb/event/event_date=2026-01-05");
        assert_eq!(folder_of("tenant", ""), "tenant");
    }
}
