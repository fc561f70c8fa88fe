//! Each route's good answer, its numbers compared with SQL over the same mart.

use arrow::array::RecordBatch;
use arrow::util::display::array_value_to_string;
use callmart_queries::engine::Engine;
use callmart_queries::http::{Access, ApiSettings, MartEngines, Metric};
use serde_json::{Value, json};

use crate::client::Server;
use crate::content::{ABANDONED, CALLER, HANDLED, OF_THE_NIGHT, OPEN, OUTBOUND, monday};

const DAY: &str = "from=2026-01-05&to=2026-01-06&tz=Europe/Berlin";

async fn sql(engine: &Engine, text: &str) -> Vec<Vec<String>> {
    let batch: RecordBatch = engine.query(text, &[]).await.expect("an answer");
    let cell = |row: usize, column: usize| array_value_to_string(batch.column(column), row).expect("a value");
    (0..batch.num_rows()).map(|row| (0..batch.num_columns()).map(|column| cell(row, column)).collect()).collect()
}

async fn one(engine: &Engine, text: &str) -> String {
    sql(engine, text).await.concat().concat()
}

fn ids(answer: &Value) -> Vec<String> {
    let rows = answer["rows"].as_array().expect("rows");
    rows.iter().map(|row| row["interaction_id"].as_str().expect("a key as text").to_owned()).collect()
}

fn texts(ids: &[i64]) -> Vec<String> {
    ids.iter().map(i64::to_string).collect()
}

#[tokio::test]
async fn a_report_answers_with_the_numbers_of_the_mart_and_how_complete_it_is() {
    let server = Server::of_both("http_report").await;
    for (name, engine) in server.each_engine() {
        let answer = server.json(&format!("/api/v1/reports/queue-summary?{DAY}&engine={name}")).await;
        let rows = answer["rows"].as_array().expect("rows");
        let entered: i64 = rows.iter().filter_map(|row| row["entered"].as_i64()).sum();
        assert_eq!(entered.to_string(), one(engine, "SELECT count(*) FROM mediation_segment_fact").await);
        assert_eq!((&answer["engine"], &answer["report"]), (&json!(name), &json!("queue-summary")));
        assert_eq!(answer["start"], "2026-01-04T23:00:00.000Z");
        let trust = &answer["completeness"];
        assert_eq!((&trust["complete"], &trust["watermark"]), (&json!(false), &Value::Null));
        let sources = trust["sources"].as_array().expect("sources");
        assert_eq!((sources.len(), &sources[0]["watermark"]), (2, &json!("2026-01-05T11:59:00.000Z")));
        assert_eq!(answer["columns"].as_array().expect("columns").len(), rows[0].as_object().expect("a row").len());
    }
    server.end().await;
}

#[tokio::test]
async fn a_list_report_takes_filters_and_gives_parts_with_a_next_link() {
    let server = Server::of_both("http_list").await;
    for (name, engine) in server.each_engine() {
        let path = format!("/api/v1/reports/interaction-handling-attempt?{DAY}&engine={name}");
        let all = server.json(&path).await;
        let attempts = one(engine, "SELECT count(*) FROM interaction_resource_fact").await;
        assert_eq!(all["page"]["returned"].to_string(), attempts);
        let mut seen = Vec::new();
        let mut next = Some(format!("{path}&limit=2"));
        while let Some(path) = next {
            let part = server.json(&path).await;
            let rows = part["rows"].as_array().expect("rows");
            assert!(rows.len() <= 2);
            seen.extend(rows.clone());
            next = part["page"]["next"].as_str().map(ToOwned::to_owned);
            assert_eq!(part["page"]["more"].as_bool(), Some(next.is_some()));
        }
        assert_eq!(Value::Array(seen), all["rows"]);
        let of_agent = server.json(&format!("{path}&agent=4711")).await;
        assert_eq!(ids(&of_agent), texts(&[HANDLED]));
        assert_eq!(of_agent["rows"][0]["start_time"], "2026-01-05T09:00:10.000+01:00");
    }
}

