//! A source of a stage, told by one of its processes to a pool: what is due, as far as the world is.
//!
//! Does not know sockets, nor how the world goes on.

use std::collections::VecDeque;
use std::sync::Arc;

use callmart_schema::event::Epoch;
use callmart_schema::session::Covers;
use tokio::sync::watch;

use super::buffer::{Buffer, Joined, Kept, Members, Place, Step, Taken};
use super::source::{Seat, Source};
use super::stage::{Stage, Told};
use crate::cluster::terms::PROCESSES;
use crate::playback::{Listener, Next, Piece, Playback, SourceSpec, Standing, Telling, Wait};

/// Events and ends of stretches that are taken from a buffer at a time.
const TAKE_STEPS: usize = 500;

/// The first process of each source that tells of a stage's world: who tells as long as no fault befalls it.
#[must_use]
pub fn sources(stage: &Arc<Stage>) -> Vec<SourceSpec> {
    of_process(stage, 0).collect()
}

/// All processes of the sources that tell of a stage's world: the first one of each, then the second one of each.
#[must_use]
pub fn processes(stage: &Arc<Stage>) -> Vec<SourceSpec> {
    (0..PROCESSES).flat_map(|process| of_process(stage, process)).collect()
}

fn of_process(stage: &Arc<Stage>, process: usize) -> impl Iterator<Item = SourceSpec> {
    stage.sources().iter().enumerate().map(move |(number, source)| {
        let teller = &source.plan.teller;
        SourceSpec {
            name: teller.name.clone(),
            switch: teller.switch.clone(),
            tenant: teller.tenant.clone(),
            role: teller.role,
            any_role: false,
            process: source.plan.process_name(process),
            playback: Arc::new(Live { stage: Arc::clone(stage), number, process }),
        }
    })
}

/// One process of a source of a stage.
struct Live {
    stage: Arc<Stage>,
    number: usize,
    process: usize,
}

impl Live {
    fn source(&self) -> Option<&Source> {
        self.stage.sources().get(self.number)
    }

    /// How it stands, and the term that it tells or told last.
    fn seat(&self) -> Seat {
        let now_us = self.stage.now_us();
        self.source().map_or(Seat { standing: Standing::Down, term: None }, |source| source.seat(self.process, now_us))
    }

    /// Number of the stream that it tells or told last.
    fn stream_number(&self) -> Option<usize> {
        let term = self.seat().term?;
        self.source()?.plan.terms.get(term).map(|term| term.stream)
    }

    fn stream_name(&self, stream: Option<usize>) -> String {
        let plan = self.source().map(|source| &source.plan);
        plan.zip(stream).map_or_else(String::new, |(plan, stream)| plan.stream_name(stream).to_owned())
    }

    fn with_buffer<T>(&self, stream: Option<usize>, f: impl FnOnce(&mut Buffer) -> T) -> Option<T> {
        Some(f(&mut *self.source()?.buffer(stream?)?))
    }
}

impl Playback for Live {
    fn stream(&self) -> String {
        self.stream_name(self.stream_number())
    }

    fn total_offset(&self) -> Option<u64> {
        let is_over = self.stage.told().borrow().is_over;
        is_over.then(|| self.with_buffer(self.stream_number(), |buffer| buffer.last()).unwrap_or(0))
    }

    fn standing(&self) -> Standing {
        let standing = self.seat().standing;
        if standing != Standing::Primary {
            // Perhaps nobody is told anything, and whoever asks here waits for what comes next in the world.
            self.stage.want_more();
        }
        standing
    }

    fn shares_out(&self) -> bool {
        true
    }

    fn is_held_back(&self) -> bool {
        self.with_buffer(self.stream_number(), |buffer| buffer.is_full(false)).unwrap_or(false)
    }

