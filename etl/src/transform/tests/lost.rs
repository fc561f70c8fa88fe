//! Sources that fail: switchovers with and without loss, gaps with snapshots, sources that were dead, two primaries at once.

use callmart_schema::event::{CallType, DnType, Event, VirtualQueueEnd};

use super::build::*;
use super::*;

/// Events told in the epoch that begins at 0 up to a switchover, and from there on in an epoch of their own; those that
/// nobody heard, from one second to another, are left out. Each is numbered as its source told it.
pub(super) fn told(events: &[Event], switchover_s: i64, unheard_s: (f64, f64)) -> Vec<Event> {
    let mut ordered: Vec<&Event> = events.iter().collect();
    ordered.sort_by_key(|e| e.time_us);
    let (mut numbers, mut told) = (BTreeMap::new(), Vec::new());
    for event in ordered {
        let epoch_s = if event.time_us < us(switchover_s as f64) { 0 } else { switchover_s };
        let number = numbers.entry((event.source.clone(), epoch_s)).or_insert(0);
        *number += 1;
        if !(us(unheard_s.0)..us(unheard_s.1)).contains(&event.time_us) {
            told.push(told_in(epoch_s, *number, event));
        }
    }
    told
}

/// A source is heard from 0 up to one second in its first epoch, and from another on in one that begins at a third.
pub(super) fn heard(source: &str, until_s: f64, switchover_s: i64, from_s: f64) -> Vec<Stored> {
    let log = Listening::to(source, source, "", "");
    let first = log.covers(901, 0, (0, 50), (0.0, until_s));
    vec![log.connects(900), first, log.covers(902, switchover_s, (0, 50), (from_s, 1_000.0))]
}

pub(super) const NOTHING: (f64, f64) = (0.0, 0.0);

/// The rows of what was told before and after a switchover, with what the source says is so then; the snapshot comes last.
pub(super) fn rows_after(source: &str, events: Vec<Event>, heard: Vec<Stored>, said: Event) -> Rows {
    let all = events.iter().map(stored).chain(heard).chain([stored(&said)]);
    let rows = rows_of(&known(all.clone()));
    let backwards: Vec<Stored> = all.collect();
    assert_eq!(rows_of(&known(backwards.into_iter().rev())), rows, "in any order, {source}");
    rows
}

/// A call that is answered at 10 after an IVR, held from 30 to 45, and ends at 60.
fn a_call() -> Call {
    let call =
        Call::inbound("c1").ivr(0.0, 5.0, DIVERTED).telephone("a1", "D1", ALERTING, 5.0).is("a1", CONNECTED, 10.0);
    call.sets("CustomerID", "7", 12.0)
        .is("a1", HELD, 30.0)
        .is("a1", CONNECTED, 45.0)
        .leaves("a1", RELEASED, 60.0)
        .ends(60.0)
}

/// The call at 40, as its source says that it is.
fn at_40() -> Vec<Event> {
    let call = Call::inbound("c1").joins("a1", "D1", DnType::DN_TYPE_EXTENSION, HELD, 30.0);
    call.sets("CustomerID", "7", 12.0).events
}

pub(super) fn completeness(rows: &Rows) -> Vec<(&str, &str)> {
    let calls = rows.interaction_fact.iter().map(|r| (&*r.media_server_root_ixn_guid, &*r.completeness));
    calls.chain(rows.interaction_resource_fact.iter().map(|r| (&*r.partyguid, &*r.completeness))).collect()
}

#[test]
fn a_switchover_without_loss_in_mid_call_changes_no_column() {
    let undisturbed = rows(a_call().events);
    assert!(completeness(&undisturbed).iter().all(|(_, c)| *c == "whole"));
    let said = snapshot(CALLS, (40, 0), 40.0, &at_40(), (true, &[]));
    let switched = rows_after(CALLS, told(&a_call().events, 40, NOTHING), heard(CALLS, 40.0, 40, 40.0), said);
    assert_eq!(switched, undisturbed);
}

