//! Everything that plays a source: replays of other systems' files, and a simulated contact center told live.
//!
//! A source is a [`playback::Playback`]: what it says, in order, numbered by offset. The [`server`] plays any of them to
//! collectors over the session protocol. This crate knows the event model and the protocol only; it must not know
//! collectors, logs or marts.

pub mod bank;
pub mod cluster;
pub mod jsonl;
pub mod lines;
pub mod live;
pub mod playback;
pub mod recorded;
pub mod server;
pub mod traffic;
mod unreadable;
pub mod world;
