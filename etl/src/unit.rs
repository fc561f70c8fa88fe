//! Units: what is computed as a whole, and which unit an event belongs to.
//!
//! Knows how a unit is named, not what is made of it.

use std::fmt;
use std::sync::Arc;

use callmart_schema::event::Subject;
use callmart_schema::keys::key;

/// A unit: an interaction, a login session, a source, or a rejected input.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Unit(Arc<str>);

/// What kind of thing a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnitKind {
    /// A root call with all calls below it.
    Interaction,
    /// A login session.
    Session,
    /// A source: its coverage.
    Source,
    /// An input that could not be read.
    Reject,
    /// Events that no fact is made of yet.
    Other,
}

const KINDS: [(UnitKind, &str); 5] = [
    (UnitKind::Interaction, "interaction/"),
    (UnitKind::Session, "session/"),
    (UnitKind::Source, "source/"),
    (UnitKind::Reject, "reject/"),
    (UnitKind::Other, "other/"),
];

impl Unit {
    /// The unit of that name, as it stands in the archive.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self(name.into())
    }

    /// The unit of an event.
    #[must_use]
    pub fn of_event(subject: &Subject<'_>, identity: &dyn fmt::Display) -> Self {
        let root = if subject.root_call.is_empty() { subject.call } else { subject.root_call };
        Self::named(&match subject.kind {
            "unreadable" => return Self::of_reject(identity),
            // What an agent side tells of a call belongs to the agent: it is where busy and after-call work come from.
            "dn_call" if !subject.session.is_empty() => format!("session/{}", subject.session),
            "dn_call" => "other/dn_call".to_owned(),
            _ if !root.is_empty() => format!("interaction/{root}"),
            _ if !subject.session.is_empty() => format!("session/{}", subject.session),
            // An agent event without its session belongs to nothing, and is told as a reject.
            kind if kind.starts_with("agent_") => format!("reject/{identity}"),
            kind => format!("other/{kind}"),
        })
    }

    /// The unit of the interaction that begins with a root call.
    #[must_use]
    pub fn of_call(root: &str) -> Self {
        Self::named(&format!("interaction/{root}"))
    }

    /// The unit of a login session.
    #[must_use]
    pub fn of_login(session: &str) -> Self {
        Self::named(&format!("session/{session}"))
    }

    /// The unit of an input that could not be read, by the identity that it got.
    #[must_use]
    pub fn of_reject(identity: &dyn fmt::Display) -> Self {
        Self::named(&format!("reject/{identity}"))
    }

    /// The unit of a source's coverage.
    #[must_use]
    pub fn of_source(source: &str) -> Self {
        Self::named(&format!("source/{source}"))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Its key, as facts carry it.
    #[must_use]
    pub fn key(&self) -> i64 {
        key("unit", &[&self.0])
    }

    /// What kind of thing it is.
    #[must_use]
    pub fn kind(&self) -> UnitKind {
        let kind = KINDS.iter().find(|(_, prefix)| self.0.starts_with(prefix));
        kind.map_or(UnitKind::Other, |(kind, _)| *kind)
    }

    /// Whether rows are made of it, facts or rejects.
    #[must_use]
    pub fn has_rows(&self) -> bool {
        self.has_facts() || self.kind() == UnitKind::Reject
    }

    /// Whether facts are made of it.
    #[must_use]
    pub fn has_facts(&self) -> bool {
        matches!(self.kind(), UnitKind::Interaction | UnitKind::Session)
    }

    /// The name without its kind: the root call UUID of an interaction, the id of a session.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, id)| id)
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
