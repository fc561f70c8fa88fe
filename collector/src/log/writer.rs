//! Appends groups to a log and makes each durable before it says so.
//!
//! One writer per folder. Does not know who submits, nor how groups are gathered.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::disk::{Disk, RealDisk};
use super::error::LogError;
use super::folder::{self, SegmentState};
use super::format::{
    self, Footer, GROUP_HEADER_BYTES, GroupHeader, Hash, Header, MAX_GROUP_BYTES, MAX_GROUP_RECORDS, MAX_NAME_BYTES,
    MAX_PAYLOAD_BYTES, MAX_SEGMENT_SOURCES, MAX_SOURCE_BYTES, SegmentSums,
};
use super::record::{LogPosition, RecordDraft};
use super::recover::{Found, OpenSegment, Recovery, recover};

/// Whose log it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogIdentity {
    /// Name of the collector; at most [`MAX_NAME_BYTES`] bytes. A folder keeps the name it was made with.
    pub collector: String,
    /// Id for the log if it is made now; a log that is there keeps its own.
    pub new_log_id: [u8; 16],
}

impl LogIdentity {
    /// The identity of a log that `collector` makes at `created_us` (microseconds since 1970-01-01 UTC) if there is none.
    #[must_use]
    pub fn new(collector: &str, created_us: i64) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(collector.as_bytes()).update(&created_us.to_le_bytes());
        let mut new_log_id = [0; 16];
        new_log_id.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Self { collector: collector.to_owned(), new_log_id }
    }
}

/// How a log is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogSettings {
    /// Length in bytes at which a segment is sealed; 64 MiB by default. A group is never cut, so a segment may be longer.
    pub segment_bytes: u64,
    /// Bytes after which a group is closed though more is waiting; 4 MiB by default.
    pub group_bytes: usize,
    /// Milliseconds between two tries when a write fails, as on a full disk; 1,000 by default.
    pub retry_ms: u64,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { segment_bytes: 64 << 20, group_bytes: 4 << 20, retry_ms: 1_000 }
    }
}

/// The one writer of a log.
pub struct LogWriter {
    dir: PathBuf,
    disk: Box<dyn Disk>,
    settings: LogSettings,
    collector: String,
    log_id: [u8; 16],
    next: u32,
    previous: Hash,
    open: Option<OpenSegment>,
    poisoned: Option<String>,
    buffer: Vec<u8>,
    // Held, never read: the folder is free again when the writer goes.
    _lock: File,
}

impl LogWriter {
    /// Opens the log in `dir`, or makes it; cuts a torn tail. All that can be read afterwards is durable.
    ///
    /// # Errors
    /// [`LogError::Locked`], [`LogError::OtherCollector`], [`LogError::Damaged`], [`LogError::MissingSegment`], or the
    /// disk's own.
    pub fn open(dir: &Path, identity: &LogIdentity, settings: LogSettings) -> Result<(Self, Recovery), LogError> {
        Self::open_on(Box::new(RealDisk), dir, identity, settings)
    }

    pub(crate) fn open_on(
        disk: Box<dyn Disk>,
        dir: &Path,
        identity: &LogIdentity,
        settings: LogSettings,
    ) -> Result<(Self, Recovery), LogError> {
        within("the collector's name in bytes", identity.collector.len(), MAX_NAME_BYTES)?;
        let lock = folder::lock(dir)?;
        let Found { recovery, log_id, next, previous, open } = recover(dir, identity, &*disk)?;
        let mut writer = Self {
            dir: dir.to_owned(),
            disk,
            settings,
            collector: identity.collector.clone(),
            log_id,
            next,
            previous,
            open,
            poisoned: None,
            buffer: Vec::new(),
            _lock: lock,
        };
        if writer.open.is_none() {
            // A collector must learn now, not at its first event, that it cannot write here.
            writer.create_segment()?;
        }
        Ok((writer, recovery))
    }

    /// The log's folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Id of this log.
    #[must_use]
    pub fn log_id(&self) -> [u8; 16] {
        self.log_id
    }

    /// How this log is written.
    #[must_use]
    pub fn settings(&self) -> &LogSettings {
        &self.settings
    }

    /// The end of what is durable: a reader that got this far has it all.
    #[must_use]
    pub fn durable_end(&self) -> LogPosition {
        match &self.open {
            Some(open) if open.sums.groups > 0 => LogPosition::new(open.header.segment, open.len),
            Some(open) => LogPosition::new(open.header.segment, 0),
            None => LogPosition::new(self.next, 0),
        }
    }

    /// Appends the records as one group and makes them durable, all or none. Returns the position after them.
    ///
    /// # Errors
    /// [`LogError::TooLarge`]; [`LogError::Write`], after which the same call may be tried again;
    /// [`LogError::Poisoned`], after which every call fails.
    pub fn append_group(&mut self, records: &[RecordDraft]) -> Result<LogPosition, LogError> {
        self.check_poison()?;
        let body_bytes = check_limits(records)?;
        if records.is_empty() {
            return Ok(self.durable_end());
        }
        if self.is_full(body_bytes) {
            self.seal()?;
        }
        if self.open.is_none() {
            self.create_segment()?;
        }
        let Some(open) = &mut self.open else { return Err(LogError::Closed) };
        let header = GroupHeader { body_bytes: body_bytes as u64, records: records.len() as u32 };
        encode_group(&mut self.buffer, header, records, open);
        let written = append_durably(open, &self.dir, &self.buffer);
        self.remember_poison(written)?;
        let Some(open) = &mut self.open else { return Err(LogError::Closed) };
        open.sums.groups += 1;
        records.iter().for_each(|r| open.sums.add_record(&r.source, r.received_us));
        Ok(self.durable_end())
    }

