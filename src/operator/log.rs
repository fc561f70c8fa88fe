//! The control log: decisions as events, numbered one after the other, each durable before anybody is told so.
//!
//! Whoever writes holds the log alone for that moment, whatever else goes on in the data folder. Knows no decision.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use callmart_collector::log::{LogIdentity, LogPosition, LogReader, LogSettings, LogWriter, RecordDraft, RecordKind};
use callmart_schema::control::CONTROL;
use callmart_schema::event::{self, Control, Epoch, Event};

use crate::failure::wrong_input;
use crate::folder::DataFolder;

/// File in the log's folder that whoever writes holds; unlike the log's own lock it is waited for.
const TURN_FILE: &str = "turn.lock";
/// Process that the epochs of control logs name.
const PROCESS: &str = "operator";
/// Decisions that are made durable at once: together they fit into a group.
const AT_ONCE: usize = 16;

/// The control log of a data folder.
pub(super) struct ControlLog {
    dir: PathBuf,
}

impl ControlLog {
    pub(super) fn of(folder: &DataFolder) -> Self {
        Self { dir: folder.control_log() }
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Appends decisions made at `at_us` by the operator's clock, in microseconds since 1970-01-01 UTC. All are durable when
    /// this returns; after an error none, or the first ones.
    pub(super) fn append(&self, controls: Vec<Control>, at_us: i64) -> Result<()> {
        let _turn = self.wait_for_turn()?;
        let (mut writer, _) = LogWriter::open(&self.dir, &LogIdentity::new(CONTROL, at_us), LogSettings::default())?;
        let (epoch, last) = self.last()?.unwrap_or_else(|| (Epoch::new(at_us, PROCESS), 0));
        let mut drafts = Vec::with_capacity(controls.len());
        for (control, seq) in controls.into_iter().zip(last + 1..) {
            drafts.push(draft(control, &epoch, seq, at_us)?);
        }
        for group in drafts.chunks(AT_ONCE) {
            writer.append_group(group)?;
        }
        Ok(())
    }

    fn wait_for_turn(&self) -> Result<File> {
        let failed = || format!("the control log {} cannot be written", self.dir.display());
        std::fs::create_dir_all(&self.dir).with_context(failed)?;
        let turn = OpenOptions::new().create(true).append(true).open(self.dir.join(TURN_FILE)).with_context(failed)?;
        turn.lock().with_context(failed)?;
        Ok(turn)
    }

    /// Epoch and number of the last decision; none when there is none yet.
    fn last(&self) -> Result<Option<(Epoch, u64)>> {
        let mut last = None;
        for record in LogReader::open(&self.dir)?.records(LogPosition::START) {
            let record = record?;
            let event = if record.kind == RecordKind::Event { event::decode(&record.bytes).ok() } else { None };
            last = event.and_then(|e| Some((e.epoch.as_option()?.clone(), e.seq))).or(last);
        }
        Ok(last)
    }
}

fn draft(control: Control, epoch: &Epoch, seq: u64, at_us: i64) -> Result<RecordDraft> {
    let subject = control.subject.clone();
    let event = Event {
        source: CONTROL.to_owned(),
        epoch: epoch.clone().into(),
        seq,
        time_us: at_us,
        body: Some(control.into()),
        ..Event::default()
    };
    let bytes = event::canonical(&event);
    if let Err(error) = event::decode(&bytes) {
        return Err(wrong_input(format!("the decision about {subject} cannot be kept: {error}")));
    }
    Ok(RecordDraft { kind: RecordKind::Event, source: Arc::from(CONTROL), received_us: at_us, bytes: bytes.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(subject: &str) -> Control {
        Control { decision: "ignore-source".to_owned(), subject: subject.to_owned(), ..Control::default() }
    }

    fn told(log: &ControlLog) -> Vec<Event> {
        let records = LogReader::open(log.dir()).expect("a log").records(LogPosition::START).collect::<Vec<_>>();
        records.into_iter().map(|r| event::decode(&r.expect("a record").bytes).expect("an event")).collect()
    }

    #[test]
    fn decisions_of_many_at_once_are_numbered_one_after_the_other_in_one_epoch() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = DataFolder::created(folder.path()).expect("a data folder");
        std::thread::scope(|scope| {
            for at_us in 1..=8 {
                let log = ControlLog::of(&folder);
                scope.spawn(move || log.append(vec![of("a"), of("b")], at_us).expect("durable"));
            }
        });
        let events = told(&ControlLog::of(&folder));
        assert_eq!(events.iter().map(|e| e.seq).collect::<Vec<_>>(), (1..=16).collect::<Vec<_>>());
        let epochs: std::collections::BTreeSet<_> = events.iter().map(|e| e.epoch.as_option().cloned()).collect();
        assert_eq!(epochs.len(), 1);
        assert!(events.iter().all(|e| e.source == CONTROL));
    }

    #[test]
    fn a_decision_that_no_event_can_hold_is_refused_and_nothing_is_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let log = ControlLog::of(&DataFolder::created(folder.path()).expect("a data folder"));
        let large = Control { input: vec![0; event::MAX_EVENT_BYTES + 1], ..of("a") };
        let error = log.append(vec![of("b"), large], 1).expect_err("a refusal");
        assert_eq!(crate::failure::code(&error), 2);
        assert!(told(&log).is_empty());
    }
}
