//! Whose account the server runs under: ours, or when we are root another one, because PostgreSQL refuses root.
//!
//! Asks the program `id`, so that accounts from directories count too. Knows nothing of servers.

use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::ServerError;

/// Accounts that root may run the server under, the best first.
const ACCOUNTS: [&str; 2] = ["postgres", "nobody"];

/// Our own account, and the one that the server runs under.
#[derive(Debug, Clone)]
pub(super) struct Account {
    /// Our own name, which the server lets in.
    pub(super) our_name: String,
    our_uid: u32,
    /// User and group of the server, when they are not ours.
    other: Option<(u32, u32)>,
}

impl Account {
    /// Ours, or when we are root the first of [`ACCOUNTS`] that exists.
    pub(super) fn choose() -> Result<Self, ServerError> {
        let (our_name, our_uid) = (id(&["-un"]), id_number(&["-u"]));
        let (Some(our_name), Some(our_uid)) = (our_name, our_uid) else { return Err(ServerError::NoAccount) };
        let other = if our_uid == 0 { Some(first_account().ok_or(ServerError::NoAccount)?) } else { None };
        Ok(Self { our_name, our_uid, other })
    }

    /// Whether the server's account is another than ours.
    #[cfg(test)]
    pub(super) fn is_other(&self) -> bool {
        self.other.is_some()
    }

    /// A command that runs under the account, in a folder that every account can read.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir("/").stdin(Stdio::null());
        if let Some((uid, gid)) = self.other {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Whether the account can work in a folder: some folder above may keep it out.
    pub(super) fn can_enter(&self, folder: &Path) -> bool {
        let mut command = self.command(Path::new("/bin/sh"));
        command.args(["-c", "cd \"$1\" && test -w .", "sh"]).arg(folder);
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    }

    /// Gives a folder to the account, closed to all others.
    ///
    /// # Errors
    /// When the folder is somebody else's, or open to others: they may have put something into it.
    pub(super) fn own(&self, folder: &Path) -> Result<(), ServerError> {
        let found = folder.symlink_metadata().map_err(ServerError::io("look at the folder", folder))?;
        let (uid, gid) = self.other.unwrap_or_else(|| (self.our_uid, found.gid()));
        let mode = found.permissions().mode() & 0o777;
        if !found.is_dir() || !(found.uid() == uid || found.uid() == self.our_uid) || mode & 0o077 != 0 {
            return Err(ServerError::NotOurs { folder: folder.to_owned(), owner: found.uid(), mode });
        }
        if found.uid() != uid {
            give(folder, uid, gid).map_err(ServerError::io("give to the server's account", folder))?;
        }
        Ok(())
    }
}

fn give(folder: &Path, uid: u32, gid: u32) -> io::Result<()> {
    std::os::unix::fs::chown(folder, Some(uid), Some(gid))
}

fn first_account() -> Option<(u32, u32)> {
    ACCOUNTS.iter().find_map(|name| Some((id_number(&["-u", name])?, id_number(&["-g", name])?)))
}

fn id_number(args: &[&str]) -> Option<u32> {
    id(args)?.parse().ok()
}

fn id(args: &[&str]) -> Option<String> {
    let output = Command::new("id").args(args).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
}
