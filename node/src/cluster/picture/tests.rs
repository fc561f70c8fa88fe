//! Pictures of sources against what was told to them.

use callmart_schema::event::{
    AgentLogin, AgentNotReady, CallCreated, CallDataChanged, CallDeleted, CallType, DnCall, DnServiceChanged, DnType,
    KeyValue, PartyAdded, PartyDeleted, PartyMoved, PartyRole, PartyState, PartyStateChanged, Reason, UserDataChanged,
    VirtualQueueEnded, VirtualQueueQueued, WorkMode, canonical,
};

use super::*;
use crate::traffic::{Traffic, TrafficSettings};
use crate::world::World;

fn as_of(seq: u64) -> AsOf {
    AsOf { epoch: Epoch::new(1, "a"), seq, time_us: 99 }
}

fn created(call: &str, root_call: &str) -> Body {
    let (call, root_call) = (call.to_owned(), root_call.to_owned());
    CallCreated { call, original_call: root_call.clone(), root_call, ..CallCreated::default() }.into()
}

fn added(call: &str, party: &str, state: PartyState) -> Body {
    PartyAdded {
        call: call.to_owned(),
        party: party.to_owned(),
        dn_type: DnType::DN_TYPE_EXTENSION.into(),
        role: PartyRole::PARTY_ROLE_DESTINATION.into(),
        state: state.into(),
        parent_party: "who brought it".to_owned(),
        queue: "a queue".to_owned(),
        ..PartyAdded::default()
    }
    .into()
}

fn changed(call: &str, party: &str, state: PartyState) -> Body {
    let (call, party) = (call.to_owned(), party.to_owned());
    PartyStateChanged { call, party, state: state.into(), ..PartyStateChanged::default() }.into()
}

fn set(call: &str, pairs: &[(&str, &str)], removed: &[&str]) -> Body {
    let pair = |(key, value): &(&str, &str)| KeyValue {
        key: (*key).to_owned(),
        value: (*value).to_owned(),
        ..KeyValue::default()
    };
    UserDataChanged {
        call: call.to_owned(),
        party: "who set it".to_owned(),
        set: pairs.iter().map(pair).collect(),
        removed: removed.iter().map(|key| (*key).to_owned()).collect(),
        ..UserDataChanged::default()
    }
    .into()
}

fn deleted(call: &str) -> Body {
    CallDeleted { call: call.to_owned(), ..CallDeleted::default() }.into()
}

fn picture(happened: impl IntoIterator<Item = (i64, Body)>) -> Picture {
    let mut picture = Picture::new("n/IPport", "S", "T");
    happened.into_iter().for_each(|(time_us, body)| picture.happen(time_us, body));
    picture
}

fn snapshot(event: &Event) -> &Snapshot {
    match &event.body {
        Some(Body::Snapshot(snapshot)) => snapshot,
        other => panic!("a snapshot was expected: {other:?}"),
    }
}

/// Times and bodies of what a snapshot names.
fn entities(event: &Event) -> Vec<(i64, Body)> {
    snapshot(event).entities.iter().map(|e| (e.time_us, e.body.clone().expect("a body"))).collect()
}

#[test]
fn a_consult_call_that_became_a_conference_stands_as_one_call_with_everybody_in_their_states() {
    let moved = PartyMoved {
        call: "consult".to_owned(),
        root_call: "main".to_owned(),
        party: "colleague".to_owned(),
        new_call: "main".to_owned(),
        new_party: "colleague".to_owned(),
        moved_by: "agent".to_owned(),
        ..PartyMoved::default()
    };
    let (alerting, connected, held) =
        (PartyState::PARTY_STATE_ALERTING, PartyState::PARTY_STATE_CONNECTED, PartyState::PARTY_STATE_HELD);
    let mut consult_party = added("consult", "colleague", alerting);
    if let Body::PartyAdded(party) = &mut consult_party {
        party.root_call = "main".to_owned();
    }
    let told = picture([
        (1, created("main", "")),
        (1, added("main", "customer", connected)),
        (2, added("main", "agent", alerting)),
        (3, changed("main", "agent", connected)),
        (3, set("main", &[("a", "1"), ("b", "2")], &[])),
        (4, changed("main", "agent", held)),
        (4, created("consult", "main")),
        (4, consult_party),
        (5, changed("consult", "colleague", connected)),
        (6, set("main", &[("b", "3"), ("c", "4")], &["a"])),
        (7, moved.into()),
        (7, deleted("consult")),
        (7, changed("main", "agent", connected)),
    ]);
    let expected = picture([]);
    assert_eq!(snapshot(&expected.of_everything(&as_of(0))).entities, []);
    let mut data = set("main", &[("b", "3"), ("c", "4")], &[]);
    if let Body::UserDataChanged(data) = &mut data {
        data.party.clear();
    }
    let expected = [
        (1, created("main", "")),
        (1, added("main", "customer", connected)),
        (7, added("main", "agent", connected)),
        (7, added("main", "colleague", connected)),
        (6, data),
    ];
    let event = told.of_everything(&as_of(13));
    assert_eq!(entities(&event), expected);
    assert_eq!((event.seq, event.time_us, snapshot(&event).as_of_seq), (13, 99, 13));
    for entity in &snapshot(&event).entities {
        assert_eq!((entity.source.as_str(), entity.switch.as_str(), entity.tenant.as_str()), ("n/IPport", "S", "T"));
        assert_eq!((entity.epoch.as_option(), entity.seq), (Some(&Epoch::new(1, "a")), 13));
    }
}

