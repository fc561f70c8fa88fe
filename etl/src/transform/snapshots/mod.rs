//! Snapshots where they count: what they say of a unit, as events among its others.
//!
//! A snapshot counts where something of its source is lost between the unit's first moment there and its own. Which rows come
//! of it is not known here; what a snapshot changes of a call stands in `calls`, of a session in `session`.

mod calls;
mod passes;
mod records;
mod session;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use callmart_schema::event::{BodyView, EventView};

use super::channels::Channels;
use super::{Context, Opened, Origin};
use crate::coverage::Hole;
use crate::snapshot::{Head, Lost, Position, head_of, position_of};
use crate::unit::{Unit, UnitKind};

/// What was heard of a unit.
pub(super) struct Heard<'a> {
    /// Its events, those that snapshots stand for among them, in the order of their identities; behind them what others tell of
    /// its data.
    pub(super) events: Vec<Opened<'a>>,
    /// Whether something of a source that told of it, or may have, is lost between its first and its last moment.
    pub(super) is_lost: bool,
}

/// What one snapshot says of the unit.
struct Said<'a, 'c> {
    position: Position,
    at_us: i64,
    /// What it says of its source, where that is more than of the units that it names.
    head: Option<&'c Head>,
    /// Whether it names the unit.
    names_unit: bool,
    /// What it says of it, each with the part that it stands in.
    entities: Vec<(&'c Opened<'a>, &'c EventView<'a>)>,
}

impl Said<'_, '_> {
    fn has_ended(&self, call: &str) -> bool {
        self.head.is_some_and(|head| head.has_ended(call))
    }
}

/// A snapshot that counts, between what its source told before and behind it.
struct Resync<'a, 'c> {
    source: &'c str,
    lost: Lost<'c>,
    /// First moment of the unit at the source.
    first_us: i64,
    said: &'c Said<'a, 'c>,
    before: &'c [Opened<'a>],
    after: &'c [Opened<'a>],
    /// What later snapshots say.
    later: &'c [Said<'a, 'c>],
}

/// What was heard of a unit, whose events that count stand in the order of their identities.
pub(super) fn heard<'a>(unit: &Unit, opened: Vec<Opened<'a>>, context: Context<'_>) -> Heard<'a> {
    let (parts, events) = parted(opened, |e| e.stored.is_part());
    let events = super::moments::told_once(events);
    let Channels { mut events, parts, beside } = match unit.kind() {
        UnitKind::Interaction => Channels::of(events, parts, context),
        _ => Channels { events, parts, beside: Vec::new() },
    };
    let lost = Lost { coverage: context.coverage, snapshots: context.snapshots };
    let sources = sources(&events, &parts);
    if sources.iter().all(|source| lost.coverage.holes(source).is_empty()) {
        let is_lost = is_lost_of_others(unit, &events, context);
        events.extend(beside);
        return Heard { events, is_lost };
    }
    let has_login = events.iter().any(|e| matches!(e.body, BodyView::AgentLogin(_)));
    let has_logout = events.iter().any(|e| matches!(e.body, BodyView::AgentLogout(_)));
    let owner = owner(&events, &parts);
    let (mut woven, mut moments_us) = (Vec::with_capacity(events.len()), Vec::new());
    for source in sources {
        let of_source: Vec<Opened<'a>> =
            events.iter().filter(|e| e.stored.identity.source == *source).cloned().collect();
        let own: Vec<&Opened<'a>> = parts.iter().filter(|p| p.stored.identity.source == *source).collect();
        let steps = |resync: &Resync<'a, '_>| match unit.kind() {
            UnitKind::Interaction => calls::steps(resync),
            UnitKind::Session => {
                let is_owner = owner.as_ref() == Some(source);
                session::steps(resync, has_login, has_logout, is_owner)
            }
            _ => Vec::new(),
        };
        let (events, named_us) = weave(source, &of_source, &said(source, &own, lost), lost, &steps);
        woven.extend(events);
        moments_us.extend(named_us);
    }
    moments_us.extend(woven.iter().chain(&beside).map(|e| e.at_us));
    let span = moments_us.iter().min().zip(moments_us.iter().max());
    let told_of = |source: &Arc<str>| woven.iter().any(|e| e.stored.identity.source == *source);
    let all = self::sources(&events, &parts);
    let is_told_lost = span.is_some_and(|(first_us, last_us)| {
        all.into_iter().filter(|source| told_of(source)).any(|source| lost.is_any(source, *first_us, *last_us))
    });
    let is_lost = is_told_lost || is_lost_of_others(unit, &woven, context);
    woven.extend(beside);
    Heard { events: woven, is_lost }
}

/// Those of which something is so, and the others.
pub(super) fn parted<'a>(
    events: Vec<Opened<'a>>,
    is_so: impl Fn(&Opened<'a>) -> bool,
) -> (Vec<Opened<'a>>, Vec<Opened<'a>>) {
    if events.iter().any(&is_so) { events.into_iter().partition(is_so) } else { (Vec::new(), events) }
}

