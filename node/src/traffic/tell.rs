//! Telling: takes down what each source has to tell, and when. Does not know what it means, nor how it is numbered.

use callmart_schema::event::Body;

use super::site::{Port, Site};
use crate::world::Happening;

/// What the sources have to tell since it was last taken.
#[derive(Debug, Default)]
pub(super) struct Voice {
    site: Site,
    happened: Vec<Happening>,
    /// The moment of which is told, microseconds since 1970-01-01 UTC.
    pub(super) now_us: i64,
}

impl Voice {
    /// The sources of a center, which have nothing to tell yet.
    pub(super) fn of(site: Site) -> Self {
        Self { site, ..Self::default() }
    }

    /// Lets a source tell something of this moment.
    pub(super) fn tell(&mut self, port: Port, body: impl Into<Body>) {
        let teller = self.site.place(port);
        self.happened.push(Happening { teller, time_us: self.now_us, body: body.into() });
    }

    /// What is to be told since the last time.
    pub(super) fn take(&mut self) -> Vec<Happening> {
        std::mem::take(&mut self.happened)
    }
}
