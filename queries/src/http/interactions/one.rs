//! One interaction with everything that the mart holds of it. All of it comes from one state of the mart.

use std::collections::BTreeMap;

use callmart_schema::catalogue::{InteractionResourceFact, Measure};
use serde_json::{Value, json};

use super::columns::{ATTEMPT, INTERACTION, PASSAGE, STATE, USER_DATA};
use crate::engine::{Param, Reading};
use crate::http::column::{self, Column, Kind};
use crate::http::problem::Problem;
use crate::http::reply::Reply;
use crate::http::request::Request;
use crate::http::table::{Object, Table};

const INTERACTION_SQL: &str = include_str!("../sql/interaction.sql");
const CALL_SQL: &str = include_str!("../sql/call.sql");
const OPEN_SQL: &str =
    "SELECT o.interaction_id AS interaction_id FROM open_interaction o WHERE o.interaction_id = $1 ORDER BY 1";
const OPEN_CALL_SQL: &str = "SELECT o.interaction_id AS interaction_id FROM open_interaction o \
    WHERE o.media_server_root_ixn_guid = $1 ORDER BY 1";
const ATTEMPTS_SQL: &str = include_str!("../sql/attempts.sql");
const PASSAGES_SQL: &str = include_str!("../sql/passages.sql");
const STATES_SQL: &str = include_str!("../sql/states.sql");
const USER_DATA_SQL: &str = include_str!("../sql/user_data.sql");

/// Longest time from the end of an interaction to the start of a fact of it, in seconds; so that days far away need not
/// be read.
const MAX_BEHIND_S: i64 = 172_800;

/// Columns of the interaction that are for the queries and are not told.
const NOT_TOLD: [&str; 2] = ["start_date_time_key", "unit_key"];

/// The interaction of a key.
pub(in crate::http) async fn by_id(request: Request) -> Result<Reply, Problem> {
    let id = request.name.parse().map_err(|_| no_key(&request.name))?;
    let mut reading = request.engine()?.0.open().await?;
    match Box::pin(interaction(&mut reading, id)).await? {
        Some(found) => Ok(Reply::Json(Value::Object(found))),
        None => Err(nothing(&mut reading, OPEN_SQL, Param::Int(id), &request.name).await?),
    }
}

/// The interaction of a call: of its root call, or of any other.
pub(in crate::http) async fn by_call(request: Request) -> Result<Reply, Problem> {
    let call = Param::Text(request.name.clone());
    let mut reading = request.engine()?.0.open().await?;
    let found = Box::pin(reading.query(CALL_SQL, std::slice::from_ref(&call))).await?;
    let id = Table::try_new(&INTERACTION[..1], &found)?.objects()?.first().and_then(|row| key(row, "interaction_id"));
    let found = match id {
        Some(id) => Box::pin(interaction(&mut reading, id)).await?,
        None => None,
    };
    match found {
        Some(found) => Ok(Reply::Json(Value::Object(found))),
        None => Err(nothing(&mut reading, OPEN_CALL_SQL, call, &request.name).await?),
    }
}

fn no_key(name: &str) -> Problem {
    Problem::not_found(format!(
        "{name:?} is no key of an interaction: keys are whole numbers, as the search gives them"
    ))
}

/// Why there is nothing: no such call, or one that goes on still.
async fn nothing(reading: &mut Reading, open_sql: &str, param: Param, name: &str) -> Result<Problem, Problem> {
    let open = Box::pin(reading.query(open_sql, &[param])).await?;
    Ok(Problem::not_found(if open.num_rows() > 0 {
        format!("{name:?} goes on still: /api/v1/live tells of it, and the mart will when it has ended")
    } else {
        format!(
            "the mart holds no interaction of {name:?}: search with /api/v1/interactions, or wait until it is loaded"
        )
    }))
}

async fn interaction(reading: &mut Reading, id: i64) -> Result<Option<Object>, Problem> {
    let found = Table::query(reading, INTERACTION_SQL, &[Param::Int(id)], &INTERACTION).await?.objects()?;
    let Some(mut interaction) = found.into_iter().next() else { return Ok(None) };
    let start_s = interaction.get("start_date_time_key").and_then(Value::as_i64).unwrap_or_default();
    let length_s = interaction.get("duration_ms").and_then(Value::as_i64).unwrap_or_default() / 1_000;
    let end_s = start_s.saturating_add(length_s).saturating_add(MAX_BEHIND_S);
    let unit = key(&interaction, "unit_key").unwrap_or_default();
    let of = |key: i64| [Param::Int(key), Param::Int(start_s), Param::Int(end_s)];
    let mut attempts = Table::query(reading, ATTEMPTS_SQL, &of(id), &ATTEMPT).await?.objects()?;
    let parts = Parts {
        measures: by_attempt(Table::query(reading, &measures_sql(), &of(id), &measures()).await?.objects()?),
        states: by_attempt(Table::query(reading, STATES_SQL, &of(unit), &STATE).await?.objects()?),
        user_data: by_attempt(Table::query(reading, USER_DATA_SQL, &of(unit), &USER_DATA).await?.objects()?),
    };
    attempts.iter_mut().for_each(|attempt| parts.add(attempt));
    let passages = Table::query(reading, PASSAGES_SQL, &of(id), &PASSAGE).await?.objects()?;
    for name in NOT_TOLD {
        interaction.remove(name);
    }
    interaction.insert("attempts".to_owned(), json!(attempts));
    interaction.insert("passages".to_owned(), json!(passages));
    interaction.insert("events".to_owned(), json!(format!("/api/v1/explain/{id}")));
    Ok(Some(interaction))
}

