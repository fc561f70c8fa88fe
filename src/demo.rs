//! The demo: a simulated contact center, two data centers with two nodes each, through the whole pipeline.
//!
//! Which world a data folder holds is remembered, so that the same command goes on with it. What happens in the world is the
//! node's business; only the simulation's own count of it, the ledger, is written here and never read.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use callmart_etl::EtlSummary;
use callmart_node::cluster::faults::{Kind, RandomFaults, Schedule};
use callmart_node::live::{Clock as _, Pace, Stage, StageSettings, SystemClock, WhenFull, processes};
use callmart_node::playback::Role;
use callmart_node::server::PortAddress;
use callmart_node::traffic::{Traffic, TrafficSettings};
use callmart_node::world::{Teller, World as _};
use callmart_queries::engine::{Engine, Param};
use callmart_queries::http::{self, Now};
use callmart_schema::catalogue::{self, Value};
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::api::{Api, wall_clock};
use crate::disturbance::Disturbances;
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
/// How old an event may become that somebody has not acknowledged, in milliseconds, before the live demo goes on without them.
const LIVE_AGE_MS: u64 = 600_000;
/// Events of a source that may wait while something befalls connections, so that the simulation is not far ahead of those who
/// listen.
const CLOSE_EVENTS: usize = 200;
/// Faults an hour of a schedule by chance.
const FAULTS_PER_HOUR: f64 = 12.0;
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
    /// Where the page and the API are meanwhile.
    pub(crate) port: Option<u16>,
    pub(crate) ledger: Option<PathBuf>,
    pub(crate) losses: Option<PathBuf>,
    pub(crate) faults: Faults,
    pub(crate) incidents_per_hour: f64,
    pub(crate) seed: u64,
    pub(crate) agents: u32,
}

/// What goes wrong in it.
#[derive(Debug)]
pub(crate) enum Faults {
    /// Nothing.
    None,
    /// What a file says.
    Of(PathBuf),
    /// What chance says, of this seed.
    ByChance(u64),
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
    let mut world = DemoWorld { start_us, seed: once.seed, agents: once.agents, ..DemoWorld::default() };
    world.incidents_per_hour = once.incidents_per_hour;
    let length_us = (once.hours * HOUR_US) as i64;
    let end_us = start_us.saturating_add(length_us);
    let traffic = Traffic::new(TrafficSettings { end_us: Some(end_us), ..settings(&world) });
    let ledger = traffic.ledger();
    let pace = once.speed.map_or(Pace::Unbounded, |speed| tied(start_us, speed));
    let faults = schedule(&once.faults, traffic.tellers(), length_us)?;
    let mut stage_settings = StageSettings { faults, ..StageSettings::default() };
    if !stage_settings.faults.is_empty() {
        stage_settings.buffer_events = CLOSE_EVENTS;
    }
    let stage = stage(traffic, pace, &mut stage_settings)?;
    if let Some(source) = stage.down_at(end_us) {
        return Err(wrong_input(format!(
            "nobody tells {source} at the end of the simulation, and its collector would wait for ever: start its node \
             again in the schedule of faults"
        )));
    }
    remember(session, &world)?;
    let disturbances = Disturbances::of(&stage_settings.faults, &stage, start_us);
    let pipeline = Pipeline::open(session, processes(&stage), with_twin).await?.disturbed(disturbances);
    let etl = match once.port {
        Some(port) => Box::pin(watched(session, pipeline, port, pace, start_us)).await?,
        None => pipeline.run("events").await?,
    };
    let mut summary = Summary::default();
    pipeline::tell(&mut summary, &etl, &std::collections::BTreeMap::new());
    summary.show();
    write(once.ledger.as_ref(), "ledger", &ledger.report())?;
    write(once.losses.as_ref(), "account of what was lost", &stage.losses().report())?;
    Ok(Ending::Done)
}

/// Writes something that the simulation counted itself.
fn write(path: Option<&PathBuf>, what: &str, report: &impl Serialize) -> Result<()> {
    let Some(path) = path else { return Ok(()) };
    let json = serde_json::to_vec_pretty(report).with_context(|| format!("the {what} cannot be written as JSON"))?;
    std::fs::write(path, json).with_context(|| format!("the {what} cannot be written to {}", path.display()))
}

