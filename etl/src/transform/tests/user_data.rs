//! User data: which value of a key each attempt has, by each rule.

use callmart_schema::catalogue::{IrfUserDataCust1, IrfUserDataGen1, IrfUserDataKeys, UserDataCustDim1};
use callmart_schema::event::{KeyValue, UserDataChanged, UserDataOrigin, UserEvent, VirtualQueueEnd};
use callmart_schema::keys::NONE;

use super::build::*;
use super::several::*;
use super::*;
use crate::mapping::{MappedKey, Mapping, Rule};

/// The key "K" by each rule in a column of its own.
const BY_RULE: [(Rule, &str); 6] = [
    (Rule::Call, "custom_data_1"),
    (Rule::Party, "custom_data_2"),
    (Rule::Irf, "custom_data_3"),
    (Rule::IrfFirstUpdate, "custom_data_4"),
    (Rule::IrfInitial, "custom_data_5"),
    (Rule::IrfRoute, "custom_data_6"),
];

fn entry(key: &str, table: &str, column: &str, rule: Rule) -> MappedKey {
    MappedKey { key: key.into(), table: table.into(), column: column.into(), rule, default: None }
}

fn mapped(own: &[MappedKey]) -> TransformSettings {
    TransformSettings { user_data: Mapping::with(own).expect("a mapping"), ..TransformSettings::default() }
}

fn by_all_rules() -> TransformSettings {
    mapped(&BY_RULE.map(|(rule, column)| entry("K", "irf_user_data_cust_1", column, rule)))
}

fn rows_set(settings: &TransformSettings, events: Vec<Event>) -> Rows {
    let stored = |events: &[Event]| events.iter().map(build::stored).collect::<Vec<_>>();
    let rows = rows_by(&known(stored(&events)), settings);
    let backwards: Vec<Event> = events.into_iter().rev().collect();
    assert_eq!(rows_by(&known(stored(&backwards)), settings), rows, "in any order");
    rows
}

fn cust_1<'a>(rows: &'a Rows, party: &str) -> &'a IrfUserDataCust1 {
    let id = irf(rows, party).interaction_resource_id;
    rows.irf_user_data_cust_1.iter().find(|r| r.interaction_resource_id == id).expect("a site's own user data")
}

fn gen_1<'a>(rows: &'a Rows, party: &str) -> &'a IrfUserDataGen1 {
    let id = irf(rows, party).interaction_resource_id;
    rows.irf_user_data_gen_1.iter().find(|r| r.interaction_resource_id == id).expect("user data")
}

fn keys_of<'a>(rows: &'a Rows, party: &str) -> &'a IrfUserDataKeys {
    let id = irf(rows, party).interaction_resource_id;
    rows.irf_user_data_keys.iter().find(|r| r.interaction_resource_id == id).expect("references")
}

/// The values of "K" by CALL, PARTY, IRF, `IRF_FIRST_UPDATE`, `IRF_INITIAL`, `IRF_ROUTE`; "-" is none.
fn by_rule<'a>(rows: &'a Rows, party: &str) -> [&'a str; 6] {
    let row = cust_1(rows, party);
    let values = [
        &row.custom_data_1,
        &row.custom_data_2,
        &row.custom_data_3,
        &row.custom_data_4,
        &row.custom_data_5,
        &row.custom_data_6,
    ];
    values.map(|value| value.as_deref().unwrap_or("-"))
}

/// From an IVR to a routing point, to A1 who does not answer, to the routing point again, to A2 who talks until 60.
fn redirected() -> Call {
    Call::inbound("c1")
        .ivr(0.0, 10.0, DIVERTED)
        .routing_point("rp", 10.0, 20.0, DIVERTED)
        .telephone("a1", "D1", ALERTING, 20.0)
        .leaves("a1", REDIRECTED, 30.0)
        .routing_point("rp2", 30.0, 40.0, DIVERTED)
        .telephone("a2", "D2", ALERTING, 40.0)
        .is("a2", CONNECTED, 42.0)
        .leaves("a2", RELEASED, 60.0)
        .ends(60.0)
}

