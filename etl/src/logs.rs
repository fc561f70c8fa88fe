//! Logs as extract reads them: where each was left, and what its records are as events.
//!
//! Knows the collector's reader and record kinds; not what is done with an event.

use std::path::PathBuf;
use std::sync::Arc;

use buffa::Message as _;
use callmart_collector::log::{LogPosition, LogReader, LogRecord, RecordKind};
use callmart_schema::control::CONTROL;
use callmart_schema::manifest::LogPlace;
use callmart_schema::session::{Batch, Heartbeat, Stop};
use tokio::sync::watch;

use crate::coverage;
use crate::error::EtlError;
use crate::stored::{Place, Stored, Texts};

/// Bytes that are read from a log at a time.
const READ_BYTES: usize = 1 << 19;

/// A log that is to be read.
#[derive(Debug)]
pub struct LogToFollow {
    /// Name, the same wherever the log is read.
    pub name: String,
    /// Its folder.
    pub dir: PathBuf,
    /// Up to where it is durable, while a collector in this process writes it.
    pub durable: Option<watch::Receiver<LogPosition>>,
}

impl LogToFollow {
    /// Reads the log to its end and keeps nothing of it.
    pub(crate) fn read_through(&self) -> Result<(), EtlError> {
        let failed = |cause| EtlError::Log { log: self.name.clone(), cause };
        let mut reader = LogReader::open(&self.dir).map_err(failed)?;
        reader.records(LogPosition::START).try_for_each(|record| record.map(drop)).map_err(failed)
    }
}

/// A log that is being read.
pub(crate) struct Tail {
    pub(crate) name: Arc<str>,
    reader: LogReader,
    /// Where reading goes on.
    pub(crate) position: LogPlace,
    durable: Option<watch::Receiver<LogPosition>>,
    /// Whether the last reading gave anything.
    pub(crate) has_more: bool,
    /// Whether the last reading gave as much as a reading can: there is much to catch up.
    pub(crate) is_behind: bool,
    /// Time of the last event that was read, microseconds since 1970-01-01 UTC.
    pub(crate) last_us: i64,
}

impl Tail {
    /// Opens a log to read it from `position` on.
    pub(crate) fn open(log: LogToFollow, position: LogPlace) -> Result<Self, EtlError> {
        let failed = |cause| EtlError::Log { log: log.name.clone(), cause };
        Ok(Self {
            reader: LogReader::open(&log.dir).map_err(failed)?,
            name: log.name.as_str().into(),
            position,
            durable: log.durable,
            has_more: true,
            is_behind: false,
            last_us: i64::MIN,
        })
    }

    /// Whether this is the log of what operators decide.
    pub(crate) fn is_control(&self) -> bool {
        &*self.name == CONTROL
    }

    /// Whether a collector in this process tells when there is more. Nobody waits for an operator's decisions by the moment.
    pub(crate) fn is_live(&self) -> bool {
        self.is_control() || self.durable.as_ref().is_some_and(|durable| durable.has_changed().is_ok())
    }

    /// Waits until there is more than was read; for ever when nobody tells.
    pub(crate) async fn grown(&mut self) {
        let told = match &mut self.durable {
            Some(durable) => durable.changed().await.is_ok(),
            None => false,
        };
        if !told {
            std::future::pending::<()>().await;
        }
    }

    /// The next records, and the position behind them as [`Self::position`]; none when there are no more yet.
    pub(crate) fn read(&mut self) -> Result<Vec<LogRecord>, EtlError> {
        let from = LogPosition::new(u32::try_from(self.position.segment).unwrap_or(u32::MAX), self.position.offset);
        let durable = self.durable.as_mut().map(|d| *d.borrow_and_update());
        let failed = |cause| EtlError::Log { log: self.name.to_string(), cause };
        let batch = self.reader.read_from(from, READ_BYTES, durable).map_err(failed)?;
        self.position = LogPlace { segment: u64::from(batch.next.segment), offset: batch.next.offset };
        self.has_more = !batch.records.is_empty();
        self.is_behind = batch.records.iter().map(|r| r.bytes.len()).sum::<usize>() > READ_BYTES / 2;
        Ok(batch.records)
    }
}

/// A record as an event, or as a record of a session; none for records that extract has no use for.
pub(crate) fn stored(texts: &mut Texts, log: &Arc<str>, record: &LogRecord) -> Option<Stored> {
    let place = Place { log: log.clone(), segment: u64::from(record.position.segment), offset: record.position.offset };
    let (source, bytes, received_us) = (&*record.source, &*record.bytes, Some(record.received_us));
    let kind = match record.kind {
        RecordKind::Event => return Some(Stored { received_us, ..Stored::from_record(texts, source, bytes, place) }),
        RecordKind::Violation => {
            return Some(Stored { received_us, ..Stored::from_violation(texts, source, bytes, place) });
        }
        RecordKind::Disconnect => return None,
        RecordKind::Connect => coverage::CONNECT,
        RecordKind::Batch => coverage::BATCH,
        RecordKind::Heartbeat => coverage::HEARTBEAT,
        RecordKind::Stop => coverage::STOP,
    };
    // Source time where the record tells it, so that the archive's days do not depend on when a collector ran.
    let time_us = match record.kind {
        RecordKind::Heartbeat => Heartbeat::decode_from_slice(bytes).map_or(0, |b| b.time_us),
        RecordKind::Stop => Stop::decode_from_slice(bytes).map_or(0, |s| s.time_us),
        RecordKind::Batch => Batch::decode_from_slice(bytes).map_or(0, |b| end_us(&b)),
        _ => 0,
    };
    Some(Stored { received_us, ..Stored::from_session(texts, source, kind, time_us, bytes, place) })
}

/// End of what a batch covers; 0 when it covers nothing.
fn end_us(batch: &Batch) -> i64 {
    batch.covers.iter().map(|covers| covers.to_us).max().unwrap_or_default()
}
