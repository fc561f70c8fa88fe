//! The open segment of a collector that was killed: a torn end is cut and told, damage before the end is refused.

use std::fs::{self, OpenOptions};
use std::path::PathBuf;

use crate::input::Rows;
use crate::operator::{Site, assert_same, look_again};
use crate::random::Chance;

const ROWS: usize = 400;

fn calls(site: &Site) -> String {
    site.file("calls.tsv", &Rows::all().part(0, ROWS))
}

/// A site whose import was killed with at least `bytes` in its open segments; the larger of these.
fn killed_import(site: &Site, bytes: u64) -> Option<PathBuf> {
    let mut running = site.start(&["import", "bank-calls", &calls(site)]);
    while running.runs() && site.log_bytes() < bytes {
        look_again();
    }
    running.kill();
    let open = site.segments().into_iter().filter(|path| path.to_string_lossy().ends_with(".open.seg"));
    open.max_by_key(|path| path.metadata().map_or(0, |m| m.len()))
}

/// Kills imports until one leaves an open segment.
fn site_with_open_segment(bytes: u64, make: impl Fn() -> Site) -> (Site, PathBuf) {
    for _ in 0..10 {
        let site = make();
        if let Some(segment) = killed_import(&site, bytes) {
            return (site, segment);
        }
    }
    panic!("ten imports ended before they could be killed")
}

#[test]
fn a_torn_end_is_cut_and_told_and_the_next_import_completes() {
    let mut chance = Chance::of_this_run("a torn end");
    let whole = Site::with_both_marts("a torn end");
    whole.must(&["import", "bank-calls", &calls(&whole)]);
    let (expected, bytes) = (whole.content(), whole.log_bytes());
    for _ in 0..2 {
        let target = bytes / 4 + chance.below(bytes / 4);
        let (site, segment) = site_with_open_segment(target, || Site::with_both_marts("a torn end"));
        let len = segment.metadata().expect("a segment").len();
        let cut = 1 + chance.below(len.min(200) - 1);
        let file = OpenOptions::new().write(true).open(&segment).expect("a segment");
        file.set_len(len - cut).expect("a cut");
        let answer = site.run(&["log", "verify"]);
        assert_eq!(answer.code, Some(0), "a torn end is no damage: {}", answer.out);
        assert!(answer.out.contains("torn tail of"), "{cut} bytes of {len} cut: {}", answer.out);
        let answer = site.must(&["import", "bank-calls", &calls(&site)]);
        assert!(answer.said.contains("torn"), "{cut} bytes of {len} cut: {}", answer.said);
        assert_same(&site.content(), &expected, &format!("{cut} bytes of {len} cut"));
        assert!(!site.must(&["log", "verify"]).out.contains("torn"), "the tail is cut");
    }
}

#[test]
fn a_flipped_bit_before_the_last_group_of_an_open_segment_is_damage() {
    let mut chance = Chance::of_this_run("damage in an open segment");
    // About the whole log, so that the open segment has several groups.
    let whole = Site::with_parquet();
    whole.must(&["import", "bank-calls", &calls(&whole)]);
    let bytes = whole.log_bytes();
    let (site, segment) = site_with_open_segment(bytes * 2 / 3, Site::with_parquet);
    let sound = fs::read(&segment).expect("a segment");
    let last_group = last_group(&sound);
    assert!(last_group > 256, "the open segment has several groups");
    for round in 0..8 {
        let offset = if round == 0 { last_group - 1 } else { chance.below(last_group) };
        let mut bytes = sound.clone();
        bytes[offset as usize] ^= 1 << chance.below(8);
        fs::write(&segment, &bytes).expect("a segment");
        let answer = site.run(&["log", "verify"]);
        assert_eq!(answer.code, Some(1), "byte {offset} of {}: {}", sound.len(), answer.out);
        assert!(answer.out.contains("segment 1: DAMAGED at offset"), "byte {offset}: {}", answer.out);
        for command in [&["rebuild", "--from", "log"][..], &["import", "bank-calls", &calls(&site)]] {
            let answer = site.run(command);
            assert_eq!(answer.code, Some(1), "byte {offset}, {command:?}: {}", answer.said);
            assert!(answer.said.contains("segment 1, byte"), "byte {offset}, {command:?}: {}", answer.said);
        }
        assert_eq!(fs::read(&segment).expect("a segment"), bytes, "what is damaged is left as it is");
    }
    fs::write(&segment, &sound).expect("a segment");
    site.must(&["import", "bank-calls", &calls(&site)]);
    assert_same(&site.content(), &whole.content(), "mended and imported");
}

/// Offset of the last group's header.
fn last_group(segment: &[u8]) -> u64 {
    let found = segment.windows(4).enumerate().filter(|(_, bytes)| bytes == b"CMGR");
    let own_offset = |at: usize| segment.get(at + 4..at + 12).is_some_and(|b| b == (at as u64).to_le_bytes());
    found.filter(|(at, _)| own_offset(*at)).map(|(at, _)| at as u64).next_back().unwrap_or(0)
}
