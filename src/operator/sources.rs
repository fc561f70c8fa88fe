//! Sources as an operator sees them: how far each is, and what was decided of it.
//!
//! Read from the mart's coverage. What is ignored stays known, and what it tells counts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use callmart_queries::engine::Engine;
use callmart_schema::catalogue::{Value, cells};
use callmart_schema::control::Decision;
use callmart_schema::event::Control;
use chrono::{DateTime, SecondsFormat, Utc};

use super::{Operator, decide, now_us};
use crate::cli::EngineChoice;
use crate::failure::{Ending, wrong_input};
use crate::mart::{Mart, explain_query};
use crate::session::Session;

const SQL: &str = "SELECT c.source AS source, c.role AS role, c.state AS state, c.from_ms AS from_ms, c.to_ms AS to_ms, \
    c.events AS events, c.watermark_ms AS watermark_ms, c.stopped_flag AS stopped_flag, c.epoch_ms AS epoch_ms, \
    c.epoch_process AS epoch_process, c.decided_by AS decided_by, c.decided_ms AS decided_ms, \
    c.decided_why AS decided_why FROM ctl_coverage c ORDER BY c.source, c.from_ms, c.state";

/// What was read since is not counted.
const REJECTS_SQL: &str = "SELECT r.source AS source, COUNT(*) AS rejects FROM ctl_reject r WHERE r.state <> 'redriven' \
    GROUP BY r.source ORDER BY r.source";

/// End of a stretch in which a source is ignored until further notice starts behind this, in milliseconds.
const FAR_MS: i64 = 253_402_300_000_000;

/// What is known of one source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Source {
    role: String,
    is_expected: bool,
    is_stopped: bool,
    /// Heard at all, and up to when, in milliseconds.
    heard_until_ms: Option<i64>,
    complete_until_ms: Option<i64>,
    holes: i64,
    events: i64,
    rejects: i64,
    epoch: Option<String>,
    /// State, who, when and why, while it is ignored or retired.
    decided: Option<(String, String)>,
}

/// Prints every source in a form.
pub(crate) async fn ls(
    session: &Session,
    choice: EngineChoice,
    form: callmart_queries::output::Format,
) -> Result<Ending> {
    let mart = Mart::open(session, choice).await?;
    let sources = sources(session, &mart.engine).await?;
    mart.close().await?;
    crate::output::answer(&callmart_queries::output::format(&table(&sources)?, form)?)?;
    Ok(Ending::Done)
}

/// Decides about a source that there is, or whatever its name with `force`; `since` is a moment of the sources' clocks.
pub(crate) async fn decide_of(
    session: &Session,
    operator: &Operator,
    decision: Decision,
    name: &str,
    since: Option<DateTime<Utc>>,
    force: bool,
) -> Result<Ending> {
    if !force {
        let mart = Mart::open(session, EngineChoice::Parquet).await?;
        let known = sources(session, &mart.engine).await?;
        mart.close().await?;
        must_be_known(&known, name)?;
    }
    let since_us = since.map_or_else(now_us, |since| since.timestamp_micros());
    let control =
        Control { decision: decision.code().to_owned(), subject: name.to_owned(), since_us, ..Control::default() };
    let what = match decision {
        Decision::IgnoreSource => "is ignored",
        Decision::RetireSource => "is retired",
        _ => "is expected again",
    };
    let since = time(since_us.div_euclid(1_000));
    decide(session, operator, vec![control], &format!("{name} {what} from {since} on")).await
}

fn must_be_known(known: &BTreeMap<String, Source>, name: &str) -> Result<()> {
    if name.is_empty() {
        return Err(wrong_input("a source has a name: `callmart sources ls` lists them"));
    }
    if known.contains_key(name) {
        return Ok(());
    }
    let names: Vec<&str> = known.keys().map(String::as_str).collect();
    let there = if names.is_empty() { "none yet".to_owned() } else { names.join(", ") };
    Err(wrong_input(format!("no source is called {name}; there are {there}. With --force it is decided all the same")))
}

