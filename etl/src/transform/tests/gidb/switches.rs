//! The same call and session on an ordinary switch, where DNs and agents have ids.

use callmart_schema::event::Event;

use super::super::build::*;
use super::super::{agent_key, dn_key};
use super::*;
use crate::settings::ORDINARY;

/// Waits in an ACD queue to 15 and is answered by A9 at D1.
fn call() -> Vec<Event> {
    let call = Call::inbound("c1").acd_queue("q", 0.0, 15.0, DIVERTED).agent_named("a1", "D1", "A9", 15.0);
    call.leaves("a1", RELEASED, 40.0).ends(40.0).events
}

fn session() -> Vec<Event> {
    Agent::new("s9", "D1", "A9", 1).logs_in(0.0).ready(1.0, &[]).logs_out(50.0).events
}

fn of_switch(is_ordinary: bool) -> GidbRows {
    let heard = is_ordinary.then(|| connect_as(CALLS, SWITCH, ORDINARY));
    gidb_with([call(), session()].concat(), heard)
}

#[test]
fn an_ordinary_switch_names_dns_and_agents_and_a_cluster_the_dns_name() {
    let (ordinary, cluster) = (of_switch(true), of_switch(false));
    let known = |rows: &GidbRows, party: &str| {
        let row = only(&rows.g_party, |row| row.partyid == party);
        (row.endpointid, row.endpointtype, row.agentid)
    };
    assert_eq!(known(&ordinary, "c1-a1"), (dn_key("D1"), 1, agent_key("A9")));
    assert_eq!(known(&ordinary, "c1-q"), (dn_key("Q1"), 3, 0));
    assert_eq!(known(&ordinary, "c1-caller"), (0, 0, 0), "no DN of the switch");
    for party in ["c1-a1", "c1-q", "c1-caller"] {
        assert_eq!(known(&cluster, party), (0, 1, 0), "{party}");
    }
    let names = |rows: &GidbRows| -> Vec<Option<String>> {
        rows.g_party_history.iter().filter(|row| row.partyid == "c1-a1").map(|row| row.gsys_ext_vch1.clone()).collect()
    };
    assert_eq!((names(&ordinary), names(&cluster)), (vec![None, None], vec![Some("D1".into()), Some("D1".into())]));
    assert_eq!(history(&ordinary, "c1"), history(&cluster, "c1"));
}

#[test]
fn a_session_on_an_ordinary_switch_has_an_endpoint() {
    let (ordinary, cluster) = (of_switch(true), of_switch(false));
    let known = |rows: &GidbRows| {
        let [endpoint] = &rows.gx_session_endpoint[..] else { panic!("one endpoint") };
        let [session] = &rows.g_login_session[..] else { panic!("one session") };
        (endpoint.endpointid, endpoint.endpointtype, session.gsys_ext_vch1.clone(), session.agentid)
    };
    assert_eq!(known(&ordinary), (dn_key("D1"), 1, None, agent_key("A9")));
    assert_eq!(known(&cluster), (0, 1, Some("D1".into()), agent_key("A9")));
}
