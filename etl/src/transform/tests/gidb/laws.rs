//! Laws of the GIDB tables, for any calls, sessions, snapshots and losses: order and repetition change no row, every party's
//! history begins and ends, sequences have no holes, sums are those of the history, calls are those of the facts.
//!
//! That order, repetition and the moment of loading change no row is among the laws of all rows (`laws`).

use std::collections::BTreeMap;

use callmart_schema::catalogue::gidb::GPartyHistory;
use proptest::prelude::*;

use super::super::laws::garbage;
use super::super::mixes::{a_consultation, a_mix_twice, a_session};
use super::*;
use crate::transform::Rows;

fn rows_of(events: impl IntoIterator<Item = Stored>) -> Rows {
    rows_by(&known(events), &settings())
}

/// What must hold of any rows.
fn assert_laws(rows: &Rows) -> Result<(), TestCaseError> {
    let gidb = rows.gidb.as_deref().cloned().unwrap_or_default();
    let mut changes: BTreeMap<(i64, &str), Vec<i32>> = BTreeMap::new();
    for row in &gidb.g_call_history {
        changes.entry((row.unit_key, &row.callid)).or_default().push(row.cseq);
    }
    let mut parties: BTreeMap<(i64, &str, &str), Vec<_>> = BTreeMap::new();
    for row in &gidb.g_party_history {
        changes.entry((row.unit_key, &row.callid)).or_default().push(row.cseq);
        parties.entry((row.unit_key, &row.callid, &row.partyid)).or_default().push(row);
    }
    for (call, mut cseqs) in changes {
        cseqs.sort_unstable();
        prop_assert!(cseqs.iter().zip(1..).all(|(cseq, place)| *cseq == place), "{call:?}: {cseqs:?}");
    }
    for (party, history) in &mut parties {
        history.sort_by_key(|row| row.pseq);
        prop_assert!(history.iter().zip(1..).all(|(row, place)| row.pseq == place), "{party:?}");
        let kinds: Vec<i32> = history.iter().map(|row| row.changetype).collect();
        prop_assert_eq!((kinds.first(), kinds.last()), (Some(&1), Some(&2)), "{:?}", party);
        prop_assert!(kinds[1..kinds.len() - 1].iter().all(|kind| *kind == 3), "{party:?}: {kinds:?}");
        let follows = |pair: &[&GPartyHistory]| {
            let goes_on = pair[0].state == pair[1].prevstate && pair[1].prevsenter == Some(pair[0].added);
            goes_on && pair[0].added <= pair[1].added && pair[0].cseq < pair[1].cseq
        };
        prop_assert!(history.windows(2).all(follows), "{:?}", history);
    }
    for row in &gidb.g_party_stat {
        let history = &parties[&(row.unit_key, row.callid.as_str(), row.partyid.as_str())];
        let spent = |state: i32| -> i64 {
            let of_state = history.windows(2).filter(|pair| pair[0].state == state);
            of_state.map(|pair| pair[1].added_ts - pair[0].added_ts).sum()
        };
        let told = [row.tt_initiated, row.tt_alerting, row.tt_connected, row.tt_hold, row.tt_queued];
        let capped = [1, 2, 3, 4, 5].map(|state| spent(state).clamp(0, i64::from(i32::MAX)));
        prop_assert_eq!(told.map(i64::from), capped);
    }
    prop_assert_eq!(gidb.g_party.len(), parties.len());
    prop_assert_eq!(gidb.g_party.len(), gidb.g_party_stat.len());
    Ok(())
}

/// What facts tell too is told alike.
fn assert_as_facts(rows: &Rows) -> Result<(), TestCaseError> {
    let gidb = rows.gidb.as_deref().cloned().unwrap_or_default();
    let root = |row: &&callmart_schema::catalogue::gidb::GCall| row.callid == row.rootirid;
    let mut roots: Vec<_> =
        gidb.g_call.iter().filter(root).map(|row| (row.callid.clone(), row.created, row.terminated)).collect();
    let mut facts: Vec<_> = rows
        .interaction_fact
        .iter()
        .map(|row| (row.media_server_root_ixn_guid.clone(), row.start_ms, row.end_ms))
        .collect();
    roots.sort();
    facts.sort();
    prop_assert_eq!(roots, facts);
    for fact in &rows.interaction_resource_fact {
        let is_its = |row: &&callmart_schema::catalogue::gidb::GParty| {
            row.unit_key == fact.unit_key && row.partyguid == fact.partyguid
        };
        let ended = gidb.g_party.iter().filter(is_its).map(|row| row.terminated).max();
        // By clocks that contradict each other a party may leave before the attempt's waiting began; the attempt ends then.
        prop_assert_eq!(ended.map(|ms| ms.max(fact.start_ms)), Some(fact.end_ms), "{:?}", fact.partyguid);
    }
    for fact in &rows.mediation_segment_fact {
        let passes = || gidb.g_virtual_queue.iter().filter(|row| row.vqid == fact.mediation_guid);
        let is_acd = gidb.g_party.iter().any(|row| row.partyguid == fact.mediation_guid);
        let is_told = passes().any(|row| (row.created, row.terminated) == (fact.start_ms, fact.end_ms));
        prop_assert!(is_acd || is_told, "{:?}", fact.mediation_guid);
    }
    for fact in &rows.sm_res_session_fact {
        let session = gidb.g_login_session.iter().find(|row| row.loginsessionid == fact.session_guid);
        let told = session.map(|row| (row.created, row.terminated));
        prop_assert_eq!(told, Some((fact.start_ms, Some(fact.end_ms))));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn histories_are_whole_and_sums_are_theirs((mix, _) in a_mix_twice()) {
        let rows = rows_of(mix);
        assert_laws(&rows)?;
        assert_as_facts(&rows)?;
    }

    #[test]
    fn histories_of_consultations_are_whole(call in a_consultation(1)) {
        let rows = rows_of(call.iter().map(super::super::build::stored));
        assert_laws(&rows)?;
        assert_as_facts(&rows)?;
    }

    #[test]
    fn the_states_that_an_agent_enters_are_those_of_the_facts(session in a_session(1)) {
        let rows = rows_of(session.iter().map(super::super::build::stored));
        let gidb = rows.gidb.as_deref().cloned().unwrap_or_default();
        let mut history: Vec<_> = gidb.g_agent_state_history.iter().collect();
        history.sort_by_key(|row| row.seq);
        prop_assert!(history.iter().zip(1..).all(|(row, seq)| row.seq == seq));
        prop_assert!(history.windows(2).all(|w| w[0].state == w[1].prevstate && w[0].added <= w[1].added));
        prop_assert_eq!(history.first().map(|row| row.prevstate), history.first().map(|_| 0));
        for stat in &gidb.gs_agent_stat {
            let told = [stat.tt_null, stat.tt_login, stat.tt_notready, stat.tt_ready, stat.tt_acw, stat.tt_busy];
            let facts: i32 = rows.sm_res_state_fact.iter().map(|row| row.total_duration).sum();
            prop_assert_eq!(told.iter().sum::<i32>(), facts);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_events_break_the_laws_of_histories(events in garbage()) {
        assert_laws(&rows_of(events.iter().map(super::super::build::stored)))?;
    }
}
