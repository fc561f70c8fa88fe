//! Nodes, collectors and ETL in processes of their own make the content that one process makes, also when they are killed.

use crate::site::{Process, SERVERS, Site, eventually};

/// A busy stretch, played as fast as everybody keeps up: at this speed its end is long due when it begins.
const SIMULATION: &str =
    "seed = 11\nagents = 40\nstart = \"2026-01-05T09:00Z\"\nhours = 1.0\nspeed = 1e6\nbegins = \"2026-01-05T00:00Z\"\n";
/// The same in one process.
const ONCE: [&str; 10] =
    ["demo", "--once", "--start", "2026-01-05T09:00Z", "--hours", "1", "--seed", "11", "--agents", "40"];

/// What one process makes of the stretch.
fn in_one_process(site: &Site) -> String {
    site.must(&[&["--data", "one", "--postgres", "none"], &ONCE[..]].concat());
    site.must(&["--data", "one", "hash"])
}

fn start_nodes(site: &Site) -> Vec<Process> {
    let topology = site.topology();
    let node = |(name, _): (&str, _)| site.start(name, &["node", "--topology", &topology, "--only", name]);
    SERVERS.into_iter().map(node).collect()
}

fn start_collector(site: &Site, name: &str) -> Process {
    site.start(&format!("collector-{name}"), &["collector", "--config", &site.topology(), "--only", name])
}

fn start_etl(site: &Site) -> Process {
    site.start("etl", &["etl", "--config", &site.topology()])
}

fn assert_ends_well(process: Process) {
    let said = process.said();
    let status = process.terminate();
    assert!(status.success(), "{status}: {said}");
}

#[test]
fn a_process_per_node_two_collectors_and_an_etl_make_what_one_process_makes_though_they_are_killed_on_the_way() {
    let site = Site::new(SIMULATION, "", "");
    let expected = in_one_process(&site);
    assert!(expected.lines().count() > 10, "a real mart: {expected}");

    let etl = start_etl(&site);
    let (first, mut second) = (start_collector(&site, "dc1"), start_collector(&site, "dc2"));
    let nodes = start_nodes(&site);
    nodes.iter().for_each(|node| node.says("ports are open"));
    eventually("the first log's growing", || site.log_bytes("dc1") > 200_000);
    first.kill();
    eventually("a second state of the mart", || site.published() > 1);
    etl.kill();
    let mut first = start_collector(&site, "dc1");
    let killed_at = site.published();
    let etl = start_etl(&site);
    eventually("a state of the mart after the kill", || site.published() > killed_at);
    first.ends_well();
    second.ends_well();
    assert_ends_well(etl);
    nodes.into_iter().for_each(assert_ends_well);

    let hash = site.must(&["--data", "mart", "hash"]);
    assert_eq!(hash, expected, "content differs from that of one process");
    site.must(&["--data", "mart", "rebuild", "--from", "log"]);
    assert_eq!(site.must(&["--data", "mart", "hash"]), expected, "made again from the collectors' logs");
}
