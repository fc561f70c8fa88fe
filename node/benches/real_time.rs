//! Measures how much of a processor core the node takes that plays the busy hour of the reference size in real time.
//!
//! `cargo bench -p callmart-node --bench real_time [-- SECONDS [AGENTS]]`: a minute of 2,000 agents and 28,800 calls an hour,
//! unless asked otherwise. The world begins half an hour before, as fast as it goes, so that everybody is there. Numbers
//! hold for a release build.
#![allow(clippy::print_stdout)]

mod measuring;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use callmart_node::live::{Clock as _, Pace, Stage, StageSettings, SystemClock, sources};
use callmart_node::server::{Node, NodeSettings};
use callmart_node::traffic::{Traffic, TrafficSettings};
use callmart_node::world::World as _;
use measuring::{HOUR_US, START_US, is_asked_for, listen_to_all, number, process_s};
use tokio::time::sleep;

/// Begin of the busy hour, 10:00 UTC.
const BUSY_HOUR_US: i64 = START_US + 2 * HOUR_US;
/// How long before it the world begins.
const BEFORE_US: i64 = HOUR_US / 2;
/// How often it is looked whether the world is in step with its clock.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How far a world in step may be behind.
const IN_STEP_US: i64 = 100_000;

async fn measure(seconds: u64, agents: u32) -> Result<(), Box<dyn Error>> {
    let settings = TrafficSettings::new(BUSY_HOUR_US - BEFORE_US, 7, agents);
    let calls = settings.busy_hour_calls();
    let listened_us = i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000_000);
    let end_us = Some(BUSY_HOUR_US + listened_us + HOUR_US);
    let world = Traffic::new(TrafficSettings { end_us, ..settings });
    let sources_count = world.tellers().len();
    let pace = Pace::Clock { source_us: BUSY_HOUR_US, wall_us: SystemClock.now_us(), speed: 1.0 };
    let stage = Stage::new(Box::new(world), pace, Arc::new(SystemClock), &StageSettings::default())?;
    let node = Node::start(sources(&stage), NodeSettings::default()).await?;
    let _listening = listen_to_all(&node, 1)?;
    let is_behind = || stage.progress().due_us.is_some_and(|due_us| stage.progress().told_us + IN_STEP_US < due_us);
    while is_behind() {
        sleep(LOOK_EVERY).await;
    }
    let (before_s, listeners_before_s) = (process_s(), measuring::threads_s(measuring::LISTENER));
    sleep(Duration::from_secs(seconds)).await;
    let listeners_s = measuring::threads_s(measuring::LISTENER) - listeners_before_s;
    let node_s = process_s() - before_s - listeners_s;
    let share = 100.0 * node_s / seconds as f64;
    println!("{agents} agents, {calls:.0} calls in the busy hour, {sources_count} ports, {seconds} s in real time:");
    println!("{share:.2} % of a core for the node, beside it {listeners_s:.2} s for the listeners");
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if !is_asked_for() {
        return Ok(());
    }
    let (seconds, agents) = (number(0, 60), number(1, 2_000));
    // The listeners' threads wait for a stop that does not come, and end with the process.
    measure(u64::try_from(seconds).unwrap_or(1), u32::try_from(agents).unwrap_or(u32::MAX)).await
}
