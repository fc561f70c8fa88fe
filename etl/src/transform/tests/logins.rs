//! Whose a call is, and what login sessions come to; and what becomes of events that do not count.

use callmart_schema::event::DnType;

use super::build::*;
use super::*;
use crate::knowledge::Taken;

/// A call delivered on D1 at 50 that ends at 60.
fn call() -> Vec<Event> {
    Call::inbound("c1").telephone("a1", "D1", ALERTING, 50.0).leaves("a1", ABANDONED, 60.0).ends(60.0).events
}

/// Agent, kind of match, and distance in milliseconds.
fn agent_of(logins: &[Event]) -> (String, Option<i64>) {
    let rows = rows(call().into_iter().chain(logins.iter().cloned()));
    let attempt = irf(&rows, "c1-a1");
    let agents = ["A1", "A2", "A3"].into_iter().find(|a| agent_key(a) == attempt.resource_key);
    (agents.unwrap_or("nobody").to_owned(), attempt.agent_match_distance_ms)
}

fn found(agent: &str, distance_ms: i64) -> (String, Option<i64>) {
    (agent.to_owned(), Some(distance_ms))
}

#[test]
fn a_session_holds_both_its_ends() {
    let session = |from, to| agent_of(&[login(1, "s", "D1", "A1", from), logout(2, "s", "D1", "A1", to)]);
    assert_eq!(session(50.0, 70.0), found("A1", 0));
    assert_eq!(session(10.0, 50.0), found("A1", 0));
}

#[test]
fn of_two_sessions_that_hold_the_moment_the_latest_login_counts() {
    let logins = [login(1, "s1", "D1", "A1", 10.0), login(2, "s2", "D1", "A2", 20.0)];
    assert_eq!(agent_of(&logins), found("A2", 0));
}

#[test]
fn containment_comes_before_nearness() {
    let logins = [login(1, "s1", "D1", "A1", 10.0), login(2, "s2", "D1", "A2", 50.5)];
    assert_eq!(agent_of(&logins), found("A1", 0));
}

#[test]
fn the_nearest_session_within_the_tolerance_is_taken_and_its_distance_told() {
    let near = [login(1, "s1", "D1", "A1", 50.8), login(2, "s2", "D1", "A2", 40.0), logout(3, "s2", "D1", "A2", 49.7)];
    assert_eq!(agent_of(&near), found("A2", 300));
    assert_eq!(agent_of(&near[..1]), found("A1", 800));
    assert_eq!(agent_of(&[login(1, "s1", "D1", "A1", 51.0)]), found("A1", 1_000), "the tolerance itself is within");
    assert_eq!(agent_of(&[login(1, "s1", "D1", "A1", 51.001)]), ("nobody".to_owned(), None));
}

#[test]
fn a_later_logout_does_not_take_the_call_away_and_a_later_login_does_not_get_it() {
    let session = [login(1, "s1", "D1", "A1", 10.0), logout(2, "s1", "D1", "A1", 55.0)];
    assert_eq!(agent_of(&session), found("A1", 0));
    let after = [session[0].clone(), session[1].clone(), login(3, "s2", "D1", "A2", 56.0)];
    assert_eq!(agent_of(&after), found("A1", 0));
}

#[test]
fn a_session_on_another_dn_or_without_a_login_has_no_call() {
    assert_eq!(agent_of(&[login(1, "s", "D2", "A1", 10.0)]), ("nobody".to_owned(), None));
    assert_eq!(agent_of(&[logout(1, "s", "D1", "A1", 70.0)]), ("nobody".to_owned(), None));
}

#[test]
fn an_agent_is_provisional_until_the_agent_side_is_covered_at_the_delivery() {
    let events = || call().into_iter().chain([login(1, "s", "D1", "A1", 10.0)]);
    let heard = |records: Vec<Stored>| irf(&rows_with(events(), records), "c1-a1").agent_match.clone();
    assert_eq!(heard(vec![]).as_deref(), Some("provisional"));
    assert_eq!(heard(vec![connect(1), covers(2, 0.0, 50.0)]).as_deref(), Some("provisional"), "the end is open");
    assert_eq!(heard(vec![connect(1), covers(2, 0.0, 50.1)]).as_deref(), Some("final"));
}

