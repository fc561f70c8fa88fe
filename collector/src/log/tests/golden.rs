//! The bytes of version 1, which every later version must still read.

use super::*;

/// A sealed segment with one group of two records, and the header of the segment after it.
const GOLDEN_SEALED: &str = include_str!("golden_v1_sealed.hex");

fn written(dir: &Path) {
    let (mut writer, _) = open(dir, LogSettings::default());
    let connect = draft(RecordKind::Connect, "bank/IPport", 1_000_001, &[1, 2, 3]);
    writer.append_group(&[connect, event("bank/TCport", -5, "hello")]).expect("appends");
    writer.seal().expect("seals");
}

#[test]
fn a_tiny_segment_has_its_golden_bytes() {
    let dir = tempfile::tempdir().expect("a folder");
    written(dir.path());
    let bytes = std::fs::read(dir.path().join("00000001.seg")).expect("sealed under its name");
    let hex: String = bytes.chunks(32).map(|line| hex(line) + "\n").collect();
    assert_eq!(hex, GOLDEN_SEALED);
}

#[test]
fn the_golden_bytes_are_read() {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("00000001.seg"), unhex(GOLDEN_SEALED)).expect("written");
    let (read, error) = read_all(dir.path());
    assert!(error.is_none(), "{error:?}");
    let connect = draft(RecordKind::Connect, "bank/IPport", 1_000_001, &[1, 2, 3]);
    assert_eq!(read, [connect, event("bank/TCport", -5, "hello")]);
    let report = verify(dir.path()).expect("readable");
    assert!(report.is_sound());
    let span = report.segments[0].sums.sources["bank/TCport"];
    assert_eq!((span.first_received_us, span.last_received_us, span.records), (-5, -5, 1));
}

#[test]
fn a_newer_format_is_refused_by_name() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut bytes = unhex(GOLDEN_SEALED);
    bytes[8] = 2;
    let crc = crc32c::crc32c(&bytes[..252]);
    bytes[252..256].copy_from_slice(&crc.to_le_bytes());
    std::fs::write(dir.path().join("00000001.seg"), bytes).expect("written");
    let (read, error) = read_all(dir.path());
    assert!(read.is_empty());
    assert!(error.expect("refused").to_string().contains("format version 2"));
}

#[test]
fn every_kind_has_its_own_number() {
    for kind in RecordKind::ALL {
        assert_eq!(RecordKind::from_code(kind.code()), Some(kind));
    }
    assert_eq!(RecordKind::from_code(0), None);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    (0..digits.len()).step_by(2).map(|i| u8::from_str_radix(&digits[i..i + 2], 16).expect("hex")).collect()
}
