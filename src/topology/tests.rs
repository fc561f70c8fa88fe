//! The files that ship, and one file for each class of mistake.

use std::path::Path;

use super::*;

const SMALL: &str = r#"
format = 1
[simulation]
start = "2026-01-05T00:00Z"
[[data_center]]
name = "dc1"
[[switch]]
name = "SIPCluster"
kind = "cluster"
extensions = ["100000-100999"]
[[switch]]
name = "VQSwitch"
kind = "ordinary"
[[node]]
name = "n1"
data_center = "dc1"
switch = "SIPCluster"
port = [
  { kind = "IPport", a = "127.0.0.1:7001", b = "127.0.0.1:7002", tls = "port", client_certificates = true },
  { kind = "TCport", a = "127.0.0.1:7003" },
  { kind = "SmartProxy", a = "127.0.0.1:7004" },
]
[[node]]
name = "n2"
data_center = "dc1"
switch = "SIPCluster"
port = [{ kind = "TCport", a = "127.0.0.1:7005" }]
[[virtual_queue_server]]
name = "vq"
data_center = "dc1"
switch = "VQSwitch"
port = [{ kind = "VQport", a = "127.0.0.1:7006" }]
[[link]]
between = ["n1", "n2"]
tc_reconnect_timeout_ms = 20_000
[[tls]]
name = "port"
certificate = "port.pem"
key = "port.key"
authority = "authority.pem"
[[tls]]
name = "listener"
certificate = "listener.pem"
key = "listener.key"
authority = "authority.pem"
[[collector]]
name = "c1"
data_center = "dc1"
log_dir = "log/c1"
sources = ["n1/IPport", "n1/TCport"]
tls = "listener"
[[collector]]
name = "c2"
data_center = "dc1"
pool = "twin"
log_dir = "log/c2"
sources = ["n1/TCport", "vq/VQport"]
[[etl]]
name = "mart"
data_center = "dc1"
data_dir = "mart"
logs = ["c1", "c2"]
settings.match_tolerance_ms = 500
"#;

fn load(text: &str) -> Result<Topology> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("site.toml");
    std::fs::write(&path, text).expect("a file");
    Topology::load(&path)
}

/// What is said when one piece of the small file is replaced by another.
fn refusal(piece: &str, by: &str) -> String {
    assert!(SMALL.contains(piece), "{piece}");
    let error = load(&SMALL.replacen(piece, by, 1)).expect_err(by);
    assert_eq!(crate::failure::code(&error), 2, "{error}");
    let said = error.to_string();
    assert!(said.contains("site.toml: "), "{said}");
    said
}

#[track_caller]
fn refused(piece: &str, by: &str, words: &[&str]) {
    let said = refusal(piece, by);
    for word in words {
        assert!(said.contains(word), "no `{word}` in: {said}");
    }
}

