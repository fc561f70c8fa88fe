//! Agents' attempts and their measures, worked out from the events alone by the rules of docs/flows.md.

use std::collections::{BTreeMap, HashMap, HashSet};

use callmart_schema::event::{
    Body, CallType, DnType, PartyAdded, PartyDeleted, PartyEnd, PartyRole, PartyState, WorkMode,
};

use super::agents::Agents;

/// A telephone's part in an interaction.
#[derive(Debug, Clone, Default)]
struct Part {
    root: String,
    call: String,
    dn: String,
    agent: String,
    role: &'static str,
    result: Option<&'static str>,
    from_us: i64,
    family: &'static str,
    doing: &'static str,
    since_us: i64,
    last_connected: u64,
    sums: BTreeMap<String, u64>,
}

#[derive(Debug, Clone, Default)]
struct RoutingPoint {
    from_us: i64,
    role: &'static str,
}

/// A call's root, what it is, and who is in it: party and whether it is outside.
type Members = (String, CallType, Vec<(String, bool)>);

#[derive(Default)]
pub(crate) struct Attempts {
    parts: BTreeMap<String, Part>,
    points: HashMap<String, RoutingPoint>,
    calls: HashMap<String, Members>,
    ended_roots: HashSet<String>,
    /// By root, the parties that were telephones.
    of_root: HashMap<String, Vec<String>>,
    /// By DN, the root of the call that it was connected in last.
    last_root: HashMap<String, String>,
    /// By session, the party that after-call work goes to, and since when.
    wraps: HashMap<String, (String, i64)>,
    connects: u64,
    /// Main party that moved somebody over at this moment, the moved one, and the calls.
    move_under_way: Option<(String, String)>,
}

impl Attempts {
    pub(crate) fn hear(&mut self, body: &Body, now_us: i64, agents: &Agents) {
        match body {
            Body::CallCreated(b) => {
                let root = if b.root_call.is_empty() { &b.call } else { &b.root_call };
                let kind = b.call_type.as_known().expect("a type");
                self.calls.insert(b.call.clone(), (root.clone(), kind, Vec::new()));
            }
            Body::PartyAdded(b) => self.added(b, now_us, agents),
            Body::PartyStateChanged(b) if self.points.contains_key(&b.party) => {
                // The customer whom a routing point called has answered, and waits from now on.
                self.points.get_mut(&b.party).expect("a routing point").from_us = now_us;
            }
            Body::PartyStateChanged(b) => {
                self.changed(&b.party, state_name(b.state.as_known().expect("a state")), now_us);
            }
            Body::PartyMoved(b) => {
                self.cut(&b.party, now_us);
                let call = b.new_call.clone();
                self.parts.get_mut(&b.party).expect("a part").call.clone_from(&call);
                self.leave(&b.call, &b.party, now_us);
                self.calls.get_mut(&call).expect("a call").2.push((b.party.clone(), false));
                self.move_under_way = Some((b.moved_by.clone(), b.party.clone()));
            }
            Body::PartyDeleted(b) => self.deleted(b, now_us),
            Body::CallDeleted(b) if b.root_call.is_empty() => {
                self.ended_roots.insert(b.call.clone());
            }
            Body::AgentReady(b) => self.wrap_ends(&b.session, now_us),
            Body::AgentLogout(b) => self.wrap_ends(&b.session, now_us),
            // Told again, by a new owner of the telephone, it goes on.
            Body::AgentNotReady(b)
                if b.work_mode == WorkMode::WORK_MODE_AFTER_CALL_WORK && self.wraps.contains_key(&b.session) => {}
            Body::AgentNotReady(b) => {
                self.wrap_ends(&b.session, now_us);
                if b.work_mode == WorkMode::WORK_MODE_AFTER_CALL_WORK {
                    self.wrap_begins((&b.dn, &b.session), &b.agent, now_us);
                }
            }
            _ => {}
        }
    }

