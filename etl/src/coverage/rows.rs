//! Coverage as rows of `ctl_coverage`.

use callmart_schema::catalogue::CtlCoverage;

use super::SourceCoverage;
use super::complete::Hole;
use super::decided::{Ignored, outside};

/// End of a stretch that goes on until further notice, in milliseconds: the end of the year 9999.
const OPEN_END_MS: i64 = 253_402_300_799_000;

impl SourceCoverage {
    /// The rows of a source: its complete stretches, the holes between, and when it is ignored. What is lost of a source that is
    /// ignored there is not missed.
    pub(super) fn rows(&self, name: &str) -> Vec<CtlCoverage> {
        let template = self.template(name);
        let row =
            |from_ms, to_ms, state: &str| CtlCoverage { from_ms, to_ms, state: state.to_owned(), ..template.clone() };
        // Only whole milliseconds are told as complete, so that no two stretches start with the same one.
        let first_ms = |us: i64| us.div_euclid(1_000) + i64::from(us.rem_euclid(1_000) > 0);
        let whole = self.complete.time.iter().map(|(from, to)| (first_ms(from), to.div_euclid(1_000)));
        let mut rows: Vec<_> =
            whole.filter(|(from, to)| from < to).map(|(from, to)| row(from, to, "complete")).collect();
        let is_ignored = self.ignored.last().is_some_and(|last| last.to_us == i64::MAX);
        if rows.is_empty() && !is_ignored {
            rows.push(row(0, 0, if self.learned.events == 0 { "never-heard" } else { "incomplete" }));
        }
        rows.extend(self.ignored.iter().map(|ignored| ignored_row(ignored, &template)));
        rows.extend(self.lost().into_iter().map(|hole| CtlCoverage {
            from_epoch_ms: Some(hole.from.epoch_started_us.div_euclid(1_000)),
            from_seq: Some(hole.from.seq),
            to_epoch_ms: Some(hole.to.epoch_started_us.div_euclid(1_000)),
            to_seq: Some(hole.to.seq + 1),
            ..row(hole.from_us.div_euclid(1_000), first_ms(hole.to_us), "lost")
        }));
        rows
    }

    /// The holes; of those that begin in one millisecond one from the first to the last.
    fn lost(&self) -> Vec<Hole> {
        let mut lost: Vec<Hole> = Vec::new();
        let not_ignored = |hole: &Hole| {
            let parts = outside(&self.ignored, hole.from_us, hole.to_us);
            parts.into_iter().map(|(from_us, to_us)| Hole { from_us, to_us, ..hole.clone() }).collect::<Vec<_>>()
        };
        for hole in self.complete.holes.iter().flat_map(not_ignored) {
            match lost.iter_mut().find(|other| other.from_us.div_euclid(1_000) == hole.from_us.div_euclid(1_000)) {
                Some(other) => {
                    other.from = hole.from.clone().min(other.from.clone());
                    other.to = hole.to.clone().max(other.to.clone());
                    other.to_us = hole.to_us.max(other.to_us);
                }
                None => lost.push(hole),
            }
        }
        lost
    }

    fn template(&self, name: &str) -> CtlCoverage {
        let learned = &self.learned;
        let by_event = || learned.event_switch.as_ref().map(|switch| (switch.clone(), String::new()));
        let (switch_name, role) =
            learned.heard_as.clone().or_else(|| self.expected.clone()).or_else(by_event).unwrap_or_default();
        CtlCoverage {
            source: name.to_owned(),
            switch_name,
            role,
            events: learned.events,
            watermark_ms: learned.heard_until_us.div_euclid(1_000),
            stopped_flag: i32::from(learned.is_stopped()),
            epoch_ms: self.complete.newest_term().map(|(started_us, _)| started_us.div_euclid(1_000)),
            epoch_process: self.complete.newest_term().map(|(_, process)| process.clone()),
            ..CtlCoverage::default()
        }
    }
}

fn ignored_row(ignored: &Ignored, template: &CtlCoverage) -> CtlCoverage {
    CtlCoverage {
        from_ms: ignored.from_us.div_euclid(1_000),
        to_ms: if ignored.to_us == i64::MAX { OPEN_END_MS } else { ignored.to_us.div_euclid(1_000) },
        state: if ignored.is_retired { "retired" } else { "ignored" }.to_owned(),
        decided_by: Some(ignored.who.clone()),
        decided_ms: Some(ignored.at_us.div_euclid(1_000)),
        decided_why: Some(ignored.why.clone()),
        ..template.clone()
    }
}
