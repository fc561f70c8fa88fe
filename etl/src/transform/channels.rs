//! The second channel of user data: which of what others tell of a call's data counts beside what its own source tells.
//!
//! A call's source tells of the call, its parties and its data; the owner of a DN may tell of the data too. What the call's
//! source was heard to tell counts; where something of it is lost, others fill in what it did not tell. Knows what is lost;
//! not what data come to.

use std::sync::Arc;

use buffa::RepeatedView;
use callmart_schema::event::{BodyView, EventView, UserDataChangedView, UserEventView};

use super::{Context, Opened};

/// What was told of an interaction, by channel.
pub(super) struct Channels<'a> {
    /// Of those that tell of the interaction itself.
    pub(super) events: Vec<Opened<'a>>,
    /// Their snapshots' parts.
    pub(super) parts: Vec<Opened<'a>>,
    /// What counts of those that tell of its data alone.
    pub(super) beside: Vec<Opened<'a>>,
}

/// One value as it was told: set, or gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Told<'a> {
    call: &'a str,
    party: &'a str,
    dn: &'a str,
    key: &'a str,
    value: Option<&'a str>,
    is_user_event: bool,
}

/// A telling that counts, with the sources that told the same.
struct Heard<'a> {
    told: Told<'a>,
    at_us: i64,
    by: Vec<Arc<str>>,
}

impl Told<'_> {
    /// Whether both are the same change: of the same call, by the same party or on the same DN, of one key to one value. Who
    /// told no party or DN may mean any.
    fn is_same(&self, other: &Self) -> bool {
        let who = |a: &str, b: &str| (!a.is_empty() && !b.is_empty()).then(|| a == b);
        let same_who = who(self.party, other.party).or_else(|| who(self.dn, other.dn)).unwrap_or(true);
        let what = |t: &Self| (t.is_user_event, t.call, t.key, t.value);
        what(self) == what(other) && same_who
    }
}

impl<'a> Channels<'a> {
    /// Sorts out what was told; events and parts stand in the order of their identities.
    pub(super) fn of(events: Vec<Opened<'a>>, parts: Vec<Opened<'a>>, context: Context<'_>) -> Self {
        let speaks = speakers(&events, &parts);
        let is_spoken = |e: &Opened<'_>| speaks.contains(&e.stored.identity.source);
        if events.iter().chain(&parts).all(is_spoken) {
            return Self { events, parts, beside: Vec::new() };
        }
        let (events, others): (Vec<_>, Vec<_>) = events.into_iter().partition(is_spoken);
        let parts = parts.into_iter().filter(|e| speaks.contains(&e.stored.identity.source)).collect();
        let beside = what_counts(&events, others, context);
        Self { events, parts, beside }
    }
}

/// The sources that tell of the interaction itself, and not of its data alone.
fn speakers(events: &[Opened<'_>], parts: &[Opened<'_>]) -> Vec<Arc<str>> {
    let mut speakers: Vec<Arc<str>> = Vec::new();
    let of_events = events.iter().filter(|e| !is_data(&e.body));
    let of_parts = parts.iter().filter(|e| match &e.body {
        BodyView::Snapshot(said) => said.entities.iter().any(speaks),
        _ => true,
    });
    for event in of_events.chain(of_parts) {
        if !speakers.contains(&event.stored.identity.source) {
            speakers.push(event.stored.identity.source.clone());
        }
    }
    speakers
}

fn speaks(entity: &EventView<'_>) -> bool {
    entity.body.as_ref().is_some_and(|body| !is_data(body))
}

fn is_data(body: &BodyView<'_>) -> bool {
    matches!(body, BodyView::UserDataChanged(_) | BodyView::UserEvent(_))
}