#[test]
fn of_several_logins_the_earliest_counts_and_of_several_logouts_the_latest() {
    let events = [
        login(1, "s", "D1", "A1", 30.0),
        login(2, "s", "D1", "A1", 10.0),
        logout(3, "s", "D1", "A1", 40.0),
        logout(4, "s", "D1", "A1", 90.0),
        logout(5, "s", "D1", "A1", 60.0),
    ];
    let rows = rows(events);
    let [session] = &rows.sm_res_session_fact[..] else { panic!("one session") };
    assert_eq!((session.start_ms, session.end_ms), (us(10.0) / 1_000, us(90.0) / 1_000));
    assert_eq!((session.total_duration, session.session_guid.as_str()), (80, "s"));
    assert_eq!((session.resource_key, session.media_resource_key), (agent_key("A1"), dn_key("D1")));
}

#[test]
fn a_session_without_its_login_or_its_logout_is_in_no_fact() {
    assert!(rows([login(1, "s", "D1", "A1", 30.0)]).sm_res_session_fact.is_empty());
    assert!(rows([logout(1, "s", "D1", "A1", 30.0)]).sm_res_session_fact.is_empty());
}

#[test]
fn a_login_without_a_session_is_a_reject_and_gives_nobody_a_call() {
    let rows = rows(call().into_iter().chain([login(1, "", "D1", "A1", 0.0)]));
    assert_eq!(irf(&rows, "c1-a1").resource_key, dn_key("D1"));
    let [reject] = &rows.ctl_reject[..] else { panic!("one reject") };
    assert_eq!((reject.reason.as_str(), reject.identity.as_str()), ("missing-session", "n/TCport/1-p/1"));
}

#[test]
fn input_that_is_no_event_is_a_reject_with_its_bytes() {
    let rows = rows([unreadable(7, "bad-row", b"1;2;3")]);
    let [reject] = &rows.ctl_reject[..] else { panic!("one reject") };
    assert_eq!((reject.reason.as_str(), &reject.input[..]), ("bad-row", &b"1;2;3"[..]));
    let garbage = Stored::from_record(&mut Default::default(), "n/IPport", b"\xff\xff", place(3));
    let rows = rows_of(&known([garbage]));
    assert_eq!((rows.ctl_reject[0].reason.as_str(), &rows.ctl_reject[0].input[..]), ("not-protobuf", &b"\xff\xff"[..]));
}

/// Two copies of one identity, the one that counts first.
fn by_hash(a: Event, b: Event) -> (Event, Event) {
    if stored(&a).content_hash < stored(&b).content_hash { (a, b) } else { (b, a) }
}

#[test]
fn of_two_events_with_one_identity_the_smaller_hash_counts_whatever_came_first() {
    let (mut left, mut right) = (call(), call());
    let last = left.len() - 1;
    left[last].time_us = us(60.0);
    right[last].time_us = us(70.0);
    let (counts, other) = by_hash(left[last].clone(), right[last].clone());
    left[last] = counts.clone();
    for both in [[counts.clone(), other.clone()], [other.clone(), counts.clone()]] {
        let rows = rows(left[..last].iter().cloned().chain(both));
        assert_eq!(rows.interaction_fact[0].end_ms, counts.time_us / 1_000);
        let [reject] = &rows.ctl_reject[..] else { panic!("one reject") };
        assert_eq!(reject.reason, "identity-conflict");
        assert_eq!(reject.input, callmart_schema::event::canonical(&other));
    }
}

#[test]
fn copies_of_two_units_conflict_as_well_and_both_units_are_loaded_again() {
    let ended = |id: &str| {
        Call::new(id, 500).telephone("a", "D1", CONNECTED, 1.0).leaves("a", RELEASED, 2.0).deleted(2.0).events
    };
    let (one, two) = (ended("one"), ended("two"));
    let (counts, other) = by_hash(one[0].clone(), two[0].clone());
    for (first, second) in [(&counts, &other), (&other, &counts)] {
        let mut knowledge = known([stored(first)]);
        let all: Vec<i64> = knowledge.next_dirty(MARTS[0], 10).into_iter().map(|(unit, _)| unit).collect();
        knowledge.loaded(MARTS[0], all);
        assert_eq!(knowledge.take(stored(second)).ok(), Some(Taken::Conflict));
        assert_eq!(knowledge.next_dirty(MARTS[0], 10).len(), 2, "both units are loaded again");
        let rows = rows_of(&knowledge);
        assert_eq!(rows.ctl_reject.len(), 1);
        assert_eq!(rows.ctl_reject[0].unit_key, stored(&other).unit.key());
    }
}

