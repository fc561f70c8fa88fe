//! Publishing: the Parquet mart's next state is made by a task of its own while the rest goes on.
//!
//! The mart goes to the task and comes back with it. What the state is made of is decided before; when making it fails, all of
//! it waits again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use callmart_schema::manifest::LogPlace;

use super::lent::{Done, Lent};
use super::{Etl, Folded, Mart};
use crate::error::EtlError;
use crate::knowledge::Known;
use crate::load::parquet::{Archive, ParquetMart};
use crate::load::{Held, Load};
use crate::stored::Stored;

/// What a task is to do.
enum Work {
    Publish {
        load: Box<Load>,
        events: Vec<Arc<Stored>>,
        known: Box<Known>,
        held: Vec<(i64, Held)>,
        open_days: BTreeSet<i32>,
    },
    Close(BTreeSet<i32>),
}

/// The Parquet mart, here or away.
pub(super) struct Publisher {
    mart: Lent<ParquetMart, Work>,
    /// Of the newest state.
    positions: BTreeMap<String, LogPlace>,
}

impl Publisher {
    pub(super) fn new(mart: ParquetMart) -> Self {
        Self { positions: mart.positions().clone(), mart: Lent::new(mart) }
    }

    /// Up to where the newest state contains each log.
    pub(super) fn positions(&self) -> &BTreeMap<String, LogPlace> {
        &self.positions
    }

    /// The mart, which is here whenever nothing is published.
    ///
    /// # Errors
    /// [`EtlError::Broken`] when a task with it broke down.
    pub(super) fn mart(&self) -> Result<&ParquetMart, EtlError> {
        self.mart.here()
    }

    pub(super) fn clear(&mut self, keep_archive: bool) -> Result<(), EtlError> {
        let mart = self.mart.here_mut()?;
        mart.clear(keep_archive)?;
        self.positions.clone_from(mart.positions());
        Ok(())
    }

    /// Whether a state is being made.
    pub(super) fn is_away(&self) -> bool {
        self.mart.is_away()
    }

    /// Whether a state was made and waits to be taken in.
    pub(super) fn is_done(&self) -> bool {
        self.mart.is_done()
    }

    /// Waits until a state that is being made is done; for ever when there is none.
    pub(super) async fn done(&mut self) {
        self.mart.done().await;
    }

    fn begin(&mut self, work: Work) -> Result<(), EtlError> {
        self.mart.lend(|mut mart| {
            tokio::task::spawn_blocking(move || {
                let outcome = match &work {
                    Work::Publish { load, events, known, open_days, .. } => {
                        mart.open_only(open_days.clone());
                        mart.publish(load, events, &**known)
                    }
                    Work::Close(open_days) => {
                        mart.open_only(open_days.clone());
                        mart.close_some()
                    }
                };
                Done { mart, work, outcome }
            })
        })
    }

    async fn finish(&mut self) -> Result<(Work, Result<Archive, EtlError>), EtlError> {
        let (work, outcome) = self.mart.back().await?;
        let mart = self.mart.here()?;
        self.positions.clone_from(mart.positions());
        let archive = mart.archive();
        Ok((work, outcome.map(|()| archive)))
    }
}

impl Etl {
    /// Folds the next units that wait for the Parquet mart, and has its next state made.
    pub(super) fn begin_publishing(&mut self) -> Result<(), EtlError> {
        self.publisher.mart()?;
        self.pace[Mart::Parquet as usize].begin();
        let Folded { load, held } = self.fold_next(Mart::Parquet)?;
        let (known, open_days) = (Box::new(self.knowledge.known()), self.knowledge.open_days());
        let events = self.knowledge.take_unarchived();
        self.publisher.begin(Work::Publish { load: Box::new(load), events, known, held, open_days })
    }

    /// Waits for the state that is being made, and takes in what became of it.
    pub(super) async fn finish_publishing(&mut self) -> Result<(), EtlError> {
        let (work, outcome) = self.publisher.finish().await?;
        self.pace[Mart::Parquet as usize].end();
        match (work, outcome) {
            (Work::Publish { load, held, .. }, Ok(archive)) => {
                self.summary.parquet_units += load.units.len() as u64;
                self.loaded(Mart::Parquet, &load, held);
                self.knowledge.archived(archive);
                self.close_a_day()
            }
            (Work::Publish { load, events, .. }, Err(error)) => {
                self.not_loaded(Mart::Parquet, &load);
                self.knowledge.not_archived(events);
                Err(error)
            }
            (Work::Close(_), outcome) => outcome.map(|archive| self.knowledge.archive_is(archive)),
        }
    }

    /// Waits until the mart is here and nothing is being made. A state that is through may have a day closed, which is one
    /// more to wait for.
    pub(super) async fn rest(&mut self) -> Result<(), EtlError> {
        while self.publisher.is_away() {
            self.finish_publishing().await?;
        }
        Ok(())
    }

    /// Has some of the days closed in which nothing arrives any more.
    fn close_a_day(&mut self) -> Result<(), EtlError> {
        let open_days = self.knowledge.open_days();
        if !self.publisher.mart()?.has_to_close(&open_days) {
            return Ok(());
        }
        self.publisher.begin(Work::Close(open_days))
    }

    /// Closes every day.
    pub(super) async fn close_days(&mut self) -> Result<(), EtlError> {
        self.rest().await?;
        while self.publisher.mart()?.has_to_close(&BTreeSet::new()) {
            self.publisher.begin(Work::Close(BTreeSet::new()))?;
            self.finish_publishing().await?;
        }
        Ok(())
    }
}
