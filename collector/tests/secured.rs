//! A simulated center told over mutual TLS by a node's ports, and taken in by a real collector.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use callmart_collector::{Collector, CollectorError, CollectorSettings, PortTls, SourcePort};
use callmart_node::live::{Pace, Stage, StageSettings, SystemClock, sources};
use callmart_node::server::{Node, NodeSettings, PortSpec};
use callmart_node::traffic::{Traffic, TrafficSettings};
use callmart_node::world::Part;
use callmart_tls::{Files, Server};
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

const START_US: i64 = 1_767_603_600_000_000;
const NAME: &str = "node1.example";

/// Files of a node and of a collector that trust one authority.
fn certificates(folder: &Path) -> [Files; 2] {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let authority = folder.join("authority.pem");
    std::fs::write(&authority, params.self_signed(&key).expect("a certificate").pem()).expect("written");
    let issuer = Issuer::new(params, key);
    [("node", NAME), ("collector", "collector")].map(|(who, name)| {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().expect("a key");
        let (certificate, key_file) = (folder.join(format!("{who}.pem")), folder.join(format!("{who}.key.pem")));
        std::fs::write(&certificate, params.signed_by(&key, &issuer).expect("a certificate").pem()).expect("written");
        std::fs::write(&key_file, key.serialize_pem()).expect("written");
        Files { certificate: Some(certificate), key: Some(key_file), authority: Some(authority.clone()) }
    })
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn settings(folder: &TempDir, ports: &[(SocketAddr, &'static str)], tls: Option<Files>) -> CollectorSettings {
    let port = |(address, role): &(SocketAddr, &'static str)| SourcePort {
        tls: Some(PortTls { certificate_name: Some(NAME.to_owned()) }),
        ..SourcePort::new(*address, role)
    };
    CollectorSettings {
        tls,
        ..CollectorSettings::new("c", folder.path().join("log"), ports.iter().map(port).collect())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_told_over_mutual_tls_is_made_durable() {
    let folder = folder();
    let [node_files, collector_files] = certificates(folder.path());
    let world = TrafficSettings { end_us: Some(START_US + 1_800_000_000), ..TrafficSettings::new(START_US, 5, 20) };
    let world = Box::new(Traffic::new(world));
    let stage = Stage::new(world, Pace::Unbounded, Arc::new(SystemClock), &StageSettings::default()).expect("a stage");
    let server = Server::new(&node_files, true).expect("a server");
    let port = |source| PortSpec { source, listen: ([127, 0, 0, 1], 0).into(), tls: Some(server.clone()) };
    let node = Node::open(sources(&stage).into_iter().map(port).collect(), NodeSettings::default()).await;
    let node = node.expect("a node");
    let ports: Vec<_> = node.ports().iter().map(|port| (port.address, port.role.as_str())).collect();
    let collector = Collector::open(settings(&folder, &ports, Some(collector_files))).expect("a collector");
    let (_keep, never) = watch::channel(false);
    let summary = collector.run(never).await.expect("a run");
    assert_eq!(summary.sources.len(), ports.len());
    for progress in node.progress() {
        let heard = &summary.sources[&progress.source];
        assert_eq!((Some(heard.events), heard.stopped), (progress.total, true), "{}", progress.source);
    }
    assert!(summary.sources.values().map(|source| source.events).sum::<u64>() > 500, "a real world");
    node.shutdown().await;
}

/// A node whose only port tells the virtual queues of a simulated center, and its address.
async fn queues(server: Server, settings: NodeSettings) -> (Node, SocketAddr) {
    let world = TrafficSettings { end_us: Some(START_US + 1_800_000_000), ..TrafficSettings::new(START_US, 5, 20) };
    let world = Box::new(Traffic::new(world));
    let stage = StageSettings { pools: vec![1], ..StageSettings::default() };
    let part = Box::new(Part::new(world, |teller| teller.name == "dc1-vq/VQport"));
    let stage = Stage::new(part, Pace::Unbounded, Arc::new(SystemClock), &stage).expect("a stage");
    let port = |source| PortSpec { source, listen: ([127, 0, 0, 1], 0).into(), tls: Some(server.clone()) };
    let node = Node::open(sources(&stage).into_iter().map(port).collect(), settings).await.expect("a node");
    let address = node.ports()[0].address;
    (node, address)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_nothing_or_half_a_word_loses_its_place_to_who_speaks() {
    let folder = folder();
    let [node_files, collector_files] = certificates(folder.path());
    let server = Server::new(&node_files, true).expect("a server");
    // One place, so that whoever stays in it is seen.
    let limits = NodeSettings { max_connections: 1, handshake_timeout_ms: 50, ..NodeSettings::default() };
    let (node, address) = queues(server, limits).await;
    for word in [&b""[..], &[22, 3, 1], &[22, 3, 1, 1, 0, 1, 0, 0, 0xfc, 3, 3]] {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream.write_all(word).await.expect("a word");
        // Closed, with or without a word.
        let _ = stream.read_to_end(&mut Vec::new()).await;
    }
    let collector = Collector::open(settings(&folder, &[(address, "vq")], Some(collector_files))).expect("a collector");
    let (_keep, never) = watch::channel(false);
    let summary = collector.run(never).await.expect("a run");
    assert!(summary.sources.values().all(|source| source.stopped && source.events > 0), "{summary:?}");
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_whose_certificate_is_refused_waits_longer_each_time_before_it_comes_again() {
    let (folder, others) = (folder(), folder());
    let [node_files, collector_files] = certificates(folder.path());
    let [_, strange] = certificates(others.path());
    // It believes the port, which does not believe it: to the collector the handshake ends well, and then it is sent away.
    let strange = Files { authority: collector_files.authority, ..strange };
    let server = Server::new(&node_files, true).expect("a server");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let mut settings = settings(&folder, &[(listener.local_addr().expect("bound"), "vq")], Some(strange));
    (settings.session.backoff_min_ms, settings.session.backoff_max_ms) = (10, 80);
    let (stop, stopping) = watch::channel(false);
    let running = tokio::spawn(Collector::open(settings).expect("a collector").run(stopping));
    let mut came = Vec::new();
    for _ in 0..6 {
        let (stream, _) = listener.accept().await.expect("the collector");
        came.push(Instant::now());
        server.accept(stream, Duration::from_secs(600)).await.expect_err("a refusal");
    }
    let waited = came.windows(2).map(|two| (two[1] - two[0]).as_millis());
    // A slow machine makes a wait longer, never shorter.
    assert!(
        waited.clone().zip([10, 20, 40, 80, 80]).all(|(waited, least)| waited >= least),
        "{:?}",
        waited.collect::<Vec<_>>()
    );
    stop.send_replace(true);
    let summary = running.await.expect("no panic").expect("a run");
    assert!(summary.sources.is_empty(), "what was no session is not in the log: {summary:?}");
}

#[test]
fn a_collector_whose_certificates_cannot_be_used_connects_to_nothing() {
    let folder = folder();
    let ports = [(SocketAddr::from(([127, 0, 0, 1], 1)), "vq")];
    let away = Files { authority: Some("no-such-file.pem".into()), ..Files::default() };
    for (files, words) in [(Some(away), "no-such-file.pem"), (None, "authority")] {
        let error = Collector::open(settings(&folder, &ports, files)).err().expect("a refusal");
        assert!(matches!(error, CollectorError::NotSecured { .. }) && error.to_string().contains(words), "{error}");
    }
    assert!(!folder.path().join("log").exists(), "nothing was begun");
}
