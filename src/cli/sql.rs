//! `callmart sql`: prints the answer to an SQL query over the mart.

use anyhow::Result;
use callmart_queries::output;
use callmart_schema::catalogue::{TABLES, TableKind, Value, cells};
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
    if names_projection(&asked.text) && !has_projections(&mart).await {
        crate::output::note(
            "This mart was made without GIDB tables, so they are empty: set `tables = true` under `[gidb]` in the settings \
             and run `callmart rebuild --from gidb`.",
        );
    }
    mart.close().await?;
    crate::output::answer(&output::format(&batch, asked.shown.format())?)?;
    Ok(Ending::Done)
}

/// Whether a query names a table that is made only where the settings ask for it.
fn names_projection(sql: &str) -> bool {
    let sql = sql.to_ascii_lowercase();
    let mut words = sql.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.any(|word| TABLES.iter().any(|table| table.kind == TableKind::Projection && table.name == word))
}

/// Whether a mart says that it has such tables.
async fn has_projections(mart: &Mart) -> bool {
    let asked = mart.engine.query("SELECT value FROM ctl_setting WHERE name = 'gidb.tables'", &[]).await;
    asked.is_ok_and(|batch| batch.num_rows() > 0 && cells(&batch, 0).first() == Some(&Value::Text("true".to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_names_a_projection_in_whatever_case() {
        assert!(names_projection("SELECT P.PARTYID FROM G_PARTY P"));
        assert!(names_projection("select 1 from (select * from gs_agent_stat) s"));
        assert!(!names_projection("SELECT g_party_id FROM interaction_fact"));
        assert!(!names_projection("SELECT name FROM g_dictionary"));
    }
}
