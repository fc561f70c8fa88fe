//! Calls that go on in the facts and are known to be over: an operator closes them.

use anyhow::Result;
use callmart_queries::engine::{Engine, Param};
use callmart_schema::catalogue::{Value, cells};
use callmart_schema::control::Decision;
use callmart_schema::event::Control;

use super::{Operator, decide};
use crate::cli::EngineChoice;
use crate::failure::{Ending, wrong_input};
use crate::mart::{Mart, explain_query};
use crate::session::Session;

const OPEN_SQL: &str = "SELECT o.media_server_root_ixn_guid AS call, o.start_ms AS start_ms FROM open_interaction o \
    WHERE o.media_server_root_ixn_guid = $1 OR o.interaction_id = $2";

const ENDED_SQL: &str = "SELECT COUNT(*) AS n FROM interaction_fact f \
    WHERE f.media_server_root_ixn_guid = $1 OR f.interaction_id = $2";

/// Closes a call that goes on, by the UUID of its root call or by the id of its interaction.
pub(crate) async fn close(session: &Session, operator: &Operator, name: &str) -> Result<Ending> {
    let mart = Mart::open(session, EngineChoice::Parquet).await?;
    let found = open_call(&mart.engine, name).await;
    mart.close().await?;
    let (call, start_ms) = found?;
    let control = Control {
        decision: Decision::CloseCall.code().to_owned(),
        subject: call.clone(),
        since_us: start_ms.saturating_mul(1_000),
        ..Control::default()
    };
    decide(session, operator, vec![control], &format!("the call {call} is closed")).await
}

/// UUID and begin, in milliseconds, of a call that goes on.
async fn open_call(engine: &Engine, name: &str) -> Result<(String, i64)> {
    let params = [Param::Text(name.to_owned()), Param::Int(name.parse().unwrap_or_default())];
    let mut reading = engine.open().await?;
    let open = reading.query(OPEN_SQL, &params).await.map_err(explain_query)?;
    if open.num_rows() > 0
        && let [Value::Text(call), Value::Int(start_ms)] = &cells(&open, 0)[..]
    {
        return Ok((call.clone(), *start_ms));
    }
    let ended = reading.query(ENDED_SQL, &params).await.map_err(explain_query)?;
    if matches!(cells(&ended, 0)[..], [Value::Int(n)] if n > 0) {
        return Err(wrong_input(format!("the call {name} has ended: there is nothing to close")));
    }
    let hint = "give the UUID of a root call or an interaction_id, as the table open_interaction has them";
    Err(wrong_input(format!("no call that goes on is called {name}: {hint}")))
}
