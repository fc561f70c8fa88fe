//! Which attempt anchors an interaction, which is its last, and whose device ended it.

use callmart_schema::event::{CallDeleted, PartyDeleted};
use callmart_schema::keys::NONE;

use super::build::*;
use super::several::*;
use super::*;

impl Call {
    /// The call is over, by a device.
    fn released_by(self, dn: &str, at_s: f64) -> Self {
        let body = CallDeleted {
            call: self.id.clone(),
            root_call: self.root.clone(),
            released_by: dn.into(),
            ..CallDeleted::default()
        };
        self.tell(at_s, body)
    }

    /// A party leaves, by a device.
    fn hangs_up(self, who: &str, dn: &str, at_s: f64) -> Self {
        let (call, party, cause) = (self.id.clone(), self.party(who), RELEASED.into());
        let body = PartyDeleted { call, party, cause, released_by: dn.into(), ..PartyDeleted::default() };
        self.tell(at_s, body)
    }
}

/// Of each attempt in order: whether it anchors, whether it is the last, and whether its device ended it.
fn flags(rows: &Rows) -> Vec<(String, i32, i32, Option<i32>)> {
    let of = |party: &str| {
        let row = irf(rows, party);
        assert_eq!(row.irf_anchor_ts.is_some(), row.irf_anchor == 1);
        (party.to_owned(), row.irf_anchor, row.last_interaction_resource, row.stop_action)
    };
    parties(rows).into_iter().map(of).collect()
}

fn expect(rows: &Rows, expected: &[(&str, i32, i32, Option<i32>)]) {
    let expected: Vec<_> = expected.iter().map(|(p, a, l, s)| ((*p).to_owned(), *a, *l, *s)).collect();
    assert_eq!(flags(rows), expected);
}

fn with_agents(call: Call) -> Rows {
    rows(call.events.into_iter().chain(three_agents()))
}

#[test]
fn after_a_transfer_the_first_agent_anchors_and_the_second_is_the_last() {
    let call = answered().asks("a1", "k1", "D2", 10.0).rings("a2", "D2", "k1-a1", 10.0).talk("a1", "a2", 15.0);
    let call = call.transfers("a2", "c1-a1", 30.0).leaves("k1-a2", RELEASED, 60.0).leaves("caller", RELEASED, 60.0);
    let rows = with_agents(call.released_by("D2", 60.0));
    // Nobody is said to have ended the consult call: it was merged.
    expect(&rows, &[("c1-a1", 1, 0, Some(0)), ("k1-a1", 0, 0, None), ("k1-a2", 0, 1, Some(1))]);
    assert_eq!(rows.interaction_fact[0].anchor_id, irf(&rows, "c1-a1").interaction_resource_id);
    assert_eq!(rows.interaction_fact[0].anchor_sdt_key, irf(&rows, "c1-a1").start_date_time_key);
}

#[test]
fn whoever_left_a_conference_by_itself_ended_its_part() {
    let call = answered().asks("a1", "k1", "D2", 10.0).rings("a2", "D2", "k1-a1", 10.0).talk("a1", "a2", 15.0);
    let call = call.confers("a2", "c1-a1", 30.0).hangs_up("a1", "D1", 40.0).leaves("k1-a2", RELEASED, 60.0);
    let rows = with_agents(call.leaves("caller", RELEASED, 60.0).released_by("555", 60.0));
    expect(&rows, &[("c1-a1", 1, 0, Some(1)), ("k1-a1", 0, 0, None), ("k1-a2", 0, 1, Some(0))]);
}

#[test]
fn a_telephone_that_ended_the_call_did_not_end_it_when_it_was_redirected_before() {
    let call = Call::inbound("c1")
        .routing_point("rp", 0.0, 10.0, DIVERTED)
        .telephone("first", "D1", ALERTING, 10.0)
        .leaves("first", REDIRECTED, 20.0)
        .routing_point("rp2", 20.0, 30.0, DIVERTED)
        .telephone("second", "D1", ALERTING, 30.0)
        .is("second", CONNECTED, 32.0)
        .leaves("second", RELEASED, 60.0)
        .leaves("caller", RELEASED, 60.0)
        .released_by("D1", 60.0);
    expect(&with_agents(call), &[("c1-first", 0, 0, Some(0)), ("c1-second", 1, 1, Some(1))]);
}

#[test]
fn a_call_that_is_given_up_in_the_queue_or_while_it_rings_has_no_anchor() {
    let queued = Call::inbound("c1").routing_point("rp", 0.0, 10.0, ABANDONED).leaves("caller", RELEASED, 10.0);
    let rows = with_agents(queued.released_by("555", 10.0));
    expect(&rows, &[("c1-rp", 0, 1, Some(0))]);
    assert_eq!((rows.interaction_fact[0].anchor_id, rows.interaction_fact[0].anchor_sdt_key), (NONE, NONE));
    let ringing = Call::inbound("c1").telephone("a1", "D1", ALERTING, 0.0).leaves("a1", ABANDONED, 9.0);
    let rows = with_agents(ringing.leaves("caller", RELEASED, 9.0).released_by("555", 9.0));
    expect(&rows, &[("c1-a1", 0, 1, Some(0))]);
    assert_eq!(rows.interaction_fact[0].anchor_id, NONE);
    // Nobody tells who ended it.
    let silent = with_agents(answered().leaves("a1", RELEASED, 20.0).ends(20.0));
    expect(&silent, &[("c1-a1", 1, 1, None)]);
}
