//! Calls of a cluster: what stands in which table, derived from the flows that `docs/flows.md` tells.

use callmart_schema::event::{CallType, DnType, KeyValue, RouteResult, UserDataChanged, UserEvent, VirtualQueueEnd};

use super::super::build::*;
use super::super::several::*;
use super::*;

fn pair(key: &str, value: &str) -> KeyValue {
    KeyValue { key: key.into(), value: value.into(), ..KeyValue::default() }
}

/// A call that waits on a routing point and in a virtual queue to 20, rings at D1 to 23, is held from 40 to 50, ends at 60.
fn inbound() -> Call {
    let routed = RouteResult {
        call: "c1".into(),
        party: "c1-rp".into(),
        dn: "RP1".into(),
        target_dn: "D1".into(),
        route_type: 6,
        virtual_queue_ids: vec!["v1".into()],
        attributes: vec![pair("RTargetObjectSelected", "Sales"), pair("RStrategyName", "Main")],
        ..RouteResult::default()
    };
    let told = |key: &str, value: &str| UserDataChanged {
        call: "c1".into(),
        party: "c1-a1".into(),
        set: vec![pair(key, value)],
        ..UserDataChanged::default()
    };
    let gone =
        UserDataChanged { call: "c1".into(), dn: "D1".into(), removed: vec!["Note".into()], ..Default::default() };
    let disposed =
        UserEvent { call: "c1".into(), dn: "D1".into(), data: vec![pair("Disposition", "sold")], ..Default::default() };
    Call::inbound("c1")
        .sets("CustomerID", "C7", 0.0)
        .joins("rp", "RP1", DnType::DN_TYPE_ROUTING_POINT, QUEUED, 0.0)
        .tell(20.0, routed)
        .leaves("rp", DIVERTED, 20.0)
        .rings("a1", "D1", "c1-rp", 20.0)
        .virtual_queue("v1", "VQ1", (0.0, 20.0), VirtualQueueEnd::VIRTUAL_QUEUE_END_DIVERTED, "D1")
        .is("a1", CONNECTED, 23.5)
        .tell(30.0, told("Note", "x"))
        .tell(31.0, told("Note", "y"))
        .is("a1", HELD, 40.25)
        .is("a1", CONNECTED, 50.75)
        .tell(55.0, gone)
        .leaves("a1", RELEASED, 60.0)
        .ends(60.0)
        .tell(65.0, told("Business Result", "Sale"))
        .tell(66.0, disposed)
}

#[test]
fn an_inbound_call_is_one_order_of_changes_of_its_own_and_of_its_parties() {
    let rows = gidb(inbound().events);
    let expected = [
        "call_created 0",
        "c1-caller 1 party_created null>connected established 0",
        "c1-rp 1 party_created null>queued queued 0",
        "c1-rp 2 party_terminated queued>null diverted 20",
        "c1-a1 1 party_created null>alerting delivered 20",
        "c1-a1 2 party_statechanged alerting>connected established 23.5",
        "c1-a1 3 party_statechanged connected>hold held 40.25",
        "c1-a1 4 party_statechanged hold>connected retrieved 50.75",
        "c1-a1 5 party_terminated connected>null released 60",
        "c1-caller 2 party_terminated connected>null released 60",
        "call_terminated 60",
    ];
    assert_eq!(history(&rows, "c1"), expected);
    let held = only(&rows.g_party_history, |row| row.cseq == 8);
    assert_eq!(held.prevsenter.map(at), Some(40.25), "when the hold began");
}