/// What counts of what others tell: a user event unless the same is known already; data that were changed where something of a
/// call's source is lost, likewise. The same is what was told within the tolerance of the clocks; each source's telling answers
/// for one of each other's.
fn what_counts<'a>(events: &[Opened<'a>], mut others: Vec<Opened<'a>>, context: Context<'_>) -> Vec<Opened<'a>> {
    let is_lost = |at_us: i64| {
        let of_calls = |e: &&Opened<'_>| e.stored.kind.starts_with("call_") || e.stored.kind.starts_with("party_");
        let mut last = None;
        events.iter().filter(of_calls).any(|e| {
            let source = &*e.stored.identity.source;
            last.replace(source) != Some(source)
                && context.coverage.holes(source).iter().any(|hole| hole.touches(at_us, at_us))
        })
    };
    others.retain(|e| matches!(e.body, BodyView::UserEvent(_)) || is_lost(e.at_us));
    if others.is_empty() {
        return others;
    }
    let mut known: Vec<Heard<'a>> = Vec::new();
    events.iter().for_each(|e| known.extend(tellings(e).map(|told| heard(e, told))));
    others.sort_by_key(|e| e.at_us);
    let tolerance_us = i64::from(context.settings.match_tolerance_ms) * 1_000;
    let mut counting: Vec<Opened<'a>> = others.into_iter().filter_map(|e| news(e, &mut known, tolerance_us)).collect();
    counting.sort_by(|a, b| a.stored.cmp(b.stored));
    counting
}

fn heard<'a>(event: &Opened<'a>, told: Told<'a>) -> Heard<'a> {
    Heard { told, at_us: event.at_us, by: vec![event.stored.identity.source.clone()] }
}

/// The values that a change of data or a user event tells.
fn tellings<'e, 'a>(event: &'e Opened<'a>) -> impl Iterator<Item = Told<'a>> + use<'e, 'a> {
    let (data, user_event) = match &event.body {
        BodyView::UserDataChanged(b) => (Some(&**b), None),
        BodyView::UserEvent(b) => (None, Some(&**b)),
        _ => (None, None),
    };
    let set = data.into_iter().flat_map(|b| b.set.iter().map(|kv| of_data(b, kv.key, Some(kv.value))));
    let removed = data.into_iter().flat_map(|b| b.removed.iter().map(|key| of_data(b, key, None)));
    let told = user_event.into_iter().flat_map(|b| b.data.iter().map(|kv| of_user_event(b, kv.key, kv.value)));
    set.chain(removed).chain(told)
}

fn of_data<'a>(change: &UserDataChangedView<'a>, key: &'a str, value: Option<&'a str>) -> Told<'a> {
    Told { call: change.call, party: change.party, dn: change.dn, key, value, is_user_event: false }
}

fn of_user_event<'a>(event: &UserEventView<'a>, key: &'a str, value: &'a str) -> Told<'a> {
    Told { call: event.call, party: "", dn: event.dn, key, value: Some(value), is_user_event: true }
}

/// What an event tells that is not known; none when all of it is. From then on it is known.
fn news<'a>(event: Opened<'a>, known: &mut Vec<Heard<'a>>, tolerance_us: i64) -> Option<Opened<'a>> {
    let mut new: Vec<Told<'a>> = Vec::new();
    for told in tellings(&event) {
        let source = &event.stored.identity.source;
        let may_answer = |h: &&mut Heard<'_>| {
            (h.at_us - event.at_us).abs() <= tolerance_us && !h.by.contains(source) && h.told.is_same(&told)
        };
        match known.iter_mut().filter(may_answer).min_by_key(|h| (h.at_us - event.at_us).abs()) {
            Some(same) => same.by.push(source.clone()),
            None => new.push(told),
        }
    }
    known.extend(new.iter().map(|told| heard(&event, *told)));
    let is_new = |told: Told<'a>| new.contains(&told);
    let body = match &event.body {
        _ if new.is_empty() => return None,
        BodyView::UserDataChanged(b) => {
            let set = b.set.iter().filter(|kv| is_new(of_data(b, kv.key, Some(kv.value)))).cloned().collect();
            let removed = b.removed.iter().copied().filter(|key| is_new(of_data(b, key, None))).collect();
            let (set, removed) = (RepeatedView::new(set), RepeatedView::new(removed));
            BodyView::UserDataChanged(Box::new(UserDataChangedView { set, removed, ..(**b).clone() }))
        }
        BodyView::UserEvent(b) => {
            let data = b.data.iter().filter(|kv| is_new(of_user_event(b, kv.key, kv.value))).cloned().collect();
            BodyView::UserEvent(Box::new(UserEventView { data: RepeatedView::new(data), ..(**b).clone() }))
        }
        other => other.clone(),
    };
    Some(Opened { body, ..event })
}