#[test]
fn each_file_that_ships_is_sound_and_says_what_it_is_named_after() {
    let shipped = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("topologies").join(format!("{name}.toml"));
        Topology::load(&path).unwrap_or_else(|error| panic!("{error:#}"))
    };
    let shape = |topology: &Topology| {
        let file = topology.file();
        let of = |switch: &Switch| switch.extensions.iter().map(|e| e.count()).sum::<u64>();
        let extensions: Vec<u64> = file.switches.iter().map(of).collect();
        (file.data_centers.len(), extensions, file.nodes.len(), file.virtual_queue_servers.len(), file.collectors.len())
    };
    assert_eq!(shape(&shipped("single-site")), (1, vec![2_000], 1, 0, 1));
    assert_eq!(shape(&shipped("multi-site")), (2, vec![2_000, 2_000], 2, 0, 2));
    let continuity = shipped("business-continuity");
    assert_eq!(shape(&continuity), (2, vec![2_000, 2_000], 2, 0, 2));
    assert_eq!(continuity.file().switches[0].extensions, continuity.file().switches[1].extensions);
    let cluster = shipped("sip-cluster");
    assert_eq!(shape(&cluster), (2, vec![2_000, 0], 4, 2, 7));
    assert_eq!((cluster.sources().count(), cluster.file().outbound_contact_servers.len()), (11, 1));
    let with_tls = shipped("sip-cluster-tls");
    let secured = |s: &Source<'_>| s.port.tls.is_some() && s.port.client_certificates;
    assert!(with_tls.sources().all(|s| secured(&s)) && !cluster.sources().any(|s| secured(&s)));
    assert!(with_tls.sources().map(|s| s.name()).eq(cluster.sources().map(|s| s.name())));
    let twins: Vec<String> = cluster.sources().map(|s| s.name()).filter(|s| cluster.pools(s).len() == 2).collect();
    assert_eq!(twins, ["dc1-node1/IPport", "dc1-node1/TCport"]);
    let mixed = shipped("mixed-estate");
    assert_eq!(shape(&mixed), (2, vec![2_000, 0, 1_000], 5, 2, 2));
    for topology in [&shipped("single-site"), &shipped("multi-site"), &continuity, &cluster, &with_tls, &mixed] {
        assert!(topology.sources().all(|source| source.processes().count() == 2), "{}", topology.path().display());
        for etl in &topology.file().etls {
            assert_eq!(topology.expected(etl).len(), topology.sources().count(), "{}", etl.name);
        }
    }
}

#[test]
fn what_is_there_is_read_and_the_rest_has_its_default() {
    let topology = load(SMALL).expect("a topology");
    let file = topology.file();
    let simulation = file.simulation.as_ref().expect("a simulation");
    assert_eq!((simulation.seed, simulation.agents, simulation.speed), (1, 200, 1.0));
    let ports: Vec<_> = topology.sources().map(|s| (s.name(), s.role.as_str(), s.processes().count())).collect();
    let expected = [
        ("n1/IPport", "i-proxy", 2),
        ("n1/TCport", "t-controller", 1),
        ("n2/TCport", "t-controller", 1),
        ("vq/VQport", "vq", 1),
    ];
    assert_eq!(ports, expected.map(|(name, role, processes)| (name.to_owned(), role, processes)));
    let expected: Vec<String> = topology.expected(&file.etls[0]).iter().map(Source::name).collect();
    assert_eq!(expected, ["n1/IPport", "n1/TCport", "vq/VQport"]);
    assert_eq!((file.collectors[0].pool.as_str(), file.collectors[1].pool.as_str()), ("default", "twin"));
    assert_eq!(file.collectors[0].session.silence_heartbeats, 3);
    assert!(topology.resolve(&file.collectors[0].log_dir).starts_with(topology.path().parent().expect("a folder")));
}

#[test]
fn what_cannot_be_read_is_refused_with_its_place() {
    assert!(load("format = ").expect_err("no TOML").to_string().contains("site.toml: "));
    refused("format = 1", "format = 2", &["`format` is 2", "format = 1"]);
    refused(
        "kind = \"TCport\", a = \"127.0.0.1:7003\"",
        "kind = \"TPort\", a = \"127.0.0.1:7003\"",
        &["node.(n1).port.(TPort).kind", "TPort"],
    );
    refused("a = \"127.0.0.1:7003\"", "a = \"127.0.0.1\"", &["node.(n1).port.(TCport).a"]);
    refused("between =", "betwixt =", &["link.(number 1).betwixt", "between"]);
    refused("log_dir = \"log/c2\"", "log_folder = \"log/c2\"", &["collector.(c2).log_folder", "log_dir"]);
    refused("data_dir = \"mart\"", "", &["etl.(mart)", "data_dir"]);
    refused("\"100000-100999\"", "\"100999-100000\"", &["switch.(SIPCluster).extensions", "as in 100001-101000"]);
    refused("2026-01-05T00:00Z", "tomorrow", &["simulation.start", "as in 2026-01-05"]);
    refused("tls = \"listener\"", "session.silence = 4", &["collector.(c1).session.silence", "silence_heartbeats"]);
}

