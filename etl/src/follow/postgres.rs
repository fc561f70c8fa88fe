//! Loading PostgreSQL, which may be away: it lags then, and catches up when it is back.
//!
//! Nothing is folded for it while it is away, and nobody waits long for it. Knows no SQL.

use std::time::Duration;

use sqlx::PgPool;
use tokio::time::Instant;

use super::folding::Folded;
use super::{Etl, Mart};
use crate::error::EtlError;
use crate::load::postgres::PostgresMart;
use crate::settings::LoadSettings;

/// How long PostgreSQL may be loaded, transaction after transaction, before the rest gets its turn.
const LONGEST_TURN: Duration = Duration::from_secs(1);
/// Wait after PostgreSQL failed before it is tried again, when there is nothing else left to do.
const RETRY: Duration = Duration::from_secs(1);
/// Attempts that may fail in a row then.
const ATTEMPTS: u32 = 180;
/// Units that may wait for a PostgreSQL that is away; of more only their days are remembered.
const MAX_WAITING_UNITS: usize = 200_000;

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
    /// Loads PostgreSQL. When it fails it lags: its units stay marked, and the next time tries again.
    pub(super) async fn load_postgres(&mut self) -> Result<(), EtlError> {
        let began = Instant::now();
        if !self.is_postgres_back().await {
            return Ok(());
        }
        loop {
            let Folded { load, held } = self.fold_next(Mart::Postgres)?;
            let Some(postgres) = self.postgres.as_mut() else { return Ok(()) };
            let pace = &mut self.pace[Mart::Postgres as usize];
            pace.begin();
            let outcome = postgres.load(&load).await;
            pace.end();
            if let Err(error) = outcome {
                pace.failures += 1;
                if pace.failures == 1 {
                    tracing::warn!(%error, "PostgreSQL could not be loaded; it lags until it can");
                }
                pace.last_error = Some(error);
                self.not_loaded(Mart::Postgres, &load);
                self.wait_without_growing();
                return Ok(());
            }
            (pace.failures, pace.last_error) = (0, None);
            self.summary.postgres_units += load.units.len() as u64;
            self.loaded(Mart::Postgres, &load, held);
            // With much to catch up the logs and the other mart get their turn in between.
            if !self.knowledge.is_waiting(Mart::Postgres) || began.elapsed() > LONGEST_TURN {
                return Ok(());
            }
        }
    }

    /// Loads PostgreSQL until nothing waits for it, and waits for one that is away, though not for ever.
    pub(super) async fn catch_up_with_postgres(&mut self) -> Result<(), EtlError> {
        let mut failures = 0;
        while self.postgres.is_some() && self.has_news(Mart::Postgres) {
            self.load_postgres().await?;
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
        let Some(postgres) = self.postgres.as_ref().filter(|_| pace.failures > 0) else { return true };
        pace.begin();
        let answer = postgres.answers().await;
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
