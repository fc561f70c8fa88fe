//! Sessions in, durable log out, and serving that log to readers.
//!
//! Never interprets a call: an event is bytes here.

pub mod collector;
pub mod log;
mod session;
pub mod settings;

pub use collector::{Collector, CollectorError, CollectorSummary, SourceSummary};
pub use settings::{CollectorSettings, PortTls, SourcePort};