/// A key out of a row, where keys are text.
fn key(row: &Object, name: &str) -> Option<i64> {
    row.get(name)?.as_str()?.parse().ok()
}

/// Rows of one attempt each, by the attempt; the key itself is taken out.
type ByAttempt = BTreeMap<String, Vec<Object>>;

fn by_attempt(rows: Vec<Object>) -> ByAttempt {
    let mut of = ByAttempt::new();
    for mut row in rows {
        if let Some(Value::String(attempt)) = row.remove("attempt_id") {
            of.entry(attempt).or_default().push(row);
        }
    }
    of
}

/// What belongs to attempts.
struct Parts {
    measures: ByAttempt,
    states: ByAttempt,
    user_data: ByAttempt,
}

impl Parts {
    fn add(&self, attempt: &mut Object) {
        let id = attempt.get("attempt_id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let rows = |of: &ByAttempt| of.get(&id).cloned().unwrap_or_default();
        let first = |of: &ByAttempt| rows(of).into_iter().next().unwrap_or_default();
        let measures: Object = first(&self.measures).into_iter().filter(|(_, n)| n.as_i64() != Some(0)).collect();
        let is_said = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
        let user_data: Object = first(&self.user_data).into_iter().filter(|(_, v)| is_said(v)).collect();
        attempt.insert("measures".to_owned(), Value::Object(measures));
        attempt.insert("user_data".to_owned(), Value::Object(user_data));
        attempt.insert("states".to_owned(), json!(rows(&self.states)));
    }
}

/// The attempt's key and every count and duration that the catalogue has of attempts.
fn measures() -> Vec<Column> {
    let table = InteractionResourceFact::TABLE;
    let is_told = |c: &&callmart_schema::catalogue::Column| {
        matches!(c.measure, Measure::Seconds | Measure::Count) && !table.provenance.contains(&c.name)
    };
    let told = table.columns.iter().filter(is_told).map(|c| Column::new(c.name, Kind::Integer, c.meaning()));
    ATTEMPT.iter().take(1).copied().chain(told).collect()
}

fn measures_sql() -> String {
    let names: Vec<String> = measures().iter().skip(1).map(|c| format!("a.{0} AS {0}", c.name)).collect();
    format!(
        "SELECT a.interaction_resource_id AS attempt_id, {} FROM interaction_resource_fact a \
         WHERE a.interaction_id = $1 AND a.start_date_time_key >= $2 AND a.start_date_time_key < $3 \
         ORDER BY a.interaction_resource_id",
        names.join(", ")
    )
}

/// JSON Schema of an interaction.
pub(in crate::http) fn schema() -> Value {
    let told: Vec<Column> = INTERACTION.iter().filter(|c| !NOT_TOLD.contains(&c.name)).copied().collect();
    let mut schema = column::row_schema(&told);
    let list = |items: &Value, description: &str| json!({"type": "array", "items": items, "description": description});
    let attempts = list(&attempt_schema(), "The attempts to handle it, in their order.");
    let passages = list(&column::row_schema(&PASSAGE), "Its passages through queues, in the order of entry.");
    let events = json!({"type": "string", "description": "Where the events are told that the rows were made of."});
    extend(&mut schema, [("attempts", attempts), ("passages", passages), ("events", events)]);
    schema
}

fn attempt_schema() -> Value {
    let mut schema = column::row_schema(&ATTEMPT);
    let states =
        json!({"type": "array", "items": column::row_schema(&STATE[1..]), "description": "Its states, in order."});
    let mut measures = column::row_schema(&measures()[1..]);
    measures["description"] = json!("Counts and durations in seconds; those that are 0 are left out.");
    measures["required"] = json!([]);
    let mut user_data = column::row_schema(&USER_DATA[1..]);
    user_data["description"] = json!("User data; what has no value is left out.");
    user_data["required"] = json!([]);
    extend(&mut schema, [("measures", measures), ("states", states), ("user_data", user_data)]);
    schema
}

/// Adds required members to the schema of an object.
fn extend<const N: usize>(schema: &mut Value, members: [(&str, Value); N]) {
    for (name, member) in members {
        schema["properties"][name] = member;
        if let Some(required) = schema["required"].as_array_mut() {
            required.push(json!(name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::findings;

    #[test]
    fn every_statement_means_the_same_in_both_engines() {
        let measures = measures_sql();
        let statements = [INTERACTION_SQL, CALL_SQL, OPEN_SQL, OPEN_CALL_SQL, ATTEMPTS_SQL, PASSAGES_SQL, STATES_SQL];
        for sql in statements.into_iter().chain([USER_DATA_SQL, &measures]) {
            assert_eq!(findings(sql), [], "{sql}");
        }
    }
}
