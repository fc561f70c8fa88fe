//! Connections over real sockets with certificates made here: what is accepted, and what each end says of what is not.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rcgen::ExtendedKeyUsagePurpose::{ClientAuth, ServerAuth};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use tempfile::TempDir;
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

    /// A certificate for a name, with its key, and whom its owner trusts.
    fn files(&self, who: &str, name: &str, by: &Authority, good: Good, trusts: &Path) -> Files {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        let (from, to) = match good {
            Good::Now | Good::ForPortsOnly => (1975, 4096),
            Good::Before => (1975, 2001),
            Good::Later => (4000, 4096),
        };
        (params.not_before, params.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(to, 1, 1));
        params.extended_key_usages =
            if good == Good::ForPortsOnly { vec![ServerAuth] } else { vec![ServerAuth, ClientAuth] };
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &by.issuer).expect("a certificate");
        Files {
            certificate: Some(self.write(&format!("{who}.pem"), &certificate.pem())),
            key: Some(self.write(&format!("{who}.key.pem"), &key.serialize_pem())),
            authority: Some(trusts.to_owned()),
        }
    }
}

/// When and for what a certificate is good.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Good {
    Now,
    Before,
    Later,
    ForPortsOnly,
}

/// Longer than any of the tests that do not wait for it.
const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_millis(50);
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// What the two ends say of one connection: the server, then the client.
async fn meet(server: &Files, asks: bool, client: Option<&Files>, name: Option<&str>) -> [Result<(), String>; 2] {
    let server = Server::new(server, asks).expect("a server");
    let (listener, address) = listen().await;
    let serve = async {
        let (stream, _) = listener.accept().await.expect("a connection");
        let mut stream = server.accept(stream, LONG).await?;
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
            Some(files) => Client::new(files).expect("a client").connect(stream, HERE, name, LONG).await?,
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

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((HERE, 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

#[track_caller]
fn assert_said(said: &[Result<(), String>; 2], server: &str, client: &str) {
    for (who, result, words) in [("server", &said[0], server), ("client", &said[1], client)] {
        match result {
            Ok(()) => assert!(words.is_empty(), "the {who} says nothing, and should say: {words}"),
            Err(sentence) => {
                assert!(!words.is_empty() && sentence.contains(words), "the {who} says: {sentence}");
                assert!(!sentence.contains('\n'), "the {who} says it in one line: {sentence}");
            }
        }
    }
}

#[tokio::test]
async fn ends_with_good_certificates_understand_each_other() {
    let desk = Desk::new();
    let authority = desk.authority("authority");
    let port = desk.files("port", "127.0.0.1", &authority, Good::Now, &authority.file);
    let collector = desk.files("collector", "collector", &authority, Good::Now, &authority.file);
    assert_said(&meet(&port, true, Some(&collector), None).await, "", "");
    let named = desk.files("named", "node1.example", &authority, Good::Now, &authority.file);
    assert_said(&meet(&named, true, Some(&collector), Some("node1.example")).await, "", "");
    let trusting = Files { certificate: None, key: None, ..collector };
    assert_said(&meet(&port, false, Some(&trusting), None).await, "", "");
}

#[tokio::test]
async fn a_port_that_is_not_who_it_should_be_is_refused_by_the_client() {
    let desk = Desk::new();
    let (authority, stranger) = (desk.authority("authority"), desk.authority("stranger"));
    let client = Files { authority: Some(authority.file.clone()), ..Files::default() };
    let port = desk.files("port", "127.0.0.1", &stranger, Good::Now, &stranger.file);
    let said = meet(&port, false, Some(&client), None).await;
    assert_said(
        &said,
        "the other end does not trust the authority of our certificate",
        "the port's certificate is not signed by the authority",
    );
    let port = desk.files("port", "127.0.0.1", &authority, Good::Before, &authority.file);
    let said = meet(&port, false, Some(&client), None).await;
    assert_said(&said, "our certificate is not valid at this time", "the port's certificate has expired");
    let port = desk.files("port", "127.0.0.1", &authority, Good::Later, &authority.file);
    let said = meet(&port, false, Some(&client), None).await;
    assert_said(&said, "our certificate is not valid at this time", "the port's certificate is not valid yet");
    let port = desk.files("port", "node2.example", &authority, Good::Now, &authority.file);
    let said = meet(&port, false, Some(&client), Some("node1.example")).await;
    assert_said(&said, "does not accept our certificate", "is not for node1.example but for node2.example: write");
    let said = meet(&port, false, Some(&client), None).await;
    assert_said(&said, "does not accept our certificate", "is not for 127.0.0.1");
}

#[tokio::test]
async fn a_client_that_is_not_who_it_should_be_is_refused_by_the_port() {
    let desk = Desk::new();
    let (authority, stranger) = (desk.authority("authority"), desk.authority("stranger"));
    let port = desk.files("port", "127.0.0.1", &authority, Good::Now, &authority.file);
    let nobody = Files { authority: Some(authority.file.clone()), ..Files::default() };
    let said = meet(&port, true, Some(&nobody), None).await;
    assert_said(&said, "the peer shows no certificate", "asks for a certificate, and none is named here");
    let expired = desk.files("expired", "collector", &authority, Good::Before, &authority.file);
    let said = meet(&port, true, Some(&expired), None).await;
    assert_said(&said, "the peer's certificate has expired", "our certificate is not valid at this time");
    let strange = desk.files("strange", "collector", &stranger, Good::Now, &authority.file);
    let said = meet(&port, true, Some(&strange), None).await;
    assert_said(
        &said,
        "the peer's certificate is not signed by the authority",
        "the other end does not trust the authority of our certificate",
    );
    let one_way = desk.files("one-way", "collector", &authority, Good::ForPortsOnly, &authority.file);
    let said = meet(&port, true, Some(&one_way), None).await;
    assert_said(&said, "the peer's certificate is not for this purpose", "does not accept our certificate");
}

#[tokio::test]
async fn plain_text_and_tls_do_not_mix() {
    let desk = Desk::new();
    let authority = desk.authority("authority");
    let port = desk.files("port", "127.0.0.1", &authority, Good::Now, &authority.file);
    let said = meet(&port, false, None, None).await;
    assert_said(&said, "the peer speaks plain text, and this port TLS", "TLS where plain text was spoken");

    let (listener, address) = listen().await;
    let serve = async {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut first = [0; 4];
        stream.read_exact(&mut first).await.expect("bytes");
        assert!(looks_like_tls(&first), "{first:?}");
        stream.write_all(b"\0\0\0\x10 a refusal in plain text").await.expect("an answer");
        let _ = stream.shutdown().await;
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    };
    let ((), said) = tokio::join!(serve, refusal_of(address, &authority, LONG));
    assert!(said.contains("the port speaks plain text, and TLS is asked for"), "{said}");
}

/// What a client says of a port that never secures a connection.
async fn refusal_of(address: SocketAddr, authority: &Authority, within: Duration) -> String {
    let files = Files { authority: Some(authority.file.clone()), ..Files::default() };
    let client = Client::new(&files).expect("a client");
    let stream = TcpStream::connect(address).await.expect("a connection");
    client.connect(stream, HERE, None, within).await.map(drop).expect_err("a refusal")
}

/// The beginning of a handshake, as a client sends it, without its last bytes.
async fn half_a_greeting(authority: &Authority) -> Vec<u8> {
    let (listener, address) = listen().await;
    let hear = async {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut bytes = vec![0; 64];
        stream.read_exact(&mut bytes).await.expect("bytes");
        bytes
    };
    tokio::join!(hear, refusal_of(address, authority, LONG)).0
}

#[tokio::test]
async fn a_handshake_that_is_cut_or_not_gone_on_with_ends_at_either_end() {
    let desk = Desk::new();
    let authority = desk.authority("authority");
    let port = desk.files("port", "127.0.0.1", &authority, Good::Now, &authority.file);
    let port = Server::new(&port, false).expect("a server");
    let half = half_a_greeting(&authority).await;
    for (sent, is_cut, words) in [
        (&half[..0], false, "the peer did not secure the connection within 50 ms"),
        (&half[..], false, "the peer did not secure the connection within 50 ms"),
        (&half[..0], true, "closed before it was secured"),
        (&half[..], true, "closed before it was secured"),
    ] {
        let (listener, address) = listen().await;
        let mut client = TcpStream::connect(address).await.expect("a connection");
        client.write_all(sent).await.expect("some bytes");
        if is_cut {
            client.shutdown().await.expect("an end");
        }
        let (stream, _) = listener.accept().await.expect("a connection");
        let said = port.accept(stream, if is_cut { LONG } else { SHORT }).await.map(drop).expect_err("a refusal");
        assert!(said.contains(words), "{said}");
    }

    let (silent, address) = listen().await;
    let said = refusal_of(address, &authority, SHORT).await;
    assert!(said.contains("the port did not secure the connection within 50 ms"), "{said}");
    drop(silent);
    let (closing, address) = listen().await;
    let close = async {
        let (mut stream, _) = closing.accept().await.expect("a connection");
        let mut first = [0; 64];
        stream.read_exact(&mut first).await.expect("bytes");
        stream.shutdown().await.expect("an end");
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    };
    let ((), said) = tokio::join!(close, refusal_of(address, &authority, LONG));
    assert!(said.contains("closed before it was secured"), "{said}");
}

#[tokio::test]
async fn an_end_without_a_goodbye_is_told_from_one_in_good_order() {
    let desk = Desk::new();
    let authority = desk.authority("authority");
    let port = desk.files("port", "127.0.0.1", &authority, Good::Now, &authority.file);
    let server = Server::new(&port, false).expect("a server");
    let client = Client::new(&Files { authority: Some(authority.file), ..Files::default() }).expect("a client");
    for says_goodbye in [true, false] {
        let (listener, address) = listen().await;
        let come_and_go = async {
            let stream = TcpStream::connect(address).await.expect("a connection");
            let mut stream = client.connect(stream, HERE, None, LONG).await.expect("a secured connection");
            if says_goodbye {
                stream.shutdown().await.expect("a goodbye");
            }
        };
        let hear = async {
            let (stream, _) = listener.accept().await.expect("a connection");
            server.accept(stream, LONG).await.expect("a secured connection").read_u8().await.expect_err("an end")
        };
        let ((), end) = tokio::join!(come_and_go, hear);
        assert_eq!(end.to_string().contains("gone without a goodbye"), !says_goodbye, "{end}");
    }
}

#[test]
fn files_that_cannot_be_used_are_named_with_what_is_wanted() {
    let desk = Desk::new();
    let authority = desk.authority("authority");
    let port = desk.files("port", "127.0.0.1", &authority, Good::Now, &authority.file);
    let other = desk.files("other", "127.0.0.1", &authority, Good::Now, &authority.file);
    let said = |files: Files| Server::new(&files, true).expect_err("a refusal").to_string();
    let away = said(Files { certificate: Some("no-such-file.pem".into()), ..port.clone() });
    assert!(away.contains("no-such-file.pem") && away.contains("certificates"), "{away}");
    let no_key = said(Files { key: port.certificate.clone(), ..port.clone() });
    assert!(no_key.contains("port.pem") && no_key.contains("a private key"), "{no_key}");
    let unfit = said(Files { key: other.key, ..port.clone() });
    assert!(unfit.contains("port.pem cannot be used"), "{unfit}");
    let empty = said(Files { authority: Some(desk.write("empty.pem", "")), ..port.clone() });
    assert!(empty.contains("empty.pem") && empty.contains("no certificate is in it"), "{empty}");
    let huge = said(Files { authority: Some(desk.write("huge.pem", &"x".repeat((4 << 20) + 1))), ..port.clone() });
    assert!(huge.contains("huge.pem") && huge.contains("more than 4194304 bytes"), "{huge}");
    let folder = said(Files { key: Some(desk.folder.path().to_owned()), ..port.clone() });
    assert!(folder.contains("a private key") && folder.contains("directory"), "{folder}");
    assert!(said(Files { authority: None, ..port.clone() }).contains("authority"));
    assert!(said(Files { certificate: None, key: None, ..port }).contains("no certificate is named"));
    assert!(Client::new(&Files::default()).is_err());
}

#[test]
fn what_can_be_no_certificates_name_is_known_before_it_is_needed() {
    for good in ["node1.example", "127.0.0.1", "::1", "node1"] {
        assert_eq!(check_certificate_name(good), Ok(()));
    }
    for bad in ["", "node 1", "node1..example", "https://node1"] {
        assert!(check_certificate_name(bad).is_err_and(|why| why.contains("host name or an address")), "{bad}");
    }
}
