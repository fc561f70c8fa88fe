//! Steps of calls that wait: on routing points, in virtual queues, in an IVR; and where they go from there.

use callmart_schema::event::{DnType, PartyEnd, PartyState, RouteResult, VirtualQueueEnd};

use super::{Device, Impossible, Pass, Story};
use crate::cluster::script::id;

/// T-Library number of a route by target.
const ROUTE_TYPE_UNKNOWN: u32 = 0;
/// T-Library number of the route that is taken where there is no target.
const ROUTE_TYPE_DEFAULT: u32 = 1;

impl Story {
    /// The router puts the call into a virtual queue.
    ///
    /// # Errors
    /// [`Impossible`].
    pub fn enter(&mut self, call: &str, queue: &str) -> Result<(), Impossible> {
        self.waiting(call)?;
        self.queue_entered(call, queue)
    }

    /// The router takes the call out of a virtual queue, without distributing it from there.
    ///
    /// # Errors
    /// [`Impossible`].
    pub fn clear(&mut self, call: &str, queue: &str) -> Result<(), Impossible> {
        let pass = self.pass(call, queue)?;
        self.queue_left(call, &pass, VirtualQueueEnd::VIRTUAL_QUEUE_END_CLEARED, "")
    }

    /// The call goes from where it waits to a device: distributed from a virtual queue, when it is in any, and cleared from
    /// the others. Without a name it is the queue that it entered first.
    ///
    /// # Errors
    /// [`Impossible`].
    pub fn route(&mut self, call: &str, from: Option<&str>, to: Device<'_>) -> Result<(), Impossible> {
        self.distribute(call, from, to, ROUTE_TYPE_UNKNOWN)
    }

    /// As [`Self::route`], but to where calls go that the router finds no target for.
    ///
    /// # Errors
    /// [`Impossible`].
    pub fn route_by_default(&mut self, call: &str, to: Device<'_>) -> Result<(), Impossible> {
        self.distribute(call, None, to, ROUTE_TYPE_DEFAULT)
    }

    fn distribute(
        &mut self,
        call: &str,
        from: Option<&str>,
        to: Device<'_>,
        route_type: u32,
    ) -> Result<(), Impossible> {
        let (point, passes) = (self.waiting(call)?, self.call(call)?.passes.clone());
        let from = from.map(|queue| self.pass(call, queue)).transpose()?.or_else(|| passes.first().cloned());
        let (node, root_call) = (self.call(call)?.node, self.call(call)?.root.clone());
        let routed = RouteResult {
            call: id(call),
            root_call,
            party: point.id.clone(),
            dn: point.dn.clone(),
            target_dn: to.dn.to_owned(),
            route_type,
            virtual_queue_ids: passes.iter().map(|p| p.id.clone()).collect(),
            ..RouteResult::default()
        };
        // An ACD queue distributes by itself.
        if point.kind == DnType::DN_TYPE_ROUTING_POINT {
            self.tell(node, routed);
        }
        self.part(call, &point.dn, PartyEnd::PARTY_END_DIVERTED, ("", to.dn))?;
        for pass in &passes {
            let is_from = from.as_ref().is_some_and(|from| from.id == pass.id);
            let (cause, target_dn) = if is_from {
                (VirtualQueueEnd::VIRTUAL_QUEUE_END_DIVERTED, to.dn)
            } else {
                (VirtualQueueEnd::VIRTUAL_QUEUE_END_CLEARED, "")
            };
            self.queue_left(call, pass, cause, target_dn)?;
        }
        let queue = from.map_or_else(String::new, |pass| pass.queue);
        self.reach(call, to, (&point.id, &queue)).map(|_| ())
    }

    /// The call goes on from an IVR, or from a voicemail box.
    ///
    /// # Errors
    /// [`Impossible`].
    pub fn go_on(&mut self, call: &str, to: Device<'_>) -> Result<(), Impossible> {
        let serves = |p: &&super::Party| matches!(p.kind, DnType::DN_TYPE_IVR_PORT | DnType::DN_TYPE_VOICEMAIL);
        let served_by = self.call(call)?.parties.iter().find(serves).cloned();
        let not_there = || Impossible::NotThere { dn: "an IVR port".to_owned(), call: call.to_owned() };
        let served_by = served_by.ok_or_else(not_there)?;
        self.part(call, &served_by.dn, PartyEnd::PARTY_END_DIVERTED, ("", to.dn))?;
        self.reach(call, to, (&served_by.id, "")).map(|_| ())
    }

    /// The call is taken away from a telephone that rings, and goes elsewhere.
    ///
    /// # Errors
    /// [`Impossible`].
    pub fn redirect(&mut self, call: &str, dn: &str, to: Device<'_>) -> Result<(), Impossible> {
        self.party_in(call, dn, &[PartyState::PARTY_STATE_ALERTING])?;
        let rang = self.part(call, dn, PartyEnd::PARTY_END_REDIRECTED, ("", ""))?;
        self.reach(call, to, (&rang.id, "")).map(|_| ())
    }

    pub(super) fn waiting(&self, call: &str) -> Result<super::Party, Impossible> {
        let not_there = || Impossible::NotThere { dn: "a routing point".to_owned(), call: call.to_owned() };
        self.call(call)?.in_state(PartyState::PARTY_STATE_QUEUED).cloned().ok_or_else(not_there)
    }

    fn pass(&self, call: &str, queue: &str) -> Result<Pass, Impossible> {
        let not_queued = || Impossible::NotQueued { call: call.to_owned(), queue: queue.to_owned() };
        self.call(call)?.passes.iter().find(|p| p.queue == queue).cloned().ok_or_else(not_queued)
    }
}
