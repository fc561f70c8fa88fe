//! Two commands at once: one writes, and the private server outlives whoever started it.

use crate::input::Rows;
use crate::operator::{Site, assert_same, wait_until};

#[test]
fn a_second_import_is_refused_with_a_sentence_while_the_first_goes_on() {
    let site = Site::with_parquet();
    let calls = site.file("calls.tsv", &Rows::all().part(0, usize::MAX));
    let mut first = site.start(&["import", "bank-calls", &calls]);
    wait_until("the first import writes", || site.log_bytes() > 0 || !first.runs());
    let small = site.file("small.tsv", &Rows::small().part(0, 5));
    for second in [&["import", "bank-calls", &small][..], &["rebuild", "--from", "log"]] {
        let answer = site.run(second);
        assert!(first.runs(), "the first import was over too soon for this test");
        assert_eq!(answer.code, Some(2), "{second:?}: {}", answer.said);
        assert!(
            answer.said.contains("`callmart import bank-calls`") && answer.said.contains("is writing in"),
            "{}",
            answer.said
        );
        assert!(answer.out.is_empty());
    }
    site.must(&["log", "ls"]);
    assert!(first.end().success(), "{}", site.said());
    site.must(&["import", "bank-calls", &small]);
}

#[test]
fn the_server_of_a_killed_command_is_taken_over_and_stopped_by_the_next() {
    let site = Site::with_both_marts("a server taken over");
    if !site.has_postgres() {
        return;
    }
    let small = site.file("small.tsv", &Rows::small().part(0, usize::MAX));
    site.must(&["import", "bank-calls", &small]);
    let content = site.content();
    assert_eq!(site.server(), None, "the last user stops the server");
    let calls = site.file("calls.tsv", &Rows::all().part(0, 1_500));
    let mut running = site.start(&["import", "bank-calls", &calls]);
    let before = site.log_bytes();
    wait_until("the import writes", || site.log_bytes() > before + 50_000 || !running.runs());
    running.kill();
    let left = site.server();
    assert!(left.is_some(), "the server of a killed command goes on");
    // Asked while it is left over: PostgreSQL answers, and is stopped with its last user.
    assert_eq!(site.sql_of("postgres", "SELECT count(*) AS n FROM tenant WHERE tenant_key > 0").len(), 1);
    assert_eq!(site.server(), None, "the one who took it over stops it");
    site.must(&["import", "bank-calls", &calls]);
    let whole = Site::with_both_marts("a server taken over");
    whole.must(&["import", "bank-calls", &calls, &small]);
    assert_same(&site.content(), &whole.content(), "after the take-over");
    assert!(content.len() < site.content().len());
}
