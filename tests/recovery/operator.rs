//! An operator at the command line: a data folder, the program run in it, and everything tidied away at the end.
//!
//! Knows what the program prints and where it keeps things; not what any scenario is about.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How often something is looked at; nothing depends on it but the load of the machine.
const LOOK_EVERY: Duration = Duration::from_micros(500);
/// Longest wait for something that must happen.
const LIMIT: Duration = Duration::from_secs(120);

/// A data folder and the person who works with it.
pub(crate) struct Site {
    folder: TempDir,
    has_postgres: bool,
    /// What `--postgres` says.
    postgres: String,
}

/// What a command answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) said: String,
}

/// A command that runs. It is killed when it is dropped.
pub(crate) struct Running {
    child: Child,
}

impl Site {
    /// A site with both marts. Where PostgreSQL is not installed it has the Parquet mart only, and `scenario` says so.
    #[allow(clippy::print_stderr)] // a test that does less than its name says must say so
    pub(crate) fn with_both_marts(scenario: &str) -> Self {
        let has_postgres = callmart_etl::postgres_server::are_installed();
        if !has_postgres {
            eprintln!("{scenario}: PostgreSQL's server binaries are not installed, so only the Parquet mart is tested");
            assert!(
                std::env::var_os("CALLMART_TEST_STRICT").is_none(),
                "{scenario} needs PostgreSQL's server binaries"
            );
        }
        Self::with(has_postgres)
    }

    /// A site without PostgreSQL, for what has nothing to do with it.
    pub(crate) fn with_parquet() -> Self {
        Self::with(false)
    }

    fn with(has_postgres: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        // The private server's account must be able to enter.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("permissions");
        fs::create_dir(folder.path().join("data")).expect("a folder");
        Self { folder, has_postgres, postgres: "auto".to_owned() }
    }

    /// With the PostgreSQL of a URL.
    pub(crate) fn over(mut self, url: &str) -> Self {
        url.clone_into(&mut self.postgres);
        self
    }

    pub(crate) fn has_postgres(&self) -> bool {
        self.has_postgres
    }

    /// Loses the archive and the Parquet mart; the logs stay.
    pub(crate) fn forget_marts(&self) {
        for folder in ["manifest", "files", "mart", "gidb"] {
            fs::remove_dir_all(self.data().join(folder)).expect("a folder of the mart");
        }
    }

    /// The data folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Writes `callmart.toml`.
    pub(crate) fn settings(self, text: &str) -> Self {
        fs::write(self.data().join("callmart.toml"), text).expect("settings");
        self
    }

