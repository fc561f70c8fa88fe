//! What an operator decides: looked up in the mart, written into the control log, and loaded if nobody else does.
//!
//! What follows from a decision is the ETL's business.

pub(crate) mod archive;
pub(crate) mod calls;
mod log;
pub(crate) mod rejects;
pub(crate) mod sources;

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use callmart_etl::{Etl, EtlSummary};
use callmart_schema::event::Control;
use tokio::sync::watch;

use self::log::ControlLog;
use crate::failure::{Ending, wrong_input};
use crate::output::{Summary, note};
use crate::pipeline;
use crate::session::Session;

/// Longest name and longest reason, in bytes.
const MAX_TEXT_BYTES: usize = 1_000;

/// Who decides, and why.
#[derive(Debug, Clone)]
pub(crate) struct Operator {
    who: String,
    why: String,
}

impl Operator {
    /// The operator of that name, else the account that runs the program.
    pub(crate) fn new(name: Option<String>, why: Option<String>) -> Result<Self> {
        let of_account = || ["SUDO_USER", "LOGNAME", "USER"].iter().find_map(|name| std::env::var(name).ok());
        let who = name.or_else(of_account).filter(|who| !who.trim().is_empty()).unwrap_or_else(|| "unknown".to_owned());
        let why = why.unwrap_or_default();
        if who.len() > MAX_TEXT_BYTES || why.len() > MAX_TEXT_BYTES {
            return Err(wrong_input(format!("--by and --reason have at most {MAX_TEXT_BYTES} bytes")));
        }
        Ok(Self { who, why })
    }
}

/// Writes decisions, and says so when they are durable; then has them loaded.
async fn decide(session: &Session, operator: &Operator, controls: Vec<Control>, what: &str) -> Result<Ending> {
    let sign = |control| Control { who: operator.who.clone(), note: operator.why.clone(), ..control };
    let controls: Vec<Control> = controls.into_iter().map(sign).collect();
    let log = ControlLog::of(&session.folder);
    let at_us = now_us();
    tokio::task::block_in_place(|| log.append(controls, at_us))?;
    note(format_args!("{what}: decided by {}, and durable in {}.", operator.who, log.dir().display()));
    load(session).await
}

/// Loads what was decided, unless another command is writing in the folder: a running ETL reads the control log too.
async fn load(session: &Session) -> Result<Ending> {
    let Ok(_lock) = session.folder.lock("sources, calls, rejects or archive") else {
        note(
            "Not loaded yet: another command writes in this folder. A running ETL takes it in by itself, else the next load does.",
        );
        return Ok(Ending::Done);
    };
    let postgres = session.postgres_if_known().await?;
    let pool = postgres.as_ref().map(|p| p.pool.clone());
    let loaded = follow(session, pool).await;
    if let Some(postgres) = postgres {
        postgres.close().await?;
    }
    let mut summary = Summary::default();
    pipeline::tell(&mut summary, &loaded?, &BTreeMap::new());
    summary.show();
    Ok(Ending::Done)
}

async fn follow(session: &Session, pool: Option<sqlx::PgPool>) -> Result<EtlSummary> {
    let mut etl = Etl::open(session.etl_settings(), pool).await?;
    let (_stop, stopped) = watch::channel(true);
    Ok(Box::pin(etl.follow(session.logs()?, stopped)).await?)
}

/// The operator's clock, microseconds since 1970-01-01 UTC: here a decision gets its time.
#[allow(clippy::disallowed_methods)] // when it was decided is part of the decision
fn now_us() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_micros() as i64)
}
