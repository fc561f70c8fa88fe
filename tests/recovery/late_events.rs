//! An event that comes after its call was loaded, and makes the call start earlier.

use serde_json::json;

use crate::input::{answered_call, call_event, login, time_us};
use crate::operator::{Site, assert_same};

/// 2026-01-06 00:20 and the evening before, in seconds from midnight of the 5th: the start moves over midnight.
const LOADED_FIRST: i64 = 87_600;
const EARLIER: i64 = 86_000;

#[test]
fn a_call_that_turns_out_to_have_started_earlier_is_moved_and_not_doubled() {
    let site = Site::with_both_marts("a late event");
    let agents = login("ann", "7001", 1, 35_000, 100_000);
    let call = answered_call("c-1", 10, LOADED_FIRST, "7001");
    let other = answered_call("c-2", 40, LOADED_FIRST, "7001");
    let first = site.file("first.jsonl", &format!("{agents}{call}{other}"));
    site.must(&["import", "events", &first]);
    let starts = "SELECT media_server_root_ixn_guid, start_ms FROM interaction_fact ORDER BY 1";
    let at = |second| time_us(second) / 1_000;
    assert_eq!(site.sql(starts), [format!("c-1,{}", at(LOADED_FIRST)), format!("c-2,{}", at(LOADED_FIRST))]);
    assert_eq!(site.sql("SELECT count(*) AS n FROM ctl_restatement"), ["0"]);

    // The same source says later what came before: the call was in an IVR for half an hour.
    let party = |kind: &str, seq, second, body| call_event(seq, second, kind, body);
    let late = [
        call_event(1, EARLIER, "callCreated", json!({"call": "c-1", "callType": "CALL_TYPE_INBOUND", "dnis": "100"})),
        party(
            "partyAdded",
            2,
            EARLIER,
            json!({"call": "c-1", "party": "c-1-ivr", "dn": "9000", "dnType": "DN_TYPE_IVR_PORT",
            "role": "PARTY_ROLE_DESTINATION", "state": "PARTY_STATE_CONNECTED"}),
        ),
        party(
            "partyDeleted",
            3,
            LOADED_FIRST,
            json!({"call": "c-1", "party": "c-1-ivr", "cause": "PARTY_END_DIVERTED",
            "targetDn": "7001"}),
        ),
    ];
    let late = site.file("late.jsonl", &late.concat());
    site.must(&["import", "events", &late]);
    assert_eq!(site.sql(starts), [format!("c-1,{}", at(EARLIER)), format!("c-2,{}", at(LOADED_FIRST))]);
    let attempts = "SELECT media_server_root_ixn_guid, count(*) AS n, sum(talk_duration) AS s, min(start_ms) AS m FROM \
                    interaction_resource_fact GROUP BY 1 ORDER BY 1";
    let talked = 50 + (LOADED_FIRST - EARLIER);
    assert_eq!(
        site.sql(attempts),
        [format!("c-1,2,{talked},{}", at(EARLIER)), format!("c-2,1,50,{}", at(LOADED_FIRST))]
    );
    for table in ["interaction_resource_fact", "ixn_resource_state_fact", "irf_user_data_keys"] {
        let lost =
            format!("SELECT count(*) AS n FROM {table} WHERE unit_key NOT IN (SELECT unit_key FROM interaction_fact)");
        assert_eq!(site.sql(&lost), ["0"], "{table}");
    }
    told_as_restated(&site);
    same_as_at_once(&site, &[&first, &late]);
}

/// Each mart tells that the interaction's row changed, what its start was and which event was the reason.
fn told_as_restated(site: &Site) {
    let query = "SELECT r.change, r.start_date_time_key, r.cause, i.revision FROM ctl_restatement r JOIN interaction_fact i ON \
                 r.fact_key = i.interaction_id WHERE r.table_name = 'interaction_fact' AND i.media_server_root_ixn_guid = 'c-1'";
    for engine in site.engines() {
        let told = site.sql_of(engine, query);
        let [line] = &told[..] else { panic!("{engine}: one restatement of the interaction: {told:?}") };
        let start_key = (time_us(LOADED_FIRST) / 1_000_000).div_euclid(900) * 900;
        assert!(line.starts_with(&format!("changed,{start_key},")) && line.ends_with(",1"), "{engine}: {line}");
        assert!(line.contains("north-ip"), "{engine} names the event: {line}");
        let columns = "SELECT columns FROM ctl_restatement WHERE table_name = 'interaction_fact'";
        assert!(site.sql_of(engine, columns).iter().any(|c| c.contains("start_ms")), "{engine} names the column");
        let others = "SELECT count(*) AS n FROM ctl_restatement WHERE unit_key IN (SELECT unit_key FROM interaction_fact WHERE \
                      media_server_root_ixn_guid = 'c-2')";
        assert_eq!(site.sql_of(engine, others), ["0"], "{engine}: the other call was not touched");
    }
}

/// The mart is the one that these files make when they come at once, and the one that a rebuild makes.
fn same_as_at_once(site: &Site, files: &[&str]) {
    let content = site.content();
    let at_once = Site::with_both_marts("a late event");
    at_once.must(&[&["import", "events"], files].concat());
    assert_same(&content, &at_once.content(), "one after another against at once");
    for from in ["log", "gidb"] {
        site.must(&["rebuild", "--from", from]);
        assert_same(&site.content(), &content, &format!("rebuilt from {from}"));
    }
}
