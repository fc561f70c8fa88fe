//! What is told late or wrong: hours later, by a twin that was away for a day, after the end, by clocks that differ. Each
//! scenario loads what was told in time, then the rest, and holds facts and restatements against rows worked out by hand.
//!
//! In all of them the call is `input::answered_call` at 10:00: it rings on a telephone for 10 s and talks for 50 s.

use serde_json::{Map, Value, json};

use crate::input::{answered_call, call_event, event, numbered, time_us};
use crate::logs::Written;
use crate::operator::{Site, assert_same};

/// 10:00, in seconds from midnight.
const TEN: i64 = 36_000;
/// What stands for a key, which nobody works out by hand.
const A_KEY: &str = "a key";

const HANDLING: &str = "SELECT media_server_root_ixn_guid, ring_duration, talk_count, talk_duration, hold_count, \
    hold_duration, completeness, revision FROM interaction_resource_fact ORDER BY 1";
const STATES: &str = "SELECT f.media_server_root_ixn_guid, s.state_name_code, x.start_ts, x.end_ts \
    FROM ixn_resource_state_fact x JOIN interaction_resource_state s \
    ON s.interaction_resource_state_key = x.interaction_resource_state_key JOIN interaction_resource_fact f \
    ON f.interaction_resource_id = x.interaction_resource_id ORDER BY 1, 3, 4";
const MATCHES: &str = "SELECT f.media_server_root_ixn_guid, f.agent_match, r.resource_name, f.agent_match_distance_ms, \
    f.revision FROM interaction_resource_fact f JOIN resource_ r ON r.resource_key = f.resource_key ORDER BY 1";

/// One restatement: table, what became of the row, each changed column with old and new value.
type Restated = (String, String, Value);

/// What both marts say of restatements, in the order of tables and columns, after a look that all have this reason: a kind of
/// event of a source, of one second, told at another.
fn restated_by(site: &Site, (kind, source): (&str, &str), at_s: i64, told_s: i64) -> Vec<Restated> {
    let mut found: Vec<Vec<Restated>> = site.engines().iter().map(|engine| restated(site, engine)).collect();
    let reasons = "SELECT DISTINCT cause_kind, cause_source, cause_ms, told_ms FROM ctl_restatement";
    let reason = format!("{kind},{source},{},{}", time_us(at_s) / 1_000, time_us(told_s) / 1_000);
    assert_eq!(site.sql(reasons), [reason]);
    let places = "SELECT count(*) AS n FROM ctl_restatement r WHERE r.restated_ms > r.told_ms AND r.log <> '' \
                  AND r.log_offset > 0 AND r.cause LIKE r.cause_source || '/%'";
    for (engine, rows) in site.engines().iter().zip(&found) {
        assert_eq!(
            site.sql_of(engine, places),
            [rows.len().to_string()],
            "{engine}: each says where its reason stands"
        );
    }
    let first = found.remove(0);
    assert!(found.iter().all(|other| *other == first), "both marts: {first:#?} {found:#?}");
    first
}

fn restated(site: &Site, engine: &str) -> Vec<Restated> {
    let query = "SELECT table_name, change, columns FROM ctl_restatement";
    let answer = site.must(&["sql", query, "--engine", engine, "--format", "json"]).out;
    let rows: Vec<Map<String, Value>> = serde_json::from_str(&answer).expect("rows");
    let text = |row: &Map<String, Value>, name: &str| row[name].as_str().expect("a text").to_owned();
    let mut all: Vec<Restated> = rows
        .iter()
        .map(|row| (text(row, "table_name"), text(row, "change"), without_keys(&text(row, "columns"))))
        .collect();
    all.sort_by_key(|(table, change, columns)| (table.clone(), change.clone(), columns.to_string()));
    all
}

fn without_keys(columns: &str) -> Value {
    let mut columns: Map<String, Value> = serde_json::from_str(columns).unwrap_or_default();
    for (name, change) in &mut columns {
        let is_number = change.as_array().is_some_and(|values| values.iter().any(Value::is_number));
        if is_number && ((name.ends_with("_key") && !name.ends_with("_time_key")) || name.ends_with("_id")) {
            *change = json!(A_KEY);
        }
    }
    Value::Object(columns)
}

