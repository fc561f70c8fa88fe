//! Logins in the order of time: who was there on a DN at a moment.
//!
//! Kept beside the sessions that they come from, one entry for each session with a login. Every delivery of a call asks here, so
//! it is laid out for that: what is searched stands apart, and one question touches little memory. Knows moments, agents and ids;
//! not who told of them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasherDefault;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::mixed::Mixed;

/// One login session that began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedIn {
    /// Its begin, microseconds since 1970-01-01 UTC.
    pub from_us: i64,
    /// Its end; `i64::MAX` while it goes on. It may lie before the begin, when clocks disagree.
    pub to_us: i64,
    /// EmployeeID.
    pub agent: Arc<str>,
    /// Login-session id.
    pub session: Arc<str>,
}

/// The agent that a moment belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found<'a> {
    /// EmployeeID.
    pub agent: &'a Arc<str>,
    /// Login-session id.
    pub session: &'a Arc<str>,
    /// How far outside the session the moment lay, in microseconds; 0 when inside.
    pub distance_us: i64,
}

/// The logins of every DN. A DN that was there once stays, if only without logins.
#[derive(Debug, Default)]
pub struct AllLogins {
    /// By switch, then by DN: its place.
    places: BTreeMap<Arc<str>, HashMap<Arc<str>, usize, BuildHasherDefault<Mixed>>>,
    dns: Vec<Logins>,
}

impl AllLogins {
    /// Those of a DN; none where nobody ever logged in.
    #[must_use]
    pub fn of(&self, switch: &str, dn: &str) -> Option<&Logins> {
        self.dns.get(*self.places.get(switch)?.get(dn)?)
    }

    /// Those of a DN, to be changed; none yet of a new one.
    pub fn of_mut(&mut self, switch: &Arc<str>, dn: &Arc<str>) -> Option<&mut Logins> {
        let next = self.dns.len();
        let place = *self.places.entry(switch.clone()).or_default().entry(dn.clone()).or_insert(next);
        if place == next {
            self.dns.push(Logins::default());
        }
        self.dns.get_mut(place)
    }
}

/// Begin and end of a session, in microseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy)]
struct Span {
    from_us: i64,
    to_us: i64,
}

/// What is told of a moment in a session.
#[derive(Debug)]
struct Who {
    agent: Arc<str>,
    session: Arc<str>,
    /// The latest end of a session up to here.
    latest_end_us: i64,
}

/// The sessions of one DN that began, in the order of begin and then against that of their ids: of several with one begin
/// the one with the smallest id stands last, as the one that counts.
#[derive(Debug, Default)]
#[repr(align(64))]
pub struct Logins {
    spans: Vec<Span>,
    who: Vec<Who>,
    /// Where the last moment was found, which the next is mostly near. Only how fast it is found depends on it.
    last_found: AtomicUsize,
}

impl Logins {
    /// Adds a session. One with the same begin and id must not be there.
    pub fn add(&mut self, session: LoggedIn) {
        let LoggedIn { from_us, to_us, agent, session } = session;
        let place = self.place_of(from_us, &session);
        self.spans.insert(place, Span { from_us, to_us });
        self.who.insert(place, Who { agent, session, latest_end_us: i64::MIN });
        self.find_latest_ends(place);
    }

    /// Takes the session with that begin and id out, if it is there.
    pub fn remove(&mut self, from_us: i64, session: &str) {
        let place = self.place_of(from_us, session);
        let is_begin = self.spans.get(place).is_some_and(|span| span.from_us == from_us);
        if is_begin && self.who.get(place).is_some_and(|who| &*who.session == session) {
            self.spans.remove(place);
            self.who.remove(place);
            self.find_latest_ends(place);
        }
    }

