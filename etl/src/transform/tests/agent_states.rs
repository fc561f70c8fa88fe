//! Agents' sessions with the states, reasons and after-call work that they must have.

use callmart_schema::catalogue::ResourceStateReason;
use callmart_schema::catalogue::statics::resource_states;
use callmart_schema::event::{Body, Epoch, Reason, WorkMode};
use callmart_schema::keys::NONE;

use super::build::*;
use super::*;
use crate::wraps::Wrap;

fn agent() -> Agent {
    Agent::new("s", "D1", "A1", 1)
}

fn name(state_key: i64) -> String {
    let row = resource_states().into_iter().find(|s| s.resource_state_key == state_key);
    row.map(|s| s.state_name).expect("a state")
}

/// Seconds after the begin of these tests, from milliseconds.
fn s(ms: i64) -> f64 {
    (ms - us(0.0) / 1_000) as f64 / 1e3
}

/// The states in order: name, from, to.
fn states(rows: &Rows) -> Vec<(String, f64, f64)> {
    let mut all: Vec<_> = rows.sm_res_state_fact.iter().collect();
    all.sort_by_key(|r| r.start_ms);
    all.iter().map(|r| (name(r.resource_state_key), s(r.start_ms), s(r.end_ms))).collect()
}

fn expect(states: &[(&str, f64, f64)]) -> Vec<(String, f64, f64)> {
    states.iter().map(|(name, from, to)| ((*name).to_owned(), *from, *to)).collect()
}

/// The reasons in order: row of the dimension, from, to.
fn reasons(rows: &Rows) -> Vec<(ResourceStateReason, f64, f64)> {
    let (table, batch) = rows.dimensions.batches().into_iter().nth(3).expect("the reasons");
    assert_eq!(table.name, "resource_state_reason");
    let texts = |place: usize, name: &str| {
        let column = table.position(name).expect("a column");
        callmart_schema::catalogue::cells(&batch, place)[column].clone()
    };
    let text = |place: usize, name: &str| match texts(place, name) {
        callmart_schema::catalogue::Value::Text(text) => text,
        _ => String::new(),
    };
    let find = |key: i64| {
        let is =
            |place: &usize| texts(*place, "resource_state_reason_key") == callmart_schema::catalogue::Value::Int(key);
        let place = (0..batch.num_rows()).find(is).expect("a reason");
        ResourceStateReason {
            reason_type_code: text(place, "reason_type_code"),
            hardware_reason: text(place, "hardware_reason"),
            software_reason_key: text(place, "software_reason_key"),
            software_reason_value: text(place, "software_reason_value"),
            workmode_code: text(place, "workmode_code"),
            ..ResourceStateReason::default()
        }
    };
    let mut all: Vec<_> = rows.sm_res_state_reason_fact.iter().collect();
    all.sort_by_key(|r| (r.start_ms, r.resource_state_reason_key));
    all.iter().map(|r| (find(r.resource_state_reason_key), s(r.start_ms), s(r.end_ms))).collect()
}

fn software(key: &str, value: &str, workmode: &str) -> ResourceStateReason {
    ResourceStateReason {
        reason_type_code: "SOFTWARE".into(),
        software_reason_key: key.into(),
        software_reason_value: value.into(),
        workmode_code: workmode.into(),
        ..ResourceStateReason::default()
    }
}

/// The after-call work of a session: root call, from, to.
fn after_calls(agent: &Agent) -> Vec<(String, f64, Option<f64>)> {
    let knowledge = known(agent.events.iter().map(stored));
    let settings = TransformSettings::default();
    let context = context(&knowledge, &settings);
    let all = knowledge.units().flat_map(|u| crate::transform::wraps(&u.unit, &u.events, context));
    let told = |w: Wrap| (w.root_call.to_string(), s(w.from_us / 1_000), w.to_us.map(|us| s(us / 1_000)));
    all.map(told).collect()
}

