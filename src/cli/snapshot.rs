//! `callmart snapshot`: makes a frozen copy of the Parquet mart.

use std::path::{Path, PathBuf};

use anyhow::Result;
use callmart_queries::mart::PinnedMart;
use clap::Args;

use super::Shared;
use crate::failure::{Ending, wrong_input};
use crate::session::Session;

/// Arguments of `snapshot`.
#[derive(Debug, Args)]
pub(super) struct Snapshot {
    /// Folder to make; must not be there, or be empty
    dir: PathBuf,
}

impl Snapshot {
    pub(super) fn run(self, shared: &Shared) -> Result<Ending> {
        must_be_free(&self.dir)?;
        let session = Session::reading(shared)?;
        snapshot(&session, &self.dir)
    }
}

fn must_be_free(dir: &Path) -> Result<()> {
    let is_empty = std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_none());
    if !dir.exists() || is_empty {
        return Ok(());
    }
    Err(wrong_input(format!("{} is there and not an empty folder: name a new one", dir.display())))
}

fn snapshot(session: &Session, dir: &Path) -> Result<Ending> {
    let pinned = PinnedMart::pin(session.folder.path())?;
    let made = callmart_queries::snapshot::snapshot(&pinned, dir)?;
    let files: u64 = made.tables.values().map(|t| t.files).sum();
    let rows: u64 = made.tables.values().map(|t| t.rows).sum();
    crate::output::note(format_args!("State {} in {}: {files} files, {rows} rows.", made.number, dir.display()));
    Ok(Ending::Done)
}
