//! What the commands refuse, with which sentence.

use std::process::Command;

use crate::site::Site;

const SIMULATION: &str = "agents = 10\nstart = \"2026-01-05T09:00Z\"\n";

/// What a command says that must exit with 2.
pub(crate) fn refusal(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_callmart")).args(arguments).output().expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    said
}

/// A file that ships, with something else in place of a piece of it.
fn changed(name: &str, piece: &str, by: &str) -> tempfile::NamedTempFile {
    let file = format!("{}/topologies/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let copy = tempfile::NamedTempFile::new().expect("a file");
    let text = std::fs::read_to_string(&file).expect("text");
    assert!(text.contains(piece), "no `{piece}` in {name}");
    std::fs::write(copy.path(), text.replace(piece, by)).expect("written");
    copy
}

#[test]
fn a_node_that_cannot_be_simulated_is_refused_before_anything_listens() {
    let node = |copy: &tempfile::NamedTempFile, more: &[&str]| {
        let copied = copy.path().display().to_string();
        refusal(&[&["node", "--topology", &copied, "--begins", "2026-01-05"], more].concat())
    };
    let said = node(&changed("single-site", "[simulation]", "[[tls]]\nname = \"x\"\n[etl_not_there]"), &[]);
    assert!(said.contains("etl_not_there"), "{said}");
    let said = node(&changed("sip-cluster", "dc1-node2", "dc1-node9"), &[]);
    assert!(said.contains("dc1-node9/IPport cannot be simulated") && said.contains("dc1-node2/IPport"), "{said}");
    let wrong = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(wrong.path(), "00:10:00 stop sip9-a\n").expect("written");
    let whole = changed("single-site", "[simulation]", "[simulation]");
    let said = node(&whole, &["--faults", &wrong.path().display().to_string()]);
    assert!(said.contains("`stop sip9-a` befalls sip9-a") && said.contains("sip1/default"), "{said}");
    std::fs::write(wrong.path(), "00:10 stop sip1-a\n").expect("written");
    let said = node(&whole, &["--faults", &wrong.path().display().to_string()]);
    assert!(said.contains("line 1 of the schedule"), "{said}");
    let said = node(&whole, &["--faults", "no-such-schedule.txt"]);
    assert!(said.contains("no-such-schedule.txt cannot be read"), "{said}");
}

#[test]
fn what_is_missing_is_asked_for_and_what_is_not_there_is_answered_with_what_is() {
    let site = Site::new(SIMULATION, "", "");
    let file = site.topology();
    assert!(refusal(&["node", "--topology", &file]).contains("--begins 2026-01-05T08:00Z"));
    let said = refusal(&["node", "--topology", &file, "--begins", "2026-01-05", "--only", "dc9"]);
    assert!(said.contains("no node is named dc9") && said.contains("dc1-node1, dc1-node2"), "{said}");
    assert!(refusal(&["collector", "--config", &file, "--only", "x"]).contains("there are dc1, dc2"));
    assert!(refusal(&["etl", "--config", &file, "--only", "x"]).contains("there are mart"));
    assert!(refusal(&["etl", "--config", "no-such-file.toml"]).contains("no-such-file.toml is not there"));
    let cluster = format!("{}/topologies/sip-cluster.toml", env!("CARGO_MANIFEST_DIR"));
    assert!(refusal(&["etl", "--config", &cluster]).contains("name it with --only, of dc1, dc2"));
}
