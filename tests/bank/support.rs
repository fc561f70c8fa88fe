//! Runs the program as a user does, on a mart that is imported once for all tests of this binary, and speaks of tools and
//! files that are not there. Knows nothing of what must come out.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

use callmart_etl::postgres_server::are_installed;
use callmart_schema::catalogue::{Table, TableKind};
use serde_json::Value;
use tempfile::TempDir;

use super::file::CallsFile;

/// Names the real file.
const VARIABLE: &str = "CALLMART_BANK_CALLS";

/// Names a Python with DuckDB and pyarrow.
const PYTHON: &str = "CALLMART_TEST_PYTHON";

/// The real file and the mart that was made of it.
pub(crate) struct Bank {
    /// Data folder.
    pub(crate) data: PathBuf,
    /// The file, as this test reads it.
    pub(crate) file: CallsFile,
    /// Standard error of the import.
    pub(crate) said: String,
    _sweeper: Child,
}

/// Asked for an answer by a mart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Parquet,
    Postgres,
}

impl Engine {
    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Postgres => "postgres",
        }
    }
}

/// The mart of the real file, or a word that the test of that name has nothing to check.
pub(crate) fn bank(test: &str) -> Option<&'static Bank> {
    static BANK: OnceLock<Bank> = OnceLock::new();
    let Some(file) = std::env::var_os(VARIABLE) else {
        say(format_args!("{test} has nothing to check: {VARIABLE} names no file"));
        return None;
    };
    Some(BANK.get_or_init(|| import(Path::new(&file))))
}

fn import(file: &Path) -> Bank {
    let folder = open_folder().keep();
    let sweeper = sweep_at_the_end(&folder);
    let data = folder.join("data");
    let path = file.to_str().expect("a path in UTF-8");
    let postgres = if are_installed() { "auto" } else { "none" };
    let output = callmart(&data, &["--postgres", postgres, "import", "bank-calls", path]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "the import failed: {said}");
    assert!(output.stdout.is_empty(), "an import has no answer on standard output");
    Bank { data, file: CallsFile::read(file), said, _sweeper: sweeper }
}

/// A folder that also the account of a private PostgreSQL server can enter, with a path that leaves room for a socket.
pub(crate) fn open_folder() -> TempDir {
    let folder = tempfile::Builder::new().prefix("cm-bank-").tempdir().expect("a folder");
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).expect("permissions");
    folder
}

/// Removes a folder when this process is gone, however it ends: what is shared by all tests is dropped by none of them.
fn sweep_at_the_end(folder: &Path) -> Child {
    let mut shell = Command::new("sh");
    shell.args(["-c", "cat >/dev/null; rm -rf \"$0\""]).arg(folder);
    shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a shell")
}

/// Runs the program on a data folder, without the settings of the environment.
pub(crate) fn callmart(data: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callmart"));
    for (name, _) in std::env::vars_os() {
        if name == "DATABASE_URL" || name.as_encoded_bytes().starts_with(b"CALLMART_") {
            command.env_remove(name);
        }
    }
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command.arg("--data").arg(data).args(args).output().expect("the program runs")
}

/// Standard output of a run that must succeed.
pub(crate) fn answer(data: &Path, args: &[&str]) -> String {
    let output = callmart(data, args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Whether the bank's calls leave a table without rows: it tells no reasons, nothing of it goes on, and GIDB tables are not asked for.
pub(crate) fn stays_empty(table: &Table) -> bool {
    let is_unfed = ["sm_res_state_reason_fact", "irf_user_data_cust_1"].contains(&table.name);
    is_unfed || matches!(table.kind, TableKind::Open | TableKind::Projection)
}

/// Rows of an SQL answer, each an object by column.
pub(crate) fn sql(data: &Path, engine: Engine, query: &str) -> Vec<Value> {
    let text = answer(data, &["sql", "--engine", engine.name(), "--format", "json", query]);
    serde_json::from_str(&text).expect("an array of rows")
}

/// The one integer of an SQL answer.
pub(crate) fn number(data: &Path, query: &str) -> i64 {
    let rows = sql(data, Engine::Parquet, query);
    let only = rows.first().and_then(|row| row.as_object()?.values().next()?.as_i64());
    only.unwrap_or_else(|| panic!("{query} answers no number: {rows:?}"))
}

/// An integer of a row.
pub(crate) fn int(row: &Value, column: &str) -> i64 {
    row[column].as_i64().unwrap_or_else(|| panic!("{column} is no integer in {row}"))
}

/// A text of a row, empty for null.
pub(crate) fn text<'a>(row: &'a Value, column: &str) -> &'a str {
    if row[column].is_null() { "" } else { row[column].as_str().unwrap_or_else(|| panic!("no text {column} in {row}")) }
}

/// The engines that can be asked. Says so when PostgreSQL is not there, and fails where all tools must be.
pub(crate) fn engines(test: &str) -> Vec<Engine> {
    let both = tool(test, are_installed().then_some(()), "PostgreSQL's server binaries").is_some();
    if both { vec![Engine::Parquet, Engine::Postgres] } else { vec![Engine::Parquet] }
}

/// A Python with DuckDB and pyarrow.
pub(crate) fn python(test: &str) -> Option<PathBuf> {
    let named = std::env::var_os(PYTHON).map(PathBuf::from);
    tool(test, named, "a Python with DuckDB and pyarrow (CALLMART_TEST_PYTHON)")
}

fn tool<T>(test: &str, found: Option<T>, what: &str) -> Option<T> {
    if found.is_none() {
        assert!(std::env::var_os("CALLMART_TEST_STRICT").is_none(), "{test} needs {what}, and it is not there");
        say(format_args!("{test} is not run where it needs {what}: it is not there"));
    }
    found
}

/// Writes past the test harness, which keeps what a passing test prints.
fn say(what: std::fmt::Arguments<'_>) {
    // In one piece, since other tests write at the same time.
    let _ = std::io::stderr().write_all(format!("{what}\n").as_bytes());
}
