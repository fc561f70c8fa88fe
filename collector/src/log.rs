//! The durable log: a folder of segments that is only ever appended to, and the truth that every mart is made from.
//!
//! `format` says what the bytes are, `writer` puts them there, `commit` lets many sessions share one fdatasync, `recover`
//! tells a torn tail from damage after a crash, `reader` hands the records out, `verify` checks a folder as a whole.
//! Nothing here knows sockets, the session protocol's meaning, or what is inside an event.

mod commit;
mod disk;
mod error;
mod folder;
pub mod format;
mod reader;
mod record;
mod recover;
mod segment;
mod verify;
mod writer;

pub use commit::{Committer, LogHandle, Pending};
pub use error::LogError;
pub use folder::{SegmentInfo, SegmentState, list};
pub use reader::{LogReader, ReadBatch, Records};
pub use record::{LogPosition, LogRecord, RecordDraft, RecordKind};
pub use recover::{Recovery, TornTail};
pub use verify::{Finding, SegmentReport, VerifyReport, verify};
pub use writer::{LogIdentity, LogSettings, LogWriter};

#[cfg(test)]
pub(crate) mod tests;
