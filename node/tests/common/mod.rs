//! What several tests of this crate need: pieces of a source as events, and a plain client of the session protocol.
#![allow(dead_code)] // Each test program uses its own part.

pub(crate) mod client;

use std::path::PathBuf;
use std::sync::Arc;

use callmart_node::playback::{Piece, SourceSpec};
use callmart_schema::event::{Event, decode};
use callmart_schema::session::Covers;

/// The sample that ships with the project.
pub(crate) fn small_file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/data/bank_small.tsv")
}

/// All pieces of a source after an offset.
pub(crate) fn pieces(source: &SourceSpec, after: u64) -> Vec<Piece> {
    Arc::clone(&source.playback).pieces(after).collect()
}

/// All events of a source, in order.
pub(crate) fn events(source: &SourceSpec) -> Vec<Event> {
    let event = |piece| match piece {
        Piece::Event { bytes, .. } => Some(decode(&bytes).expect("an event")),
        Piece::Covers(_) => None,
    };
    pieces(source, 0).into_iter().filter_map(event).collect()
}

/// All that a source says is complete, in order.
pub(crate) fn covers(source: &SourceSpec) -> Vec<Covers> {
    let covers = |piece| match piece {
        Piece::Event { .. } => None,
        Piece::Covers(covers) => Some(covers),
    };
    pieces(source, 0).into_iter().filter_map(covers).collect()
}
