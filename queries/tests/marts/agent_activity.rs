//! `agent-summary-activity` on states whose shares of periods were worked out by hand.

use callmart_queries::reports::Period;
use callmart_schema::catalogue::SmResStateFact;
use callmart_schema::catalogue::statics::AgentState;
use chrono_tz::Tz;

use crate::asked::{ask, check, check_engines, lines, request};
use crate::support::{AGENT, Content, OTHER_AGENT, at, resources, state};

const REPORT: &str = "agent-summary-activity";

const TIMES: [&str; 8] = ["agent", "period", "active_s", "ready_s", "not_ready_s", "busy_s", "wrap_s", "other_s"];

const COUNTS: [&str; 7] =
    ["agent", "period", "ready_count", "not_ready_count", "busy_count", "wrap_count", "other_count"];

const SHARES: [&str; 6] = ["agent", "ready_share", "not_ready_share", "busy_share", "wrap_share", "occupancy"];

fn content(states: &[SmResStateFact]) -> Content {
    let mut content = Content::with_statics();
    content.add(&resources()).add(states);
    content
}

/// States of an agent one after the other, from a start and with lengths in seconds.
fn tiled(agent: i64, from: &str, states: &[(AgentState, i64)]) -> Vec<SmResStateFact> {
    let mut start_s = at(from);
    let mut rows = Vec::new();
    for (id, (of, length_s)) in (agent * 100..).zip(states) {
        rows.push(state(id, agent, *of, start_s, *length_s));
        start_s += length_s;
    }
    rows
}

/// 8:50 to 10:30 in Berlin: logged on for 10 s, ready up to 9:00, a call over the border of the hour, after-call work,
/// a break from 9:30 over 10:00 to 10:20, and ready again for 10 minutes.
fn morning() -> Vec<SmResStateFact> {
    use AgentState::{AfterCallWork, Busy, LoggedOnOnly, NotReady, Ready};
    let of = [(LoggedOnOnly, 10), (Ready, 500), (Busy, 690), (AfterCallWork, 1_200), (NotReady, 3_000), (Ready, 600)];
    tiled(AGENT, "2026-01-05T07:50:00Z", &of)
}

#[tokio::test]
async fn a_state_over_the_border_of_an_hour_counts_in_each_hour_with_its_part() {
    let hours = request("2026-01-05", "2026-01-06", Tz::Europe__Berlin, Period::Hour);
    let (_dir, engines) = content(&morning()).engines("activity_hours").await;
    let expected = [
        "4711 2026-01-05 08:00+01:00 600 500 0 90 0 10",
        "4711 2026-01-05 09:00+01:00 3600 0 1800 600 1200 0",
        "4711 2026-01-05 10:00+01:00 1800 600 1200 0 0 0",
    ];
    check_engines(&engines, (REPORT, &hours), &TIMES, &expected).await;
    let expected = [
        "4711 2026-01-05 08:00+01:00 1 0 1 0 1",
        "4711 2026-01-05 09:00+01:00 0 1 1 1 0",
        "4711 2026-01-05 10:00+01:00 1 1 0 0 0",
    ];
    check_engines(&engines, (REPORT, &hours), &COUNTS, &expected).await;
}

#[tokio::test]
async fn a_day_has_the_sums_of_its_hours_counts_each_stretch_once_and_divides_by_hand() {
    let day = request("2026-01-05", "2026-01-06", Tz::Europe__Berlin, Period::Day);
    let (_dir, engines) = content(&morning()).engines("activity_day").await;
    check_engines(&engines, (REPORT, &day), &TIMES, &["4711 2026-01-05 6000 1100 3000 690 1200 10"]).await;
    check_engines(&engines, (REPORT, &day), &COUNTS, &["4711 2026-01-05 2 1 1 1 1"]).await;
    // 1100, 3000, 690 and 1200 of 6000; (690 + 1200) / (6000 - 3000).
    let expected = ["4711 0.18333333333333332 0.5 0.115 0.2 0.63"];
    check_engines(&engines, (REPORT, &day), &SHARES, &expected).await;
}

