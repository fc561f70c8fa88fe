//! A simulated ordinary switch keeps to docs/flows.md, alone and beside a cluster, and its ledger says what its source told.

mod checker;

use callmart_node::cluster::faults::Schedule;
use callmart_node::cluster::processes::Processes;
use callmart_node::traffic::{Extensions, LedgerReport, Ordinary, Site, Traffic, TrafficSettings};
use callmart_node::world::{Beside, World};
use callmart_schema::event::{Body, DnType, decode};
use checker::Checker;
use checker::books::{
    checked, hold_attempts_against, hold_queues_against, hold_sessions_against, hold_states_against,
    states_tile_sessions,
};

/// 2026-01-06, a Tuesday, 09:00 UTC.
const START_US: i64 = 1_767_657_600_000_000 + 9 * HOUR_US;
const HOUR_US: i64 = 3_600_000_000;

fn cluster(agents: u32, hours: i64) -> TrafficSettings {
    let settings = TrafficSettings::new(START_US, 21, agents);
    TrafficSettings { end_us: Some(START_US + hours * HOUR_US), ..settings }
}

fn ordinary(agents: u32, hours: i64) -> TrafficSettings {
    let site = Site::Ordinary(Ordinary {
        server: "sip1".to_owned(),
        switch: "Switch1".to_owned(),
        extensions: vec![
            Extensions { digits: 4, first: 990, last: 999 },
            Extensions { digits: 4, first: 2_000, last: 2_999 },
        ],
        first_employee: 60_001,
    });
    TrafficSettings { site, seed: 22, ..cluster(agents, hours) }
}

#[test]
fn one_port_tells_everything_and_the_ledger_agrees() {
    let (checker, report) = checked(ordinary(60, 10));
    hold_states_against(&report, &checker);
    hold_queues_against(&report, &checker);
    hold_attempts_against(&report, &checker);
    hold_sessions_against(&report, &checker);
    states_tile_sessions(&report);
    let flows =
        ["abandoned", "busy", "conferenced", "diverted", "failed", "moved", "redirected", "released", "transferred"];
    assert_eq!(checker.calls.flows.keys().copied().collect::<Vec<_>>(), flows);
    assert!(report.queues.iter().all(|q| q.queue.starts_with("ACD_") && q.cleared == 0), "one queue at a time");
    let came_from_queue =
        |r: &LedgerReport| r.attempts.iter().any(|a| a.results.keys().any(|k| k.starts_with("DIVERTEDTO/")));
    assert!(came_from_queue(&report), "nobody was reached from a queue");
    assert!(report.attempts.iter().all(|a| !a.results.keys().any(|k| k.starts_with("ROUTEDTO/"))));
    assert!(report.devices.iter().any(|d| d.device == "acd_queue"), "nobody gave up in a queue");
}

#[test]
fn telephones_have_the_numbers_of_the_switch_and_agents_those_of_its_own() {
    let mut processes = Processes::new(Box::new(Traffic::new(ordinary(20, 4))), &Schedule::default());
    let (mut numbers, mut named, mut unnamed) = (Vec::new(), 0, 0);
    while let Some(account) = processes.next_account() {
        for event in account.told.iter().map(|told| decode(&told.bytes).expect("an event")) {
            assert_eq!((event.source.as_str(), event.switch.as_str()), ("sip1/default", "Switch1"));
            let Some(Body::PartyAdded(b)) = event.body else { continue };
            if b.dn_type == DnType::DN_TYPE_EXTENSION {
                numbers.push(b.dn);
                assert!(b.agent.starts_with("E600"), "{}", b.agent);
                named += 1;
            } else {
                assert_eq!(b.agent, "", "only telephones have agents");
                unnamed += 1;
            }
        }
    }
    assert!(named > 50 && unnamed > 50);
    assert!(numbers.iter().all(|dn| dn.len() == 4 && (dn.starts_with("099") || dn.starts_with("20"))), "{numbers:?}");
    assert!(numbers.iter().any(|dn| dn == "0995"), "digits are kept");
}

/// A world by itself, as bodies with times by source.
fn told(world: Box<dyn World>) -> Vec<(String, i64, Vec<u8>)> {
    let mut processes = Processes::new(world, &Schedule::default());
    let names: Vec<String> = processes.plans().iter().map(|plan| plan.teller.name.clone()).collect();
    let mut all = Vec::new();
    while let Some(account) = processes.next_account() {
        all.extend(account.told.into_iter().map(|t| (names[t.teller].clone(), t.time_us, t.bytes.to_vec())));
    }
    all
}

#[test]
fn a_cluster_and_an_ordinary_switch_side_by_side_tell_what_each_tells_alone() {
    let worlds = || [cluster(12, 2), ordinary(8, 2)].map(|s| Box::new(Traffic::new(s)) as Box<dyn World>);
    let mut alone: Vec<_> = worlds().into_iter().flat_map(told).collect();
    let mixed = told(Box::new(Beside::new(worlds().into())));
    assert!(mixed.windows(2).all(|w| w[0].1 <= w[1].1), "in the order of time");
    let mut both = mixed;
    both.sort();
    alone.sort();
    assert!(both == alone && both.iter().any(|t| t.0 == "sip1/default") && both.iter().any(|t| t.0 == "dc1-vq/VQport"));
}

#[test]
fn fewer_telephones_than_agents_leave_agents_without_a_desk() {
    let mut settings = ordinary(30, 3);
    if let Site::Ordinary(ordinary) = &mut settings.site {
        ordinary.extensions = vec![Extensions { digits: 4, first: 1, last: 5 }];
    }
    let world = Traffic::new(settings);
    let ledger = world.ledger();
    Checker::new(world.tellers()).replay(Box::new(world), |_, _| ());
    assert!(ledger.report().open.agents.len() <= 5);
}
