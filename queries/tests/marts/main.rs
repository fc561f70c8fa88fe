//! Both engines over marts written by hand.
//!
//! PostgreSQL takes part when CALLMART_TEST_POSTGRES holds the URL of a server on which schemas may be made.

mod agent_activity;
mod agent_lists;
mod asked;
mod calls;
mod completeness;
mod engines;
mod hashes;
mod queue_summary;
mod random;
mod random_reports;
mod snapshots;
mod speed;
mod support;
