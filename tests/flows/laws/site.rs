//! A data folder in which collectors' logs are written and an ETL makes marts of them: at once, with stops and crashes in
//! between, or while the logs are being written.
//!
//! Knows logs, the ETL and its marts; not what was told, nor what should come out.

use std::future::Future;
use std::os::unix::fs::PermissionsExt;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use callmart_collector::log::{LogIdentity, LogPosition, LogSettings, LogWriter, RecordDraft};
use callmart_etl::postgres_server::PrivateServer;
use callmart_etl::{Etl, EtlSettings, LoadSettings, LogToFollow, Progress, TransformSettings};
use callmart_queries::engine::{Engine, ParquetSettings};
use callmart_queries::hash::{HashLine, hash_mart};
use sqlx::PgPool;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

use super::chance::Chance;
use super::mix::Mix;
use super::telling::{Log, Telling};

/// Longest wait until what was written is read; much longer than that takes.
const PATIENCE: Duration = Duration::from_secs(120);
/// The archive, whose rows are not in PostgreSQL.
const ARCHIVE: &str = "gidb_event";

/// What happens to an ETL after a piece of each log was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// There is none.
    Nothing,
    /// It loads what there is and stops.
    Loads,
    /// It breaks off after so many waits.
    BreaksOff(usize),
}

/// A data folder.
pub(crate) struct Site {
    // Goes before the folder that it works in.
    runtime: Runtime,
    server: Option<PrivateServer>,
    folder: TempDir,
    transform: TransformSettings,
    writers: Vec<LogWriter>,
    durable: Vec<watch::Sender<LogPosition>>,
}

impl Site {
    pub(crate) fn new(mix: &Mix, with_postgres: bool) -> Self {
        let runtime = runtime();
        let folder = tempfile::Builder::new().prefix("cm-mixes-").tempdir().expect("a folder");
        // A private PostgreSQL under another account must be able to enter.
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).expect("permissions");
        let server =
            with_postgres.then(|| runtime.block_on(PrivateServer::start(folder.path())).expect("a private PostgreSQL"));
        let transform = mix.settings.clone();
        Self { runtime, server, folder, transform, writers: Vec::new(), durable: Vec::new() }
    }

    /// Loads a telling in one go, with the usual settings.
    pub(crate) fn load_plainly(&mut self, telling: &Telling) {
        self.open_logs(telling, LogSettings::default());
        telling
            .logs
            .iter()
            .zip(&mut self.writers)
            .for_each(|(log, writer)| log.pieces.iter().for_each(|p| write(writer, p)));
        self.load(LoadSettings::default(), None);
    }

    /// Loads a telling in any way; says in which.
    pub(crate) fn load_somehow(&mut self, telling: &Telling, chance: &mut Chance) -> String {
        let segment_bytes = chance.one_of(&[2_000, 20_000, 64 << 20]);
        self.open_logs(telling, LogSettings { segment_bytes, ..LogSettings::default() });
        if chance.once_in(3) {
            let load = load_settings(chance);
            self.follow(telling, load.clone(), chance);
            return format!("segments of {segment_bytes} bytes, followed while written with {load:?}");
        }
        let mut how = format!("segments of {segment_bytes} bytes");
        for piece in 0..pieces(telling) {
            telling.logs.iter().zip(&mut self.writers).for_each(|(log, writer)| write_piece(writer, log, piece));
            let then = match chance.below(4) {
                0 => Then::Nothing,
                1 => Then::BreaksOff(chance.between(1, 12)),
                _ => Then::Loads,
            };
            let load = load_settings(chance);
            how += &format!("\n  piece {piece}: {then:?} with {load:?}");
            match then {
                Then::Nothing => {}
                Then::Loads => self.load(load, None),
                Then::BreaksOff(waits) => self.load(load, Some(waits)),
            }
        }
        self.load(load_settings(chance), None);
        how
    }

    fn open_logs(&mut self, telling: &Telling, settings: LogSettings) {
        for log in &telling.logs {
            let (dir, identity) = (self.folder.path().join("log").join(&log.name), LogIdentity::new(&log.name, 1));
            let (writer, _) = LogWriter::open(&dir, &identity, settings.clone()).expect("a log");
            self.durable.push(watch::channel(writer.durable_end()).0);
            self.writers.push(writer);
        }
    }

    fn logs(&self, is_live: bool) -> Vec<LogToFollow> {
        let log = |(writer, durable): (&LogWriter, &watch::Sender<LogPosition>)| {
            let dir = writer.dir().to_owned();
            let name = dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
            LogToFollow { name, dir, durable: is_live.then(|| durable.subscribe()) }
        };
        self.writers.iter().zip(&self.durable).map(log).collect()
    }

    fn settings(&self, load: LoadSettings) -> EtlSettings {
        EtlSettings { data_dir: self.folder.path().to_owned(), transform: self.transform.clone(), load }
    }

    async fn etl(&self, load: LoadSettings) -> Etl {
        let pool = match &self.server {
            Some(server) => Some(PgPool::connect(&server.url()).await.expect("PostgreSQL lets us in")),
            None => None,
        };
        Box::pin(Etl::open(self.settings(load), pool)).await.expect("an ETL")
    }

    /// Reads the logs to their ends and stops; or breaks off after so many waits. What it had begun to write then is written,
    /// and nobody takes it in.
    fn load(&self, load: LoadSettings, breaks_off_after: Option<usize>) {
        // One of its own: when it goes, everything that the ETL had begun is over.
        runtime().block_on(async {
            let mut etl = self.etl(load).await;
            let followed = etl.follow(self.logs(false), watch::channel(true).1);
            match breaks_off_after {
                None => drop(Box::pin(followed).await.expect("everything is loaded")),
                Some(waits) => break_off(Box::pin(followed), waits).await,
            }
        });
    }

    /// An ETL follows the logs while they are written: now and then, what was written is read before more is.
    fn follow(&mut self, telling: &Telling, load: LoadSettings, chance: &mut Chance) {
        let runtime = runtime();
        runtime.block_on(async {
            let mut etl = self.etl(load).await;
            let (mut read, logs, (stop, stopped)) = (etl.progress(), self.logs(true), watch::channel(false));
            let Self { writers, durable, .. } = self;
            let write_all = async {
                let mut written = 0;
                for records in groups(telling, chance) {
                    let (log, records) = records;
                    written += records.len() as u64;
                    durable[log].send_replace(writers[log].append_group(&records).expect("a group"));
                    if chance.once_in(3) {
                        until_read(&mut read, written).await;
                    }
                }
                stop.send_replace(true);
            };
            let ((), summary) = tokio::join!(write_all, Box::pin(etl.follow(logs, stopped)));
            summary.expect("everything is loaded");
        });
    }

    /// Throws the marts away and makes them again.
    pub(crate) fn rebuild(&self, from_logs: bool, load: LoadSettings) {
        runtime().block_on(async {
            let mut etl = self.etl(load).await;
            if from_logs {
                Box::pin(etl.rebuild_from_logs(self.logs(false))).await.expect("rebuilt from logs");
            } else {
                Box::pin(etl.rebuild_from_archive()).await.expect("rebuilt from the archive");
            }
        });
    }

    /// The engines of the marts that there are.
    pub(crate) fn engines(&self) -> Vec<Engine> {
        let parquet = Engine::parquet(self.folder.path(), ParquetSettings::default());
        let postgres = self.server.as_ref().map(|server| self.ask(Engine::postgres(&server.url())).expect("an engine"));
        [Some(parquet), postgres].into_iter().flatten().collect()
    }

    /// What `callmart hash` prints of the marts; of PostgreSQL what it has too.
    pub(crate) fn hashes(&self) -> Vec<Vec<String>> {
        let lines =
            |engine: &Engine| self.ask(hash_mart(engine)).expect("a hash").iter().map(HashLine::to_string).collect();
        self.engines().iter().map(lines).collect()
    }

    /// The answer to a question.
    pub(crate) fn ask<T>(&self, question: impl Future<Output = T>) -> T {
        self.runtime.block_on(question)
    }

    /// Stops the private PostgreSQL, if there is one.
    pub(crate) fn close(mut self) {
        if let Some(server) = self.server.take() {
            self.runtime.block_on(server.stop()).expect("a stop");
        }
    }
}

