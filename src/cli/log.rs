//! `callmart log`: shows the collectors' logs.

use anyhow::Result;
use clap::{Args, Subcommand};

use super::{Shared, not_built};
use crate::failure::Ending;
use crate::session::Session;

/// Arguments of `log`.
#[derive(Debug, Args)]
pub(super) struct Log {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum What {
    /// List the segments
    Ls,
    /// Print the events as JSON lines
    Cat,
    /// Look for damage; exit code 1 when there is any
    Verify,
}

impl Log {
    pub(super) async fn run(self, shared: &Shared) -> Result<Ending> {
        let session = Session::reading(shared)?;
        match self.what {
            What::Ls => ls(&session).await,
            What::Cat => cat(&session).await,
            What::Verify => verify(&session).await,
        }
    }
}

/// GLUE: one line per segment of every log under `session.folder.logs()` to `output::answer`.
async fn ls(_session: &Session) -> Result<Ending> {
    Err(not_built("log ls"))
}

/// GLUE: one JSON line per event to `output::answer`, as they come.
async fn cat(_session: &Session) -> Result<Ending> {
    Err(not_built("log cat"))
}

/// GLUE: each damage with segment and offset to `output::answer`, then `Ending::DamageFound`.
async fn verify(_session: &Session) -> Result<Ending> {
    Err(not_built("log verify"))
}
