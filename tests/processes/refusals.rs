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

#[test]
fn a_node_that_cannot_be_simulated_is_refused_before_anything_listens() {
    for name in ["single-site", "multi-site", "business-continuity"] {
        let file = format!("{}/topologies/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        let said = refusal(&["node", "--topology", &file, "--begins", "2026-01-05"]);
        assert!(said.contains("has no [simulation]"), "{said}");
        let copy = tempfile::NamedTempFile::new().expect("a file");
        let text = std::fs::read_to_string(&file).expect("text") + "\n[simulation]\nstart = \"2026-01-05\"\n";
        std::fs::write(copy.path(), text).expect("written");
        let copied = copy.path().display().to_string();
        let said = refusal(&["node", "--topology", &copied, "--begins", "2026-01-05"]);
        assert!(said.contains("cannot be simulated yet") && said.contains("ordinary switch"), "{said}");
    }
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
