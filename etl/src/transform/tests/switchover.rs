//! A lossy switchover among a thousand calls: each call's rows are what the moments of its life and the hole in the source's
//! telling make of it.
//!
//! Every call is the same but for its begin. Nothing is expected here that does not follow from moments alone.

use callmart_schema::event::{CallType, DnType, Event};

use super::build::*;
use super::*;

const CALLS_COUNT: i64 = 1_000;
/// The last that was heard of the first process, and the moment at which the other one took over, in milliseconds.
const HOLE_MS: (i64, i64) = (65_000, 70_000);
/// Moments of a call's life after its begin, in milliseconds: it goes from the IVR to the telephone, is answered, held, taken
/// back, and ends.
const RINGS_MS: i64 = 5_000;
const TALKS_MS: i64 = 10_000;
const HELD_MS: i64 = 30_000;
const BACK_MS: i64 = 45_000;
const ENDS_MS: i64 = 60_000;

/// Begin of a call: ten begin in a second, and nothing happens at a border of the hole.
fn begin_ms(number: i64) -> i64 {
    number * 100 + 50
}

fn id(number: i64) -> String {
    format!("c{number}")
}

fn s(ms: i64) -> f64 {
    ms as f64 / 1_000.0
}

/// What happens in a call.
fn life(number: i64) -> Vec<Event> {
    let at = |after_ms: i64| s(begin_ms(number) + after_ms);
    let call = Call::new(&id(number), 1).created(at(0), CallType::CALL_TYPE_INBOUND).caller(at(0));
    let call = call.ivr(at(0), at(RINGS_MS), DIVERTED).telephone("a1", "D1", ALERTING, at(RINGS_MS));
    let call = call.is("a1", CONNECTED, at(TALKS_MS)).is("a1", HELD, at(HELD_MS)).is("a1", CONNECTED, at(BACK_MS));
    call.leaves("a1", RELEASED, at(ENDS_MS)).ends(at(ENDS_MS)).events
}

/// What the process that took over says is so, of one call.
fn at_switchover(number: i64) -> Vec<Event> {
    let age_ms = HOLE_MS.1 - begin_ms(number);
    let at = |after_ms: i64| s(begin_ms(number) + after_ms);
    if !(0..ENDS_MS).contains(&age_ms) {
        return Vec::new();
    }
    let call = Call::new(&id(number), 1).created(at(0), CallType::CALL_TYPE_INBOUND).caller(at(0));
    let call = match age_ms {
        ..RINGS_MS => call.joins("ivr", "I1", DnType::DN_TYPE_IVR_PORT, CONNECTED, at(0)),
        RINGS_MS..TALKS_MS => call.telephone("a1", "D1", ALERTING, at(RINGS_MS)),
        TALKS_MS..HELD_MS => call.telephone("a1", "D1", CONNECTED, at(TALKS_MS)),
        HELD_MS..BACK_MS => call.telephone("a1", "D1", HELD, at(HELD_MS)),
        _ => call.telephone("a1", "D1", CONNECTED, at(BACK_MS)),
    };
    call.events
}

fn is_unheard(at_ms: i64) -> bool {
    (HOLE_MS.0..HOLE_MS.1).contains(&at_ms)
}

/// All that was heard, each event under the number that its source gave it, and what the collector knows of it.
fn heard() -> Vec<Stored> {
    let mut all: Vec<Event> = (0..CALLS_COUNT).flat_map(life).collect();
    all.sort_by_key(|event| event.time_us);
    let (before, after): (Vec<Event>, Vec<Event>) = all.into_iter().partition(|e| e.time_us < us(s(HOLE_MS.1)));
    let last = before.partition_point(|e| e.time_us < us(s(HOLE_MS.0))) as u64;
    let number = |events: Vec<Event>, epoch_s: i64| -> Vec<Event> {
        events.iter().zip(1..).map(|(event, seq)| told_in(epoch_s, seq, event)).collect()
    };
    let (switchover_s, count) = (HOLE_MS.1 / 1_000, after.len() as u64);
    let entities: Vec<Event> = (0..CALLS_COUNT).flat_map(at_switchover).collect();
    let said = snapshot(CALLS, (switchover_s, 0), s(HOLE_MS.1), &entities, (true, &[]));
    let told = number(before, 0).into_iter().take(last as usize).chain([said]).chain(number(after, switchover_s));
    let log = Listening::to(CALLS, "log", "", "");
    let first = log.covers(900_001, 0, (0, last), (0.0, s(HOLE_MS.0)));
    let second = log.covers(900_002, switchover_s, (0, count), (s(HOLE_MS.1), 1_000.0));
    told.map(|event| stored(&event)).chain([log.connects(900_000), first, second]).collect()
}

