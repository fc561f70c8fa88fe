//! What a snapshot changes of a login session: its begin, its end, what the agent said last, and the calls on its DN.
//!
//! Knows what one source told of the session; not the states that come of it.

use std::collections::BTreeMap;

use callmart_schema::event::{AgentLogoutView, BodyView, DnCallView, PartyState};

use super::{Opened, Resync};

/// A call on the DN, as it was told last.
struct On<'a> {
    root_call: &'a str,
    state: Option<PartyState>,
    last_us: i64,
}

/// The steps from what was known before a snapshot to what it says. `has_login` and `has_logout` say what any source told;
/// only the source that the session is at says of it that it ended.
pub(super) fn steps<'a>(resync: &Resync<'a, '_>, has_login: bool, has_logout: bool, is_owner: bool) -> Vec<Opened<'a>> {
    let is_out = resync.before.iter().any(|e| matches!(e.body, BodyView::AgentLogout(_)));
    if resync.said.names_unit && !is_out {
        return changes(resync, has_login);
    }
    if has_logout || is_out || resync.said.names_unit {
        return Vec::new();
    }
    let is_told_later = !resync.after.is_empty() || resync.later.iter().any(|said| said.names_unit);
    let has_ended = resync.said.head.is_some_and(|head| head.is_complete) && is_owner && !is_told_later;
    let last = resync.before.last().filter(|_| has_ended);
    last.map(|last| logout(resync, last)).into_iter().collect()
}

fn logout<'a>(resync: &Resync<'a, '_>, last: &Opened<'a>) -> Opened<'a> {
    let (dn, agent, session) = resync.before.iter().find_map(|e| names(&e.body)).unwrap_or_default();
    let last_us = resync.before.iter().map(|e| e.at_us).max().unwrap_or(last.at_us);
    let body = AgentLogoutView { dn, agent, session, ..AgentLogoutView::default() };
    Resync::ended(last, BodyView::AgentLogout(Box::new(body)), resync.end_us(last_us))
}

/// What the snapshot names and is not known, or known otherwise; and the calls that it does not name.
fn changes<'a>(resync: &Resync<'a, '_>, has_login: bool) -> Vec<Opened<'a>> {
    let (before, mut steps) = (resync.before, Vec::new());
    let knows_login = has_login || before.iter().any(|e| matches!(e.body, BodyView::AgentLogin(_)));
    let said = before.iter().rev().find(|e| is_state(&e.body));
    let on = calls(before);
    let mut named: Vec<&str> = Vec::new();
    for (part, entity) in &resync.said.entities {
        let Some(body) = &entity.body else { continue };
        let at_us = match body {
            BodyView::AgentLogin(_) => (!knows_login).then_some(entity.time_us),
            BodyView::AgentReady(_) | BodyView::AgentNotReady(_) => match said {
                Some(said) if state(&said.body) == state(body) => None,
                Some(said) => Some(resync.change_us(entity.time_us, said.at_us)),
                None => Some(entity.time_us),
            },
            BodyView::DnCall(b) => {
                named.push(b.call);
                match on.get(b.call) {
                    Some(on) if on.state == b.state.as_known() => None,
                    Some(on) => Some(resync.change_us(entity.time_us, on.last_us)),
                    None => Some(entity.time_us),
                }
            }
            _ => None,
        };
        steps.extend(at_us.map(|at_us| Resync::told(part, body.clone(), at_us)));
    }
    let goes_on = |call: &str| named.contains(&call) || calls(resync.after).contains_key(call);
    let Some(like) = before.last() else { return steps };
    let (dn, agent, session) = before.iter().find_map(|e| names(&e.body)).unwrap_or_default();
    for (call, on) in on.iter().filter(|(call, on)| on.state != Some(PartyState::PARTY_STATE_NULL) && !goes_on(call)) {
        let state = PartyState::PARTY_STATE_NULL.into();
        let body = DnCallView { dn, agent, session, call, root_call: on.root_call, state, ..DnCallView::default() };
        steps.push(Resync::ended(like, BodyView::DnCall(Box::new(body)), resync.end_us(on.last_us)));
    }
    steps
}

fn calls<'a>(events: &[Opened<'a>]) -> BTreeMap<&'a str, On<'a>> {
    let mut on = BTreeMap::new();
    for event in events {
        if let BodyView::DnCall(b) = &event.body {
            on.insert(b.call, On { root_call: b.root_call, state: b.state.as_known(), last_us: event.at_us });
        }
    }
    on
}

fn is_state(body: &BodyView<'_>) -> bool {
    matches!(body, BodyView::AgentReady(_) | BodyView::AgentNotReady(_))
}

/// What an agent said: whether ready, the work mode, the reasons.
type Said<'a> = (bool, i32, Vec<(&'a str, &'a str, bool)>);

fn state<'a>(body: &BodyView<'a>) -> Option<Said<'a>> {
    let (is_ready, work_mode, reasons) = match body {
        BodyView::AgentReady(b) => (true, b.work_mode.to_i32(), &b.reasons),
        BodyView::AgentNotReady(b) => (false, b.work_mode.to_i32(), &b.reasons),
        _ => return None,
    };
    Some((is_ready, work_mode, reasons.iter().map(|r| (r.key, r.value, r.hardware)).collect()))
}

/// DN, agent and session of an agent's event.
fn names<'a>(body: &BodyView<'a>) -> Option<(&'a str, &'a str, &'a str)> {
    match body {
        BodyView::AgentLogin(b) => Some((b.dn, b.agent, b.session)),
        BodyView::AgentReady(b) => Some((b.dn, b.agent, b.session)),
        BodyView::AgentNotReady(b) => Some((b.dn, b.agent, b.session)),
        BodyView::DnCall(b) => Some((b.dn, b.agent, b.session)),
        _ => None,
    }
}
