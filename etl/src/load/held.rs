//! What marts hold of units: which rows have to go when a unit is told anew, and which may stay.
//!
//! Knows prints of rows; neither the rows' meaning nor where they stand.

use std::collections::HashSet;
use std::sync::Arc;

use crate::transform::Rows;

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
}

impl HeldFacts {
    /// The prints of facts that the mart holds and that are still right, when all it holds are: then only what is new has to
    /// be put beside them. A session that goes on grows so, and would else be replaced again and again.
    fn all_in(&self, now: &Self) -> Option<Arc<[u64]>> {
        let (Self::Those(before), Self::Those(now)) = (self, now) else { return None };
        before.iter().all(|print| now.binary_search(print).is_ok()).then(|| before.clone())
    }
}

/// The rows that a unit was folded into.
#[derive(Debug, Clone)]
pub(crate) struct UnitRows {
    pub(crate) rows: Rows,
    /// Of each fact, in the order of the rows.
    prints: Vec<u64>,
    held: Held,
}

impl UnitRows {
    /// The rows of one unit.
    pub(crate) fn of(rows: Rows) -> Self {
        let prints = rows.prints();
        let mut ordered = prints.clone();
        ordered.sort_unstable();
        let facts = if ordered.is_empty() { HeldFacts::None } else { HeldFacts::Those(ordered.into()) };
        let held = Held { facts, open: rows.has_open(), rejects: !rows.ctl_reject.is_empty() };
        Self { rows, prints, held }
    }

    /// What a mart holds that was given these rows.
    pub(crate) fn held(&self) -> Held {
        self.held.clone()
    }

    /// The rows that have to be put into a mart that holds `before` of the unit, and what it has to lose first.
    pub(crate) fn instead_of(mut self, mut before: Held) -> (Rows, Held) {
        if let Some(staying) = before.facts.all_in(&self.held.facts) {
            let mut prints = self.prints.iter();
            self.rows.keep(|| prints.next().is_none_or(|print| staying.binary_search(print).is_err()));
            before.facts = HeldFacts::None;
        }
        (self.rows, before)
    }
}