    fn added(&mut self, b: &PartyAdded, now_us: i64, agents: &Agents) {
        if b.role == PartyRole::PARTY_ROLE_OBSERVER {
            return; // Who listens has no part in the call.
        }
        let outside = b.dn_type == DnType::DN_TYPE_EXTERNAL;
        let (root, kind, _) = self.calls.get(&b.call).cloned().expect("a call");
        if outside {
            self.cut_all(&b.call, now_us);
        }
        self.calls.get_mut(&b.call).expect("a call").2.push((b.party.clone(), outside));
        let parent = self.parts.get(&b.parent_party);
        let parent_role = parent.map_or("", |p| p.role);
        let after_transfer = parent.is_some_and(|p| p.result == Some("TRANSFERRED/UNSPECIFIED"))
            || parent.is_some_and(|p| p.result == Some(REDIRECTED) && parent_role == "RECEIVEDTRANSFER");
        let from = match b.dn_type.as_known() {
            Some(DnType::DN_TYPE_ROUTING_POINT) => Some("ROUTEDTO"),
            Some(DnType::DN_TYPE_ACD_QUEUE) => Some("DIVERTEDTO"),
            _ => None,
        };
        if let Some(role) = from {
            let role = if after_transfer { "RECEIVEDTRANSFER" } else { role };
            self.points.insert(b.party.clone(), RoutingPoint { from_us: now_us, role });
        }
        if b.dn_type != DnType::DN_TYPE_EXTENSION {
            return;
        }
        let calls = b.role == PartyRole::PARTY_ROLE_ORIGINATION;
        let point = self.points.get(&b.parent_party).cloned();
        let role = match (kind, calls) {
            (CallType::CALL_TYPE_CONSULT, true) => "INITIATEDCONSULT",
            (CallType::CALL_TYPE_CONSULT, false) => "RECEIVEDCONSULT",
            (_, true) => "INITIATED",
            _ if point.is_some() => point.as_ref().map_or("", |p| p.role),
            _ if after_transfer => "RECEIVEDTRANSFER",
            _ => "RECEIVED",
        };
        let family = match role {
            "INITIATEDCONSULT" => "cons_init_",
            "RECEIVEDCONSULT" => "cons_rcv_",
            _ => "",
        };
        let mut part = Part {
            root: root.clone(),
            call: b.call.clone(),
            dn: b.dn.clone(),
            agent: agents.agent_on(&b.dn),
            role,
            from_us: point.as_ref().map_or(now_us, |p| p.from_us),
            family,
            doing: state_name(b.state.as_known().expect("a state")),
            since_us: now_us,
            ..Part::default()
        };
        if let Some(point) = point {
            part.add("mediation", point.from_us, now_us);
        }
        self.of_root.entry(root).or_default().push(b.party.clone());
        self.parts.insert(b.party.clone(), part);
    }

    fn changed(&mut self, party: &str, doing: &'static str, now_us: i64) {
        self.cut(party, now_us);
        self.connects += 1;
        let Some(part) = self.parts.get_mut(party) else { return };
        part.doing = doing;
        if doing == "talk" {
            part.last_connected = self.connects;
            self.last_root.insert(part.dn.clone(), part.root.clone());
        }
    }

    fn deleted(&mut self, b: &PartyDeleted, now_us: i64) {
        let cause = b.cause.as_known().expect("a cause");
        self.cut(&b.party, now_us);
        let held = self.parts.get(&b.party).is_some_and(|p| p.doing == "hold");
        if cause == PartyEnd::PARTY_END_BUSY {
            // The other end was busy: so ends the caller.
            let others = self.calls.get(&b.call).map_or(&[][..], |c| &c.2).to_vec();
            others.iter().for_each(|(party, _)| {
                self.parts.get_mut(party).into_iter().for_each(|p| p.result = Some("DESTINATIONBUSY/UNSPECIFIED"));
            });
        }
        let is_consult = !b.root_call.is_empty();
        if is_consult && matches!(cause, PartyEnd::PARTY_END_TRANSFERRED | PartyEnd::PARTY_END_CONFERENCED) {
            self.merge(cause == PartyEnd::PARTY_END_CONFERENCED, now_us);
        }
        if let Some(part) = self.parts.get_mut(&b.party) {
            let talked = part.last_connected > 0;
            part.result = part.result.or(Some(match cause {
                PartyEnd::PARTY_END_TRANSFERRED => "TRANSFERRED/UNSPECIFIED",
                PartyEnd::PARTY_END_CONFERENCED => "CONFERENCED/UNSPECIFIED",
                PartyEnd::PARTY_END_REDIRECTED => REDIRECTED,
                PartyEnd::PARTY_END_ABANDONED if held => "CUSTOMERABANDONED/ABANDONEDFROMHOLD",
                PartyEnd::PARTY_END_ABANDONED => "CUSTOMERABANDONED/ABANDONEDWHILERINGING",
                _ if talked => "COMPLETED/UNSPECIFIED",
                _ => "ABANDONED/ABANDONEDWHILERINGING",
            }));
            part.doing = "";
        }
        self.leave(&b.call, &b.party, now_us);
    }

    fn merge(&mut self, is_conference: bool, now_us: i64) {
        let Some((main, moved)) = self.move_under_way.take() else { panic!("merged without a move") };
        let part = self.parts.get_mut(&moved).expect("a part");
        (part.family, part.role) =
            if is_conference { ("conf_join_", "INCONFERENCE") } else { ("post_cons_xfer_", "RECEIVEDTRANSFER") };
        if is_conference {
            self.cut(&main, now_us);
            let part = self.parts.get_mut(&main).expect("a part");
            part.family = "conf_init_";
            part.sums.insert("conference_initiated_count".to_owned(), 1);
        }
    }

