//! Snapshots: a frozen folder of one state.

use std::fs;

use callmart_queries::mart::PinnedMart;
use callmart_queries::snapshot::{SNAPSHOT_FILE, SnapshotError, snapshot};
use callmart_schema::catalogue::GidbEvent;

use crate::queue_summary::monday;

#[test]
fn a_snapshot_holds_every_file_of_the_state_and_says_which_it_is() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut content = monday();
    content.add(&[GidbEvent { time_us: 1_767_600_000_000_000, ..GidbEvent::default() }]);
    content.publish(dir.path(), 5, 4);
    let mart = PinnedMart::pin(dir.path()).expect("a mart");
    let copy = dir.path().join("copy");
    let done = snapshot(&mart, &copy).expect("a snapshot");
    assert_eq!((done.number, done.tables["mediation_segment_fact"].rows), (5, 13));
    for table in mart.tables() {
        for file in mart.files(table) {
            let folder = match (table, file.day.as_str()) {
                ("gidb_event", day) => format!("gidb/event/event_date={day}"),
                (table, "") => table.to_owned(),
                (table, day) => format!("{table}/start_date={day}"),
            };
            let copied = fs::read(copy.join(folder).join(&file.name)).expect("a file");
            assert_eq!(copied, fs::read(mart.path(table, file)).expect("a file"));
        }
    }
    let text = fs::read_to_string(copy.join(SNAPSHOT_FILE)).expect("a description");
    let said: serde_json::Value = serde_json::from_str(&text).expect("json");
    assert_eq!((said["number"].as_u64(), said["tables"]["tenant"]["files"].as_u64()), (Some(5), Some(1)));
}

#[test]
fn a_snapshot_stays_when_the_mart_loses_its_files() {
    let dir = tempfile::tempdir().expect("a folder");
    monday().publish(dir.path(), 1, 100);
    let mart = PinnedMart::pin(dir.path()).expect("a mart");
    let copy = tempfile::tempdir().expect("a folder");
    snapshot(&mart, copy.path()).expect("a snapshot");
    fs::remove_dir_all(dir.path().join("files")).expect("files");
    let tenant = fs::read_dir(copy.path().join("tenant")).expect("a folder").next().expect("a file").expect("a file");
    assert!(tenant.metadata().expect("a file").len() > 0);
    let again = tempfile::tempdir().expect("a folder");
    assert!(matches!(snapshot(&mart, again.path()), Err(SnapshotError::Gone { .. })));
    assert!(!again.path().join(SNAPSHOT_FILE).exists());
}

#[test]
fn a_folder_that_holds_something_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("x"), "").expect("a file");
    let mart = PinnedMart::pin(&dir.path().join("none")).expect("an empty mart");
    assert!(matches!(snapshot(&mart, dir.path()), Err(SnapshotError::NotEmpty { .. })));
    let done = snapshot(&mart, &dir.path().join("new")).expect("an empty snapshot");
    assert_eq!((done.number, done.tables.len()), (0, 0));
}
