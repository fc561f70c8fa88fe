//! Steps of consultations: somebody holds a call and asks somebody else, who then gets it, joins it, or neither.

use callmart_schema::event::{CallType, DnType, PartyEnd, PartyMoved, PartyState};

use super::{Device, Impossible, Party, Story};
use crate::cluster::script::id;

/// What merging a consult call makes of the call that was held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Merge {
    Transfer,
    Conference,
}

/// A consultation that goes on: name of its call, name of the call that is held, and who is asked or where it waits.
struct Asking {
    consult: String,
    main: String,
    asked: Party,
}

impl Story {
    /// Whoever talks in a call holds it and asks somebody in a call of its own, perhaps through a routing point.
    ///
    /// # Errors
    /// [`Impossible`].
    pub fn consult(&mut self, main: &str, consult: &str, dn: &str, to: Device<'_>) -> Result<(), Impossible> {
        if self.party(main, dn)?.state == PartyState::PARTY_STATE_CONNECTED {
            self.hold(main, dn)?;
        }
        let node = self.call(main)?.node;
        let asks = Some((dn.to_owned(), main.to_owned()));
        self.begin((consult, node), CallType::CALL_TYPE_CONSULT, (dn, to.dn), asks)?;
        let parent = self.dials(consult, dn)?;
        self.reach(consult, to, (&parent, "")).map(|_| ())
    }

    /// Name of the call in which somebody is connected, or holds the others.
    ///
    /// # Errors
    /// [`Impossible::NotThere`].
    pub fn call_of(&self, dn: &str) -> Result<String, Impossible> {
        let states = [PartyState::PARTY_STATE_CONNECTED, PartyState::PARTY_STATE_HELD];
        let is_in = |name: &&String| self.party_in(name, dn, &states).is_ok();
        let not_there = || Impossible::NotThere { dn: dn.to_owned(), call: "of any name".to_owned() };
        self.calls.keys().find(is_in).cloned().ok_or_else(not_there)
    }

    /// Who asked ends the consultation and goes on with the call that was held, if that is still there.
    ///
    /// # Errors
    /// [`Impossible`].
    pub fn retrieve(&mut self, dn: &str) -> Result<(), Impossible> {
        let Asking { consult, main, .. } = self.asking(dn)?;
        self.release(&consult, dn)?;
        if self.calls.contains_key(&main) { self.turn(&main, dn, PartyState::PARTY_STATE_CONNECTED) } else { Ok(()) }
    }

    /// Who asked leaves both calls, and who was asked gets the one that was held.
    ///
    /// # Errors
    /// [`Impossible`].
    pub fn complete_transfer(&mut self, dn: &str) -> Result<(), Impossible> {
        self.merge(dn, Merge::Transfer)
    }

    /// Who asked and who was asked go on with the call that was held, together.
    ///
    /// # Errors
    /// [`Impossible`].
    pub fn conference(&mut self, dn: &str) -> Result<(), Impossible> {
        self.merge(dn, Merge::Conference)
    }

    fn merge(&mut self, dn: &str, merge: Merge) -> Result<(), Impossible> {
        let Asking { consult, main, asked } = self.asking(dn)?;
        let (node, root_call) = (self.call(&main)?.node, self.call(&consult)?.root.clone());
        let moved = PartyMoved {
            call: id(&consult),
            root_call: root_call.clone(),
            party: asked.id.clone(),
            new_call: id(&main),
            new_party: asked.id.clone(),
            moved_by: self.party(&main, dn)?.id,
            ..PartyMoved::default()
        };
        self.tell(node, moved);
        self.go_over(&consult, &main, &asked)?;
        if merge == Merge::Transfer {
            self.part(&consult, dn, PartyEnd::PARTY_END_TRANSFERRED, ("", &asked.dn))?;
            self.part(&main, dn, PartyEnd::PARTY_END_TRANSFERRED, ("", &asked.dn))?;
        } else {
            self.part(&consult, dn, PartyEnd::PARTY_END_CONFERENCED, ("", ""))?;
        }
        self.end(&consult, "", &main)?;
        self.on_dn(&main, &asked, asked.state);
        if asked.kind == DnType::DN_TYPE_EXTENSION {
            self.script.owners(node).call(&asked.dn, &id(&consult), &root_call, PartyState::PARTY_STATE_NULL);
            self.script.words();
        }
        if merge == Merge::Conference { self.turn(&main, dn, PartyState::PARTY_STATE_CONNECTED) } else { Ok(()) }
    }

    /// Who was asked, or what the consult call waits on and in, is in the other call from now on.
    pub(super) fn go_over(&mut self, consult: &str, main: &str, asked: &Party) -> Result<(), Impossible> {
        let left = self.call_mut(consult)?;
        left.parties.retain(|p| p.id != asked.id);
        let mut passes = std::mem::take(&mut left.passes);
        let into = self.call_mut(main)?;
        into.parties.push(asked.clone());
        into.passes.append(&mut passes);
        Ok(())
    }

    fn asking(&self, dn: &str) -> Result<Asking, Impossible> {
        let none = || Impossible::NoConsult(dn.to_owned());
        let asked_by = |asks: &Option<(String, String)>| asks.as_ref().is_some_and(|(asking, _)| asking == dn);
        let (consult, call) = self.calls.iter().find(|(_, call)| asked_by(&call.asks)).ok_or_else(none)?;
        let main = call.asks.as_ref().map(|(_, main)| main.clone()).ok_or_else(none)?;
        let asked = call.parties.iter().find(|p| p.dn != dn).cloned().ok_or_else(none)?;
        Ok(Asking { consult: consult.clone(), main, asked })
    }
}