#[tokio::test]
async fn the_search_finds_newest_first_by_local_day_agent_queue_and_number() {
    let server = Server::of_both("http_search").await;
    let number: String = form_urlencoded::byte_serialize(CALLER.as_bytes()).collect();
    let name: String = form_urlencoded::byte_serialize("O'Hara % \\ Zoë".as_bytes()).collect();
    for (engine, _) in server.each_engine() {
        for (query, expected) in [
            (DAY.to_owned(), &[OUTBOUND, ABANDONED, HANDLED, OF_THE_NIGHT][..]),
            ("from=2026-01-05&to=2026-01-06".to_owned(), &[OUTBOUND, ABANDONED, HANDLED]),
            ("from=2026-01-06&to=2026-01-07".to_owned(), &[]),
            (format!("{DAY}&agent=4711"), &[HANDLED]),
            (format!("{DAY}&agent={name}"), &[OUTBOUND, HANDLED]),
            (format!("{DAY}&queue=sales"), &[ABANDONED, HANDLED]),
            (format!("{DAY}&queue=sales&agent=4711"), &[HANDLED]),
            (format!("{DAY}&number={number}"), &[HANDLED]),
            (format!("{DAY}&number=%2B49%20911"), &[OUTBOUND]),
            (format!("{DAY}&number=nobody"), &[]),
        ] {
            let answer = server.json(&format!("/api/v1/interactions?{query}&engine={engine}")).await;
            assert_eq!(ids(&answer), texts(expected), "{engine} {query}");
        }
        let answer = server.json(&format!("/api/v1/interactions?{DAY}&queue=sales&engine={engine}")).await;
        let (abandoned, handled) = (&answer["rows"][0], &answer["rows"][1]);
        assert_eq!((&handled["agent"], &handled["attempts"]), (&json!("4711"), &json!(3)));
        assert_eq!((&handled["queue"], &handled["duration_ms"]), (&json!("sales"), &json!(100_000)));
        assert_eq!(handled["started"], "2026-01-05T08:00:00.007Z");
        assert_eq!((&abandoned["agent"], &abandoned["result"]), (&Value::Null, &json!("CUSTOMERABANDONED")));
    }
}

#[tokio::test]
async fn an_interaction_is_told_with_names_states_passages_and_user_data() {
    let server = Server::of_both("http_interaction").await;
    for (engine, _) in server.each_engine() {
        let path = format!("/api/v1/interactions/{HANDLED}?engine={engine}");
        let told = server.json(&path).await;
        let attempts = told["attempts"].as_array().expect("attempts");
        let names: Vec<_> = attempts.iter().map(|a| (a["resource"].clone(), a["agent"].clone())).collect();
        let zoe = json!("O'Hara % \\ Zoë");
        assert_eq!(names, [(json!("ivr"), json!(null)), (json!("4711"), json!("4711")), (zoe.clone(), zoe)]);
        let agent = &attempts[1];
        assert_eq!(agent["measures"]["talk_duration"], 70);
        assert!(agent["measures"].get("hold_duration").is_none(), "what is 0 is left out");
        assert_eq!(agent["user_data"], json!({"service_type": "Loans; 'x'", "customer_id": "4711-Ä"}));
        let states: Vec<_> = agent["states"].as_array().expect("states").iter().map(|s| s["state"].clone()).collect();
        assert_eq!(states, ["ALERT", "CONNECT"]);
        assert_eq!((&agent["queue"], &agent["released_call"]), (&json!("sales"), &json!(false)));
        assert_eq!((&agent["role"], &agent["is_anchor"]), (&json!("ROUTEDTO"), &json!(true)));
        assert_eq!(agent["received_from_attempt_id"], attempts[0]["attempt_id"]);
        assert_eq!(attempts[0]["passage_id"], Value::Null);
        let passage = &told["passages"][0];
        assert_eq!((&passage["queue"], &passage["duration_ms"]), (&json!("sales"), &json!(20_000)));
        assert_eq!(passage["target_attempt_id"], agent["attempt_id"]);
        for call in [format!("root-{HANDLED}"), "consult-1".to_owned()] {
            assert_eq!(server.json(&format!("/api/v1/calls/{call}?engine={engine}")).await, told, "{call}");
        }
        let plain = server.json(&format!("/api/v1/interactions/{OF_THE_NIGHT}?engine={engine}")).await;
        assert_eq!((&plain["attempts"], &plain["passages"]), (&json!([]), &json!([])));
    }
}

