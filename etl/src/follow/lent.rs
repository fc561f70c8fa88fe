//! A mart that goes to a task and comes back with it, while the rest goes on.
//!
//! What it was given to do comes back too, so that it can wait again when it failed. Knows neither marts nor loads.

use tokio::task::JoinHandle;

use crate::error::EtlError;

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
pub(super) struct Lent<M, W>(Whereabouts<M, W>);

impl<M, W> Lent<M, W> {
    pub(super) fn new(mart: M) -> Self {
        Self(Whereabouts::Here(Box::new(mart)))
    }

    /// The mart, which is here whenever nothing is done with it.
    ///
    /// # Errors
    /// [`EtlError::Broken`] when it is away, or a task with it broke down.
    pub(super) fn here(&self) -> Result<&M, EtlError> {
        match &self.0 {
            Whereabouts::Here(mart) => Ok(mart),
            _ => Err(EtlError::Broken),
        }
    }

    /// As [`Self::here`].
    ///
    /// # Errors
    /// As [`Self::here`].
    pub(super) fn here_mut(&mut self) -> Result<&mut M, EtlError> {
        match &mut self.0 {
            Whereabouts::Here(mart) => Ok(mart),
            _ => Err(EtlError::Broken),
        }
    }

    /// Whether a task has it, or it waits to be taken back.
    pub(super) fn is_away(&self) -> bool {
        matches!(self.0, Whereabouts::Away(_) | Whereabouts::Waiting(_))
    }

    /// Whether a task is done with it, and it waits to be taken back.
    pub(super) fn is_done(&self) -> bool {
        match &self.0 {
            Whereabouts::Away(task) => task.is_finished(),
            Whereabouts::Waiting(_) => true,
            _ => false,
        }
    }

    /// Waits until a task is done with it; for ever when none has it.
    pub(super) async fn done(&mut self) {
        if let Whereabouts::Away(task) = &mut self.0 {
            self.0 = Whereabouts::Waiting(task.await.map_err(|_| EtlError::Broken));
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
        let Whereabouts::Here(mart) = std::mem::replace(&mut self.0, Whereabouts::Nowhere) else {
            return Err(EtlError::Broken);
        };
        self.0 = Whereabouts::Away(task(mart));
        Ok(())
    }

    /// Takes it back when the task is done with it; gives what that was to do, and how it ended.
    ///
    /// # Errors
    /// [`EtlError::Broken`] when no task has it, or the task broke down.
    pub(super) async fn back(&mut self) -> Result<(W, Result<(), EtlError>), EtlError> {
        let Done { mart, work, outcome } = match std::mem::replace(&mut self.0, Whereabouts::Nowhere) {
            Whereabouts::Away(task) => task.await.map_err(|_| EtlError::Broken)?,
            Whereabouts::Waiting(done) => done?,
            _ => return Err(EtlError::Broken),
        };
        self.0 = Whereabouts::Here(mart);
        Ok((work, outcome))
    }
}