#[test]
fn each_rule_has_its_own_value() {
    let call = redirected()
        .sets_as("ivr", "K", "in the IVR", 2.0)
        .sets_as("rp", "K", "waiting", 15.0)
        .sets_as("a1", "K", "ringing", 25.0)
        .sets_as("rp2", "K", "waiting again", 35.0)
        .sets_as("a2", "K", "talking", 50.0)
        .sets("K", "by a stranger afterwards", 62.0)
        .sets_as("a2", "K", "after the call", 65.0);
    let rows = rows_set(&by_all_rules(), call.events);
    // It begins without a value, and nobody routed the call there.
    assert_eq!(by_rule(&rows, "c1-ivr"), ["in the IVR", "in the IVR", "in the IVR", "in the IVR", "-", "-"]);
    // Begins with the wait at 10, is routed at 20, ends at 30.
    assert_eq!(by_rule(&rows, "c1-a1"), ["ringing", "ringing", "ringing", "waiting", "in the IVR", "waiting"]);
    // Begins with the second wait at 30, is routed at 40, ends at 60; the first update goes back to the wait for A1.
    let expected = ["talking", "after the call", "talking", "waiting", "ringing", "waiting again"];
    assert_eq!(by_rule(&rows, "c1-a2"), expected);
}

#[test]
fn what_is_set_at_the_moment_of_a_border_is_on_both_sides_of_it() {
    let call = redirected().sets("K", "at 30", 30.0).sets("K", "at 40", 40.0);
    let rows = rows_set(&by_all_rules(), call.events);
    assert_eq!(by_rule(&rows, "c1-a1"), ["at 30", "-", "at 30", "at 30", "-", "-"]);
    assert_eq!(by_rule(&rows, "c1-a2"), ["at 40", "-", "at 40", "at 30", "at 30", "at 40"]);
}

#[test]
fn only_the_own_party_counts_afterwards_and_only_within_the_time_for_it() {
    let late = |at_s: f64| redirected().sets_as("a2", "K", "late", at_s);
    for (call, expected) in [(late(3_660.0), "late"), (late(3_660.001), "-")] {
        let rows = rows_set(&by_all_rules(), call.events);
        assert_eq!(by_rule(&rows, "c1-a2"), ["-", expected, "-", "-", "-", "-"]);
        assert_eq!(by_rule(&rows, "c1-a1"), ["-"; 6]);
    }
    let soon = TransformSettings { user_event_data_timeout_s: 4, ..by_all_rules() };
    let rows = rows_set(&soon, redirected().sets_as("a2", "K", "late", 65.0).events);
    assert_eq!(by_rule(&rows, "c1-a2"), ["-"; 6]);
}

#[test]
fn a_key_that_was_removed_is_not_there() {
    let call = redirected()
        .sets_as("ivr", "K", "in the IVR", 2.0)
        .sets_as("a2", "K", "talking", 50.0)
        .removes_as("a2", "K", 55.0);
    let rows = rows_set(&by_all_rules(), call.clone().events);
    assert_eq!(by_rule(&rows, "c1-a2"), ["-", "-", "-", "talking", "in the IVR", "in the IVR"]);
    let again = call.sets_as("a2", "K", "again", 61.0);
    assert_eq!(by_rule(&rows_set(&by_all_rules(), again.events), "c1-a2")[..2], ["-", "again"]);
    let default =
        MappedKey { default: Some("nothing".into()), ..entry("K", "irf_user_data_gen_1", "case_id", Rule::Call) };
    let rows = rows_set(&mapped(&[default]), redirected().sets("K", "early", 1.0).removes_as("rp", "K", 12.0).events);
    let case = |party| gen_1(&rows, party).case_id.as_deref();
    assert_eq!((case("c1-ivr"), case("c1-a1")), (Some("early"), Some("nothing")));
}

/// A1 answers and consults A2, who answers; the key is set before, in the main call meanwhile, and in the consult call if at all.
fn consultation(in_consult: bool) -> Call {
    let call = answered().sets_as("a1", "K", "before", 5.0).asks("a1", "k1", "D2", 10.25);
    let call = call.rings("a2", "D2", "k1-a1", 10.25).talk("a1", "a2", 15.75).main().sets("K", "meanwhile", 16.0);
    let call = call.consult("k1");
    if in_consult { call.sets_as("a2", "K", "in the consultation", 17.0) } else { call }
}

fn with_agents(call: Call) -> Vec<Event> {
    call.events.into_iter().chain(three_agents()).collect()
}

