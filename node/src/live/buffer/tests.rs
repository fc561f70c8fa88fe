//! Tests of a buffer by itself.

use super::*;

const BOUNDS: Bounds = Bounds { events: 10, bytes: 1_000 };

fn events(count: usize, time_us: i64) -> impl Iterator<Item = Kept> {
    (0..count).map(move |_| Kept { bytes: Bytes::from_static(b"event"), time_us })
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
    let start = Place { offset: 0, complete: Mark { seq: 0, us: 0 } };
    let taken = buffer.take(start, 99_970, 100);
    assert_eq!((taken.place.complete, taken.more_us), (Mark { seq: 1, us: 99_970 }, Some(99_980)));
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
    assert_eq!(south.place, Place { offset: 6, complete: Mark { seq: 4, us: 10 } });
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
    assert_eq!(buffer.take(new.place, 100, 100).events.len(), 6);
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
    assert_eq!(late, Place { offset: 4, complete: Mark { seq: 4, us: 20 } });
    let taken = buffer.take(late, 25, 100);
    assert_eq!((taken.events.len(), taken.place.complete.us), (5, 20));
    assert_eq!(buffer.take(taken.place, 30, 100).place.complete, Mark { seq: 9, us: 30 });
}
