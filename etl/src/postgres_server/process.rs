//! The server's processes: making its files, starting it, seeing whether it lives, stopping it.
//!
//! Never removes what a live process may still use. Knows no SQL.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use super::account::Account;
use super::binaries::Binaries;
use super::home::Home;
use super::{DATABASE, ServerError};

/// The server's settings: durable, nothing but the local socket, and a modest share of the machine. One worker per query
/// makes sums of floating-point numbers the same in every run.
const SETTINGS: [&str; 15] = [
    "listen_addresses=",
    "port=5432",
    "unix_socket_permissions=0700",
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=1GB",
    "checkpoint_timeout=15min",
    "max_connections=40",
    "max_parallel_workers_per_gather=0",
    "shared_buffers=128MB",
    "timezone=UTC",
    "log_timezone=UTC",
];

/// Beginning of the name of a folder in which a server's files are being made.
const UNFINISHED: &str = "data.new.";

/// Locales to sort and compare in, the best first; both order text by code point.
const LOCALES: [&str; 2] = ["C.UTF-8", "C"];

/// Longest orderly stop, in seconds.
const STOP_LIMIT_S: &str = "60";

/// A longer log is put aside at the next start, in bytes.
const MAX_LOG_BYTES: u64 = 8 << 20;

/// How much of the log's end an error shows, in bytes.
const LOG_END_BYTES: u64 = 2_000;

/// Environment variables that begin so would change what PostgreSQL's programs do.
const ENVIRONMENT_PREFIX: &str = "PG";

/// Whether any of the server's processes lives.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// At least one does: running, starting, or on its way out.
    Alive,
    /// None does.
    Stopped,
}

/// The server as a process.
#[derive(Debug)]
pub(super) struct Process {
    /// Where it lives.
    pub(super) home: Home,
    /// Whether an earlier run did not end in good order.
    pub(super) was_left_behind: bool,
    /// Whom it runs under.
    pub(super) account: Account,
    binaries: Binaries,
    child: Option<Child>,
    log_from_bytes: u64,
}

impl Process {
    /// A server that may or may not exist or run.
    pub(super) fn new(home: Home, binaries: Binaries, account: Account) -> Self {
        let was_left_behind = home.data().join("postmaster.pid").exists();
        Self { home, was_left_behind, binaries, account, child: None, log_from_bytes: 0 }
    }

    /// Makes the server's files unless they exist, all or nothing.
    ///
    /// Files without a version are no server's: somebody who tidies temporary files has been there.
    pub(super) fn init(&mut self) -> Result<(), ServerError> {
        if self.home.made_by_version()?.is_some() || self.standing() == Standing::Alive {
            return Ok(());
        }
        self.tidy_unfinished();
        // Of this process only: programs that a killed process started may still be writing into theirs.
        let new = self.home.folder.join(format!("{UNFINISHED}{}", std::process::id()));
        let mut outcome = Ok(());
        for locale in LOCALES {
            remove_folder(&new)?;
            outcome = self.initdb(&new, locale);
            if outcome.is_ok() {
                break;
            }
        }
        outcome?;
        let data = self.home.data();
        remove_folder(&data)?;
        std::fs::rename(&new, &data).map_err(ServerError::io("move into place", &data))
    }

