//! `callmart report`: prints a report.

use anyhow::Result;
use callmart_queries::output;
use callmart_queries::reports::{self, ReportError, ReportRequest};
use chrono_tz::Tz;
use clap::{Args, ValueEnum};

use super::Shared;
use super::arguments::{self, Engine, Period};
use crate::failure::{Ending, wrong_input};
use crate::mart::Mart;
use crate::session::Session;

/// Arguments of `report`.
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

async fn report(session: &Session, asked: Report) -> Result<Ending> {
    let thresholds = &session.settings.thresholds;
    let request = ReportRequest {
        from: asked.period.from,
        to: asked.period.to,
        tz: asked.tz,
        by: match asked.by {
            By::Hour => reports::Period::Hour,
            By::Day => reports::Period::Day,
        },
        thresholds: reports::Thresholds {
            short_abandon_s: i64::try_from(thresholds.abandoned_short_s).unwrap_or(i64::MAX),
            accept_s: i64::try_from(thresholds.service_level_s).unwrap_or(i64::MAX),
        },
    };
    let format = match asked.format {
        Format::Table => output::Format::Table,
        Format::Csv => output::Format::Csv,
        Format::Json => output::Format::Json,
        Format::Parquet => output::Format::Parquet,
    };
    let mart = Mart::open(session, asked.engine).await?;
    let answer = reports::run_report(&mart.engine, &asked.name, request).await.map_err(explain)?;
    mart.close().await?;
    crate::output::answer(&output::format(&answer.batch, format)?)?;
    crate::output::note(answer.completeness);
    Ok(Ending::Done)
}

/// A report that does not exist or a period that cannot be answered is wrong input.
fn explain(error: ReportError) -> anyhow::Error {
    match error {
        ReportError::Unknown { .. } | ReportError::NoDays { .. } | ReportError::TooLong { .. } => {
            wrong_input(error.to_string())
        }
        other => other.into(),
    }
}