fn changed(table: &str, columns: Value) -> Restated {
    (table.to_owned(), "changed".to_owned(), columns)
}

/// The mart is the one that these logs make when they are all there at once, and the one that a rebuild makes.
fn same_as_at_once(site: &Site, write: impl FnOnce(&Site)) {
    let content = site.content();
    let at_once = Site::with_both_marts("logs at once");
    write(&at_once);
    at_once.load();
    assert_same(&at_once.content(), &content, "at once");
    assert_eq!(at_once.sql("SELECT count(*) AS n FROM ctl_restatement"), ["0"], "nothing was loaded before");
    for from in ["log", "gidb"] {
        site.must(&["rebuild", "--from", from]);
        assert_same(&site.content(), &content, &format!("rebuilt from {from}"));
    }
}

/// The telephone of a call changes its state.
fn telephone(seq: u64, second: i64, state: &str) -> String {
    let party = json!({"call": "c-1", "party": "c-1-agent", "dn": "7001", "state": state});
    call_event(seq, second, "partyStateChanged", party)
}

#[test]
fn a_hold_that_is_told_five_hours_late_divides_the_talk() {
    let five_hours_later = TEN + 5 * 3_600;
    let in_time = |site: &Site| {
        let call = numbered(&answered_call("c-1", 1, TEN, "7001"), &[1, 2, 3, 4, 7, 8, 9]);
        let other = answered_call("c-2", 11, TEN + 100, "7002");
        Written::new(site, "north").hears(&format!("{call}{other}"), TEN + 61)
    };
    let late = |log: Written| {
        let hold = telephone(5, TEN + 20, "PARTY_STATE_HELD") + &telephone(6, TEN + 30, "PARTY_STATE_CONNECTED");
        log.hears(&hold, five_hours_later)
    };
    let site = Site::with_both_marts("a late hold");
    let log = in_time(&site);
    site.load();
    assert_eq!(site.sql(HANDLING), ["c-1,10,1,50,0,0,whole,0", "c-2,10,1,50,0,0,whole,0"]);
    drop(late(log));
    site.load();
    assert_eq!(site.sql(HANDLING), ["c-1,10,2,40,1,10,whole,1", "c-2,10,1,50,0,0,whole,0"]);
    let at = |second: i64| time_us(TEN + second) / 1_000_000;
    let states: Vec<String> = [("ALERT", 0, 10), ("CONNECT", 10, 20), ("HOLD", 20, 30), ("CONNECT", 30, 60)]
        .map(|(state, from, to)| format!("c-1,{state},{},{}", at(from), at(to)))
        .into();
    assert_eq!(site.sql(STATES)[..4], states);
    let expected = [
        changed(
            "interaction_resource_fact",
            json!({"customer_hold_count": [0, 1], "customer_hold_duration": [0, 10], "customer_talk_count": [1, 2],
                "customer_talk_duration": [50, 40], "hold_count": [0, 1], "hold_duration": [0, 10], "talk_count": [1, 2],
                "talk_duration": [50, 40]}),
        ),
        changed(
            "ixn_resource_state_fact",
            json!({"end_ms": [at(60) * 1_000, at(20) * 1_000], "end_ts": [at(60), at(20)], "total_duration": [50, 10]}),
        ),
    ];
    assert_eq!(restated_by(&site, ("party_state_changed", "north-ip"), TEN + 20, five_hours_later), expected);
    same_as_at_once(&site, |site| drop(late(in_time(site))));
}

