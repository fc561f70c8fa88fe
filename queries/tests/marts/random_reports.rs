//! All reports over random marts: both engines give one answer, pages make up the whole, and sums agree with what is added
//! up here from the facts, with clocks read instead of calendars joined.

use std::collections::{BTreeMap, BTreeSet};

use callmart_queries::engine::{Engine, ParquetSettings};
use callmart_queries::reports::{PERIODS, Period, ReportRequest, all};
use callmart_schema::calendar::day_start_s;
use callmart_schema::catalogue::statics::{IxnState, IxnStateDescriptor, IxnType, Outcome, ResourceRole};
use callmart_schema::catalogue::{
    InteractionFact, InteractionResourceFact, IxnResourceStateFact, MediationSegmentFact, Resource,
    ResourceStateReason, SmResSessionFact, SmResStateFact, SmResStateReasonFact,
};
use chrono::{DateTime, Datelike, Days, NaiveDate};
use chrono_tz::Tz;

use crate::asked::{ask, lines, request};
use crate::calls::{attempt, interaction, stretch, user_data};
use crate::random::Dice;
use crate::support::{
    AGENT, Content, ENDPOINT, IVR, OTHER_AGENT, SALES, SUPPORT, TENANT, at, passage, reason, resources,
};
use crate::support::{session, state};
use callmart_schema::catalogue::statics::AgentState;

/// An agent of another tenant with the EmployeeID of the first.
const NAMESAKE: i64 = 17;

const FROM: &str = "2026-10-24";
const TO: &str = "2026-10-27";

/// The rows of a random mart around the end of summer time in Berlin, to add up from.
#[derive(Default)]
struct World {
    states: Vec<SmResStateFact>,
    reasons: Vec<SmResStateReasonFact>,
    sessions: Vec<SmResSessionFact>,
    interactions: Vec<InteractionFact>,
    attempts: Vec<InteractionResourceFact>,
    passages: Vec<MediationSegmentFact>,
    stretches: Vec<IxnResourceStateFact>,
}

fn moment(dice: &mut Dice) -> i64 {
    let at_s = at("2026-10-20T00:00:00Z") + dice.roll(8 * 86_400);
    // Often on a border.
    if dice.roll(4) == 0 { at_s / 900 * 900 } else { at_s }
}

impl World {
    fn random(seed: u64) -> Self {
        let (mut world, mut dice) = (Self::default(), Dice(seed));
        for id in 0..400 {
            world.add_state(&mut dice, id * 10);
        }
        for id in 0..80 {
            let (start_s, longest) = (moment(&mut dice), dice.pick(&[1, 3_600, 40_000, 800_000]));
            let agent = dice.pick(&[AGENT, AGENT, OTHER_AGENT, NAMESAKE, 555]);
            world.sessions.push(session(id, agent, start_s, dice.roll(longest)));
        }
        for id in 1..200 {
            world.add_call(&mut dice, id * 100);
        }
        world
    }

    fn add_state(&mut self, dice: &mut Dice, id: i64) {
        let agent = dice.pick(&[AGENT, AGENT, AGENT, OTHER_AGENT, NAMESAKE, 555]);
        let longest = dice.pick(&[1, 2, 900, 1_801, 4_000, 400_000]);
        let (start_s, length_s) = (moment(dice), dice.roll(longest));
        let mut one = state(id, agent, AgentState::Ready, start_s, length_s);
        one.resource_state_key = dice.pick(&[-1, 1, 2, 3, 3, 3, 4, 5, 6, 99]);
        one.sm_res_session_fact_key = dice.roll(80);
        if length_s > 0 {
            one.start_ms += dice.roll(1_000);
            one.end_ms += dice.roll(1_000);
        }
        for place in 1..=dice.roll(4) {
            let from_s = dice.pick(&[0, 0, dice_within(length_s, place)]);
            let to_s = dice.pick(&[length_s, length_s, from_s]);
            self.reasons.push(reason(id + place, &one, dice.pick(&[501, 502, 503]), (from_s, to_s)));
        }
        self.states.push(one);
    }

