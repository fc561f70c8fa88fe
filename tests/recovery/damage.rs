//! Bytes of a log that were durable and changed: they are named, and nothing behind them is loaded in silence.

use std::fs;
use std::path::{Path, PathBuf};

use crate::input::Rows;
use crate::operator::Site;
use crate::random::Chance;

/// Random places in sealed segments.
const RANDOM_PLACES: usize = 16;
/// Length of a segment's header in bytes.
const HEADER_BYTES: u64 = 256;

/// A place in a segment, and what is done to it.
#[derive(Debug, Clone)]
struct Damage {
    segment: PathBuf,
    offset: u64,
    bit: u8,
}

impl Damage {
    fn flip(&self) {
        let mut bytes = fs::read(&self.segment).expect("a segment");
        bytes[self.offset as usize] ^= 1 << self.bit;
        fs::write(&self.segment, bytes).expect("a segment");
    }

    /// Name of the log and number of the segment.
    fn place(&self) -> (String, u64) {
        let name =
            |path: Option<&Path>| path.and_then(Path::file_name).and_then(|n| n.to_str()).expect("a name").to_owned();
        let file = name(Some(&self.segment));
        let number = file.split('.').next().and_then(|n| n.parse().ok()).expect("a number");
        (name(self.segment.parent()), number)
    }
}

/// A site with logs of three sealed segments, and what its mart holds.
fn three_imports(site: &Site) -> Vec<String> {
    let rows = Rows::all();
    for (from, to) in [(0, 60), (60, 110), (110, 160)] {
        let calls = site.file("calls.tsv", &rows.part(from, to));
        site.must(&["import", "bank-calls", &calls]);
    }
    site.content()
}

fn places(site: &Site, chance: &mut Chance) -> Vec<Damage> {
    let mut places = Vec::new();
    let segments = site.segments();
    for segment in &segments {
        let len = segment.metadata().expect("a segment").len();
        let places_in = [0, 9, 40, HEADER_BYTES - 1, HEADER_BYTES, HEADER_BYTES + 27, len - 45, len - 8, len - 1];
        let offset = places_in[chance.below(places_in.len() as u64) as usize];
        for offset in [0, offset, len - 1] {
            places.push(Damage { segment: segment.clone(), offset, bit: chance.below(8) as u8 });
        }
    }
    for _ in 0..RANDOM_PLACES {
        let segment = segments[chance.below(segments.len() as u64) as usize].clone();
        let offset = chance.below(segment.metadata().expect("a segment").len());
        places.push(Damage { segment, offset, bit: chance.below(8) as u8 });
    }
    places
}

#[test]
fn a_flipped_bit_in_a_sealed_segment_is_named_and_nothing_behind_it_is_loaded() {
    let mut chance = Chance::of_this_run("a flipped bit");
    let site = Site::with_parquet();
    let sound = three_imports(&site);
    for (round, damage) in places(&site, &mut chance).into_iter().enumerate() {
        damage.flip();
        let offset = verify_names(&site, &damage);
        // A rebuild takes longer than a look; the random places are the last ones.
        if round % 2 == 0 {
            rebuild_refuses(&site, &damage, offset);
        }
        if round % 4 == 0 {
            rebuild_stops_at(&site, &damage, offset);
        }
        damage.flip();
        assert_eq!(site.run(&["log", "verify"]).code, Some(0), "{damage:?} mended");
        if round % 4 == 0 {
            site.must(&["rebuild", "--from", "log"]);
            assert_eq!(site.content(), sound, "{damage:?} mended and rebuilt");
        }
    }
}

#[test]
fn both_marts_hold_the_same_up_to_the_damage() {
    let mut chance = Chance::of_this_run("damage and both marts");
    let site = Site::with_both_marts("damage and both marts");
    let sound = three_imports(&site);
    let whole: u64 = site.sql("SELECT count(*) AS n FROM interaction_fact")[0].parse().expect("a count");
    let second = site.segments().into_iter().find(|s| s.ends_with("collector-a/00000002.seg")).expect("a segment");
    let len = second.metadata().expect("a segment").len();
    let offset = HEADER_BYTES + chance.below(len - HEADER_BYTES);
    let damage = Damage { segment: second, offset, bit: 3 };
    damage.flip();
    let named = verify_names(&site, &damage);
    rebuild_refuses(&site, &damage, named);
    rebuild_stops_at(&site, &damage, named);
    // The first import is all before the damage, and is there; the other two are not there as a whole.
    let calls = "SELECT count(*) AS n FROM interaction_fact";
    let left: u64 = site.sql(calls)[0].parse().expect("a count");
    assert!((50..whole).contains(&left), "{left} of {whole} calls are left");
    assert_ne!(site.content(), sound);
    damage.flip();
    site.must(&["rebuild", "--from", "log"]);
    assert_eq!(site.content(), sound, "mended and rebuilt");
}

/// `log verify` says 1 and where; gives the offset that it names.
fn verify_names(site: &Site, damage: &Damage) -> u64 {
    let answer = site.run(&["log", "verify"]);
    let (log, segment) = damage.place();
    assert_eq!(answer.code, Some(1), "{damage:?}: {}{}", answer.out, answer.said);
    let start = format!("{log} segment {segment}: DAMAGED at offset ");
    let line = answer.out.lines().find(|line| line.starts_with(&start));
    let line = line.unwrap_or_else(|| panic!("{damage:?} is not named: {}", answer.out));
    let offset = line[start.len()..].split(':').next().and_then(|n| n.parse().ok());
    let offset: u64 = offset.unwrap_or_else(|| panic!("{line}"));
    assert!(offset <= damage.offset, "{damage:?} is told to be at {offset}");
    offset
}

/// `rebuild --from log` says 1 and where, and throws nothing away while the archive holds what the log no longer does.
fn rebuild_refuses(site: &Site, damage: &Damage, offset: u64) {
    let before = site.content();
    rebuild_names(site, damage, offset);
    assert_eq!(site.content(), before, "{damage:?}: the marts and the archive stay");
}

fn rebuild_names(site: &Site, damage: &Damage, offset: u64) {
    let answer = site.run(&["rebuild", "--from", "log"]);
    let (log, segment) = damage.place();
    assert_eq!(answer.code, Some(1), "{damage:?}: {}", answer.said);
    for named in [format!("{log} is damaged"), format!("segment {segment}, byte {offset}")] {
        assert!(answer.said.contains(&named), "{damage:?}: no {named:?} in {}", answer.said);
    }
}

/// Where there are only logs, what is before the damage is loaded: no event behind it is in the archive, nor any fact
/// without events.
fn rebuild_stops_at(site: &Site, damage: &Damage, offset: u64) {
    site.forget_marts();
    rebuild_names(site, damage, offset);
    let (log, segment) = damage.place();
    let query = format!(
        "SELECT count(*) AS n FROM gidb_event WHERE log = '{log}' AND (log_segment > {segment} OR (log_segment = {segment} \
         AND log_offset >= {offset}))"
    );
    assert_eq!(site.sql_of("parquet", &query), ["0"], "{damage:?}: events behind the damage are in the archive");
    let query = "SELECT count(*) AS n FROM interaction_fact WHERE unit_key NOT IN (SELECT unit_key FROM gidb_event)";
    assert_eq!(site.sql_of("parquet", query), ["0"], "{damage:?}: calls behind the damage are in the mart");
}
