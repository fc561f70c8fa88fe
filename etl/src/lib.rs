//! Logs in, marts out.
