//! `agent-state-details` and `agent-login-logout` on rows whose answer was worked out by hand.

use callmart_queries::reports::{Period, ReportRequest};
use callmart_schema::catalogue::statics::AgentState;
use callmart_schema::catalogue::{ResourceStateReason, SmResSessionFact};
use chrono_tz::Tz;

use crate::asked::{ask, check, check_engines, lines, request};
use crate::support::{AGENT, Content, OTHER_AGENT, TENANT, at, reason, resources, session, state};

const STATES: &str = "agent-state-details";
const LOGINS: &str = "agent-login-logout";

const LUNCH: i64 = 501;
const MEETING: i64 = 502;
const NO_ANSWER: i64 = 503;

fn days(from: &str, to: &str) -> ReportRequest {
    request(from, to, Tz::Europe__Berlin, Period::Day)
}

fn reasons() -> Vec<ResourceStateReason> {
    let software = |key, value: &str| ResourceStateReason {
        resource_state_reason_key: key,
        tenant_key: TENANT,
        reason_type: "Software".to_owned(),
        reason_type_code: "SOFTWARE".to_owned(),
        software_reason_key: "ReasonCode".to_owned(),
        software_reason_value: value.to_owned(),
        workmode: "AuxWork".to_owned(),
        workmode_code: "AUXWORK".to_owned(),
        ..ResourceStateReason::default()
    };
    let hardware = ResourceStateReason {
        reason_type_code: "HARDWARE".to_owned(),
        hardware_reason: "7".to_owned(),
        software_reason_key: String::new(),
        software_reason_value: String::new(),
        ..software(NO_ANSWER, "")
    };
    vec![software(LUNCH, "Lunch; \"hot\" 100 %"), software(MEETING, "Meeting"), hardware]
}

/// Monday 2026-01-05 in Berlin: ready 8:50 to 9:00, busy up to 9:01:30.5, not ready with two reasons at once and one after
/// them up to 9:31:30, not ready over midnight, and one state of another agent.
fn monday() -> Content {
    let ready = state(1, AGENT, AgentState::Ready, at("2026-01-05T07:50:00Z"), 600);
    let mut busy = state(2, AGENT, AgentState::Busy, at("2026-01-05T08:00:00Z"), 90);
    busy.end_ms += 500;
    let mut pause = state(3, AGENT, AgentState::NotReady, at("2026-01-05T08:01:30Z"), 1_800);
    pause.start_ms += 500;
    let mut night = state(4, AGENT, AgentState::NotReady, at("2026-01-05T22:59:30Z"), 90);
    night.media_resource_key = -2;
    let other = state(5, OTHER_AGENT, AgentState::LoggedOnOnly, at("2026-01-05T08:00:00Z"), 5);
    let given = [
        reason(31, &pause, LUNCH, (0, 600)),
        reason(32, &pause, NO_ANSWER, (0, 600)),
        reason(33, &pause, MEETING, (600, 1_800)),
        reason(41, &night, MEETING, (0, 90)),
    ];
    let sessions = [session(AGENT, AGENT, at("2026-01-05T07:50:00Z"), 86_400)];
    let mut states = [ready, busy, pause, night, other];
    for one in &mut states {
        one.sm_res_session_fact_sdt_key = at("2026-01-05T07:45:00Z");
    }
    let mut content = Content::with_statics();
    content.add(&resources()).add(&reasons()).add(&states).add(&given).add(&sessions);
    content
}

const STATE_COLUMNS: [&str; 7] =
    ["start_time", "end_time", "duration_s", "state", "continued", "first_row", "reason_value"];

const MONDAY: [&str; 6] = [
    "2026-01-05T08:50:00+01:00 2026-01-05T09:00:00+01:00 600 READY 0 1 -",
    "2026-01-05T09:00:00+01:00 2026-01-05T09:01:30.500+01:00 90 BUSY 0 1 -",
    "2026-01-05T09:01:30.500+01:00 2026-01-05T09:31:30+01:00 1800 NOTREADY 0 1 Lunch; \"hot\" 100 %",
    "2026-01-05T09:01:30.500+01:00 2026-01-05T09:31:30+01:00 1800 NOTREADY 0 0 7",
    "2026-01-05T09:01:30.500+01:00 2026-01-05T09:31:30+01:00 1800 NOTREADY 0 0 Meeting",
    "2026-01-05T23:59:30+01:00 2026-01-06T00:00:00+01:00 30 NOTREADY 0 1 Meeting",
];

const OTHER: &str = "2026-01-05T09:00:00+01:00 2026-01-05T09:00:05+01:00 5 LOGGEDONONLY 0 1 -";

#[tokio::test]
async fn states_are_listed_in_order_with_their_reasons_and_split_at_midnight() {
    let (_dir, engines) = monday().engines("states_monday").await;
    let expected: Vec<&str> = MONDAY.into_iter().chain([OTHER]).collect();
    let day = days("2026-01-05", "2026-01-06");
    check_engines(&engines, (STATES, &day), &STATE_COLUMNS, &expected).await;
    let night = "2026-01-06T00:00:00+01:00 2026-01-06T00:01:00+01:00 60 NOTREADY 1 1 Meeting";
    check_engines(&engines, (STATES, &days("2026-01-06", "2026-01-07")), &STATE_COLUMNS, &[night]).await;
    let both: Vec<&str> = MONDAY.into_iter().chain([night, OTHER]).collect();
    check_engines(&engines, (STATES, &days("2026-01-05", "2026-01-07")), &STATE_COLUMNS, &both).await;
}

