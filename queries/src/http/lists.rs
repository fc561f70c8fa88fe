//! The agents and the queues that the mart knows, as rows; and the data dictionary. Does not know what they did.

use serde_json::{Value, json};

use super::column::{self, Column, Kind};
use super::params::ParamDecl;
use super::problem::Problem;
use super::reply::{Reply, Rows, rows_schema};
use super::request::{ENGINE, FORMAT, OFFSET, Request, limit};
use super::state::ApiSettings;
use super::table::Table;
use crate::dictionary;
use crate::engine::Param;

/// The resources of one kind, a page of them, and one row more.
const SQL: &str = "SELECT r.resource_key AS resource_key, r.resource_name AS name, r.resource_subtype AS subtype, \
    r.employee_id AS employee_id, r.switch_name AS switch_name, t.tenant_name AS tenant \
    FROM resource_ r LEFT JOIN tenant t ON t.tenant_key = r.tenant_key \
    WHERE r.resource_type_code = $1 AND r.resource_key >= 0 ORDER BY r.resource_name, r.resource_key";

const COLUMNS: [Column; 6] = [
    Column::new("resource_key", Kind::Key, "Key of the resource, as in facts."),
    Column::new("name", Kind::Text, "Name: an agent's EmployeeID, a queue's name."),
    Column::new("subtype", Kind::Text, "Finer kind, such as ACDQueue or VirtualQueue."),
    Column::optional("employee_id", Kind::Text, "EmployeeID of an agent; null for a queue."),
    Column::optional("switch_name", Kind::Text, "Switch that a queue belongs to; null for an agent."),
    Column::optional("tenant", Kind::Text, "Name of the tenant."),
];

/// The parameters of the lists.
pub(super) fn params(settings: &ApiSettings) -> Vec<ParamDecl> {
    vec![limit(settings), OFFSET, ENGINE, FORMAT]
}

/// JSON Schema of the lists.
pub(super) fn schema() -> Value {
    rows_schema(&[("engine", json!({"$ref": "#/components/schemas/Engine"}))], false, &column::row_schema(&COLUMNS))
}

/// The agents.
pub(super) async fn agents(request: Request) -> Result<Reply, Problem> {
    Box::pin(list(&request, "AGENT")).await
}

/// The queues.
pub(super) async fn queues(request: Request) -> Result<Reply, Problem> {
    Box::pin(list(&request, "QUEUE")).await
}

async fn list(request: &Request, kind: &str) -> Result<Reply, Problem> {
    let (engine, engine_name) = request.engine()?;
    let page = request.page();
    let sql = format!("{SQL} LIMIT {} OFFSET {}", page.limit.saturating_add(1), page.offset);
    let mut reading = engine.open().await?;
    let found = Table::query(&mut reading, &sql, &[Param::Text(kind.to_owned())], &COLUMNS).await?;
    let mut rows = Rows::page_of(request, &found);
    rows.head.insert("engine".to_owned(), json!(engine_name.as_str()));
    Ok(Reply::Rows(Box::new(rows)))
}

/// The data dictionary.
pub(super) async fn tables(_: Request) -> Result<Reply, Problem> {
    Ok(Reply::Json(dictionary::json()))
}

/// JSON Schema of the data dictionary.
pub(super) fn tables_schema() -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    let texts = |description: &str| json!({"type": "array", "items": {"type": "string"}, "description": description});
    let flag = |description: &str| json!({"type": "boolean", "description": description});
    let column = json!({
        "type": "object",
        "required": ["name", "type", "nullable", "measure", "provenance", "meaning"],
        "additionalProperties": false,
        "properties": {
            "name": text("Name."),
            "type": text("Type in PostgreSQL."),
            "nullable": flag("Whether it may be null."),
            "measure": text("What its values are."),
            "provenance": flag("Whether it says how a row came here and not what is so."),
            "meaning": text("What it says."),
        },
    });
    let table = json!({
        "type": "object",
        "required": ["name", "kind", "meaning", "natural_key", "key", "sort", "in_postgres", "in_parquet", "columns"],
        "additionalProperties": false,
        "properties": {
            "name": text("Name."),
            "kind": text("How the marts keep it."),
            "meaning": text("What a row is."),
            "natural_key": text("What names a row in the world outside."),
            "key": texts("Columns that are unique together."),
            "sort": texts("Order of the rows in files."),
            "in_postgres": flag("Whether PostgreSQL keeps it."),
            "in_parquet": flag("Whether the Parquet mart keeps it."),
            "columns": {"type": "array", "items": column},
        },
    });
    json!({
        "type": "object",
        "required": ["catalogue_version", "tables"],
        "additionalProperties": false,
        "properties": {"catalogue_version": {"type": "integer"}, "tables": {"type": "array", "items": table}},
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::findings;

    #[test]
    fn the_statement_means_the_same_in_both_engines() {
        assert_eq!(findings(SQL), []);
    }
}
