//! Tests of a buffer by itself.

use super::*;

const BOUNDS: Bounds = Bounds { events: 10, bytes: 1_000 };

fn events(count: usize, time_us: i64) -> impl Iterator<Item = Kept> {
    (0..count).map(move |_| Kept { bytes: Bytes::from_static(b"event"), time_us })
}

/// Events, the place after them, and when there is more.
fn take(buffer: &Buffer, mut place: Place, due_us: i64) -> (usize, Place, Option<i64>) {
    let mut steps = VecDeque::new();
    let more_us = buffer.take(&mut place, due_us, 100, &mut steps);
    (steps.iter().filter(|step| matches!(step, Step::Event(_))).count(), place, more_us)
}

#[test]
fn a_quiet_source_keeps_no_mark_for_each_stretch_of_its_silence() {
    let mut buffer = Buffer::new(0, 1, BOUNDS);
    buffer.push(events(1, 5), 10, i64::MAX);
    for stretch in 2..10_000 {
        // The clock is three stretches behind the world.
        buffer.push(events(0, 0), 10 * stretch, 10 * (stretch - 3));
        assert!(buffer.marks.len() <= 5, "{} marks", buffer.marks.len());
    }
    let start = Place { begin: 0, offset: 0, complete: Mark { seq: 0, us: 0 } };
    let (events, place, more_us) = take(&buffer, start, 99_970);
    assert_eq!((events, place.complete, more_us), (1, Mark { seq: 1, us: 99_970 }, Some(99_980)));
}

#[test]
fn marks_of_a_burst_after_silence_are_thinned_out_too() {
    let mut buffer = Buffer::new(0, 1, BOUNDS);
    for stretch in 1..=4 {
        buffer.push(events(0, 0), 10 * stretch, 0);
    }
    buffer.push(events(1, 45), 50, 0);
    buffer.push(events(0, 0), 60, 1_000);
    assert_eq!(buffer.marks, [Mark { seq: 0, us: 40 }, Mark { seq: 1, us: 60 }]);
}

#[test]
fn what_all_pools_have_is_forgotten_and_the_mark_before_it_is_remembered() {
    let mut buffer = Buffer::new(0, 2, BOUNDS);
    buffer.push(events(4, 5), 10, i64::MAX);
    buffer.push(events(7, 15), 20, i64::MAX);
    assert!(buffer.is_full());
    let north = buffer.join("north", 0).telling;
    assert!(!buffer.acknowledged(north, 6), "the other pool has not come");
    let south = buffer.join("south", 6);
    assert!(south.relieved && !buffer.is_full());
    assert_eq!(south.place, Place { begin: 6, offset: 6, complete: Mark { seq: 4, us: 10 } });
    assert_eq!((buffer.forgotten, buffer.events.len(), buffer.bytes, buffer.first.us), (6, 5, 25, 10));
    // At the last event of a stretch, what covers it is told again.
    assert_eq!(buffer.join("north", 11).place.complete, Mark { seq: 4, us: 10 });
}

#[test]
fn an_older_telling_s_acknowledgement_does_not_take_away_what_the_newer_one_still_needs() {
    let mut buffer = Buffer::new(0, 1, BOUNDS);
    buffer.push(events(8, 5), 10, i64::MAX);
    let old = buffer.join("pool", 0).telling;
    let new = buffer.join("pool", 2);
    buffer.acknowledged(old, 8);
    buffer.left(old);
    assert_eq!(take(&buffer, new.place, 100).0, 6);
    buffer.acknowledged(new.telling, 8);
    assert_eq!(buffer.events.len(), 0);
}

#[test]
fn who_comes_too_late_is_told_nothing_complete_of_the_stretch_that_is_forgotten_in_part() {
    let mut buffer = Buffer::new(0, 1, BOUNDS);
    for stretch in 1..=3 {
        buffer.push(events(3, 10 * stretch - 5), 10 * stretch, i64::MAX);
    }
    let expected = buffer.join("expected", 0).telling;
    buffer.acknowledged(expected, 4);
    let late = buffer.join("late", 1).place;
    assert_eq!(late, Place { begin: 4, offset: 4, complete: Mark { seq: 4, us: 20 } });
    let (events, place, more_us) = take(&buffer, late, 25);
    assert_eq!((events, place.complete.us, more_us), (5, 20, Some(30)));
    assert_eq!(take(&buffer, place, 30).1.complete, Mark { seq: 9, us: 30 });
}

#[test]
fn the_end_of_a_stretch_comes_before_any_later_event() {
    let mut buffer = Buffer::new(0, 1, BOUNDS);
    for stretch in 1..=3 {
        buffer.push(events(2, 10 * stretch - 5), 10 * stretch, i64::MAX);
    }
    let mut steps = VecDeque::new();
    let mut place = Place { begin: 0, offset: 0, complete: Mark { seq: 0, us: 0 } };
    for _ in 0..9 {
        // One step at a time or several make no difference.
        let before = steps.len();
        buffer.take(&mut place, i64::MAX, before + 1, &mut steps);
    }
    let shape: String = steps.iter().map(|step| if matches!(step, Step::Event(_)) { 'e' } else { '|' }).collect();
    assert_eq!(shape, "ee|ee|ee|");
}

#[test]
fn who_begins_where_the_world_has_not_been_yet_is_told_only_what_comes_from_there_on() {
    let mut buffer = Buffer::new(0, 1, BOUNDS);
    let mut place = buffer.join("pool", 7).place;
    let mut steps = VecDeque::new();
    for stretch in 1..=4 {
        buffer.push(events(3, 10 * stretch - 5), 10 * stretch, i64::MAX);
        // Sometimes it is looked for what there is on the way, sometimes not.
        if stretch != 2 {
            buffer.take(&mut place, i64::MAX, 100, &mut steps);
        }
    }
    let [Step::Event(_), Step::Event(_), Step::Complete { from, to }, ..] = steps.make_contiguous() else {
        panic!("{steps:?}")
    };
    assert_eq!((*from, *to), (Mark { seq: 6, us: 20 }, Mark { seq: 9, us: 30 }));
    assert_eq!((steps.len(), place.offset, place.complete), (7, 12, Mark { seq: 12, us: 40 }));
}
