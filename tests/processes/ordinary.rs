//! Ordinary switches are played from a topology, with a schedule of faults, and come to facts.

use crate::site::{Site, eventually};

/// Two ordinary switches with the same telephone numbers, a collector and a mart.
const TWO_SWITCHES: &str = r#"
format = 1
[simulation]
agents = 20
start = "2026-01-05T09:00Z"
hours = 1.0
speed = 1e6
begins = "2026-01-05T00:00Z"
faults = "faults.txt"
[[data_center]]
name = "site"
[[switch]]
name = "North"
kind = "ordinary"
extensions = ["1000-1099"]
[[switch]]
name = "South"
kind = "ordinary"
extensions = ["1000-1099"]
[[node]]
name = "north-sip"
data_center = "site"
switch = "North"
port = [{ kind = "default", a = ADDRESS, b = ADDRESS }]
[[node]]
name = "south-sip"
data_center = "site"
switch = "South"
port = [{ kind = "default", a = ADDRESS, b = ADDRESS }]
[[collector]]
name = "site"
data_center = "site"
log_dir = "log/site"
sources = ["north-sip/default", "south-sip/default"]
[[etl]]
name = "mart"
data_center = "site"
data_dir = "mart"
settings.load.parquet_every_ms = 100
"#;

#[test]
fn two_ordinary_switches_are_played_and_a_switchover_of_one_loses_nothing() {
    let site = Site::of_text(TWO_SWITCHES);
    std::fs::write(site.path("faults.txt"), "00:30:00 switch-over north-sip with backlog\n").expect("a schedule");
    let topology = site.topology();
    let etl = site.start("etl", &["etl", "--config", &topology]);
    let mut collector = site.start("collector", &["collector", "--config", &topology]);
    let node = site.start("node", &["node", "--topology", &topology]);
    node.says("4 ports are open");
    collector.ends_well();
    assert!(etl.terminate().success());
    assert!(node.terminate().success());
    eventually("a state of the mart", || site.published() > 0);
    let sql = |text: &str| site.must(&["--data", "mart", "sql", text, "--format", "csv"]);
    let attempts = sql("SELECT d.resource_role_code AS came, count(*) AS attempts FROM interaction_resource_fact f \
         JOIN technical_descriptor d ON d.technical_descriptor_key = f.technical_descriptor_key \
         WHERE d.resource_role_code = 'DIVERTEDTO' AND f.agent_match = 'final' GROUP BY d.resource_role_code");
    assert!(attempts.contains("DIVERTEDTO,"), "{attempts}");
    let lost = sql("SELECT count(*) AS lost FROM ctl_coverage WHERE state = 'lost'");
    assert!(lost.contains("\n0"), "something was lost: {lost}");
    let marked = sql("SELECT count(*) AS marked FROM interaction_resource_fact WHERE completeness <> 'whole'");
    assert!(marked.contains("\n0"), "facts are marked: {marked}");
    let queues = sql("SELECT count(DISTINCT r.resource_key) AS queues FROM mediation_segment_fact f \
         JOIN resource_ r ON r.resource_key = f.resource_key WHERE r.resource_name LIKE 'ACD_%'");
    assert!(!queues.contains("\n0"), "{queues}");
}
