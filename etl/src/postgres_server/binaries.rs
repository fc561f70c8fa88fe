//! Where PostgreSQL's server binaries are installed, and of which version.
//!
//! Looks on the PATH, where `pg_config` points, and under `/usr/lib/postgresql`, in this order. Starts nothing that lasts.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::ServerError;
use super::home::Home;

/// Where Debian and its children keep one folder per major version.
const DEBIAN_FOLDER: &str = "/usr/lib/postgresql";

/// A folder with `postgres`, `initdb` and `pg_ctl`.
#[derive(Debug, Clone)]
pub(super) struct Binaries {
    folder: PathBuf,
}

impl Binaries {
    /// The binaries that made the server's files; for a server to be made, the first found.
    pub(super) fn find(home: &Home) -> Result<Self, ServerError> {
        let mut found = candidates().peekable();
        if found.peek().is_none() {
            return Err(ServerError::NoBinaries);
        }
        let Some(wanted) = home.made_by_version()? else { return found.next().ok_or(ServerError::NoBinaries) };
        let mut others = Vec::new();
        for binaries in found {
            match binaries.major_version() {
                Some(version) if version == wanted => return Ok(binaries),
                Some(version) => others.push(version),
                None => {}
            }
        }
        others.dedup();
        Err(ServerError::OtherVersion { folder: home.folder.clone(), wanted, found: others.join(", ") })
    }

    /// Path of one of the programs.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// `15` of `postgres (PostgreSQL) 15.18 (Debian …)`.
    fn major_version(&self) -> Option<String> {
        let said = said_by(Command::new(self.program("postgres")).arg("--version"))?;
        let digits = said.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
        digits.split(|c: char| !c.is_ascii_digit()).next().map(str::to_owned)
    }
}

/// Whether a private server could be started on this machine.
#[must_use]
pub fn are_installed() -> bool {
    candidates().next().is_some()
}

fn candidates() -> impl Iterator<Item = Binaries> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path: Vec<PathBuf> = std::env::split_paths(&path).filter_map(|folder| real_folder(&folder)).collect();
    let pg_config = std::iter::once_with(|| said_by(Command::new("pg_config").arg("--bindir"))).flatten();
    let configured = pg_config.map(|folder| PathBuf::from(folder.trim()));
    let all = on_path.into_iter().chain(configured).chain(std::iter::once_with(debian_folders).flatten());
    all.filter(|folder| ["postgres", "initdb", "pg_ctl"].iter().all(|name| folder.join(name).is_file()))
        .map(|folder| Binaries { folder })
}

/// The folder that `postgres` really lies in: a link on the PATH leads there.
fn real_folder(folder: &Path) -> Option<PathBuf> {
    let real = folder.join("postgres").canonicalize().ok()?;
    real.parent().map(Path::to_owned)
}

/// Highest version first.
fn debian_folders() -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(DEBIAN_FOLDER) else { return Vec::new() };
    let number = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let mut versions: Vec<(u32, PathBuf)> =
        entries.flatten().filter_map(|entry| Some((number(&entry.path())?, entry.path().join("bin")))).collect();
    versions.sort_by(|a, b| b.cmp(a));
    versions.into_iter().map(|(_, folder)| folder).collect()
}

fn said_by(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
