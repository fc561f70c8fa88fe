//! Interactions over HTTP: searching them, and one of them with its attempts, states, passages and user data.
//!
//! Names stand in the place of the keys of dimensions. It does not know how facts come about.

mod columns;
mod one;
mod search;

pub(super) use one::{by_call, by_id, schema as one_schema};
pub(super) use search::{params as search_params, schema as search_schema, search};