#[test]
fn an_inbound_call_and_its_parties_have_a_row_each() {
    let rows = gidb(inbound().events);
    let [call] = &rows.g_call[..] else { panic!("one call") };
    assert_eq!((call.callid.as_str(), call.rootirid.as_str(), call.irid.as_str()), ("c1", "c1", "c1"));
    assert_eq!((call.calltype, call.mediatype, call.connid.as_deref(), call.mergetype), (2, 0, None, None));
    assert_eq!((call.callani.as_deref(), call.calldnis.as_deref()), (Some("555"), Some("800")));
    assert_eq!((at(call.created), at(call.terminated)), (0.0, 60.0));
    assert_eq!((call.created_ts, call.created_tcode), (T0_US / 1_000_000, T0_US / 1_000_000));
    let agent = only(&rows.g_party, |row| row.partyid == "c1-a1");
    assert_eq!((agent.partyguid.as_str(), agent.r#type, agent.prole), ("c1-a1", 1, 2));
    assert_eq!(
        (agent.parentpartyid.as_deref(), named(11, agent.parentlinktype)),
        (Some("c1-rp"), "distributed".into())
    );
    assert_eq!(
        (agent.state, named(8, agent.prevstate), named(1003, agent.cause)),
        (0, "connected".into(), "released".into())
    );
    assert_eq!(
        (agent.endpointdn.as_deref(), agent.endpointid, agent.endpointtype, agent.agentid),
        (Some("D1"), 0, 1, 0)
    );
    assert_eq!((at(agent.created), at(agent.terminated)), (20.0, 60.0));
    let caller = only(&rows.g_party, |row| row.partyid == "c1-caller");
    assert_eq!((caller.r#type, caller.prole, caller.parentpartyid.as_deref()), (2, 1, None));
    assert!(
        rows.g_party_history.iter().filter(|h| h.partyid == "c1-a1").all(|h| h.gsys_ext_vch1.as_deref() == Some("D1"))
    );
    let [record] = &rows.g_ir[..] else { panic!("one record") };
    assert_eq!((record.irid.as_str(), record.parentirid.as_deref(), record.rootcallid.as_str()), ("c1", None, "c1"));
    let mut changes: Vec<_> = rows.g_ir_history.iter().map(|row| (row.changetype, at(row.added))).collect();
    changes.sort_by_key(|(change, _)| *change);
    assert_eq!(changes, [(1, 0.0), (2, 60.0)], "created and terminated");
}

#[test]
fn an_inbound_call_counts_and_its_parties_times_add_up() {
    let rows = gidb(inbound().events);
    let [call] = &rows.g_call_stat[..] else { panic!("one call") };
    assert_eq!((call.f_conn, call.f_conn_extn, call.f_te_abnd), (1, 1, 0));
    assert_eq!((call.cnt_hold, call.cnt_divert, call.cnt_transfer, call.cnt_conference), (1, 1, 0, 0));
    assert_eq!((call.gsys_ext_vch1.as_str(), call.gsys_ext_vch2.as_deref()), ("", None), "nobody told who released it");
    let agent = only(&rows.g_party_stat, |row| row.partyid == "c1-a1");
    // Rings 20 to 23, talks 23 to 40 and 50 to 60, holds 40 to 50; each from second to second.
    assert_eq!((agent.tt_alerting, agent.tt_connected, agent.tt_hold), (3, 27, 10));
    assert_eq!((agent.tt_queued, agent.tt_initiated, agent.cnt_hold), (0, 0, 1));
    assert_eq!(only(&rows.g_party_stat, |row| row.partyid == "c1-rp").tt_queued, 20);
    assert_eq!(only(&rows.g_party_stat, |row| row.partyid == "c1-caller").tt_connected, 60);
}

#[test]
fn what_the_router_chose_names_its_target_and_the_virtual_queue_that_took_part() {
    let rows = gidb(inbound().events);
    let [choice] = &rows.g_route_result[..] else { panic!("one choice") };
    assert_eq!((choice.callid.as_str(), choice.partyid.as_str(), at(choice.added)), ("c1", "c1-rp", 20.0));
    assert_eq!(
        (choice.rtargetobjectselected.as_deref(), choice.rstrategyname.as_deref()),
        (Some("Sales"), Some("Main"))
    );
    assert_eq!((choice.rtenant.as_deref(), named(1012, choice.routetype)), (None, "direct".into()));
    assert_eq!((choice.destendpointid, choice.destendpointtype, choice.destendpointdn.as_deref()), (0, 1, Some("D1")));
    let [queue] = &rows.g_route_res_vq_hist[..] else { panic!("one queue took part") };
    assert_eq!((queue.vqid.as_str(), queue.routeresid), ("v1", choice.id));
    let [pass] = &rows.g_virtual_queue[..] else { panic!("one pass") };
    assert_eq!((pass.vqid.as_str(), pass.endpointdn.as_str()), ("v1", "VQ1"));
    assert_eq!((pass.origcallid.as_str(), pass.distcallid.as_str()), ("c1", "c1"));
    assert_eq!((named(1006, pass.status), pass.targetdn.as_deref()), ("diverted".into(), Some("D1")));
    assert_eq!((pass.targetpartyid.as_deref(), at(pass.created), at(pass.terminated)), (Some("c1-a1"), 0.0, 20.0));
}

#[test]
fn user_data_is_told_key_by_key_with_the_change_of_the_call_that_comes_next() {
    let rows = gidb(inbound().events);
    let line = |row: &callmart_schema::catalogue::gidb::GUserdataHistory| {
        let (change, party) = (named(1004, row.changetype), row.partyid.clone().unwrap_or_default());
        format!("{} {} {change} {:?} {party} {:?} {}", row.useq, row.keyname, row.value, row.pseq, row.cseq)
    };
    let mut told: Vec<_> = rows.g_userdata_history.iter().collect();
    told.sort_by_key(|row| row.useq);
    let told: Vec<String> = told.into_iter().map(line).collect();
    let expected = [
        // The caller's party was there: changes 1 and 2.
        "1 CustomerID created Some(\"C7\")  None 3",
        "2 Note added Some(\"x\") c1-a1 Some(2) 7",
        "3 Note updated Some(\"y\") c1-a1 Some(2) 7",
        "4 Note deleted None c1-a1 Some(4) 9",
        // Behind the end of the call, which is change 11.
        "5 Business Result added Some(\"Sale\") c1-a1 Some(5) 12",
    ];
    assert_eq!(told, expected);
    let [data] = &rows.g_call_userdata[..] else { panic!("one call with user data") };
    assert_eq!((data.customer_id.as_deref(), data.g_business_result.as_deref()), (Some("C7"), Some("Sale")));
    assert_eq!((data.cause_id.as_deref(), at(data.added)), (None, 60.0));
    let [custom] = &rows.g_custom_data_s[..] else { panic!("one key of a user event") };
    assert_eq!((custom.keyname.as_str(), custom.value.as_str()), ("Disposition", "sold"));
    assert_eq!(
        (custom.partyid.as_deref(), custom.pseq, custom.endpointdn.as_deref()),
        (Some("c1-a1"), Some(5), Some("D1"))
    );
}

/// Answered at 2.5, asks D2 at 10.25, who answers at 15.75.
fn consulted() -> Call {
    answered().asks("a1", "k1", "D2", 10.25).rings("a2", "D2", "k1-a1", 10.25).talk("a1", "a2", 15.75)
}

#[test]
fn a_consult_transfer_gives_the_party_a_new_id_in_the_main_call_and_merges_the_consult_call_into_it() {
    let call = consulted().transfers("a2", "c1-a1", 30.5).leaves("k1-a2", RELEASED, 50.0).ends(50.0);
    let rows = gidb(call.events);
    let main = [
        "call_created 0",
        "c1-caller 1 party_created null>connected established 0",
        "c1-a1 1 party_created null>alerting delivered 0",
        "c1-a1 2 party_statechanged alerting>connected established 2.5",
        "c1-a1 3 party_statechanged connected>hold held 10.25",
        "k1-a2/c1 1 party_created null>connected transferred 30.5",
        "c1-a1 4 party_terminated hold>null transferred 30.5",
        "k1-a2/c1 2 party_terminated connected>null released 50",
        "c1-caller 2 party_terminated connected>null released 50",
        "call_terminated 50",
    ];
    assert_eq!(history(&rows, "c1"), main);
    let consult = [
        "call_created 10.25",
        "k1-a1 1 party_created null>initiated originated 10.25",
        "k1-a2 1 party_created null>alerting delivered 10.25",
        "k1-a1 2 party_statechanged initiated>connected established 15.75",
        "k1-a2 2 party_statechanged alerting>connected established 15.75",
        "k1-a2 3 party_terminated connected>null transferred 30.5",
        "k1-a1 3 party_terminated connected>null transferred 30.5",
        "call_merged 30.5",
        "call_terminated 30.5",
    ];
    assert_eq!(history(&rows, "k1"), consult);
    let refs: Vec<_> = rows.g_call_history.iter().filter_map(|row| row.refid.clone()).collect();
    assert_eq!(refs, ["c1"], "on the terminated row of the call that was merged");
    let merged = only(&rows.g_call, |row| row.callid == "k1");
    assert_eq!((merged.parentcallid.as_deref(), merged.mergecallid.as_deref()), (Some("c1"), Some("c1")));
    assert_eq!((merged.mergetype, named(1001, merged.calltype)), (Some(1), "consult".into()));
    assert_eq!((merged.irid.as_str(), merged.rootirid.as_str()), ("k1", "c1"));
    assert_eq!(only(&rows.g_ir, |row| row.irid == "k1").parentirid.as_deref(), Some("c1"));
    assert_eq!(rows.g_ir_history.iter().filter(|row| row.changetype == 3).count(), 1);
    let moved = only(&rows.g_party, |row| row.partyid == "k1-a2/c1");
    assert_eq!((moved.partyguid.as_str(), moved.parentpartyid.as_deref()), ("k1-a2", Some("c1-a1")));
    assert_eq!(named(11, moved.parentlinktype), "transferred");
    let asked = only(&rows.g_party, |row| row.partyid == "k1-a2");
    assert_eq!((asked.parentpartyid.as_deref(), named(11, asked.parentlinktype)), (Some("k1-a1"), "dialled".into()));
    let (main, consult) =
        (only(&rows.g_call_stat, |row| row.callid == "c1"), only(&rows.g_call_stat, |row| row.callid == "k1"));
    assert_eq!((main.cnt_transfer, main.cnt_conference, main.cnt_hold), (1, 0, 1));
    assert_eq!((consult.cnt_transfer, consult.cnt_conference), (0, 0), "it was merged away");
    let times = |party: &str| {
        let row = only(&rows.g_party_stat, |row| row.partyid == party);
        (row.tt_initiated, row.tt_alerting, row.tt_connected, row.tt_hold)
    };
    assert_eq!(times("c1-a1"), (0, 2, 8, 20));
    assert_eq!((times("k1-a1"), times("k1-a2")), ((5, 0, 15, 0), (0, 5, 15, 0)));
    assert_eq!(times("k1-a2/c1"), (0, 0, 20, 0));
}

#[test]
fn a_server_that_gives_a_moved_party_a_new_uuid_has_it_as_the_new_party_id() {
    let mut call = consulted().transfers("a2", "c1-a1", 30.5).leaves("k1-a2", RELEASED, 50.0).ends(50.0);
    for event in &mut call.events {
        if let Some(callmart_schema::event::Body::PartyMoved(moved)) = &mut event.body {
            moved.new_party = "c1-a2".into();
        }
    }
    let rows = gidb(call.events);
    let moved = only(&rows.g_party, |row| row.callid == "c1" && row.partyguid == "k1-a2");
    assert_eq!(moved.partyid, "c1-a2");
}

#[test]
fn a_conference_joins_the_second_agent_to_the_main_call_where_the_first_goes_on() {
    let call = consulted().confers("a2", "c1-a1", 30.5).leaves("k1-a2", RELEASED, 40.0).leaves("a1", RELEASED, 60.0);
    let rows = gidb(call.ends(60.0).events);
    let main = [
        "call_created 0",
        "c1-caller 1 party_created null>connected established 0",
        "c1-a1 1 party_created null>alerting delivered 0",
        "c1-a1 2 party_statechanged alerting>connected established 2.5",
        "c1-a1 3 party_statechanged connected>hold held 10.25",
        "k1-a2/c1 1 party_created null>connected conferenced 30.5",
        "c1-a1 4 party_statechanged hold>connected retrieved 30.5",
        "k1-a2/c1 2 party_terminated connected>null released 40",
        "c1-a1 5 party_terminated connected>null released 60",
        "c1-caller 2 party_terminated connected>null released 60",
        "call_terminated 60",
    ];
    assert_eq!(history(&rows, "c1"), main);
    assert_eq!(only(&rows.g_call, |row| row.callid == "k1").mergetype, Some(2));
    let asked = only(&rows.g_party, |row| row.partyid == "k1-a1");
    assert_eq!(named(1003, asked.cause), "conferenced");
    assert_eq!(named(11, only(&rows.g_party, |row| row.partyid == "k1-a2/c1").parentlinktype), "conferenced");
    let stat = only(&rows.g_call_stat, |row| row.callid == "c1");
    assert_eq!((stat.cnt_transfer, stat.cnt_conference), (0, 1));
}

#[test]
fn an_abandon_in_the_queue_ends_the_routing_points_party_and_the_pass() {
    let call = Call::inbound("c1").routing_point("rp", 0.0, 70.0, ABANDONED);
    let call = call.virtual_queue("v1", "VQ1", (0.0, 70.0), VirtualQueueEnd::VIRTUAL_QUEUE_END_ABANDONED, "");
    let rows = gidb(call.ends(70.0).events);
    let expected = [
        "call_created 0",
        "c1-caller 1 party_created null>connected established 0",
        "c1-rp 1 party_created null>queued queued 0",
        "c1-rp 2 party_terminated queued>null abandoned 70",
        "c1-caller 2 party_terminated connected>null released 70",
        "call_terminated 70",
    ];
    assert_eq!(history(&rows, "c1"), expected);
    let [stat] = &rows.g_call_stat[..] else { panic!("one call") };
    assert_eq!((stat.f_conn, stat.f_conn_extn, stat.f_te_abnd, stat.cnt_divert), (0, 0, 1, 0));
    let [pass] = &rows.g_virtual_queue[..] else { panic!("one pass") };
    assert_eq!((named(1006, pass.status), pass.targetpartyid.as_deref()), ("abandoned".into(), None));
}

#[test]
fn a_call_that_goes_on_has_no_rows_and_one_whose_parties_nobody_saw_leave_ends_with_them() {
    let goes_on = Call::inbound("c1").telephone("a1", "D1", CONNECTED, 1.0).leaves("a1", RELEASED, 9.0);
    assert_eq!(gidb(goes_on.events), GidbRows::default());
    let rows = gidb(Call::inbound("c1").telephone("a1", "D1", CONNECTED, 1.0).deleted(12.0).events);
    let expected = [
        "call_created 0",
        "c1-caller 1 party_created null>connected established 0",
        "c1-a1 1 party_created null>connected established 1",
        "c1-caller 2 party_terminated connected>null released 12",
        "c1-a1 2 party_terminated connected>null released 12",
        "call_terminated 12",
    ];
    assert_eq!(history(&rows, "c1"), expected);
}

#[test]
fn a_consult_call_that_outlives_its_root_call_has_its_rows_when_it_ends() {
    let call = consulted().main().leaves("a1", ABANDONED, 20.0).ends(20.0);
    let rows = gidb(call.clone().events);
    assert_eq!(rows.g_call.iter().map(|row| row.callid.as_str()).collect::<Vec<_>>(), ["c1"]);
    assert!(rows.g_party_history.iter().all(|row| row.callid == "c1"));
    let ended = call.consult("k1").leaves("a1", RELEASED, 25.0).leaves("a2", RELEASED, 25.0).deleted(25.0);
    let rows = gidb(ended.events);
    assert_eq!(rows.g_call.len(), 2);
    assert_eq!(history(&rows, "k1").last().map(String::as_str), Some("call_terminated 25"));
}

#[test]
fn a_connection_id_is_shown_as_hexadecimal_and_as_a_number_without_a_sign() {
    let mut call = Call::inbound("c1").ends(5.0);
    if let Some(callmart_schema::event::Body::CallCreated(created)) = &mut call.events[0].body {
        created.conn_id = "ff6c02462a161006".into();
    }
    let rows = gidb(call.events);
    assert_eq!(rows.g_call[0].connid.as_deref(), Some("ff6c02462a161006"));
    assert_eq!(rows.g_call[0].connidnum.as_deref(), Some("18405088277533429766"));
    assert_eq!(rows.g_call[0].calltype, CallType::CALL_TYPE_INBOUND as i32);
}
