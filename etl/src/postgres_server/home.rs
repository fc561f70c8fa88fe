//! Where the server lives: in the data folder, or, when that cannot be, in a folder of its own for temporary files.
//!
//! It cannot be when the server's account is kept out of the data folder, or when the socket's path would be too long. The
//! place is remembered in the data folder. Starts nothing.

use std::fs::DirBuilder;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::ServerError;
use super::account::Account;

/// Longest path of a unix socket, in bytes.
pub(super) const MAX_SOCKET_PATH_BYTES: usize = 107;

/// Name of the socket, and so the port that clients are told.
const SOCKET: &str = ".s.PGSQL.5432";

/// Version of [`Remembered`].
const REMEMBERED_VERSION: u32 = 1;

/// What the data folder remembers: a server outside, and for which data folder, in case that is copied or moved.
#[derive(Debug, Serialize, Deserialize)]
struct Remembered {
    version: u32,
    data_folder: PathBuf,
    server_folder: PathBuf,
}

/// The server's place.
#[derive(Debug)]
pub(super) struct Home {
    /// Holds the socket and, in `data`, the server's files. Belongs to the server's account alone.
    pub(super) folder: PathBuf,
    /// Whether it lies outside the data folder.
    pub(super) outside: bool,
    /// The server's log, in the data folder.
    pub(super) log: PathBuf,
    remembered: PathBuf,
}

/// Folder of the locks, the log and the memory, in the data folder.
pub(super) fn lock_folder(data_dir: &Path) -> PathBuf {
    data_dir.join("postgres")
}

impl Home {
    /// Finds or makes the place. The data folder's path must be absolute and free of links.
    pub(super) fn settle(data_dir: &Path, account: &Account) -> Result<Self, ServerError> {
        let ours = lock_folder(data_dir);
        let (log, remembered) = (ours.join("server.log"), ours.join("server.json"));
        if let Some(folder) = remembered_place(&remembered, data_dir) {
            account.own(&folder)?;
            return Ok(Self { folder, outside: true, log, remembered });
        }
        let inside = ours.join("server");
        if leaves_room_for_a_socket(&inside) {
            make_private(&inside)?;
            account.own(&inside)?;
            if account.can_enter(&inside) {
                return Ok(Self { folder: inside, outside: false, log, remembered });
            }
            // Stays if it holds a server from before the account was kept out.
            let _ = std::fs::remove_dir(&inside);
        }
        let folder = outside_place(data_dir)?;
        make_private(&folder)?;
        account.own(&folder)?;
        remember(&remembered, data_dir, &folder)?;
        Ok(Self { folder, outside: true, log, remembered })
    }

    /// The server's files (`PGDATA`).
    pub(super) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// File that names the process which has the socket.
    pub(super) fn socket_lock(&self) -> PathBuf {
        self.folder.join(format!("{SOCKET}.lock"))
    }

    /// A mark that stands in the command line of each of the server's processes, and of no other server's.
    pub(super) fn mark(&self) -> String {
        format!("callmart-{}", short_hash(&self.folder))
    }

    /// URL of a database. The path needs no escapes, because a place with other than plain characters is not chosen.
    pub(super) fn url(&self, database: &str) -> String {
        let folder = self.folder.display();
        format!("postgresql:///{database}?host={folder}&port=5432&user={}&sslmode=disable", super::DATABASE)
    }

    /// Major version that made the server's files; none before they are made.
    pub(super) fn made_by_version(&self) -> Result<Option<String>, ServerError> {
        let path = self.data().join("PG_VERSION");
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text.trim().to_owned())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(ServerError::Io { what: "read", path, source }),
        }
    }

    /// Removes the server's files and the memory of them.
    pub(super) fn remove(&self) -> Result<(), ServerError> {
        std::fs::remove_dir_all(&self.folder).map_err(ServerError::io("remove the folder", &self.folder))?;
        match std::fs::remove_file(&self.remembered) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(ServerError::Io { what: "remove", path: self.remembered.clone(), source: error })
            }
            _ => Ok(()),
        }
    }
}

/// Whether the socket's path is short enough, and of characters that mean nothing else in URLs and server settings.
fn leaves_room_for_a_socket(folder: &Path) -> bool {
    let Some(path) = folder.to_str() else { return false };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    path.len() + 1 + SOCKET.len() <= MAX_SOCKET_PATH_BYTES && path.chars().all(is_plain)
}

fn outside_place(data_dir: &Path) -> Result<PathBuf, ServerError> {
    let temporary = std::env::temp_dir();
    let temporary = temporary.canonicalize().map_err(ServerError::io("find the folder", &temporary))?;
    let folder = temporary.join(format!("callmart-postgres-{}", short_hash(data_dir)));
    if leaves_room_for_a_socket(&folder) { Ok(folder) } else { Err(ServerError::PathTooLong { folder }) }
}

fn short_hash(path: &Path) -> String {
    const HEX_DIGITS: usize = 16;
    let hash = blake3::hash(path.as_os_str().as_encoded_bytes()).to_hex();
    hash.chars().take(HEX_DIGITS).collect()
}

fn make_private(folder: &Path) -> Result<(), ServerError> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(ServerError::Io { what: "make the folder", path: folder.to_owned(), source: error })
        }
        _ => Ok(()),
    }
}

/// The remembered place, if it is this data folder's and still exists.
fn remembered_place(file: &Path, data_dir: &Path) -> Option<PathBuf> {
    let known: Remembered = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
    let is_valid = known.version == REMEMBERED_VERSION && known.data_folder == data_dir && known.server_folder.is_dir();
    is_valid.then_some(known.server_folder)
}

fn remember(file: &Path, data_dir: &Path, folder: &Path) -> Result<(), ServerError> {
    let (data_folder, server_folder) = (data_dir.to_owned(), folder.to_owned());
    let known = Remembered { version: REMEMBERED_VERSION, data_folder, server_folder };
    let bytes = serde_json::to_vec_pretty(&known).map_err(std::io::Error::from);
    let new = file.with_extension("json.new");
    bytes
        .and_then(|bytes| std::fs::write(&new, bytes))
        .and_then(|()| std::fs::rename(&new, file))
        .map_err(ServerError::io("write", file))
}
