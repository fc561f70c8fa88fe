//! Coverage as a function of the set of records: what twins and members of pools hear together, and what nobody heard.

use proptest::prelude::*;

use super::*;
use crate::transform::tests::build::{CALLS, CONTACTS, Listening, QUEUES, SWITCH, connect, covers, us};

#[test]
fn stretches_within_one_millisecond_are_rows_of_their_own_only_where_whole() {
    let mut coverage = Coverage::default();
    for (place, from, to) in [(1, 0.0001, 0.0002), (2, 0.0004, 0.0029), (3, 0.0031, 0.0032), (4, 0.0035, 1.0)] {
        coverage.saw_session(&covers(place, from, to));
    }
    let rows = coverage.rows();
    let stretches: Vec<_> = rows.iter().map(|r| (r.from_ms % 1_000, r.to_ms - r.from_ms)).collect();
    assert_eq!(stretches, [(1, 1), (4, 996)]);
}

#[test]
fn only_what_covers_a_switchs_agents_changes_facts() {
    let mut coverage = Coverage::default();
    let stretches = |coverage: &mut Coverage, record: &Stored| coverage.saw_session(record).stretches;
    assert!(stretches(&mut coverage, &covers(1, 0.0, 10.0)).is_empty(), "not known to tell of agents");
    assert_eq!(stretches(&mut coverage, &connect(2)), [NewStretch::of_all_time(SWITCH)]);
    let new = NewStretch { switch: SWITCH.into(), from_us: us(10.0), to_us: us(20.0) };
    assert_eq!(stretches(&mut coverage, &covers(3, 5.0, 20.0)), [new]);
    assert!(stretches(&mut coverage, &covers(4, 6.0, 9.0)).is_empty(), "it was complete");
    let mut calls = covers(5, 0.0, 90.0);
    calls.identity.source = CALLS.into();
    assert!(stretches(&mut coverage, &calls).is_empty());
}

/// Coverage of [`CALLS`] after these records.
fn covered(records: impl IntoIterator<Item = Stored>) -> Coverage {
    let mut coverage = Coverage::default();
    for record in records {
        coverage.saw_session(&record);
    }
    coverage
}

/// A hole: from and to in seconds, and the numbers, with their epochs, before and after it.
type Lost = (f64, f64, (i64, i64), (i64, i64));

/// Holes as seconds, epoch and number before, epoch and number behind.
fn holes(coverage: &Coverage) -> Vec<Lost> {
    let seconds = |at_us: i64| (at_us - us(0.0)) as f64 / 1e6;
    let place = |p: &NumberedPlace| ((p.epoch_started_us - us(0.0)) / 1_000_000, p.seq);
    let of = |h: &Hole| (seconds(h.from_us), seconds(h.to_us), place(&h.from), place(&h.to));
    coverage.holes(CALLS).iter().map(of).collect()
}

const FIRST: i64 = 0;

#[test]
fn a_gap_that_a_later_stretch_ends_is_a_hole_and_a_row_and_what_was_not_heard_yet_is_none() {
    let log = Listening::to(CALLS, "log", "", "");
    let mut coverage = covered([log.connects(0), log.covers(1, FIRST, (0, 5), (0.0, 10.0))]);
    assert_eq!(holes(&coverage), []);
    coverage.saw_session(&log.covers(2, FIRST, (8, 9), (20.0, 30.0)));
    assert_eq!(holes(&coverage), [(10.0, 20.0, (0, 5), (0, 8))]);
    let rows = coverage.rows();
    let states: Vec<_> = rows.iter().map(|r| (r.state.as_str(), r.to_ms - r.from_ms)).collect();
    assert_eq!(states, [("complete", 10_000), ("complete", 10_000), ("lost", 10_000)]);
    assert_eq!((rows[2].from_seq, rows[2].to_seq), (Some(5), Some(9)));
    assert_eq!(rows[2].from_epoch_ms, Some(us(0.0) / 1_000));
    coverage.saw_session(&Listening::to(CALLS, "twin", "", "").covers(7, FIRST, (3, 8), (6.0, 20.0)));
    assert_eq!(holes(&coverage), [], "the twin is back");
}

