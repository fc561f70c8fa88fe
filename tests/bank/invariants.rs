//! What holds of every row of the mart whatever the file says, asked in SQL: each question counts the rows that break it.

use super::support::{bank, engines, int, sql};

/// Facts with a start and an end.
const TIMED: [&str; 5] = [
    "interaction_fact",
    "interaction_resource_fact",
    "mediation_segment_fact",
    "ixn_resource_state_fact",
    "sm_res_session_fact",
];

/// Facts with a length that is that of the whole row.
const LASTING: [(&str, &str); 3] = [
    ("mediation_segment_fact", "mediation_duration"),
    ("ixn_resource_state_fact", "total_duration"),
    ("sm_res_session_fact", "total_duration"),
];

/// Tables with their key.
const KEYS: [(&str, &str); 7] = [
    ("interaction_fact", "interaction_id"),
    ("interaction_resource_fact", "interaction_resource_id"),
    ("mediation_segment_fact", "mediation_segment_id"),
    ("ixn_resource_state_fact", "ixn_resource_state_fact_key"),
    ("sm_res_session_fact", "sm_res_session_fact_key"),
    ("irf_user_data_keys", "interaction_resource_id"),
    ("irf_user_data_gen_1", "interaction_resource_id"),
];

/// Rule, and a query whose rows break it.
type Rule = (String, String);

fn rule(name: impl Into<String>, rows: impl Into<String>) -> Rule {
    (name.into(), rows.into())
}

/// Counts the rows that break each rule, in one question.
fn assert_no_row_breaks(test: &str, rules: &[Rule]) {
    let Some(bank) = bank(test) else { return };
    let counts = rules
        .iter()
        .enumerate()
        .map(|(i, (_, rows))| format!("SELECT {i} AS rule, count(*) AS n FROM ({rows}) broken"));
    let query = counts.collect::<Vec<_>>().join(" UNION ALL ");
    for engine in engines(test) {
        let rows = sql(&bank.data, engine, &query);
        assert_eq!(rows.len(), rules.len());
        let rule_of = |row| usize::try_from(int(row, "rule")).expect("a place");
        let broken: Vec<_> =
            rows.iter().filter(|row| int(row, "n") > 0).map(|row| (&rules[rule_of(row)], int(row, "n"))).collect();
        assert!(broken.is_empty(), "{}: rules and how many rows break them: {broken:#?}", engine.name());
    }
}

#[test]
fn every_time_is_the_floor_of_its_milliseconds_and_every_start_key_its_quarter_hour() {
    let times = TIMED.iter().flat_map(|table| {
        ["start", "end"].map(|end| {
            let second = format!("{end}_ts <> {end}_ms / 1000");
            let quarter = format!("{end}_date_time_key <> {end}_ts - {end}_ts % 900");
            rule(format!("{table}: {end}"), format!("SELECT 1 AS one FROM {table} WHERE {second} OR {quarter}"))
        })
    });
    let order = TIMED.iter().map(|table| {
        rule(format!("{table} ends before it starts"), format!("SELECT 1 AS one FROM {table} WHERE end_ms < start_ms"))
    });
    let name = "every_time_is_the_floor_of_its_milliseconds_and_every_start_key_its_quarter_hour";
    assert_no_row_breaks(name, &times.chain(order).collect::<Vec<_>>());
}

#[test]
fn every_length_is_the_floor_of_its_end_less_the_floor_of_its_start() {
    let lasting = LASTING.iter().map(|(table, length)| {
        rule(*table, format!("SELECT 1 AS one FROM {table} WHERE {length} <> end_ts - start_ts"))
    });
    let parts = "ring_duration + talk_duration + hold_duration + dial_duration";
    let of_states = rule(
        "the states of an attempt add up to its parts",
        format!(
            "SELECT 1 AS one FROM interaction_resource_fact f
             LEFT JOIN (SELECT interaction_resource_id, interaction_resource_sdt_key, sum(total_duration) AS total_s,
                    min(start_ts) AS start_ts, max(end_ts) AS end_ts
                 FROM ixn_resource_state_fact GROUP BY interaction_resource_id, interaction_resource_sdt_key) s
               ON s.interaction_resource_sdt_key = f.start_date_time_key
               AND s.interaction_resource_id = f.interaction_resource_id
             WHERE COALESCE(s.total_s, 0) <> {parts} OR COALESCE(s.end_ts - s.start_ts, 0) <> {parts}
                OR (s.end_ts IS NOT NULL AND s.end_ts <> f.end_ts)"
        ),
    );
    let customer = rule(
        "with one party only, the customer's parts are all",
        "SELECT 1 AS one FROM interaction_resource_fact WHERE customer_talk_duration <> talk_duration
            OR customer_ring_duration <> ring_duration OR customer_hold_duration <> hold_duration
            OR customer_dial_duration <> dial_duration",
    );
    let mediation = rule(
        "mediation is its parts, and at least the passage's wait",
        "SELECT 1 AS one FROM interaction_resource_fact
         WHERE mediation_duration <> queue_duration + routing_point_duration + ivr_port_duration
            OR response_time <> mediation_duration + ring_duration",
    );
    let unmediated = rule(
        "an attempt without mediation lasts as long as its parts",
        format!(
            "SELECT 1 AS one FROM interaction_resource_fact WHERE mediation_count = 0 AND end_ts - start_ts <> {parts}"
        ),
    );
    let rules: Vec<Rule> = lasting.chain([of_states, customer, mediation, unmediated]).collect();
    assert_no_row_breaks("every_length_is_the_floor_of_its_end_less_the_floor_of_its_start", &rules);
}

