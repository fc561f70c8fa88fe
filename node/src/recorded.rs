//! A stream that is held in memory as it was recorded.
//!
//! Does not know where the recording came from.

use std::sync::Arc;

use crate::playback::{Known, Listener, Piece, Playback, Telling};

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
    fn stream(&self) -> String {
        self.stream.clone()
    }

    fn total_offset(&self) -> Option<u64> {
        Some(self.total_offset)
    }

    fn tell(self: Arc<Self>, listener: &Listener<'_>) -> Box<dyn Telling> {
        let stream = self.stream.clone();
        let after = listener.offset_in(&stream).unwrap_or(0).min(self.total_offset);
        let (first, start_us, end_us) = (self.index_after(after), self.start_us, self.end_us);
        let pieces = (first..self.pieces.len()).filter_map(move |index| self.pieces.get(index).cloned());
        Box::new(Known::new(stream, pieces, after, start_us, end_us))
    }
}
