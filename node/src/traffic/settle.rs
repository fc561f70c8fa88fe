//! The end of a moment: the states of the agents whom it touched are what is so after all of it, and the router learns
//! who became free.

use super::agents::{Said, Session, Shown, state_of};
use super::notes::Note;
use super::rng::Purpose;
use super::scene::{Due, Scene};

/// From an agent's becoming free to the router's acting on it, microseconds, from and to.
const ROUTER_REACTS_US: (i64, i64) = (20_000, 120_000);

impl Scene {
    /// Closes the moment.
    pub(super) fn settle(&mut self) {
        self.settle_owners();
        let mut touched = std::mem::take(&mut self.touched);
        for agent in touched.drain(..) {
            self.settle_state(agent);
            self.settle_freedom(agent);
        }
        self.touched = touched;
    }

    /// Owners let go that have nothing to wait for any more; who looks on is told.
    fn settle_owners(&mut self) {
        self.owners.settle(self.now_us);
        self.tell_words();
        self.part_sessions();
        self.tell_onlookers();
        self.enter_owners_due();
    }

    fn settle_state(&mut self, agent: u32) {
        let Some(who) = self.agents.get_mut(agent as usize) else { return };
        let number = who.sessions;
        let (session, said, mut shown) = (who.session.take(), who.said, who.shown.take());
        self.show(agent, number, session.as_ref().map(|s| (s, said)), &mut shown);
        let Some(who) = self.agents.get_mut(agent as usize) else { return };
        (who.session, who.shown) = (session, shown);
        if who.old_seats.is_empty() {
            return;
        }
        let mut old_seats = std::mem::take(&mut who.old_seats);
        for old in &mut old_seats {
            self.show(agent, old.session.number, Some((&old.session, old.said)), &mut old.shown);
        }
        if let Some(who) = self.agents.get_mut(agent as usize) {
            who.old_seats = old_seats;
        }
    }

    /// Takes down what a session shows now, if that is something else.
    fn show(&mut self, agent: u32, number: u32, session: Option<(&Session, Said)>, shown: &mut Option<Shown>) {
        let state = session.map(|(s, said)| state_of(said, self.owners.has_calls(s.node, &s.dn)));
        if shown.map(|s| (s.state, s.reason)) == state {
            return;
        }
        let now_us = self.now_us;
        self.notes.extend(shown.map(|shown| shown.ended(agent, now_us)));
        *shown = state.map(|(state, reason)| Shown { state, reason, since_us: now_us });
        if let Some((state, reason)) = state {
            self.notes.push(Note::StateBegan { agent, session: number, state, reason, at_us: now_us });
        }
    }

    fn settle_freedom(&mut self, agent: u32) {
        let now_us = self.now_us;
        let Some(who) = self.agents.get_mut(agent as usize) else { return };
        match (who.is_free(), who.free_since_us) {
            (true, None) => {
                who.free_since_us = Some(now_us);
                who.offer_ticket += 1;
                let ticket = who.offer_ticket;
                let after_us =
                    self.dice_of_agent(Purpose::Router, agent).between(ROUTER_REACTS_US.0, ROUTER_REACTS_US.1);
                self.later(after_us, Due::Offer(agent, ticket));
            }
            (false, Some(since_us)) => {
                if std::mem::take(&mut who.is_offered) {
                    self.router.busy(agent, since_us, &who.person.skills);
                }
                who.free_since_us = None;
                who.offer_ticket += 1;
            }
            _ => {}
        }
    }
}
