//! Files as lines: plain or gzip by content, one line at a time, of bounded length.
//!
//! Does not know what a line means.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

/// Most bytes of a line that are kept in memory; of a longer one the beginning, its length and its hash.
pub const KEPT_LINE_BYTES: usize = 1 << 20;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";
const READ_BUFFER_BYTES: usize = 256 << 10;

/// Why a file could not be read to its end.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {path}: {cause}; check that the file is there, readable and complete")]
pub struct ReadError {
    /// The file.
    pub path: PathBuf,
    /// What the system or the decompressor said.
    pub cause: io::Error,
}

/// One line of a file, without its end.
#[derive(Debug)]
pub struct Line {
    /// Number of the line, from 1.
    pub number: u64,
    /// The bytes, at most [`KEPT_LINE_BYTES`] of them.
    pub bytes: Vec<u8>,
    /// Length of the whole line in bytes, without its end.
    pub len_bytes: u64,
    overlong_hash: Option<blake3::Hash>,
}

impl Line {
    /// Hash of the whole line, also of what was not kept.
    #[must_use]
    pub fn hash(&self) -> blake3::Hash {
        self.overlong_hash.unwrap_or_else(|| blake3::hash(&self.bytes))
    }

    /// Whether there is nothing but blanks on it.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.overlong_hash.is_none() && self.bytes.iter().all(u8::is_ascii_whitespace)
    }
}

/// Calls `each` with every line of the file, in order.
///
/// # Errors
/// [`ReadError`] when the file cannot be opened, or breaks off in its compression.
pub fn for_each_line(path: &Path, mut each: impl FnMut(Line)) -> Result<(), ReadError> {
    let failed = |cause| ReadError { path: path.to_owned(), cause };
    let mut input = open(path).map_err(failed)?;
    for number in 1.. {
        match next_line(&mut *input, number).map_err(failed)? {
            Some(line) => each(line),
            None => break,
        }
    }
    Ok(())
}

fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    let mut plain = BufReader::with_capacity(READ_BUFFER_BYTES, File::open(path)?);
    let zipped = plain.fill_buf()?.starts_with(&GZIP_MAGIC);
    let mut input: Box<dyn BufRead> = if zipped {
        Box::new(BufReader::with_capacity(READ_BUFFER_BYTES, MultiGzDecoder::new(plain)))
    } else {
        Box::new(plain)
    };
    if input.fill_buf()?.starts_with(UTF8_MARK) {
        input.consume(UTF8_MARK.len());
    }
    Ok(input)
}

fn next_line(input: &mut dyn BufRead, number: u64) -> io::Result<Option<Line>> {
    let mut bytes = Vec::new();
    // Room for the line's end, so that a line of exactly the limit is whole.
    let read = input.take(KEPT_LINE_BYTES as u64 + 2).read_until(b'\n', &mut bytes)?;
    if read == 0 {
        return Ok(None);
    }
    if read < KEPT_LINE_BYTES + 2 || bytes.ends_with(b"\n") {
        trim_line_end(&mut bytes);
        let len_bytes = bytes.len() as u64;
        return Ok(Some(Line { number, bytes, len_bytes, overlong_hash: None }));
    }
    overlong(input, number, bytes).map(Some)
}

/// Reads on to the line's end without keeping it.
fn overlong(input: &mut dyn BufRead, number: u64, mut bytes: Vec<u8>) -> io::Result<Line> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&bytes);
    let mut len_bytes = bytes.len() as u64;
    bytes.truncate(KEPT_LINE_BYTES);
    loop {
        let mut more = Vec::new();
        let read = input.take(READ_BUFFER_BYTES as u64).read_until(b'\n', &mut more)?;
        let ended = read == 0 || more.ends_with(b"\n");
        if ended {
            trim_line_end(&mut more);
        }
        hasher.update(&more);
        len_bytes += more.len() as u64;
        if ended {
            return Ok(Line { number, bytes, len_bytes, overlong_hash: Some(hasher.finalize()) });
        }
    }
}

fn trim_line_end(bytes: &mut Vec<u8>) {
    while matches!(bytes.last(), Some(b'\n' | b'\r')) {
        bytes.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn lines_of(content: &[u8]) -> Vec<(u64, Vec<u8>, u64)> {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(content).expect("written");
        let mut lines = Vec::new();
        for_each_line(file.path(), |l| lines.push((l.number, l.bytes, l.len_bytes))).expect("read");
        lines
    }

    fn zipped(content: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(content).expect("written");
        encoder.finish().expect("finished")
    }

    #[test]
    fn plain_and_gzip_files_with_either_line_end_give_the_same_lines() {
        let expected = lines_of(b"a\nb\n\nc");
        assert_eq!(expected.len(), 4);
        assert_eq!(lines_of(b"\xef\xbb\xbfa\r\nb\r\n\r\nc\r\n"), expected);
        assert_eq!(lines_of(&zipped(b"a\nb\n\nc\n")), expected);
        assert_eq!(lines_of(&[zipped(b"a\nb\n"), zipped(b"\nc\n")].concat()), expected);
    }

    #[test]
    fn a_line_over_the_limit_keeps_its_beginning_its_length_and_its_number() {
        let long = vec![b'x'; KEPT_LINE_BYTES * 2 + 7];
        let lines = lines_of(&[b"a\n", long.as_slice(), b"\r\nb\n"].concat());
        let shape: Vec<_> = lines.iter().map(|(n, bytes, len)| (*n, bytes.len(), *len)).collect();
        assert_eq!(shape, [(1, 1, 1), (2, KEPT_LINE_BYTES, long.len() as u64), (3, 1, 1)]);
    }

    #[test]
    fn a_file_that_is_missing_or_cut_in_its_compression_is_an_error_that_names_it() {
        let gone = for_each_line(Path::new("/nonexistent/calls.tsv"), |_| ()).expect_err("no such file");
        assert!(gone.to_string().contains("/nonexistent/calls.tsv"), "{gone}");
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        let whole = zipped(&[b'x'; 5_000]);
        file.write_all(&whole[..whole.len() - 6]).expect("written");
        assert!(for_each_line(file.path(), |_| ()).is_err());
    }
}
