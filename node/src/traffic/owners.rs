//! What happens to DNs, their owners and the links between them, and what agents then do.

use super::agents::{Agent, Said};
use super::dist::{SECOND_US, exponential, place, us};
use super::incidents::{Incident, LooksOn, Who};
use super::layout::Desk;
use super::notes::Note;
use super::rng::{Purpose, Rng};
use super::scene::{Due, Scene};
use super::settings::TrafficSettings;
use super::site::Port;
use crate::cluster::smart_proxy::Onlooker;
use crate::cluster::t_controller::OnMove;

/// From a telephone's going to another node to the agent's login there, from and to, microseconds.
const LOGS_IN_THERE_US: (i64, i64) = (3 * SECOND_US, 9 * SECOND_US);
/// From the loss of a registration, or the end of the call on the telephone, to the next registration.
const COMES_BACK_US: (i64, i64) = (20 * SECOND_US, 90 * SECOND_US);
/// How soon an agent in a call looks again whether there is time to sit down at a second desk.
const LOOKS_AGAIN_US: i64 = 5 * SECOND_US;
/// How long a session on a first DN goes on after the agent has gone to a second one.
const LEFT_FOR_US: (i64, i64) = (60 * SECOND_US, 600 * SECOND_US);
/// From an agent's logout to the next agent's login on the same DN.
const SUCCESSOR_US: i64 = SECOND_US;
/// How long a link is cut that is cut at random.
const CUT_FOR_US: (i64, i64) = (60 * SECOND_US, 240 * SECOND_US);
/// How often somebody is looked for before it is given up.
const TRIES: usize = 24;
/// Shares of what happens at random: a move, a lost registration, a second DN, a successor, a cut link.
const SHARES: [f64; 5] = [0.45, 0.25, 0.12, 0.08, 0.10];

impl Scene {
    /// Enters what is scheduled, and the first thing that happens at random.
    pub(super) fn enter_incidents(&mut self) {
        for (place, scheduled) in self.settings.owners.schedule.iter().enumerate() {
            self.agenda.enter(scheduled.at_us, Due::Scheduled(place));
        }
        self.enter_next_random();
    }

    fn enter_next_random(&mut self) {
        let per_hour = self.settings.owners.random_per_hour;
        if per_hour.is_finite() && per_hour > 0.0 {
            let mut rng = self.dice_of_owners();
            self.later(us(exponential(&mut rng, 3_600.0 / per_hour)), Due::SomethingHappens);
        }
    }

    /// Dice for the so-manieth thing that happens.
    fn dice_of_owners(&mut self) -> Rng {
        self.happened += 1;
        self.dice(Purpose::Owners, self.happened)
    }

    pub(super) fn scheduled(&mut self, place: usize) {
        let what = self.settings.owners.schedule.get(place).map(|scheduled| scheduled.what.clone());
        if let Some(what) = what {
            self.incident(&what);
        }
    }

    /// Something of the kinds that there are happens to somebody or to a link.
    pub(super) fn something_happens(&mut self) {
        self.enter_next_random();
        let mut rng = self.dice_of_owners();
        let who = if rng.chance(0.5) { Who::Talking } else { Who::Free };
        let nodes = self.settings.site.nodes() as u64;
        let (a, b) = (rng.below(nodes) as usize, rng.below(nodes) as usize);
        match place(SHARES, rng.unit()) {
            0 => self.incident(&Incident::MoveDn { who, to: a }),
            1 => self.incident(&Incident::RegistrationLost { who, returns_to: rng.chance(0.5).then_some(a) }),
            2 => self.incident(&Incident::SecondDn { who: Who::Free }),
            3 => self.incident(&Incident::Successor { who }),
            _ => self.cut_for_a_while(a, b, &mut rng),
        }
    }

    /// A link is cut and mended, and somebody's telephone may register on its other side meanwhile.
    fn cut_for_a_while(&mut self, a: usize, b: usize, rng: &mut Rng) {
        if a == b || self.owners.cut_since(a, b).is_some() {
            return;
        }
        let length_us = rng.between(CUT_FOR_US.0, CUT_FOR_US.1);
        self.cut_link(a, b);
        self.later(length_us, Due::LinkMends(a, b));
        self.later(length_us / 3, Due::Strays(a, b));
    }

