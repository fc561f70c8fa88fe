//! Bank call files read into one set of calls: sorted, each different row once, with a summary for people.
//!
//! Nothing but the summary depends on which file a row stood in, on which line or in which order.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::clock::{self, Span};
use super::row::{CallKey, Fault, Fields, Names, Reason, Rejected, Row};
use crate::lines::{self, Line, ReadError};
use crate::unreadable;

/// Most rejected rows that the summary lists by file and line; the counts go on.
pub const MAX_LISTED: usize = 1_000;

/// A row of any kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Entry {
    /// A call.
    Call(Row),
    /// Something that is none.
    Rejected(Box<Rejected>),
}

impl Entry {
    /// What the call is, or would be, known by.
    #[must_use]
    pub fn key(&self) -> Option<&CallKey> {
        match self {
            Self::Call(row) => Some(&row.key),
            Self::Rejected(rejected) => rejected.key.as_ref(),
        }
    }

    /// The total order of entries: those without a key first, then by day, line and call, then by content.
    fn order(&self) -> impl Ord + '_ {
        let (seq, row, rejected) = match self {
            Self::Call(row) => (0, Some(row), None),
            Self::Rejected(rejected) => (rejected.seq_without_key, None, Some(rejected)),
        };
        (self.key(), seq, row, rejected)
    }
}

/// A rejected row and where it stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedAt {
    /// The file.
    pub file: PathBuf,
    /// The line in it, from 1.
    pub line: u64,
    /// Why.
    pub reason: Reason,
    /// What is wrong.
    pub detail: String,
}

/// What was read, for people. Counts are of rows as they stand in the files, except where said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows read, without header rows and blank lines.
    pub rows: u64,
    /// Different calls.
    pub calls: u64,
    /// Rows that stood there before, in this or another file, with the same content.
    pub repeated_rows: u64,
    /// Calls told of by several rows that differ; all are kept.
    pub conflicting_calls: u64,
    /// Rejected rows by reason; a row that is repeated counts each time.
    pub rejected: BTreeMap<&'static str, u64>,
    /// The first [`MAX_LISTED`] of them.
    pub rejected_at: Vec<RejectedAt>,
    /// Different rows whose caller hung up although a service is stated; the service is left out.
    pub hang_with_service: u64,
    /// Days with calls.
    pub days: u64,
    /// The first of them.
    pub first_date: Option<NaiveDate>,
    /// The last of them.
    pub last_date: Option<NaiveDate>,
}

/// A day that the files tell of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// Its date in local time.
    pub date: NaiveDate,
    /// The stretch that is complete with the day's calls: the local day, and on to the end of its last call.
    pub complete: Span,
}

/// The calls of some files.
#[derive(Debug, Clone)]
pub struct BankCalls {
    /// Every different row, in the order of entries.
    pub entries: Vec<Entry>,
    /// The days in order; a row that could not be read makes no day.
    pub days: Vec<Day>,
    /// The zone of the clocks.
    pub zone: Tz,
    /// What was read.
    pub summary: Summary,
}

/// Reads bank call files, plain or gzip.
///
/// # Errors
/// [`ReadError`] when a file cannot be read to its end. What stands in it never fails: it is rejected row by row.
pub fn read<P: AsRef<Path>>(files: &[P], zone: Tz) -> Result<BankCalls, ReadError> {
    let mut reader = Reader::default();
    for file in files {
        let file = file.as_ref();
        lines::for_each_line(file, |line| reader.take(file, &line))?;
    }
    Ok(reader.finish(zone))
}

#[derive(Default)]
struct Reader {
    names: Names,
    entries: Vec<Entry>,
    summary: Summary,
}

impl Reader {
    fn take(&mut self, file: &Path, line: &Line) {
        if line.is_blank() {
            return;
        }
        let entry = match self.row(line) {
            None => return,
            Some(Ok(row)) => Entry::Call(row),
            Some(Err(rejected)) => {
                self.note(file, line.number, &rejected);
                Entry::Rejected(rejected)
            }
        };
        self.summary.rows += 1;
        self.entries.push(entry);
    }