    /// Whose a moment is: of the sessions that contain it (closed at both ends) the one with the latest begin, else the
    /// nearest one within the tolerance, of equally near ones again the one with the latest begin; of equals the one with the
    /// smallest id.
    #[must_use]
    pub fn at(&self, at_us: i64, tolerance_us: i64) -> Option<Found<'_>> {
        let behind = self.first_behind(at_us);
        let before = self.last_before(behind, at_us);
        if before.is_some_and(|(_, span)| span.to_us >= at_us) {
            return self.found(before?.0, 0);
        }
        let before = before.map(|(place, span)| (span.distance_us(at_us), place));
        let before = before.filter(|(distance_us, _)| *distance_us <= tolerance_us);
        let reach_us = before.map_or(tolerance_us, |(distance_us, _)| distance_us);
        let after = (behind..).zip(self.spans.get(behind..).unwrap_or_default());
        let after = after.take_while(|(_, span)| span.from_us.saturating_sub(at_us) <= reach_us);
        let after = after.map(|(place, span)| (span.distance_us(at_us), place));
        let near = before.into_iter().chain(after.filter(|(distance_us, _)| *distance_us <= reach_us));
        // The last of equally near ones has the latest begin, and of those the smallest id.
        let (distance_us, place) = near.min_by_key(|(distance_us, place)| (*distance_us, Reverse(*place)))?;
        self.found(place, distance_us)
    }

    /// The sessions that an agent began within a stretch of time, in microseconds since 1970-01-01 UTC.
    pub fn began<'a>(&'a self, agent: &'a str, began_us: RangeInclusive<i64>) -> impl Iterator<Item = &'a Arc<str>> {
        let first = self.spans.partition_point(|span| span.from_us < *began_us.start());
        let last = self.spans.partition_point(|span| span.from_us <= *began_us.end());
        let began = self.who.get(first..last).unwrap_or_default();
        began.iter().filter(move |who| &*who.agent == agent).map(|who| &who.session)
    }

    fn found(&self, place: usize, distance_us: i64) -> Option<Found<'_>> {
        let who = self.who.get(place)?;
        Some(Found { agent: &who.agent, session: &who.session, distance_us })
    }

    /// Where a session stands or would stand.
    fn place_of(&self, from_us: i64, session: &str) -> usize {
        if self.spans.last().is_none_or(|last| last.from_us < from_us) {
            return self.spans.len();
        }
        let first = self.spans.partition_point(|span| span.from_us < from_us);
        let mut same = self.spans.iter().zip(&self.who).skip(first);
        let stands_before = |(span, who): (&Span, &Who)| span.from_us == from_us && *who.session > *session;
        first + same.position(|one| !stands_before(one)).unwrap_or(self.spans.len() - first)
    }

    /// Of the sessions before a place the last that contains the moment, else the last of those that end last.
    fn last_before(&self, place: usize, at_us: i64) -> Option<(usize, Span)> {
        let last = place.checked_sub(1)?;
        let span = *self.spans.get(last)?;
        if span.to_us >= at_us {
            return Some((last, span));
        }
        let end_us = at_us.min(self.who.get(last)?.latest_end_us);
        let place = self.spans.get(..place)?.iter().rposition(|span| span.to_us >= end_us)?;
        Some((place, *self.spans.get(place)?))
    }

    fn find_latest_ends(&mut self, from: usize) {
        let before = from.checked_sub(1).and_then(|last| self.who.get(last));
        let mut latest_us = before.map_or(i64::MIN, |who| who.latest_end_us);
        for (who, span) in self.who.iter_mut().zip(&self.spans).skip(from) {
            latest_us = latest_us.max(span.to_us);
            who.latest_end_us = latest_us;
        }
    }

    /// Place of the first session that began behind the moment, looked for from where the last one was found.
    fn first_behind(&self, at_us: i64) -> usize {
        let from = self.last_found.load(Ordering::Relaxed).min(self.spans.len());
        let (before, behind) = self.spans.split_at(from);
        let is_behind = |span: &Span| span.from_us > at_us;
        let found = if before.last().is_some_and(is_behind) {
            let mut back = 1;
            while before.len().checked_sub(back).and_then(|at| before.get(at)).is_some_and(is_behind) {
                back *= 2;
            }
            let first = before.len().saturating_sub(back);
            first + before.get(first..).map_or(0, |near| near.partition_point(|span| !is_behind(span)))
        } else {
            let mut ahead = 1;
            while behind.get(ahead - 1).is_some_and(|span| !is_behind(span)) {
                ahead *= 2;
            }
            let (first, last) = (ahead / 2, ahead.min(behind.len()));
            let near = behind.get(first..last);
            from + first + near.map_or(0, |near| near.partition_point(|span| !is_behind(span)))
        };
        if found != from {
            self.last_found.store(found, Ordering::Relaxed);
        }
        found
    }
}

impl Span {
    /// How far outside the session the moment lies, 0 when inside.
    fn distance_us(&self, at_us: i64) -> i64 {
        self.from_us.saturating_sub(at_us).max(at_us.saturating_sub(self.to_us)).max(0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As the definition says it, looking at every session.
    fn plainly(stays: &[LoggedIn], at_us: i64, tolerance_us: i64) -> Option<(&str, i64)> {
        let span = |stay: &LoggedIn| Span { from_us: stay.from_us, to_us: stay.to_us };
        let near = stays.iter().map(|stay| (span(stay).distance_us(at_us), stay));
        let near = near.filter(|(distance_us, _)| *distance_us <= tolerance_us);
        let first = near.min_by_key(|(distance_us, stay)| (*distance_us, Reverse(stay.from_us), stay.session.clone()));
        first.map(|(distance_us, stay)| (&*stay.session, distance_us))
    }

    fn a_stay() -> impl Strategy<Value = LoggedIn> {
        let end = prop_oneof![3 => (-3_i64..15).prop_map(Some), 1 => Just(None)];
        (0_i64..40, end, 0_u8..30).prop_map(|(from_us, length_us, id)| LoggedIn {
            from_us,
            to_us: length_us.map_or(i64::MAX, |length_us| from_us + length_us),
            agent: format!("agent {}", id % 3).into(),
            session: id.to_string().into(),
        })
    }

    proptest! {
        #[test]
        fn a_moment_is_found_as_if_every_session_were_looked_at(
            added in prop::collection::vec(a_stay(), 0..25),
            removed in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
            asked in prop::collection::vec((-5_i64..60, 0_i64..6), 1..40),
        ) {
            let (mut logins, mut plain): (Logins, Vec<LoggedIn>) = Default::default();
            for stay in added.into_iter().filter({
                let mut known = std::collections::HashSet::new();
                move |stay| known.insert((stay.from_us, stay.session.clone()))
            }) {
                logins.add(stay.clone());
                plain.push(stay);
            }
            for index in removed {
                if plain.is_empty() {
                    break;
                }
                let stay = plain.remove(index.index(plain.len()));
                logins.remove(stay.from_us, &stay.session);
            }
            for (at_us, tolerance_us) in asked {
                let found = logins.at(at_us, tolerance_us).map(|found| (&**found.session, found.distance_us));
                prop_assert_eq!(found, plainly(&plain, at_us, tolerance_us), "at {}", at_us);
                let began: Vec<&str> = logins.began("agent 1", at_us..=at_us + tolerance_us).map(|id| &**id).collect();
                let is_wanted =
                    |s: &&LoggedIn| &*s.agent == "agent 1" && (at_us..=at_us + tolerance_us).contains(&s.from_us);
                prop_assert_eq!(began.len(), plain.iter().filter(is_wanted).count());
            }
        }
    }
}
