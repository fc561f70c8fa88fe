//! What those see of a cluster's DNs who only look on: a Smart Proxy with all DNs over one connection, and a plain client
//! that registers DN by DN. Both look from one node and see all nodes, as far as the links are up.
//!
//! What is told is the difference from what was told before, at the end of each moment. Its port is for monitoring: of the
//! role `smart-proxy`, it refuses smart clients (`t-controller`), and as a session carries no requests it takes none. Does not
//! know how owners come about, nor ports.

use std::collections::{BTreeMap, BTreeSet};

use callmart_schema::event::{Body, DnServiceChanged, PartyState};

use super::t_controller::TControllers;
use super::t_controller::dn::{Dn, OnDn, Seat, login, logout, on_dn, stated};

/// What somebody who looks on has been told.
#[derive(Debug)]
pub struct Onlooker {
    node: usize,
    /// DNs that were registered; none: all.
    registered: Option<BTreeSet<String>>,
    told: BTreeMap<String, Seen>,
    /// Nodes that are out of sight.
    lost: BTreeSet<usize>,
}

/// A DN as it is seen.
#[derive(Debug, Clone, Default, PartialEq)]
struct Seen {
    in_service: bool,
    /// By session, who is logged in and what that agent said last.
    sessions: BTreeMap<String, Seat>,
    /// By UUID, calls with agent and session.
    calls: BTreeMap<String, (OnDn, (String, String))>,
}

impl Onlooker {
    /// A Smart Proxy that stands at a node.
    #[must_use]
    pub fn smart_proxy(node: usize) -> Self {
        Self { node, registered: None, told: BTreeMap::new(), lost: BTreeSet::new() }
    }

    /// A plain client of a node that has registered these DNs before anything was to be seen of them.
    #[must_use]
    pub fn plain_client(node: usize, dns: impl IntoIterator<Item = String>) -> Self {
        Self { registered: Some(dns.into_iter().collect()), ..Self::smart_proxy(node) }
    }

    /// A plain client wants to see a DN. Gives what is so of it.
    pub fn register(&mut self, controllers: &TControllers, dn: &str) -> Vec<Body> {
        self.registered.get_or_insert_default().insert(dn.to_owned());
        self.look(controllers, [dn.to_owned()])
    }

    /// A plain client does not want to see a DN any more.
    pub fn unregister(&mut self, dn: &str) {
        if let Some(registered) = &mut self.registered {
            registered.remove(dn);
            self.told.remove(dn);
        }
    }

    /// The end of a moment in which something changed of these DNs. Gives what is told of it.
    pub fn look(&mut self, controllers: &TControllers, touched: impl IntoIterator<Item = String>) -> Vec<Body> {
        let mut bodies = Vec::new();
        for dn in touched {
            if self.registered.as_ref().is_some_and(|dns| !dns.contains(&dn)) {
                continue;
            }
            let before = self.told.remove(&dn).unwrap_or_default();
            let now = self.seen(controllers.dn(&dn), &before);
            tell(&dn, &before, &now, &mut bodies);
            if now != Seen::default() {
                self.told.insert(dn, now);
            }
        }
        bodies
    }

    /// The end of a moment in which links may have gone out of sight or come back. Gives what is told of it.
    pub fn look_at_links(&mut self, controllers: &TControllers, now_us: i64) -> Vec<Body> {
        let lost: BTreeSet<usize> = controllers.lost_to(self.node, now_us).collect();
        if lost == self.lost {
            return Vec::new();
        }
        let changed: BTreeSet<usize> = self.lost.symmetric_difference(&lost).copied().collect();
        self.lost = lost;
        let is_of = |dn: &&String| controllers.owners(dn).any(|node| changed.contains(&node));
        let known = controllers.all_dns().filter(is_of).chain(self.told.keys());
        let dns: BTreeSet<String> = known.cloned().collect();
        self.look(controllers, dns)
    }

    /// What is seen of a DN now: all that the owners within sight tell. Out of sight, all but the service stays as it was.
    fn seen(&self, dn: Option<&Dn>, before: &Seen) -> Seen {
        let owners = || dn.into_iter().flat_map(|dn| &dn.owners);
        let mut seen = Seen { in_service: owners().any(|o| !self.lost.contains(&o.node)), ..Seen::default() };
        if !seen.in_service && owners().next().is_some() {
            return Seen { in_service: false, ..before.clone() };
        }
        for owner in owners().filter(|o| !self.lost.contains(&o.node)) {
            seen.sessions.extend(owner.seat.iter().map(|seat| (seat.session.clone(), seat.clone())));
            let calls = dn.into_iter().flat_map(|dn| &dn.calls).filter(|c| owner.calls.contains(&c.call));
            for call in calls {
                let by = owner.seat.as_ref().map_or_else(Default::default, |s| (s.agent.clone(), s.session.clone()));
                seen.calls.insert(call.call.clone(), (call.clone(), by));
            }
        }
        seen
    }
}

