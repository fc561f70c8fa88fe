//! A world that goes on while somebody wants to hear more and everybody keeps up.
//!
//! A thread of its own lets it go on, so that nobody who plays or listens waits for the making of events. Does not know
//! what happens in the world, nor how what it tells travels.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::Duration;

use tokio::sync::watch;

use super::buffer::Bounds;
use super::clock::{Clock, Pace};
use super::source::Source;
use crate::cluster::faults::Schedule;
use crate::cluster::losses::LossBook;
use crate::cluster::pair;
use crate::cluster::processes::{Account, Processes};
use crate::world::World;

/// Events after which whoever listens is told that there is more, though the world could go on.
const ROUND_EVENTS: usize = 8_192;
/// How far the world may be behind its clock and still be in step with it, in microseconds of its own time.
const IN_STEP_US: i64 = 1_000_000;
/// How often a world that waits for nobody looks whether it may go on, though nobody listens.
const GO_ON_EVERY: Duration = Duration::from_millis(100);
/// Stretches after which it is told the same, in a world where little happens.
const ROUND_STRETCHES: usize = 256;
/// How long what a stream held at its end is kept for those who are drawing it, microseconds.
const KEPT_AFTER_END_US: i64 = 60_000_000;

/// What happens when the backlog of a source, which is what it has told and not everybody has acknowledged, is at its bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenFull {
    /// The world waits: nothing is lost, at whatever speed. The last stretch may go over the bounds.
    WorldWaits,
    /// The oldest events go, and members that are away or behind find a gap and a snapshot: the world goes on with its clock.
    /// While it makes up for lost time, it waits for those who are connected, and for those who are expected and never came.
    OldestGo {
        /// How old an event may become in the backlog, in milliseconds of the source's time.
        age_ms: u64,
    },
}

/// Settings of a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageSettings {
    /// How many pools listen to each teller: what these have not acknowledged is kept, also before they connect. The first
    /// that connect are these; one more counts only as long as it is connected. 1 for tellers that are not listed.
    pub pools: Vec<usize>,
    /// What happens when a source's backlog is at its bound.
    pub when_full: WhenFull,
    /// Most events of one source's backlog.
    pub buffer_events: usize,
    /// Most bytes of one source's backlog.
    pub buffer_bytes: usize,
    /// How far the world is ahead of its clock, in milliseconds of its own time, so that events are made before they are due.
    pub ahead_ms: u32,
    /// What goes wrong with the processes that tell.
    pub faults: Schedule,
}

impl Default for StageSettings {
    fn default() -> Self {
        Self {
            pools: Vec::new(),
            when_full: WhenFull::WorldWaits,
            buffer_events: 50_000,
            buffer_bytes: 16 << 20,
            ahead_ms: 1_000,
            faults: Schedule::default(),
        }
    }
}

impl StageSettings {
    fn bounds(&self) -> Bounds {
        let oldest_go_us = match self.when_full {
            WhenFull::WorldWaits => None,
            WhenFull::OldestGo { age_ms } => Some(i64::try_from(age_ms.saturating_mul(1_000)).unwrap_or(i64::MAX)),
        };
        Bounds { events: self.buffer_events.max(1), bytes: self.buffer_bytes.max(1), oldest_go_us }
    }
}

/// Why a stage is not made.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// There is no thread for the world.
    #[error(
        "the system gives no thread for the simulated world: {0}; raise its limit of threads or stop other programs"
    )]
    NoThread(std::io::Error),
}

/// How far a stage is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageProgress {
    /// Everything before this moment of the world's time is told, microseconds since 1970-01-01 UTC.
    pub told_us: i64,
    /// What time it is in the world by its pace, microseconds since 1970-01-01 UTC; none without a clock.
    pub due_us: Option<i64>,
    /// Sources for whose acknowledgements the world waits.
    pub held_back_by: Vec<String>,
    /// Whether the world is over.
    pub is_over: bool,
    /// Whether the world broke down: nothing more will be told.
    pub is_broken: bool,
}

/// How far the world is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told {
    pub(super) to_us: i64,
    pub(super) is_over: bool,
}

/// A world on its way to whoever listens.
pub struct Stage {
    common: Arc<Common>,
    wanted: SyncSender<()>,
    going: thread::JoinHandle<()>,
    losses: LossBook,
}

/// What the world's thread shares with those who listen.
struct Common {
    sources: Vec<Source>,
    start_us: i64,
    pace: Pace,
    clock: Arc<dyn Clock>,
    ahead_us: i64,
    when_full: WhenFull,
    /// Changes after the buffers did, and when a buffer has room again.
    told: watch::Sender<Told>,
}

impl Stage {
    /// A stage for a world. The world goes on when a source is told.
    ///
    /// # Errors
    /// [`StageError::NoThread`].
    pub fn new(
        world: Box<dyn World>,
        pace: Pace,
        clock: Arc<dyn Clock>,
        settings: &StageSettings,
    ) -> Result<Arc<Self>, StageError> {
        let processes = Processes::new(world, &settings.faults);
        let (start_us, losses) = (processes.start_us(), processes.losses());
        let waits_at_ends = pace == Pace::Unbounded && settings.when_full == WhenFull::WorldWaits;
        let pools = settings.pools.iter().copied().chain(std::iter::repeat(1));
        let sources = processes.plans().iter().zip(pools);
        let sources = sources.map(|(plan, pools)| Source::new(plan, pools, settings.bounds(), waits_at_ends));
        let common = Arc::new(Common {
            sources: sources.collect(),
            start_us,
            pace,
            clock,
            ahead_us: i64::from(settings.ahead_ms) * 1_000,
            when_full: settings.when_full,
            told: watch::Sender::new(Told { to_us: start_us, is_over: false }),
        });
        // One wish is enough: while it waits, it stands for all that come after it.
        let (wanted, wishes) = mpsc::sync_channel(1);
        let thread = thread::Builder::new().name("callmart-world".to_owned());
        let shared = Arc::clone(&common);
        let going = thread.spawn(move || go_on(processes, &shared, &wishes)).map_err(StageError::NoThread)?;
        Ok(Arc::new(Self { common, wanted, going, losses }))
    }

