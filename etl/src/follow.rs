//! The ETL at work: reads logs, folds what they make dirty, and loads both marts, each at its own pace.
//!
//! A mart's position advances only when no unit waits to be loaded into it, so that after a crash reading again from there
//! loses nothing and counts nothing twice. PostgreSQL may be away for a while; it then lags and catches up.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use buffa::MessageView as _;
use callmart_schema::event::{BodyView, EventView};
use callmart_schema::manifest::LogPlace;
use sqlx::PgPool;
use tokio::sync::watch;
use tokio::time::Instant;

use self::folding::Folded;
use crate::error::EtlError;
use crate::extract::{Knowledge, MARTS, Mart, Taken};
use crate::load::parquet::ParquetMart;
use crate::load::postgres::PostgresMart;
use crate::load::{Held, Load};
use crate::logs::{LogToFollow, Tail, stored};
use crate::recall::Recall;
use crate::settings::EtlSettings;
use crate::stored::{Place, Stored};
use crate::transform::Dimensions;

/// How long to wait for more when a log has nothing new and no collector in this process tells of its end.
const POLL: Duration = Duration::from_millis(50);
/// Events outside the archive that make the Parquet mart publish before its interval is over.
const MAX_UNARCHIVED: usize = 500_000;
/// How old what PostgreSQL tells of coverage may be while it is loaded more often, in milliseconds.
const COVERAGE_EVERY_MS: u128 = 1_000;
/// Wait after PostgreSQL failed before it is tried again.
const POSTGRES_RETRY: Duration = Duration::from_secs(1);
/// Attempts to load PostgreSQL that may fail in a row when there is nothing else left to do.
const POSTGRES_ATTEMPTS: u32 = 30;

/// What was read and loaded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EtlSummary {
    /// Events that were new.
    pub new_events: u64,
    /// Events that were known already.
    pub repeats: u64,
    /// Units loaded into PostgreSQL; a unit that was loaded twice counts twice.
    pub postgres_units: u64,
    /// Units loaded into the Parquet mart; a unit that was loaded twice counts twice.
    pub parquet_units: u64,
    /// New rejects by reason.
    pub rejects: BTreeMap<String, u64>,
}

/// How far the ETL is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Events read from logs, repeats too.
    pub events: u64,
    /// Units that wait to be loaded into the mart that waits for most.
    pub waiting_units: u64,
}

/// One mart's pace.
#[derive(Debug, Default)]
struct Pace {
    last_load: Option<Instant>,
    /// When the mart was last told of coverage.
    last_coverage: Option<Instant>,
    /// Coverage may have changed since.
    owes_coverage: bool,
    /// Loads that failed in a row, and how the last of them did.
    failures: u32,
    last_error: Option<EtlError>,
}

/// The ETL of one data folder.
pub struct Etl {
    settings: EtlSettings,
    knowledge: Knowledge,
    parquet: ParquetMart,
    postgres: Option<PostgresMart>,
    /// Every dimension row that is known.
    dimensions: Dimensions,
    /// By mart: dimension rows to load.
    waiting_dimensions: [Dimensions; 2],
    pace: [Pace; 2],
    /// By mart: up to where it had each log when this began; what is read before that, it may hold.
    begun_at: [BTreeMap<String, LogPlace>; 2],
    /// Up to where each log was read.
    positions: BTreeMap<String, LogPlace>,
    summary: EtlSummary,
    /// Rejects that the archive held at the start, by reason.
    archived_rejects: BTreeMap<String, u64>,
    progress: watch::Sender<Progress>,
}

impl Etl {
    /// Opens both marts and learns again what the archive holds.
    ///
    /// # Errors
    /// Any [`EtlError`]; PostgreSQL must be there when a pool is given.
    pub async fn open(settings: EtlSettings, postgres: Option<PgPool>) -> Result<Self, EtlError> {
        let zones = &settings.load.calendar_zones;
        let parquet = ParquetMart::open(&settings.data_dir, zones, settings.load.longest_query_s)?;
        let postgres = match postgres {
            Some(pool) => Some(PostgresMart::open(pool, zones).await?),
            None => None,
        };
        Self::with_marts(settings, parquet, postgres)
    }

