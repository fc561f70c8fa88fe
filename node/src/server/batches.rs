//! Pieces put together into batches.
//!
//! What covers an event goes into the event's own batch unless it does not fit, so that nobody has the one without the
//! other.

use callmart_schema::session::{Batch, Covers};

use crate::playback::{Next, Piece, Standing, Telling, Wait};

/// Bytes that an event or a cover takes in a frame beyond its own content, at most.
const OVERHEAD_BYTES: usize = 16;
/// Bytes of a cover's numbers, at most.
const COVERS_NUMBERS_BYTES: usize = 60;

/// A batch and the source's clock after it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cut {
    pub(super) batch: Batch,
    /// End of the last stretch of time that is complete with it, if one is, microseconds since 1970-01-01 UTC.
    pub(super) complete_to_us: Option<i64>,
}

/// What is to be sent next.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum NextCut {
    /// A batch of what may be told now.
    Cut(Box<Cut>),
    /// Nothing yet.
    Later,
    /// Nothing more; the source's clock at its end, microseconds since 1970-01-01 UTC.
    End(i64),
    /// What comes next is forgotten.
    Gap,
    /// Nothing more from this process, which stands so now.
    Ceased(Standing),
}

/// A telling cut into batches.
pub(super) struct Batches {
    telling: Box<dyn Telling>,
    /// A piece that did not fit the last batch, and the offset with it.
    ahead: Option<(Piece, u64)>,
    /// Offset up to which everything is in batches or was passed over.
    offset: u64,
    max_events: usize,
    max_bytes: usize,
}

impl Batches {
    /// Batches of what is told; a single piece may go over `max_bytes`.
    pub(super) fn new(telling: Box<dyn Telling>, max_events: usize, max_bytes: usize) -> Self {
        let offset = telling.begins_after();
        Self { telling, ahead: None, offset, max_events, max_bytes }
    }

    /// The source's clock before the first batch, microseconds since 1970-01-01 UTC.
    pub(super) fn start_us(&self) -> i64 {
        self.telling.clock_us()
    }

    /// Waits until it is worth while to ask again after [`NextCut::Later`].
    pub(super) fn later(&mut self) -> Wait<'_> {
        self.telling.later()
    }

    /// The peer has everything up to the offset.
    pub(super) fn acknowledged(&mut self, offset: u64) {
        self.telling.acknowledged(offset);
    }

    /// The next batch: full, or of all that may be told now.
    pub(super) fn next(&mut self) -> NextCut {
        let mut batch = Batch { from_offset: self.offset, ..Batch::default() };
        let (mut bytes, mut complete_to_us) = (0, None);
        loop {
            let (piece, offset) = match self.next_piece() {
                Ok(piece) => piece,
                Err(instead) if is_empty(&batch) => return instead,
                Err(_) => break,
            };
            if !is_empty(&batch) && (self.is_full(&batch, &piece) || bytes + len_bytes(&piece) > self.max_bytes) {
                self.ahead = Some((piece, offset));
                break;
            }
            bytes += len_bytes(&piece);
            self.offset = offset;
            match piece {
                Piece::Event { bytes, .. } => batch.events.push(bytes),
                Piece::Snapshot { bytes } => batch.snapshots.push(bytes),
                Piece::Covers(covers) => {
                    complete_to_us = complete_to_us.max(end_of_stretch(&covers));
                    cover(&mut batch.covers, covers);
                }
            }
        }
        batch.to_offset = self.offset;
        NextCut::Cut(Box::new(Cut { batch, complete_to_us }))
    }

    /// The next piece with the offset after it, or what there is instead.
    fn next_piece(&mut self) -> Result<(Piece, u64), NextCut> {
        if let Some(ahead) = self.ahead.take() {
            return Ok(ahead);
        }
        match self.telling.next() {
            Next::Piece(piece) => Ok((piece, self.telling.offset())),
            Next::Later => Err(NextCut::Later),
            Next::Gap => Err(NextCut::Gap),
            Next::End => Err(NextCut::End(self.telling.clock_us())),
            Next::Ceased(standing) => Err(NextCut::Ceased(standing)),
        }
    }

    /// Whether a piece has to wait for the next batch, whatever its length.
    fn is_full(&self, batch: &Batch, piece: &Piece) -> bool {
        match piece {
            Piece::Event { .. } => batch.events.len() >= self.max_events,
            // It comes before the events of its batch.
            Piece::Snapshot { .. } => !batch.events.is_empty(),
            Piece::Covers(_) => false,
        }
    }
}

/// Adds what is complete; where stretches follow one another within a batch, one statement is enough.
fn cover(all: &mut Vec<Covers>, covers: Covers) {
    let joins = |last: &&mut Covers| {
        let is_same = last.epoch_started_us == covers.epoch_started_us
            && last.epoch_process == covers.epoch_process
            && last.members == covers.members;
        let follows = last.to_seq == covers.from_seq && last.to_us == covers.from_us;
        is_same && follows && end_of_stretch(last).is_some() && end_of_stretch(&covers).is_some()
    };
    match all.last_mut().filter(joins) {
        Some(last) => (last.to_seq, last.to_us) = (covers.to_seq, covers.to_us),
        None => all.push(covers),
    }
}