#[test]
fn a_consult_call_has_what_its_main_call_had_and_what_is_set_in_it_stays_there() {
    let retrieved = |call: Call| {
        let call = call.leaves("a1", RELEASED, 30.0).leaves("a2", RELEASED, 30.0).deleted(30.0).main();
        call.is("a1", CONNECTED, 30.0).leaves("a1", RELEASED, 60.0).ends(60.0)
    };
    let rows = rows_set(&by_all_rules(), with_agents(retrieved(consultation(true))));
    assert_eq!(by_rule(&rows, "c1-a1"), ["meanwhile", "before", "meanwhile", "before", "-", "-"]);
    let own = "in the consultation";
    assert_eq!(by_rule(&rows, "k1-a2"), [own, own, own, own, "before", "-"]);
    assert_eq!(by_rule(&rows, "k1-a1"), [own, "-", own, own, "before", "-"]);
    let rows = rows_set(&by_all_rules(), with_agents(retrieved(consultation(false))));
    assert_eq!(by_rule(&rows, "k1-a2"), ["before", "-", "-", "-", "before", "-"]);
}

#[test]
fn what_is_set_in_a_consult_call_is_on_the_call_that_it_is_merged_into() {
    let call = consultation(true).transfers("a2", "c1-a1", 30.5).leaves("k1-a2", RELEASED, 60.0).ends(60.0);
    let own = "in the consultation";
    let rows = rows_set(&by_all_rules(), with_agents(call.clone()));
    assert_eq!(by_rule(&rows, "k1-a2")[..2], [own, own]);
    assert_eq!(by_rule(&rows, "c1-a1")[..2], [own, "before"], "it was merged at the moment at which A1 left");
    let later = call.sets("K", "after the transfer", 40.0);
    assert_eq!(
        by_rule(&rows_set(&by_all_rules(), with_agents(later)), "k1-a2")[..3],
        ["after the transfer", own, "after the transfer"]
    );
}

fn disposition(call: &str, dn: &str, key: &str, value: &str) -> UserEvent {
    let pair = KeyValue { key: key.into(), value: value.into(), ..KeyValue::default() };
    UserEvent { call: call.into(), dn: dn.into(), data: vec![pair], ..UserEvent::default() }
}

#[test]
fn what_a_desktop_tells_is_set_by_the_party_on_its_dn() {
    let call = redirected().tell(70.0, disposition("c1", "D2", "K", "Sold"));
    let rows = rows_set(&by_all_rules(), call.events);
    assert_eq!(by_rule(&rows, "c1-a2"), ["-", "Sold", "-", "-", "-", "-"]);
    assert_eq!(by_rule(&rows, "c1-a1"), ["-"; 6]);
    // The same telephone rings twice: what is told meanwhile is the first one's, what is told later the second one's.
    let twice = |at_s: f64| {
        Call::inbound("c1")
            .telephone("first", "D1", ALERTING, 0.0)
            .leaves("first", REDIRECTED, 10.0)
            .telephone("second", "D1", CONNECTED, 20.0)
            .leaves("second", RELEASED, 30.0)
            .ends(30.0)
            .tell(at_s, disposition("c1", "D1", "K", "Busy"))
    };
    for (at_s, [first, second]) in [(15.0, ["Busy", "-"]), (20.0, ["-", "Busy"]), (99.0, ["-", "Busy"])] {
        let rows = rows_set(&by_all_rules(), twice(at_s).events);
        assert_eq!([by_rule(&rows, "c1-first")[1], by_rule(&rows, "c1-second")[1]], [first, second], "at {at_s}");
    }
    // Nobody of the call is there: on the call it is all the same.
    let call = redirected().tell(50.0, disposition("c1", "D9", "K", "Sold"));
    assert_eq!(by_rule(&rows_set(&by_all_rules(), call.events), "c1-a2")[..2], ["Sold", "-"]);
}

