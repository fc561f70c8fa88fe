//! Every crate that we build with may be used under our licence, and what must exist once exists once.
//!
//! Asks cargo about the lock file and what is already downloaded; needs no network.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Licences that ask for no more than a notice. An expression counts when some choice it offers stands here.
const ALLOWED: [&str; 12] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Crates of which a second version would be a fault: their types meet across crates, or they are heavy to build.
const ONCE: [&str; 5] = ["chrono", "serde", "sqlx-core", "thiserror", "tokio"];

/// Beginnings of such crates' names.
const ONCE_PREFIXES: [&str; 3] = ["arrow", "datafusion", "parquet"];

/// Crates that are there in several versions, and who keeps the older one. An entry that is no longer needed fails the test.
const SEVERAL: [(&str, &str); 16] = [
    ("base64", "buffa and sqlx are at 0.22, arrow and datafusion at 0.23"),
    ("block-buffer", "part of digest"),
    ("cpufeatures", "part of sha2"),
    ("crypto-common", "part of digest"),
    ("digest", "sqlx-core uses sha2 0.10, sqlx-postgres sha2 0.11"),
    ("foldhash", "part of hashbrown"),
    ("getrandom", "one for each of ahash, rand, tempfile and ring"),
    ("hashbrown", "one for each of dashmap, buffa, sqlx and arrow"),
    ("itertools", "object_store and prost-derive are at 0.14, datafusion at 0.15"),
    ("num-bigint", "bigdecimal is at 0.4, arrow at 0.5"),
    ("rand", "datafusion is at 0.9, sqlx and proptest at 0.10"),
    ("rand_core", "part of rand"),
    ("sha2", "sqlx-core is at 0.10, sqlx-postgres at 0.11"),
    ("syn", "derive macros are moving from 2 to 3; built for the compiler only"),
    (
        "synstructure",
        "yoke-derive is at 0.14; 0.13 is of x509-parser, which rcgen may use and here does not: it is never built",
    ),
    ("unicode-width", "miette, which protox uses at build time, is at 0.1"),
];

/// The target that this machine builds for.
fn this_machine() -> String {
    let output = Command::new("rustc").arg("-vV").output().expect("rustc runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host").to_owned()
}

/// What cargo knows of the crates that are built for this machine.
fn metadata() -> Value {
    let target = this_machine();
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--locked", "--format-version", "1", "--filter-platform", &target])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo metadata answers with JSON")
}

/// Name, version and licence expression of each crate in the resolved tree.
fn crates(metadata: &Value) -> Vec<(String, String, String)> {
    let nodes = metadata["resolve"]["nodes"].as_array().expect("a resolved tree");
    let used: BTreeSet<&str> = nodes.iter().filter_map(|node| node["id"].as_str()).collect();
    let packages = metadata["packages"].as_array().expect("packages").iter();
    let text = |package: &Value, key: &str| package[key].as_str().unwrap_or_default().to_owned();
    packages
        .filter(|package| package["id"].as_str().is_some_and(|id| used.contains(id)))
        .map(|package| (text(package, "name"), text(package, "version"), text(package, "license")))
        .collect()
}

/// Whether an SPDX expression leaves us a choice among [`ALLOWED`]. A slash is an old way to write OR.
fn is_allowed(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let allowed = either(&mut words);
    allowed && words.next().is_none()
}

type Words<'a, I> = std::iter::Peekable<I>;

fn either<'a, I: Iterator<Item = &'a str>>(words: &mut Words<'a, I>) -> bool {
    let mut allowed = both(words);
    while words.next_if_eq(&"OR").is_some() {
        allowed |= both(words);
    }
    allowed
}

fn both<'a, I: Iterator<Item = &'a str>>(words: &mut Words<'a, I>) -> bool {
    let mut allowed = one(words);
    while words.next_if_eq(&"AND").is_some() {
        allowed &= one(words);
    }
    allowed
}

fn one<'a, I: Iterator<Item = &'a str>>(words: &mut Words<'a, I>) -> bool {
    let allowed = match words.next() {
        Some("(") => {
            let (inside, closed) = (either(words), words.next() == Some(")"));
            inside && closed
        }
        Some(licence) => ALLOWED.contains(&licence),
        None => false,
    };
    if words.next_if_eq(&"WITH").is_some() {
        words.next(); // An exception only ever allows more.
    }
    allowed
}

#[test]
fn every_crate_is_under_a_licence_that_we_allow() {
    let refused: Vec<String> = crates(&metadata())
        .iter()
        .filter(|(_, _, licence)| !is_allowed(licence))
        .map(|(name, version, licence)| format!("{name} {version}: {licence:?}"))
        .collect();
    assert!(refused.is_empty(), "not allowed, unless a reason is found and the list grows:\n{}", refused.join("\n"));
}

#[test]
fn licence_expressions_are_understood() {
    for good in
        ["MIT", "MIT/GPL-3.0", "(MIT OR GPL-3.0) AND Unicode-3.0", "Apache-2.0 WITH LLVM-exception", "(A AND B) OR MIT"]
    {
        assert!(is_allowed(good), "{good}");
    }
    for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR A) AND B", "MIT MIT"] {
        assert!(!is_allowed(bad), "{bad}");
    }
}

#[test]
fn what_must_exist_once_exists_once_and_every_other_duplicate_has_a_reason() {
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, version, _) in crates(&metadata()) {
        versions.entry(name).or_default().insert(version);
    }
    let several: BTreeMap<&str, &BTreeSet<String>> =
        versions.iter().filter(|(_, of)| of.len() > 1).map(|(name, of)| (name.as_str(), of)).collect();
    for name in ["arrow", "datafusion", "parquet", "serde", "sqlx-core", "tokio"] {
        assert!(versions.contains_key(name), "{name} is not in the tree: this test looks at the wrong one");
    }
    for (name, of) in &several {
        let must_be_one = ONCE.contains(name) || ONCE_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
        assert!(!must_be_one, "{name} is there in several versions: {of:?}");
        assert!(SEVERAL.iter().any(|(known, _)| known == name), "{name} is there in several versions, new: {of:?}");
    }
    for (name, _) in SEVERAL {
        assert!(several.contains_key(name), "{name} is there once: take it off the list");
    }
}