#[test]
fn a_snapshot_changes_nothing_where_a_twin_heard_everything() {
    let undisturbed = rows(a_call().events);
    // The one that lost something is told that nothing exists.
    let said = snapshot(CALLS, (40, 0), 40.0, &[], (true, &[]));
    let twin = Listening::to(CALLS, "twin", "", "");
    let covered = [heard(CALLS, 20.0, 40, 40.0), vec![twin.covers(7, 0, (30, 60), (15.0, 40.0))]].concat();
    assert_eq!(rows_after(CALLS, told(&a_call().events, 40, NOTHING), covered, said), undisturbed);
}

#[test]
fn a_call_that_a_snapshot_does_not_name_ended_where_the_hole_begins() {
    let said = snapshot(CALLS, (40, 0), 40.0, &[], (true, &[]));
    let events = told(&a_call().events, 40, (20.0, 1_000.0));
    let rows = rows_after(CALLS, events.clone(), heard(CALLS, 20.0, 40, 40.0), said);
    assert!(rows.open_interaction.is_empty());
    let expected = [("c1", "end-estimated"), ("c1-a1", "end-estimated"), ("c1-ivr", "events-lost")];
    let mut found = completeness(&rows);
    found.sort_unstable();
    assert_eq!(found, expected);
    assert_eq!(rows.interaction_fact[0].end_ms, us(20.0) / 1_000);
    assert_eq!(durations(irf(&rows, "c1-a1")), [0, 5, 10, 0, 5]);
    assert_eq!(result_of(&rows, "c1-a1"), "ReceivedTransfer/Completed/Unspecified");
    let states: Vec<_> = rows.ixn_resource_state_fact.iter().map(|s| (s.total_duration, &*s.completeness)).collect();
    assert!(states.contains(&(10, "end-estimated")) && states.contains(&(5, "events-lost")), "{states:?}");
    // Until anything later is known nothing is lost yet.
    let waits = rows_with(events, [heard(CALLS, 20.0, 40, 40.0)[1].clone()]);
    assert_eq!((waits.open_interaction.len(), waits.interaction_fact.len()), (1, 0));
}

#[test]
fn user_data_set_behind_an_end_that_nobody_heard_does_not_make_the_call_go_on() {
    let said = snapshot(CALLS, (40, 0), 40.0, &[], (true, &[]));
    let ended = told(&a_call().events, 40, (20.0, 1_000.0));
    let late = told(&a_call().sets("CustomerID", "8", 70.0).events, 40, (20.0, 65.0));
    assert_eq!(late.len(), ended.len() + 1);
    let rows_of_it = |events| rows_after(CALLS, events, heard(CALLS, 20.0, 40, 40.0), said.clone());
    let rows = rows_of_it(late);
    assert!(rows.open_interaction.is_empty());
    assert_eq!(completeness(&rows), completeness(&rows_of_it(ended)));
    assert_eq!(rows.interaction_fact[0].end_ms, us(20.0) / 1_000);
}

#[test]
fn a_call_that_a_snapshot_names_goes_on_in_the_state_that_it_names() {
    let said = snapshot(CALLS, (40, 0), 40.0, &at_40(), (true, &[]));
    let rows_found = rows_after(CALLS, told(&a_call().events, 40, (20.0, 40.0)), heard(CALLS, 20.0, 40, 40.0), said);
    assert!(completeness(&rows_found).iter().all(|(_, c)| *c == "events-lost"), "{:?}", completeness(&rows_found));
    // The hold that nobody heard of began when the snapshot says.
    assert_eq!(states_of(&rows_found, "c1-a1"), states_of(&rows(a_call().events), "c1-a1"));
    assert_eq!(rows_found.irf_user_data_gen_1, rows(a_call().events).irf_user_data_gen_1);
}