    /// With both marts open, learns again what the archive holds.
    fn with_marts(
        settings: EtlSettings,
        parquet: ParquetMart,
        postgres: Option<PostgresMart>,
    ) -> Result<Self, EtlError> {
        let mut etl = Self {
            knowledge: Knowledge::new(settings.transform.clone(), marts(postgres.is_some())),
            settings,
            positions: parquet.positions().clone(),
            parquet,
            postgres,
            dimensions: Dimensions::default(),
            waiting_dimensions: Default::default(),
            pace: Default::default(),
            begun_at: Default::default(),
            summary: EtlSummary::default(),
            archived_rejects: BTreeMap::new(),
            progress: watch::channel(Progress::default()).0,
        };
        etl.recall()?;
        Ok(etl)
    }

    /// Tells how far the work is.
    #[must_use]
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// Learns again what archive and mart hold, and what each mart has yet to load of it.
    fn recall(&mut self) -> Result<(), EtlError> {
        let mut texts = std::mem::take(&mut self.knowledge.texts);
        let positions: Vec<_> = MARTS.into_iter().filter_map(|m| Some((m, self.mart_positions(m)?.clone()))).collect();
        let mut recall = Recall::new(&mut self.knowledge, positions);
        let mut rejects = BTreeMap::new();
        self.parquet.each_archived(&mut texts, |_, event| {
            if let Some(reason) = reject_reason(&event) {
                *rejects.entry(reason).or_default() += 1;
            }
            recall.event(&event);
        })?;
        recall.finish();
        self.begun_at = MARTS.map(|mart| self.mart_positions(mart).cloned().unwrap_or_default());
        self.archived_rejects = rejects;
        self.knowledge.texts = texts;
        self.dimensions = self.parquet.dimensions()?;
        let sentinels = self.dimensions.extend(&Dimensions::sentinels());
        // PostgreSQL may lag behind by any row, and dimensions are small.
        self.waiting_dimensions = [self.dimensions.clone(), sentinels];
        Ok(())
    }

    /// Reads the logs and loads the marts until `stop` says so and everything up to then is loaded.
    ///
    /// # Errors
    /// Any [`EtlError`]. Damage in a log stops before anything behind it is loaded; what is before it stays loaded.
    pub async fn follow(
        &mut self,
        logs: Vec<LogToFollow>,
        mut stop: watch::Receiver<bool>,
    ) -> Result<EtlSummary, EtlError> {
        let mut tails = Vec::new();
        for log in logs {
            // What is before this place is in the archive, and whether a mart has it is known from there.
            let from = self.parquet.positions().get(&log.name).copied().unwrap_or_default();
            tails.push(Tail::open(log, from)?);
        }
        let outcome = self.read_and_load(&mut tails, &mut stop).await;
        if outcome.as_ref().is_err_and(EtlError::is_damage) {
            // What was read before the damage is good: it is loaded before the error is told.
            self.load_all().await?;
        }
        outcome.map(|()| self.summary.clone())
    }

    async fn read_and_load(&mut self, tails: &mut [Tail], stop: &mut watch::Receiver<bool>) -> Result<(), EtlError> {
        loop {
            // Asked before reading: what was durable when the stop was said is read and loaded.
            let stopping = *stop.borrow();
            let mut has_read = false;
            for tail in tails.iter_mut() {
                has_read |= self.read(tail)?;
            }
            if has_read || !stopping {
                self.load_what_is_due().await?;
            } else {
                return self.load_all().await;
            }
            if !has_read {
                // A collector that stops says so through `stop`; one in another process through its log only.
                let _ = tokio::time::timeout(POLL, stop.changed()).await;
                if stop.has_changed().is_err() {
                    tokio::time::sleep(POLL).await;
                }
            }
        }
    }

    /// Takes in the next records of a log; tells whether there were any.
    fn read(&mut self, tail: &mut Tail) -> Result<bool, EtlError> {
        let records = tail.read()?;
        for record in &records {
            let Some(event) = stored(&mut self.knowledge.texts, &tail.name, record) else { continue };
            self.take(event);
        }
        self.positions.insert(tail.name.to_string(), tail.position);
        self.tell_progress(records.len() as u64);
        Ok(!records.is_empty())
    }

    fn mart_positions(&self, mart: Mart) -> Option<&BTreeMap<String, LogPlace>> {
        match mart {
            Mart::Postgres => self.postgres.as_ref().map(PostgresMart::positions),
            Mart::Parquet => Some(self.parquet.positions()),
        }
    }