/// Tells what differs: what comes into being after the service, what ends before it.
fn tell(dn: &str, before: &Seen, now: &Seen, bodies: &mut Vec<Body>) {
    let service =
        |in_service| Body::from(DnServiceChanged { dn: dn.to_owned(), in_service, ..DnServiceChanged::default() });
    if now.in_service && !before.in_service {
        bodies.push(service(true));
    }
    for (id, (call, by)) in &before.calls {
        if !now.calls.contains_key(id) {
            let ended = OnDn { state: PartyState::PARTY_STATE_NULL, ..call.clone() };
            bodies.push(on_dn(dn, &ended, (&by.0, &by.1)).into());
        }
    }
    let gone = before.sessions.values().filter(|s| !now.sessions.contains_key(&s.session));
    bodies.extend(gone.map(|s| logout(dn, &s.agent, &s.session).into()));
    for (id, seat) in &now.sessions {
        let known = before.sessions.get(id);
        bodies.extend(known.is_none().then(|| login(dn, seat).into()));
        if known.and_then(|k| k.stated.as_ref()) != seat.stated.as_ref() {
            bodies.extend(stated(dn, seat));
        }
    }
    let changed = now.calls.iter().filter(|(id, call)| before.calls.get(*id) != Some(call));
    bodies.extend(changed.map(|(_, (call, by))| on_dn(dn, call, (&by.0, &by.1)).into()));
    if before.in_service && !now.in_service {
        bodies.push(service(false));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::t_controller::{OwnerRules, Registration, Stated};
    use callmart_schema::event::WorkMode;

    const S: i64 = 1_000_000;

    /// Two nodes, the second with agent E1 on DN 1 and E2 on DN 2; a timeout of 3 s.
    fn cluster() -> TControllers {
        let mut c = TControllers::new(OwnerRules::default());
        c.keep_account();
        for (dn, agent, session) in [("1", "E1", "s1"), ("2", "E2", "s2")] {
            c.register(0, 1, dn, Registration::Telephone);
            c.log_in(1, dn, agent, session).expect("free");
        }
        c
    }

    fn ready() -> Stated {
        Stated { is_ready: true, work_mode: WorkMode::WORK_MODE_MANUAL_IN, reasons: Vec::new() }
    }

    fn words(bodies: Vec<Body>) -> Vec<String> {
        let word = |body| match body {
            Body::DnServiceChanged(b) => format!("{} {}", b.dn, if b.in_service { "in" } else { "out" }),
            Body::AgentLogin(b) => format!("{} login {}", b.dn, b.session),
            Body::AgentLogout(b) => format!("{} logout {}", b.dn, b.session),
            Body::AgentReady(b) => format!("{} ready {}", b.dn, b.session),
            Body::DnCall(b) => format!("{} {} {}", b.dn, b.call, b.state.as_known().expect("a state") as i32),
            other => format!("{other:?}"),
        };
        bodies.into_iter().map(word).collect()
    }

    #[test]
    fn a_smart_proxy_sees_all_dns_and_a_plain_client_those_that_it_registered_of_whatever_node() {
        let mut c = cluster();
        let (mut proxy, mut client) = (Onlooker::smart_proxy(0), Onlooker::plain_client(0, []));
        let touched = c.take_touched();
        assert_eq!(words(proxy.look(&c, touched.clone())), ["1 in", "1 login s1", "2 in", "2 login s2"]);
        assert!(client.look(&c, touched).is_empty());
        assert_eq!(words(client.register(&c, "2")), ["2 in", "2 login s2"]);
        c.call("1", "c1", "", PartyState::PARTY_STATE_ALERTING);
        c.state(1, "2", ready()).expect("there");
        let touched = c.take_touched();
        assert_eq!(words(proxy.look(&c, touched.clone())), ["1 c1 4", "2 ready s2"]);
        assert_eq!(words(client.look(&c, touched)), ["2 ready s2"]);
        client.unregister("2");
        c.log_out(1, "2").expect("there");
        let touched = c.take_touched();
        assert_eq!(words(proxy.look(&c, touched.clone())), ["2 logout s2"]);
        assert!(client.look(&c, touched).is_empty());
    }

    #[test]
    fn dns_behind_a_cut_link_are_out_of_service_after_the_timeout_and_come_back_with_what_is_so_then() {
        let mut c = cluster();
        let mut proxy = Onlooker::smart_proxy(0);
        let touched = c.take_touched();
        proxy.look(&c, touched);
        drop(c.words());
        c.cut(10 * S, 0, 1);
        assert!(proxy.look_at_links(&c, 13 * S - 1).is_empty());
        assert_eq!(words(proxy.look_at_links(&c, 13 * S)), ["1 out", "2 out"]);
        c.state(1, "1", ready()).expect("there");
        c.log_out(1, "2").expect("there");
        let touched = c.take_touched();
        assert!(proxy.look(&c, touched).is_empty());
        c.mend(60 * S, 0, 1);
        assert_eq!(words(proxy.look_at_links(&c, 60 * S)), ["1 in", "1 ready s1", "2 in", "2 logout s2"]);
        // The smart client of the node beyond heard nothing of the link.
        let service = |w: &crate::cluster::t_controller::Word| matches!(w.body, Body::DnServiceChanged(_));
        assert!(!c.words().any(|w| service(&w)));
    }

    #[test]
    fn a_dn_with_an_owner_on_either_side_of_a_cut_link_stays_in_service() {
        let mut c = cluster();
        let mut proxy = Onlooker::smart_proxy(0);
        let touched = c.take_touched();
        proxy.look(&c, touched);
        c.cut(10 * S, 0, 1);
        c.register(11 * S, 0, "1", Registration::Telephone);
        c.log_in(0, "1", "E1", "s3").expect("free there");
        let touched = c.take_touched();
        assert_eq!(words(proxy.look(&c, touched)), ["1 login s3"]);
        assert_eq!(words(proxy.look_at_links(&c, 13 * S)), ["1 logout s1", "2 out"]);
        c.mend(60 * S, 0, 1);
        c.settle(60 * S);
        assert_eq!(words(proxy.look_at_links(&c, 60 * S)), ["2 in"]);
    }
}
