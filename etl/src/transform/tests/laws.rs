//! Laws that hold for every set of events: order, repetition and batching change nothing, time is conserved, nothing panics.
//!
//! Each test prints the case that fails; proptest repeats it.

use std::collections::{BTreeMap, BTreeSet};

use callmart_schema::event::{
    AgentLogin, AgentLogout, AgentNotReady, AgentReady, Body, CallCreated, CallDeleted, DnCall, Event, PartyAdded,
    PartyDeleted, PartyMoved, PartyStateChanged, UserDataChanged, VirtualQueueEnded, VirtualQueueQueued,
};
use proptest::prelude::*;

use super::build::*;
pub(crate) use super::mixes::a_log;
use super::mixes::{a_call, a_consultation, a_mix_twice, a_mix_with_needless_snapshots, a_session};
use super::*;
use crate::horizon::Horizon;
use crate::knowledge::{Mart, Taken};
use crate::recall::Recall;
use crate::transform::Dimensions;
use crate::unit::UnitKind;

/// The rows of every unit, GIDB tables among them.
fn all_rows(knowledge: &Knowledge) -> Rows {
    rows_by(knowledge, &settings())
}

/// Finds out the after-call work of sessions that changed, before the calls that it belongs to are folded.
fn find_wraps(knowledge: &mut Knowledge) {
    let settings = settings();
    for key in knowledge.unwrapped() {
        let unit = knowledge.unit(key).expect("a session is known");
        let found = crate::transform::wraps(&unit.unit, &unit.events, context(knowledge, &settings));
        knowledge.wrap(key, found);
    }
}

/// Makes all sessions whole from the archive, and what a mart knows of their after-call work known.
fn recall_sessions(knowledge: &mut Knowledge, archive: &[Stored]) {
    let sessions: BTreeSet<&crate::unit::Unit> =
        archive.iter().map(|e| &e.unit).filter(|unit| unit.kind() == UnitKind::Session).collect();
    for unit in sessions {
        let key = knowledge.login_session(unit.id());
        knowledge.give(key, archive.iter().filter(|e| e.unit_key == key).cloned().collect());
        let (unit, settings) = (knowledge.unit(key).expect("it is known"), settings());
        let found = crate::transform::wraps(&unit.unit, &unit.events, context(knowledge, &settings));
        knowledge.remember_wraps(key, found);
    }
}