    /// A telephone of one end of a link registers at the other end.
    pub(super) fn strays(&mut self, from: usize, to: usize) {
        let mut rng = self.dice_of_owners();
        let fits = |a: &Agent| a.node == from && a.said == Said::Ready;
        if let Some(agent) = self.somebody(&mut rng, fits) {
            self.move_dn(agent, to);
        }
    }

    fn incident(&mut self, what: &Incident) {
        match what {
            Incident::MoveDn { who, to } => self.with(who, |scene, agent| scene.move_dn(agent, *to)),
            Incident::CutLink(a, b) => self.cut_link(*a, *b),
            Incident::MendLink(a, b) => self.link_mends(*a, *b),
            Incident::RegistrationLost { who, returns_to } => {
                self.with(who, |scene, agent| {
                    scene.lose_registration(agent, *returns_to);
                });
            }
            Incident::NodeDies(node) => self.node_dies(*node),
            Incident::NodeReturns(node) => self.node_returns(*node),
            Incident::SecondDn { who } => self.with(who, Self::second_desk),
            Incident::Successor { who } => self.with(who, Self::find_successor),
        }
    }

    fn with(&mut self, who: &Who, what: impl FnOnce(&mut Self, u32)) {
        let mut rng = self.dice_of_owners();
        let found = match who {
            Who::Agent(id) => self.agents.iter().position(|a| a.person.id == *id).map(|agent| agent as u32),
            Who::Talking => self.somebody(&mut rng, |a| a.said == Said::Ready && !a.lines.is_empty()),
            Who::Free => self.somebody(&mut rng, Agent::is_free),
        };
        let can = |agent: &u32| self.agents.get(*agent as usize).is_some_and(|a| a.session.is_some() && !a.is_away);
        if let Some(agent) = found.filter(can) {
            what(self, agent);
        }
    }

    fn somebody(&self, rng: &mut Rng, fits: impl Fn(&Agent) -> bool) -> Option<u32> {
        let any = |rng: &mut Rng| self.logged_in.get(rng.below(self.logged_in.len() as u64) as usize).copied();
        let fits = |agent: &u32| self.agents.get(*agent as usize).is_some_and(|a| !a.is_away && fits(a));
        (0..TRIES).find_map(|_| any(rng).filter(fits))
    }

    pub(super) fn note_happened(&mut self, what: &'static str, agent: Option<u32>, dn: &str, nodes: (usize, usize)) {
        self.notes.push(Note::Happened { what, agent, dn: dn.to_owned(), nodes, at_us: self.now_us });
    }

    /// Whether the agent's DN has one owner, and the agent has no second desk in view. Who is between two places goes to no
    /// third one.
    fn is_settled(&self, agent: u32, dn: &str) -> bool {
        let is_bound = self.agents.get(agent as usize).is_none_or(|a| a.next_desk.is_some());
        !is_bound && self.owners.owners(dn).count() == 1
    }

    /// The telephone registers at another node. Unless the session goes over with it, the agent logs in there soon.
    fn move_dn(&mut self, agent: u32, to: usize) {
        let dn = self.dn_of(agent);
        let is_there = to < self.settings.site.nodes() && !self.dead.contains_key(&to);
        let can = is_there && self.is_settled(agent, &dn);
        let Some(who) = self.agents.get(agent as usize).filter(|a| can && a.node != to) else { return };
        let (from, sessions) = (who.node, who.sessions);
        self.note_happened("move", Some(agent), &dn, (from, to));
        if let Some(who) = self.agent_mut(agent) {
            (who.node, who.is_away, who.went_with) = (to, true, who.lines.clone());
        }
        let restores = self.settings.owners.rules.on_move == OnMove::Restored;
        if !restores || self.owners.cut_since(from, to).is_some() {
            let mut rng = self.dice_of_owners();
            self.later(rng.between(LOGS_IN_THERE_US.0, LOGS_IN_THERE_US.1), Due::LogsInThere(agent, sessions));
        }
        self.register(to, &dn);
    }

