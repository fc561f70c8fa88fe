//! The data folder: where it is, what lies where in it, and who may write.
//!
//! Does not know what the files in it hold.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use callmart_schema::control::CONTROL;

use crate::failure::wrong_input;

/// Name of the file that the writing command locks.
const LOCK_FILE: &str = "callmart.lock";
/// How often a lock that another process has is looked at again, and how long in between: a process that is killed just when
/// it starts a program gives the lock back when that program begins.
const LOCK_LOOKS: u32 = 50;
const LOCK_LOOK_EVERY: Duration = Duration::from_millis(10);

/// A data folder that exists.
#[derive(Debug, Clone)]
pub(crate) struct DataFolder {
    path: PathBuf,
}

/// The right to write in a data folder, until it is dropped. The system takes it back from a process that dies.
#[derive(Debug)]
pub(crate) struct WriterLock {
    _file: File,
}

impl DataFolder {
    /// A folder that must exist, for commands that only read.
    pub(crate) fn existing(path: &Path) -> Result<Self> {
        if path.is_dir() {
            return Ok(Self { path: path.to_owned() });
        }
        let path = path.display();
        Err(wrong_input(format!("there is no data folder {path}: run `callmart import` first, or name it with --data")))
    }

    /// A folder for commands that write; made if it is not there.
    pub(crate) fn created(path: &Path) -> Result<Self> {
        if path.exists() && !path.is_dir() {
            return Err(wrong_input(format!("{} is no folder: name another with --data", path.display())));
        }
        std::fs::create_dir_all(path).with_context(|| format!("the data folder {} cannot be made", path.display()))?;
        Ok(Self { path: path.to_owned() })
    }

    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the collectors' logs lie, one folder each.
    pub(crate) fn logs(&self) -> PathBuf {
        self.path.join("log")
    }

    /// The log of what operators decide, beside the collectors'.
    pub(crate) fn control_log(&self) -> PathBuf {
        self.logs().join(CONTROL)
    }

    /// Takes the right to write, or says who has it.
    pub(crate) fn lock(&self, command: &str) -> Result<WriterLock> {
        let path = self.path.join(LOCK_FILE);
        let file = OpenOptions::new().create(true).read(true).append(true).open(&path);
        let mut file = file.with_context(|| format!("{} cannot be opened", path.display()))?;
        let mut looks = LOCK_LOOKS;
        while let Err(refusal) = file.try_lock() {
            match refusal {
                TryLockError::WouldBlock if looks > 0 => std::thread::sleep(LOCK_LOOK_EVERY),
                TryLockError::WouldBlock => return Err(self.is_held(&mut file)),
                TryLockError::Error(error) => {
                    return Err(error).with_context(|| format!("{} cannot be locked", path.display()));
                }
            }
            looks -= 1;
        }
        let holder = format!("`callmart {command}` (process {})\n", std::process::id());
        file.set_len(0).and_then(|()| file.write_all(holder.as_bytes())).context("the lock cannot be written")?;
        Ok(WriterLock { _file: file })
    }

    fn is_held(&self, file: &mut File) -> anyhow::Error {
        let mut holder = String::new();
        let read = file.rewind().and_then(|()| file.read_to_string(&mut holder));
        let holder = if read.is_ok() && !holder.trim().is_empty() { holder.trim() } else { "another callmart" };
        let path = self.path.display();
        wrong_input(format!("{holder} is writing in {path}: wait until it has ended, or use another --data"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_writer_is_told_who_writes_until_the_first_has_ended() {
        let folder = tempfile::tempdir().expect("a folder");
        let data = DataFolder::created(&folder.path().join("deep/data")).expect("a data folder");
        let first = data.lock("import bank-calls").expect("the lock");
        let error = data.lock("rebuild").expect_err("a refusal");
        assert_eq!(crate::failure::code(&error), 2);
        let said = error.to_string();
        assert!(
            said.contains("`callmart import bank-calls`") && said.contains(&std::process::id().to_string()),
            "{said}"
        );
        drop(first);
        data.lock("rebuild").expect("the lock again");
    }

    #[test]
    fn a_folder_that_is_not_there_is_wrong_input_for_a_reader() {
        let error = DataFolder::existing(Path::new("/no/such/folder")).expect_err("a refusal");
        assert_eq!(crate::failure::code(&error), 2);
    }
}