#[test]
fn what_is_not_chosen_is_left_out_but_for_what_belongs_to_no_call() {
    let pass = |id: &str, call: &str, root: &str| VirtualQueueQueued {
        call: call.to_owned(),
        root_call: root.to_owned(),
        virtual_queue_id: id.to_owned(),
        ..VirtualQueueQueued::default()
    };
    let service = DnServiceChanged { dn: "7".to_owned(), in_service: true, ..DnServiceChanged::default() };
    let told = picture([
        (5, created("x", "")),
        (4, created("y", "")),
        (6, created("z", "x")),
        (7, pass("p2", "y", "").into()),
        (7, pass("p1", "z", "x").into()),
        (8, service.clone().into()),
    ]);
    let event = told.of_interactions(&as_of(6), |root| root == "x", vec!["gone".to_owned()]);
    let expected =
        [(5, created("x", "")), (6, created("z", "x")), (7, pass("p1", "z", "x").into()), (8, service.into())];
    assert_eq!(entities(&event), expected);
    assert_eq!((snapshot(&event).complete, snapshot(&event).ended_calls.as_slice()), (false, &["gone".to_owned()][..]));
    let everything = told.of_everything(&as_of(6));
    assert_eq!((snapshot(&everything).complete, snapshot(&everything).entities.len()), (true, 6));
}

#[test]
fn an_interaction_goes_on_as_long_as_anything_of_it_exists() {
    let mut told = picture([(1, created("main", "")), (2, created("consult", "main"))]);
    let key = told.key(&created("consult", "main")).expect("a key");
    assert_eq!(&*key, "main");
    assert!(Interaction::ptr_eq(&key, &told.key(&deleted("main")).expect("a key")), "shared");
    told.happen(3, deleted("main"));
    assert!(told.goes_on("main") && !told.goes_on("consult"));
    told.happen(4, deleted("consult"));
    assert!(!told.goes_on("main"));
    told.happen(5, VirtualQueueQueued { call: "main".to_owned(), ..VirtualQueueQueued::default() }.into());
    assert!(told.goes_on("main"));
    told.happen(5, VirtualQueueEnded { call: "main".to_owned(), ..VirtualQueueEnded::default() }.into());
    let line = |state: PartyState| DnCall {
        dn: "7".to_owned(),
        call: "consult".to_owned(),
        root_call: "main".to_owned(),
        state: state.into(),
        ..DnCall::default()
    };
    told.happen(6, line(PartyState::PARTY_STATE_ALERTING).into());
    told.happen(6, line(PartyState::PARTY_STATE_CONNECTED).into());
    assert!(told.goes_on("main"));
    told.happen(7, line(PartyState::PARTY_STATE_NULL).into());
    assert!(!told.goes_on("main"));
    told.happen(8, line(PartyState::PARTY_STATE_ALERTING).into());
    told.happen(9, DnServiceChanged { dn: "7".to_owned(), ..DnServiceChanged::default() }.into());
    assert!(!told.goes_on("main"), "the telephone is gone");
    assert_eq!(told.key(&DnServiceChanged::default().into()), None);
}

#[test]
fn an_agent_stands_with_login_and_last_state_until_the_logout_or_the_end_of_the_service() {
    let names = || ("7".to_owned(), "E1".to_owned(), "s1".to_owned());
    let (dn, agent, session) = names();
    let login = AgentLogin { dn, agent, session, ..AgentLogin::default() };
    let (dn, agent, session) = names();
    let reason = Reason { key: "ReasonCode".to_owned(), value: "Lunch".to_owned(), ..Reason::default() };
    let work_mode = WorkMode::WORK_MODE_AUX.into();
    let lunch = AgentNotReady { dn, agent, session, work_mode, reasons: vec![reason], ..AgentNotReady::default() };
    let wrap = AgentNotReady { work_mode: WorkMode::WORK_MODE_AFTER_CALL_WORK.into(), ..lunch.clone() };
    let service = |in_service| DnServiceChanged { dn: "7".to_owned(), in_service, ..DnServiceChanged::default() };
    let mut told = picture([
        (1, service(true).into()),
        (2, login.clone().into()),
        (3, wrap.into()),
        (4, lunch.clone().into()),
        (5, login.clone().into()),
    ]);
    let expected = [(1, service(true).into()), (2, login.into()), (4, lunch.into())];
    assert_eq!(entities(&told.of_everything(&as_of(5))), expected);
    told.happen(6, service(false).into());
    assert_eq!(entities(&told.of_everything(&as_of(6))), []);
}

