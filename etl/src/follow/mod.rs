//! The ETL at work: reads logs, folds what they make dirty, and loads both marts, each at its own pace.
//!
//! A mart's position advances only when no unit waits to be loaded, so that after a crash reading again from there loses
//! nothing and counts nothing twice. PostgreSQL may be away for a while; it then lags and catches up. While files are written
//! the rest goes on.

mod folding;
mod kept;
mod lent;
mod now;
mod pace;
mod postgres;
mod publishing;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use callmart_schema::manifest::LogPlace;
use futures_util::future::select_all;
use sqlx::PgPool;
use tokio::sync::watch;

pub use self::now::Now;

use self::folding::Folded;
use self::kept::Kept;
use self::now::Telling;
use self::pace::Pace;
use self::postgres::{Loader, open_postgres};
use self::publishing::Publisher;
use crate::decisions::pieces;
use crate::error::EtlError;
use crate::knowledge::{Knowledge, Known, MARTS, Mart, Taken};
use crate::load::parquet::ParquetMart;
use crate::load::postgres::PostgresMart;
use crate::load::{Held, Load};
use crate::logs::{LogToFollow, Tail, stored};
use crate::recall::recall;
use crate::settings::EtlSettings;
use crate::snapshot::SNAPSHOT;
use crate::stored::{Place, Stored};
use crate::transform::Dimensions;

/// How long to wait for more when a log has nothing new and no collector in this process tells of its end.
const POLL: Duration = Duration::from_millis(50);
/// How far a log may be ahead of another one that has more, in microseconds of source time.
const AHEAD_US: i64 = 30_000_000;

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

/// The ETL of one data folder.
pub struct Etl {
    settings: EtlSettings,
    /// What each mart's rows are made with.
    kept: Kept,
    knowledge: Knowledge,
    publisher: Publisher,
    postgres: Option<Loader>,
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
    /// There is much to read: nobody waits for the newest, and seldom loads fold less.
    is_behind: bool,
    /// Nothing more is read: what could wait for more does not wait any more.
    is_closing: bool,
    /// What goes on, when somebody in this process asks.
    telling: Option<Telling>,
    progress: watch::Sender<Progress>,
}

impl Etl {
    /// Opens both marts and learns again what the archive holds.
    ///
    /// # Errors
    /// Any [`EtlError`]; PostgreSQL must be there when a pool is given.
    pub async fn open(settings: EtlSettings, postgres: Option<PgPool>) -> Result<Self, EtlError> {
        let (zones, longest_query_s) = (&settings.load.calendar_zones, settings.load.longest_query_s);
        let parquet = ParquetMart::open(&settings.data_dir, zones, longest_query_s)?;
        Self::with_parquet(settings, parquet, postgres).await
    }

