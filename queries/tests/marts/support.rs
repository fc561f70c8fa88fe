//! Marts written by hand: the same rows as Parquet files under a manifest, and as rows in PostgreSQL.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::Path;

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::{concat_batches, filter_record_batch};
use callmart_queries::engine::{Engine, ParquetSettings};
use callmart_schema::catalogue::statics::{self, AgentState, Outcome, ResourceRole, technical_descriptor_key};
use callmart_schema::catalogue::{
    CATALOGUE_VERSION, InteractionResourceFact, MediationSegmentFact, Resource, Row, SmResSessionFact, SmResStateFact,
    SmResStateReasonFact, TABLES, Table, TableKind, Tenant, Value, cells, date_time_key, table,
};
use callmart_schema::manifest::{FileEntry, FileList, MANIFEST_VERSION, Manifest};
use chrono::DateTime;
use parquet::arrow::ArrowWriter;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// Environment variable with the URL of a PostgreSQL for tests.
const POSTGRES_URL: &str = "CALLMART_TEST_POSTGRES";

/// The rows of a mart, by table.
#[derive(Debug, Default, Clone)]
pub(crate) struct Content(BTreeMap<&'static str, RecordBatch>);

/// The schema's steps, in the order of their numbers.
fn migrations() -> Vec<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    let mut files: Vec<_> = std::fs::read_dir(folder).expect("migrations").map(|e| e.expect("a file").path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read_to_string(file).expect("a migration")).collect()
}

impl Content {
    /// A mart with the rows that every mart has.
    pub(crate) fn with_statics() -> Self {
        let mut content = Self::default();
        content.add(&statics::technical_descriptors());
        content.add(&statics::interaction_types());
        content.add(&statics::media_types());
        content.add(&statics::interaction_resource_states());
        content.add(&statics::resource_states());
        content
    }

    pub(crate) fn add<R: Row>(&mut self, rows: &[R]) -> &mut Self {
        let table = R::table();
        let new = R::batch(rows);
        let batch = match self.0.remove(table.name) {
            Some(old) => concat_batches(&table.arrow_schema(), [&old, &new]).expect("rows of one table"),
            None => new,
        };
        self.0.insert(table.name, batch);
        self
    }

    /// Publishes the rows as state `number` of a Parquet mart, with at most `rows_per_file` rows in a file.
    pub(crate) fn publish(&self, dir: &Path, number: u64, rows_per_file: usize) {
        let mut lists = BTreeMap::new();
        for (name, batch) in &self.0 {
            let files = write_files(dir, table(name).expect("a table"), batch, rows_per_file);
            lists.insert((*name).to_owned(), write_lists(dir, name, number, files));
        }
        let (version, catalogue_version) = (MANIFEST_VERSION, CATALOGUE_VERSION);
        let (positions, known) = (BTreeMap::new(), None);
        let manifest = Manifest { version, catalogue_version, number, lists, positions, load_number: number, known };
        write_json(&dir.join(format!("manifest/{number:012}.json")), &manifest);
        fs::write(dir.join("manifest/current"), number.to_string()).expect("current");
    }

    /// A Parquet mart of one state.
    pub(crate) fn parquet(&self) -> (tempfile::TempDir, Engine) {
        let dir = tempfile::tempdir().expect("a folder");
        self.publish(dir.path(), 1, usize::MAX);
        let engine = parquet(dir.path());
        (dir, engine)
    }

