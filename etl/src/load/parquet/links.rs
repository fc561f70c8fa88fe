//! Folders for readers of plain files: hard links beside the manifest, so that a glob finds the newest state.
//!
//! `mart/<table>/start_date=2026-01-05/` and `gidb/event/event_date=2026-01-05/`. Links of several files do not change
//! together; whoever needs one state of everything takes a snapshot.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use callmart_schema::catalogue::{TABLES, TableKind, table};

use super::files;
use super::store::{Files, State};
use crate::error::{EtlError, IoContext as _};

/// Makes the folders show `state`. With `before`, only days whose files differ are looked at.
pub(super) fn show(data_dir: &Path, state: &State, before: Option<&Files>) -> Result<(), EtlError> {
    for table in TABLES.iter().filter(|t| t.in_parquet()) {
        let none = Default::default();
        let days = state.files.get(table.name).unwrap_or(&none);
        let shown = before.and_then(|files| files.get(table.name));
        if shown.is_some_and(|shown| std::sync::Arc::ptr_eq(shown, days)) {
            continue;
        }
        let mut all: BTreeSet<&String> = days.keys().collect();
        all.extend(shown.into_iter().flat_map(|days| days.keys()));
        for day in all {
            let now = days.get(day);
            if before.is_some() && shown.and_then(|s| s.get(day)) == now {
                continue;
            }
            let wanted = now.into_iter().flatten().map(|f| f.name.as_str()).collect();
            show_day(data_dir, table.name, day, &wanted)?;
        }
    }
    Ok(())
}

/// Folder in which readers find the files of a table's day.
fn folder(data_dir: &Path, name: &str, day: &str) -> PathBuf {
    let is_archive = table(name).is_some_and(|t| t.kind == TableKind::Archive);
    let (base, key) = match is_archive {
        true => (data_dir.join("gidb").join("event"), "event_date"),
        false => (data_dir.join("mart").join(name), "start_date"),
    };
    if day.is_empty() { base } else { base.join(format!("{key}={day}")) }
}

fn show_day(data_dir: &Path, table: &str, day: &str, wanted: &BTreeSet<&str>) -> Result<(), EtlError> {
    let folder = folder(data_dir, table, day);
    fs::create_dir_all(&folder).at(&folder)?;
    // New links first: a reader meets rows twice for a moment rather than not at all.
    for name in wanted {
        let link = folder.join(name);
        match fs::hard_link(files::folder(data_dir, table).join(name), &link) {
            Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => return Err(e).at(&link),
            _ => {}
        }
    }
    for entry in fs::read_dir(&folder).at(&folder)? {
        let path = entry.at(&folder)?.path();
        let is_wanted = path.file_name().and_then(|n| n.to_str()).is_some_and(|n| wanted.contains(n));
        if !is_wanted && path.is_file() {
            fs::remove_file(&path).at(&path)?;
        }
    }
    Ok(())
}
