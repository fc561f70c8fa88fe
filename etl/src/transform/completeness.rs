//! How complete what a row tells is.

/// How complete what a row tells is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Completeness {
    /// Nothing is lost between the first and last moment of the unit.
    Whole,
    /// Something is lost there of a source that told of the unit.
    EventsLost,
    /// The end is among what is lost.
    EndEstimated,
}

impl Completeness {
    /// Of a row of a unit of which something is lost or not, whose end is estimated or was told.
    pub(super) fn of(is_lost: bool, is_estimated: bool) -> Self {
        match (is_estimated, is_lost) {
            (true, _) => Self::EndEstimated,
            (false, true) => Self::EventsLost,
            (false, false) => Self::Whole,
        }
    }

    pub(super) fn code(self) -> String {
        let code = match self {
            Self::Whole => "whole",
            Self::EventsLost => "events-lost",
            Self::EndEstimated => "end-estimated",
        };
        code.to_owned()
    }
}
