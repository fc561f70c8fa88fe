//! Every bit flipped and every length cut: what is read is always a whole prefix, and what is lost is always told.

use super::*;

const GROUPS: usize = 6;

fn one_segment(dir: &Path, seal: bool) -> Vec<Vec<RecordDraft>> {
    let groups = some_groups(GROUPS);
    let (mut writer, _) = open(dir, LogSettings::default());
    append_all(&mut writer, &groups);
    if seal {
        writer.seal().expect("seals");
    }
    groups
}

fn ends_of_groups(dir: &Path) -> Vec<u64> {
    let mut reader = LogReader::open(dir).expect("a log");
    let mut ends = vec![format::HEADER_BYTES];
    let mut at = LogPosition::START;
    loop {
        let batch = reader.read_from(at, 1, None).expect("sound");
        if batch.records.is_empty() {
            return ends;
        }
        at = batch.next;
        ends.push(at.offset);
    }
}

#[test]
fn a_flipped_bit_anywhere_in_a_sealed_segment_is_damage_at_or_before_it_and_nothing_of_it_is_read() {
    let dir = tempfile::tempdir().expect("a folder");
    one_segment(dir.path(), true);
    let path = dir.path().join("00000001.seg");
    let good = std::fs::read(&path).expect("there");
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        std::fs::write(&path, bad).expect("written");
        let (read, error) = read_all(dir.path());
        assert!(read.is_empty(), "byte {at}");
        let Some(LogError::Damaged { segment: 1, offset, .. }) = error else { panic!("byte {at}: {error:?}") };
        assert!(offset <= at as u64, "byte {at}: said {offset}");
        assert!(offset == 0 || offset + 120 > at as u64 || at as u64 > ends_of_file(&good), "byte {at}: said {offset}");
        assert!(!verify(dir.path()).expect("readable").is_sound(), "byte {at}");
    }
}

/// Where the footer of a sealed segment begins.
fn ends_of_file(bytes: &[u8]) -> u64 {
    (bytes.len() - format::footer_len(bytes).expect("sealed")) as u64
}

#[test]
fn what_is_before_a_damaged_segment_is_read_however_much_is_asked_for() {
    let dir = tempfile::tempdir().expect("a folder");
    let first = one_segment(dir.path(), true);
    one_segment(dir.path(), true);
    let path = dir.path().join("00000002.seg");
    let mut bytes = std::fs::read(&path).expect("there");
    bytes[format::HEADER_BYTES as usize + 40] ^= 1;
    std::fs::write(&path, bytes).expect("written");
    let mut reader = LogReader::open(dir.path()).expect("a log");
    let batch = reader.read_from(LogPosition::START, usize::MAX, None).expect("what is sound");
    assert_eq!(batch.records.len(), first.concat().len());
    let error = reader.read_from(batch.next, usize::MAX, None);
    assert!(matches!(error, Err(LogError::Damaged { segment: 2, .. })), "{error:?}");
}

#[test]
fn a_sealed_segment_cut_anywhere_is_damage() {
    let dir = tempfile::tempdir().expect("a folder");
    one_segment(dir.path(), true);
    let path = dir.path().join("00000001.seg");
    let good = std::fs::read(&path).expect("there");
    for len in 0..good.len() {
        std::fs::write(&path, &good[..len]).expect("written");
        let (read, error) = read_all(dir.path());
        assert!(read.is_empty() && matches!(error, Some(LogError::Damaged { .. })), "length {len}: {error:?}");
        let opened = LogWriter::open(dir.path(), &identity(), LogSettings::default());
        assert!(matches!(opened, Err(LogError::Damaged { .. })), "length {len}");
    }
}

#[test]
fn a_flipped_bit_in_an_open_segment_is_damage_unless_it_lies_in_the_last_group() {
    let dir = tempfile::tempdir().expect("a folder");
    let groups = one_segment(dir.path(), false);
    let ends = ends_of_groups(dir.path());
    let last_group = ends[GROUPS - 1];
    let path = dir.path().join("00000001.open.seg");
    let good = std::fs::read(&path).expect("there");
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        std::fs::write(&path, bad).expect("written");
        let (read, error) = read_all(dir.path());
        assert!(is_prefix_of_whole_groups(&read, &groups) && read.len() < groups.concat().len(), "byte {at}");
        let opened = LogWriter::open(dir.path(), &identity(), LogSettings::default());
        if (at as u64) < last_group {
            assert!(matches!(error, Some(LogError::Damaged { .. })), "byte {at}: {error:?}");
            assert!(matches!(opened, Err(LogError::Damaged { .. })), "byte {at}");
        } else {
            assert!(error.is_none(), "byte {at}: {error:?}");
            let torn = opened.expect("recovers").1.torn_tail.expect("told");
            assert_eq!((torn.offset, torn.bytes), (last_group, good.len() as u64 - last_group), "byte {at}");
        }
    }
}

