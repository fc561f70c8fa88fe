//! Owners of DNs, step by step.

use super::*;
use callmart_schema::event::WorkMode;

const DN: &str = "100001";
const S: i64 = 1_000_000;

fn controllers(on_move: OnMove) -> TControllers {
    TControllers::new(OwnerRules { on_move, ..OwnerRules::default() })
}

fn stated(is_ready: bool, work_mode: WorkMode) -> Stated {
    Stated { is_ready, work_mode, reasons: Vec::new() }
}

/// What was said, in a few words each.
fn said(controllers: &mut TControllers) -> Vec<String> {
    let word = |Word { node, body }| match body {
        Body::DnServiceChanged(b) if b.in_service => format!("{node} in"),
        Body::DnServiceChanged(_) => format!("{node} out"),
        Body::AgentLogin(b) => format!("{node} login {} {}", b.agent, b.session),
        Body::AgentLogout(b) => format!("{node} logout {} {}", b.agent, b.session),
        Body::AgentReady(b) => format!("{node} ready {}", b.session),
        Body::AgentNotReady(b) => format!("{node} not ready {}", b.session),
        Body::DnCall(b) => {
            let state = format!("{:?}", b.state.as_known().expect("a state")).replace("PARTY_STATE_", "");
            format!("{node} {} {state} {}", b.call, b.session)
        }
        other => format!("{node} {other:?}"),
    };
    controllers.words().map(word).collect()
}

/// Agent E1 is ready on the DN at node 0.
fn ready_at_0(on_move: OnMove) -> TControllers {
    let mut c = controllers(on_move);
    c.register(0, 0, DN, Registration::Telephone);
    c.log_in(0, DN, "E1", "s1").expect("free");
    c.state(0, DN, stated(true, WorkMode::WORK_MODE_MANUAL_IN)).expect("there");
    said(&mut c);
    c
}

#[test]
fn a_calm_dn_moves_at_once_with_a_logout_or_with_its_session() {
    let mut c = ready_at_0(OnMove::LoggedOut);
    c.register(S, 2, DN, Registration::Telephone);
    c.settle(S);
    assert_eq!(said(&mut c), ["2 in", "0 logout E1 s1", "0 out"]);
    assert_eq!((c.owner(DN), c.next_due_us()), (Some(2), None));
    let mut c = ready_at_0(OnMove::Restored);
    c.register(S, 2, DN, Registration::Telephone);
    c.settle(S);
    assert_eq!(said(&mut c), ["2 in", "0 out", "2 login E1 s1", "2 ready s1"]);
    let parting = &c.take_partings()[0];
    assert_eq!((parting.node, parting.goes_on_at), (0, Some(2)));
}

#[test]
fn an_old_owner_waits_for_the_call_and_its_after_call_work_and_both_tell_of_the_call() {
    let mut c = ready_at_0(OnMove::LoggedOut);
    c.call(DN, "c1", "", PartyState::PARTY_STATE_CONNECTED);
    c.register(S, 2, DN, Registration::Telephone);
    c.settle(S);
    c.log_in(2, DN, "E1", "s2").expect("nobody is there");
    c.call(DN, "c1", "", PartyState::PARTY_STATE_NULL);
    c.state(0, DN, stated(false, WorkMode::WORK_MODE_AFTER_CALL_WORK)).expect("there");
    c.settle(5 * S);
    // A call that comes meanwhile is the newer owner's.
    c.call(DN, "c2", "", PartyState::PARTY_STATE_ALERTING);
    assert_eq!(
        said(&mut c),
        [
            "0 c1 CONNECTED s1",
            "2 in",
            "2 c1 CONNECTED ",
            "2 login E1 s2",
            "2 c1 CONNECTED s2",
            "0 c1 NULL s1",
            "2 c1 NULL s2",
            "0 not ready s1",
            "2 c2 ALERTING s2",
        ]
    );
    c.state(0, DN, stated(true, WorkMode::WORK_MODE_MANUAL_IN)).expect("there");
    c.settle(9 * S);
    assert_eq!(said(&mut c), ["0 ready s1", "0 logout E1 s1", "0 out"]);
}