#[tokio::test]
async fn a_row_tells_the_kind_of_reason_its_time_the_dn_and_the_session() {
    let columns =
        ["agent", "day", "reason_type", "reason_key", "workmode", "reason_start", "reason_s", "dn", "session"];
    let expected = [
        "4711 2026-01-05 - - - - - 2001 s-11",
        "4711 2026-01-05 - - - - - 2001 s-11",
        "4711 2026-01-05 SOFTWARE ReasonCode AUXWORK 2026-01-05T09:01:30.500+01:00 600 2001 s-11",
        "4711 2026-01-05 HARDWARE  AUXWORK 2026-01-05T09:01:30.500+01:00 600 2001 s-11",
        "4711 2026-01-05 SOFTWARE ReasonCode AUXWORK 2026-01-05T09:11:30+01:00 1200 2001 s-11",
        "4711 2026-01-05 SOFTWARE ReasonCode AUXWORK 2026-01-05T23:59:30+01:00 30 - s-11",
        "4711 2026-01-06 SOFTWARE ReasonCode AUXWORK 2026-01-06T00:00:00+01:00 60 - s-11",
    ];
    let of_agent = days("2026-01-05", "2026-01-07").with_filter("agent", "4711");
    check(&monday(), "states_reasons", (STATES, &of_agent), &columns, &expected).await;
}

#[tokio::test]
async fn pages_of_any_size_make_up_the_whole_list() {
    let (_dir, engines) = monday().engines("states_pages").await;
    let whole: Vec<&str> = MONDAY.into_iter().chain([OTHER]).collect();
    for engine in &engines {
        for size in [1, 3, 7, 8_u64] {
            let mut found = Vec::new();
            loop {
                let offset = found.len() as u64;
                let page = ReportRequest { limit: Some(size), offset, ..days("2026-01-05", "2026-01-06") };
                let answer = ask(engine, (STATES, &page)).await;
                let rows = lines(&answer, &STATE_COLUMNS);
                assert_eq!(answer.has_more, offset + (rows.len() as u64) < 7, "{} {size} {offset}", engine.name());
                found.extend(rows);
                if !answer.has_more {
                    break;
                }
            }
            assert_eq!(found, whole, "{} {size}", engine.name());
        }
        let behind = ReportRequest { offset: 7, ..days("2026-01-05", "2026-01-06") };
        assert_eq!(ask(engine, (STATES, &behind)).await.batch.num_rows(), 0);
        let far = ReportRequest { offset: u64::MAX, ..days("2026-01-05", "2026-01-06") };
        assert_eq!(ask(engine, (STATES, &far)).await.batch.num_rows(), 0);
    }
}

#[tokio::test]
async fn a_state_over_the_clock_change_and_several_days_is_a_row_per_local_day_up_to_72_hours() {
    let long = state(1, AGENT, AgentState::NotReady, at("2026-10-24T21:00:00Z"), 200 * 3_600);
    let mut content = Content::with_statics();
    content.add(&resources()).add(&[long]);
    let (_dir, engines) = content.engines("states_long").await;
    let expected = [
        "2026-10-24T23:00:00+02:00 2026-10-25T00:00:00+02:00 3600 NOTREADY 0 1 -",
        "2026-10-25T00:00:00+02:00 2026-10-26T00:00:00+01:00 90000 NOTREADY 1 1 -",
        "2026-10-26T00:00:00+01:00 2026-10-27T00:00:00+01:00 86400 NOTREADY 1 1 -",
        "2026-10-27T00:00:00+01:00 2026-10-27T22:00:00+01:00 79200 NOTREADY 1 1 -",
    ];
    check_engines(&engines, (STATES, &days("2026-10-20", "2026-11-20")), &STATE_COLUMNS, &expected).await;
    check_engines(&engines, (STATES, &days("2026-10-27", "2026-10-28")), &STATE_COLUMNS, &expected[3..]).await;
    check_engines(&engines, (STATES, &days("2026-10-28", "2026-10-29")), &STATE_COLUMNS, &[]).await;
}

