//! A mix of flows: some of the files, each in a world of its own names, shifted so that they overlap, as one world's events;
//! and which of these anybody heard.
//!
//! Knows which events there are and what of them is complete; not how they are told to an ETL.

use std::collections::{BTreeMap, BTreeSet};

use callmart_etl::TransformSettings;
use callmart_node::world::Teller;
use callmart_schema::event::{Epoch, Event, from_json, to_json};

use super::chance::Chance;
use crate::file::{Flow, START_US};

const MINUTE_US: i64 = 60_000_000;
/// Longest time between the begins of two flows of a mix.
const SHIFTS_S: usize = 900;
/// From the begin of flows to ten minutes before the next UTC day.
const TO_MIDNIGHT_US: i64 = (13 * 60 + 50) * MINUTE_US;

/// A stretch of a source that is complete: numbers `(from_seq, to_seq]` and the time `[from_us, to_us)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// Place of the source among the tellers.
    pub(crate) teller: usize,
    pub(crate) from_seq: u64,
    pub(crate) to_seq: u64,
    pub(crate) from_us: i64,
    pub(crate) to_us: i64,
}

/// What was heard of a mix by anybody: a mart is a function of this.
#[derive(Debug, Clone)]
pub(crate) struct Mix {
    /// The flows, by the names that they have here.
    pub(crate) flows: Vec<String>,
    pub(crate) settings: TransformSettings,
    pub(crate) tellers: Vec<Teller>,
    pub(crate) epoch: i64,
    /// In the order in which they were told.
    pub(crate) events: Vec<Event>,
    /// How many events nobody heard.
    pub(crate) missing: usize,
    /// What is said to be complete, by source and number.
    pub(crate) stretches: Vec<Stretch>,
    /// Up to when the sources were heard.
    pub(crate) until_us: i64,
    /// Whether the sources stopped in good order.
    pub(crate) has_stopped: bool,
}

impl Mix {
    /// A mix that all is heard of.
    pub(crate) fn whole(texts: &[(String, String)], chance: &mut Chance) -> Self {
        let begin_us = START_US + if chance.once_in(3) { TO_MIDNIGHT_US } else { 0 };
        let (flows, shares_telephones) = (drawn(texts, begin_us, chance), chance.once_in(4));
        let mut events: Vec<Event> = flows.iter().flat_map(Flow::events).collect();
        events.sort_by_key(|event| event.time_us);
        if shares_telephones {
            let names: Vec<&str> = flows.iter().map(|flow| flow.name.as_str()).collect();
            events = events.iter().map(|event| on_shared_telephones(event, &names)).collect();
        }
        let tellers = flows.first().map(|flow| flow.played.tellers.clone()).unwrap_or_default();
        number(&mut events, begin_us);
        let last_us = events.last().map_or(begin_us, |last| last.time_us);
        let until_us = last_us + 1 + i64::from(chance.once_in(2)) * chance.between(1, 300) as i64 * MINUTE_US;
        let mut mix = Self {
            flows: flows.iter().map(|flow| flow.name.clone()).collect(),
            settings: settings(&flows, chance),
            tellers,
            epoch: begin_us,
            events,
            missing: 0,
            stretches: Vec::new(),
            until_us,
            has_stopped: chance.once_in(2),
        };
        mix.stretches = (0..mix.tellers.len()).flat_map(|teller| mix.stretches_of(teller)).collect();
        mix
    }

    /// The same mix, of which a part is missing. Mostly it is known what is lost; now and then all is said to be complete.
    pub(crate) fn without_a_part(mut self, chance: &mut Chance) -> Self {
        let missing = missing(&self.events, chance);
        let count = self.events.len();
        self.events.retain(|event| !missing.contains(&(event.source.clone(), event.seq)));
        self.missing = count - self.events.len();
        if !chance.once_in(4) {
            let known = self.stretches.clone();
            self.stretches = known.iter().flat_map(|stretch| self.without_holes(stretch)).collect();
        }
        self
    }

    /// The events of a source, in order.
    pub(crate) fn told_by(&self, teller: usize) -> Vec<&Event> {
        let name = self.tellers.get(teller).map_or("", |teller| teller.name.as_str());
        self.events.iter().filter(|event| event.source == name).collect()
    }

    fn stretches_of(&self, teller: usize) -> Option<Stretch> {
        let to_seq = self.told_by(teller).last().map_or(0, |last| last.seq);
        Some(Stretch { teller, from_seq: 0, to_seq, from_us: self.epoch, to_us: self.until_us })
    }

