//! PostgreSQL away for an hour of the sources' time: the Parquet mart goes on, memory stays what it is, and PostgreSQL catches
//! up when it is back.

use std::path::Path;

use callmart_etl::postgres_server::PrivateServer;

use crate::operator::{Running, Site, assert_same, look_again, wait_until};

/// Where the simulated world begins, and how long it lasts.
const START: &str = "2026-01-05T08:00Z";
const HOURS: &str = "4";
/// An hour in milliseconds.
const HOUR_MS: i64 = 3_600_000;
/// By how much memory may grow meanwhile, in KiB: what is folded and read beside what waits.
const MAX_GROWTH_KIB: u64 = 192 << 10;
/// The Parquet mart is published often, so that it is seen how far it is.
const SETTINGS: &str = "[load]\npostgres_every_ms = 20\nparquet_every_ms = 50\n";

/// A server of its own, which no command starts again.
struct Server {
    runtime: tokio::runtime::Runtime,
    server: Option<PrivateServer>,
}

impl Server {
    fn start(dir: &Path) -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let server = Some(runtime.block_on(PrivateServer::start(dir)).expect("a server"));
        Self { runtime, server }
    }

    fn url(&self) -> String {
        self.server.as_ref().map(PrivateServer::url).expect("a server")
    }

    /// Kills all of its processes, as a power cut does; gives back what starts it again.
    fn kill(&self) {
        let folder = self.server.as_ref().map(|s| s.where_it_lives().to_owned()).expect("a server");
        let pid_file = std::fs::read_to_string(folder.join("data/postmaster.pid")).expect("it runs");
        let pid: i64 = pid_file.lines().next().and_then(|line| line.trim().parse().ok()).expect("a process");
        crate::operator::signal("KILL", -pid);
        wait_until("the server has gone", || !is_there(-pid));
    }

    fn start_again(&mut self, dir: &Path) {
        let again = self.runtime.block_on(PrivateServer::start(dir)).expect("the server again");
        drop(self.server.replace(again));
    }
}

/// Whether any process of a group is there that is more than a name in the table of processes.
fn is_there(group: i64) -> bool {
    let group = (-group).to_string();
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut stats = processes.filter_map(|process| std::fs::read_to_string(process.path().join("stat")).ok());
    stats.any(|stat| {
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        fields.get(2) == Some(&group.as_str()) && fields.first() != Some(&"Z")
    })
}

/// Up to when the Parquet mart has heard the source that it heard least of, in milliseconds since 1970-01-01 UTC.
fn heard_until_ms(site: &Site) -> i64 {
    let query =
        "SELECT min(h.ms) AS ms FROM (SELECT source, max(watermark_ms) AS ms FROM ctl_coverage GROUP BY source) h";
    site.sql_of("parquet", query).first().and_then(|ms| ms.parse().ok()).unwrap_or(0)
}

/// Runs until the mart has heard so much; tells up to when it has.
fn until(site: &Site, running: &mut Running, ms: i64) -> i64 {
    loop {
        let heard_ms = heard_until_ms(site);
        if heard_ms >= ms {
            return heard_ms;
        }
        assert!(running.runs(), "it ended before its time: {}", site.said());
        look_again();
    }
}

#[test]
fn an_hour_without_postgresql_stops_nothing_and_is_made_up_for_when_it_is_back() {
    let site = Site::with_both_marts("an hour without PostgreSQL").settings(SETTINGS);
    if !site.has_postgres() {
        return;
    }
    let folder = tempfile::Builder::new().prefix("cm-").tempdir().expect("a folder");
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("permissions");
    let mut server = Server::start(folder.path());
    let site = site.over(&server.url());
    let demo = ["demo", "--once", "--start", START, "--hours", HOURS, "--agents", "40", "--seed", "11"];
    let mut running = site.start(&demo);
    wait_until("something is published", || site.published() > 1 || !running.runs());
    server.kill();
    // Whoever has nothing left but PostgreSQL to load waits for it, so that it does not matter how fast the rest goes on.
    let (begun_ms, before_kib) = (heard_until_ms(&site), running.memory_kib());
    let back_ms = until(&site, &mut running, begun_ms + HOUR_MS);
    let (grown_kib, most_kib) = (running.memory_kib().saturating_sub(before_kib), running.most_memory_kib());
    assert!(grown_kib < MAX_GROWTH_KIB, "{before_kib} KiB before, {grown_kib} KiB more, at most {most_kib} KiB");
    assert!(back_ms >= begun_ms + HOUR_MS, "the Parquet mart went on");
    server.start_again(folder.path());
    let status = running.end();
    assert!(status.success(), "{status}: {}", site.said());
    let content = site.content();
    assert!(content.iter().any(|line| line.starts_with("interaction_fact ")), "{content:#?}");
    site.must(&["rebuild", "--from", "log"]);
    assert_same(&site.content(), &content, "rebuilt with PostgreSQL there all the while");
}