    /// A party is in a call no longer; a conference of fewer than three is none.
    fn leave(&mut self, call: &str, party: &str, now_us: i64) {
        let Some(was_outside) = self.calls.get(call).and_then(|c| c.2.iter().find(|p| p.0 == party)).map(|p| p.1)
        else {
            return;
        };
        if was_outside {
            self.cut_all(call, now_us);
        }
        let there = &mut self.calls.get_mut(call).expect("a call").2;
        there.retain(|p| p.0 != party);
        if there.len() < 3 {
            let there = there.clone();
            for (other, _) in there {
                if self.parts.get(&other).is_some_and(|p| p.family == "conf_init_") {
                    self.cut(&other, now_us);
                    self.parts.get_mut(&other).expect("a part").family = "";
                }
            }
        }
    }

    fn cut_all(&mut self, call: &str, now_us: i64) {
        let there = self.calls.get(call).map_or(&[][..], |c| &c.2).to_vec();
        there.iter().for_each(|(party, _)| self.cut(party, now_us));
    }

    /// Ends the stretch that a part is in; another begins.
    fn cut(&mut self, party: &str, now_us: i64) {
        let Some(part) = self.parts.get_mut(party) else { return };
        let since_us = std::mem::replace(&mut part.since_us, now_us);
        if since_us == now_us || part.doing.is_empty() {
            return;
        }
        let outside = self.calls.get(&part.call).is_some_and(|c| c.2.iter().any(|p| p.1));
        part.add(&format!("{}{}", part.family, part.doing), since_us, now_us);
        if outside && !part.family.starts_with("cons_") {
            part.add(&format!("customer_{}", part.doing), since_us, now_us);
        }
        if part.family == "cons_init_" && part.doing == "talk" {
            part.add("agent_to_agent_cons", since_us, now_us);
        }
    }

    fn wrap_begins(&mut self, (dn, session): (&str, &str), agent: &str, now_us: i64) {
        let root = self.last_root.get(dn).expect("a call before after-call work");
        let of_root = self.of_root.get(root).into_iter().flatten();
        let fits = |party: &&String| {
            self.parts
                .get(*party)
                .is_some_and(|p| p.agent == agent && p.role != "INITIATEDCONSULT" && p.last_connected > 0)
        };
        let last = of_root.filter(fits).max_by_key(|party| self.parts.get(*party).map(|p| p.last_connected));
        self.wraps.insert(session.to_owned(), (last.expect("an attempt").clone(), now_us));
    }

    fn wrap_ends(&mut self, session: &str, now_us: i64) {
        let Some((party, since_us)) = self.wraps.remove(session) else { return };
        let part = self.parts.get_mut(&party).expect("a part");
        let name = if part.sums.contains_key("customer_talk_count") {
            "customer_acw"
        } else if part.role == "RECEIVEDCONSULT" {
            "cons_rcv_acw"
        } else {
            "after_call_work"
        };
        part.add(name, since_us, now_us);
    }

    /// Counts and seconds by agent, hour of start and name, of attempts that ended and whose root call did.
    pub(crate) fn totals(&self) -> BTreeMap<(String, i64, String), u64> {
        let mut totals = BTreeMap::new();
        for part in self.parts.values().filter(|p| self.ended_roots.contains(&p.root)) {
            let Some(result) = part.result else { continue };
            let talked_with_customer = part.sums.contains_key("customer_talk_count");
            let mut add = |name: String, value: u64| {
                if value > 0 {
                    *totals.entry((part.agent.clone(), part.from_us / 3_600_000_000 * 3_600, name)).or_default() +=
                        value;
                }
            };
            add(format!("{}/{result}", part.role), 1);
            add("handle_count".to_owned(), u64::from(part.last_connected > 0));
            add("customer_handle_count".to_owned(), u64::from(talked_with_customer));
            part.sums.iter().for_each(|(name, value)| add(name.clone(), *value));
        }
        totals
    }
}

impl Part {
    fn add(&mut self, name: &str, from_us: i64, to_us: i64) {
        let seconds = to_us / 1_000_000 - from_us / 1_000_000;
        *self.sums.entry(format!("{name}_count")).or_default() += 1;
        *self.sums.entry(format!("{name}_duration")).or_default() += seconds.unsigned_abs();
    }
}

const REDIRECTED: &str = "REDIRECTED/ROUTEDONNOANSWER";

fn state_name(state: PartyState) -> &'static str {
    match state {
        PartyState::PARTY_STATE_DIALING => "dial",
        PartyState::PARTY_STATE_ALERTING => "ring",
        PartyState::PARTY_STATE_CONNECTED => "talk",
        PartyState::PARTY_STATE_HELD => "hold",
        other => panic!("no state of a telephone: {other:?}"),
    }
}
