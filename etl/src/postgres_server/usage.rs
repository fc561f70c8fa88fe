//! Who uses the server: a shared lock per user, and a turn that only one process has at a time.
//!
//! Starting and stopping need the turn, so the last user can see that it is the last while nobody new comes in. The system
//! releases the locks of a process that dies. Knows nothing of PostgreSQL.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::ServerError;

/// Longest wait for the turn: a bit more than the longest start.
const TURN_LIMIT: Duration = Duration::from_secs(330);

const ASK_EVERY: Duration = Duration::from_millis(20);

/// The right to start or stop the server, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    _lock: File,
}

/// Our use of the server, until it is dropped.
#[derive(Debug)]
pub(super) struct Usage {
    folder: PathBuf,
    shared: File,
}

/// Nobody uses the server, and nobody can begin to, until this is dropped.
#[derive(Debug)]
pub(super) struct LastUser {
    _turn: Turn,
}

impl Usage {
    /// Waits for the turn and registers us as a user.
    pub(super) fn enter(folder: &Path) -> Result<(Self, Turn), ServerError> {
        std::fs::create_dir_all(folder).map_err(ServerError::io("make the folder", folder))?;
        let turn = Turn::wait(folder)?;
        let (path, shared) = open(folder, "users.lock")?;
        shared.lock_shared().map_err(ServerError::io("lock", &path))?;
        Ok((Self { folder: folder.to_owned(), shared }, turn))
    }

    /// Folder of the locks.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Ends our use. Whoever was the last gets the right to stop the server.
    pub(super) fn leave(self) -> Result<Option<LastUser>, ServerError> {
        let turn = Turn::wait(&self.folder)?;
        drop(self.shared);
        let (path, users) = open(&self.folder, "users.lock")?;
        match users.try_lock() {
            Ok(()) => Ok(Some(LastUser { _turn: turn })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(ServerError::Io { what: "lock", path, source }),
        }
    }
}

impl Turn {
    /// Waits until it is ours.
    pub(super) fn wait(folder: &Path) -> Result<Self, ServerError> {
        let began = Instant::now();
        let (path, lock) = open(folder, "start.lock")?;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Self { _lock: lock }),
                Err(TryLockError::WouldBlock) if began.elapsed() < TURN_LIMIT => std::thread::sleep(ASK_EVERY),
                Err(TryLockError::WouldBlock) => {
                    let waited_s = began.elapsed().as_secs();
                    return Err(ServerError::Busy { folder: folder.to_owned(), waited_s });
                }
                Err(TryLockError::Error(source)) => return Err(ServerError::Io { what: "lock", path, source }),
            }
        }
    }
}

fn open(folder: &Path, name: &str) -> Result<(PathBuf, File), ServerError> {
    let path = folder.join(name);
    let file = OpenOptions::new().create(true).append(true).open(&path);
    file.map(|file| (path.clone(), file)).map_err(ServerError::io("open", &path))
}
