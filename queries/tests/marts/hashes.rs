//! Content hashes: equal where the content is equal, whatever the engine, the files or the provenance.

use callmart_queries::hash::{HashLine, hash_mart};
use callmart_schema::catalogue::statics::Outcome;
use callmart_schema::catalogue::{GidbEvent, MediationSegmentFact, Resource, TABLES};

use crate::queue_summary::monday;
use crate::support::{Content, SALES, at, parquet, passage};

async fn lines(content: &Content, rows_per_file: usize) -> Vec<HashLine> {
    let dir = tempfile::tempdir().expect("a folder");
    content.publish(dir.path(), 1, rows_per_file);
    hash_mart(&parquet(dir.path())).await.expect("lines")
}

fn facts(change: impl Fn(&mut MediationSegmentFact)) -> Content {
    let start = at("2026-01-05T08:00:00Z");
    let mut passages: Vec<_> = (0..30).map(|id| passage(id, SALES, start + id * 7_000, 5, Outcome::Cleared)).collect();
    passages.iter_mut().for_each(change);
    let mut content = Content::with_statics();
    content.add(&crate::support::resources()).add(&passages);
    content
}

fn of<'a>(lines: &'a [HashLine], table: &str) -> Vec<&'a HashLine> {
    lines.iter().filter(|l| l.table == table).collect()
}

#[tokio::test]
async fn both_engines_give_equal_lines() {
    let (_dir, engines) = monday().engines("hashes_equal").await;
    let mut all = Vec::new();
    for engine in engines {
        let mut lines = hash_mart(&engine).await.expect("lines");
        lines.retain(|line| line.table != "gidb_event");
        all.push(lines);
    }
    assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "{all:#?}");
    assert_eq!(of(&all[0], "mediation_segment_fact").iter().map(|l| l.rows).collect::<Vec<_>>(), [13]);
}

#[tokio::test]
async fn there_is_a_line_for_each_day_of_a_fact_and_one_for_each_dimension() {
    let lines = lines(&facts(|_| {}), 1_000).await;
    let days: Vec<String> =
        of(&lines, "mediation_segment_fact").iter().map(|l| format!("{} {}", l.day.expect("a day"), l.rows)).collect();
    assert_eq!(days, ["2026-01-05 9", "2026-01-06 12", "2026-01-07 9"]);
    for table in TABLES.iter().filter(|t| t.is_compared() && t.day_column().is_none()) {
        assert_eq!(of(&lines, table.name).len(), 1, "{}", table.name);
    }
    assert!(TABLES.iter().filter(|t| !t.is_compared()).all(|t| of(&lines, t.name).is_empty()));
}

#[tokio::test]
async fn files_and_revisions_do_not_matter() {
    let whole = lines(&facts(|_| {}), 1_000).await;
    assert_eq!(whole, lines(&facts(|_| {}), 4).await);
    assert_eq!(whole, lines(&facts(|fact| fact.revision = 7), 1_000).await);
}

#[tokio::test]
async fn a_changed_value_changes_its_day_only() {
    let before = lines(&facts(|_| {}), 1_000).await;
    let changed = |fact: &mut MediationSegmentFact| {
        if fact.mediation_segment_id == 15 {
            fact.mediation_duration += 1;
        }
    };
    let after = lines(&facts(changed), 1_000).await;
    let differ: Vec<String> = before
        .iter()
        .zip(&after)
        .filter(|(a, b)| a != b)
        .map(|(a, _)| format!("{} {:?}", a.table, a.day.map(|d| d.to_string())))
        .collect();
    assert_eq!(differ, [r#"mediation_segment_fact Some("2026-01-06")"#]);
}

#[tokio::test]
async fn only_rows_that_facts_refer_to_count_in_a_dimension() {
    let content = facts(|_| {});
    let before = lines(&content, 1_000).await;
    assert_eq!(of(&before, "resource_")[0].rows, 1);
    let mut more = content.clone();
    more.add(&[Resource { resource_key: 500, resource_name: "left over".to_owned(), ..Resource::default() }]);
    assert_eq!(before, lines(&more, 1_000).await);
}

fn event(seq: i64, kind: &str, bytes: &[u8], log_offset: i64) -> GidbEvent {
    GidbEvent {
        source: "a".to_owned(),
        seq,
        kind: kind.to_owned(),
        time_us: 1_767_600_000_000_000,
        event: bytes.to_vec(),
        log_offset,
        ..GidbEvent::default()
    }
}

#[tokio::test]
async fn the_archive_counts_events_by_identity_and_bytes() {
    let archive = |events: &[GidbEvent]| {
        let mut content = Content::default();
        content.add(events);
        content
    };
    let before = lines(&archive(&[event(1, "call", b"x", 0), event(2, "call", b"y", 9)]), 1_000).await;
    let line = of(&before, "gidb_event")[0];
    assert_eq!((line.rows, line.day.map(|d| d.to_string())), (2, Some("2026-01-05".to_owned())));
    let elsewhere = [event(2, "call", b"y", 70), event(0, "session_connect", b"z", 80), event(1, "call", b"x", 90)];
    assert_eq!(before, lines(&archive(&elsewhere), 1).await);
    let other = lines(&archive(&[event(1, "call", b"x", 0), event(2, "call", b"z", 9)]), 1_000).await;
    assert_ne!(of(&before, "gidb_event"), of(&other, "gidb_event"));
}
