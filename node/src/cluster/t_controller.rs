//! The T-controllers of a cluster: who owns which DN, when that moves, and what each tells of the DNs that it owns.
//!
//! Told what happens to telephones, sessions and calls, they say what follows for their ports ([`Word`]s) and which
//! sessions that ended or moved ([`Parting`]s). Contract: `docs/sources.md`. Knows no clock but the moments that it is given,
//! neither the router nor how calls go, and nobody who listens.

pub(super) mod dn;
pub mod port;

use std::collections::{BTreeMap, BTreeSet};

use callmart_schema::event::{Body, PartyState};

use dn::{Dn, Owner};
pub use dn::{Registration, Seat, Stated};

/// How long an old owner waits for the end of a call and its after-call work, microseconds.
pub const WAIT_US: i64 = 30_000_000;
/// Longest that a node may wait before it shows a lost node's DNs out of service, milliseconds.
pub const MAX_RECONNECT_TIMEOUT_MS: u32 = 60_000;

/// What becomes of an agent's session when the DN moves to another node.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnMove {
    /// The old owner logs the agent out, who logs in anew.
    #[default]
    LoggedOut,
    /// The session goes on at the new owner.
    Restored,
}

/// Rules by which DNs change their owners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerRules {
    /// What becomes of sessions.
    pub on_move: OnMove,
    /// From the loss of a link to a node's showing the other's DNs out of service, milliseconds; 0: at once. At most
    /// [`MAX_RECONNECT_TIMEOUT_MS`].
    pub tc_reconnect_timeout_ms: u32,
    /// How long a registration lasts that is not refreshed any more, seconds.
    pub registration_expires_s: u32,
}

impl Default for OwnerRules {
    fn default() -> Self {
        Self { on_move: OnMove::LoggedOut, tc_reconnect_timeout_ms: 3_000, registration_expires_s: 3_600 }
    }
}

/// What a T-controller says on its port.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    /// Number of the node.
    pub node: usize,
    /// What it says.
    pub body: Body,
}

/// A session that its owner let go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parting {
    /// The DN.
    pub dn: String,
    /// Number of the node that let it go.
    pub node: usize,
    /// EmployeeID and login-session id of who was logged in there.
    pub session: Option<(String, String)>,
    /// Number of the node at which the session goes on; none: it ended.
    pub goes_on_at: Option<usize>,
}

/// Why something cannot be done at a T-controller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The DN is out of service there.
    #[error("node {node} does not own DN {dn}: register it there first")]
    NotOwned {
        /// Number of the node.
        node: usize,
        /// The DN.
        dn: String,
    },
    /// There is a session already.
    #[error("agent {agent} is logged in on DN {dn} at node {node}: log that agent out first")]
    Taken {
        /// Number of the node.
        node: usize,
        /// The DN.
        dn: String,
        /// EmployeeID of who is there.
        agent: String,
    },
    /// There is no session.
    #[error("nobody is logged in on DN {dn} at node {node}: log an agent in first")]
    NobodyThere {
        /// Number of the node.
        node: usize,
        /// The DN.
        dn: String,
    },
}

/// All T-controllers of a cluster and the links between them.
#[derive(Debug, Default)]
pub struct TControllers {
    rules: OwnerRules,
    dns: BTreeMap<String, Dn>,
    /// DNs with an owner that has to let go at some time.
    uneasy: BTreeSet<String>,
    /// Cut links, the smaller number first, and since when.
    cuts: BTreeMap<(usize, usize), i64>,
    words: Vec<Word>,
    partings: Vec<Parting>,
    /// DNs of which something changed since somebody last asked; none when nobody looks on.
    touched: Option<BTreeSet<String>>,
}

impl TControllers {
    /// T-controllers that own nothing, with all links up.
    #[must_use]
    pub fn new(mut rules: OwnerRules) -> Self {
        rules.tc_reconnect_timeout_ms = rules.tc_reconnect_timeout_ms.min(MAX_RECONNECT_TIMEOUT_MS);
        Self { rules, ..Self::default() }
    }