#[test]
fn names_are_names_and_only_once_there() {
    refused("name = \"c2\"", "name = \"c1\"", &["collector `c1`: has the name of another"]);
    refused("name = \"vq\"", "name = \"n1\"", &["`n1`: has the name of another"]);
    refused("name = \"c2\"", "name = \"../c2\"", &["`../c2`: is no name", "letters"]);
    refused(
        "kind = \"TCport\", a = \"127.0.0.1:7003\"",
        "kind = \"IPport\", a = \"127.0.0.1:7003\"",
        &["node `n1`", "two ports of kind IPport"],
    );
}

#[test]
fn whatever_is_named_is_there_and_of_the_right_kind() {
    refused("\"vq/VQport\"]", "\"vq/IPport\"]", &["collector `c2`", "vq/IPport", "there are n1/IPport, n1/TCport"]);
    refused("\"vq/VQport\"]", "\"n1/SmartProxy\"]", &["collector `c2`", "monitoring clients only"]);
    refused("\"vq/VQport\"]", "\"n1/TCport\"]", &["collector `c2`", "twice"]);
    refused("pool = \"twin\"", "", &["collector `c2`", "member 1 of pool default", "another pool or member"]);
    refused("sources = [\"n1/TCport\", \"vq/VQport\"]", "sources = []", &["collector `c2`", "listens to nothing"]);
    refused(
        "data_center = \"dc1\"\nlog_dir",
        "data_center = \"dc3\"\nlog_dir",
        &["collector `c1`", "dc3", "there are dc1"],
    );
    refused("switch = \"VQSwitch\"", "switch = \"SIPCluster\"", &["virtual_queue_server `vq`", "ordinary switch"]);
    let contacts = "[[outbound_contact_server]]\nname = \"ocs\"\ndata_center = \"dc1\"\nswitch = \"VQSwitch\"\n\
        port = [{ kind = \"OCSport\", a = \"127.0.0.1:7009\" }]\n[[virtual_queue_server]]";
    let why = &["outbound_contact_server `ocs`", "is an ordinary switch", "needs a cluster"];
    refused("[[virtual_queue_server]]", contacts, why);
    refused(
        "switch = \"SIPCluster\"\nport = [{",
        "switch = \"Cluster\"\nport = [{",
        &["node `n2`", "there are SIPCluster, VQSwitch"],
    );
    refused(
        "switch = \"SIPCluster\"\nport = [{",
        "switch = \"VQSwitch\"\nport = [{",
        &["node `n2`", "TCport", "ports there are of kind default"],
    );
    refused("port = [{ kind = \"TCport\", a = \"127.0.0.1:7005\" }]", "port = []", &["node `n2`", "has no port"]);
    refused(
        "between = [\"n1\", \"n2\"]",
        "between = [\"n1\", \"vq\"]",
        &["link between `n1` and `vq`", "there are n1, n2"],
    );
    refused("between = [\"n1\", \"n2\"]", "between = [\"n1\", \"n1\"]", &["with itself"]);
    let link = "[[link]]\nbetween = [\"n2\", \"n1\"]\ntc_reconnect_timeout_ms = 0\n[[tls]]";
    refused("[[tls]]", link, &["link between `n2` and `n1`", "twice"]);
    refused("logs = [\"c1\", \"c2\"]", "logs = [\"c3\"]", &["etl `mart`", "c3", "there are c1, c2"]);
    refused("logs = [\"c1\", \"c2\"]", "expected_sources = [\"n2/TCport\"]", &["etl `mart`", "n2/TCport", "no log"]);
    let ordinary = SMALL
        .replace("kind = \"cluster\"", "kind = \"ordinary\"")
        .replace("\"TCport\", a = \"127.0.0.1:7005\"", "\"default\", a = \"127.0.0.1:7005\"");
    let said = load(&ordinary).expect_err("two nodes of an ordinary switch").to_string();
    assert!(said.contains("switch `SIPCluster`: is ordinary and has the nodes n1, n2"), "{said}");
}

