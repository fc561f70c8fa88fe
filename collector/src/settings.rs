//! What a collector is told before it starts.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use callmart_tls::Files;
use serde::{Deserialize, Serialize};

use crate::log::LogSettings;

/// One port of a source that a collector connects to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourcePort {
    /// Where the port is.
    pub address: SocketAddr,
    /// Where the same source's port is at the other processes of its pair; none by default. All are tried, and whoever
    /// welcomes the collector is listened to.
    #[serde(default)]
    pub backups: Vec<SocketAddr>,
    /// How connections to it are secured; none, the default, for plain text.
    #[serde(default)]
    pub tls: Option<PortTls>,
    /// What the collector takes the port for: "i-proxy", "t-controller", "vq", "cfg" or "gos".
    pub role: String,
    /// Kinds of events wanted; empty, the default, for all.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// Keys of user data wanted; empty, the default, for all.
    #[serde(default)]
    pub user_data_keys: Vec<String>,
}

/// How connections to a port are secured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PortTls {
    /// Name that the port's certificate must have; the address, unless given.
    pub certificate_name: Option<String>,
}

impl SourcePort {
    /// A port of which everything is wanted.
    #[must_use]
    pub fn new(address: SocketAddr, role: &str) -> Self {
        let (backups, kinds, user_data_keys) = (Vec::new(), Vec::new(), Vec::new());
        Self { address, backups, tls: None, role: role.to_owned(), kinds, user_data_keys }
    }

    /// The same port at one more process.
    #[must_use]
    pub fn with_backup(mut self, address: SocketAddr) -> Self {
        self.backups.push(address);
        self
    }

    pub(crate) fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        std::iter::once(self.address).chain(self.backups.iter().copied())
    }
}

/// Settings of one collector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CollectorSettings {
    /// Name of the collector; its log keeps it.
    pub name: String,
    /// Pool that it belongs to; "default" by default.
    #[serde(default = "default_pool")]
    pub pool: String,
    /// Name of this member of the pool; "1" by default.
    #[serde(default = "default_member")]
    pub member: String,
    /// Folder of its log, made if need be.
    pub log_dir: PathBuf,
    /// Ports to connect to, each with a session of its own.
    pub sources: Vec<SourcePort>,
    /// PEM files for ports that are secured; none by default.
    #[serde(default)]
    pub tls: Option<Files>,
    /// How the log is written.
    #[serde(default)]
    pub log: LogSettings,
    /// How sessions behave.
    #[serde(default)]
    pub session: SessionSettings,
}

/// How sessions behave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SessionSettings {
    /// Milliseconds to wait for a connection; 5,000 by default.
    pub connect_timeout_ms: u64,
    /// Milliseconds to wait for a connection to be secured, where the port speaks TLS; 10,000 by default.
    pub handshake_timeout_ms: u64,
    /// Milliseconds to wait for the answer to a hello; 10,000 by default.
    pub hello_timeout_ms: u64,
    /// Milliseconds to wait for a peer to take an acknowledgement; 10,000 by default.
    pub write_timeout_ms: u64,
    /// Heartbeats of a source that may be missed before the session is given up; 3 by default.
    pub silence_heartbeats: u32,
    /// Milliseconds before the first try to connect again; 100 by default. It doubles with each try in vain.
    pub backoff_min_ms: u64,
    /// Most milliseconds between two tries to connect; 10,000 by default.
    pub backoff_max_ms: u64,
    /// Milliseconds between two tries at a process that says it is the backup; 1,000 by default. When a session with the
    /// other process ends, it is tried at once.
    pub backup_retry_ms: u64,
    /// Whether a source that has stopped in good order is done with, when its other processes do not welcome the collector
    /// either; true by default. Otherwise its ports are tried until the collector is to stop.
    pub stop_is_final: bool,
    /// Milliseconds between two heartbeats of a source that are kept in the log; 10,000 by default. The last one before
    /// a session ends is always kept.
    pub heartbeat_record_ms: u64,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self {
            connect_timeout_ms: 5_000,
            handshake_timeout_ms: 10_000,
            hello_timeout_ms: 10_000,
            write_timeout_ms: 10_000,
            silence_heartbeats: 3,
            backoff_min_ms: 100,
            backoff_max_ms: 10_000,
            backup_retry_ms: 1_000,
            stop_is_final: true,
            heartbeat_record_ms: 10_000,
        }
    }
}

impl CollectorSettings {
    /// Settings with the defaults: pool "default", member "1".
    #[must_use]
    pub fn new(name: &str, log_dir: impl Into<PathBuf>, sources: Vec<SourcePort>) -> Self {
        Self {
            name: name.to_owned(),
            pool: default_pool(),
            member: default_member(),
            log_dir: log_dir.into(),
            sources,
            tls: None,
            log: LogSettings::default(),
            session: SessionSettings::default(),
        }
    }
}

impl SessionSettings {
    pub(crate) fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }

    pub(crate) fn handshake_timeout(&self) -> Duration {
        Duration::from_millis(self.handshake_timeout_ms)
    }

    pub(crate) fn hello_timeout(&self) -> Duration {
        Duration::from_millis(self.hello_timeout_ms)
    }

    pub(crate) fn write_timeout(&self) -> Duration {
        Duration::from_millis(self.write_timeout_ms)
    }

    pub(crate) fn backup_retry(&self) -> Duration {
        Duration::from_millis(self.backup_retry_ms)
    }

    /// Time to wait after the `failures`-th failure in a row, counted from 0.
    pub(crate) fn backoff(&self, failures: u32) -> Duration {
        let doubled = self.backoff_min_ms.saturating_mul(1 << failures.min(32));
        Duration::from_millis(doubled.min(self.backoff_max_ms))
    }
}

fn default_pool() -> String {
    "default".to_owned()
}

fn default_member() -> String {
    "1".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_setting_is_refused_and_left_out_ones_have_their_defaults() {
        let minimal = r#"{"name":"c1","log_dir":"log","sources":[{"address":"127.0.0.1:1","role":"vq"}]}"#;
        let settings: CollectorSettings = serde_json::from_str(minimal).expect("enough");
        let port = SourcePort::new("127.0.0.1:1".parse().expect("an address"), "vq");
        assert_eq!(settings, CollectorSettings::new("c1", "log", vec![port]));
        for misspelt in [r#""nmae":1,"name""#, r#""session":{"silence":1},"name""#, r#""log":{"segment":1},"name""#] {
            assert!(serde_json::from_str::<CollectorSettings>(&minimal.replace(r#""name""#, misspelt)).is_err());
        }
    }

    #[test]
    fn waiting_doubles_up_to_its_bound() {
        let settings = SessionSettings::default();
        let waits: Vec<_> = [0, 1, 2, 6, 7, 1_000].map(|n| settings.backoff(n).as_millis()).to_vec();
        assert_eq!(waits, [100, 200, 400, 6_400, 10_000, 10_000]);
    }
}
