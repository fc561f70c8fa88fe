//! The names in a log's folder: which segments there are, which is open, and who may write.
//!
//! Does not read what is in a segment.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::error::LogError;

const LOCK_FILE: &str = "log.lock";
const SEALED_SUFFIX: &str = ".seg";
const OPEN_SUFFIX: &str = ".open.seg";

/// Whether a segment still grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SegmentState {
    /// It has its footer and never changes again.
    Sealed,
    /// It is being appended to, or its writer was killed.
    Open,
}

/// A segment's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentInfo {
    /// Number of the segment.
    pub number: u32,
    /// Whether it still grows.
    pub state: SegmentState,
    /// The file.
    pub path: PathBuf,
    /// Length of the file in bytes.
    pub len_bytes: u64,
}

/// The segments of a log, by number. Other files in the folder are left out.
///
/// # Errors
/// [`LogError::Io`] when the folder cannot be read.
pub fn list(dir: &Path) -> Result<Vec<SegmentInfo>, LogError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).map_err(LogError::io("reading the folder", dir))? {
        let entry = entry.map_err(LogError::io("reading the folder", dir))?;
        let Some((number, state)) = entry.file_name().to_str().and_then(parse_name) else { continue };
        match entry.metadata() {
            Ok(meta) => found.push(SegmentInfo { number, state, path: entry.path(), len_bytes: meta.len() }),
            // It was sealed, and so renamed, since the folder was read: it stands under its other name.
            Err(e) if e.kind() == io::ErrorKind::NotFound => found.extend(find(dir, number)?),
            Err(e) => return Err(LogError::io("reading", &entry.path())(e)),
        }
    }
    found.sort_by_key(|s| (s.number, s.state));
    found.dedup_by_key(|s| (s.number, s.state));
    Ok(found)
}

/// The segment of this number, whether sealed or open. A segment that is being sealed meanwhile is found too.
pub(crate) fn find(dir: &Path, number: u32) -> Result<Option<SegmentInfo>, LogError> {
    for state in [SegmentState::Sealed, SegmentState::Open, SegmentState::Sealed] {
        let path = path_of(dir, number, state);
        match fs::metadata(&path) {
            Ok(meta) => return Ok(Some(SegmentInfo { number, state, path, len_bytes: meta.len() })),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(LogError::io("reading", &path)(e)),
        }
    }
    Ok(None)
}

/// Refuses a list with a segment missing between others, twice there, or open though a later one exists.
pub(crate) fn check_order(dir: &Path, segments: &[SegmentInfo]) -> Result<(), LogError> {
    for pair in segments.windows(2) {
        let [before, after] = pair else { continue };
        if before.state == SegmentState::Open || before.number == after.number {
            let what = "the segment is open though another follows it".to_owned();
            return Err(LogError::Damaged { dir: dir.to_owned(), segment: before.number, offset: 0, what });
        }
        if after.number != before.number + 1 {
            return Err(LogError::MissingSegment { dir: dir.to_owned(), segment: before.number + 1 });
        }
    }
    Ok(())
}

/// The file of a segment.
pub(crate) fn path_of(dir: &Path, number: u32, state: SegmentState) -> PathBuf {
    let suffix = match state {
        SegmentState::Sealed => SEALED_SUFFIX,
        SegmentState::Open => OPEN_SUFFIX,
    };
    dir.join(format!("{number:08}{suffix}"))
}

/// Makes the folder if need be, and holds it for one writer as long as the returned file lives.
pub(crate) fn lock(dir: &Path) -> Result<File, LogError> {
    if !dir.is_dir() {
        fs::create_dir_all(dir).map_err(LogError::io("creating the folder", dir))?;
        let parent = dir.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
        File::open(parent).and_then(|p| p.sync_all()).map_err(LogError::io("syncing the folder", parent))?;
    }
    let path = dir.join(LOCK_FILE);
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(LogError::io("opening", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(LogError::Locked { dir: dir.to_owned() }),
        Err(TryLockError::Error(e)) => Err(LogError::io("locking", &path)(e)),
    }
}

fn parse_name(name: &str) -> Option<(u32, SegmentState)> {
    let (digits, state) = match name.strip_suffix(OPEN_SUFFIX) {
        Some(digits) => (digits, SegmentState::Open),
        None => (name.strip_suffix(SEALED_SUFFIX)?, SegmentState::Sealed),
    };
    let well_formed = digits.len() >= 8 && digits.bytes().all(|b| b.is_ascii_digit());
    let number: u32 = if well_formed { digits.parse().ok()? } else { return None };
    (number > 0 && format!("{number:08}") == digits).then_some((number, state))
}
