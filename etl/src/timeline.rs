//! Timelines: who was logged in on a DN, when; and whom a call delivered there belongs to.
//!
//! A function of the set of login and logout events that count, in whatever order they come, and of what snapshots say where
//! such events are lost. Knows neither calls nor where events are kept.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::RangeInclusive;
use std::sync::Arc;

use buffa::MessageView as _;
use callmart_schema::event::{BodyView, EventView};

pub use crate::logins::Found;

use crate::logins::{AllLogins, LoggedIn, Logins};
use crate::snapshot::{Lost, Position, Snapshots, head_of, position_of};
use crate::stored::{Stored, day_of_us};

/// A DN of a switch: name of the switch, number of the DN.
pub type DnPlace = (Arc<str>, Arc<str>);

/// What a telling is of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Of {
    Login(Arc<str>),
    Logout,
    /// A snapshot's part: its content, the moment at which it holds, and the agent where it names the login.
    Snapshot(Arc<str>, i64, Option<Arc<str>>),
}

/// One login or logout, as it was told, or what a snapshot told.
#[derive(Debug, Clone)]
struct Told {
    /// Hash of the event, by which it is found when it turns out not to count.
    hash: i64,
    source: Arc<str>,
    /// Place among the source's events.
    position: Position,
    /// When it happened; of a snapshot's part since when it is so.
    at_us: i64,
    of: Of,
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

/// The sessions of one DN by login-session id.
type OnDn = BTreeMap<Arc<str>, Session>;

/// Who was logged in where.
#[derive(Debug, Default)]
pub struct Timelines {
    /// By switch, then by DN.
    switches: BTreeMap<Arc<str>, HashMap<Arc<str>, OnDn>>,
    /// What the sessions come to, where a login is known.
    logins: AllLogins,
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

impl Timelines {
    /// Takes in an event that is new; gives what changed by it. Events that are no login or logout of a session, nor a
    /// snapshot's part of one, change nothing.
    pub fn saw_event(&mut self, event: &Stored, lost: Lost<'_>) -> Option<TimelineChange> {
        let (id, dn, at_us, of) = told_of(event)?;
        let (place, hash): (DnPlace, _) = ((event.switch.clone(), dn), event.content_hash);
        self.places.insert(hash, (place.clone(), id.clone()));
        let on_dn = self.switches.entry(place.0.clone()).or_default().entry(place.1.clone()).or_default();
        let session = on_dn.entry(id.clone()).or_default();
        if session.told.iter().any(|t| t.hash == hash) {
            return None;
        }
        let (source, position) = (event.identity.source.clone(), position_of(event));
        session.told.push(Told { hash, source, position, at_us, of, counts: true });
        session.find_login(&id, place, lost, &mut self.logins)
    }

    /// Says whether the login or logout of that hash counts; gives what changed by it.
    pub fn set_counts(&mut self, hash: i64, counts: bool, lost: Lost<'_>) -> Option<TimelineChange> {
        let (place, id) = self.places.get(&hash)?.clone();
        let session = self.switches.get_mut(&place.0)?.get_mut(&place.1)?.get_mut(&id)?;
        session.told.iter_mut().filter(|t| t.hash == hash).for_each(|t| t.counts = counts);
        session.find_login(&id, place, lost, &mut self.logins)
    }

    /// Finds out anew what the snapshots of a source say of its sessions; gives what changed by it.
    pub fn resync(&mut self, source: &str, lost: Lost<'_>) -> Vec<TimelineChange> {
        let mut changes = Vec::new();
        for (switch, dns) in &mut self.switches {
            for (dn, on_dn) in dns {
                let of_source = |session: &Session| session.told.iter().any(|t| *t.source == *source);
                for (id, session) in on_dn.iter_mut().filter(|(_, session)| of_source(session)) {
                    let place = (switch.clone(), dn.clone());
                    changes.extend(session.find_login(id, place, lost, &mut self.logins));
                }
            }
        }
        changes
    }

    /// What the login or logout of that hash can have changed, whatever was known when it came.
    #[must_use]
    pub fn reach_of(&self, hash: i64) -> Option<TimelineChange> {
        let (place, id) = self.places.get(&hash)?.clone();
        let session = self.switches.get(&place.0)?.get(&place.1)?.get(&id)?;
        let told = session.told.iter().find(|t| t.hash == hash)?;
        if matches!(told.of, Of::Snapshot(..)) {
            return session.whole(place);
        }
        // A logout moves no beginning: what is inside whatever the end stays inside.
        let is_login = matches!(told.of, Of::Login(_));
        let can_differ = session.told.iter().filter(|t| is_login || !matches!(t.of, Of::Login(_)));
        let from_us = can_differ.map(|t| t.at_us).min()?;
        // Before its logout was known a session had no end.
        let to_us = if is_login { session.login.end_us() } else { i64::MAX };
        Some(TimelineChange { place, from_us, to_us: to_us.max(told.at_us) })
    }

