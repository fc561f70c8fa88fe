//! Logs in, marts out.
//!
//! Extract reads logs and appends the archive; the transform folds the events of a unit into its rows; load keeps two
//! projections, PostgreSQL and Parquet, each with a checkpoint of its own. The transform is pure and synchronous; only
//! extract and load do I/O. No one here knows what a report asks.

mod coverage;
mod ranges;
mod settings;
mod stored;
mod timeline;
mod transform;
mod unit;

pub use settings::{EtlSettings, ExpectedSource, LoadSettings, T_CONTROLLER, TransformSettings};
