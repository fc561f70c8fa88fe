//! `callmart sql`: prints the answer to an SQL query over the mart.

use anyhow::Result;
use callmart_queries::output;
use clap::Args;

use super::Shared;
use super::arguments::Shown;
use crate::failure::{Ending, wrong_input};
use crate::mart::{Mart, explain_query};
use crate::session::Session;

/// Arguments of `sql`.
#[derive(Debug, Args)]
pub(super) struct Sql {
    /// One SELECT
    #[arg(value_name = "SELECT")]
    text: String,
    #[command(flatten)]
    shown: Shown,
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
    let mart = Mart::open(session, asked.shown.engine).await?;
    let batch = mart.engine.query(&asked.text, &[]).await.map_err(explain_query)?;
    mart.close().await?;
    crate::output::answer(&output::format(&batch, asked.shown.format())?)?;
    Ok(Ending::Done)
}
