//! Coverage: which stretch of which source is known to be complete, and up to where it was heard.
//!
//! A function of the session records in logs and archive. Does not know why anybody asks.

use std::collections::BTreeMap;

use buffa::Message as _;
use callmart_schema::catalogue::CtlCoverage;
use callmart_schema::session::{Batch, Covers, Heartbeat, Stop, Welcome};

use crate::ranges::Ranges;
use crate::settings::{ExpectedSource, T_CONTROLLER};
use crate::stored::Stored;

/// Kinds of session records, without their prefix.
pub const CONNECT: &str = "connect";
/// A batch without its events: its offsets and what it covers.
pub const BATCH: &str = "batch";
/// A heartbeat.
pub const HEARTBEAT: &str = "heartbeat";
/// An orderly stop.
pub const STOP: &str = "stop";

/// What is known of one source.
#[derive(Debug, Default, Clone)]
struct SourceCoverage {
    switch: String,
    role: String,
    /// Covered numbers by epoch.
    seqs: BTreeMap<(i64, String), Ranges>,
    /// Complete stretches of source time, in microseconds.
    stretches: Ranges,
    heard_until_us: i64,
    stopped: bool,
    events: i64,
    tells_of_agents: bool,
}

/// What is known of every source.
#[derive(Debug, Default, Clone)]
pub struct Coverage {
    sources: BTreeMap<String, SourceCoverage>,
}

/// A stretch of time, in microseconds, on a switch whose coverage changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStretch {
    /// The switch.
    pub switch: String,
    /// Start of the stretch.
    pub from_us: i64,
    /// End of the stretch (exclusive).
    pub to_us: i64,
}

impl Coverage {
    /// Nothing is covered yet; the expected sources are known by name.
    #[must_use]
    pub fn of_expected(expected: &[ExpectedSource]) -> Self {
        let known = |e: &ExpectedSource| SourceCoverage {
            switch: e.switch.clone(),
            role: e.role.clone(),
            tells_of_agents: e.role == T_CONTROLLER,
            ..SourceCoverage::default()
        };
        Self { sources: expected.iter().map(|e| (e.name.clone(), known(e))).collect() }
    }

    /// Counts an event of a source, and learns from it what the source tells of. A source that turns out to tell of a
    /// switch's agents changes what is known of all time there.
    pub fn saw_event(&mut self, event: &Stored) -> Option<NewStretch> {
        let source = self.sources.entry(event.identity.source.to_string()).or_default();
        source.events += 1;
        if source.switch.is_empty() {
            source.switch = event.switch.to_string();
        }
        source.heard_until_us = source.heard_until_us.max(event.time_us);
        let is_owner = event.kind.starts_with("agent_");
        let appeared = is_owner && !source.tells_of_agents;
        source.tells_of_agents |= is_owner;
        appeared.then(|| NewStretch { switch: source.switch.clone(), from_us: i64::MIN, to_us: i64::MAX })
    }

    /// Takes in a session record; gives the stretches of time that it completes: all of them when `again` says that the
    /// record is known and its effects are asked for, else those that are new.
    pub fn saw_session(&mut self, record: &Stored, again: bool) -> Vec<NewStretch> {
        let source = self.sources.entry(record.identity.source.to_string()).or_default();
        match record.kind.strip_prefix(crate::stored::SESSION_KIND) {
            Some(CONNECT) => {
                if let Ok(welcome) = Welcome::decode_from_slice(&record.bytes) {
                    return source.connect(&welcome).into_iter().collect();
                }
            }
            Some(BATCH) => {
                if let Ok(batch) = Batch::decode_from_slice(&record.bytes) {
                    return batch.covers.iter().filter_map(|c| source.cover(c, again)).collect();
                }
            }
            Some(HEARTBEAT) => {
                if let Ok(beat) = Heartbeat::decode_from_slice(&record.bytes) {
                    source.heard_until_us = source.heard_until_us.max(beat.time_us);
                }
            }
            Some(STOP) => {
                if let Ok(stop) = Stop::decode_from_slice(&record.bytes) {
                    source.heard_until_us = source.heard_until_us.max(stop.time_us);
                    source.stopped = true;
                }
            }
            _ => {}
        }
        Vec::new()
    }

    /// Whether every source that tells of the switch's agents was complete at the moment. Without any such source, or with
    /// one never heard, the agent side is not known.
    #[must_use]
    pub fn agents_covered(&self, switch: &str, at_us: i64) -> bool {
        let mut owners = self.sources.values().filter(|s| s.tells_of_agents && s.switch == switch).peekable();
        owners.peek().is_some() && owners.all(|s| s.stretches.holds(at_us))
    }

    /// The rows of `ctl_coverage`.
    #[must_use]
    pub fn rows(&self) -> Vec<CtlCoverage> {
        self.sources.iter().flat_map(|(name, source)| source.rows(name)).collect()
    }
}

impl SourceCoverage {
    /// A source that was heard as a T-Controller tells of its switch's agents, even while it is silent.
    fn connect(&mut self, welcome: &Welcome) -> Option<NewStretch> {
        self.switch.clone_from(&welcome.switch);
        self.role.clone_from(&welcome.role);
        self.stopped = false;
        let is_owner = welcome.role == T_CONTROLLER;
        let appeared = is_owner && !self.tells_of_agents;
        self.tells_of_agents |= is_owner;
        appeared.then(|| NewStretch { switch: self.switch.clone(), from_us: i64::MIN, to_us: i64::MAX })
    }

    fn cover(&mut self, covers: &Covers, again: bool) -> Option<NewStretch> {
        let epoch = (covers.epoch_started_us, covers.epoch_process.clone());
        // A range (from, to] of events is [from + 1, to + 1) here.
        let (from, to) = (covers.from_seq.saturating_add(1), covers.to_seq.saturating_add(1));
        self.seqs
            .entry(epoch)
            .or_default()
            .add(i64::try_from(from).unwrap_or(i64::MAX), i64::try_from(to).unwrap_or(i64::MAX));
        let grew = self.stretches.add(covers.from_us, covers.to_us);
        if !grew && (!again || covers.from_us >= covers.to_us) {
            return None;
        }
        self.heard_until_us = self.heard_until_us.max(covers.to_us);
        Some(NewStretch { switch: self.switch.clone(), from_us: covers.from_us, to_us: covers.to_us })
    }

    fn rows(&self, name: &str) -> Vec<CtlCoverage> {
        let row = |from_ms: i64, to_ms: i64, state: &str| CtlCoverage {
            source: name.to_owned(),
            switch_name: self.switch.clone(),
            role: self.role.clone(),
            from_ms,
            to_ms,
            state: state.to_owned(),
            events: self.events,
            watermark_ms: self.heard_until_us.div_euclid(1_000),
            stopped_flag: i32::from(self.stopped),
        };
        let complete: Vec<_> =
            self.stretches.iter().map(|(f, t)| row(f.div_euclid(1_000), t.div_euclid(1_000), "complete")).collect();
        if complete.is_empty() {
            return vec![row(0, 0, if self.events == 0 { "never-heard" } else { "incomplete" })];
        }
        complete
    }
}