    /// Removes files that a killed process was making. What cannot be removed yet is for the next start.
    fn tidy_unfinished(&self) {
        for entry in std::fs::read_dir(&self.home.folder).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                let _ = remove_folder(&entry.path());
            }
        }
    }

    fn initdb(&self, folder: &Path, locale: &str) -> Result<(), ServerError> {
        let mut initdb = self.program("initdb");
        initdb.arg("-D").arg(folder).args(["-U", DATABASE, "-E", "UTF8", "--locale", locale]);
        initdb.args(["--auth-local=peer", "--auth-host=reject"]);
        run("initdb", &mut initdb)
    }

    /// Starts the server. It outlives us if we are killed, and a signal from the terminal does not reach it.
    pub(super) fn spawn(&mut self) -> Result<(), ServerError> {
        self.let_us_in()?;
        self.remove_stale_pid_files()?;
        let log = self.open_log()?;
        let errors = log.try_clone().map_err(ServerError::io("open", &self.home.log))?;
        let mut postgres = self.program("postgres");
        postgres.arg("-D").arg(self.home.data()).arg("-k").arg(&self.home.folder);
        postgres.arg("-c").arg(format!("cluster_name={}", self.home.mark()));
        for setting in SETTINGS {
            postgres.args(["-c", setting]);
        }
        postgres.stdout(log).stderr(errors).process_group(0);
        let child = postgres.spawn().map_err(ServerError::io("start", &self.binaries.program("postgres")))?;
        self.child = Some(child);
        Ok(())
    }

    /// Looks for the server's processes by the mark in their command lines.
    pub(super) fn standing(&mut self) -> Standing {
        let child_lives = self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)));
        if child_lives || is_in_any_command_line(&self.home.mark()) { Standing::Alive } else { Standing::Stopped }
    }

    /// Whether the server that ran has gone, as far as can be seen without looking at every process.
    pub(super) fn has_died(&mut self) -> bool {
        let is_ours = self.child.is_some();
        if self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None))) {
            return false;
        }
        self.child = None;
        if !can_see_processes() {
            return is_ours;
        }
        // Another process that uses the server may have started it again.
        let pid_file = std::fs::read_to_string(self.home.data().join("postmaster.pid")).unwrap_or_default();
        let pid = pid_file.lines().next().unwrap_or_default().trim().to_owned();
        let line = std::fs::read(Path::new("/proc").join(&pid).join("cmdline")).unwrap_or_default();
        pid.is_empty() || !String::from_utf8_lossy(&line).contains(&self.home.mark())
    }

    /// Stops the server and waits for its end. Open transactions are rolled back.
    pub(super) fn stop(&mut self) -> Result<(), ServerError> {
        let mut pg_ctl = self.program("pg_ctl");
        pg_ctl.arg("stop").arg("-D").arg(self.home.data()).args(["-m", "fast", "-w", "-t", STOP_LIMIT_S]);
        let stopped = run("pg_ctl", &mut pg_ctl);
        if let Some(child) = self.child.as_mut().filter(|_| stopped.is_ok()) {
            child.wait().map_err(ServerError::io("wait for", &self.home.folder))?;
        }
        if stopped.is_err() && self.standing() == Standing::Stopped { Ok(()) } else { stopped }
    }

    /// The error for a server that does not let us in, with the end of its log.
    pub(super) fn not_ready(&self, why: String) -> ServerError {
        let (folder, log) = (self.home.folder.clone(), self.home.log.clone());
        let said = end_of_log(&log, self.log_from_bytes).unwrap_or_default();
        ServerError::NotReady { folder, why, log, said }
    }

    /// One of PostgreSQL's programs, under the server's account and without our own settings for clients.
    fn program(&self, name: &str) -> Command {
        let mut command = self.account.command(&self.binaries.program(name));
        for (variable, _) in std::env::vars_os() {
            if variable.as_encoded_bytes().starts_with(ENVIRONMENT_PREFIX.as_bytes()) {
                command.env_remove(variable);
            }
        }
        command.env("LC_ALL", "C");
        command
    }

    /// Lets in our account and root, by what the system says of the other end of the socket. No password exists.
    fn let_us_in(&self) -> Result<(), ServerError> {
        let mut names = vec![self.account.our_name.as_str(), "root"];
        names.dedup();
        let map: Vec<String> = names.iter().map(|name| format!("callmart \"{name}\" {DATABASE}\n")).collect();
        let files = [("pg_hba.conf", "local all all peer map=callmart\n".to_owned()), ("pg_ident.conf", map.concat())];
        for (name, text) in files {
            // Written in place: the file stays the server account's.
            let path = self.home.data().join(name);
            std::fs::write(&path, text).map_err(ServerError::io("write", &path))?;
        }
        Ok(())
    }

    /// Files that name a process which is no longer PostgreSQL keep the server from starting, when another process has got
    /// that number since. Only called when none of the server's processes lives.
    fn remove_stale_pid_files(&self) -> Result<(), ServerError> {
        if !can_see_processes() {
            return Ok(()); // Here we cannot see which processes live, so PostgreSQL decides.
        }
        for path in [self.home.data().join("postmaster.pid"), self.home.socket_lock()] {
            match std::fs::remove_file(&path) {
                Err(source) if source.kind() != ErrorKind::NotFound => {
                    return Err(ServerError::Io { what: "remove", path, source });
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn open_log(&mut self) -> Result<File, ServerError> {
        let path = &self.home.log;
        let length = |path: &Path| path.metadata().map_or(0, |m| m.len());
        if length(path) > MAX_LOG_BYTES {
            std::fs::rename(path, path.with_extension("log.old")).map_err(ServerError::io("move", path))?;
        }
        self.log_from_bytes = length(path);
        OpenOptions::new().create(true).append(true).open(path).map_err(ServerError::io("open", path))
    }
}

fn run(program: &'static str, command: &mut Command) -> Result<(), ServerError> {
    let path = PathBuf::from(command.get_program());
    let output = command.stdout(Stdio::piped()).stderr(Stdio::piped()).output();
    let Output { status, stdout, stderr } = output.map_err(ServerError::io("start", &path))?;
    if status.success() {
        return Ok(());
    }
    let said = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    Err(ServerError::Program { program, status: status.to_string(), said: said.trim().to_owned() })
}

fn remove_folder(folder: &Path) -> Result<(), ServerError> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(ServerError::Io { what: "remove the folder", path: folder.to_owned(), source: error })
        }
        _ => Ok(()),
    }
}

fn can_see_processes() -> bool {
    Path::new("/proc/self/cmdline").exists()
}

fn is_in_any_command_line(mark: &str) -> bool {
    let Ok(processes) = std::fs::read_dir("/proc") else { return false };
    processes.flatten().any(|process| {
        let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(mark)
    })
}

fn end_of_log(path: &Path, from_bytes: u64) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(from_bytes.max(length.saturating_sub(LOG_END_BYTES))))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
}
