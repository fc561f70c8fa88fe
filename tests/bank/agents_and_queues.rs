//! Every call has the agent, the talk, the wait and the end of its row; sums per agent and queue follow from it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::file::{Attempt, Ending};
use super::support::{Engine, bank, engines, int, number, sql, text};

/// The attempts of all calls, as [`attempts`] understands them.
pub(crate) const ATTEMPTS: &str = "
    SELECT f.media_server_root_ixn_guid AS call_id, f.interaction_resource_ordinal AS ordinal, r.resource_name AS resource,
        d.resource_role_code AS role, d.technical_result_code AS result, d.result_reason_code AS reason,
        f.agent_match AS agent_match, f.start_ts AS start_ts, f.talk_duration AS talk_s, f.mediation_duration AS mediation_s
    FROM interaction_resource_fact f
    JOIN resource_ r ON r.resource_key = f.resource_key
    JOIN technical_descriptor d ON d.technical_descriptor_key = f.technical_descriptor_key
    ORDER BY call_id, ordinal";

/// The passages of all calls.
pub(crate) const PASSAGES: &str = "
    SELECT m.media_server_ixn_guid AS call_id, r.resource_name AS queue, m.start_ts AS start_ts,
        m.mediation_duration AS wait_s, d.resource_role_code AS role, d.technical_result_code AS result,
        d.result_reason_code AS reason
    FROM mediation_segment_fact m
    JOIN resource_ r ON r.resource_key = m.resource_key
    JOIN technical_descriptor d ON d.technical_descriptor_key = m.technical_descriptor_key
    ORDER BY call_id, start_ts";

fn line(row: &Value) -> String {
    let texts = |names: &[&str]| names.iter().map(|name| text(row, name)).collect::<Vec<_>>().join(" ");
    let ints = |names: &[&str]| names.iter().map(|name| int(row, name).to_string()).collect::<Vec<_>>().join(" ");
    let words = texts(&["call_id", "resource", "role", "result", "reason", "agent_match"]);
    format!("{words} {}", ints(&["ordinal", "start_ts", "talk_s", "mediation_s"]))
}

fn expected_line(a: &Attempt) -> String {
    let words = [a.call.as_str(), &a.resource, a.role, a.result, a.reason, a.agent_match].join(" ");
    format!("{words} {} {} {} {}", a.ordinal, a.start_s, a.talk_s, a.mediation_s)
}

/// Fails with the first lines that only one side has.
pub(crate) fn assert_same(mut expected: Vec<String>, mut found: Vec<String>, what: &str) {
    expected.sort();
    found.sort();
    let only = |a: &[String], b: &[String]| {
        a.iter().filter(|line| b.binary_search(line).is_err()).take(5).cloned().collect::<Vec<_>>().join("\n  ")
    };
    assert!(
        expected == found,
        "{what}: {} expected, {} found\nonly expected:\n  {}\nonly found:\n  {}",
        expected.len(),
        found.len(),
        only(&expected, &found),
        only(&found, &expected)
    );
}

#[test]
fn every_attempt_is_the_one_that_its_row_tells_of() {
    let name = "every_attempt_is_the_one_that_its_row_tells_of";
    let Some(bank) = bank(name) else { return };
    for engine in engines(name) {
        let expected = bank.file.calls.iter().flat_map(|call| call.attempts()).map(|a| expected_line(&a)).collect();
        let found = sql(&bank.data, engine, ATTEMPTS).iter().map(line).collect();
        assert_same(expected, found, "attempts");
    }
}

#[test]
fn every_passage_begins_lasts_and_ends_as_its_row_says() {
    let Some(bank) = bank("every_passage_begins_lasts_and_ends_as_its_row_says") else { return };
    let expected = bank.file.calls.iter().filter_map(|call| {
        let wait = call.wait.as_ref()?;
        let end = match &call.ending {
            Ending::AbandonedInQueue => "CUSTOMERABANDONED ABANDONEDWHILEQUEUED",
            Ending::Served { agent: Some(_), .. } => "DIVERTED ANSWEREDBYAGENT",
            _ => "DIVERTED ANSWEREDBYOTHER",
        };
        Some(format!("{} {} RECEIVED {end} {} {}", call.id, call.queue(), wait.start_s, wait.wait_s))
    });
    let found = sql(&bank.data, Engine::Parquet, PASSAGES);
    let found = found.iter().map(|row| {
        let words = ["call_id", "queue", "role", "result", "reason"].map(|name| text(row, name)).join(" ");
        format!("{words} {} {}", int(row, "start_ts"), int(row, "wait_s"))
    });
    assert_same(expected.collect(), found.collect(), "passages");
}

