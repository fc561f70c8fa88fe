//! Calls whose end is never told: closed by rule, when their source was heard for long enough beyond the last that it told.

use super::build::*;
use super::*;
use crate::knowledge::Mart;
use crate::unit::Unit;

/// From the first whole hour after the call was heard of last: when it is closed, in seconds.
const CLOSED_S: f64 = 3_600.0 + 86_400.0;

/// A call that is answered on D1 at 10, held from 30 and never heard of again.
fn stuck() -> Call {
    Call::inbound("c1").telephone("a1", "D1", ALERTING, 8.0).is("a1", CONNECTED, 10.0).is("a1", HELD, 30.0)
}

/// The rows when a source was heard from some seconds to others.
fn rows_when(call: &Call, source: &str, heard_s: &[(f64, f64)]) -> Rows {
    let log = Listening::to(source, source, "", "");
    let covers = heard_s.iter().zip(901..).map(|(at_s, offset)| log.covers(offset, 0, (0, 0), *at_s));
    let all: Vec<Stored> = call.events.iter().map(stored).chain([log.connects(900)]).chain(covers).collect();
    let rows = rows_of(&known(all.clone()));
    assert_eq!(rows_of(&known(all.into_iter().rev())), rows, "in any order");
    rows
}

#[test]
fn a_call_is_closed_when_its_source_was_heard_for_a_day_beyond_the_last_that_it_told() {
    let rows = rows_when(&stuck(), CALLS, &[(0.0, CLOSED_S)]);
    assert!(rows.open_interaction.is_empty());
    let [fact] = &rows.interaction_fact[..] else { panic!("one interaction") };
    assert_eq!((fact.status, fact.completeness.as_str(), fact.end_ms), (1, "end-estimated", us(30.0) / 1_000));
    assert_eq!(result_of(&rows, "c1-a1"), "Received/AbnormalStop/Unspecified");
    let before = rows_when(&stuck(), CALLS, &[(0.0, CLOSED_S - 0.001)]);
    assert!(before.interaction_fact.is_empty() && before.open_interaction.len() == 1, "not a moment before");
}

#[test]
fn what_was_not_heard_does_not_count() {
    let gap_s = 5_000.0;
    let rows = |until_s| rows_when(&stuck(), CALLS, &[(0.0, 50_000.0), (50_000.0 + gap_s, until_s)]);
    assert!(rows(CLOSED_S).interaction_fact.is_empty(), "a part of the day was not heard");
    assert_eq!(rows(CLOSED_S + gap_s).interaction_fact.len(), 1);
    assert!(rows_when(&stuck(), AGENTS, &[(0.0, 500_000.0)]).interaction_fact.is_empty(), "its own source is silent");
}

#[test]
fn a_call_that_was_closed_by_rule_goes_on_when_anything_more_is_told_and_ends_as_it_is_told() {
    let heard = [(0.0, CLOSED_S + 7_200.0)];
    let goes_on = rows_when(&stuck().is("a1", CONNECTED, CLOSED_S), CALLS, &heard);
    assert!(goes_on.interaction_fact.is_empty() && goes_on.open_interaction.len() == 1);
    let ended = stuck().leaves("a1", RELEASED, CLOSED_S).ends(CLOSED_S);
    let [fact] = &rows_when(&ended, CALLS, &heard).interaction_fact[..] else { panic!("one interaction") };
    assert_eq!((fact.status, fact.end_ms), (0, us(CLOSED_S) / 1_000));
}

#[test]
fn without_a_time_in_the_settings_no_call_is_closed() {
    let log = Listening::to(CALLS, CALLS, "", "");
    let settings = TransformSettings { close_unheard_after_s: 0, ..TransformSettings::default() };
    let mut knowledge = Knowledge::new(settings.clone(), &MARTS);
    let events = stuck().events.iter().map(stored).collect::<Vec<_>>();
    for event in events.iter().cloned().chain([log.connects(900), log.covers(901, 0, (0, 0), (0.0, 1e6))]) {
        knowledge.take(event).expect("an archive without days needs no reading");
    }
    let rows = fold(&Unit::of_call("c1"), &events, context(&knowledge, &settings));
    assert!(rows.interaction_fact.is_empty() && rows.open_interaction.len() == 1);
}

#[test]
fn the_call_is_loaded_again_when_its_source_is_heard_past_the_moment() {
    let log = Listening::to(CALLS, CALLS, "", "");
    let mut knowledge = known(stuck().events.iter().map(stored).chain([log.connects(900)]));
    let mut dirty_after = |record: Stored| {
        knowledge.take(record).expect("an archive without days needs no reading");
        let dirty = knowledge.next_dirty(Mart::Parquet, 100);
        knowledge.loaded(Mart::Parquet, dirty.iter().map(|(unit, _)| *unit));
        dirty.iter().any(|(unit, _)| *unit == Unit::of_call("c1").key())
    };
    assert!(dirty_after(log.covers(901, 0, (0, 0), (0.0, 3_600.0))), "the call itself is new");
    assert!(!dirty_after(log.covers(902, 0, (0, 0), (3_600.0, 7_200.0))));
    dirty_after(log.covers(903, 0, (0, 0), (7_200.0, CLOSED_S - 1.0)));
    assert!(dirty_after(log.covers(904, 0, (0, 0), (CLOSED_S - 1.0, CLOSED_S + 1.0))), "it is closed now");
}
