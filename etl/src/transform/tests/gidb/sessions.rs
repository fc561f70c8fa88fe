//! Login sessions: states, pending states, reasons, do-not-disturb.

use callmart_schema::event::{DoNotDisturbChanged, Reason};

use super::super::build::*;
use super::*;

fn dnd(agent: Agent, on: bool, at_s: f64) -> Agent {
    let body = DoNotDisturbChanged {
        dn: agent.dn.clone(),
        agent: agent.agent.clone(),
        session: agent.session.clone(),
        on,
        ..DoNotDisturbChanged::default()
    };
    agent.tell(at_s, body)
}

/// In at 0, lunch 5 to 60, ready, a call 100 to 160, after-call work to 170, not ready again, out at 200.
fn a_day() -> Agent {
    let site = because("site", "dc1");
    let reason = Reason { key: "ReasonCode".into(), value: "7".into(), hardware: true, ..Reason::default() };
    let agent = Agent::new("s1", "D1", "A1", 1).logs_in(0.0).away(5.0, &[because("Reason", "Lunch")]);
    let agent = dnd(dnd(agent, true, 10.0), false, 25.5).ready(60.0, &[site]);
    agent
        .call("c1", ALERTING, 100.0)
        .call("c1", CONNECTED, 104.0)
        .away(130.0, &[because("Reason", "Tired")])
        .call("c1", GONE, 160.0)
        .wraps_up(160.0)
        .away(170.0, &[reason])
        .logs_out(200.0)
}

