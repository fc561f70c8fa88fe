//! The one transform: the events of a unit in, its rows out.
//!
//! Pure and synchronous. A row is a function of the set of the unit's events, of the timelines and coverage that the whole
//! set of events gives, and of the settings; never of the order in which events came, of a clock, or of who asks. It does
//! not know where events are kept nor where rows go.

mod agent_state;
mod attempt;
mod call;
mod chain;
mod channels;
mod completeness;
mod family;
mod gidb;
mod handler;
mod interaction;
mod measure;
mod mediation;
mod moments;
mod open;
mod order;
mod party;
mod reason;
mod resource;
mod result;
mod rows;
mod session;
mod snapshots;
mod state;
#[cfg(test)]
pub(crate) mod tests;
mod unheard;
mod untold;
mod user_data;

pub use gidb::GidbRows;
pub use rows::{Dimensions, Rows};

use std::borrow::Borrow;

use callmart_schema::catalogue::CtlReject;
use callmart_schema::event::{BodyView, EventView};
use callmart_schema::keys::key;

use crate::coverage::Coverage;
use crate::knowledge::Overruled;
use crate::settings::TransformSettings;
use crate::snapshot::Snapshots;
use crate::stored::Stored;
use crate::timeline::Timelines;
use crate::unit::{Unit, UnitKind};
use crate::wraps::{Wrap, Wraps};
use buffa::MessageView as _;

use self::snapshots::{Heard, heard, parted};

/// State of a reject that nobody could read since.
const OPEN_REJECT: &str = "open";

/// What a fold may look at beside the unit's own events.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Who was logged in where.
    pub timelines: &'a Timelines,
    /// What is known to be complete.
    pub coverage: &'a Coverage,
    /// What snapshots say beside their parts.
    pub snapshots: &'a Snapshots,
    /// Conflicting events that do not count.
    pub overruled: &'a Overruled,
    /// After-call work of the sessions that the unit's attempts may be part of.
    pub wraps: &'a Wraps,
    /// What facts are a function of, beside the events.
    pub settings: &'a TransformSettings,
}

/// An event with its body opened.
#[derive(Debug, Clone)]
struct Opened<'a> {
    /// The event as it is stored; of what a snapshot stands for the part that says so, or an event of the same source.
    stored: &'a Stored,
    tenant: &'a str,
    body: BodyView<'a>,
    /// When it happened, microseconds since 1970-01-01 UTC.
    at_us: i64,
    origin: Origin,
}

/// Who tells of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// Its source, when it happened.
    Event,
    /// A snapshot, later.
    Snapshot,
    /// Nobody: it is an end that is among what is lost.
    Estimate,
}

/// Folds a unit's events into its rows. The order of the events given does not matter, nor do repetitions; of copies that
/// differ the one with the smaller hash counts, and the others are reported. After-call work that the context does not know is
/// taken for none; the context notes of which sessions it was asked for ([`Wraps::take_missed`]).
#[must_use]
pub fn fold<E: Borrow<Stored>>(unit: &Unit, events: &[E], context: Context<'_>) -> Rows {
    fold_with_wraps(unit, events, context).0
}

/// As [`fold`], and as [`wraps`], in one go.
#[must_use]
pub fn fold_with_wraps<E: Borrow<Stored>>(unit: &Unit, events: &[E], context: Context<'_>) -> (Rows, Vec<Wrap>) {
    let (mut rows, mut wraps) = (Rows::default(), Vec::new());
    let (opened, conflicts) = open_all(events, context);
    rows.ctl_reject.extend(conflicts.iter().map(|e| conflict(unit, e)));
    match unit.kind() {
        UnitKind::Interaction => {
            let told = told(unit, opened, context);
            interaction::fold(unit, &told, context, &mut rows);
            if context.settings.gidb_tables {
                rows.gidb = Some(Box::new(gidb::interaction(unit, &told, context, &mut rows.dimensions)));
            }
        }
        UnitKind::Session => {
            let heard = heard(unit, opened, context);
            wraps = session::fold(unit, &heard, context.coverage, &mut rows);
            if context.settings.gidb_tables {
                rows.gidb = Some(Box::new(gidb::session(unit, &heard.events, context, &mut rows.dimensions)));
            }
        }
        UnitKind::Reject => {
            let (decisions, rejects) = decisions_among(opened);
            rows.ctl_reject.extend(rejects.iter().map(|e| reject(unit, e, !decisions.is_empty())));
        }
        UnitKind::Source | UnitKind::Other => {}
    }
    (rows, wraps)
}

