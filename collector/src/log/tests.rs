//! Tests of the log on real files, and what they share.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use super::*;

mod commit;
mod damage;
pub(crate) mod faults;
mod golden;
mod reading;

const COLLECTOR: &str = "c1";

fn identity() -> LogIdentity {
    LogIdentity { collector: COLLECTOR.to_owned(), new_log_id: *b"0123456789abcdef" }
}

fn open(dir: &Path, settings: LogSettings) -> (LogWriter, Recovery) {
    LogWriter::open(dir, &identity(), settings).expect("opens")
}

fn small_segments(segment_bytes: u64) -> LogSettings {
    LogSettings { segment_bytes, ..LogSettings::default() }
}

fn draft(kind: RecordKind, source: &str, received_us: i64, bytes: &[u8]) -> RecordDraft {
    RecordDraft { kind, source: Arc::from(source), received_us, bytes: Bytes::copy_from_slice(bytes) }
}

fn event(source: &str, received_us: i64, text: &str) -> RecordDraft {
    draft(RecordKind::Event, source, received_us, text.as_bytes())
}

/// `groups` groups of a few records each, all different.
fn some_groups(groups: usize) -> Vec<Vec<RecordDraft>> {
    let group = |g: usize| {
        (0..1 + g % 3)
            .map(move |r| event(["a/IPport", "a/TCport"][r % 2], (g * 10 + r) as i64, &format!("event {g} {r}")))
    };
    (0..groups).map(|g| group(g).collect()).collect()
}

fn append_all(writer: &mut LogWriter, groups: &[Vec<RecordDraft>]) {
    for group in groups {
        writer.append_group(group).expect("appends");
    }
}

/// Everything that a reader gets, and the error it ends with.
fn read_all(dir: &Path) -> (Vec<RecordDraft>, Option<LogError>) {
    let mut reader = LogReader::open(dir).expect("a folder");
    let mut read = Vec::new();
    for record in reader.records(LogPosition::START) {
        match record {
            Ok(r) => {
                read.push(RecordDraft { kind: r.kind, source: r.source, received_us: r.received_us, bytes: r.bytes });
            }
            Err(e) => return (read, Some(e)),
        }
    }
    (read, None)
}

/// Copies the segments of a log, so that a test can break them.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for segment in list(from).expect("a log") {
        let name = segment.path.file_name().expect("a name");
        std::fs::copy(&segment.path, to.join(name)).expect("copied");
    }
}

/// Whether `read` is the records of the first n groups, for some n.
fn is_prefix_of_whole_groups(read: &[RecordDraft], groups: &[Vec<RecordDraft>]) -> bool {
    (0..=groups.len()).any(|n| groups[..n].concat() == read)
}
