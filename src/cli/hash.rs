//! `callmart hash`: prints the content hash of each table and day.

use anyhow::Result;
use clap::Args;

use super::arguments::Engine;
use super::{Shared, not_built};
use crate::failure::Ending;
use crate::session::Session;

/// Arguments of `hash`.
#[derive(Debug, Args)]
pub(super) struct Hash {
    /// Which mart is asked
    #[arg(long, value_enum, default_value_t = Engine::Parquet)]
    engine: Engine,
}

impl Hash {
    pub(super) async fn run(self, shared: &Shared) -> Result<Ending> {
        let session = Session::reading(shared)?;
        hash(&session, self.engine).await
    }
}

/// GLUE: one line per table and day to `output::answer`.
async fn hash(_session: &Session, _engine: Engine) -> Result<Ending> {
    Err(not_built("hash"))
}
