//! A day that the program simulates, loads and counts, and questions to its marts.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use callmart_etl::postgres_server::are_installed;
use callmart_node::traffic::LedgerReport;
use serde_json::Value;
use tempfile::TempDir;

/// Seed of the day; any other must do too.
const SEED: &str = "7";

/// A data folder with a simulated day, and the day's ledger.
pub(crate) struct Day {
    folder: TempDir,
    pub(crate) ledger: LedgerReport,
}

impl Day {
    /// Simulates a day of 200 agents, or what the environment asks for, into both marts.
    pub(crate) fn simulated(start: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("cm-ledger-").tempdir().expect("a folder");
        // A private PostgreSQL under another account must be able to enter.
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).expect("permissions");
        let path = folder.path().join("ledger.json");
        let asked = |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
        let (agents, hours) = (asked("CALLMART_LEDGER_AGENTS", "200"), asked("CALLMART_LEDGER_HOURS", "24"));
        let postgres = if are_installed() { "auto" } else { "none" };
        let arguments = ["--postgres", postgres, "demo", "--once", "--start", start, "--hours", &hours, "--seed", SEED];
        let more = ["--agents", &agents, "--ledger", path.to_str().expect("a path in UTF-8")];
        let output = callmart(&folder.path().join("data"), &[&arguments[..], &more].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let ledger = serde_json::from_slice(&std::fs::read(&path).expect("a ledger")).expect("a ledger in JSON");
        Self { folder, ledger }
    }

    /// Rows of an SQL answer, each an object by column.
    pub(crate) fn sql(&self, engine: &str, query: &str) -> Vec<Value> {
        let output =
            callmart(&self.folder.path().join("data"), &["sql", "--engine", engine, "--format", "json", query]);
        assert!(output.status.success(), "{engine}: {query}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("an array of rows")
    }
}

/// Runs the program on a data folder, without the settings of the environment.
fn callmart(data: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callmart"));
    for (name, _) in std::env::vars_os() {
        if name == "DATABASE_URL" || name.as_encoded_bytes().starts_with(b"CALLMART_") {
            command.env_remove(name);
        }
    }
    command.arg("--data").arg(data).args(args).output().expect("the program runs")
}

/// The engines that can be asked. Says so when PostgreSQL is not there, and fails where all tools must be.
pub(crate) fn engines(test: &str) -> Vec<&'static str> {
    if are_installed() {
        return vec!["parquet", "postgres"];
    }
    assert!(std::env::var_os("CALLMART_TEST_STRICT").is_none(), "{test} needs PostgreSQL's server binaries");
    let _ = writeln!(std::io::stderr(), "{test} asks only one engine: PostgreSQL's server binaries are not there");
    vec!["parquet"]
}

/// An integer of a row.
pub(crate) fn int(row: &Value, column: &str) -> i64 {
    row[column].as_i64().unwrap_or_else(|| panic!("{column} is no integer in {row}"))
}

/// A text of a row, empty for null.
pub(crate) fn text<'a>(row: &'a Value, column: &str) -> &'a str {
    row[column].as_str().unwrap_or_default()
}
