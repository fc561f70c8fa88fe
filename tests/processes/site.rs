//! A topology in a folder of its own with free ports, and the processes that run it.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long anything may take.
const LONGEST: Duration = Duration::from_secs(240);

/// Nodes and servers of virtual queues of the simulated cluster, with their ports.
pub(crate) const SERVERS: [(&str, &[&str]); 7] = [
    ("dc1-node1", &["IPport", "TCport"]),
    ("dc1-node2", &["IPport", "TCport"]),
    ("dc2-node1", &["IPport", "TCport"]),
    ("dc2-node2", &["IPport", "TCport"]),
    ("dc1-vq", &["VQport"]),
    ("dc2-vq", &["VQport"]),
    ("dc1-ocs", &["OCSport"]),
];

/// An installation in a folder.
pub(crate) struct Site {
    folder: TempDir,
}

/// A process of it; killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    said: PathBuf,
}

impl Site {
    /// The simulated cluster with a collector per data center and one ETL; `port` and `rest` are put into the file.
    pub(crate) fn new(simulation: &str, port: &str, rest: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("cm-processes-").tempdir().expect("a folder");
        std::fs::write(folder.path().join("site.toml"), topology(simulation, port, rest)).expect("a file");
        Self { folder }
    }

    /// A topology as text, in which each `ADDRESS` is a port of its own.
    pub(crate) fn of_text(text: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("cm-processes-").tempdir().expect("a folder");
        let free = free_ports().into_iter().map(|port| format!("\"127.0.0.1:{port}\""));
        let text = free.fold(text.to_owned(), |text, address| text.replacen("ADDRESS", &address, 1));
        assert!(!text.contains("ADDRESS"), "more addresses than free ports");
        std::fs::write(folder.path().join("site.toml"), text).expect("a file");
        Self { folder }
    }

    /// Another folder with the same installation, whose file was changed.
    pub(crate) fn like(other: &Self, change: impl Fn(&str) -> String) -> Self {
        let folder = tempfile::Builder::new().prefix("cm-processes-").tempdir().expect("a folder");
        for entry in std::fs::read_dir(other.path("")).expect("a folder").flatten().filter(|e| e.path().is_file()) {
            std::fs::copy(entry.path(), folder.path().join(entry.file_name())).expect("a copy");
        }
        let text = std::fs::read_to_string(other.path("site.toml")).expect("text");
        std::fs::write(folder.path().join("site.toml"), change(&text)).expect("a file");
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn topology(&self) -> String {
        self.path("site.toml").display().to_string()
    }

    /// Starts a process; what it says goes to a file of this name.
    pub(crate) fn start(&self, name: &str, arguments: &[&str]) -> Process {
        let said = self.path(&format!("{name}.said"));
        let out = File::options().create(true).append(true).open(&said).expect("a file");
        let child = self.command(arguments).stdout(Stdio::null()).stderr(out).spawn().expect("the program runs");
        Process { child, said }
    }

    /// Runs a command to its end and gives its answer.
    pub(crate) fn must(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().expect("the program runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_callmart"));
        for (name, _) in std::env::vars_os() {
            if name == "DATABASE_URL" || name.as_encoded_bytes().starts_with(b"CALLMART_") {
                command.env_remove(name);
            }
        }
        command.env("CALLMART_LOG", "info");
        command.args(arguments).current_dir(self.folder.path());
        command
    }

    /// Bytes of a log.
    pub(crate) fn log_bytes(&self, collector: &str) -> u64 {
        bytes_in(&self.path(&format!("log/{collector}")))
    }

    /// Number of the state of the Parquet mart that counts; 0 before there is one.
    pub(crate) fn published(&self) -> u64 {
        let current = std::fs::read_to_string(self.path("mart/manifest/current"));
        current.ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
    }
}

impl Process {
    /// Kills it as a crash would.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("a process to kill");
        self.child.wait().expect("its end");
    }

    /// Tells it to stop and waits for its end.
    pub(crate) fn terminate(mut self) -> ExitStatus {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs").success());
        self.wait()
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let mut status = None;
        eventually(&format!("the end of {}", self.said.display()), || {
            status = self.child.try_wait().expect("a status");
            status.is_some()
        });
        status.expect("a status")
    }

    /// What it has said so far.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(&self.said).expect("text")
    }

    /// Waits until it has said something.
    pub(crate) fn says(&self, words: &str) {
        eventually(&format!("`{words}` in {}", self.said.display()), || self.said().contains(words));
    }

    /// Waits for an end in good order.
    pub(crate) fn ends_well(&mut self) {
        let status = self.wait();
        assert!(status.success(), "{status}: {}", self.said());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended long ago.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Looks again and again until something is so; fails when it takes too long.
pub(crate) fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < LONGEST, "{what} did not come within {LONGEST:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn bytes_in(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries.flatten().filter_map(|entry| entry.metadata().ok()).map(|meta| meta.len()).sum()
}

fn topology(simulation: &str, port: &str, rest: &str) -> String {
    let mut free = free_ports().into_iter();
    let mut address = || format!("127.0.0.1:{}", free.next().expect("a free port"));
    let mut text = format!("format = 1\n[simulation]\n{simulation}\n");
    text += "[[data_center]]\nname = \"dc1\"\n[[data_center]]\nname = \"dc2\"\n";
    text +=
        "[[switch]]\nname = \"SIPCluster\"\nkind = \"cluster\"\nextensions = [\"100000-100999\", \"200000-200999\"]\n";
    text += "[[switch]]\nname = \"VQSwitch\"\nkind = \"ordinary\"\n";
    for (name, kinds) in SERVERS {
        let (table, switch) = match name.split_once('-') {
            Some((_, "vq")) => ("virtual_queue_server", "VQSwitch"),
            Some((_, "ocs")) => ("outbound_contact_server", "SIPCluster"),
            _ => ("node", "SIPCluster"),
        };
        let center = &name[..3];
        text +=
            &format!("[[{table}]]\nname = \"{name}\"\ndata_center = \"{center}\"\nswitch = \"{switch}\"\nport = [\n");
        for kind in kinds {
            text += &format!("  {{ kind = \"{kind}\", a = \"{}\", b = \"{}\"{port} }},\n", address(), address());
        }
        text += "]\n";
    }
    for center in ["dc1", "dc2"] {
        let of_server =
            |(name, kinds): (&str, &[&str])| kinds.iter().map(|kind| format!("{name}/{kind}")).collect::<Vec<_>>();
        let sources = SERVERS.into_iter().filter(|(name, _)| name.starts_with(center)).flat_map(of_server);
        let sources: Vec<String> = sources.collect();
        text += &format!(
            "[[collector]]\nname = \"{center}\"\ndata_center = \"{center}\"\nlog_dir = \"log/{center}\"\nsources = {sources:?}\n"
        );
        text += &format!("{rest}\n");
    }
    text + "[[etl]]\nname = \"mart\"\ndata_center = \"dc1\"\ndata_dir = \"mart\"\nsettings.load.parquet_every_ms = 100\n"
}

/// Free ports of this machine, all held until the last is found.
pub(crate) fn free_ports() -> Vec<u16> {
    let listeners: Vec<TcpListener> = (0..22).map(|_| TcpListener::bind("127.0.0.1:0").expect("a port")).collect();
    listeners.iter().map(|listener| listener.local_addr().expect("an address").port()).collect()
}
