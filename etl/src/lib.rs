//! Logs in, marts out.

pub mod postgres_server;
