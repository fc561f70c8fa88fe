//! The bytes of a segment, version 1. Encodes and decodes; does not open files, nor know what a group's bytes mean.
//!
//! All numbers are little-endian. CRC is CRC32C. A segment is a header, groups, and, once sealed, a footer.
//!
//! ```text
//! header (256 bytes)                                    group header (28 bytes)
//!  0   8  "CMLOGSEG"                                     0   4  "CMGR"
//!  8   2  format version: 1                              4   8  durable length before: this header's own file offset
//! 10   2  n: length of the collector's name             12   8  length of the body in bytes
//! 12  16  log id                                        20   4  number of records in the body, at least 1
//! 28   4  segment number, from 1                        24   4  CRC of the 24 bytes before, from the segment's seed
//! 32  32  BLAKE3 of the previous segment's footer,      28      body: records
//!         zeros in segment 1
//! 64 188  collector's name, UTF-8, n bytes and zeros
//! 252  4  CRC of all bytes before
//!
//! record                                                footer, of length f
//!  0   4  m: length of what follows the CRC              0   4  "CMFT"
//!  4   4  CRC of m and of what follows, from the seed    4   8  this footer's own file offset
//!  8   1  kind                                          12   8  number of groups
//!  9   8  receive time, microseconds since 1970 UTC     20   8  number of records
//! 17   1  s: length of the source's name                28   4  number of sources
//! 18   s  source's name, UTF-8                          32      per source, in order of name: name length (1 byte),
//! 18+s    the bytes as received                                 name, first and last receive time (8 + 8), records (8)
//!                                                       f-40 32 BLAKE3 of all bytes before the footer
//!                                                       f-8   4 f
//!                                                       f-4   4 CRC of the footer before it, from the seed
//! ```
//!
//! The seed is the CRC of log id and segment number, so bytes of another log or segment, left over on the disk, are never
//! taken for this one's. A group header names its own offset: a valid one anywhere proves that all before it was durable.
//! The footer holds the hash of its segment, and the next header the hash of the footer: the segments form a chain.

use std::collections::BTreeMap;
use std::ops::Range;

use super::record::{RecordDraft, RecordKind};

/// Version of the format that this build writes and reads.
pub const FORMAT_VERSION: u16 = 1;
/// Longest name of a collector, in bytes.
pub const MAX_NAME_BYTES: usize = 188;
/// Longest name of a source, in bytes.
pub const MAX_SOURCE_BYTES: usize = 255;
/// Most bytes that one record keeps: a session frame always fits.
pub const MAX_PAYLOAD_BYTES: usize = 4 << 20;
/// Most bytes in the body of one group; a reader holds one group in memory.
pub const MAX_GROUP_BYTES: usize = 32 << 20;
/// Most records in one group.
pub const MAX_GROUP_RECORDS: usize = 1 << 16;
/// Most sources in one segment before it is sealed.
pub const MAX_SEGMENT_SOURCES: usize = 1 << 10;

/// Length of a segment's header in bytes, always the same: a shorter file is known to hold no group.
pub(crate) const HEADER_BYTES: u64 = (HEADER_FIXED_BYTES + MAX_NAME_BYTES + CRC_BYTES) as u64;
/// Length of a group's header in bytes.
pub(crate) const GROUP_HEADER_BYTES: usize = 28;
/// Last bytes of a footer, which hold its length and CRC.
pub(crate) const FOOTER_TAIL_BYTES: usize = 8;
/// Longest footer that is read: the sources of a full segment and of one more group.
pub(crate) const MAX_FOOTER_BYTES: usize = (MAX_SEGMENT_SOURCES + MAX_GROUP_RECORDS) * (SPAN_BYTES + 255) + 128;
/// First bytes of a group.
pub(crate) const GROUP_MAGIC: &[u8; 4] = b"CMGR";