#[test]
fn results_are_whose_agent_set_them_and_all_else_is_the_calls() {
    let call = redirected()
        .sets_as("ivr", "CustomerID", "7", 2.0)
        .sets_as("ivr", "Business Result", "Forwarded", 3.0)
        .sets_as("a2", "Business Result", "Sold", 70.0)
        .sets_as("a2", "CaseID", "too late", 70.0);
    let rows = rows(call.events);
    assert_eq!(gen_1(&rows, "c1-a2").customer_id.as_deref(), Some("7"));
    assert_eq!(gen_1(&rows, "c1-a2").case_id, None);
    let descriptors = rows.dimensions.batches();
    let (_, descriptors) = descriptors.iter().find(|(t, _)| t.name == "interaction_descriptor").expect("the table");
    let result = |party| {
        let key = Value::Int(keys_of(&rows, party).interaction_descriptor_key);
        (0..descriptors.num_rows())
            .map(|row| cells(descriptors, row))
            .find(|row| row[0] == key)
            .map(|row| row[5].clone())
    };
    assert_eq!(result("c1-ivr"), Some(Value::Text("Forwarded".into())));
    assert_eq!(result("c1-a1"), None);
    assert_eq!(result("c1-a2"), Some(Value::Text("Sold".into())));
    assert!(rows.irf_user_data_cust_1.is_empty(), "no key goes there");
}

#[test]
fn a_sites_own_dimension_has_one_row_for_equal_values() {
    let dimension = "user_data_cust_dim_1";
    let of_shop = entry("Shop", dimension, "dim_attribute_2", Rule::Call);
    let of_till = MappedKey { default: Some("none".into()), ..entry("Till", dimension, "dim_attribute_5", Rule::Call) };
    let call = redirected().sets("Shop", "North", 1.0);
    let rows = rows_set(&mapped(&[of_shop.clone(), of_till]), call.events);
    let key = keys_of(&rows, "c1-a1").custom_key_1;
    assert!(key > 0 && rows.irf_user_data_keys.iter().all(|row| row.custom_key_1 == key));
    let (_, batch) = rows.dimensions.batches().into_iter().find(|(t, _)| t.name == dimension).expect("the table");
    let text = |text: &str| Value::Text(text.into());
    assert_eq!(cells(&batch, 0)[2..], [text(""), text("North"), text(""), text(""), text("none")]);
    assert_eq!(batch.schema(), UserDataCustDim1::TABLE.arrow_schema());
    let without = rows_set(&mapped(&[of_shop]), redirected().events);
    assert!(without.irf_user_data_keys.iter().all(|row| row.custom_key_1 == NONE));
}

#[test]
fn reasons_and_extensions_are_no_user_data() {
    let call = redirected();
    let of = |origin: UserDataOrigin| UserDataChanged { origin: origin.into(), ..call.data("CaseID", Some("7")) };
    for (origin, counts) in [
        (UserDataOrigin::USER_DATA_ORIGIN_USER_DATA, true),
        (UserDataOrigin::USER_DATA_ORIGIN_REASONS, false),
        (UserDataOrigin::USER_DATA_ORIGIN_EXTENSIONS, false),
    ] {
        let rows = rows(call.clone().tell(5.0, of(origin)).events);
        assert_eq!(gen_1(&rows, "c1-a2").case_id.is_some(), counts, "{origin:?}");
    }
}

#[test]
fn passages_have_user_data_where_the_settings_say_so() {
    let diverted = VirtualQueueEnd::VIRTUAL_QUEUE_END_DIVERTED;
    let call = redirected()
        .virtual_queue("v1", "VQ1", (10.0, 20.0), diverted, "D1")
        .sets_as("rp", "K", "waiting", 15.0)
        .sets_as("a1", "K", "ringing", 25.0);
    let off = rows_set(&by_all_rules(), call.clone().events);
    assert_eq!(off.irf_user_data_keys.len(), off.interaction_resource_fact.len());
    let settings = TransformSettings { user_data_of_mediation: true, ..by_all_rules() };
    let rows = rows_set(&settings, call.events);
    assert_eq!(rows.irf_user_data_gen_1.len(), rows.interaction_resource_fact.len() + 1);
    let segment = msf(&rows, "v1");
    let row = rows.irf_user_data_cust_1.iter().find(|r| r.interaction_resource_id == segment.mediation_segment_id);
    let row = row.expect("its user data");
    assert_eq!((row.start_date_time_key, row.custom_data_1.as_deref()), (segment.start_date_time_key, Some("waiting")));
    assert_eq!(
        (row.custom_data_2.as_deref(), row.custom_data_5.as_deref()),
        (None, None),
        "a virtual queue sets nothing"
    );
}
