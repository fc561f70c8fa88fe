//! A member of a pool as the contract describes one: it keeps what it was told, and knows where it is.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use callmart_schema::event::{Body as Event, Event as Envelope, Snapshot, decode};
use callmart_schema::session::{Batch, Body, Covers, Error, Welcome};

use super::client::{Client, hello, resuming};

/// A member of a pool, connected or not. Everything that it was told is durable at once.
pub(crate) struct Member {
    pub(crate) pool: String,
    pub(crate) name: String,
    pub(crate) client: Option<Client>,
    pub(crate) stream: String,
    /// Up to where it has everything that falls to it.
    pub(crate) position: u64,
    /// Events by number.
    pub(crate) events: BTreeMap<u64, Envelope>,
    pub(crate) covers: Vec<Covers>,
    /// Snapshots with the offset behind which they stand.
    pub(crate) snapshots: Vec<(u64, Envelope)>,
    pub(crate) complete_us: i64,
}

impl Member {
    pub(crate) fn new(pool: &str, name: &str) -> Self {
        Self {
            pool: pool.to_owned(),
            name: name.to_owned(),
            client: None,
            stream: String::new(),
            position: 0,
            events: BTreeMap::new(),
            covers: Vec::new(),
            snapshots: Vec::new(),
            complete_us: 0,
        }
    }

    /// Connects and says where it is.
    pub(crate) async fn connect(&mut self, address: SocketAddr) -> Welcome {
        let mut hello = hello("i-proxy", &self.pool, &self.name);
        if !self.stream.is_empty() {
            hello = resuming(hello, &self.stream, self.position);
        }
        let (client, welcome) = Client::greet(address, hello).await;
        assert_eq!((&welcome.pool, &welcome.member), (&self.pool, &self.name));
        self.client = Some(client);
        self.stream.clone_from(&welcome.stream);
        self.position = welcome.offset;
        welcome
    }

    pub(crate) fn client(&mut self) -> &mut Client {
        self.client.as_mut().expect("connected")
    }

    pub(crate) async fn leave(&mut self) {
        self.client.take().expect("connected").leave().await;
    }

    /// Takes in what is told until everything before a moment is complete.
    pub(crate) async fn until(&mut self, complete_us: i64) {
        while self.complete_us < complete_us {
            let batch = self.client().batch().await;
            self.take(batch).await;
        }
    }

    /// Takes in what is told until the source stops.
    pub(crate) async fn play_out(&mut self) {
        loop {
            match self.client().frame().await {
                Some(Body::Batch(batch)) => self.take(batch).await,
                Some(Body::Heartbeat(_)) => (),
                Some(Body::Stop(stop)) => {
                    assert_eq!(stop.offset, self.position);
                    return self.client().ack(stop.offset).await;
                }
                other => panic!("batches and a stop were expected: {other:?}"),
            }
        }
    }

    /// Takes in what is told until the source ends the session for a cause.
    pub(crate) async fn until_error(&mut self) -> Error {
        loop {
            match self.client().frame().await {
                Some(Body::Batch(batch)) => self.take(batch).await,
                Some(Body::Heartbeat(_)) => (),
                Some(Body::Error(error)) => return error,
                other => panic!("an error was expected: {other:?}"),
            }
        }
    }

    pub(crate) async fn take(&mut self, batch: Batch) {
        let to_offset = batch.to_offset;
        self.keep(batch);
        self.client().ack(to_offset).await;
    }

    fn keep(&mut self, batch: Batch) {
        let Batch { from_offset, to_offset, events, covers, snapshots, .. } = batch;
        assert_eq!(from_offset, self.position, "a batch follows the one before");
        assert!(events.len() as u64 <= to_offset - from_offset, "no more events than offsets");
        for snapshot in snapshots {
            let event = decode(&snapshot).expect("an event");
            assert!(matches!(event.body, Some(Event::Snapshot(_))));
            self.snapshots.push((from_offset, event));
        }
        let mut last = from_offset;
        for bytes in events {
            let event = decode(&bytes).expect("an event");
            assert!(last < event.seq && event.seq <= to_offset, "{last} < {} <= {to_offset}", event.seq);
            last = event.seq;
            assert!(self.events.insert(event.seq, event).is_none(), "told twice: {last}");
        }
        self.position = to_offset;
        self.complete_us = covers.iter().map(|c| c.to_us).fold(self.complete_us, i64::max);
        self.covers.extend(covers);
    }

    pub(crate) fn last_snapshot(&self) -> (u64, &Envelope, &Snapshot) {
        let (offset, event) = self.snapshots.last().expect("a snapshot");
        let Some(Event::Snapshot(snapshot)) = &event.body else { panic!("a snapshot") };
        (*offset, event, snapshot)
    }

    /// Whether its covers hold a range, told in whatever pieces.
    pub(crate) fn has_covered(&self, range: &Covers) -> bool {
        let mut at = (range.from_seq, range.from_us);
        let mut mine: Vec<&Covers> = self.covers.iter().collect();
        mine.sort_by_key(|c| (c.from_us, c.from_seq, c.to_us));
        for c in mine {
            if c.from_seq <= at.0 && c.from_us <= at.1 && c.to_us >= at.1 {
                at = (at.0.max(c.to_seq), at.1.max(c.to_us));
            }
        }
        at.0 >= range.to_seq && at.1 >= range.to_us
    }
}

/// What is complete at a pool from a moment on: ranges that all those among whom they were shared out have covered, joined.
/// Gives the moment and number up to which there is no hole.
pub(crate) fn complete_from(members: &[Member], from: (u64, i64)) -> (u64, i64) {
    let mut ranges: Vec<&Covers> = Vec::new();
    for member in members {
        let alone = [member.name.clone()];
        for range in &member.covers {
            let sharers = if range.members.is_empty() { &alone[..] } else { &range.members };
            let of_name = |name: &String| members.iter().find(|m| m.name == *name).expect("a member");
            if sharers.iter().all(|name| of_name(name).has_covered(range)) {
                ranges.push(range);
            }
        }
    }
    ranges.sort_by_key(|c| (c.from_us, c.from_seq));
    ranges.iter().fold(from, |at, c| {
        let joins = c.from_seq <= at.0 && c.from_us <= at.1;
        if joins { (at.0.max(c.to_seq), at.1.max(c.to_us)) } else { at }
    })
}
