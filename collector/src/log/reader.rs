//! Hands out the records of a log in order, from any position, while it is being written or long after.
//!
//! Checks a sealed segment as a whole before any record of it is handed out. Reads one group at a time, writes nothing,
//! takes no lock, and does not know what a record's bytes mean.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use super::error::LogError;
use super::folder::{self, SegmentState};
use super::format::{GROUP_HEADER_BYTES, HEADER_BYTES, RawRecord};
use super::record::{LogPosition, LogRecord};
use super::segment::{Group, SegmentFile, check_chain};

/// Bytes that an iterator over records reads ahead.
const ITERATOR_BYTES: usize = 1 << 20;

/// Most names of sources that a reader keeps to share between records.
const MAX_SHARED_NAMES: usize = 1 << 12;

/// Records in order, and where to go on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadBatch {
    /// The records of whole groups; empty when there is nothing more yet.
    pub records: Vec<LogRecord>,
    /// The position after them.
    pub next: LogPosition,
}

/// A reader of one log.
pub struct LogReader {
    dir: PathBuf,
    current: Option<Current>,
    names: HashSet<Arc<str>>,
    /// End of the group read last: surely a border between groups.
    group_border: LogPosition,
}

/// The segment that is being read.
struct Current {
    file: SegmentFile,
    /// End of the groups, once the segment is sealed.
    sealed_end: Option<u64>,
}

impl LogReader {
    /// A reader of the log in `dir`.
    ///
    /// # Errors
    /// [`LogError::Io`] when the folder cannot be read.
    pub fn open(dir: &Path) -> Result<Self, LogError> {
        folder::list(dir)?;
        Ok(Self { dir: dir.to_owned(), current: None, names: HashSet::new(), group_border: LogPosition::START })
    }

    /// The log's folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Reads whole groups from `from` on until they have `limit_bytes` (at least one group), or until nothing more is
    /// there: then `records` is empty and `next` is where to ask again.
    ///
    /// With `durable` (from the writer, in the same process) nothing beyond it is read. Without, an incomplete last
    /// group ends the log quietly, and a complete one may be read before it is durable.
    /// `from` may be any record's position; reading then begins with that record.
    ///
    /// # Errors
    /// [`LogError::Damaged`] when bytes are not what was written; of a sealed segment nothing is handed out then. The records
    /// before are handed out first, and the next call, from where they end, gives the error.
    /// [`LogError::NoSuchPosition`] and [`LogError::MissingSegment`] when the log has nothing at `from`.
    pub fn read_from(
        &mut self,
        from: LogPosition,
        limit_bytes: usize,
        durable: Option<LogPosition>,
    ) -> Result<ReadBatch, LogError> {
        let mut batch = ReadBatch { records: Vec::new(), next: from };
        let mut read_bytes = 0;
        while read_bytes < limit_bytes.max(1) && durable.is_none_or(|d| batch.next < d) {
            let had = batch.records.len();
            let next = match self.step(batch.next, durable, &mut batch.records) {
                Ok(Some(next)) => next,
                Ok(None) => break,
                Err(_) if had > 0 => {
                    batch.records.truncate(had);
                    break;
                }
                Err(error) => return Err(error),
            };
            batch.next = next;
            read_bytes += batch.records.iter().skip(had).map(|r| r.bytes.len() + r.source.len() + 1).sum::<usize>();
        }
        Ok(batch)
    }

