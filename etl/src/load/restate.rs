//! Restatements: what changed in facts that had been loaded before.
//!
//! Compares old rows with new ones, whatever mart the old ones stood in; gives the new rows their revision. Knows the
//! catalogue's keys and provenance; not how rows are stored.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, RecordBatch};
use callmart_schema::catalogue::{CtlRestatement, Table, TableKind, Value, cells};

use crate::cause::Cause;

/// What a load is, to those who read about its restatements.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LoadStamp {
    /// Number of the load in its mart.
    pub(crate) load_number: u64,
    /// The mart's clock, milliseconds since 1970-01-01 UTC.
    pub(crate) at_ms: i64,
}

/// The new rows with their revisions, and what changed.
#[derive(Debug)]
pub(crate) struct Restated {
    /// The new rows; `revision` counts the changes of each.
    pub(crate) batch: RecordBatch,
    /// What changed.
    pub(crate) restatements: Vec<CtlRestatement>,
}

/// Compares the rows that units had (`old`) with those they have now (`new`). `causes` names the event that made each unit
/// dirty.
#[must_use]
pub(crate) fn restate(
    table: &'static Table,
    old: &[Vec<Value>],
    new: &RecordBatch,
    causes: &HashMap<i64, Arc<Cause>>,
    stamp: LoadStamp,
) -> Restated {
    if table.kind != TableKind::Fact {
        // What changed is told of facts; projections follow them.
        return Restated { batch: new.clone(), restatements: Vec::new() };
    }
    let columns = Columns::of(table);
    let mut before: HashMap<i64, &Vec<Value>> = old.iter().map(|row| (columns.fact_key(row), row)).collect();
    let mut restatements = Vec::new();
    let mut revisions = Vec::with_capacity(new.num_rows());
    for row in 0..new.num_rows() {
        let now = cells(new, row);
        let Some(was) = before.remove(&columns.fact_key(&now)) else {
            revisions.push(0);
            continue;
        };
        let changed = columns.changed(was, &now);
        let revision = columns.revision(was);
        revisions.push(if changed.is_empty() { revision } else { revision.saturating_add(1) });
        if !changed.is_empty() {
            restatements.push(columns.restatement(
                was,
                "changed",
                columns.describe(&changed, was, &now),
                causes,
                stamp,
            ));
        }
    }
    let mut removed: Vec<&Vec<Value>> = before.into_values().collect();
    removed.sort();
    restatements
        .extend(removed.into_iter().map(|was| columns.restatement(was, "removed", String::new(), causes, stamp)));
    Restated { batch: with_revisions(table, new, revisions), restatements }
}

/// Places of the columns that a comparison needs.
struct Columns {
    table: &'static Table,
    fact_key: usize,
    start: usize,
    unit: usize,
    revision: usize,
    agent_match: Option<usize>,
}

impl Columns {
    fn of(table: &'static Table) -> Self {
        let place = |name: &str| table.position(name).unwrap_or(usize::MAX);
        Self {
            table,
            // Facts are unique by start and key; the start may change, the key may not.
            fact_key: table.key.last().map_or(usize::MAX, |name| place(name)),
            start: place("start_date_time_key"),
            unit: place("unit_key"),
            revision: place("revision"),
            agent_match: table.position("agent_match"),
        }
    }

    fn fact_key(&self, row: &[Value]) -> i64 {
        int(row, self.fact_key)
    }

    fn revision(&self, row: &[Value]) -> i32 {
        i32::try_from(int(row, self.revision)).unwrap_or(i32::MAX)
    }

    /// Places of the content columns that differ. Provisional turning final with the same agent is no restatement.
    fn changed(&self, was: &[Value], now: &[Value]) -> Vec<usize> {
        let is_match = |place: usize| Some(place) == self.agent_match && sure(&was[place]) && sure(&now[place]);
        let differs = |place: &usize| was.get(*place) != now.get(*place);
        (0..self.table.columns.len())
            .filter(|p| *p != self.revision)
            .filter(differs)
            .filter(|p| !is_match(*p))
            .collect()
    }

    fn describe(&self, changed: &[usize], was: &[Value], now: &[Value]) -> String {
        let change = |place: &usize| {
            let name = self.table.columns.get(*place).map_or("", |c| c.name);
            (name.to_owned(), serde_json::json!([json(was.get(*place)), json(now.get(*place))]))
        };
        serde_json::Value::Object(changed.iter().map(change).collect()).to_string()
    }

