//! Who of each pool an event falls to, and what each member has, lacks and was told.
//!
//! An interaction belongs to one member until its end is acknowledged; what belongs to no call falls to all
//! (`docs/sources.md`). Knows offsets, but neither the events nor when anything is due.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use callmart_schema::event::Body;

use super::Mark;
use crate::playback::Interaction;

/// Who an event falls to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// The member at this place.
    Member(usize),
    /// Every member.
    All,
}

impl Owner {
    pub(super) fn is(self, member: usize) -> bool {
        self == Self::All || self == Self::Member(member)
    }
}

/// Names of the members among whom something was shared out.
pub(in crate::live) type Members = Arc<[String]>;

/// Where an interaction of a pool belongs.
#[derive(Debug)]
struct Share {
    member: usize,
    goes_on: bool,
    /// Offset of the last event with which it had ended.
    ended: u64,
}

/// A member of a pool.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: String,
    /// Its newest telling; what older ones say does not count any more.
    pub(super) telling: u64,
    is_connected: bool,
    /// Nothing up to here falls to it.
    pub(super) since: u64,
    /// It has everything that falls to it up to here.
    pub(super) acknowledged: u64,
    /// The last end of a stretch before what it has acknowledged, which it knows.
    pub(super) knows: Mark,
    /// It was told up to here, durable or not.
    pub(super) told: u64,
    /// Whoever has less than everything up to this offset lacks events that fell to it and are forgotten.
    pub(super) lost_to: u64,
    /// Calls that it was told of and whose end is forgotten, with the offset of the end.
    ended_calls: Vec<(u64, String)>,
    /// Calls that it was never told of, because their begin is forgotten, and whose end is not.
    unheard: HashSet<String>,
    /// Interactions of it that have not ended.
    going_on: usize,
    /// Its interactions whose end is not acknowledged, with the offset of the end.
    ended: VecDeque<(u64, Interaction)>,
}

/// A pool: its members, in the order in which they came.
#[derive(Debug)]
pub(super) struct Pool {
    pub(super) name: String,
    /// Whether it counts also while it is not connected.
    pub(super) is_expected: bool,
    pub(super) members: Vec<Member>,
    belongs: HashMap<Interaction, Share>,
    /// Of each event that is kept.
    pub(super) owners: VecDeque<Owner>,
    /// For each end of a stretch that is kept, among whom the stretch was shared out.
    pub(super) shared: VecDeque<Members>,
    /// Members who got something of the stretch that is being kept.
    got: Vec<bool>,
}

