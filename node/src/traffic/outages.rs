//! Nodes that are dead for a while: nobody is found there, calls begin elsewhere, and telephones register elsewhere when their
//! registrations have expired, where their agents log in anew.
//!
//! What a dead node's sources would have told is told by nobody, which is the business of its processes. A node whose one
//! process takes over from the other is not dead.

use super::dist::SECOND_US;
use super::incidents::{Incident, Scheduled};
use super::rng::Purpose;
use super::scene::{Due, Scene};
use super::settings::TrafficSettings;
use crate::cluster::faults::Schedule;
use crate::cluster::terms::Terms;

/// How soon it is looked again after a telephone that is between two nodes.
const LOOKS_AGAIN_US: i64 = 5 * SECOND_US;

impl TrafficSettings {
    /// A center whose nodes are dead when, by a schedule of faults, both their processes are down.
    #[must_use]
    pub fn befallen_by(mut self, schedule: &Schedule) -> Self {
        for (node, name) in self.site.node_names().into_iter().enumerate() {
            for (from_us, to_us) in Terms::of(&name, schedule, self.start_us).dead() {
                let at = |at_us, what| Scheduled { at_us, what };
                self.owners.schedule.push(at(from_us, Incident::NodeDies(node)));
                self.owners.schedule.extend(to_us.map(|to_us| at(to_us, Incident::NodeReturns(node))));
            }
        }
        self
    }
}

impl Scene {
    /// A node dies. Telephones refresh their registrations after half of their time, so that the last one of each expires
    /// between half of it and all of it from now.
    pub(super) fn node_dies(&mut self, node: usize) {
        if node >= self.settings.site.nodes() || self.dead.contains_key(&node) {
            return;
        }
        self.note_happened("dies", None, "", (node, node));
        self.outages += 1;
        self.dead.insert(node, self.outages);
        let expires_us = i64::from(self.settings.owners.rules.registration_expires_s) * SECOND_US;
        let here = self.agents.iter().enumerate().filter(|(_, a)| a.desk.is_some() && a.node == node);
        let here: Vec<u32> = here.map(|(agent, _)| agent as u32).collect();
        for agent in here {
            let after_us = self.dice_of_agent(Purpose::Owners, agent).between(expires_us / 2, expires_us);
            self.later(after_us, Due::RegistrationExpires(agent, node, self.outages));
        }
    }

    /// A node is back: telephones that are still registered there are found again.
    pub(super) fn node_returns(&mut self, node: usize) {
        if self.dead.remove(&node).is_some() {
            self.note_happened("returns", None, "", (node, node));
            self.router_looks_again();
        }
    }

    /// The registration of an agent's telephone expires at a node that is still dead: it registers at another one.
    pub(super) fn registration_expires(&mut self, agent: u32, node: usize, outage: u32) {
        let Some(who) = self.agents.get(agent as usize).filter(|a| a.desk.is_some() && a.node == node) else { return };
        let (is_logged_in, center) = (who.session.is_some(), who.person.center);
        let Some(other) = self.alive(center, node) else { return };
        if is_logged_in && !self.lose_registration(agent, Some(other)) {
            self.later(LOOKS_AGAIN_US, Due::RegistrationExpires(agent, node, outage));
        }
    }

    /// A node that is not dead, in place of one of a data center: that one itself, else the next one of the data center, else
    /// one of another; none when all are dead.
    pub(super) fn alive(&self, center: usize, node: usize) -> Option<usize> {
        let site = &self.settings.site;
        let own = site.nodes_of(center);
        let first = node.clamp(own.start, own.end);
        let of_center = (first..own.end).chain(own.start..first);
        let others = (0..site.nodes()).filter(|other| !own.contains(other));
        // It may be of another data center itself: telephones go there.
        std::iter::once(node).chain(of_center).chain(others).find(|node| !self.dead.contains_key(node))
    }

    /// The node at which something begins that belongs to one of a data center, if that is not dead.
    pub(super) fn alive_or(&self, center: usize, node: usize) -> usize {
        self.alive(center, node).unwrap_or(node)
    }
}
