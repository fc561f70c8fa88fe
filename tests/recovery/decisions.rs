//! What an operator decides: sources that are ignored, calls that are closed, rejects that are driven in again; with a rebuild
//! from log and archive, a crash between the decision and its load, and others at work in the folder.

use std::fs::{File, OpenOptions};

use callmart_schema::event::{self, Body, Unreadable};

use crate::input::{answered_call, login};
use crate::operator::{Site, assert_same, wait_until};

const EXPECTED: &str = "[[source]]\nname = \"north-tc\"\nswitch = \"north\"\nrole = \"t-controller\"\n\
    [[source]]\nname = \"south-tc\"\nswitch = \"north\"\nrole = \"t-controller\"\n";
const MATCH: &str = "SELECT media_server_root_ixn_guid, agent_match FROM interaction_resource_fact ORDER BY 1";
const COVERAGE: &str =
    "SELECT source, state, decided_by, decided_why FROM ctl_coverage ORDER BY source, from_ms, state";

/// A call on 7001 at 10:00 with its agent, told by files; `south-tc`, which is expected too, says nothing.
fn with_a_silent_source(scenario: &str) -> Site {
    let site = Site::with_both_marts(scenario).settings(EXPECTED);
    let told = answered_call("c-1", 1, 36_000, "7001") + &login("ann", "7001", 1, 35_000, 40_000);
    let file = site.file("told.jsonl", &told);
    site.must(&["import", "events", &file]);
    site
}

/// Makes both marts again from everything there is, and sees to it that nothing changed.
fn rebuilt(site: &Site, queries: &[&str]) {
    let answers = |site: &Site| queries.iter().map(|query| site.sql(query)).collect::<Vec<_>>();
    let (content, before) = (site.content(), answers(site));
    for from in ["log", "gidb"] {
        site.must(&["rebuild", "--from", from]);
        assert_same(&site.content(), &content, &format!("rebuilt from {from}"));
        assert_eq!(answers(site), before, "rebuilt from {from}");
    }
}

