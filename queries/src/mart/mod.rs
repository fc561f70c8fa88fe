//! Reading one state of the Parquet mart: its manifest and lists, read once and then held.
//!
//! Only files that the pinned state names are ever opened, so a newer state never shows in an answer. It does not know what
//! the tables hold, nor how a state is written.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use callmart_schema::manifest::{
    CURRENT_FILE, FILE_FOLDER, FileEntry, FileList, LIST_FOLDER, MANIFEST_FOLDER, MANIFEST_VERSION, Manifest,
};
use serde::de::DeserializeOwned;

/// How often a pin starts again because a newer state took the files it was reading away.
const PIN_ATTEMPTS: u32 = 8;

/// Digits of a manifest's number in its file name.
const NUMBER_DIGITS: usize = 12;

/// Why a Parquet mart cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum MartError {
    /// A file of the mart cannot be read.
    #[error("cannot read {path}: {source}; check that the data folder is complete and readable for this account")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file of the mart does not have the form it should have.
    #[error("{path} is not in the form of a manifest: {what}; restore the file, or load the mart again from its logs")]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A newer writer made the mart.
    #[error("{path} has form version {found}, and this program reads version {MANIFEST_VERSION}; use a newer program")]
    Version {
        /// The file.
        path: PathBuf,
        /// Version that it names.
        found: u32,
    },
    /// New states came faster than one could be read.
    #[error(
        "the mart in {data_dir} was replaced {PIN_ATTEMPTS} times while its manifest was read; \
         try again, or raise the time that old files are kept"
    )]
    KeepsChanging {
        /// The data folder.
        data_dir: PathBuf,
    },
}

/// One state of the Parquet mart: which files make up which table.
#[derive(Debug, Clone)]
pub struct PinnedMart {
    data_dir: PathBuf,
    manifest: Option<Manifest>,
    files: BTreeMap<String, Vec<FileEntry>>,
}

impl PinnedMart {
    /// Pins the newest state of the mart in a data folder. A folder without a manifest is a mart without rows.
    ///
    /// # Errors
    /// When a file of the state cannot be read, or has not the form of a manifest.
    pub fn pin(data_dir: &Path) -> Result<Self, MartError> {
        // Relative paths would change their meaning with the working folder while queries run.
        let data_dir =
            std::path::absolute(data_dir).map_err(|source| MartError::Read { path: data_dir.to_path_buf(), source })?;
        for _ in 0..PIN_ATTEMPTS {
            let Some(number) = current_number(&data_dir)? else {
                return Ok(Self { data_dir, manifest: None, files: BTreeMap::new() });
            };
            match read_state(&data_dir, number) {
                Err(MartError::Read { source, .. })
                    if source.kind() == io::ErrorKind::NotFound && current_number(&data_dir)? != Some(number) => {}
                Ok((manifest, files)) => return Ok(Self { data_dir, manifest: Some(manifest), files }),
                Err(error) => return Err(error),
            }
        }
        Err(MartError::KeepsChanging { data_dir })
    }

    /// The manifest; none when nothing was ever published.
    #[must_use]
    pub fn manifest(&self) -> Option<&Manifest> {
        self.manifest.as_ref()
    }

    /// Number of the state; 0 when nothing was ever published.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.manifest.as_ref().map_or(0, |m| m.number)
    }

    /// The files of a table, by day and name.
    #[must_use]
    pub fn files(&self, table: &str) -> &[FileEntry] {
        self.files.get(table).map_or(&[], Vec::as_slice)
    }

    /// Names of the tables that have files.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Where a file of a table lies.
    #[must_use]
    pub fn path(&self, table: &str, file: &FileEntry) -> PathBuf {
        self.data_dir.join(FILE_FOLDER).join(table).join(&file.name)
    }

    /// The data folder, as an absolute path.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }
}

type Files = BTreeMap<String, Vec<FileEntry>>;

fn current_number(data_dir: &Path) -> Result<Option<u64>, MartError> {
    let path = data_dir.join(MANIFEST_FOLDER).join(CURRENT_FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(MartError::Read { path, source }),
    };
    match text.trim().parse() {
        Ok(number) => Ok(Some(number)),
        Err(_) => Err(MartError::Form { path, what: format!("it should hold a number and holds {text:?}") }),
    }
}

fn read_state(data_dir: &Path, number: u64) -> Result<(Manifest, Files), MartError> {
    let folder = data_dir.join(MANIFEST_FOLDER);
    let path = folder.join(format!("{number:0NUMBER_DIGITS$}.json"));
    let manifest: Manifest = read_json(&path)?;
    check_version(&path, manifest.version)?;
    let mut files = Files::new();
    for (table, lists) in &manifest.lists {
        plain_name(&path, table)?;
        for list in lists.values() {
            plain_name(&path, list)?;
            let of_list = read_list(&folder.join(LIST_FOLDER).join(format!("{list}.json")), table)?;
            files.entry(table.clone()).or_default().extend(of_list);
        }
    }
    files.values_mut().for_each(|of_table| of_table.sort());
    Ok((manifest, files))
}

fn read_list(path: &Path, table: &str) -> Result<Vec<FileEntry>, MartError> {
    let list: FileList = read_json(path)?;
    check_version(path, list.version)?;
    if list.table != table {
        let what = format!("it lists files of {} and stands under {table}", list.table);
        return Err(MartError::Form { path: path.to_path_buf(), what });
    }
    list.files.iter().try_for_each(|file| plain_name(path, &file.name))?;
    Ok(list.files)
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, MartError> {
    let bytes = fs::read(path).map_err(|source| MartError::Read { path: path.to_path_buf(), source })?;
    serde_json::from_slice(&bytes).map_err(|e| MartError::Form { path: path.to_path_buf(), what: e.to_string() })
}

fn check_version(path: &Path, found: u32) -> Result<(), MartError> {
    if found == MANIFEST_VERSION { Ok(()) } else { Err(MartError::Version { path: path.to_path_buf(), found }) }
}

/// A manifest must not lead out of its own folders.
fn plain_name(path: &Path, name: &str) -> Result<(), MartError> {
    if Path::new(name).file_name().is_some_and(|n| n == name) {
        return Ok(());
    }
    Err(MartError::Form { path: path.to_path_buf(), what: format!("{name:?} is not a plain name of a file") })
}
