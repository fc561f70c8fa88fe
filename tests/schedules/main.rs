//! Random schedules of faults through the whole pipeline: what a simulated center's marts hold after everything has healed,
//! held against the same center undisturbed and against the simulation's own account of what nobody was told.
//!
//! A schedule follows from its seed alone, which is printed. The suite plays 20 of a busy stretch of a small center; 200 of a
//! whole day of 200 agents: `CALLMART_SCHEDULES=200 CALLMART_SCHEDULES_FROM=1 CALLMART_SCHEDULES_AGENTS=200
//! CALLMART_SCHEDULES_HOURS=24 cargo test --release --test schedules`.
//!
//! What must hold, by the class of a schedule (`drawn::Class`):
//! - all: every stretch that nobody told is named in `ctl_coverage` with source, numbers and time, and nothing else is; no call,
//!   attempt or pass stands twice; the calls are the ledger's, but for those of which nothing was told; units that nothing
//!   touched are equal row by row, and whole;
//! - harmless: the lines of `callmart hash` are equal, without the archive's, which names the terms in which events were told;
//! - losing, mixed: a row of a touched unit that differs says that it is not whole;
//! - distorting: all is whole. Times, and with them whose a call is, may be others where a clock was wrong.
//!
//! What is not looked at: tables without `completeness` (user data, what goes on) of touched units; user data that is set
//! behind the end of a call of which nothing else was told makes no call.

mod compare;
mod drawn;
mod run;
mod tables;

use std::collections::BTreeMap;

use drawn::{Drawn, Size, World};
use run::Run;

/// Schedules that are played unless the environment says how many.
const SCHEDULES: u64 = 20;
/// Every so many schedules PostgreSQL is loaded and compared too.
const WITH_POSTGRES: u64 = 10;

#[test]
fn after_any_schedule_of_faults_the_marts_hold_all_that_was_told_once_and_name_what_was_not() {
    let size = Size::asked();
    let asked = |name: &str, default: u64| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(default);
    let (count, from) = (asked("CALLMART_SCHEDULES", SCHEDULES), asked("CALLMART_SCHEDULES_FROM", 1));
    let mut undisturbed: BTreeMap<World, Run> = BTreeMap::new();
    let mut failed = Vec::new();
    for seed in from..from + count {
        let drawn = Drawn::of(seed, size);
        println!("seed {seed}, {}:\n{}", drawn.class.as_str(), drawn.schedule);
        let expected = undisturbed.entry(drawn.world).or_insert_with(|| Run::undisturbed(&drawn));
        let disturbed = Run::disturbed(&drawn, seed % WITH_POSTGRES == 0);
        let differences = compare::differences(&drawn, expected, &disturbed);
        if !differences.is_empty() {
            println!("seed {seed} differs:\n{}", differences.join("\n"));
            failed.push(seed);
        }
    }
    assert!(failed.is_empty(), "with these seeds something differs, as told above: {failed:?}");
}

#[test]
fn a_schedule_that_cannot_be_played_to_its_end_is_refused_with_what_to_write() {
    let said = run::refusal("00:10:00 stop dc1-node1\n");
    assert!(
        said.contains("nobody tells dc1-node1/IPport at the end") && said.contains("start its node again"),
        "{said}"
    );
    let said = run::refusal("00:10:00 stop dc9-node1-a\n");
    assert!(said.contains("names dc9-node1-a, which is not there") && said.contains("dc1-vq/VQport"), "{said}");
    assert!(run::refusal("00:10:00 explode dc1-node1\n").contains("line 1 of the schedule of faults"));
}
