//! What a user can give wrongly is refused with exit code 2, a sentence that says why, and the mart as it was.

use super::small_file::SMALL_FILE;
use super::support::{answer, callmart, open_folder};

#[test]
fn another_zone_for_the_same_source_is_refused_and_changes_nothing() {
    let folder = open_folder();
    let data = folder.path().join("data");
    answer(&data, &["import", "bank-calls", SMALL_FILE]);
    let hash = answer(&data, &["hash"]);
    let refused = callmart(&data, &["import", "bank-calls", "--tz", "Europe/Berlin", SMALL_FILE]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("Asia/Jerusalem") && said.contains("Europe/Berlin"), "{said}");
    assert!(refused.stdout.is_empty());
    assert_eq!(answer(&data, &["hash"]), hash, "a refused import changed the mart");
    answer(&data, &["import", "bank-calls", "--tz", "Asia/Jerusalem", SMALL_FILE]);
    assert_eq!(answer(&data, &["hash"]), hash, "the same zone is the same source");
}

#[test]
fn a_file_that_is_not_there_is_refused_before_anything_is_made() {
    let folder = open_folder();
    let data = folder.path().join("data");
    let missing = folder.path().join("missing.tsv");
    let missing = missing.to_str().expect("UTF-8");
    let refused = callmart(&data, &["import", "bank-calls", SMALL_FILE, missing]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("missing.tsv"), "{said}");
    assert!(!data.exists(), "nothing was imported, and nothing was made");
}