#[test]
fn a_login_that_does_not_count_gives_nobody_a_call() {
    let (counts, other) = by_hash(login(1, "s1", "D1", "A1", 0.0), login(1, "s2", "D1", "A2", 1.0));
    let agent = if counts.time_us == us(0.0) { "A1" } else { "A2" };
    for both in [[counts.clone(), other.clone()], [other, counts]] {
        assert_eq!(agent_of(&both), found(agent, 0));
    }
}

#[test]
fn a_delivery_that_names_no_dn_is_still_found_by_a_later_login() {
    // Joined at 0 with its number, delivered at 50 by an event without one.
    let events = Call::inbound("c1").joins("a1", "D1", DnType::DN_TYPE_EXTENSION, DIALING, 0.0);
    let events = events.is("a1", ALERTING, 50.0).leaves("a1", ABANDONED, 60.0).ends(60.0).events;
    let mut knowledge = known(events.iter().map(stored));
    let call = knowledge.next_dirty(MARTS[1], 10);
    knowledge.loaded(MARTS[1], call.iter().map(|(unit, _)| *unit));
    knowledge.take(stored(&login(1, "s", "D1", "A1", 45.0))).expect("taken");
    let dirty: Vec<i64> = knowledge.next_dirty(MARTS[1], 10).into_iter().map(|(unit, _)| unit).collect();
    assert!(dirty.contains(&call[0].0), "the call has another agent now");
}

#[test]
fn of_two_types_of_one_dn_the_same_one_counts_in_every_order() {
    let known_as = |id: &str, seq: u64, dn_type| {
        Call::new(id, seq).joins("p", "X", dn_type, CONNECTED, 0.0).leaves("p", RELEASED, 1.0).deleted(1.0)
    };
    let plain = known_as("c1", 1, DnType::DN_TYPE_UNKNOWN);
    let routing_point = known_as("c2", 50, DnType::DN_TYPE_ROUTING_POINT);
    let (a, b) = (rows(plain.events), rows(routing_point.events));
    let (mut ab, mut ba) = (a.dimensions.clone(), b.dimensions.clone());
    ab.extend(&b.dimensions);
    ba.extend(&a.dimensions);
    assert_eq!(ab, ba);
    let mut only = b.dimensions.clone();
    only.extend(&b.dimensions);
    assert_eq!(ab, only, "what is known beats what is not");
}

#[test]
fn a_stop_releases_a_source_until_it_connects_again_in_whatever_order_the_archive_tells() {
    let stopped = |records: &[Stored]| {
        let rows = known(records.iter().cloned()).coverage.rows();
        rows.iter().map(|r| r.stopped_flag).collect::<Vec<_>>()
    };
    let (first, end, again) = (connect(1), stop(2, 10.0), connect(3));
    for order in [[&first, &end, &again], [&again, &first, &end], [&end, &again, &first]] {
        assert_eq!(stopped(&order.map(Clone::clone)), [0]);
    }
    assert_eq!(stopped(&[first.clone(), end.clone()]), [1]);
    assert_eq!(stopped(&[end, first]), [1]);
}

#[test]
fn of_heartbeats_that_the_archive_does_not_hold_yet_the_latest_is_kept() {
    let knowledge = known([heartbeat(1, 10.0), heartbeat(2, 50.0), heartbeat(3, 30.0)]);
    let kept: Vec<i64> = knowledge.unarchived().iter().map(|e| e.time_us).collect();
    assert_eq!(kept, [us(50.0)]);
}

#[test]
fn without_a_mart_nothing_waits_for_it() {
    let mut knowledge = Knowledge::new(TransformSettings::default(), &MARTS[1..]);
    for event in call() {
        knowledge.take(stored(&event)).expect("taken");
    }
    assert_eq!((knowledge.dirty_units(MARTS[0]), knowledge.dirty_units(MARTS[1])), (0, 1));
}
