//! The second channel: what owners of DNs tell of a call's data, beside what the call's own node tells.

use callmart_schema::event::{KeyValue, UserDataChanged, UserEvent};

use super::build::*;
use super::lost::{heard, told};
use super::*;

/// Another node's owner of DNs.
const OTHER: &str = "m/TCport";

/// A call that A1 answers at 5 and that ends at 60.
fn call() -> Call {
    let call = Call::inbound("c1").telephone("a1", "D1", CONNECTED, 5.0).leaves("a1", RELEASED, 60.0);
    call.ends(60.0)
}

/// The party of A1 sets CustomerID or, without a value, removes it.
fn data(value: &str) -> UserDataChanged {
    let pair = KeyValue { key: "CustomerID".into(), value: value.into(), ..KeyValue::default() };
    let set = if value.is_empty() { Vec::new() } else { vec![pair] };
    let removed = if value.is_empty() { vec!["CustomerID".into()] } else { Vec::new() };
    let (party, dn) = ("c1-a1".into(), "D1".into());
    UserDataChanged { call: "c1".into(), party, dn, set, removed, ..UserDataChanged::default() }
}

/// An owner tells of the data at a second.
fn owner_tells(source: &str, seq: u64, at_s: f64, value: &str) -> Event {
    event(source, seq, us(at_s), data(value))
}

fn node_tells(at_s: f64, value: &str) -> Event {
    event(CALLS, 100 + at_s as u64, us(at_s), data(value))
}

/// The rows of what was told, when nothing of the node's is heard between 20 and 40.
fn with_hole(of_node: Vec<Event>, of_owners: Vec<Event>) -> Rows {
    let of_node: Vec<Event> = call().events.into_iter().chain(of_node).collect();
    let all = told(&of_node, 40, (20.0, 40.0)).into_iter().chain(of_owners).map(|e| stored(&e));
    let all: Vec<Stored> = all.chain(heard(CALLS, 20.0, 40, 40.0)).collect();
    let rows = rows_of(&known(all.clone()));
    assert_eq!(rows_of(&known(all.into_iter().rev())), rows, "in any order");
    rows
}

fn customer(rows: &Rows) -> Option<&str> {
    let id = irf(rows, "c1-a1").interaction_resource_id;
    let row = rows.irf_user_data_gen_1.iter().find(|r| r.interaction_resource_id == id).expect("user data");
    row.customer_id.as_deref()
}

#[test]
fn where_the_node_was_heard_nothing_that_an_owner_tells_changes_a_row() {
    let of_node: Vec<Event> = call().events.into_iter().chain([node_tells(10.0, "7")]).collect();
    let alone = rows(of_node.clone());
    assert_eq!(customer(&alone), Some("7"));
    let same = owner_tells(AGENTS, 1, 10.0, "7");
    let skewed = owner_tells(AGENTS, 2, 55.0, "6");
    let early = owner_tells(OTHER, 1, -30.0, "5");
    let late = owner_tells(OTHER, 2, 900.0, "");
    assert_eq!(rows(of_node.into_iter().chain([same, skewed, early, late])), alone);
}

#[test]
fn where_the_node_was_not_heard_an_owner_fills_in_and_the_attempt_is_not_whole() {
    let lost = with_hole(vec![node_tells(10.0, "1"), node_tells(30.0, "2")], Vec::new());
    assert_eq!(customer(&lost), Some("1"));
    let of_owner = vec![owner_tells(AGENTS, 1, 10.0, "1"), owner_tells(AGENTS, 2, 30.0, "2")];
    let filled = with_hole(vec![node_tells(10.0, "1"), node_tells(30.0, "2")], of_owner);
    assert_eq!((customer(&filled), &*irf(&filled, "c1-a1").completeness), (Some("2"), "events-lost"));
    let removed = with_hole(vec![node_tells(10.0, "1")], vec![owner_tells(AGENTS, 1, 30.0, "")]);
    assert_eq!(customer(&removed), None);
    // What the node tells behind the hole is news again.
    let later = with_hole(vec![node_tells(50.0, "3")], vec![owner_tells(AGENTS, 1, 30.0, "2")]);
    assert_eq!(customer(&later), Some("3"));
    let outside = with_hole(vec![node_tells(10.0, "1")], vec![owner_tells(AGENTS, 1, 45.0, "2")]);
    assert_eq!(customer(&outside), Some("1"), "the node was heard then");
}

