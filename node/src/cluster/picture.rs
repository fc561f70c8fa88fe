//! What exists at a source, folded from its events in order: calls with their parties and data, passes through virtual
//! queues, telephones with their sessions, states and calls. From it come snapshots (`docs/sources.md`).
//!
//! Forgets what has ended, so that it is bounded by what exists. What changes something that it does not know changes
//! nothing. Does not know who listens, nor where a stream has holes.

mod calls;
mod telephones;

use std::collections::BTreeMap;

use callmart_schema::event::{Body, Epoch, Event, Snapshot, VirtualQueueQueued, decode};

use calls::Calls;
use telephones::Telephones;

use crate::playback::{Interaction, interaction};

/// Where in a source's events a snapshot holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsOf {
    /// The epoch.
    pub epoch: Epoch,
    /// Number of the last event in it that the snapshot contains; 0 as of the epoch's begin.
    pub seq: u64,
    /// The moment, microseconds since 1970-01-01 UTC by the source's clock.
    pub time_us: i64,
}

/// What exists at one source.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Source, switch and tenant of every entity.
    envelope: Event,
    /// The last event that was heard.
    heard: Option<(Epoch, u64)>,
    calls: Calls,
    /// By id, passes through virtual queues with their begin.
    passes: BTreeMap<String, (i64, VirtualQueueQueued)>,
    telephones: Telephones,
    interactions: Interactions,
}

/// By UUID, interactions of which something exists, and how much.
#[derive(Debug, Clone, Default)]
struct Interactions(BTreeMap<Interaction, usize>);

impl Interactions {
    fn more(&mut self, id: &str) {
        match self.0.get_mut(id) {
            Some(count) => *count += 1,
            None => drop(self.0.insert(Interaction::from(id), 1)),
        }
    }

    fn less(&mut self, id: &str) {
        if let Some(count) = self.0.get_mut(id) {
            *count -= 1;
            if *count == 0 {
                self.0.remove(id);
            }
        }
    }
}

/// UUID of the interaction of a call.
fn own_or_root<'a>(call: &'a str, root_call: &'a str) -> &'a str {
    if root_call.is_empty() { call } else { root_call }
}

impl Picture {
    /// A source at which nothing exists yet.
    #[must_use]
    pub fn new(source: &str, switch: &str, tenant: &str) -> Self {
        let envelope = Event {
            source: source.to_owned(),
            switch: switch.to_owned(),
            tenant: tenant.to_owned(),
            ..Event::default()
        };
        Self {
            envelope,
            heard: None,
            calls: Calls::default(),
            passes: BTreeMap::new(),
            telephones: Telephones::default(),
            interactions: Interactions::default(),
        }
    }

    /// Folds the source's next event. One whose number is not behind the last one's is told again, or another under a used
    /// number: it changes nothing. A complete snapshot says what exists, and all else is forgotten.
    pub fn hear(&mut self, event: Event) {
        let Event { epoch, seq, time_us, body: Some(body), .. } = event else { return };
        let place = (epoch.as_option().cloned().unwrap_or_default(), seq);
        if let Body::Snapshot(snapshot) = body {
            if snapshot.complete && self.heard.as_ref().is_none_or(|heard| place >= *heard) {
                self.heard = Some(place);
                self.show(snapshot);
            }
            return;
        }
        if self.heard.as_ref().is_some_and(|heard| place <= *heard) {
            return;
        }
        self.heard = Some(place);
        self.happen(time_us, body);
    }

    /// Forgets everything but what a snapshot names.
    pub fn show(&mut self, snapshot: Snapshot) {
        let Self { envelope, heard, .. } = std::mem::replace(self, Self::new("", "", ""));
        (self.envelope, self.heard) = (envelope, heard);
        for entity in snapshot.entities {
            if let Some(body) = entity.body {
                self.happen(entity.time_us, body);
            }
        }
    }

    /// Folds the source's next event as it was told; bytes that are no event change nothing.
    pub fn hear_bytes(&mut self, bytes: &[u8]) {
        if let Ok(event) = decode(bytes) {
            self.hear(event);
        }
    }