/// The sources of the mart and those that the settings expect, by name.
async fn sources(session: &Session, engine: &Engine) -> Result<BTreeMap<String, Source>> {
    let rows = engine.query(SQL, &[]).await.map_err(explain_query)?;
    let expected: BTreeSet<&str> = session.settings.sources.iter().map(|s| s.name.as_str()).collect();
    let mut sources: BTreeMap<String, Source> = BTreeMap::new();
    for expected in &session.settings.sources {
        let role = expected.role.as_str().to_owned();
        sources.insert(expected.name.clone(), Source { role, is_expected: true, ..Source::default() });
    }
    for row in 0..rows.num_rows() {
        let cells = cells(&rows, row);
        let Some(Value::Text(name)) = cells.first() else { continue };
        let source = sources.entry(name.clone()).or_default();
        source.is_expected = expected.contains(name.as_str());
        source.add(&cells);
    }
    let rejects = engine.query(REJECTS_SQL, &[]).await.map_err(explain_query)?;
    for row in 0..rejects.num_rows() {
        if let [Value::Text(name), Value::Int(rejects)] = &cells(&rejects, row)[..]
            && let Some(source) = sources.get_mut(name)
        {
            source.rejects = *rejects;
        }
    }
    for source in sources.values_mut() {
        source.is_expected &= source.decided.as_ref().is_none_or(|(state, _)| state != "retired");
    }
    Ok(sources)
}

impl Source {
    /// Takes in a row of [`SQL`].
    fn add(&mut self, cells: &[Value]) {
        use Value::{Int, Text};
        let [_, Text(role), Text(state), Int(_), Int(to_ms), Int(events), Int(until_ms), Int(stopped), more @ ..] =
            cells
        else {
            return;
        };
        self.role.clone_from(role);
        self.events = self.events.max(*events);
        self.is_stopped |= *stopped == 1;
        if *until_ms > 0 || *events > 0 {
            self.heard_until_ms = self.heard_until_ms.max(Some(*until_ms));
        }
        if let [Int(epoch_ms), Text(process), ..] = more {
            self.epoch = Some(format!("{} {process}", time(*epoch_ms)));
        }
        match state.as_str() {
            "complete" => self.complete_until_ms = self.complete_until_ms.max(Some(*to_ms)),
            "lost" => self.holes += 1,
            _ => {}
        }
        if let [_, _, Text(who), Int(at_ms), why @ ..] = more
            && *to_ms > FAR_MS
        {
            let why = if let [Text(why)] = why { why.as_str() } else { "" };
            let why = if why.is_empty() { String::new() } else { format!(": {why}") };
            self.decided = Some((state.clone(), format!("{who} at {}{why}", time(*at_ms))));
        }
    }

    fn state(&self) -> &str {
        match (&self.decided, self.heard_until_ms) {
            (Some((state, _)), _) => state,
            (None, None) => "never-heard",
            (None, Some(_)) if self.is_stopped => "stopped",
            (None, Some(_)) if self.complete_until_ms.is_none() => "incomplete",
            (None, Some(_)) => "heard",
        }
    }
}

/// The sources as a table. How far one lags is told against the one that was heard last: sources have their own clocks.
fn table(sources: &BTreeMap<String, Source>) -> Result<RecordBatch> {
    let newest_ms = sources.values().filter_map(|s| s.heard_until_ms).max();
    let of = |cell: &dyn Fn(&Source) -> Option<String>| -> ArrayRef {
        Arc::new(StringArray::from_iter(sources.values().map(cell)))
    };
    let number = |cell: &dyn Fn(&Source) -> Option<i64>| -> ArrayRef {
        Arc::new(Int64Array::from_iter(sources.values().map(cell)))
    };
    let names: ArrayRef = Arc::new(StringArray::from_iter_values(sources.keys()));
    let yes = |is: bool| Some(if is { "yes" } else { "no" }.to_owned());
    let lag_s = |s: &Source| Some(newest_ms?.saturating_sub(s.heard_until_ms?).div_euclid(1_000));
    let columns = [
        ("source", names),
        ("role", of(&|s| Some(s.role.clone()))),
        ("state", of(&|s| Some(s.state().to_owned()))),
        ("expected", of(&|s| yes(s.is_expected))),
        ("events", number(&|s| Some(s.events))),
        ("heard_until", of(&|s| s.heard_until_ms.map(time))),
        ("lag_s", number(&lag_s)),
        ("complete_until", of(&|s| s.complete_until_ms.map(time))),
        ("holes", number(&|s| Some(s.holes))),
        ("rejects", number(&|s| Some(s.rejects))),
        ("epoch", of(&|s| s.epoch.clone())),
        ("decided", of(&|s| s.decided.as_ref().map(|(_, how)| how.clone()))),
    ];
    RecordBatch::try_from_iter(columns).context("the sources do not fit into a table")
}

fn time(ms: i64) -> String {
    DateTime::from_timestamp_millis(ms)
        .map_or_else(|| ms.to_string(), |t| t.to_rfc3339_opts(SecondsFormat::Millis, true))
}
