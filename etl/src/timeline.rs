//! Timelines: who was logged in on a DN, when; and whom a call delivered there belongs to.
//!
//! A function of the set of login and logout events that count, in whatever order they come. Knows neither calls nor where
//! events are kept.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use buffa::MessageView as _;
use callmart_schema::event::{BodyView, EventView};

use crate::stored::{Stored, day_of_us};

/// A DN of a switch: name of the switch, number of the DN.
pub type DnPlace = (Arc<str>, Arc<str>);

/// One login or logout, as it was told.
#[derive(Debug, Clone)]
struct Told {
    /// Hash of the event, by which it is found when it turns out not to count.
    hash: i64,
    at_us: i64,
    agent: Arc<str>,
    is_login: bool,
    counts: bool,
}

/// One login session on one DN, as far as its events tell.
#[derive(Debug, Default)]
struct Session {
    told: Vec<Told>,
    login: Login,
}

/// What the events of a session that count come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Login {
    /// Earliest login, with its EmployeeID; none while only a logout is known.
    begin: Option<(i64, Arc<str>)>,
    /// Latest logout, microseconds since 1970-01-01 UTC; none while the session goes on.
    logout_us: Option<i64>,
}

/// Who was logged in where.
#[derive(Debug, Default)]
pub struct Timelines {
    /// By switch and DN, then by login-session id.
    sessions: HashMap<DnPlace, BTreeMap<Arc<str>, Session>>,
    /// By the hash of a login or logout: where it was, in which session.
    places: HashMap<i64, (DnPlace, Arc<str>)>,
}

/// A change of a timeline: calls delivered on the DN within the window may have another agent now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineChange {
    /// Switch and DN.
    pub place: DnPlace,
    /// Start of the window, microseconds since 1970-01-01 UTC.
    pub from_us: i64,
    /// End of the window (inclusive).
    pub to_us: i64,
}

/// The agent that a delivery belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// EmployeeID.
    pub agent: Arc<str>,
    /// Login-session id.
    pub session: Arc<str>,
    /// How far outside the session the delivery lay, in microseconds; 0 when inside.
    pub distance_us: i64,
}

impl Timelines {
    /// Takes in an event that is new; gives what changed by it. Events that are no login or logout of a session change
    /// nothing.
    pub fn saw_event(&mut self, event: &Stored) -> Option<TimelineChange> {
        let view = EventView::decode_view(&event.bytes).ok()?;
        let (agent, session, is_login) = match view.body? {
            BodyView::AgentLogin(b) => (b.agent, b.session, true),
            BodyView::AgentLogout(b) => (b.agent, b.session, false),
            _ => return None,
        };
        if session.is_empty() {
            return None;
        }
        let (place, id): (DnPlace, Arc<str>) = ((event.switch.clone(), event.dn.clone()), session.into());
        let hash = event.content_hash;
        self.places.insert(hash, (place.clone(), id.clone()));
        let session = self.sessions.entry(place.clone()).or_default().entry(id).or_default();
        if session.told.iter().any(|t| t.hash == hash) {
            return None;
        }
        let told = Told { hash, at_us: event.time_us, agent: agent.into(), is_login, counts: true };
        let mut login = session.login.clone();
        login.add(&told);
        session.told.push(told);
        session.become_login(login, place)
    }

    /// Says whether the login or logout of that hash counts; gives what changed by it.
    pub fn set_counts(&mut self, hash: i64, counts: bool) -> Option<TimelineChange> {
        let (place, id) = self.places.get(&hash)?.clone();
        let session = self.sessions.get_mut(&place)?.get_mut(&id)?;
        session.told.iter_mut().filter(|t| t.hash == hash).for_each(|t| t.counts = counts);
        let mut login = Login::default();
        session.told.iter().filter(|t| t.counts).for_each(|t| login.add(t));
        session.become_login(login, place)
    }

