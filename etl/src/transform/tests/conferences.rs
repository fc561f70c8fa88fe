//! Conferences with the rows that they must have.

use super::build::*;
use super::several::*;
use super::*;

/// Answered at 2.5, asks D2 at 10.25, who answers at 15.75; from 30.5 on it is a conference.
fn conference() -> Call {
    let call = answered().asks("a1", "k1", "D2", 10.25).rings("a2", "D2", "k1-a1", 10.25).talk("a1", "a2", 15.75);
    call.confers("a2", "c1-a1", 30.5)
}

fn with_agents(call: Call) -> Rows {
    rows(call.events.into_iter().chain(three_agents()))
}

#[test]
fn a_conference_ends_for_who_made_it_when_the_other_agent_leaves() {
    let call = conference().leaves("k1-a2", RELEASED, 40.75).leaves("a1", RELEASED, 60.0).ends(60.0);
    let rows = with_agents(call);
    assert_eq!(parties(&rows), ["c1-a1", "k1-a1", "k1-a2"]);
    assert_eq!(result_of(&rows, "c1-a1"), "Received/Completed/Unspecified");
    assert_eq!(result_of(&rows, "k1-a1"), "InitiatedConsult/Conferenced/Unspecified");
    assert_eq!(result_of(&rows, "k1-a2"), "InConference/Completed/Unspecified");
    // Talk 2 to 10 and 40 to 60, hold 10 to 30, in the conference 30 to 40; the talk is cut at its end.
    let main = [
        ("ring", 1, Some(2)),
        ("talk", 2, Some(28)),
        ("hold", 1, Some(20)),
        ("conf_init_talk", 1, Some(10)),
        ("conference_initiated", 1, None),
        ("customer_ring", 1, Some(2)),
        ("customer_talk", 3, Some(38)),
        ("customer_hold", 1, Some(20)),
        ("handle", 1, None),
        ("customer_handle", 1, None),
    ];
    assert_eq!(measures(irf(&rows, "c1-a1")), expected(&main));
    let joined = [
        ("cons_rcv_ring", 1, Some(5)),
        ("cons_rcv_talk", 1, Some(15)),
        ("conf_join_talk", 1, Some(10)),
        ("customer_talk", 1, Some(10)),
        ("handle", 1, None),
        ("customer_handle", 1, None),
    ];
    assert_eq!(measures(irf(&rows, "k1-a2")), expected(&joined));
    let states = [
        ("Alert/Receiver/None", 2_500),
        ("Connect/Receiver/None", 7_750),
        ("Hold/Receiver/None", 20_250),
        ("Connect/Receiver/Conference", 10_250),
        ("Connect/Receiver/None", 19_250),
    ];
    assert_eq!(states_of(&rows, "c1-a1"), states.map(|(s, ms)| (s.to_owned(), ms)));
}

#[test]
fn who_was_asked_into_a_conference_stays_in_it_when_the_other_leaves() {
    let call = conference().leaves("a1", RELEASED, 40.0).is("k1-a2", HELD, 45.0).is("k1-a2", CONNECTED, 50.0);
    let rows = with_agents(call.leaves("k1-a2", RELEASED, 60.0).ends(60.0));
    assert_eq!(result_of(&rows, "c1-a1"), "Received/Completed/Unspecified");
    let (main, joined) = (irf(&rows, "c1-a1"), irf(&rows, "k1-a2"));
    assert_eq!((main.conf_init_talk_count, main.conf_init_talk_duration, main.talk_count), (1, 10, 1));
    // Talk 30 to 45 and 50 to 60.
    assert_eq!((joined.conf_join_talk_count, joined.conf_join_talk_duration), (2, 25));
    assert_eq!((joined.conf_join_hold_count, joined.conf_join_hold_duration), (1, 5));
    assert_eq!((joined.customer_talk_duration, joined.customer_hold_duration), (25, 5));
}

#[test]
fn a_hold_in_a_conference_is_the_conferences() {
    let call = conference().is("a1", HELD, 35.0).is("a1", CONNECTED, 38.0).leaves("k1-a2", RELEASED, 50.0);
    let rows = with_agents(call.leaves("a1", RELEASED, 60.0).ends(60.0));
    let main = irf(&rows, "c1-a1");
    assert_eq!((main.conf_init_hold_count, main.conf_init_hold_duration), (1, 3));
    assert_eq!((main.hold_count, main.hold_duration), (1, 20), "the hold before ends with the move");
    assert_eq!((main.conf_init_talk_count, main.conf_init_talk_duration), (2, 17), "30 to 35 and 38 to 50");
}

#[test]
fn a_customer_who_leaves_the_conference_ends_it_and_counts_no_further() {
    let call = conference().leaves("caller", RELEASED, 40.0).leaves("k1-a2", RELEASED, 50.0);
    let rows = with_agents(call.leaves("a1", RELEASED, 50.0).deleted(50.0));
    let (main, joined) = (irf(&rows, "c1-a1"), irf(&rows, "k1-a2"));
    assert_eq!((main.conf_init_talk_duration, main.talk_duration), (10, 18));
    assert_eq!((main.customer_talk_count, main.customer_talk_duration), (2, 18), "2 to 10 and 30 to 40");
    assert_eq!((joined.conf_join_talk_count, joined.conf_join_talk_duration), (1, 20));
    assert_eq!((joined.customer_talk_count, joined.customer_talk_duration), (1, 10));
}

#[test]
fn two_conferences_of_one_agent_are_one_when_nobody_left_in_between() {
    let call = conference().asks("a1", "k2", "D3", 35.0).rings("a3", "D3", "k2-a1", 35.0).talk("a1", "a3", 36.0);
    let call = call.confers("a3", "c1-a1", 40.0).leaves("k1-a2", RELEASED, 45.0).leaves("k2-a3", RELEASED, 50.0);
    let rows = with_agents(call.leaves("a1", RELEASED, 55.0).ends(55.0));
    assert_eq!(parties(&rows), ["c1-a1", "k1-a1", "k1-a2", "k2-a1", "k2-a3"]);
    let main = irf(&rows, "c1-a1");
    assert_eq!(main.conference_initiated_count, 1);
    // 30 to 35, held 35 to 40 for the second consultation, 40 to 50 until only two are left.
    assert_eq!((main.conf_init_talk_count, main.conf_init_talk_duration), (2, 15));
    assert_eq!((main.conf_init_hold_duration, main.talk_duration), (5, 13));
    assert_eq!(result_of(&rows, "k2-a3"), "InConference/Completed/Unspecified");
}

#[test]
fn ringing_that_a_conference_begins_in_is_cut_there() {
    let call = answered().asks("a1", "k1", "D2", 10.0).rings("a2", "D2", "k1-a1", 10.0).confers("a2", "c1-a1", 12.0);
    let call = call.is("k1-a2", CONNECTED, 15.0).leaves("k1-a2", RELEASED, 20.0).leaves("a1", RELEASED, 20.0);
    let rows = with_agents(call.ends(20.0));
    let joined = irf(&rows, "k1-a2");
    assert_eq!((joined.cons_rcv_ring_duration, joined.conf_join_ring_count, joined.conf_join_ring_duration), (2, 1, 3));
    assert_eq!((joined.conf_join_talk_duration, joined.customer_ring_duration), (5, 3));
}
