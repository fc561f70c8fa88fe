//! Laws that hold for every set of events: order, repetition and batching change nothing, time is conserved, nothing panics.
//!
//! Each test prints the case that fails; proptest repeats it.

use std::collections::{BTreeMap, BTreeSet};

use callmart_schema::event::{
    AgentLogin, AgentLogout, Body, CallDeleted, CallType, Event, PartyAdded, PartyDeleted, PartyStateChanged,
    UserDataChanged, VirtualQueueEnd, VirtualQueueEnded, VirtualQueueQueued,
};
use proptest::prelude::*;

use super::build::*;
use super::*;
use crate::knowledge::{Mart, Taken};
use crate::recall::Recall;
use crate::transform::Dimensions;

const DNS: [&str; 3] = ["D1", "D2", "D3"];
const SECONDS: std::ops::Range<f64> = 0.0..200.0;

/// A call from outside: `wait` on a routing point, then attempts on DNs, each with its ringing and talking time.
fn a_call(number: u64) -> impl Strategy<Value = Vec<Event>> {
    let attempt = (0..DNS.len(), 0.0..9.0, prop::option::of(0.0..30.0), any::<bool>());
    (SECONDS, prop::option::of(0.0..20.0), prop::collection::vec(attempt, 0..3), any::<bool>()).prop_map(
        move |(start, wait, attempts, ends)| {
            let id = format!("c{number}");
            let mut at = start;
            let mut call = Call::new(&id, number * 100 + 1).created(at, CallType::CALL_TYPE_INBOUND).caller(at);
            call = call.ivr(at, at + 2.5, DIVERTED);
            at += 2.5;
            for (place, (dn, ring, talk, has_dn)) in attempts.into_iter().enumerate() {
                if let Some(wait) = wait {
                    call = call.routing_point(&format!("rp{place}"), at, at + wait, DIVERTED).virtual_queue(
                        &format!("{id}-v{place}"),
                        "VQ1",
                        (at, at + wait),
                        VirtualQueueEnd::VIRTUAL_QUEUE_END_DIVERTED,
                        if has_dn { DNS[dn] } else { "" },
                    );
                    at += wait;
                }
                let who = format!("a{place}");
                call = call.telephone(&who, DNS[dn], ALERTING, at).sets("CustomerID", &who, at);
                at += ring;
                call = match talk {
                    Some(talk) => {
                        call = call.is(&who, CONNECTED, at).is(&who, HELD, at + talk / 2.0);
                        at += talk;
                        call.leaves(&who, RELEASED, at)
                    }
                    None => call.leaves(&who, REDIRECTED, at),
                };
            }
            if ends { call.ends(at).events } else { call.events }
        },
    )
}

/// A login session on one of the DNs, which may lack its login or logout.
fn a_session(number: u64) -> impl Strategy<Value = Vec<Event>> {
    (0..DNS.len(), 0..3_u8, SECONDS, prop::option::of(SECONDS), any::<bool>()).prop_map(
        move |(dn, agent, from, to, has_login)| {
            let (session, agent) = (format!("s{number}"), format!("A{agent}"));
            let logged_in = has_login.then(|| login(number * 10 + 1, &session, DNS[dn], &agent, from));
            let logged_out = to.map(|to| logout(number * 10 + 2, &session, DNS[dn], &agent, to));
            logged_in.into_iter().chain(logged_out).collect()
        },
    )
}

