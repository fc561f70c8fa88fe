//! Report and aggregate definitions, and SQL over the marts.
//!
//! Reads marts only: a pinned state of the Parquet mart through DataFusion, or PostgreSQL through a read-only transaction.
//! One SQL text serves both. It does not know how facts come about, and it prints nothing.

pub mod completeness;
pub mod dictionary;
pub mod engine;
pub mod hash;
pub mod http;
pub mod lint;
pub mod mart;
pub mod output;
pub mod reports;
pub mod snapshot;
