//! Calls that are closed by rule: those of which nothing was heard any more while their sources were heard for long enough.
//!
//! A function of what is covered, never of a clock: a source that is silent itself closes nothing. Does not know how a call
//! ends; an end or anything else that comes later counts, and the call goes on.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Context;
use crate::snapshot::head_of;
use crate::stored::Stored;
use crate::unit::{Unit, UnitKind};

/// Whether an interaction is closed by rule. Its sources are those that told of its calls and parties, and each has to be
/// complete for as long as the settings say beyond the last that was told of it (reading: a snapshot that names it is a word
/// of it too).
pub(super) fn is_closed<'e>(
    unit: &Unit,
    events: impl Iterator<Item = &'e Stored> + Clone,
    context: Context<'_>,
) -> bool {
    let beyond_us = context.settings.close_unheard_after_us();
    let has_ended = |e: &Stored| &*e.kind == "call_deleted" && &*e.call == unit.id();
    let Some(beyond_us) = beyond_us.filter(|_| unit.kind() == UnitKind::Interaction) else { return false };
    if events.clone().any(has_ended) {
        return false;
    }
    let Some(last_us) = events.clone().map(told_us).max() else { return false };
    let tells_of_calls = |e: &&Stored| e.kind.starts_with("call_") || e.kind.starts_with("party_") || e.is_part();
    let sources: BTreeSet<&Arc<str>> = events.filter(tells_of_calls).map(|e| &e.identity.source).collect();
    let is_past = |source: &&Arc<str>| {
        context.coverage.heard_beyond(source, beyond_us).is_some_and(|until_us| last_us < until_us)
    };
    !sources.is_empty() && sources.iter().all(is_past)
}

/// When something was told: of what a snapshot says, when it said so.
fn told_us(event: &Stored) -> i64 {
    head_of(event).map_or(event.time_us, |head| head.at_us.max(event.time_us))
}
