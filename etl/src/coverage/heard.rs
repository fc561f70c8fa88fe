//! What each log heard of a source, by the pool and member that it was heard as.
//!
//! Pool and member of a session come from its connect record; older ones have none, and the log's name stands for the pool
//! then. Knows places of logs; not what is complete.

use std::collections::BTreeMap;

use callmart_schema::session::Covers;
use serde::{Deserialize, Serialize};

use super::complete::Pools;
use super::listener::{Listener, Term};
use super::pairs;

/// A place of a log: segment and offset.
pub(super) type LogPlace = (u64, u64);

/// Pool and member that a session was for; both empty where it does not say.
pub(super) type Label = (String, String);

/// What one log heard of one source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct HeardInLog {
    /// Places from which on sessions were for another pool or member.
    #[serde(with = "pairs")]
    labels: BTreeMap<LogPlace, Label>,
    /// By the label's place, the begin of the log where there is none: what was heard from there on.
    #[serde(with = "pairs")]
    runs: BTreeMap<LogPlace, Run>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Run {
    /// Place of the first record.
    first: LogPlace,
    /// By the members among whom ranges were shared out; none for the listener alone.
    #[serde(with = "pairs")]
    shared: BTreeMap<Vec<String>, Listener>,
}

impl HeardInLog {
    /// Takes in that a session begins; tells whether what was heard is another's by it.
    pub(super) fn connect(&mut self, place: LogPlace, label: Label) -> bool {
        let before = self.labels.range(..=place).next_back().map(|(_, label)| label);
        if before == Some(&label) {
            return false;
        }
        let next = self.labels.range(place..).next().filter(|(_, l)| **l == label).map(|(at, _)| *at);
        let is_behind = self.runs.range(..place).next_back().filter(|(_, run)| run.first >= place).map(|(at, _)| *at);
        for from in is_behind.into_iter().chain(next) {
            self.labels.remove(&from);
            if let Some(run) = self.runs.remove(&from) {
                self.runs.entry(place).or_insert_with(|| Run { first: run.first, ..Run::default() }).join(&run);
            }
        }
        self.labels.insert(place, label);
        true
    }

    /// Takes in what is complete by a record at a place of the log, here and in what all logs heard; tells whether anything
    /// is new.
    pub(super) fn cover(&mut self, log: &str, place: LogPlace, covers: &Covers, pools: &mut Pools) -> bool {
        let at = self.labels.range(..=place).next_back().map_or((0, 0), |(at, _)| *at);
        let members = sorted(&covers.members);
        listener_of(pools, log, self.label_at(at), &members).cover(covers);
        let run = self.runs.entry(at).or_insert_with(|| Run { first: place, ..Run::default() });
        run.first = run.first.min(place);
        run.shared.entry(members).or_default().cover(covers)
    }

    /// Adds what was heard to what all logs heard.
    pub(super) fn add_to(&self, log: &str, pools: &mut Pools) {
        for (at, run) in &self.runs {
            for (members, listener) in &run.shared {
                listener_of(pools, log, self.label_at(*at), members).join(listener);
            }
        }
    }

    fn label_at(&self, place: LogPlace) -> Label {
        self.labels.range(..=place).next_back().map(|(_, label)| label.clone()).unwrap_or_default()
    }
}

fn listener_of<'p>(pools: &'p mut Pools, log: &str, label: Label, members: &[String]) -> &'p mut Listener {
    let (pool, member) = label;
    let pool = if pool.is_empty() { log.to_owned() } else { pool };
    let members = if members.is_empty() { vec![member.clone()] } else { members.to_vec() };
    pools.entry((pool, members)).or_default().entry(member).or_default()
}

impl Run {
    fn join(&mut self, other: &Self) {
        self.first = self.first.min(other.first);
        for (members, listener) in &other.shared {
            self.shared.entry(members.clone()).or_default().join(listener);
        }
    }
}

fn sorted(members: &[String]) -> Vec<String> {
    let mut members = members.to_vec();
    members.sort_unstable();
    members.dedup();
    members
}

/// The epoch that a range lies in.
pub(super) fn term_of(covers: &Covers) -> Term {
    (covers.epoch_started_us, covers.epoch_process.clone())
}