/// Start, end and completeness.
type Span = (i64, i64, &'static str);

/// What must come of the call, of its IVR and of its telephone; of the last also ringing, talk and hold in seconds.
fn expected(number: i64) -> (Span, Span, Span, [i32; 3]) {
    let begin_ms = begin_ms(number);
    let at = |after_ms: i64| begin_ms + after_ms;
    let touches_hole = at(0) < HOLE_MS.1 && at(ENDS_MS) >= HOLE_MS.0;
    let told = if touches_hole { "events-lost" } else { "whole" };
    // An end that nobody heard is taken for the begin of the hole.
    let ending = |end_ms: i64| if is_unheard(end_ms) { (HOLE_MS.0, "end-estimated") } else { (end_ms, told) };
    let ((end_ms, ended), (ivr_end_ms, ivr_ended)) = (ending(at(ENDS_MS)), ending(at(RINGS_MS)));
    let seconds = |from_ms: i64, to_ms: i64| (to_ms.div_euclid(1_000) - from_ms.div_euclid(1_000)) as i32;
    let talk_s = seconds(at(TALKS_MS), at(HELD_MS)) + seconds(at(BACK_MS), end_ms);
    let lengths = [seconds(at(RINGS_MS), at(TALKS_MS)), talk_s, seconds(at(HELD_MS), at(BACK_MS))];
    ((begin_ms, end_ms, ended), (begin_ms, ivr_end_ms, ivr_ended), (at(RINGS_MS), end_ms, ended), lengths)
}

#[test]
fn of_a_thousand_calls_each_is_counted_once_and_only_those_that_the_hole_touched_are_marked() {
    let rows = rows_of(&known(heard()));
    assert_eq!(rows.interaction_fact.len() as i64, CALLS_COUNT);
    assert_eq!(rows.interaction_resource_fact.len() as i64, 2 * CALLS_COUNT);
    assert!(rows.open_interaction.is_empty() && rows.ctl_reject.is_empty());
    let after_ms = |at_ms: i64| at_ms - us(0.0) / 1_000;
    let calls: BTreeMap<_, _> = rows.interaction_fact.iter().map(|r| (&*r.media_server_root_ixn_guid, r)).collect();
    let attempts: BTreeMap<_, _> = rows.interaction_resource_fact.iter().map(|r| (&*r.partyguid, r)).collect();
    for number in 0..CALLS_COUNT {
        let call = calls[&*id(number)];
        let [ivr, telephone] = ["ivr", "a1"].map(|who| attempts[&*format!("{}-{who}", id(number))]);
        let attempt = |r: &InteractionResourceFact| (after_ms(r.start_ms), after_ms(r.end_ms), r.completeness.clone());
        let span = |(from_ms, to_ms, completeness): Span| (from_ms, to_ms, completeness.to_owned());
        let (of_call, of_ivr, of_telephone, lengths) = expected(number);
        let found = (after_ms(call.start_ms), after_ms(call.end_ms), call.completeness.clone());
        assert_eq!((found, attempt(ivr)), (span(of_call), span(of_ivr)), "call {number}");
        assert_eq!(attempt(telephone), span(of_telephone), "telephone of call {number}");
        let found = [telephone.ring_duration, telephone.talk_duration, telephone.hold_duration];
        assert_eq!(found, lengths, "telephone of call {number}");
    }
}
