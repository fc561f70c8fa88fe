//! `callmart report`: prints a report.

use std::collections::BTreeMap;

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
    /// Answer only what fits, as in agent=4711; may be given again for another filter of the report
    #[arg(long = "filter", value_name = "NAME=VALUE", value_parser = filter)]
    filters: Vec<(String, String)>,
    /// Most rows of a list
    #[arg(long, value_name = "ROWS")]
    limit: Option<u64>,
    /// Rows of a list to leave out before the first one
    #[arg(long, value_name = "ROWS", default_value_t = 0)]
    offset: u64,
    /// Form of the answer
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Which mart is asked
    #[arg(long, value_enum, default_value_t = Engine::Parquet)]
    engine: Engine,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    QuarterHour,
    Hour,
    Day,
    Week,
    Month,
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
        let filters = filters(&self.filters)?;
        let session = Session::reading(shared)?;
        report(&session, self, filters).await
    }
}

async fn report(session: &Session, asked: Report, filters: BTreeMap<String, String>) -> Result<Ending> {
    let thresholds = &session.settings.thresholds;
    let request = ReportRequest {
        by: asked.by.period(),
        thresholds: reports::Thresholds {
            short_abandon_s: i64::try_from(thresholds.abandoned_short_s).unwrap_or(i64::MAX),
            accept_s: i64::try_from(thresholds.service_level_s).unwrap_or(i64::MAX),
        },
        filters,
        limit: asked.limit,
        offset: asked.offset,
        ..ReportRequest::new(asked.period.from, asked.period.to, asked.tz)
    };
    let mart = Mart::open(session, asked.engine).await?;
    let answer = reports::run_report(&mart.engine, &asked.name, &request).await.map_err(explain)?;
    mart.close().await?;
    crate::output::answer(&output::format(&answer.batch, asked.format.output())?)?;
    if answer.has_more {
        let rows = u64::try_from(answer.batch.num_rows()).unwrap_or(u64::MAX);
        let next = request.offset.saturating_add(rows);
        crate::output::note(format_args!("There are more rows: ask for them with --offset {next}."));
    }
    crate::output::note(answer.completeness);
    Ok(Ending::Done)
}

/// Name and value of a filter.
fn filter(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("a filter is NAME=VALUE, as in agent=4711")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// The filters by name; a name that stands there twice would leave one of its values out.
fn filters(given: &[(String, String)]) -> Result<BTreeMap<String, String>> {
    let mut filters = BTreeMap::new();
    for (name, value) in given {
        if let Some(other) = filters.insert(name.clone(), value.clone()) {
            let message = format!("the filter {name} is given as {other:?} and as {value:?}; give one of them");
            return Err(wrong_input(message));
        }
    }
    Ok(filters)
}

impl By {
    fn period(self) -> reports::Period {
        match self {
            Self::QuarterHour => reports::Period::QuarterHour,
            Self::Hour => reports::Period::Hour,
            Self::Day => reports::Period::Day,
            Self::Week => reports::Period::Week,
            Self::Month => reports::Period::Month,
        }
    }
}

impl Format {
    fn output(self) -> output::Format {
        match self {
            Self::Table => output::Format::Table,
            Self::Csv => output::Format::Csv,
            Self::Json => output::Format::Json,
            Self::Parquet => output::Format::Parquet,
        }
    }
}

/// A report that does not exist, or what it does not take or cannot answer, is wrong input.
fn explain(error: ReportError) -> anyhow::Error {
    match error {
        ReportError::Header(_) | ReportError::Parameter { .. } | ReportError::Query(_) => error.into(),
        asked => wrong_input(asked.to_string()),
    }
}