    /// All records from `from` on, to the end that the log has while it is read.
    pub fn records(&mut self, from: LogPosition) -> Records<'_> {
        Records { reader: self, next: from, waiting: Vec::new().into_iter(), failed: false }
    }

    /// The record at a position.
    ///
    /// # Errors
    /// As [`Self::read_from`].
    pub fn record_at(&mut self, position: LogPosition) -> Result<LogRecord, LogError> {
        let batch = self.read_from(position, 1, None)?;
        let found = batch.records.into_iter().next().filter(|r| r.position == position);
        found.ok_or_else(|| self.no_such(position, "no record begins there"))
    }

    /// Reads one group, or steps to the next segment. `None` when there is nothing more yet.
    fn step(
        &mut self,
        at: LogPosition,
        durable: Option<LogPosition>,
        records: &mut Vec<LogRecord>,
    ) -> Result<Option<LogPosition>, LogError> {
        let Some(number) = self.segment_number(at)? else { return Ok(None) };
        if !self.open_segment(number)? {
            return if at.offset == 0 { Ok(None) } else { Err(self.no_such(at, "the segment has no records")) };
        }
        let Some(current) = &self.current else { return Ok(None) };
        let file_end = current.file.len()?;
        let end = match (current.sealed_end, durable) {
            (Some(end), _) => end,
            (None, Some(d)) if d.segment == number => d.offset.min(file_end),
            (None, _) => file_end,
        };
        let here = LogPosition::new(number, at.offset);
        let offset = at.offset.max(HEADER_BYTES);
        if offset > end.max(HEADER_BYTES) {
            return Err(self.no_such(at, "the segment ends before it"));
        }
        if offset >= end {
            return self.at_end(here, durable);
        }
        let start = self.group_holding(LogPosition::new(number, offset), end)?;
        match self.take_group(start, offset, end, records)? {
            Group::Sound { end } => {
                self.group_border = LogPosition::new(number, end);
                Ok(Some(self.group_border))
            }
            Group::End => self.at_end(here, durable),
            Group::Bad { at, what } => self.at_bad(here, start, (at, what), durable),
        }
    }

    /// Segment 0 stands for the oldest one.
    fn segment_number(&self, at: LogPosition) -> Result<Option<u32>, LogError> {
        if at.segment > 0 {
            return Ok(Some(at.segment));
        }
        Ok(folder::list(&self.dir)?.first().map(|s| s.number))
    }

    /// Makes `current` the segment of this number; false when it has no records yet.
    fn open_segment(&mut self, number: u32) -> Result<bool, LogError> {
        if self.current.as_ref().is_some_and(|c| c.file.info.number == number) {
            return Ok(true);
        }
        self.current = None;
        let Some(info) = folder::find(&self.dir, number)? else {
            let later = folder::list(&self.dir)?.into_iter().any(|s| s.number > number);
            // The writer may have made this segment and the next since we looked.
            if later && folder::find(&self.dir, number)?.is_none() {
                return Err(LogError::MissingSegment { dir: self.dir.clone(), segment: number });
            }
            return Ok(false);
        };
        let Some(file) = SegmentFile::open(&self.dir, &info)? else { return Ok(false) };
        check_chain(&self.dir, &file)?;
        let sealed_end = match file.info.state {
            SegmentState::Sealed => Some(file.check_sealed()?.offset),
            SegmentState::Open => None,
        };
        self.current = Some(Current { file, sealed_end });
        Ok(true)
    }

    /// What follows the last group: the next segment, if this one is sealed.
    fn at_end(&mut self, here: LogPosition, durable: Option<LogPosition>) -> Result<Option<LogPosition>, LogError> {
        if self.reopen_if_sealed(here.segment)? {
            // Groups may have been added between our last look and the sealing.
            return Ok(Some(here));
        }
        let sealed = self.current.as_ref().is_some_and(|c| c.sealed_end.is_some());
        let next = LogPosition::new(here.segment + 1, 0);
        Ok((sealed && durable.is_none_or(|d| next <= d)).then_some(next))
    }

    /// Whether the open segment that we read has been sealed meanwhile; it is then checked as a whole.
    fn reopen_if_sealed(&mut self, number: u32) -> Result<bool, LogError> {
        let open = self.current.as_ref().is_some_and(|c| c.sealed_end.is_none());
        let sealed = folder::path_of(&self.dir, number, SegmentState::Sealed);
        if !open || !sealed.exists() {
            return Ok(false);
        }
        self.current = None;
        self.open_segment(number)
    }

    /// Bytes that are no sound group: damage where they were durable, else the end so far.
    fn at_bad(
        &mut self,
        here: LogPosition,
        start: u64,
        (at, what): (u64, &'static str),
        durable: Option<LogPosition>,
    ) -> Result<Option<LogPosition>, LogError> {
        if self.reopen_if_sealed(here.segment)? {
            return Ok(Some(here));
        }
        let Some(Current { file, sealed_end }) = &self.current else { return Ok(None) };
        let known_durable = sealed_end.is_some() || durable.is_some_and(|d| d > LogPosition::new(here.segment, start));
        if !known_durable && file.later_group(start + 1)?.is_none() {
            return Ok(None);
        }
        // The group may have been half written when we read it. Now that it is known to be durable, it must be sound.
        match file.group_at(start, file.len()?, |_, _| {})? {
            Group::Sound { end } if durable.is_some_and(|d| d < LogPosition::new(here.segment, end)) => Ok(None),
            Group::Sound { .. } => Ok(Some(here)),
            Group::Bad { .. } | Group::End => Err(file.damaged(at, what)),
        }
    }

    /// Start of the group that holds `at`.
    fn group_holding(&self, at: LogPosition, end: u64) -> Result<u64, LogError> {
        let Some(current) = &self.current else { return Ok(at.offset) };
        if self.group_border == at || current.file.group_header(at.offset)?.is_some() {
            return Ok(at.offset);
        }
        let mut start = HEADER_BYTES;
        loop {
            let Some(next) = current.file.group_end(start)? else { return Ok(start) };
            if next > at.offset || next >= end {
                return Ok(start);
            }
            start = next;
        }
    }

    /// Adds the records of the group at `start` that begin at or after `from`.
    fn take_group(&mut self, start: u64, from: u64, end: u64, records: &mut Vec<LogRecord>) -> Result<Group, LogError> {
        let Some(current) = &self.current else { return Ok(Group::End) };
        let number = current.file.info.number;
        let had = records.len();
        let names = &mut self.names;
        let mut begins = start == from;
        let group = current.file.group_at(start, end, |body, raw| {
            let position = LogPosition::new(number, start + (GROUP_HEADER_BYTES + raw.at) as u64);
            begins |= position.offset == from;
            if begins {
                records.push(LogRecord::new(position, body, raw, names));
            }
        })?;
        match group {
            Group::Sound { .. } if !begins => {
                Err(self.no_such(LogPosition::new(number, from), "no record begins there"))
            }
            Group::Sound { .. } => Ok(group),
            Group::Bad { .. } | Group::End => {
                records.truncate(had);
                Ok(group)
            }
        }
    }

    fn no_such(&self, position: LogPosition, what: &'static str) -> LogError {
        LogError::NoSuchPosition { dir: self.dir.clone(), position, what }
    }
}