    /// The agent logs in where the telephone is, or at the second desk; a session that goes on is left.
    pub(super) fn logs_in_there(&mut self, agent: u32) {
        let Some(who) = self.agents.get(agent as usize) else { return };
        if let Some(desk) = who.next_desk {
            return self.sits_down(agent, desk);
        }
        if who.desk.is_some() {
            self.set_aside(agent, None);
            self.log_in(agent);
        }
    }

    /// Ownership ends, and the session with it, whatever is on the telephone. False when the agent is between two places.
    pub(super) fn lose_registration(&mut self, agent: u32, returns_to: Option<usize>) -> bool {
        let nodes = self.settings.site.nodes();
        let Some(who) = self.agents.get(agent as usize) else { return false };
        let (node, dn, returns_to) = (who.node, self.dn_of(agent), returns_to.filter(|node| *node < nodes));
        let is_idle = who.lines.is_empty();
        if !self.is_settled(agent, &dn) {
            return false;
        }
        self.note_happened("lost", Some(agent), &dn, (node, node));
        self.owners.unregister(node, &dn);
        self.tell_words();
        if let Some(who) = self.agent_mut(agent) {
            who.returns_to = Some(returns_to.unwrap_or(node));
        }
        if is_idle {
            self.telephone_returns(agent);
        }
        true
    }

    /// Nothing keeps the telephone from registering again.
    pub(super) fn telephone_returns(&mut self, agent: u32) {
        let mut rng = self.dice_of_owners();
        self.later(rng.between(COMES_BACK_US.0, COMES_BACK_US.1), Due::RegistersAgain(agent));
    }

    /// The telephone registers again and the agent logs in; not while a call is on it, whose end comes first.
    pub(super) fn registers_again(&mut self, agent: u32) {
        let Some(who) = self.agents.get_mut(agent as usize).filter(|a| a.lines.is_empty()) else { return };
        let (Some(node), Some(desk)) = (who.returns_to.take(), who.desk) else { return };
        let node = self.alive_or(self.settings.site.center_of(node), node);
        let Some(who) = self.agents.get_mut(agent as usize) else { return };
        let from = std::mem::replace(&mut who.node, node);
        self.note_happened("back", Some(agent), &desk.dn(), (from, node));
        self.register(node, &desk.dn());
        let mut rng = self.dice_of_owners();
        self.later(rng.between(LOGS_IN_THERE_US.0, LOGS_IN_THERE_US.1), Due::LogIn(agent));
    }

    /// The agent gets a second telephone and logs in there as soon as there is time.
    fn second_desk(&mut self, agent: u32) {
        let Some(who) = self.agents.get_mut(agent as usize).filter(|a| a.next_desk.is_none()) else { return };
        let (sessions, center) = (who.sessions, who.person.center);
        let Some(desk) = self.desks.get_mut(center).and_then(|desks| desks.pop_first()) else { return };
        who.next_desk = Some(desk);
        let node = self.alive_or(center, desk.node);
        self.note_happened("second", Some(agent), &desk.dn(), (node, node));
        self.register(node, &desk.dn());
        self.later(LOGS_IN_THERE_US.0, Due::LogsInThere(agent, sessions));
    }

    fn sits_down(&mut self, agent: u32, desk: Desk) {
        let Some(who) = self.agents.get_mut(agent as usize) else { return };
        if !who.lines.is_empty() || who.wrap.is_some() {
            let sessions = who.sessions;
            return self.later(LOOKS_AGAIN_US, Due::LogsInThere(agent, sessions));
        }
        let (first, number) = (who.desk.replace(desk), who.sessions);
        (who.next_desk, who.node) = (None, self.owners.owner(&desk.dn()).unwrap_or(desk.node));
        self.set_aside(agent, first);
        self.log_in(agent);
        let mut rng = self.dice_of_owners();
        self.later(rng.between(LEFT_FOR_US.0, LEFT_FOR_US.1), Due::OldSeatEnds(agent, number));
    }

