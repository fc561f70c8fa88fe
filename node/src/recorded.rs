//! A stream that is held in memory as it was recorded.
//!
//! Does not know where the recording came from.

use std::sync::Arc;

use crate::playback::{Piece, Playback};

/// Pieces in memory.
#[derive(Debug)]
pub struct Recorded {
    stream: String,
    pieces: Vec<Piece>,
    start_us: i64,
    end_us: i64,
    total_offset: u64,
}

impl Recorded {
    /// A recording of `pieces`, named `stream`; the source's clock goes from `start_us` to `end_us`.
    #[must_use]
    pub fn new(stream: String, pieces: Vec<Piece>, start_us: i64, end_us: i64) -> Self {
        let total_offset = pieces.iter().filter(|piece| is_event(piece)).count() as u64;
        Self { stream, pieces, start_us, end_us, total_offset }
    }

    /// Index of the first piece after an offset.
    fn index_after(&self, offset: u64) -> usize {
        let mut events = 0;
        let reached = |piece: &Piece| {
            events += u64::from(is_event(piece));
            events == offset
        };
        match offset {
            0 => 0,
            _ => self.pieces.iter().position(reached).map_or(self.pieces.len(), |index| index + 1),
        }
    }
}

fn is_event(piece: &Piece) -> bool {
    matches!(piece, Piece::Event { .. })
}

impl Playback for Recorded {
    fn stream(&self) -> &str {
        &self.stream
    }

    fn total_offset(&self) -> u64 {
        self.total_offset
    }

    fn start_us(&self) -> i64 {
        self.start_us
    }

    fn end_us(&self) -> i64 {
        self.end_us
    }

    fn pieces(self: Arc<Self>, after: u64) -> Box<dyn Iterator<Item = Piece> + Send> {
        let first = self.index_after(after);
        Box::new((first..self.pieces.len()).filter_map(move |index| self.pieces.get(index).cloned()))
    }
}
