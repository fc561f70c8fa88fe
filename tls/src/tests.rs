//! Connections over real sockets with certificates made here: what is accepted, and what each end says of what is not.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;

/// Certificates and keys in a folder.
struct Desk {
    folder: TempDir,
}

/// Who signs.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    file: PathBuf,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path
    }

    fn authority(&self, name: &str) -> Authority {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        let file = self.write(&format!("{name}.pem"), &certificate.pem());
        Authority { issuer: Issuer::new(params, key), file }
    }

    /// A certificate for a name that is good for so many days from a day before today on.
    fn files(&self, who: &str, name: &str, by: &Authority, days: i64, trusts: &Path) -> Files {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        // The clock of this machine decides what is good today, as it does for the program.
        let now = OffsetDateTime::from(std::time::UNIX_EPOCH + std::time::Duration::from_micros(now_us()));
        params.not_before = now - Duration::days(10);
        params.not_after = params.not_before + Duration::days(days);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &by.issuer).expect("a certificate");
        Files {
            certificate: Some(self.write(&format!("{who}.pem"), &certificate.pem())),
            key: Some(self.write(&format!("{who}.key.pem"), &key.serialize_pem())),
            authority: Some(trusts.to_owned()),
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "certificates are judged by the machine's clock")]
fn now_us() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    since.as_micros() as u64
}