const SEGMENT_MAGIC: &[u8; 8] = b"CMLOGSEG";
const FOOTER_MAGIC: &[u8; 4] = b"CMFT";
const HEADER_FIXED_BYTES: usize = 64;
const CRC_BYTES: usize = 4;
const HASH_BYTES: usize = 32;
const FOOTER_FIXED_BYTES: usize = 32;
const SPAN_BYTES: usize = 25;
const RECORD_PREFIX_BYTES: usize = 8;
const RECORD_FIXED_BYTES: usize = 10;

/// A hash of BLAKE3.
pub(crate) type Hash = [u8; HASH_BYTES];

/// The first bytes of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) log_id: [u8; 16],
    pub(crate) segment: u32,
    pub(crate) previous: Hash,
    pub(crate) collector: String,
}

impl Header {
    /// What every CRC of groups, records and footer in this segment begins with.
    pub(crate) fn seed(&self) -> u32 {
        crc32c::crc32c_append(crc32c::crc32c(&self.log_id), &self.segment.to_le_bytes())
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER_BYTES as usize);
        out.extend_from_slice(SEGMENT_MAGIC);
        out.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        out.extend_from_slice(&(self.collector.len() as u16).to_le_bytes());
        out.extend_from_slice(&self.log_id);
        out.extend_from_slice(&self.segment.to_le_bytes());
        out.extend_from_slice(&self.previous);
        out.extend_from_slice(self.collector.as_bytes());
        out.resize(HEADER_FIXED_BYTES + MAX_NAME_BYTES, 0);
        let crc = crc32c::crc32c(&out);
        out.extend_from_slice(&crc.to_le_bytes());
        out
    }

    /// Reads a header from the first bytes of a file; says what is wrong with them otherwise.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, String> {
        let mut fields = Fields::new(bytes);
        if fields.array() != Some(*SEGMENT_MAGIC) {
            return Err("the file does not begin as a segment".to_owned());
        }
        let short = || "the header is cut off".to_owned();
        let version = fields.u16().ok_or_else(short)?;
        let name_len = fields.u16().ok_or_else(short)?;
        let log_id = fields.array().ok_or_else(short)?;
        let segment = fields.u32().ok_or_else(short)?;
        let previous = fields.array().ok_or_else(short)?;
        let name = fields.take(MAX_NAME_BYTES).ok_or_else(short)?;
        let checked = bytes.get(..fields.read_bytes()).ok_or_else(short)?;
        if fields.u32().ok_or_else(short)? != crc32c::crc32c(checked) {
            return Err("the checksum of the header is wrong".to_owned());
        }
        if version != FORMAT_VERSION {
            return Err(format!("format version {version} is not {FORMAT_VERSION}; use a newer callmart"));
        }
        let name = name.get(..usize::from(name_len)).and_then(|n| std::str::from_utf8(n).ok());
        let collector = name.ok_or("the collector's name is no UTF-8")?.to_owned();
        Ok(Self { log_id, segment, previous, collector })
    }
}

/// The first bytes of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GroupHeader {
    pub(crate) body_bytes: u64,
    pub(crate) records: u32,
}

impl GroupHeader {
    pub(crate) fn encode(self, offset: u64, seed: u32) -> [u8; GROUP_HEADER_BYTES] {
        let mut out = [0; GROUP_HEADER_BYTES];
        out[..4].copy_from_slice(GROUP_MAGIC);
        out[4..12].copy_from_slice(&offset.to_le_bytes());
        out[12..20].copy_from_slice(&self.body_bytes.to_le_bytes());
        out[20..24].copy_from_slice(&self.records.to_le_bytes());
        let crc = crc32c::crc32c_append(seed, &out[..24]);
        out[24..].copy_from_slice(&crc.to_le_bytes());
        out
    }

    /// The header, if `bytes` are one that stands at `offset`.
    pub(crate) fn decode(bytes: &[u8], offset: u64, seed: u32) -> Option<Self> {
        let mut fields = Fields::new(bytes);
        let checked = bytes.get(..GROUP_HEADER_BYTES - CRC_BYTES)?;
        let (magic, at) = (fields.array()?, fields.u64()?);
        let (body_bytes, records, crc) = (fields.u64()?, fields.u32()?, fields.u32()?);
        let sound = magic == *GROUP_MAGIC && at == offset && crc == crc32c::crc32c_append(seed, checked);
        (sound && body_bytes <= MAX_GROUP_BYTES as u64).then_some(Self { body_bytes, records })
    }
}

