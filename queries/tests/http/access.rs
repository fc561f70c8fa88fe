//! Who may ask: hosts on this machine, tokens elsewhere.

use callmart_queries::http::{Access, ApiSettings, MartEngines};

use crate::client::Server;
use crate::content::monday;

async fn server(access: Access) -> (tempfile::TempDir, Server) {
    let (folder, parquet) = monday().parquet();
    let engines = MartEngines { parquet, postgres: None };
    (folder, Server::over(engines, ApiSettings::default(), access).await)
}

#[tokio::test]
async fn a_server_of_this_machine_answers_only_to_its_own_names() {
    let (_folder, server) = server(Access::of_this_machine(&["mart.example".to_owned()])).await;
    let port = server.address.port();
    for (host, status) in [
        ("localhost".to_owned(), 200),
        (format!("127.0.0.1:{port}"), 200),
        (format!("[::1]:{port}"), 200),
        ("mart.example".to_owned(), 200),
        ("evil.example".to_owned(), 421),
        (format!("localhost.evil.example:{port}"), 421),
        ("169.254.169.254".to_owned(), 421),
        (String::new(), 421),
    ] {
        for path in ["/api/v1/queues", "/", "/health"] {
            let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            let answer = server.send(request.as_bytes()).await.expect("an answer");
            assert_eq!(answer.status, status, "{host} {path}");
        }
    }
    let without = server.send(b"GET /api/v1/queues HTTP/1.1\r\nConnection: close\r\n\r\n").await.expect("an answer");
    assert_eq!(without.status, 421);
    let two = b"GET /health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    assert_ne!(server.send(two).await.expect("an answer").status, 200);
}

#[tokio::test]
async fn a_token_is_needed_for_everything_but_health_and_the_page() {
    let (_folder, server) = server(Access::with_token(Access::hash("a secret"))).await;
    for path in ["/api/v1/queues", "/api/v1/reports", "/metrics", "/openapi.json"] {
        let without = server.get(path).await;
        assert_eq!((without.status, without.header("www-authenticate")), (401, "Bearer"), "{path}");
        let wrong = server.ask("GET", path, "Authorization: Bearer a secret?\r\n").await;
        assert_eq!(wrong.status, 401, "{path}");
        let right = server.ask("GET", path, "Authorization: Bearer a secret\r\n").await;
        assert_eq!(right.status, 200, "{path}: {}", right.text());
    }
    for path in ["/health", "/health/live", "/"] {
        assert_eq!(server.get(path).await.status, 200, "{path}");
    }
    let of_others = b"GET /health HTTP/1.1\r\nHost: mart.example\r\nConnection: close\r\n\r\n";
    assert_eq!(server.send(of_others).await.expect("an answer").status, 200);
}

#[tokio::test]
async fn no_answer_invites_other_origins_and_every_answer_is_guarded() {
    let (_folder, server) = server(Access::of_this_machine(&[])).await;
    for path in ["/", "/api/v1/queues", "/nothing", "/api/v1/queues?x"] {
        let answer = server.ask("GET", path, "Origin: http://evil.example\r\n").await;
        assert!(!answer.headers.keys().any(|name| name.starts_with("access-control")), "{path}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{path}");
        }
        assert!(answer.header("content-security-policy").contains("default-src 'self'"), "{path}");
        assert!(["no-store", "no-cache"].contains(&answer.header("cache-control")), "{path}");
    }
}
