//! Tests of a buffer by itself.

use super::*;

const BOUNDS: Bounds = Bounds { events: 10, bytes: 1_000, oldest_go_us: None };

fn buffer(expected_pools: usize) -> Buffer {
    Buffer::new(Picture::new("n/IPport", "S", "T"), Arc::new(epoch()), 0, expected_pools, BOUNDS)
}

fn epoch() -> Epoch {
    Epoch::new(0, "p")
}

/// Keeps a stretch with some events of one moment that say nothing.
fn push(buffer: &mut Buffer, (count, time_us): (u64, i64), to_us: i64, past_us: i64) {
    let (epoch, last) = (Arc::clone(&buffer.head_at.epoch), buffer.head_at.seq);
    let event = |n: u64| Fresh {
        bytes: Bytes::from_static(b"event"),
        time_us,
        epoch: Arc::clone(&epoch),
        seq: last + n,
        body: None,
    };
    buffer.push((1..=count).map(event), to_us, past_us);
}

fn at(mark: &Mark) -> (u64, i64) {
    (mark.seq, mark.us)
}

/// Events, the place after them, and when there is more.
fn take(buffer: &mut Buffer, telling: u64, mut place: Place, due_us: i64) -> (usize, Place, Option<i64>) {
    let mut steps = VecDeque::new();
    let Taken::More(more_us) = buffer.take(telling, &mut place, (due_us, &epoch()), 100, &mut steps) else {
        panic!("a gap")
    };
    (steps.iter().filter(|(_, step)| matches!(step, Step::Event(_))).count(), place, more_us)
}

#[test]
fn a_quiet_source_keeps_no_mark_for_each_stretch_of_its_silence() {
    let mut buffer = self::buffer(1);
    push(&mut buffer, (1, 5), 10, i64::MAX);
    for stretch in 2..10_000 {
        // The clock is three stretches behind the world.
        push(&mut buffer, (0, 0), 10 * stretch, 10 * (stretch - 3));
        assert!(buffer.marks.len() <= 5, "{} marks", buffer.marks.len());
    }
    let start = buffer.join("pool", "m", None);
    let (events, place, more_us) = take(&mut buffer, start.telling, start.place, 99_970);
    assert_eq!((events, at(&place.complete), more_us), (1, (1, 99_970), Some(99_980)));
}

#[test]
fn marks_of_a_burst_after_silence_are_thinned_out_too() {
    let mut buffer = self::buffer(1);
    for stretch in 1..=4 {
        push(&mut buffer, (0, 0), 10 * stretch, 0);
    }
    push(&mut buffer, (1, 45), 50, 0);
    push(&mut buffer, (0, 0), 60, 1_000);
    assert_eq!(buffer.marks.iter().map(at).collect::<Vec<_>>(), [(0, 40), (1, 60)]);
}

#[test]
fn what_all_pools_have_is_forgotten_and_the_mark_before_it_is_remembered() {
    let mut buffer = self::buffer(2);
    push(&mut buffer, (4, 5), 10, i64::MAX);
    push(&mut buffer, (7, 15), 20, i64::MAX);
    assert!(buffer.is_full(true));
    let north = buffer.join("north", "m", None).telling;
    assert!(!buffer.acknowledged(north, 6), "the other pool has not come");
    let south = buffer.join("south", "m", Some(6));
    assert!(south.relieved && !buffer.is_full(true));
    assert_eq!((south.place.begin, south.place.offset, at(&south.place.complete)), (6, 6, (4, 10)));
    assert_eq!((buffer.forgotten, buffer.events.len(), buffer.bytes, buffer.first.us), (6, 5, 25, 10));
    // At the last event of a stretch, what covers it is told again.
    assert_eq!(buffer.join("north", "m", Some(11)).place.complete.us, 10);
}

#[test]
fn an_older_telling_s_acknowledgement_does_not_take_away_what_the_newer_one_still_needs() {
    let mut buffer = self::buffer(1);
    push(&mut buffer, (8, 5), 10, i64::MAX);
    let old = buffer.join("pool", "m", None).telling;
    let new = buffer.join("pool", "m", Some(2));
    buffer.acknowledged(old, 8);
    buffer.left(old);
    assert_eq!(take(&mut buffer, new.telling, new.place, 100).0, 6);
    buffer.acknowledged(new.telling, 8);
    assert_eq!(buffer.events.len(), 0);
}

#[test]
fn who_comes_too_late_is_told_what_exists_and_is_complete_from_the_last_forgotten_event_on() {
    let mut buffer = self::buffer(1);
    for stretch in 1..=3 {
        push(&mut buffer, (3, 10 * stretch - 5), 10 * stretch, i64::MAX);
    }
    let expected = buffer.join("expected", "m", None).telling;
    buffer.acknowledged(expected, 4);
    let Joined { telling, place: late, gap, .. } = buffer.join("late", "m", Some(1));
    assert_eq!((late.begin, late.offset, at(&late.complete)), (4, 4, (4, 15)));
    let (offset, snapshot) = gap.expect("a snapshot");
    let snapshot = decode(&snapshot).expect("an event");
    assert_eq!((offset, snapshot.seq, snapshot.time_us), (4, 4, 15));
    let (events, place, more_us) = take(&mut buffer, telling, late, 25);
    assert_eq!((events, place.complete.us, more_us), (5, 20, Some(30)));
    assert_eq!(at(&take(&mut buffer, telling, place, 30).1.complete), (9, 30));
}

#[test]
fn the_end_of_a_stretch_comes_before_any_later_event() {
    let mut buffer = self::buffer(1);
    for stretch in 1..=3 {
        push(&mut buffer, (2, 10 * stretch - 5), 10 * stretch, i64::MAX);
    }
    let mut steps = VecDeque::new();
    let Joined { telling, mut place, .. } = buffer.join("pool", "m", None);
    for _ in 0..9 {
        // One step at a time or several make no difference.
        let before = steps.len();
        buffer.take(telling, &mut place, (i64::MAX, &epoch()), before + 1, &mut steps);
    }
    let shape: String = steps.iter().map(|(_, step)| if matches!(step, Step::Event(_)) { 'e' } else { '|' }).collect();
    assert_eq!(shape, "ee|ee|ee|");
}

#[test]
fn who_begins_where_the_world_has_not_been_yet_is_told_only_what_comes_from_there_on() {
    let mut buffer = self::buffer(1);
    let Joined { telling, mut place, .. } = buffer.join("pool", "m", Some(7));
    let mut steps = VecDeque::new();
    for stretch in 1..=4 {
        push(&mut buffer, (3, 10 * stretch - 5), 10 * stretch, i64::MAX);
        // Sometimes it is looked for what there is on the way, sometimes not.
        if stretch != 2 {
            buffer.take(telling, &mut place, (i64::MAX, &epoch()), 100, &mut steps);
        }
    }
    let [(8, Step::Event(_)), (9, Step::Event(_)), (9, Step::Complete { from, to, .. }), ..] = steps.make_contiguous()
    else {
        panic!("{steps:?}")
    };
    assert_eq!((at(from), at(to)), ((6, 20), (9, 30)));
    assert_eq!((steps.len(), place.offset, at(&place.complete)), (7, 12, (12, 40)));
}
