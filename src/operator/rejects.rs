//! Inputs that were rejected: which there are, and driving them in again.

use std::collections::BTreeSet;

use anyhow::Result;
use callmart_queries::engine::Param;
use callmart_queries::output::{Format, format};
use callmart_schema::catalogue::{Value, cells};
use callmart_schema::control::Decision;
use callmart_schema::event::Control;
use chrono::{DateTime, Utc};

use super::{Operator, decide};
use crate::cli::EngineChoice;
use crate::failure::{Ending, wrong_input};
use crate::mart::{Mart, explain_query};
use crate::output::{answer, note};
use crate::session::Session;

const LS_SQL: &str = "SELECT r.reject_key AS id, r.time_ms AS time_ms, r.source AS source, r.reason AS reason, \
    r.state AS state, r.detail AS detail, r.log AS log, r.log_segment AS log_segment, r.log_offset AS log_offset \
    FROM ctl_reject r WHERE ($1 = '' OR r.reason = $1) AND ($2 = '' OR r.source = $2) AND r.time_ms >= $3 \
    ORDER BY r.time_ms, r.source, r.reject_key";

/// What was read is not read again, nor what another copy of its event stands for.
const OPEN_SQL: &str = "SELECT r.reject_key AS id, r.identity AS identity, r.time_ms AS time_ms, r.input AS input \
    FROM ctl_reject r WHERE r.state = 'open' AND r.reason <> 'identity-conflict' ORDER BY r.reject_key";

/// Which rejects are asked for; an empty text is any.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    pub(crate) reason: String,
    pub(crate) source: String,
    pub(crate) since: Option<DateTime<Utc>>,
    pub(crate) limit: u32,
}

/// Prints rejects in a form.
pub(crate) async fn ls(session: &Session, choice: EngineChoice, filter: Filter, form: Format) -> Result<Ending> {
    let since_ms = filter.since.map_or(i64::MIN, |since| since.timestamp_millis());
    let params = [Param::Text(filter.reason), Param::Text(filter.source), Param::Int(since_ms)];
    let sql = format!("{LS_SQL} LIMIT {}", filter.limit);
    let mart = Mart::open(session, choice).await?;
    let rows = mart.engine.query(&sql, &params).await.map_err(explain_query)?;
    mart.close().await?;
    answer(&format(&rows, form)?)?;
    Ok(Ending::Done)
}

/// Drives rejects in again, by their ids; all that are open without any.
pub(crate) async fn redrive(session: &Session, operator: &Operator, ids: &[i64]) -> Result<Ending> {
    let mart = Mart::open(session, EngineChoice::Parquet).await?;
    let rows = mart.engine.query(OPEN_SQL, &[]).await.map_err(explain_query)?;
    mart.close().await?;
    let wanted: BTreeSet<i64> = ids.iter().copied().collect();
    let mut found = BTreeSet::new();
    let mut controls = Vec::new();
    for row in 0..rows.num_rows() {
        let cells = cells(&rows, row);
        let [Value::Int(id), Value::Text(identity), Value::Int(time_ms), Value::Bytes(input)] = &cells[..] else {
            continue;
        };
        if wanted.is_empty() || wanted.contains(id) {
            found.insert(*id);
            controls.push(Control {
                decision: Decision::Redrive.code().to_owned(),
                subject: identity.clone(),
                since_us: time_ms.saturating_mul(1_000),
                input: input.clone(),
                ..Control::default()
            });
        }
    }
    let missing: Vec<String> = wanted.difference(&found).map(i64::to_string).collect();
    if !missing.is_empty() {
        let sentence = "no open reject that could be read again has the id";
        return Err(wrong_input(format!("{sentence} {}: `callmart rejects ls` lists them", missing.join(", "))));
    }
    if controls.is_empty() {
        note("No reject is open.");
        return Ok(Ending::Done);
    }
    let what = format!("{} rejects are driven in again", controls.len());
    decide(session, operator, controls, &what).await
}
