//! The house rules that a compiler does not check: heads, sizes, words, the direction of dependencies, and that migrations
//! and catalogue say the same.

mod catalogue;
mod scanner;

use std::path::{Path, PathBuf};

use scanner::Source;

/// Longest function, in lines, from `fn` to its closing brace.
const MAX_FUNCTION_LINES: usize = 70;

/// Longest source file, in lines.
const MAX_FILE_LINES: usize = 600;

/// Folders that hold nothing of ours.
const NOT_OURS: [&str; 5] = [".git", "target", "callmart-data", "node_modules", ".venv"];

/// Files whose words are looked at.
const TEXT_ENDINGS: [&str; 10] = ["rs", "sql", "proto", "toml", "md", "sh", "py", "js", "css", "html"];

/// Where the page is.
const PAGE: &str = "queries/src/http/page/";

/// Longest file of the page, in lines.
const MAX_PAGE_LINES: usize = 400;

/// What turns text into markup or code in a browser; data must never get there. Written in two halves, as the calls below are.
const BANNED_IN_PAGE: [&str; 6] = [
    concat!("inner", "HTML"),
    concat!("outer", "HTML"),
    concat!("insertAdjacent", "HTML"),
    concat!("document", ".write"),
    concat!("ev", "al("),
    concat!("new Func", "tion("),
];

/// The one module that prints.
const OUTPUT_MODULE: &str = "src/output.rs";

/// Calls that have no place outside tests. Written in two halves so that this file does not hold them.
const BANNED_CALLS: [&str; 8] = [
    concat!(".unw", "rap("),
    concat!("to", "do!"),
    concat!("unimple", "mented!"),
    concat!("print", "ln!"),
    concat!("eprint", "ln!"),
    concat!("pri", "nt!("),
    concat!("db", "g!("),
    concat!("pan", "ic!("),
];

/// Words that promise work instead of doing it, as whole words in any case but the first three in theirs.
const BANNED_WORDS: [&str; 4] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X"), concat!("ha", "ck")];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file of ours, by its path below the root.
fn files() -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if path.is_dir() {
                if !NOT_OURS.contains(&name.as_str()) {
                    folders.push(path);
                }
            } else {
                found.push((below_root(&path), path));
            }
        }
    }
    found.sort();
    found
}

fn below_root(path: &Path) -> String {
    path.strip_prefix(root()).expect("a path below the root").to_string_lossy().into_owned()
}

/// Every Rust source, build scripts and tests too.
fn sources() -> Vec<Source> {
    let rust = files().into_iter().filter(|(name, _)| name.ends_with(".rs"));
    let sources: Vec<Source> =
        rust.map(|(name, path)| Source::new(name, &std::fs::read_to_string(path).expect("text"))).collect();
    assert!(sources.len() > 20, "the sources were not found");
    sources
}

fn assert_none(faults: &[String], rule: &str) {
    assert!(faults.is_empty(), "{rule}:\n{}", faults.join("\n"));
}

#[test]
fn every_source_file_says_at_its_head_what_it_is_for() {
    let without = |source: &Source| !source.raw.starts_with("//! ");
    let faults: Vec<String> = sources().into_iter().filter(without).map(|s| s.name).collect();
    assert_none(&faults, "a source file begins with `//!` and a sentence");
}

#[test]
fn no_file_and_no_function_is_too_long() {
    let mut faults = Vec::new();
    for source in sources() {
        let lines = source.raw.lines().count();
        if lines > MAX_FILE_LINES {
            faults.push(format!("{} has {lines} lines", source.name));
        }
        for function in source.functions() {
            if function.lines > MAX_FUNCTION_LINES {
                let (name, line) = (&source.name, function.first_line);
                faults.push(format!("{name}:{line} fn {} has {} lines", function.name, function.lines));
            }
        }
    }
    assert_none(&faults, "files have up to 600 lines and functions up to 70");
}

#[test]
fn nothing_outside_tests_gives_up_or_prints() {
    let mut faults = Vec::new();
    // Examples and benches are measurements for a person at a terminal.
    let is_measurement = |name: &str| name.contains("/examples/") || name.contains("/benches/");
    let is_checked = |name: &str| name != OUTPUT_MODULE && !is_measurement(name);
    for source in sources().iter().filter(|source| is_checked(&source.name)) {
        for (number, line) in source.lines_outside_tests() {
            for call in BANNED_CALLS.iter().filter(|call| scanner::holds_call(line, call)) {
                faults.push(format!("{}:{number} {call}", source.name));
            }
        }
    }
    assert_none(&faults, "an error is returned, and only src/output.rs prints");
}