#[test]
fn an_ignored_source_leaves_nobody_waiting_until_it_is_resumed() {
    let site = with_a_silent_source("an ignored source");
    assert_eq!(site.sql(MATCH), ["c-1,provisional"]);
    let report = ["report", "queue-summary", "--from", "2026-01-05", "--to", "2026-01-06"];
    assert!(site.must(&report).said.contains("never heard: south-tc"));

    let unknown = site.run(&["sources", "ignore", "south"]);
    assert_eq!(unknown.code, Some(2), "{}", unknown.said);
    assert!(unknown.said.contains("north-ip, north-tc, south-tc"), "{}", unknown.said);
    let by_ada = ["--since", "2026-01-05", "--by", "ada", "--reason", "it burns"];
    site.must(&[&["sources", "ignore", "south-tc"], &by_ada[..]].concat());
    assert_eq!(site.sql(MATCH), ["c-1,final"]);
    assert!(site.sql(COVERAGE).contains(&"south-tc,ignored,ada,it burns".to_owned()), "{:?}", site.sql(COVERAGE));
    let said = site.must(&report).said;
    assert!(!said.contains("never heard") && said.contains("ignored: south-tc"), "{said}");
    for engine in site.engines() {
        let listed = site.must(&["sources", "ls", "--format", "csv", "--engine", engine]).out;
        let line = listed.lines().find(|line| line.starts_with("south-tc,")).unwrap_or_default().to_owned();
        assert!(line.starts_with("south-tc,t-controller,ignored,yes,0,") && line.contains(": it burns"), "{listed}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&site.must(&["sources", "ls", "--format", "json"]).out).expect("JSON");
    assert_eq!(json.as_array().map(Vec::len), Some(3), "{json}");
    rebuilt(&site, &[COVERAGE]);

    site.must(&["sources", "resume", "south-tc", "--since", "2026-01-05T09:00Z"]);
    assert_eq!(site.sql(MATCH), ["c-1,provisional"], "the call was at 10:00");
    site.must(&[&["sources", "retire", "south-tc"], &by_ada[..]].concat());
    assert_eq!(site.sql(MATCH), ["c-1,final"]);
    let listed = site.must(&["sources", "ls", "--format", "csv"]).out;
    assert!(listed.contains("south-tc,t-controller,retired,no,"), "{listed}");
    rebuilt(&site, &[COVERAGE]);
    // What it tells all the same is heard, and counts.
    let late = login("bob", "7002", 1, 35_000, 40_000).replace("north-tc", "south-tc");
    let file = site.file("late.jsonl", &late);
    site.must(&["import", "events", &file]);
    assert_eq!(site.sql("SELECT count(*) AS n FROM sm_res_session_fact"), ["2"]);
    rebuilt(&site, &[COVERAGE]);
}

#[test]
fn a_closed_call_ends_in_the_facts_and_its_real_end_restates_it() {
    let site = Site::with_both_marts("a closed call");
    let call = answered_call("c-1", 1, 36_000, "7001");
    let (open, ends): (Vec<&str>, Vec<&str>) = call.lines().partition(|line| !line.contains("Deleted"));
    let file = site.file("open.jsonl", &(open.join("\n") + "\n"));
    site.must(&["import", "events", &file]);
    let facts = "SELECT f.status, f.completeness, f.end_ts - f.start_ts AS lasted, d.technical_result_code FROM interaction_fact f \
                 JOIN interaction_resource_fact r ON r.interaction_id = f.interaction_id \
                 JOIN technical_descriptor d ON d.technical_descriptor_key = r.technical_descriptor_key";
    let going_on = "SELECT count(*) AS n FROM open_interaction";
    assert_eq!((site.sql(facts).len(), site.sql(going_on)), (0, vec!["1".to_owned()]));
    let unknown = site.run(&["calls", "close", "c-2"]);
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.said.contains("no call that goes on is called c-2"), "{}", unknown.said);
    let id = site.sql_of("parquet", "SELECT interaction_id FROM open_interaction").remove(0);
    site.must(&["calls", "close", &id, "--reason", "the node is gone"]);
    assert_eq!(site.sql(facts), ["1,end-estimated,10,ABNORMALSTOP"]);
    assert_eq!(site.sql(going_on), ["0"]);
    let again = site.run(&["calls", "close", "c-1"]);
    assert_eq!(again.code, Some(2));
    assert!(again.said.contains("has ended"), "{}", again.said);
    rebuilt(&site, &[facts]);

    let file = site.file("ends.jsonl", &(ends.join("\n") + "\n"));
    site.must(&["import", "events", &file]);
    assert_eq!(site.sql(facts), ["0,whole,60,COMPLETED"]);
    let restated = "SELECT count(*) AS n FROM ctl_restatement WHERE table_name = 'interaction_fact' AND columns LIKE '%\"status\"%'";
    assert_eq!(site.sql(restated), ["1"]);
    rebuilt(&site, &[facts]);
}

#[test]
fn a_reject_that_can_be_read_now_becomes_its_fact_and_counts_once() {
    let site = Site::with_both_marts("a reject driven in again");
    let call = answered_call("c-1", 1, 36_000, "7001");
    let mut lines: Vec<&str> = call.lines().collect();
    let last = event::from_json(lines.pop().expect("the end of the call").as_bytes()).expect("an event");
    // As an earlier program kept it that could not read such an event.
    let (reason, input) = ("not-protobuf".to_owned(), event::canonical(&last));
    let kept = Unreadable { reason, input, detail: "a field of a newer model".to_owned(), ..Unreadable::default() };
    let kept = event::Event { body: Some(Body::Unreadable(kept)), seq: 99, ..last };
    let kept = event::to_json(&kept).expect("JSON");
    let file = site.file("told.jsonl", &format!("{}\n{kept}\nno event at all\n", lines.join("\n")));
    site.must(&["import", "events", &file]);
    let (facts, states) =
        ("SELECT count(*) AS n FROM interaction_fact", "SELECT reason, state FROM ctl_reject ORDER BY reason");
    assert_eq!(site.sql(facts), ["0"]);
    assert_eq!(site.sql(states), ["not-json,open", "not-protobuf,open"]);
    let unknown = site.run(&["rejects", "redrive", "7"]);
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.said.contains("has the id 7"), "{}", unknown.said);
    for _ in 0..2 {
        site.must(&["rejects", "redrive", "--by", "ada"]);
        assert_eq!(
            (site.sql(facts), site.sql(states)),
            (vec!["1".to_owned()], vec!["not-json,open".to_owned(), "not-protobuf,redriven".to_owned()])
        );
    }
    for engine in site.engines() {
        let listed = site.must(&["rejects", "ls", "--reason", "not-json", "--format", "csv", "--engine", engine]).out;
        assert_eq!(listed.lines().count(), 2, "{listed}");
        let none = site.must(&["rejects", "ls", "--source", "nobody", "--format", "csv", "--engine", engine]).out;
        assert_eq!(none.lines().count(), 1, "{none}");
    }
    rebuilt(&site, &[facts, states]);
}