    fn add_call(&mut self, dice: &mut Dice, id: i64) {
        let start_s = moment(dice);
        let call = interaction(
            id,
            dice.pick(&[IxnType::Inbound, IxnType::Outbound, IxnType::Internal]),
            start_s,
            start_s + 900,
        );
        for place in 0..dice.roll(4) {
            let mut pass = passage(
                id + 50 + place,
                dice.pick(&[SALES, SUPPORT]),
                start_s + dice.roll(60),
                dice.roll(60),
                Outcome::Cleared,
            );
            (pass.interaction_id, pass.interaction_sdt_key) = (id, call.start_date_time_key);
            pass.ixn_resource_id = dice.pick(&[-2, id + 1]);
            self.passages.push(pass);
        }
        for place in 0..dice.roll(5) {
            let how = (
                ResourceRole::RoutedTo,
                dice.pick(&[
                    Outcome::Completed,
                    Outcome::CustomerAbandonedFromHold,
                    Outcome::CustomerAbandonedWhileQueued,
                    Outcome::CustomerAbandonedWhileRinging,
                    Outcome::AbandonedWhileRinging,
                ]),
            );
            let from_s = dice.roll(600);
            let to_s = from_s + dice.roll(600);
            let who = dice.pick(&[AGENT, OTHER_AGENT, IVR, -1]);
            let mut one = attempt(&call, (id + place, place as i32 + 1), who, how, (from_s, to_s));
            one.mediation_resource_key = dice.pick(&[-2, SALES, SUPPORT]);
            one.talk_duration = dice.roll(100) as i32;
            one.conf_join_talk_duration = dice.roll(100) as i32;
            for n in 0..dice.roll(4) {
                let of = (dice.pick(&[IxnState::Alert, IxnState::Hold, IxnState::Connect]), IxnStateDescriptor::None);
                let begins = dice.roll(to_s - from_s + 1);
                self.stretches.push(stretch(id + place * 10 + n, &one, of, (begins, to_s - from_s)));
            }
            self.attempts.push(one);
        }
        if dice.roll(10) > 0 {
            self.interactions.push(call);
        }
    }

    fn content(&self) -> Content {
        let namesake = Resource {
            resource_key: NAMESAKE,
            tenant_key: TENANT + 1,
            resource_name: "4711".to_owned(),
            employee_id: Some("4711".to_owned()),
            resource_type_code: "AGENT".to_owned(),
            ..Resource::default()
        };
        let given: Vec<_> = [501, 502]
            .map(|key| ResourceStateReason { resource_state_reason_key: key, ..ResourceStateReason::default() })
            .into();
        let keys: Vec<_> = self.attempts.iter().map(|a| user_data(a, a.interaction_resource_id % 3)).collect();
        let mut content = Content::with_statics();
        content.add(&resources()).add(&[namesake]).add(&given).add(&keys);
        content.add(&self.states).add(&self.reasons).add(&self.sessions).add(&self.interactions);
        content.add(&self.attempts).add(&self.passages).add(&self.stretches);
        content
    }
}

fn dice_within(length_s: i64, place: i64) -> i64 {
    length_s * place / 4
}

fn local(epoch_s: i64, tz: Tz) -> DateTime<Tz> {
    DateTime::from_timestamp(epoch_s, 0).expect("a time").with_timezone(&tz)
}

/// The period that an instant lies in, by its clock.
fn label(epoch_s: i64, tz: Tz, by: Period) -> String {
    let local = local(epoch_s / 900 * 900, tz);
    let day = local.date_naive();
    match by {
        Period::QuarterHour => local.format("%Y-%m-%d %H:%M%:z").to_string(),
        Period::Hour => local.format("%Y-%m-%d %H:00%:z").to_string(),
        Period::Day => day.to_string(),
        Period::Week => (day - Days::new(u64::from(day.weekday().num_days_from_sunday()))).to_string(),
        Period::Month => day.format("%Y-%m").to_string(),
    }
}

/// Name of an agent who has a row.
fn agent_name(key: i64) -> Option<&'static str> {
    match key {
        AGENT | NAMESAKE => Some("4711"),
        OTHER_AGENT => Some("O'Hara % \\ Zoë"),
        _ => None,
    }
}