#[test]
fn every_reference_leads_to_its_row() {
    let to = |from: &str, id: &str, sdt: &str, table: &str, key: &str, must: &str| {
        rule(
            format!("{from}.{id} leads to {table}"),
            format!(
                "SELECT 1 AS one FROM {from} f LEFT JOIN {table} t ON t.start_date_time_key = f.{sdt} AND t.{key} = f.{id}
                 WHERE t.{key} IS NULL AND {must}"
            ),
        )
    };
    let (ixn, irf, msf) = ("interaction_fact", "interaction_resource_fact", "mediation_segment_fact");
    let (ixn_id, irf_id, msf_id) = ("interaction_id", "interaction_resource_id", "mediation_segment_id");
    let always = "1 = 1";
    let mut rules = vec![
        to(irf, ixn_id, "interaction_sdt_key", ixn, ixn_id, always),
        to(msf, ixn_id, "interaction_sdt_key", ixn, ixn_id, always),
        to("ixn_resource_state_fact", irf_id, "interaction_resource_sdt_key", irf, irf_id, always),
        to("irf_user_data_keys", irf_id, "start_date_time_key", irf, irf_id, always),
        to("irf_user_data_gen_1", irf_id, "start_date_time_key", irf, irf_id, always),
        to(ixn, "anchor_id", "anchor_sdt_key", irf, irf_id, "f.anchor_id <> -2"),
        to(irf, msf_id, "mediation_start_date_time_key", msf, msf_id, "f.mediation_segment_id <> -2"),
        to(
            irf,
            "received_from_ixn_resource_id",
            "received_from_ixn_res_sdt_key",
            irf,
            irf_id,
            "f.received_from_ixn_resource_id <> -2",
        ),
        to(msf, "ixn_resource_id", "ixn_resource_sdt_key", irf, irf_id, "f.ixn_resource_id <> -2"),
        to(msf, "target_ixn_resource_id", "target_ixn_resource_sdt_key", irf, irf_id, "f.target_ixn_resource_id <> -2"),
    ];
    for (table, column) in [
        (irf, "resource_key"),
        (irf, "media_resource_key"),
        (irf, "last_vqueue_resource_key"),
        (irf, "last_ivr_resource_key"),
        (irf, "last_rp_resource_key"),
        (msf, "resource_key"),
        ("sm_res_session_fact", "resource_key"),
    ] {
        let rows = format!(
            "SELECT 1 AS one FROM {table} f LEFT JOIN resource_ r ON r.resource_key = f.{column} WHERE r.resource_key IS NULL"
        );
        rules.push(rule(format!("{table}.{column} leads to a resource"), rows));
    }
    for (table, dimension, key) in [
        (irf, "technical_descriptor", "technical_descriptor_key"),
        (msf, "technical_descriptor", "technical_descriptor_key"),
        ("ixn_resource_state_fact", "interaction_resource_state", "interaction_resource_state_key"),
        ("irf_user_data_keys", "interaction_descriptor", "interaction_descriptor_key"),
    ] {
        let rows = format!(
            "SELECT 1 AS one FROM {table} f LEFT JOIN {dimension} d ON d.{key} = f.{key} WHERE d.{key} IS NULL"
        );
        rules.push(rule(format!("{table} leads to {dimension}"), rows));
    }
    assert_no_row_breaks("every_reference_leads_to_its_row", &rules);
}