#[test]
fn an_agents_day_is_tiled_by_logged_on_ready_busy_after_call_work_and_not_ready() {
    let day = agent()
        .logs_in(0.0)
        .ready(2.5, &[])
        .call("c1", ALERTING, 10.0)
        .call("c1", CONNECTED, 13.0)
        .call("c1", HELD, 20.0)
        .call("c1", CONNECTED, 25.0)
        .call("c1", GONE, 40.0)
        .wraps_up(40.0)
        .ready(55.25, &[])
        .away(60.0, &[because("Break", "Lunch")])
        .logs_out(90.0);
    let rows = rows(day.events);
    let expected = [
        ("LoggedOnOnly", 0.0, 2.5),
        ("Ready", 2.5, 10.0),
        ("Busy", 10.0, 40.0),
        ("AfterCallWork", 40.0, 55.25),
        ("Ready", 55.25, 60.0),
        ("NotReady", 60.0, 90.0),
    ];
    assert_eq!(states(&rows), expect(&expected));
    assert_eq!(reasons(&rows), [(software("Break", "Lunch", "AUX"), 60.0, 90.0)]);
    let [session] = &rows.sm_res_session_fact[..] else { panic!("one session") };
    for state in &rows.sm_res_state_fact {
        assert_eq!(state.sm_res_session_fact_key, session.sm_res_session_fact_key);
        assert_eq!(state.sm_res_session_fact_sdt_key, session.start_date_time_key);
        assert_eq!((state.resource_key, state.media_resource_key), (agent_key("A1"), dn_key("D1")));
        assert_eq!(state.total_duration, (state.end_ts - state.start_ts) as i32);
    }
    // 0 to 2, 2 to 10, 10 to 40, 40 to 55, 55 to 60, 60 to 90.
    let mut seconds: Vec<_> = rows.sm_res_state_fact.iter().map(|r| (r.start_ms, r.total_duration)).collect();
    seconds.sort_unstable();
    assert_eq!(seconds.iter().map(|(_, s)| *s).collect::<Vec<_>>(), [2, 8, 30, 15, 5, 30]);
    let not_ready = rows.sm_res_state_fact.iter().find(|r| name(r.resource_state_key) == "NotReady").expect("a row");
    let [reason] = &rows.sm_res_state_reason_fact[..] else { panic!("one reason") };
    assert_eq!(reason.sm_res_state_fact_key, not_ready.sm_res_state_fact_key);
    assert_eq!(reason.sm_res_state_fact_sdt_key, not_ready.start_date_time_key);
    assert_eq!((reason.resource_state_key, reason.total_duration), (not_ready.resource_state_key, 30));
    assert!(rows.open_agent.is_empty());
}

#[test]
fn the_whole_seconds_of_states_add_up_to_those_of_the_session() {
    let day = agent().logs_in(0.7).ready(1.3, &[]).away(1.6, &[]).ready(4.9, &[]).logs_out(6.1);
    let rows = rows(day.events);
    let total: i32 = rows.sm_res_state_fact.iter().map(|r| r.total_duration).sum();
    assert_eq!((total, rows.sm_res_session_fact[0].total_duration), (6, 6));
    assert_eq!(rows.sm_res_state_fact.len(), 4, "a state of less than a second is one");
}

#[test]
fn a_call_that_begins_inside_after_call_work_does_not_interrupt_it() {
    let agent = agent()
        .logs_in(0.0)
        .ready(0.0, &[])
        .call("c1", CONNECTED, 1.0)
        .call("c1", GONE, 10.0)
        .wraps_up(10.0)
        .call("c2", ALERTING, 15.0)
        .call("c2", CONNECTED, 18.0)
        .ready(20.0, &[])
        .call("c2", GONE, 30.0)
        .logs_out(40.0);
    let expected = [
        ("Ready", 0.0, 1.0),
        ("Busy", 1.0, 10.0),
        ("AfterCallWork", 10.0, 20.0),
        ("Busy", 20.0, 30.0),
        ("Ready", 30.0, 40.0),
    ];
    assert_eq!(after_calls(&agent), [("c1".to_owned(), 10.0, Some(20.0))]);
    assert_eq!(states(&rows(agent.events)), expect(&expected));
}

