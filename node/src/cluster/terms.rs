//! Which process of a node tells when, as a schedule of faults has it: the terms as primary, and the streams that they make.
//!
//! Known from the beginning, since nothing that happens in the world decides it. Does not know sources or events.

use super::faults::{Backlog, Fault, Schedule};
use crate::playback::Standing;

/// Processes of a node.
pub const PROCESSES: usize = 2;

/// A process's term as primary. Times are the world's, microseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// Which process, 0 or 1.
    pub process: usize,
    /// Number of the stream that it goes on with or begins; streams are numbered in the order of their begins.
    pub stream: usize,
    /// Its begin.
    pub from_us: i64,
    /// Its end, exclusive.
    pub to_us: i64,
    /// What happens in it from here on is lost; not before `from_us`, and `to_us` where nothing is.
    pub lost_from_us: i64,
}

impl Term {
    /// Whether it contains a moment.
    #[must_use]
    pub fn contains(&self, world_us: i64) -> bool {
        (self.from_us..self.to_us).contains(&world_us)
    }

    /// Its begin, its end, and from when on it is lost.
    pub(super) fn moments(&self) -> [i64; 3] {
        [self.from_us, self.to_us, self.lost_from_us]
    }
}

/// All terms of a node's processes, in the order of their begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    terms: Vec<Term>,
    /// By process, from when on it is down or there again.
    there: [Vec<(i64, bool)>; PROCESSES],
}

/// Where a plan is.
struct Planning {
    terms: Terms,
    is_up: [bool; PROCESSES],
    /// By process, the term that goes on.
    current: [Option<usize>; PROCESSES],
    streams: usize,
}

enum Act {
    Stop(usize, i64),
    StopAll(i64),
    Start(usize),
    StartAll,
    SwitchOver(Backlog),
    BothPrimary,
    OnePrimary,
}

impl Terms {
    /// The terms of a node in a world that begins at `start_us` (microseconds since 1970-01-01 UTC): its first process tells,
    /// until a fault changes it.
    #[must_use]
    pub fn of(node: &str, schedule: &Schedule, start_us: i64) -> Self {
        let mut acts: Vec<(i64, Act)> = Vec::new();
        for scheduled in schedule.iter() {
            let at_us = start_us.saturating_add(scheduled.after_us);
            acts.extend(acts_of(node, &scheduled.fault).map(|(after_us, act)| (at_us.saturating_add(after_us), act)));
        }
        acts.sort_by_key(|(at_us, _)| *at_us);
        let mut planning = Planning {
            terms: Self { terms: Vec::new(), there: [Vec::new(), Vec::new()] },
            is_up: [true; PROCESSES],
            current: [None; PROCESSES],
            streams: 0,
        };
        planning.begin(0, start_us, None);
        acts.into_iter().for_each(|(at_us, act)| planning.act(at_us, &act));
        planning.terms
    }

    /// The terms; there is at least one.
    #[must_use]
    pub fn all(&self) -> &[Term] {
        &self.terms
    }

    /// A term by its number.
    #[must_use]
    pub fn get(&self, term: usize) -> Option<&Term> {
        self.terms.get(term)
    }

    /// How many streams there are.
    #[must_use]
    pub fn streams(&self) -> usize {
        self.terms.iter().map(|term| term.stream + 1).max().unwrap_or(0)
    }

    /// Number of the term that a process is in at a moment of the world's, or else was in last.
    #[must_use]
    pub fn last_of(&self, process: usize, world_us: i64) -> Option<usize> {
        self.terms.iter().rposition(|term| term.process == process && term.from_us <= world_us)
    }

    /// How a process stands at a moment of the world's.
    #[must_use]
    pub fn standing(&self, process: usize, world_us: i64) -> Standing {
        let last = self.there.get(process).and_then(|there| there.iter().rfind(|(from_us, _)| *from_us <= world_us));
        let tells = self.terms.iter().any(|term| term.process == process && term.contains(world_us));
        match last {
            Some((_, false)) => Standing::Down,
            _ if tells => Standing::Primary,
            _ => Standing::Backup,
        }
    }

    /// When both processes are down or neither tells: begins and ends, none for what lasts to the end of time.
    #[must_use]
    pub fn dead(&self) -> Vec<(i64, Option<i64>)> {
        let mut dead = Vec::new();
        let mut told_to_us = None;
        for term in &self.terms {
            if let Some(from_us) = told_to_us.filter(|to_us| *to_us < term.from_us) {
                dead.push((from_us, Some(term.from_us)));
            }
            told_to_us = told_to_us.max(Some(term.to_us));
        }
        dead.extend(told_to_us.filter(|to_us| *to_us < i64::MAX).map(|to_us| (to_us, None)));
        dead
    }