#[test]
fn every_id_is_unique_and_every_interaction_has_one_anchor_and_one_last_attempt() {
    let unique = KEYS.iter().map(|(table, key)| {
        rule(
            format!("{table}.{key} is unique"),
            format!("SELECT {key} FROM {table} GROUP BY {key} HAVING count(*) > 1"),
        )
    });
    let one_space = rule(
        "attempts and passages have one number space",
        "SELECT 1 AS one FROM interaction_resource_fact f JOIN mediation_segment_fact m ON m.mediation_segment_id = f.interaction_resource_id",
    );
    let flags = rule(
        "one anchor, one last attempt, ordinals without a gap",
        "SELECT f.interaction_id FROM interaction_resource_fact f GROUP BY f.interaction_id, f.interaction_sdt_key
         HAVING sum(f.irf_anchor) <> 1 OR sum(f.last_interaction_resource) <> 1 OR min(f.interaction_resource_ordinal) <> 1
            OR max(f.interaction_resource_ordinal) <> count(*) OR count(DISTINCT f.interaction_resource_ordinal) <> count(*)",
    );
    let last = rule(
        "the last attempt has the highest ordinal",
        "SELECT 1 AS one FROM interaction_resource_fact f
         JOIN (SELECT interaction_id, max(interaction_resource_ordinal) AS last FROM interaction_resource_fact GROUP BY interaction_id) l
           ON l.interaction_id = f.interaction_id
         WHERE (f.interaction_resource_ordinal = l.last) <> (f.last_interaction_resource = 1)",
    );
    let anchor = rule(
        "the anchor is the one that the interaction names",
        "SELECT 1 AS one FROM interaction_resource_fact f
         JOIN interaction_fact i ON i.start_date_time_key = f.interaction_sdt_key AND i.interaction_id = f.interaction_id
         WHERE (f.irf_anchor = 1) <> (i.anchor_id = f.interaction_resource_id)
            OR (f.irf_anchor = 1) <> (f.irf_anchor_ts IS NOT NULL)",
    );
    let childless = rule(
        "an interaction has an attempt",
        "SELECT 1 AS one FROM interaction_fact i LEFT JOIN interaction_resource_fact f
           ON f.interaction_sdt_key = i.start_date_time_key AND f.interaction_id = i.interaction_id
         WHERE f.interaction_id IS NULL",
    );
    let rules: Vec<Rule> = unique.chain([one_space, flags, last, anchor, childless]).collect();
    assert_no_row_breaks("every_id_is_unique_and_every_interaction_has_one_anchor_and_one_last_attempt", &rules);
}

#[test]
fn every_passage_falls_in_exactly_one_class_and_ends_where_its_call_went_on() {
    let class = "CASE WHEN d.technical_result_code = 'DIVERTED' AND d.result_reason_code = 'ANSWEREDBYAGENT' THEN 1 ELSE 0 END
        + CASE WHEN d.technical_result_code = 'DIVERTED' AND d.result_reason_code = 'ANSWEREDBYOTHER' THEN 1 ELSE 0 END
        + CASE WHEN d.technical_result_code = 'CUSTOMERABANDONED' AND d.result_reason_code = 'ABANDONEDWHILEQUEUED' THEN 1 ELSE 0 END";
    let classes = rule(
        "one class",
        format!(
            "SELECT 1 AS one FROM mediation_segment_fact m
             JOIN technical_descriptor d ON d.technical_descriptor_key = m.technical_descriptor_key
             WHERE {class} <> 1 OR d.resource_role_code <> 'RECEIVED'"
        ),
    );
    let answered = rule(
        "an answered passage has the agent's attempt as target, an abandoned one none",
        "SELECT 1 AS one FROM mediation_segment_fact m
         JOIN technical_descriptor d ON d.technical_descriptor_key = m.technical_descriptor_key
         LEFT JOIN interaction_resource_fact t ON t.start_date_time_key = m.target_ixn_resource_sdt_key
            AND t.interaction_resource_id = m.target_ixn_resource_id
         LEFT JOIN resource_ r ON r.resource_key = t.resource_key
         WHERE (d.result_reason_code = 'ANSWEREDBYAGENT') <> (COALESCE(r.resource_type_code, '') = 'AGENT')
            OR (d.technical_result_code = 'CUSTOMERABANDONED') <> (m.target_ixn_resource_id = -2)",
    );
    let waits = rule(
        "the attempt behind a passage has its queue and its wait",
        "SELECT 1 AS one FROM mediation_segment_fact m
         JOIN interaction_resource_fact f ON f.start_date_time_key = m.ixn_resource_sdt_key
            AND f.interaction_resource_id = m.ixn_resource_id
         WHERE f.last_vqueue_resource_key <> m.resource_key OR f.mediation_duration <> m.mediation_duration
            OR f.interaction_id <> m.interaction_id OR f.start_ts <> m.start_ts",
    );
    assert_no_row_breaks(
        "every_passage_falls_in_exactly_one_class_and_ends_where_its_call_went_on",
        &[classes, answered, waits],
    );
}
