//! A source of a stage, told to a pool: what is due, as far as the world is.
//!
//! Does not know sockets, nor how the world goes on.

use std::collections::VecDeque;
use std::sync::Arc;

use callmart_schema::session::Covers;
use tokio::sync::watch;

use super::buffer::{Joined, Kept, Members, Place, Step, Taken};
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
}

impl Live {
    fn new(stage: &Arc<Stage>, number: usize, teller: &Teller) -> Self {
        let (started_us, process) = &teller.epoch;
        // The source's name belongs to it: positions in a hello say nothing else of their source.
        let stream = format!("{}@{started_us}/{process}", teller.name);
        Self { stage: Arc::clone(stage), number, stream }
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

    fn shares_out(&self) -> bool {
        true
    }

    fn is_held_back(&self) -> bool {
        self.stage.buffer(self.number).is_some_and(|buffer| buffer.is_full(false))
    }

    fn tell(self: Arc<Self>, listener: &Listener<'_>) -> Box<dyn Telling> {
        let after = listener.offset_in(&self.stream);
        let told = self.stage.told();
        let joined =
            self.stage.buffer(self.number).map(|mut buffer| buffer.join(listener.pool, listener.member, after));
        let Joined { telling, place, gap, relieved } = joined.unwrap_or_else(Joined::nowhere);
        if relieved {
            self.stage.relieved();
        }
        Box::new(ToMember {
            source: self,
            member: listener.member.to_owned(),
            telling,
            told_to: place.offset,
            place,
            has_gap: gap.is_some(),
            taken: gap.into_iter().map(Step::of_gap).collect(),
            told,
            wait_us: None,
        })
    }
}

/// A source of a stage on its way to one member of a pool.
struct ToMember {
    source: Arc<Live>,
    member: String,
    telling: u64,
    place: Place,
    has_gap: bool,
    /// Offset with which the last step was told.
    told_to: u64,
    /// Due, and not asked for yet, each with the offset after it.
    taken: VecDeque<(u64, Step)>,
    told: watch::Receiver<Told>,
    /// Until when to wait at most, in the source's time.
    wait_us: Option<i64>,
}

impl Telling for ToMember {
    fn stream(&self) -> &str {
        &self.source.stream
    }

    fn begins_after(&self) -> u64 {
        self.place.begin
    }

    fn has_gap(&self) -> bool {
        self.has_gap
    }

    fn offset(&self) -> u64 {
        self.told_to
    }

    fn clock_us(&self) -> i64 {
        self.place.complete.us
    }

    fn next(&mut self) -> Next {
        if self.taken.is_empty() {
            // Seen before the buffer is looked at: what changes afterwards ends the wait.
            let told = *self.told.borrow_and_update();
            let more_us = match self.take() {
                Taken::More(more_us) => more_us,
                Taken::Gap => return Next::Gap,
            };
            let goes_on_us = self.goes_on_us(told);
            if self.taken.is_empty() {
                self.wait_us = [more_us, goes_on_us].into_iter().flatten().min();
                return if told.is_over && more_us.is_none() { Next::End } else { Next::Later };
            }
        }
        let Some((offset, step)) = self.taken.pop_front() else { return Next::Later };
        self.told_to = offset;
        Next::Piece(self.piece(step))
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

impl ToMember {
    /// Takes what is due.
    fn take(&mut self) -> Taken {
        let Self { source, telling, place, taken, .. } = self;
        let Some(mut buffer) = source.stage.buffer(source.number) else { return Taken::More(None) };
        buffer.take(*telling, place, source.stage.due_us(), TAKE_STEPS, taken)
    }

    fn piece(&self, step: Step) -> Piece {
        match step {
            Step::Event(Kept { bytes, time_us, interaction, .. }) => Piece::Event { bytes, time_us, interaction },
            Step::Snapshot(bytes) => Piece::Snapshot { bytes },
            Step::Complete { from, to, members } => Piece::Covers(Covers {
                epoch_started_us: to.epoch.started_us,
                epoch_process: to.epoch.process.clone(),
                from_seq: from.seq,
                to_seq: to.seq,
                from_us: from.us,
                to_us: to.us,
                members: members.map_or_else(Vec::new, |members| self.others(&members)),
                ..Covers::default()
            }),
        }
    }

    /// Members as covers name them: none when it is the receiver alone.
    fn others(&self, members: &Members) -> Vec<String> {
        if **members == [self.member.as_str()] { Vec::new() } else { members.to_vec() }
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

impl Drop for ToMember {
    fn drop(&mut self) {
        let stage = &self.source.stage;
        if stage.buffer(self.source.number).is_some_and(|mut buffer| buffer.left(self.telling)) {
            stage.relieved();
        }
    }
}
