//! The few things a writer asks of a disk, behind a seam, so that tests can let a write or a sync fail.
//!
//! Knows nothing of segments.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::Path;

/// A file that is appended to.
pub(crate) trait AppendFile: Send {
    /// Writes all bytes at the end of the file.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Makes all that was written durable.
    fn sync(&mut self) -> io::Result<()>;
    /// Cuts the file to `len` bytes and goes on from there.
    fn cut(&mut self, len: u64) -> io::Result<()>;
}

/// Where files are made, renamed and removed.
pub(crate) trait Disk: Send {
    /// A new file, empty even when there was one.
    fn create(&self, path: &Path) -> io::Result<Box<dyn AppendFile>>;
    /// A file that is there, to be appended to after `len` bytes; what follows them is cut.
    fn reopen(&self, path: &Path, len: u64) -> io::Result<Box<dyn AppendFile>>;
    /// Writes bytes over what stands at `offset`, and makes them durable.
    fn rewrite(&self, path: &Path, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// Gives a file another name in the same folder.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes the names in a folder durable.
    fn sync_folder(&self, dir: &Path) -> io::Result<()>;
}

/// The disk of the machine.
pub(crate) struct RealDisk;

struct RealFile(File);

impl AppendFile for RealFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        self.0.set_len(len)?;
        self.0.seek(SeekFrom::Start(len)).map(drop)
    }
}

impl Disk for RealDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn AppendFile>> {
        Ok(Box::new(RealFile(File::create(path)?)))
    }

    fn reopen(&self, path: &Path, len: u64) -> io::Result<Box<dyn AppendFile>> {
        let mut file = RealFile(OpenOptions::new().write(true).open(path)?);
        file.cut(len)?;
        Ok(Box::new(file))
    }

    fn rewrite(&self, path: &Path, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).open(path)?;
        file.seek(SeekFrom::Start(offset))?;
        file.write_all(bytes)?;
        file.sync_data()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_folder(&self, dir: &Path) -> io::Result<()> {
        File::open(dir)?.sync_all()
    }
}
