//! The order in which a unit's events happened: within a source as it numbered them, between sources by time.
//!
//! Does not know what the events tell.

use callmart_schema::event::BodyView;

use super::{Opened, Origin};

/// The events with their times, in the order in which they happened. The events given stand in the order of their
/// identities. A stamp earlier than the source's last is raised to it; of two sources with one time the smaller name comes
/// first. A derived login or logout stands for itself, as does what a snapshot tells: it is no statement of a source's clock.
pub(super) fn in_order<'e, 'a>(events: &'e [Opened<'a>]) -> Vec<(i64, &'e Opened<'a>)> {
    let mut clock: Option<(&str, i64)> = None;
    let mut timed: Vec<(i64, &Opened<'_>)> = Vec::with_capacity(events.len());
    for event in events {
        let (source, at_us) = (&*event.stored.identity.source, event.at_us);
        if is_derived(event) || event.origin != Origin::Event {
            timed.push((at_us, event));
            continue;
        }
        let last_us = clock.filter(|(of, _)| *of == source).map_or(at_us, |(_, last_us)| last_us);
        clock = Some((source, last_us.max(at_us)));
        timed.push((last_us.max(at_us), event));
    }
    timed.sort_by_key(|(at_us, _)| *at_us);
    timed
}

fn is_derived(event: &Opened<'_>) -> bool {
    match &event.body {
        BodyView::AgentLogin(b) => b.derived,
        BodyView::AgentLogout(b) => b.derived,
        _ => false,
    }
}
