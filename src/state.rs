//! What commands remember in the data folder for later ones: the PostgreSQL choice, the zone of each file source,
//! the simulated contact center, the installation.
//!
//! The user writes settings (`callmart.toml`), the program writes this. Nothing here changes a fact of what was loaded.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use chrono_tz::Tz;
use figment::value::Dict;
use serde::{Deserialize, Serialize};

use crate::failure::wrong_input;
use crate::settings::Source;

/// Version of the file's form; one that a newer program wrote is not read.
const STATE_VERSION: u32 = 1;

const STATE_FILE: &str = "state.json";

/// What is remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    version: u32,
    /// `auto` or a URL, as last given with `--postgres`. May hold a password, so the file is for its owner only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) postgres: Option<String>,
    /// Zone in which the clock fields of a file source were read, by source.
    #[serde(default)]
    zones: BTreeMap<String, String>,
    /// The simulated contact center that the folder holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) demo: Option<DemoWorld>,
    /// The installation whose ETL loads the folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) installation: Option<Installation>,
}

/// What a topology said of the data folder when its ETL last began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Installation {
    /// The file.
    pub(crate) topology: PathBuf,
    /// Name of the ETL in it.
    pub(crate) etl: String,
    /// Settings, which `callmart.toml` goes over.
    pub(crate) settings: Dict,
    /// Sources that are expected.
    pub(crate) expected: Vec<Source>,
    /// Logs that are read.
    pub(crate) logs: Vec<ReadLog>,
}

/// A log outside of the data folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReadLog {
    /// Its collector's name.
    pub(crate) name: String,
    /// Its folder.
    pub(crate) dir: PathBuf,
}

/// A simulated contact center: equal worlds have equal events.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct DemoWorld {
    /// Where its time begins, microseconds since 1970-01-01 UTC.
    pub(crate) start_us: i64,
    /// Number that all chance comes from.
    pub(crate) seed: u64,
    /// How many agents it has.
    pub(crate) agents: u32,
    /// How many incidents happen to DNs, their owners and links in an hour, on average.
    #[serde(default)]
    pub(crate) incidents_per_hour: f64,
}

impl Default for State {
    fn default() -> Self {
        Self { version: STATE_VERSION, postgres: None, zones: BTreeMap::new(), demo: None, installation: None }
    }
}

impl State {
    /// Reads what a data folder remembers; nothing, when it is new.
    pub(crate) fn load(data_dir: &Path) -> Result<Self> {
        let path = data_dir.join(STATE_FILE);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
        };
        let state: Self = serde_json::from_slice(&bytes).with_context(|| {
            format!("{} is damaged: mend it, or delete it and give --postgres again", path.display())
        })?;
        if state.version != STATE_VERSION {
            bail!("{} has version {}, and this program reads {STATE_VERSION}", path.display(), state.version);
        }
        Ok(state)
    }

    /// Writes it: the old content or the new one, whatever happens.
    pub(crate) fn save(&self, data_dir: &Path) -> Result<()> {
        let (path, new) = (data_dir.join(STATE_FILE), data_dir.join(format!("{STATE_FILE}.new")));
        let write = || -> std::io::Result<()> {
            let mut file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&new)?;
            file.write_all(&serde_json::to_vec_pretty(self)?)?;
            file.sync_all()?;
            std::fs::rename(&new, &path)?;
            File::open(data_dir)?.sync_all()
        };
        write().with_context(|| format!("{} cannot be written", path.display()))
    }

    /// The zones that were remembered.
    pub(crate) fn zones(&self) -> impl Iterator<Item = &str> {
        self.zones.values().map(String::as_str)
    }

    /// Remembers the zone of a file source, and refuses another one: the same row would become two different calls.
    pub(crate) fn remember_zone(&mut self, source: &str, zone: Tz) -> Result<()> {
        let known = self.zones.entry(source.to_owned()).or_insert_with(|| zone.name().to_owned());
        if known == zone.name() {
            return Ok(());
        }
        Err(wrong_input(format!(
            "`{source}` was imported in the zone {known} before, and {} would shift its calls: use --tz {known}, or \
             another --data",
            zone.name()
        )))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_is_remembered_comes_back_and_only_the_owner_may_read_it() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(State::load(folder.path()).expect("a state"), State::default());
        let mut state = State { postgres: Some("auto".into()), ..State::default() };
        state.remember_zone("bank", Tz::Asia__Jerusalem).expect("a first zone");
        state.save(folder.path()).expect("a save");
        assert_eq!(State::load(folder.path()).expect("a state"), state);
        let mode = folder.path().join(STATE_FILE).metadata().expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn another_zone_for_the_same_source_is_refused() {
        let mut state = State::default();
        state.remember_zone("bank", Tz::Asia__Jerusalem).expect("a first zone");
        state.remember_zone("bank", Tz::Asia__Jerusalem).expect("the same zone");
        let error = state.remember_zone("bank", Tz::UTC).expect_err("a refusal");
        assert_eq!(crate::failure::code(&error), 2);
        assert!(error.to_string().contains("Asia/Jerusalem"));
    }

    #[test]
    fn a_damaged_or_newer_file_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().expect("a folder");
        for text in ["{", "{\"version\": 2}"] {
            std::fs::write(folder.path().join(STATE_FILE), text).expect("a file");
            let error = format!("{:#}", State::load(folder.path()).expect_err("an error"));
            assert!(error.contains(STATE_FILE), "{error}");
        }
    }
}