    fn restatement(
        &self,
        was: &[Value],
        change: &str,
        columns: String,
        causes: &HashMap<i64, Arc<Cause>>,
        stamp: LoadStamp,
    ) -> CtlRestatement {
        let unit_key = int(was, self.unit);
        CtlRestatement {
            table_name: self.table.name.to_owned(),
            fact_key: self.fact_key(was),
            start_date_time_key: int(was, self.start),
            unit_key,
            load_number: i64::try_from(stamp.load_number).unwrap_or(i64::MAX),
            change: change.to_owned(),
            columns,
            restated_ms: stamp.at_ms,
            ..causes.get(&unit_key).map(|cause| told(cause)).unwrap_or_default()
        }
    }
}

/// The columns of a restatement that say why.
fn told(cause: &Cause) -> CtlRestatement {
    CtlRestatement {
        cause: cause.identity.to_string(),
        cause_source: cause.identity.source.to_string(),
        cause_kind: cause.kind.to_string(),
        cause_ms: cause.time_us.div_euclid(1_000),
        told_ms: cause.received_us.map(|us| us.div_euclid(1_000)),
        log: cause.place.log.to_string(),
        log_segment: i64::try_from(cause.place.segment).unwrap_or(i64::MAX),
        log_offset: i64::try_from(cause.place.offset).unwrap_or(i64::MAX),
        ..CtlRestatement::default()
    }
}

fn sure(value: &Value) -> bool {
    matches!(value, Value::Text(text) if text == "provisional" || text == "final")
}

fn int(row: &[Value], place: usize) -> i64 {
    match row.get(place) {
        Some(Value::Int(value)) => *value,
        _ => 0,
    }
}

fn json(value: Option<&Value>) -> serde_json::Value {
    match value {
        Some(Value::Int(value)) => (*value).into(),
        Some(Value::Text(text)) => text.as_str().into(),
        Some(Value::Bytes(bytes)) => format!("{} bytes", bytes.len()).into(),
        Some(Value::Null) | None => serde_json::Value::Null,
    }
}

fn with_revisions(table: &Table, batch: &RecordBatch, revisions: Vec<i32>) -> RecordBatch {
    let Some(place) = table.position("revision") else { return batch.clone() };
    let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
    columns[place] = Arc::new(Int32Array::from(revisions));
    RecordBatch::try_new(batch.schema(), columns).expect("only the values of one column changed")
}

#[cfg(test)]
mod tests {
    use callmart_schema::catalogue::{InteractionResourceFact, Row};

    use super::*;

    const STAMP: LoadStamp = LoadStamp { load_number: 7, at_ms: 5 };

    fn row(id: i64, talk: i32, agent_match: &str) -> InteractionResourceFact {
        InteractionResourceFact {
            interaction_resource_id: id,
            talk_duration: talk,
            agent_match: Some(agent_match.into()),
            revision: 3,
            ..InteractionResourceFact::default()
        }
    }

    fn compare(old: &[InteractionResourceFact], new: &[InteractionResourceFact]) -> Restated {
        let old = InteractionResourceFact::batch(old);
        let old: Vec<_> = (0..old.num_rows()).map(|r| cells(&old, r)).collect();
        let new = InteractionResourceFact::batch(new);
        restate(InteractionResourceFact::TABLE, &old, &new, &HashMap::new(), STAMP)
    }

    fn revisions(restated: &Restated) -> Vec<Value> {
        let place = InteractionResourceFact::TABLE.position("revision").expect("a column");
        (0..restated.batch.num_rows()).map(|r| cells(&restated.batch, r)[place].clone()).collect()
    }

    #[test]
    fn a_changed_row_counts_one_revision_and_says_what_changed() {
        let restated = compare(&[row(1, 10, "final"), row(2, 5, "final")], &[row(1, 12, "final"), row(2, 5, "final")]);
        assert_eq!(revisions(&restated), [Value::Int(4), Value::Int(3)]);
        assert_eq!(restated.restatements.len(), 1);
        assert_eq!(restated.restatements[0].columns, r#"{"talk_duration":[10,12]}"#);
        assert_eq!((restated.restatements[0].fact_key, restated.restatements[0].load_number), (1, 7));
    }

    #[test]
    fn a_row_that_is_gone_is_told_and_a_new_one_begins_at_zero() {
        let restated = compare(&[row(1, 10, "final")], &[row(2, 5, "final")]);
        assert_eq!(revisions(&restated), [Value::Int(0)]);
        assert_eq!(restated.restatements[0].change, "removed");
    }

    #[test]
    fn provisional_turning_final_is_no_restatement_but_unknown_turning_final_is() {
        assert!(compare(&[row(1, 10, "provisional")], &[row(1, 10, "final")]).restatements.is_empty());
        assert_eq!(compare(&[row(1, 10, "unknown")], &[row(1, 10, "final")]).restatements.len(), 1);
    }
}
