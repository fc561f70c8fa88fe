//! The published figures of the real bank file, counted from the events it becomes. Needs the file, named by the variable
//! `CALLMART_BANK_CALLS`.

mod common;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Write;

use callmart_node::bank::{self, DEFAULT_ZONE, Port, events::UNKNOWN_DN};
use callmart_schema::event::{Body, Event, PartyEnd, VirtualQueueEnd};
use chrono::{DateTime, TimeZone, Timelike};
use common::{covers, events};

const VARIABLE: &str = "CALLMART_BANK_CALLS";

#[test]
fn the_real_file_becomes_the_published_figures() {
    let Some(file) = std::env::var_os(VARIABLE) else {
        note("the_real_file_becomes_the_published_figures", "has nothing to check", VARIABLE);
        return;
    };
    let calls = bank::read(&[file], DEFAULT_ZONE).expect("read");
    let summary = calls.summary.clone();
    assert_eq!((summary.rows, summary.calls, summary.hang_with_service, summary.days), (6_356, 6_289, 26, 4));
    let sources = bank::sources(calls);
    let told: Vec<Vec<Event>> = sources.iter().map(events).collect();
    for (spec, told) in sources.iter().zip(&told) {
        let ids: BTreeSet<_> = told.iter().map(|e| (e.epoch.started_us, e.epoch.process.clone(), e.seq)).collect();
        assert_eq!(ids.len(), told.len(), "{}: every event has an identity of its own", spec.name);
        assert_eq!(covers(spec).iter().filter(|c| c.to_seq != 0).count(), 6_356);
        assert_eq!(covers(spec).iter().filter(|c| c.to_us != 0).count(), 4);
    }
    let [calls, agents, queues] = &told[..] else { panic!("three sources") };
    check_counts(calls, agents, queues);
    check_rates(&Services::of(calls));
}

fn check_counts(calls: &[Event], agents: &[Event], queues: &[Event]) {
    let count = |of: &[Event], wanted: &dyn Fn(&Body) -> bool| {
        of.iter().filter(|event| event.body.as_ref().is_some_and(wanted)).count()
    };
    let rejected = |reason: &str| count(calls, &|b| matches!(b, Body::Unreadable(u) if u.reason == reason));
    let is_agent = |b: &Body, unknown: bool| matches!(b, Body::PartyAdded(p) if p.party.ends_with("-agent") && (p.dn == UNKNOWN_DN) == unknown);
    assert_eq!(count(calls, &|b| matches!(b, Body::CallCreated(_))), 6_289);
    assert_eq!(count(calls, &|b| matches!(b, Body::CallDeleted(_))), 6_289);
    assert_eq!((rejected("phantom"), rejected("negative-time"), rejected("unreadable-row")), (64, 3, 0));
    assert_eq!((count(calls, &|b| is_agent(b, false)), count(calls, &|b| is_agent(b, true))), (4_719, 82));
    let abandoned = |b: &Body| matches!(b, Body::PartyDeleted(p) if p.cause == PartyEnd::PARTY_END_ABANDONED);
    assert_eq!(count(calls, &abandoned), 908);
    let ended =
        |b: &Body| matches!(b, Body::VirtualQueueEnded(q) if q.cause == VirtualQueueEnd::VIRTUAL_QUEUE_END_ABANDONED);
    assert_eq!(count(queues, &ended), 908);
    assert_eq!(count(agents, &|b| matches!(b, Body::AgentLogin(l) if l.derived)), 4_719);
    assert_eq!(agents.len(), 2 * 4_719);
}

/// Hours of day of all calls, and the talk times of the served by hour of their call.
struct Services {
    arrivals: [u32; 24],
    talk_s: [Vec<f64>; 24],
}

impl Services {
    fn of(calls: &[Event]) -> Self {
        let mut hours: HashMap<&str, usize> = HashMap::new();
        let mut begun: HashMap<&str, i64> = HashMap::new();
        let mut all = Self { arrivals: [0; 24], talk_s: Default::default() };
        for event in calls {
            match event.body.as_ref().expect("a body") {
                Body::CallCreated(b) => {
                    let at = DateTime::from_timestamp_micros(event.time_us).expect("a time").naive_utc();
                    let hour = DEFAULT_ZONE.from_utc_datetime(&at).hour() as usize;
                    hours.insert(&b.call, hour);
                    all.arrivals[hour] += 1;
                }
                Body::PartyAdded(b) if b.party.ends_with("-agent") && b.dn != UNKNOWN_DN => {
                    begun.insert(&b.party, event.time_us);
                }
                Body::PartyDeleted(b) => {
                    if let Some(start_us) = begun.get(b.party.as_str()) {
                        all.talk_s[hours[b.call.as_str()]].push((event.time_us - start_us) as f64 / 1e6);
                    }
                }
                _ => (),
            }
        }
        all
    }
}

/// The mean service rate and the servers needed, as T. Miller published them (Modeling Techniques in Predictive
/// Analytics, chapter 6).
fn check_rates(services: &Services) {
    let rate = |talk_s: &[f64]| 3_600.0 / (talk_s.iter().sum::<f64>() / talk_s.len() as f64 + 60.0);
    let by_hour: BTreeMap<usize, f64> =
        (0..24).filter(|h| !services.talk_s[*h].is_empty()).map(|h| (h, rate(&services.talk_s[h]))).collect();
    let overall = rate(&services.talk_s.concat());
    let mean = (0..24).map(|h| by_hour.get(&h).copied().unwrap_or(overall)).sum::<f64>() / 24.0;
    assert!((mean - 14.86443).abs() < 0.000_01, "mean service rate {mean}");
    let needed = services.arrivals.map(|calls| servers(f64::from(calls) / 4.0, 15.0));
    assert_eq!(needed, [1, 1, 1, 0, 1, 1, 1, 4, 8, 9, 10, 9, 8, 16, 10, 10, 6, 7, 8, 8, 6, 6, 5, 4]);
}

/// Fewest servers with which at most half of the calls wait (Erlang C).
fn servers(per_hour: f64, rate: f64) -> u32 {
    let load = per_hour / rate;
    if load == 0.0 {
        return 0;
    }
    let mut blocked = 1.0;
    for n in 1.. {
        blocked = load * blocked / (f64::from(n) + load * blocked);
        let utilisation = load / f64::from(n);
        if utilisation < 1.0 && blocked / (1.0 - utilisation * (1.0 - blocked)) <= 0.5 {
            return n;
        }
    }
    0
}

/// Says on the terminal why a test had nothing to do; written past the test harness, which would keep it to itself.
fn note(test: &str, what: &str, variable: &str) {
    let _ = writeln!(std::io::stderr(), "{test} {what}: set {variable} to the bank call file");
}

#[test]
fn the_ports_of_the_bank_are_three() {
    assert_eq!(Port::ALL.map(Port::source), ["bank/IPport", "bank/TCport", "bank-vq/VQport"]);
}
