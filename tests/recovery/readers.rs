//! Readers beside a load: every answer is of one state, and none fails.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use callmart_etl::postgres_server::PrivateServer;
use callmart_queries::engine::{Engine, ParquetSettings};
use callmart_schema::catalogue::{Value, cells};

use crate::input::Rows;
use crate::operator::{Running, Site};

/// Many small loads. The first file is told as all that there was for weeks; a call of the second that is read half would be
/// closed by rule until the next load, without an attempt when nobody has joined it yet.
const SETTINGS: &str = "close_unheard_after_s = 0\n[load]\npostgres_every_ms = 20\nparquet_every_ms = 20\n";

/// Counts and sums over several tables that agree in every state: one query, so one answer.
const STATE: &str = "
SELECT
    (SELECT count(*) FROM interaction_fact) AS interactions,
    (SELECT count(DISTINCT interaction_id) FROM interaction_resource_fact) AS interactions_of_attempts,
    (SELECT count(*) FROM interaction_resource_fact) AS attempts,
    (SELECT count(*) FROM irf_user_data_keys) AS attempts_with_keys,
    (SELECT count(*) FROM irf_user_data_gen_1) AS attempts_with_data,
    (SELECT sum(talk_duration + ring_duration + hold_duration) FROM interaction_resource_fact) AS handled,
    (SELECT sum(total_duration) FROM ixn_resource_state_fact) AS handled_in_states,
    (SELECT count(*) FROM interaction_resource_fact f LEFT JOIN interaction_fact i ON f.interaction_id = i.interaction_id
        WHERE i.interaction_id IS NULL) AS attempts_without_interaction,
    (SELECT count(*) FROM mediation_segment_fact m LEFT JOIN interaction_fact i ON m.interaction_id = i.interaction_id
        WHERE i.interaction_id IS NULL) AS passages_without_interaction";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queries_beside_a_load_never_fail_and_never_mix_two_states() {
    let site = Site::with_both_marts("readers beside a load").settings(SETTINGS);
    let first = site.file("first.tsv", &Rows::small().part(0, usize::MAX));
    site.must(&["import", "bank-calls", &first]);
    let server =
        if site.has_postgres() { Some(PrivateServer::start(&site.data()).await.expect("a server")) } else { None };
    let mut engines = vec![Engine::parquet(&site.data(), ParquetSettings::default())];
    if let Some(server) = &server {
        engines.push(Engine::postgres(&server.url()).await.expect("an engine"));
    }
    let rows = Rows::all();
    let calls = site.file("calls.tsv", &rows.part(0, rows.len()));
    let mut import = site.start(&["import", "bank-calls", &calls]);
    let loading = std::sync::Arc::new(AtomicBool::new(true));
    let readers: Vec<_> =
        engines.into_iter().map(|engine| tokio::spawn(ask_while(engine, std::sync::Arc::clone(&loading)))).collect();
    wait_for_end(&mut import).await;
    loading.store(false, Ordering::Relaxed);
    for reader in readers {
        let (engine, asked, states) = reader.await.expect("a reader that ends well");
        assert!(asked >= 24 && states >= 2, "{engine} was asked {asked} times in {states} states: too few to tell");
        report(&format!("{engine} was asked {asked} times while loading and showed {states} states"));
    }
    assert!(import.end().success(), "{}", site.said());
    if let Some(server) = server {
        server.stop().await.expect("a stop");
    }
}

/// Asks until the load is over; gives the engine's name, how often it was asked and how many states it showed.
async fn ask_while(engine: Engine, loading: std::sync::Arc<AtomicBool>) -> (&'static str, usize, usize) {
    let (mut asked, mut states) = (0, BTreeSet::new());
    let mut is_last = false;
    while !is_last {
        // Once more when all is loaded.
        is_last = !loading.load(Ordering::Relaxed);
        let answer = engine.query(STATE, &[]).await.unwrap_or_else(|e| panic!("{}: {e}", engine.name()));
        let row: Vec<i64> = cells(&answer, 0).iter().map(number).collect();
        let [of_ixn, of_irf, attempts, keys, data, handled, in_states, lost, lost_passages] = row[..] else {
            panic!("{}: {row:?}", engine.name())
        };
        let mixed = of_ixn != of_irf || attempts != keys || attempts != data || handled != in_states;
        assert!(!mixed && lost == 0 && lost_passages == 0, "{} mixes states: {row:?}", engine.name());
        states.insert(row);
        asked += 1;
    }
    (engine.name(), asked, states.len())
}

fn number(value: &Value) -> i64 {
    match value {
        Value::Int(number) => *number,
        Value::Null => 0,
        other => panic!("a count is no {other:?}"),
    }
}

async fn wait_for_end(import: &mut Running) {
    while import.runs() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[allow(clippy::print_stderr)] // shown with --nocapture: how much the test saw
fn report(sentence: &str) {
    eprintln!("{sentence}");
}
