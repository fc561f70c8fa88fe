//! `callmart import`: plays files on a node's ports; collectors, logs and the ETL work as always.

use std::path::PathBuf;

use anyhow::Result;
use callmart_node::lines::ReadError;
use callmart_node::{bank, jsonl};
use chrono_tz::Tz;
use clap::{Args, Subcommand};

use super::{Shared, arguments};
use crate::failure::{Ending, wrong_input};
use crate::output::{Summary, note};
use crate::pipeline;
use crate::session::{Session, must_be_a_file};

/// Name under which the zone of the bank's calls is remembered.
const BANK_CALLS: &str = "bank-calls";

/// Arguments of `import`.
#[derive(Debug, Args)]
pub(super) struct Import {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Calls of the anonymous bank: TSV, also gzipped
    BankCalls {
        /// Zone of the clock fields
        #[arg(long, value_name = "ZONE", default_value = "Asia/Jerusalem", value_parser = arguments::zone)]
        tz: Tz,
        /// Files, in any order; rows that several hold count once
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
    },
    /// Events as JSON lines (`callmart schema events` describes them)
    Events {
        /// Files, in any order; events that several hold count once
        #[arg(value_name = "FILE.jsonl", required = true)]
        files: Vec<PathBuf>,
    },
}

impl Import {
    pub(super) async fn run(self, shared: &Shared) -> Result<Ending> {
        match self.what {
            What::BankCalls { tz, files } => {
                files.iter().try_for_each(|file| must_be_a_file(file))?;
                let mut session = Session::writing(shared, "import bank-calls")?;
                session.state.remember_zone(BANK_CALLS, tz)?;
                session.state.save(session.folder.path())?;
                bank_calls(&session, tz, files).await
            }
            What::Events { files } => {
                files.iter().try_for_each(|file| must_be_a_file(file))?;
                let session = Session::writing(shared, "import events")?;
                events(&session, files).await
            }
        }
    }
}

async fn bank_calls(session: &Session, zone: Tz, files: Vec<PathBuf>) -> Result<Ending> {
    let calls = bank::read(&files, zone).map_err(unreadable)?;
    let read = calls.summary.clone();
    let etl = pipeline::play(session, "bank calls", bank::sources(calls)).await?;
    let mut summary = Summary::default();
    summary.count("rows read", read.rows);
    summary.count("calls in them", read.calls);
    summary.count("rows that were repeated", read.repeated_rows);
    summary.count("services left out, of callers who had hung up", read.hang_with_service);
    pipeline::tell(&mut summary, &etl, &read.rejected);
    for row in &read.rejected_at {
        note(format_args!("{}:{}: {}: {}", row.file.display(), row.line, row.reason.as_str(), row.detail));
    }
    summary.show();
    Ok(Ending::Done)
}

async fn events(session: &Session, files: Vec<PathBuf>) -> Result<Ending> {
    let lines = jsonl::read(&files).map_err(unreadable)?;
    let etl = pipeline::play(session, "events", lines.sources).await?;
    let mut summary = Summary::default();
    summary.count("lines read", lines.summary.lines);
    summary.count("lines that were repeated", lines.summary.repeated_lines);
    pipeline::tell(&mut summary, &etl, &lines.summary.unreadable);
    for line in &lines.summary.unreadable_at {
        note(format_args!("{}:{}: {}: {}", line.file.display(), line.line, line.reason, line.detail));
    }
    summary.show();
    Ok(Ending::Done)
}

/// A file that cannot be read is wrong input.
fn unreadable(error: ReadError) -> anyhow::Error {
    wrong_input(error.to_string())
}
