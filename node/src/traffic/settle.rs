//! The end of a moment: the states of the agents whom it touched are what is so after all of it, and the router learns
//! who became free.

use super::agents::Shown;
use super::notes::Note;
use super::rng::Purpose;
use super::scene::{Due, Scene};

/// From an agent's becoming free to the router's acting on it, microseconds, from and to.
const ROUTER_REACTS_US: (i64, i64) = (20_000, 120_000);

impl Scene {
    /// Closes the moment.
    pub(super) fn settle(&mut self) {
        let mut touched = std::mem::take(&mut self.touched);
        for agent in touched.drain(..) {
            self.settle_state(agent);
            self.settle_freedom(agent);
        }
        self.touched = touched;
    }

    fn settle_state(&mut self, agent: u32) {
        let now_us = self.now_us;
        let Some(who) = self.agents.get_mut(agent as usize) else { return };
        let state = who.state();
        if who.shown.map(|s| (s.state, s.reason)) == state {
            return;
        }
        if let Some(Shown { state, reason, since_us }) = who.shown {
            self.notes.push(Note::StateEnded { agent, state, reason, from_us: since_us, to_us: now_us });
        }
        who.shown = state.map(|(state, reason)| Shown { state, reason, since_us: now_us });
        if let Some((state, reason)) = state {
            self.notes.push(Note::StateBegan { agent, state, reason, at_us: now_us });
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