/// A mix of calls, sessions, copies that differ, coverage and unreadable input.
fn a_mix() -> impl Strategy<Value = Vec<Stored>> {
    let calls = (a_call(1), a_call(2), a_call(3)).prop_map(|(a, b, c)| [a, b, c].concat());
    let sessions =
        (a_session(1), a_session(2), a_session(3), a_session(4)).prop_map(|(a, b, c, d)| [a, b, c, d].concat());
    let conflicts = prop::collection::vec((any::<prop::sample::Index>(), -20_i64..20), 0..3);
    let covers = prop::collection::vec((SECONDS, 0.0..150.0), 0..4);
    (calls, sessions, conflicts, covers, any::<bool>()).prop_map(|(calls, sessions, conflicts, stretches, is_heard)| {
        let mut events = [calls, sessions].concat();
        for (index, shift_s) in conflicts {
            let mut other = index.get(&events).clone();
            other.time_us += shift_s * 1_000_000;
            events.push(other);
        }
        events.push(unreadable(900, "bad-row", b"x"));
        let mut all: Vec<Stored> = events.iter().map(stored).collect();
        // Whatever place an event had: copies of one event have the same.
        for (place, event) in all.iter_mut().enumerate() {
            event.place = super::build::place(place as u64);
        }
        let offset = 1_000;
        all.extend(is_heard.then(|| connect(offset)));
        all.extend(stretches.iter().zip(1..).map(|((from, len), n)| covers_at(offset + n, *from, from + len)));
        all
    })
}

fn covers_at(offset: u64, from: f64, to: f64) -> Stored {
    covers(offset, from, to)
}

/// A mix, and the same events in another order with repetitions. Often one side is late as a whole: the calls, the agents,
/// or only the logouts, so that what was folded before has to change.
fn a_mix_twice() -> impl Strategy<Value = (Vec<Stored>, Vec<Stored>)> {
    let mixes = a_mix().prop_flat_map(|mix| {
        let doubled: Vec<Stored> = mix.iter().chain(&mix).cloned().collect();
        (Just(mix), Just(doubled).prop_shuffle())
    });
    (mixes, 0..5_u8).prop_map(|((mix, mut shuffled), late)| {
        shuffled.sort_by_key(|event| match late {
            0 => &*event.identity.source == CALLS,
            1 => &*event.identity.source == AGENTS,
            2 => &*event.kind == "agent_logout",
            3 => event.is_session(),
            _ => false,
        });
        (mix, shuffled)
    })
}

/// The events of a log: a mix in some order, with repetitions.
pub(crate) fn a_log() -> impl Strategy<Value = Vec<Stored>> {
    a_mix_twice().prop_map(|(_, log)| log)
}

/// Folds what waits, as a mart does: at most `limit` units at a time, and keeps the rows by unit.
fn load(knowledge: &mut Knowledge, kept: &mut BTreeMap<i64, Rows>, limit: usize) {
    let settings = TransformSettings::default();
    for (key, _) in knowledge.next_dirty(Mart::Parquet, limit) {
        let context = Context {
            timelines: &knowledge.timelines,
            coverage: &knowledge.coverage,
            overruled: &knowledge.overruled,
            wraps: &knowledge.wraps,
            settings: &settings,
        };
        let unit = knowledge.unit(key).expect("a dirty unit is known");
        kept.insert(key, sorted(fold(&unit.unit, &unit.events, context)));
        knowledge.loaded(Mart::Parquet, [key]);
    }
}

