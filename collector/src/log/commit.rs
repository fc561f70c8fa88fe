//! Group commit: what many sessions submit at about the same time becomes one group and one fdatasync.
//!
//! One thread writes; sessions wait without blocking theirs. Does not know what the records mean.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};

use super::error::LogError;
use super::format::{self, MAX_GROUP_BYTES, MAX_GROUP_RECORDS};
use super::record::{LogPosition, RecordDraft};
use super::writer::{LogWriter, check_limits};

/// Submissions that wait for the writer before a session has to wait to hand over more.
const MAX_WAITING: usize = 256;

type Answer = oneshot::Sender<Result<LogPosition, LogError>>;

enum Message {
    Append { records: Vec<RecordDraft>, answer: Answer },
    Seal(Answer),
}

/// Where sessions hand over records. Clones share one log.
#[derive(Clone)]
pub struct LogHandle {
    sender: mpsc::Sender<Message>,
    durable: watch::Receiver<LogPosition>,
}

/// A submission that is under way.
pub struct Pending(oneshot::Receiver<Result<LogPosition, LogError>>);

impl Pending {
    /// Waits until the submission is durable; returns the position after its group.
    ///
    /// # Errors
    /// What kept it from being written; it is then not in the log.
    pub async fn durable(self) -> Result<LogPosition, LogError> {
        self.0.await.unwrap_or(Err(LogError::Closed))
    }
}

impl LogHandle {
    /// Hands records over, to be durable together or not at all, and in the order of this call among the caller's own.
    /// Returns once they wait for the writer.
    ///
    /// # Errors
    /// [`LogError::TooLarge`], or [`LogError::Closed`].
    pub async fn enqueue(&self, records: Vec<RecordDraft>) -> Result<Pending, LogError> {
        check_limits(&records)?;
        let (answer, pending) = oneshot::channel();
        let sent = self.sender.send(Message::Append { records, answer }).await;
        sent.map(|()| Pending(pending)).map_err(|_| LogError::Closed)
    }

    /// Hands records over and waits until they are durable; returns the position after their group.
    ///
    /// # Errors
    /// As [`Self::enqueue`] and [`Pending::durable`].
    pub async fn submit(&self, records: Vec<RecordDraft>) -> Result<LogPosition, LogError> {
        self.enqueue(records).await?.durable().await
    }

    /// The end of what is durable, as it grows.
    #[must_use]
    pub fn durable(&self) -> watch::Receiver<LogPosition> {
        self.durable.clone()
    }
}

/// The thread that writes, and the only one who can close the log.
pub struct Committer {
    sender: mpsc::Sender<Message>,
    stopping: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Committer {
    /// Starts the writing thread.
    ///
    /// # Errors
    /// [`LogError::Io`] when the system gives no thread.
    pub fn start(writer: LogWriter) -> Result<(Self, LogHandle), LogError> {
        let (sender, receiver) = mpsc::channel(MAX_WAITING);
        let (publish, durable) = watch::channel(writer.durable_end());
        let stopping = Arc::new(AtomicBool::new(false));
        let dir = writer.dir().to_owned();
        let desk = Desk { writer, receiver, publish, stopping: Arc::clone(&stopping), carried: None };
        let thread = thread::Builder::new()
            .name("callmart-log".to_owned())
            .spawn(move || desk.run())
            .map_err(LogError::io("starting the thread that writes", &dir))?;
        Ok((Self { sender: sender.clone(), stopping, thread }, LogHandle { sender, durable }))
    }

    /// Writes what still waits, seals the log and ends the thread; later submissions get [`LogError::Closed`].
    /// On a full disk what waits is refused instead of tried again.
    ///
    /// # Errors
    /// Why the log could not be sealed; what was acknowledged is durable all the same.
    pub async fn close(self) -> Result<LogPosition, LogError> {
        self.stopping.store(true, Ordering::Release);
        self.thread.thread().unpark();
        let (answer, sealed) = oneshot::channel();
        self.sender.send(Message::Seal(answer)).await.map_err(|_| LogError::Closed)?;
        let result = sealed.await.unwrap_or(Err(LogError::Closed));
        // The lock on the folder is free once the thread has ended.
        let joined = tokio::task::spawn_blocking(move || self.thread.join()).await;
        if joined.is_ok_and(|j| j.is_ok()) { result } else { Err(LogError::Closed) }
    }
}

/// The writing thread's own things.
struct Desk {
    writer: LogWriter,
    receiver: mpsc::Receiver<Message>,
    publish: watch::Sender<LogPosition>,
    stopping: Arc<AtomicBool>,
    /// A message that was taken, but did not fit the group.
    carried: Option<Message>,
}

impl Desk {
    fn run(mut self) {
        while let Some(message) = self.carried.take().or_else(|| self.receiver.blocking_recv()) {
            match message {
                Message::Append { records, answer } => self.commit_from(records, answer),
                Message::Seal(answer) => return self.seal(answer),
            }
        }
    }

    /// Gathers what else is waiting, writes it as one group, and answers all.
    fn commit_from(&mut self, mut records: Vec<RecordDraft>, answer: Answer) {
        let mut answers = vec![answer];
        let mut bytes: usize = records.iter().map(format::record_len).sum();
        while bytes < self.writer.settings().group_bytes {
            let Ok(message) = self.receiver.try_recv() else { break };
            let Message::Append { records: more, answer } = message else {
                self.carried = Some(message);
                break;
            };
            let more_bytes: usize = more.iter().map(format::record_len).sum();
            if bytes + more_bytes > MAX_GROUP_BYTES || records.len() + more.len() > MAX_GROUP_RECORDS {
                self.carried = Some(Message::Append { records: more, answer });
                break;
            }
            bytes += more_bytes;
            records.extend(more);
            answers.push(answer);
        }
        let result = self.write(&records);
        if let Ok(end) = &result {
            self.publish.send_replace(*end);
        }
        // A session that has gone meanwhile needs no answer.
        answers.into_iter().for_each(|a| drop(a.send(result.clone())));
    }

    /// Writes a group; while the disk is full, tries again until there is room or the log is to be closed.
    fn write(&mut self, records: &[RecordDraft]) -> Result<LogPosition, LogError> {
        loop {
            match self.writer.append_group(records) {
                Err(e) if e.is_retryable() && !self.stopping.load(Ordering::Acquire) => {
                    tracing::error!(error = %e, "the log cannot be written; trying again");
                    thread::park_timeout(Duration::from_millis(self.writer.settings().retry_ms));
                }
                Err(e) => {
                    tracing::error!(error = %e, "the log takes no more records");
                    return Err(e);
                }
                done => return done,
            }
        }
    }

    fn seal(mut self, answer: Answer) {
        let result = self.writer.seal();
        if let Ok(end) = &result {
            self.publish.send_replace(*end);
        }
        drop(answer.send(result));
    }
}