/// From and to of the days in a zone, in seconds.
fn days_s(tz: Tz) -> (i64, i64) {
    let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
    (day_start_s(tz, day(FROM)), day_start_s(tz, day(TO)))
}

/// The parts of a span in quarter hours of the asked days: start of each, and the seconds in it. A span without length is
/// one part of no seconds.
fn parts(start_s: i64, end_s: i64, tz: Tz) -> Vec<(i64, i64)> {
    let (from_s, to_s) = days_s(tz);
    if start_s == end_s {
        return Vec::from_iter((from_s <= start_s && start_s < to_s).then_some((start_s, 0)));
    }
    let quarters = (from_s.max(start_s / 900 * 900)..to_s.min(end_s)).step_by(900);
    quarters.map(|q| (q, end_s.min(q + 900) - start_s.max(q))).collect()
}

/// The lines of `agent-summary-activity`, in any order.
fn activity(world: &World, tz: Tz, by: Period) -> BTreeSet<String> {
    let mut sums: BTreeMap<(i64, String), [i64; 10]> = BTreeMap::new();
    for one in &world.states {
        let class = match one.resource_state_key {
            4 => 0,
            3 => 1,
            6 => 2,
            5 => 3,
            _ => 4,
        };
        let mut touched = BTreeSet::new();
        for (quarter, length_s) in parts(one.start_ts, one.end_ts.min(one.start_ts + 72 * 3_600), tz) {
            let of = (one.resource_key, label(quarter, tz, by));
            touched.insert(of.clone());
            sums.entry(of).or_default()[class] += length_s;
        }
        for of in touched {
            sums.entry(of).or_default()[5 + class] += 1;
        }
    }
    let line = |((agent, period), sums): (&(i64, String), &[i64; 10])| {
        let numbers = sums.map(|n| n.to_string()).join(" ");
        agent_name(*agent).map(|name| format!("{name} {period} {numbers}"))
    };
    sums.iter().filter_map(line).collect()
}

/// By agent, day and state: the first and last second there, and the seconds, in any order.
fn state_parts(world: &World, tz: Tz) -> Vec<(i64, String, &SmResStateFact, i64, i64)> {
    let mut rows = Vec::new();
    for one in &world.states {
        let mut of_day: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        let end_s = one.end_ts.min(one.start_ts + 72 * 3_600);
        for (quarter, length_s) in parts(one.start_ts, end_s, tz) {
            let start_s = one.start_ts.max(quarter);
            let entry = of_day.entry(label(quarter, tz, Period::Day)).or_insert((start_s, start_s));
            entry.1 += length_s;
        }
        rows.extend(of_day.into_iter().map(|(day, (from_s, to_s))| (one.resource_key, day, one, from_s, to_s)));
    }
    rows
}

/// The lines of `agent-state-details`, sorted.
fn details(world: &World, tz: Tz) -> Vec<String> {
    let mut rows = Vec::new();
    for (agent, day, one, from_s, to_s) in state_parts(world, tz) {
        let Some(name) = agent_name(agent) else { continue };
        let head = format!("{name} {day} {}", to_s - from_s);
        let lies_in = |r: &&SmResStateReasonFact| {
            let is_instant = r.start_ts == r.end_ts;
            let in_part = if from_s == to_s { true } else { r.start_ts < to_s };
            let behind_start = r.end_ts > from_s || (is_instant && r.start_ts >= from_s);
            r.sm_res_state_fact_key == one.sm_res_state_fact_key && in_part && behind_start
        };
        let (first, last) = days_s(tz);
        let known = |r: &&SmResStateReasonFact| (first - 72 * 3_600..last).contains(&r.start_date_time_key);
        let lengths: Vec<i64> = world
            .reasons
            .iter()
            .filter(lies_in)
            .filter(known)
            .map(|r| r.end_ts.min(to_s) - r.start_ts.max(from_s))
            .collect();
        if lengths.is_empty() {
            rows.push(format!("{head} -"));
        }
        rows.extend(lengths.iter().map(|length_s| format!("{head} {length_s}")));
    }
    rows.sort();
    rows
}

/// From and to of a session on a day, and whether it began and ended there.
type DayPart = (i64, i64, bool, bool);

