//! A simulated world as live sources: played as its time comes, kept until acknowledged.
//!
//! `clock` says what is due, `buffer` keeps what a stream holds, `source` the streams of one source, `stage` lets the world go on while there is room,
//! `telling` takes a pool through a buffer. Knows neither sockets nor what happens in the world.

mod buffer;
pub mod clock;
mod source;
mod stage;
mod telling;

pub use clock::{Clock, Pace, SystemClock};
pub use stage::{Stage, StageError, StageProgress, StageSettings, WhenFull};
pub use telling::{processes, sources};
