//! Golden bytes of events, in protobuf and as JSON lines: what stands on disk today must be read by every later version.

use super::*;

fn party_added() -> Event {
    Event {
        source: "bank/IPport".into(),
        epoch: Epoch::new(918_000_000_000_000, "AA0101").into(),
        seq: 1_110_375,
        switch: "BANK".into(),
        tenant: "BANK".into(),
        time_us: 918_020_392_000_000,
        body: Some(
            PartyAdded {
                call: "990203-AA0101-34699".into(),
                party: "990203-AA0101-34699-agent".into(),
                dn: "DN_AG09".into(),
                dn_type: DnType::DN_TYPE_EXTENSION.into(),
                role: PartyRole::PARTY_ROLE_DESTINATION.into(),
                state: PartyState::PARTY_STATE_CONNECTED.into(),
                ..PartyAdded::default()
            }
            .into(),
        ),
        ..Event::default()
    }
}

const GOLDEN_JSON: &str = concat!(
    r#"{"source":"bank/IPport","epoch":{"startedUs":"918000000000000","process":"AA0101"},"seq":"1110375","#,
    r#""switch":"BANK","tenant":"BANK","timeUs":"918020392000000","partyAdded":{"call":"990203-AA0101-34699","#,
    r#""party":"990203-AA0101-34699-agent","dn":"DN_AG09","dnType":"DN_TYPE_EXTENSION","#,
    r#""role":"PARTY_ROLE_DESTINATION","state":"PARTY_STATE_CONNECTED"}}"#
);
const GOLDEN_BYTES: &str = concat!(
    "0a0b62616e6b2f4950706f727412110880c09dbfa8ddd001120641413031303118e7e243220442414e4b2a0442414e4b3080b4f2baf4ddd001",
    "6a3f0a133939303230332d4141303130312d33343639391a193939303230332d4141303130312d33343639392d6167656e742207444e5f4147",
    "3039280130023805"
);

#[test]
fn an_event_has_its_golden_bytes_and_its_golden_line() {
    let event = party_added();
    let hex: String = canonical(&event).iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(hex, GOLDEN_BYTES);
    assert_eq!(to_json(&event).expect("json"), GOLDEN_JSON);
    assert_eq!(from_json(GOLDEN_JSON.as_bytes()).expect("an event"), event);
    assert_eq!(decode(&canonical(&event)).expect("an event"), event);
}

#[test]
fn numbers_may_stand_as_numbers_and_names_in_snake_case() {
    let line =
        r#"{"source":"s","epoch":{"started_us":5},"seq":7,"time_us":9,"call_deleted":{"call":"c","released_by":"x"}}"#;
    let event = from_json(line.as_bytes()).expect("an event");
    assert_eq!((event.seq, event.time_us), (7, 9));
}

#[test]
fn a_line_that_is_no_event_says_why() {
    let reason = |line: &str| from_json(line.as_bytes()).expect_err("no event");
    assert_eq!(reason("{").reason(), "not-json");
    assert_eq!(reason("[1]").reason(), "not-an-event");
    assert_eq!(reason(r#"{"source":"s","epoch":{},"seq":1}"#), EventError::MissingField("body"));
    assert_eq!(reason(r#"{"source":"s","epoch":{},"seq":1,"callDeleted":{}}"#), EventError::MissingField("call"));
    assert_eq!(reason(r#"{"epoch":{},"seq":1,"callDeleted":{"call":"c"}}"#), EventError::MissingField("source"));
    let unknown = reason(r#"{"source":"s","epoch":{},"seq":1,"callDeleted":{"call":"c","colour":1}}"#);
    assert_eq!(unknown, EventError::NotAnEvent(r#"CallDeleted has no field "colour""#.into()));
}

#[test]
fn field_order_does_not_change_the_canonical_bytes() {
    // seq (field 3) before source (field 1), as another encoder may write it.
    let shuffled = [&[0x18u8, 7][..], &[0x0a, 1, b's'], &[0x12, 0], &[0x62, 3, 0x0a, 1, b'c']].concat();
    let event = decode(&shuffled).expect("an event");
    assert_ne!(canonical(&event), shuffled);
    assert_eq!(decode(&canonical(&event)).expect("an event"), event);
}

#[test]
fn epochs_are_ordered_by_start_then_process() {
    let mut epochs = vec![Epoch::new(2, "a"), Epoch::new(1, "b"), Epoch::new(1, "a")];
    epochs.sort();
    assert_eq!(epochs, [Epoch::new(1, "a"), Epoch::new(1, "b"), Epoch::new(2, "a")]);
}