    /// How far the stage is.
    #[must_use]
    pub fn progress(&self) -> StageProgress {
        let common = &self.common;
        // Looked at first: a thread that ends in good order says before that the world is over.
        let is_ended = self.going.is_finished();
        let told = *common.told.borrow();
        let full = common.sources.iter().filter(|source| source.holds_back(told.to_us, false));
        StageProgress {
            told_us: told.to_us,
            due_us: (common.pace != Pace::Unbounded).then(|| self.due_us()),
            held_back_by: full.map(|source| source.plan.teller.name.clone()).collect(),
            is_over: told.is_over,
            is_broken: is_ended && !told.is_over,
        }
    }

    /// What faults cost so far, by the simulation's own count, which nobody who listens sees.
    #[must_use]
    pub fn losses(&self) -> LossBook {
        self.losses.clone()
    }

    /// The first source that no process tells at a moment of the world's, microseconds since 1970-01-01 UTC: whoever listens
    /// to it then waits for its coming back.
    #[must_use]
    pub fn down_at(&self, world_us: i64) -> Option<&str> {
        let is_told = |source: &Source| source.plan.terms.all().iter().any(|term| term.contains(world_us));
        let down = self.common.sources.iter().find(|source| !is_told(source));
        down.map(|source| source.plan.teller.name.as_str())
    }

    pub(super) fn sources(&self) -> &[Source] {
        &self.common.sources
    }

    /// The moment of the world's up to which everything is told and due, not before its begin; microseconds since 1970-01-01
    /// UTC.
    pub(super) fn now_us(&self) -> i64 {
        self.due_us().min(self.common.told.borrow().to_us).max(self.common.start_us)
    }

    pub(super) fn told(&self) -> watch::Receiver<Told> {
        self.common.told.subscribe()
    }

    /// What happened before this moment may be told, microseconds since 1970-01-01 UTC.
    pub(super) fn due_us(&self) -> i64 {
        self.common.due_us()
    }

    /// When the world has to go on, in its own time, if it has told up to `told_us`.
    pub(super) fn goes_on_us(&self, told_us: i64) -> i64 {
        told_us.saturating_sub(self.common.ahead_us)
    }

    /// Asks the world to go on.
    pub(super) fn want_more(&self) {
        // A wish that waits already stands for this one too.
        let _ = self.wanted.try_send(());
    }

    /// Waits until something of the world's time is due; may end before.
    pub(super) async fn sleep_until_due(&self, time_us: i64) {
        self.common.clock.sleep_until(self.common.pace.wall_us(time_us)).await;
    }

    /// A buffer has room again: who waits for the world shall ask anew.
    pub(super) fn relieved(&self) {
        self.common.told.send_modify(|_| ());
    }
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stage").field("progress", &self.progress()).finish_non_exhaustive()
    }
}

impl Common {
    fn due_us(&self) -> i64 {
        self.pace.source_us(self.clock.now_us())
    }

    /// Waits for a wish; where the oldest events go, the world goes on by itself too. Gives whether anybody is left to wish.
    fn is_wanted(&self, wishes: &Receiver<()>) -> bool {
        match self.when_full {
            WhenFull::WorldWaits => wishes.recv().is_ok(),
            WhenFull::OldestGo { .. } => wishes.recv_timeout(GO_ON_EVERY) != Err(RecvTimeoutError::Disconnected),
        }
    }

    fn may_go_on(&self, told_us: i64) -> bool {
        let due_us = self.due_us();
        let is_behind = told_us.saturating_add(IN_STEP_US) < due_us;
        told_us <= due_us.saturating_add(self.ahead_us)
            && !self.sources.iter().any(|source| source.holds_back(told_us, is_behind))
    }

    fn keep(&self, account: Account, sorted: &mut [Vec<pair::Told>]) {
        let Account { from_us, to_us, told } = account;
        for told in told {
            if let Some(of_source) = sorted.get_mut(told.teller) {
                of_source.push(told);
            }
        }
        let past_us = self.due_us();
        for (of_source, source) in sorted.iter_mut().zip(&self.sources) {
            source.keep((from_us, to_us), of_source, past_us);
            of_source.clear();
            if self.pace != Pace::Unbounded {
                source.give_up(past_us.saturating_sub(KEPT_AFTER_END_US));
            }
        }
    }
}

/// Lets the world go on at each wish, until it is over or nobody can wish any more.
fn go_on(mut processes: Processes, common: &Common, wishes: &Receiver<()>) {
    let mut sorted = vec![Vec::new(); common.sources.len()];
    let mut told = *common.told.borrow();
    while !told.is_over && common.is_wanted(wishes) {
        let (mut stretches, mut events) = (0, 0);
        while stretches < ROUND_STRETCHES && events < ROUND_EVENTS && !told.is_over && common.may_go_on(told.to_us) {
            match processes.next_account() {
                Some(account) => {
                    (stretches, events, told.to_us) = (stretches + 1, events + account.told.len(), account.to_us);
                    common.keep(account, &mut sorted);
                }
                None => told.is_over = true,
            }
        }
        if stretches > 0 || told.is_over {
            common.told.send_replace(told);
        }
    }
}