    /// Closes the open segment with its footer; a segment without groups is removed. The next group begins a new one.
    ///
    /// # Errors
    /// As [`Self::append_group`].
    pub fn seal(&mut self) -> Result<LogPosition, LogError> {
        self.check_poison()?;
        let Some(open) = &mut self.open else { return Ok(self.durable_end()) };
        let path = folder::path_of(&self.dir, open.header.segment, SegmentState::Open);
        if open.sums.groups == 0 {
            self.disk.remove(&path).map_err(LogError::io("removing", &path))?;
        } else {
            let content = *open.content.finalize().as_bytes();
            let footer = Footer { offset: open.len, sums: open.sums.clone(), content }.encode(open.header.seed());
            let written = append_durably(open, &self.dir, &footer);
            self.remember_poison(written)?;
            let number = self.next_after_open();
            self.previous = *blake3::hash(&footer).as_bytes();
            let renamed = self.disk.rename(&path, &folder::path_of(&self.dir, number - 1, SegmentState::Sealed));
            self.remember_poison(renamed.map_err(|e| poison("renaming the sealed segment", &e)))?;
            self.next = number;
        }
        self.open = None;
        let synced = self.disk.sync_folder(&self.dir);
        self.remember_poison(synced.map_err(|e| poison("syncing the folder", &e)))?;
        Ok(self.durable_end())
    }

    fn next_after_open(&self) -> u32 {
        self.open.as_ref().map_or(self.next, |open| open.header.segment + 1)
    }

    fn is_full(&self, more_bytes: usize) -> bool {
        self.open.as_ref().is_some_and(|open| {
            let len = open.len + (GROUP_HEADER_BYTES + more_bytes) as u64;
            open.sums.groups > 0
                && (len > self.settings.segment_bytes || open.sums.sources.len() >= MAX_SEGMENT_SOURCES)
        })
    }

    fn create_segment(&mut self) -> Result<(), LogError> {
        let header = Header {
            log_id: self.log_id,
            segment: self.next,
            previous: self.previous,
            collector: self.collector.clone(),
        };
        let path = folder::path_of(&self.dir, self.next, SegmentState::Open);
        let failed = |cause| LogError::Write { path: path.clone(), cause: Arc::new(cause) };
        let file = self.disk.create(&path).map_err(failed)?;
        let sums = SegmentSums::default();
        let mut open = OpenSegment { header, file, len: 0, content: blake3::Hasher::new(), sums };
        let first = open.header.encode();
        let written = append_durably(&mut open, &self.dir, &first);
        self.remember_poison(written)?;
        let synced = self.disk.sync_folder(&self.dir);
        self.remember_poison(synced.map_err(|e| poison("syncing the folder", &e)))?;
        self.open = Some(open);
        Ok(())
    }

    fn check_poison(&self) -> Result<(), LogError> {
        match &self.poisoned {
            Some(cause) => Err(LogError::Poisoned { cause: cause.clone() }),
            None => Ok(()),
        }
    }

    fn remember_poison(&mut self, result: Result<(), LogError>) -> Result<(), LogError> {
        if let Err(LogError::Poisoned { cause }) = &result {
            self.poisoned = Some(cause.clone());
        }
        result
    }
}

/// Writes at the durable end and syncs. A failed write is taken back; a failed sync never is, because after it the
/// system may take pages for clean that never reached the disk.
fn append_durably(open: &mut OpenSegment, dir: &Path, bytes: &[u8]) -> Result<(), LogError> {
    if let Err(cause) = open.file.append(bytes) {
        open.file.cut(open.len).map_err(|e| poison("taking back a failed write", &e))?;
        let path = folder::path_of(dir, open.header.segment, SegmentState::Open);
        return Err(LogError::Write { path, cause: Arc::new(cause) });
    }
    open.file.sync().map_err(|e| poison("syncing the segment", &e))?;
    open.content.update(bytes);
    open.len += bytes.len() as u64;
    Ok(())
}

fn poison(doing: &str, cause: &std::io::Error) -> LogError {
    LogError::Poisoned { cause: format!("{doing}: {cause}") }
}

fn encode_group(buffer: &mut Vec<u8>, header: GroupHeader, records: &[RecordDraft], open: &OpenSegment) {
    let seed = open.header.seed();
    buffer.clear();
    buffer.extend_from_slice(&header.encode(open.len, seed));
    records.iter().for_each(|r| format::encode_record(buffer, r, seed));
}

/// Length of the body that the records make, if they are within the limits.
pub(crate) fn check_limits(records: &[RecordDraft]) -> Result<usize, LogError> {
    within("the number of records in a group", records.len(), MAX_GROUP_RECORDS)?;
    for record in records {
        within("a source's name in bytes", record.source.len(), MAX_SOURCE_BYTES)?;
        within("a record's length in bytes", record.bytes.len(), MAX_PAYLOAD_BYTES)?;
    }
    let body_bytes = records.iter().map(format::record_len).sum();
    within("a group's length in bytes", body_bytes, MAX_GROUP_BYTES)?;
    Ok(body_bytes)
}

fn within(what: &'static str, size: usize, limit: usize) -> Result<(), LogError> {
    if size > limit { Err(LogError::TooLarge { what, size, limit }) } else { Ok(()) }
}