    /// Somebody of the same data center who is not there will sit down at the desk when the agent has left it.
    fn find_successor(&mut self, agent: u32) {
        let center = self.agents.get(agent as usize).map_or(0, |a| a.person.center);
        if !self.is_settled(agent, &self.dn_of(agent)) {
            return;
        }
        let is_away = |a: &Agent| a.person.center == center && a.desk.is_none() && a.shift_ahead.is_none();
        let mut rng = self.dice_of_owners();
        let begin = rng.below(self.agents.len() as u64) as usize;
        let places = (begin..self.agents.len()).chain(0..begin);
        let found =
            places.filter(|place| self.agents.get(*place).is_some_and(is_away)).map(|place| place as u32).next();
        let Some(who) = self.agents.get_mut(agent as usize) else { return };
        who.successor = found;
        if found.is_some() {
            self.shift_ends(agent);
        }
    }

    /// A successor takes over the desk of an agent who has just logged out; false when there is none.
    pub(super) fn takes_over(&mut self, agent: u32, desk: Desk) -> bool {
        let Some(who) = self.agents.get_mut(agent as usize) else { return false };
        let (successor, node, shift_to_us) = (who.successor.take(), who.node, who.shift_to_us);
        let next = successor.and_then(|next| self.agents.get_mut(next as usize)).filter(|next| next.desk.is_none());
        let (Some(next), Some(number)) = (next, successor) else { return false };
        next.shift_ahead = Some(std::mem::replace(&mut next.shift_to_us, shift_to_us));
        (next.desk, next.node) = (Some(desk), node);
        self.note_happened("successor", successor, &desk.dn(), (node, node));
        self.later(SUCCESSOR_US, Due::LogIn(number));
        true
    }

    fn cut_link(&mut self, a: usize, b: usize) {
        let nodes = self.settings.site.nodes();
        if a == b || a >= nodes || b >= nodes || self.owners.cut_since(a, b).is_some() {
            return;
        }
        self.note_happened("cut", None, "", (a, b));
        self.owners.cut(self.now_us, a, b);
        if let Some(at_us) = self.owners.out_of_sight_from(a, b) {
            self.agenda.enter(at_us, Due::OwnersWaited);
        }
    }

    /// The link is back: earlier owners let go, and calls that waited find the agents beyond it.
    pub(super) fn link_mends(&mut self, a: usize, b: usize) {
        if self.owners.cut_since(a, b).is_none() {
            return;
        }
        self.note_happened("mend", None, "", (a, b));
        self.owners.mend(self.now_us, a, b);
        self.router_looks_again();
    }

    /// Calls that wait may find agents who were not found before.
    pub(super) fn router_looks_again(&mut self) {
        let waiting = self.calls.values().filter(|call| call.waiting.is_some());
        let again: Vec<Due> = waiting.map(|call| Due::RouterKnows(call.number, call.ticket)).collect();
        again.into_iter().for_each(|due| self.later(SECOND_US, due));
    }

    /// Enters when owners have to let go that wait.
    pub(super) fn enter_owners_due(&mut self) {
        let Some(due_us) = self.owners.next_due_us() else { return };
        if self.owners_due_us.is_none_or(|entered_us| due_us < entered_us || entered_us <= self.now_us) {
            self.owners_due_us = Some(due_us);
            self.agenda.enter(due_us, Due::OwnersWaited);
        }
    }

    /// Whoever looks on is told what changed.
    pub(super) fn tell_onlookers(&mut self) {
        if self.onlookers.is_empty() {
            return;
        }
        let touched = self.owners.take_touched();
        for (place, onlooker) in self.onlookers.iter_mut().enumerate() {
            let bodies = onlooker.look(&self.owners, touched.iter().cloned());
            let of_links = onlooker.look_at_links(&self.owners, self.now_us);
            bodies.into_iter().chain(of_links).for_each(|body| self.voice.tell(Port::Onlooker(place), body));
        }
    }
}

/// Who looks on, before there is anything to be seen.
pub(super) fn onlookers(settings: &TrafficSettings) -> Vec<Onlooker> {
    let onlooker = |looks_on: &LooksOn| match looks_on {
        LooksOn::SmartProxy { node } => Onlooker::smart_proxy(*node),
        LooksOn::PlainClient { node, dns } => Onlooker::plain_client(*node, dns.iter().cloned()),
    };
    settings.site.onlookers(settings).iter().map(onlooker).collect()
}
