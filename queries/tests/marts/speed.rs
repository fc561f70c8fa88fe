//! How long the reports take over a month of 200 agents and 6000 calls a day. Ignored: it measures and asserts nothing.

use std::io::Write as _;
use std::time::Instant;

use callmart_queries::engine::Engine;
use callmart_queries::reports::{PERIODS, Period, ReportRequest, all};
use callmart_schema::catalogue::statics::{AgentState, IxnState, IxnStateDescriptor, IxnType, Outcome, ResourceRole};
use callmart_schema::catalogue::{
    InteractionFact, InteractionResourceFact, IrfUserDataKeys, IxnResourceStateFact, MediationSegmentFact, Resource,
    SmResSessionFact, SmResStateFact, SmResStateReasonFact,
};
use chrono_tz::Tz;

use crate::asked::{ask, request};
use crate::calls::{attempt, interaction, stretch, user_data};
use crate::support::{Content, at, passage, reason, session, state};

const DAYS: i64 = 31;
const AGENTS: i64 = 200;
const CALLS_PER_AGENT: i64 = 30;

#[derive(Default)]
struct Month {
    interactions: Vec<InteractionFact>,
    attempts: Vec<InteractionResourceFact>,
    passages: Vec<MediationSegmentFact>,
    stretches: Vec<IxnResourceStateFact>,
    user_data: Vec<IrfUserDataKeys>,
    states: Vec<SmResStateFact>,
    reasons: Vec<SmResStateReasonFact>,
    sessions: Vec<SmResSessionFact>,
}

impl Month {
    fn id(&self) -> i64 {
        (self.interactions.len() + self.states.len() + self.stretches.len()) as i64 + 1_000_000
    }

    /// A shift of eight hours: calls of 16 minutes each, with waiting, talk, after-call work and a pause now and then.
    fn shift(&mut self, agent: i64, start_s: i64) {
        self.sessions.push(session(self.id(), agent, start_s, 8 * 3_600));
        for place in 0..CALLS_PER_AGENT {
            let from_s = start_s + place * 960;
            for (of, after_s, length_s) in [
                (AgentState::Ready, 0, 300),
                (AgentState::Busy, 300, 400),
                (AgentState::AfterCallWork, 700, 100),
                (AgentState::NotReady, 800, 160),
            ] {
                let one = state(self.id(), agent, of, from_s + after_s, length_s);
                if of == AgentState::NotReady {
                    self.reasons.push(reason(self.id(), &one, 501, (0, length_s)));
                }
                self.states.push(one);
            }
            self.call(agent, from_s + 270);
        }
    }

    fn call(&mut self, agent: i64, start_s: i64) {
        let call = interaction(self.id(), IxnType::Inbound, start_s, start_s + 430);
        let queue = 1 + agent % 20;
        let given_up = self.id() % 11 == 0;
        let ends = if given_up { Outcome::CustomerAbandonedWhileRinging } else { Outcome::Completed };
        let mut one = attempt(&call, (self.id(), 1), agent, (ResourceRole::RoutedTo, ends), (0, 430));
        one.mediation_resource_key = queue;
        let mut pass = passage(self.id() + 1, queue, start_s, 30, Outcome::DivertedAnsweredByAgent);
        (pass.interaction_id, pass.interaction_sdt_key) = (call.interaction_id, call.start_date_time_key);
        pass.target_ixn_resource_id = one.interaction_resource_id;
        pass.target_ixn_resource_sdt_key = one.start_date_time_key;
        for (of, span) in [(IxnState::Alert, (30, 40)), (IxnState::Connect, (40, 300)), (IxnState::Hold, (300, 430))] {
            self.stretches.push(stretch(self.id(), &one, (of, IxnStateDescriptor::None), span));
        }
        self.user_data.push(user_data(&one, 61));
        self.interactions.push(call);
        self.attempts.push(one);
        self.passages.push(pass);
    }
}

fn month() -> Content {
    let mut month = Month::default();
    for day in 0..DAYS {
        for agent in 0..AGENTS {
            month.shift(1_000 + agent, at("2026-01-01T06:00:00Z") + day * 86_400 + agent * 120);
        }
    }
    let resource = |key: i64, code: &str| Resource {
        resource_key: key,
        resource_name: format!("{code} {key}"),
        resource_type_code: code.to_owned(),
        employee_id: (code == "AGENT").then(|| format!("{key}")),
        ..Resource::default()
    };
    let queues = (1..=20).map(|key| resource(key, "QUEUE"));
    let resources: Vec<Resource> = queues.chain((1_000..1_200).map(|key| resource(key, "AGENT"))).collect();
    let mut content = Content::with_statics();
    content.add(&resources).add(&month.interactions).add(&month.attempts).add(&month.passages).add(&month.stretches);
    content.add(&month.user_data).add(&month.states).add(&month.reasons).add(&month.sessions);
    content
}

async fn measure(engine: &Engine, name: &str, request: &ReportRequest, what: &str) {
    let begun = Instant::now();
    let answer = ask(engine, (name, request)).await;
    let (ms, rows) = (begun.elapsed().as_millis(), answer.batch.num_rows());
    let _ = writeln!(std::io::stderr(), "{:20} {name:30} {what:28} {ms:6} ms {rows:8} rows", engine.name());
}

#[tokio::test]
#[ignore = "measures for a minute and asserts nothing"]
async fn a_month_of_200_agents() {
    let (_dir, engine) = month().parquet();
    let all_days = request("2026-01-01", "2026-02-01", Tz::Europe__Berlin, Period::Day);
    for report in all().expect("reports") {
        if report.has_periods() {
            for by in PERIODS {
                measure(&engine, &report.name, &ReportRequest { by, ..all_days.clone() }, by.name()).await;
            }
        } else {
            measure(&engine, &report.name, &all_days, "all").await;
            let page = ReportRequest { limit: Some(100), offset: 1_000, ..all_days.clone() };
            measure(&engine, &report.name, &page, "a page").await;
            let day = request("2026-01-20", "2026-01-21", Tz::Europe__Berlin, Period::Day);
            measure(&engine, &report.name, &day, "a day").await;
        }
        for filter in report.filters() {
            let value = match filter.name.as_str() {
                "interaction" => month_id(),
                "call" => format!("r-{}", month_id()),
                "agent" => "1042".to_owned(),
                _ => "QUEUE 7".to_owned(),
            };
            measure(&engine, &report.name, &all_days.clone().with_filter(&filter.name, &value), &filter.name).await;
        }
    }
}

/// An interaction of the month: the first.
fn month_id() -> String {
    1_000_005.to_string()
}
