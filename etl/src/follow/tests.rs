//! The Parquet mart across crashes: whatever was interrupted, it ends in the rows of one undisturbed pass.

use std::fs;
use std::path::Path;

use callmart_schema::catalogue::{TABLES, Table, TableKind, Value};
use callmart_schema::manifest::{CURRENT_FILE, MANIFEST_FOLDER};
use proptest::prelude::*;

use super::*;
use crate::load::parquet::ParquetMart;
use crate::settings::{LoadSettings, TransformSettings};
use crate::transform::tests::build::{Call, RELEASED, place, stored};
use crate::transform::tests::laws::a_log;

const LOG: &str = "log";

/// What happens while a log is read.
#[derive(Debug, Clone)]
enum Step {
    Take(usize),
    /// Everything that waits is published.
    Publish,
    /// One state is published, which may leave units waiting.
    PublishOne,
    /// The state's files are written, but it does not become the newest.
    FailAndReopen,
    Reopen,
    RebuildHalf,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1_usize..25).prop_map(Step::Take),
        2 => Just(Step::Publish),
        3 => Just(Step::PublishOne),
        1 => Just(Step::FailAndReopen),
        2 => Just(Step::Reopen),
        1 => Just(Step::RebuildHalf),
    ]
}

fn open(dir: &Path, units_per_load: usize) -> Etl {
    let load = LoadSettings { units_per_load, cached_events: 5, ..LoadSettings::default() };
    let settings = EtlSettings { data_dir: dir.to_owned(), transform: TransformSettings::default(), load };
    let parquet = ParquetMart::open(dir, &[], 300).expect("a mart");
    Etl::with_marts(settings, parquet, None).expect("what the archive holds")
}

/// Reads on where the log was left.
fn take(etl: &mut Etl, log: &[Stored], count: usize) {
    let from = etl.positions.get(LOG).map_or(0, |p| p.offset as usize);
    let to = from.saturating_add(count).min(log.len());
    for (offset, event) in log.iter().enumerate().take(to).skip(from) {
        etl.take(Stored { place: place(offset as u64), ..event.clone() }).expect("taken");
    }
    etl.positions.insert(LOG.to_owned(), LogPlace { segment: 0, offset: to as u64 });
}

async fn fail(etl: &mut Etl, dir: &Path) {
    // A folder where the new name of the newest state is to be written.
    let obstacle = dir.join(MANIFEST_FOLDER).join(CURRENT_FILE).with_extension("tmp");
    fs::create_dir(&obstacle).expect("a folder");
    etl.publish_next().await.expect_err("the state cannot become the newest");
    fs::remove_dir(obstacle).expect("removed");
}

/// Rows by table and day. Of dimensions and what a mart says of its own work more than one truth is possible.
type Content = BTreeMap<&'static str, BTreeMap<String, Vec<Vec<Value>>>>;

fn content(etl: &Etl, kinds: &[TableKind], besides: &[&str]) -> Content {
    let wanted = |t: &&&'static Table| kinds.contains(&t.kind) && !besides.contains(&t.name);
    TABLES
        .iter()
        .filter(wanted)
        .map(|t| (t.name, etl.publisher.mart().expect("here").content(t).expect("rows")))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn whatever_is_interrupted_the_mart_ends_in_the_rows_of_one_pass(
        log in a_log(),
        steps in prop::collection::vec(step(), 0..10),
        units_per_load in 1_usize..5,
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().expect("a runtime");
        runtime.block_on(async {
            let (plain, hard) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
            let mut one_pass = open(plain.path(), 1_000);
            take(&mut one_pass, &log, usize::MAX);
            one_pass.publish().await.expect("published");
            let mut etl = open(hard.path(), units_per_load);
            for step in steps {
                match step {
                    Step::Take(count) => take(&mut etl, &log, count),
                    Step::Publish => etl.publish().await.expect("published"),
                    Step::PublishOne => etl.publish_next().await.expect("published"),
                    Step::FailAndReopen => {
                        fail(&mut etl, hard.path()).await;
                        etl = open(hard.path(), units_per_load);
                    }
                    Step::Reopen => etl = open(hard.path(), units_per_load),
                    Step::RebuildHalf => {
                        etl.clear(true).await.expect("cleared");
                        etl = open(hard.path(), units_per_load);
                    }
                }
            }
            take(&mut etl, &log, usize::MAX);
            etl.publish().await.expect("published");
            let exact = [TableKind::Fact, TableKind::Archive, TableKind::Control, TableKind::Static, TableKind::Calendar];
            // Restatements tell how a mart came to its rows; a reject's place is that of the copy that was read first.
            let besides = ["ctl_restatement", "ctl_reject"];
            prop_assert_eq!(content(&etl, &exact, &besides), content(&one_pass, &exact, &besides));
            let rejects = |etl: &Etl| content(etl, &[TableKind::Control], &besides[..1])["ctl_reject"][""].len();
            prop_assert_eq!(rejects(&etl), rejects(&one_pass));
            let all = content(&etl, &[TableKind::Dimension], &[]);
            for (table, rows) in content(&one_pass, &[TableKind::Dimension], &[]) {
                for row in &rows[""] {
                    prop_assert!(all[table][""].contains(row), "{table} lacks {row:?}");
                }
            }
            let reopened = open(hard.path(), 1);
            // Which copy of a conflict a mart knew is not told anywhere, so these units are loaded again.
            let waits = reopened.knowledge.is_waiting(Mart::Parquet);
            prop_assert!(!waits || !reopened.knowledge.overruled.is_empty(), "nothing waits after a clean end");
            Ok(())
        })?;
    }
}

#[test]
fn a_state_that_could_not_be_made_leaves_the_next_one_whole() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().expect("a runtime");
    runtime.block_on(async {
        let dir = tempfile::tempdir().expect("a folder");
        let mut etl = open(dir.path(), 10);
        let call = Call::inbound("c1").ivr(0.0, 5.0, RELEASED).ends(5.0);
        let log: Vec<Stored> = call.events.iter().map(stored).collect();
        take(&mut etl, &log, usize::MAX);
        fail(&mut etl, dir.path()).await;
        etl.publish().await.expect("published");
        let rows = content(&etl, &[TableKind::Dimension, TableKind::Calendar, TableKind::Archive], &[]);
        assert_eq!(rows["resource_"][""].len(), 3, "the IVR, unknown, none");
        assert!(!rows["date_time"][""].is_empty(), "the year's calendar");
        let archived: usize = rows["gidb_event"].values().map(Vec::len).sum();
        assert_eq!(archived, log.len());
    });
}
