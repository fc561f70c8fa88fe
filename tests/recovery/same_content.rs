//! Rebuilding a mart and reading input again, in parts and in any order, change nothing.

use crate::input::Rows;
use crate::operator::{Site, assert_same};

#[test]
fn marts_made_again_from_logs_or_from_the_archive_are_the_same() {
    let site = Site::with_both_marts("marts made again");
    let calls = site.file("calls.tsv", &Rows::all().part(0, 700));
    site.must(&["import", "bank-calls", &calls]);
    let before = site.content();
    assert!(before.len() > 30, "a real mart: {before:?}");
    let rejects = rejects(&site);
    for from in ["gidb", "log", "gidb"] {
        site.must(&["rebuild", "--from", from]);
        assert_same(&site.content(), &before, &format!("rebuilt from {from}"));
        assert_eq!(self::rejects(&site), rejects, "rebuilt from {from}");
    }
    site.must(&["import", "bank-calls", &calls]);
    assert_same(&site.content(), &before, "imported again after a rebuild");
}

#[test]
fn overlapping_halves_in_either_order_make_the_mart_that_the_whole_file_makes() {
    let (rows, end) = (Rows::all(), 500);
    let whole = Site::with_both_marts("overlapping halves");
    let file = whole.file("whole.tsv", &rows.part(0, end));
    whole.must(&["import", "bank-calls", &file]);
    let expected = whole.content();
    for order in [[(0, 320), (180, end)], [(180, end), (0, 320)]] {
        let site = Site::with_both_marts("overlapping halves");
        for (from, to) in order {
            let file = site.file("half.tsv", &rows.part(from, to));
            site.must(&["import", "bank-calls", &file]);
        }
        assert_same(&site.content(), &expected, &format!("{order:?}"));
        assert_eq!(rejects(&site), rejects(&whole), "{order:?}");
        let file = site.file("whole.tsv", &rows.part(0, end));
        site.must(&["import", "bank-calls", &file]);
        assert_same(&site.content(), &expected, &format!("{order:?} and then the whole file"));
        site.must(&["rebuild", "--from", "log"]);
        assert_same(&site.content(), &expected, &format!("{order:?} and then rebuilt from logs"));
    }
}

/// The rejects without their places in logs.
fn rejects(site: &Site) -> Vec<String> {
    site.sql("SELECT identity, reason, detail, length(input) AS bytes FROM ctl_reject ORDER BY identity")
}
