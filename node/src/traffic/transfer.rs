//! Blind transfers: the agent passes the customer on to another queue or to a colleague, and is out of the call.

use callmart_schema::catalogue::statics::{Outcome, ResourceRole};
use callmart_schema::event::PartyEnd;

use super::agents::Agent;
use super::attempt::Doing;
use super::call::{Call, Line};
use super::layout::QUEUES;
use super::legs::{Joining, Parting};
use super::rng::{Purpose, Rng};
use super::scene::Scene;

/// How often a colleague is looked for before it is given up.
const COLLEAGUE_TRIES: usize = 12;

impl Scene {
    /// Somebody who is logged in and fits, found by chance.
    pub(super) fn colleague(&self, rng: &mut Rng, fits: impl Fn(&Agent) -> bool) -> Option<u32> {
        let any = |rng: &mut Rng| self.logged_in.get(rng.below(self.logged_in.len() as u64) as usize).copied();
        (0..COLLEAGUE_TRIES).find_map(|_| any(rng).filter(|a| self.agents.get(*a as usize).is_some_and(&fits)))
    }

    /// The agent who has the customer passes the call on; to a queue when no colleague is free.
    pub(super) fn transfer_blindly(&mut self, call: &mut Call) {
        let mut rng = self.dice(Purpose::Colleague, call.subject());
        let to_queue = rng.chance(self.settings.habits.blind_to_queue_share);
        call.transfers += 1;
        let fits = |a: &Agent| a.is_free() && self.reaches(call.node, a);
        match self.colleague(&mut rng, fits).filter(|_| !to_queue) {
            Some(colleague) => self.transfer_to_colleague(call, colleague),
            None => self.transfer_to_queue(call, &mut rng),
        }
    }

    fn transfer_to_queue(&mut self, call: &mut Call, rng: &mut Rng) {
        let step = 1 + rng.below(QUEUES.len() as u64 - 1) as usize;
        call.queue = (call.queue + step) % QUEUES.len();
        let (target_dn, _) = self.settings.site.waits_at(call.node, call.queue);
        let (driver, parent) = self.pass_on(call, &target_dn);
        self.wait(call, vec![call.queue], ResourceRole::ReceivedTransfer, &parent);
        self.draw_patience(call);
        self.after_call(call, driver);
    }

    fn transfer_to_colleague(&mut self, call: &mut Call, colleague: u32) {
        let Some(who) = self.agents.get(colleague as usize) else { return };
        call.queue = who.person.skills.first().copied().unwrap_or(call.queue);
        let target_dn = self.dn_of(colleague);
        let (driver, parent) = self.pass_on(call, &target_dn);
        let joining = Joining { parent, ..Joining::default() };
        call.driver = self.join(call, Line::Main, colleague, (ResourceRole::ReceivedTransfer, Doing::Ring), joining);
        self.enter_answer(call);
        self.draw_patience(call);
        self.after_call(call, driver);
    }

    /// The agent leaves the call to a number; gives the place of the leg and its party's UUID.
    fn pass_on(&mut self, call: &mut Call, target_dn: &str) -> (usize, String) {
        let driver = call.driver;
        self.part(call, driver, Parting::to(Outcome::Transferred, PartyEnd::PARTY_END_TRANSFERRED, target_dn));
        (driver, call.legs.get(driver).map_or_else(String::new, |leg| leg.party.id.clone()))
    }
}
