//! Sessions in, durable log out, and serving that log to readers.
//!
//! Never interprets a call: an event is bytes here.

pub mod log;