impl Pool {
    /// A pool of one member, to whom everything falls that is kept: `events` events, `stretches` stretches, and the
    /// interactions that go on.
    pub(super) fn new<'a>(
        name: &str,
        member: Member,
        (events, stretches): (usize, usize),
        going_on: impl Iterator<Item = &'a Interaction>,
    ) -> Self {
        let members: Members = Arc::new([member.name.clone()]);
        let share = |id: &Interaction| (Interaction::clone(id), Share { member: 0, goes_on: true, ended: 0 });
        let mut pool = Self {
            name: name.to_owned(),
            is_expected: false,
            members: vec![member],
            belongs: going_on.map(share).collect(),
            owners: std::iter::repeat_n(Owner::Member(0), events).collect(),
            shared: std::iter::repeat_n(members, stretches).collect(),
            got: vec![false],
        };
        if let Some(first) = pool.members.first_mut() {
            first.going_on = pool.belongs.len();
        }
        pool
    }

    pub(super) fn position(&self, member: &str) -> Option<usize> {
        self.members.iter().position(|known| known.name == member)
    }

    /// A new member: what comes from now on may fall to it.
    pub(super) fn add(&mut self, member: Member) -> usize {
        self.members.push(member);
        self.got.push(false);
        self.members.len() - 1
    }

    pub(super) fn is_connected(&self) -> bool {
        self.members.iter().any(|member| member.is_connected)
    }

    /// Up to where nobody needs anything.
    pub(super) fn acknowledged(&self) -> u64 {
        self.members.iter().map(|member| member.acknowledged).min().unwrap_or(0)
    }

    /// Up to where nobody who is connected needs anything; none when nobody is.
    pub(super) fn acknowledged_by_connected(&self) -> Option<u64> {
        let connected = self.members.iter().filter(|member| member.is_connected);
        connected.map(|member| member.acknowledged).min()
    }

    /// Decides who the next event falls to; `goes_on` says whether its interaction has not ended with it.
    pub(super) fn take_in(&mut self, offset: u64, interaction: Option<&Interaction>, goes_on: bool) {
        let owner = interaction.map_or(Owner::All, |id| Owner::Member(self.share(offset, id, goes_on)));
        self.owners.push_back(owner);
        for (member, got) in self.got.iter_mut().enumerate() {
            *got |= owner.is(member);
        }
    }

    /// The member that an interaction belongs to, now that an event of it has come.
    fn share(&mut self, offset: u64, id: &Interaction, goes_on: bool) -> usize {
        let (at, went_on) = match self.belongs.get_mut(id) {
            Some(share) => (share.member, std::mem::replace(&mut share.goes_on, goes_on)),
            None => {
                let member = self.least_busy();
                self.belongs.insert(Interaction::clone(id), Share { member, goes_on, ended: 0 });
                (member, false)
            }
        };
        if !goes_on && let Some(share) = self.belongs.get_mut(id) {
            share.ended = offset;
        }
        if let Some(member) = self.members.get_mut(at) {
            member.going_on = member.going_on + usize::from(goes_on) - usize::from(went_on);
            if !goes_on {
                member.ended.push_back((offset, Interaction::clone(id)));
            }
        }
        at
    }

    /// The connected member with the fewest interactions going on, of equals the one whose name comes first; when nobody is
    /// connected, likewise among all.
    fn least_busy(&self) -> usize {
        let nobody = !self.is_connected();
        let may = self.members.iter().enumerate().filter(|(_, member)| nobody || member.is_connected);
        let least = may.min_by(|(_, a), (_, b)| (a.going_on, &a.name).cmp(&(b.going_on, &b.name)));
        least.map_or(0, |(at, _)| at)
    }

    /// A stretch has been kept: notes among whom it was shared out. Those are whoever is connected, got something of it or has
    /// something going on; everybody, if nobody is connected.
    pub(super) fn end_stretch(&mut self) {
        let nobody = !self.is_connected();
        let is_in = |(member, got): &(&Member, &bool)| nobody || **got || member.is_connected || member.going_on > 0;
        let names = || self.members.iter().zip(&self.got).filter(is_in).map(|(member, _)| &member.name);
        let same = self.shared.back().filter(|last| last.iter().eq(names()));
        let shared = same.map_or_else(|| names().cloned().collect(), Arc::clone);
        self.shared.push_back(shared);
    }

    /// As the stretch after: what one member got of the last one does not make it one of the next one's.
    pub(super) fn begin_stretch(&mut self) {
        self.got.fill(false);
    }

    /// The stretch that ends at a place is told together with the one after it.
    pub(super) fn join_stretches(&mut self, at: usize) {
        let Some(before) = self.shared.remove(at) else { return };
        let Some(both) = self.shared.get_mut(at).filter(|after| **after != before) else { return };
        let more = before.iter().filter(|name| !both.contains(name));
        *both = both.iter().chain(more).cloned().collect();
    }

    /// The oldest event is forgotten; `lost` when somebody may still have needed it.
    pub(super) fn forget(&mut self, offset: u64, body: Option<&Body>, lost: bool) {
        let owner = self.owners.pop_front();
        let lacking = self.members.iter_mut().enumerate().filter(|(_, member)| member.acknowledged < offset);
        for (_, member) in lacking.filter(|(at, _)| lost && owner.is_some_and(|owner| owner.is(*at))) {
            member.lose(offset, body);
        }
        if let Some(Owner::Member(at)) = owner.filter(|_| lost) {
            self.let_go(at, offset);
        }
    }

    /// A snapshot that stands behind an offset is forgotten.
    pub(super) fn forget_snapshot(&mut self, behind: u64) {
        for member in self.members.iter_mut().filter(|member| member.acknowledged <= behind) {
            member.lost_to = member.lost_to.max(behind + 1);
        }
    }

    /// The end of a stretch is forgotten.
    pub(super) fn forget_mark(&mut self, mark: &Mark) {
        self.shared.pop_front();
        for member in self.members.iter_mut().filter(|member| mark.offset < member.acknowledged) {
            member.knows = mark.clone();
        }
    }

    /// A member has everything up to an offset.
    pub(super) fn acknowledge(&mut self, at: usize, offset: u64) {
        let Some(member) = self.members.get_mut(at) else { return };
        member.acknowledged = member.acknowledged.max(offset);
        member.ended_calls.retain(|(ended, _)| *ended > member.acknowledged);
        let acknowledged = member.acknowledged;
        self.let_go(at, acknowledged);
    }

    /// Interactions of a member belong to nobody any more when their end is acknowledged, or forgotten.
    fn let_go(&mut self, at: usize, ended_by: u64) {
        let Some(member) = self.members.get_mut(at) else { return };
        while let Some((ended, id)) = member.ended.pop_front_if(|(ended, _)| *ended <= ended_by) {
            // It may have ended once more since, or have begun anew.
            if self.belongs.get(&id).is_some_and(|share| !share.goes_on && share.ended == ended) {
                self.belongs.remove(&id);
            }
        }
    }

    /// Whether an interaction belongs to a member.
    pub(super) fn belongs_to(&self, interaction: &str, member: usize) -> bool {
        self.belongs.get(interaction).is_some_and(|share| share.member == member)
    }
}

impl Member {
    /// A member that has everything up to an offset.
    pub(super) fn new(name: &str, acknowledged: u64, knows: Mark) -> Self {
        Self {
            name: name.to_owned(),
            telling: 0,
            is_connected: false,
            since: acknowledged,
            acknowledged,
            knows,
            told: acknowledged,
            lost_to: 0,
            ended_calls: Vec::new(),
            unheard: HashSet::new(),
            going_on: 0,
            ended: VecDeque::new(),
        }
    }

    pub(super) fn connect(&mut self, telling: u64) {
        (self.telling, self.is_connected) = (telling, true);
    }

    pub(super) fn leave(&mut self) {
        self.is_connected = false;
    }

    /// Whether some of what falls to it and comes after a position, or after its begin, is forgotten.
    pub(super) fn lacks(&self, after: Option<u64>, forgotten: u64) -> bool {
        let after = after.unwrap_or(self.since);
        after < forgotten && (after < self.lost_to || after.max(self.since) < self.acknowledged)
    }

    fn lose(&mut self, offset: u64, body: Option<&Body>) {
        self.lost_to = offset;
        match body {
            Some(Body::CallCreated(begun)) if offset > self.told => drop(self.unheard.insert(begun.call.clone())),
            Some(Body::CallDeleted(ended)) if !self.unheard.remove(&ended.call) => {
                self.ended_calls.push((offset, ended.call.clone()));
            }
            _ => (),
        }
    }

    /// Calls whose end was lost to a member that has everything up to an offset.
    pub(super) fn ended_calls(&self, after: u64) -> Vec<String> {
        let lost = self.ended_calls.iter().filter(|(ended, _)| *ended > after);
        lost.map(|(_, call)| call.clone()).collect()
    }
}