    /// As [`Self::open`], for marts that are to be made from logs: a Parquet mart that this program cannot read, of another
    /// version or damaged, is taken for empty.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_anew(settings: EtlSettings, postgres: Option<PgPool>) -> Result<Self, EtlError> {
        let (zones, longest_query_s) = (&settings.load.calendar_zones, settings.load.longest_query_s);
        let parquet = ParquetMart::open_anew(&settings.data_dir, zones, longest_query_s)?;
        Self::with_parquet(settings, parquet, postgres).await
    }

    async fn with_parquet(
        settings: EtlSettings,
        parquet: ParquetMart,
        postgres: Option<PgPool>,
    ) -> Result<Self, EtlError> {
        let postgres = match postgres {
            Some(pool) => Some(open_postgres(pool, &settings.load).await?),
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
        let of_parquet = parquet.settings()?;
        let of_postgres = postgres.as_ref().filter(|mart| !mart.positions().is_empty()).map(PostgresMart::settings);
        let of_parquet = (!parquet.positions().is_empty()).then_some(&of_parquet[..]);
        let mut etl = Self {
            kept: Kept::of(&settings.transform, [of_postgres, of_parquet]),
            knowledge: new_knowledge(&settings, postgres.is_some()),
            positions: parquet.positions().clone(),
            publisher: Publisher::new(parquet.joining(settings.load.cells_at_once)),
            settings,
            postgres: postgres.map(Loader::new),
            dimensions: Dimensions::default(),
            waiting_dimensions: Default::default(),
            pace: Default::default(),
            begun_at: Default::default(),
            summary: EtlSummary::default(),
            is_behind: false,
            is_closing: false,
            telling: None,
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
        let positions: Vec<_> = MARTS.into_iter().filter_map(|m| Some((m, self.mart_positions(m)?.clone()))).collect();
        let mart = self.publisher.mart()?;
        let known = mart.known::<Known>().filter(Known::is_readable);
        recall(&mut self.knowledge, &mart.archive(), known.as_ref(), positions)?;
        self.dimensions = mart.dimensions()?;
        self.begun_at = MARTS.map(|mart| self.mart_positions(mart).cloned().unwrap_or_default());
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
        self.kept.warn();
        let mut tails = Vec::new();
        for log in logs {
            // What is before this place is in the archive, and whether a mart has it is known from there.
            let from = self.publisher.positions().get(&log.name).copied().unwrap_or_default();
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
            let has_read = self.read_all(tails)?;
            if !has_read && stopping {
                return self.load_all().await;
            }
            self.load_what_is_due().await?;
            if !has_read {
                self.wait_for_news(tails, stop).await;
            }
        }
    }

    /// Waits until a log has grown, files are written, the stop is said, or a mart may be due.
    async fn wait_for_news(&mut self, tails: &mut [Tail], stop: &mut watch::Receiver<bool>) {
        let is_live = tails.iter().all(Tail::is_live);
        let due = MARTS.into_iter().filter(|mart| self.has_news(*mart)).map(|mart| self.wait_for(mart));
        let due = due.chain(self.wait_to_tell()).min();
        let longest = if is_live { due.unwrap_or(POLL * 20) } else { due.unwrap_or(POLL).min(POLL) };
        let stopped = async {
            if stop.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        let grown = async {
            let grown: Vec<_> = tails.iter_mut().map(|tail| Box::pin(tail.grown())).collect();
            if grown.is_empty() { std::future::pending().await } else { select_all(grown).await.0 }
        };
        tokio::select! {
            () = tokio::time::sleep(longest) => {}
            () = stopped => {}
            () = grown => {}
            () = self.publisher.done() => {}
            () = Loader::is_through(self.postgres.as_mut()) => {}
        }
    }

    /// How long a mart need not be loaded yet. With much to catch up PostgreSQL gets a load whenever there is a full one.
    fn wait_for(&self, mart: Mart) -> Duration {
        let (pace, load) = (&self.pace[mart as usize], &self.settings.load);
        let (seldom, often) =
            (Duration::from_millis(load.publish_interval_ms), Duration::from_millis(load.load_interval_ms));
        match mart {
            Mart::Postgres if self.knowledge.dirty_units(mart) >= load.units_per_load => pace.wait_to_retry(),
            Mart::Postgres if self.is_behind => pace.wait_without_rest(seldom),
            Mart::Postgres => pace.wait(often),
            Mart::Parquet => pace.wait(seldom),
        }
    }

    /// Takes in the next records of the logs; tells whether there may be more. What logs tell of one moment is read at about
    /// the same time: one that is far ahead of another waits.
    fn read_all(&mut self, tails: &mut [Tail]) -> Result<bool, EtlError> {
        let mut has_read = self.read_decisions(tails)?;
        let slowest_us = tails.iter().filter(|tail| tail.has_more && !tail.is_control()).map(|tail| tail.last_us).min();
        self.knowledge.heard_until(slowest_us);
        for tail in tails.iter_mut().filter(|tail| !tail.is_control()) {
            let is_ahead =
                slowest_us.is_some_and(|slowest| tail.has_more && tail.last_us > slowest.saturating_add(AHEAD_US));
            has_read |= is_ahead || self.read(tail)?;
        }
        self.is_behind = tails.iter().any(|tail| tail.is_behind);
        Ok(has_read)
    }

    /// Takes in what operators decided so far, before anything that was told later; tells whether there was anything.
    fn read_decisions(&mut self, tails: &mut [Tail]) -> Result<bool, EtlError> {
        let mut has_read = false;
        for tail in tails.iter_mut().filter(|tail| tail.is_control()) {
            while self.knowledge.unarchived_count() <= self.settings.load.unarchived_events && self.read(tail)? {
                has_read = true;
            }
        }
        Ok(has_read)
    }

    /// Takes in the next records of a log; tells whether there were any. While too many events wait for the archive there may
    /// be some, and nothing is read.
    fn read(&mut self, tail: &mut Tail) -> Result<bool, EtlError> {
        if self.has_many_unarchived() {
            return Ok(true);
        }
        tokio::task::block_in_place(|| {
            let records = tail.read()?;
            for record in &records {
                let Some(event) = stored(&mut self.knowledge.texts, &tail.name, record) else { continue };
                tail.last_us = if event.is_session() { tail.last_us } else { event.time_us };
                self.take(event)?;
            }
            self.positions.insert(tail.name.to_string(), tail.position);
            self.tell_progress(records.len() as u64);
            Ok(!records.is_empty())
        })
    }

    /// Whether so many events wait for the archive that reading has to wait too.
    fn has_many_unarchived(&self) -> bool {
        self.knowledge.unarchived_count() > self.settings.load.unarchived_events
    }

    fn mart_positions(&self, mart: Mart) -> Option<&BTreeMap<String, LogPlace>> {
        match mart {
            Mart::Postgres => self.postgres.as_ref().map(Loader::positions),
            Mart::Parquet => Some(self.publisher.positions()),
        }
    }

    fn take(&mut self, event: Stored) -> Result<(), EtlError> {
        self.pace.iter_mut().for_each(|pace| pace.owes_coverage = true);
        if !event.is_decision() && &*event.kind != SNAPSHOT {
            let event = self.knowledge.horizon.judged(&mut self.knowledge.texts, event);
            return self.take_piece(event);
        }
        let pieces = pieces(&mut self.knowledge.texts, &self.knowledge.horizon, event);
        pieces.into_iter().try_for_each(|piece| self.take_piece(piece))
    }

    fn take_piece(&mut self, event: Stored) -> Result<(), EtlError> {
        let is_event = !event.is_session() && !event.is_part();
        let reason = event.reject_reason();
        let (unit, place) = (event.unit_key, event.place.clone());
        match self.knowledge.take(event)? {
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
                self.knowledge.holds(mart, unit, Held::ANY);
            }
        }
        Ok(())
    }

    fn tell_progress(&self, events: u64) {
        let waiting = MARTS.iter().map(|m| self.knowledge.dirty_units(*m)).max().unwrap_or_default() as u64;
        self.progress.send_modify(|p| {
            p.events += events;
            p.waiting_units = waiting;
        });
    }

    async fn load_what_is_due(&mut self) -> Result<(), EtlError> {
        self.take_in_what_is_done().await?;
        self.tell_now()?;
        if self.has_news(Mart::Postgres) && self.wait_for(Mart::Postgres).is_zero() {
            self.begin_loading().await?;
        }
        let is_full = self.has_many_unarchived();
        if self.publisher.is_away() {
            if is_full {
                self.finish_publishing().await?;
            }
        } else if self.has_news(Mart::Parquet) && (is_full || self.wait_for(Mart::Parquet).is_zero()) {
            self.begin_publishing()?;
        }
        Ok(())
    }

    /// Takes in what became of loads that are through.
    async fn take_in_what_is_done(&mut self) -> Result<(), EtlError> {
        if self.publisher.is_done() {
            self.finish_publishing().await?;
        }
        if self.postgres.as_ref().is_some_and(Loader::is_done) {
            self.finish_loading().await?;
        }
        Ok(())
    }

    /// Whether the mart has units to load or a position to advance.
    fn has_news(&self, mart: Mart) -> bool {
        let is_away = match mart {
            Mart::Postgres => self.is_loading(),
            Mart::Parquet => self.publisher.is_away(),
        };
        if is_away {
            return false;
        }
        self.mart_positions(mart).is_some_and(|p| *p != self.positions)
            || self.knowledge.is_waiting(mart)
            || self.knowledge.has_unwrapped()
            || (self.is_closing && self.knowledge.has_unsettled())
            || self.owes_coverage(mart)
            || (mart == Mart::Parquet && self.knowledge.unarchived_count() > 0)
    }

    /// Whether the mart is to be told of coverage anew.
    fn owes_coverage(&self, mart: Mart) -> bool {
        let is_due = mart == Mart::Parquet || self.is_closing || self.pace[mart as usize].is_coverage_due();
        is_due && self.pace[mart as usize].owes_coverage && self.mart_positions(mart).is_some()
    }

    /// Loads everything into both marts, and closes every day.
    async fn load_all(&mut self) -> Result<(), EtlError> {
        self.is_closing = true;
        let outcome = self.load_all_now().await;
        self.is_closing = false;
        outcome
    }

    async fn load_all_now(&mut self) -> Result<(), EtlError> {
        self.pace.iter_mut().for_each(Pace::owe_coverage);
        // PostgreSQL is waited for only when it is there: files are made all the same.
        while self.load_both().await? {
            tokio::select! {
                () = self.publisher.done() => {}
                () = Loader::is_through(self.postgres.as_mut()) => {}
            }
            self.take_in_what_is_done().await?;
        }
        self.catch_up_with_postgres().await?;
        self.close_days().await?;
        self.tell_progress(0);
        Ok(())
    }

    /// Has what waits loaded into each mart that is here, whatever its pace; tells whether one is away with something.
    async fn load_both(&mut self) -> Result<bool, EtlError> {
        if self.pace[Mart::Postgres as usize].failures == 0 && self.has_news(Mart::Postgres) {
            self.begin_loading().await?;
        }
        if self.has_news(Mart::Parquet) {
            self.begin_publishing()?;
        }
        Ok(self.is_loading() || self.publisher.is_away())
    }

    /// A load is through: the mart holds its rows.
    fn loaded(&mut self, mart: Mart, load: &Load, held: Vec<(i64, Held)>) {
        if load.coverage.is_some() {
            self.pace[mart as usize].told_coverage();
        }
        self.knowledge.loaded(mart, load.units.keys().copied());
        held.into_iter().for_each(|(unit, held)| self.knowledge.holds(mart, unit, held));
    }

    /// A load failed: what was folded for it is folded again, and may be there if only its end was not heard.
    fn not_loaded(&mut self, mart: Mart, load: &Load) {
        self.waiting_dimensions[mart as usize].extend(&load.dimensions);
        self.pace[mart as usize].owes_coverage = true;
        self.knowledge.not_loaded(mart);
    }

    /// Throws both marts away and makes them again from the archive.
    ///
    /// # Errors
    /// Any [`EtlError`].
    pub async fn rebuild_from_archive(&mut self) -> Result<EtlSummary, EtlError> {
        self.positions = self.publisher.positions().clone();
        self.clear(true).await?;
        self.recall()?;
        self.load_all().await?;
        self.summary.rejects.clone_from(self.knowledge.rejects());
        Ok(self.summary.clone())
    }

    /// Throws both marts and the archive away and makes them again from logs. With an archive to lose, the logs are read to
    /// their ends first: the archive may hold what a damaged log no longer does.
    ///
    /// # Errors
    /// Any [`EtlError`]; [`EtlError::NothingThrownAway`] when a log cannot be read to its end.
    pub async fn rebuild_from_logs(&mut self, logs: Vec<LogToFollow>) -> Result<EtlSummary, EtlError> {
        if self.knowledge.has_events() {
            let sound = tokio::task::block_in_place(|| logs.iter().try_for_each(LogToFollow::read_through));
            sound.map_err(|error| EtlError::NothingThrownAway(Box::new(error)))?;
        }
        self.clear(false).await?;
        self.recall()?;
        self.positions.clear();
        self.follow(logs, watch::channel(true).1).await
    }

    async fn clear(&mut self, keep_archive: bool) -> Result<(), EtlError> {
        self.publisher.clear(keep_archive)?;
        if let Some(loader) = self.postgres.as_mut() {
            loader.clear().await?;
        }
        self.knowledge = new_knowledge(&self.settings, self.postgres.is_some());
        self.kept = Kept::new(&self.settings.transform);
        Ok(())
    }
}

fn new_knowledge(settings: &EtlSettings, with_postgres: bool) -> Knowledge {
    let marts: &[Mart] = if with_postgres { &MARTS } else { &[Mart::Parquet] };
    Knowledge::within(settings.transform.clone(), settings.load.clone(), marts)
}

fn is_before(place: &Place, position: LogPlace) -> bool {
    LogPlace { segment: place.segment, offset: place.offset } < position
}

/// When a load happens, by this machine's clock: told in control tables only.
#[allow(clippy::disallowed_methods)] // facts never hold it
fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as i64)
}
