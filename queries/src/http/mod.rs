//! The HTTP API: the reports, the calls and what goes on now, for programs and for the page that is served beside it.
//!
//! Reads marts only, through the engines. Everything that answers stands in one table of routes ([`routes`]), from which the
//! router, the checks of parameters and the OpenAPI document follow. It does not know command lines or settings files.

mod access;
mod column;
mod coverage;
mod explain;
mod guard;
mod health;
mod interactions;
mod lists;
mod live;
mod metrics;
mod negotiate;
mod openapi;
mod page;
mod params;
mod problem;
mod reply;
mod reports;
mod request;
mod router;
mod routes;
mod server;
mod state;
mod table;
mod trust;

pub use access::Access;
pub use metrics::{Metric, MetricKind, Sample};
pub use openapi::document;
pub use router::router;
pub use server::serve;
pub use state::{ApiSettings, ApiState, EngineName, ExtraMetrics, MartEngines, Now};