#[test]
fn what_is_lost_of_outbound_records_reaches_calls_that_were_over_a_minute_before() {
    for (source, from_s) in [(CONTACTS, 40.0), (QUEUES, 100.0), (CALLS, 100.0)] {
        let log = Listening::to(source, "log", "", "");
        let records = [log.connects(0), log.covers(1, FIRST, (0, 5), (0.0, 100.0))];
        let last = log.covers(2, FIRST, (8, 9), (200.0, 300.0));
        let mut coverage = covered(records.clone());
        assert_eq!(coverage.saw_session(&last).holes_us, [(us(from_s), us(200.0))], "{source}");
        // Whoever reads the log again finds no less.
        let again = coverage.reach_of(&last).holes_us;
        assert!(again.iter().any(|(first_us, to_us)| *first_us <= us(from_s) && us(200.0) <= *to_us), "{again:?}");
    }
}

#[test]
fn what_a_source_lost_reaches_others_calls_when_it_turns_out_to_tell_of_attempts() {
    let log = Listening::to(CONTACTS, "log", "", "");
    let records = [log.covers(1, FIRST, (0, 5), (0.0, 100.0)), log.covers(2, FIRST, (8, 9), (200.0, 300.0))];
    assert_eq!(covered(records).saw_session(&log.connects(3)).holes_us, [(us(40.0), us(200.0))]);
}

#[test]
fn events_of_one_moment_can_be_lost_without_any_time() {
    let log = Listening::to(CALLS, "log", "", "");
    let records = [log.covers(1, FIRST, (0, 5), (0.0, 10.0)), log.covers(2, FIRST, (7, 9), (10.0, 30.0))];
    assert_eq!(holes(&covered(records)), [(10.0, 10.0, (0, 5), (0, 7))]);
}

#[test]
fn nothing_is_lost_where_numbers_go_on_though_nobody_vouched_for_the_time() {
    let log = Listening::to(CALLS, "log", "", "");
    let coverage = covered([log.covers(1, FIRST, (0, 5), (0.0, 10.0)), log.covers(2, FIRST, (5, 9), (20.0, 30.0))]);
    assert_eq!(holes(&coverage), []);
    assert_eq!(coverage.rows().len(), 1, "one stretch");
}

#[test]
fn the_backups_epoch_follows_without_a_hole_when_its_time_does() {
    let log = Listening::to(CALLS, "log", "", "");
    let first = log.covers(1, FIRST, (0, 5), (0.0, 10.0));
    assert_eq!(holes(&covered([first.clone(), log.covers(2, 10, (0, 3), (10.0, 20.0))])), []);
    let lossy = covered([first.clone(), log.covers(2, 15, (0, 3), (15.0, 20.0))]);
    assert_eq!(holes(&lossy), [(10.0, 15.0, (0, 5), (15, 0))]);
    let late = covered([first, log.covers(2, 15, (4, 6), (18.0, 20.0))]);
    assert_eq!(holes(&late), [(10.0, 18.0, (0, 5), (15, 4))]);
}

#[test]
fn while_two_processes_are_primary_each_epoch_is_complete_for_itself() {
    let log = Listening::to(CALLS, "log", "", "");
    let both = |to| [log.covers(1, FIRST, (0, 9), (0.0, 30.0)), log.covers(2, 20, (0, to), (20.0, 40.0))];
    assert_eq!(holes(&covered(both(5))), []);
    let again = log.covers(3, 20, (7, 8), (45.0, 50.0));
    assert_eq!(holes(&covered(both(5).into_iter().chain([again]))), [(40.0, 45.0, (20, 5), (20, 7))]);
}

#[test]
fn a_source_that_stopped_in_good_order_was_not_there_until_its_next_epoch() {
    let log = Listening::to(CALLS, "log", "", "");
    let before = log.covers(1, FIRST, (0, 5), (0.0, 10.0));
    let stop = log.stops(2, 10.0);
    assert_eq!(holes(&covered([before.clone(), stop.clone(), log.covers(3, 50, (0, 1), (50.0, 60.0))])), []);
    let late = covered([before, stop, log.covers(3, 50, (2, 3), (55.0, 60.0))]);
    assert_eq!(holes(&late), [(50.0, 55.0, (0, 5), (50, 2))], "it began with two events that nobody has");
    // Of two members one has heard the end, the other has not.
    let [one, two] = [Listening::to(CALLS, "a", "p", "1"), Listening::to(CALLS, "b", "p", "2")];
    let shared = |l: &Listening, place, epoch, seq, s| l.shares(place, epoch, seq, s, &["1", "2"]);
    let records = [
        one.connects(0),
        two.connects(0),
        shared(&one, 1, FIRST, (0, 5), (0.0, 10.0)),
        shared(&two, 1, FIRST, (0, 3), (0.0, 6.0)),
        one.stops(2, 10.0),
        shared(&one, 3, 50, (0, 1), (50.0, 60.0)),
        shared(&two, 3, 50, (0, 1), (50.0, 60.0)),
    ];
    assert_eq!(holes(&covered(records)), [(6.0, 50.0, (0, 3), (50, 0))]);
}