/// The lines of `agent-login-logout`, sorted.
fn logins(world: &World, tz: Tz) -> Vec<String> {
    let mut of_day: BTreeMap<(i64, String), Vec<DayPart>> = BTreeMap::new();
    for one in &world.sessions {
        let end_s = one.end_ts.min(one.start_ts + 7 * 86_400);
        let mut days: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        for (quarter, length_s) in parts(one.start_ts, end_s, tz) {
            let start_s = one.start_ts.max(quarter);
            days.entry(label(quarter, tz, Period::Day)).or_insert((start_s, start_s)).1 += length_s;
        }
        for (day, (from_s, to_s)) in days {
            let part = (from_s, to_s, from_s == one.start_ts, to_s == one.end_ts);
            of_day.entry((one.resource_key, day)).or_default().push(part);
        }
    }
    let line = |((agent, day), mut parts): ((i64, String), Vec<DayPart>)| {
        parts.sort_unstable();
        let (mut present_s, mut known_to) = (0, i64::MIN);
        for (from_s, to_s, ..) in &parts {
            present_s += (to_s - from_s.max(&known_to)).max(0);
            known_to = known_to.max(*to_s);
        }
        let active_s: i64 = parts.iter().map(|p| p.1 - p.0).sum();
        let (ins, outs) = (parts.iter().filter(|p| p.2).count(), parts.iter().filter(|p| p.3).count());
        agent_name(agent).map(|name| format!("{name} {day} {} {ins} {outs} {active_s} {present_s}", parts.len()))
    };
    let mut rows: Vec<String> = of_day.into_iter().filter_map(line).collect();
    rows.sort();
    rows
}

/// How many attempts, and what the talk of all of them adds up to.
fn talk(attempts: &[&InteractionResourceFact]) -> (usize, i64) {
    let of = |a: &&InteractionResourceFact| i64::from(a.talk_duration) + i64::from(a.conf_join_talk_duration);
    (attempts.len(), attempts.iter().map(of).sum())
}

/// Rows of the flow: attempts, passages and states of the interactions that have a row and started in the days.
fn flow_rows(world: &World, tz: Tz) -> usize {
    let (from_s, to_s) = days_s(tz);
    let began = |i: &&InteractionFact| (from_s..to_s).contains(&i.start_ts);
    let chosen: BTreeSet<i64> = world.interactions.iter().filter(began).map(|i| i.interaction_id).collect();
    let of = |a: &&InteractionResourceFact| chosen.contains(&a.interaction_id);
    let attempts: BTreeSet<i64> = world.attempts.iter().filter(of).map(|a| a.interaction_resource_id).collect();
    let passages = world.passages.iter().filter(|m| chosen.contains(&m.interaction_id)).count();
    let states = world.stretches.iter().filter(|s| attempts.contains(&s.interaction_resource_id)).count();
    attempts.len() + passages + states
}

async fn sorted(engine: &Engine, name: &str, request: &ReportRequest, columns: &[&str]) -> Vec<String> {
    let mut rows = lines(&ask(engine, (name, request)).await, columns);
    rows.sort();
    rows
}

async fn sums_agree(engine: &Engine, world: &World, tz: Tz) {
    let asked = request(FROM, TO, tz, Period::Day);
    for by in PERIODS {
        let columns = [
            "agent",
            "period",
            "ready_s",
            "not_ready_s",
            "busy_s",
            "wrap_s",
            "other_s",
            "ready_count",
            "not_ready_count",
            "busy_count",
            "wrap_count",
            "other_count",
        ];
        let found = sorted(engine, "agent-summary-activity", &ReportRequest { by, ..asked.clone() }, &columns).await;
        assert_eq!(found, Vec::from_iter(activity(world, tz, by)), "{by:?}");
    }
    let columns = ["agent", "day", "duration_s", "reason_s"];
    assert_eq!(sorted(engine, "agent-state-details", &asked, &columns).await, details(world, tz));
    let columns = ["agent", "day", "sessions", "logins", "logouts", "active_s", "present_s"];
    assert_eq!(sorted(engine, "agent-login-logout", &asked, &columns).await, logins(world, tz));
    let (from_s, to_s) = days_s(tz);
    let began: Vec<_> = world.attempts.iter().filter(|a| (from_s..to_s).contains(&a.start_ts)).collect();
    let found = lines(&ask(engine, ("interaction-handling-attempt", &asked)).await, &["talk_s"]);
    assert_eq!((found.len(), found.iter().flat_map(|s| s.parse::<i64>()).sum()), talk(&began));
    let found = ask(engine, ("interaction-flow", &asked)).await.batch.num_rows();
    assert_eq!(found, flow_rows(world, tz));
    let given_up = began.iter().filter(|a| (8..=10).contains(&(a.technical_descriptor_key % 100))).count();
    assert_eq!(ask(engine, ("abandoned-calls", &asked)).await.batch.num_rows(), given_up);
}