impl LogRecord {
    fn new(position: LogPosition, body: &Bytes, raw: &RawRecord<'_>, names: &mut HashSet<Arc<str>>) -> Self {
        let source = shared_name(names, raw.source);
        Self { position, kind: raw.kind, source, received_us: raw.received_us, bytes: body.slice(raw.payload.clone()) }
    }
}

fn shared_name(names: &mut HashSet<Arc<str>>, name: &str) -> Arc<str> {
    if let Some(shared) = names.get(name) {
        return Arc::clone(shared);
    }
    if names.len() >= MAX_SHARED_NAMES {
        names.clear();
    }
    let shared: Arc<str> = Arc::from(name);
    names.insert(Arc::clone(&shared));
    shared
}

/// The records of a log, one by one; ends at the first error.
pub struct Records<'a> {
    reader: &'a mut LogReader,
    next: LogPosition,
    waiting: std::vec::IntoIter<LogRecord>,
    failed: bool,
}

impl Iterator for Records<'_> {
    type Item = Result<LogRecord, LogError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(record) = self.waiting.next() {
            return Some(Ok(record));
        }
        if self.failed {
            return None;
        }
        match self.reader.read_from(self.next, ITERATOR_BYTES, None) {
            Ok(batch) => {
                self.next = batch.next;
                self.waiting = batch.records.into_iter();
                self.waiting.next().map(Ok)
            }
            Err(e) => {
                self.failed = true;
                Some(Err(e))
            }
        }
    }
}
