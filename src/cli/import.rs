//! `callmart import`: plays files on a node's ports; collectors, logs and the ETL work as always.

use std::path::PathBuf;

use anyhow::Result;
use chrono_tz::Tz;
use clap::{Args, Subcommand};

use super::{Shared, arguments, not_built};
use crate::failure::Ending;
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

/// GLUE: node and collectors in this process, then the ETL on their logs, then the summary.
async fn bank_calls(_session: &Session, _zone: Tz, _files: Vec<PathBuf>) -> Result<Ending> {
    Err(not_built("import bank-calls"))
}

/// GLUE: the same for JSON lines.
async fn events(_session: &Session, _files: Vec<PathBuf>) -> Result<Ending> {
    Err(not_built("import events"))
}
