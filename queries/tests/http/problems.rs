//! What is refused is refused with a problem that says what to do.

use serde_json::{Value, json};

use crate::client::{Answer, Server};
use crate::content::OPEN;

const DAY: &str = "from=2026-01-05&to=2026-01-06";

/// The problem of an answer, checked for its form.
fn problem(answer: &Answer, status: u16, path: &str) -> Value {
    assert_eq!(answer.status, status, "{path}: {}", answer.text());
    assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
    let told = answer.json();
    assert_eq!(told["status"], status);
    assert_eq!(told["instance"], path.split('?').next().expect("a path"));
    assert!(told["detail"].as_str().is_some_and(|detail| detail.len() > 20), "{told}");
    assert!(told["type"].as_str().is_some_and(|kind| kind.starts_with("urn:callmart:problem:")), "{told}");
    told
}

async fn refused(server: &Server, path: &str, status: u16) -> Value {
    problem(&server.get(path).await, status, path)
}

fn named(told: &Value) -> Vec<&str> {
    told["errors"].as_array().expect("errors").iter().filter_map(|fault| fault["parameter"].as_str()).collect()
}

#[tokio::test]
async fn what_is_not_there_is_404() {
    let server = Server::of_monday().await;
    for path in [
        "/nothing",
        "/api/v2/reports",
        "/api/v1/reports/",
        "/api/v1/reports/no-such-report?from=2026-01-05",
        "/api/v1/interactions/1",
        "/api/v1/interactions/seven",
        "/api/v1/interactions/99999999999999999999",
        "/api/v1/calls/nobody",
        "/api/v1/explain/1",
        "/index.php",
    ] {
        refused(&server, path, 404).await;
    }
    for path in [format!("/api/v1/interactions/{OPEN}"), format!("/api/v1/calls/root-{OPEN}")] {
        let told = refused(&server, &path, 404).await;
        assert!(told["detail"].as_str().is_some_and(|detail| detail.contains("/api/v1/live")), "{told}");
    }
}

#[tokio::test]
async fn another_method_is_405_and_told_what_is_allowed() {
    let server = Server::of_monday().await;
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"] {
        for path in ["/api/v1/live", "/", "/health"] {
            let answer = server.ask(method, path, "Content-Length: 0\r\n").await;
            problem(&answer, 405, path);
            assert_eq!(answer.header("allow"), "GET, HEAD");
        }
    }
}

#[tokio::test]
async fn a_form_that_is_not_there_is_406() {
    let server = Server::of_monday().await;
    for (path, accept) in [
        (format!("/api/v1/interactions?{DAY}"), "text/html"),
        ("/api/v1/live".to_owned(), "text/csv"),
        ("/metrics".to_owned(), "application/json"),
    ] {
        let told = problem(&server.ask("GET", &path, &format!("Accept: {accept}\r\n")).await, 406, &path);
        assert!(told["detail"].as_str().is_some_and(|detail| detail.contains('/')), "{told}");
    }
}

#[tokio::test]
async fn wrong_parameters_are_400_with_every_fault() {
    let server = Server::of_monday().await;
    let path = "/api/v1/reports/queue-summary?from=yesterday&tz=Berlin&by=year&limit=0&limit=5&accept_s=-1&colour=red";
    let told = refused(&server, path, 400).await;
    assert_eq!(named(&told), ["from", "tz", "by", "limit", "accept_s", "colour", "to"]);
    for (path, parameter) in [
        ("/api/v1/interactions?from=2026-01-05&to=2026-01-05", "to"),
        ("/api/v1/interactions?from=1990-01-05&to=2026-01-05", "to"),
        ("/api/v1/interactions?from=2026-01-05&to=2026-01-06&agent=", "agent"),
        ("/api/v1/interactions?from=2026-01-05&to=2026-01-06&agent=a%00b", "agent"),
        ("/api/v1/interactions?from=2026-01-05&to=2026-01-06&limit=100001", "limit"),
        ("/api/v1/interactions?from=2026-01-05&to=2026-01-06&offset=-1", "offset"),
        ("/api/v1/reports/interaction-flow?from=2026-01-05&to=2026-01-06&interaction=x", "interaction"),
        ("/api/v1/live?engine=postgres", "engine"),
        ("/api/v1/live?engine=oracle", "engine"),
        ("/api/v1/live?format=csv", "format"),
        ("/api/v1/calls/a%0Ab", "call_uuid"),
        ("/health?verbose", "verbose"),
        ("/openapi.json?x=1", "x"),
    ] {
        assert_eq!(named(&refused(&server, path, 400).await), [parameter], "{path}");
    }
    problem(&server.get("/api/v1/calls/%FF").await, 400, "/api/v1/calls/%FF");
}

#[tokio::test]
async fn sizes_have_limits() {
    let server = Server::of_monday().await;
    let long = format!("/api/v1/calls/{}", "x".repeat(9_000));
    problem(&server.get(&long).await, 414, &long);
    let long = format!("/{}", "x".repeat(70_000));
    assert!(
        server
            .send(format!("GET {long} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes())
            .await
            .is_none_or(|a| { (400..500).contains(&a.status) })
    );
    let answer = server.ask("GET", "/api/v1/live", "Content-Length: 1000000\r\n").await;
    problem(&answer, 413, "/api/v1/live");
    let many: String = (0..200).map(|n| format!("x-{n}: y\r\n")).collect();
    assert_eq!(server.ask("GET", "/health", &many).await.status, 431);
    let large = format!("x: {}\r\n", "y".repeat(80_000));
    assert_eq!(server.ask("GET", "/health", &large).await.status, 431);
    let calls = server.get(&format!("/api/v1/calls/{}", "x".repeat(257))).await;
    assert_eq!(named(&calls.json()), ["call_uuid"]);
    assert_eq!(server.json("/health/live").await, json!({"status": "alive"}));
}