fn changes(rows: &GidbRows) -> Vec<String> {
    let line = |row: &callmart_schema::catalogue::gidb::GAgentStateHistory| {
        let state = |value| named(1008, value);
        let (kind, before, now) = (named(1009, row.r#type), state(row.prevstate), state(row.state));
        let (pending, mode) = (state(row.pendingstate), named(1010, row.workmode));
        format!(
            "{} {kind} {before}>{now} ({pending}, {mode}) {}",
            at(row.added),
            row.callid.clone().unwrap_or_default()
        )
    };
    let mut history: Vec<_> = rows.g_agent_state_history.iter().collect();
    history.sort_by_key(|row| row.seq);
    assert!(history.iter().zip(1..).all(|(row, seq)| row.seq == seq));
    history.into_iter().map(|row| line(row).trim_end().to_owned()).collect()
}

#[test]
fn a_session_is_told_from_login_to_logout_with_what_the_agent_goes_back_to() {
    let rows = gidb(a_day().events);
    let expected = [
        "0 state null>login (login, unknown)",
        "5 state login>notready (notready, auxiliary work)",
        "60 state notready>ready (ready, auto-in)",
        "100 state ready>busy (ready, auto-in) c1",
        "104 call_connected busy>busy (ready, auto-in) c1",
        "130 pending_state busy>busy (notready, auxiliary work)",
        "160 call_left busy>busy (notready, auxiliary work) c1",
        "160 state busy>acw (acw, after-call work)",
        "170 state acw>notready (notready, auxiliary work)",
        "200 state notready>null (null, unknown)",
    ];
    assert_eq!(changes(&rows), expected);
}

#[test]
fn a_session_of_a_cluster_names_its_dn_and_neither_endpoint_nor_login_nor_place() {
    let rows = gidb(a_day().events);
    let [session] = &rows.g_login_session[..] else { panic!("one session") };
    assert_eq!((session.loginsessionid.as_str(), session.agentid), ("s1", super::super::agent_key("A1")));
    assert_eq!((session.loginid.as_deref(), session.placeid.as_deref()), (None, None));
    assert_eq!((named(1007, session.state), session.gsys_ext_vch1.as_deref()), ("closed".into(), Some("D1")));
    assert_eq!((at(session.created), session.terminated.map(at)), (0.0, Some(200.0)));
    let [endpoint] = &rows.gx_session_endpoint[..] else { panic!("one endpoint") };
    assert_eq!((endpoint.endpointid, endpoint.endpointtype, endpoint.queueid), (0, 1, None));
    assert_eq!((endpoint.placeid.as_deref(), endpoint.gsys_ext_vch1.as_deref()), (None, Some("D1")));
    let is_of_cluster = |row: &callmart_schema::catalogue::gidb::GAgentStateHistory| {
        row.endpointid == 0
            && row.loginid.is_none()
            && row.placeid.is_none()
            && row.gsys_ext_vch1.as_deref() == Some("D1")
    };
    assert!(rows.g_agent_state_history.iter().all(is_of_cluster));
}

#[test]
fn reasons_have_a_row_for_each_stretch_in_which_they_held() {
    let rows = gidb(a_day().events);
    let line = |row: &callmart_schema::catalogue::gidb::GAgentStateRc| {
        let (state, mode) = (named(1008, row.agentstate), named(1010, row.workmode));
        let (from, to) = (at(row.created), at(row.terminated));
        format!("{state} {mode} {} {}={} {from} {to}", row.hwflag, row.keyname, row.value)
    };
    let mut told: Vec<String> = rows.g_agent_state_rc.iter().map(line).collect();
    told.sort();
    // The site of a ready is no reason; what was said during the call was never shown.
    let expected = ["notready auxiliary work 0 Reason=Lunch 5 60", "notready auxiliary work 1 ReasonCode=7 170 200"];
    assert_eq!(told, expected);
}

#[test]
fn do_not_disturb_is_a_stretch_that_ends_when_it_is_turned_off_or_with_the_session() {
    let rows = gidb(a_day().events);
    let [stretch] = &rows.g_dnd_history[..] else { panic!("one stretch") };
    assert_eq!((at(stretch.added), stretch.terminated.map(at)), (10.0, Some(25.5)));
    assert_eq!((stretch.state, named(1008, stretch.agentstate)), (0, "notready".into()));
    assert_eq!((stretch.endpointid, stretch.gsys_ext_vch1.as_deref()), (0, Some("D1")));
    let open = dnd(Agent::new("s1", "D1", "A1", 1).logs_in(0.0), true, 10.0);
    let rows = gidb(open.clone().events);
    assert_eq!((rows.g_dnd_history[0].state, rows.g_dnd_history[0].terminated), (1, None));
    let rows = gidb(open.logs_out(30.0).events);
    assert_eq!((rows.g_dnd_history[0].state, rows.g_dnd_history[0].terminated.map(at)), (0, Some(30.0)));
}

#[test]
fn the_times_of_an_agents_states_fill_the_session_when_it_has_ended() {
    let rows = gidb(a_day().events);
    let [stat] = &rows.gs_agent_stat[..] else { panic!("one session") };
    assert_eq!((stat.tt_login, stat.tt_notready, stat.tt_ready), (5, 85, 40));
    assert_eq!((stat.tt_busy, stat.tt_acw, stat.tt_null), (60, 10, 0));
}

#[test]
fn a_session_that_goes_on_is_open_and_has_no_sums_yet() {
    let rows = gidb(Agent::new("s1", "D1", "A1", 1).logs_in(0.0).ready(5.0, &[]).events);
    assert_eq!((rows.g_login_session[0].state, rows.g_login_session[0].terminated), (1, None));
    assert_eq!((rows.gx_session_endpoint[0].state, rows.gx_session_endpoint[0].terminated), (1, None));
    assert!(rows.gs_agent_stat.is_empty());
    assert_eq!(changes(&rows), ["0 state null>login (login, unknown)", "5 state login>ready (ready, auto-in)"]);
}

#[test]
fn another_work_mode_in_the_same_state_is_a_change_of_the_work_mode() {
    let agent = Agent::new("s1", "D1", "A1", 1).logs_in(0.0).away(0.0, &[]);
    let rows = gidb(agent.not_ready(9.0, callmart_schema::event::WorkMode::WORK_MODE_WALK_AWAY, &[]).events);
    let expected = [
        "0 state null>login (login, unknown)",
        "0 state login>notready (notready, auxiliary work)",
        "9 work_mode notready>notready (notready, walk away)",
    ];
    assert_eq!(changes(&rows), expected);
}
