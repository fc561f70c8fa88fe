//! Checks a log's folder as a whole, segment by segment, and reports all findings instead of stopping at the first.
//!
//! Changes nothing; does not hand out records.

use std::path::Path;

use super::error::LogError;
use super::folder::{self, SegmentInfo, SegmentState};
use super::format::SegmentSums;
use super::segment::{SegmentFile, check_chain};

/// What a check found in a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Every byte is as it was written.
    Sound,
    /// The last group is incomplete: it is being written, or its writer was killed. Nothing acknowledged is lost.
    TornTail {
        /// Where the sound groups end.
        offset: u64,
        /// Bytes after that.
        bytes: u64,
    },
    /// Bytes that were durable are not what was written.
    Damaged {
        /// Where, in bytes from the start of the file.
        offset: u64,
        /// What was found there.
        what: String,
    },
    /// The segment's file is not there.
    Missing,
}

/// One segment, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentReport {
    /// Number of the segment.
    pub number: u32,
    /// Whether it still grows.
    pub state: SegmentState,
    /// Length of the file in bytes.
    pub len_bytes: u64,
    /// Groups, records and sources; of a damaged segment they are empty.
    pub sums: SegmentSums,
    /// What was found.
    pub finding: Finding,
}

/// A log, checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Its segments, by number.
    pub segments: Vec<SegmentReport>,
}

impl VerifyReport {
    /// Whether nothing that was durable is lost. A torn tail never was.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.segments.iter().all(|s| matches!(s.finding, Finding::Sound | Finding::TornTail { .. }))
    }
}

/// Reads every byte of a log and checks it: checksums, hashes, the chain of segments.
///
/// # Errors
/// Those of the file system; damage is in the report.
pub fn verify(dir: &Path) -> Result<VerifyReport, LogError> {
    let listed = folder::list(dir)?;
    let mut report = VerifyReport::default();
    let (Some(first), Some(last)) = (listed.first(), listed.last()) else { return Ok(report) };
    for number in first.number..=last.number {
        let doubled = listed.iter().filter(|s| s.number == number).count() > 1;
        let segment = match folder::find(dir, number)? {
            None => missing(number),
            Some(info) if doubled || (info.state == SegmentState::Open && number < last.number) => out_of_order(&info),
            Some(info) => check_segment(dir, &info)?,
        };
        report.segments.push(segment);
    }
    Ok(report)
}

fn out_of_order(info: &SegmentInfo) -> SegmentReport {
    let what = "the segment is open though it was sealed, or another follows it".to_owned();
    let (sums, finding) = (SegmentSums::default(), Finding::Damaged { offset: 0, what });
    SegmentReport { number: info.number, state: info.state, len_bytes: info.len_bytes, sums, finding }
}

fn missing(number: u32) -> SegmentReport {
    let sums = SegmentSums::default();
    SegmentReport { number, state: SegmentState::Sealed, len_bytes: 0, sums, finding: Finding::Missing }
}

fn check_segment(dir: &Path, info: &SegmentInfo) -> Result<SegmentReport, LogError> {
    let (sums, finding) = match check(dir, info) {
        Ok(checked) => checked,
        Err(LogError::Damaged { offset, what, .. }) => (SegmentSums::default(), Finding::Damaged { offset, what }),
        Err(e) => return Err(e),
    };
    let now = folder::find(dir, info.number)?.filter(|now| now.state != info.state);
    match now {
        // It was sealed while we looked at it.
        Some(sealed) => check_segment(dir, &sealed),
        None => Ok(SegmentReport { number: info.number, state: info.state, len_bytes: info.len_bytes, sums, finding }),
    }
}

fn check(dir: &Path, info: &SegmentInfo) -> Result<(SegmentSums, Finding), LogError> {
    let Some(segment) = SegmentFile::open(dir, info)? else {
        return Ok((SegmentSums::default(), Finding::TornTail { offset: 0, bytes: info.len_bytes }));
    };
    check_chain(dir, &segment)?;
    if segment.info.state == SegmentState::Sealed {
        return Ok((segment.check_sealed()?.sums, Finding::Sound));
    }
    let walk = segment.walk_open()?;
    let finding = match walk.tail_bytes {
        0 => Finding::Sound,
        bytes => Finding::TornTail { offset: walk.end, bytes },
    };
    Ok((walk.sums, finding))
}