/// Folds what waits, as a mart does: at most `limit` units at a time, and keeps the rows by unit.
fn load(knowledge: &mut Knowledge, kept: &mut BTreeMap<i64, Rows>, limit: usize) {
    let settings = settings();
    find_wraps(knowledge);
    for (key, _) in knowledge.next_dirty(Mart::Parquet, limit) {
        let context = context(knowledge, &settings);
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
        prop_assert_eq!(all_rows(&once), all_rows(&again));
        prop_assert_eq!(once.coverage.rows(), again.coverage.rows());
    }

    #[test]
    fn snapshots_of_sources_that_lost_nothing_change_no_row((without, with) in a_mix_with_needless_snapshots()) {
        prop_assert_eq!(all_rows(&known(with)), all_rows(&known(without)));
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
        let all = all_rows(&known(mix));
        prop_assert_eq!(together(kept), Rows { dimensions: Dimensions::default(), ..all });
    }

    #[test]
    fn a_mart_that_lags_after_a_crash_catches_up((_, shuffled) in a_mix_twice(), loaded in any::<prop::sample::Index>()) {
        let mut texts = crate::stored::Texts::default();
        let pieces = |event: Stored| crate::decisions::pieces(&mut texts, &Horizon::default(), event);
        let mut log: Vec<Stored> = shuffled.into_iter().flat_map(pieces).collect();
        log.iter_mut().zip(0..).for_each(|(event, offset)| event.place = super::build::place(offset));
        let loaded = loaded.index(log.len());
        let (mut knowledge, mut kept, mut archive) = (known([]), BTreeMap::new(), Vec::new());
        for (offset, event) in log.iter().enumerate() {
            if offset == loaded {
                load(&mut knowledge, &mut kept, usize::MAX);
            }
            archive.extend((knowledge.take(event.clone()).expect("no archive") != Taken::Repeat).then(|| event.clone()));
        }
        let all = all_rows(&knowledge);
        // The archive is read in its own order, not in the log's.
        archive.sort();
        let mut again = Knowledge::new(settings(), &MARTS);
        let position = callmart_schema::manifest::LogPlace { segment: 0, offset: loaded as u64 };
        let positions = if loaded == 0 { BTreeMap::new() } else { BTreeMap::from([("log".to_owned(), position)]) };
        let mut recall = Recall::new(&mut again, [(Mart::Parquet, positions)]);
        archive.iter().for_each(|event| recall.event(event));
        recall.finish();
        recall_sessions(&mut again, &archive);
        find_wraps(&mut again);
        let is_missing = |again: &Knowledge, unit| again.unit(unit).is_some_and(|u| !u.is_whole);
        let dirty = again.next_dirty(Mart::Parquet, usize::MAX);
        again.not_loaded(Mart::Parquet);
        for (unit, _) in dirty {
            if !is_missing(&again, unit) {
                continue;
            }
            again.give(unit, archive.iter().filter(|e| e.unit.key() == unit).cloned().collect());
        }
        load(&mut again, &mut kept, usize::MAX);
        prop_assert_eq!(together(kept), Rows { dimensions: Dimensions::default(), ..all });
        prop_assert_eq!(again.coverage.rows(), knowledge.coverage.rows());
        prop_assert_eq!(again.overruled, knowledge.overruled);
    }

    #[test]
    fn time_is_conserved_on_every_row(calls in (a_call(1), a_consultation(2))) {
        // Nobody waits between the steps of these calls, so the pieces of an attempt fill it.
        for row in rows([calls.0, calls.1].concat()).interaction_resource_fact {
            let spent = row.end_ts - row.start_ts;
            prop_assert_eq!(i64::from(row.mediation_duration) + in_families(&row), spent, "{:?}", row);
            prop_assert!(shared(&row) <= in_families(&row) - in_consultations(&row), "{:?}", row);
            let is_pair = |(count, duration): (i32, i32)| count > 0 || duration == 0;
            prop_assert!(is_pair((row.conf_init_talk_count, row.conf_init_talk_duration)));
            prop_assert!(is_pair((row.post_cons_xfer_talk_count, row.post_cons_xfer_talk_duration)));
        }
    }

    #[test]
    fn states_of_an_attempt_fill_it_one_after_the_other(call in a_consultation(1)) {
        let rows = rows(call);
        for row in &rows.interaction_resource_fact {
            let of_attempt = rows.ixn_resource_state_fact.iter();
            let of_attempt = of_attempt.filter(|s| s.interaction_resource_id == row.interaction_resource_id);
            let mut states: Vec<_> = of_attempt.map(|s| (s.start_ms, s.end_ms)).collect();
            states.sort_unstable();
            prop_assert_eq!((states[0].0, states[states.len() - 1].1), (row.start_ms, row.end_ms));
            prop_assert!(states.windows(2).all(|pair| pair[0].1 == pair[1].0), "{:?}", states);
        }
    }

    #[test]
    fn states_of_an_agent_tile_the_session(session in a_session(1)) {
        let rows = rows(session);
        let mut states: Vec<_> = rows.sm_res_state_fact.iter().collect();
        states.sort_by_key(|s| (s.start_ms, s.end_ms));
        prop_assert!(states.windows(2).all(|pair| pair[0].end_ms == pair[1].start_ms));
        for state in &states {
            prop_assert_eq!(i64::from(state.total_duration), state.end_ts - state.start_ts);
        }
        let seconds: i32 = states.iter().map(|s| s.total_duration).sum();
        if let [session] = &rows.sm_res_session_fact[..] {
            let ends = states.first().zip(states.last()).map(|(first, last)| (first.start_ms, last.end_ms));
            prop_assert_eq!(ends.unwrap_or((session.start_ms, session.end_ms)), (session.start_ms, session.end_ms));
            prop_assert_eq!(seconds, session.total_duration);
        }
        if let [now] = &rows.open_agent[..] {
            let ended_ms = states.last().map_or(now.login_ms, |s| s.end_ms);
            prop_assert_eq!(now.state_since_ms, ended_ms);
        }
        for reason in &rows.sm_res_state_reason_fact {
            let state = states.iter().find(|s| s.sm_res_state_fact_key == reason.sm_res_state_fact_key);
            let is_inside = |s: &&&callmart_schema::catalogue::SmResStateFact| {
                s.start_ms <= reason.start_ms && reason.end_ms <= s.end_ms
            };
            prop_assert!(state.filter(is_inside).is_some());
        }
    }

    #[test]
    fn every_entry_into_a_queue_has_one_end(call in a_call(1)) {
        let queued = |kind: &str| call.iter().filter(|e| stored(e).kind.starts_with(kind)).count();
        let (entries, ends) = (queued("virtual_queue_queued"), queued("call_deleted"));
        prop_assert_eq!(rows(call).mediation_segment_fact.len(), if ends == 1 { entries } else { 0 });
    }
}

