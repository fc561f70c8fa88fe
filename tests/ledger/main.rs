//! The simulated day against its ledger: every count and every second that the simulation kept of itself stands in the marts,
//! per queue, agent, state and hour, in either engine.
//!
//! The pipeline never sees the ledger, and the ledger never sees the pipeline. The week of the reference size is the same
//! test with other numbers: `CALLMART_LEDGER_AGENTS=2000 CALLMART_LEDGER_HOURS=168 cargo test --test ledger`.

mod books;
mod mart;
mod support;

use books::Books;
use support::{Day, engines};

/// Where the simulated day begins: a Monday.
const START: &str = "2026-01-05T00:00Z";
/// Most differences that are told.
const TOLD: usize = 40;

#[test]
fn every_count_and_every_second_of_the_ledger_stands_in_the_marts() {
    let day = Day::simulated(START);
    let ledger = Books::of_ledger(&day.ledger);
    assert!(ledger.len() > 1_000, "a day of {} numbers is no day", ledger.len());
    for engine in engines("every_count_and_every_second_of_the_ledger_stands_in_the_marts") {
        let mart = mart::books(&day, engine);
        let differences = ledger.differences(&mart);
        let told: Vec<&String> = differences.iter().take(TOLD).collect();
        let kinds = books::kinds(&differences);
        assert!(
            differences.is_empty(),
            "{engine}: {} of {} numbers differ, by kind: {kinds:#?}, the first: {told:#?}",
            differences.len(),
            ledger.len()
        );
    }
}
