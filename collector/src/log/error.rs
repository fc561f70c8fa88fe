//! What can go wrong with a log, as sentences that say what to do.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::record::LogPosition;

/// Why a log could not be opened, written or read. Cloned, because several sessions wait for one write.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LogError {
    /// Another writer holds the folder.
    #[error(
        "the log {} is in use by another collector; stop that one, or give this one a folder of its own", dir.display()
    )]
    Locked {
        /// The log's folder.
        dir: PathBuf,
    },
    /// The folder belongs to a collector of another name.
    #[error("the log {} belongs to the collector {found:?}, not to {expected:?}; give each collector a folder of its own", dir.display())]
    OtherCollector {
        /// The log's folder.
        dir: PathBuf,
        /// Name in the log.
        found: String,
        /// Name that was given.
        expected: String,
    },
    /// Bytes that were durable are not what was written.
    #[error("the log {} is damaged: segment {segment}, byte {offset}: {what}; nothing is read past this place. Restore the segment from the twin or the mirror", dir.display())]
    Damaged {
        /// The log's folder.
        dir: PathBuf,
        /// Number of the segment.
        segment: u32,
        /// Bytes from the start of the segment's file to the first that is known to be wrong, or to the start of what holds it.
        offset: u64,
        /// What was found there.
        what: String,
    },
    /// A segment between others is not there.
    #[error("the log {} has no segment {segment}; restore it from the twin or the mirror, or read from a later position", dir.display())]
    MissingSegment {
        /// The log's folder.
        dir: PathBuf,
        /// Number of the segment.
        segment: u32,
    },
    /// A reader asks for a place that holds no record.
    #[error("the log {} has nothing at {position}: {what}; the position belongs to another log, or its end was lost in a crash", dir.display())]
    NoSuchPosition {
        /// The log's folder.
        dir: PathBuf,
        /// The place asked for.
        position: LogPosition,
        /// What is there instead.
        what: &'static str,
    },
    /// What is to be written is over a limit.
    #[error("{what} is {size}, and the log takes at most {limit}; send less at once")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its size.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// A write failed before anything of it counted; it may be tried again.
    #[error("writing {} failed: {cause}; nothing is acknowledged until there is room", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: Arc<io::Error>,
    },
    /// A sync failed: what is on disk is unknown, so this writer never writes again.
    #[error(
        "the log is closed, because making it durable failed ({cause}); check the disk, then start the collector again"
    )]
    Poisoned {
        /// What failed, and what the system said.
        cause: String,
    },
    /// The log was closed in good order.
    #[error("the log is closed; no record is taken any more")]
    Closed,
    /// Any other failure of the file system.
    #[error("{doing} {} failed: {cause}; check the folder and its permissions", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        cause: Arc<io::Error>,
    },
}

impl LogError {
    /// Turns an error of the file system into one that names what was done to which file.
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |cause| Self::Io { doing, path, cause: Arc::new(cause) }
    }

    /// Whether the same call may succeed later without anything having been lost.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Write { .. })
    }
}
