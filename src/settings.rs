//! The settings: `callmart.toml` in the data folder, with `CALLMART_…` environment variables over it.
//!
//! Read and checked once at the start of a command; a key that is not known is refused. What stands here may change facts
//! (thresholds, tolerances), so the file belongs to the data.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use callmart_etl::{CLOSE_UNHEARD_AFTER_S, DEFAULT_MEMORY_MB, MappedKey, Mapping, Rule};
use callmart_queries::reports::MAX_ROWS;
use figment::Figment;
use figment::providers::{Env, Format as _, Serialized, Toml};
use figment::value::Dict;
use serde::{Deserialize, Serialize};

use crate::api::hash_bytes;
use crate::failure::wrong_input;

/// Name of the file in the data folder.
pub(crate) const SETTINGS_FILE: &str = "callmart.toml";

/// Environment variables that begin so are settings; `__` stands between the levels: `CALLMART_LOAD__POSTGRES_EVERY_MS`.
const PREFIX: &str = "CALLMART_";

/// What begins so too, and is no setting: the program's log, the API's token, and what only the tests read.
const NOT_SETTINGS: [&str; 4] = ["log", "token", "bank_calls", "test_"];

/// Version of the form of `[[user_data]]` that this program reads.
const USER_DATA_VERSION: u32 = 1;
/// Longest tolerance when the agent of a call is looked for, in milliseconds.
const MAX_MATCH_TOLERANCE_MS: u64 = 60_000;
/// Longest threshold for introduced transfers: whoever stays longer in a conference was in one.
const MAX_INTRODUCED_TRANSFER_S: u64 = 3_600;
/// Longest time until a call is closed of which nothing is heard, in seconds: a year.
const MAX_CLOSE_UNHEARD_S: u64 = 31_622_400;
/// Longest time after a call in which its user data may be set: a day.
const MAX_USER_EVENT_DATA_TIMEOUT_S: u64 = 86_400;

/// All settings, with their defaults.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// `auto`, `none`, or the URL of a PostgreSQL server.
    pub(crate) postgres: Option<String>,
    /// Zones whose calendars the marts keep, besides UTC; reports in others work too.
    pub(crate) zones: Vec<String>,
    /// How far outside a login session a call may be and still be its agent's, in milliseconds.
    pub(crate) match_tolerance_ms: u64,
    /// Within how many seconds the one who made a conference may leave it and have transferred the call instead; 0: never.
    pub(crate) introduced_transfer_threshold_s: u64,
    /// For how many seconds a call's sources are heard beyond the last that they told of it until it is closed; 0: never.
    pub(crate) close_unheard_after_s: u64,
    /// How long after the end of a call its user data may still be set, in seconds.
    pub(crate) user_event_data_timeout_s: u64,
    /// Whether passages through queues have user data too.
    pub(crate) user_data_of_mediation: bool,
    /// Version of the form of `[[user_data]]`.
    pub(crate) user_data_version: u32,
    /// Which keys go where, over what is predefined. Written `[[user_data]]`.
    pub(crate) user_data: Vec<UserData>,
    /// Whether the GIDB tables are made.
    pub(crate) gidb: Gidb,
    /// How often the loaders publish, and what memory they get along with.
    pub(crate) load: Load,
    /// What the reports count by.
    pub(crate) thresholds: Thresholds,
    /// How the HTTP API is served.
    pub(crate) serve: Serve,
    /// Sources that are expected: without them a call's agent cannot be final. Written `[[source]]`.
    #[serde(rename = "source")]
    pub(crate) sources: Vec<Source>,
}

/// What is made beside the facts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Gidb {
    /// Whether calls, parties and login sessions are shown as GIDB tables too. A mart keeps what it was made with until
    /// `callmart rebuild --from gidb`.
    pub(crate) tables: bool,
}

/// How often the loaders publish, and what memory they get along with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Load {
    /// Longest time between two transactions in PostgreSQL, in milliseconds.
    pub(crate) postgres_every_ms: u64,
    /// Longest time between two manifests of the Parquet mart, in milliseconds.
    pub(crate) parquet_every_ms: u64,
    /// About how much memory loading gets along with, in megabytes.
    pub(crate) memory_mb: u64,
}

/// What the reports count by.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Thresholds {
    /// An answer within this many seconds counts for the service level.
    pub(crate) service_level_s: u64,
    /// A caller who gave up within this many seconds is a short abandon.
    pub(crate) abandoned_short_s: u64,
}