    /// What the login or logout of that hash can have changed, whatever was known when it came.
    #[must_use]
    pub fn reach_of(&self, hash: i64) -> Option<TimelineChange> {
        let (place, id) = self.places.get(&hash)?.clone();
        let session = self.sessions.get(&place)?.get(&id)?;
        let told = session.told.iter().find(|t| t.hash == hash)?;
        // A logout moves no beginning: what is inside whatever the end stays inside.
        let can_differ = session.told.iter().filter(|t| told.is_login || !t.is_login);
        let from_us = can_differ.map(|t| t.at_us).min()?;
        // Before its logout was known a session had no end.
        let to_us = if told.is_login { session.login.end_us() } else { i64::MAX };
        Some(TimelineChange { place, from_us, to_us: to_us.max(told.at_us) })
    }

    /// UTC days on which a session was told of, in days since 1970-01-01.
    #[must_use]
    pub(crate) fn days_of(&self, id: &str) -> BTreeSet<i32> {
        let sessions = self.sessions.values().filter_map(|on_dn| on_dn.get(id));
        sessions.flat_map(|session| session.told.iter().map(|t| day_of_us(t.at_us))).collect()
    }

    /// Forgets the sessions that were told of on no day that is to be kept.
    pub(crate) fn forget(&mut self, is_kept: impl Fn(i32) -> bool) {
        let mut forgotten = Vec::new();
        self.sessions.retain(|_, on_dn| {
            on_dn.retain(|_, session| {
                let stays = session.told.iter().any(|t| is_kept(day_of_us(t.at_us)));
                if !stays {
                    forgotten.extend(session.told.iter().map(|t| t.hash));
                }
                stays
            });
            !on_dn.is_empty()
        });
        forgotten.iter().for_each(|hash| {
            self.places.remove(hash);
        });
    }

    /// Whose call a delivery on the DN at the moment is: of the sessions that contain the moment (closed at both ends) the
    /// one with the latest login, else the nearest one within the tolerance.
    #[must_use]
    pub fn agent_at(&self, switch: &str, dn: &str, at_us: i64, tolerance_us: i64) -> Option<Found> {
        let place = (Arc::<str>::from(switch), Arc::<str>::from(dn));
        let near = self.sessions.get(&place)?.iter().filter_map(|(id, session)| {
            let (login_us, agent) = session.login.begin.as_ref()?;
            let distance_us = session.login.distance_us(*login_us, at_us);
            (distance_us <= tolerance_us).then_some(((distance_us, Reverse(login_us), id), agent))
        });
        let ((distance_us, _, session), agent) = near.min_by(|a, b| a.0.cmp(&b.0))?;
        Some(Found { agent: agent.clone(), session: session.clone(), distance_us })
    }
}

impl Session {
    /// Takes over what the events that count come to; gives the window in which that differs from before.
    fn become_login(&mut self, login: Login, place: DnPlace) -> Option<TimelineChange> {
        let before = std::mem::replace(&mut self.login, login);
        if before == self.login {
            return None;
        }
        let to_us = before.end_us().max(self.login.end_us());
        if before.begin == self.login.begin && before.begin.is_some() {
            // Whatever was inside both stays inside, and as near.
            let from_us = before.end_us().min(self.login.end_us());
            return Some(TimelineChange { place, from_us, to_us });
        }
        let from_us = before.start_us().min(self.login.start_us());
        Some(TimelineChange { place, from_us, to_us })
    }
}

impl Login {
    fn add(&mut self, told: &Told) {
        if told.is_login {
            let login = (told.at_us, told.agent.clone());
            self.begin = self.begin.take().into_iter().chain([login]).min();
        } else {
            self.logout_us = self.logout_us.max(Some(told.at_us));
        }
    }

    fn start_us(&self) -> i64 {
        self.begin.as_ref().map(|(at_us, _)| *at_us).or(self.logout_us).unwrap_or(i64::MAX)
    }

    fn end_us(&self) -> i64 {
        self.logout_us.unwrap_or(i64::MAX)
    }

    /// How far outside a session with that login the moment lies, 0 when inside.
    fn distance_us(&self, login_us: i64, at_us: i64) -> i64 {
        (login_us.saturating_sub(at_us)).max(at_us.saturating_sub(self.end_us())).max(0)
    }
}
