//! Measures the demo as a whole process: how fast an ended call is in PostgreSQL and in the page, and how much memory the
//! process takes.
//!
//! `cargo run --example measure -- latency [--minutes M] [--agents A]` plays the busy hour in real time;
//! `cargo run --example measure -- memory [--hours H] [--speed X] [--agents A]` plays a stretch at X times real time, or as
//! fast as possible.
//! `cargo run --example measure -- first-view [--hours H] [--agents A]` looks at the page over a month in a browser.
//! Knows the demo's command line, its tables and /proc; nothing of what is inside.

mod first_view;
mod latency;
mod memory;
mod page;
mod process;
/// The browser of the page's tests.
#[path = "../../tests/page/webdriver.rs"]
#[allow(dead_code)] // pictures and keys are the tests' own
mod webdriver;

use std::collections::HashMap;
use std::process::ExitCode;

/// Begin of the busy hour of a Monday, with half an hour before it in which agents log in.
const START: &str = "2026-01-05T09:30Z";

/// Begin of a month that the page looks back on.
const START_OF_MONTH: &str = "2026-01-01T00:00Z";

/// What is asked for, with numbers by their flags.
struct Asked(HashMap<String, f64>);

impl Asked {
    fn number(&self, flag: &str, default: f64) -> f64 {
        self.0.get(flag).copied().unwrap_or(default)
    }

    fn given(&self, flag: &str) -> Option<f64> {
        self.0.get(flag).copied()
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let what = words.next().unwrap_or_default();
    let rest: Vec<String> = words.collect();
    let flags = rest.chunks(2).filter_map(|pair| match pair {
        [flag, value] => Some((flag.trim_start_matches("--").to_owned(), value.parse().ok()?)),
        _ => None,
    });
    let asked = Asked(flags.collect());
    let outcome = match what.as_str() {
        "latency" => latency::measure(&asked).await,
        "memory" => memory::measure(&asked).await,
        "first-view" => first_view::measure(&asked).await,
        _ => Err("say what to measure: latency, memory or first-view".to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            process::say(&sentence);
            ExitCode::FAILURE
        }
    }
}
