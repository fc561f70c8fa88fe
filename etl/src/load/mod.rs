//! Load: two projections of the same rows, each with a checkpoint of its own.
//!
//! Either mart may lag or be made again alone; at equal input they are equal. What the rows mean is not known here.

pub(crate) mod calendars;
mod copy;
pub(crate) mod parquet;
pub(crate) mod postgres;
mod restate;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use arrow::array::RecordBatch;
use callmart_schema::catalogue::{CtlCoverage, Table};
use callmart_schema::manifest::LogPlace;

use crate::cause::Cause;
use crate::transform::{Dimensions, Rows};

/// What one load puts into a mart.
#[derive(Debug, Default)]
pub(crate) struct Load {
    /// The units whose rows are told anew, each with the event that was the reason.
    pub(crate) units: HashMap<i64, Arc<Cause>>,
    /// Of these the units whose rows in the mart are taken out first, by the kind of rows; of all others it has none, or
    /// keeps those that it has.
    pub(crate) stored: StoredUnits,
    /// UTC days (days since 1970-01-01) of the events of units that have facts, and the day after the last of each: every
    /// row of theirs starts on one of them.
    pub(crate) days: BTreeSet<i32>,
    /// The rows they have now, but for facts that stay.
    pub(crate) rows: Rows,
    /// Dimension rows that are new or now differ.
    pub(crate) dimensions: Dimensions,
    /// All of `ctl_coverage`; none when it need not be told with this load.
    pub(crate) coverage: Option<Vec<CtlCoverage>>,
    /// Up to where each log is contained in the mart afterwards, by the log's name.
    pub(crate) positions: BTreeMap<String, LogPlace>,
    /// The mart's clock, milliseconds since 1970-01-01 UTC.
    pub(crate) at_ms: i64,
}

/// Units whose rows a mart has to lose.
#[derive(Debug, Default)]
pub(crate) struct StoredUnits {
    /// Rows in fact tables.
    pub(crate) facts: HashSet<i64>,
    /// Rows in tables of what goes on now.
    pub(crate) open: HashSet<i64>,
    /// Rejects.
    pub(crate) rejects: HashSet<i64>,
}

impl StoredUnits {
    /// Adds a unit whose rows are to be taken out.
    pub(crate) fn add(&mut self, unit: i64, held: &Held) {
        let has_facts = held.facts != HeldFacts::None;
        let sets = [(has_facts, &mut self.facts), (held.open, &mut self.open), (held.rejects, &mut self.rejects)];
        for (_, set) in sets.into_iter().filter(|(may_hold, _)| *may_hold) {
            set.insert(unit);
        }
    }
}

/// Which rows a mart may hold of a unit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Held {
    /// Rows in fact tables.
    pub(crate) facts: HeldFacts,
    /// Whether there may be rows in tables of what goes on now.
    pub(crate) open: bool,
    /// Whether there may be rejects.
    pub(crate) rejects: bool,
}

/// Which facts a mart holds of a unit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum HeldFacts {
    /// None.
    #[default]
    None,
    /// Those with these prints, in order.
    Those(Arc<[u64]>),
    /// Nobody knows.
    Any,
}

impl Held {
    /// Nothing is known of what the mart holds.
    pub(crate) const ANY: Self = Self { facts: HeldFacts::Any, open: true, rejects: true };

    /// What these rows of one unit leave in a mart.
    pub(crate) fn of(rows: &Rows) -> Self {
        let prints = rows.prints();
        let facts = if prints.is_empty() { HeldFacts::None } else { HeldFacts::Those(prints.into()) };
        Self { facts, open: rows.has_open(), rejects: !rows.ctl_reject.is_empty() }
    }
}

impl HeldFacts {
    /// The prints of facts that the mart holds and that are still right, when all it holds are: then only what is new has to
    /// be put beside them. A session that goes on grows so, and would else be replaced again and again.
    pub(crate) fn all_in(&self, now: &Self) -> Option<Arc<[u64]>> {
        let (Self::Those(before), Self::Those(now)) = (self, now) else { return None };
        before.iter().all(|print| now.binary_search(print).is_ok()).then(|| before.clone())
    }
}

/// Tables of static dimensions with their rows.
#[must_use]
pub(crate) fn static_batches() -> Vec<(&'static Table, RecordBatch)> {
    use callmart_schema::catalogue::statics as s;
    use callmart_schema::catalogue::{
        InteractionResourceState, InteractionType, MediaType, ResourceState, Row, TechnicalDescriptor,
    };
    vec![
        (TechnicalDescriptor::TABLE, TechnicalDescriptor::batch(&s::technical_descriptors())),
        (InteractionType::TABLE, InteractionType::batch(&s::interaction_types())),
        (MediaType::TABLE, MediaType::batch(&s::media_types())),
        (InteractionResourceState::TABLE, InteractionResourceState::batch(&s::interaction_resource_states())),
        (ResourceState::TABLE, ResourceState::batch(&s::resource_states())),
    ]
}
