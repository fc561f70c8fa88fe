//! Measures how fast rows of the archive become facts in memory: events a second for each processor core, and which part of
//! it each stage takes.
//!
//! `cargo bench -p callmart-etl --bench archive_to_facts [-- HOURS [AGENTS]]`: a simulated day of 200 agents unless asked
//! otherwise, told by the node, heard by collectors, and written as the archive by the ETL, before anything is measured. Then
//! its Parquet files are read into batches, and all that follows is measured several times on one thread: rows become events
//! (`decode`), who was logged in and what was heard is learned (`learn`), sessions tell after-call work (`wraps`), units become
//! facts (`fold`). Beside it what is no part of it: reading the files (`read`), and making batches of the facts (`batches`).
#![allow(clippy::print_stdout)]

#[path = "../../node/benches/measuring/mod.rs"]
mod measuring;
mod simulated;

use std::collections::HashMap;
use std::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use callmart_etl::coverage::Coverage;
use callmart_etl::knowledge::Overruled;
use callmart_etl::snapshot::{Lost, Snapshots};
use callmart_etl::stored::{Stored, Texts};
use callmart_etl::timeline::Timelines;
use callmart_etl::transform::{Context, Rows, fold, wraps};
use callmart_etl::unit::UnitKind;
use callmart_etl::wraps::Wraps;
use callmart_etl::{Etl, EtlSettings, LoadSettings, TransformSettings};
use measuring::{is_asked_for, number, thread_s};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use simulated::Logs;
use tokio::sync::watch;

const ROUNDS: usize = 5;
/// Rows of a batch, as the ETL reads them.
const BATCH_ROWS: usize = 16_384;
const STAGES: [&str; 4] = ["decode", "learn", "wraps", "fold"];

/// Seconds of the processor that each stage took, and the facts.
type Measured = ([f64; STAGES.len()], usize, Rows);

fn archive_files(dir: &Path) -> Result<Vec<PathBuf>, std::io::Error> {
    let mut files = Vec::new();
    for day in std::fs::read_dir(dir.join("gidb/event"))? {
        for file in std::fs::read_dir(day?.path())? {
            files.push(file?.path());
        }
    }
    files.sort();
    Ok(files)
}

fn read(files: &[PathBuf]) -> Result<Vec<RecordBatch>, Box<dyn Error>> {
    let mut batches = Vec::new();
    for file in files {
        let reader =
            ParquetRecordBatchReaderBuilder::try_new(File::open(file)?)?.with_batch_size(BATCH_ROWS).build()?;
        for batch in reader {
            batches.push(batch?);
        }
    }
    Ok(batches)
}

/// The events by unit; records of sessions are the units of their sources.
fn decode(batches: &[RecordBatch]) -> (usize, HashMap<i64, Vec<Stored>>) {
    let (mut texts, mut units, mut events): (_, HashMap<i64, Vec<Stored>>, _) = (Texts::default(), HashMap::new(), 0);
    for batch in batches {
        let taken: Result<(), std::convert::Infallible> = Stored::each_archived(&mut texts, batch, &mut |_, event| {
            events += usize::from(!event.is_session());
            units.entry(event.unit_key).or_default().push(event);
            Ok(())
        });
        let Ok(()) = taken;
    }
    (events, units)
}

/// What is known beside the units.
#[derive(Default)]
struct Beside {
    timelines: Timelines,
    coverage: Coverage,
    snapshots: Snapshots,
    overruled: Overruled,
    wraps: Wraps,
    settings: TransformSettings,
}

impl Beside {
    fn learn(&mut self, units: &HashMap<i64, Vec<Stored>>) {
        for event in units.values().flatten() {
            if event.is_session() {
                self.coverage.saw_session(event);
            } else {
                self.coverage.saw_event(event);
            }
            self.snapshots.saw_event(event);
        }
        for event in units.values().flatten().filter(|event| event.is_login()) {
            let lost = Lost { coverage: &self.coverage, snapshots: &self.snapshots };
            self.timelines.saw_event(event, lost);
        }
    }

