//! TLS between processes: what both ends say when one is not as the other wants it, and that it works when both are.

use std::path::{Path, PathBuf};
use std::process::Command;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, date_time_ymd,
};

use crate::refusals::refusal;
use crate::site::{Site, eventually, free_ports};

const SIMULATION: &str =
    "seed = 3\nagents = 20\nstart = \"2026-01-05T09:00Z\"\nhours = 0.25\nspeed = 1e6\nbegins = \"2026-01-05T00:00Z\"\n";
const PORT: &str = ", tls = \"node\", client_certificates = true, certificate_name = \"node.example\"";
const COLLECTOR: &str = "tls = \"collector\"";

/// Whose certificates there are, by which authority, and the year in which they end. The last two are a node's, too.
const WHO: [(&str, &str, i32); 6] = [
    ("node", "authority", 4096),
    ("collector", "authority", 4096),
    ("late-collector", "authority", 2001),
    ("strange-collector", "other", 4096),
    ("late-node", "authority", 2001),
    ("strange-node", "other", 4096),
];

/// Puts certificates into a folder; gives the tables that name them.
fn credentials(folder: &Path) -> String {
    let issuers = ["authority", "other"].map(|name| {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        std::fs::write(folder.join(format!("{name}.pem")), certificate.pem()).expect("written");
        (name, Issuer::new(params, key))
    });
    let mut tables = "[[tls]]\nname = \"nobody\"\nauthority = \"authority.pem\"\n".to_owned();
    for (who, by, ends) in WHO {
        let (_, issuer) = issuers.iter().find(|(name, _)| *name == by).expect("an authority");
        let mut params = CertificateParams::new(vec!["node.example".to_owned()]).expect("parameters");
        params.not_after = date_time_ymd(ends, 1, 1);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, issuer).expect("a certificate");
        std::fs::write(folder.join(format!("{who}.pem")), certificate.pem()).expect("written");
        std::fs::write(folder.join(format!("{who}.key.pem")), key.serialize_pem()).expect("written");
        tables += &format!(
            "[[tls]]\nname = \"{who}\"\ncertificate = \"{who}.pem\"\nkey = \"{who}.key.pem\"\nauthority = \"authority.pem\"\n"
        );
    }
    tables
}

/// An installation whose ports all speak TLS.
fn site() -> Site {
    let plain = Site::new(SIMULATION, PORT, COLLECTOR);
    let tables = credentials(&plain.path(""));
    Site::like(&plain, |text| text.to_owned() + &tables)
}

/// The same installation with a piece of its file replaced.
fn with(site: &Site, (piece, by): (&str, &str)) -> Site {
    Site::like(site, |text| {
        assert!(text.contains(piece), "{piece}");
        text.replace(piece, by)
    })
}

#[test]
fn installations_with_certificates_work() {
    let site = site();
    let nodes = site.start("node", &["node", "--topology", &site.topology()]);
    let mut collectors = site.start("collectors", &["collector", "--config", &site.topology()]);
    collectors.ends_well();
    assert!(nodes.terminate().success());
    assert!(site.log_bytes("dc1") > 10_000 && site.log_bytes("dc2") > 10_000);
}

#[test]
fn both_ends_say_why_there_is_no_session() {
    const AS_IT_IS: (&str, &str) = ("format", "format");
    let unasked = ", tls = \"node\", certificate_name = \"node.example\"";
    let site = site();
    // What is other at the node, what at the collector; what the node says, what the collector.
    let cases = [
        (
            AS_IT_IS,
            (COLLECTOR, "tls = \"strange-collector\""),
            "the peer's certificate is not signed by the authority",
            "the other end does not trust the authority of our certificate",
        ),
        (
            AS_IT_IS,
            (COLLECTOR, "tls = \"late-collector\""),
            "the peer's certificate has expired",
            "our certificate is not valid at this time",
        ),
        (
            ("tls = \"node\"", "tls = \"strange-node\""),
            AS_IT_IS,
            "the other end does not trust the authority of our certificate",
            "the port's certificate is not signed by the authority",
        ),
        (
            ("tls = \"node\"", "tls = \"late-node\""),
            AS_IT_IS,
            "our certificate is not valid at this time",
            "the port's certificate has expired",
        ),
        (
            AS_IT_IS,
            ("\"node.example\"", "\"another.example\""),
            "the other end does not accept our certificate",
            "the port's certificate is not for another.example",
        ),
        (
            AS_IT_IS,
            (PORT, ""),
            "the peer speaks plain text, and this port TLS",
            "the port speaks TLS, and plain text is spoken here",
        ),
        (
            (PORT, ""),
            AS_IT_IS,
            "the peer speaks TLS, and this port plain text",
            "the port speaks plain text, and TLS is asked for",
        ),
    ];
    for (node, collector, node_says, collector_says) in cases {
        assert_both_say(&with(&site, node), &with(&site, collector), node_says, collector_says);
    }
    // The collector's file must not know that the port asks, or it would be refused at once.
    let unasked = with(&with(&site, (PORT, unasked)), (COLLECTOR, "tls = \"nobody\""));
    assert_both_say(
        &site,
        &unasked,
        "the peer shows no certificate, and this port asks for one",
        "the other end asks for a certificate, and none is named here",
    );
}

