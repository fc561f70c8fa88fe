//! A world that goes on while somebody wants to hear more and everybody keeps up.
//!
//! A thread of its own lets it go on, so that nobody who plays or listens waits for the making of events. Does not know
//! what happens in the world, nor how what it tells travels.

use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use callmart_schema::event::Epoch;
use tokio::sync::watch;

use super::buffer::{Bounds, Buffer, Fresh};
use super::clock::{Clock, Pace};
use crate::cluster::picture::Picture;
use crate::world::{Stretch, Teller, World};

/// Events after which whoever listens is told that there is more, though the world could go on.
const ROUND_EVENTS: usize = 8_192;
/// How far the world may be behind its clock and still be in step with it, in microseconds of its own time.
const IN_STEP_US: i64 = 1_000_000;
/// Stretches after which it is told the same, in a world where little happens.
const ROUND_STRETCHES: usize = 256;

/// What happens when the backlog of a source, which is what it has told and not everybody has acknowledged, is at its bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenFull {
    /// The world waits: nothing is lost, at whatever speed. The last stretch may go over the bounds.
    WorldWaits,
    /// The oldest events go, and members that are away or behind find a gap and a snapshot: the world goes on with its clock.
    /// While it makes up for lost time, it waits for those who are connected.
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
}

impl Default for StageSettings {
    fn default() -> Self {
        Self {
            pools: Vec::new(),
            when_full: WhenFull::WorldWaits,
            buffer_events: 50_000,
            buffer_bytes: 16 << 20,
            ahead_ms: 1_000,
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
}

/// What the world's thread shares with those who listen.
struct Common {
    tellers: Vec<Teller>,
    buffers: Vec<Mutex<Buffer>>,
    pace: Pace,
    clock: Arc<dyn Clock>,
    ahead_us: i64,
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
        let tellers = world.tellers().to_vec();
        let start_us = world.start_us();
        let bounds = settings.bounds();
        let pools = settings.pools.iter().copied().chain(std::iter::repeat(1));
        let buffer = |(teller, pools): (&Teller, usize)| {
            let nothing = Picture::new(&teller.name, &teller.switch, &teller.tenant);
            let epoch = Epoch::new(teller.epoch.0, &teller.epoch.1);
            Mutex::new(Buffer::new(nothing, epoch, start_us, pools, bounds))
        };
        let buffers = tellers.iter().zip(pools).map(buffer);
        let common = Arc::new(Common {
            buffers: buffers.collect(),
            tellers,
            pace,
            clock,
            ahead_us: i64::from(settings.ahead_ms) * 1_000,
            told: watch::Sender::new(Told { to_us: start_us, is_over: false }),
        });
        // One wish is enough: while it waits, it stands for all that come after it.
        let (wanted, wishes) = mpsc::sync_channel(1);
        let thread = thread::Builder::new().name("callmart-world".to_owned());
        let shared = Arc::clone(&common);
        let going = thread.spawn(move || go_on(world, &shared, &wishes)).map_err(StageError::NoThread)?;
        Ok(Arc::new(Self { common, wanted, going }))
    }

    /// How far the stage is.
    #[must_use]
    pub fn progress(&self) -> StageProgress {
        let common = &self.common;
        // Looked at first: a thread that ends in good order says before that the world is over.
        let is_ended = self.going.is_finished();
        let told = *common.told.borrow();
        let full = common.tellers.iter().zip(&common.buffers).filter(|(_, buffer)| lock(buffer).is_full(false));
        StageProgress {
            told_us: told.to_us,
            due_us: (common.pace != Pace::Unbounded).then(|| self.due_us()),
            held_back_by: full.map(|(teller, _)| teller.name.clone()).collect(),
            is_over: told.is_over,
            is_broken: is_ended && !told.is_over,
        }
    }

    pub(super) fn tellers(&self) -> &[Teller] {
        &self.common.tellers
    }

    /// The buffer of a teller, if there is such a teller.
    pub(super) fn buffer(&self, teller: usize) -> Option<MutexGuard<'_, Buffer>> {
        self.common.buffers.get(teller).map(lock)
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

    fn may_go_on(&self, told_us: i64) -> bool {
        let due_us = self.due_us();
        let is_behind = told_us.saturating_add(IN_STEP_US) < due_us;
        told_us <= due_us.saturating_add(self.ahead_us)
            && !self.buffers.iter().any(|buffer| lock(buffer).is_full(is_behind))
    }

    fn keep(&self, stretch: Stretch, sorted: &mut [Vec<Fresh>]) {
        let Stretch { to_us, told } = stretch;
        for event in told {
            match sorted.get_mut(event.teller) {
                Some(of_teller) => of_teller.push(Fresh::of_bytes(event.bytes.into(), event.time_us)),
                None => tracing::error!(teller = event.teller, "the simulated world told an event of no source"),
            }
        }
        let past_us = self.due_us();
        for (of_teller, buffer) in sorted.iter_mut().zip(&self.buffers) {
            lock(buffer).push(of_teller.drain(..), to_us, past_us);
        }
    }
}

/// Lets the world go on at each wish, until it is over or nobody can wish any more.
fn go_on(mut world: Box<dyn World>, common: &Common, wishes: &Receiver<()>) {
    let mut sorted = vec![Vec::new(); common.tellers.len()];
    let mut told = *common.told.borrow();
    while !told.is_over && wishes.recv().is_ok() {
        let (mut stretches, mut events) = (0, 0);
        while stretches < ROUND_STRETCHES && events < ROUND_EVENTS && !told.is_over && common.may_go_on(told.to_us) {
            match world.next_stretch() {
                Some(stretch) => {
                    (stretches, events, told.to_us) = (stretches + 1, events + stretch.told.len(), stretch.to_us);
                    common.keep(stretch, &mut sorted);
                }
                None => told.is_over = true,
            }
        }
        if stretches > 0 || told.is_over {
            common.told.send_replace(told);
        }
    }
}

fn lock(buffer: &Mutex<Buffer>) -> MutexGuard<'_, Buffer> {
    // Nothing panics while holding the lock; if it did, the buffer would still be whole.
    buffer.lock().unwrap_or_else(PoisonError::into_inner)
}
