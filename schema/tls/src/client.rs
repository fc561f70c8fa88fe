//! The end that connects: checks the other's certificate and name, and shows its own where it is asked.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::version::TLS13;

use crate::{Files, Stream, TlsError, explain, pem};

/// How connections to ports are secured.
#[derive(Clone)]
pub struct Client {
    connector: TlsConnector,
}

impl Client {
    /// Reads the files.
    ///
    /// # Errors
    /// Any [`TlsError`].
    pub fn new(files: &Files) -> Result<Self, TlsError> {
        let path = files.certificate.as_deref().or(files.authority.as_deref()).unwrap_or_else(|| Path::new(""));
        let builder = ClientConfig::builder_with_provider(pem::provider()).with_protocol_versions(&[&TLS13]);
        let builder = builder.map_err(|cause| pem::unfit(path, &cause))?;
        let builder = builder.with_root_certificates(pem::authority(files)?);
        let config = match pem::identity(files)? {
            Some((chain, key)) => {
                builder.with_client_auth_cert(chain, key).map_err(|cause| pem::unfit(path, &cause))?
            }
            None => builder.with_no_client_auth(),
        };
        Ok(Self { connector: TlsConnector::from(Arc::new(config)) })
    }

    /// Secures, within a time, a connection that was made to an address, whose certificate must have a name: the one that is
    /// given, else the address. Drop the wait to give it up.
    ///
    /// # Errors
    /// A sentence: what is wrong and what to do.
    pub async fn connect(
        &self,
        stream: TcpStream,
        address: IpAddr,
        name: Option<&str>,
        within: Duration,
    ) -> Result<Stream, String> {
        let wanted = match name {
            None => ServerName::from(address),
            Some(name) => certificate_name(name)?,
        };
        match timeout(within, self.connector.connect(wanted.clone(), stream)).await {
            Ok(Ok(secured)) => Ok(Stream::secured(secured.into())),
            Ok(Err(cause)) => Err(explain::refused_by_client(&cause, &wanted.to_str())),
            Err(_) => Err(explain::silent("port", within)),
        }
    }
}

/// Whether a certificate can have such a name.
///
/// # Errors
/// A sentence: what is wrong and what to do.
pub fn check_certificate_name(name: &str) -> Result<(), String> {
    certificate_name(name).map(drop)
}

fn certificate_name(name: &str) -> Result<ServerName<'static>, String> {
    ServerName::try_from(name.to_owned())
        .map_err(|_| format!("`{name}` can be no certificate's name: write a host name or an address"))
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}