/// Length in bytes of a record with this source and payload.
pub(crate) fn record_len(draft: &RecordDraft) -> usize {
    RECORD_PREFIX_BYTES + RECORD_FIXED_BYTES + draft.source.len() + draft.bytes.len()
}

/// Appends a record to a group's body. The caller has checked the limits.
pub(crate) fn encode_record(out: &mut Vec<u8>, draft: &RecordDraft, seed: u32) {
    let start = out.len();
    let len = (record_len(draft) - RECORD_PREFIX_BYTES) as u32;
    out.extend_from_slice(&len.to_le_bytes());
    out.extend_from_slice(&[0; CRC_BYTES]);
    out.push(draft.kind.code());
    out.extend_from_slice(&draft.received_us.to_le_bytes());
    out.push(draft.source.len() as u8);
    out.extend_from_slice(draft.source.as_bytes());
    out.extend_from_slice(&draft.bytes);
    let crc = crc32c::crc32c_append(crc32c::crc32c_append(seed, &len.to_le_bytes()), &out[start + 8..]);
    out[start + 4..start + 8].copy_from_slice(&crc.to_le_bytes());
}

/// A record within a group's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawRecord<'a> {
    /// Bytes from the start of the body.
    pub(crate) at: usize,
    pub(crate) kind: RecordKind,
    pub(crate) received_us: i64,
    pub(crate) source: &'a str,
    /// Where the payload stands in the body.
    pub(crate) payload: Range<usize>,
}

/// Reads the record that begins `at` bytes into a body; the second value is where the next one begins.
pub(crate) fn decode_record(body: &[u8], at: usize, seed: u32) -> Result<(RawRecord<'_>, usize), &'static str> {
    const SHORT: &str = "a record is longer than its group";
    let mut fields = Fields::new(body.get(at..).ok_or(SHORT)?);
    let len = fields.u32().ok_or(SHORT)?;
    let crc = fields.u32().ok_or(SHORT)?;
    let rest = fields.take(len as usize).ok_or(SHORT)?;
    if crc != crc32c::crc32c_append(crc32c::crc32c_append(seed, &len.to_le_bytes()), rest) {
        return Err("the checksum of a record is wrong");
    }
    let end = at + RECORD_PREFIX_BYTES + rest.len();
    let mut fields = Fields::new(rest);
    let kind = fields.u8().ok_or(SHORT)?;
    let received_us = fields.u64().ok_or(SHORT)?.cast_signed();
    let source_len = fields.u8().ok_or(SHORT)?;
    let source = fields.take(usize::from(source_len)).ok_or(SHORT)?;
    let kind = RecordKind::from_code(kind).ok_or("a record is of no kind that this version knows")?;
    let source = std::str::from_utf8(source).map_err(|_| "a source's name is no UTF-8")?;
    let payload = end - (rest.len() - fields.read_bytes())..end;
    Ok((RawRecord { at, kind, received_us, source, payload }, end))
}

/// What a segment holds of one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceSpan {
    /// Earliest receive time, microseconds since 1970-01-01 UTC by the collector's clock.
    pub first_received_us: i64,
    /// Latest receive time.
    pub last_received_us: i64,
    /// Number of records.
    pub records: u64,
}

/// Sums of a segment that its footer keeps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SegmentSums {
    /// Number of groups.
    pub groups: u64,
    /// Number of records.
    pub records: u64,
    /// Per source, by name.
    pub sources: BTreeMap<String, SourceSpan>,
}

