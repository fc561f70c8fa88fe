//! Up to where each stream is durable: what a hello says, and how it is found again from the log.
//!
//! The file `resume.json` beside the segments only spares reading the log from its beginning; it is never believed
//! against the log.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use buffa::Message as _;
use callmart_schema::session::{Batch, Position, Welcome};
use serde::{Deserialize, Serialize};

use crate::log::{LogError, LogPosition, LogReader, LogRecord, RecordKind};

/// Most streams that a hello names, the newest of all. A stream beyond them begins anew, and readers drop the repeats.
pub(crate) const MAX_STREAMS: usize = 1_000;

const FILE: &str = "resume.json";
const READ_BYTES: usize = 4 << 20;

/// Up to where one stream of one source is durable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct StreamPoint {
    source: String,
    stream: String,
    offset: u64,
}

/// Up to where each stream is durable, the one heard last at the end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ResumePoints(Vec<StreamPoint>);

impl ResumePoints {
    /// Everything of the stream up to `offset` is durable.
    pub(crate) fn note(&mut self, source: &str, stream: &str, offset: u64) {
        let found = self.0.iter().rposition(|p| p.stream == stream && p.source == source);
        let point = match found {
            Some(at) => StreamPoint { offset, ..self.0.remove(at) },
            None => StreamPoint { source: source.to_owned(), stream: stream.to_owned(), offset },
        };
        self.0.push(point);
        let beyond = self.0.len().saturating_sub(MAX_STREAMS);
        self.0.drain(..beyond);
    }

    /// The offset up to which a stream is durable, if it is known.
    pub(crate) fn offset(&self, source: &str, stream: &str) -> Option<u64> {
        self.0.iter().rfind(|p| p.stream == stream && p.source == source).map(|p| p.offset)
    }

    /// The points as a hello says them. A source knows its own streams by their names.
    pub(crate) fn positions(&self) -> Vec<Position> {
        let position = |p: &StreamPoint| Position { stream: p.stream.clone(), offset: p.offset, ..Position::default() };
        self.0.iter().map(position).collect()
    }
}

/// What a log says about its streams up to a position.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResumeScan {
    log_id: [u8; 16],
    upto: LogPosition,
    pub(crate) points: ResumePoints,
    /// The stream that each source is sending.
    streams: BTreeMap<String, String>,
}

impl ResumeScan {
    /// A scan that has read nothing yet.
    pub(crate) fn new(log_id: [u8; 16]) -> Self {
        Self { log_id, ..Self::default() }
    }

    /// The scan that was saved in the log's folder, if it is whole, of this log, and not beyond its end.
    pub(crate) fn load(dir: &Path, log_id: [u8; 16], end: LogPosition) -> Option<Self> {
        let text = fs::read_to_string(dir.join(FILE)).ok()?;
        let (crc, json) = text.split_once('\n')?;
        let whole = u32::from_str_radix(crc, 16).ok()? == crc32c::crc32c(json.as_bytes());
        let scan: Self = if whole { serde_json::from_str(json).ok()? } else { return None };
        (scan.log_id == log_id && scan.upto <= end).then_some(scan)
    }

    /// Removes a saved scan.
    ///
    /// # Errors
    /// When there is one and it stays.
    pub(crate) fn forget(dir: &Path) -> Result<(), LogError> {
        let path = dir.join(FILE);
        match fs::remove_file(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(LogError::io("removing", &path)(e)),
            _ => Ok(()),
        }
    }

    /// Saves the scan in the log's folder.
    pub(crate) fn save(&self, dir: &Path) -> io::Result<()> {
        let json = serde_json::to_string(self).map_err(io::Error::other)?;
        let (path, new) = (dir.join(FILE), dir.join("resume.json.new"));
        let mut file = File::create(&new)?;
        file.write_all(format!("{:08x}\n{json}", crc32c::crc32c(json.as_bytes())).as_bytes())?;
        file.sync_all()?;
        fs::rename(new, path)
    }

    /// Reads on to the end of what is durable.
    ///
    /// # Errors
    /// Those of the reader: a log that cannot be read cannot say where to resume.
    pub(crate) fn advance(&mut self, dir: &Path, durable: LogPosition) -> Result<(), LogError> {
        let mut reader = LogReader::open(dir)?;
        loop {
            let batch = reader.read_from(self.upto, READ_BYTES, Some(durable))?;
            batch.records.iter().for_each(|r| self.take(r));
            self.upto = batch.next;
            if batch.records.is_empty() {
                return Ok(());
            }
        }
    }

    fn take(&mut self, record: &LogRecord) {
        let source: &str = &record.source;
        match record.kind {
            RecordKind::Connect => {
                let Ok(welcome) = Welcome::decode_from_slice(&record.bytes) else { return unreadable(record) };
                self.streams.insert(source.to_owned(), welcome.stream);
            }
            RecordKind::Batch => {
                let Ok(batch) = Batch::decode_from_slice(&record.bytes) else { return unreadable(record) };
                // A batch of a log of before says no stream: then it is that of the last connect, if that is still there.
                let of_connect = self.streams.get(source).map(String::as_str);
                let said = Some(batch.stream.as_str()).filter(|stream| !stream.is_empty());
                let Some(stream) = said.or(of_connect) else { return };
                self.points.note(source, stream, batch.to_offset);
            }
            _ => {}
        }
    }
}

fn unreadable(record: &LogRecord) {
    tracing::warn!(position = %record.position, kind = %record.kind, "a record of a newer version; its stream may be sent again");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_streams_are_kept_and_the_one_heard_last_comes_last() {
        let mut points = ResumePoints::default();
        for n in 0..MAX_STREAMS as u64 + 5 {
            points.note("s", &format!("file{n}"), n);
        }
        points.note("s", "file7", 70);
        let positions = points.positions();
        assert_eq!(positions.len(), MAX_STREAMS);
        assert_eq!(positions.last().map(|p| (p.stream.as_str(), p.offset)), Some(("file7", 70)));
        assert_eq!((points.offset("s", "file4"), points.offset("s", "file5")), (None, Some(5)));
        assert_eq!(points.offset("another", "file7"), None);
    }

    #[test]
    fn a_saved_scan_is_believed_only_if_it_is_whole_of_this_log_and_not_beyond_its_end() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut scan = ResumeScan::new([7; 16]);
        scan.points.note("s", "stream", 1_234);
        scan.upto = LogPosition::new(3, 500);
        scan.save(dir.path()).expect("saved");
        let end = LogPosition::new(3, 500);
        assert_eq!(ResumeScan::load(dir.path(), [7; 16], end), Some(scan));
        assert_eq!(ResumeScan::load(dir.path(), [8; 16], end), None);
        assert_eq!(ResumeScan::load(dir.path(), [7; 16], LogPosition::new(3, 499)), None);
        let path = dir.path().join(FILE);
        let text = std::fs::read_to_string(&path).expect("there").replace("1234", "9234");
        std::fs::write(&path, text).expect("written");
        assert_eq!(ResumeScan::load(dir.path(), [7; 16], end), None);
    }
}
