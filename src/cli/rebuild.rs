//! `callmart rebuild`: throws the marts away and makes them again.

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::{Shared, not_built};
use crate::failure::Ending;
use crate::session::Session;

/// Arguments of `rebuild`.
#[derive(Debug, Args)]
pub(super) struct Rebuild {
    /// What the marts are made from
    #[arg(long, value_enum)]
    from: From,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum From {
    /// The collectors' logs; the archive is made again too
    Log,
    /// The archive
    Gidb,
}

impl Rebuild {
    pub(super) async fn run(self, shared: &Shared) -> Result<Ending> {
        let session = Session::rewriting(shared, "rebuild")?;
        rebuild(&session, self.from).await
    }
}

/// GLUE: the ETL's rebuild with the session's PostgreSQL, then the summary.
async fn rebuild(_session: &Session, _from: From) -> Result<Ending> {
    Err(not_built("rebuild"))
}
