//! One segment's file as it is read: group by group, and as a whole against its footer.
//!
//! Tells sound bytes from bad ones; what bad bytes mean (a torn tail, damage) is the callers' business.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::error::LogError;
use super::folder::{self, SegmentInfo, SegmentState};
use super::format::{
    self, FOOTER_TAIL_BYTES, Footer, GROUP_HEADER_BYTES, GROUP_MAGIC, GroupHeader, HEADER_BYTES, Hash, Header,
    RawRecord, SegmentSums,
};

/// Bytes read at once when a file is searched or hashed.
const CHUNK_BYTES: usize = 1 << 20;

/// A segment that is open for reading, its header read.
pub(crate) struct SegmentFile {
    pub(crate) info: SegmentInfo,
    pub(crate) header: Header,
    dir: PathBuf,
    file: File,
    seed: u32,
}

/// What stands at an offset.
pub(crate) enum Group {
    /// A sound group that ends at `end`.
    Sound { end: u64 },
    /// Bytes that are no sound group; `at` is where the first bad thing begins.
    Bad { at: u64, what: &'static str },
    /// Nothing: the offset is the end.
    End,
}

/// How the walk over an open segment's groups ended.
pub(crate) struct Walk {
    /// End of the last sound group.
    pub(crate) end: u64,
    /// Start of the last sound group; 0 when there is none and so the header is what was written last.
    pub(crate) last: u64,
    pub(crate) sums: SegmentSums,
    /// Bytes after the last sound group that no later group proves to have been durable.
    pub(crate) tail_bytes: u64,
}

impl SegmentFile {
    /// Opens a segment and reads its header; `None` for an open segment whose header is not complete yet.
    pub(crate) fn open(dir: &Path, info: &SegmentInfo) -> Result<Option<Self>, LogError> {
        let (info, file) = open_file(dir, info)?;
        let mut first = Vec::with_capacity(HEADER_BYTES as usize);
        let mut limited = (&file).take(HEADER_BYTES);
        limited.read_to_end(&mut first).map_err(LogError::io("reading", &info.path))?;
        let damaged = |what| LogError::Damaged { dir: dir.to_owned(), segment: info.number, offset: 0, what };
        let header = match Header::decode(&first) {
            Ok(header) if header.segment == info.number => header,
            Ok(header) => return Err(damaged(format!("the header says segment {}", header.segment))),
            // The header is durable before the first group is written, so a lone torn header lost nothing.
            Err(_) if info.state == SegmentState::Open && info.len_bytes <= HEADER_BYTES => return Ok(None),
            Err(what) => return Err(damaged(what)),
        };
        let seed = header.seed();
        Ok(Some(Self { info, header, dir: dir.to_owned(), file, seed }))
    }

    pub(crate) fn damaged(&self, offset: u64, what: impl Into<String>) -> LogError {
        LogError::Damaged { dir: self.dir.clone(), segment: self.info.number, offset, what: what.into() }
    }

    /// Length of the file in bytes, now.
    pub(crate) fn len(&self) -> Result<u64, LogError> {
        Ok(self.file.metadata().map_err(self.failed())?.len())
    }

