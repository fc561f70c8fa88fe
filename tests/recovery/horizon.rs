//! The horizon: what happened before the moment from which on the archive is open, and is told after that was decided, is
//! rejected and changes no fact, until an operator decides otherwise.

use serde_json::json;

use crate::input::{answered_call, call_event, numbered};
use crate::operator::{Site, assert_same};

/// 10:00 on the 5th, before the horizon, and on the 7th, behind it, in seconds from midnight of the 5th.
const OLD: i64 = 36_000;
const YOUNG: i64 = OLD + 2 * 86_400;

const TALKED: &str =
    "SELECT media_server_root_ixn_guid, talk_duration, hold_duration FROM interaction_resource_fact ORDER BY 1";
const REJECTS: &str = "SELECT source, time_ms, reason, state, log, log_offset > 0 AS has_place FROM ctl_reject";

/// A call on 7001 is held for 10 s of its talk.
fn hold(call: &str, seq: u64, second: i64) -> String {
    let party = |state: &str| json!({"call": call, "party": format!("{call}-agent"), "dn": "7001", "state": state});
    call_event(seq, second, "partyStateChanged", party("PARTY_STATE_HELD"))
        + &call_event(seq + 1, second + 10, "partyStateChanged", party("PARTY_STATE_CONNECTED"))
}

/// The lines of `hash`, but for the archive's: decisions are made at other moments elsewhere.
fn facts(site: &Site) -> Vec<String> {
    site.content().into_iter().filter(|line| !line.starts_with("gidb_event ")).collect()
}

fn rejected(site: &Site) -> i64 {
    let count = site.sql("SELECT count(*) AS n FROM ctl_reject WHERE reason = 'too-late' AND state = 'open'");
    count[0].parse().expect("a number")
}

/// The cell of `sources ls`.
fn counted(site: &Site, source: &str) -> String {
    let listed = site.must(&["sources", "ls", "--format", "csv"]).out;
    let column = listed.lines().next().and_then(|head| head.split(',').position(|name| name == "rejects"));
    let line = listed.lines().find(|line| line.starts_with(&format!("{source},"))).expect("the source");
    line.split(',').nth(column.expect("a column")).expect("a cell").to_owned()
}

/// A call of each day; each leaves the numbers of a hold free.
fn told_in_time() -> String {
    numbered(&answered_call("c-1", 1, OLD, "7001"), &[1, 2, 3, 4, 7, 8, 9])
        + &numbered(&answered_call("c-2", 1, YOUNG, "7001"), &[11, 12, 13, 14, 17, 18, 19])
}

/// The holds, and a call of the first day.
fn told_late() -> String {
    hold("c-1", 5, OLD + 20) + &answered_call("c-3", 31, OLD, "7001") + &hold("c-2", 15, YOUNG + 20)
}

#[test]
fn what_is_told_behind_the_horizon_is_rejected_and_replaces_no_fact() {
    let site = Site::with_both_marts("the horizon");
    let (in_time, late) = (site.file("told.jsonl", &told_in_time()), site.file("late.jsonl", &told_late()));
    site.must(&["import", "events", &in_time]);
    let before = facts(&site);
    let far = site.run(&["archive", "close", "--before", "2999-01-01"]);
    assert_eq!(far.code, Some(2), "{}", far.said);
    assert!(far.said.contains("yet to come"), "{}", far.said);
    let closed = site.must(&["archive", "close", "--before", "2026-01-06", "--by", "ada", "--reason", "disks"]);
    assert!(closed.said.contains("before 2026-01-06T00:00:00Z"), "{}", closed.said);
    assert_same(&facts(&site), &before, "the decision alone changes nothing");

    let answer = site.must(&["import", "events", &late]);
    assert!(answer.said.contains("too-late"), "{}", answer.said);
    // Two events of the hold, seven of the call that nobody knew.
    assert_eq!((rejected(&site), counted(&site, "north-ip")), (9, "9".to_owned()));
    // What was loaded in time stands; of the younger call everything counts.
    assert_eq!(site.sql(TALKED), ["c-1,50,0", "c-2,40,10"]);
    let kinds = format!("SELECT DISTINCT reason, state, has_place FROM ({REJECTS}) r");
    assert_eq!(site.sql_of("parquet", &kinds), ["too-late,open,true"]);
    let listed = site.must(&["rejects", "ls", "--reason", "too-late", "--since", "2026-01-05", "--format", "csv"]).out;
    assert_eq!(listed.lines().count(), 1 + 9, "{listed}");
    assert!(listed.contains(",north-ip,too-late,open,"), "{listed}");
    let content = site.content();
    for from in ["log", "gidb"] {
        site.must(&["rebuild", "--from", from]);
        assert_same(&site.content(), &content, &format!("rebuilt from {from}"));
        assert_eq!(rejected(&site), 9, "rebuilt from {from}");
    }
    // Driven in again while the archive is closed they stay what they are.
    site.must(&["rejects", "redrive"]);
    assert_eq!((rejected(&site), site.sql(TALKED).len()), (9, 2));
    // Behind the horizon nobody asks what is known: the old call told once more, in another file, is seven rejects more.
    let again = site.file("again.jsonl", &(told_in_time() + &answered_call("c-4", 41, YOUNG, "7002")));
    site.must(&["import", "events", &again]);
    assert_eq!((rejected(&site), site.sql(TALKED)[0].as_str()), (16, "c-1,50,0"));
}

#[test]
fn a_horizon_that_is_moved_back_lets_in_what_was_rejected_when_it_is_driven_in_again() {
    let site = Site::with_both_marts("a horizon moved back");
    let (in_time, late) = (site.file("told.jsonl", &told_in_time()), site.file("late.jsonl", &told_late()));
    site.must(&["archive", "close", "--before", "2026-01-06"]);
    site.must(&["import", "events", &in_time, &late]);
    assert_eq!((rejected(&site), site.sql(TALKED)), (16, vec!["c-2,40,10".to_owned()]));
    site.must(&["archive", "close", "--before", "2026-01-05"]);
    assert_eq!(rejected(&site), 16, "what was rejected stays so by itself");
    site.must(&["rejects", "redrive"]);
    assert_eq!((rejected(&site), counted(&site, "north-ip")), (0, "0".to_owned()));
    let open = Site::with_both_marts("a horizon moved back");
    open.must(&["import", "events", &in_time, &late]);
    assert_same(&facts(&site), &facts(&open), "closed and opened again against never closed");
    let content = site.content();
    for from in ["log", "gidb"] {
        site.must(&["rebuild", "--from", from]);
        assert_same(&site.content(), &content, &format!("rebuilt from {from}"));
    }
}