#[test]
fn all_mistakes_of_a_kind_are_told_at_once() {
    let said =
        load(&SMALL.replace("data_center = \"dc1\"", "data_center = \"dc9\"")).expect_err("mistakes").to_string();
    assert_eq!(said.lines().filter(|line| line.contains("names dc9, which is not there")).count(), 6, "{said}");
}

#[test]
fn addresses_and_folders_are_not_shared() {
    refused("127.0.0.1:7005", "127.0.0.1:7002", &["port `n2/TCport`", "process b of n1/IPport"]);
    refused("127.0.0.1:7005", "127.0.0.1:0", &["port `n2/TCport`", "number of the port"]);
    refused("log_dir = \"log/c2\"", "log_dir = \"log/c1\"", &["collector `c2`", "collector `c1` has already"]);
    refused("data_dir = \"mart\"", "data_dir = \"\"", &["etl `mart`", "is empty"]);
}

#[test]
fn values_are_within_their_bounds() {
    refused("tc_reconnect_timeout_ms = 20_000", "tc_reconnect_timeout_ms = 60_001", &["link between", "60000"]);
    refused("[\"100000-100999\"]", "[\"100000-100999\", \"100500\"]", &["switch `SIPCluster`", "100500 twice"]);
    refused("[\"100000-100999\"]", "[]", &["switch `SIPCluster`", "has no `extensions`"]);
    refused("[simulation]", "[simulation]\nagents = 1_001", &["switch `SIPCluster`", "1000 extensions for 1001"]);
    refused("[simulation]", "[simulation]\nspeed = 0.0", &["simulation", "`speed`"]);
    refused("[simulation]", "[simulation]\nagents = 0", &["simulation", "`agents`"]);
    refused("[simulation]", "[simulation]\nhours = -1.0", &["simulation", "`hours`"]);
    refused(
        "pool = \"twin\"",
        "pool = \"twin\"\nsession.silence_heartbeats = 0",
        &["collector `c2`", "session.silence_heartbeats"],
    );
    refused("name = \"n2\"", "name = \"n2\"\nheartbeat_ms = 0", &["node `n2`", "heartbeat_ms"]);
    refused(
        "match_tolerance_ms = 500",
        "match_tolerance_ms = 500_000",
        &["etl `mart`", "`match_tolerance_ms`", "60000"],
    );
    refused(
        "match_tolerance_ms = 500",
        "match_tolerence_ms = 500",
        &["etl `mart`", "`match_tolerence_ms` is no setting"],
    );
}

#[test]
fn who_needs_a_certificate_has_one_and_knows_whom_to_believe() {
    refused("tls = \"port\"", "tls = \"ports\"", &["port `n1/IPport`", "there are port, listener"]);
    refused("tls = \"port\", ", "", &["port `n1/IPport`", "`client_certificates` is set", "plain text"]);
    refused("key = \"port.key\"\n", "", &["tls `port`", "only one of"]);
    let misnamed = "client_certificates = true, certificate_name = \"node 1\"";
    refused("client_certificates = true", misnamed, &["port `n1/IPport`", "`node 1`", "a host name or an address"]);
    refused("certificate = \"port.pem\"\nkey = \"port.key\"\n", "", &["port `n1/IPport`", "has no `certificate`"]);
    refused(
        "key = \"port.key\"\nauthority = \"authority.pem\"",
        "key = \"port.key\"",
        &["port `n1/IPport`", "no `authority`"],
    );
    refused("tls = \"listener\"", "", &["collector `c1`", "n1/IPport, which speaks TLS", "name a `tls`"]);
    refused(
        "certificate = \"listener.pem\"\nkey = \"listener.key\"\n",
        "",
        &["collector `c1`", "asks for client certificates"],
    );
    refused(
        "key = \"listener.key\"\nauthority = \"authority.pem\"",
        "key = \"listener.key\"",
        &["collector `c1`", "no `authority`"],
    );
}