#[test]
fn a_call_that_began_unheard_begins_when_the_snapshot_says() {
    let call = Call::new("c2", 1).created(25.0, CallType::CALL_TYPE_INBOUND).caller(25.0);
    let call =
        call.telephone("a1", "D1", ALERTING, 28.0).is("a1", CONNECTED, 31.0).leaves("a1", RELEASED, 60.0).ends(60.0);
    let said = Call::new("c2", 1).created(25.0, CallType::CALL_TYPE_INBOUND).caller(25.0);
    let said = said.telephone("a1", "D1", CONNECTED, 31.0).events;
    let said = snapshot(CALLS, (40, 0), 40.0, &said, (true, &[]));
    let agent = [login(1, "s", "D1", "A1", 0.0)].map(|e| stored(&e));
    let heard = [heard(CALLS, 20.0, 40, 40.0), agent.to_vec()].concat();
    let rows = rows_after(CALLS, told(&call.events, 40, (20.0, 40.0)), heard, said);
    let row = irf(&rows, "c2-a1");
    assert_eq!((row.start_ms, row.end_ms, row.talk_duration), (us(31.0) / 1_000, us(60.0) / 1_000, 29));
    assert_eq!((rows.interaction_fact[0].start_ms, &*row.completeness), (us(25.0) / 1_000, "events-lost"));
    assert_eq!(row.resource_key, agent_key("A1"), "the agent that was logged in at delivery");
    assert_eq!(rows.interaction_fact[0].source_address.as_deref(), Some("555"));
}

#[test]
fn a_party_that_left_unheard_left_where_the_hole_begins_while_its_call_goes_on() {
    let call = Call::inbound("c1").telephone("a1", "D1", CONNECTED, 5.0);
    let call = call.leaves("a1", TRANSFERRED, 25.0).telephone("a2", "D2", CONNECTED, 30.0);
    let call = call.leaves("a2", RELEASED, 50.0).ends(50.0);
    let said = Call::inbound("c1").telephone("a2", "D2", CONNECTED, 30.0).events;
    let said = snapshot(CALLS, (0, 5), 40.0, &said, (false, &[]));
    let log = Listening::to(CALLS, "log", "", "");
    let heard = vec![log.covers(901, 0, (0, 3), (0.0, 20.0)), log.covers(902, 0, (5, 50), (40.0, 90.0))];
    let rows = rows_after(CALLS, told(&call.events, 0, (20.0, 40.0)), heard, said);
    assert_eq!(parties(&rows), ["c1-a1", "c1-a2"]);
    assert_eq!((irf(&rows, "c1-a1").talk_duration, irf(&rows, "c1-a2").talk_duration), (15, 20));
    let mut found = completeness(&rows);
    found.sort_unstable();
    assert_eq!(found, [("c1", "events-lost"), ("c1-a1", "end-estimated"), ("c1-a2", "events-lost")]);
}

#[test]
fn a_gap_of_one_member_ends_the_calls_that_its_snapshot_names_as_ended() {
    let one = a_call().events;
    let other =
        Call::new("c9", 50).created(1.0, CallType::CALL_TYPE_INBOUND).caller(1.0).telephone("a1", "D2", CONNECTED, 2.0);
    let all = told(&[one, other.events].concat(), 0, (20.0, 1_000.0));
    // The other member has heard everything; together they have not.
    let members = ["1", "2"];
    let [first, second] = members.map(|m| Listening::to(CALLS, m, "p", m));
    let heard = vec![
        first.connects(0),
        second.connects(0),
        first.shares(1, 0, (0, 10), (0.0, 20.0), &members),
        first.shares(2, 0, (20, 30), (40.0, 90.0), &members),
        second.shares(1, 0, (0, 30), (0.0, 90.0), &members),
    ];
    let said = snapshot(CALLS, (0, 20), 40.0, &[], (false, &["c1"]));
    let rows = rows_after(CALLS, all, heard, said);
    assert_eq!(rows.interaction_fact.len(), 1, "the other member's call goes on");
    assert_eq!(completeness(&rows)[0], ("c1", "end-estimated"));
    assert_eq!(rows.open_interaction[0].media_server_root_ixn_guid, "c9");
}

