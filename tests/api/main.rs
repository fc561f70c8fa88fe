//! The served API from outside: the program serves what was imported, a tool that reads its OpenAPI document asks it
//! thousands of things, and it ends in order.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// Names a Python with schemathesis.
const PYTHON: &str = "CALLMART_TEST_PYTHON";

/// The file that is imported.
const SMALL_FILE: &str = "tests/data/bank_small.tsv";

/// Days that the file has calls on, in its zone, as parameters of the API.
const DAYS: &str = "from=1999-03-07&to=1999-03-09&tz=Asia/Jerusalem";

/// Runs the tool's own command line.
const SCHEMATHESIS: &str = "from schemathesis.cli import schemathesis; schemathesis()";

/// The chance of the tool's requests.
const SEED: &str = "7";

fn callmart(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callmart"));
    command.arg("--data").arg(data).env_remove("CALLMART_TOKEN").env_remove("DATABASE_URL");
    command
}

fn imported() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let output = callmart(&data).args(["import", "bank-calls", SMALL_FILE]).output().expect("the program");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    (folder, data)
}

/// A program that serves.
struct Served {
    child: Child,
    /// Host and port.
    address: String,
}

impl Served {
    fn start(data: &Path) -> Self {
        let mut command = callmart(data);
        command.args(["serve", "--listen", "127.0.0.1:0"]).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program");
        let mut line = String::new();
        let mut said = BufReader::new(child.stderr.take().expect("standard error"));
        said.read_line(&mut line).expect("a line");
        let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next());
        let address = address.unwrap_or_else(|| panic!("it said {line:?}")).to_owned();
        // Read on, so that the program never waits for a reader.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Self { child, address }
    }

    fn get(&self, path: &str) -> Value {
        let mut stream = TcpStream::connect(&self.address).expect("a connection");
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address);
        stream.write_all(request.as_bytes()).expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
        serde_json::from_str(answer.split_once("\r\n\r\n").expect("a body").1).expect("JSON")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_program_serves_what_was_imported_and_ends_in_order() {
    let (_folder, data) = imported();
    let mut served = Served::start(&data);
    let told = served.get(&format!("/api/v1/interactions?{DAYS}"));
    assert_eq!(told["rows"].as_array().map(Vec::len), Some(36));
    assert_eq!(told["completeness"]["complete"], true);
    assert_eq!(served.get("/health")["status"], "ready");
    let ended = Command::new("kill").args(["-TERM", &served.child.id().to_string()]).status().expect("kill");
    assert!(ended.success());
    assert_eq!(served.child.wait().expect("an end").code(), Some(0), "an end that was asked for is a good one");
}

#[test]
fn other_addresses_than_this_machine_need_a_token() {
    let (_folder, data) = imported();
    let serve = |key: &str, value: &str| {
        let mut command = callmart(&data);
        command.args(["serve", "--listen", "0.0.0.0:0"]).env(key, value);
        command.stderr(Stdio::piped()).spawn().expect("the program")
    };
    let output = serve("CALLMART_TOKEN", "").wait_with_output().expect("an end");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("CALLMART_TOKEN"));
    for (key, value) in [("CALLMART_TOKEN", "secret"), ("CALLMART_SERVE__TOKEN_HASH", &"00ff".repeat(16))] {
        let mut child = serve(key, value);
        let mut line = String::new();
        BufReader::new(child.stderr.take().expect("standard error")).read_line(&mut line).expect("a line");
        child.kill().expect("an end");
        child.wait().expect("an end");
        assert!(line.contains("http://0.0.0.0:"), "{key}: {line}");
    }
}

/// A Python with schemathesis, or a word that the test of that name has nothing to check.
fn python(test: &str) -> Option<PathBuf> {
    let named = std::env::var_os(PYTHON).map(PathBuf::from);
    let has_it = |python: &PathBuf| {
        let mut command = Command::new(python);
        command.args(["-c", "import schemathesis"]).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let found = named.filter(has_it);
    if found.is_none() {
        assert!(std::env::var_os("CALLMART_TEST_STRICT").is_none(), "{PYTHON} names no Python with schemathesis");
        let mut to = std::io::stderr();
        let _ = writeln!(to, "{test} has nothing to check: {PYTHON} names no Python with schemathesis");
    }
    found
}

fn schemathesis(python: &Path, folder: &Path, address: &str, settings: &str, arguments: &[&str]) {
    let file = folder.join("schemathesis.toml");
    std::fs::write(&file, format!("warnings = false\n{settings}")).expect("a file");
    let mut command = Command::new(python);
    command.current_dir(folder).args(["-c", SCHEMATHESIS, "--config-file"]).arg(file);
    command.args(["run", &format!("http://{address}/openapi.json")]).args(arguments);
    command.args(["--seed", SEED, "--continue-on-failure", "--no-color"]);
    let output = command.output().expect("a Python");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("Tested: ") && !said.contains("Tested: 0"), "{said}");
}

#[test]
fn a_tool_that_reads_the_openapi_document_finds_no_fault_in_the_answers() {
    let Some(python) = python("a_tool_that_reads_the_openapi_document_finds_no_fault_in_the_answers") else { return };
    let (folder, data) = imported();
    let served = Served::start(&data);
    // Anything at all: whatever is asked, no fault of the server, and every answer as documented.
    let any = ["--checks", "all", "--exclude-checks", "positive_data_acceptance", "--max-examples", "10"];
    schemathesis(&python, folder.path(), &served.address, "", &any);
    // What stands in the mart: every request as documented is accepted, and rows come back.
    let call = &served.get(&format!("/api/v1/interactions?{DAYS}&limit=1"))["rows"][0];
    let settings = format!(
        "[parameters]\n'query.from' = '1999-03-07'\n'query.to' = '1999-03-09'\n'query.tz' = 'Asia/Jerusalem'\n\
         'query.engine' = 'parquet'\n'path.interaction_id' = {}\n'path.call_uuid' = {}\n",
        call["interaction_id"], call["call_uuid"]
    );
    let good = ["--checks", "all", "--mode", "positive", "--phases", "fuzzing", "--max-examples", "4"];
    schemathesis(&python, folder.path(), &served.address, &settings, &good);
}
