//! `callmart log`: shows the collectors' logs.

use anyhow::Result;
use callmart_collector::log::{self, Finding, LogPosition, LogReader, RecordKind, SegmentReport, SegmentState};
use callmart_schema::event;
use clap::{Args, Subcommand};

use super::Shared;
use crate::failure::Ending;
use crate::output::{answer, note};
use crate::session::Session;

/// Arguments of `log`.
#[derive(Debug, Args)]
pub(super) struct Log {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum What {
    /// List the segments
    Ls,
    /// Print the events as JSON lines
    Cat,
    /// Look for damage; exit code 1 when there is any
    Verify,
}

impl Log {
    pub(super) fn run(self, shared: &Shared) -> Result<Ending> {
        let session = Session::reading(shared)?;
        match self.what {
            What::Ls => ls(&session),
            What::Cat => cat(&session),
            What::Verify => verify(&session),
        }
    }
}

/// One line per segment of every log.
fn ls(session: &Session) -> Result<Ending> {
    let mut text = String::new();
    for log in session.logs()? {
        for segment in log::list(&log.dir)? {
            let state = if segment.state == SegmentState::Sealed { "sealed" } else { "open" };
            text.push_str(&format!("{} {} {state} {} bytes\n", log.name, segment.path.display(), segment.len_bytes));
        }
    }
    answer(text.as_bytes())?;
    Ok(Ending::Done)
}

/// One JSON line per event, as they come. Bytes that are no event are shown as what extract will make of them: a reason.
fn cat(session: &Session) -> Result<Ending> {
    for log in session.logs()? {
        for record in LogReader::open(&log.dir)?.records(LogPosition::START) {
            let record = record?;
            if record.kind != RecordKind::Event {
                continue;
            }
            let line = event::decode(&record.bytes).and_then(|e| event::to_json(&e));
            match line {
                Ok(line) => answer(format!("{line}\n").as_bytes())?,
                Err(error) => note(format_args!("{} at {}: {error}", log.name, record.position)),
            }
        }
    }
    Ok(Ending::Done)
}

/// A segment and what was found in it, on one line.
fn describe(segment: &SegmentReport) -> String {
    let number = segment.number;
    match &segment.finding {
        Finding::Sound => format!("segment {number}: sound, {} bytes", segment.len_bytes),
        Finding::TornTail { offset, bytes } => {
            format!("segment {number}: torn tail of {bytes} bytes at offset {offset}")
        }
        Finding::Damaged { offset, what } => format!("segment {number}: DAMAGED at offset {offset}: {what}"),
        Finding::Missing => format!("segment {number}: MISSING"),
    }
}

/// Each log with what was found in it.
fn verify(session: &Session) -> Result<Ending> {
    let mut ending = Ending::Done;
    let mut text = String::new();
    for log in session.logs()? {
        let report = log::verify(&log.dir)?;
        for segment in &report.segments {
            text.push_str(&format!("{} {}\n", log.name, describe(segment)));
        }
        if !report.is_sound() {
            ending = Ending::DamageFound;
        }
    }
    answer(text.as_bytes())?;
    Ok(ending)
}