/// The lines that PostgreSQL has as well.
pub(crate) fn without_archive(hash: &[String]) -> Vec<&String> {
    hash.iter().filter(|line| !line.starts_with(ARCHIVE)).collect()
}

/// Limits and intervals of any kind; the marts are loaded without a pause.
pub(crate) fn load_settings(chance: &mut Chance) -> LoadSettings {
    let load = LoadSettings::within_mb(chance.one_of(&[1, 8, 512]));
    let calendar_zones = vec![chrono_tz::Europe::Berlin];
    if chance.once_in(3) {
        return LoadSettings { calendar_zones, ..load };
    }
    LoadSettings {
        calendar_zones,
        load_interval_ms: chance.one_of(&[0, 200]),
        publish_interval_ms: chance.one_of(&[0, 0, 3_000]),
        units_per_load: chance.one_of(&[5, 20, 1_000]),
        unarchived_events: chance.one_of(&[50, 200, 1_000]),
        cached_events: chance.one_of(&[0, 30, 1_000]),
        kept_facts: chance.one_of(&[0, 5, 1_000]),
        cells_at_once: chance.one_of(&[1, 1_000, 1_000_000]),
        open_days: chance.between(1, 2),
        ..load
    }
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

fn pieces(telling: &Telling) -> usize {
    telling.logs.iter().map(|log| log.pieces.len()).max().unwrap_or_default()
}

fn write_piece(writer: &mut LogWriter, log: &Log, piece: usize) {
    log.pieces.get(piece).into_iter().for_each(|records| write(writer, records));
}

fn write(writer: &mut LogWriter, records: &[RecordDraft]) {
    writer.append_group(records).expect("a group");
}

/// The records of all logs as they are written: some of one log, then some of another one.
fn groups(telling: &Telling, chance: &mut Chance) -> Vec<(usize, Vec<RecordDraft>)> {
    let mut left: Vec<Vec<RecordDraft>> = telling.logs.iter().map(|log| log.pieces.concat()).collect();
    let mut groups = Vec::new();
    while left.iter().any(|records| !records.is_empty()) {
        let log = chance.below(left.len());
        let count = chance.between(1, 150).min(left[log].len());
        groups.push((log, left[log].drain(..count).collect()));
    }
    groups
}

async fn until_read(read: &mut watch::Receiver<Progress>, written: u64) {
    let waited = tokio::time::timeout(PATIENCE, read.wait_for(|progress| progress.events >= written)).await;
    waited.expect("what was written is read at last").expect("the ETL goes on");
}

/// Lets work go on until it has waited so many times, or ends.
async fn break_off(work: impl Future, waits: usize) {
    let (mut work, mut waited) = (pin!(work), 0);
    std::future::poll_fn(|context| {
        let polled = work.as_mut().poll(context);
        waited += 1;
        if polled.is_ready() || waited >= waits { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
