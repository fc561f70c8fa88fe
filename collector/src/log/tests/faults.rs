//! Disks that refuse to write or to sync, and folders that belong to somebody else.

use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use super::super::disk::{AppendFile, Disk, RealDisk};
use super::*;

/// What is left before the disk fails; negative numbers never run out.
#[derive(Default)]
pub(crate) struct Budget {
    /// Bytes that can still be written.
    pub(crate) bytes: AtomicI64,
    /// Syncs that still succeed.
    pub(crate) syncs: AtomicI64,
    /// Appends that were tried.
    pub(crate) tries: AtomicU64,
    /// What was written once more: offset and length.
    pub(crate) rewritten: Mutex<Vec<(u64, usize)>>,
}

impl Budget {
    pub(crate) fn unlimited() -> Arc<Self> {
        let never = || AtomicI64::new(i64::MAX);
        Arc::new(Self { bytes: never(), syncs: never(), tries: AtomicU64::new(0), rewritten: Mutex::default() })
    }
}

pub(crate) struct FaultyDisk(pub(crate) Arc<Budget>);

struct FaultyFile {
    real: Box<dyn AppendFile>,
    budget: Arc<Budget>,
}

impl FaultyDisk {
    fn wrap(&self, real: Box<dyn AppendFile>) -> Box<dyn AppendFile> {
        Box::new(FaultyFile { real, budget: Arc::clone(&self.0) })
    }
}

impl AppendFile for FaultyFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.budget.tries.fetch_add(1, Ordering::SeqCst);
        let left = self.budget.bytes.fetch_sub(bytes.len() as i64, Ordering::SeqCst);
        if left >= bytes.len() as i64 {
            return self.real.append(bytes);
        }
        self.budget.bytes.fetch_add(bytes.len() as i64, Ordering::SeqCst);
        self.real.append(&bytes[..usize::try_from(left).unwrap_or(0)])?;
        Err(io::Error::from(io::ErrorKind::StorageFull))
    }

    fn sync(&mut self) -> io::Result<()> {
        if self.budget.syncs.fetch_sub(1, Ordering::SeqCst) > 0 {
            self.real.sync()
        } else {
            Err(io::Error::other("EIO"))
        }
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        self.real.cut(len)
    }
}

impl Disk for FaultyDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn AppendFile>> {
        RealDisk.create(path).map(|f| self.wrap(f))
    }

    fn reopen(&self, path: &Path, len: u64) -> io::Result<Box<dyn AppendFile>> {
        RealDisk.reopen(path, len).map(|f| self.wrap(f))
    }

    fn rewrite(&self, path: &Path, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.rewritten.lock().expect("no panic").push((offset, bytes.len()));
        RealDisk.rewrite(path, offset, bytes)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealDisk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove(path)
    }

    fn sync_folder(&self, dir: &Path) -> io::Result<()> {
        RealDisk.sync_folder(dir)
    }
}

/// A writer on a disk that fails as the budget says.
pub(crate) fn faulty(dir: &Path, settings: LogSettings) -> (LogWriter, Arc<Budget>) {
    let budget = Budget::unlimited();
    let disk = Box::new(FaultyDisk(Arc::clone(&budget)));
    (LogWriter::open_on(disk, dir, &identity(), settings).expect("opens").0, budget)
}

#[test]
fn a_failed_sync_poisons_the_writer_for_good() {
    let dir = tempfile::tempdir().expect("a folder");
    let groups = some_groups(3);
    let (mut writer, budget) = faulty(dir.path(), LogSettings::default());
    writer.append_group(&groups[0]).expect("appends");
    let end = writer.durable_end();
    budget.syncs.store(0, Ordering::SeqCst);
    assert!(matches!(writer.append_group(&groups[1]), Err(LogError::Poisoned { .. })));
    budget.syncs.store(i64::MAX, Ordering::SeqCst);
    let tries = budget.tries.load(Ordering::SeqCst);
    assert!(matches!(writer.append_group(&groups[2]), Err(LogError::Poisoned { .. })));
    assert!(matches!(writer.seal(), Err(LogError::Poisoned { .. })));
    assert_eq!(budget.tries.load(Ordering::SeqCst), tries, "a poisoned writer writes nothing more");
    assert_eq!(writer.durable_end(), end);
}