#[test]
fn a_result_that_the_node_tells_after_the_call_and_nobody_heard_is_filled_in() {
    let result = |source, seq, at_s| {
        let pair = KeyValue { key: "Satisfaction".into(), value: "9".into(), ..KeyValue::default() };
        event(source, seq, us(at_s), UserDataChanged { set: vec![pair], ..data("") })
    };
    let calls = Call::inbound("c1").telephone("a1", "D1", CONNECTED, 5.0).leaves("a1", RELEASED, 15.0).ends(15.0);
    let all = calls.events.iter().map(stored).chain(heard(CALLS, 20.0, 40, 40.0));
    let rows = rows_of(&known(all.chain([stored(&result(AGENTS, 1, 30.0))])));
    assert_eq!(rows.irf_user_data_gen_1[0].satisfaction.as_deref(), Some("9"));
    assert_eq!(irf(&rows, "c1-a1").completeness, "events-lost");
}

#[test]
fn the_same_change_told_on_both_is_one_though_clocks_differ() {
    // The owner's clock is half a second ahead, so that both of its tellings lie in the hole; of one of them nothing is heard.
    let of_node = vec![node_tells(19.8, "1"), event(CALLS, 120, us(19.9), data("2"))];
    let rows = with_hole(of_node.clone(), vec![owner_tells(AGENTS, 1, 20.3, "1")]);
    assert_eq!(customer(&rows), Some("2"), "the first value was told already");
    // Each telling answers for one of the other source's only.
    let again =
        vec![owner_tells(AGENTS, 1, 20.3, "1"), owner_tells(AGENTS, 2, 20.4, "2"), owner_tells(AGENTS, 3, 20.6, "1")];
    assert_eq!(customer(&with_hole(of_node.clone(), again)), Some("1"), "set again, unheard");
    // Further apart than clocks are, it is another change.
    assert_eq!(customer(&with_hole(of_node, vec![owner_tells(AGENTS, 1, 20.9, "1")])), Some("1"));
}

#[test]
fn two_owners_that_tell_the_same_tell_one_change() {
    let of_owners =
        vec![owner_tells(AGENTS, 1, 25.0, "1"), owner_tells(AGENTS, 2, 25.2, "2"), owner_tells(OTHER, 1, 25.4, "1")];
    assert_eq!(customer(&with_hole(Vec::new(), of_owners)), Some("2"));
}

#[test]
fn what_a_desktop_tells_counts_by_whichever_channel_it_comes() {
    let told = |source, seq, at_s, value: &str| {
        let pair = KeyValue { key: "Business Result".into(), value: value.into(), ..KeyValue::default() };
        let body = UserEvent { call: "c1".into(), dn: "D1".into(), data: vec![pair], ..UserEvent::default() };
        event(source, seq, us(at_s), body)
    };
    let rows_with = |events: Vec<Event>| rows(call().events.into_iter().chain(events));
    let by_owner = rows_with(vec![told(AGENTS, 1, 70.0, "Sold")]);
    assert!(by_owner.irf_user_data_keys[0].interaction_descriptor_key > 0);
    assert_eq!(irf(&by_owner, "c1-a1").completeness, "whole");
    let by_both = rows_with(vec![told(CALLS, 100, 70.0, "Sold"), told(AGENTS, 1, 70.4, "Sold")]);
    assert_eq!(by_both.irf_user_data_keys, by_owner.irf_user_data_keys);
    // A change of mind that both tell, by clocks that differ.
    let changed = vec![
        told(CALLS, 100, 70.0, "FollowUp"),
        told(CALLS, 101, 70.3, "Sold"),
        told(AGENTS, 1, 70.5, "FollowUp"),
        told(AGENTS, 2, 70.8, "Sold"),
    ];
    assert_eq!(rows_with(changed[..3].to_vec()).irf_user_data_keys, by_owner.irf_user_data_keys);
    assert_eq!(rows_with(changed).irf_user_data_keys, by_owner.irf_user_data_keys);
}

#[test]
fn of_a_call_of_which_only_its_data_are_told_there_is_no_row() {
    let only = rows([owner_tells(AGENTS, 1, 10.0, "1")]);
    assert_eq!(only, rows([]));
    let disposition = UserEvent { call: "c1".into(), dn: "D1".into(), ..UserEvent::default() };
    assert_eq!(rows([event(AGENTS, 1, us(10.0), disposition)]), rows([]));
}