    /// When a stream ends; the end of time for one that does not.
    #[must_use]
    pub fn end_of_stream(&self, stream: usize) -> i64 {
        let ends = self.terms.iter().filter(|term| term.stream == stream).map(|term| term.to_us);
        ends.max().unwrap_or(i64::MAX)
    }
}

/// Name of a node's process.
#[must_use]
pub fn process_name(node: &str, process: usize) -> String {
    let letter = if process == 0 { 'a' } else { 'b' };
    format!("{node}-{letter}")
}

/// What a fault does to a node, and how long after its moment.
fn acts_of(node: &str, fault: &Fault) -> impl Iterator<Item = (i64, Act)> {
    let process = |whom: &str| (0..PROCESSES).find(|process| process_name(node, *process) == whom);
    let acts = match fault {
        Fault::Stop { whom, losing_us } if whom == node => [Some((0, Act::StopAll(*losing_us))), None],
        Fault::Stop { whom, losing_us } => [process(whom).map(|process| (0, Act::Stop(process, *losing_us))), None],
        Fault::Start { whom } if whom == node => [Some((0, Act::StartAll)), None],
        Fault::Start { whom } => [process(whom).map(|process| (0, Act::Start(process))), None],
        Fault::SwitchOver { node: of, backlog } if of == node => [Some((0, Act::SwitchOver(*backlog))), None],
        Fault::BothPrimary { node: of, for_us } if of == node => {
            [Some((0, Act::BothPrimary)), Some((*for_us, Act::OnePrimary))]
        }
        _ => [None, None],
    };
    acts.into_iter().flatten()
}

impl Planning {
    fn act(&mut self, at_us: i64, act: &Act) {
        match act {
            Act::Stop(process, losing_us) => self.stop(*process, at_us, *losing_us),
            Act::StopAll(losing_us) => {
                // Nobody is to take over on the way.
                let tells = |process: &usize| self.current.get(*process).is_some_and(Option::is_some);
                let (first, last): (Vec<usize>, Vec<usize>) = (0..PROCESSES).partition(|process| !tells(process));
                first.into_iter().chain(last).for_each(|process| self.stop(process, at_us, *losing_us));
            }
            Act::Start(process) => self.start(*process, at_us),
            Act::StartAll => (0..PROCESSES).for_each(|process| self.start(process, at_us)),
            Act::SwitchOver(backlog) => self.switch_over(at_us, *backlog),
            Act::BothPrimary => {
                if let Some((_, other)) = self.only_primary().filter(|(_, other)| self.is_up(*other)) {
                    self.begin(other, at_us, None);
                }
            }
            Act::OnePrimary => {
                if let [Some(one), Some(other)] = self.current {
                    let lower = usize::from(other < one);
                    self.end(lower, at_us, 0);
                }
            }
        }
    }

    fn is_up(&self, process: usize) -> bool {
        self.is_up.get(process).copied().unwrap_or(false)
    }

    /// The one process that tells, and the other one.
    fn only_primary(&self) -> Option<(usize, usize)> {
        match self.current {
            [Some(_), None] => Some((0, 1)),
            [None, Some(_)] => Some((1, 0)),
            _ => None,
        }
    }

    fn begin(&mut self, process: usize, at_us: i64, stream: Option<usize>) {
        let stream = stream.unwrap_or_else(|| {
            self.streams += 1;
            self.streams - 1
        });
        if let Some(current) = self.current.get_mut(process) {
            *current = Some(self.terms.terms.len());
        }
        let term = Term { process, stream, from_us: at_us, to_us: i64::MAX, lost_from_us: i64::MAX };
        self.terms.terms.push(term);
    }

    /// Ends a process's term, if it is in one; gives the stream.
    fn end(&mut self, process: usize, at_us: i64, losing_us: i64) -> Option<usize> {
        let current = self.current.get_mut(process)?.take()?;
        let term = self.terms.terms.get_mut(current)?;
        term.to_us = at_us;
        term.lost_from_us = at_us.saturating_sub(losing_us).max(term.from_us);
        Some(term.stream)
    }

    fn stop(&mut self, process: usize, at_us: i64, losing_us: i64) {
        if !self.is_up(process) {
            return;
        }
        let other = 1 - process.min(1);
        let takes_over = self.only_primary() == Some((process, other)) && self.is_up(other);
        let stream = self.end(process, at_us, if takes_over { 0 } else { losing_us });
        if takes_over {
            self.begin(other, at_us, stream);
        }
        self.note_there(process, at_us, false);
    }

