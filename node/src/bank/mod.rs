//! Call records of a bank's call center, replayed as the sources that would have told of them.
//!
//! A file is tab-separated with the columns of [`row::COLUMNS`]; files may overlap, and importing them together or one
//! after another means importing their union.

pub mod calls;
pub mod clock;
pub mod events;
pub mod replay;
pub mod row;
pub mod steps;

pub use calls::{BankCalls, Day, RejectedAt, Summary, read};
pub use replay::sources;
pub use steps::Port;

/// The zone of the bank's clocks, unless told otherwise.
pub const DEFAULT_ZONE: chrono_tz::Tz = chrono_tz::Asia::Jerusalem;