const GOOD: i64 = 20;
const EXPIRED: i64 = 5;
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// What the two ends say of one connection: the server, then the client.
async fn meet(server: &Files, asks: bool, client: Option<&Files>, name: Option<&str>) -> [Result<(), String>; 2] {
    let server = Server::new(server, asks).expect("a server");
    let listener = TcpListener::bind((HERE, 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let serve = async {
        let (stream, _) = listener.accept().await.expect("a connection");
        let mut stream = server.accept(stream).await?;
        let mut word = [0; 5];
        stream.read_exact(&mut word).await.map_err(|e| broken(&e).unwrap_or_else(|| e.to_string()))?;
        stream.write_all(&word).await.expect("an answer");
        stream.flush().await.expect("an answer");
        stream.shutdown().await.expect("a goodbye");
        Ok(())
    };
    let listen = async {
        let stream = TcpStream::connect(address).await.expect("a connection");
        let mut stream = match client {
            Some(files) => Client::new(files).expect("a client").connect(stream, HERE, name).await?,
            None => Stream::plain(stream),
        };
        let said = async {
            stream.write_all(b"hello").await?;
            stream.flush().await?;
            let mut word = [0; 5];
            stream.read_exact(&mut word).await.map(|_| word)
        };
        let word = said.await.map_err(|e| broken(&e).unwrap_or_else(|| e.to_string()))?;
        if looks_like_tls(&word) { Err("TLS where plain text was spoken".to_owned()) } else { Ok(()) }
    };
    let (served, listened) = tokio::join!(serve, listen);
    [served, listened]
}

#[track_caller]
fn assert_said(said: &[Result<(), String>; 2], server: &str, client: &str) {
    for (who, result, words) in [("server", &said[0], server), ("client", &said[1], client)] {
        match result {
            Ok(()) => assert!(words.is_empty(), "the {who} says nothing, and should say: {words}"),
            Err(sentence) => assert!(!words.is_empty() && sentence.contains(words), "the {who} says: {sentence}"),
        }
    }
}

#[tokio::test]
async fn ends_with_good_certificates_understand_each_other() {
    let desk = Desk::new();
    let authority = desk.authority("authority");
    let port = desk.files("port", "127.0.0.1", &authority, GOOD, &authority.file);
    let collector = desk.files("collector", "collector", &authority, GOOD, &authority.file);
    assert_said(&meet(&port, true, Some(&collector), None).await, "", "");
    let named = desk.files("named", "node1.example", &authority, GOOD, &authority.file);
    assert_said(&meet(&named, true, Some(&collector), Some("node1.example")).await, "", "");
    let trusting = Files { certificate: None, key: None, ..collector };
    assert_said(&meet(&port, false, Some(&trusting), None).await, "", "");
}

#[tokio::test]
async fn a_port_that_is_not_who_it_should_be_is_refused_by_the_client() {
    let desk = Desk::new();
    let (authority, stranger) = (desk.authority("authority"), desk.authority("stranger"));
    let client = Files { authority: Some(authority.file.clone()), ..Files::default() };
    let port = desk.files("port", "127.0.0.1", &stranger, GOOD, &stranger.file);
    let said = meet(&port, false, Some(&client), None).await;
    assert_said(&said, "authority", "the port's certificate is not signed by the authority");
    let port = desk.files("port", "127.0.0.1", &authority, EXPIRED, &authority.file);
    let said = meet(&port, false, Some(&client), None).await;
    assert_said(&said, "has expired", "the port's certificate has expired");
    let port = desk.files("port", "node2.example", &authority, GOOD, &authority.file);
    let said = meet(&port, false, Some(&client), Some("node1.example")).await;
    assert_said(&said, "certificate", "is not for node1.example");
    let said = meet(&port, false, Some(&client), None).await;
    assert_said(&said, "certificate", "is not for 127.0.0.1");
}

#[tokio::test]
async fn a_client_that_is_not_who_it_should_be_is_refused_by_the_port() {
    let desk = Desk::new();
    let (authority, stranger) = (desk.authority("authority"), desk.authority("stranger"));
    let port = desk.files("port", "127.0.0.1", &authority, GOOD, &authority.file);
    let nobody = Files { authority: Some(authority.file.clone()), ..Files::default() };
    let said = meet(&port, true, Some(&nobody), None).await;
    assert_said(&said, "the peer shows no certificate", "asks for a certificate, and none is named here");
    let expired = desk.files("expired", "collector", &authority, EXPIRED, &authority.file);
    let said = meet(&port, true, Some(&expired), None).await;
    assert_said(&said, "the peer's certificate has expired", "our certificate has expired");
    let strange = desk.files("strange", "collector", &stranger, GOOD, &authority.file);
    let said = meet(&port, true, Some(&strange), None).await;
    assert_said(&said, "the peer's certificate is not signed by the authority", "certificate");
}

#[tokio::test]
async fn plain_text_and_tls_do_not_mix() {
    let desk = Desk::new();
    let authority = desk.authority("authority");
    let port = desk.files("port", "127.0.0.1", &authority, GOOD, &authority.file);
    let said = meet(&port, false, None, None).await;
    assert_said(&said, "the peer speaks plain text, and this port TLS", "TLS where plain text was spoken");

    let listener = TcpListener::bind((HERE, 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let serve = async {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut first = [0; 4];
        stream.read_exact(&mut first).await.expect("bytes");
        assert!(looks_like_tls(&first), "{first:?}");
        stream.write_all(b"\0\0\0\x10 a refusal in plain text").await.expect("an answer");
        let _ = stream.shutdown().await;
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    };
    let client = Client::new(&Files { authority: Some(authority.file), ..Files::default() }).expect("a client");
    let connect = async {
        let stream = TcpStream::connect(address).await.expect("a connection");
        client.connect(stream, HERE, None).await.map(drop).expect_err("a refusal")
    };
    let ((), said) = tokio::join!(serve, connect);
    assert!(said.contains("the port speaks plain text, and TLS is asked for"), "{said}");
}

#[test]
fn files_that_cannot_be_used_are_named_with_what_is_wanted() {
    let desk = Desk::new();
    let authority = desk.authority("authority");
    let port = desk.files("port", "127.0.0.1", &authority, GOOD, &authority.file);
    let other = desk.files("other", "127.0.0.1", &authority, GOOD, &authority.file);
    let said = |files: Files| Server::new(&files, true).expect_err("a refusal").to_string();
    let away = said(Files { certificate: Some("no-such-file.pem".into()), ..port.clone() });
    assert!(away.contains("no-such-file.pem") && away.contains("certificates"), "{away}");
    let no_key = said(Files { key: port.certificate.clone(), ..port.clone() });
    assert!(no_key.contains("port.pem") && no_key.contains("a private key"), "{no_key}");
    let unfit = said(Files { key: other.key, ..port.clone() });
    assert!(unfit.contains("port.pem cannot be used"), "{unfit}");
    let empty = said(Files { authority: Some(desk.write("empty.pem", "")), ..port.clone() });
    assert!(empty.contains("empty.pem") && empty.contains("no certificate is in it"), "{empty}");
    assert!(said(Files { authority: None, ..port.clone() }).contains("authority"));
    assert!(said(Files { certificate: None, key: None, ..port }).contains("no certificate is named"));
    assert!(Client::new(&Files::default()).is_err());
}
