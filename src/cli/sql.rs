//! `callmart sql`: prints the answer to an SQL query over the mart.

use anyhow::Result;
use callmart_queries::output;
use clap::{Args, ValueEnum};

use super::Shared;
use super::arguments::Engine;
use crate::failure::{Ending, wrong_input};
use crate::mart::{Mart, explain_query};
use crate::session::Session;

/// Arguments of `sql`.
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

async fn sql(session: &Session, asked: Sql) -> Result<Ending> {
    let format = match asked.format {
        Format::Table => output::Format::Table,
        Format::Csv => output::Format::Csv,
        Format::Json => output::Format::Json,
    };
    let mart = Mart::open(session, asked.engine).await?;
    let batch = mart.engine.query(&asked.text, &[]).await.map_err(explain_query)?;
    mart.close().await?;
    crate::output::answer(&output::format(&batch, format)?)?;
    Ok(Ending::Done)
}