    /// Folds what happened next, at `time_us` (microseconds since 1970-01-01 UTC by the source's clock).
    pub fn happen(&mut self, time_us: i64, body: Body) {
        match body {
            Body::CallCreated(b) => self.calls.created(time_us, b, &mut self.interactions),
            Body::CallDataChanged(b) => self.calls.changed(b),
            Body::CallDeleted(b) => self.calls.deleted(&b.call, &mut self.interactions),
            Body::PartyAdded(b) => self.calls.party_added(time_us, b),
            Body::PartyStateChanged(b) => self.calls.party_changed(time_us, b),
            Body::PartyMoved(b) => self.calls.party_moved(time_us, b),
            Body::PartyDeleted(b) => self.calls.party_deleted(&b.call, &b.party),
            Body::UserDataChanged(b) => self.calls.data_changed(time_us, b),
            Body::VirtualQueueQueued(b) => self.queued(time_us, b),
            Body::VirtualQueueEnded(b) => {
                if let Some((_, pass)) = self.passes.remove(&b.virtual_queue_id) {
                    self.interactions.less(own_or_root(&pass.call, &pass.root_call));
                }
            }
            Body::DnServiceChanged(b) => self.telephones.service_changed(time_us, b, &mut self.interactions),
            Body::AgentLogin(b) => self.telephones.logged_in(time_us, b),
            Body::AgentLogout(b) => self.telephones.logged_out(&b.dn, &b.session),
            body @ (Body::AgentReady(_) | Body::AgentNotReady(_)) => self.telephones.said(time_us, body),
            Body::DnCall(b) => self.telephones.in_call(time_us, b, &mut self.interactions),
            _ => (),
        }
    }

    fn queued(&mut self, time_us: i64, pass: VirtualQueueQueued) {
        if !self.passes.contains_key(&pass.virtual_queue_id) {
            self.interactions.more(own_or_root(&pass.call, &pass.root_call));
            self.passes.insert(pass.virtual_queue_id.clone(), (time_us, pass));
        }
    }

    /// Whether anything of an interaction exists here: a call, a pass, a telephone in one of its calls.
    #[must_use]
    pub fn goes_on(&self, interaction: &str) -> bool {
        self.interactions.0.contains_key(interaction)
    }

    /// The interactions of which anything exists here.
    pub fn interactions(&self) -> impl Iterator<Item = &Interaction> {
        self.interactions.0.keys()
    }

    /// A shared key for the interaction that something belongs to; none for what belongs to no call.
    #[must_use]
    pub fn key(&self, body: &Body) -> Option<Interaction> {
        let id = interaction(body)?;
        Some(
            self.interactions
                .0
                .get_key_value(id)
                .map_or_else(|| Interaction::from(id), |(key, _)| Interaction::clone(key)),
        )
    }

    /// A snapshot of everything, which says that nothing else exists.
    #[must_use]
    pub fn of_everything(&self, as_of: &AsOf) -> Event {
        self.snapshot(as_of, |_| true, Snapshot { complete: true, ..Snapshot::default() })
    }

    /// A snapshot of the interactions that are chosen by their UUID, and of all that belongs to no call. `ended_calls` are the
    /// calls that it shall name as ended.
    #[must_use]
    pub fn of_interactions(&self, as_of: &AsOf, chosen: impl Fn(&str) -> bool, ended_calls: Vec<String>) -> Event {
        self.snapshot(as_of, chosen, Snapshot { ended_calls, ..Snapshot::default() })
    }

    fn snapshot(&self, as_of: &AsOf, chosen: impl Fn(&str) -> bool, empty: Snapshot) -> Event {
        let stamped = |time_us, body| Event {
            epoch: as_of.epoch.clone().into(),
            seq: as_of.seq,
            time_us,
            body: Some(body),
            ..self.envelope.clone()
        };
        let of_chosen = self.bodies().filter(|(_, body)| interaction(body).is_none_or(&chosen));
        let entities = of_chosen.map(|(since_us, body)| stamped(since_us, body)).collect();
        let body = Snapshot { as_of_seq: as_of.seq, entities, ..empty };
        stamped(as_of.time_us, body.into())
    }

    /// Everything that exists as the event that would bring it about, with the time since when it is so: calls in the order of
    /// their begin, each with its parties and data, then passes in that order, then telephones by number.
    fn bodies(&self) -> impl Iterator<Item = (i64, Body)> {
        let mut passes: Vec<_> = self.passes.values().collect();
        passes.sort_by(|a, b| (a.0, &a.1.virtual_queue_id).cmp(&(b.0, &b.1.virtual_queue_id)));
        let passes = passes.into_iter().map(|(since_us, body)| (*since_us, body.clone().into()));
        self.calls.bodies().chain(passes).chain(self.telephones.bodies())
    }
}

#[cfg(test)]
mod tests;