    /// Fills a schema of its own on the test server; none without a server, which is said by name.
    pub(crate) async fn postgres(&self, test: &str) -> Option<Engine> {
        let Ok(url) = std::env::var(POSTGRES_URL) else {
            let mut to = std::io::stderr();
            let _ = writeln!(to, "{test}: without PostgreSQL, because {POSTGRES_URL} names no server");
            return None;
        };
        let sign = if url.contains('?') { '&' } else { '?' };
        // Another time zone than the engine's own, to see that the engine sets it.
        let own = format!("{url}{sign}options[search_path]={test}&options[TimeZone]=Asia/Kolkata");
        let mut connection = PgConnection::connect(&own).await.expect("a server");
        run(&mut connection, format!("DROP SCHEMA IF EXISTS {test} CASCADE; CREATE SCHEMA {test}")).await;
        for step in migrations() {
            run(&mut connection, step).await;
        }
        for table in TABLES.iter().filter(|t| t.kind == TableKind::Fact) {
            run(&mut connection, format!("CREATE TABLE {0}_all PARTITION OF {0} DEFAULT", table.name)).await;
        }
        for (name, batch) in self.0.iter().filter(|(name, _)| table(name).is_some_and(|t| t.in_postgres())) {
            let rows: Vec<String> = (0..batch.num_rows()).map(|row| literals(&cells(batch, row))).collect();
            if !rows.is_empty() {
                run(&mut connection, format!("INSERT INTO {name} VALUES {}", rows.join(", "))).await;
            }
        }
        Some(Engine::postgres(&own).await.expect("an engine"))
    }

    /// Both engines over the same rows; PostgreSQL only where there is one.
    pub(crate) async fn engines(&self, test: &str) -> (tempfile::TempDir, Vec<Engine>) {
        let (dir, parquet) = self.parquet();
        let engines = std::iter::once(parquet).chain(self.postgres(test).await).collect();
        (dir, engines)
    }
}

/// The engine over a data folder.
pub(crate) fn parquet(dir: &Path) -> Engine {
    Engine::parquet(dir, ParquetSettings { target_partitions: 2 })
}

async fn run(connection: &mut PgConnection, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.expect("a statement");
}

fn literals(row: &[Value]) -> String {
    let literal = |value: &Value| match value {
        Value::Null => "NULL".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Value::Bytes(bytes) => format!("'\\x{}'", bytes.iter().map(|b| format!("{b:02x}")).collect::<String>()),
    };
    format!("({})", row.iter().map(literal).collect::<Vec<_>>().join(", "))
}

fn write_files(dir: &Path, table: &Table, batch: &RecordBatch, rows_per_file: usize) -> Vec<FileEntry> {
    let folder = dir.join("files").join(table.name);
    fs::create_dir_all(&folder).expect("folders");
    let mut files = Vec::new();
    for (day, rows) in by_day(table, batch) {
        let mut at = 0;
        while at < rows.num_rows() {
            let part = rows.slice(at, rows_per_file.min(rows.num_rows() - at));
            files.push(write_file(&folder, &day, &part));
            at += part.num_rows();
        }
    }
    files
}

fn write_file(folder: &Path, day: &str, rows: &RecordBatch) -> FileEntry {
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, rows.schema(), None).expect("a writer");
    writer.write(rows).expect("rows");
    writer.close().expect("a file");
    let name = format!("{}.parquet", &blake3::hash(&bytes).to_hex()[..16]);
    fs::write(folder.join(&name), &bytes).expect("a file");
    FileEntry {
        day: day.to_owned(),
        part: String::new(),
        name,
        rows: rows.num_rows() as u64,
        bytes: bytes.len() as u64,
    }
}

fn by_day(table: &Table, batch: &RecordBatch) -> BTreeMap<String, RecordBatch> {
    let Some((column, per_day)) = table.day_column() else { return BTreeMap::from([(String::new(), batch.clone())]) };
    let at = table.position(column).expect("a column");
    let days: Vec<String> = (0..batch.num_rows())
        .map(|row| match &cells(batch, row)[at] {
            Value::Int(value) => day_text(value.div_euclid(per_day)),
            other => panic!("{other:?} is no time"),
        })
        .collect();
    let of_day = |day: &String| {
        let mask: BooleanArray = days.iter().map(|d| Some(d == day)).collect();
        (day.clone(), filter_record_batch(batch, &mask).expect("rows"))
    };
    let unique: BTreeSet<&String> = days.iter().collect();
    unique.into_iter().map(of_day).collect()
}

