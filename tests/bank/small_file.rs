//! The small file that ships with the project: the README's tour works on it, and its mart holds the rows that were written
//! down by hand from the file in `tests/data/bank_small.expected.csv`.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::agents_and_queues::{ATTEMPTS, PASSAGES, assert_same};
use super::file::{CallsFile, OFFSET_S};
use super::support::{Engine, answer, callmart, int, open_folder, sql, text};

/// The file.
pub(crate) const SMALL_FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/bank_small.tsv");

/// Local time of an instant, as in 1999-03-07 07:01:10.
fn local(epoch_s: i64) -> String {
    let at = chrono::DateTime::from_timestamp(epoch_s + OFFSET_S, 0).expect("an instant");
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// A line as in the expected file.
fn line(row: &Value, what: &str, resource: &str, talk_s: &str) -> String {
    let [call, resource, role, result, reason] =
        ["call_id", resource, "role", "result", "reason"].map(|name| text(row, name));
    let agent_match = row.get("agent_match").and_then(Value::as_str).unwrap_or_default();
    let wait_s = int(row, if what == "attempt" { "mediation_s" } else { "wait_s" });
    let start = local(int(row, "start_ts"));
    format!("{call},{what},{resource},{role},{result},{reason},{agent_match},{start},{wait_s},{talk_s}")
}

fn assert_holds_what_was_written_down(data: &Path) {
    let expected = include_str!("../data/bank_small.expected.csv").lines().skip(1).map(str::to_owned);
    let attempts = sql(data, Engine::Parquet, ATTEMPTS);
    let passages = sql(data, Engine::Parquet, PASSAGES);
    let attempts = attempts.iter().map(|row| line(row, "attempt", "resource", &int(row, "talk_s").to_string()));
    let found = attempts.chain(passages.iter().map(|row| line(row, "passage", "queue", "")));
    assert_same(expected.collect(), found.collect(), "rows of the small file");
}

#[test]
fn the_small_file_becomes_the_rows_that_were_written_down_by_hand() {
    let folder = open_folder();
    let data = folder.path().join("data");
    let import = callmart(&data, &["import", "bank-calls", SMALL_FILE]);
    let said = String::from_utf8_lossy(&import.stderr);
    assert_eq!(import.status.code(), Some(0), "rejected rows are no error: {said}");
    assert_holds_what_was_written_down(&data);
    let rejects = sql(&data, Engine::Parquet, "SELECT reason, count(*) AS n FROM ctl_reject GROUP BY reason");
    let rejects: BTreeMap<&str, i64> = rejects.iter().map(|row| (text(row, "reason"), int(row, "n"))).collect();
    assert_eq!(rejects, BTreeMap::from([("phantom", 1), ("negative-time", 1), ("unreadable-row", 2)]));
    for place in ["bank_small.tsv:11: phantom", "bank_small.tsv:14: negative-time", "bank_small.tsv:40: unreadable-row"]
    {
        assert!(said.contains(place), "the summary names {place}:\n{said}");
    }
}

#[test]
fn a_second_import_of_the_same_file_changes_nothing() {
    let folder = open_folder();
    let data = folder.path().join("data");
    answer(&data, &["import", "bank-calls", SMALL_FILE]);
    let hash = answer(&data, &["hash"]);
    answer(&data, &["import", "bank-calls", SMALL_FILE]);
    assert_eq!(answer(&data, &["hash"]), hash);
    assert_holds_what_was_written_down(&data);
}

#[test]
fn the_reader_of_this_test_and_the_written_rows_agree() {
    let file = CallsFile::read(Path::new(SMALL_FILE));
    assert_eq!((file.calls.len(), file.rejects()), (36, 4));
    let written =
        include_str!("../data/bank_small.expected.csv").lines().skip(1).filter(|line| line.contains(",attempt,"));
    let written = written.map(|line| {
        let f: Vec<&str> = line.split(',').collect();
        [f[0], f[2], f[3], f[4], f[5], f[6], f[7], f[8], f[9]].join(" ")
    });
    let read = file.calls.iter().flat_map(|call| call.attempts()).map(|a| {
        let words = [a.call.as_str(), &a.resource, a.role, a.result, a.reason, a.agent_match].join(" ");
        format!("{words} {} {} {}", local(a.start_s), a.mediation_s, a.talk_s)
    });
    assert_same(written.collect(), read.collect(), "attempts");
}

/// The commands of the README's tour, each with the lines of output that stand below it.
fn tour() -> Vec<(String, Vec<String>)> {
    let readme = include_str!("../../README.md");
    let (_, tour) = readme.split_once("## A tour of the command line").expect("the tour begins");
    let (tour, _) = tour.split_once("What next:").expect("the tour ends");
    let mut steps: Vec<(String, Vec<String>)> = Vec::new();
    for line in tour.split("```").skip(1).step_by(2).flat_map(str::lines).filter(|line| !line.trim().is_empty()) {
        if let Some(command) = line.strip_prefix("$ callmart ") {
            steps.push((command.to_owned(), Vec::new()));
        } else if let Some((command, shown)) = steps.last_mut() {
            // A quote that was not closed goes on.
            if command.matches('\'').count() % 2 == 1 {
                command.push('\n');
                command.push_str(line);
            } else {
                shown.push(line.to_owned());
            }
        }
    }
    steps
}

/// Whether a line is the one that is shown; three dots stand for anything, and blanks do not count.
fn is_shown(shown: &str, line: &str) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (shown, line) = (plain(shown), plain(line));
    match shown.split_once(" ... ") {
        Some((head, tail)) => line.starts_with(head) && line.ends_with(tail),
        None => shown == line,
    }
}

#[test]
fn the_tour_of_the_readme_does_what_the_readme_says() {
    let folder = open_folder();
    let data = folder.path().join("data");
    let steps = tour();
    let has_output = |step: &(String, Vec<String>)| step.1.len() > 2;
    assert!(steps.len() >= 3 && steps.iter().all(has_output), "the tour was not found: {steps:?}");
    for (command, shown) in steps {
        let args: Vec<&str> = command.split('\'').enumerate().flat_map(words).collect();
        let output = callmart(&data, &args);
        let told = String::from_utf8_lossy(&output.stderr);
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{command}: {told}");
        assert!(args[0] == "import" || said.lines().count() > 2, "{command} answers with no row:\n{said}");
        for line in shown.iter().filter(|line| *line != "...") {
            let is_there = said.lines().chain(told.lines()).any(|other| is_shown(line, other));
            assert!(is_there, "{command} does not say {line:?}, but:\n{said}{told}");
        }
    }
}

/// What a shell makes of a command cut at its single quotes: every second piece is one word.
fn words((i, piece): (usize, &str)) -> Vec<&str> {
    if i % 2 == 1 { vec![piece] } else { piece.split_whitespace().collect() }
}