/// How the HTTP API is served.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Serve {
    /// Address to listen on; one that others reach needs a token.
    pub(crate) listen: SocketAddr,
    /// Names besides those of this machine that requests may name, as behind a proxy.
    pub(crate) hosts: Vec<String>,
    /// BLAKE3 hash, in hexadecimal digits, of the token that requests must carry.
    pub(crate) token_hash: Option<String>,
    /// Mart of a request that names none.
    pub(crate) engine: MartName,
    /// Rows of an answer when a request names no limit.
    pub(crate) default_rows: u32,
    /// Most rows that a request may ask for at once.
    pub(crate) max_rows: u32,
    /// Queries that run at once; more wait.
    pub(crate) max_queries: u32,
    /// Longest time that a query waits for its turn, in milliseconds.
    pub(crate) max_wait_ms: u64,
    /// Longest time that a query runs, in milliseconds.
    pub(crate) query_timeout_ms: u64,
    /// Connections that are open at once.
    pub(crate) max_connections: u32,
}

/// A mart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MartName {
    /// The Parquet mart.
    Parquet,
    /// The PostgreSQL mart.
    Postgres,
}

/// A source that is expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    /// Its name.
    pub(crate) name: String,
    /// The switch that it speaks of.
    pub(crate) switch: String,
    /// `i-proxy`, `t-controller`, `vq` or `switch`.
    pub(crate) role: Role,
}

/// One key of user data and the column that it goes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserData {
    /// The key as sources tell it.
    pub(crate) key: String,
    /// The table.
    pub(crate) table: String,
    /// The column.
    pub(crate) column: String,
    /// Which value counts: `CALL`, `PARTY`, `IRF`, `IRF_FIRST_UPDATE`, `IRF_INITIAL` or `IRF_ROUTE`.
    #[serde(default = "on_leaving")]
    pub(crate) rule: String,
    /// What stands there without a value.
    #[serde(default)]
    pub(crate) default: Option<String>,
}

fn on_leaving() -> String {
    Rule::Call.code().to_owned()
}

/// What a collector takes a source for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Role {
    /// Calls of a node.
    IProxy,
    /// DNs and agents of a node.
    TController,
    /// Virtual queues.
    Vq,
    /// Outbound contact.
    Gos,
    /// Everything of an ordinary switch.
    Switch,
}

impl Role {
    /// The role as sessions name it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::IProxy => "i-proxy",
            Self::TController => "t-controller",
            Self::Vq => "vq",
            Self::Gos => "gos",
            Self::Switch => "switch",
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            postgres: None,
            zones: Vec::new(),
            match_tolerance_ms: 1_000,
            introduced_transfer_threshold_s: 0,
            close_unheard_after_s: u64::from(CLOSE_UNHEARD_AFTER_S),
            user_event_data_timeout_s: 3_600,
            user_data_of_mediation: false,
            user_data_version: USER_DATA_VERSION,
            user_data: Vec::new(),
            gidb: Gidb::default(),
            load: Load::default(),
            thresholds: Thresholds::default(),
            serve: Serve::default(),
            sources: Vec::new(),
        }
    }
}

impl Default for Load {
    fn default() -> Self {
        Self { postgres_every_ms: 200, parquet_every_ms: 3_000, memory_mb: DEFAULT_MEMORY_MB }
    }
}

impl Default for Serve {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            hosts: Vec::new(),
            token_hash: None,
            engine: MartName::Parquet,
            default_rows: 1_000,
            max_rows: 100_000,
            max_queries: 4,
            max_wait_ms: 5_000,
            query_timeout_ms: 30_000,
            max_connections: 256,
        }
    }
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { service_level_s: 20, abandoned_short_s: 5 }
    }
}

impl Settings {
    /// Reads and checks the settings of a data folder: what a topology says of it, then the folder's file, then the
    /// environment, each over the one before.
    pub(crate) fn load(data_dir: &Path, of_topology: &Dict) -> Result<Self> {
        let path = data_dir.join(SETTINGS_FILE);
        let mut file = Figment::from(Serialized::defaults(of_topology));
        if path.exists() {
            file = file.merge(Toml::file_exact(&path));
        }
        // Once without the environment, so that an error is laid at the right door.
        let explained = |error: figment::Error, place: &str| wrong_input(explain(&error, place, &error.path.join(".")));
        file.extract::<Self>().map_err(|error| explained(error, &path.display().to_string()))?;
        let both = file.merge(Env::prefixed(PREFIX).filter(is_setting).split("__"));
        let settings: Self = both.extract().map_err(|error| explained(error, "the environment (CALLMART_…)"))?;
        settings.check().map_err(|(key, why)| wrong_input(format!("{}: `{key}` {why}", path.display())))?;
        Ok(settings)
    }

    /// Checks what a topology says of a data folder. The error is a key and what is wrong with it.
    pub(crate) fn of_topology(settings: &Dict) -> Result<Self, String> {
        let read = Figment::from(Serialized::defaults(settings)).extract();
        let settings: Self = read.map_err(|error: figment::Error| said(&error, &error.path.join(".")))?;
        if !settings.sources.is_empty() {
            return Err("`source` follows from the collectors: name what is expected in `expected_sources`".to_owned());
        }
        settings.check().map_err(|(key, why)| format!("`{key}` {why}"))?;
        Ok(settings)
    }