#[test]
fn a_pass_through_a_queue_that_was_left_unheard_was_left_where_the_hole_begins() {
    let queue = "n/VQport";
    let of_queue = |mut event: Event| {
        event.source = queue.into();
        event
    };
    let call = Call::inbound("c1").routing_point("rp", 0.0, 25.0, DIVERTED);
    let pass =
        Call::new("c1", 1).virtual_queue("v1", "VQ1", (0.0, 25.0), VirtualQueueEnd::VIRTUAL_QUEUE_END_DIVERTED, "D1");
    let pass: Vec<Event> = pass.events.into_iter().map(of_queue).collect();
    let call = call.telephone("a1", "D1", CONNECTED, 25.0).leaves("a1", RELEASED, 50.0).ends(50.0);
    let all = [told(&call.events, 40, NOTHING), told(&pass, 40, (20.0, 40.0))].concat();
    let said = snapshot(queue, (40, 0), 40.0, &[], (true, &[]));
    let rows = rows_after(queue, all, heard(queue, 20.0, 40, 40.0), said);
    let row = msf(&rows, "v1");
    assert_eq!((row.end_ms, row.mediation_duration, &*row.completeness), (us(20.0) / 1_000, 20, "end-estimated"));
    assert_eq!(irf(&rows, "c1-a1").completeness, "events-lost");
}

/// A session with a ready state, a call on its DN from 30, and a logout at 100.
fn a_session() -> Agent {
    let agent = Agent::new("s", "D1", "A1", 1).logs_in(0.0).ready(5.0, &[]);
    agent.call("c1", CONNECTED, 30.0).call("c1", GONE, 60.0).away(80.0, &[because("Break", "Tea")]).logs_out(100.0)
}

fn states(rows: &Rows) -> Vec<(i64, i64, &str)> {
    let mut states: Vec<_> = rows.sm_res_state_fact.iter().collect();
    states.sort_by_key(|s| s.start_ms);
    let second = |ms: i64| (ms - us(0.0) / 1_000) / 1_000;
    states.iter().map(|s| (second(s.start_ms), second(s.end_ms), &*s.completeness)).collect()
}

#[test]
fn a_source_that_was_dead_ended_the_sessions_that_it_does_not_name_when_it_died() {
    let events = told(&a_session().events, 200, (40.0, 1_000.0));
    // While it is dead its session goes on.
    let dead = rows_with(events.clone(), [heard(AGENTS, 40.0, 200, 200.0)[1].clone()]);
    assert_eq!((dead.open_agent.len(), dead.sm_res_session_fact.len()), (1, 0));
    let said = snapshot(AGENTS, (200, 0), 200.0, &[], (true, &[]));
    let rows = rows_after(AGENTS, events, heard(AGENTS, 40.0, 200, 200.0), said);
    let session = &rows.sm_res_session_fact[0];
    assert_eq!((session.end_ms, &*session.completeness), (us(40.0) / 1_000, "end-estimated"));
    let expected = [(0, 5, "events-lost"), (5, 30, "events-lost"), (30, 40, "end-estimated")];
    assert_eq!(states(&rows), expected);
    assert!(rows.open_agent.is_empty());
}

#[test]
fn a_session_that_a_snapshot_names_goes_on_with_what_it_says() {
    let named = Agent::new("s", "D1", "A1", 1).logs_in(0.0).away(80.0, &[because("Break", "Tea")]).events;
    let said = snapshot(AGENTS, (90, 0), 90.0, &named, (true, &[]));
    let events = told(&a_session().events, 90, (40.0, 90.0));
    let rows_found = rows_after(AGENTS, events, heard(AGENTS, 40.0, 90, 90.0), said);
    // The call on the DN is over, nobody knows since when.
    let lost = "events-lost";
    assert_eq!(
        states(&rows_found),
        [(0, 5, lost), (5, 30, lost), (30, 40, "end-estimated"), (40, 80, lost), (80, 100, lost)]
    );
    assert_eq!(rows_found.sm_res_session_fact[0].completeness, lost);
    assert_eq!(rows_found.sm_res_state_reason_fact, rows(a_session().events).sm_res_state_reason_fact);
}