#[test]
fn a_login_that_is_told_after_the_call_gives_it_its_agent_and_a_login_after_the_call_does_not() {
    let session = |source: &str, agent: &str, seq: u64, from: i64| {
        let body = json!({"dn": "7001", "agent": agent, "session": format!("{agent}-session")});
        event(source, seq, from, "agentLogin", body)
    };
    let in_time = |site: &Site| {
        let log = Written::new(site, "north").connects("north-tc", "t-controller");
        log.hears(&answered_call("c-1", 1, TEN, "7001"), TEN + 60).covers("north-tc", (0, 0), (0, TEN + 900))
    };
    // Bob comes to the telephone when the call is over.
    let behind = |log: Written| {
        log.hears(&session("north-tc", "bob", 1, TEN + 90), TEN + 7_200).covers(
            "north-tc",
            (0, 1),
            (TEN + 900, TEN + 7_200),
        )
    };
    // Ann was there all the while, as another owner of telephones knows, of which nobody had heard.
    let before = |log: Written| {
        let log =
            log.connects("other-tc", "t-controller").hears(&session("other-tc", "ann", 1, TEN - 600), TEN + 10_800);
        log.covers("other-tc", (0, 1), (0, TEN + 7_200))
    };
    let site = Site::with_both_marts("a late login");
    let log = in_time(&site);
    site.load();
    assert_eq!(site.sql(MATCHES), ["c-1,none,7001,,0"]);
    let log = behind(log);
    site.load();
    assert_eq!(site.sql(MATCHES), ["c-1,none,7001,,0"]);
    assert_eq!(site.sql("SELECT count(*) AS n FROM ctl_restatement"), ["0"]);
    drop(before(log));
    site.load();
    assert_eq!(site.sql(MATCHES), ["c-1,final,ann,0,1"]);
    let of_the_attempt =
        json!({"agent_match": ["none", "final"], "agent_match_distance_ms": [null, 0], "resource_key": A_KEY});
    let of_a_state = || changed("ixn_resource_state_fact", json!({"resource_key": A_KEY}));
    let expected = [changed("interaction_resource_fact", of_the_attempt), of_a_state(), of_a_state()];
    let reason = ("agent_login", "other-tc");
    let restated: Vec<Restated> = site.engines().iter().flat_map(|engine| restated(&site, engine)).collect();
    for of_engine in restated.chunks(expected.len()) {
        assert_eq!(of_engine, expected);
    }
    // That there is another owner at all was news before its login was.
    let reasons = "SELECT DISTINCT cause_source FROM ctl_restatement";
    assert_eq!(site.sql(reasons), [reason.1]);
    same_as_at_once(&site, |site| drop(before(behind(in_time(site)))));
}

#[test]
fn a_twin_that_is_back_a_day_later_fills_the_hole_and_says_what_it_changed() {
    let call = answered_call("c-1", 1, TEN, "7001");
    let lines = |wanted: std::ops::RangeInclusive<usize>| -> String {
        let lines = call.lines().zip(1..).filter(|(_, seq)| wanted.contains(seq));
        lines.map(|(line, _)| format!("{line}\n")).collect()
    };
    // Nobody but the twin heard that the call was answered.
    let first = |site: &Site| {
        let log = Written::new(site, "north").connects("north-ip", "i-proxy").hears(&lines(1..=3), TEN + 1);
        let log = log.covers("north-ip", (0, 3), (TEN - 100, TEN + 5)).hears(&lines(5..=7), TEN + 61);
        drop(log.covers("north-ip", (4, 7), (TEN + 20, TEN + 900)));
    };
    let twin = |site: &Site| {
        let log = Written::new(site, "twin").connects("north-ip", "i-proxy").hears(&lines(1..=7), TEN + 62);
        drop(log.covers("north-ip", (0, 7), (TEN - 100, TEN + 900)));
    };
    let site = Site::with_both_marts("a twin");
    first(&site);
    site.load();
    let lost = "SELECT state, from_ms, to_ms, from_seq, to_seq FROM ctl_coverage WHERE state <> 'complete'";
    let ms = |second: i64| time_us(TEN + second) / 1_000;
    assert_eq!(site.sql(lost), [format!("lost,{},{},3,5", ms(5), ms(20))]);
    // As far as is known it rang until it ended.
    assert_eq!(site.sql(HANDLING), ["c-1,60,0,0,0,0,events-lost,0"]);
    twin(&site);
    site.load();
    assert_eq!(site.sql(lost), Vec::<String>::new());
    assert_eq!(site.sql(HANDLING), ["c-1,10,1,50,0,0,whole,1"]);
    let restated = restated_by(&site, ("party_state_changed", "north-ip"), TEN + 10, TEN + 62);
    let of = |table: &str| -> Vec<&Value> {
        let of_table = restated.iter().filter(|(name, change, _)| name == table && change == "changed");
        of_table.map(|(.., columns)| columns).collect()
    };
    let whole = json!(["events-lost", "whole"]);
    let [interaction] = of("interaction_fact")[..] else { panic!("{restated:#?}") };
    assert_eq!(*interaction, json!({"anchor_id": A_KEY, "anchor_sdt_key": A_KEY, "completeness": whole}));
    let [attempt] = of("interaction_resource_fact")[..] else { panic!("{restated:#?}") };
    for (column, change) in [
        ("completeness", whole.clone()),
        ("ring_duration", json!([60, 10])),
        ("talk_count", json!([0, 1])),
        ("talk_duration", json!([0, 50])),
        ("handle_count", json!([0, 1])),
        ("technical_descriptor_key", json!(A_KEY)),
    ] {
        assert_eq!(attempt[column], change, "{column}");
    }
    let [ringing] = of("ixn_resource_state_fact")[..] else { panic!("{restated:#?}") };
    assert_eq!((&ringing["total_duration"], &ringing["completeness"]), (&json!([60, 10]), &whole));
    same_as_at_once(&site, |site| {
        first(site);
        twin(site);
    });
}