/// The rows of all units, without dimensions: a mart may keep some that nothing refers to any more.
fn together(kept: BTreeMap<i64, Rows>) -> Rows {
    let mut all = Rows::default();
    kept.into_values().for_each(|rows| all.extend(rows));
    Rows { dimensions: Dimensions::default(), ..sorted(all) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn order_and_repetition_change_no_row((mix, shuffled) in a_mix_twice()) {
        let (once, again) = (known(mix), known(shuffled));
        prop_assert_eq!(rows_of(&once), rows_of(&again));
        prop_assert_eq!(once.coverage.rows(), again.coverage.rows());
    }

    #[test]
    fn loading_at_any_moment_ends_in_the_same_rows(
        (mix, shuffled) in a_mix_twice(),
        every in 1_usize..20,
        limit in 1_usize..4,
    ) {
        let (mut knowledge, mut kept) = (known([]), BTreeMap::new());
        for (place, event) in shuffled.into_iter().enumerate() {
            knowledge.take(event).expect("an archive without days needs no reading");
            if place % every == 0 {
                load(&mut knowledge, &mut kept, limit);
            }
        }
        load(&mut knowledge, &mut kept, usize::MAX);
        let all = rows_of(&known(mix));
        prop_assert_eq!(together(kept), Rows { dimensions: Dimensions::default(), ..all });
    }

    #[test]
    fn a_mart_that_lags_after_a_crash_catches_up((_, shuffled) in a_mix_twice(), loaded in any::<prop::sample::Index>()) {
        let mut log = shuffled;
        log.iter_mut().zip(0..).for_each(|(event, offset)| event.place = super::build::place(offset));
        let loaded = loaded.index(log.len());
        let (mut knowledge, mut kept, mut archive) = (known([]), BTreeMap::new(), Vec::new());
        for (offset, event) in log.iter().enumerate() {
            if offset == loaded {
                load(&mut knowledge, &mut kept, usize::MAX);
            }
            archive.extend((knowledge.take(event.clone()).expect("no archive") != Taken::Repeat).then(|| event.clone()));
        }
        let all = rows_of(&knowledge);
        // The archive is read in its own order, not in the log's.
        archive.sort();
        let mut again = Knowledge::new(TransformSettings::default(), &MARTS);
        let position = callmart_schema::manifest::LogPlace { segment: 0, offset: loaded as u64 };
        let positions = if loaded == 0 { BTreeMap::new() } else { BTreeMap::from([("log".to_owned(), position)]) };
        let mut recall = Recall::new(&mut again, [(Mart::Parquet, positions)]);
        archive.iter().for_each(|event| recall.event(event));
        recall.finish();
        let dirty = again.next_dirty(Mart::Parquet, usize::MAX);
        again.not_loaded(Mart::Parquet);
        for (unit, _) in dirty {
            again.give(unit, archive.iter().filter(|e| e.unit.key() == unit).cloned().collect());
        }
        load(&mut again, &mut kept, usize::MAX);
        prop_assert_eq!(together(kept), Rows { dimensions: Dimensions::default(), ..all });
        prop_assert_eq!(again.coverage.rows(), knowledge.coverage.rows());
        prop_assert_eq!(again.overruled, knowledge.overruled);
    }

    #[test]
    fn time_is_conserved_on_every_row(call in a_call(1)) {
        // Nobody waits between the steps of these calls, so the pieces of an attempt fill it.
        for row in rows(call).interaction_resource_fact {
            let in_states = row.dial_duration + row.ring_duration + row.talk_duration + row.hold_duration;
            let spent = row.end_ts - row.start_ts;
            prop_assert_eq!(i64::from(row.mediation_duration + in_states), spent, "{:?}", row);
            prop_assert!(row.customer_talk_duration <= row.talk_duration);
            prop_assert!(row.customer_ring_duration <= row.ring_duration);
            prop_assert!(row.customer_hold_duration <= row.hold_duration);
        }
    }
}

/// A text that may be missing, shared or odd.
fn text() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", "c1", "c2", "D1", "p", "q", "\0", "ü"]).prop_map(str::to_owned)
}

fn time() -> impl Strategy<Value = i64> {
    prop_oneof![Just(i64::MIN), Just(i64::MAX), Just(0), Just(-1), any::<i64>(), T0_US..T0_US + 100_000_000]
}

