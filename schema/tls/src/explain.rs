//! What went wrong between two ends, and what to do, in a sentence for each of them.

use std::io;
use std::time::Duration;

use tokio_rustls::rustls::{AlertDescription, CertificateError, Error, InvalidMessage, PeerIncompatible};

/// First bytes of records that TLS begins with or refuses with: a handshake or an alert, in version 3.x.
const RECORDS: [u8; 2] = [22, 21];
/// Their major version.
const MAJOR_VERSION: u8 = 3;

/// Whether what came where frames were expected is the begin of TLS.
#[must_use]
pub fn looks_like_tls(bytes: &[u8]) -> bool {
    matches!(bytes, [kind, version, ..] if RECORDS.contains(kind) && *version == MAJOR_VERSION)
}

/// Why a connection broke after it was made, if TLS broke it: a refusal of our certificate comes only then.
#[must_use]
pub fn broken(cause: &io::Error) -> Option<String> {
    of_tls(cause).map(|error| match error {
        Error::AlertReceived(alert) => refusal_of_ours(*alert),
        other => format!("TLS failed: {other}; the other end or something between breaks it"),
    })
}

/// Why a port refuses a connection.
pub(crate) fn refused_by_server(cause: &io::Error) -> String {
    let Some(error) = of_tls(cause) else { return lost(cause) };
    match error {
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            "the peer speaks plain text, and this port TLS: name a `tls` for the collector".to_owned()
        }
        Error::NoCertificatesPresented => {
            "the peer shows no certificate, and this port asks for one: give the collector certificate and key"
                .to_owned()
        }
        Error::InvalidCertificate(why) => format!("the peer's certificate {}", fault(why, "collector")),
        Error::AlertReceived(alert) => refusal_of_ours(*alert),
        Error::PeerIncompatible(why) => incompatible(why),
        other => format!("TLS failed: {other}; see that the peer speaks the session protocol over TLS 1.3"),
    }
}

/// Why a connection to a port is given up, whose certificate must have a name.
pub(crate) fn refused_by_client(cause: &io::Error, name: &str) -> String {
    let Some(error) = of_tls(cause) else { return lost(cause) };
    match error {
        Error::InvalidMessage(_) => {
            "the port speaks plain text, and TLS is asked for: give the port a `tls`, or take it away here".to_owned()
        }
        Error::InvalidCertificate(CertificateError::NotValidForName) => wrong_name(name, ""),
        Error::InvalidCertificate(CertificateError::NotValidForNameContext { presented, .. }) => {
            let names: Vec<&str> = presented.iter().map(|presented| bare(presented)).collect();
            wrong_name(name, &format!(" but for {}", names.join(", ")))
        }
        Error::InvalidCertificate(why) => format!("the port's certificate {}", fault(why, "port")),
        Error::AlertReceived(alert) => refusal_of_ours(*alert),
        Error::PeerIncompatible(why) => incompatible(why),
        other => format!("TLS failed: {other}; see that the port speaks the session protocol over TLS 1.3"),
    }
}

/// A name without the kind and the quotes that the library puts around it, as in `DnsName("node1.example")`.
fn bare(presented: &str) -> &str {
    let inner = presented.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.unwrap_or(presented).trim_matches('"')
}

fn wrong_name(name: &str, but: &str) -> String {
    format!(
        "the port's certificate is not for {name}{but}: write `certificate_name` as it is in the certificate, or see who \
         answers there"
    )
}

/// What is wrong with a certificate that was shown, and whose it is.
fn fault(why: &CertificateError, whose: &str) -> String {
    match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            format!("has expired: give the {whose} a new one, and see that the clocks are right")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            format!("is not valid yet: see that the clocks are right, or give the {whose} another one")
        }
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            format!(
                "is not signed by the authority that is trusted here: give the {whose} one that is, or name its authority in `authority`"
            )
        }
        CertificateError::Revoked => format!("is revoked: give the {whose} a new one"),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            format!("is not for this purpose: give the {whose} one for its end of a connection")
        }
        other => format!("is not accepted ({other}): give the {whose} another one"),
    }
}

/// What the other end says of our own certificate, or of us.
fn refusal_of_ours(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::CertificateRequired => {
            "the other end asks for a certificate, and none is named here: name `certificate` and `key`".to_owned()
        }
        // One alert for both: it has expired, or begins later.
        AlertDescription::CertificateExpired => {
            "the other end says that our certificate is not valid at this time: name a new one, and see that the clocks \
             are right"
                .to_owned()
        }
        AlertDescription::UnknownCA => {
            "the other end does not trust the authority of our certificate: name one that it trusts, or tell it ours"
                .to_owned()
        }
        AlertDescription::DecryptError
        | AlertDescription::BadCertificate
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnsupportedCertificate => {
            "the other end does not accept our certificate: its log says why; name another one".to_owned()
        }
        AlertDescription::ProtocolVersion => "the other end does not speak TLS 1.3: renew its program".to_owned(),
        other => format!("the other end refuses TLS ({other:?}): its log says why"),
    }
}

fn incompatible(why: &PeerIncompatible) -> String {
    format!("the other end does not speak TLS 1.3 as we do ({why:?}): renew its program")
}

/// Why a connection is given up whose other end does not do its part in time.
pub(crate) fn silent(who: &str, within: Duration) -> String {
    let within_ms = within.as_millis();
    format!(
        "the {who} did not secure the connection within {within_ms} ms: it says nothing or too little; see who it is and \
         whether the network lets everything through"
    )
}

/// A connection that ended though nobody said why.
fn lost(cause: &io::Error) -> String {
    match cause.kind() {
        io::ErrorKind::UnexpectedEof => {
            "the connection was closed before it was secured: the other end speaks no TLS, or has said why in its log"
                .to_owned()
        }
        _ => format!("the connection broke before it was secured: {cause}"),
    }
}

fn of_tls(cause: &io::Error) -> Option<&Error> {
    cause.get_ref()?.downcast_ref()
}
