//! A topology as it stands in its file: the tables, their keys and defaults.
//!
//! Types only. What they must not contradict is `check`'s business, what follows from them `super`'s.

use std::net::SocketAddr;
use std::path::PathBuf;

use callmart_collector::log::LogSettings;
use callmart_collector::settings::SessionSettings;
use chrono::{DateTime, Utc};
use figment::value::Dict;
use serde::Deserialize;

use super::extensions::Extensions;
use crate::settings::Role;

/// A whole installation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    /// Version of this format.
    pub(crate) format: u32,
    /// What the simulated nodes play; nothing of it matters to collectors and ETL.
    pub(crate) simulation: Option<Simulation>,
    #[serde(rename = "data_center", default)]
    pub(crate) data_centers: Vec<DataCenter>,
    #[serde(rename = "switch", default)]
    pub(crate) switches: Vec<Switch>,
    #[serde(rename = "node", default)]
    pub(crate) nodes: Vec<Server>,
    #[serde(rename = "virtual_queue_server", default)]
    pub(crate) virtual_queue_servers: Vec<Server>,
    #[serde(rename = "outbound_contact_server", default)]
    pub(crate) outbound_contact_servers: Vec<Server>,
    #[serde(rename = "link", default)]
    pub(crate) links: Vec<Link>,
    #[serde(rename = "tls", default)]
    pub(crate) tls: Vec<Credentials>,
    #[serde(rename = "collector", default)]
    pub(crate) collectors: Vec<Collector>,
    #[serde(rename = "etl", default)]
    pub(crate) etls: Vec<Etl>,
}

/// What the simulated nodes play. Processes with equal values agree byte for byte.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Simulation {
    /// Number that all chance comes from.
    #[serde(default = "one")]
    pub(crate) seed: u64,
    /// How many agents there are; calls are as many as they can handle.
    #[serde(default = "default_agents")]
    pub(crate) agents: u32,
    /// Where the simulated time begins.
    #[serde(deserialize_with = "moment")]
    pub(crate) start: DateTime<Utc>,
    /// How long it lasts, in hours; for ever unless given.
    #[serde(default)]
    pub(crate) hours: Option<f64>,
    /// Whether user data that telephones set are told by the nodes that own them too, and not by the calls' nodes alone.
    #[serde(default)]
    pub(crate) user_data_on_both_channels: bool,
    /// How much faster than real time it goes.
    #[serde(default = "real_time")]
    pub(crate) speed: f64,
    /// File with a schedule of faults that befall the nodes, as `docs/sources.md` describes it; `--faults` names another one.
    #[serde(default)]
    pub(crate) faults: Option<PathBuf>,
    /// The moment on the wall at which the simulated time begins; `--begins` gives another one.
    #[serde(default, deserialize_with = "some_moment")]
    pub(crate) begins: Option<DateTime<Utc>>,
}

/// A place with machines.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DataCenter {
    pub(crate) name: String,
}

/// A switch.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Switch {
    /// Name, as events carry it.
    pub(crate) name: String,
    pub(crate) kind: SwitchKind,
    /// Tenant that it belongs to.
    #[serde(default = "default_tenant")]
    pub(crate) tenant: String,
    /// Numbers of its telephones: single ones and ranges.
    #[serde(default)]
    pub(crate) extensions: Vec<Extensions>,
}

/// How a switch works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SwitchKind {
    /// Many nodes act as one switch; calls and agents are told on ports of their own.
    Cluster,
    /// One pair of servers tells everything on one port. Servers of virtual queues are of this kind too.
    Ordinary,
}

/// Two processes of one server, of which one is primary.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Server {
    /// Name; its processes are the name with `-a` and `-b`.
    pub(crate) name: String,
    pub(crate) data_center: String,
    pub(crate) switch: String,
    /// How often a port that has nothing to tell lets hear of itself, in milliseconds.
    #[serde(default = "default_heartbeat_ms")]
    pub(crate) heartbeat_ms: u32,
    #[serde(rename = "port", default)]
    pub(crate) ports: Vec<Port>,
}

/// A port of both processes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Port {
    pub(crate) kind: PortKind,
    /// Where process `a` has it.
    pub(crate) a: SocketAddr,
    /// Where process `b` has it; without it there is no second process.
    #[serde(default)]
    pub(crate) b: Option<SocketAddr>,
    /// Name of the `[[tls]]` with the port's certificate; without it the port speaks plain text.
    #[serde(default)]
    pub(crate) tls: Option<String>,
    /// Whether collectors must show a certificate that the authority of that `[[tls]]` has signed.
    #[serde(default)]
    pub(crate) client_certificates: bool,
    /// Name that the port's certificate must have; the address at which it is reached, unless given.
    #[serde(default)]
    pub(crate) certificate_name: Option<String>,
}