#[test]
fn an_open_segment_cut_anywhere_keeps_its_whole_groups_says_what_was_cut_and_goes_on() {
    let dir = tempfile::tempdir().expect("a folder");
    let groups = one_segment(dir.path(), false);
    let ends = ends_of_groups(dir.path());
    let path = dir.path().join("00000001.open.seg");
    let good = std::fs::read(&path).expect("there");
    for len in 0..=good.len() as u64 {
        std::fs::write(&path, &good[..len as usize]).expect("written");
        let whole = ends.iter().filter(|e| **e <= len).count().saturating_sub(1);
        let sound_end = ends.iter().copied().rfind(|e| *e <= len).unwrap_or(0);
        let (read, error) = read_all(dir.path());
        assert!(error.is_none() && read == groups[..whole].concat(), "length {len}: {error:?}");

        let (mut writer, recovery) = open(dir.path(), LogSettings::default());
        let torn = TornTail { segment: 1, offset: sound_end, bytes: len - sound_end };
        assert_eq!(recovery.torn_tail, (torn.bytes > 0).then_some(torn), "length {len}");
        writer.append_group(&groups[GROUPS - 1]).expect("goes on");
        drop(writer);
        let expected = [&groups[..whole], &groups[GROUPS - 1..]].concat().concat();
        assert_eq!(read_all(dir.path()).0, expected, "length {len}");
    }
}

#[test]
fn zeros_and_leftovers_of_another_log_after_the_end_are_a_torn_tail() {
    let (dir, other) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    one_segment(dir.path(), false);
    let stranger = LogIdentity { new_log_id: [9; 16], ..identity() };
    let (mut writer, _) = LogWriter::open(other.path(), &stranger, LogSettings::default()).expect("opens");
    append_all(&mut writer, &some_groups(20));
    let leftover = std::fs::read(other.path().join("00000001.open.seg")).expect("there");
    let path = dir.path().join("00000001.open.seg");
    let good = std::fs::read(&path).expect("there");
    // The stranger's groups stand at the very offsets that their headers name.
    let with_leftover = [&good[..], &leftover[good.len()..]].concat();
    for bad in [with_leftover, [&good[..], &[0; 5000]].concat()] {
        std::fs::write(&path, bad).expect("written");
        let (_, recovery) = open(dir.path(), LogSettings::default());
        assert_eq!(recovery.torn_tail.expect("told").offset, good.len() as u64);
    }
}

#[test]
fn a_writer_that_died_while_sealing_is_recovered_at_every_length_of_the_footer() {
    let dir = tempfile::tempdir().expect("a folder");
    let groups = one_segment(dir.path(), true);
    let sealed = std::fs::read(dir.path().join("00000001.seg")).expect("there");
    for len in ends_of_file(&sealed) as usize..=sealed.len() {
        let copy = tempfile::tempdir().expect("a folder");
        std::fs::write(copy.path().join("00000001.open.seg"), &sealed[..len]).expect("written");
        let (mut writer, recovery) = open(copy.path(), LogSettings::default());
        let whole_footer = len == sealed.len();
        assert_eq!(recovery.torn_tail.is_some(), !whole_footer && len > ends_of_file(&sealed) as usize, "length {len}");
        writer.append_group(&groups[0]).expect("goes on");
        drop(writer);
        assert_eq!(read_all(copy.path()).0, [groups.concat(), groups[0].clone()].concat(), "length {len}");
        assert_eq!(copy.path().join("00000001.seg").exists(), whole_footer, "length {len}");
    }
}

#[test]
fn a_missing_or_exchanged_segment_is_told() {
    let dir = tempfile::tempdir().expect("a folder");
    let (mut writer, _) = open(dir.path(), small_segments(600));
    append_all(&mut writer, &some_groups(40));
    drop(writer);
    let path = |n: u32| dir.path().join(format!("{n:08}.seg"));
    assert!(path(4).exists());

    let away = dir.path().join("away");
    std::fs::rename(path(2), &away).expect("moved");
    assert!(matches!(read_all(dir.path()).1, Some(LogError::MissingSegment { segment: 2, .. })));
    let opened = LogWriter::open(dir.path(), &identity(), LogSettings::default());
    assert!(matches!(opened, Err(LogError::MissingSegment { segment: 2, .. })));
    assert!(!verify(dir.path()).expect("readable").is_sound());

    // A sound segment 2 of the same log and id, but with other records.
    let other = tempfile::tempdir().expect("a folder");
    let (mut writer, _) = open(other.path(), small_segments(600));
    let mut reversed = some_groups(40);
    reversed.reverse();
    append_all(&mut writer, &reversed);
    std::fs::copy(other.path().join("00000002.seg"), path(2)).expect("copied");
    assert!(matches!(read_all(dir.path()).1, Some(LogError::Damaged { segment: 2, offset: 0, .. })));
    let opened = LogWriter::open(dir.path(), &identity(), LogSettings::default());
    assert!(matches!(opened, Err(LogError::Damaged { segment: 2, .. })));
}
