//! Sessions of agents beside the one they work in: left behind, ended by a T-controller, gone over to another node.

use super::agents::{Agent, OldSeat, Said};
use super::layout::Desk;
use super::notes::Note;
use super::scene::{Due, Scene};
use super::site::Port;
use crate::cluster::t_controller::{Parting, Refused, Registration, TControllers};

impl Scene {
    /// The T-controllers do something, and their ports tell what follows.
    pub(super) fn at_owners(&mut self, act: impl FnOnce(&mut TControllers) -> Result<(), Refused>) {
        if let Err(cause) = act(&mut self.owners) {
            tracing::error!(%cause, "the simulated center asks a T-controller for what it refuses");
        }
        self.tell_words();
    }

    pub(super) fn tell_words(&mut self) {
        for word in self.owners.words() {
            self.voice.tell(Port::Telephones(word.node), word.body);
        }
    }

    /// A telephone's registration comes to a node.
    pub(super) fn register(&mut self, node: usize, dn: &str) {
        self.owners.register(self.now_us, node, dn, Registration::Telephone);
        self.tell_words();
    }

    /// Whether a node reaches the telephone of an agent; where its own node is dead, nobody does.
    pub(super) fn reaches(&self, node: usize, agent: &Agent) -> bool {
        !self.dead.contains_key(&agent.node) && self.owners.cut_since(node, agent.node).is_none()
    }

    /// Whether another session on the agent's DN has calls or after-call work.
    pub(super) fn is_held_up(&self, who: &Agent) -> bool {
        let Some(session) = &who.session else { return false };
        let goes_on = |old: &&OldSeat| {
            old.session.dn == session.dn
                && (old.wrap.is_some() || self.owners.has_calls(old.session.node, &old.session.dn))
        };
        who.old_seats.iter().any(|old| goes_on(&old))
    }

    /// The agent's session goes on without the agent, who logs in elsewhere.
    pub(super) fn set_aside(&mut self, agent: u32, leaves_desk: Option<Desk>) {
        self.leave_list(agent);
        let Some(who) = self.agent_mut(agent) else { return };
        let Some(session) = who.session.take() else { return };
        let (shown, wrap, calls) = (who.shown.take(), who.wrap.take(), std::mem::take(&mut who.went_with));
        who.old_seats.push(OldSeat { session, said: who.said, shown, wrap, calls, leaves_desk });
    }

    /// The session in which the agent works has ended.
    pub(super) fn session_ends(&mut self, agent: u32) {
        self.leave_list(agent);
        let now_us = self.now_us;
        let Some(who) = self.agent_mut(agent) else { return };
        let Some(session) = who.session.take() else { return };
        (who.said, who.went_with) = (Said::Nothing, Vec::new());
        who.ticket += 1;
        let wrap = who.wrap.take();
        let (session, from_us) = (session.number, session.from_us);
        self.notes.push(Note::LoggedOut { agent, session, from_us, to_us: now_us });
        if let Some(wrap) = wrap {
            self.book_wrap(agent, &wrap);
        }
    }

    /// Whoever works in no session is found by nobody.
    fn leave_list(&mut self, agent: u32) {
        let Some(who) = self.agents.get(agent as usize).filter(|a| a.session.is_some()) else { return };
        let place = who.place;
        self.logged_in.swap_remove(place);
        if let Some(moved) = self.logged_in.get(place).and_then(|other| self.agents.get_mut(*other as usize)) {
            moved.place = place;
        }
    }

    /// T-controllers let go of a session: it has ended, or goes on at another node.
    pub(super) fn part_sessions(&mut self) {
        for parting in self.owners.take_partings() {
            let Parting { dn, session, goes_on_at, .. } = parting;
            self.closed(&dn);
            let Some((_, id)) = session else { continue };
            let has = |a: &Agent| a.session.as_ref().is_some_and(|s| s.id == id);
            let Some(agent) = self.agents.iter().position(has) else {
                self.old_session_ends(&id);
                continue;
            };
            match goes_on_at {
                Some(node) => self.session_goes_over(agent as u32, node),
                None => self.session_ends(agent as u32),
            }
        }
    }

    fn session_goes_over(&mut self, agent: u32, node: usize) {
        let Some(who) = self.agent_mut(agent) else { return };
        who.is_away = false;
        if let Some(session) = &mut who.session {
            session.node = node;
        }
    }

    fn old_session_ends(&mut self, id: &str) {
        let is_it = |old: &OldSeat| old.session.id == id;
        let Some(agent) = self.agents.iter().position(|a| a.old_seats.iter().any(is_it)) else { return };
        let (agent, now_us) = (agent as u32, self.now_us);
        let Some(who) = self.agent_mut(agent) else { return };
        let Some(place) = who.old_seats.iter().position(is_it) else { return };
        let old = who.old_seats.remove(place);
        let (session, from_us) = (old.session.number, old.session.from_us);
        self.notes.push(Note::LoggedOut { agent, session, from_us, to_us: now_us });
        if let Some(shown) = old.shown {
            self.notes.push(shown.ended(agent, now_us));
        }
        if let Some(wrap) = old.wrap {
            self.book_wrap(agent, &wrap);
        }
    }

    /// The agent logs out of a session that was left behind, and the desk is left.
    pub(super) fn old_seat_ends(&mut self, agent: u32, number: u32) {
        let Some(who) = self.agents.get(agent as usize) else { return };
        let Some(old) = who.old_seats.iter().find(|old| old.session.number == number) else { return };
        let (node, dn, id, desk) = (old.session.node, old.session.dn.clone(), old.session.id.clone(), old.leaves_desk);
        self.at_owners(|owners| owners.log_out(node, &dn));
        self.old_session_ends(&id);
        if let Some(desk) = desk {
            self.later(super::staff::DESK_US.0, Due::DeskCloses(desk));
        }
    }

    /// A desk is left: its telephone is registered no more, and somebody else may sit there when no node owns it.
    pub(super) fn desk_closes(&mut self, desk: Desk) {
        let dn = desk.dn();
        if let Some(node) = self.owners.owner(&dn) {
            self.owners.unregister(node, &dn);
            self.tell_words();
        }
        self.closing.insert(dn.clone(), desk);
        self.closed(&dn);
    }

    fn closed(&mut self, dn: &str) {
        if self.owners.owner(dn).is_none()
            && let Some(desk) = self.closing.remove(dn)
            && let Some(desks) = self.desks.get_mut(desk.center)
        {
            desks.insert(desk);
        }
    }
}
