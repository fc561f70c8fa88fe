//! TLS between processes: what both ends say when one is not as the other wants it, and that it works when both are.

use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};

use crate::site::Site;

const SIMULATION: &str =
    "seed = 3\nagents = 20\nstart = \"2026-01-05T09:00Z\"\nhours = 0.25\nspeed = 1e6\nbegins = \"2026-01-05T00:00Z\"\n";
const PORT: &str = ", tls = \"node\", client_certificates = true, certificate_name = \"node.example\"";

/// Certificates of a node, a collector and a stranger in the site's folder, and the tables that name them.
fn credentials(folder: &Path, name: &str) {
    for authority in ["authority", "other"] {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.distinguished_name.push(DnType::CommonName, authority);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        std::fs::write(folder.join(format!("{authority}.pem")), certificate.pem()).expect("written");
        let issuer = Issuer::new(params, key);
        let whose = if authority == "authority" { vec!["node", "collector"] } else { vec!["stranger"] };
        for who in whose {
            let name = if who == "node" { name } else { who };
            let mut params = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
            let key = KeyPair::generate().expect("a key");
            let certificate = params.signed_by(&key, &issuer).expect("a certificate");
            std::fs::write(folder.join(format!("{who}.pem")), certificate.pem()).expect("written");
            std::fs::write(folder.join(format!("{who}.key.pem")), key.serialize_pem()).expect("written");
        }
    }
}

/// The file with the tables of certificates.
fn site(port: &str, collector: &str, name: &str) -> Site {
    let site = Site::new(SIMULATION, port, collector);
    credentials(&site.path(""), name);
    let tables = ["node", "collector", "stranger"].map(|who| {
        format!(
            "[[tls]]\nname = \"{who}\"\ncertificate = \"{who}.pem\"\nkey = \"{who}.key.pem\"\nauthority = \"authority.pem\"\n"
        )
    });
    let text = std::fs::read_to_string(site.path("site.toml")).expect("text") + &tables.concat();
    std::fs::write(site.path("site.toml"), text).expect("written");
    site
}

/// What node and collector say, each of which must hold some words.
fn assert_both_say(site: &Site, listening: &Site, node: &str, collector: &str) {
    let node_process = site.start("node", &["node", "--topology", &site.topology(), "--only", "dc1-vq"]);
    node_process.says("ports are open");
    let file = listening.topology();
    let listener = listening.start("collector", &["collector", "--config", &file, "--only", "dc1"]);
    listener.says(collector);
    node_process.says(node);
}

#[test]
fn installations_with_certificates_work() {
    let site = site(PORT, "tls = \"collector\"", "node.example");
    let nodes = site.start("node", &["node", "--topology", &site.topology()]);
    let mut collectors = site.start("collectors", &["collector", "--config", &site.topology()]);
    collectors.ends_well();
    assert!(nodes.terminate().success());
    assert!(site.log_bytes("dc1") > 10_000 && site.log_bytes("dc2") > 10_000);
}

#[test]
fn both_ends_say_why_there_is_no_session() {
    let strange = site(PORT, "tls = \"stranger\"", "node.example");
    assert_both_say(&strange, &strange, "the peer's certificate is not signed by the authority", "certificate");
    let misnamed = site(PORT, "tls = \"collector\"", "another.example");
    assert_both_say(&misnamed, &misnamed, "certificate", "the port's certificate is not for node.example");
    let secured = site(PORT, "tls = \"collector\"", "node.example");
    let plain = Site::like(&secured, |text| text.replace(PORT, ""));
    assert_both_say(&secured, &plain, "the peer speaks plain text, and this port TLS", "the port speaks TLS");
    let secured = site(PORT, "tls = \"collector\"", "node.example");
    let plain = Site::like(&secured, |text| text.replace(PORT, ""));
    assert_both_say(&plain, &secured, "the peer speaks TLS, and this port plain text", "the port speaks plain text");
}