#[test]
fn no_text_promises_to_be_finished_later() {
    let mut faults = Vec::new();
    for (name, path) in files() {
        let ending = name.rsplit('.').next().unwrap_or_default();
        let is_script = name.starts_with("scripts/") || name.starts_with(".ci/");
        if !TEXT_ENDINGS.contains(&ending) && !is_script {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("text");
        for (i, line) in text.lines().enumerate() {
            faults.extend(scanner::banned_word(line, &BANNED_WORDS).map(|word| format!("{name}:{} {word}", i + 1)));
        }
    }
    assert_none(&faults, "what is not done is no word in a file");
}

#[test]
fn every_file_of_the_page_says_what_it_is_for_stays_short_and_writes_text_only() {
    let mut faults = Vec::new();
    let ours = |name: &str| name.starts_with(PAGE) && (name.ends_with(".js") || name.ends_with(".css"));
    let page: Vec<(String, PathBuf)> = files().into_iter().filter(|(name, _)| ours(name)).collect();
    assert!(page.len() > 20, "the files of the page were not found");
    for (name, path) in page {
        let text = std::fs::read_to_string(&path).expect("text");
        let head = if name.ends_with(".js") { "// " } else { "/* " };
        if !text.starts_with(head) {
            faults.push(format!("{name} does not say at its head what it is for"));
        }
        let lines = text.lines().count();
        if lines > MAX_PAGE_LINES {
            faults.push(format!("{name} has {lines} lines"));
        }
        faults
            .extend(BANNED_IN_PAGE.iter().filter(|call| text.contains(*call)).map(|call| format!("{name} has {call}")));
    }
    assert_none(&faults, "files of the page have a head, up to 400 lines, and never make markup of data");
}

#[test]
fn every_crate_keeps_the_lints_and_knows_only_who_it_may() {
    let may_know: [(&str, &[&str]); 6] = [
        ("schema", &[]),
        ("schema/tls", &[]),
        ("node", &["schema", "schema/tls"]),
        ("collector", &["schema", "schema/tls"]),
        ("etl", &["schema", "collector"]),
        ("queries", &["schema"]),
    ];
    for (name, knows) in may_know {
        let manifest = std::fs::read_to_string(root().join(name).join("Cargo.toml")).expect("a manifest");
        assert!(manifest.contains("[lints]\nworkspace = true"), "{name} does not keep the workspace's lints");
        let dependencies = manifest.split("[dev-dependencies]").next().unwrap_or_default();
        for (other, _) in may_know.iter().filter(|(other, _)| *other != name) {
            let last = other.rsplit('/').next().unwrap_or_default();
            let is_known = dependencies.contains(&format!("callmart-{last}.workspace"))
                || dependencies.contains(&format!("callmart-{last} ="));
            assert!(!is_known || knows.contains(other), "{name} reaches for {other}: data flows one way");
        }
    }
    let schema = std::fs::read_to_string(root().join("schema/Cargo.toml")).expect("a manifest");
    for foreign in ["tokio", "sqlx", "datafusion"] {
        assert!(!schema.contains(foreign), "schema is pure, and names {foreign}");
    }
}

#[test]
fn scripts_can_be_run_and_stop_at_the_first_error() {
    use std::os::unix::fs::PermissionsExt as _;
    let is_script = |name: &str| (name.starts_with("scripts/") && !name.ends_with(".rs")) || name == ".ci/run";
    let scripts: Vec<(String, PathBuf)> = files().into_iter().filter(|(name, _)| is_script(name)).collect();
    assert!(scripts.len() >= 3, "the scripts were not found");
    for (name, path) in scripts {
        let text = std::fs::read_to_string(&path).expect("text");
        assert!(text.starts_with("#!/usr/bin/env bash\n# "), "{name} says at its head what it is for");
        assert!(text.contains("\nset -euo pipefail\n"), "{name} stops at the first error");
        assert!(path.metadata().expect("a file").permissions().mode() & 0o100 != 0, "{name} can be run");
    }
}
