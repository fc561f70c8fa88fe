//! Connections of the session protocol: plain TCP, or TLS with certificates from PEM files.
//!
//! `pem` reads the files, `server` and `client` make a connection secure, `stream` is the connection as both ends read and
//! write it, `explain` says what went wrong and what to do. Knows no frames and no settings file. The clock of this machine is
//! read, as certificates are good for a time only.

mod client;
mod explain;
mod pem;
mod server;
mod stream;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use client::{Client, check_certificate_name};
pub use explain::{broken, looks_like_tls};
pub use server::Server;
pub use stream::Stream;

/// PEM files of one end of connections.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Files {
    /// The end's own certificate, then those between it and its authority.
    pub certificate: Option<PathBuf>,
    /// The private key of the first of them.
    pub key: Option<PathBuf>,
    /// Certificates of those who must have signed the other end's.
    pub authority: Option<PathBuf>,
}

/// Why certificates and keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file that is not there or not in PEM.
    #[error("{path} cannot be read as PEM: {cause}; name a file with {wanted}")]
    Pem {
        /// The file.
        path: PathBuf,
        /// What is expected in it.
        wanted: &'static str,
        /// What is wrong.
        cause: String,
    },
    /// A file that is needed and not named.
    #[error("no {wanted} is named, and TLS needs one here")]
    Missing {
        /// What is expected in it.
        wanted: &'static str,
    },
    /// Certificates that do not fit together.
    #[error("{path} cannot be used: {cause}; let certificate and key belong together, and the authority be one")]
    Unfit {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        cause: String,
    },
}
