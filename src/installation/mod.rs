//! The parts of an installation, each in processes of its own: simulated nodes, collectors, an ETL.
//!
//! Takes from a topology what each part needs and runs it until it ends or is to stop. Each part works as it does in one
//! process with the others (`crate::pipeline`).

pub(crate) mod collectors;
pub(crate) mod etl;
pub(crate) mod nodes;
mod secured;
mod worlds;

use anyhow::Result;

use crate::failure::wrong_input;

/// Those of the names that are asked for: all, or the one that is named.
fn chosen<'a, T>(
    all: impl Iterator<Item = &'a T>,
    only: Option<&str>,
    what: &str,
    name: impl Fn(&T) -> &str,
) -> Result<Vec<&'a T>> {
    let all: Vec<&T> = all.collect();
    let chosen: Vec<&T> = all.iter().copied().filter(|each| only.is_none_or(|only| name(each) == only)).collect();
    if !chosen.is_empty() {
        return Ok(chosen);
    }
    let names: Vec<&str> = all.iter().map(|each| name(each)).collect();
    let there =
        if names.is_empty() { "the file has none".to_owned() } else { format!("there are {}", names.join(", ")) };
    let asked = only.map_or_else(|| format!("there is no {what} to run"), |only| format!("no {what} is named {only}"));
    Err(wrong_input(format!("{asked}: {there}")))
}