fn day_text(day: i64) -> String {
    DateTime::from_timestamp(day * 86_400, 0).expect("a day").format("%Y-%m-%d").to_string()
}

fn write_lists(dir: &Path, table: &str, number: u64, files: Vec<FileEntry>) -> BTreeMap<String, String> {
    let mut months: BTreeMap<String, Vec<FileEntry>> = BTreeMap::new();
    for file in files {
        months.entry(file.month().to_owned()).or_default().push(file);
    }
    let list = |(month, files): (String, Vec<FileEntry>)| {
        let name = format!("{table}-{month}-{number}");
        let list = FileList { version: MANIFEST_VERSION, table: table.to_owned(), files };
        write_json(&dir.join(format!("manifest/lists/{name}.json")), &list);
        (month, name)
    };
    months.into_iter().map(list).collect()
}

fn write_json<T: serde::Serialize>(path: &Path, value: &T) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
    fs::write(path, serde_json::to_vec(value).expect("json")).expect("a file");
}

/// Seconds since 1970-01-01 UTC of a time such as `2026-01-05T08:00:00Z`.
pub(crate) fn at(time: &str) -> i64 {
    time.parse::<DateTime<chrono::Utc>>().expect("a time").timestamp()
}

pub(crate) const SALES: i64 = 1;
pub(crate) const SUPPORT: i64 = 2;
pub(crate) const AGENT: i64 = 11;
pub(crate) const IVR: i64 = 12;
pub(crate) const ENDPOINT: i64 = 13;
pub(crate) const OTHER_AGENT: i64 = 14;
pub(crate) const TENANT: i64 = 70;

/// The queues, the agent, the IVR and the plain DN that the facts here refer to, and agents that not all refer to.
pub(crate) fn resources() -> Vec<Resource> {
    let row = |resource_key, name: &str, code: &str| Resource {
        resource_key,
        tenant_key: TENANT,
        resource_name: name.to_owned(),
        resource_type_code: code.to_owned(),
        employee_id: (code == "AGENT").then(|| name.to_owned()),
        ..Resource::default()
    };
    vec![
        row(SALES, "sales", "QUEUE"),
        row(SUPPORT, "support", "QUEUE"),
        row(AGENT, "4711", "AGENT"),
        row(IVR, "ivr", "IVRPORT"),
        row(ENDPOINT, "2001", "ENDPOINT"),
        row(OTHER_AGENT, "O'Hara % \\ Zoë", "AGENT"),
        row(99, "nobody", "AGENT"),
    ]
}

/// The tenant of all rows.
pub(crate) fn tenants() -> Vec<Tenant> {
    vec![Tenant { tenant_key: TENANT, tenant_name: "Environment".to_owned() }]
}

/// A passage through a queue that took `queue_s` seconds.
pub(crate) fn passage(id: i64, queue: i64, start_s: i64, queue_s: i64, outcome: Outcome) -> MediationSegmentFact {
    MediationSegmentFact {
        mediation_segment_id: id,
        tenant_key: TENANT,
        media_type_key: statics::MEDIA_VOICE,
        interaction_type_key: 3,
        resource_key: queue,
        technical_descriptor_key: technical_descriptor_key(ResourceRole::Received, outcome),
        interaction_id: id,
        target_ixn_resource_id: -2,
        target_ixn_resource_sdt_key: -2,
        mediation_guid: format!("q-{id}"),
        entry_ordinal: 1,
        start_ts: start_s,
        end_ts: start_s + queue_s,
        start_date_time_key: date_time_key(start_s),
        end_date_time_key: date_time_key(start_s + queue_s),
        start_ms: start_s * 1_000,
        end_ms: (start_s + queue_s) * 1_000,
        mediation_duration: queue_s as i32,
        ..MediationSegmentFact::default()
    }
}