#[tokio::test]
async fn the_events_of_an_interaction_are_told_with_their_places_in_the_log() {
    let server = Server::of_monday().await;
    let path = server.json(&format!("/api/v1/interactions/{HANDLED}")).await["events"].clone();
    let path = path.as_str().expect("an address");
    let told = server.json(path).await;
    let events = told["events"].as_array().expect("events");
    let places: Vec<_> = events.iter().map(|e| (e["kind"].clone(), e["log_offset"].clone())).collect();
    assert_eq!(places, [(json!("call_created"), json!(100)), (json!("call_deleted"), json!(200))]);
    assert_eq!(events[0]["event"]["callCreated"]["dnis"], "0800");
    assert_eq!((&events[0]["time"], &events[0]["seq"]), (&json!("2026-01-05T08:00:00.000Z"), &json!(1)));
    let first = server.json(&format!("{path}?limit=1")).await;
    assert_eq!(first["page"]["more"], true);
    let next = first["page"]["next"].as_str().expect("an address").to_owned();
    assert_eq!(server.json(&next).await["events"], json!([events[1]]));
}

#[tokio::test]
async fn what_goes_on_now_is_told_with_names_waits_and_counts() {
    let server = Server::of_both("http_live").await;
    for (engine, _) in server.each_engine() {
        let now = server.json(&format!("/api/v1/live?engine={engine}")).await;
        assert_eq!((&now["now"], &now["watermark"]), (&json!("2026-01-05T12:00:00.000Z"), &Value::Null));
        let entered = "2026-01-05T11:58:30.000Z";
        let waiting = json!([{"queue": "sales", "waiting": 1, "first_entered": entered, "longest_wait_ms": 90_000}]);
        assert_eq!(now["queues"], waiting);
        assert_eq!((&now["calls"]["total"], &now["calls"]["more"]), (&json!(2), &json!(false)));
        let calls = now["calls"]["rows"].as_array().expect("calls");
        assert_eq!((&calls[0]["interaction_id"], &calls[0]["agent"]), (&json!(OPEN.to_string()), &Value::Null));
        assert_eq!((&calls[1]["agent"], &calls[1]["state"]), (&json!("4711"), &json!("CONNECTED")));
        let agents = now["agents"]["rows"].as_array().expect("agents");
        assert_eq!((&agents[1]["state"], &agents[1]["reason"]), (&json!("NOTREADY"), &json!("Lunch")));
        assert_eq!((&agents[0]["agent"], &agents[0]["interaction_id"]), (&json!("4711"), &Value::Null));
        assert_eq!(now["agent_states"], json!([{"state": "BUSY", "agents": 1}, {"state": "NOTREADY", "agents": 1}]));
        let few = server.json(&format!("/api/v1/live?limit=1&engine={engine}")).await;
        assert_eq!((&few["agents"]["total"], &few["agents"]["more"]), (&json!(2), &json!(true)));
        assert_eq!(few["agents"]["rows"].as_array().map(Vec::len), Some(1));
    }
}