    /// Keeps account of what changes from now on, for who looks on.
    pub fn keep_account(&mut self) {
        self.touched.get_or_insert_default();
    }

    /// DNs of which something changed since this was last asked.
    pub fn take_touched(&mut self) -> BTreeSet<String> {
        self.touched.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// What was said since this was last asked, in order.
    pub fn words(&mut self) -> impl Iterator<Item = Word> {
        self.words.drain(..)
    }

    /// Owners that let go since this was last asked.
    pub fn take_partings(&mut self) -> Vec<Parting> {
        std::mem::take(&mut self.partings)
    }

    /// Number of the node that a DN is registered at; none: out of service.
    #[must_use]
    pub fn owner(&self, dn: &str) -> Option<usize> {
        Some(self.dns.get(dn)?.owners.last()?.node)
    }

    /// EmployeeID of who is logged in on a DN, at the newest owner at which anybody is.
    #[must_use]
    pub fn agent_on(&self, dn: &str) -> Option<&str> {
        let mut owners = self.dns.get(dn)?.owners.iter().rev();
        owners.find_map(|owner| owner.seat.as_ref()).map(|seat| seat.agent.as_str())
    }

    /// Numbers of all nodes that own a DN, the newest last.
    pub fn owners(&self, dn: &str) -> impl Iterator<Item = usize> {
        self.dns.get(dn).into_iter().flat_map(|dn| dn.owners.iter().map(|o| o.node))
    }

    /// Whether a node tells of calls on a DN.
    #[must_use]
    pub fn has_calls(&self, node: usize, dn: &str) -> bool {
        self.dns.get(dn).and_then(|dn| dn.owner(node)).is_some_and(|owner| !owner.calls.is_empty())
    }

    /// A registration comes to a node: it owns the DN from now on. Owners that it can reach shall let go.
    pub fn register(&mut self, now_us: i64, node: usize, dn: &str, registration: Registration) {
        let expires_us = now_us.saturating_add(i64::from(self.rules.registration_expires_s) * 1_000_000);
        let entry = self.dns.entry(dn.to_owned()).or_default();
        entry.take(node, registration, dn, &mut self.words);
        let older = entry.owners.len().saturating_sub(1);
        for other in entry.owners.iter_mut().take(older) {
            if self.cuts.contains_key(&link(other.node, node)) {
                // Nobody tells it: only the end of its registration does.
                other.expires_us.get_or_insert(expires_us);
            } else {
                other.must_let_go(now_us, false);
            }
        }
        if older > 0 {
            self.uneasy.insert(dn.to_owned());
        }
        self.touch(dn);
    }

    /// A node loses a DN at once: the registration expired or was taken back.
    pub fn unregister(&mut self, node: usize, dn: &str) {
        if let Some(owner) = self.dns.get_mut(dn).and_then(|entry| entry.remove(node)) {
            self.log_out_and_lose(dn, owner);
        }
    }

    /// A privileged client of a node is gone, and with it the DNs that it registered there.
    pub fn client_gone(&mut self, node: usize, client: &str) {
        let registered = |dn: &Dn| dn.owner(node).is_some_and(|o| o.registration.is_by(client));
        let dns: Vec<String> = self.dns.iter().filter(|(_, dn)| registered(dn)).map(|(dn, _)| dn.clone()).collect();
        dns.iter().for_each(|dn| self.unregister(node, dn));
    }

    /// An agent logs in on a DN at a node that owns it. Calls that are on it are told of under the new session.
    ///
    /// # Errors
    /// [`Refused::NotOwned`], [`Refused::Taken`].
    pub fn log_in(&mut self, node: usize, dn: &str, agent: &str, session: &str) -> Result<(), Refused> {
        let (entry, place) = self.place(node, dn)?;
        let (Some(owner), calls) = (entry.owners.get_mut(place), &entry.calls) else { return Ok(()) };
        if let Some(seat) = &owner.seat {
            return Err(Refused::Taken { node, dn: dn.to_owned(), agent: seat.agent.clone() });
        }
        owner.seat = Some(Seat { agent: agent.to_owned(), session: session.to_owned(), stated: None });
        let words = [owner.login(dn)].into_iter().flatten().chain(owner.calls_told(dn, calls));
        let words: Vec<Word> = words.collect();
        self.words.extend(words);
        self.touch(dn);
        Ok(())
    }

    /// Who is logged in on a DN at a node logs out.
    ///
    /// # Errors
    /// [`Refused::NotOwned`], [`Refused::NobodyThere`].
    pub fn log_out(&mut self, node: usize, dn: &str) -> Result<(), Refused> {
        let (entry, place) = self.place(node, dn)?;
        let word = entry.owners.get_mut(place).and_then(|owner| owner.logout(dn));
        self.words.push(word.ok_or_else(|| Refused::NobodyThere { node, dn: dn.to_owned() })?);
        self.touch(dn);
        Ok(())
    }

    /// Who is logged in on a DN at a node is ready or not from now on.
    ///
    /// # Errors
    /// [`Refused::NotOwned`], [`Refused::NobodyThere`].
    pub fn state(&mut self, node: usize, dn: &str, stated: Stated) -> Result<(), Refused> {
        let (entry, place) = self.place(node, dn)?;
        let owner = entry.owners.get_mut(place).filter(|owner| owner.seat.is_some());
        let owner = owner.ok_or_else(|| Refused::NobodyThere { node, dn: dn.to_owned() })?;
        if let Some(seat) = &mut owner.seat {
            seat.stated = Some(stated);
        }
        let word = owner.stated_word(dn);
        self.words.extend(word);
        self.touch(dn);
        Ok(())
    }

    /// A DN is in a state in a call from now on; null: has left it. `root` is empty when the call is the root.
    pub fn call(&mut self, dn: &str, call: &str, root: &str, state: PartyState) {
        let entry = self.dns.entry(dn.to_owned()).or_default();
        entry.change_call(call, root, state, dn, &mut self.words);
        if entry.is_empty() {
            self.dns.remove(dn);
        }
        self.touch(dn);
    }

    /// The link between two nodes is cut.
    pub fn cut(&mut self, now_us: i64, a: usize, b: usize) {
        if a != b {
            self.cuts.entry(link(a, b)).or_insert(now_us);
        }
    }

    /// The link between two nodes is back. Of two owners that it kept apart the earlier shall let go, with a logout.
    pub fn mend(&mut self, now_us: i64, a: usize, b: usize) {
        if self.cuts.remove(&link(a, b)).is_none() {
            return;
        }
        let ends = [a, b];
        for dn in &self.uneasy {
            let Some(entry) = self.dns.get_mut(dn) else { continue };
            let newest_at_an_end = entry.owners.iter().rposition(|o| ends.contains(&o.node)).unwrap_or_default();
            let earlier = entry.owners.iter_mut().take(newest_at_an_end).filter(|o| ends.contains(&o.node));
            earlier.for_each(|owner| owner.must_let_go(now_us, true));
        }
    }

    /// Since when the link between two nodes is cut, microseconds since 1970-01-01 UTC; none: it is not.
    #[must_use]
    pub fn cut_since(&self, a: usize, b: usize) -> Option<i64> {
        self.cuts.get(&link(a, b)).copied()
    }

    /// From when on a node shows the other's DNs out of service, microseconds since 1970-01-01 UTC; none while linked.
    #[must_use]
    pub fn out_of_sight_from(&self, a: usize, b: usize) -> Option<i64> {
        let timeout_us = i64::from(self.rules.tc_reconnect_timeout_ms) * 1_000;
        self.cut_since(a, b).map(|since_us| since_us.saturating_add(timeout_us))
    }

    /// Nodes that another one shows out of service at a moment.
    pub(super) fn lost_to(&self, node: usize, now_us: i64) -> impl Iterator<Item = usize> {
        let other = move |(a, b): (usize, usize)| if a == node { Some(b) } else { (b == node).then_some(a) };
        let cut = self.cuts.keys().filter_map(move |ends| other(*ends));
        cut.filter(move |other| self.out_of_sight_from(node, *other).is_some_and(|from_us| from_us <= now_us))
    }

    /// The end of a moment: owners let go that shall and have nothing to wait for, or have waited long enough.
    pub fn settle(&mut self, now_us: i64) {
        if self.uneasy.is_empty() {
            return;
        }
        for dn in self.uneasy.iter().cloned().collect::<Vec<_>>() {
            while let Some((owner, with_logout)) = self.dns.get_mut(&dn).and_then(|entry| entry.who_lets_go(now_us)) {
                if with_logout || self.rules.on_move == OnMove::LoggedOut {
                    self.log_out_and_lose(&dn, owner);
                } else {
                    self.hand_over(&dn, owner);
                }
            }
            if self.dns.get(&dn).is_none_or(|entry| entry.owners.iter().all(|o| o.due_us().is_none())) {
                self.uneasy.remove(&dn);
            }
        }
    }

    /// When [`Self::settle`] has to be called at the latest, microseconds since 1970-01-01 UTC; none: when something happens.
    #[must_use]
    pub fn next_due_us(&self) -> Option<i64> {
        let owners = self.uneasy.iter().filter_map(|dn| self.dns.get(dn)).flat_map(|entry| &entry.owners);
        owners.filter_map(Owner::due_us).min()
    }

    pub(super) fn dn(&self, dn: &str) -> Option<&Dn> {
        self.dns.get(dn)
    }

    pub(super) fn all_dns(&self) -> impl Iterator<Item = &String> {
        self.dns.keys()
    }

    fn place(&mut self, node: usize, dn: &str) -> Result<(&mut Dn, usize), Refused> {
        let entry = self.dns.get_mut(dn);
        let found = entry.and_then(|entry| Some((entry.owners.iter().position(|o| o.node == node)?, entry)));
        found.map(|(place, entry)| (entry, place)).ok_or_else(|| Refused::NotOwned { node, dn: dn.to_owned() })
    }

    fn log_out_and_lose(&mut self, dn: &str, mut owner: Owner) {
        let session = owner.seat.as_ref().map(|seat| (seat.agent.clone(), seat.session.clone()));
        self.words.extend(owner.logout(dn));
        self.words.push(owner.service(dn, false));
        self.partings.push(Parting { dn: dn.to_owned(), node: owner.node, session, goes_on_at: None });
        if self.dns.get(dn).is_some_and(Dn::is_empty) {
            self.dns.remove(dn);
        }
        self.touch(dn);
    }

    /// The session goes on at the newest owner, if nobody is logged in there.
    fn hand_over(&mut self, dn: &str, mut owner: Owner) {
        let newest = self.dns.get_mut(dn).and_then(|entry| Some((entry.owners.last_mut()?, &entry.calls)));
        let Some((newest, calls)) = newest.filter(|(newest, _)| newest.seat.is_none() && owner.seat.is_some()) else {
            return self.log_out_and_lose(dn, owner);
        };
        newest.seat = owner.seat.take();
        let session = newest.seat.as_ref().map(|seat| (seat.agent.clone(), seat.session.clone()));
        let goes_on_at = Some(newest.node);
        let told = [newest.login(dn), newest.stated_word(dn)].into_iter().flatten();
        let words: Vec<Word> = told.chain(newest.calls_told(dn, calls)).collect();
        self.words.push(owner.service(dn, false));
        self.words.extend(words);
        self.partings.push(Parting { dn: dn.to_owned(), node: owner.node, session, goes_on_at });
        self.touch(dn);
    }

    fn touch(&mut self, dn: &str) {
        if let Some(touched) = &mut self.touched
            && !touched.contains(dn)
        {
            touched.insert(dn.to_owned());
        }
    }
}

/// A link by its ends, in whatever order they were named.
fn link(a: usize, b: usize) -> (usize, usize) {
    (a.min(b), a.max(b))
}

#[cfg(test)]
mod tests;
