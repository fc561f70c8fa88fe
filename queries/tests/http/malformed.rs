//! Thousands of requests that are wrong in one way or another: none is answered with a fault of the server's own.

use crate::client::Server;

/// How many requests are made.
const REQUESTS: u64 = 10_000;

/// Requests on their way at once.
const AT_ONCE: usize = 16;

/// Numbers that look like chance and are the same for the same seed.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).expect("a small number")
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    /// The usual one mostly, and one of the others sometimes.
    fn often<'a>(&mut self, usual: &'a str, others: &[&'a str]) -> &'a str {
        if self.below(7) == 0 { self.one(others) } else { usual }
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        let length = self.below(most);
        (0..length).map(|_| self.next() as u8).collect()
    }
}

const PATHS: [&str; 21] = [
    "/api/v1/reports",
    "/api/v1/dictionary",
    "/health/live",
    "/nothing",
    "/api//v1/../health",
    "//",
    "/api/v1/reports/queue-summary",
    "/api/v1/reports/interaction-flow",
    "/api/v1/reports/",
    "/api/v1/interactions",
    "/api/v1/interactions/9007199254740993",
    "/api/v1/calls/consult-1",
    "/api/v1/explain/9007199254740993",
    "/api/v1/live",
    "/api/v1/agents",
    "/api/v1/coverage",
    "/metrics",
    "/health",
    "/openapi.json",
    "/",
    "*",
];

const NAMES: [&str; 14] = [
    "from",
    "to",
    "tz",
    "by",
    "limit",
    "offset",
    "engine",
    "format",
    "agent",
    "queue",
    "number",
    "interaction",
    "x",
    "",
];

const VALUES: [&str; 24] = [
    "2026-01-05",
    "2026-01-06",
    "9999-12-31",
    "0001-01-01",
    "-0001-01-01",
    "Europe/Berlin",
    "Asia/Kathmandu",
    "day",
    "month",
    "1",
    "-1",
    "9223372036854775807",
    "9223372036854775808",
    "1e3",
    "csv",
    "arrow",
    "parquet",
    "%00",
    "%FF%FE",
    "%",
    "'; DROP TABLE interaction_fact; --",
    "%F0%9F%93%9E",
    "..%2F..%2Fetc%2Fpasswd",
    "",
];

fn target(chance: &mut Chance) -> Vec<u8> {
    let mut target = chance.one(&PATHS).as_bytes().to_vec();
    if chance.below(8) == 0 {
        let at = chance.below(target.len() + 1);
        let noise = chance.bytes(12);
        let noise = if chance.below(2) == 0 {
            noise
        } else {
            noise.iter().flat_map(|b| format!("%{b:02x}").into_bytes()).collect()
        };
        target.splice(at..at, noise);
    }
    if chance.below(4) == 0 {
        target.extend_from_slice(b"?from=2026-01-05&to=2026-01-06");
    }
    for _ in 0..chance.below(3) {
        let sign = if target.contains(&b'?') { chance.often("&", &["&&", "?", ";"]) } else { "?" };
        let (name, value) = (chance.one(&NAMES), chance.one(&VALUES));
        target.extend_from_slice(format!("{sign}{name}={}", value.replace(' ', "+")).as_bytes());
    }
    target
}

/// No request at all.
fn noise(chance: &mut Chance) -> Vec<u8> {
    [chance.bytes(400), b"\r\n\r\n".to_vec()].concat()
}

/// A request that is wrong in one way or another, now and then in none.
fn request(chance: &mut Chance) -> Vec<u8> {
    let method = chance.often("GET", &["HEAD", "POST", "OPTIONS", "CONNECT", "get", ""]);
    let version = chance.often("HTTP/1.1", &["HTTP/1.0", "HTTP/2.0", "HTTP/9", ""]);
    let host = chance.often("localhost", &["127.0.0.1:80", "evil", "", "[::1", "a:b:c", "localhost:99999999"]);
    let mut bytes = [method.as_bytes(), b" ", &target(chance), b" ", version.as_bytes(), b"\r\n"].concat();
    bytes.extend_from_slice(format!("Host: {host}\r\nConnection: close\r\n").as_bytes());
    for _ in 0..chance.below(3) {
        let name =
            chance.one(&["Accept", "Authorization", "If-None-Match", "Content-Length", "Transfer-Encoding", "Host"]);
        let value = chance.one(&[
            "*/*",
            "text/csv;q=x",
            "a/b;;;q=9",
            "Bearer",
            "Bearer x",
            "\"",
            "-5",
            "10",
            "chunked",
            "\u{e4}",
        ]);
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    if chance.below(20) == 0 {
        bytes.extend(chance.bytes(60));
    }
    bytes.extend_from_slice(b"\r\n");
    if chance.below(10) == 0 {
        bytes.extend(chance.bytes(200));
    }
    bytes
}

/// The number of a request, whether it is noise, and its bytes.
fn made(seed: u64, n: u64) -> (u64, bool, Vec<u8>) {
    let mut chance = Chance(seed.wrapping_add(n << 32));
    let is_noise = chance.below(10) == 0;
    (n, is_noise, if is_noise { noise(&mut chance) } else { request(&mut chance) })
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_wrong_requests_meet_no_fault_of_the_server() {
    let seed = std::env::var("CALLMART_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(7);
    let server = Server::of_monday().await;
    let mut statuses = std::collections::BTreeMap::new();
    let mut numbers = 0..REQUESTS;
    loop {
        let requests: Vec<(u64, bool, Vec<u8>)> = numbers.by_ref().take(AT_ONCE).map(|n| made(seed, n)).collect();
        if requests.is_empty() {
            break;
        }
        let sent = requests.iter().map(|(_, is_noise, bytes)| async {
            // The end of noise is told: a server may wait for more of it.
            if *is_noise { server.send_all(bytes).await } else { server.send(bytes).await }
        });
        for (answer, (n, _, bytes)) in futures_util::future::join_all(sent).await.iter().zip(&requests) {
            let status = answer.as_ref().map_or(0, |answer| answer.status);
            *statuses.entry(status).or_insert(0) += 1;
            let shown = String::from_utf8_lossy(bytes);
            assert!(status < 500, "seed {seed}, request {n}: {status} {answer:?} to {shown:?}");
        }
    }
    assert!(statuses.keys().len() > 5, "the requests are too alike: {statuses:?}");
    assert!(statuses.get(&200).is_some_and(|good| *good > 300), "some are good: {statuses:?}");
    assert_eq!(server.json("/health").await["status"], "ready");
}