#[test]
fn after_call_work_said_during_a_call_begins_when_the_call_ends_and_is_its() {
    let agent = agent()
        .logs_in(0.0)
        .ready(0.0, &[])
        .call("c1", ALERTING, 1.0)
        .wraps_up(2.0)
        .call("c1", CONNECTED, 3.0)
        .call("c2", ALERTING, 5.0)
        .call("c2", CONNECTED, 6.0)
        .call("c1", GONE, 10.0)
        .call("c2", GONE, 12.0)
        .ready(14.0, &[])
        .logs_out(20.0);
    assert_eq!(after_calls(&agent), [("c1".to_owned(), 10.0, Some(14.0))], "the other call began after it was said");
    let expected = [("Ready", 0.0, 1.0), ("Busy", 1.0, 10.0), ("AfterCallWork", 10.0, 14.0), ("Ready", 14.0, 20.0)];
    assert_eq!(states(&rows(agent.events)), expect(&expected));
}

#[test]
fn after_two_calls_the_work_belongs_to_the_one_that_the_dn_talked_in_last() {
    let two = agent()
        .logs_in(0.0)
        .ready(0.0, &[])
        .call("c1", CONNECTED, 1.0)
        .call("c1", GONE, 5.0)
        .call("c2", ALERTING, 6.0)
        .call("c2", CONNECTED, 7.0)
        .call("c2", GONE, 9.0)
        .call("c3", ALERTING, 9.5)
        .call("c3", GONE, 10.0)
        .wraps_up(10.0)
        .logs_out(12.0);
    assert_eq!(after_calls(&two), [("c2".to_owned(), 10.0, Some(12.0))], "nobody talked in the third");
    // The main call is held while the consult call talks: both are the same interaction.
    let consult = agent()
        .logs_in(0.0)
        .call("c1", CONNECTED, 1.0)
        .call("c1", HELD, 2.0)
        .call_of("k1", "c1", DIALING, 2.0)
        .call_of("k1", "c1", CONNECTED, 3.0)
        .call_of("k1", "c1", GONE, 4.0)
        .call("c1", GONE, 4.0)
        .wraps_up(4.0);
    assert_eq!(after_calls(&consult), [("c1".to_owned(), 4.0, None)], "it goes on");
    let none = agent().logs_in(0.0).call("c1", ALERTING, 1.0).call("c1", GONE, 2.0).wraps_up(2.0).ready(3.0, &[]);
    assert_eq!(after_calls(&none), [], "work after no talk belongs to nothing");
}

#[test]
fn after_call_work_said_again_goes_on_unless_a_call_was_in_between() {
    let again = agent().logs_in(0.0).ready(0.0, &[]).call("c1", CONNECTED, 1.0).call("c1", GONE, 5.0).wraps_up(5.0);
    let again = again.wraps_up(7.0).ready(9.0, &[]);
    assert_eq!(after_calls(&again), [("c1".to_owned(), 5.0, Some(9.0))]);
    assert_eq!(states(&rows(again.events))[2], ("AfterCallWork".to_owned(), 5.0, 9.0), "one row");
    let between = agent().logs_in(0.0).call("c1", CONNECTED, 1.0).call("c1", GONE, 5.0).wraps_up(5.0);
    let between = between.call("c2", CONNECTED, 6.0).call("c2", GONE, 8.0).wraps_up(8.0).ready(9.0, &[]);
    assert_eq!(after_calls(&between), [("c1".to_owned(), 5.0, Some(8.0)), ("c2".to_owned(), 8.0, Some(9.0))]);
}

#[test]
fn a_call_not_answered_is_busy_and_then_not_ready_with_the_devices_reason() {
    let no_answer = Reason { hardware: true, ..because("ReasonCode", "NoAnswer") };
    let agent = agent().logs_in(0.0).ready(0.0, &[because("site", "dc1")]).call("c1", ALERTING, 5.0);
    let agent = agent.call("c1", GONE, 15.0).away(15.0, &[no_answer]).logs_out(30.0);
    let rows = rows(agent.events);
    assert_eq!(states(&rows), expect(&[("Ready", 0.0, 5.0), ("Busy", 5.0, 15.0), ("NotReady", 15.0, 30.0)]));
    let expected = ResourceStateReason {
        reason_type_code: "HARDWARE".into(),
        hardware_reason: "NoAnswer".into(),
        workmode_code: "AUX".into(),
        ..ResourceStateReason::default()
    };
    assert_eq!(reasons(&rows), [(expected, 15.0, 30.0)], "where the node stands is no reason");
}