    fn take(&mut self, event: Stored) {
        self.pace.iter_mut().for_each(|pace| pace.owes_coverage = true);
        let is_event = !event.is_session();
        let reason = reject_reason(&event);
        let (unit, place) = (event.unit.key(), event.place.clone());
        match self.knowledge.take(event) {
            _ if !is_event => {}
            Taken::New => {
                self.summary.new_events += 1;
                if let Some(reason) = reason {
                    *self.summary.rejects.entry(reason).or_default() += 1;
                }
            }
            Taken::Repeat => self.summary.repeats += 1,
            Taken::Conflict => {
                self.summary.new_events += 1;
                *self.summary.rejects.entry("identity-conflict".to_owned()).or_default() += 1;
            }
        }
        for mart in MARTS {
            if self.begun_at[mart as usize].get(&*place.log).is_some_and(|begun| is_before(&place, *begun)) {
                self.knowledge.may_hold(mart, unit);
            }
        }
    }

    fn tell_progress(&self, events: u64) {
        let waiting = MARTS.iter().map(|m| self.knowledge.dirty_units(*m)).max().unwrap_or_default() as u64;
        self.progress.send_modify(|p| {
            p.events += events;
            p.waiting_units = waiting;
        });
    }

    async fn load_what_is_due(&mut self) -> Result<(), EtlError> {
        let due = |etl: &Self, mart: Mart, interval_ms: u64| {
            let waited =
                etl.pace[mart as usize].last_load.is_none_or(|t| t.elapsed().as_millis() as u64 >= interval_ms);
            waited && etl.has_news(mart)
        };
        if due(self, Mart::Postgres, self.settings.load.load_interval_ms) {
            self.load_postgres().await?;
        }
        let is_full = self.knowledge.unarchived().len() > MAX_UNARCHIVED;
        if is_full || due(self, Mart::Parquet, self.settings.load.publish_interval_ms) {
            self.publish()?;
        }
        Ok(())
    }

    /// Whether the mart has units to load or a position to advance.
    fn has_news(&self, mart: Mart) -> bool {
        self.mart_positions(mart).is_some_and(|p| *p != self.positions)
            || self.knowledge.dirty_units(mart) > 0
            || !self.knowledge.unwrapped().is_empty()
            || self.owes_coverage(mart)
            || (mart == Mart::Parquet && !self.knowledge.unarchived().is_empty())
    }

    /// Whether the mart is to be told of coverage anew.
    fn owes_coverage(&self, mart: Mart) -> bool {
        let pace = &self.pace[mart as usize];
        let due = |told: Instant| mart == Mart::Parquet || told.elapsed().as_millis() >= COVERAGE_EVERY_MS;
        pace.owes_coverage && pace.last_coverage.is_none_or(due) && self.mart_positions(mart).is_some()
    }

    /// Loads everything into both marts.
    async fn load_all(&mut self) -> Result<(), EtlError> {
        self.pace.iter_mut().for_each(|pace| pace.last_coverage = None);
        if self.has_news(Mart::Parquet) {
            self.publish()?;
        }
        while self.postgres.is_some() && self.has_news(Mart::Postgres) {
            self.load_postgres().await?;
            let pace = &mut self.pace[Mart::Postgres as usize];
            if let Some(error) = pace.last_error.take() {
                if pace.failures > POSTGRES_ATTEMPTS {
                    return Err(error);
                }
                tokio::time::sleep(POSTGRES_RETRY).await;
            }
        }
        self.tell_progress(0);
        Ok(())
    }

    /// Loads PostgreSQL. When it fails it lags: its units stay marked, and the next time tries again.
    async fn load_postgres(&mut self) -> Result<(), EtlError> {
        loop {
            let Folded { load, held } = self.fold_next(Mart::Postgres)?;
            let Some(postgres) = self.postgres.as_mut() else { return Ok(()) };
            let pace = &mut self.pace[Mart::Postgres as usize];
            pace.last_load = Some(Instant::now());
            match postgres.load(&load).await {
                Ok(()) => (pace.failures, pace.last_error) = (0, None),
                Err(error) => {
                    pace.failures += 1;
                    if pace.failures == 1 {
                        tracing::warn!(%error, "PostgreSQL could not be loaded; it lags until it can");
                    }
                    pace.last_error = Some(error);
                    // Whatever was folded for this load is folded again, and may be there if only its end was not heard.
                    self.waiting_dimensions[Mart::Postgres as usize].extend(&load.dimensions);
                    load.units.keys().for_each(|unit| self.knowledge.may_hold(Mart::Postgres, *unit));
                    return Ok(());
                }
            }
            self.summary.postgres_units += load.units.len() as u64;
            self.loaded(Mart::Postgres, load, held);
            if self.knowledge.dirty_units(Mart::Postgres) == 0 {
                return Ok(());
            }
        }
    }

