//! The manifest on disk: reading the newest state, committing the next, and dropping what no reader needs any more.
//!
//! Knows files and their order of becoming visible; not what is in them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use callmart_schema::catalogue::{CATALOGUE_VERSION, TABLES};
use callmart_schema::manifest::{
    CURRENT_FILE, FileEntry, FileList, LIST_FOLDER, LogPlace, MANIFEST_FOLDER, MANIFEST_VERSION, Manifest,
};

use super::files;
use crate::error::{EtlError, IoContext as _};

/// The files of one table by UTC day (empty for tables without days).
pub(super) type Days = BTreeMap<String, Vec<FileEntry>>;
/// The files of each table; states share those of tables that do not differ.
pub(super) type Files = BTreeMap<String, Arc<Days>>;

/// One state of the mart, as this process knows it.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    pub(super) number: u64,
    pub(super) load_number: u64,
    pub(super) positions: BTreeMap<String, LogPlace>,
    pub(super) files: Files,
    /// What is known of the archive, as a list-like file holds it.
    pub(super) known: Option<String>,
}

/// Where the state of that number stands.
pub(super) fn manifest_path(data_dir: &Path, number: u64) -> PathBuf {
    data_dir.join(MANIFEST_FOLDER).join(format!("{number:012}.json"))
}

fn list_path(data_dir: &Path, name: &str) -> PathBuf {
    data_dir.join(MANIFEST_FOLDER).join(LIST_FOLDER).join(format!("{name}.json"))
}

/// Makes the folders of a mart.
pub(super) fn make_folders(data_dir: &Path) -> Result<(), EtlError> {
    let lists = data_dir.join(MANIFEST_FOLDER).join(LIST_FOLDER);
    fs::create_dir_all(&lists).at(&lists)?;
    for table in TABLES.iter().filter(|t| t.in_parquet()) {
        let folder = files::folder(data_dir, table.name);
        fs::create_dir_all(&folder).at(&folder)?;
    }
    Ok(())
}

/// The newest state; an empty one when there is none yet.
pub(super) fn read(data_dir: &Path) -> Result<State, EtlError> {
    let current = data_dir.join(MANIFEST_FOLDER).join(CURRENT_FILE);
    let number = match fs::read_to_string(&current) {
        Ok(text) => text.trim().parse::<u64>().map_err(|e| wrong(&current, &e))?,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(State::default()),
        Err(e) => return Err(e).at(&current),
    };
    let path = manifest_path(data_dir, number);
    let manifest: Manifest = read_json(&path)?;
    if manifest.version != MANIFEST_VERSION || manifest.catalogue_version != CATALOGUE_VERSION {
        return Err(wrong(&path, &format!("version {} of catalogue {}", manifest.version, manifest.catalogue_version)));
    }
    let mut files = Files::new();
    for (table, months) in &manifest.lists {
        let mut days = Days::new();
        for list in months.values() {
            let list: FileList = read_json(&list_path(data_dir, list))?;
            for entry in list.files {
                days.entry(entry.day.clone()).or_default().push(entry);
            }
        }
        files.insert(table.clone(), Arc::new(days));
    }
    let (load_number, positions, known) = (manifest.load_number, manifest.positions, manifest.known);
    Ok(State { number, load_number, positions, files, known })
}

/// An empty state behind whatever stands in the folder, for a mart that is to be made anew.
pub(super) fn behind(data_dir: &Path) -> Result<State, EtlError> {
    let folder = data_dir.join(MANIFEST_FOLDER);
    let number = numbers(&folder)?.last().copied().unwrap_or_default();
    Ok(State { number, ..State::default() })
}

/// What is known of the archive of a state, if that was written down in a form that can be read.
pub(super) fn read_known<T: serde::de::DeserializeOwned>(data_dir: &Path, state: &State) -> Option<T> {
    let path = list_path(data_dir, state.known.as_ref()?);
    read_json(&path).inspect_err(|error| tracing::warn!(%error, "what is known of the archive is read from it")).ok()
}

