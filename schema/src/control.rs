//! What an operator decides, as events: which decisions there are, and the source and log that they stand in.
//!
//! Does not know who writes that log, nor what follows from a decision.

use crate::event::Control;

/// Name of the source of every decision, and of the log that holds them. No other source and no collector has it.
pub const CONTROL: &str = "control";

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Decision {
    /// Nothing more is expected of a source, until further notice.
    IgnoreSource,
    /// A source that is ignored or retired is expected again.
    ResumeSource,
    /// A source is gone for good.
    RetireSource,
    /// A call that goes on in the facts has ended.
    CloseCall,
    /// What could not be read is to be read once more.
    Redrive,
    /// The archive takes nothing any more that happened before a moment.
    CloseArchive,
}

impl Decision {
    /// Every decision.
    pub const ALL: [Self; 6] = [
        Self::IgnoreSource,
        Self::ResumeSource,
        Self::RetireSource,
        Self::CloseCall,
        Self::Redrive,
        Self::CloseArchive,
    ];

    /// Its code, as events carry it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::IgnoreSource => "ignore-source",
            Self::ResumeSource => "resume-source",
            Self::RetireSource => "retire-source",
            Self::CloseCall => "close-call",
            Self::Redrive => "redrive",
            Self::CloseArchive => "close-archive",
        }
    }

    /// What an event decides; none for what only a newer program knows.
    #[must_use]
    pub fn of(control: &Control) -> Option<Self> {
        Self::of_code(&control.decision)
    }

    /// The decision of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|decision| decision.code() == code)
    }

    /// Whether it is about a source.
    #[must_use]
    pub fn is_of_source(self) -> bool {
        matches!(self, Self::IgnoreSource | Self::ResumeSource | Self::RetireSource)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_lead_back_to_their_decisions_and_others_to_none() {
        for decision in Decision::ALL {
            let control = Control { decision: decision.code().to_owned(), ..Control::default() };
            assert_eq!(Decision::of(&control), Some(decision));
        }
        assert_eq!(Decision::of(&Control::default()), None);
    }
}