#[tokio::test]
async fn quarter_hours_weeks_and_months_have_the_same_sums() {
    let (_dir, engines) = content(&morning()).engines("activity_lengths").await;
    let columns = ["period", "period_key", "active_s", "not_ready_s", "not_ready_count"];
    let of = |by| request("2026-01-05", "2026-01-06", Tz::Europe__Berlin, by);
    let expected = [
        "2026-01-05 08:45+01:00 1767599100 600 0 0",
        "2026-01-05 09:00+01:00 1767600000 900 0 0",
        "2026-01-05 09:15+01:00 1767600900 900 0 0",
        "2026-01-05 09:30+01:00 1767601800 900 900 1",
        "2026-01-05 09:45+01:00 1767602700 900 900 1",
        "2026-01-05 10:00+01:00 1767603600 900 900 1",
        "2026-01-05 10:15+01:00 1767604500 900 300 1",
    ];
    check_engines(&engines, (REPORT, &of(Period::QuarterHour)), &columns, &expected).await;
    // 2026-01-04 was a Sunday; the asked day is all of the week and of the month that is answered.
    check_engines(&engines, (REPORT, &of(Period::Week)), &columns, &["2026-01-04 1767481200 6000 3000 1"]).await;
    check_engines(&engines, (REPORT, &of(Period::Month)), &columns, &["2026-01 1767222000 6000 3000 1"]).await;
}

#[tokio::test]
async fn a_state_over_midnight_is_split_and_one_that_began_before_the_period_is_found() {
    let nights = tiled(AGENT, "2026-01-05T22:00:00Z", &[(AgentState::NotReady, 3 * 3_600)]); // 23:00 to 2:00 in Berlin
    let (_dir, engines) = content(&nights).engines("activity_midnight").await;
    let columns = ["period", "active_s", "not_ready_count"];
    let both = request("2026-01-05", "2026-01-07", Tz::Europe__Berlin, Period::Day);
    check_engines(&engines, (REPORT, &both), &columns, &["2026-01-05 3600 1", "2026-01-06 7200 1"]).await;
    let second = request("2026-01-06", "2026-01-07", Tz::Europe__Berlin, Period::Day);
    check_engines(&engines, (REPORT, &second), &columns, &["2026-01-06 7200 1"]).await;
    let first = request("2026-01-05", "2026-01-06", Tz::Europe__Berlin, Period::Day);
    check_engines(&engines, (REPORT, &first), &columns, &["2026-01-05 3600 1"]).await;
}

#[tokio::test]
async fn a_state_counts_for_72_hours_at_most_whatever_period_is_asked() {
    // From Friday 17:00 UTC for five days: up to Monday 17:00.
    let forgotten = tiled(AGENT, "2026-01-02T17:00:00Z", &[(AgentState::NotReady, 5 * 86_400)]);
    let (_dir, engines) = content(&forgotten).engines("activity_longest").await;
    let columns = ["period", "active_s"];
    let all = request("2026-01-01", "2026-01-10", Tz::UTC, Period::Day);
    let expected = ["2026-01-02 25200", "2026-01-03 86400", "2026-01-04 86400", "2026-01-05 61200"];
    check_engines(&engines, (REPORT, &all), &columns, &expected).await;
    let monday = request("2026-01-05", "2026-01-06", Tz::UTC, Period::Day);
    check_engines(&engines, (REPORT, &monday), &columns, &["2026-01-05 61200"]).await;
    let tuesday = request("2026-01-06", "2026-01-07", Tz::UTC, Period::Day);
    check_engines(&engines, (REPORT, &tuesday), &columns, &[]).await;
    let monday = request("2026-01-05", "2026-01-06", Tz::UTC, Period::QuarterHour);
    for engine in &engines {
        let quarters = lines(&ask(engine, (REPORT, &monday)).await, &columns);
        assert_eq!((quarters.len(), quarters[67].as_str()), (68, "2026-01-05 16:45+00:00 900"));
    }
}

