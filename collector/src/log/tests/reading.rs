//! Readers: every position, every rhythm, and beside a writer that is at work.

use proptest::prelude::*;

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_groups_read_back_equal_over_segments_and_restarts(
        sizes in prop::collection::vec((1usize..5, 0usize..300), 1..40),
        segment_bytes in 300u64..2_000,
        restart_every in 1usize..10,
        limit in 1usize..2_000,
    ) {
        let dir = tempfile::tempdir().expect("a folder");
        let mut expected = Vec::new();
        let mut writer = None;
        for (i, (records, bytes)) in sizes.iter().enumerate() {
            if i % restart_every == 0 {
                drop(writer.take());
                let (opened, recovery) = open(dir.path(), small_segments(segment_bytes));
                prop_assert_eq!(recovery.torn_tail, None);
                writer = Some(opened);
            }
            let group: Vec<_> = (0..*records).map(|r| draft(RecordKind::ALL[(i + r) % 7], "s", i as i64, &vec![r as u8; *bytes])).collect();
            let writer = writer.as_mut().expect("open");
            writer.append_group(&group).expect("appends");
            if i % 7 == 6 {
                writer.seal().expect("seals");
            }
            expected.extend(group);
        }
        let end = writer.as_ref().expect("open").durable_end();
        for durable in [None, Some(end)] {
            let mut reader = LogReader::open(dir.path()).expect("a log");
            let (mut at, mut read) = (LogPosition::START, Vec::new());
            loop {
                let batch = reader.read_from(at, limit, durable).expect("sound");
                if batch.records.is_empty() {
                    break;
                }
                prop_assert!(batch.records.iter().all(|r| r.position >= at && r.position < batch.next));
                at = batch.next;
                read.extend(batch.records);
            }
            prop_assert_eq!(at.max(end), end);
            let read: Vec<_> = read.into_iter().map(|r| RecordDraft { kind: r.kind, source: r.source, received_us: r.received_us, bytes: r.bytes }).collect();
            prop_assert_eq!(&read, &expected);
        }
    }
}

#[test]
fn reading_can_begin_at_any_record_and_at_no_other_place() {
    let dir = tempfile::tempdir().expect("a folder");
    let (mut writer, _) = open(dir.path(), small_segments(500));
    append_all(&mut writer, &some_groups(20));
    let all: Vec<_> =
        LogReader::open(dir.path()).expect("a log").records(LogPosition::START).map(|r| r.expect("sound")).collect();
    for (i, record) in all.iter().enumerate() {
        let mut reader = LogReader::open(dir.path()).expect("a log");
        assert_eq!(&reader.record_at(record.position).expect("there"), record);
        let rest: Vec<_> = reader.records(record.position).map(|r| r.expect("sound")).collect();
        assert_eq!(rest, all[i..], "from {}", record.position);
        let beside = LogPosition::new(record.position.segment, record.position.offset + 1);
        assert!(matches!(reader.read_from(beside, 1, None), Err(LogError::NoSuchPosition { .. })));
    }
    let mut reader = LogReader::open(dir.path()).expect("a log");
    let beyond = LogPosition::new(1, 1 << 30);
    assert!(matches!(reader.read_from(beyond, 1, None), Err(LogError::NoSuchPosition { .. })));
    let nothing = reader.read_from(LogPosition::new(9_999, 0), 1, None).expect("nothing there yet");
    assert!(nothing.records.is_empty());
}

#[test]
fn a_reader_never_goes_past_the_durable_position_it_was_given() {
    let dir = tempfile::tempdir().expect("a folder");
    let (mut writer, _) = open(dir.path(), small_segments(500));
    let groups = some_groups(20);
    let ends: Vec<_> = groups.iter().map(|g| writer.append_group(g).expect("appends")).collect();
    let mut reader = LogReader::open(dir.path()).expect("a log");
    for (n, end) in ends.iter().enumerate() {
        let batch = reader.read_from(LogPosition::START, usize::MAX, Some(*end)).expect("sound");
        assert_eq!(batch.records.len(), groups[..=n].concat().len());
        assert_eq!(batch.next, *end);
    }
}