#[test]
fn a_login_that_nobody_heard_counts_for_the_calls_behind_it_and_a_logout_for_those_after_it() {
    let agents = told(&[login(1, "old", "D1", "A1", 0.0)], 50, NOTHING);
    let named = [login(1, "new", "D1", "A2", 30.0)];
    let said = snapshot(AGENTS, (50, 0), 50.0, &named, (true, &[]));
    let ring = |id: &str, number: u64, at_s: f64| {
        let call = Call::new(id, number).created(at_s, CallType::CALL_TYPE_INBOUND).caller(at_s);
        call.telephone("a1", "D1", CONNECTED, at_s).leaves("a1", RELEASED, at_s + 1.0).ends(at_s + 1.0).events
    };
    let calls = [ring("c1", 1, 5.0), ring("c2", 20, 22.0), ring("c3", 40, 35.0), ring("c4", 60, 60.0)].concat();
    let rows = rows_after(AGENTS, [agents, calls].concat(), heard(AGENTS, 20.0, 50, 50.0), said);
    let whose = ["c1-a1", "c2-a1", "c3-a1", "c4-a1"].map(|party| irf(&rows, party).resource_key);
    assert_eq!(whose, [agent_key("A1"), dn_key("D1"), agent_key("A2"), agent_key("A2")]);
    let sure = ["c1-a1", "c2-a1", "c3-a1", "c4-a1"].map(|p| irf(&rows, p).agent_match.clone().unwrap_or_default());
    assert_eq!(sure, ["final", "unknown", "provisional", "final"]);
}

#[test]
fn a_session_that_went_to_another_source_is_not_ended_by_the_one_that_it_left() {
    let mut restored = login(1, "s", "D1", "A1", 30.0);
    restored.source = "m/TCport".into();
    let events = [told(&[login(1, "s", "D1", "A1", 0.0)], 50, NOTHING), vec![restored]].concat();
    let said = snapshot(AGENTS, (50, 0), 50.0, &[], (true, &[]));
    let rows = rows_after(AGENTS, events, heard(AGENTS, 20.0, 50, 50.0), said);
    assert_eq!((rows.sm_res_session_fact.len(), rows.open_agent.len()), (0, 1));
}

#[test]
fn an_attempt_whose_after_call_work_may_be_lost_is_not_whole_though_its_call_is() {
    let agent = Agent::new("s", "D1", "A1", 1).logs_in(0.0).ready(5.0, &[]).call("c1", CONNECTED, 10.0);
    let agent = agent.call("c1", GONE, 60.0).wraps_up(60.0).ready(80.0, &[]);
    let named = Agent::new("s", "D1", "A1", 1).logs_in(0.0).ready(80.0, &[]).events;
    // Heard again at 90: the hole begins in the talk, in the work, behind it.
    for (from_s, expected) in [(50.0, "events-lost"), (70.0, "events-lost"), (85.0, "whole")] {
        let agents = told(&agent.events, 90, (from_s, 90.0));
        let said = snapshot(AGENTS, (90, 0), 90.0, &named, (true, &[]));
        let events = [a_call().events, agents].concat();
        let rows = rows_after(AGENTS, events, heard(AGENTS, from_s, 90, 90.0), said);
        let expected = [("c1", "whole"), ("c1-a1", expected), ("c1-ivr", "whole")];
        let mut found = completeness(&rows);
        found.sort_unstable();
        assert_eq!(found, expected, "from {from_s}");
    }
}

#[test]
fn after_call_work_belongs_to_a_held_call_whose_talk_nobody_heard_and_is_doubted_where_not_even_the_call_was_named() {
    let earlier = Call::new("c0", 100).created(1.0, CallType::CALL_TYPE_INBOUND).caller(1.0);
    let earlier = earlier.telephone("a1", "D1", CONNECTED, 1.0).leaves("a1", RELEASED, 6.0).ends(6.0).events;
    let session = || Agent::new("s", "D1", "A1", 1).logs_in(0.0);
    let agent = session().call("c0", CONNECTED, 1.0).call("c0", GONE, 6.0).wraps_up(6.0).ready(7.0, &[]);
    let agent = agent.call("c1", CONNECTED, 10.0).call("c1", HELD, 30.0).call("c1", CONNECTED, 45.0);
    let agent = agent.call("c1", GONE, 60.0).wraps_up(60.0).ready(80.0, &[]);
    let work = |rows: &Rows, party: &str| {
        let row = irf(rows, party);
        (row.customer_acw_duration, row.completeness.clone())
    };
    let named = [session().ready(7.0, &[]).call("c1", HELD, 30.0).events, session().ready(7.0, &[]).events];
    let lost = "events-lost".to_owned();
    let expected = [[(1, "whole".to_owned()), (20, lost.clone())], [(21, lost.clone()), (0, lost)]];
    for (named, expected) in named.iter().zip(expected) {
        // Nobody heard the agent's side from 8 until 50, when the source said how things were.
        let agents = told(&agent.events, 50, (8.0, 50.0));
        let said = snapshot(AGENTS, (50, 0), 50.0, named, (true, &[]));
        let events = [a_call().events, earlier.clone(), agents].concat();
        let rows = rows_after(AGENTS, events, heard(AGENTS, 8.0, 50, 50.0), said);
        assert_eq!([work(&rows, "c0-a1"), work(&rows, "c1-a1")], expected);
    }
}

