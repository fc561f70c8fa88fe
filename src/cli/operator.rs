//! `callmart sources`, `callmart calls`, `callmart rejects`, `callmart archive`: what an operator looks at and decides.
//!
//! Reads arguments; the work is done in `crate::operator`.

use anyhow::Result;
use callmart_schema::control::Decision;
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};

use super::Shared;
use super::arguments::{self, Shown};
use crate::failure::Ending;
use crate::operator::{Operator, archive, calls, rejects, sources};
use crate::session::Session;

/// Arguments of `sources`.
#[derive(Debug, Args)]
pub(super) struct Sources {
    #[command(subcommand)]
    what: OfSources,
}

#[derive(Debug, Subcommand)]
enum OfSources {
    /// List the sources: how far each is, what is missing, what was decided
    Ls(Shown),
    /// Expect nothing more of a source until further notice: nobody waits for it, and it is not missed
    Ignore(OfSource),
    /// Expect a source again that was ignored or retired
    Resume(OfSource),
    /// As ignore, for good: the source is not expected any more
    Retire(OfSource),
}

#[derive(Debug, Args)]
struct OfSource {
    /// Name of the source
    name: String,
    /// Moment in UTC, by the sources' clocks, from which on it holds [default: now]
    #[arg(long, value_name = "DATETIME", value_parser = arguments::moment)]
    since: Option<DateTime<Utc>>,
    /// Decide it though no source of that name is known
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    signed: Signed,
}

/// Who decides, and why.
#[derive(Debug, Args)]
struct Signed {
    /// Why it is decided
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Who decides it [default: the account]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

/// Arguments of `calls`.
#[derive(Debug, Args)]
pub(super) struct Calls {
    #[command(subcommand)]
    what: OfCalls,
}

#[derive(Debug, Subcommand)]
enum OfCalls {
    /// End a call that goes on in the facts, when it was heard of last
    Close {
        /// UUID of the root call, or id of the interaction
        call: String,
        #[command(flatten)]
        signed: Signed,
    },
}

/// Arguments of `rejects`.
#[derive(Debug, Args)]
pub(super) struct Rejects {
    #[command(subcommand)]
    what: OfRejects,
}

#[derive(Debug, Subcommand)]
enum OfRejects {
    /// List rejected inputs
    Ls {
        /// Rejected for this reason
        #[arg(long, value_name = "REASON", default_value = "", hide_default_value = true)]
        reason: String,
        /// Of this source
        #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
        source: String,
        /// Not before this moment in UTC
        #[arg(long, value_name = "DATETIME", value_parser = arguments::moment)]
        since: Option<DateTime<Utc>>,
        /// Most rows
        #[arg(long, value_name = "ROWS", default_value_t = 100)]
        limit: u32,
        #[command(flatten)]
        shown: Shown,
    },
    /// Read rejected inputs once more, as after an upgrade
    Redrive {
        /// Ids of rejects, as `rejects ls` lists them [default: all that are open]
        #[arg(value_name = "ID", allow_negative_numbers = true)]
        ids: Vec<i64>,
        #[command(flatten)]
        signed: Signed,
    },
}

/// Arguments of `archive`.
#[derive(Debug, Args)]
pub(super) struct Archive {
    #[command(subcommand)]
    what: OfArchive,
}

#[derive(Debug, Subcommand)]
enum OfArchive {
    /// Reject as too late what happened before a moment and is told from now on; nothing is deleted
    Close {
        /// The moment, in UTC, by the sources' clocks; another decision may move it, also back
        #[arg(long, value_name = "DATETIME", value_parser = arguments::moment)]
        before: DateTime<Utc>,
        #[command(flatten)]
        signed: Signed,
    },
}

impl Archive {
    pub(super) async fn run(self, shared: &Shared) -> Result<Ending> {
        let session = Session::reading(shared)?;
        let OfArchive::Close { before, signed } = self.what;
        Box::pin(archive::close(&session, &signed.operator()?, before)).await
    }
}

impl Sources {
    pub(super) async fn run(self, shared: &Shared) -> Result<Ending> {
        let session = Session::reading(shared)?;
        let (decision, of) = match self.what {
            OfSources::Ls(shown) => return sources::ls(&session, shown.engine, shown.format()).await,
            OfSources::Ignore(of) => (Decision::IgnoreSource, of),
            OfSources::Resume(of) => (Decision::ResumeSource, of),
            OfSources::Retire(of) => (Decision::RetireSource, of),
        };
        let operator = of.signed.operator()?;
        Box::pin(sources::decide_of(&session, &operator, decision, &of.name, of.since, of.force)).await
    }
}

impl Calls {
    pub(super) async fn run(self, shared: &Shared) -> Result<Ending> {
        let session = Session::reading(shared)?;
        let OfCalls::Close { call, signed } = self.what;
        Box::pin(calls::close(&session, &signed.operator()?, &call)).await
    }
}

impl Rejects {
    pub(super) async fn run(self, shared: &Shared) -> Result<Ending> {
        let session = Session::reading(shared)?;
        match self.what {
            OfRejects::Ls { reason, source, since, limit, shown } => {
                let filter = rejects::Filter { reason, source, since, limit };
                rejects::ls(&session, shown.engine, filter, shown.format()).await
            }
            OfRejects::Redrive { ids, signed } => Box::pin(rejects::redrive(&session, &signed.operator()?, &ids)).await,
        }
    }
}

impl Signed {
    fn operator(self) -> Result<Operator> {
        Operator::new(self.by, self.reason)
    }
}