    /// Which keys of user data go where. The error is what is wrong.
    pub(crate) fn mapping(&self) -> Result<Arc<Mapping>, String> {
        let entry = |told: &UserData| {
            let UserData { key, table, column, rule, default } = told.clone();
            let unknown = || format!("`{key}` has the rule `{rule}`, and there are {}", Rule::codes().join(", "));
            let rule = Rule::of_code(&rule).ok_or_else(unknown)?;
            Ok(MappedKey { key, table, column, rule, default })
        };
        let entries: Vec<MappedKey> = self.user_data.iter().map(entry).collect::<Result<_, String>>()?;
        Mapping::with(&entries).map_err(|error| error.to_string())
    }

    /// What types alone do not say. The error is a key and what is wrong with it.
    fn check(&self) -> Result<(), (String, String)> {
        for zone in &self.zones {
            if callmart_schema::calendar::zone(zone).is_none() {
                return Err(("zones".into(), format!("holds `{zone}`, which is no time zone")));
            }
        }
        if self.match_tolerance_ms > MAX_MATCH_TOLERANCE_MS {
            return Err(("match_tolerance_ms".into(), format!("may be {MAX_MATCH_TOLERANCE_MS} at most")));
        }
        if self.introduced_transfer_threshold_s > MAX_INTRODUCED_TRANSFER_S {
            let key = "introduced_transfer_threshold_s".into();
            return Err((key, format!("may be {MAX_INTRODUCED_TRANSFER_S} at most")));
        }
        if self.close_unheard_after_s > MAX_CLOSE_UNHEARD_S {
            return Err(("close_unheard_after_s".into(), format!("may be {MAX_CLOSE_UNHEARD_S} at most")));
        }
        if self.user_event_data_timeout_s > MAX_USER_EVENT_DATA_TIMEOUT_S {
            let key = "user_event_data_timeout_s".into();
            return Err((key, format!("may be {MAX_USER_EVENT_DATA_TIMEOUT_S} at most")));
        }
        if self.user_data_version != USER_DATA_VERSION {
            let why = format!("is {}, and this program reads {USER_DATA_VERSION}", self.user_data_version);
            return Err(("user_data_version".into(), why));
        }
        self.mapping().map_err(|why| ("user_data".to_owned(), format!("cannot be so: {why}")))?;
        if self.serve.token_hash.as_deref().is_some_and(|text| hash_bytes(text).is_none()) {
            return Err((
                "serve.token_hash".into(),
                "must be 64 hexadecimal digits, the BLAKE3 hash of a token".into(),
            ));
        }
        if u64::from(self.serve.max_rows) > MAX_ROWS {
            return Err(("serve.max_rows".into(), format!("may be {MAX_ROWS} at most")));
        }
        let positive = [
            ("serve.default_rows", self.serve.default_rows.into()),
            ("serve.max_rows", self.serve.max_rows.into()),
            ("serve.max_queries", self.serve.max_queries.into()),
            ("serve.query_timeout_ms", self.serve.query_timeout_ms),
            ("serve.max_connections", self.serve.max_connections.into()),
            ("load.postgres_every_ms", self.load.postgres_every_ms),
            ("load.parquet_every_ms", self.load.parquet_every_ms),
            ("load.memory_mb", self.load.memory_mb),
        ];
        if let Some((key, _)) = positive.iter().find(|(_, value)| *value == 0) {
            return Err(((*key).into(), "must be more than 0".into()));
        }
        let mut names = BTreeMap::new();
        match self.sources.iter().find(|source| names.insert(&source.name, ()).is_some()) {
            Some(twice) => Err(("source".into(), format!("names {} twice", twice.name))),
            None => Ok(()),
        }
    }
}

fn is_setting(key: &figment::value::UncasedStr) -> bool {
    let key = key.as_str().to_ascii_lowercase();
    !NOT_SETTINGS.iter().any(|not| key == *not || (not.ends_with('_') && key.starts_with(not)))
}

/// Where, which key, and what is wrong with it. `inside` is the way to the key.
pub(crate) fn explain(error: &figment::Error, place: &str, inside: &str) -> String {
    format!("{place}: {}", said(error, inside))
}

