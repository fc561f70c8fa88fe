//! A simulated world through the program, and what its marts hold then.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use callmart_etl::postgres_server::are_installed;
use callmart_node::cluster::losses::Losses;
use callmart_node::traffic::LedgerReport;
use callmart_schema::catalogue::statics::IxnType;
use tempfile::TempDir;

use crate::drawn::{Class, Drawn, World};
use crate::tables::{Row, by_unit, each, int, rows, text};

/// Tables whose rows belong to units: facts, and what goes on.
pub(crate) const FACTS: [&str; 11] = [
    "interaction_fact",
    "interaction_resource_fact",
    "mediation_segment_fact",
    "ixn_resource_state_fact",
    "sm_res_session_fact",
    "sm_res_state_fact",
    "sm_res_state_reason_fact",
    "irf_user_data_keys",
    "irf_user_data_gen_1",
    "open_interaction",
    "open_agent",
];

/// Tables of units that go on.
const GOING_ON: [&str; 2] = ["open_interaction", "open_agent"];
/// Types of outbound interactions.
const OUTBOUND: [i64; 2] = [IxnType::Outbound as i64, IxnType::OutboundContact as i64];

/// Who told of a unit, and when.
#[derive(Debug, Clone)]
pub(crate) struct About {
    pub(crate) name: String,
    pub(crate) sources: BTreeSet<String>,
    /// Whether a call or party of it was told of; user data alone, set after the end, make no call.
    pub(crate) is_call: bool,
    /// Ports that may have told of it though they did not, as far as its other sources can know.
    pub(crate) may_tell: BTreeSet<&'static str>,
    pub(crate) first_us: i64,
    pub(crate) last_us: i64,
    /// Whether it goes on behind the last that was told of it.
    pub(crate) goes_on: bool,
}

/// By table, rows by unit.
type Facts = BTreeMap<&'static str, BTreeMap<i64, Vec<Row>>>;

/// What a world came to.
pub(crate) struct Run {
    /// Lines of `callmart hash` if they are compared, without the archive's: identities of events differ with the terms in which they were told.
    pub(crate) hash: Option<Vec<String>>,
    /// The same of PostgreSQL, if it was loaded.
    pub(crate) postgres: Option<Vec<String>>,
    pub(crate) facts: Facts,
    pub(crate) coverage: Vec<Row>,
    pub(crate) rejects: Vec<Row>,
    /// Units by key, as the archive has them.
    pub(crate) units: BTreeMap<i64, About>,
    pub(crate) ledger: LedgerReport,
    pub(crate) losses: Losses,
}

impl Run {
    /// The world without faults.
    pub(crate) fn undisturbed(drawn: &Drawn) -> Self {
        Self::of(&drawn.world, None, (true, false))
    }

    /// The world with its faults.
    pub(crate) fn disturbed(drawn: &Drawn, with_postgres: bool) -> Self {
        let with_hash = drawn.class == Class::Harmless || with_postgres;
        Self::of(&drawn.world, Some(drawn.schedule.to_string()), (with_hash, with_postgres))
    }

    fn of(world: &World, schedule: Option<String>, (with_hash, with_postgres): (bool, bool)) -> Self {
        let folder = tempfile::Builder::new().prefix("cm-schedules-").tempdir().expect("a folder");
        // A private PostgreSQL under another account must be able to enter.
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).expect("permissions");
        let folder = Folder { with_postgres: with_postgres && are_installed(), folder };
        let [ledger, losses, faults] = ["ledger.json", "losses.json", "faults"].map(|name| folder.path(name));
        let number = |n: u64| n.to_string();
        let (hours, agents) = (number(u64::from(world.hours)), number(u64::from(world.agents)));
        let (seed, incidents) = (number(world.seed), number(u64::from(world.incidents_per_hour)));
        let mut arguments = vec!["demo", "--once", "--start", world.start(), "--hours", &hours, "--agents", &agents];
        arguments.extend(["--seed", &seed, "--incidents", &incidents, "--ledger", as_text(&ledger)]);
        arguments.extend(["--losses", as_text(&losses)]);
        if let Some(schedule) = schedule {
            std::fs::write(&faults, schedule).expect("a file");
            arguments.extend(["--faults", as_text(&faults)]);
        }
        folder.must(&arguments);
        let data = folder.path("data");
        let table = |name: &str| rows(&data.join("mart").join(name));
        let facts = FACTS.into_iter().map(|name| (name, by_unit(table(name)))).collect();
        let mut units = units(&data.join("gidb").join("event"));
        for (key, about) in &mut units {
            about.may_tell = may_tell(&facts, *key);
            about.goes_on = GOING_ON.iter().any(|table| facts[table].contains_key(key));
        }
        Self {
            hash: with_hash.then(|| folder.hash("parquet")),
            postgres: folder.with_postgres.then(|| folder.hash("postgres")),
            facts,
            coverage: table("ctl_coverage"),
            rejects: table("ctl_reject"),
            units,
            ledger: read(&ledger),
            losses: read(&losses),
        }
    }

    /// Root calls of a table's rows.
    pub(crate) fn calls(&self, table: &str) -> BTreeSet<String> {
        self.rows(table).map(|row| text(row, "media_server_root_ixn_guid").to_owned()).collect()
    }

    /// All rows of a table.
    pub(crate) fn rows(&self, table: &str) -> impl Iterator<Item = &Row> {
        self.facts.get(table).into_iter().flat_map(BTreeMap::values).flatten()
    }
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> T {
    serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("JSON")
}