#[test]
fn a_number_that_was_heard_changes_nothing_and_a_new_epoch_begins_its_own() {
    let event = |epoch: i64, seq, body| Event {
        epoch: Epoch::new(epoch, "a").into(),
        seq,
        time_us: 5,
        body,
        ..Event::default()
    };
    let mut told = Picture::new("n/IPport", "S", "T");
    told.hear(event(1, 1, Some(created("x", ""))));
    told.hear(event(1, 2, Some(deleted("x"))));
    for again in [event(1, 1, Some(created("x", ""))), event(1, 2, Some(created("other", "")))] {
        told.hear(again);
    }
    assert!(!told.goes_on("x") && !told.goes_on("other"));
    told.hear(event(2, 0, Some(Snapshot::default().into())));
    told.hear(event(2, 1, Some(created("y", ""))));
    told.hear(event(1, 3, Some(deleted("y"))));
    assert!(told.goes_on("y"));
    let known = picture([(1, created("z", ""))]).of_everything(&AsOf { epoch: Epoch::new(3, "a"), seq: 0, time_us: 9 });
    told.hear(known);
    assert!(told.goes_on("z") && !told.goes_on("y"), "a complete snapshot says all");
    told.hear(event(3, 1, Some(created("y", ""))));
    told.hear_bytes(b"garbage");
    assert!(told.goes_on("y"));
}

#[test]
fn parties_and_data_of_a_call_that_is_not_known_are_no_part_of_it() {
    let parted = PartyDeleted { call: "x".to_owned(), party: "p".to_owned(), ..PartyDeleted::default() };
    let mut told = picture([
        (1, added("x", "p", PartyState::PARTY_STATE_ALERTING)),
        (2, changed("x", "p", PartyState::PARTY_STATE_CONNECTED)),
        (3, set("x", &[("a", "1")], &[])),
        (4, parted.clone().into()),
        (5, deleted("x")),
    ]);
    assert_eq!(entities(&told.of_everything(&as_of(0))), []);
    told.happen(6, created("x", ""));
    told.happen(6, added("x", "p", PartyState::PARTY_STATE_ALERTING));
    told.happen(7, set("x", &[("a", "1")], &[]));
    told.happen(8, set("x", &[], &["a"]));
    told.happen(9, parted.into());
    assert_eq!(entities(&told.of_everything(&as_of(0))), [(6, created("x", ""))]);
    let kind = CallDataChanged {
        call: "x".to_owned(),
        call_type: CallType::CALL_TYPE_INBOUND.into(),
        ani: "1".to_owned(),
        ..CallDataChanged::default()
    };
    told.happen(10, kind.into());
    match &entities(&told.of_everything(&as_of(0)))[..] {
        [(6, Body::CallCreated(call))] => {
            assert_eq!((call.ani.as_str(), call.call_type.as_known()), ("1", Some(CallType::CALL_TYPE_INBOUND)));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_hears_what_a_snapshot_names_has_the_same_picture() {
    let start_us = 1_767_690_000_000_000;
    let settings = TrafficSettings { end_us: Some(start_us + 1_200_000_000), ..TrafficSettings::new(start_us, 5, 40) };
    let mut world = Traffic::new(settings);
    let named = |teller: &crate::world::Teller| Picture::new(&teller.name, &teller.switch, &teller.tenant);
    let mut pictures: Vec<Picture> = world.tellers().iter().map(named).collect();
    let empty = pictures.clone();
    let (mut stretches, mut largest) = (0, 0);
    while let Some(stretch) = world.next_stretch() {
        stretch.happened.into_iter().for_each(|h| pictures[h.teller].happen(h.time_us, h.body));
        stretches += 1;
        for (picture, empty) in pictures.iter().zip(&empty).filter(|_| stretches % 60 == 0) {
            let event = picture.of_everything(&as_of(7));
            let mut heard = empty.clone();
            entities(&event).into_iter().for_each(|(time_us, body)| heard.happen(time_us, body));
            largest = largest.max(snapshot(&event).entities.len());
            assert_eq!(canonical(&heard.of_everything(&as_of(7))), canonical(&event));
        }
    }
    assert!(largest > 20, "{largest}");
}
