//! What an event, a fact and a table are: the vocabulary that every other crate speaks.
//!
//! Pure by rule: no tokio, no I/O, no SQL, no clock, no randomness. What this crate says ends up on disk and in keys, so
//! each format here carries a version and has golden tests.

pub mod calendar;
pub mod catalogue;
pub mod control;
pub mod event;
pub mod keys;
pub mod manifest;
pub mod session;

/// Code generated from `proto/` at build time.
#[allow(missing_docs, unreachable_pub, clippy::all, clippy::semicolon_if_nothing_returned, clippy::large_futures)]
#[allow(clippy::cast_lossless, clippy::or_fun_call, clippy::redundant_clone, clippy::unwrap_used)]
pub(crate) mod proto {
    include!(concat!(env!("OUT_DIR"), "/proto.rs"));
}
