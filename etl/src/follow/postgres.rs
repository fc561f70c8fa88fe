//! Loading PostgreSQL, by a task of its own while the rest goes on. It may be away: it lags then, and catches up when it is back.
//!
//! Nothing is folded for it while it is away, and nobody waits long for it. Knows no SQL.

use std::collections::BTreeMap;
use std::time::Duration;

use callmart_schema::manifest::LogPlace;
use sqlx::PgPool;

use super::folding::Folded;
use super::lent::{Done, Lent};
use super::{Etl, Mart};
use crate::error::EtlError;
use crate::load::postgres::PostgresMart;
use crate::load::{Held, Load};
use crate::settings::LoadSettings;

/// Wait after PostgreSQL failed before it is tried again, when there is nothing else left to do.
const RETRY: Duration = Duration::from_secs(1);
/// Attempts that may fail in a row then.
const ATTEMPTS: u32 = 180;
/// Units that may wait for a PostgreSQL that is away; of more only their days are remembered.
const MAX_WAITING_UNITS: usize = 200_000;

/// A load, and what the mart holds of each of its units afterwards.
struct Loading {
    load: Box<Load>,
    held: Vec<(i64, Held)>,
}

/// The PostgreSQL mart, here or away with a load.
pub(super) struct Loader {
    mart: Lent<PostgresMart, Loading>,
    /// Of the last load that came back.
    positions: BTreeMap<String, LogPlace>,
}

impl Loader {
    pub(super) fn new(mart: PostgresMart) -> Self {
        Self { positions: mart.positions().clone(), mart: Lent::new(mart) }
    }

    /// Up to where the mart contains each log.
    pub(super) fn positions(&self) -> &BTreeMap<String, LogPlace> {
        &self.positions
    }

    /// Whether a load is being put in.
    pub(super) fn is_away(&self) -> bool {
        self.mart.is_away()
    }

    /// Whether a load is through, or has failed, and waits to be taken in.
    pub(super) fn is_done(&self) -> bool {
        self.mart.is_done()
    }

    /// Waits until a load is through; for ever when there is none.
    pub(super) async fn is_through(loader: Option<&mut Self>) {
        match loader {
            Some(loader) => loader.mart.done().await,
            None => std::future::pending().await,
        }
    }

    /// Throws away what is in the mart.
    pub(super) async fn clear(&mut self) -> Result<(), EtlError> {
        let mart = self.mart.here_mut()?;
        mart.clear().await?;
        self.positions.clone_from(mart.positions());
        Ok(())
    }

    fn begin(&mut self, work: Loading) -> Result<(), EtlError> {
        self.mart.lend(|mut mart| {
            tokio::spawn(async move {
                let outcome = mart.load(&work.load).await;
                Done { mart, work, outcome }
            })
        })
    }

    async fn finish(&mut self) -> Result<(Loading, Result<(), EtlError>), EtlError> {
        let back = self.mart.back().await?;
        self.positions.clone_from(self.mart.here()?.positions());
        Ok(back)
    }
}

/// Opens the mart, and tries again when PostgreSQL went away over it.
///
/// # Errors
/// As [`PostgresMart::open`]; the last one, when PostgreSQL does not come back.
pub(super) async fn open_postgres(pool: PgPool, settings: &LoadSettings) -> Result<PostgresMart, EtlError> {
    let mut failures = 0;
    loop {
        match PostgresMart::open(pool.clone(), &settings.calendar_zones).await {
            Err(error) if error.is_away() && failures < ATTEMPTS => failures += 1,
            outcome => return outcome,
        }
        tokio::time::sleep(RETRY).await;
    }
}

impl Etl {
    /// Folds the next units that wait for PostgreSQL, and has them put in; does nothing while it is away.
    pub(super) async fn begin_loading(&mut self) -> Result<(), EtlError> {
        if !self.is_postgres_back().await {
            return Ok(());
        }
        let Folded { load, held } = self.fold_next(Mart::Postgres)?;
        self.pace[Mart::Postgres as usize].begin();
        let Some(loader) = self.postgres.as_mut() else { return Ok(()) };
        loader.begin(Loading { load: Box::new(load), held })
    }

    /// Waits for the load that is being put in, and takes in what became of it. When it failed PostgreSQL lags: its units stay
    /// marked, and the next time tries again.
    pub(super) async fn finish_loading(&mut self) -> Result<(), EtlError> {
        let Some(loader) = self.postgres.as_mut() else { return Ok(()) };
        let (Loading { load, held }, outcome) = loader.finish().await?;
        let pace = &mut self.pace[Mart::Postgres as usize];
        pace.end();
        if let Err(error) = outcome {
            pace.failures += 1;
            if pace.failures == 1 {
                tracing::warn!(%error, "PostgreSQL could not be loaded; it lags until it can");
            }
            pace.last_error = Some(error);
            self.not_loaded(Mart::Postgres, &load);
            self.wait_without_growing();
        } else {
            (pace.failures, pace.last_error) = (0, None);
            self.summary.postgres_units += load.units.len() as u64;
            self.loaded(Mart::Postgres, &load, held);
        }
        Ok(())
    }

    /// Whether a load is being put into PostgreSQL.
    pub(super) fn is_loading(&self) -> bool {
        self.postgres.as_ref().is_some_and(Loader::is_away)
    }

    /// Loads PostgreSQL until nothing waits for it, and waits for one that is away, though not for ever.
    pub(super) async fn catch_up_with_postgres(&mut self) -> Result<(), EtlError> {
        let mut failures = 0;
        while self.is_loading() || self.has_news(Mart::Postgres) {
            if !self.is_loading() {
                self.begin_loading().await?;
            }
            if self.is_loading() {
                self.finish_loading().await?;
            }
            match self.pace[Mart::Postgres as usize].last_error.take() {
                None => failures = 0,
                Some(error) if failures == ATTEMPTS => return Err(error),
                Some(_) => {
                    failures += 1;
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
        Ok(())
    }

    /// Whether PostgreSQL is there, when it was not before: nothing is folded for it, and nobody waits long, while it is away.
    async fn is_postgres_back(&mut self) -> bool {
        let pace = &mut self.pace[Mart::Postgres as usize];
        let Some(loader) = self.postgres.as_ref().filter(|_| pace.failures > 0) else { return true };
        let Ok(mart) = loader.mart.here() else { return false };
        pace.begin();
        let answer = mart.answers().await;
        pace.end();
        let Err(error) = answer else { return true };
        pace.failures = pace.failures.saturating_add(1);
        pace.last_error = Some(error);
        self.wait_without_growing();
        false
    }

    /// Memory is bounded however long PostgreSQL is away.
    fn wait_without_growing(&mut self) {
        if self.knowledge.dirty_units(Mart::Postgres) > MAX_WAITING_UNITS {
            self.knowledge.remember_days_instead(Mart::Postgres);
        }
    }
}