#[test]
fn a_full_disk_takes_nothing_back_that_was_durable_and_the_same_group_fits_later() {
    let groups = some_groups(4);
    for room in (0..200).step_by(3) {
        let dir = tempfile::tempdir().expect("a folder");
        let (mut writer, budget) = faulty(dir.path(), LogSettings::default());
        writer.append_group(&groups[2]).expect("appends");
        budget.bytes.store(room, Ordering::SeqCst);
        match writer.append_group(&groups[3]) {
            Ok(_) => {}
            Err(e) => {
                assert!(e.is_retryable(), "room {room}: {e}");
                assert_eq!(read_all(dir.path()).0, groups[2], "room {room}");
                budget.bytes.store(i64::MAX, Ordering::SeqCst);
                writer.append_group(&groups[3]).expect("there is room again");
            }
        }
        assert_eq!(read_all(dir.path()).0, groups[2..4].concat(), "room {room}");
    }
}

#[test]
fn a_disk_that_fills_up_while_a_segment_is_sealed_or_made_loses_nothing() {
    let groups = some_groups(12);
    for room in (0..3_000).step_by(83) {
        let dir = tempfile::tempdir().expect("a folder");
        let (mut writer, budget) = faulty(dir.path(), small_segments(500));
        budget.bytes.store(room, Ordering::SeqCst);
        for group in &groups {
            if let Err(e) = writer.append_group(group) {
                assert!(e.is_retryable(), "room {room}: {e}");
                budget.bytes.store(i64::MAX, Ordering::SeqCst);
                writer.append_group(group).expect("there is room again");
            }
        }
        if let Err(e) = writer.seal() {
            assert!(e.is_retryable(), "room {room}: {e}");
            budget.bytes.store(i64::MAX, Ordering::SeqCst);
            writer.seal().expect("there is room again");
        }
        let (read, error) = read_all(dir.path());
        assert!(error.is_none() && read == groups.concat(), "room {room}: {error:?}");
    }
}

#[test]
fn a_second_writer_and_another_collector_are_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let (mut writer, _) = open(dir.path(), LogSettings::default());
    writer.append_group(&some_groups(1)[0]).expect("appends");
    let second = LogWriter::open(dir.path(), &identity(), LogSettings::default());
    assert!(matches!(second, Err(LogError::Locked { .. })));
    drop(writer);
    let other = LogIdentity::new("c2", 0);
    let second = LogWriter::open(dir.path(), &other, LogSettings::default());
    assert!(matches!(second, Err(LogError::OtherCollector { .. })));
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error_that_names_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("file");
    std::fs::write(&file, "in the way").expect("written");
    let opened = LogWriter::open(&file.join("log"), &identity(), LogSettings::default());
    let error = opened.err().expect("refused").to_string();
    assert!(error.contains("file/log") || error.contains("file"), "{error}");
}

#[test]
fn records_and_groups_over_the_limits_are_refused_before_anything_is_written() {
    let dir = tempfile::tempdir().expect("a folder");
    let (mut writer, _) = open(dir.path(), LogSettings::default());
    let long = draft(RecordKind::Event, "s", 0, &vec![0; format::MAX_PAYLOAD_BYTES + 1]);
    let name = event(&"n".repeat(256), 0, "");
    let many = vec![event("s", 0, ""); format::MAX_GROUP_RECORDS + 1];
    let heavy = vec![draft(RecordKind::Event, "s", 0, &vec![0; format::MAX_PAYLOAD_BYTES]); 8];
    for group in [vec![long], vec![name], many, heavy] {
        assert!(matches!(writer.append_group(&group), Err(LogError::TooLarge { .. })));
    }
    assert_eq!(writer.durable_end(), LogPosition::new(1, 0));
    let largest = draft(RecordKind::Event, "s", 0, &vec![7; format::MAX_PAYLOAD_BYTES]);
    writer.append_group(std::slice::from_ref(&largest)).expect("fits");
    assert_eq!(read_all(dir.path()).0, [largest]);
}

#[test]
fn a_group_whose_sync_failed_is_written_again_before_anyone_may_rely_on_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let groups = some_groups(2);
    let (mut writer, budget) = faulty(dir.path(), LogSettings::default());
    let end = writer.append_group(&groups[0]).expect("appends");
    budget.syncs.store(0, Ordering::SeqCst);
    assert!(writer.append_group(&groups[1]).is_err());
    drop(writer);
    let (writer, budget) = faulty(dir.path(), LogSettings::default());
    let len = (writer.durable_end().offset - end.offset) as usize;
    assert!(len > 0);
    assert_eq!(*budget.rewritten.lock().expect("no panic"), [(end.offset, len)]);
    assert_eq!(read_all(dir.path()).0, groups.concat());
}
