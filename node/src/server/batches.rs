//! Pieces put together into batches.
//!
//! What covers an event goes into the event's own batch unless it does not fit, so that nobody has the one without the
//! other.

use std::iter::Peekable;

use callmart_schema::session::{Batch, Covers};

use crate::playback::Piece;

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

/// An iterator over batches.
pub(super) struct Batches<I: Iterator<Item = Piece>> {
    pieces: Peekable<I>,
    offset: u64,
    max_events: usize,
    max_bytes: usize,
}

impl<I: Iterator<Item = Piece>> Batches<I> {
    /// Batches of what comes after `offset`; a single piece may go over `max_bytes`.
    pub(super) fn new(pieces: I, offset: u64, max_events: usize, max_bytes: usize) -> Self {
        Self { pieces: pieces.peekable(), offset, max_events, max_bytes }
    }
}

impl<I: Iterator<Item = Piece>> Iterator for Batches<I> {
    type Item = Cut;

    fn next(&mut self) -> Option<Cut> {
        let mut batch = Batch { from_offset: self.offset, ..Batch::default() };
        let mut bytes = 0;
        let mut complete_to_us = None;
        while let Some(piece) = self.pieces.next_if(|piece| {
            let empty = batch.events.is_empty() && batch.covers.is_empty();
            let full = matches!(piece, Piece::Event { .. }) && batch.events.len() >= self.max_events;
            empty || (!full && bytes + len_bytes(piece) <= self.max_bytes)
        }) {
            bytes += len_bytes(&piece);
            match piece {
                Piece::Event { bytes, .. } => {
                    self.offset += 1;
                    batch.events.push(bytes);
                }
                Piece::Covers(covers) => {
                    complete_to_us = complete_to_us.max(end_of_stretch(&covers));
                    batch.covers.push(covers);
                }
            }
        }
        batch.to_offset = self.offset;
        let empty = batch.events.is_empty() && batch.covers.is_empty();
        (!empty).then_some(Cut { batch, complete_to_us })
    }
}

fn end_of_stretch(covers: &Covers) -> Option<i64> {
    (covers.to_us > covers.from_us).then_some(covers.to_us)
}

fn len_bytes(piece: &Piece) -> usize {
    OVERHEAD_BYTES
        + match piece {
            Piece::Event { bytes, .. } => bytes.len(),
            Piece::Covers(covers) => COVERS_NUMBERS_BYTES + covers.epoch_process.len(),
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(len: usize) -> Piece {
        Piece::Event { bytes: vec![0; len], time_us: 0 }
    }

    fn covers() -> Piece {
        Piece::Covers(Covers::default())
    }

    fn shape(pieces: Vec<Piece>, offset: u64, max_events: usize, max_bytes: usize) -> Vec<(u64, u64, usize, usize)> {
        Batches::new(pieces.into_iter(), offset, max_events, max_bytes)
            .map(|cut| (cut.batch.from_offset, cut.batch.to_offset, cut.batch.events.len(), cut.batch.covers.len()))
            .collect()
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
    fn covers_alone_make_batches_without_events() {
        assert_eq!(shape(vec![covers(), covers()], 3, 10, 100), [(3, 3, 0, 1), (3, 3, 0, 1)]);
        assert!(shape(Vec::new(), 3, 10, 100).is_empty());
    }
}
