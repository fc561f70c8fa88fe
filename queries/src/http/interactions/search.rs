//! The search for interactions of a period: newest first, in an order that stays. Does not know what stands inside one.

use serde_json::{Value, json};

use super::columns::FOUND;
use crate::completeness::completeness;
use crate::engine::Param;
use crate::http::column;
use crate::http::params::{ParamDecl, ParamKind};
use crate::http::problem::Problem;
use crate::http::reply::{Reply, Rows, rows_schema};
use crate::http::request::{ENGINE, FORMAT, FROM, OFFSET, Page, Request, TO, ZONE, limit, span_schema};
use crate::http::state::ApiSettings;
use crate::http::table::Table;

/// Version of what the columns of the search mean.
const DEFINITION_VERSION: u32 = 1;

const SQL: &str = include_str!("../sql/search.sql");

/// Where the filters go into the statement.
const FILTERS: &str = "/* filters */";

/// Where the page goes into the statement.
const PAGE: &str = "/* page */";

/// The filters: parameter, meaning, and what it asks of `f`, `$n` being its value and `$1` and `$2` the period.
const FILTER_TEXTS: [(&str, &str, &str); 3] = [
    (
        "agent",
        "EmployeeID of an agent who had a part in it.",
        "f.interaction_id IN (SELECT a.interaction_id FROM interaction_resource_fact a \
            JOIN resource_ r ON r.resource_key = a.resource_key \
            WHERE r.employee_id = $n AND a.start_date_time_key >= $1 - 900 AND a.start_date_time_key < $2 + 172800)",
    ),
    (
        "queue",
        "Name of a queue that it passed.",
        "f.interaction_id IN (SELECT m.interaction_id FROM mediation_segment_fact m \
            JOIN resource_ q ON q.resource_key = m.resource_key \
            WHERE q.resource_name = $n AND m.start_date_time_key >= $1 - 900 AND m.start_date_time_key < $2 + 172800)",
    ),
    (
        "number",
        "Number of the caller, or one that was dialled or reached.",
        "(f.source_address = $n OR f.target_address = $n OR f.interaction_id IN (SELECT a.interaction_id \
            FROM interaction_resource_fact a \
            WHERE a.target_address = $n AND a.start_date_time_key >= $1 - 900 AND a.start_date_time_key < $2 + 172800))",
    ),
];

/// The parameters of the search.
pub(in crate::http) fn params(settings: &ApiSettings) -> Vec<ParamDecl> {
    let filters = FILTER_TEXTS.iter().map(|(name, meaning, _)| ParamDecl::new(name, ParamKind::Text, meaning));
    [FROM, TO, ZONE].into_iter().chain(filters).chain([limit(settings), OFFSET, ENGINE, FORMAT]).collect()
}

/// JSON Schema of the answer.
pub(in crate::http) fn schema() -> Value {
    let engine = ("engine", json!({"$ref": "#/components/schemas/Engine"}));
    let head: Vec<(&str, Value)> = span_schema().into_iter().chain([engine]).collect();
    rows_schema(&head, true, &column::row_schema(&FOUND))
}

/// The interactions of a period.
pub(in crate::http) async fn search(request: Request) -> Result<Reply, Problem> {
    let span = request.span()?;
    let (engine, engine_name) = request.engine()?;
    let (from_s, to_s) = span.seconds();
    let mut params = vec![Param::Int(from_s), Param::Int(to_s)];
    let mut filters = Vec::new();
    for (name, _, text) in FILTER_TEXTS {
        if let Some(value) = request.params.text(name) {
            params.push(Param::Text(value.to_owned()));
            filters.push(text.replace("$n", &format!("${}", params.len())));
        }
    }
    let mut reading = engine.open().await?;
    let sql = statement(&filters, request.page());
    let found = Box::pin(Table::query(&mut reading, &sql, &params, &FOUND)).await?;
    let mut rows = Rows::page_of(&request, &found);
    rows.completeness = Some(Box::pin(completeness(&mut reading, DEFINITION_VERSION, from_s, to_s)).await?);
    rows.head = span.json();
    rows.head.insert("engine".to_owned(), json!(engine_name.as_str()));
    Ok(Reply::Rows(Box::new(rows)))
}

/// The statement with its filters, for one row more than the page, which tells whether there are more.
fn statement(filters: &[String], page: Page) -> String {
    let filters: String = filters.iter().map(|text| format!("AND {text}\n")).collect();
    let page = format!("LIMIT {} OFFSET {}", page.limit.saturating_add(1), page.offset);
    SQL.replace(FILTERS, &filters).replace(PAGE, &page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::findings;

    #[test]
    fn the_statement_means_the_same_in_both_engines_with_all_filters_and_without() {
        let page = Page { limit: 10, offset: 20 };
        let all: Vec<String> = FILTER_TEXTS.iter().map(|(_, _, text)| text.replace("$n", "$3")).collect();
        for filters in [&all[..], &[]] {
            let sql = statement(filters, page);
            assert_eq!(findings(&sql), [], "{sql}");
            assert!(sql.contains("LIMIT 11 OFFSET 20") && !sql.contains("/*"), "{sql}");
        }
    }
}