fn is_empty(batch: &Batch) -> bool {
    batch.events.is_empty() && batch.covers.is_empty() && batch.snapshots.is_empty()
}

fn end_of_stretch(covers: &Covers) -> Option<i64> {
    (covers.to_us > covers.from_us).then_some(covers.to_us)
}

fn len_bytes(piece: &Piece) -> usize {
    OVERHEAD_BYTES
        + match piece {
            Piece::Event { bytes, .. } | Piece::Snapshot { bytes } => bytes.len(),
            Piece::Covers(covers) => {
                let of_member = |member: &String| OVERHEAD_BYTES + member.len();
                let members: usize = covers.members.iter().map(of_member).sum();
                COVERS_NUMBERS_BYTES + covers.epoch_process.len() + members
            }
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::playback::Known;

    const END_US: i64 = 77;

    fn event(len: usize) -> Piece {
        Piece::Event { bytes: vec![0; len].into(), time_us: 0, interaction: None }
    }

    fn covers() -> Piece {
        Piece::Covers(Covers::default())
    }

    fn shape(pieces: Vec<Piece>, offset: u64, max_events: usize, max_bytes: usize) -> Vec<(u64, u64, usize, usize)> {
        let known = Known::new("a stream".to_owned(), pieces.into_iter(), offset, 0, END_US);
        let mut batches = Batches::new(Box::new(known), max_events, max_bytes);
        let mut shapes = Vec::new();
        loop {
            match batches.next() {
                NextCut::Cut(cut) => {
                    let Batch { from_offset, to_offset, events, covers, .. } = cut.batch;
                    shapes.push((from_offset, to_offset, events.len(), covers.len()));
                }
                other => {
                    assert_eq!(other, NextCut::End(END_US));
                    return shapes;
                }
            }
        }
    }

    #[test]
    fn a_full_batch_still_takes_what_covers_its_last_event() {
        let pieces = vec![event(1), event(1), covers(), event(1), covers()];
        assert_eq!(shape(pieces, 7, 2, 1_000), [(7, 9, 2, 1), (9, 10, 1, 1)]);
    }

    #[test]
    fn a_batch_is_cut_before_it_is_too_large_and_one_large_event_goes_alone() {
        let pieces = vec![event(40), event(40), event(500), event(1)];
        assert_eq!(shape(pieces, 0, 10, 150), [(0, 2, 2, 0), (2, 3, 1, 0), (3, 4, 1, 0)]);
    }

    #[test]
    fn stretches_that_follow_one_another_within_a_batch_are_told_as_one() {
        let stretch =
            |from_seq, to_seq, from_us, to_us| Covers { from_seq, to_seq, from_us, to_us, ..Covers::default() };
        let mut all = Vec::new();
        for covers in [
            stretch(0, 2, 10, 20),
            stretch(2, 2, 20, 30),
            stretch(2, 3, 31, 40),
            stretch(4, 4, 40, 50),
            Covers { epoch_started_us: 1, ..stretch(4, 5, 50, 60) },
            Covers { epoch_started_us: 1, ..stretch(5, 6, 60, 60) },
        ] {
            cover(&mut all, covers);
        }
        let told: Vec<_> = all.iter().map(|c| (c.from_seq, c.to_seq, c.from_us, c.to_us)).collect();
        assert_eq!(told, [(0, 2, 10, 30), (2, 3, 31, 40), (4, 4, 40, 50), (4, 5, 50, 60), (5, 6, 60, 60)]);
    }

    #[test]
    fn a_snapshot_stands_before_the_events_of_its_batch() {
        let snapshot = || Piece::Snapshot { bytes: vec![0; 3].into() };
        let pieces = vec![event(1), covers(), snapshot(), covers(), event(1), snapshot()];
        let known = Known::new("a stream".to_owned(), pieces.into_iter(), 0, 0, END_US);
        let mut batches = Batches::new(Box::new(known), 10, 1_000);
        let mut shapes = Vec::new();
        while let NextCut::Cut(cut) = batches.next() {
            shapes.push((cut.batch.snapshots.len(), cut.batch.events.len(), cut.batch.to_offset));
        }
        assert_eq!(shapes, [(0, 1, 1), (1, 1, 2), (1, 0, 2)]);
    }

    #[test]
    fn covers_alone_make_batches_without_events() {
        assert_eq!(shape(vec![covers(), covers()], 3, 10, 100), [(3, 3, 0, 1), (3, 3, 0, 1)]);
        assert!(shape(Vec::new(), 3, 10, 100).is_empty());
    }
}
