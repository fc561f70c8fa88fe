//! A world of calls at one source, made beforehand, so that a test knows who has to be told what.

use std::sync::Arc;

use callmart_node::playback::Role;
use callmart_node::world::{Happening, Stretch, Teller, World};
use callmart_schema::event::{Body, CallCreated, CallDeleted, PartyAdded, PartyState, PartyStateChanged, UserEvent};

use super::world::{START_US, STRETCH_US};

/// Name of the source.
pub(crate) const SOURCE: &str = "n/IPport";

/// Numbers that look random and repeat with the seed.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// How many calls there are and how they follow one another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) calls: u64,
    /// Calls that begin in each stretch.
    pub(crate) per_stretch: u64,
    /// Longest call, in stretches.
    pub(crate) longest: u64,
    /// Whether each stretch begins with an event that belongs to no call.
    pub(crate) beats: bool,
}

/// An event of the world: the interaction it belongs to, if it belongs to one, and whether that ends with it.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    pub(crate) time_us: i64,
    pub(crate) call: Option<String>,
    pub(crate) is_end: bool,
    body: Body,
}

/// All events of a world, by number from 1 on.
#[derive(Debug, Clone)]
pub(crate) struct Calls {
    pub(crate) events: Arc<Vec<Planned>>,
    pub(crate) stretches: u64,
}

impl Calls {
    pub(crate) fn new(plan: Plan) -> Self {
        let mut dice = Dice(plan.seed);
        let mut events = Vec::new();
        for n in 0..plan.calls {
            let begin_us = START_US + (n / plan.per_stretch) as i64 * STRETCH_US + dice.below(999_000) as i64 + 1;
            let long_us = 1_000 + dice.below(plan.longest * STRETCH_US as u64) as i64;
            events.extend(of_call(&format!("c{n:05}"), begin_us, long_us));
        }
        let end_us = events.iter().map(|event: &Planned| event.time_us).max().unwrap_or(START_US);
        let stretches = ((end_us - START_US) / STRETCH_US) as u64 + 1;
        if plan.beats {
            events.extend((0..stretches).map(beat));
        }
        events.sort_by_key(|event| event.time_us);
        Self { events: Arc::new(events), stretches }
    }

    pub(crate) fn end_us(&self) -> i64 {
        START_US + self.stretches as i64 * STRETCH_US
    }

    pub(crate) fn event(&self, number: u64) -> &Planned {
        &self.events[number as usize - 1]
    }

    pub(crate) fn going(&self) -> Box<dyn World> {
        let teller =
            Teller { name: SOURCE.to_owned(), switch: "S".to_owned(), tenant: "T".to_owned(), role: Role::IProxy };
        Box::new(Going { calls: self.clone(), tellers: vec![teller], next: 0, told: 0 })
    }
}

/// A number that every event of a beat carries: belongs to no call.
fn beat(stretch: u64) -> Planned {
    let time_us = START_US + stretch as i64 * STRETCH_US;
    Planned {
        time_us,
        call: None,
        is_end: false,
        body: UserEvent { dn: stretch.to_string(), ..UserEvent::default() }.into(),
    }
}

/// A call with one party, and a consult call of the same interaction in the middle.
fn of_call(call: &str, begin_us: i64, long_us: i64) -> Vec<Planned> {
    let (id, consult) = (call.to_owned(), format!("{call}-consult"));
    let party = |state| PartyAdded {
        call: id.clone(),
        party: format!("{id}-party"),
        dn: "4001".to_owned(),
        state,
        ..PartyAdded::default()
    };
    let answered = PartyStateChanged {
        call: id.clone(),
        party: format!("{id}-party"),
        state: PartyState::PARTY_STATE_CONNECTED.into(),
        ..PartyStateChanged::default()
    };
    let begun = CallCreated { call: consult.clone(), root_call: id.clone(), ..CallCreated::default() };
    let ended = CallDeleted { call: consult, root_call: id.clone(), ..CallDeleted::default() };
    let bodies: [Body; 6] = [
        CallCreated { call: id.clone(), ..CallCreated::default() }.into(),
        party(PartyState::PARTY_STATE_ALERTING.into()).into(),
        answered.into(),
        begun.into(),
        ended.into(),
        CallDeleted { call: id.clone(), ..CallDeleted::default() }.into(),
    ];
    let last = bodies.len() - 1;
    let planned = |(at, body)| Planned {
        time_us: begin_us + long_us * at as i64 / last as i64,
        call: Some(id.clone()),
        is_end: at == last,
        body,
    };
    bodies.into_iter().enumerate().map(planned).collect()
}

struct Going {
    calls: Calls,
    tellers: Vec<Teller>,
    next: u64,
    told: usize,
}

impl World for Going {
    fn tellers(&self) -> &[Teller] {
        &self.tellers
    }

    fn start_us(&self) -> i64 {
        START_US
    }

    fn next_stretch(&mut self) -> Option<Stretch> {
        if self.next == self.calls.stretches {
            return None;
        }
        self.next += 1;
        let to_us = START_US + self.next as i64 * STRETCH_US;
        let mut happened = Vec::new();
        while let Some(event) = self.calls.events.get(self.told).filter(|event| event.time_us < to_us) {
            self.told += 1;
            happened.push(Happening { teller: 0, time_us: event.time_us, body: event.body.clone() });
        }
        Some(Stretch { to_us, happened })
    }
}