    /// What is left of a stretch between the events that nobody heard.
    fn without_holes(&self, whole: &Stretch) -> Vec<Stretch> {
        let mut left: Vec<Stretch> = Vec::new();
        let mut at = Stretch { to_seq: whole.from_seq, ..*whole };
        for event in self.told_by(whole.teller) {
            if event.seq > at.to_seq + 1 {
                // What was lost lay between the last that was heard and this.
                let last_us = self.time_of(whole.teller, at.to_seq).map_or(whole.from_us, |us| us + 1);
                left.push(Stretch { to_us: last_us, ..at });
                at = Stretch { from_seq: event.seq - 1, from_us: event.time_us, ..at };
            }
            at.to_seq = event.seq;
        }
        if at.to_seq < whole.to_seq {
            let last_us = self.time_of(whole.teller, at.to_seq).map_or(whole.from_us, |us| us + 1);
            left.push(Stretch { to_us: last_us, ..at });
            at = Stretch { from_seq: whole.to_seq, to_seq: whole.to_seq, from_us: whole.to_us - 1, ..at };
        }
        left.push(Stretch { to_us: whole.to_us, ..at });
        left.retain(|stretch| stretch.from_us < stretch.to_us || stretch.from_seq < stretch.to_seq);
        left
    }

    fn time_of(&self, teller: usize, seq: u64) -> Option<i64> {
        self.told_by(teller).iter().find(|event| event.seq == seq).map(|event| event.time_us)
    }
}

/// Some flows; one that is drawn twice is there twice, under two names.
fn drawn(texts: &[(String, String)], begin_us: i64, chance: &mut Chance) -> Vec<Flow> {
    let count = chance.between(3, 9);
    let flow = |place: usize| {
        let (name, text) = chance.one_of(texts);
        let start_us = begin_us + chance.below(SHIFTS_S * 1_000) as i64 * 1_000;
        Flow::begun_at(start_us, &format!("{name}n{place}"), &text).expect("a flow")
    };
    (1..=count).map(flow).collect()
}

/// The settings of one of the flows; others now and then.
fn settings(flows: &[Flow], chance: &mut Chance) -> TransformSettings {
    TransformSettings {
        gidb_tables: chance.once_in(2),
        user_data_of_mediation: chance.once_in(3),
        match_tolerance_ms: chance.one_of(&[0, 1_000, 60_000]),
        ..flows[chance.below(flows.len())].settings.clone()
    }
}

/// Numbers the events of each source anew, as one world's.
fn number(events: &mut [Event], begin_us: i64) {
    let mut last: BTreeMap<String, u64> = BTreeMap::new();
    for event in events {
        let seq = last.entry(event.source.clone()).or_default();
        *seq += 1;
        event.seq = *seq;
        let process = event.epoch.as_option().map(|epoch| epoch.process.clone()).unwrap_or_default();
        event.epoch = Epoch::new(begin_us, &process).into();
    }
}

/// The event with the telephones of all flows being the same: many agents on one telephone, at one time.
fn on_shared_telephones(event: &Event, flows: &[&str]) -> Event {
    let mut line = to_json(event).expect("an event as JSON");
    for flow in flows {
        line = line.replace(&format!("\"{flow}-1"), "\"all-1");
    }
    from_json(line.as_bytes()).expect("the same event")
}

/// By source and number, what nobody hears: single events, all of a source from one to another, or a source's kind of events.
fn missing(events: &[Event], chance: &mut Chance) -> BTreeSet<(String, u64)> {
    let of = |event: &Event| (event.source.clone(), event.seq);
    match chance.below(4) {
        0 | 1 => {
            let one_in = chance.between(5, 60);
            events.iter().filter(|_| chance.once_in(one_in)).map(of).collect()
        }
        2 => {
            let source = chance.one_of(events).source;
            let told: Vec<&Event> = events.iter().filter(|event| event.source == source).collect();
            let (from, count) = (chance.below(told.len()), chance.between(1, told.len()));
            told.into_iter().skip(from).take(count).map(of).collect()
        }
        _ => {
            let kind = |event: &Event| event.body.as_ref().map(std::mem::discriminant);
            let one = kind(&chance.one_of(events));
            let some = chance.between(1, 3);
            events.iter().filter(|event| kind(event) == one && chance.once_in(some)).map(of).collect()
        }
    }
}
