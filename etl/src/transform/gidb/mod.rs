//! The GIDB tables: the events of a unit as rows of calls, parties, routing, user data and login sessions, in the shape of
//! Interaction Concentrator's database.
//!
//! A projection beside the facts, of the same events in the same order; it knows nothing of attempts or facts. Rows of an
//! interaction exist when its root call has ended, those of a call in it when that has ended; a login session has its row from
//! the first event on, and its other rows as they are told.

mod calls;
mod changes;
mod devices;
mod parties;
mod routing;
mod rows;
mod sessions;
mod user_data;
mod walk;

pub use rows::GidbRows;

use callmart_schema::catalogue::date_time_key;

use super::call::Calls;
use super::party::floor_s;
use super::rows::Dimensions;
use super::{Context, Opened, Told};
use crate::settings::TransformSettings;
use crate::unit::Unit;
use devices::Devices;
use walk::Walk;

/// An instant in the three forms that columns have.
#[derive(Debug, Clone, Copy)]
struct Instant {
    /// Milliseconds since 1970-01-01 UTC.
    ms: i64,
    /// Seconds since then, rounded down.
    ts: i64,
    /// Start of its quarter hour.
    tcode: i64,
}

impl Instant {
    fn of(at_us: i64) -> Self {
        let ts = floor_s(at_us);
        Self { ms: at_us.div_euclid(1_000), ts, tcode: date_time_key(ts) }
    }
}

/// What all rows of a unit share.
#[derive(Debug, Clone, Copy)]
struct Shared {
    unit_key: i64,
    /// Start of the quarter hour in which the unit began.
    gsys_partition: i64,
}

impl Shared {
    fn of(unit: &Unit, begins_us: i64) -> Self {
        Self { unit_key: unit.key(), gsys_partition: Instant::of(begins_us).tcode }
    }
}

/// Rows of an interaction; none while its root call goes on.
pub(super) fn interaction(unit: &Unit, told: &Told<'_>, context: Context<'_>, dimensions: &mut Dimensions) -> GidbRows {
    // As it was told: what a threshold makes of a conference is a matter of facts.
    let calls = Calls::of(unit.id(), told, &TransformSettings::default());
    let mut rows = GidbRows::default();
    if calls.ended_us.is_none() {
        return rows;
    }
    let shared = Shared::of(unit, calls.started_us);
    let walk = Walk::of(&calls, &told.heard.events);
    let mut devices = Devices::of(calls.tenant, context.coverage, dimensions);
    calls::rows(&walk, shared, &mut devices, &mut rows);
    parties::rows(&walk, shared, &mut devices, &mut rows);
    routing::rows(&walk, shared, &mut devices, &mut rows);
    user_data::rows(&walk, shared, &mut devices, &mut rows);
    rows
}

/// Rows of a login session, whose events stand in the order of their identities.
pub(super) fn session(
    unit: &Unit,
    events: &[Opened<'_>],
    context: Context<'_>,
    dimensions: &mut Dimensions,
) -> GidbRows {
    let mut rows = GidbRows::default();
    sessions::rows(unit, events, context, dimensions, &mut rows);
    rows
}

fn text(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_owned())
}

/// A number of things as columns hold it.
fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