#[test]
fn an_old_owner_waits_no_longer_than_thirty_seconds() {
    for (on_move, told) in [
        (OnMove::LoggedOut, vec!["0 logout E1 s1", "0 out"]),
        (OnMove::Restored, vec!["0 out", "2 login E1 s1", "2 ready s1", "2 c1 CONNECTED s1"]),
    ] {
        let mut c = ready_at_0(on_move);
        c.call(DN, "c1", "", PartyState::PARTY_STATE_CONNECTED);
        c.register(S, 2, DN, Registration::Telephone);
        assert_eq!(c.next_due_us(), Some(S + WAIT_US));
        c.settle(S + WAIT_US - 1);
        said(&mut c);
        c.settle(S + WAIT_US);
        assert_eq!(said(&mut c), told);
    }
}

#[test]
fn a_cut_link_leaves_two_owners_until_it_is_back_or_the_registration_expires() {
    for on_move in [OnMove::LoggedOut, OnMove::Restored] {
        let mut c = ready_at_0(on_move);
        c.cut(S, 2, 0);
        c.register(2 * S, 2, DN, Registration::Telephone);
        c.settle(2 * S);
        assert_eq!(c.owners(DN).collect::<Vec<_>>(), [0, 2]);
        c.log_in(2, DN, "E1", "s2").expect("nobody is there");
        c.call(DN, "c1", "", PartyState::PARTY_STATE_ALERTING);
        assert_eq!(said(&mut c), ["2 in", "2 login E1 s2", "2 c1 ALERTING s2"]);
        c.mend(60 * S, 0, 2);
        c.settle(60 * S);
        assert_eq!(said(&mut c), ["0 logout E1 s1", "0 out"]);
        assert_eq!(c.owners(DN).collect::<Vec<_>>(), [2]);
    }
    let mut c = ready_at_0(OnMove::LoggedOut);
    c.cut(S, 0, 2);
    c.register(2 * S, 2, DN, Registration::Telephone);
    assert_eq!(c.next_due_us(), Some(3_602 * S));
    c.settle(3_602 * S);
    assert_eq!(said(&mut c), ["2 in", "0 logout E1 s1", "0 out"]);
}

#[test]
fn a_lost_registration_logs_out_in_the_middle_of_a_call_and_a_later_owner_tells_of_it() {
    let mut c = ready_at_0(OnMove::LoggedOut);
    c.call(DN, "c1", "", PartyState::PARTY_STATE_CONNECTED);
    c.unregister(0, DN);
    c.call(DN, "c1", "", PartyState::PARTY_STATE_HELD);
    assert_eq!(said(&mut c), ["0 c1 CONNECTED s1", "0 logout E1 s1", "0 out"]);
    assert!(matches!(c.log_in(0, DN, "E1", "s2"), Err(Refused::NotOwned { node: 0, .. })));
    c.register(S, 3, DN, Registration::Telephone);
    c.log_in(3, DN, "E1", "s2").expect("owned");
    c.call(DN, "c1", "", PartyState::PARTY_STATE_NULL);
    assert_eq!(said(&mut c), ["3 in", "3 c1 HELD ", "3 login E1 s2", "3 c1 HELD s2", "3 c1 NULL s2"]);
    assert!(matches!(c.log_in(3, DN, "E2", "s3"), Err(Refused::Taken { .. })));
    assert!(matches!(c.log_out(0, DN), Err(Refused::NotOwned { .. })));
}

#[test]
fn remote_agents_lose_their_dns_with_the_client_that_registered_them() {
    let mut c = controllers(OnMove::LoggedOut);
    for dn in ["+15550001", "+15550002"] {
        c.register(0, 1, dn, Registration::Client("desktop".to_owned()));
    }
    c.register(0, 1, "+15550003", Registration::Client("other".to_owned()));
    c.log_in(1, "+15550001", "E1", "s1").expect("owned");
    said(&mut c);
    c.client_gone(1, "desktop");
    assert_eq!(said(&mut c), ["1 logout E1 s1", "1 out", "1 out"]);
    assert_eq!((c.owner("+15550002"), c.owner("+15550003")), (None, Some(1)));
}

#[test]
fn a_registration_that_comes_back_makes_the_old_owner_the_newest_again() {
    let mut c = ready_at_0(OnMove::LoggedOut);
    c.call(DN, "c1", "", PartyState::PARTY_STATE_CONNECTED);
    c.register(S, 2, DN, Registration::Telephone);
    c.register(2 * S, 0, DN, Registration::Telephone);
    c.settle(2 * S);
    assert_eq!(c.owner(DN), Some(0));
    said(&mut c);
    c.settle(S + WAIT_US);
    assert!(said(&mut c).is_empty());
    c.settle(2 * S + WAIT_US);
    assert_eq!(said(&mut c), ["2 out"]);
}
