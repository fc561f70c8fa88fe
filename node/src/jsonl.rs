//! Files of JSON lines as sources: each line an event, each source a stream in the order of its lines.
//!
//! A line that is no event is not lost: it is told by a source of its own, [`UNREADABLE_SOURCE`]. Does not know what an
//! event means beyond the kind of port it belongs to.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use callmart_schema::event::{self, Body, Epoch, Event, EventError, MAX_EVENT_BYTES};
use callmart_schema::session::Covers;

use crate::lines::{self, Line, ReadError};
use crate::playback::{Piece, Role, SourceSpec};
use crate::recorded::Recorded;
use crate::unreadable;

/// Name of the source that tells of lines that are no events.
pub const UNREADABLE_SOURCE: &str = "jsonl/unreadable";

/// Most events between two statements of what is complete.
pub const MAX_RUN_EVENTS: u64 = 500;

/// Most unreadable lines that the summary lists by file and line; the counts go on.
pub const MAX_LISTED: usize = 1_000;

/// A line that is no event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableAt {
    /// The file.
    pub file: PathBuf,
    /// The line in it, from 1.
    pub line: u64,
    /// A short fixed text for the kind of error.
    pub reason: &'static str,
    /// What is wrong.
    pub detail: String,
}

/// What was read, for people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Lines read, without blank ones.
    pub lines: u64,
    /// Different events.
    pub events: u64,
    /// Lines that repeated one before.
    pub repeated_lines: u64,
    /// Lines that are no events, by reason.
    pub unreadable: BTreeMap<&'static str, u64>,
    /// The first [`MAX_LISTED`] of them.
    pub unreadable_at: Vec<UnreadableAt>,
}

/// The sources of some files.
#[derive(Debug)]
pub struct JsonLines {
    /// In the order of their names.
    pub sources: Vec<SourceSpec>,
    /// What was read.
    pub summary: Summary,
}

/// Reads files of JSON lines, plain or gzip, one after another.
///
/// # Errors
/// [`ReadError`] when a file cannot be read to its end.
pub fn read<P: AsRef<Path>>(files: &[P]) -> Result<JsonLines, ReadError> {
    let mut reader = Reader::default();
    for file in files {
        let file = file.as_ref();
        lines::for_each_line(file, |line| reader.take(file, &line))?;
    }
    let Reader { sources, summary, .. } = reader;
    let sources = sources.into_iter().map(|(name, recording)| recording.finish(name)).collect();
    Ok(JsonLines { sources, summary })
}

#[derive(Default)]
struct Reader {
    sources: BTreeMap<String, Recording>,
    /// Hashes of all events so far; an event's bytes contain its source, epoch and number.
    seen: HashSet<blake3::Hash>,
    summary: Summary,
}

impl Reader {
    fn take(&mut self, file: &Path, line: &Line) {
        if line.is_blank() {
            return;
        }
        self.summary.lines += 1;
        let event = parse(line).unwrap_or_else(|error| {
            self.note(file, line.number, &error);
            unreadable_event(line, &error)
        });
        let bytes = event::canonical(&event);
        if !self.seen.insert(blake3::hash(&bytes)) {
            self.summary.repeated_lines += 1;
            return;
        }
        self.summary.events += u64::from(event.source != UNREADABLE_SOURCE);
        self.sources.entry(event.source.clone()).or_default().push(&event, bytes);
    }

    fn note(&mut self, file: &Path, line: u64, error: &EventError) {
        *self.summary.unreadable.entry(error.reason()).or_default() += 1;
        if self.summary.unreadable_at.len() < MAX_LISTED {
            let (reason, detail) = (error.reason(), error.to_string());
            self.summary.unreadable_at.push(UnreadableAt { file: file.to_owned(), line, reason, detail });
        }
    }
}

fn parse(line: &Line) -> Result<Event, EventError> {
    match usize::try_from(line.len_bytes) {
        Ok(len) if len <= MAX_EVENT_BYTES => event::from_json(&line.bytes),
        len => Err(EventError::TooLong(len.unwrap_or(usize::MAX))),
    }
}

fn unreadable_event(line: &Line, error: &EventError) -> Event {
    Event {
        source: UNREADABLE_SOURCE.to_owned(),
        epoch: unreadable::epoch().into(),
        seq: unreadable::seq(&line.hash()),
        body: Some(unreadable::body(error.reason(), &line.bytes, &error.to_string()).into()),
        ..Event::default()
    }
}

/// What one source has said so far.
#[derive(Default)]
struct Recording {
    pieces: Vec<Piece>,
    run: Option<Run>,
    hasher: blake3::Hasher,
    switch: String,
    tenant: String,
    role: Option<Role>,
    /// First and last time of its events, microseconds since 1970-01-01 UTC.
    times_us: Option<(i64, i64)>,
}

/// Events whose numbers follow one another.
struct Run {
    epoch: Epoch,
    from_seq: u64,
    to_seq: u64,
}

