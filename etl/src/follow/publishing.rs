//! Publishing: the Parquet mart's next state is made by a task of its own while the rest goes on.
//!
//! The mart goes to the task and comes back with it. What the state is made of is decided before; when making it fails, all of
//! it waits again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use callmart_schema::manifest::LogPlace;
use tokio::task::JoinHandle;

use super::{Etl, Folded, Mart};
use crate::error::EtlError;
use crate::knowledge::Known;
use crate::load::parquet::{Archive, ParquetMart};
use crate::load::{Held, Load};
use crate::stored::Stored;

/// Where the mart is.
enum Whereabouts {
    Here(Box<ParquetMart>),
    Away(JoinHandle<Done>),
    /// Only while it goes from one to the other.
    Nowhere,
}

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

/// What a task did.
struct Done {
    mart: Box<ParquetMart>,
    work: Work,
    outcome: Result<(), EtlError>,
}

/// The Parquet mart, here or away.
pub(super) struct Publisher {
    mart: Whereabouts,
    /// Of the newest state.
    positions: BTreeMap<String, LogPlace>,
}

impl Publisher {
    pub(super) fn new(mart: ParquetMart) -> Self {
        Self { positions: mart.positions().clone(), mart: Whereabouts::Here(Box::new(mart)) }
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
        match &self.mart {
            Whereabouts::Here(mart) => Ok(mart),
            _ => Err(EtlError::Broken),
        }
    }

    pub(super) fn clear(&mut self, keep_archive: bool) -> Result<(), EtlError> {
        let Whereabouts::Here(mart) = &mut self.mart else { return Err(EtlError::Broken) };
        mart.clear(keep_archive)?;
        self.positions.clone_from(mart.positions());
        Ok(())
    }

    /// Whether a state is being made.
    pub(super) fn is_away(&self) -> bool {
        matches!(self.mart, Whereabouts::Away(_))
    }

    /// Whether a state was made and waits to be taken in.
    pub(super) fn is_done(&self) -> bool {
        matches!(&self.mart, Whereabouts::Away(task) if task.is_finished())
    }

    /// Waits until a state that is being made is done; for ever when there is none.
    pub(super) async fn done(&mut self) {
        match &mut self.mart {
            Whereabouts::Away(task) => {
                while !task.is_finished() {
                    tokio::time::sleep(super::POLL / 5).await;
                }
            }
            _ => std::future::pending().await,
        }
    }

    fn begin(&mut self, work: Work) -> Result<(), EtlError> {
        let Whereabouts::Here(mut mart) = std::mem::replace(&mut self.mart, Whereabouts::Nowhere) else {
            return Err(EtlError::Broken);
        };
        let task = tokio::task::spawn_blocking(move || {
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
        });
        self.mart = Whereabouts::Away(task);
        Ok(())
    }

    async fn finish(&mut self) -> Result<(Work, Result<Archive, EtlError>), EtlError> {
        let Whereabouts::Away(task) = std::mem::replace(&mut self.mart, Whereabouts::Nowhere) else {
            return Err(EtlError::Broken);
        };
        let Done { mart, work, outcome } = task.await.map_err(|_| EtlError::Broken)?;
        self.positions.clone_from(mart.positions());
        let archive = mart.archive();
        self.mart = Whereabouts::Here(mart);
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

    /// Makes one state of the Parquet mart.
    pub(super) async fn publish_next(&mut self) -> Result<(), EtlError> {
        self.rest().await?;
        self.begin_publishing()?;
        self.rest().await
    }

    /// Makes states of the Parquet mart until nothing waits for it.
    pub(super) async fn publish(&mut self) -> Result<(), EtlError> {
        loop {
            self.publish_next().await?;
            if !self.knowledge.is_waiting(Mart::Parquet) {
                return Ok(());
            }
        }
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
