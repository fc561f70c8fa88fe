//! Who owns which telephone, as the nodes tell; and what each owner tells of the calls on it.

use std::collections::{HashMap, HashSet};

use callmart_schema::event::{DnCall, DnServiceChanged, PartyState};

/// A node that owns a telephone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Owner {
    pub(crate) node: String,
    since_us: i64,
    /// Login-session id of who is logged in here.
    pub(crate) session: Option<String>,
    /// By call, the telephone's state.
    pub(crate) lines: HashMap<String, PartyState>,
    /// Calls that have to be told again at this moment, under a new session.
    untold: HashSet<String>,
}

/// Two owners at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Overlap {
    pub(crate) dn: String,
    pub(crate) older: String,
    pub(crate) newer: String,
    pub(crate) from_us: i64,
    pub(crate) to_us: i64,
}

/// All telephones that are in service.
#[derive(Default)]
pub(crate) struct Owners {
    /// By DN, the newest owner last.
    by_dn: HashMap<String, Vec<Owner>>,
    /// Telephones and calls of which something was told at this moment.
    pub(crate) touched: Vec<(String, String)>,
    /// Telephones that were taken at this moment.
    pub(crate) taken: Vec<String>,
    /// Owners that logged somebody out in the middle of a call: they have to lose the telephone at this moment.
    pub(crate) forced: Vec<(String, String)>,
    /// Stretches with two owners that are over.
    pub(crate) overlaps: Vec<Overlap>,
}

impl Owners {
    pub(crate) fn of(&self, dn: &str) -> &[Owner] {
        self.by_dn.get(dn).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn in_service(&self) -> impl Iterator<Item = &str> {
        self.by_dn.iter().filter(|(_, owners)| !owners.is_empty()).map(|(dn, _)| dn.as_str())
    }

    /// DN, call and state, of all that owners tell of.
    pub(crate) fn calls(&self) -> impl Iterator<Item = ((String, String), i32)> {
        let of = |(dn, owner): (&String, &Owner)| {
            let call = |(call, state): (&String, &PartyState)| ((dn.clone(), call.clone()), *state as i32);
            owner.lines.iter().map(call).collect::<Vec<_>>()
        };
        self.by_dn.iter().flat_map(|(dn, owners)| owners.iter().map(move |o| (dn, o))).flat_map(of)
    }

    pub(crate) fn at(&mut self, dn: &str, node: &str) -> Option<&mut Owner> {
        self.by_dn.get_mut(dn)?.iter_mut().find(|o| o.node == node)
    }

    /// Gives whether it fits, and a session that was there when the telephone was lost.
    pub(crate) fn service(&mut self, node: &str, b: &DnServiceChanged, now_us: i64) -> (bool, Option<String>) {
        let owners = self.by_dn.entry(b.dn.clone()).or_default();
        let known = owners.iter().position(|o| o.node == node);
        if b.in_service {
            owners.push(Owner { node: node.to_owned(), since_us: now_us, ..Owner::default() });
            self.taken.push(b.dn.clone());
            return (known.is_none(), None);
        }
        let Some(place) = known else { return (false, None) };
        let lost = owners.remove(place);
        if let Some(other) = owners.last() {
            let (older, newer) = if place == owners.len() { (other, &lost) } else { (&lost, other) };
            self.overlaps.push(Overlap {
                dn: b.dn.clone(),
                older: older.node.clone(),
                newer: newer.node.clone(),
                from_us: newer.since_us,
                to_us: now_us,
            });
        }
        self.forced.retain(|forced| *forced != (b.dn.clone(), node.to_owned()));
        (true, lost.session)
    }

    /// Somebody logs in: all calls have to be told again.
    pub(crate) fn logged_in(&mut self, dn: &str, node: &str, session: &str) -> bool {
        let Some(owner) = self.at(dn, node) else { return false };
        owner.untold = owner.lines.keys().cloned().collect();
        owner.session.replace(session.to_owned()).is_none()
    }

    /// Somebody logs out.
    pub(crate) fn logged_out(&mut self, dn: &str, node: &str, session: &str) -> bool {
        let Some(owner) = self.at(dn, node) else { return false };
        let fits = owner.session.take().as_deref() == Some(session);
        // Of a cluster's telephones nobody logs out in the middle of a call; of an ordinary switch's whoever likes.
        if !owner.lines.is_empty() && node.starts_with("dc") {
            self.forced.push((dn.to_owned(), node.to_owned()));
        }
        fits
    }

    /// The newest owner tells of every call, an older one only of those that it knows.
    pub(crate) fn call(&mut self, node: &str, b: &DnCall) -> bool {
        self.touched.push((b.dn.clone(), b.call.clone()));
        let newest = self.of(&b.dn).last().is_some_and(|o| o.node == node);
        let Some(owner) = self.at(&b.dn, node) else { return false };
        let fits =
            owner.session.as_deref().unwrap_or_default() == b.session && (newest || owner.lines.contains_key(&b.call));
        let again = owner.untold.remove(&b.call);
        let state = b.state.as_known().expect("a state");
        let news = match state {
            PartyState::PARTY_STATE_NULL => owner.lines.remove(&b.call).is_some(),
            state => owner.lines.insert(b.call.clone(), state) != Some(state) || again,
        };
        fits && news
    }

    /// What must hold when a moment is over.
    pub(crate) fn end_of_moment(&mut self) {
        assert!(self.forced.is_empty(), "logged out in the middle of a call, and in service: {:?}", self.forced);
        for (dn, owners) in &self.by_dn {
            assert!(owners.len() <= 2, "{dn} has more than two owners: {owners:?}");
            assert!(owners.iter().all(|o| o.untold.is_empty()), "not told to a new session: {dn} {owners:?}");
        }
    }
}
