//! Limits of time and number: a query that takes too long, more queries than may run, and an end while one runs.

use callmart_queries::http::ApiSettings;

use crate::client::Server;
use crate::content::monday;

const PATH: &str = "/api/v1/interactions?from=2026-01-05&to=2026-01-06";

#[tokio::test]
async fn a_query_over_its_time_is_ended_with_504() {
    let server = Server::of(&monday(), ApiSettings { query_timeout_ms: 0, ..ApiSettings::default() }).await;
    let answer = server.get(PATH).await;
    assert_eq!(answer.status, 504, "{}", answer.text());
    assert_eq!(answer.json()["type"], "urn:callmart:problem:too-slow");
    assert_eq!(server.get("/api/v1/reports").await.status, 200, "what asks no mart has no such limit");
}

#[tokio::test]
async fn queries_beyond_those_allowed_wait_and_are_then_told_to_come_back() {
    let settings = ApiSettings { max_queries: 1, max_wait_ms: 0, ..ApiSettings::default() };
    let server = Server::of(&monday(), settings).await;
    let answers = futures_util::future::join_all((0..16).map(|_| server.get(PATH))).await;
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 503).collect();
    assert!(answers.iter().any(|answer| answer.status == 200), "one at least has its turn");
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count() + refused.len(), 16);
    for answer in refused {
        assert_eq!(answer.json()["type"], "urn:callmart:problem:busy");
        assert!(answer.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0));
    }
    let patient = ApiSettings { max_queries: 1, max_wait_ms: 600_000, ..ApiSettings::default() };
    let server = Server::of(&monday(), patient).await;
    let answers = futures_util::future::join_all((0..8).map(|_| server.get(PATH))).await;
    assert!(answers.iter().all(|answer| answer.status == 200), "all have their turn");
}

#[tokio::test]
async fn an_answer_never_has_more_rows_than_the_limit_of_the_server() {
    let settings = ApiSettings { default_rows: 2, max_rows: 3, ..ApiSettings::default() };
    let server = Server::of(&monday(), settings).await;
    for (query, rows) in [("", 2), ("&limit=3", 3), ("&limit=1&offset=2", 1), ("&offset=3", 0)] {
        let answer = server.json(&format!("{PATH}{query}")).await;
        assert_eq!(answer["page"]["returned"], rows, "{query}");
    }
    assert_eq!(server.get(&format!("{PATH}&limit=4")).await.status, 400);
}

#[tokio::test]
async fn an_ended_server_answers_no_more() {
    let server = Server::of_monday().await;
    let address = server.address;
    assert_eq!(server.get("/health").await.status, 200);
    server.end().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
