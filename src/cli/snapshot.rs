//! `callmart snapshot`: makes a frozen copy of the Parquet mart.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;

use super::{Shared, not_built};
use crate::failure::{Ending, wrong_input};
use crate::session::Session;

/// Arguments of `snapshot`.
#[derive(Debug, Args)]
pub(super) struct Snapshot {
    /// Folder to make; must not be there, or be empty
    dir: PathBuf,
}

impl Snapshot {
    pub(super) async fn run(self, shared: &Shared) -> Result<Ending> {
        must_be_free(&self.dir)?;
        let session = Session::reading(shared)?;
        snapshot(&session, self.dir).await
    }
}

fn must_be_free(dir: &Path) -> Result<()> {
    let is_empty = std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_none());
    if !dir.exists() || is_empty {
        return Ok(());
    }
    Err(wrong_input(format!("{} is there and not an empty folder: name a new one", dir.display())))
}

/// GLUE: the snapshot of `session.folder.mart()`.
async fn snapshot(_session: &Session, _dir: PathBuf) -> Result<Ending> {
    Err(not_built("snapshot"))
}