    /// What the snapshots of a source can have changed, whatever was lost when they came.
    #[must_use]
    pub fn reach_of_snapshots(&self, source: &str, snapshots: &Snapshots) -> Vec<TimelineChange> {
        let last_us = snapshots.of(source).map(|head| head.at_us).max();
        let may_speak_of = |session: &&Session| {
            let mut of_source = session.told.iter().filter(|t| *t.source == *source);
            of_source.any(|t| matches!(t.of, Of::Snapshot(..)) || Some(t.at_us) <= last_us)
        };
        let of_dn = |(switch, dn, on_dn): (&Arc<str>, &Arc<str>, &OnDn)| -> Vec<TimelineChange> {
            let sessions = on_dn.values().filter(&may_speak_of);
            sessions.filter_map(|s| s.whole((switch.clone(), dn.clone()))).collect()
        };
        self.dns().flat_map(of_dn).collect()
    }

    /// UTC days on which a session was told of, in days since 1970-01-01.
    #[must_use]
    pub(crate) fn days_of(&self, id: &str) -> BTreeSet<i32> {
        let sessions = self.dns().filter_map(|(_, _, on_dn)| on_dn.get(id));
        sessions.flat_map(|session| session.told.iter().map(|t| day_of_us(t.at_us))).collect()
    }

    /// Forgets the sessions that were told of on no day that is to be kept.
    pub(crate) fn forget(&mut self, is_kept: impl Fn(i32) -> bool) {
        let mut forgotten = Vec::new();
        for (switch, dns) in &mut self.switches {
            dns.retain(|dn, on_dn| {
                on_dn.retain(|id, session| {
                    let stays = session.told.iter().any(|t| is_kept(day_of_us(t.at_us)));
                    if !stays {
                        forgotten.extend(session.told.iter().map(|t| t.hash));
                        session.login.take_out_of(&mut self.logins, (switch, dn), id);
                    }
                    stays
                });
                !on_dn.is_empty()
            });
        }
        self.switches.retain(|_, dns| !dns.is_empty());
        forgotten.iter().for_each(|hash| {
            self.places.remove(hash);
        });
    }

    /// Whose call a delivery on the DN at the moment is: of the sessions that contain the moment (closed at both ends) the
    /// one with the latest login, else the nearest one within the tolerance.
    #[must_use]
    pub fn agent_at(&self, switch: &str, dn: &str, at_us: i64, tolerance_us: i64) -> Option<Found<'_>> {
        self.logins_on(switch, dn)?.at(at_us, tolerance_us)
    }

    /// Who was logged in on a DN, for whoever asks for many moments on it; none where nobody ever was.
    #[must_use]
    pub fn logins_on(&self, switch: &str, dn: &str) -> Option<&Logins> {
        self.logins.of(switch, dn)
    }

    /// The sessions that an agent began on a DN within a stretch of time, in microseconds since 1970-01-01 UTC.
    #[must_use]
    pub fn logins_of(&self, switch: &str, dn: &str, agent: &str, began_us: RangeInclusive<i64>) -> Vec<Arc<str>> {
        let on_dn = self.logins_on(switch, dn);
        on_dn.map_or_else(Vec::new, |logins| logins.began(agent, began_us).cloned().collect())
    }

    /// Every DN with its switch.
    fn dns(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<str>, &OnDn)> {
        self.switches.iter().flat_map(|(switch, dns)| dns.iter().map(move |(dn, on_dn)| (switch, dn, on_dn)))
    }
}

/// Session, DN, moment and meaning of an event; none of one that tells nothing of who was logged in.
fn told_of(event: &Stored) -> Option<(Arc<str>, Arc<str>, i64, Of)> {
    let view = EventView::decode_view(&event.bytes).ok()?;
    let (session, dn, at_us, of) = match view.body? {
        BodyView::AgentLogin(b) => (b.session, event.dn.clone(), event.time_us, Of::Login(b.agent.into())),
        BodyView::AgentLogout(b) => (b.session, event.dn.clone(), event.time_us, Of::Logout),
        BodyView::Snapshot(b) if event.is_part() => {
            let login = b.entities.iter().find_map(|entity| match &entity.body {
                Some(BodyView::AgentLogin(login)) => Some((entity.time_us, login.dn.into(), login.agent.into())),
                _ => None,
            });
            let content = head_of(event)?.content;
            let (at_us, dn, agent) = match login {
                Some((at_us, dn, agent)) => (at_us, dn, Some(agent)),
                None => (event.time_us, event.dn.clone(), None),
            };
            (event.unit.id(), dn, at_us, Of::Snapshot(content, view.time_us, agent))
        }
        _ => return None,
    };
    let names_place = !(session.is_empty() || dn.is_empty() && matches!(of, Of::Snapshot(..)));
    names_place.then(|| (session.into(), dn, at_us, of))
}

impl Session {
    /// Finds out what the events that count come to, and has that among the logins of its DN; gives the window in which it
    /// differs from before.
    fn find_login(
        &mut self,
        id: &Arc<str>,
        place: DnPlace,
        lost: Lost<'_>,
        logins: &mut AllLogins,
    ) -> Option<TimelineChange> {
        let mut login = Login::default();
        self.told.iter().filter(|t| t.counts).for_each(|t| login.add(t));
        if login.begin.is_none() {
            let resumed = self.told.iter().filter_map(|told| match &told.of {
                Of::Snapshot(_, holds_us, Some(agent)) if self.counts_at(told, *holds_us, lost) => {
                    Some((told.at_us, agent.clone()))
                }
                _ => None,
            });
            login.begin = resumed.min();
        }
        if login.logout_us.is_none() {
            login.logout_us = self.ended_in_hole(lost);
        }
        if login != self.login {
            self.login.take_out_of(logins, (&place.0, &place.1), id);
            login.put_among(logins, (&place.0, &place.1), id);
        }
        self.become_login(login, place)
    }

