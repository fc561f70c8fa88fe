//! What several tests of this crate need: pieces of a source as events, and a plain client of the session protocol.
#![allow(dead_code)] // Each test program uses its own part.

pub(crate) mod calls;
pub(crate) mod client;
pub(crate) mod live;
pub(crate) mod member;
pub(crate) mod world;

use std::path::PathBuf;
use std::sync::Arc;

use callmart_node::playback::{Listener, Next, Piece, SourceSpec, Telling};
use callmart_schema::event::{Event, decode};
use callmart_schema::session::{Covers, Position};

/// The sample that ships with the project.
pub(crate) fn small_file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/data/bank_small.tsv")
}

/// Begins to tell a pool of one what comes after an offset.
pub(crate) fn tell(source: &SourceSpec, pool: &str, after: u64) -> Box<dyn Telling> {
    let resume = [Position { stream: source.playback.stream(), offset: after, ..Position::default() }];
    Arc::clone(&source.playback).tell(&Listener { pool, member: "m", resume: &resume })
}

/// The source's clock before its first piece and after its last, microseconds since 1970-01-01 UTC.
pub(crate) fn clock_us(source: &SourceSpec) -> (i64, i64) {
    let mut telling = tell(source, "a test", 0);
    let start_us = telling.clock_us();
    while telling.next() != Next::End {}
    (start_us, telling.clock_us())
}

/// All pieces of a source after an offset.
pub(crate) fn pieces(source: &SourceSpec, after: u64) -> Vec<Piece> {
    let mut telling = tell(source, "a test", after);
    let next = || match telling.next() {
        Next::Piece(piece) => Some(piece),
        Next::Later | Next::Gap | Next::Ceased(_) => panic!("all is known"),
        Next::End => None,
    };
    std::iter::from_fn(next).collect()
}

/// All events of a source, in order.
pub(crate) fn events(source: &SourceSpec) -> Vec<Event> {
    let event = |piece| match piece {
        Piece::Event { bytes, .. } => Some(decode(&bytes).expect("an event")),
        Piece::Covers(_) | Piece::Snapshot { .. } => None,
    };
    pieces(source, 0).into_iter().filter_map(event).collect()
}

/// All that a source says is complete, in order.
pub(crate) fn covers(source: &SourceSpec) -> Vec<Covers> {
    let covers = |piece| match piece {
        Piece::Event { .. } | Piece::Snapshot { .. } => None,
        Piece::Covers(covers) => Some(covers),
    };
    pieces(source, 0).into_iter().filter_map(covers).collect()
}
