//! A source of a stage, told to a pool: what is due, as far as the world is.
//!
//! Does not know sockets, nor how the world goes on.

use std::collections::VecDeque;
use std::sync::Arc;

use callmart_schema::session::Covers;
use tokio::sync::watch;

use super::buffer::{Joined, Kept, Mark, Place, Step};
use super::stage::{Stage, Told};
use crate::playback::{Listener, Next, Piece, Playback, SourceSpec, Telling, Wait};
use crate::world::Teller;

/// Events and ends of stretches that are taken from a buffer at a time.
const TAKE_STEPS: usize = 500;

/// The sources that tell of a stage's world.
#[must_use]
pub fn sources(stage: &Arc<Stage>) -> Vec<SourceSpec> {
    let spec = |(number, teller): (usize, &Teller)| SourceSpec {
        name: teller.name.clone(),
        switch: teller.switch.clone(),
        tenant: teller.tenant.clone(),
        role: teller.role,
        any_role: false,
        process: String::new(),
        playback: Arc::new(Live::new(stage, number, teller)),
    };
    stage.tellers().iter().enumerate().map(spec).collect()
}

/// One source of a stage.
struct Live {
    stage: Arc<Stage>,
    number: usize,
    stream: String,
    epoch: (i64, String),
}

impl Live {
    fn new(stage: &Arc<Stage>, number: usize, teller: &Teller) -> Self {
        let (started_us, process) = &teller.epoch;
        // The source's name belongs to it: positions in a hello say nothing else of their source.
        let stream = format!("{}@{started_us}/{process}", teller.name);
        Self { stage: Arc::clone(stage), number, stream, epoch: teller.epoch.clone() }
    }
}

impl Playback for Live {
    fn stream(&self) -> String {
        self.stream.clone()
    }

    fn total_offset(&self) -> Option<u64> {
        let is_over = self.stage.told().borrow().is_over;
        is_over.then(|| self.stage.buffer(self.number).map_or(0, |buffer| buffer.last()))
    }

    fn is_held_back(&self) -> bool {
        self.stage.buffer(self.number).is_some_and(|buffer| buffer.is_full())
    }

    fn tell(self: Arc<Self>, listener: &Listener<'_>) -> Box<dyn Telling> {
        let after = listener.offset_in(&self.stream).unwrap_or(0);
        let told = self.stage.told();
        let joined = self.stage.buffer(self.number).map(|mut buffer| buffer.join(listener.pool, after));
        let nowhere = Joined {
            telling: 0,
            place: Place { begin: after, offset: after, complete: Mark::default() },
            relieved: false,
        };
        let Joined { telling, place, relieved } = joined.unwrap_or(nowhere);
        if relieved {
            self.stage.relieved();
        }
        Box::new(ToPool { source: self, telling, place, taken: VecDeque::new(), told, wait_us: None })
    }
}

/// A source of a stage on its way to one pool.
struct ToPool {
    source: Arc<Live>,
    telling: u64,
    place: Place,
    /// Due, and not asked for yet.
    taken: VecDeque<Step>,
    told: watch::Receiver<Told>,
    /// Until when to wait at most, in the source's time.
    wait_us: Option<i64>,
}

impl Telling for ToPool {
    fn stream(&self) -> &str {
        &self.source.stream
    }

    fn begins_after(&self) -> u64 {
        self.place.begin
    }

    fn clock_us(&self) -> i64 {
        self.place.complete.us
    }

    fn next(&mut self) -> Next {
        if self.taken.is_empty() {
            // Seen before the buffer is looked at: what changes afterwards ends the wait.
            let told = *self.told.borrow_and_update();
            let more_us = self.take();
            let goes_on_us = self.goes_on_us(told);
            if self.taken.is_empty() {
                self.wait_us = [more_us, goes_on_us].into_iter().flatten().min();
                return if told.is_over && more_us.is_none() { Next::End } else { Next::Later };
            }
        }
        let step = self.taken.pop_front();
        step.map_or(Next::Later, |step| Next::Piece(self.piece(step)))
    }

    fn later(&mut self) -> Wait<'_> {
        let Self { source, told, wait_us, .. } = self;
        let due = async {
            match wait_us {
                Some(us) => source.stage.sleep_until_due(*us).await,
                None => std::future::pending().await,
            }
        };
        Box::pin(async move {
            tokio::select! {
                _ = told.changed() => (),
                () = due => (),
            }
        })
    }

    fn acknowledged(&mut self, offset: u64) {
        let stage = &self.source.stage;
        if stage.buffer(self.source.number).is_some_and(|mut buffer| buffer.acknowledged(self.telling, offset)) {
            stage.relieved();
        }
    }
}

impl ToPool {
    /// Takes what is due; tells when more of what is kept will be.
    fn take(&mut self) -> Option<i64> {
        let stage = &self.source.stage;
        stage.buffer(self.source.number)?.take(&mut self.place, stage.due_us(), TAKE_STEPS, &mut self.taken)
    }

    fn piece(&self, step: Step) -> Piece {
        match step {
            Step::Event(Kept { bytes, time_us }) => Piece::Event { bytes, time_us, interaction: None },
            Step::Complete { from, to } => Piece::Covers(Covers {
                epoch_started_us: self.source.epoch.0,
                epoch_process: self.source.epoch.1.clone(),
                from_seq: from.seq,
                to_seq: to.seq,
                from_us: from.us,
                to_us: to.us,
                ..Covers::default()
            }),
        }
    }

    /// When the world has to be asked to go on; none if it was asked just now, while what was taken goes its way, or is over.
    fn goes_on_us(&self, told: Told) -> Option<i64> {
        let stage = &self.source.stage;
        let goes_on_us = stage.goes_on_us(told.to_us);
        if told.is_over || self.taken.len() >= TAKE_STEPS {
            return None;
        }
        if goes_on_us > stage.due_us() {
            return Some(goes_on_us);
        }
        stage.want_more();
        None
    }
}

impl Drop for ToPool {
    fn drop(&mut self) {
        let stage = &self.source.stage;
        if stage.buffer(self.source.number).is_some_and(|mut buffer| buffer.left(self.telling)) {
            stage.relieved();
        }
    }
}