/// Runs a node and a collector, each by its own file, until each has said its words, on one line.
fn assert_both_say(node: &Site, collector: &Site, node_says: &str, collector_says: &str) {
    let (node_file, collector_file) = (node.topology(), collector.topology());
    let node = node.start("node", &["node", "--topology", &node_file, "--only", "dc1-vq"]);
    node.says("ports are open");
    let collector = collector.start("collector", &["collector", "--config", &collector_file, "--only", "dc1"]);
    collector.says(collector_says);
    node.says(node_says);
}

#[test]
fn files_that_cannot_be_used_are_named_before_anything_listens_or_connects() {
    let site = site();
    let file = site.topology();
    std::fs::remove_file(site.path("node.key.pem")).expect("removed");
    std::fs::write(site.path("collector.pem"), "no certificate").expect("written");
    let said = refusal(&["node", "--topology", &file]);
    let path = |name: &str| site.path(name).display().to_string();
    assert!(said.contains(&path("node.key.pem")) && said.contains("with tls `node`"), "{said}");
    assert_eq!(said.matches("node.key.pem").count(), 1, "once for all ports: {said}");
    let said = refusal(&["collector", "--config", &file]);
    assert!(said.contains(&path("collector.pem")) && said.contains("no certificate is in it"), "{said}");
    assert!(said.contains("collector dc1") && said.contains("collector dc2"), "all at once: {said}");
    assert!(!site.path("log/dc1").exists(), "nothing was begun");
}

/// The file that ships, with certificates made as it says, on free ports, and a quarter of an hour of it at once.
fn shipped() -> Site {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut text = std::fs::read_to_string(root.join("topologies/sip-cluster-tls.toml")).expect("text");
    let simulation = text.find("[simulation]").zip(text.find("# Who somebody is")).expect("a simulation");
    text.replace_range(simulation.0..simulation.1, &format!("[simulation]\n{SIMULATION}\n"));
    for port in free_ports() {
        let at = text.find("127.0.0.1:75").expect("as many addresses as there are ports");
        text.replace_range(at.."127.0.0.1:7511".len() + at, &format!("127.0.0.1:{port}"));
    }
    assert!(!text.contains("127.0.0.1:75"), "addresses of the file are left");
    let site = Site::like(&Site::new(SIMULATION, "", ""), |_| text.clone());
    let script = Command::new(root.join("scripts/certificates")).arg(site.path("certificates")).output();
    let script = script.expect("the script runs");
    assert!(script.status.success(), "{}", String::from_utf8_lossy(&script.stderr));
    site
}

#[test]
fn the_installation_with_tls_that_ships_works_with_certificates_that_the_script_makes() {
    if Command::new("openssl").arg("version").output().is_err() {
        assert!(std::env::var_os("CALLMART_TEST_STRICT").is_none(), "the script for certificates needs openssl");
        return;
    }
    let site = shipped();
    let file = site.topology();
    let nodes = site.start("node", &["node", "--topology", &file]);
    let mut collectors = site.start("collectors", &["collector", "--config", &file]);
    let etl = site.start("etl", &["etl", "--config", &file]);
    collectors.ends_well();
    assert!(nodes.terminate().success());
    let mart = site.path("data/sip-cluster-tls/mart");
    eventually("a mart", || mart.join("manifest/current").exists());
    let calls = ["--data", &mart.display().to_string(), "sql", "SELECT count(*) AS calls FROM interaction_fact"]
        .map(str::to_owned);
    let calls = calls.each_ref().map(String::as_str);
    eventually("calls in the mart", || site.must(&calls).lines().last().is_some_and(|calls| calls.trim() != "0"));
    assert!(etl.terminate().success());
}
