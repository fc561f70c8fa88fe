//! Sessions in, durable log out, and serving that log to readers.
