//! The demo: a simulated contact center, two data centers with two nodes each, through the whole pipeline.
//!
//! Which world a data folder holds is remembered, so that the same command goes on with it. What happens in the world is the
//! node's business; only the simulation's own count of it, the ledger, is written here and never read.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use callmart_node::live::{Clock as _, Pace, Stage, StageSettings, SystemClock, sources};
use callmart_node::server::PortAddress;
use callmart_node::traffic::{Traffic, TrafficSettings};
use callmart_node::world::World as _;
use callmart_queries::engine::{Engine, Param};
use callmart_queries::http;
use callmart_schema::catalogue::{self, Value};
use chrono::{DateTime, Utc};

use crate::api::Api;
use crate::failure::{Ending, wrong_input};
use crate::metrics;
use crate::output::{self, Summary, note};
use crate::pipeline::{self, CollectorPlan, Pipeline};
use crate::session::Session;
use crate::state::DemoWorld;

/// Node that two collectors listen to, each with a log of its own.
const TWIN_NODE: &str = "dc1-node1";
/// Pool of the second of them.
const TWIN_POOL: &str = "twin";
/// Sources that were heard, and those of them that were not heard up to a moment.
const BEHIND: &str = "SELECT COUNT(*) AS sources, COUNT(*) FILTER (WHERE c.heard_ms < $1) AS behind
    FROM (SELECT source, MAX(watermark_ms) AS heard_ms FROM ctl_coverage GROUP BY source) c";
/// How often it is looked whether the page has its data.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Microseconds of an hour.
const HOUR_US: f64 = 3_600e6;
/// Microseconds of a day.
const DAY_US: i64 = 86_400_000_000;

/// A stretch of time to simulate, load and count.
#[derive(Debug)]
pub(crate) struct Once {
    pub(crate) start: DateTime<Utc>,
    pub(crate) hours: f64,
    pub(crate) speed: Option<f64>,
    pub(crate) ledger: Option<PathBuf>,
    pub(crate) seed: u64,
    pub(crate) agents: u32,
}

/// A contact center that goes on.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) port: u16,
    pub(crate) seed: u64,
    pub(crate) agents: u32,
}

/// Simulates a stretch of time, loads it, and ends.
pub(crate) async fn once(session: &mut Session, once: Once) -> Result<Ending> {
    let start_us = once.start.timestamp_micros();
    let world = DemoWorld { start_us, seed: once.seed, agents: once.agents };
    remember(session, &world)?;
    let end_us = start_us.saturating_add((once.hours * HOUR_US) as i64);
    let traffic = Traffic::new(TrafficSettings { end_us: Some(end_us), ..settings(&world) });
    let ledger = traffic.ledger();
    let pace = once.speed.map_or(Pace::Unbounded, |speed| tied(start_us, speed));
    let pipeline = open(session, traffic, pace).await?;
    let etl = pipeline.run("events").await?;
    let mut summary = Summary::default();
    pipeline::tell(&mut summary, &etl, &std::collections::BTreeMap::new());
    summary.show();
    if let Some(path) = once.ledger {
        let json = serde_json::to_vec_pretty(&ledger.report()).context("the ledger cannot be written as JSON")?;
        std::fs::write(&path, json).with_context(|| format!("the ledger cannot be written to {}", path.display()))?;
    }
    Ok(Ending::Done)
}

/// Ties the world's time to this machine's from now on, and says how.
fn tied(source_us: i64, speed: f64) -> Pace {
    let wall_us = SystemClock.now_us();
    let shift_us = wall_us - source_us;
    note(format_args!(
        "The simulation runs at {speed} times real time; at its start {shift_us} microseconds are added to its clock."
    ));
    Pace::Clock { source_us, wall_us, speed }
}

/// Simulates yesterday and today so far, loads them, and goes on live.
pub(crate) async fn live(session: &mut Session, live: Live) -> Result<Ending> {
    let today_us = SystemClock.now_us().div_euclid(DAY_US) * DAY_US;
    let start_us = session.state.demo.as_ref().map_or(today_us - DAY_US, |known| known.start_us);
    let world = DemoWorld { start_us, seed: live.seed, agents: live.agents };
    remember(session, &world)?;
    let mut pipeline = open(session, Traffic::new(settings(&world)), Pace::real_time()).await?;
    let engines = pipeline.engines(session)?;
    let ready = ready(engines.parquet.clone(), SystemClock.now_us().div_euclid(1_000));
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, live.port));
    let api = Api::open(listen, &session.settings, engines, Some(metrics::of_process(&pipeline))).await?;
    let address = api.listener.local_addr().context("the address that is listened on is not known")?;
    let tell = async {
        ready.await?;
        output::answer(format!("ready http://{address}\n").as_bytes()).context("standard output cannot be written")?;
        std::future::pending::<Result<()>>().await
    };
    let serve = http::serve(api.listener, api.state, std::future::pending());
    tokio::select! {
        run = pipeline.run("events") => run.map(|_| ()),
        served = Box::pin(serve) => served.context("the API cannot be served"),
        told = tell => told,
    }?;
    Ok(Ending::Done)
}

/// Waits until the mart holds what every source said before a moment, in milliseconds since 1970-01-01 UTC.
async fn ready(mart: Engine, moment_ms: i64) -> Result<()> {
    loop {
        let answer = mart.query(BEHIND, &[Param::Int(moment_ms)]).await.context("the mart cannot be asked")?;
        let cells = if answer.num_rows() == 1 { catalogue::cells(&answer, 0) } else { Vec::new() };
        if let [Value::Int(sources), Value::Int(0)] = cells[..]
            && sources > 0
        {
            return Ok(());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Remembers which world the folder holds, and refuses another one: its calls would mix with those that are there.
fn remember(session: &mut Session, world: &DemoWorld) -> Result<()> {
    match &session.state.demo {
        Some(known) if known == world => Ok(()),
        Some(known) => Err(wrong_input(format!(
            "{} holds a demo of {} agents with seed {} that began at {}: ask for the same one, or use another --data",
            session.folder.path().display(),
            known.agents,
            known.seed,
            DateTime::from_timestamp_micros(known.start_us).unwrap_or_default().to_rfc3339(),
        ))),
        None => {
            session.state.demo = Some(world.clone());
            session.state.save(session.folder.path())
        }
    }
}

fn settings(world: &DemoWorld) -> TrafficSettings {
    TrafficSettings::new(world.start_us, world.seed, world.agents)
}

async fn open(session: &Session, traffic: Traffic, pace: Pace) -> Result<Pipeline> {
    let pools = traffic.tellers().iter().map(|teller| 1 + usize::from(has_twin(&teller.name))).collect();
    let settings = StageSettings { pools, ..StageSettings::default() };
    let stage = Stage::new(Box::new(traffic), pace, Arc::new(SystemClock), &settings)?;
    Pipeline::open(session, sources(&stage), with_twin).await
}

fn has_twin(source: &str) -> bool {
    source.split('/').next() == Some(TWIN_NODE)
}

/// A collector for each node and each server of virtual queues, and a second one for one node.
fn with_twin(ports: &[PortAddress]) -> Vec<CollectorPlan> {
    let mut plans = pipeline::by_node(ports);
    let twin = plans.iter().find(|plan| plan.name == TWIN_NODE).cloned();
    plans.extend(twin.map(|plan| CollectorPlan {
        name: format!("{}-twin", plan.name),
        pool: TWIN_POOL.to_owned(),
        ports: plan.ports,
    }));
    plans
}
