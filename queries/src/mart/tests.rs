//! Pinning on hand-written manifests.

use super::*;

fn write(root: &Path, name: &str, text: &str) {
    let path = root.join(MANIFEST_FOLDER).join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
    fs::write(path, text).expect("a file");
}

fn manifest(number: u64, list: &str) -> String {
    format!(
        r#"{{"version":{MANIFEST_VERSION},"catalogue_version":1,"number":{number},"lists":{{"tenant":{{"all":"{list}"}}}},"positions":{{}},"load_number":1}}"#
    )
}

fn list() -> String {
    let file = |name: &str| format!(r#"{{"day":"","name":"{name}","rows":1,"bytes":9}}"#);
    let files = [file("b.parquet"), file("a.parquet")].join(",");
    format!(r#"{{"version":{MANIFEST_VERSION},"table":"tenant","files":[{files}]}}"#)
}

#[test]
fn a_folder_without_a_manifest_is_an_empty_mart() {
    let dir = tempfile::tempdir().expect("a folder");
    let mart = PinnedMart::pin(dir.path()).expect("an empty mart");
    assert_eq!((mart.number(), mart.files("tenant").len()), (0, 0));
}

#[test]
fn the_files_of_the_newest_state_are_listed_in_order() {
    let dir = tempfile::tempdir().expect("a folder");
    write(dir.path(), "current", "7\n");
    write(dir.path(), "000000000007.json", &manifest(7, "x"));
    write(dir.path(), "lists/x.json", &list());
    let mart = PinnedMart::pin(dir.path()).expect("a mart");
    let names: Vec<_> = mart.files("tenant").iter().map(|f| f.name.as_str()).collect();
    assert_eq!((mart.number(), names), (7, vec!["a.parquet", "b.parquet"]));
    assert!(mart.path("tenant", &mart.files("tenant")[0]).ends_with("files/tenant/a.parquet"));
}

#[test]
fn a_list_that_is_gone_without_a_newer_state_is_an_error_that_names_it() {
    let dir = tempfile::tempdir().expect("a folder");
    write(dir.path(), "current", "7");
    write(dir.path(), "000000000007.json", &manifest(7, "x"));
    let error = PinnedMart::pin(dir.path()).expect_err("the list is missing").to_string();
    assert!(error.contains("lists/x.json"), "{error}");
}

#[test]
fn names_that_lead_out_of_the_mart_and_other_versions_are_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    write(dir.path(), "current", "7");
    write(dir.path(), "000000000007.json", &manifest(7, "../x"));
    assert!(matches!(PinnedMart::pin(dir.path()), Err(MartError::Form { .. })));
    let own = format!("\"version\":{MANIFEST_VERSION},\"cat");
    write(dir.path(), "000000000007.json", &manifest(7, "x").replace(&own, "\"version\":99,\"cat"));
    assert!(matches!(PinnedMart::pin(dir.path()), Err(MartError::Version { found: 99, .. })));
    write(dir.path(), "current", "seven");
    assert!(matches!(PinnedMart::pin(dir.path()), Err(MartError::Form { .. })));
}