    /// Reads the group at `offset` of a segment that ends at `end`, and shows each record with the body that holds it.
    /// Records may have been shown before a bad one is found.
    pub(crate) fn group_at(
        &self,
        offset: u64,
        end: u64,
        mut visit: impl FnMut(&Bytes, &RawRecord<'_>),
    ) -> Result<Group, LogError> {
        if offset == end {
            return Ok(Group::End);
        }
        let bad = |at, what| Ok(Group::Bad { at, what });
        let Some(header) = self.group_header(offset)? else { return bad(offset, "there is no sound group") };
        let body_at = offset + GROUP_HEADER_BYTES as u64;
        if end < body_at || header.body_bytes > end - body_at {
            return bad(offset, "a group is longer than its segment");
        }
        let Some(body) = self.read(body_at, header.body_bytes as usize)? else {
            return bad(offset, "a group is longer than its segment");
        };
        let body = Bytes::from(body);
        let mut at = 0;
        for _ in 0..header.records {
            match format::decode_record(&body, at, self.seed) {
                Ok((record, next)) => {
                    visit(&body, &record);
                    at = next;
                }
                Err(what) => return bad(body_at + at as u64, what),
            }
        }
        if at != body.len() {
            return bad(body_at + at as u64, "a group holds more than its records");
        }
        Ok(Group::Sound { end: body_at + header.body_bytes })
    }

    /// The group header at `offset`, if there is a sound one.
    pub(crate) fn group_header(&self, offset: u64) -> Result<Option<GroupHeader>, LogError> {
        let bytes = self.read(offset, GROUP_HEADER_BYTES)?;
        Ok(bytes.and_then(|b| GroupHeader::decode(&b, offset, self.seed)))
    }

    /// End of the group whose sound header stands at `offset`.
    pub(crate) fn group_end(&self, offset: u64) -> Result<Option<u64>, LogError> {
        let header = self.group_header(offset)?;
        Ok(header.map(|h| offset + GROUP_HEADER_BYTES as u64 + h.body_bytes))
    }

    /// Offset of the first sound group header at or after `from`.
    pub(crate) fn later_group(&self, mut from: u64) -> Result<Option<u64>, LogError> {
        loop {
            let chunk = self.read_up_to(from, CHUNK_BYTES)?;
            let starts = chunk.windows(GROUP_MAGIC.len()).enumerate().filter(|(_, w)| w == GROUP_MAGIC);
            for (i, _) in starts {
                let at = from + i as u64;
                if self.group_header(at)?.is_some() {
                    return Ok(Some(at));
                }
            }
            if chunk.len() < CHUNK_BYTES {
                return Ok(None);
            }
            from += (CHUNK_BYTES - GROUP_MAGIC.len() + 1) as u64;
        }
    }

    /// Walks over the groups of an open segment. Bytes that a later group proves to have been durable must be sound.
    pub(crate) fn walk_open(&self) -> Result<Walk, LogError> {
        let mut len = self.len()?;
        let mut sums = SegmentSums::default();
        let (mut end, mut last) = (HEADER_BYTES, 0);
        let mut looked_again = false;
        loop {
            let mut group = SegmentSums::default();
            match self.group_at(end, len, |_, r| group.add_record(r.source, r.received_us))? {
                Group::End => return Ok(Walk { end, last, sums, tail_bytes: 0 }),
                Group::Bad { at, what } => match self.later_group(end + 1)? {
                    None => return Ok(Walk { end, last, sums, tail_bytes: len - end }),
                    Some(later) if looked_again => {
                        return Err(self.damaged(at, format!("{what}, though byte {later} proves it was durable")));
                    }
                    // A writer at work may have finished the group since we read it.
                    Some(_) => (looked_again, len) = (true, self.len()?),
                },
                Group::Sound { end: next } => {
                    sums.add_group(&group);
                    (last, end, looked_again) = (end, next, false);
                }
            }
        }
    }

    /// The sound footer at the end of the file, if there is one.
    pub(crate) fn footer(&self) -> Result<Option<(Footer, Hash)>, LogError> {
        let len = self.len()?;
        let Some(tail_at) = len.checked_sub(FOOTER_TAIL_BYTES as u64) else { return Ok(None) };
        let Some(tail) = self.read(tail_at, FOOTER_TAIL_BYTES)? else { return Ok(None) };
        let Some(footer_len) = format::footer_len(&tail) else { return Ok(None) };
        let Some(offset) = len.checked_sub(footer_len as u64) else { return Ok(None) };
        let Some(bytes) = self.read(offset, footer_len)? else { return Ok(None) };
        let footer = Footer::decode(&bytes, offset, self.seed);
        Ok(footer.map(|footer| (footer, *blake3::hash(&bytes).as_bytes())))
    }

    /// Checks every byte of a sealed segment against its footer.
    ///
    /// # Errors
    /// [`LogError::Damaged`] with the place of the first thing that is wrong.
    pub(crate) fn check_sealed(&self) -> Result<Footer, LogError> {
        let Some((footer, _)) = self.footer()? else {
            return Err(self.first_damage(self.len()?, "the footer is cut off")?);
        };
        if self.hash_to(footer.offset)?.finalize() != footer.content {
            return Err(self.first_damage(footer.offset, "the hash in the footer is of other bytes")?);
        }
        Ok(footer)
    }

    /// Hash of the first `end` bytes, ready to go on.
    pub(crate) fn hash_to(&self, end: u64) -> Result<blake3::Hasher, LogError> {
        let mut hasher = blake3::Hasher::new();
        let mut at = 0;
        while at < end {
            let want = CHUNK_BYTES.min((end - at) as usize);
            let Some(bytes) = self.read(at, want)? else { break };
            hasher.update(&bytes);
            at += want as u64;
        }
        Ok(hasher)
    }

    /// The error for the first bad group before `end`, or else for `end` itself.
    fn first_damage(&self, end: u64, otherwise: &'static str) -> Result<LogError, LogError> {
        let mut offset = HEADER_BYTES;
        loop {
            match self.group_at(offset, end, |_, _| {})? {
                Group::Sound { end: next } => offset = next,
                Group::Bad { at, what } => return Ok(self.damaged(at, what)),
                Group::End => return Ok(self.damaged(offset, otherwise)),
            }
        }
    }

    /// Exactly `len` bytes from `offset`, or `None` when the file ends before.
    pub(crate) fn read(&self, offset: u64, len: usize) -> Result<Option<Vec<u8>>, LogError> {
        let mut bytes = vec![0; len];
        let mut file = &self.file;
        let read = file.seek(SeekFrom::Start(offset)).and_then(|_| file.read_exact(&mut bytes));
        match read {
            Ok(()) => Ok(Some(bytes)),
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(e) => Err(self.failed()(e)),
        }
    }

    fn read_up_to(&self, offset: u64, len: usize) -> Result<Vec<u8>, LogError> {
        let mut bytes = Vec::with_capacity(len);
        let mut file = &self.file;
        file.seek(SeekFrom::Start(offset)).map_err(self.failed())?;
        file.take(len as u64).read_to_end(&mut bytes).map_err(self.failed())?;
        Ok(bytes)
    }

    fn failed(&self) -> impl FnOnce(io::Error) -> LogError {
        LogError::io("reading", &self.info.path)
    }
}

/// Opens a segment's file, under its other name if it was sealed meanwhile.
fn open_file(dir: &Path, info: &SegmentInfo) -> Result<(SegmentInfo, File), LogError> {
    let mut info = info.clone();
    let mut file = File::open(&info.path);
    if info.state == SegmentState::Open && file.as_ref().is_err_and(|e| e.kind() == io::ErrorKind::NotFound) {
        info.state = SegmentState::Sealed;
        info.path = folder::path_of(dir, info.number, info.state);
        file = File::open(&info.path);
    }
    let file = file.map_err(LogError::io("opening", &info.path))?;
    info.len_bytes = file.metadata().map_err(LogError::io("reading", &info.path))?.len();
    Ok((info, file))
}

/// Checks that a segment is of the same log as the one before it, and follows it.
///
/// # Errors
/// [`LogError::Damaged`] when the chain is broken. A segment whose predecessor was removed by age is taken as it is.
pub(crate) fn check_chain(dir: &Path, segment: &SegmentFile) -> Result<(), LogError> {
    let broken = || segment.damaged(0, "the header does not name the segment before it; a segment was exchanged");
    let Some(before) = segment.header.segment.checked_sub(1).filter(|n| *n > 0) else {
        return if segment.header.previous == Hash::default() { Ok(()) } else { Err(broken()) };
    };
    let Some(info) = folder::find(dir, before)? else { return Ok(()) };
    let before = SegmentFile::open(dir, &info)?.ok_or_else(broken)?;
    let Some((_, hash)) = before.footer()? else {
        return Err(before.first_damage(before.len()?, "the footer is cut off")?);
    };
    if hash == segment.header.previous { Ok(()) } else { Err(broken()) }
}
