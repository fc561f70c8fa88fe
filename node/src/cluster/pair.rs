//! One source told by its pair of processes: each event gets its epoch, its number and its canonical bytes here.
//!
//! Follows a plan of terms; does not know why a process stops or begins, nor who listens.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use callmart_schema::event::{Body, Epoch, Event, canonical, decode};

use super::losses::{LossBook, TellingPlace};
use super::picture::{AsOf, Picture};
use super::plan::SourcePlan;

/// First bytes of what is no event: a field of a kind that the encoding does not have.
const NO_FIELD: [u8; 2] = [0xFF, 0x01];

/// Something that a source tells: an event, a snapshot, or bytes that are neither.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Place of the source among the world's tellers.
    pub teller: usize,
    /// Number of the term in which it is told, which says the process and the stream.
    pub term: usize,
    /// When it is told by the source's clock, microseconds since 1970-01-01 UTC.
    pub time_us: i64,
    /// The term's epoch.
    pub epoch: Arc<Epoch>,
    /// Its number in the epoch; of a snapshot 0, of bytes that are no event that of the event before them.
    pub seq: u64,
    /// Canonical bytes.
    pub bytes: Bytes,
    /// What it says; none for bytes that are no event.
    pub body: Option<Body>,
}

/// Something that a source does at a moment though nothing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slip {
    /// Tells the last so many events again.
    Repeat(usize),
    /// Tells other content under the last event's number.
    Reuse,
    /// Tells bytes that are no event.
    Garbage,
}

/// Most events that are told again at a time.
const MAX_REPEATED: usize = 10_000;

impl Slip {
    /// How many of the last events it needs.
    pub(super) fn history_events(self) -> usize {
        match self {
            // Both processes may tell, each its own.
            Self::Repeat(events) => 2 * events.min(MAX_REPEATED),
            Self::Reuse => 2,
            Self::Garbage => 0,
        }
    }
}

/// A term that goes on.
#[derive(Debug)]
struct Going {
    term: usize,
    /// World time from which on all is lost.
    lost_from_us: i64,
    epoch: Arc<Epoch>,
    /// Its last event: the envelope stays, number, time and body change.
    last: Event,
}

/// A source and its processes on their way.
#[derive(Debug)]
pub struct Pair {
    teller: usize,
    plan: Arc<SourcePlan>,
    going: Vec<Going>,
    /// Terms that have begun.
    begun: usize,
    /// What exists, told or not; none where no process will ever have to say it.
    picture: Option<Picture>,
    /// The last events told, each with its term, as many as may have to be told again.
    history: VecDeque<(usize, Bytes)>,
    history_events: usize,
    /// The last event of the last epoch that was told.
    last_told: Option<TellingPlace>,
    /// While nobody tells, the number of that stretch among the losses.
    silent: Option<usize>,
    losses: LossBook,
}

impl Pair {
    /// The processes of a teller at the begin of the plan. `history_events` is the most that a slip will repeat; what nobody
    /// tells is entered in `losses`.
    #[must_use]
    pub fn new(teller: usize, plan: Arc<SourcePlan>, history_events: usize, losses: LossBook) -> Self {
        let named = &plan.teller;
        let takes_over = plan.terms.all().len() > 1;
        let picture = takes_over.then(|| Picture::new(&named.name, &named.switch, &named.tenant));
        let (going, history) = (Vec::new(), VecDeque::new());
        Self { teller, plan, going, begun: 0, picture, history, history_events, last_told: None, silent: None, losses }
    }

    /// A moment of the world's time begins: terms end and begin. A term begins with a snapshot, unless it is the first of all.
    pub fn arrive(&mut self, world_us: i64, told: &mut Vec<Told>) {
        while let Some(term) = self.plan.terms.get(self.begun).filter(|term| term.from_us <= world_us) {
            let (number, lost_from_us) = (self.begun, term.lost_from_us);
            self.begun += 1;
            let Some(epoch) = self.plan.epoch(number).map(Arc::clone) else { continue };
            let teller = &self.plan.teller;
            let last = Event {
                source: teller.name.clone(),
                epoch: epoch.as_ref().clone().into(),
                switch: teller.switch.clone(),
                tenant: teller.tenant.clone(),
                ..Event::default()
            };
            if number > 0 && lost_from_us > world_us {
                told.extend(self.snapshot(number, &epoch, world_us));
            }
            self.going.push(Going { term: number, lost_from_us, epoch, last });
        }
        let terms = &self.plan.terms;
        self.going.retain(|going| terms.get(going.term).is_some_and(|term| term.to_us > world_us));
        self.note_silence(world_us);
    }

