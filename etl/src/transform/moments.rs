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
    let epoch = |e: &Opened<'_>| (e.stored.identity.epoch_started_us, e.stored.identity.epoch_process.clone());
    let is_next_epoch =
        |a: &Opened<'_>, b: &Opened<'_>| a.stored.identity.source == b.stored.identity.source && epoch(a) != epoch(b);
    if !events.windows(2).any(|pair| matches!(pair, [a, b] if is_next_epoch(a, b))) {
        return events;
    }
    let mut once = Vec::with_capacity(events.len());
    let (mut before, mut now): (HashMap<Content, usize>, HashMap<Content, usize>) = Default::default();
    for event in events {
        let last: Option<&Opened<'_>> = once.last();
        if last.is_none_or(|last| last.stored.identity.source != event.stored.identity.source) {
            before.clear();
            now.clear();
        } else if last.is_some_and(|last| epoch(last) != epoch(&event)) {
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

fn content(event: &Opened<'_>) -> Content {
    match event::decode(&event.stored.bytes) {
        Ok(told) => event::canonical(&event::Event { epoch: None.into(), seq: 0, ..told }),
        Err(_) => event.stored.bytes.to_vec(),
    }
}
