//! Telling: numbers the events of each source and gives them their canonical bytes. Does not know what they mean.

use callmart_schema::event::{Body, Epoch, Event, canonical};

use crate::world::{Teller, Told};

/// What the sources have told since it was last taken.
#[derive(Debug)]
pub(super) struct Voice {
    /// By teller, its last event: the envelope stays, number, time and body change.
    last: Vec<Event>,
    told: Vec<Told>,
    /// The moment of which is told, microseconds since 1970-01-01 UTC.
    pub(super) now_us: i64,
}

impl Voice {
    pub(super) fn new(tellers: &[Teller]) -> Self {
        let envelope = |teller: &Teller| Event {
            source: teller.name.clone(),
            epoch: Epoch::new(teller.epoch.0, &teller.epoch.1).into(),
            switch: teller.switch.clone(),
            tenant: teller.tenant.clone(),
            ..Event::default()
        };
        Self { last: tellers.iter().map(envelope).collect(), told: Vec::new(), now_us: 0 }
    }

    /// Lets a source tell something of this moment.
    pub(super) fn tell(&mut self, teller: usize, body: impl Into<Body>) {
        let Some(event) = self.last.get_mut(teller) else { return };
        event.seq += 1;
        event.time_us = self.now_us;
        event.body = Some(body.into());
        self.told.push(Told { teller, time_us: self.now_us, bytes: canonical(event) });
    }

    /// What was told since the last time.
    pub(super) fn take(&mut self) -> Vec<Told> {
        std::mem::take(&mut self.told)
    }
}