#[tokio::test]
async fn states_at_the_borders_and_without_length_are_in_one_period_only() {
    let nine = at("2026-01-05T09:00:00Z");
    let states = [
        state(1, AGENT, AgentState::Ready, nine - 900, 900), // ends at the border
        state(2, AGENT, AgentState::Busy, nine, 0),          // without length, at the border
        state(3, AGENT, AgentState::NotReady, nine, 1),
        state(4, AGENT, AgentState::AfterCallWork, at("2026-01-06T00:00:00Z"), 60), // behind the last day
        state(5, AGENT, AgentState::AfterCallWork, at("2026-01-04T23:59:00Z"), 60), // before the first day
        state(6, AGENT, AgentState::Busy, at("2026-01-05T00:00:00Z"), 0),           // at the start of the first day
    ];
    let hours = request("2026-01-05", "2026-01-06", Tz::UTC, Period::Hour);
    let columns = ["period", "active_s", "ready_count", "busy_count", "not_ready_count", "wrap_count", "ready_share"];
    let expected = [
        "2026-01-05 00:00+00:00 0 0 1 0 0 -",
        "2026-01-05 08:00+00:00 900 1 0 0 0 1.0",
        "2026-01-05 09:00+00:00 1 0 1 1 0 0.0",
    ];
    check(&content(&states), "activity_borders", (REPORT, &hours), &columns, &expected).await;
}

#[tokio::test]
async fn days_on_which_the_clock_is_set_have_23_and_25_hours() {
    let autumn = tiled(AGENT, "2026-10-24T12:00:00Z", &[(AgentState::Ready, 48 * 3_600)]);
    let spring = tiled(AGENT, "2026-03-28T12:00:00Z", &[(AgentState::Ready, 48 * 3_600)]);
    let (_dir, engines) = content(&[autumn, spring].concat()).engines("activity_clock").await;
    let columns = ["period", "ready_s", "ready_count"];
    let days = request("2026-10-25", "2026-10-26", Tz::Europe__Berlin, Period::Day);
    check_engines(&engines, (REPORT, &days), &columns, &["2026-10-25 90000 1"]).await;
    let days = request("2026-03-29", "2026-03-30", Tz::Europe__Berlin, Period::Day);
    check_engines(&engines, (REPORT, &days), &columns, &["2026-03-29 82800 1"]).await;
    let hours = request("2026-10-25", "2026-10-26", Tz::Europe__Berlin, Period::Hour);
    for engine in &engines {
        let hours = lines(&ask(engine, (REPORT, &hours)).await, &columns);
        let twos = ["2026-10-25 02:00+02:00 3600 1", "2026-10-25 02:00+01:00 3600 1"];
        assert_eq!((hours.len(), &hours[2..4]), (25, &twos.map(str::to_owned)[..]), "{}", engine.name());
    }
}

#[tokio::test]
async fn agents_are_apart_in_order_and_one_can_be_asked_for() {
    let mut states = morning();
    states.extend(tiled(OTHER_AGENT, "2026-01-05T08:00:00Z", &[(AgentState::Busy, 60), (AgentState::Unknown, 40)]));
    let (_dir, engines) = content(&states).engines("activity_agents").await;
    let day = request("2026-01-05", "2026-01-06", Tz::Europe__Berlin, Period::Day);
    let other = "O'Hara % \\ Zoë";
    let row = format!("{other} 2026-01-05 100 0 0 60 0 40");
    let expected = ["4711 2026-01-05 6000 1100 3000 690 1200 10", row.as_str()];
    check_engines(&engines, (REPORT, &day), &TIMES, &expected).await;
    check_engines(&engines, (REPORT, &day.clone().with_filter("agent", "4711")), &TIMES, &expected[..1]).await;
    check_engines(&engines, (REPORT, &day.clone().with_filter("agent", other)), &TIMES, &expected[1..]).await;
    check_engines(&engines, (REPORT, &day.clone().with_filter("agent", "")), &TIMES, &expected).await;
    for nobody in ["%", "47%", "' OR '1'='1", "$1", "O'Hara"] {
        check_engines(&engines, (REPORT, &day.clone().with_filter("agent", nobody)), &TIMES, &[]).await;
    }
}

#[tokio::test]
async fn without_states_there_are_no_rows_and_a_state_of_an_unknown_kind_is_other_time() {
    let day = request("2026-01-05", "2026-01-06", Tz::UTC, Period::Day);
    check(&Content::default(), "activity_empty", (REPORT, &day), &TIMES, &[]).await;
    let mut odd = state(1, AGENT, AgentState::Ready, at("2026-01-05T08:00:00Z"), 60);
    odd.resource_state_key = 99;
    check(&content(&[odd]), "activity_odd", (REPORT, &day), &TIMES, &["4711 2026-01-05 60 0 0 0 0 60"]).await;
}
