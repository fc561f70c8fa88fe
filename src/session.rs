//! What a command works with: the data folder, its settings, what it remembers, and the PostgreSQL choice.
//!
//! Does none of the work itself.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result};
use callmart_etl::{
    EtlSettings, ExpectedSource, LoadSettings, LogToFollow, Mapping, TransformSettings, postgres_server,
};
use callmart_schema::calendar;
use figment::value::Dict;

use crate::cli::Shared;
use crate::failure::wrong_input;
use crate::folder::{DataFolder, WriterLock};
use crate::output;
use crate::pipeline;
use crate::postgres::{Choice, Postgres};
use crate::settings::{Settings, Source};
use crate::state::{Installation, State};

/// Environment variable with the URL of a PostgreSQL server, as many tools read it.
const DATABASE_URL: &str = "DATABASE_URL";

/// An opened data folder.
#[derive(Debug)]
pub(crate) struct Session {
    /// Where everything lies.
    pub(crate) folder: DataFolder,
    /// Checked settings.
    pub(crate) settings: Settings,
    /// What is remembered; save it after a change.
    pub(crate) state: State,
    choice: Choice,
    /// Held until the session is dropped.
    _lock: Option<WriterLock>,
}

impl Session {
    /// For commands that only read: the folder must be there.
    pub(crate) fn reading(shared: &Shared) -> Result<Self> {
        Self::open(DataFolder::existing(&shared.data)?, None, shared)
    }

    /// For commands that write: the folder is made, and locked until the session is dropped.
    pub(crate) fn writing(shared: &Shared, command: &str) -> Result<Self> {
        let folder = DataFolder::created(&shared.data)?;
        let lock = folder.lock(command)?;
        Self::open(folder, Some(lock), shared)
    }

    /// Like [`Self::writing`], in a folder that must be there.
    pub(crate) fn rewriting(shared: &Shared, command: &str) -> Result<Self> {
        DataFolder::existing(&shared.data)?;
        Self::writing(shared, command)
    }

    /// Like [`Self::writing`], for the ETL of an installation, which the folder remembers.
    pub(crate) fn installed(shared: &Shared, command: &str, installation: Installation) -> Result<Self> {
        let folder = DataFolder::created(&shared.data)?;
        let lock = folder.lock(command)?;
        let mut state = State::load(folder.path())?;
        if state.demo.is_some() {
            let sentence = "holds a demo, and another installation's calls would mix with its: name another `data_dir`";
            return Err(wrong_input(format!("{} {sentence}", folder.path().display())));
        }
        // As JSON: what was read from the two files also knows where it stood there.
        let content = |of: &Installation| serde_json::to_value((&of.settings, &of.expected)).ok();
        if state.installation.as_ref().is_some_and(|known| content(known) != content(&installation)) {
            output::note(
                "Settings or expected sources are others than before: `callmart rebuild --from gidb` makes what is loaded \
                 follow them too.",
            );
        }
        state.installation = Some(installation);
        state.save(folder.path())?;
        Self::open(folder, Some(lock), shared)
    }

    fn open(folder: DataFolder, lock: Option<WriterLock>, shared: &Shared) -> Result<Self> {
        if lock.is_some() {
            // Whoever follows logs follows this one from its first decision on.
            let dir = folder.control_log();
            std::fs::create_dir_all(&dir)
                .with_context(|| format!("the log folder {} cannot be made", dir.display()))?;
        }
        let mut state = State::load(folder.path())?;
        let nothing = Dict::new();
        let of_topology = state.installation.as_ref().map_or(&nothing, |installation| &installation.settings);
        let mut settings = Settings::load(folder.path(), of_topology)?;
        for expected in state.installation.iter().flat_map(|installation| &installation.expected) {
            if !settings.sources.iter().any(|source| source.name == expected.name) {
                settings.sources.push(expected.clone());
            }
        }
        let choice = choose(shared.postgres.as_ref(), &settings, &state)?;
        if let Some(given) = &shared.postgres {
            let known = (*given != Choice::None).then(|| given.as_text().to_owned());
            if state.postgres != known {
                state.postgres = known;
                state.save(folder.path())?;
            }
        }
        Ok(Self { folder, settings, state, choice, _lock: lock })
    }

