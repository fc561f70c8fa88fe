//! Certificates and keys from PEM files.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::{Files, TlsError};

/// A certificate with those between it and its authority, and its key.
pub(crate) type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// Most bytes of a PEM file.
const MAX_PEM_BYTES: u64 = 4 << 20;

/// The cryptography that everything here works with.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// The end's own certificate and key, if any are named.
pub(crate) fn identity(files: &Files) -> Result<Option<Identity>, TlsError> {
    let (certificate, key) = match (&files.certificate, &files.key) {
        (None, None) => return Ok(None),
        (Some(certificate), Some(key)) => (certificate, key),
        (Some(_), None) => return Err(TlsError::Missing { wanted: "private key" }),
        (None, Some(_)) => return Err(TlsError::Missing { wanted: "certificate" }),
    };
    let chain = certificates(certificate)?;
    let failed = |cause: String| TlsError::Pem { path: key.clone(), wanted: "a private key", cause };
    let bytes = read(key).map_err(failed)?;
    let key = PrivateKeyDer::from_pem_slice(&bytes).map_err(|cause| failed(cause.to_string()))?;
    Ok(Some((chain, key)))
}

/// Those who must have signed the other end's certificate.
pub(crate) fn authority(files: &Files) -> Result<Arc<RootCertStore>, TlsError> {
    let path = files.authority.as_deref().ok_or(TlsError::Missing { wanted: "certificate of an authority" })?;
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        let failed = |cause: tokio_rustls::rustls::Error| unfit(path, &cause);
        roots.add(certificate).map_err(failed)?;
    }
    Ok(Arc::new(roots))
}

/// What does not fit, in the words of the library.
pub(crate) fn unfit(path: &Path, cause: &dyn std::error::Error) -> TlsError {
    TlsError::Unfit { path: path.to_owned(), cause: cause.to_string() }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let failed = |cause: String| TlsError::Pem { path: path.to_owned(), wanted: "certificates", cause };
    let bytes = read(path).map_err(failed)?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let certificates = read.map_err(|cause| failed(cause.to_string()))?;
    if certificates.is_empty() { Err(failed("no certificate is in it".to_owned())) } else { Ok(certificates) }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let failed = |cause: std::io::Error| cause.to_string();
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(MAX_PEM_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_PEM_BYTES {
        return Err(format!("it has more than {MAX_PEM_BYTES} bytes"));
    }
    Ok(bytes)
}