impl Recording {
    fn push(&mut self, event: &Event, bytes: Vec<u8>) {
        if self.switch.is_empty() && self.tenant.is_empty() {
            (self.switch, self.tenant) = (event.switch.clone(), event.tenant.clone());
        }
        let time_us = event.time_us;
        let (first, last) = self.times_us.unwrap_or((time_us, time_us));
        self.times_us = Some((first.min(time_us), last.max(time_us)));
        self.role = self.role.max_by_duty(event.body.as_ref().and_then(role));
        // A snapshot's number is that of an event before it.
        if !matches!(event.body, Some(Body::Snapshot(_))) {
            self.extend_run(event);
        }
        self.hasher.update(&(bytes.len() as u64).to_le_bytes());
        self.hasher.update(&bytes);
        self.pieces.push(Piece::of(event, bytes.into()));
    }

    /// Takes the event into the run, or ends the run before it.
    fn extend_run(&mut self, event: &Event) {
        let epoch = event.epoch.as_option().cloned().unwrap_or_default();
        if let Some(run) = &mut self.run
            && run.epoch == epoch
            && run.to_seq.checked_add(1) == Some(event.seq)
            && event.seq - run.from_seq <= MAX_RUN_EVENTS
        {
            run.to_seq = event.seq;
            return;
        }
        self.end_run();
        self.run = Some(Run { epoch, from_seq: event.seq.saturating_sub(1), to_seq: event.seq });
    }

    fn end_run(&mut self) -> Option<Epoch> {
        let Run { epoch, from_seq, to_seq } = self.run.take()?;
        self.pieces.push(Piece::Covers(Covers { from_seq, to_seq, ..of_epoch(&epoch) }));
        Some(epoch)
    }

    fn finish(mut self, name: String) -> SourceSpec {
        let last_epoch = self.end_run().unwrap_or_default();
        let (first_us, last_us) = self.times_us.unwrap_or_default();
        let end_us = last_us.saturating_add(1);
        // Lines that are no events happened at no time, and say nothing of any stretch of it.
        let (start_us, end_us) = if name == UNREADABLE_SOURCE { (0, 0) } else { (first_us, end_us) };
        if end_us > start_us {
            self.pieces.push(Piece::Covers(Covers { from_us: start_us, to_us: end_us, ..of_epoch(&last_epoch) }));
        }
        let stream = self.hasher.finalize().to_hex().to_string();
        SourceSpec {
            name,
            switch: self.switch,
            tenant: self.tenant,
            role: self.role.unwrap_or(Role::IProxy),
            any_role: true,
            process: String::new(),
            playback: Arc::new(Recorded::new(stream, self.pieces, start_us, end_us)),
        }
    }
}

fn of_epoch(epoch: &Epoch) -> Covers {
    Covers { epoch_started_us: epoch.started_us, epoch_process: epoch.process.clone(), ..Covers::default() }
}

trait MaxByDuty {
    /// The role that says more of a port whose events are of several.
    fn max_by_duty(self, other: Self) -> Self;
}

impl MaxByDuty for Option<Role> {
    fn max_by_duty(self, other: Self) -> Self {
        let duty = |role: &Option<Role>| match role {
            None | Some(Role::SmartProxy | Role::PlainClient) => 0,
            Some(Role::Outbound) => 1,
            Some(Role::Configuration) => 2,
            Some(Role::TController | Role::Switch) => 3,
            Some(Role::VirtualQueue) => 4,
            Some(Role::IProxy) => 5,
        };
        if duty(&other) > duty(&self) { other } else { self }
    }
}

/// The role of a port that says such things; none where any port may.
fn role(body: &Body) -> Option<Role> {
    match body {
        Body::CallCreated(_)
        | Body::CallDataChanged(_)
        | Body::CallDeleted(_)
        | Body::PartyAdded(_)
        | Body::PartyStateChanged(_)
        | Body::PartyMoved(_)
        | Body::PartyDeleted(_)
        | Body::RouteResult(_)
        | Body::TreatmentChanged(_) => Some(Role::IProxy),
        Body::VirtualQueueQueued(_) | Body::VirtualQueueEnded(_) => Some(Role::VirtualQueue),
        Body::DnServiceChanged(_)
        | Body::AgentLogin(_)
        | Body::AgentLogout(_)
        | Body::AgentReady(_)
        | Body::AgentNotReady(_)
        | Body::DoNotDisturbChanged(_)
        | Body::DnCall(_) => Some(Role::TController),
        Body::ConfigurationChanged(_) => Some(Role::Configuration),
        Body::OutboundRecord(_) => Some(Role::Outbound),
        // Data of a call are told by the node that it lives on, and by who owns a telephone in it.
        Body::UserDataChanged(_) | Body::UserEvent(_) => None,
        Body::Snapshot(_) | Body::Control(_) | Body::Unreadable(_) => None,
    }
}
