//! After-call work of sessions: whose has to be found out anew, and which calls change with it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::waiting::Reach;
use super::{Knowledge, Mart};
use crate::cause::Cause;
use crate::stored::{Stored, day_of_us};
use crate::unit::{Unit, UnitKind};
use crate::wraps::Wrap;

impl Knowledge {
    /// Marks a unit that changed for every mart. With a conflict the marts may have known other after-call work of it.
    pub(super) fn mark_changed(&mut self, unit: i64, cause: &Arc<Cause>, is_conflict: bool) {
        for mart in &self.marts {
            self.waiting[*mart as usize].mark(unit, cause);
        }
        if is_conflict {
            self.marts.clone().into_iter().for_each(|mart| self.misknow(mart, unit));
        }
        if self.is_login_session(unit) {
            self.unwrapped.insert(unit);
        }
    }

    fn is_login_session(&self, unit: i64) -> bool {
        self.units.get(&unit).is_some_and(|entry| entry.unit.kind() == UnitKind::Session)
    }

    /// The mart may know other after-call work of a unit, if it is a session.
    pub(super) fn misknow(&mut self, mart: Mart, unit: i64) {
        if self.is_login_session(unit) {
            self.misknown[mart as usize].insert(unit);
            self.unwrapped.insert(unit);
        }
    }

    /// A unit, if it is a session, may have other after-call work than was known: something is lost or found there. What is
    /// not in memory the mart may know otherwise.
    pub(super) fn doubt_wraps(&mut self, mart: Mart, unit: i64) {
        let Some(entry) = self.units.get(&unit) else { return };
        let may_be_session = entry.unit.name().is_empty() || entry.unit.kind() == UnitKind::Session;
        if may_be_session {
            self.unwrapped.insert(unit);
        }
        if may_be_session && !self.wraps.knows(entry.unit.id()) {
            self.misknown[mart as usize].insert(unit);
        }
    }

    /// Sessions whose after-call work has to be found out anew.
    pub(crate) fn unwrapped(&self) -> Vec<i64> {
        self.unwrapped.iter().copied().collect()
    }

    /// Whether any session's after-call work has to be found out anew.
    pub(crate) fn has_unwrapped(&self) -> bool {
        !self.unwrapped.is_empty()
    }

    /// The key of a login session, which is in memory afterwards.
    pub(crate) fn login_session(&mut self, id: &str) -> i64 {
        let unit = Unit::of_login(id);
        let key = unit.key();
        if !self.units.contains_key(&key) {
            let days = self.timelines.days_of(id);
            let near = days.first().copied().unwrap_or_default();
            self.entry(key, Some(&unit), near).days.extend(days);
        }
        key
    }

    /// Takes over the after-call work of a session as the marts know it.
    pub(crate) fn remember_wraps(&mut self, unit: i64, wraps: Vec<Wrap>) {
        if let Some(entry) = self.units.get(&unit) {
            self.wraps.set(&entry.unit.id().into(), wraps);
        }
    }

    /// Takes over the after-call work of a session; marks the calls whose rows may differ by it.
    pub(crate) fn wrap(&mut self, unit: i64, wraps: Vec<Wrap>) {
        self.unwrapped.remove(&unit);
        let Some(entry) = self.units.get(&unit) else { return };
        if entry.unit.kind() != UnitKind::Session {
            self.misknown.iter_mut().for_each(|misknown| {
                misknown.remove(&unit);
            });
            return;
        }
        let Some(last) = entry.events.iter().max_by_key(|event| &event.identity) else { return };
        let (id, cause): (Arc<str>, _) = (entry.unit.id().into(), Cause::of(last));
        let named: BTreeMap<Arc<str>, i32> = entry.events.iter().filter_map(|event| named_call(event)).collect();
        let mut near: BTreeMap<Arc<str>, i32> = BTreeMap::new();
        let known = self.wraps.of(&id).iter().chain(&wraps);
        near.extend(known.map(|wrap| (wrap.root_call.clone(), day_of_us(wrap.from_us))));
        let (unheard, now_unheard) = (unheard(self.wraps.of(&id)), unheard(&wraps));
        let changed = self.wraps.set(&id, wraps);
        for mart in self.marts.clone() {
            let all = self.misknown[mart as usize].remove(&unit);
            // Attempts that ended then may be of the session, or may have been.
            let differ = |stretch: &&(i64, i64)| all || !unheard.contains(stretch) || !now_unheard.contains(stretch);
            for (from_us, to_us) in unheard.union(&now_unheard).filter(differ) {
                self.reach_for(mart, &Reach::Lost(*from_us, *to_us), &cause);
            }
            let changed = changed.iter().map(|root| (root, near.get(root).copied().unwrap_or_default()));
            let others = named.iter().filter(|_| all).map(|(root, day)| (root, *day));
            for (root, day) in changed.chain(others) {
                let call = Unit::of_call(root);
                let key = call.key();
                self.entry(key, Some(&call), day);
                self.waiting[mart as usize].mark(key, &cause);
            }
        }
    }
}

/// The stretches in which a session was not heard.
fn unheard(wraps: &[Wrap]) -> BTreeSet<(i64, i64)> {
    let silent = wraps.iter().filter(|wrap| wrap.root_call.is_empty());
    silent.map(|wrap| (wrap.from_us, wrap.to_us.unwrap_or(wrap.from_us))).collect()
}

/// The root call that an event names, and the day of it.
fn named_call(event: &Stored) -> Option<(Arc<str>, i32)> {
    let root = if event.root_call.is_empty() { &event.call } else { &event.root_call };
    (!root.is_empty()).then(|| (root.clone(), event.day()))
}
