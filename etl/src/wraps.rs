//! After-call work: which stretches of it each login session had, and the interaction that each belongs to.
//!
//! A session's events tell it (`transform::wraps`), an interaction's rows need it: this is what stands between. Knows
//! neither events nor rows.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// One stretch of after-call work.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wrap {
    /// UUID of the root call that it belongs to; empty for a stretch in which the session was not heard.
    pub root_call: Arc<str>,
    /// Its begin, microseconds since 1970-01-01 UTC.
    pub from_us: i64,
    /// Its end; none while it goes on.
    pub to_us: Option<i64>,
    /// Whether something that the session's sources told meanwhile is lost, or since the agent was heard last to talk in that
    /// call: it may be another call's. A stretch without a root call says so of whatever
    /// was in it, after-call work or not.
    pub is_lost: bool,
    /// Who is logged in by the session, and since when, microseconds since 1970-01-01 UTC; none while no login is known.
    /// Calls that another session got are this one's agent's by it.
    pub login: Option<(i64, Arc<str>)>,
}

/// Stretches of after-call work by login-session id.
#[derive(Debug, Default)]
pub struct Wraps {
    known: HashMap<Arc<str>, Vec<Wrap>>,
    /// Sessions that were asked for and are not known.
    missed: Mutex<BTreeSet<Arc<str>>>,
}

impl Wraps {
    /// The stretches of a session, as far as they are known here.
    #[must_use]
    pub fn of(&self, session: &str) -> &[Wrap] {
        self.known.get(session).map_or(&[], Vec::as_slice)
    }

    /// As [`Self::of`], for whoever needs them to be known: a session that is not is noted.
    #[must_use]
    pub fn ask(&self, session: &Arc<str>) -> &[Wrap] {
        if !self.knows(session) {
            self.missed.lock().unwrap_or_else(PoisonError::into_inner).insert(session.clone());
        }
        self.of(session)
    }

    /// The sessions that were not known when they were asked for, since somebody wanted to know them last.
    pub fn take_missed(&self) -> BTreeSet<Arc<str>> {
        std::mem::take(&mut self.missed.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether a session's stretches are known here.
    #[must_use]
    pub fn knows(&self, session: &str) -> bool {
        self.known.contains_key(session)
    }

    /// Takes over a session's stretches; gives the root calls whose after-call work changed by it.
    pub fn set(&mut self, session: &Arc<str>, mut wraps: Vec<Wrap>) -> BTreeSet<Arc<str>> {
        wraps.sort_unstable();
        let before = self.known.insert(session.clone(), wraps.clone()).unwrap_or_default();
        let only_one_has = |one: &[Wrap], other: &[Wrap]| -> Vec<Arc<str>> {
            one.iter().filter(|w| !other.contains(w)).map(|w| w.root_call.clone()).collect()
        };
        let changed = only_one_has(&before, &wraps).into_iter().chain(only_one_has(&wraps, &before));
        // The calls in a stretch without a root call are told of what is lost by others.
        changed.filter(|root_call| !root_call.is_empty()).collect()
    }

    /// Forgets a session's stretches; whoever needs them again finds them out from its events.
    pub fn forget(&mut self, session: &str) {
        self.known.remove(session);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrap(root_call: &str, from_us: i64, to_us: Option<i64>) -> Wrap {
        Wrap { root_call: root_call.into(), from_us, to_us, login: None, is_lost: false }
    }

    #[test]
    fn only_the_calls_whose_after_call_work_changed_are_told() {
        let (mut wraps, session): (Wraps, Arc<str>) = (Wraps::default(), "s".into());
        let changed = wraps.set(&session, vec![wrap("b", 5, None), wrap("a", 1, Some(2))]);
        assert_eq!(changed.iter().map(|c| &**c).collect::<Vec<_>>(), ["a", "b"]);
        let changed = wraps.set(&session, vec![wrap("a", 1, Some(2)), wrap("b", 5, Some(7)), wrap("c", 9, None)]);
        assert_eq!(changed.iter().map(|c| &**c).collect::<Vec<_>>(), ["b", "c"]);
        assert_eq!(wraps.of("s").len(), 3);
        let lost = |root_call| Wrap { is_lost: true, ..wrap(root_call, 5, Some(7)) };
        let changed = wraps.set(&session, vec![lost(""), wrap("a", 1, Some(2)), lost("b"), wrap("c", 9, None)]);
        assert_eq!(changed.iter().map(|c| &**c).collect::<Vec<_>>(), ["b"]);
        assert_eq!(wraps.ask(&session).len(), 4);
        assert!(wraps.take_missed().is_empty());
        wraps.forget("s");
        assert!(!wraps.knows("s") && wraps.of("s").is_empty());
        assert!(wraps.take_missed().is_empty() && wraps.ask(&session).is_empty());
        assert_eq!(wraps.take_missed(), BTreeSet::from([session]));
        assert!(wraps.take_missed().is_empty(), "each is told once");
    }
}