fn as_text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

fn units(archive: &Path) -> BTreeMap<i64, About> {
    let mut units: BTreeMap<i64, About> = BTreeMap::new();
    each(archive, Some(&["unit", "unit_key", "source", "kind", "time_us"]), |event| {
        if text(&event, "kind").starts_with("session_") {
            return;
        }
        let at_us = int(&event, "time_us");
        let about = units.entry(int(&event, "unit_key")).or_insert_with(|| About {
            name: text(&event, "unit").to_owned(),
            sources: BTreeSet::new(),
            is_call: false,
            may_tell: BTreeSet::new(),
            first_us: at_us,
            last_us: at_us,
            goes_on: false,
        });
        about.sources.insert(text(&event, "source").to_owned());
        about.is_call |= ["call_", "party_"].iter().any(|of_calls| text(&event, "kind").starts_with(of_calls));
        (about.first_us, about.last_us) = (about.first_us.min(at_us), about.last_us.max(at_us));
    });
    units
}

/// Any outbound call may be an attempt of a campaign, which nothing but a record says; and what waits may be in a virtual queue, also
/// a customer of whom the routing point has yet to find out that it is a machine.
fn may_tell(facts: &Facts, unit: i64) -> BTreeSet<&'static str> {
    let has = |table, is_so: fn(&Row) -> bool| facts[table].get(&unit).is_some_and(|rows| rows.iter().any(is_so));
    let is_outbound = |row: &Row| OUTBOUND.contains(&int(row, "interaction_type_key"));
    let outbound = has("interaction_fact", is_outbound) || has("open_interaction", is_outbound);
    let waited = has("interaction_resource_fact", |row| int(row, "mediation_duration") > 0);
    let mut ports = BTreeSet::new();
    ports.extend(outbound.then_some("/OCSport"));
    ports.extend((waited && !has("mediation_segment_fact", |_| true)).then_some("/VQport"));
    ports
}

/// A folder in which the program works.
struct Folder {
    folder: TempDir,
    with_postgres: bool,
}

impl Folder {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn hash(&self, engine: &str) -> Vec<String> {
        let lines = self.must(&["hash", "--engine", engine]);
        lines.lines().filter(|line| !line.starts_with("gidb_event ")).map(str::to_owned).collect()
    }

    fn must(&self, arguments: &[&str]) -> String {
        let mut command = program();
        let postgres = if self.with_postgres { "auto" } else { "none" };
        command.arg("--data").arg(self.path("data")).args(["--postgres", postgres]).args(arguments);
        let output = command.output().expect("the program runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }
}

/// The program, without the settings of the environment.
fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callmart"));
    for (name, _) in std::env::vars_os() {
        if name == "DATABASE_URL" || name.as_encoded_bytes().starts_with(b"CALLMART_") {
            command.env_remove(name);
        }
    }
    command
}

/// What the program says of a schedule that it refuses.
pub(crate) fn refusal(schedule: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let faults = folder.path().join("faults");
    std::fs::write(&faults, schedule).expect("a file");
    let mut command = program();
    command.arg("--data").arg(folder.path().join("data")).args(["--postgres", "none", "demo", "--once"]);
    let output = command.args(["--hours", "1", "--agents", "5", "--faults"]).arg(&faults).output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    said
}
