//! A Smart Proxy tells of the whole cluster's DNs over one connection, for monitoring only, and shows what a broken link hides.

mod checker;
mod common;

use std::sync::Arc;

use callmart_node::cluster::t_controller::OwnerRules;
use callmart_node::live::{Pace, Stage, StageSettings, SystemClock, sources};
use callmart_node::server::Node;
use callmart_node::traffic::{Incident, LooksOn, Owners, Scheduled, Traffic, TrafficSettings};
use callmart_node::world::{Happening, World};
use callmart_schema::event::Body;
use callmart_schema::session::error;
use checker::Checker;
use common::client::{Client, hello};

/// 2026-01-06, a Tuesday, 09:00 UTC.
const START_US: i64 = 1_767_690_000_000_000;
const MINUTE_US: i64 = 60_000_000;

fn settings(owners: Owners) -> TrafficSettings {
    TrafficSettings { end_us: Some(START_US + 90 * MINUTE_US), owners, ..TrafficSettings::new(START_US, 3, 20) }
}

fn world(owners: Owners) -> (Checker, Box<Traffic>) {
    let world = Traffic::new(settings(owners));
    (Checker::new(world.tellers()), Box::new(world))
}

fn proxied() -> Owners {
    Owners { onlookers: vec![LooksOn::SmartProxy { node: 0 }], ..Owners::default() }
}

fn happened(owners: Owners) -> (Traffic, Vec<Happening>) {
    let mut world = Traffic::new(settings(owners));
    let mut happened = Vec::new();
    while let Some(stretch) = world.next_stretch() {
        happened.extend(stretch.happened);
    }
    (world, happened)
}

#[test]
fn a_smart_proxy_sees_all_that_every_node_tells_at_every_moment_while_links_are_up() {
    let (mut checker, world) = world(proxied());
    let mut moment_us = 0;
    checker.replay(world, |checker, told| {
        if told.time_us != moment_us {
            assert_eq!(checker.proxy, checker.agents.seen(), "at {moment_us}");
            moment_us = told.time_us;
        }
    });
    assert!(checker.proxy.sessions.len() > 10, "{:?}", checker.proxy);
}

#[test]
fn the_other_sources_tell_the_same_with_a_smart_proxy_and_without() {
    let with = happened(proxied());
    let without = happened(Owners::default());
    assert_eq!(with.0.tellers().len(), without.0.tellers().len() + 1);
    let last = without.0.tellers().len();
    let others: Vec<Happening> = with.1.into_iter().filter(|t| t.teller < last).collect();
    assert_eq!(others, without.1);
}

#[test]
fn a_cut_link_takes_the_other_sides_dns_out_of_service_after_the_timeout_and_no_smart_client_hears_of_it() {
    let at = |minute: i64, what| Scheduled { at_us: START_US + minute * MINUTE_US, what };
    let schedule = vec![at(30, Incident::CutLink(0, 3)), at(40, Incident::MendLink(0, 3))];
    let rules = OwnerRules { tc_reconnect_timeout_ms: 20_000, ..OwnerRules::default() };
    let (mut checker, world) = world(Owners { rules, schedule, ..proxied() });
    let counts = |checker: &Checker| (checker.proxy.lost, checker.agents.seen().in_service.len());
    let (mut before, mut cut) = ((0, 0), (0, 0));
    checker.replay(world, |checker, told| {
        let of_start_us = told.time_us - START_US;
        if of_start_us < 30 * MINUTE_US + 20_000_000 {
            before = counts(checker);
        } else if (30 * MINUTE_US + 21_000_000..40 * MINUTE_US).contains(&of_start_us) {
            cut = counts(checker);
            assert!(checker.proxy.in_service.len() < cut.1, "DNs of dc2-node2 are out of service");
        }
    });
    assert_eq!(before.0, 0);
    assert!(cut.0 >= 3 && cut.1 >= before.1 - 3, "{before:?}, {cut:?}");
    let mut seen = checker.agents.seen();
    seen.lost = checker.proxy.lost;
    assert_eq!(checker.proxy, seen, "all is seen again when the link is back");
}

#[tokio::test]
async fn a_smart_proxy_s_port_refuses_smart_clients_and_takes_no_requests() {
    let world = Traffic::new(settings(proxied()));
    let place = world.tellers().len() - 1;
    let stage = Stage::new(Box::new(world), Pace::Unbounded, Arc::new(SystemClock), &StageSettings::default());
    let node = Node::start(sources(&stage.expect("a thread")), common::live::settings()).await.expect("started");
    let port = &node.ports()[place];
    assert_eq!((port.source.as_str(), port.role.as_str()), ("dc1-node1/SmartProxy1", "smart-proxy"));
    let mut smart = Client::connect(port.address).await;
    smart.send(hello("t-controller", "pool", "m")).await;
    assert_eq!(smart.error().await.code, error::Code::CODE_ROLE);
    let (mut monitor, welcome) = Client::greet(port.address, hello("smart-proxy", "pool", "m")).await;
    assert_eq!(welcome.source, "dc1-node1/SmartProxy1");
    // The nearest to a request that a session can carry.
    monitor.send(hello("smart-proxy", "pool", "m")).await;
    assert_eq!(monitor.error().await.code, error::Code::CODE_PROTOCOL);
    node.shutdown().await;
}

#[test]
fn a_plain_client_sees_the_dns_that_it_registered_of_whatever_node_as_the_smart_proxy_does() {
    let dns: Vec<String> = ["100001", "200001", "200002"].map(str::to_owned).into();
    let client = LooksOn::PlainClient { node: 0, dns: dns.clone() };
    let onlookers = vec![LooksOn::SmartProxy { node: 0 }, client];
    let (world, happened) = happened(Owners { onlookers, ..Owners::default() });
    let places = (world.tellers().len() - 2, world.tellers().len() - 1);
    let of =
        |place: usize| -> Vec<Body> { happened.iter().filter(|h| h.teller == place).map(|h| h.body.clone()).collect() };
    let dn = |body: &Body| match body {
        Body::DnServiceChanged(b) => b.dn.clone(),
        Body::AgentLogin(b) => b.dn.clone(),
        Body::AgentLogout(b) => b.dn.clone(),
        Body::AgentReady(b) => b.dn.clone(),
        Body::AgentNotReady(b) => b.dn.clone(),
        Body::DnCall(b) => b.dn.clone(),
        other => panic!("not of a DN: {other:?}"),
    };
    let mut seen = of(places.0);
    seen.retain(|body| dns.contains(&dn(body)));
    assert_eq!(seen, of(places.1));
    assert!(dns.iter().all(|wanted| seen.iter().any(|body| dn(body) == *wanted)), "all three were in use");
}
