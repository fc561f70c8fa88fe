//! An ordinary SIP Server, which is a switch by itself and no part of a cluster: one port tells of calls, telephones, agents and
//! ACD queues together, and its party events name the agent who is logged in on the telephone.
//!
//! Calls wait in its ACD queues as parties of their own; there are no virtual queues. Of telephones and agents it tells what
//! a T-controller does, which is why it has one inside. Does not know other switches.

use callmart_schema::event::{Body, PartyAdded};

use super::module::Module;
use super::t_controller::TControllers;
use crate::playback::Role;

/// The module.
pub const MODULE: Module = Module { port: "default", role: Role::Switch, tells };

fn tells(body: &Body) -> bool {
    !matches!(body, Body::VirtualQueueQueued(_) | Body::VirtualQueueEnded(_))
}

/// Writes into the event of a party that joins who is logged in on its telephone; nothing where nobody is.
pub fn name_agent(added: &mut PartyAdded, telephones: &TControllers) {
    if let Some(agent) = telephones.agent_on(&added.dn) {
        agent.clone_into(&mut added.agent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::t_controller::{OwnerRules, Registration};

    fn named(telephones: &TControllers) -> String {
        let mut added = PartyAdded { dn: "1001".to_owned(), ..PartyAdded::default() };
        name_agent(&mut added, telephones);
        added.agent
    }

    #[test]
    fn a_party_is_named_after_who_is_logged_in_on_its_telephone_at_that_moment() {
        let mut telephones = TControllers::new(OwnerRules::default());
        assert_eq!(named(&telephones), "");
        telephones.register(0, 0, "1001", Registration::Telephone);
        assert_eq!(named(&telephones), "", "in service, and nobody there");
        telephones.log_in(0, "1001", "E60001", "s1").expect("free");
        assert_eq!(named(&telephones), "E60001");
        telephones.log_out(0, "1001").expect("there");
        assert_eq!(named(&telephones), "");
    }
}