#[test]
fn what_two_primaries_tell_of_one_moment_is_one_moment() {
    let undisturbed = rows([a_call().events, a_session().events].concat());
    let all = [a_call().events, a_session().events].concat();
    let mut both = told(&all, 1_000, NOTHING);
    // The other process tells the same from 8 to 50 and from 55 on, in its own epoch.
    let repeated =
        both.clone().into_iter().filter(|e| (us(8.0)..us(50.0)).contains(&e.time_us) || e.time_us > us(55.0));
    let repeated: Vec<Event> = repeated.map(|e| told_in(8, e.seq + 1, &e)).collect();
    both.extend(repeated);
    assert_eq!(rows(both), undisturbed);
}

#[test]
fn what_one_primary_tells_several_times_of_one_moment_stays_when_the_other_tells_less_of_it() {
    let at_once = Call::inbound("c1").telephone("a1", "D1", CONNECTED, 5.0);
    let at_once = at_once.is("a1", HELD, 9.0).is("a1", CONNECTED, 9.0).is("a1", HELD, 9.0).is("a1", CONNECTED, 9.0);
    let all = told(&at_once.leaves("a1", RELEASED, 20.0).ends(20.0).events, 1_000, NOTHING);
    // The first one tells of the first hold only, the other one of both.
    let first = all.iter().take(4).cloned();
    let other = all.iter().skip(3).map(|e| told_in(8, e.seq, e));
    assert_eq!(rows(first.chain(other)), rows(all.clone()));
}

#[test]
fn what_a_lower_epoch_tells_behind_the_snapshot_that_begins_a_higher_one_is_news() {
    let undisturbed = rows(a_call().events);
    // Between 2 and 4 something may be lost; from 40 on both tell.
    let mut both = told(&a_call().events, 4, (2.0, 4.0));
    let later = both.clone().into_iter().filter(|e| e.time_us > us(40.0)).zip(1..);
    both.extend(later.map(|(e, seq)| told_in(40, seq, &e)).collect::<Vec<_>>());
    let said = snapshot(CALLS, (40, 0), 40.0, &at_40(), (true, &[]));
    let found = rows_after(CALLS, both, heard(CALLS, 2.0, 4, 4.0), said);
    assert!(completeness(&found).iter().all(|(_, c)| *c == "events-lost"));
    assert_eq!(states_of(&found, "c1-a1"), states_of(&undisturbed, "c1-a1"));
    assert_eq!(durations(irf(&found, "c1-a1")), durations(irf(&undisturbed, "c1-a1")));
}

#[test]
fn a_call_keeps_its_order_when_the_backups_clock_is_behind() {
    let call = Call::inbound("c1").telephone("a1", "D1", ALERTING, 39.5);
    let mut events = told(&call.events, 40, NOTHING);
    let behind = Call::inbound("c1").is("a1", CONNECTED, 39.0).leaves("a1", RELEASED, 58.0).ends(58.0);
    events.extend(behind.events.iter().skip(2).zip(1..).map(|(e, seq)| told_in(38, seq, e)));
    let rows = rows(events);
    assert_eq!((irf(&rows, "c1-a1").ring_duration, irf(&rows, "c1-a1").talk_duration), (0, 19));
    assert_eq!(result_of(&rows, "c1-a1"), "Received/Completed/Unspecified");
}