    /// A load is through: the mart holds its rows.
    fn loaded(&mut self, mart: Mart, load: Load, held: Vec<(i64, Held)>) {
        held.into_iter().for_each(|(unit, held)| self.knowledge.holds(mart, unit, held));
        if load.coverage.is_some() {
            let pace = &mut self.pace[mart as usize];
            (pace.last_coverage, pace.owes_coverage) = (Some(Instant::now()), false);
        }
        self.knowledge.loaded(mart, load.units.into_keys());
    }

    fn publish(&mut self) -> Result<(), EtlError> {
        loop {
            self.publish_next()?;
            if self.knowledge.dirty_units(Mart::Parquet) == 0 {
                return Ok(());
            }
        }
    }

    /// Makes one state of the Parquet mart. When it fails, what was folded for it is folded again.
    fn publish_next(&mut self) -> Result<(), EtlError> {
        let Folded { load, held } = self.fold_next(Mart::Parquet)?;
        let (parquet, knowledge) = (&mut self.parquet, &self.knowledge);
        if let Err(error) = tokio::task::block_in_place(|| parquet.publish(&load, knowledge.unarchived())) {
            self.waiting_dimensions[Mart::Parquet as usize].extend(&load.dimensions);
            return Err(error);
        }
        self.summary.parquet_units += load.units.len() as u64;
        self.loaded(Mart::Parquet, load, held);
        self.knowledge.archived(self.settings.load.cached_events);
        self.pace[Mart::Parquet as usize].last_load = Some(Instant::now());
        Ok(())
    }

    /// Throws both marts away and makes them again from the archive.
    ///
    /// # Errors
    /// Any [`EtlError`].
    pub async fn rebuild_from_archive(&mut self) -> Result<EtlSummary, EtlError> {
        self.positions = self.parquet.positions().clone();
        self.clear(true).await?;
        self.recall()?;
        self.load_all().await?;
        self.summary.rejects.clone_from(&self.archived_rejects);
        Ok(self.summary.clone())
    }

    /// Throws both marts and the archive away and makes them again from logs. With an archive to lose, the logs are read to
    /// their ends first: the archive may hold what a damaged log no longer does.
    ///
    /// # Errors
    /// Any [`EtlError`]; [`EtlError::NothingThrownAway`] when a log cannot be read to its end.
    pub async fn rebuild_from_logs(&mut self, logs: Vec<LogToFollow>) -> Result<EtlSummary, EtlError> {
        if self.knowledge.has_units() {
            let sound = tokio::task::block_in_place(|| logs.iter().try_for_each(LogToFollow::read_through));
            sound.map_err(|error| EtlError::NothingThrownAway(Box::new(error)))?;
        }
        self.clear(false).await?;
        self.recall()?;
        self.positions.clear();
        self.follow(logs, watch::channel(true).1).await
    }

    async fn clear(&mut self, keep_archive: bool) -> Result<(), EtlError> {
        self.parquet.clear(keep_archive)?;
        if let Some(postgres) = self.postgres.as_mut() {
            postgres.clear().await?;
        }
        self.knowledge = Knowledge::new(self.settings.transform.clone(), marts(self.postgres.is_some()));
        Ok(())
    }
}

/// The marts that there are.
fn marts(with_postgres: bool) -> &'static [Mart] {
    if with_postgres { &MARTS } else { &[Mart::Parquet] }
}

fn is_before(place: &Place, position: LogPlace) -> bool {
    LogPlace { segment: place.segment, offset: place.offset } < position
}

/// Why an input was rejected; none for events.
fn reject_reason(event: &Stored) -> Option<String> {
    if &*event.kind != "unreadable" {
        return None;
    }
    match EventView::decode_view(&event.bytes).ok().and_then(|e| e.body) {
        Some(BodyView::Unreadable(unreadable)) => Some(unreadable.reason.to_owned()),
        _ => Some("unreadable".to_owned()),
    }
}

/// When a load happens, by this machine's clock: told in control tables only.
#[allow(clippy::disallowed_methods)] // facts never hold it
fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as i64)
}

mod folding;
#[cfg(test)]
mod tests;