    /// The call on a line, what it is instead, or nothing if it is a header.
    fn row(&mut self, line: &Line) -> Option<Result<Row, Box<Rejected>>> {
        let fields = match whole(line).and_then(|()| Fields::cut(&line.bytes)) {
            Ok(fields) if fields.are_header() => return None,
            Ok(fields) => fields,
            Err(fault) => return Some(Err(rejected(line, fault, None, None))),
        };
        Some(fields.row(&mut self.names).map_err(|fault| {
            let key = fields.key(&mut self.names).ok();
            rejected(line, fault, key, fields.date().ok())
        }))
    }

    fn note(&mut self, file: &Path, line: u64, rejected: &Rejected) {
        *self.summary.rejected.entry(rejected.reason.as_str()).or_default() += 1;
        if self.summary.rejected_at.len() < MAX_LISTED {
            let (reason, detail) = (rejected.reason, rejected.detail.clone());
            self.summary.rejected_at.push(RejectedAt { file: file.to_owned(), line, reason, detail });
        }
    }

    fn finish(self, zone: Tz) -> BankCalls {
        let Self { mut entries, mut summary, .. } = self;
        entries.sort_unstable_by(|a, b| a.order().cmp(&b.order()));
        entries.dedup();
        entries.shrink_to_fit();
        summary.repeated_rows = summary.rows - entries.len() as u64;
        count_calls(&entries, &mut summary);
        let days = days(&entries, zone);
        summary.days = days.len() as u64;
        summary.first_date = days.first().map(|day| day.date);
        summary.last_date = days.last().map(|day| day.date);
        BankCalls { entries, days, zone, summary }
    }
}

fn whole(line: &Line) -> Result<(), Fault> {
    if line.len_bytes == line.bytes.len() as u64 {
        return Ok(());
    }
    Err(Fault { reason: Reason::UnreadableRow, detail: format!("the row has {} bytes", line.len_bytes) })
}

fn rejected(line: &Line, fault: Fault, key: Option<CallKey>, date: Option<NaiveDate>) -> Box<Rejected> {
    let seq_without_key = if key.is_some() { 0 } else { unreadable::seq(&line.hash()) };
    let Fault { reason, detail } = fault;
    Box::new(Rejected { key, seq_without_key, date, reason, input: line.bytes.clone(), detail })
}

fn count_calls(entries: &[Entry], summary: &mut Summary) {
    let mut previous = None;
    let mut rows_of_call = 0;
    for entry in entries {
        let Entry::Call(row) = entry else { continue };
        rows_of_call = if previous == Some(&row.key) { rows_of_call + 1 } else { 1 };
        previous = Some(&row.key);
        summary.calls += u64::from(rows_of_call == 1);
        summary.conflicting_calls += u64::from(rows_of_call == 2);
        summary.hang_with_service += u64::from(row.service_left_out);
    }
}

/// The days of all rows that could be read, also of those that are no calls for another reason.
fn days(entries: &[Entry], zone: Tz) -> Vec<Day> {
    let mut ends_us: BTreeMap<NaiveDate, i64> = BTreeMap::new();
    for entry in entries {
        let (date, end_us) = match entry {
            Entry::Call(row) => (row.key.date, clock::times(row, zone).end_us()),
            Entry::Rejected(rejected) => match (&rejected.key, rejected.reason) {
                (Some(key), Reason::Phantom | Reason::NegativeTime) => (key.date, i64::MIN),
                _ => continue,
            },
        };
        let latest = ends_us.entry(date).or_insert(i64::MIN);
        *latest = end_us.max(*latest);
    }
    let day = |(date, end_us): (NaiveDate, i64)| {
        let local = clock::local_day(zone, date);
        Day { date, complete: Span { end_us: local.end_us.max(end_us.saturating_add(1)), ..local } }
    };
    ends_us.into_iter().map(day).collect()
}
