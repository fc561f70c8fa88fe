//! What a writer finds when it opens a log: the chain of sealed segments, and where the open one really ends.
//!
//! Cuts a torn tail and says so; refuses damage. Does not append.

use std::path::Path;

use super::disk::{AppendFile, Disk};
use super::error::LogError;
use super::folder::{self, SegmentInfo, SegmentState};
use super::format::{Hash, Header, SegmentSums};
use super::segment::{SegmentFile, Walk, check_chain};
use super::writer::LogIdentity;

/// Bytes at the end of a log that were being written when its writer died. None of them was acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TornTail {
    /// Number of the segment.
    pub segment: u32,
    /// Where it was cut: the new length of the file in bytes.
    pub offset: u64,
    /// How many bytes were cut.
    pub bytes: u64,
}

/// What opening a log for writing found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Number of segments that were there.
    pub segments: usize,
    /// The torn tail that was cut, if there was one.
    pub torn_tail: Option<TornTail>,
}

/// A segment that goes on.
pub(crate) struct OpenSegment {
    pub(crate) header: Header,
    pub(crate) file: Box<dyn AppendFile>,
    /// Bytes of the file that are durable.
    pub(crate) len: u64,
    pub(crate) content: blake3::Hasher,
    pub(crate) sums: SegmentSums,
}

/// Where a writer goes on.
pub(crate) struct Found {
    pub(crate) recovery: Recovery,
    pub(crate) log_id: [u8; 16],
    /// Number of the next segment to be made.
    pub(crate) next: u32,
    /// Hash of the last sealed segment's footer.
    pub(crate) previous: Hash,
    pub(crate) open: Option<OpenSegment>,
}

/// Looks a log through and makes its end durable.
pub(crate) fn recover(dir: &Path, identity: &LogIdentity, disk: &dyn Disk) -> Result<Found, LogError> {
    let segments = folder::list(dir)?;
    folder::check_order(dir, &segments)?;
    let recovery = Recovery { segments: segments.len(), torn_tail: None };
    let mut found = Found { recovery, log_id: identity.new_log_id, next: 1, previous: Hash::default(), open: None };
    for info in &segments {
        found.next = info.number;
        match (SegmentFile::open(dir, info)?, info.state) {
            (None, _) => found.recovery.torn_tail = torn_header(info),
            (Some(segment), SegmentState::Sealed) => {
                check_identity(dir, identity, &segment)?;
                take_sealed(dir, &segment, &mut found)?;
            }
            (Some(segment), SegmentState::Open) => {
                check_identity(dir, identity, &segment)?;
                take_open(dir, disk, segment, &mut found)?;
            }
        }
    }
    Ok(found)
}

fn torn_header(info: &SegmentInfo) -> Option<TornTail> {
    let torn = TornTail { segment: info.number, offset: 0, bytes: info.len_bytes };
    (info.len_bytes > 0).then_some(torn)
}

fn check_identity(dir: &Path, identity: &LogIdentity, segment: &SegmentFile) -> Result<(), LogError> {
    if segment.header.collector == identity.collector {
        return Ok(());
    }
    Err(LogError::OtherCollector {
        dir: dir.to_owned(),
        found: segment.header.collector.clone(),
        expected: identity.collector.clone(),
    })
}

fn take_sealed(dir: &Path, segment: &SegmentFile, found: &mut Found) -> Result<(), LogError> {
    check_chain(dir, segment)?;
    let Some((_, hash)) = segment.footer()? else {
        // The full check names the place; it cannot succeed where the footer is not sound.
        segment.check_sealed()?;
        return Err(segment.damaged(0, "the footer is not sound"));
    };
    found.log_id = segment.header.log_id;
    found.previous = hash;
    found.next = segment.header.segment + 1;
    Ok(())
}

fn take_open(dir: &Path, disk: &dyn Disk, segment: SegmentFile, found: &mut Found) -> Result<(), LogError> {
    check_chain(dir, &segment)?;
    let walk = segment.walk_open()?;
    let footer = segment.footer()?.filter(|(footer, _)| footer.offset == walk.end);
    if footer.is_some() {
        finish_seal(dir, disk, &segment, walk.end)?;
        return take_sealed(dir, &segment, found);
    }
    found.log_id = segment.header.log_id;
    found.recovery.torn_tail = (walk.tail_bytes > 0).then_some(TornTail {
        segment: segment.header.segment,
        offset: walk.end,
        bytes: walk.tail_bytes,
    });
    found.open = Some(go_on(disk, segment, walk)?);
    Ok(())
}

/// The writer died between making the footer durable and renaming the file.
fn finish_seal(dir: &Path, disk: &dyn Disk, segment: &SegmentFile, footer_at: u64) -> Result<(), LogError> {
    let path = &segment.info.path;
    let sealed = folder::path_of(dir, segment.header.segment, SegmentState::Sealed);
    make_durable(disk, segment, footer_at, segment.len()?)?;
    disk.rename(path, &sealed).map_err(LogError::io("renaming", path))?;
    disk.sync_folder(dir).map_err(LogError::io("syncing the folder", dir))
}

/// Cuts the tail and makes the rest durable.
fn go_on(disk: &dyn Disk, segment: SegmentFile, walk: Walk) -> Result<OpenSegment, LogError> {
    let path = &segment.info.path;
    make_durable(disk, &segment, walk.last, walk.end)?;
    let mut file = disk.reopen(path, walk.end).map_err(LogError::io("opening", path))?;
    file.sync().map_err(LogError::io("syncing", path))?;
    let content = segment.hash_to(walk.end)?;
    Ok(OpenSegment { header: segment.header, file, len: walk.end, content, sums: walk.sums })
}

/// Writes once more what was written last. It may be in memory only: if its sync failed, the system takes it for
/// written, and another sync would do nothing. What came before it is durable, else it would not have been written.
fn make_durable(disk: &dyn Disk, segment: &SegmentFile, from: u64, to: u64) -> Result<(), LogError> {
    let path = &segment.info.path;
    let bytes = segment.read(from, (to - from) as usize)?;
    let bytes = bytes.ok_or_else(|| segment.damaged(from, "the file shrinks while it is read"))?;
    disk.rewrite(path, from, &bytes).map_err(LogError::io("writing", path))
}