/// States are one row with `first_row` per day, whatever their reasons.
async fn first_rows_agree(engine: &Engine, world: &World, tz: Tz) {
    let asked = request(FROM, TO, tz, Period::Day);
    let rows = lines(&ask(engine, ("agent-state-details", &asked)).await, &["first_row"]);
    let parts = state_parts(world, tz).into_iter().filter(|(agent, ..)| agent_name(*agent).is_some()).count();
    assert_eq!(rows.iter().filter(|flag| *flag == "1").count(), parts);
}

async fn pages_agree(engine: &Engine, dice: &mut Dice) {
    for report in all().expect("reports").iter().filter(|r| r.is_list()) {
        let asked = request(FROM, TO, Tz::Europe__Berlin, Period::Day);
        let columns: Vec<&str> = report.columns.iter().map(|c| c.name.as_str()).collect();
        let whole = lines(&ask(engine, (&report.name, &asked)).await, &columns);
        let size = 1 + dice.roll(whole.len() as i64 + 1) as u64;
        let mut found = Vec::new();
        for offset in (0..=whole.len() as u64).step_by(size as usize) {
            let page = ReportRequest { limit: Some(size), offset, ..asked.clone() };
            found.extend(lines(&ask(engine, (&report.name, &page)).await, &columns));
            if found.len() > 6 * size as usize {
                break;
            }
        }
        assert_eq!(found, whole[..found.len()], "{} by {size}", report.name);
    }
}

async fn engines_agree(engines: &[Engine], tz: Tz) {
    for report in all().expect("reports") {
        for by in PERIODS.into_iter().filter(|by| report.has_periods() || *by == Period::Day) {
            let asked = request(FROM, TO, tz, by);
            let mut answers = Vec::new();
            for engine in engines {
                answers.push(ask(engine, (&report.name, &asked)).await.batch);
            }
            assert!(answers.iter().all(|a| a.num_rows() > 0), "{} has rows", report.name);
            assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{} {by:?} {tz}: {answers:#?}", report.name);
        }
    }
}

#[tokio::test]
async fn all_reports_have_one_answer_and_agree_with_sums_over_the_facts() {
    for (seed, tz) in [(1, Tz::Europe__Berlin), (2, Tz::Asia__Kolkata)] {
        let world = World::random(seed);
        let content = world.content();
        let dirs = [tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder")];
        let mut engines: Vec<Engine> = Vec::new();
        for (dir, (rows_per_file, target_partitions)) in dirs.iter().zip([(10_000, 1), (40, 3)]) {
            content.publish(dir.path(), 1, rows_per_file);
            engines.push(Engine::parquet(dir.path(), ParquetSettings { target_partitions }));
        }
        engines.extend(content.postgres(&format!("random_reports_{seed}")).await);
        engines_agree(&engines, tz).await;
        sums_agree(&engines[0], &world, tz).await;
        first_rows_agree(&engines[0], &world, tz).await;
        pages_agree(&engines[0], &mut Dice(seed)).await;
    }
}

#[test]
fn a_span_falls_apart_into_quarter_hours() {
    let nine = at("2026-10-24T09:00:00Z");
    assert_eq!(parts(nine - 1, nine + 901, Tz::UTC), [(nine - 900, 1), (nine, 900), (nine + 900, 1)]);
    assert_eq!(parts(nine, nine, Tz::UTC), [(nine, 0)]);
    assert_eq!(parts(0, 900, Tz::UTC), []);
    assert_eq!((ENDPOINT, SALES), (13, 1));
}