#[test]
fn a_file_that_holds_some_calls_loses_nothing_between() {
    let log = Listening::to(CALLS, "log", "", "");
    let mut records: Vec<Stored> = [(0, 31), (96, 127)].into_iter().map(|seq| log.numbers(seq.0, FIRST, seq)).collect();
    records.push(log.covers(500, FIRST, (0, 0), (0.0, 10.0)));
    records.push(log.covers(501, 86_400, (0, 0), (86_400.0, 86_410.0)));
    let coverage = covered(records);
    assert_eq!((holes(&coverage), coverage.rows().len()), (vec![], 2));
}

/// One piece of what a source tells: how many epochs further it is, how many events, how many seconds.
type Piece = (bool, u64, i64);

/// A piece where it lies: epoch, numbers, seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Laid {
    epoch: i64,
    seq: (u64, u64),
    at_s: (f64, f64),
}

fn laid(pieces: &[Piece]) -> Vec<Laid> {
    let (mut epoch, mut seq, mut at_s) = (FIRST, 0, 0.0);
    let mut all = Vec::new();
    for (is_next_epoch, events, seconds) in pieces {
        if *is_next_epoch {
            (epoch, seq) = (at_s as i64, 0);
        }
        all.push(Laid { epoch, seq: (seq, seq + events), at_s: (at_s, at_s + *seconds as f64) });
        (seq, at_s) = (seq + events, at_s + *seconds as f64);
    }
    all
}

/// What is expected to be lost when these of the pieces are had.
fn expected(pieces: &[Laid], had: &[bool]) -> Vec<Lost> {
    let had: Vec<&Laid> = pieces.iter().zip(had).filter_map(|(piece, had)| had.then_some(piece)).collect();
    let is_lost = |pair: &&[&Laid]| {
        let (last, next) = (pair[0], pair[1]);
        let is_late = last.at_s.1 < next.at_s.0;
        if last.epoch == next.epoch { last.seq.1 < next.seq.0 } else { next.seq.0 > 0 || is_late }
    };
    let place = |epoch, seq| (epoch, seq as i64);
    let hole = |pair: &[&Laid]| {
        let (last, next) = (pair[0], pair[1]);
        (last.at_s.1, next.at_s.0, place(last.epoch, last.seq.1), place(next.epoch, next.seq.0))
    };
    had.windows(2).filter(is_lost).map(hole).collect()
}

/// The records of one listener that has these of the pieces; those that follow one another are told together now and then.
fn told(listening: &Listening, pieces: &[Laid], had: &[bool], joins: &[bool], members: &[&str]) -> Vec<Stored> {
    let mut covers: Vec<Laid> = Vec::new();
    for ((piece, had), joins) in pieces.iter().zip(had).zip(joins) {
        match covers.last_mut() {
            Some(last) if *had && *joins && last.epoch == piece.epoch && last.at_s.1 == piece.at_s.0 => {
                (last.seq.1, last.at_s.1) = (piece.seq.1, piece.at_s.1);
            }
            _ => covers.extend(had.then_some(*piece)),
        }
    }
    let record = |(place, c): (u64, &Laid)| listening.shares(place, c.epoch, c.seq, c.at_s, members);
    [listening.connects(0)].into_iter().chain((1..).zip(&covers).map(record)).collect()
}

fn flags() -> impl Strategy<Value = Vec<bool>> {
    prop::collection::vec(prop::bool::weighted(0.6), 30)
}

