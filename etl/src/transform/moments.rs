//! Moments that were told twice: while two processes of a pair both think that they are primary, each tells what it sees.
//!
//! Knows epochs; not what the events tell.

use std::collections::HashMap;

use callmart_schema::event;

use super::Opened;

/// Content of an event without the place among its source's events.
type Content = Vec<u8>;

/// The events without those that an earlier epoch of their source told of the same moment. What one epoch tells several times
/// stays. They stand in the order of their identities.
pub(super) fn told_once(events: Vec<Opened<'_>>) -> Vec<Opened<'_>> {
    if !events.windows(2).any(|pair| matches!(pair, [a, b] if is_of_source(a, b) && !is_of_epoch(a, b))) {
        return events;
    }
    let mut once = Vec::with_capacity(events.len());
    let (mut before, mut now): (HashMap<Content, usize>, HashMap<Content, usize>) = Default::default();
    let mut last: Option<Opened<'_>> = None;
    for event in events {
        let last = last.replace(event.clone());
        if last.as_ref().is_none_or(|last| !is_of_source(last, &event)) {
            before.clear();
            now.clear();
        } else if last.as_ref().is_some_and(|last| !is_of_epoch(last, &event)) {
            for (content, count) in now.drain() {
                let most = before.entry(content).or_default();
                *most = count.max(*most);
            }
        }
        let content = content(&event);
        let count = now.entry(content.clone()).or_default();
        *count += 1;
        if before.get(&content).is_none_or(|most| *count > *most) {
            once.push(event);
        }
    }
    once
}

fn is_of_source(a: &Opened<'_>, b: &Opened<'_>) -> bool {
    a.stored.identity.source == b.stored.identity.source
}

fn is_of_epoch(a: &Opened<'_>, b: &Opened<'_>) -> bool {
    let (a, b) = (&a.stored.identity, &b.stored.identity);
    a.epoch_started_us == b.epoch_started_us && a.epoch_process == b.epoch_process
}

fn content(event: &Opened<'_>) -> Content {
    match event::decode(&event.stored.bytes) {
        Ok(told) => event::canonical(&event::Event { epoch: None.into(), seq: 0, ..told }),
        Err(_) => event.stored.bytes.to_vec(),
    }
}