/// Writes down what is known of the archive; gives the name under which the state is to hold it.
pub(super) fn write_known(data_dir: &Path, known: &impl serde::Serialize) -> Result<String, EtlError> {
    write_named(data_dir, known)
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, EtlError> {
    let bytes = fs::read(path).at(path)?;
    serde_json::from_slice(&bytes).map_err(|e| wrong(path, &e))
}

fn wrong(path: &Path, cause: &dyn std::fmt::Display) -> EtlError {
    EtlError::Manifest { path: path.to_owned(), cause: cause.to_string() }
}

/// Makes `state` the newest one under the next number. Its files are durable before; it is visible as a whole, or not.
pub(super) fn commit(data_dir: &Path, state: &mut State) -> Result<(), EtlError> {
    let mut lists: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (table, days) in &state.files {
        let mut months: BTreeMap<String, Vec<FileEntry>> = BTreeMap::new();
        for entry in days.values().flatten() {
            months.entry(entry.month().to_owned()).or_default().push(entry.clone());
        }
        for (month, files) in months {
            let list = FileList { version: MANIFEST_VERSION, table: table.clone(), files };
            lists.entry(table.clone()).or_default().insert(month, write_named(data_dir, &list)?);
        }
    }
    state.number += 1;
    let manifest = Manifest {
        version: MANIFEST_VERSION,
        catalogue_version: CATALOGUE_VERSION,
        number: state.number,
        lists,
        positions: state.positions.clone(),
        load_number: state.load_number,
        known: state.known.clone(),
    };
    let path = manifest_path(data_dir, state.number);
    files::write_durably(&path, &to_json(&path, &manifest)?)?;
    let current = data_dir.join(MANIFEST_FOLDER).join(CURRENT_FILE);
    files::write_durably(&current, format!("{}\n", state.number).as_bytes())
}

fn write_named(data_dir: &Path, list: &impl serde::Serialize) -> Result<String, EtlError> {
    let bytes = to_json(data_dir, list)?;
    let name = blake3::hash(&bytes).to_hex()[..32].to_owned();
    let path = list_path(data_dir, &name);
    if !path.is_file() {
        files::write_durably(&path, &bytes)?;
    }
    Ok(name)
}

fn to_json(path: &Path, value: &impl serde::Serialize) -> Result<Vec<u8>, EtlError> {
    serde_json::to_vec(value).map_err(|e| wrong(path, &e))
}

/// Drops states that were superseded longer ago than the longest query may take, and the files that only they named.
pub(super) fn drop_superseded(data_dir: &Path, newest: u64, longest_query: Duration) -> Result<(), EtlError> {
    let folder = data_dir.join(MANIFEST_FOLDER);
    let numbers = numbers(&folder)?;
    // A state was superseded when the next one was written; a number beyond the newest is left of a crash.
    let superseded: Vec<u64> = numbers
        .windows(2)
        .filter(|pair| pair[1] <= newest && is_older(&manifest_path(data_dir, pair[1]), longest_query))
        .map(|pair| pair[0])
        .collect();
    if superseded.is_empty() {
        return Ok(());
    }
    let (mut files, mut lists) = (BTreeSet::new(), BTreeSet::new());
    for number in numbers.iter().filter(|n| !superseded.contains(n)) {
        named_by(data_dir, *number, &mut files, &mut lists)?;
    }
    for number in superseded {
        remove(&manifest_path(data_dir, number))?;
    }
    remove_unnamed(&folder.join(LIST_FOLDER), longest_query, |name| lists.contains(name))?;
    for table in TABLES.iter().filter(|t| t.in_parquet()) {
        let named = |name: &str| files.contains(&(table.name.to_owned(), name.to_owned()));
        remove_unnamed(&files::folder(data_dir, table.name), longest_query, named)?;
    }
    Ok(())
}

/// The numbers of the states that stand in the folder, in order.
fn numbers(folder: &Path) -> Result<Vec<u64>, EtlError> {
    let mut numbers: Vec<u64> = Vec::new();
    for entry in fs::read_dir(folder).at(folder)? {
        let name = entry.at(folder)?.file_name();
        numbers.extend(name.to_str().and_then(|n| n.strip_suffix(".json")).and_then(|n| n.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

fn named_by(
    data_dir: &Path,
    number: u64,
    files: &mut BTreeSet<(String, String)>,
    lists: &mut BTreeSet<String>,
) -> Result<(), EtlError> {
    let manifest: Manifest = read_json(&manifest_path(data_dir, number))?;
    lists.extend(manifest.known.map(|known| format!("{known}.json")));
    for (table, months) in manifest.lists {
        for list in months.values() {
            // Most states share most lists.
            if !lists.insert(format!("{list}.json")) {
                continue;
            }
            let content: FileList = read_json(&list_path(data_dir, list))?;
            files.extend(content.files.into_iter().map(|f| (table.clone(), f.name)));
        }
    }
    Ok(())
}

/// Removes what nothing names, but nothing young: it may belong to a state that is being made.
fn remove_unnamed(folder: &Path, longest_query: Duration, named: impl Fn(&str) -> bool) -> Result<(), EtlError> {
    for entry in fs::read_dir(folder).at(folder)? {
        let path = entry.at(folder)?.path();
        let is_named = path.file_name().and_then(|n| n.to_str()).is_some_and(&named);
        if !is_named && is_older(&path, longest_query) {
            remove(&path)?;
        }
    }
    Ok(())
}

#[allow(clippy::disallowed_methods)] // how long ago a file was written is a question to the system's clock
fn is_older(path: &Path, than: Duration) -> bool {
    let written = fs::metadata(path).and_then(|m| m.modified()).unwrap_or_else(|_| SystemTime::now());
    SystemTime::now().duration_since(written).is_ok_and(|age| age > than)
}

fn remove(path: &Path) -> Result<(), EtlError> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e).at(path),
        _ => Ok(()),
    }
}