    fn context(&self) -> Context<'_> {
        Context {
            timelines: &self.timelines,
            coverage: &self.coverage,
            snapshots: &self.snapshots,
            overruled: &self.overruled,
            wraps: &self.wraps,
            settings: &self.settings,
        }
    }

    fn find_wraps(&mut self, units: &HashMap<i64, Vec<Stored>>) {
        for events in units.values() {
            let Some(first) = events.first().filter(|first| first.unit.kind() == UnitKind::Session) else { continue };
            let of_session = wraps(&first.unit, events, self.context());
            self.wraps.set(&Arc::from(first.unit.id()), of_session);
        }
    }

    fn fold(&self, units: &HashMap<i64, Vec<Stored>>) -> Rows {
        let mut rows = Rows::default();
        for events in units.values() {
            if let Some(first) = events.first().filter(|first| first.unit.has_rows()) {
                rows.extend(fold(&first.unit, events, self.context()));
            }
        }
        rows
    }
}

fn round(batches: &[RecordBatch]) -> Measured {
    let (mut taken_s, mut last_s) = ([0.0; STAGES.len()], thread_s());
    let mut lap = |stage: usize| {
        let now_s = thread_s();
        taken_s[stage] = now_s - last_s;
        last_s = now_s;
    };
    let mut beside = Beside::default();
    let (events, units) = decode(batches);
    lap(0);
    beside.learn(&units);
    lap(1);
    beside.find_wraps(&units);
    lap(2);
    let rows = beside.fold(&units);
    lap(3);
    (taken_s, events, rows)
}

fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let before_s = thread_s();
    let done = work();
    (thread_s() - before_s, done)
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_unstable_by(f64::total_cmp);
    seconds.get(seconds.len() / 2).copied().unwrap_or_default()
}

/// Has the archive of a simulated stretch made.
async fn archive(dir: &Path, hours: i64, agents: u32) -> Result<(), Box<dyn Error>> {
    let logs = Logs::of(dir, hours, agents).await?;
    let (transform, load) = (TransformSettings::default(), LoadSettings::default());
    let mut etl = Etl::open(EtlSettings { data_dir: dir.to_owned(), transform, load }, None).await?;
    etl.follow(logs.to_follow(), watch::channel(true).1).await?;
    Ok(())
}

fn measure(dir: &Path) -> Result<(), Box<dyn Error>> {
    let files = archive_files(dir)?;
    let (read_s, batches) = timed(|| read(&files));
    let batches = batches?;
    let rounds: Vec<Measured> = (0..ROUNDS).map(|_| round(&batches)).collect();
    let Some((_, events, rows)) = rounds.last() else { return Ok(()) };
    let (batches_s, facts) = timed(|| rows.fact_batches());
    let facts: usize = facts.iter().map(|(_, batch)| batch.num_rows()).sum();
    let all_s = median(rounds.iter().map(|(taken_s, ..)| taken_s.iter().sum()).collect());
    let rate = |seconds: f64| format!("{:9.0} events/s per core", *events as f64 / seconds);
    println!("{events} events, {facts} facts; medians of {ROUNDS} rounds on one thread");
    println!("rows to facts {all_s:6.2} s, {}", rate(all_s));
    for (place, stage) in STAGES.into_iter().enumerate() {
        let seconds = median(rounds.iter().map(|(taken_s, ..)| taken_s[place]).collect());
        println!("    {stage:9} {seconds:6.2} s, {:2.0} %", 100.0 * seconds / all_s);
    }
    println!("beside it: read {read_s:.2} s, {}; batches {batches_s:.2} s", rate(read_s).trim());
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if !is_asked_for() {
        return Ok(());
    }
    let (hours, agents) = (number(0, 24), u32::try_from(number(1, 200)).unwrap_or(u32::MAX));
    // With a folder that is there already, what an earlier run left in it is measured.
    let kept = std::env::var_os("CALLMART_BENCH_FOLDER").map(PathBuf::from);
    if let Some(dir) = &kept {
        if !dir.join("gidb").is_dir() {
            archive(dir, hours, agents).await?;
        }
        return measure(dir);
    }
    let folder = simulated::folder()?;
    archive(folder.path(), hours, agents).await?;
    println!("{hours} simulated hours of {agents} agents");
    measure(folder.path())
}