impl SegmentSums {
    /// Adds one sound group.
    pub(crate) fn add_group(&mut self, group: &Self) {
        self.groups += 1;
        self.records += group.records;
        for (name, added) in &group.sources {
            let Some(span) = self.sources.get_mut(name) else {
                self.sources.insert(name.clone(), *added);
                continue;
            };
            span.first_received_us = span.first_received_us.min(added.first_received_us);
            span.last_received_us = span.last_received_us.max(added.last_received_us);
            span.records += added.records;
        }
    }

    pub(crate) fn add_record(&mut self, source: &str, received_us: i64) {
        self.records += 1;
        if let Some(span) = self.sources.get_mut(source) {
            span.first_received_us = span.first_received_us.min(received_us);
            span.last_received_us = span.last_received_us.max(received_us);
            span.records += 1;
        } else {
            let span = SourceSpan { first_received_us: received_us, last_received_us: received_us, records: 1 };
            self.sources.insert(source.to_owned(), span);
        }
    }
}

/// The last bytes of a sealed segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Footer {
    pub(crate) offset: u64,
    pub(crate) sums: SegmentSums,
    pub(crate) content: Hash,
}

impl Footer {
    pub(crate) fn encode(&self, seed: u32) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend_from_slice(FOOTER_MAGIC);
        out.extend_from_slice(&self.offset.to_le_bytes());
        out.extend_from_slice(&self.sums.groups.to_le_bytes());
        out.extend_from_slice(&self.sums.records.to_le_bytes());
        out.extend_from_slice(&(self.sums.sources.len() as u32).to_le_bytes());
        for (name, span) in &self.sums.sources {
            out.push(name.len() as u8);
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(&span.first_received_us.to_le_bytes());
            out.extend_from_slice(&span.last_received_us.to_le_bytes());
            out.extend_from_slice(&span.records.to_le_bytes());
        }
        out.extend_from_slice(&self.content);
        let len = (out.len() + FOOTER_TAIL_BYTES) as u32;
        out.extend_from_slice(&len.to_le_bytes());
        let crc = crc32c::crc32c_append(seed, &out);
        out.extend_from_slice(&crc.to_le_bytes());
        out
    }

    /// The footer, if `bytes` are exactly one that stands at `offset`.
    pub(crate) fn decode(bytes: &[u8], offset: u64, seed: u32) -> Option<Self> {
        let checked = bytes.get(..bytes.len().checked_sub(CRC_BYTES)?)?;
        if footer_len(bytes)? != bytes.len()
            || crc32c::crc32c_append(seed, checked).to_le_bytes() != bytes[checked.len()..]
        {
            return None;
        }
        let mut fields = Fields::new(checked);
        if fields.array()? != *FOOTER_MAGIC || fields.u64()? != offset {
            return None;
        }
        let mut sums = SegmentSums { groups: fields.u64()?, records: fields.u64()?, ..SegmentSums::default() };
        for _ in 0..fields.u32()? {
            let (name, span) = fields.source_span()?;
            sums.sources.insert(name, span);
        }
        Some(Self { offset, sums, content: fields.array()? })
    }
}

/// Length of the footer that ends with these bytes, as it says itself.
pub(crate) fn footer_len(tail: &[u8]) -> Option<usize> {
    let at = tail.len().checked_sub(FOOTER_TAIL_BYTES)?;
    let len = Fields::new(tail.get(at..)?).u32()? as usize;
    (FOOTER_FIXED_BYTES + HASH_BYTES + FOOTER_TAIL_BYTES..=MAX_FOOTER_BYTES).contains(&len).then_some(len)
}

/// Reads fields one after the other, and never past the end.
struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn read_bytes(&self) -> usize {
        self.at
    }

    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(len)?)?;
        self.at += len;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_le_bytes)
    }

    fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn source_span(&mut self) -> Option<(String, SourceSpan)> {
        let len = self.u8()?;
        let name = String::from_utf8(self.take(usize::from(len))?.to_vec()).ok()?;
        let span = SourceSpan {
            first_received_us: self.u64()?.cast_signed(),
            last_received_us: self.u64()?.cast_signed(),
            records: self.u64()?,
        };
        Some((name, span))
    }
}