fn said(error: &figment::Error, inside: &str) -> String {
    if let figment::error::Kind::UnknownField(key, known) = &error.kind {
        let key = if inside.is_empty() { key } else { inside };
        return format!("`{key}` is no setting; known here are {}", known.join(", "));
    }
    if inside.is_empty() { error.kind.to_string() } else { format!("`{inside}`: {}", error.kind) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<Settings> {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join(SETTINGS_FILE), text).expect("a file");
        Settings::load(folder.path(), &Dict::new())
    }

    fn refusal(text: &str) -> String {
        let error = load(text).expect_err("a refusal");
        assert_eq!(crate::failure::code(&error), 2);
        let said = error.to_string();
        assert!(said.contains(SETTINGS_FILE), "{said}");
        said
    }

    #[test]
    fn without_a_file_everything_has_its_default() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(Settings::load(folder.path(), &Dict::new()).expect("settings"), Settings::default());
        assert_eq!(Settings::default().match_tolerance_ms, 1_000);
        assert!(load("[gidb]\ntables = true\n").expect("settings").gidb.tables && !Settings::default().gidb.tables);
    }

    #[test]
    fn a_file_sets_what_it_names_and_leaves_the_rest() {
        let settings = load(
            "zones = ['Asia/Jerusalem']\n[thresholds]\nservice_level_s = 30\n\
             [[source]]\nname = 'ip1'\nswitch = 'SW'\nrole = 'i-proxy'\n",
        )
        .expect("settings");
        assert_eq!((settings.thresholds.service_level_s, settings.thresholds.abandoned_short_s), (30, 5));
        assert_eq!((settings.sources.len(), settings.sources[0].role), (1, Role::IProxy));
    }

    #[test]
    fn an_unknown_key_is_refused_with_file_and_key() {
        assert!(refusal("match_tolerance = 5").contains("`match_tolerance`"));
        let said = refusal("[thresholds]\nservice = 5");
        assert!(said.contains("`thresholds.service`") && said.contains("service_level_s"), "{said}");
    }

    #[test]
    fn a_value_that_makes_no_sense_is_refused_with_its_key() {
        assert!(refusal("zones = ['Mars/Olympus']").contains("`zones`"));
        assert!(refusal("match_tolerance_ms = 3600000").contains("60000"));
        assert!(refusal("introduced_transfer_threshold_s = 3601").contains("3600"));
        assert!(refusal("close_unheard_after_s = 31622401").contains("31622400"));
        assert!(refusal("match_tolerance_ms = 'long'").contains("match_tolerance_ms"));
        assert!(refusal("[load]\nparquet_every_ms = 0").contains("`load.parquet_every_ms`"));
        assert!(refusal("[serve]\nmax_rows = 1000001").contains("`serve.max_rows`"));
        assert!(refusal("[serve]\nmax_queries = 0").contains("`serve.max_queries`"));
        assert!(refusal("[serve]\ntoken_hash = 'secret'").contains("`serve.token_hash`"));
        assert!(refusal("[serve]\nlisten = 'here'").contains("`serve.listen`"));
        let source = "[[source]]\nname = 'a'\nswitch = 's'\nrole = 'vq'\n";
        assert!(refusal(&source.repeat(2)).contains("names a twice"));
    }

    #[test]
    fn user_data_goes_where_the_file_says_and_what_cannot_be_is_refused_with_its_names() {
        let table = "table = 'irf_user_data_cust_1'";
        let shop = format!("[[user_data]]\nkey = 'Shop'\n{table}\ncolumn = 'custom_data_1'\n");
        let settings =
            load(&format!("user_data_version = 1\n{shop}rule = 'PARTY'\ndefault = '-'\n")).expect("settings");
        let rows = settings.mapping().expect("a mapping").rows();
        let row = rows.iter().find(|row| row.ud_key_name == "Shop").expect("an entry");
        assert_eq!((&*row.propagation_rule, row.default_value.as_deref()), ("PARTY", Some("-")));
        assert_eq!(load(&shop).expect("settings").user_data[0].rule, "CALL");
        let said = refusal(&shop.repeat(2));
        assert!(said.contains("`user_data`") && said.contains("custom_data_1"), "{said}");
        assert!(refusal(&shop.replace("cust_1", "cust_7")).contains("irf_user_data_cust_7"));
        assert!(refusal(&shop.replace("data_1'\n", "data_17'\n")).contains("custom_data_17"));
        let said = refusal(&format!("{shop}rule = 'LATEST'\n"));
        assert!(said.contains("`LATEST`") && said.contains("IRF_FIRST_UPDATE"), "{said}");
        assert!(refusal(&shop.replace("key = 'Shop'\n", "")).contains("key"));
        assert!(refusal("user_data_version = 2").contains("this program reads 1"));
        assert!(refusal("user_event_data_timeout_s = 86401").contains("86400"));
    }

    #[test]
    fn what_only_the_tests_read_is_no_setting() {
        for (name, is) in
            [("bank_calls", false), ("LOG", false), ("test_python", false), ("zones", true), ("logs", true)]
        {
            assert_eq!(is_setting(name.into()), is, "{name}");
        }
    }
}
