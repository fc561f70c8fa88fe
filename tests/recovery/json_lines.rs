//! Events as JSON lines: what a log holds can be told again, and a line that is no event is kept and explained.

use crate::input::{Rows, answered_call, login};
use crate::operator::{Site, assert_same};

#[test]
fn the_events_of_a_bank_import_make_the_same_mart_in_another_folder() {
    let bank = Site::with_both_marts("a log told again");
    let calls = bank.file("calls.tsv", &Rows::all().part(0, 300));
    bank.must(&["import", "bank-calls", &calls]);
    let lines = bank.must(&["log", "cat"]);
    let told = Site::with_both_marts("a log told again");
    let events = told.file("events.jsonl", &lines.out);
    told.must(&["import", "events", &events]);
    // Records of sessions are no part of the comparison; events, facts and dimensions are equal to the byte, but for calls
    // to a DN that nobody was logged in on: a file of events says nothing of the time before its first event, so that such
    // a call may be `unknown` where the bank's file, which is a whole day, knows that it is `none`.
    let but_matches = |site: &Site| -> Vec<String> {
        site.content().into_iter().filter(|line| !line.starts_with("interaction_resource_fact ")).collect()
    };
    assert_same(&but_matches(&told), &but_matches(&bank), "the log told again");
    let query = "SELECT interaction_resource_id, resource_key, start_ms, end_ms, talk_duration, CASE agent_match WHEN \
                 'unknown' THEN 'none' ELSE agent_match END AS agent_match FROM interaction_resource_fact ORDER BY 1";
    assert_same(&told.sql(query), &bank.sql(query), "attempts");
    // The same file again, and the bank's own: all of it is known.
    let before = told.content();
    told.must(&["import", "events", &events]);
    assert_same(&told.content(), &before, "imported again");
    let calls = told.file("calls.tsv", &Rows::all().part(0, 300));
    told.must(&["import", "bank-calls", &calls]);
    assert_same(&told.content(), &bank.content(), "with the bank's own statement of what is complete");
}

#[test]
fn a_file_of_events_knows_less_of_the_time_before_its_first_event_than_a_whole_day_does() {
    let head = Rows::small().part(0, 0);
    // A call to a DN without an agent at 8:00, and the day's only service at 9:00.
    let rows = "AA0101\t1\t0\t0\tPS\t990307\t8:00:00\t8:00:10\t10\t0:00:00\t0:00:00\t0\tAGENT\t8:00:10\t8:00:30\t20\tNO_SERVER\n\
                AA0101\t2\t0\t0\tPS\t990307\t9:00:00\t9:00:10\t10\t0:00:00\t0:00:00\t0\tAGENT\t9:00:10\t9:00:30\t20\tAG01\n";
    let (bank, told) = (Site::with_parquet(), Site::with_parquet());
    let calls = bank.file("calls.tsv", &format!("{head}{rows}"));
    bank.must(&["import", "bank-calls", &calls]);
    let events = told.file("events.jsonl", &bank.must(&["log", "cat"]).out);
    told.must(&["import", "events", &events]);
    let query = "SELECT agent_match FROM interaction_resource_fact WHERE agent_match IS NOT NULL ORDER BY start_ms";
    assert_eq!(bank.sql(query), ["none", "final"]);
    assert_eq!(told.sql(query), ["unknown", "final"]);
}

#[test]
fn a_line_that_is_no_event_is_kept_with_its_reason_and_the_others_load() {
    let site = Site::with_both_marts("lines that are no events");
    let bad = [
        "{\"source\": \"north-ip\", \"seq\": ",
        "not JSON at all",
        "{\"source\":\"north-ip\",\"colour\":\"red\"}",
        "42",
    ];
    let good = answered_call("c-1", 1, 36_000, "7001") + &login("ann", "7001", 1, 35_000, 40_000);
    let mut lines: Vec<&str> = good.lines().collect();
    for (place, line) in bad.iter().enumerate() {
        lines.insert(2 * place + 1, line);
    }
    let file = site.file("events.jsonl", &(lines.join("\n") + "\n"));
    let answer = site.must(&["import", "events", &file]);
    for number in [2, 4, 6, 8] {
        assert!(answer.said.contains(&format!("events.jsonl:{number}: ")), "line {number}: {}", answer.said);
    }
    assert!(
        answer.said.lines().any(|l| l.split_whitespace().collect::<Vec<_>>() == ["4", "rejected"]),
        "{}",
        answer.said
    );
    let kept = "SELECT reason, detail, length(input) AS bytes FROM ctl_reject ORDER BY bytes";
    let rejects = site.sql(kept);
    let mut lengths: Vec<usize> = bad.iter().map(|line| line.len()).collect();
    lengths.sort_unstable();
    let found: Vec<usize> = rejects.iter().filter_map(|r| r.rsplit(',').next()?.parse().ok()).collect();
    assert_eq!(found, lengths, "{rejects:?}");
    assert_eq!(site.sql("SELECT count(*) AS n FROM interaction_fact"), ["1"]);
    assert_eq!(site.sql("SELECT agent_match FROM interaction_resource_fact"), ["final"]);
    let bytes =
        "SELECT reject_key, source, identity, time_ms, reason, detail, input FROM ctl_reject ORDER BY reject_key";
    let (content, whole) = (site.content(), (site.sql_of("parquet", bytes), rejects));
    for again in [&["import", "events", &file][..], &["rebuild", "--from", "log"], &["rebuild", "--from", "gidb"]] {
        site.must(again);
        assert_same(&site.content(), &content, &format!("{again:?}"));
        assert_eq!((site.sql_of("parquet", bytes), site.sql(kept)), whole, "{again:?}");
    }
}