#[test]
fn decisions_of_several_commands_at_once_are_all_kept_while_another_holds_the_folder() {
    let site = with_a_silent_source("decisions at once");
    let before = site.content();
    let holder = OpenOptions::new().append(true).open(site.data().join("callmart.lock")).expect("the lock file");
    holder.lock().expect("the folder's lock");
    let names = ["south-tc", "north-tc", "north-ip"];
    std::thread::scope(|scope| {
        for name in names {
            let site = &site;
            scope.spawn(move || {
                let answer = site.must(&["sources", "ignore", name, "--since", "2026-01-05"]);
                assert!(answer.said.contains("durable") && answer.said.contains("Not loaded yet"), "{}", answer.said);
            });
        }
    });
    assert_same(&site.content(), &before, "nobody loaded it yet");
    drop::<File>(holder);
    site.must(&["sources", "resume", "north-ip", "--since", "2026-01-05"]);
    let ignored = "SELECT source FROM ctl_coverage WHERE state = 'ignored' ORDER BY source";
    assert_eq!(site.sql(ignored), ["north-tc", "south-tc"]);
    let numbers = "SELECT seq FROM gidb_event WHERE kind = 'control' ORDER BY seq";
    assert_eq!(site.sql_of("parquet", numbers), ["1", "2", "3", "4"]);
    rebuilt(&site, &[ignored]);
}

#[test]
fn a_decision_whose_command_is_killed_behind_the_write_is_loaded_by_the_next_command() {
    let undisturbed = with_a_silent_source("a killed decision");
    let ignore = ["sources", "ignore", "south-tc", "--since", "2026-01-05"];
    undisturbed.must(&ignore);
    let site = with_a_silent_source("a killed decision");
    let mut running = site.start(&ignore);
    // A segment's header is 256 bytes long; what is behind it is the decision.
    let segment = site.data().join("log/control/00000001.open.seg");
    let is_written = || segment.metadata().is_ok_and(|meta| meta.len() > 256);
    wait_until("the decision is written", || is_written() || !running.runs());
    running.kill();
    assert!(is_written(), "{}", site.said());
    let file = site.file("more.jsonl", &login("bob", "7009", 11, 35_000, 40_000));
    site.must(&["import", "events", &file]);
    undisturbed.must(&["import", "events", &file]);
    assert_eq!(site.sql(MATCH), ["c-1,final"]);
    let rows = |site: &Site| site.content().into_iter().filter(|l| !l.starts_with("gidb_event ")).collect::<Vec<_>>();
    // The two decisions were made at different moments, which only the archive tells.
    assert_same(&rows(&site), &rows(&undisturbed), "killed against undisturbed");
    rebuilt(&site, &[COVERAGE]);
}
