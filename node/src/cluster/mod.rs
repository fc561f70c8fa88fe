//! The processes that make sources of what happens: who tells, in which term, and what a source says that exists.
//!
//! Knows the event model; does not know why things happen, nor how what is told travels.

pub mod faults;
pub mod pair;
pub mod picture;
pub mod plan;
pub mod processes;
pub mod source_clock;
pub mod terms;