/// The sources of events, which stand together where their order is that of their identities.
fn sources<'c>(events: &'c [Opened<'_>], parts: &'c [Opened<'_>]) -> BTreeSet<&'c Arc<str>> {
    let of_source = |a: &Opened<'_>, b: &Opened<'_>| a.stored.identity.source == b.stored.identity.source;
    let all = events.chunk_by(of_source).chain(parts.chunk_by(of_source));
    all.filter_map(|same| same.first()).map(|e| &e.stored.identity.source).collect()
}

/// Whether a pass through a virtual queue or an outbound record may be missing from an interaction though its source never told of
/// it.
fn is_lost_of_others(unit: &Unit, events: &[Opened<'_>], context: Context<'_>) -> bool {
    let coverage = context.coverage;
    unit.kind() == UnitKind::Interaction
        && (passes::is_any_lost(events, coverage) || records::is_any_lost(unit, events, coverage))
}

/// The source that told last where the session is: by a login or a snapshot.
fn owner(events: &[Opened<'_>], parts: &[Opened<'_>]) -> Option<Arc<str>> {
    let logins = events.iter().filter(|e| matches!(e.body, BodyView::AgentLogin(_))).map(|e| (e.at_us, e));
    let named = parts.iter().map(|part| (since_us(part).unwrap_or(part.at_us), part));
    let by_login =
        logins.chain(named).max_by_key(|(at_us, e)| (*at_us, &e.stored.identity.source, position_of(e.stored)));
    let last = || events.iter().max_by_key(|e| (e.at_us, &e.stored.identity.source)).map(|e| (e.at_us, e));
    by_login.or_else(last).map(|(_, e)| e.stored.identity.source.clone())
}

/// Since when a part says that its session's login is.
fn since_us(part: &Opened<'_>) -> Option<i64> {
    let BodyView::Snapshot(snapshot) = &part.body else { return None };
    let login = snapshot.entities.iter().find(|e| matches!(e.body, Some(BodyView::AgentLogin(_))));
    login.map(|e| e.time_us)
}

/// What the snapshots of a source say of the unit, in order.
fn said<'a, 'c>(source: &str, parts: &[&'c Opened<'a>], lost: Lost<'c>) -> Vec<Said<'a, 'c>> {
    let mut all: BTreeMap<(Position, Arc<str>), Said<'a, 'c>> = BTreeMap::new();
    for head in lost.snapshots.of(source) {
        let (position, at_us) = (head.position.clone(), head.at_us);
        let said = Said { position, at_us, head: Some(head), names_unit: false, entities: Vec::new() };
        all.insert((head.position.clone(), head.content.clone()), said);
    }
    for part in parts {
        let (Some(head), BodyView::Snapshot(snapshot)) = (head_of(part.stored), &part.body) else { continue };
        let said = all.entry((head.position.clone(), head.content.clone())).or_insert_with(|| Said {
            position: head.position,
            at_us: head.at_us,
            head: None,
            names_unit: true,
            entities: Vec::new(),
        });
        said.names_unit = true;
        said.entities.extend(snapshot.entities.iter().map(|entity| (*part, entity)));
    }
    all.into_values().collect()
}

/// A source's events with what its snapshots stand for, and the moments of snapshots that name the unit and count.
fn weave<'a>(
    source: &str,
    events: &[Opened<'a>],
    said: &[Said<'a, '_>],
    lost: Lost<'_>,
    steps: &dyn Fn(&Resync<'a, '_>) -> Vec<Opened<'a>>,
) -> (Vec<Opened<'a>>, Vec<i64>) {
    let first_event_us = events.iter().map(|e| e.at_us).min();
    let (mut before, mut taken, mut named_us): (Vec<Opened<'a>>, usize, Vec<i64>) = (Vec::new(), 0, Vec::new());
    for (place, one) in said.iter().enumerate() {
        let until = told_before(events, one);
        before.extend(events.iter().take(until).skip(taken).cloned());
        taken = taken.max(until);
        let first_us = one.entities.iter().map(|(_, entity)| entity.time_us).chain(first_event_us).min();
        let Some(first_us) = first_us.filter(|first_us| lost.is_any(source, *first_us, one.at_us)) else { continue };
        let resync = Resync {
            source,
            lost,
            first_us,
            said: one,
            before: &before,
            after: events.get(taken..).unwrap_or_default(),
            later: said.get(place + 1..).unwrap_or_default(),
        };
        let new = steps(&resync);
        named_us.extend(one.names_unit.then_some(one.at_us));
        before.extend(new);
    }
    before.extend(events.iter().skip(taken).cloned());
    (before, named_us)
}

/// How many of a source's events a snapshot follows. While both processes tell, one of a lower epoch may be of a later moment
/// than the snapshot that begins a higher one: it is news.
fn told_before(events: &[Opened<'_>], said: &Said<'_, '_>) -> usize {
    let before = events.partition_point(|e| position_of(e.stored) <= said.position);
    let not_later = events.iter().take(before).rposition(|e| e.at_us <= said.at_us);
    not_later.map_or(0, |last| last + 1)
}

impl<'a> Resync<'a, '_> {
    fn hole(&self, last_us: i64) -> Option<&Hole> {
        self.lost.hole(self.source, self.first_us, last_us, self.said.at_us)
    }

    /// When something ended unheard that was known last at a moment: when the hole begins, for nothing later is known.
    fn end_us(&self, last_us: i64) -> i64 {
        self.hole(last_us).map_or(last_us, |hole| hole.from_us.max(last_us))
    }

    /// Since when something known is otherwise: as the snapshot says, when that is in a hole.
    fn change_us(&self, since_us: i64, last_us: i64) -> i64 {
        if self.lost.is_any(self.source, since_us, since_us) {
            return since_us;
        }
        self.hole(last_us).map_or(since_us, |hole| since_us.clamp(hole.from_us, hole.to_us.max(hole.from_us)))
    }

    /// What a snapshot says, as an event of a moment.
    fn told(part: &Opened<'a>, body: BodyView<'a>, at_us: i64) -> Opened<'a> {
        Opened { body, at_us, origin: Origin::Snapshot, ..part.clone() }
    }

    /// An end that nobody told, as an event; `like` is one of the unit's at the source.
    fn ended(like: &Opened<'a>, body: BodyView<'a>, at_us: i64) -> Opened<'a> {
        Opened { body, at_us, origin: Origin::Estimate, ..like.clone() }
    }
}
