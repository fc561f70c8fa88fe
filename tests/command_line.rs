//! The command line as scripts meet it: exit codes, what goes to which output, and sentences that say what to do.

use std::process::{Command, Output};

use tempfile::TempDir;

/// Runs the program in a folder of its own, without the environment's settings.
fn callmart(folder: &TempDir, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callmart"));
    for (name, _) in std::env::vars_os() {
        if name == "DATABASE_URL" || name.as_encoded_bytes().starts_with(b"CALLMART_") {
            command.env_remove(name);
        }
    }
    command.args(args).current_dir(folder.path()).output().expect("the program runs")
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn refusal(args: &[&str]) -> String {
    let output = callmart(&folder(), args);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
    assert!(output.stdout.is_empty(), "{args:?} answered although it was refused");
    said
}

#[test]
fn wrong_input_exits_with_2_and_says_what_to_do() {
    let period = ["--from", "1999-02-03", "--to", "1999-02-04"];
    let report = |extra: &[&'static str]| [&["report", "queue-summary"], extra].concat();
    assert!(refusal(&[]).contains("Usage"));
    assert!(refusal(&["import", "bank-calls"]).contains("FILE"));
    assert!(refusal(&["import", "bank-calls", "no-such-file.tsv"]).contains("no-such-file.tsv is not there"));
    assert!(refusal(&["import", "bank-calls", "--tz", "Asia/Jerusalm", "x"]).contains("Asia/Jerusalem"));
    assert!(refusal(&report(&period)).contains("callmart import"));
    assert!(refusal(&report(&["--from", "1999-02-04", "--to", "1999-02-04"])).contains("no day lies between"));
    assert!(refusal(&report(&["--from", "1999-2-4", "--to", "1999-02-05"])).contains("as in 2026-01-05"));
    let filtered = |filters: &[&'static str]| refusal(&report(&[&period, filters].concat()));
    assert!(filtered(&["--filter", "queue"]).contains("NAME=VALUE"));
    assert!(filtered(&["--filter", "queue=a", "--filter", "queue=b"]).contains("give one of them"));
    assert!(filtered(&["--by", "year"]).contains("quarter-hour, hour, day, week, month"));
    assert!(refusal(&["sql", "SELECT 1", "--postgres", "mysql://x"]).contains("auto"));
    assert!(refusal(&["rebuild", "--from", "scratch"]).contains("log, gidb"));
    assert!(refusal(&["sql", "  "]).contains("the query is empty"));
    assert!(refusal(&["sources", "ls"]).contains("there is no data folder"));
    assert!(refusal(&["sources", "ignore"]).contains("<NAME>"));
    assert!(refusal(&["sources", "ignore", "a", "--since", "soon"]).contains("as in 2026-01-05T00:00Z"));
    assert!(refusal(&["calls", "close"]).contains("<CALL>"));
    assert!(refusal(&["rejects", "redrive", "seven"]).contains("invalid value 'seven'"));
}

#[test]
fn a_decision_about_what_is_not_there_is_refused_and_leaves_no_control_log() {
    let folder = folder();
    let data = folder.path().join("callmart-data");
    std::fs::create_dir(&data).expect("a folder");
    for (args, why) in [
        (&["sources", "ignore", "north-tc"][..], "there are none yet. With --force"),
        (&["sources", "retire", ""], "a source has a name"),
        (&["calls", "close", "c-1"], "no call that goes on is called c-1"),
        (&["rejects", "redrive", "7"], "has the id 7"),
    ] {
        let output = callmart(&folder, args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains(why), "{args:?}: {said}");
    }
    assert!(!data.join("log").exists());
    let output =
        callmart(&folder, &["sources", "ignore", "north-tc", "--force", "--by", "ada", "--reason", "it burns"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success() && said.contains("north-tc is ignored from") && said.contains("decided by ada"),
        "{said}"
    );
    let told = callmart(&folder, &["log", "cat"]);
    let told: serde_json::Value = serde_json::from_slice(&told.stdout).expect("one event");
    assert_eq!((told["source"].as_str(), told["seq"].as_str()), (Some("control"), Some("1")));
    assert_eq!(told["control"]["note"].as_str(), Some("it burns"));
    let listed = callmart(&folder, &["sources", "ls", "--format", "csv"]);
    assert!(String::from_utf8_lossy(&listed.stdout).contains("north-tc,,ignored,no,0,"), "{listed:?}");
}

#[test]
fn a_setting_that_is_not_known_is_refused_with_file_and_key() {
    let folder = folder();
    let data = folder.path().join("callmart-data");
    std::fs::create_dir(&data).expect("a folder");
    std::fs::write(data.join("callmart.toml"), "match_tolerence_ms = 5\n").expect("a file");
    let output = callmart(&folder, &["hash"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("callmart.toml: `match_tolerence_ms`") && said.contains("match_tolerance_ms"), "{said}");
}

#[test]
fn schemas_go_to_standard_output_and_nothing_else_does() {
    let folder = folder();
    let output = callmart(&folder, &["schema", "events"]);
    assert!(output.status.success() && output.stderr.is_empty());
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(schema["$defs"]["Event"].is_object());
    let output = callmart(&folder, &["schema", "tables", "--format", "json"]);
    let tables: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(tables["tables"].as_array().is_some_and(|tables| tables.iter().any(|t| t["name"] == "interaction_fact")));
    let output = callmart(&folder, &["schema", "tables"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("interaction_resource_id"));
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "a schema needs no data folder");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let program = env!("CARGO_BIN_EXE_callmart");
    let line = format!("set -o pipefail; '{program}' schema tables | head -n 1");
    let output = Command::new("bash").args(["-c", &line]).output().expect("a shell");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
