//! Timelines: who was logged in on a DN, when; and whom a call delivered there belongs to.
//!
//! A function of login and logout events, in whatever order they come. Knows neither calls nor where events are kept.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use buffa::MessageView as _;
use callmart_schema::event::{BodyView, EventView};

use crate::stored::Stored;

/// One login session on one DN, as far as its events tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// EmployeeID.
    pub agent: Arc<str>,
    /// Earliest login, microseconds since 1970-01-01 UTC; none while only a logout is known.
    pub login_us: Option<i64>,
    /// Latest logout; none while the session goes on.
    pub logout_us: Option<i64>,
}

/// A DN of a switch: name of the switch, number of the DN.
pub type DnPlace = (Arc<str>, Arc<str>);

/// Who was logged in where.
#[derive(Debug, Default)]
pub struct Timelines {
    /// By switch and DN, then by login-session id.
    sessions: HashMap<DnPlace, BTreeMap<Arc<str>, Login>>,
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
    /// How far outside the session the delivery lay, in microseconds; 0 when inside.
    pub distance_us: i64,
}

impl Timelines {
    /// Takes in an agent event; gives what changed by it, or, when `again` says that the event is known and its effects are
    /// asked for, what it could have changed. Other events change nothing.
    pub fn saw_event(&mut self, event: &Stored, tolerance_us: i64, again: bool) -> Option<TimelineChange> {
        let view = EventView::decode_view(&event.bytes).ok()?;
        let (dn, agent, session, is_login) = match view.body? {
            BodyView::AgentLogin(b) => (b.dn, b.agent, b.session, true),
            BodyView::AgentLogout(b) => (b.dn, b.agent, b.session, false),
            _ => return None,
        };
        let place = (event.switch.clone(), Arc::<str>::from(dn));
        let sessions = self.sessions.entry(place.clone()).or_default();
        let login = sessions.entry(session.into()).or_insert_with(|| Login {
            agent: agent.into(),
            login_us: None,
            logout_us: None,
        });
        let before = login.clone();
        if is_login {
            login.login_us = Some(login.login_us.map_or(event.time_us, |t| t.min(event.time_us)));
        } else {
            login.logout_us = Some(login.logout_us.map_or(event.time_us, |t| t.max(event.time_us)));
        }
        // Of one session told with two agents the smaller id counts, so that the order of events does not matter.
        if agent < &*login.agent {
            login.agent = agent.into();
        }
        (again || before != *login).then(|| {
            let from_us = login.start_us().min(before.start_us()).saturating_sub(tolerance_us);
            let to_us = login.end_us().max(before.end_us()).saturating_add(tolerance_us);
            TimelineChange { place, from_us, to_us }
        })
    }

    /// Whose call a delivery on the DN at the moment is: of the sessions that contain the moment (closed at both ends) the
    /// one with the latest login, else the nearest one within the tolerance.
    #[must_use]
    pub fn agent_at(&self, switch: &str, dn: &str, at_us: i64, tolerance_us: i64) -> Option<Found> {
        let place = (Arc::<str>::from(switch), Arc::<str>::from(dn));
        let sessions = self.sessions.get(&place)?;
        let near = sessions.iter().filter_map(|(session, login)| {
            let distance_us = login.distance_us(at_us)?;
            (distance_us <= tolerance_us).then_some((distance_us, std::cmp::Reverse(login.start_us()), session, login))
        });
        let (distance_us, _, _, login) = near.min_by(|a, b| (a.0, a.1, a.2).cmp(&(b.0, b.1, b.2)))?;
        Some(Found { agent: login.agent.clone(), distance_us })
    }
}

impl Login {
    fn start_us(&self) -> i64 {
        self.login_us.or(self.logout_us).unwrap_or(i64::MAX)
    }

    fn end_us(&self) -> i64 {
        self.logout_us.unwrap_or(i64::MAX)
    }

    /// How far outside the session the moment lies, 0 when inside; none while its login is not known.
    fn distance_us(&self, at_us: i64) -> Option<i64> {
        let login_us = self.login_us?;
        Some((login_us.saturating_sub(at_us)).max(at_us.saturating_sub(self.end_us())).max(0))
    }
}
