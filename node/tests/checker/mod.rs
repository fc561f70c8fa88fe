//! Holds the events of a cluster, or of an ordinary switch, against docs/flows.md: replays them and says where one does not fit.

#![allow(dead_code)] // Each test program uses its own part.

mod agents;
mod attempts;
pub(crate) mod books;
mod calls;
pub(crate) mod owners;
pub(crate) mod proxy;

use std::collections::HashSet;

use callmart_node::cluster::faults::Schedule;
use callmart_node::cluster::pair::Told;
use callmart_node::cluster::processes::Processes;
use callmart_node::world::{Teller, World};
use callmart_schema::event::{Body, DnType, decode};

/// What has been replayed so far.
#[derive(Default)]
pub(crate) struct Checker {
    tellers: Vec<Last>,
    now_us: i64,
    ids: HashSet<(&'static str, String)>,
    pub(crate) calls: calls::Calls,
    pub(crate) agents: agents::Agents,
    pub(crate) attempts: attempts::Attempts,
    /// What the Smart Proxy has told, if there is one.
    pub(crate) proxy: proxy::Proxy,
    pub(crate) events: usize,
}

#[derive(Default, Clone)]
struct Last {
    name: String,
    seq: u64,
    time_us: i64,
}

impl Checker {
    pub(crate) fn new(tellers: &[Teller]) -> Self {
        let tellers = tellers.iter().map(|t| Last { name: t.name.clone(), ..Last::default() }).collect();
        Self { tellers, ..Self::default() }
    }

    /// Replays all that happens in a world while no fault befalls its sources; `before` may look at each event before it is.
    pub(crate) fn replay(&mut self, world: Box<dyn World>, mut before: impl FnMut(&mut Self, &Told)) {
        let mut processes = Processes::new(world, &Schedule::default());
        while let Some(account) = processes.next_account() {
            for told in &account.told {
                before(self, told);
                self.hear(told.teller, &told.bytes);
            }
        }
        self.end_of_moment();
    }

    /// Replays one event; panics with what is wrong with it.
    pub(crate) fn hear(&mut self, teller: usize, bytes: &[u8]) {
        let event = decode(bytes).expect("an event");
        let last = &mut self.tellers[teller];
        assert_eq!((event.source.as_str(), event.seq), (last.name.as_str(), last.seq + 1), "no holes in a source");
        assert!(event.time_us >= last.time_us, "time steps back: {event:?}");
        assert_eq!(callmart_schema::event::canonical(&event), bytes, "canonical bytes");
        (last.seq, last.time_us) = (event.seq, event.time_us);
        if event.time_us != self.now_us {
            assert!(event.time_us > self.now_us, "the world's time steps back: {event:?}");
            self.end_of_moment();
            self.now_us = event.time_us;
        }
        self.events += 1;
        let body = event.body.as_ref().expect("a body");
        if event.source.contains("/SmartProxy") {
            assert!(self.proxy.hear(body), "the Smart Proxy tells what does not fit: {event:?}");
            return;
        }
        let fits =
            self.ids_are_new(body) && self.apply(&event.source, body) && self.names_who_is_there(&event.source, body);
        self.attempts.hear(body, self.now_us, &self.agents);
        assert!(fits, "does not fit what was told before: {event:?}");
    }

    /// What must hold between two moments.
    pub(crate) fn end_of_moment(&mut self) {
        self.agents.settle();
        self.agents.owners.end_of_moment();
        self.calls.telephones_agree(&mut self.agents);
    }

    /// An ordinary switch names who is logged in on the telephone of a party that joins; a cluster names nobody.
    fn names_who_is_there(&self, source: &str, body: &Body) -> bool {
        let Body::PartyAdded(b) = body else { return true };
        let is_telephone = source.ends_with("/default") && b.dn_type == DnType::DN_TYPE_EXTENSION;
        b.agent == if is_telephone { self.agents.agent_on(&b.dn) } else { String::new() }
    }

    fn ids_are_new(&mut self, body: &Body) -> bool {
        let mut new = |kind, id: &str| id.len() == 32 && self.ids.insert((kind, id.to_owned()));
        match body {
            Body::CallCreated(b) => new("call", &b.call),
            Body::PartyAdded(b) => new("party", &b.party),
            Body::VirtualQueueQueued(b) => new("pass", &b.virtual_queue_id),
            Body::AgentLogin(b) => self.agents.is_in_flight(&b.session) || new("session", &b.session),
            _ => true,
        }
    }

    fn apply(&mut self, source: &str, body: &Body) -> bool {
        let (node, port) = source.split_once('/').unwrap_or_default();
        match port {
            "IPport" => self.calls.hear(node, body),
            "TCport" => self.agents.hear(node, body, self.now_us),
            "VQport" => self.calls.hear_queue(node, body),
            "OCSport" => self.calls.hear_contact(body),
            "default" if is_of_agents(body) => self.agents.hear(node, body, self.now_us),
            "default" => self.calls.hear(node, body),
            _ => false,
        }
    }
}

/// Whether something is what a T-controller tells.
fn is_of_agents(body: &Body) -> bool {
    matches!(
        body,
        Body::DnServiceChanged(_)
            | Body::AgentLogin(_)
            | Body::AgentLogout(_)
            | Body::AgentReady(_)
            | Body::AgentNotReady(_)
            | Body::DnCall(_)
    )
}