proptest! {
    #[test]
    fn twins_are_complete_together_and_lose_exactly_what_neither_has(
        pieces in prop::collection::vec((prop::bool::weighted(0.15), 0_u64..4, 1_i64..5), 1..30),
        had in prop::array::uniform2(flags()),
        joins in prop::array::uniform2(flags()),
        order in any::<prop::sample::Index>(),
    ) {
        let pieces = laid(&pieces);
        let twins = ["a", "b"].map(|log| Listening::to(CALLS, log, log, "1"));
        let mut records: Vec<Stored> =
            (0..2).flat_map(|n| told(&twins[n], &pieces, &had[n], &joins[n], &[])).collect();
        let together: Vec<bool> = had[0].iter().zip(&had[1]).map(|(a, b)| *a || *b).collect();
        // Until an event was told the source says nothing of its numbers.
        let is_numbered = pieces.iter().zip(&together).any(|(piece, had)| *had && piece.seq.1 > 0);
        let expected = if is_numbered { expected(&pieces, &together) } else { Vec::new() };
        let coverage = covered(records.iter().cloned());
        prop_assert_eq!(holes(&coverage), expected);
        let turn = order.index(records.len());
        records.rotate_left(turn);
        records.reverse();
        let again = covered(records.into_iter().chain(told(&twins[0], &pieces, &had[0], &joins[0], &[])));
        prop_assert_eq!(again.rows(), coverage.rows());
        prop_assert_eq!(&again.known(), &coverage.known());
        let written = serde_json::to_string(&again.known()).expect("written");
        let mut recalled = Coverage::default();
        recalled.recall(&serde_json::from_str(&written).expect("read"));
        prop_assert_eq!(recalled.rows(), coverage.rows());
    }

    #[test]
    fn twins_without_a_gap_in_common_have_no_hole(
        pieces in prop::collection::vec((prop::bool::weighted(0.15), 0_u64..4, 1_i64..5), 1..30),
        had in flags(),
        joins in prop::array::uniform2(flags()),
    ) {
        let pieces = laid(&pieces);
        let other: Vec<bool> = had.iter().map(|had| !had).collect();
        let twins = ["a", "b"].map(|log| Listening::to(CALLS, log, "", ""));
        let records = [told(&twins[0], &pieces, &had, &joins[0], &[]), told(&twins[1], &pieces, &other, &joins[1], &[])];
        let coverage = covered(records.concat());
        prop_assert_eq!(holes(&coverage), []);
    }

    #[test]
    fn a_range_is_complete_when_all_members_of_a_pool_have_it_or_another_pool_has(
        pieces in prop::collection::vec((prop::bool::weighted(0.15), 1_u64..4, 1_i64..5), 1..30),
        had in prop::array::uniform3(flags()),
        joins in prop::array::uniform3(flags()),
    ) {
        let pieces = laid(&pieces);
        let listening = [("a", "p", "1"), ("b", "p", "2"), ("c", "q", "1")].map(|(l, p, m)| Listening::to(CALLS, l, p, m));
        let members: [&[&str]; 3] = [&["1", "2"], &["2", "1"], &["1"]];
        let records = (0..3).flat_map(|n| told(&listening[n], &pieces, &had[n], &joins[n], members[n]));
        let complete: Vec<bool> = (0..30).map(|n| (had[0][n] && had[1][n]) || had[2][n]).collect();
        prop_assert_eq!(holes(&covered(records)), expected(&pieces, &complete));
    }
}

mod decided {
    use callmart_schema::control::Decision::{
        self, IgnoreSource as Ignore, ResumeSource as Resume, RetireSource as Retire,
    };

    use super::*;
    use crate::transform::tests::build::{decided, stored};

    /// From, to (none until further notice) and state of the stretches in which [`CALLS`] is ignored after these decisions,
    /// in any order.
    fn ignored(decisions: &[(Decision, f64)]) -> Vec<(f64, Option<f64>, String)> {
        let events =
            decisions.iter().zip(1..).map(|((decision, since_s), seq)| decided(seq, *decision, CALLS, *since_s));
        let events: Vec<Stored> = events.map(|event| stored(&event)).collect();
        let (mut coverage, mut backwards) = (Coverage::default(), Coverage::default());
        events.iter().for_each(|event| drop(coverage.saw_decision(event)));
        events.iter().rev().chain(&events).for_each(|event| drop(backwards.saw_decision(event)));
        assert_eq!(coverage.rows(), backwards.rows());
        let seconds = |ms: i64| (ms - us(0.0) / 1_000) as f64 / 1e3;
        let rows = coverage.rows().into_iter().filter(|row| row.decided_by.is_some());
        rows.map(|r| (seconds(r.from_ms), Some(seconds(r.to_ms)).filter(|to| *to < 1e9), r.state)).collect()
    }