/// The after-call work that a login session's events tell, with the interaction that each stretch belongs to; of other units
/// none. As with [`fold`], neither order nor repetitions of the events matter.
#[must_use]
pub fn wraps<E: Borrow<Stored>>(unit: &Unit, events: &[E], context: Context<'_>) -> Vec<Wrap> {
    if unit.kind() != UnitKind::Session {
        return Vec::new();
    }
    session::wraps(&heard(unit, open_all(events, context).0, context).events, context.coverage)
}

/// What was told of an interaction.
struct Told<'a> {
    heard: Heard<'a>,
    /// Whether an operator closed it, or the rule does.
    is_closed: bool,
}

fn told<'a>(unit: &Unit, opened: Vec<Opened<'a>>, context: Context<'_>) -> Told<'a> {
    let (decisions, events) = decisions_among(opened);
    let is_closed = !decisions.is_empty() || unheard::is_closed(unit, events.iter().map(|e| e.stored), context);
    Told { heard: heard(unit, events, context), is_closed }
}

/// What operators decided of a unit, and what was told of it.
fn decisions_among(opened: Vec<Opened<'_>>) -> (Vec<Opened<'_>>, Vec<Opened<'_>>) {
    parted(opened, |e| e.stored.is_decision())
}

/// The events that count, each once, opened and in the order of their identities; and those that do not.
fn open_all<'a, E: Borrow<Stored>>(events: &'a [E], context: Context<'_>) -> (Vec<Opened<'a>>, Vec<&'a Stored>) {
    let mut ordered: Vec<&Stored> = events.iter().map(Borrow::borrow).collect();
    // Those of a log or of the archive mostly stand in order already.
    if !ordered.is_sorted() {
        ordered.sort_unstable();
    }
    ordered.dedup_by(|a, b| a.content_hash == b.content_hash && a.identity == b.identity);
    let mut conflicts = Vec::new();
    if !context.overruled.is_empty() {
        let is_overruled = |e: &&Stored| context.overruled.contains(&(e.identity.clone(), e.content_hash));
        (conflicts, ordered) = ordered.into_iter().partition(is_overruled);
    }
    (ordered.into_iter().filter_map(open).collect(), conflicts)
}

/// Opens an event's bytes. They were read as an event before they were stored, so they can be opened.
fn open(stored: &Stored) -> Option<Opened<'_>> {
    let view = EventView::decode_view(&stored.bytes).ok()?;
    Some(Opened { stored, tenant: view.tenant, body: view.body?, at_us: stored.time_us, origin: Origin::Event })
}

/// A rejected input. Only what could not be read can have been read since.
fn reject(unit: &Unit, event: &Opened<'_>, is_redriven: bool) -> CtlReject {
    match &event.body {
        BodyView::Unreadable(b) => {
            let state = if is_redriven { "redriven" } else { OPEN_REJECT };
            CtlReject { state: state.to_owned(), ..reject_row(unit, event.stored, b.reason, b.detail, b.input) }
        }
        _ => {
            let detail = "an agent's event must name its login session; the source does not";
            reject_row(unit, event.stored, "missing-session", detail, &event.stored.bytes)
        }
    }
}

fn conflict(unit: &Unit, event: &Stored) -> CtlReject {
    let detail = "another event with the same source, epoch and seq counts instead, the one with the smaller hash";
    reject_row(unit, event, "identity-conflict", detail, &event.bytes)
}

fn reject_row(unit: &Unit, event: &Stored, reason: &str, detail: &str, input: &[u8]) -> CtlReject {
    CtlReject {
        reject_key: key("reject", &[&event.identity.to_string(), &event.content_hash.to_string()]),
        unit_key: unit.key(),
        source: event.identity.source.to_string(),
        identity: event.identity.to_string(),
        time_ms: event.time_us.div_euclid(1_000),
        reason: reason.to_owned(),
        detail: detail.to_owned(),
        input: input.to_vec(),
        log: event.place.log.to_string(),
        log_segment: event.place.segment as i64,
        log_offset: event.place.offset as i64,
        state: OPEN_REJECT.to_owned(),
    }
}