#[tokio::test]
async fn states_at_the_borders_of_a_day_are_in_one_day_only() {
    let midnight = at("2026-01-05T23:00:00Z");
    let states = [
        state(1, AGENT, AgentState::Ready, midnight - 60, 60),
        state(2, AGENT, AgentState::Busy, midnight, 0),
        state(3, AGENT, AgentState::NotReady, midnight, 60),
    ];
    let given = [reason(20, &states[1], LUNCH, (0, 0)), reason(30, &states[2], MEETING, (0, 0))];
    let mut content = Content::with_statics();
    content.add(&resources()).add(&reasons()).add(&states).add(&given);
    let (_dir, engines) = content.engines("states_borders").await;
    let columns = ["day", "state", "duration_s", "continued", "reason_value", "reason_s"];
    let expected = [
        "2026-01-05 READY 60 0 - -",
        "2026-01-06 BUSY 0 0 Lunch; \"hot\" 100 % 0",
        "2026-01-06 NOTREADY 60 0 Meeting 0",
    ];
    check_engines(&engines, (STATES, &days("2026-01-05", "2026-01-07")), &columns, &expected).await;
    check_engines(&engines, (STATES, &days("2026-01-06", "2026-01-07")), &columns, &expected[1..]).await;
    check_engines(&engines, (STATES, &days("2026-01-05", "2026-01-06")), &columns, &expected[..1]).await;
}

const LOGIN_COLUMNS: [&str; 9] =
    ["agent", "day", "first_login", "last_logout", "sessions", "logins", "logouts", "active_s", "present_s"];

fn logins(sessions: &[SmResSessionFact]) -> Content {
    let mut content = Content::with_statics();
    content.add(&resources()).add(sessions);
    content
}

#[tokio::test]
async fn a_day_has_the_first_login_the_last_logout_and_the_time_in_between_without_the_gaps() {
    let sessions = [
        session(1, AGENT, at("2026-01-05T08:00:00Z"), 3_600),
        session(2, AGENT, at("2026-01-05T08:30:00Z"), 600), // inside the first, on another DN
        session(3, AGENT, at("2026-01-05T08:50:00Z"), 1_800), // goes on behind the first
        session(4, AGENT, at("2026-01-05T12:00:00Z"), 60),
        session(5, AGENT, at("2026-01-05T12:01:00Z"), 0),
        session(6, AGENT, at("2026-01-05T21:00:00Z"), 4 * 3_600), // 22:00 to 2:00 in Berlin
        session(7, OTHER_AGENT, at("2026-01-05T08:00:00Z"), 60),
    ];
    let (_dir, engines) = logins(&sessions).engines("logins_day").await;
    // 3600 + 600 + 1800 + 60 + 0 + 7200; from 9:00 to 10:20, one minute and two hours.
    let expected = [
        "4711 2026-01-05 2026-01-05T09:00:00+01:00 2026-01-05T13:01:00+01:00 6 6 5 13260 12060",
        "4711 2026-01-06 - 2026-01-06T02:00:00+01:00 1 0 1 7200 7200",
        "O'Hara % \\ Zoë 2026-01-05 2026-01-05T09:00:00+01:00 2026-01-05T09:01:00+01:00 1 1 1 60 60",
    ];
    check_engines(&engines, (LOGINS, &days("2026-01-05", "2026-01-07")), &LOGIN_COLUMNS, &expected).await;
    check_engines(&engines, (LOGINS, &days("2026-01-06", "2026-01-07")), &LOGIN_COLUMNS, &expected[1..2]).await;
    let other = days("2026-01-05", "2026-01-07").with_filter("agent", "O'Hara % \\ Zoë");
    check_engines(&engines, (LOGINS, &other), &LOGIN_COLUMNS, &expected[2..]).await;
    let second = ReportRequest { limit: Some(1), offset: 1, ..days("2026-01-05", "2026-01-07") };
    check_engines(&engines, (LOGINS, &second), &LOGIN_COLUMNS, &expected[1..2]).await;
}

#[tokio::test]
async fn a_session_over_days_is_in_each_of_them_for_seven_days_at_most() {
    let (_dir, engines) =
        logins(&[session(1, AGENT, at("2026-03-27T22:00:00Z"), 9 * 86_400)]).engines("logins_long").await;
    let columns = ["day", "first_login", "last_logout", "active_s"];
    let expected = [
        "2026-03-27 2026-03-27T23:00:00+01:00 - 3600",
        "2026-03-28 - - 86400",
        "2026-03-29 - - 82800", // 23 hours
        "2026-03-30 - - 86400",
        "2026-03-31 - - 86400",
        "2026-04-01 - - 86400",
        "2026-04-02 - - 86400",
        "2026-04-03 - - 86400", // up to 24:00, which is 22:00 UTC
    ];
    check_engines(&engines, (LOGINS, &days("2026-03-20", "2026-05-01")), &columns, &expected).await;
    check_engines(&engines, (LOGINS, &days("2026-04-03", "2026-04-04")), &columns, &expected[7..]).await;
}

#[tokio::test]
async fn sessions_that_end_at_midnight_belong_to_the_day_before() {
    let sessions = [session(1, AGENT, at("2026-01-05T22:00:00Z"), 3_600)];
    let columns = ["day", "last_logout", "logouts"];
    let expected = ["2026-01-05 2026-01-06T00:00:00+01:00 1"];
    check(&logins(&sessions), "logins_midnight", (LOGINS, &days("2026-01-05", "2026-01-07")), &columns, &expected)
        .await;
    check(&Content::default(), "logins_empty", (LOGINS, &days("2026-01-05", "2026-01-07")), &columns, &[]).await;
    check(&Content::default(), "states_empty", (STATES, &days("2026-01-05", "2026-01-07")), &STATE_COLUMNS, &[]).await;
}