#[tokio::test]
async fn lists_coverage_and_dictionary_tell_what_the_mart_holds() {
    let server = Server::of_both("http_lists").await;
    for (name, engine) in server.each_engine() {
        for (path, kind) in [("agents", "AGENT"), ("queues", "QUEUE")] {
            let told = server.json(&format!("/api/v1/{path}?engine={name}")).await;
            let rows = told["rows"].as_array().expect("rows").iter();
            let keys: Vec<_> = rows.map(|r| vec![r["resource_key"].as_str().expect("a key").to_owned()]).collect();
            let text = format!(
                "SELECT resource_key FROM resource_ WHERE resource_type_code = '{kind}' ORDER BY resource_name"
            );
            assert_eq!(keys, sql(engine, &text).await);
        }
        let coverage = server.json(&format!("/api/v1/coverage?engine={name}")).await;
        let (heard, never) = (&coverage["sources"][0], &coverage["sources"][1]);
        assert_eq!((&heard["behind_ms"], &heard["events"]), (&json!(60_000), &json!(1_234)));
        let (from, to) = ("2026-01-04T00:00:00.000Z", "2026-01-05T11:59:00.000Z");
        assert_eq!(heard["stretches"], json!([{"from": from, "to": to, "rejects": 1}]));
        assert_eq!((&heard["rejects"], &never["rejects"]), (&json!(2), &json!(0)));
        assert_eq!((&never["state"], &never["watermark"]), (&json!("never-heard"), &Value::Null));
        assert_eq!(coverage["rejects"], json!({"total": 2, "by_reason": [{"reason": "phantom", "rejects": 2}]}));
    }
    let tables = server.json("/api/v1/dictionary").await;
    assert_eq!(tables["tables"].as_array().map(Vec::len), Some(callmart_schema::catalogue::TABLES.len()));
    let reports = server.json("/api/v1/reports").await;
    let names = reports["reports"].as_array().expect("reports").iter().map(|r| r["name"].as_str().expect("a name"));
    assert_eq!(names.collect::<Vec<_>>(), callmart_queries::reports::names());
}

#[tokio::test]
async fn health_says_whether_the_mart_can_be_read_and_names_no_paths() {
    let server = Server::of_monday().await;
    assert_eq!(server.json("/health").await["status"], "ready");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(folder.path().join("manifest")).expect("a folder");
    std::fs::write(folder.path().join("manifest/current"), "no number").expect("a file");
    let engines = MartEngines { parquet: crate::support::parquet(folder.path()), postgres: None };
    let broken = Server::over(engines, ApiSettings::default(), Access::of_this_machine(&[])).await;
    let answer = broken.get("/health").await;
    assert_eq!(answer.status, 503);
    assert!(!answer.text().contains(&folder.path().display().to_string()), "{}", answer.text());
    assert_eq!(broken.json("/health/live").await["status"], "alive");
    assert_eq!(broken.get(&format!("/api/v1/interactions?{DAY}")).await.status, 503);
    assert!(broken.get("/metrics").await.text().contains("callmart_mart_readable 0\n"));
}

#[tokio::test]
async fn metrics_count_requests_rows_and_what_the_process_adds() {
    let (folder, parquet) = monday().parquet();
    let extra = || vec![Metric::gauge("callmart_etl_units", "Units that wait.", 17.0)];
    let engines = MartEngines { parquet, postgres: None };
    let access = Access::of_this_machine(&[]);
    let server = Server::with_metrics(engines, ApiSettings::default(), access, Some(std::sync::Arc::new(extra))).await;
    server.json("/api/v1/queues").await;
    server.get("/nothing").await;
    server.get("/api/v1/queues?x=1").await;
    let answer = server.get("/metrics").await;
    assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let text = answer.text();
    for line in [
        r#"callmart_http_requests_total{route="/api/v1/queues",status="200"} 1"#,
        r#"callmart_http_requests_total{route="/api/v1/queues",status="400"} 1"#,
        r#"callmart_http_requests_total{route="none",status="404"} 1"#,
        r#"callmart_http_rows_total{route="/api/v1/queues"} 2"#,
        r#"callmart_source_watermark_age_seconds{source="i-1"} 60"#,
        r#"callmart_rejects{reason="phantom"} 2"#,
        "callmart_etl_units 17",
        "callmart_mart_readable 1",
    ] {
        assert!(text.lines().any(|given| given == line), "{line}\n{text}");
    }
    drop(folder);
}