    /// Enters the begin or the end of a stretch in which nobody tells.
    fn note_silence(&mut self, world_us: i64) {
        let tell = self.going.iter().filter(|going| going.lost_from_us > world_us);
        let newest = tell.map(|going| TellingPlace::new(&going.epoch, going.last.seq)).max();
        let clock_us = self.plan.clock.at(world_us);
        match (self.silent, newest) {
            (None, None) => {
                self.silent = Some(self.losses.begin(&self.plan.teller.name, clock_us, self.last_told.clone()));
            }
            (Some(number), Some(place)) => {
                self.losses.end(number, clock_us, place.clone());
                (self.silent, self.last_told) = (None, Some(place));
            }
            (None, Some(place)) => self.last_told = self.last_told.take().max(Some(place)),
            (Some(_), None) => (),
        }
    }

    /// What exists, as of a term's begin.
    fn snapshot(&self, term: usize, epoch: &Arc<Epoch>, world_us: i64) -> Option<Told> {
        let time_us = self.plan.clock.at(world_us);
        let as_of = AsOf { epoch: epoch.as_ref().clone(), seq: 0, time_us };
        let event = self.picture.as_ref()?.of_everything(&as_of);
        let bytes = canonical(&event).into();
        Some(Told { teller: self.teller, term, time_us, epoch: Arc::clone(epoch), seq: 0, bytes, body: event.body })
    }

    /// Something happened that the source has to tell, at a moment of the world's.
    pub fn happen(&mut self, world_us: i64, body: Body, told: &mut Vec<Told>) {
        let time_us = self.plan.clock.at(world_us);
        let mut body = Some(body);
        if let (Some(picture), Some(body)) = (&mut self.picture, &body) {
            picture.happen(time_us, body.clone());
        }
        if let (Some(number), Some(body)) = (self.silent, &body) {
            self.losses.add(number, body);
        }
        let last = self.going.len().saturating_sub(1);
        for (place, going) in self.going.iter_mut().enumerate() {
            going.last.seq += 1;
            going.last.time_us = time_us;
            if going.lost_from_us <= world_us {
                continue;
            }
            going.last.body = if place == last { body.take() } else { body.clone() };
            let bytes = Bytes::from(canonical(&going.last));
            if self.history_events > 0 {
                self.history.push_back((going.term, bytes.clone()));
                if self.history.len() > self.history_events {
                    self.history.pop_front();
                }
            }
            let (epoch, seq, body) = (Arc::clone(&going.epoch), going.last.seq, going.last.body.take());
            match &mut self.last_told {
                Some(last) if last.is_of(&epoch) => last.seq = seq,
                _ => (),
            }
            told.push(Told { teller: self.teller, term: going.term, time_us, epoch, seq, bytes, body });
        }
    }

    /// Every process that tells slips.
    pub fn slip(&self, world_us: i64, slip: Slip, told: &mut Vec<Told>) {
        for going in self.going.iter().filter(|going| going.lost_from_us > world_us) {
            let of_term = || self.history.iter().filter(|(term, _)| *term == going.term).map(|(_, bytes)| bytes);
            match slip {
                Slip::Repeat(events) => {
                    let skip = of_term().count().saturating_sub(events);
                    told.extend(of_term().skip(skip).filter_map(|bytes| self.again(going, world_us, bytes.clone())));
                }
                Slip::Reuse => told.extend(of_term().next_back().and_then(|bytes| self.other(going, world_us, bytes))),
                Slip::Garbage => told.push(self.garbage(going, world_us)),
            }
        }
    }

    /// An event that was told before.
    fn again(&self, going: &Going, world_us: i64, bytes: Bytes) -> Option<Told> {
        let event = decode(&bytes).ok()?;
        Some(Told { seq: event.seq, bytes, body: event.body, ..self.nothing(going, world_us) })
    }

    /// The same number a microsecond later: other content that means nearly the same.
    fn other(&self, going: &Going, world_us: i64, bytes: &Bytes) -> Option<Told> {
        let mut event = decode(bytes).ok()?;
        event.time_us = event.time_us.saturating_add(1);
        if let Some(body) = &event.body {
            self.losses.reuse(&self.plan.teller.name, TellingPlace::new(&going.epoch, event.seq), body);
        }
        self.again(going, world_us, canonical(&event).into())
    }

    fn garbage(&self, going: &Going, world_us: i64) -> Told {
        let hash = blake3::hash(format!("{} {world_us}", self.plan.stream_name(0)).as_bytes());
        let bytes = NO_FIELD.into_iter().chain(hash.as_bytes().iter().copied()).collect();
        Told { bytes, ..self.nothing(going, world_us) }
    }

    fn nothing(&self, going: &Going, world_us: i64) -> Told {
        Told {
            teller: self.teller,
            term: going.term,
            time_us: self.plan.clock.at(world_us),
            epoch: Arc::clone(&going.epoch),
            seq: going.last.seq,
            bytes: Bytes::new(),
            body: None,
        }
    }
}