    /// Every log that the marts are made of: those of this folder, and those that the installation's collectors write.
    pub(crate) fn logs(&self) -> Result<Vec<LogToFollow>> {
        let mut logs = pipeline::logs_in(&self.folder.logs())?;
        let elsewhere = self.state.installation.iter().flat_map(|installation| &installation.logs);
        logs.extend(elsewhere.map(|log| LogToFollow { name: log.name.clone(), dir: log.dir.clone(), durable: None }));
        Ok(logs)
    }

    /// What the ETL is told.
    pub(crate) fn etl_settings(&self) -> EtlSettings {
        let source = |s: &Source| ExpectedSource {
            name: s.name.clone(),
            switch: s.switch.clone(),
            role: s.role.as_str().to_owned(),
        };
        let zones = self.settings.zones.iter().map(String::as_str).chain(self.state.zones());
        let zones: BTreeSet<&str> = zones.collect();
        EtlSettings {
            data_dir: self.folder.path().to_owned(),
            transform: TransformSettings {
                expected_sources: self.settings.sources.iter().map(source).collect(),
                match_tolerance_ms: u32::try_from(self.settings.match_tolerance_ms).unwrap_or(u32::MAX),
                introduced_transfer_threshold_s: u32::try_from(self.settings.introduced_transfer_threshold_s)
                    .unwrap_or(u32::MAX),
                close_unheard_after_s: u32::try_from(self.settings.close_unheard_after_s).unwrap_or(u32::MAX),
                user_data: self.settings.mapping().unwrap_or_else(|_| Mapping::predefined()),
                user_event_data_timeout_s: u32::try_from(self.settings.user_event_data_timeout_s).unwrap_or(u32::MAX),
                user_data_of_mediation: self.settings.user_data_of_mediation,
                gidb_tables: self.settings.gidb.tables,
            },
            load: LoadSettings {
                calendar_zones: zones.into_iter().filter_map(calendar::zone).collect(),
                load_interval_ms: self.settings.load.postgres_every_ms,
                publish_interval_ms: self.settings.load.parquet_every_ms,
                ..LoadSettings::within_mb(self.settings.load.memory_mb)
            },
        }
    }

    /// The PostgreSQL mart's server, if there is to be one. Where there is none, that is said once, and all else works.
    pub(crate) async fn postgres_if_any(&self) -> Result<Option<Postgres>> {
        if self.choice == Choice::None {
            output::note("Without PostgreSQL: only the Parquet mart is made (--postgres auto makes both).");
            return Ok(None);
        }
        if self.choice == Choice::Auto && !postgres_server::are_installed() {
            output::note(
                "PostgreSQL is not installed: only the Parquet mart is made (Debian's package is `postgresql`).",
            );
            return Ok(None);
        }
        Postgres::open(&self.choice, self.folder.path()).await
    }

    /// The PostgreSQL mart's server where one was chosen, for commands that can do without.
    pub(crate) async fn postgres_if_known(&self) -> Result<Option<Postgres>> {
        Postgres::open(&self.choice, self.folder.path()).await
    }

    /// The PostgreSQL mart's server, for `--engine postgres`.
    pub(crate) async fn postgres(&self) -> Result<Postgres> {
        let server = Postgres::open(&self.choice, self.folder.path()).await?;
        let sentence = "no PostgreSQL is known here: give --postgres auto or --postgres URL, and load it with \
                        `callmart rebuild --from gidb`";
        server.ok_or_else(|| wrong_input(sentence))
    }
}

/// The flag, else the environment, else the settings, else what was remembered.
fn choose(flag: Option<&Choice>, settings: &Settings, state: &State) -> Result<Choice> {
    if let Some(choice) = flag {
        return Ok(choice.clone());
    }
    let environment = std::env::var(DATABASE_URL).ok().filter(|url| !url.is_empty());
    let sources = [
        (DATABASE_URL, environment.as_deref()),
        (crate::settings::SETTINGS_FILE, settings.postgres.as_deref()),
        ("what is remembered", state.postgres.as_deref()),
    ];
    match sources.iter().find_map(|(place, text)| text.map(|text| (place, text))) {
        Some((place, text)) => {
            text.parse().map_err(|why| wrong_input(format!("PostgreSQL as named by {place}: {why}")))
        }
        None => Ok(Choice::None),
    }
}

/// Wrong input when a file is not there to be read.
pub(crate) fn must_be_a_file(path: &Path) -> Result<()> {
    if path.is_file() {
        return Ok(());
    }
    let what = if path.is_dir() { "is a folder" } else { "is not there" };
    Err(wrong_input(format!("{} {what}: name the files to import", path.display())))
}