/// A state of an agent that took `length_s` seconds, in the session with the agent's key.
pub(crate) fn state(id: i64, agent: i64, of: AgentState, start_s: i64, length_s: i64) -> SmResStateFact {
    SmResStateFact {
        sm_res_state_fact_key: id,
        tenant_key: TENANT,
        media_type_key: statics::MEDIA_VOICE,
        resource_key: agent,
        media_resource_key: ENDPOINT,
        resource_state_key: of as i64,
        sm_res_session_fact_key: agent,
        sm_res_session_fact_sdt_key: date_time_key(start_s),
        start_ts: start_s,
        end_ts: start_s + length_s,
        start_date_time_key: date_time_key(start_s),
        end_date_time_key: date_time_key(start_s + length_s),
        start_ms: start_s * 1_000,
        end_ms: (start_s + length_s) * 1_000,
        total_duration: length_s as i32,
        ..SmResStateFact::default()
    }
}

/// A reason for a state, which lasts from `from_s` to `to_s` after the state's start, in seconds.
pub(crate) fn reason(id: i64, of: &SmResStateFact, reason: i64, (from_s, to_s): (i64, i64)) -> SmResStateReasonFact {
    let (start_s, end_s) = (of.start_ts + from_s, of.start_ts + to_s);
    SmResStateReasonFact {
        sm_res_state_reason_fact_key: id,
        tenant_key: TENANT,
        resource_key: of.resource_key,
        resource_state_key: of.resource_state_key,
        resource_state_reason_key: reason,
        sm_res_state_fact_key: of.sm_res_state_fact_key,
        sm_res_state_fact_sdt_key: of.start_date_time_key,
        start_ts: start_s,
        end_ts: end_s,
        start_date_time_key: date_time_key(start_s),
        end_date_time_key: date_time_key(end_s),
        start_ms: start_s * 1_000,
        end_ms: end_s * 1_000,
        total_duration: (end_s - start_s) as i32,
        ..SmResStateReasonFact::default()
    }
}

/// A login session of an agent that took `length_s` seconds.
pub(crate) fn session(id: i64, agent: i64, start_s: i64, length_s: i64) -> SmResSessionFact {
    SmResSessionFact {
        sm_res_session_fact_key: id,
        tenant_key: TENANT,
        media_type_key: statics::MEDIA_VOICE,
        resource_key: agent,
        media_resource_key: ENDPOINT,
        session_guid: format!("s-{id}"),
        start_ts: start_s,
        end_ts: start_s + length_s,
        start_date_time_key: date_time_key(start_s),
        end_date_time_key: date_time_key(start_s + length_s),
        start_ms: start_s * 1_000,
        end_ms: (start_s + length_s) * 1_000,
        total_duration: length_s as i32,
        ..SmResSessionFact::default()
    }
}

/// The attempt that a passage was distributed to; the passage is made to point at it.
pub(crate) fn target(
    passage: &mut MediationSegmentFact,
    resource_key: i64,
    ring_s: i32,
    handled: i32,
) -> InteractionResourceFact {
    let id = passage.mediation_segment_id + 1_000;
    passage.target_ixn_resource_id = id;
    passage.target_ixn_resource_sdt_key = passage.start_date_time_key;
    InteractionResourceFact {
        interaction_resource_id: id,
        tenant_key: TENANT,
        media_type_key: statics::MEDIA_VOICE,
        interaction_type_key: 3,
        technical_descriptor_key: technical_descriptor_key(ResourceRole::RoutedTo, Outcome::Completed),
        resource_key,
        customer_ring_duration: ring_s,
        customer_handle_count: handled,
        start_ts: passage.start_ts,
        end_ts: passage.end_ts + 60,
        start_date_time_key: passage.start_date_time_key,
        end_date_time_key: date_time_key(passage.end_ts + 60),
        ..InteractionResourceFact::default()
    }
}
