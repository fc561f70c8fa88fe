//! Twins that each lost a tenth of what they were told, never the same, and wrote the rest in no order: together they hold the
//! real file, and make the mart that its import made. Knows the collector's logs, and nothing of what is in an event.

use std::path::Path;

use callmart_collector::log::{
    LogIdentity, LogPosition, LogReader, LogRecord, LogSettings, LogWriter, RecordDraft, RecordKind,
};

use super::support::{answer, bank, callmart, open_folder};

/// What chance begins from.
const SEED: u64 = 20_261_120;
/// Records that are appended at a time.
const GROUP: usize = 4_096;
/// One of so many events is missing from a twin.
const MISSING_ONE_OF: u64 = 10;

/// Numbers by chance, the same from each seed (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn shuffle<T>(&mut self, all: &mut [T]) {
        for place in (1..all.len()).rev() {
            all.swap(place, self.below(place as u64 + 1) as usize);
        }
    }
}

/// Which twins wrote a record.
fn wrote(chance: &mut Chance, record: &LogRecord) -> [bool; 2] {
    if record.kind != RecordKind::Event {
        return [true, true];
    }
    match chance.below(MISSING_ONE_OF) {
        0 => [false, true],
        1 => [true, false],
        _ => [true, true],
    }
}

fn draft(record: &LogRecord) -> RecordDraft {
    RecordDraft {
        kind: record.kind,
        source: record.source.clone(),
        received_us: record.received_us,
        bytes: record.bytes.clone(),
    }
}

/// Writes the log of both twins; gives how many events each of them lacks.
fn write_twins(log: &Path, twins: [&Path; 2], chance: &mut Chance) -> [usize; 2] {
    let mut reader = LogReader::open(log).expect("a log");
    let records: Vec<LogRecord> = reader.records(LogPosition::START).map(|r| r.expect("a record")).collect();
    let mut kept: [Vec<RecordDraft>; 2] = Default::default();
    let mut lacking = [0; 2];
    for record in &records {
        for (twin, has) in wrote(chance, record).into_iter().enumerate() {
            if has {
                kept[twin].push(draft(record));
            } else {
                lacking[twin] += 1;
            }
        }
    }
    for (place, mut drafts) in kept.into_iter().enumerate() {
        chance.shuffle(&mut drafts);
        let identity = LogIdentity::new(&format!("twin-{place}"), place as i64);
        let (mut writer, _) = LogWriter::open(twins[place], &identity, LogSettings::default()).expect("a new log");
        for group in drafts.chunks(GROUP) {
            writer.append_group(group).expect("durable");
        }
        writer.seal().expect("sealed");
    }
    lacking
}

#[test]
fn twins_that_each_lack_another_tenth_and_tell_the_rest_in_no_order_make_the_same_mart() {
    let name = "twins_that_each_lack_another_tenth_and_tell_the_rest_in_no_order_make_the_same_mart";
    let Some(bank) = bank(name) else { return };
    let (folder, mut chance) = (open_folder(), Chance(SEED));
    let data = folder.path().join("data");
    let mut lacking = [0; 2];
    for log in std::fs::read_dir(bank.data.join("log")).expect("logs").map(|entry| entry.expect("a log")) {
        let log_name = log.file_name().into_string().expect("UTF-8");
        let twins = ["a", "b"].map(|twin| data.join("log").join(format!("{log_name}-{twin}")));
        twins.iter().for_each(|dir| std::fs::create_dir_all(dir).expect("a folder"));
        let lacks = write_twins(&log.path(), [&twins[0], &twins[1]], &mut chance);
        lacking = [lacking[0] + lacks[0], lacking[1] + lacks[1]];
    }
    assert!(lacking.iter().all(|n| *n > 1_000), "each lacks much: {lacking:?}");
    let rebuilt = callmart(&data, &["--postgres", "none", "rebuild", "--from", "log"]);
    assert!(rebuilt.status.success(), "seed {SEED}: {}", String::from_utf8_lossy(&rebuilt.stderr));
    let hash = |data: &Path| answer(data, &["hash", "--engine", "parquet"]);
    assert_eq!(hash(&data), hash(&bank.data), "seed {SEED}");
}
