//! The calls of one interaction, put together from their events: parties, queue passes, user data, begin and end.
//!
//! Knows the event model; not what an attempt or a fact is.

use std::collections::HashMap;

use callmart_schema::event::{BodyView, CallType, DnType, PartyEnd, PartyRole, PartyState, VirtualQueueEnd};

use super::Opened;
use super::party::Party;
use super::user_data::UserData;

/// One pass of a call through one virtual queue.
#[derive(Debug, Clone)]
pub(super) struct Pass<'a> {
    pub(super) id: &'a str,
    pub(super) call: &'a str,
    pub(super) switch: &'a str,
    pub(super) queue: &'a str,
    pub(super) queued_us: Option<i64>,
    pub(super) left_us: Option<i64>,
    pub(super) end: VirtualQueueEnd,
    pub(super) target_dn: &'a str,
}

/// The calls of one interaction.
#[derive(Debug, Default)]
pub(super) struct Calls<'a> {
    /// UUID of the root call.
    pub(super) root: &'a str,
    pub(super) tenant: &'a str,
    pub(super) call_type: CallType,
    pub(super) ani: &'a str,
    pub(super) dnis: &'a str,
    pub(super) started_us: i64,
    /// End of the root call; none while it goes on.
    pub(super) ended_us: Option<i64>,
    pub(super) released_by: &'a str,
    /// Parties in the order in which they joined.
    pub(super) parties: Vec<Party<'a>>,
    /// Passes in the order of their ids' first event.
    pub(super) passes: Vec<Pass<'a>>,
    pub(super) user_data: UserData<'a>,
    /// Places of parties and passes by their ids.
    party_places: HashMap<&'a str, usize>,
    pass_places: HashMap<&'a str, usize>,
}

impl<'a> Calls<'a> {
    /// Puts the calls together; the events stand in the order of their identities.
    pub(super) fn of(root: &'a str, events: &'a [Opened<'a>]) -> Self {
        let mut calls = Self { root, started_us: i64::MAX, ..Self::default() };
        for event in events {
            calls.take(event);
        }
        let last_us = events.iter().map(|e| e.stored.time_us).max().unwrap_or_default();
        let end_us = calls.ended_us.unwrap_or(last_us);
        for party in &mut calls.parties {
            party.leave(PartyEnd::PARTY_END_RELEASED, end_us);
        }
        if calls.started_us == i64::MAX {
            calls.started_us = events.iter().map(|e| e.stored.time_us).min().unwrap_or_default();
        }
        calls
    }

    fn take(&mut self, event: &'a Opened<'a>) {
        let root = self.root;
        let at_us = event.stored.time_us;
        if self.tenant.is_empty() {
            self.tenant = event.tenant;
        }
        match &event.body {
            BodyView::CallCreated(b) if b.call == root => {
                self.started_us = self.started_us.min(at_us);
                (self.call_type, self.ani, self.dnis) = (b.call_type.as_known().unwrap_or_default(), b.ani, b.dnis);
            }
            BodyView::CallDeleted(b) if b.call == root => {
                self.ended_us = Some(at_us);
                self.released_by = b.released_by;
            }
            BodyView::PartyAdded(b) => {
                let party = self.party(b.party, b.call, event);
                party.dn = b.dn;
                party.dn_type = b.dn_type.as_known().unwrap_or(DnType::DN_TYPE_UNKNOWN);
                party.role = b.role.as_known().unwrap_or(PartyRole::PARTY_ROLE_UNKNOWN);
                party.agent = b.agent;
                party.enter(b.state.as_known().unwrap_or(PartyState::PARTY_STATE_NULL), at_us);
            }
            BodyView::PartyStateChanged(b) => {
                let state = b.state.as_known().unwrap_or(PartyState::PARTY_STATE_NULL);
                let party = self.party(b.party, b.call, event);
                party.hear_dn(b.dn);
                party.enter(state, at_us);
            }
            BodyView::PartyDeleted(b) => {
                let party = self.party(b.party, b.call, event);
                party.hear_dn(b.dn);
                party.released_by = b.released_by;
                party.leave(b.cause.as_known().unwrap_or(PartyEnd::PARTY_END_UNKNOWN), at_us);
            }
            BodyView::UserDataChanged(b) => self.user_data.change(at_us, b),
            BodyView::VirtualQueueQueued(b) => {
                self.pass(b.virtual_queue_id, b.call, b.queue, event).queued_us = Some(at_us);
            }
            BodyView::VirtualQueueEnded(b) => {
                let pass = self.pass(b.virtual_queue_id, b.call, b.queue, event);
                pass.left_us = Some(at_us);
                pass.end = b.cause.as_known().unwrap_or(VirtualQueueEnd::VIRTUAL_QUEUE_END_UNKNOWN);
                pass.target_dn = b.target_dn;
            }
            _ => {}
        }
    }

    fn party(&mut self, id: &'a str, call: &'a str, event: &'a Opened<'a>) -> &mut Party<'a> {
        let place = *self.party_places.entry(id).or_insert_with(|| {
            self.parties.push(Party::new(id, call, &event.stored.switch, event.stored.time_us));
            self.parties.len() - 1
        });
        &mut self.parties[place]
    }

    fn pass(&mut self, id: &'a str, call: &'a str, queue: &'a str, event: &'a Opened<'a>) -> &mut Pass<'a> {
        let place = *self.pass_places.entry(id).or_insert_with(|| {
            self.passes.push(Pass {
                id,
                call,
                switch: &event.stored.switch,
                queue,
                queued_us: None,
                left_us: None,
                end: VirtualQueueEnd::VIRTUAL_QUEUE_END_UNKNOWN,
                target_dn: "",
            });
            self.passes.len() - 1
        });
        &mut self.passes[place]
    }
}
