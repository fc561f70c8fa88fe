//! The demo as a child process, and what the system says of it.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// What the demo says before the address of its page.
const READY: &str = "ready ";
/// What the demo says when source time is tied to the wall's.
const TIED: &str = "microseconds are added";

/// A running demo.
pub(crate) struct Demo {
    pub(crate) child: Child,
    /// Microseconds between the simulation's time and the wall's, when it runs in real time.
    pub(crate) wall_minus_source_us: Option<i64>,
}

impl Demo {
    /// Starts the program next to this one with a data folder and arguments; waits until it has said how its time runs.
    pub(crate) async fn start(data: &Path, arguments: &[String]) -> Result<Self, String> {
        let program = program()?;
        let mut command = Command::new(&program);
        command.arg("--data").arg(data).arg("demo").args(arguments);
        command.stderr(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().map_err(|e| format!("{} cannot be started: {e}", program.display()))?;
        let stderr = child.stderr.take().ok_or("the demo has no standard error")?;
        let mut lines = BufReader::new(stderr).lines();
        let is_paced = arguments.iter().any(|a| a == "--speed");
        let mut wall_minus_source_us = None;
        while is_paced && wall_minus_source_us.is_none() {
            let Ok(Some(line)) = lines.next_line().await else { return Err("the demo ended at once".to_owned()) };
            say(&line);
            let before = line.split_once(TIED).and_then(|(before, _)| before.split_whitespace().next_back());
            wall_minus_source_us = before.and_then(|microseconds| microseconds.parse().ok());
        }
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                say(&line);
            }
        });
        Ok(Self { child, wall_minus_source_us })
    }

    /// The address of the page, once the demo says that it is ready; asked once.
    pub(crate) async fn page(&mut self) -> Result<String, String> {
        let stdout = self.child.stdout.take().ok_or("the demo was asked for its page before")?;
        let line = BufReader::new(stdout).lines().next_line().await.map_err(|e| e.to_string())?;
        let line = line.ok_or("the demo ended before it was ready")?;
        line.strip_prefix(READY).map(str::to_owned).ok_or_else(|| format!("the demo says no address but {line}"))
    }

    /// Memory in use and its peak so far, in megabytes; none when the process is gone.
    pub(crate) fn memory_mb(&self) -> Option<(u64, u64)> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()?)).ok()?;
        let kb = |name: &str| -> Option<u64> {
            let line = status.lines().find(|line| line.starts_with(name))?;
            line.split_whitespace().nth(1)?.parse().ok()
        };
        Some((kb("VmRSS:")? / 1_024, kb("VmHWM:")? / 1_024))
    }
}

/// The program stands one folder above the examples.
pub(crate) fn program() -> Result<std::path::PathBuf, String> {
    let own = std::env::current_exe().map_err(|e| e.to_string())?;
    let program = own.parent().and_then(Path::parent).map(|dir| dir.join("callmart"));
    program.filter(|p| p.is_file()).ok_or_else(|| "build the program first: cargo build".to_owned())
}

/// A line for whoever watches.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// The wall's time, microseconds since 1970-01-01 UTC.
#[allow(clippy::disallowed_methods)] // what is measured is time on the wall
pub(crate) fn now_us() -> i64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_micros() as i64)
}