    fn start(&mut self, process: usize, at_us: i64) {
        if self.is_up(process) {
            return;
        }
        self.note_there(process, at_us, true);
        if self.current == [None, None] {
            self.begin(process, at_us, None);
        }
    }

    fn note_there(&mut self, process: usize, at_us: i64, is_there: bool) {
        if let Some(is_up) = self.is_up.get_mut(process) {
            *is_up = is_there;
        }
        if let Some(there) = self.terms.there.get_mut(process) {
            there.push((at_us, is_there));
        }
    }

    fn switch_over(&mut self, at_us: i64, backlog: Backlog) {
        let Some((primary, other)) = self.only_primary().filter(|(_, other)| self.is_up(*other)) else { return };
        match backlog {
            Backlog::Kept => {
                let stream = self.end(primary, at_us, 0);
                self.begin(other, at_us, stream);
            }
            Backlog::Lost { losing_us } => {
                self.end(primary, at_us, losing_us);
                self.begin(other, at_us, None);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START_US: i64 = 1_000_000_000;

    /// Process, stream, and seconds from, to (0 for none) and lost from.
    fn terms(schedule: &str) -> Vec<(usize, usize, i64, i64, i64)> {
        let seconds = |us: i64| if us == i64::MAX { 0 } else { (us - START_US) / 1_000_000 };
        let terms = Terms::of("n", &schedule.parse().expect("a schedule"), START_US);
        let row = |t: &Term| (t.process, t.stream, seconds(t.from_us), seconds(t.to_us), seconds(t.lost_from_us));
        terms.all().iter().map(row).collect()
    }

    #[test]
    fn a_switchover_goes_on_with_the_stream_if_the_backlog_is_kept() {
        assert_eq!(terms(""), [(0, 0, 0, 0, 0)]);
        let schedule = "00:00:10 switch-over n with backlog\n00:00:20 switch-over n without backlog losing 3s\n\
             00:00:21 switch-over n without backlog losing 3s\n00:00:30 switch-over other with backlog";
        assert_eq!(terms(schedule), [(0, 0, 0, 10, 10), (1, 0, 10, 20, 17), (0, 1, 20, 21, 20), (1, 2, 21, 0, 0)]);
    }

    #[test]
    fn who_is_left_takes_over_and_who_comes_back_tells_only_if_nobody_does() {
        let schedule = "00:00:10 stop n-a losing 2s\n00:00:15 switch-over n with backlog\n00:00:20 start n-a\n\
             00:00:30 stop n losing 2s\n00:00:35 stop n-a\n00:00:40 start n-b\n00:00:50 start n\n00:00:60 start n";
        assert_eq!(terms(schedule), [(0, 0, 0, 10, 10), (1, 0, 10, 30, 28), (1, 1, 40, 0, 0)]);
        let terms = Terms::of("n", &schedule.parse().expect("a schedule"), START_US);
        let standing = |process, second: i64| terms.standing(process, START_US + second * 1_000_000);
        use Standing::{Backup, Down, Primary};
        assert_eq!(
            [0, 9, 10, 19, 20, 30, 49, 50].map(|s| standing(0, s)),
            [Primary, Primary, Down, Down, Backup, Down, Down, Backup]
        );
        assert_eq!(
            [0, 9, 10, 29, 30, 39, 40].map(|s| standing(1, s)),
            [Backup, Backup, Primary, Primary, Down, Down, Primary]
        );
        assert_eq!(
            (terms.streams(), terms.end_of_stream(0), terms.end_of_stream(1)),
            (2, START_US + 30_000_000, i64::MAX)
        );
        assert_eq!([5, 35, 45].map(|s| terms.last_of(1, START_US + s * 1_000_000)), [None, Some(1), Some(2)]);
    }

    #[test]
    fn when_both_have_told_for_a_while_the_one_with_the_lower_epoch_stops() {
        let schedule =
            "00:00:10 both-primary n for 5s\n00:00:12 both-primary n for 1s\n00:00:14 switch-over n with backlog";
        // The second one's end comes first.
        assert_eq!(terms(schedule), [(0, 0, 0, 13, 13), (1, 1, 10, 14, 14), (0, 1, 14, 0, 0)]);
        let stopped = "00:00:10 both-primary n for 5s\n00:00:12 stop n-b losing 1s\n00:00:20 start n-b";
        assert_eq!(terms(stopped), [(0, 0, 0, 0, 0), (1, 1, 10, 12, 11)]);
    }
}
