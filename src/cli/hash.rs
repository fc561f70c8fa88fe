//! `callmart hash`: prints the content hash of each table and day.

use anyhow::Result;
use callmart_queries::hash::hash_mart;
use clap::Args;

use super::Shared;
use super::arguments::Engine;
use crate::failure::Ending;
use crate::mart::Mart;
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

async fn hash(session: &Session, engine: Engine) -> Result<Ending> {
    let mart = Mart::open(session, engine).await?;
    let lines = hash_mart(&mart.engine).await?;
    mart.close().await?;
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    crate::output::answer(text.as_bytes())?;
    Ok(Ending::Done)
}