#[test]
fn a_tail_that_is_read_while_it_is_written_and_sealed_comes_once_and_in_order() {
    let dir = tempfile::tempdir().expect("a folder");
    let (mut writer, _) = open(dir.path(), small_segments(3_000));
    let groups = some_groups(400);
    let expected = groups.concat();
    let writing = std::thread::spawn(move || {
        append_all(&mut writer, &groups);
        writer.seal().expect("seals");
    });
    let mut reader = LogReader::open(dir.path()).expect("a log");
    let (mut at, mut read) = (LogPosition::START, Vec::new());
    while read.len() < expected.len() {
        let batch = reader.read_from(at, 200, None).expect("no damage is ever seen");
        at = batch.next;
        read.extend(batch.records);
    }
    writing.join().expect("no panic");
    assert!(read.windows(2).all(|w| w[0].position < w[1].position));
    let bytes = |r: &LogRecord| r.bytes.clone();
    assert_eq!(
        read.iter().map(bytes).collect::<Vec<_>>(),
        expected.iter().map(|r| r.bytes.clone()).collect::<Vec<_>>()
    );
}

#[test]
fn a_log_whose_last_segment_is_sealed_goes_on_in_the_next_one() {
    let dir = tempfile::tempdir().expect("a folder");
    let groups = some_groups(3);
    for group in &groups {
        let (mut writer, _) = open(dir.path(), LogSettings::default());
        writer.append_group(group).expect("appends");
        writer.seal().expect("seals");
        drop(writer);
        // Sealed again without a record: no empty segment is left behind.
        let (mut writer, _) = open(dir.path(), LogSettings::default());
        writer.seal().expect("seals");
    }
    let report = verify(dir.path()).expect("readable");
    assert!(report.is_sound());
    assert_eq!(report.segments.iter().map(|s| s.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(read_all(dir.path()).0, groups.concat());
}

#[test]
fn a_log_killed_at_random_moments_of_its_life_always_reads_as_a_prefix() {
    let dir = tempfile::tempdir().expect("a folder");
    let (mut writer, _) = open(dir.path(), small_segments(900));
    let groups = some_groups(60);
    for (n, group) in groups.iter().enumerate() {
        writer.append_group(group).expect("appends");
        let killed = tempfile::tempdir().expect("a folder");
        copy(dir.path(), killed.path());
        let open_file = list(killed.path()).expect("a log").pop().expect("a segment");
        let bytes = std::fs::read(&open_file.path).expect("there");
        let seed = (n as u64).wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let keep = (seed >> 33) as usize % (bytes.len() + 1);
        std::fs::write(&open_file.path, &bytes[..keep]).expect("written");
        let (mut again, _) = open(killed.path(), small_segments(900));
        let (read, error) = read_all(killed.path());
        assert!(error.is_none() && is_prefix_of_whole_groups(&read, &groups), "group {n}, kept {keep}: {error:?}");
        again.append_group(group).expect("goes on");
        again.seal().expect("seals");
        assert!(verify(killed.path()).expect("readable").is_sound(), "group {n}, kept {keep}");
    }
}

#[test]
fn a_check_beside_a_writer_at_work_finds_no_damage() {
    let dir = tempfile::tempdir().expect("a folder");
    let (mut writer, _) = open(dir.path(), small_segments(3_000));
    let writing = std::thread::spawn(move || {
        append_all(&mut writer, &some_groups(300));
        writer.seal().expect("seals");
    });
    while !writing.is_finished() {
        let report = verify(dir.path()).expect("readable");
        assert!(report.is_sound(), "{report:?}");
    }
    writing.join().expect("no panic");
    let report = verify(dir.path()).expect("readable");
    let records: u64 = report.segments.iter().map(|s| s.sums.records).sum();
    assert_eq!(records, some_groups(300).concat().len() as u64);
    assert!(report.segments.iter().all(|s| s.finding == Finding::Sound));
}