/// Seconds in all families together.
fn in_families(row: &InteractionResourceFact) -> i64 {
    let plain = [row.dial_duration, row.ring_duration, row.talk_duration, row.hold_duration];
    let transferred =
        [row.post_cons_xfer_ring_duration, row.post_cons_xfer_talk_duration, row.post_cons_xfer_hold_duration];
    let made = [row.conf_init_talk_duration, row.conf_init_hold_duration];
    let joined = [row.conf_join_ring_duration, row.conf_join_talk_duration, row.conf_join_hold_duration];
    let all = plain.iter().chain(&transferred).chain(&made).chain(&joined);
    all.map(|s| i64::from(*s)).sum::<i64>() + in_consultations(row)
}

fn in_consultations(row: &InteractionResourceFact) -> i64 {
    let asked = [row.cons_init_dial_duration, row.cons_init_talk_duration, row.cons_init_hold_duration];
    let consulted = [row.cons_rcv_ring_duration, row.cons_rcv_talk_duration, row.cons_rcv_hold_duration];
    asked.iter().chain(&consulted).map(|s| i64::from(*s)).sum()
}

/// Seconds shared with the customer.
fn shared(row: &InteractionResourceFact) -> i64 {
    let all = [
        row.customer_dial_duration,
        row.customer_ring_duration,
        row.customer_talk_duration,
        row.customer_hold_duration,
    ];
    all.iter().map(|s| i64::from(*s)).sum()
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
        (ids(), number(), number(), number(), ids()).prop_map(
            |((call, root_call, party, dn), a, b, c, (agent, other, ..))| {
                let (dn_type, role, state, parent_party) = (a.into(), b.into(), c.into(), other);
                let added =
                    PartyAdded { call, root_call, party, dn, dn_type, role, state, agent, ..PartyAdded::default() };
                PartyAdded { parent_party, ..added }.into()
            }
        ),
        (ids(), number()).prop_map(|((call, root_call, party, dn), state)| {
            PartyStateChanged { call, root_call, party, dn, state: state.into(), ..PartyStateChanged::default() }.into()
        }),
        (ids(), ids()).prop_map(|((call, root_call, party, new_call), (new_party, moved_by, ..))| {
            PartyMoved { call, root_call, party, new_call, new_party, moved_by, ..PartyMoved::default() }.into()
        }),
        (ids(), number()).prop_map(|((call, root_call, original_call, ani), call_type)| {
            let call_type = call_type.into();
            CallCreated { call, root_call, original_call, ani, call_type, ..CallCreated::default() }.into()
        }),
        (ids(), ids(), number()).prop_map(|((dn, call, root_call, session), (agent, ..), state)| {
            DnCall { dn, call, root_call, session, agent, state: state.into(), ..DnCall::default() }.into()
        }),
        (ids(), number()).prop_map(|((dn, agent, session, key), work_mode)| {
            let (work_mode, reasons) = (work_mode.into(), vec![because(&key, "x")]);
            AgentNotReady { dn, agent, session, work_mode, reasons, ..AgentNotReady::default() }.into()
        }),
        ids().prop_map(|(dn, agent, session, _)| AgentReady { dn, agent, session, ..AgentReady::default() }.into()),
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

pub(super) fn garbage() -> impl Strategy<Value = Vec<Event>> {
    let one = (body(), time(), prop_oneof![1_u64..40, Just(u64::MAX)], any::<bool>());
    prop::collection::vec(one, 0..60).prop_map(|all| {
        let event = |(body, time_us, seq, is_call): (Body, i64, u64, bool)| {
            event(if is_call { CALLS } else { AGENTS }, seq, time_us, body)
        };
        all.into_iter().map(event).collect()
    })
}

/// Every count and duration of the rows.
fn all_durations(rows: &Rows) -> Vec<i64> {
    let mut all = Vec::new();
    for (table, batch) in rows.fact_batches() {
        let is_measure =
            |name: &str| name.ends_with("_count") || name.ends_with("_duration") || name == "response_time";
        for row in 0..batch.num_rows() {
            let values = table.columns.iter().zip(cells(&batch, row)).filter(|(c, _)| is_measure(c.name));
            all.extend(values.map(|(_, value)| if let Value::Int(number) = value { number } else { -1 }));
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_events_make_the_transform_panic_or_time_run_backwards(events in garbage()) {
        let all: Vec<Stored> = events.iter().map(stored).collect();
        let rows = all_rows(&known(all.iter().cloned()));
        prop_assert!(all_durations(&rows).iter().all(|d| *d >= 0));
        prop_assert!(rows.interaction_fact.iter().all(|r| r.end_ms >= r.start_ms));
        let backwards = all_rows(&known(all.into_iter().rev()));
        prop_assert_eq!(rows, backwards);
    }

    #[test]
    fn no_events_make_two_facts_of_one_key(events in garbage()) {
        let rows = all_rows(&known(events.iter().map(stored)));
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