#[test]
fn calls_and_seconds_of_every_agent_are_those_of_the_file() {
    let name = "calls_and_seconds_of_every_agent_are_those_of_the_file";
    let Some(bank) = bank(name) else { return };
    let mut expected: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for (agent, talk_s) in bank.file.calls.iter().filter_map(|call| call.service_of_agent()) {
        let sum = expected.entry(agent.to_owned()).or_default();
        *sum = (sum.0 + 1, sum.1 + talk_s);
    }
    assert_eq!(expected.values().map(|sum| sum.0).sum::<i64>(), 4_719);
    for engine in engines(name) {
        let rows = sql(
            &bank.data,
            engine,
            "SELECT r.employee_id AS agent, count(*) AS calls, CAST(sum(f.talk_duration) AS bigint) AS talk_s
             FROM interaction_resource_fact f JOIN resource_ r ON r.resource_key = f.resource_key
             WHERE r.resource_type_code = 'AGENT' AND f.customer_handle_count = 1 GROUP BY r.employee_id",
        );
        let found = rows.iter().map(|row| (text(row, "agent").to_owned(), (int(row, "calls"), int(row, "talk_s"))));
        assert_eq!(found.collect::<BTreeMap<_, _>>(), expected, "{}", engine.name());
    }
}

#[test]
fn calls_waits_and_abandonments_of_every_queue_are_those_of_the_file() {
    let name = "calls_waits_and_abandonments_of_every_queue_are_those_of_the_file";
    let Some(bank) = bank(name) else { return };
    let mut expected: BTreeMap<String, [i64; 3]> = BTreeMap::new();
    for call in &bank.file.calls {
        let Some(wait) = &call.wait else { continue };
        let [passages, wait_s, abandons] = expected.entry(call.queue()).or_default();
        *passages += 1;
        *wait_s += wait.wait_s;
        *abandons += i64::from(call.ending == Ending::AbandonedInQueue);
    }
    assert_eq!(expected.values().map(|sum| sum[2]).sum::<i64>(), 908);
    for engine in engines(name) {
        let rows = sql(
            &bank.data,
            engine,
            "SELECT r.resource_name AS queue, count(*) AS passages, CAST(sum(m.mediation_duration) AS bigint) AS wait_s,
                count(*) FILTER (WHERE d.technical_result_code = 'CUSTOMERABANDONED') AS abandons
             FROM mediation_segment_fact m
             JOIN resource_ r ON r.resource_key = m.resource_key
             JOIN technical_descriptor d ON d.technical_descriptor_key = m.technical_descriptor_key
             GROUP BY r.resource_name",
        );
        let sums = |row: &Value| ["passages", "wait_s", "abandons"].map(|column| int(row, column));
        let found = rows.iter().map(|row| (text(row, "queue").to_owned(), sums(row)));
        assert_eq!(found.collect::<BTreeMap<_, _>>(), expected, "{}", engine.name());
    }
}

/// As reports over Info Mart are written: in upper case, calendar, queue and agent joined by their keys.
const IN_UPPER_CASE: &str = "
SELECT DT.CAL_HOUR_NUM_IN_DAY AS HOUR_NUM, Q.RESOURCE_NAME AS QUEUE_NAME, A.EMPLOYEE_ID AS AGENT_ID,
       COUNT(*) AS ANSWERED, CAST(SUM(IRF.TALK_DURATION) AS BIGINT) AS TALK_TIME,
       CAST(SUM(MSF.MEDIATION_DURATION) AS BIGINT) AS WAIT_TIME
