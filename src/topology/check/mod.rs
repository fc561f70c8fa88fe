//! What a topology must not contradict: each mistake with its place and what to do.
//!
//! One file per question. Knows the file's content only: it looks at no disk and at no network.

mod addresses;
mod names;
mod references;
mod secured;
mod values;

use std::fmt;

use super::file::File;

/// A mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// The table, as in "collector `east`".
    place: String,
    /// What is wrong, and what to do.
    what: String,
}

impl Fault {
    fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// All mistakes of the first kind that there are any of: those that follow would often be its consequences.
pub(super) fn faults(file: &File) -> impl Iterator<Item = Fault> {
    let kinds: [fn(&File) -> Vec<Fault>; 5] =
        [names::faults, references::faults, values::faults, addresses::faults, secured::faults];
    kinds.into_iter().map(|of_kind| of_kind(file)).find(|faults| !faults.is_empty()).into_iter().flatten()
}

/// A table by what it is and its name.
fn place(what: &str, name: &str) -> String {
    format!("{what} `{name}`")
}

/// Names that could have been meant.
fn known<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    if names.is_empty() { "there are none".to_owned() } else { format!("there are {}", names.join(", ")) }
}
