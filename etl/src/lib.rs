//! Logs in, marts out.
//!
//! Extract reads logs and appends the archive; the transform folds the events of a unit into its rows; load keeps two
//! projections, PostgreSQL and Parquet, each with a checkpoint of its own. The transform is pure and synchronous; only
//! extract and load do I/O. No one here knows what a report asks.

pub mod cause;
pub mod coverage;
pub mod decisions;
mod error;
mod follow;
mod horizon;
pub mod knowledge;
mod load;
pub mod logins;
mod logs;
mod mapping;
mod mixed;
pub mod postgres_server;
mod ranges;
mod recall;
mod settings;
pub mod snapshot;
pub mod stored;
pub mod timeline;
pub mod transform;
pub mod unit;
pub mod wraps;

pub use error::EtlError;
pub use follow::{Etl, EtlSummary, Now, Progress};
pub use horizon::IN_FORCE_AFTER_US;
pub use logs::LogToFollow;
pub use mapping::{MappedKey, Mapping, MappingError, Rule};
pub use settings::{
    CLOSE_UNHEARD_AFTER_S, DEFAULT_MEMORY_MB, EtlSettings, ExpectedSource, LoadSettings, ORDINARY, T_CONTROLLER,
    TransformSettings,
};
