//! The catalogue holds together, and the static numbers are golden.

use std::collections::BTreeSet;

use super::statics::*;
use super::*;

#[test]
fn every_table_has_meaning_key_and_order_among_its_columns() {
    let mut names = BTreeSet::new();
    for table in TABLES {
        assert!(names.insert(table.name), "{} stands twice", table.name);
        assert!(
            !table.meaning().is_empty() && !table.natural_key.is_empty() && !table.key.is_empty(),
            "{}",
            table.name
        );
        for column in table.key.iter().chain(table.sort).chain(table.provenance) {
            assert!(table.position(column).is_some(), "{}.{column} is no column", table.name);
        }
        let mut columns = BTreeSet::new();
        for column in table.columns {
            assert!(columns.insert(column.name), "{}.{} stands twice", table.name, column.name);
            assert!(column.meaning().len() > 3, "{}.{} has no meaning", table.name, column.name);
        }
        if let Some((day, _)) = table.day_column() {
            assert!(table.position(day).is_some(), "{} has no {day}", table.name);
        }
        assert_eq!(table.arrow_schema().fields().len(), table.columns.len());
    }
}

#[test]
fn every_fact_names_its_unit_and_has_one_provenance_column() {
    for table in TABLES.iter().filter(|t| t.kind == TableKind::Fact) {
        assert!(table.position("unit_key").is_some(), "{}", table.name);
        assert_eq!(table.provenance, ["revision"], "{}", table.name);
        assert_eq!(table.content_columns().count(), table.columns.len() - 1, "{}", table.name);
    }
}

#[test]
fn every_projection_names_its_unit_and_is_kept_by_it() {
    for table in TABLES.iter().filter(|t| t.kind == TableKind::Projection) {
        assert_eq!(table.key[..2], ["unit_key", "gsys_partition"], "{}", table.name);
        assert_eq!(table.sort.first(), Some(&"gsys_partition"), "{}", table.name);
        assert!(table.provenance.is_empty(), "{}", table.name);
    }
    assert!(table("g_party").is_some_and(|party| party.position("type").is_some()));
}

#[test]
fn static_numbers_are_golden() {
    let row = |key: i64| {
        let rows = technical_descriptors();
        let row = rows.iter().find(|r| r.technical_descriptor_key == key).expect("a row");
        format!("{}/{}/{}", row.resource_role_code, row.technical_result_code, row.result_reason_code)
    };
    assert_eq!(row(202), "RECEIVED/COMPLETED/UNSPECIFIED");
    assert_eq!(row(208), "RECEIVED/CUSTOMERABANDONED/ABANDONEDWHILEQUEUED");
    assert_eq!(row(214), "RECEIVED/DIVERTED/ANSWEREDBYAGENT");
    assert_eq!(row(402), "ROUTEDTO/COMPLETED/UNSPECIFIED");
    assert_eq!(row(602), "RECEIVEDTRANSFER/COMPLETED/UNSPECIFIED");
    assert_eq!(row(927), "INCONFERENCE/ABNORMALSTOP/UNSPECIFIED");
    assert_eq!(technical_descriptors().len(), 2 + 9 * 27);
    assert_eq!(
        interaction_resource_state_key(IxnState::Connect, IxnStateRole::Receiver, IxnStateDescriptor::None),
        431
    );
    assert_eq!(resource_states().iter().map(|s| s.resource_state_key).collect::<Vec<_>>(), [-2, -1, 1, 2, 3, 4, 5, 6]);
    assert_eq!(resource_states()[7].state_name_code, "BUSY");
    assert_eq!(interaction_types().iter().map(|t| t.interaction_type_key).collect::<Vec<_>>(), [-2, -1, 1, 2, 3, 4, 5]);
}

#[test]
fn static_rows_have_one_key_each() {
    let keys: BTreeSet<i64> = technical_descriptors().iter().map(|r| r.technical_descriptor_key).collect();
    assert_eq!(keys.len(), technical_descriptors().len());
    let keys: BTreeSet<i64> = interaction_resource_states().iter().map(|r| r.interaction_resource_state_key).collect();
    assert_eq!(keys.len(), interaction_resource_states().len());
}

#[test]
fn rows_become_columns_and_come_back_as_values() {
    let rows = [Resource { resource_key: 7, resource_name: "AG09".into(), ..Resource::default() }];
    let batch = Resource::batch(&rows);
    assert_eq!(batch.schema(), Resource::TABLE.arrow_schema());
    let values = cells(&batch, 0);
    assert_eq!(values[0], Value::Int(7));
    assert_eq!(values[2], Value::Text("AG09".into()));
    assert_eq!(values[6], Value::Null);
}

#[test]
fn a_date_time_key_is_the_start_of_its_quarter_hour() {
    assert_eq!(date_time_key(1_800), 1_800);
    assert_eq!(date_time_key(2_699), 1_800);
    assert_eq!(date_time_key(-1), -900);
}