/// What goes wrong; by chance, it is told.
fn schedule(faults: &Faults, tellers: &[Teller], length_us: i64) -> Result<Schedule> {
    match faults {
        Faults::None => Ok(Schedule::default()),
        Faults::Of(path) => {
            let text = std::fs::read_to_string(path).map_err(|cause| {
                wrong_input(format!("the schedule of faults {} cannot be read: {cause}", path.display()))
            })?;
            let schedule: Schedule =
                text.parse().map_err(|cause| wrong_input(format!("{}: {cause}", path.display())))?;
            all_known(&schedule, tellers)?;
            Ok(schedule)
        }
        Faults::ByChance(seed) => {
            let is_heard = |teller: &&Teller| !matches!(teller.role, Role::SmartProxy | Role::PlainClient);
            let sources = tellers.iter().filter(is_heard).map(|teller| teller.name.clone()).collect();
            let kinds = Kind::ALL.to_vec();
            let by_chance = RandomFaults { seed: *seed, sources, length_us, kinds, per_hour: FAULTS_PER_HOUR };
            let schedule = by_chance.schedule();
            note(format_args!("What goes wrong:\n{schedule}"));
            Ok(schedule)
        }
    }
}

/// Refuses a schedule that names what is not there: it would seem to do no harm.
fn all_known(schedule: &Schedule, tellers: &[Teller]) -> Result<()> {
    let is_known = |whom: &str| {
        let of = |teller: &Teller| {
            whom == teller.name || whom.strip_prefix(teller.node()).is_some_and(|rest| matches!(rest, "" | "-a" | "-b"))
        };
        tellers.iter().any(of)
    };
    match schedule.iter().map(|scheduled| scheduled.fault.whom()).find(|whom| !is_known(whom)) {
        None => Ok(()),
        Some(whom) => {
            let names: Vec<&str> = tellers.iter().map(|teller| teller.name.as_str()).collect();
            Err(wrong_input(format!(
                "the schedule of faults names {whom}, which is not there; there are {}, their nodes such as dc1-node1, and \
                 the nodes' processes such as dc1-node1-a",
                names.join(", ")
            )))
        }
    }
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
    let world = DemoWorld { start_us, seed: live.seed, agents: live.agents, ..DemoWorld::default() };
    remember(session, &world)?;
    let when_full = WhenFull::OldestGo { age_ms: LIVE_AGE_MS };
    let mut stage_settings = StageSettings { when_full, ..StageSettings::default() };
    let stage = stage(Traffic::new(settings(&world)), Pace::real_time(), &mut stage_settings)?;
    let pipeline = Pipeline::open(session, processes(&stage), with_twin).await?;
    Box::pin(watched(session, pipeline, live.port, Pace::real_time(), SystemClock.now_us())).await?;
    Ok(Ending::Done)
}

/// Runs a pipeline, with the page and the API meanwhile. They are ready when the mart holds what was told before a moment of
/// the sources' time.
async fn watched(session: &Session, mut pipeline: Pipeline, port: u16, pace: Pace, from_us: i64) -> Result<EtlSummary> {
    let engines = pipeline.engines(session)?;
    let ready = ready(engines.parquet.clone(), from_us.div_euclid(1_000));
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let extra_metrics = Some(metrics::of_process(&pipeline));
    let api = Api::open(listen, &session.settings, engines, clock(pace), extra_metrics).await?;
    let address = api.listener.local_addr().context("the address that is listened on is not known")?;
    let tell = async {
        ready.await?;
        output::answer(format!("ready http://{address}\n").as_bytes()).context("standard output cannot be written")?;
        std::future::pending().await
    };
    let serve = async {
        http::serve(api.listener, api.state, std::future::pending()).await.context("the API cannot be served")?;
        std::future::pending().await
    };
    tokio::select! {
        run = pipeline.run("events") => run,
        failed = Box::pin(serve) => failed,
        failed = tell => failed,
    }
}

/// What time it is where the sources are; a simulation as fast as possible has none, and the wall's stands for it.
fn clock(pace: Pace) -> Now {
    match pace {
        Pace::Unbounded => wall_clock(),
        Pace::Clock { .. } => Arc::new(move || pace.source_us(SystemClock.now_us()).div_euclid(1_000)),
    }
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
    let mut settings = TrafficSettings::new(world.start_us, world.seed, world.agents);
    settings.owners.random_per_hour = world.incidents_per_hour;
    settings
}

/// A stage for the world, which waits for all collectors that there will be.
fn stage(traffic: Traffic, pace: Pace, settings: &mut StageSettings) -> Result<Arc<Stage>> {
    settings.pools = traffic.tellers().iter().map(|teller| 1 + usize::from(has_twin(&teller.name))).collect();
    Ok(Stage::new(Box::new(traffic), pace, Arc::new(SystemClock), settings)?)
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
