//! The end that listens: shows its certificate, and asks for one where it is told to.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::version::TLS13;

use crate::{Files, Stream, TlsError, explain, pem};

/// How long a peer that is refused may take to read why and close.
const LINGER: Duration = Duration::from_secs(2);
/// Most bytes of such a peer that are read away.
const MAX_DRAINED_BYTES: u64 = 1 << 20;

/// How a port secures its connections.
#[derive(Clone)]
pub struct Server {
    acceptor: TlsAcceptor,
}

impl Server {
    /// Reads the files; with `asks` whoever connects must show a certificate that the authority has signed.
    ///
    /// # Errors
    /// Any [`TlsError`].
    pub fn new(files: &Files, asks: bool) -> Result<Self, TlsError> {
        let path = files.certificate.as_deref().unwrap_or_else(|| Path::new(""));
        let (chain, key) = pem::identity(files)?.ok_or(TlsError::Missing { wanted: "certificate" })?;
        let builder = ServerConfig::builder_with_provider(pem::provider()).with_protocol_versions(&[&TLS13]);
        let builder = builder.map_err(|cause| pem::unfit(path, &cause))?;
        let builder = if asks {
            let authority = pem::authority(files)?;
            let verifier = WebPkiClientVerifier::builder_with_provider(authority, pem::provider()).build();
            let authority = files.authority.as_deref().unwrap_or(path);
            builder.with_client_cert_verifier(verifier.map_err(|cause| pem::unfit(authority, &cause))?)
        } else {
            builder.with_no_client_auth()
        };
        let mut config = builder.with_single_cert(chain, key).map_err(|cause| pem::unfit(path, &cause))?;
        // Sessions last for days: nothing is gained by resuming one, and each has its certificates checked.
        config.send_tls13_tickets = 0;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)) })
    }

    /// Secures a connection that was accepted within a time, after which it is closed without a word; one that is refused
    /// lasts up to two seconds more. Drop the wait to give it up.
    ///
    /// # Errors
    /// A sentence: what is wrong and what to do.
    pub async fn accept(&self, stream: TcpStream, within: Duration) -> Result<Stream, String> {
        match timeout(within, self.acceptor.accept(stream).into_fallible()).await {
            Ok(Ok(secured)) => Ok(Stream::secured(secured.into())),
            Err(_) => Err(explain::silent("peer", within)),
            Ok(Err((cause, mut stream))) => {
                // What the peer still sends is read away, so that it gets to see why it is refused.
                let _ = stream.shutdown().await;
                let mut rest = (&mut stream).take(MAX_DRAINED_BYTES);
                let _ = timeout(LINGER, tokio::io::copy(&mut rest, &mut tokio::io::sink())).await;
                Err(explain::refused_by_server(&cause))
            }
        }
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
    }
}