    /// Moment from which on a source knew the session.
    fn first_us(&self, source: &str) -> Option<i64> {
        self.told.iter().filter(|t| t.counts && *t.source == *source).map(|t| t.at_us).min()
    }

    fn counts_at(&self, told: &Told, holds_us: i64, lost: Lost<'_>) -> bool {
        self.first_us(&told.source).is_some_and(|first_us| lost.is_any(&told.source, first_us, holds_us))
    }

    /// When it ended unheard: the source that told of it last does not name it in a complete snapshot, something is lost
    /// before, and nothing was told of it behind.
    fn ended_in_hole(&self, lost: Lost<'_>) -> Option<i64> {
        let told = || self.told.iter().filter(|t| t.counts);
        let is_in = |t: &&Told| !matches!(t.of, Of::Logout);
        let source = &told().filter(is_in).max_by_key(|t| (t.at_us, &t.source, &t.position))?.source;
        lost.snapshots.of(source).filter(|head| head.is_complete).find_map(|head| {
            let names = |t: &Told| matches!(&t.of, Of::Snapshot(content, ..) if *content == head.content);
            let of_source = || told().filter(|t| t.source == *source);
            if of_source().any(|t| t.position > head.position || names(t)) {
                return None;
            }
            let first_us = of_source().map(|t| t.at_us).min()?;
            let last_us = of_source().map(Told::known_us).max()?;
            let hole = lost.hole(source, first_us, last_us, head.at_us)?;
            Some(hole.from_us.max(last_us))
        })
    }

    /// All of its time, whatever it was known to be.
    fn whole(&self, place: DnPlace) -> Option<TimelineChange> {
        let from_us = self.told.iter().map(|t| t.at_us).min()?;
        Some(TimelineChange { place, from_us, to_us: i64::MAX })
    }

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

impl Told {
    /// When it was known of last by this.
    fn known_us(&self) -> i64 {
        match &self.of {
            Of::Snapshot(_, holds_us, _) => *holds_us,
            _ => self.at_us,
        }
    }
}

impl Login {
    fn add(&mut self, told: &Told) {
        match &told.of {
            Of::Login(agent) => {
                let login = (told.at_us, agent.clone());
                self.begin = self.begin.take().into_iter().chain([login]).min();
            }
            Of::Logout => self.logout_us = self.logout_us.max(Some(told.at_us)),
            Of::Snapshot(..) => {}
        }
    }

    fn take_out_of(&self, logins: &mut AllLogins, (switch, dn): (&Arc<str>, &Arc<str>), id: &str) {
        if let (Some((from_us, _)), Some(on_dn)) = (&self.begin, logins.of_mut(switch, dn)) {
            on_dn.remove(*from_us, id);
        }
    }

    fn put_among(&self, logins: &mut AllLogins, (switch, dn): (&Arc<str>, &Arc<str>), id: &Arc<str>) {
        if let (Some((from_us, agent)), Some(on_dn)) = (&self.begin, logins.of_mut(switch, dn)) {
            let (from_us, to_us) = (*from_us, self.end_us());
            on_dn.add(LoggedIn { from_us, to_us, agent: agent.clone(), session: id.clone() });
        }
    }

    fn start_us(&self) -> i64 {
        self.begin.as_ref().map(|(at_us, _)| *at_us).or(self.logout_us).unwrap_or(i64::MAX)
    }

    fn end_us(&self) -> i64 {
        self.logout_us.unwrap_or(i64::MAX)
    }
}