#[test]
fn reasons_hold_while_what_gave_them_is_shown() {
    let (lunch, email) = (because("Break", "Lunch"), because("Work", "Email"));
    let agent = agent()
        .logs_in(0.0)
        .away(0.0, &[lunch.clone(), lunch.clone()])
        .away(5.0, std::slice::from_ref(&lunch))
        .call("c1", ALERTING, 10.0)
        .call("c1", GONE, 20.0)
        .away(30.0, &[lunch, email])
        .away(35.0, &[])
        .logs_out(40.0);
    let rows = rows(agent.events);
    assert_eq!(states(&rows), expect(&[("NotReady", 0.0, 10.0), ("Busy", 10.0, 20.0), ("NotReady", 20.0, 40.0)]));
    let mut found = reasons(&rows);
    found.sort_by(|a, b| (a.1, &a.0.software_reason_key).partial_cmp(&(b.1, &b.0.software_reason_key)).expect("order"));
    let lunch = software("Break", "Lunch", "AUX");
    let expected = [
        (lunch.clone(), 0.0, 10.0),
        (lunch.clone(), 20.0, 30.0),
        (lunch, 30.0, 35.0),
        (software("Work", "Email", "AUX"), 30.0, 35.0),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_logout_during_a_call_ends_busy_and_what_is_told_later_changes_nothing() {
    let agent = agent().logs_in(0.0).ready(1.0, &[]).call("c1", CONNECTED, 5.0).logs_out(9.0);
    let agent = agent.call("c1", GONE, 20.0).away(21.0, &[]);
    assert_eq!(
        states(&rows(agent.events)),
        expect(&[("LoggedOnOnly", 0.0, 1.0), ("Ready", 1.0, 5.0), ("Busy", 5.0, 9.0)])
    );
}

#[test]
fn what_was_told_before_the_login_holds_from_the_login_on() {
    let early = agent().ready(-5.0, &[]).logs_in(0.0).logs_out(9.0);
    assert_eq!(states(&rows(early.events)), expect(&[("Ready", 0.0, 9.0)]));
}

#[test]
fn a_login_told_again_changes_no_state() {
    let twice = agent().logs_in(0.0).away(1.0, &[]).logs_in(4.0).logs_out(9.0);
    assert_eq!(states(&rows(twice.events)), expect(&[("LoggedOnOnly", 0.0, 1.0), ("NotReady", 1.0, 9.0)]));
}

#[test]
fn without_a_login_the_states_begin_with_the_first_event_and_there_is_no_session_row() {
    let agent = agent().call("c1", ALERTING, 3.0).call("c1", GONE, 5.0).ready(8.0, &[]).logs_out(9.0);
    let rows = rows(agent.events);
    assert_eq!(states(&rows), expect(&[("Busy", 3.0, 5.0), ("Unknown", 5.0, 8.0), ("Ready", 8.0, 9.0)]));
    assert!(rows.sm_res_session_fact.is_empty() && rows.open_agent.is_empty());
}

#[test]
fn a_clock_that_steps_back_is_raised_and_no_time_is_lost() {
    let agent = agent().logs_in(0.0).ready(10.0, &[]).away(4.0, &[]).ready(12.0, &[]).logs_out(20.0);
    let expected = [("LoggedOnOnly", 0.0, 10.0), ("NotReady", 10.0, 12.0), ("Ready", 12.0, 20.0)];
    assert_eq!(states(&rows(agent.events)), expect(&expected));
}

#[test]
fn a_call_whose_end_was_never_told_lasts_until_the_logout() {
    let agent = agent().logs_in(0.0).ready(0.0, &[]).call("c1", ALERTING, 2.0).ready(5.0, &[]).logs_out(9.0);
    assert_eq!(states(&rows(agent.events)), expect(&[("Ready", 0.0, 2.0), ("Busy", 2.0, 9.0)]));
}

#[test]
fn a_session_across_midnight_starts_its_rows_on_the_days_they_start_on() {
    let midnight = 86_400.0;
    let agent = agent().logs_in(midnight - 60.0).ready(midnight - 30.0, &[]).away(midnight + 30.0, &[]);
    let rows = rows(agent.logs_out(midnight + 90.0).events);
    let day = |ts: i64| ts.div_euclid(86_400) - T0_US / 86_400_000_000;
    let mut days: Vec<_> = rows.sm_res_state_fact.iter().map(|r| (r.start_ms, day(r.start_date_time_key))).collect();
    days.sort_unstable();
    assert_eq!(days.iter().map(|(_, day)| *day).collect::<Vec<_>>(), [0, 0, 1]);
    assert_eq!(day(rows.sm_res_session_fact[0].start_date_time_key), 0);
    assert_eq!(rows.sm_res_state_fact.iter().map(|r| r.total_duration).sum::<i32>(), 150);
}

#[test]
fn a_session_that_goes_on_has_the_states_that_ended_and_a_row_of_now() {
    let agent = agent().logs_in(0.0).ready(1.0, &[]).away(3.0, &[]).away(5.5, &[because("Break", "Tea")]);
    let rows = rows(agent.events);
    assert_eq!(states(&rows), expect(&[("LoggedOnOnly", 0.0, 1.0), ("Ready", 1.0, 3.0)]));
    assert!(rows.sm_res_session_fact.is_empty() && rows.sm_res_state_reason_fact.is_empty());
    let [now] = &rows.open_agent[..] else { panic!("one agent") };
    assert_eq!((name(now.resource_state_key).as_str(), s(now.state_since_ms)), ("NotReady", 3.0));
    assert_eq!((s(now.login_ms), now.session_guid.as_str()), (0.0, "s"));
    assert_eq!((now.resource_key, now.media_resource_key), (agent_key("A1"), dn_key("D1")));
    assert_ne!(now.resource_state_reason_key, NONE);
    assert_eq!((now.interaction_id, &now.media_server_root_ixn_guid), (NONE, &None));
}

#[test]
fn an_agent_on_calls_is_busy_with_the_one_that_began_last() {
    let agent = agent().logs_in(0.0).ready(1.0, &[]).call("c1", CONNECTED, 2.0).call("c1", HELD, 3.0);
    let agent = agent.call_of("k1", "c2", DIALING, 4.0);
    let now = |agent: &Agent| rows(agent.events.iter().cloned()).open_agent.remove(0);
    let row = now(&agent);
    assert_eq!((name(row.resource_state_key).as_str(), s(row.state_since_ms)), ("Busy", 2.0));
    assert_eq!(row.media_server_root_ixn_guid.as_deref(), Some("c2"));
    assert_eq!((row.interaction_id, row.resource_state_reason_key), (key("interaction", &["c2"]), NONE));
    let row = now(&agent.call_of("k1", "c2", GONE, 5.0));
    assert_eq!(row.media_server_root_ixn_guid.as_deref(), Some("c1"));
}

#[test]
fn a_derived_session_is_logged_on_only_for_as_long_as_it_lasts() {
    let derived = |seq: u64, epoch: i64, from: f64, to: f64| {
        let mut told = [login(seq, "s", "D1", "A1", from), logout(seq + 1, "s", "D1", "A1", to)];
        for event in &mut told {
            event.epoch = Epoch::new(epoch, "p").into();
            match event.body.as_mut().expect("a body") {
                Body::AgentLogin(b) => b.derived = true,
                Body::AgentLogout(b) => b.derived = true,
                _ => {}
            }
        }
        told
    };
    let rows = rows([derived(1, 1, 50.0, 60.0), derived(1, 2, 10.0, 20.0), derived(1, 3, 30.0, 90.0)].concat());
    assert_eq!(states(&rows), expect(&[("LoggedOnOnly", 10.0, 90.0)]));
    assert_eq!((rows.sm_res_session_fact.len(), rows.sm_res_session_fact[0].total_duration), (1, 80));
}

#[test]
fn work_modes_other_than_after_call_work_are_not_ready() {
    let agent = agent().logs_in(0.0).not_ready(0.0, WorkMode::WORK_MODE_WALK_AWAY, &[because("Door", "Open")]);
    let rows = rows(agent.logs_out(5.0).events);
    assert_eq!(states(&rows), expect(&[("NotReady", 0.0, 5.0)]));
    assert_eq!(reasons(&rows), [(software("Door", "Open", "WALK-AWAY"), 0.0, 5.0)]);
}