/// Any body, its enumerations any number.
fn body() -> impl Strategy<Value = Body> {
    let ids = || (text(), text(), text(), text());
    let number = || -1_i32..12;
    prop_oneof![
        (ids(), number(), number(), number(), text()).prop_map(|((call, root_call, party, dn), a, b, c, agent)| {
            let (dn_type, role, state) = (a.into(), b.into(), c.into());
            PartyAdded { call, root_call, party, dn, dn_type, role, state, agent, ..PartyAdded::default() }.into()
        }),
        (ids(), number()).prop_map(|((call, root_call, party, dn), state)| {
            PartyStateChanged { call, root_call, party, dn, state: state.into(), ..PartyStateChanged::default() }.into()
        }),
        (ids(), number()).prop_map(|((call, root_call, party, dn), cause)| {
            PartyDeleted { call, root_call, party, dn, cause: cause.into(), ..PartyDeleted::default() }.into()
        }),
        ids().prop_map(|(call, root_call, released_by, merged_into)| {
            CallDeleted { call, root_call, released_by, merged_into, ..CallDeleted::default() }.into()
        }),
        ids().prop_map(|(call, root_call, virtual_queue_id, queue)| {
            VirtualQueueQueued { call, root_call, virtual_queue_id, queue, ..VirtualQueueQueued::default() }.into()
        }),
        (ids(), number(), text()).prop_map(|((call, root_call, virtual_queue_id, queue), cause, target_dn)| {
            let cause = cause.into();
            VirtualQueueEnded { call, root_call, virtual_queue_id, queue, cause, target_dn, ..Default::default() }
                .into()
        }),
        ids().prop_map(|(call, root_call, dn, key)| {
            UserDataChanged { call, root_call, dn, removed: vec![key], ..UserDataChanged::default() }.into()
        }),
        ids().prop_map(|(dn, agent, session, _)| AgentLogin { dn, agent, session, ..AgentLogin::default() }.into()),
        ids().prop_map(|(dn, agent, session, _)| AgentLogout { dn, agent, session, ..AgentLogout::default() }.into()),
    ]
}

fn garbage() -> impl Strategy<Value = Vec<Event>> {
    let one = (body(), time(), prop_oneof![1_u64..40, Just(u64::MAX)], any::<bool>());
    prop::collection::vec(one, 0..60).prop_map(|all| {
        let event = |(body, time_us, seq, is_call): (Body, i64, u64, bool)| {
            event(if is_call { CALLS } else { AGENTS }, seq, time_us, body)
        };
        all.into_iter().map(event).collect()
    })
}

/// Every duration of the rows.
fn all_durations(rows: &Rows) -> Vec<i32> {
    let attempts = rows.interaction_resource_fact.iter().flat_map(|r| {
        [
            r.queue_duration,
            r.routing_point_duration,
            r.mediation_duration,
            r.previous_mediation_duration,
            r.response_time,
            r.dial_duration,
            r.ring_duration,
            r.talk_duration,
            r.hold_duration,
            r.customer_dial_duration,
            r.customer_ring_duration,
            r.customer_talk_duration,
            r.customer_hold_duration,
        ]
    });
    let passages = rows.mediation_segment_fact.iter().map(|r| r.mediation_duration);
    let states = rows.ixn_resource_state_fact.iter().map(|r| r.total_duration);
    let sessions = rows.sm_res_session_fact.iter().map(|r| r.total_duration);
    attempts.chain(passages).chain(states).chain(sessions).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_events_make_the_transform_panic_or_time_run_backwards(events in garbage()) {
        let all: Vec<Stored> = events.iter().map(stored).collect();
        let rows = rows_of(&known(all.iter().cloned()));
        prop_assert!(all_durations(&rows).iter().all(|d| *d >= 0));
        prop_assert!(rows.interaction_fact.iter().all(|r| r.end_ms >= r.start_ms));
        let backwards = rows_of(&known(all.into_iter().rev()));
        prop_assert_eq!(rows, backwards);
    }

    #[test]
    fn no_events_make_two_facts_of_one_key(events in garbage()) {
        let rows = rows_of(&known(events.iter().map(stored)));
        for (table, batch) in rows.fact_batches() {
            let places: Vec<usize> = table.key.iter().filter_map(|k| table.position(k)).collect();
            let mut keys = BTreeSet::new();
            for row in 0..batch.num_rows() {
                let cells = callmart_schema::catalogue::cells(&batch, row);
                let key: Vec<_> = places.iter().map(|p| cells[*p].clone()).collect();
                prop_assert!(keys.insert(key), "two rows of {} have one key", table.name);
            }
        }
    }
}
