//! `callmart demo`: a simulated contact center through the whole pipeline, to look at or to count.
//!
//! Reads and checks arguments; the work is done in `crate::demo`.

use std::path::PathBuf;

use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::Args;

use super::{Shared, arguments};
use crate::demo::{self, Faults, Live, Once};
use crate::failure::Ending;
use crate::session::Session;

/// Port of the page and the API unless another is asked for.
const PORT: u16 = 8080;
/// Agents of the contact center unless told otherwise.
const AGENTS: u32 = 200;
/// Most agents that can be simulated.
const MAX_AGENTS: i64 = 20_000;
/// Most incidents an hour.
const MAX_INCIDENTS: f64 = 3_600.0;
/// Most hours of a simulation that ends.
const MAX_HOURS: f64 = 24.0 * 400.0;

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Port of the page and the API on this machine [default: 8080; with --once nothing is served unless it is given]
    #[arg(long, value_name = "N")]
    port: Option<u16>,
    /// Simulate a stretch of time, load it, and end
    #[arg(long)]
    once: bool,
    /// Where the stretch begins, as in 2026-01-05T00:00Z
    #[arg(long, value_name = "DATETIME", default_value = "2026-01-05T00:00Z", value_parser = arguments::moment, requires = "once")]
    start: DateTime<Utc>,
    /// How long the stretch is
    #[arg(long, value_name = "H", default_value_t = 24.0, value_parser = hours, requires = "once")]
    hours: f64,
    /// How much faster than real time; as fast as possible unless given
    #[arg(long, value_name = "X", value_parser = speed, requires = "once")]
    speed: Option<f64>,
    /// Write what really happened, by the simulation's own count, as JSON
    #[arg(long, value_name = "FILE", requires = "once")]
    ledger: Option<PathBuf>,
    /// What goes wrong in it: a schedule, one fault on a line, as in `00:10:00 stop dc1-node1-a`
    #[arg(long, value_name = "FILE", requires = "once", conflicts_with = "faults_seed")]
    faults: Option<PathBuf>,
    /// Let chance of this seed say what goes wrong in it, and say it
    #[arg(long, value_name = "N", requires = "once")]
    faults_seed: Option<u64>,
    /// Write which events nobody was told of because of faults, by the simulation's own count, as JSON
    #[arg(long, value_name = "FILE", requires = "once")]
    losses: Option<PathBuf>,
    /// How often an hour a telephone moves to another node, an agent changes the telephone, a link is cut
    #[arg(long, value_name = "N", default_value_t = 0.0, value_parser = incidents, requires = "once")]
    incidents: f64,
    /// Number that all chance comes from
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Agents of the contact center; calls are as many as they can handle
    #[arg(long, value_name = "A", default_value_t = AGENTS, value_parser = clap::value_parser!(u32).range(1..=MAX_AGENTS))]
    agents: u32,
}

impl Demo {
    pub(super) async fn run(self, shared: &Shared) -> Result<Ending> {
        let mut session = Session::writing(shared, "demo")?;
        if self.once {
            let once = Once {
                start: self.start,
                hours: self.hours,
                speed: self.speed,
                port: self.port,
                ledger: self.ledger,
                losses: self.losses,
                faults: match (self.faults, self.faults_seed) {
                    (Some(file), _) => Faults::Of(file),
                    (None, Some(seed)) => Faults::ByChance(seed),
                    (None, None) => Faults::None,
                },
                incidents_per_hour: self.incidents,
                seed: self.seed,
                agents: self.agents,
            };
            Box::pin(demo::once(&mut session, once)).await
        } else {
            let live = Live { port: self.port.unwrap_or(PORT), seed: self.seed, agents: self.agents };
            Box::pin(demo::live(&mut session, live)).await
        }
    }
}

fn hours(text: &str) -> Result<f64, String> {
    positive(text).filter(|hours| *hours <= MAX_HOURS).ok_or_else(|| format!("hours are a number up to {MAX_HOURS}"))
}

fn incidents(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| (0.0..=MAX_INCIDENTS).contains(number));
    number.ok_or_else(|| format!("incidents an hour are a number up to {MAX_INCIDENTS}"))
}

fn speed(text: &str) -> Result<f64, String> {
    positive(text).ok_or_else(|| "a speed is a number above 0, as in 10; 1 is real time".to_owned())
}

fn positive(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0)
}
