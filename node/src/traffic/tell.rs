//! Telling: takes down what each source has to tell, and when. Does not know what it means, nor how it is numbered.

use callmart_schema::event::Body;

use crate::world::Happening;

/// What the sources have to tell since it was last taken.
#[derive(Debug, Default)]
pub(super) struct Voice {
    happened: Vec<Happening>,
    /// The moment of which is told, microseconds since 1970-01-01 UTC.
    pub(super) now_us: i64,
}

impl Voice {
    /// Lets a source tell something of this moment.
    pub(super) fn tell(&mut self, teller: usize, body: impl Into<Body>) {
        self.happened.push(Happening { teller, time_us: self.now_us, body: body.into() });
    }

    /// What is to be told since the last time.
    pub(super) fn take(&mut self) -> Vec<Happening> {
        std::mem::take(&mut self.happened)
    }
}