/// What a port tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) enum PortKind {
    /// Calls of a node of a cluster.
    #[serde(rename = "IPport")]
    InteractionProxy,
    /// DNs and agents of a node of a cluster.
    #[serde(rename = "TCport")]
    TController,
    /// All DNs of a cluster, for monitoring clients.
    #[serde(rename = "SmartProxy")]
    SmartProxy,
    /// Virtual queues.
    #[serde(rename = "VQport")]
    VirtualQueue,
    /// Outbound contact.
    #[serde(rename = "OCSport")]
    OutboundContact,
    /// Everything of an ordinary switch.
    #[serde(rename = "default")]
    Default,
}

impl PortKind {
    /// The kind as it stands in the file; a source's name ends so.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::InteractionProxy => "IPport",
            Self::TController => "TCport",
            Self::SmartProxy => "SmartProxy",
            Self::VirtualQueue => "VQport",
            Self::OutboundContact => "OCSport",
            Self::Default => "default",
        }
    }

    /// What collectors take such a port for; none for a port that is not for collectors.
    pub(crate) fn role(self) -> Option<Role> {
        match self {
            Self::InteractionProxy => Some(Role::IProxy),
            Self::TController => Some(Role::TController),
            Self::VirtualQueue => Some(Role::Vq),
            Self::OutboundContact => Some(Role::Gos),
            Self::Default => Some(Role::Switch),
            Self::SmartProxy => None,
        }
    }
}

/// A connection between two nodes of one cluster.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Link {
    pub(crate) between: [String; 2],
    /// How long a cut link is waited for before each node shows the other's DNs out of service, in milliseconds.
    pub(crate) tc_reconnect_timeout_ms: u32,
}

/// Who somebody is to those at the other end of a connection, and whom they believe. PEM files.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    pub(crate) name: String,
    /// The certificate, and those between it and its authority.
    #[serde(default)]
    pub(crate) certificate: Option<PathBuf>,
    /// The certificate's private key.
    #[serde(default)]
    pub(crate) key: Option<PathBuf>,
    /// Certificates of those who must have signed the other end's.
    #[serde(default)]
    pub(crate) authority: Option<PathBuf>,
}

/// A collector.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Collector {
    pub(crate) name: String,
    pub(crate) data_center: String,
    /// Each pool gets everything of a source; its members share it out.
    #[serde(default = "default_pool")]
    pub(crate) pool: String,
    /// Name within the pool.
    #[serde(default = "default_member")]
    pub(crate) member: String,
    /// Folder of its log, made if need be.
    pub(crate) log_dir: PathBuf,
    /// Sources that it listens to, at both processes: `NODE/KIND`.
    pub(crate) sources: Vec<String>,
    /// Name of the `[[tls]]` that it uses where a port speaks TLS.
    #[serde(default)]
    pub(crate) tls: Option<String>,
    /// How its sessions behave: how long it waits, how often it tries again.
    #[serde(default)]
    pub(crate) session: SessionSettings,
    /// How its log is written.
    #[serde(default)]
    pub(crate) log: LogSettings,
}

/// An ETL and its marts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Etl {
    pub(crate) name: String,
    pub(crate) data_center: String,
    /// Data folder of the marts, made if need be.
    pub(crate) data_dir: PathBuf,
    /// Collectors whose logs it reads; all unless given.
    #[serde(default)]
    pub(crate) logs: Option<Vec<String>>,
    /// Sources that are expected; all that the logs are of, unless given.
    #[serde(default)]
    pub(crate) expected_sources: Option<Vec<String>>,
    /// What may stand in the data folder's `callmart.toml`, which goes over it.
    #[serde(default)]
    pub(crate) settings: Dict,
}

fn one() -> u64 {
    1
}

fn real_time() -> f64 {
    1.0
}

fn default_agents() -> u32 {
    200
}

fn default_heartbeat_ms() -> u32 {
    1_000
}

fn default_tenant() -> String {
    "Environment".to_owned()
}

fn default_pool() -> String {
    "default".to_owned()
}

fn default_member() -> String {
    "1".to_owned()
}

fn moment<'de, D: serde::Deserializer<'de>>(from: D) -> Result<DateTime<Utc>, D::Error> {
    crate::cli::moment(&String::deserialize(from)?).map_err(serde::de::Error::custom)
}

fn some_moment<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    moment(from).map(Some)
}