    fn tell(self: Arc<Self>, listener: &Listener<'_>) -> Box<dyn Telling> {
        let told = self.stage.told();
        let plan = self.source().map(|source| Arc::clone(&source.plan));
        let number = self.seat().term;
        let term = plan.as_ref().zip(number).and_then(|(plan, number)| plan.terms.get(number).copied());
        let stream = term.map(|term| term.stream);
        let name = self.stream_name(stream);
        let after = listener.offset_in(&name);
        let joined = self.with_buffer(stream, |buffer| buffer.join(listener.pool, listener.member, after));
        let Joined { telling, place, gap, relieved } = joined.unwrap_or_else(Joined::nowhere);
        if relieved {
            self.stage.relieved();
        }
        Box::new(ToMember {
            epoch: plan.zip(number).and_then(|(plan, number)| plan.epoch(number).map(Arc::clone)).unwrap_or_default(),
            source: self,
            name,
            stream,
            term: number,
            term_to_us: term.map_or(i64::MIN, |term| term.to_us),
            pool: listener.pool.to_owned(),
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

/// A process's term on its way to one member of a pool.
struct ToMember {
    source: Arc<Live>,
    /// Name and number of the stream.
    name: String,
    stream: Option<usize>,
    term: Option<usize>,
    epoch: Arc<Epoch>,
    /// The term's end in the world's time.
    term_to_us: i64,
    pool: String,
    member: String,
    telling: u64,
    place: Place,
    has_gap: bool,
    /// Offset with which the last step was told.
    told_to: u64,
    /// Due, and not asked for yet, each with the offset after it.
    taken: VecDeque<(u64, Step)>,
    told: watch::Receiver<Told>,
    /// Until when to wait at most, in the world's time.
    wait_us: Option<i64>,
}

impl Telling for ToMember {
    fn stream(&self) -> &str {
        &self.name
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
            let has_ended = self.term_to_us <= told.to_us.min(self.source.stage.due_us());
            let more_us = match self.take() {
                Taken::More(more_us) => more_us,
                Taken::NextEpoch => None,
                Taken::Gap => return Next::Gap,
            };
            let goes_on_us = self.goes_on_us(told);
            if self.taken.is_empty() {
                if more_us.is_none() && has_ended {
                    return Next::Ceased(self.cease());
                }
                let world_us = |us| self.source.source().map_or(us, |source| source.plan.clock.world_us(us));
                let ends_us = (!has_ended && self.term_to_us <= told.to_us).then_some(self.term_to_us);
                self.wait_us = [more_us.map(world_us), goes_on_us, ends_us].into_iter().flatten().min();
                let is_over = told.is_over && more_us.is_none() && self.term_to_us > told.to_us;
                return if is_over { Next::End } else { Next::Later };
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
        let telling = self.telling;
        self.relieve(|buffer| buffer.acknowledged(telling, offset));
    }
}

impl ToMember {
    /// Takes what is due.
    fn take(&mut self) -> Taken {
        let Self { source, stream, epoch, telling, place, taken, .. } = self;
        let due_us = source.source().map_or(i64::MIN, |of| of.plan.clock.at(source.stage.due_us()));
        let take = |buffer: &mut Buffer| buffer.take(*telling, place, (due_us, epoch.as_ref()), TAKE_STEPS, taken);
        source.with_buffer(*stream, take).unwrap_or(Taken::More(None))
    }

    /// The term is told to its end. Gives how the process stands now; where it is primary again, it is so in another term.
    fn cease(&self) -> Standing {
        let Some(source) = self.source.source() else { return Standing::Down };
        if self.term.is_some_and(|term| source.drew(term, &self.pool)) {
            self.source.stage.relieved();
        }
        match source.plan.terms.standing(self.source.process, self.source.stage.now_us()) {
            Standing::Down => Standing::Down,
            Standing::Primary | Standing::Backup => Standing::Backup,
        }
    }

    fn relieve(&self, relieve: impl FnOnce(&mut Buffer) -> bool) {
        let relieved = self.source.source().zip(self.stream);
        if relieved.is_some_and(|(source, stream)| source.relieve(stream, relieve)) {
            self.source.stage.relieved();
        }
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
        let telling = self.telling;
        self.relieve(|buffer| buffer.left(telling));
    }
}