#[test]
fn user_data_that_an_agent_sets_after_the_end_counts_and_what_nobody_is_named_for_does_not() {
    let set = |seq: u64, second: i64, party: &str, key: &str, value: &str| {
        let body = json!({"call": "c-1", "party": party, "set": [{"key": key, "value": value}]});
        call_event(seq, second, "userDataChanged", body)
    };
    let in_time = |site: &Site| {
        let call = answered_call("c-1", 1, TEN, "7001") + &set(8, TEN + 20, "c-1-agent", "Satisfaction", "A");
        Written::new(site, "north").hears(&call, TEN + 61)
    };
    let late = |log: Written| {
        let corrected = set(9, TEN + 75, "c-1-agent", "Satisfaction", "B");
        log.hears(&(corrected + &set(10, TEN + 80, "", "CaseID", "X")), TEN + 10_800)
    };
    let values = "SELECT g.satisfaction, g.case_id, g.revision \
                  FROM irf_user_data_keys k JOIN irf_user_data_gen_1 g ON g.interaction_resource_id = k.interaction_resource_id";
    let site = Site::with_both_marts("late user data");
    let log = in_time(&site);
    site.load();
    assert_eq!(site.sql(values), ["A,,0"]);
    drop(late(log));
    site.load();
    assert_eq!(site.sql(values), ["B,,1"]);
    let expected = [changed("irf_user_data_gen_1", json!({"satisfaction": ["A", "B"]}))];
    assert_eq!(restated_by(&site, ("user_data_changed", "north-ip"), TEN + 75, TEN + 10_800), expected);
    same_as_at_once(&site, |site| drop(late(in_time(site))));
}

