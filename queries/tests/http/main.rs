//! The HTTP API over marts written by hand, asked through real sockets.
//!
//! PostgreSQL takes part when CALLMART_TEST_POSTGRES holds the URL of a server on which schemas may be made.

#[allow(dead_code)] // shared with the tests of the engines, which use all of it
#[path = "../marts/support.rs"]
mod support;

mod access;
mod answers;
mod client;
mod content;
mod forms;
mod limits;
mod malformed;
mod openapi;
mod problems;
