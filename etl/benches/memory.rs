//! Measures the memory that loading takes: whether it grows with the calls that were loaded.
//!
//! `cargo bench -p callmart-etl --bench memory [-- HOURS [AGENTS [MEMORY_MB]]]`: two simulated hours of 2,000 agents unless asked
//! otherwise; 106 hours are a million calls (and 12 GB of logs). Node and collectors write logs first; a process of its own then
//! loads them into a Parquet mart, and its memory is looked at until the first half of the events is read, and until the end.
#![allow(clippy::print_stdout)]

#[path = "../../node/benches/measuring/mod.rs"]
mod measuring;
mod simulated;

use std::error::Error;
use std::fs::File;
use std::path::Path;
use std::time::Duration;

use callmart_etl::{DEFAULT_MEMORY_MB, Etl, EtlSettings, LoadSettings, LogToFollow, TransformSettings};
use measuring::{is_asked_for, number};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use simulated::Logs;
use tokio::sync::watch;

const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Word that has a process load what another one has simulated.
const LOAD: &str = "load";

/// Memory in use, in megabytes.
fn memory_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or_default() / 1_024
}

fn logs_of(dir: &Path) -> Result<Vec<LogToFollow>, std::io::Error> {
    let log = |entry: Result<std::fs::DirEntry, std::io::Error>| {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        Ok(LogToFollow { name, dir: entry.path(), durable: None })
    };
    std::fs::read_dir(dir.join("log"))?.map(log).collect()
}

/// Calls in the mart.
fn calls(dir: &Path) -> Result<i64, Box<dyn Error>> {
    let mut calls = 0;
    for day in std::fs::read_dir(dir.join("mart/interaction_fact"))? {
        for file in std::fs::read_dir(day?.path())? {
            let reader = SerializedFileReader::new(File::open(file?.path())?)?;
            calls += reader.metadata().file_metadata().num_rows();
        }
    }
    Ok(calls)
}

async fn load(dir: &Path, memory: u64) -> Result<(), Box<dyn Error>> {
    let (transform, load) = (TransformSettings::default(), LoadSettings::within_mb(memory));
    let mut etl = Etl::open(EtlSettings { data_dir: dir.to_owned(), transform, load }, None).await?;
    let progress = etl.progress();
    let (told, seen) = watch::channel(Vec::<(u64, u64)>::new());
    let watching = tokio::spawn(async move {
        loop {
            let now = (progress.borrow().events, memory_mb());
            told.send_modify(|seen| seen.push(now));
            tokio::time::sleep(LOOK_EVERY).await;
        }
    });
    let summary = etl.follow(logs_of(dir)?, watch::channel(true).1).await?;
    watching.abort();
    let seen = seen.borrow();
    let events = seen.iter().map(|(events, _)| *events).max().unwrap_or_default();
    let most = |until: u64| seen.iter().filter(|(at, _)| *at <= until).map(|(_, mb)| *mb).max().unwrap_or_default();
    let (half_mb, all_mb, calls) = (most(events / 2), most(events), calls(dir)?);
    println!("{calls} calls, {} events; memory setting {memory} MB", summary.new_events);
    println!("most memory until {} calls: {half_mb} MB; until {calls} calls: {all_mb} MB", calls / 2);
    println!("{:+.1} %", 100.0 * (all_mb as f64 / half_mb.max(1) as f64 - 1.0));
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if !is_asked_for() {
        return Ok(());
    }
    let memory = number(2, DEFAULT_MEMORY_MB as i64);
    if let Some(dir) = std::env::args().skip_while(|argument| argument != LOAD).nth(1) {
        return load(Path::new(&dir), u64::try_from(memory)?).await;
    }
    let (hours, agents) = (number(0, 2), number(1, 2_000));
    let folder = simulated::folder()?;
    Logs::of(folder.path(), hours, u32::try_from(agents)?).await?;
    println!("{hours} simulated hours of {agents} agents");
    let numbers = [hours, agents, memory].map(|number| number.to_string());
    let mut loading = std::process::Command::new(std::env::current_exe()?);
    loading.arg("--bench").args(numbers).arg(LOAD).arg(folder.path());
    let status = loading.status()?;
    if status.success() { Ok(()) } else { Err("loading failed".into()) }
}