/// A clock that is 1, 10 or 60 s ahead tells of a login 5 s before the call as of one 4 s before, 5 s and 55 s after it. Only
/// what lies within the tolerance of the settings is found.
#[test]
fn clocks_that_differ_by_1_10_and_60_seconds_find_the_agents_within_the_tolerance_and_no_others() {
    let skews = [1, 10, 60];
    let site = Site::with_both_marts("clocks that differ");
    let calls: String = skews
        .iter()
        .map(|skew| answered_call(&format!("c-{skew}"), 1 + *skew as u64 * 10, TEN, &format!("70{skew}")))
        .collect();
    let log = Written::new(&site, "north").connects("north-tc", "t-controller").hears(&calls, TEN + 61);
    let log = log.covers("north-tc", (0, 0), (0, TEN - 60));
    site.load();
    assert_eq!(site.sql(MATCHES), ["c-1,unknown,701,,0", "c-10,unknown,7010,,0", "c-60,unknown,7060,,0"]);
    let logins = skews.iter().zip(1..).map(|(skew, seq)| {
        let body = json!({"dn": format!("70{skew}"), "agent": format!("ann-{skew}"), "session": format!("s-{skew}")});
        event("north-tc", seq, TEN - 5 + skew, "agentLogin", body)
    });
    drop(log.hears(&logins.collect::<String>(), TEN + 3_600).covers("north-tc", (0, 3), (TEN - 60, TEN + 3_600)));
    site.load();
    assert_eq!(site.sql(MATCHES), ["c-1,final,ann-1,0,1", "c-10,none,7010,,1", "c-60,none,7060,,1"]);
    let names = "SELECT i.media_server_root_ixn_guid, CASE WHEN r.columns LIKE '%resource_key%' THEN 1 ELSE 0 END AS whose FROM ctl_restatement r \
                 JOIN interaction_resource_fact i ON i.interaction_resource_id = r.fact_key ORDER BY 1";
    assert_eq!(site.sql(names), ["c-1,1", "c-10,0", "c-60,0"]);
    for (tolerance_ms, found) in [
        (10_000, ["c-1,final,ann-1,0,0", "c-10,final,ann-10,5000,0", "c-60,none,7060,,0"]),
        (60_000, ["c-1,final,ann-1,0,0", "c-10,final,ann-10,5000,0", "c-60,final,ann-60,55000,0"]),
    ] {
        std::fs::write(site.data().join("callmart.toml"), format!("match_tolerance_ms = {tolerance_ms}\n"))
            .expect("settings");
        site.must(&["rebuild", "--from", "log"]);
        assert_eq!(site.sql(MATCHES), found, "{tolerance_ms} ms");
    }
}

#[test]
fn an_end_without_a_call_is_kept_and_becomes_the_end_of_the_call_when_that_is_told() {
    let call = answered_call("c-1", 1, TEN, "7001");
    let lines: Vec<String> = call.lines().map(|line| format!("{line}\n")).collect();
    let (begin, end) = lines.split_at(4);
    let in_time = |site: &Site| Written::new(site, "north").hears(&end.concat(), TEN + 61);
    let late = |log: Written| log.hears(&begin.concat(), TEN + 18_000);
    let site = Site::with_both_marts("an end without a call");
    let log = in_time(&site);
    site.load();
    let interactions = "SELECT media_server_root_ixn_guid, start_ts, end_ts, revision FROM interaction_fact";
    let at = |second: i64| time_us(TEN + second) / 1_000_000;
    assert_eq!(site.sql(interactions), [format!("c-1,{},{},0", at(60), at(60))]);
    // Whoever is known by their leaving only was there for no time that anybody knows.
    let seconds = "SELECT sum(ring_duration + talk_duration + hold_duration) AS s FROM interaction_resource_fact";
    assert_eq!(site.sql(seconds), ["0"]);
    assert_eq!(site.sql_of("parquet", "SELECT count(*) AS n FROM gidb_event WHERE call = 'c-1'"), ["3"]);
    drop(late(log));
    site.load();
    assert_eq!(site.sql(interactions), [format!("c-1,{},{},1", at(0), at(60))]);
    assert_eq!(site.sql(HANDLING), ["c-1,10,1,50,0,0,whole,1"]);
    let restated = restated_by(&site, ("call_created", "north-ip"), TEN, TEN + 18_000);
    let of_interaction: Vec<_> = restated.iter().filter(|(table, ..)| table == "interaction_fact").collect();
    let [(_, change, columns)] = of_interaction[..] else { panic!("one interaction: {restated:#?}") };
    assert_eq!(change, "changed");
    assert_eq!((&columns["start_ts"], columns.get("end_ts")), (&json!([at(60), at(0)]), None));
    same_as_at_once(&site, |site| drop(late(in_time(site))));
}
