//! Events of which there are copies that differ, and on which days the units of the copies are told of by them.
//!
//! A copy may say any time, so a day it stands on can lie before the beginning of its unit, where nothing else is looked for.
//! Knows places; neither events nor which copy counts.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::known::Copy;
use crate::stored::Identity;

/// All conflicts that are known: few, or a source is broken.
#[derive(Debug, Default)]
pub(super) struct Conflicts {
    copies: BTreeMap<Identity, Vec<Copy>>,
    /// By unit.
    days: HashMap<i64, BTreeSet<i32>>,
}

impl Conflicts {
    /// The copies of an event, none when there is no more than one.
    pub(super) fn copies_of(&self, identity: &Identity) -> Option<&[Copy]> {
        self.copies.get(identity).map(Vec::as_slice)
    }

    /// Replaces what is known of the copies of an event.
    pub(super) fn set(&mut self, identity: Identity, copies: Vec<Copy>) {
        for copy in &copies {
            self.days.entry(copy.unit).or_default().insert(copy.day);
        }
        self.copies.insert(identity, copies);
    }

    /// Days on which a unit has copies of events, in days since 1970-01-01 UTC.
    pub(super) fn days_of(&self, unit: i64) -> impl Iterator<Item = i32> {
        self.days.get(&unit).into_iter().flatten().copied()
    }

    /// All of them, in the order of their identities.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Identity, &Vec<Copy>)> {
        self.copies.iter()
    }
}