    /// Writes an input file and gives its path.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, text).expect("a file");
        path.to_str().expect("a plain path").to_owned()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_callmart"));
        for (name, _) in std::env::vars_os() {
            if name == "DATABASE_URL" || name.as_encoded_bytes().starts_with(b"CALLMART_") {
                command.env_remove(name);
            }
        }
        command.current_dir(self.folder.path()).args(["--data", "data"]).args(args).stdin(Stdio::null());
        if self.has_postgres {
            command.args(["--postgres", &self.postgres]);
        }
        command
    }

    /// Loads what the logs of the folder hold.
    pub(crate) fn load(&self) {
        let nothing = self.file("nothing.jsonl", "");
        self.must(&["import", "events", &nothing]);
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Answer {
        self.command(args).output().expect("the program runs").into()
    }

    /// Runs a command that must succeed.
    pub(crate) fn must(&self, args: &[&str]) -> Answer {
        let answer = self.run(args);
        assert_eq!(answer.code, Some(0), "{args:?}: {}", answer.said);
        answer
    }

    /// Starts a command and leaves it running.
    pub(crate) fn start(&self, args: &[&str]) -> Running {
        let mut command = self.command(args);
        let said = File::create(self.folder.path().join("said")).expect("a file");
        Running { child: command.stdout(Stdio::null()).stderr(said).spawn().expect("the program starts") }
    }

    /// What the command that was started last said to standard error.
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(self.folder.path().join("said")).unwrap_or_default()
    }

    /// The lines of `hash`, after a look whether both marts have the same ones. The archive is in the Parquet mart only.
    pub(crate) fn content(&self) -> Vec<String> {
        let lines = |answer: Answer| answer.out.lines().map(str::to_owned).collect::<Vec<_>>();
        let parquet = lines(self.must(&["hash"]));
        if self.has_postgres {
            let postgres = lines(self.must(&["hash", "--engine", "postgres"]));
            let both: Vec<_> = parquet.iter().filter(|l| !l.starts_with("gidb_event ")).cloned().collect();
            assert_same(&postgres, &both, "PostgreSQL against Parquet");
        }
        parquet
    }

    /// The answer to a query as CSV lines without the head, after a look whether both marts give the same.
    pub(crate) fn sql(&self, query: &str) -> Vec<String> {
        let parquet = self.sql_of("parquet", query);
        if self.has_postgres {
            assert_eq!(self.sql_of("postgres", query), parquet, "PostgreSQL against Parquet: {query}");
        }
        parquet
    }

    /// The answer of one engine.
    pub(crate) fn sql_of(&self, engine: &str, query: &str) -> Vec<String> {
        let answer = self.must(&["sql", query, "--engine", engine, "--format", "csv"]);
        answer.out.lines().skip(1).map(str::to_owned).collect()
    }

    /// The engines that the site has.
    pub(crate) fn engines(&self) -> &'static [&'static str] {
        if self.has_postgres { &["parquet", "postgres"] } else { &["parquet"] }
    }

    /// The segments of all logs, in order of their paths.
    pub(crate) fn segments(&self) -> Vec<PathBuf> {
        let logs = files_in(&self.data().join("log"));
        let mut found: Vec<_> = logs.iter().flat_map(|log| files_in(log)).collect();
        found.retain(|path| path.extension().is_some_and(|e| e == "seg"));
        found.sort();
        found
    }

    /// Bytes in all logs.
    pub(crate) fn log_bytes(&self) -> u64 {
        self.segments().iter().filter_map(|path| path.metadata().ok()).map(|m| m.len()).sum()
    }

    /// Number of the newest published state of the Parquet mart.
    pub(crate) fn published(&self) -> u64 {
        let current = fs::read_to_string(self.data().join("manifest/current")).unwrap_or_default();
        current.trim().parse().unwrap_or(0)
    }

    /// Folder of the private server, wherever it lives.
    fn server_folder(&self) -> PathBuf {
        let postgres = self.data().join("postgres");
        let remembered = fs::read(postgres.join("server.json")).ok();
        let outside = remembered.and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
        let outside = outside.and_then(|known| known["server_folder"].as_str().map(PathBuf::from));
        outside.unwrap_or_else(|| postgres.join("server"))
    }

    /// Process number of the private server, if it runs.
    pub(crate) fn server(&self) -> Option<u32> {
        let folder = self.server_folder();
        let pid_file = fs::read_to_string(folder.join("data/postmaster.pid")).ok()?;
        let pid: u32 = pid_file.lines().next()?.trim().parse().ok()?;
        let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        String::from_utf8_lossy(&line).contains(folder.to_str()?).then_some(pid)
    }

    /// Kills the server process, with the whole group of its children or alone.
    pub(crate) fn kill_server(&self, with_children: bool) {
        if let Some(pid) = self.server() {
            signal("KILL", if with_children { -i64::from(pid) } else { i64::from(pid) });
        }
    }
}

impl Drop for Site {
    /// Whatever happened: no server stays, nor its files.
    fn drop(&mut self) {
        if let Some(pid) = self.server() {
            signal("QUIT", i64::from(pid));
            wait_until("the server has gone", || !Path::new(&format!("/proc/{pid}")).exists());
        }
        let folder = self.server_folder();
        if !folder.starts_with(self.folder.path()) {
            let _ = fs::remove_dir_all(folder);
        }
    }
}

impl From<Output> for Answer {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code(), out: text(&output.stdout), said: text(&output.stderr) }
    }
}

impl Running {
    pub(crate) fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Memory that it takes, in KiB; 0 where the system does not tell.
    pub(crate) fn memory_kib(&self) -> u64 {
        self.status_kib("VmRSS:")
    }

    /// Most memory that it ever took, in KiB.
    pub(crate) fn most_memory_kib(&self) -> u64 {
        self.status_kib("VmHWM:")
    }

    fn status_kib(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).unwrap_or(0)
    }

    /// Kills it, as a power cut does.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("a signal");
        self.child.wait().expect("an end");
    }

    pub(crate) fn end(mut self) -> ExitStatus {
        self.child.wait().expect("an end")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for what must happen soon.
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < LIMIT, "waited {LIMIT:?} until {what}");
        look_again();
    }
}

/// A moment between two looks.
pub(crate) fn look_again() {
    std::thread::sleep(LOOK_EVERY);
}

/// Compares lines and shows only those that differ.
pub(crate) fn assert_same(found: &[String], expected: &[String], what: &str) {
    let only = |these: &[String], those: &[String]| -> Vec<String> {
        these.iter().filter(|line| !those.contains(line)).cloned().collect()
    };
    let (more, less) = (only(found, expected), only(expected, found));
    assert!(more.is_empty() && less.is_empty(), "{what}:\nfound    {more:#?}\nexpected {less:#?}");
    assert_eq!(found.len(), expected.len(), "{what}");
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

/// Sends a signal to a process, or to a group of them when the number is negative.
pub(crate) fn signal(name: &str, process: i64) {
    let sent = Command::new("sh").args(["-c", "kill -s \"$1\" -- \"$2\"", "sh", name, &process.to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()), "SIG{name} to {process}");
}
