//! `callmart report`: prints a report.

use anyhow::Result;
use chrono_tz::Tz;
use clap::{Args, ValueEnum};

use super::arguments::{self, Engine, Period};
use super::{Shared, not_built};
use crate::failure::Ending;
use crate::session::Session;

/// Arguments of `report`.
#[allow(dead_code, reason = "the glue reads them")]
#[derive(Debug, Args)]
pub(super) struct Report {
    /// Name of the report, as in queue-summary
    name: String,
    #[command(flatten)]
    period: Period,
    /// Zone of the days and hours
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = arguments::zone)]
    tz: Tz,
    /// Length of a row's period
    #[arg(long, value_enum, default_value_t = By::Day)]
    by: By,
    /// Form of the answer
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Which mart is asked
    #[arg(long, value_enum, default_value_t = Engine::Parquet)]
    engine: Engine,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    Hour,
    Day,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Csv,
    Json,
    Parquet,
}

impl Report {
    pub(super) async fn run(self, shared: &Shared) -> Result<Ending> {
        self.period.check()?;
        let session = Session::reading(shared)?;
        report(&session, self).await
    }
}

/// GLUE: the report's query on the engine asked for; the answer to `output::answer`, its completeness to `output::note`.
async fn report(_session: &Session, _asked: Report) -> Result<Ending> {
    Err(not_built("report"))
}