    #[test]
    fn a_source_is_ignored_until_it_is_resumed_and_retired_for_good() {
        let (ignored_, retired) =
            (|from, to| (from, to, "ignored".to_owned()), |from, to| (from, to, "retired".to_owned()));
        assert_eq!(ignored(&[(Ignore, 10.0)]), [ignored_(10.0, None)]);
        assert_eq!(ignored(&[(Ignore, 10.0), (Resume, 20.0)]), [ignored_(10.0, Some(20.0))]);
        let twice = [(Ignore, 10.0), (Resume, 20.0), (Ignore, 30.0)];
        assert_eq!(ignored(&twice), [ignored_(10.0, Some(20.0)), ignored_(30.0, None)]);
        assert_eq!(ignored(&[(Ignore, 10.0), (Ignore, 5.0)]), [ignored_(5.0, None)]);
        assert_eq!(ignored(&[(Ignore, 10.0), (Ignore, 15.0)]), [ignored_(10.0, None)]);
        assert_eq!(ignored(&[(Ignore, 10.0), (Retire, 15.0)]), [ignored_(10.0, Some(15.0)), retired(15.0, None)]);
        assert_eq!(ignored(&[(Retire, 15.0), (Resume, 15.0)]), []);
        assert_eq!(ignored(&[(Resume, 15.0)]), []);
    }

    #[test]
    fn what_is_lost_or_missing_of_an_ignored_source_is_ignored_and_what_it_told_stays() {
        let log = Listening::to(CALLS, "log", "", "");
        let heard =
            [log.connects(0), log.covers(1, FIRST, (0, 5), (0.0, 10.0)), log.covers(2, FIRST, (8, 9), (20.0, 30.0))];
        let states = |decisions: &[(Decision, f64)]| {
            let mut coverage = covered(heard.clone());
            for ((decision, since_s), seq) in decisions.iter().zip(1..) {
                coverage.saw_decision(&stored(&decided(seq, *decision, CALLS, *since_s)));
            }
            assert_eq!(coverage.holes(CALLS).len(), 1, "something is lost all the same");
            let seconds = |ms: i64| (ms - us(0.0) / 1_000) / 1_000;
            let mut rows: Vec<_> = coverage.rows().iter().map(|r| (seconds(r.from_ms), r.state.clone())).collect();
            rows.sort();
            rows
        };
        let is = |rows: &[(i64, &str)]| rows.iter().map(|(at, state)| (*at, (*state).to_owned())).collect::<Vec<_>>();
        assert_eq!(states(&[]), is(&[(0, "complete"), (10, "lost"), (20, "complete")]));
        assert_eq!(states(&[(Ignore, 10.0)]), is(&[(0, "complete"), (10, "ignored"), (20, "complete")]));
        let within = states(&[(Ignore, 12.0), (Resume, 15.0)]);
        assert_eq!(within, is(&[(0, "complete"), (10, "lost"), (12, "ignored"), (15, "lost"), (20, "complete")]));
    }

    #[test]
    fn a_source_that_was_never_heard_and_is_retired_is_not_missing() {
        let expected = ExpectedSource { name: CALLS.into(), switch: SWITCH.into(), role: "i-proxy".into() };
        let mut coverage = Coverage::of_expected(&[expected]);
        assert_eq!(coverage.rows()[0].state, "never-heard");
        coverage.saw_decision(&stored(&decided(1, Retire, CALLS, 10.0)));
        let row = coverage.rows().remove(0);
        assert_eq!(
            (row.state.as_str(), row.decided_by.as_deref(), row.decided_why.as_deref()),
            ("retired", Some("ada"), Some("it burns"))
        );
        let mut again = Coverage::default();
        again.recall(&coverage.known());
        assert_eq!(again.rows().len(), 1, "what was decided is written down");
    }
}
