//! A mart that goes to a task and comes back with it, while the rest goes on.
//!
//! What it was given to do comes back too, so that it can wait again when it failed. Meanwhile it is known up to where it stood
//! when it left. Knows of a mart no more than that, and nothing of loads.

use std::collections::BTreeMap;

use callmart_schema::manifest::LogPlace;
use tokio::task::JoinHandle;

use crate::error::EtlError;

/// What a mart is as far as this is concerned.
pub(super) trait HasPositions {
    /// Up to where it contains each log.
    fn positions(&self) -> &BTreeMap<String, LogPlace>;
}

/// Where the mart is.
enum Whereabouts<M, W> {
    Here(Box<M>),
    Away(JoinHandle<Done<M, W>>),
    /// The task is done with it.
    Waiting(Result<Done<M, W>, EtlError>),
    /// Only while it goes from one to the other.
    Nowhere,
}

/// The mart, what a task was to do with it, and how that ended.
pub(super) struct Done<M, W> {
    pub(super) mart: Box<M>,
    pub(super) work: W,
    pub(super) outcome: Result<(), EtlError>,
}

/// A mart, here or away.
pub(super) struct Lent<M, W> {
    at: Whereabouts<M, W>,
    /// Up to where it contained each log when it left last.
    left_at: BTreeMap<String, LogPlace>,
}

impl<M: HasPositions, W> Lent<M, W> {
    pub(super) fn new(mart: M) -> Self {
        Self { at: Whereabouts::Here(Box::new(mart)), left_at: BTreeMap::new() }
    }

    /// Up to where the mart contains each log, as far as is known here: what a task does with it counts when it is back.
    pub(super) fn positions(&self) -> &BTreeMap<String, LogPlace> {
        match &self.at {
            Whereabouts::Here(mart) => mart.positions(),
            _ => &self.left_at,
        }
    }

    /// The mart, which is here whenever nothing is done with it.
    ///
    /// # Errors
    /// [`EtlError::Broken`] when it is away, or a task with it broke down.
    pub(super) fn here(&self) -> Result<&M, EtlError> {
        match &self.at {
            Whereabouts::Here(mart) => Ok(mart),
            _ => Err(EtlError::Broken),
        }
    }

    /// As [`Self::here`].
    ///
    /// # Errors
    /// As [`Self::here`].
    pub(super) fn here_mut(&mut self) -> Result<&mut M, EtlError> {
        match &mut self.at {
            Whereabouts::Here(mart) => Ok(mart),
            _ => Err(EtlError::Broken),
        }
    }

    /// Whether a task has it, or it waits to be taken back.
    pub(super) fn is_away(&self) -> bool {
        matches!(self.at, Whereabouts::Away(_) | Whereabouts::Waiting(_))
    }

    /// Whether a task is done with it, and it waits to be taken back.
    pub(super) fn is_done(&self) -> bool {
        match &self.at {
            Whereabouts::Away(task) => task.is_finished(),
            Whereabouts::Waiting(_) => true,
            _ => false,
        }
    }

    /// Waits until a task is done with it; for ever when none has it.
    pub(super) async fn done(&mut self) {
        if let Whereabouts::Away(task) = &mut self.at {
            self.at = Whereabouts::Waiting(task.await.map_err(|_| EtlError::Broken));
        }
        if !self.is_done() {
            std::future::pending::<()>().await;
        }
    }

    /// Gives it to a task.
    ///
    /// # Errors
    /// As [`Self::here`].
    pub(super) fn lend(&mut self, task: impl FnOnce(Box<M>) -> JoinHandle<Done<M, W>>) -> Result<(), EtlError> {
        self.left_at = self.here()?.positions().clone();
        let Whereabouts::Here(mart) = std::mem::replace(&mut self.at, Whereabouts::Nowhere) else {
            return Err(EtlError::Broken);
        };
        self.at = Whereabouts::Away(task(mart));
        Ok(())
    }

    /// Takes it back when the task is done with it; gives what that was to do, and how it ended.
    ///
    /// # Errors
    /// [`EtlError::Broken`] when the task broke down, or none has it.
    pub(super) async fn back(&mut self) -> Result<(W, Result<(), EtlError>), EtlError> {
        if !self.is_away() {
            return Err(EtlError::Broken);
        }
        let Done { mart, work, outcome } = match std::mem::replace(&mut self.at, Whereabouts::Nowhere) {
            Whereabouts::Away(task) => task.await.map_err(|_| EtlError::Broken)?,
            Whereabouts::Waiting(done) => done?,
            _ => return Err(EtlError::Broken),
        };
        self.at = Whereabouts::Here(mart);
        Ok((work, outcome))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A mart of one log, which grows by what it is given.
    struct Mart(BTreeMap<String, LogPlace>);

    impl HasPositions for Mart {
        fn positions(&self) -> &BTreeMap<String, LogPlace> {
            &self.0
        }
    }

    impl Mart {
        fn up_to(offset: u64) -> Self {
            Self(BTreeMap::from([("log".to_owned(), LogPlace { segment: 0, offset })]))
        }
    }

    fn offset(lent: &Lent<Mart, u64>) -> u64 {
        lent.positions()["log"].offset
    }

    /// Grows by so much; nothing at all is too little.
    fn grow(lent: &mut Lent<Mart, u64>, by: u64) -> Result<(), EtlError> {
        lent.lend(|mart| {
            tokio::spawn(async move {
                assert!(by < u64::MAX, "this task breaks down");
                let (grown, outcome) = match by {
                    0 => (mart, Err(EtlError::Broken)),
                    by => (Box::new(Mart::up_to(mart.0["log"].offset + by)), Ok(())),
                };
                Done { mart: grown, work: by, outcome }
            })
        })
    }

    #[tokio::test]
    async fn a_mart_comes_back_with_its_work_and_counts_from_then_on() {
        let mut lent = Lent::new(Mart::up_to(5));
        assert!(lent.back().await.is_err(), "no task has it");
        assert!(lent.here().is_ok() && !lent.is_away());
        grow(&mut lent, 2).expect("it is here");
        assert!(lent.is_away() && lent.here().is_err() && grow(&mut lent, 1).is_err(), "one task has it");
        assert_eq!(offset(&lent), 5, "as it left");
        lent.done().await;
        assert!(lent.is_done() && lent.is_away() && lent.here().is_err(), "it waits to be taken back");
        assert_eq!(offset(&lent), 5);
        assert!(matches!(lent.back().await, Ok((2, Ok(())))));
        assert!(!lent.is_away() && !lent.is_done());
        assert_eq!(offset(&lent), 7);
    }

    #[tokio::test]
    async fn work_that_failed_comes_back_and_a_task_that_broke_down_brings_nothing() {
        let mut lent = Lent::new(Mart::up_to(5));
        grow(&mut lent, 0).expect("it is here");
        assert!(matches!(lent.back().await, Ok((0, Err(EtlError::Broken)))));
        assert!(lent.here().is_ok(), "the mart is back whatever became of its work");
        grow(&mut lent, u64::MAX).expect("it is here");
        lent.done().await;
        assert!(matches!(lent.back().await, Err(EtlError::Broken)));
        assert!(lent.here().is_err() && !lent.is_away(), "nobody has it");
        assert_eq!(offset(&lent), 5);
    }
}