FROM INTERACTION_RESOURCE_FACT IRF
     INNER JOIN MEDIATION_SEGMENT_FACT MSF ON MSF.TARGET_IXN_RESOURCE_ID = IRF.INTERACTION_RESOURCE_ID
            AND MSF.TARGET_IXN_RESOURCE_SDT_KEY = IRF.START_DATE_TIME_KEY
     INNER JOIN RESOURCE_ A ON A.RESOURCE_KEY = IRF.RESOURCE_KEY
     INNER JOIN RESOURCE_ Q ON Q.RESOURCE_KEY = MSF.RESOURCE_KEY
     INNER JOIN TECHNICAL_DESCRIPTOR TD ON TD.TECHNICAL_DESCRIPTOR_KEY = IRF.TECHNICAL_DESCRIPTOR_KEY
     INNER JOIN DATE_TIME DT ON DT.DATE_TIME_KEY = MSF.START_DATE_TIME_KEY
WHERE A.RESOURCE_TYPE_CODE = 'AGENT' AND TD.TECHNICAL_RESULT_CODE = 'COMPLETED' AND DT.CAL_YEAR_NUM = 1999
GROUP BY DT.CAL_HOUR_NUM_IN_DAY, Q.RESOURCE_NAME, A.EMPLOYEE_ID";

#[test]
fn an_info_mart_query_in_upper_case_runs_unchanged_and_sums_what_the_file_says() {
    let name = "an_info_mart_query_in_upper_case_runs_unchanged_and_sums_what_the_file_says";
    let Some(bank) = bank(name) else { return };
    let mut expected: BTreeMap<(i64, String, String), [i64; 3]> = BTreeMap::new();
    for call in &bank.file.calls {
        let (Some(wait), Some((agent, talk_s))) = (&call.wait, call.service_of_agent()) else { continue };
        let hour = wait.start_s.rem_euclid(86_400) / 3_600;
        let sums = expected.entry((hour, call.queue(), agent.to_owned())).or_default();
        *sums = [sums[0] + 1, sums[1] + talk_s, sums[2] + wait.wait_s];
    }
    assert!(expected.len() > 100, "only {} groups", expected.len());
    for engine in engines(name) {
        let rows = sql(&bank.data, engine, IN_UPPER_CASE);
        let group =
            |row: &Value| (int(row, "hour_num"), text(row, "queue_name").to_owned(), text(row, "agent_id").to_owned());
        let sums = |row: &Value| ["answered", "talk_time", "wait_time"].map(|column| int(row, column));
        let found: BTreeMap<_, _> = rows.iter().map(|row| (group(row), sums(row))).collect();
        assert_eq!(found, expected, "{}", engine.name());
    }
}

#[test]
fn every_agent_is_found_by_endpoint_and_time_and_nothing_is_left_open() {
    let Some(bank) = bank("every_agent_is_found_by_endpoint_and_time_and_nothing_is_left_open") else { return };
    let rows = sql(
        &bank.data,
        Engine::Parquet,
        "SELECT f.agent_match AS agent_match, r.resource_type_code AS kind, count(*) AS n
         FROM interaction_resource_fact f JOIN resource_ r ON r.resource_key = f.resource_key
         WHERE f.agent_match IS NOT NULL GROUP BY f.agent_match, r.resource_type_code",
    );
    let mut found: Vec<_> = rows.iter().map(|r| (text(r, "agent_match"), text(r, "kind"), int(r, "n"))).collect();
    found.sort_unstable();
    assert_eq!(found, [("final", "AGENT", 4_719), ("none", "ENDPOINT", 82)]);
    let outside = "SELECT count(*) FROM interaction_resource_fact WHERE agent_match_distance_ms <> 0";
    assert_eq!(number(&bank.data, outside), 0, "every call was delivered within its agent's session");
    for table in ["interaction_fact", "interaction_resource_fact", "mediation_segment_fact", "sm_res_session_fact"] {
        assert_eq!(number(&bank.data, &format!("SELECT count(*) FROM {table} WHERE active_flag <> 0")), 0, "{table}");
    }
    for key in ["tenant_key", "resource_key", "media_resource_key", "technical_descriptor_key", "interaction_type_key"]
    {
        let unknown = format!("SELECT count(*) FROM interaction_resource_fact WHERE {key} < 0");
        assert_eq!(number(&bank.data, &unknown), 0, "{key} is known everywhere");
    }
}
