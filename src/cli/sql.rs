//! `callmart sql`: prints the answer to an SQL query over the mart.

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::arguments::Engine;
use super::{Shared, not_built};
use crate::failure::{Ending, wrong_input};
use crate::session::Session;

/// Arguments of `sql`.
#[allow(dead_code, reason = "the glue reads them")]
#[derive(Debug, Args)]
pub(super) struct Sql {
    /// One SELECT
    #[arg(value_name = "SELECT")]
    text: String,
    /// Form of the answer
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Which mart is asked
    #[arg(long, value_enum, default_value_t = Engine::Parquet)]
    engine: Engine,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Csv,
    Json,
}

impl Sql {
    pub(super) async fn run(self, shared: &Shared) -> Result<Ending> {
        if self.text.trim().is_empty() {
            return Err(wrong_input(
                "the query is empty: give one, as in callmart sql 'SELECT count(*) FROM resource_'",
            ));
        }
        let session = Session::reading(shared)?;
        sql(&session, self).await
    }
}

/// GLUE: the query on the engine asked for; the answer to `output::answer`, its completeness to `output::note`.
async fn sql(_session: &Session, _asked: Sql) -> Result<Ending> {
    Err(not_built("sql"))
}
