//! The content hash of a mart: one line per table and UTC day, equal wherever the content is equal.
//!
//! Rows are read in key order, content columns only, a day at a time, through either engine; the lines do not depend on
//! the engine, on how rows are spread over files, or on provenance.

mod canonical;

use std::fmt;

use arrow::array::RecordBatch;
use callmart_schema::catalogue::{ColumnType, TABLES, Table, TableKind, Value, cells};
use chrono::{DateTime, NaiveDate};
use futures_util::TryStreamExt;

use crate::engine::{Engine, Param, QueryError, Reading, cast_to};
use canonical::ContentHasher;

/// Seconds of a UTC day.
const DAY_S: i64 = 86_400;

/// The columns of `gidb_event` that are compared: identity and canonical bytes.
const EVENT_COLUMNS: [&str; 5] = ["source", "epoch_started_us", "epoch_process", "seq", "event"];

/// Content of one table, of one UTC day where the table has days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashLine {
    /// Name of the table.
    pub table: &'static str,
    /// UTC day of the rows; none for tables without days.
    pub day: Option<NaiveDate>,
    /// How many rows.
    pub rows: u64,
    /// BLAKE3 over their content.
    pub hash: [u8; 32],
}

impl fmt::Display for HashLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = self.day.map_or_else(|| "-".to_owned(), |day| day.to_string());
        let hash: String = self.hash.iter().map(|b| format!("{b:02x}")).collect();
        write!(f, "{} {day} {} {hash}", self.table, self.rows)
    }
}

/// The lines of the newest state of a mart, in the catalogue's order of tables and then by day.
///
/// # Errors
/// When the engine cannot read a table.
pub async fn hash_mart(engine: &Engine) -> Result<Vec<HashLine>, QueryError> {
    hash_reading(&mut engine.open().await?).await
}

/// The lines of one state of a mart.
///
/// # Errors
/// When the engine cannot read a table.
pub async fn hash_reading(reading: &mut Reading) -> Result<Vec<HashLine>, QueryError> {
    let keeps = |table: &Table| match reading {
        Reading::Parquet(_) => table.in_parquet(),
        Reading::Postgres(_) => table.in_postgres(),
    };
    let tables: Vec<&'static Table> = TABLES.iter().copied().filter(|t| t.is_compared() && keeps(t)).collect();
    let mut lines = Vec::new();
    for table in tables {
        match table.day_column() {
            Some((column, per_day)) => lines.extend(day_lines(reading, table, column, per_day).await?),
            None => lines.push(line(reading, table, None, &dimension_sql(table), &[]).await?),
        }
    }
    Ok(lines)
}

async fn day_lines(
    reading: &mut Reading,
    table: &'static Table,
    column: &str,
    per_day: i64,
) -> Result<Vec<HashLine>, QueryError> {
    let rows = reading.query(&days_sql(table, column, per_day), &[]).await?;
    let mut lines = Vec::new();
    for number in numbers(&rows) {
        let start = number.saturating_mul(per_day);
        let params = [Param::Int(start), Param::Int(start.saturating_add(per_day))];
        let day = DateTime::from_timestamp(number.saturating_mul(DAY_S), 0).map(|t| t.date_naive());
        lines.push(line(reading, table, day, &day_sql(table, column), &params).await?);
    }
    Ok(lines)
}

fn numbers(rows: &RecordBatch) -> Vec<i64> {
    let number = |row| match cells(rows, row).first() {
        Some(Value::Int(number)) => Some(*number),
        _ => None,
    };
    (0..rows.num_rows()).filter_map(number).collect()
}

async fn line(
    reading: &mut Reading,
    table: &'static Table,
    day: Option<NaiveDate>,
    sql: &str,
    params: &[Param],
) -> Result<HashLine, QueryError> {
    let columns = compared_columns(table);
    let schema = canonical::schema(table, &columns);
    let mut hasher = ContentHasher::new(table, &columns);
    let mut batches = reading.stream(sql, params).await?;
    while let Some(batch) = batches.try_next().await? {
        hasher.add(&cast_to(&batch, &schema)?);
    }
    let (rows, hash) = hasher.finish();
    Ok(HashLine { table: table.name, day, rows, hash })
}

fn compared_columns(table: &Table) -> Vec<&'static str> {
    match table.kind {
        TableKind::Archive => EVENT_COLUMNS.to_vec(),
        _ => table.content_columns().map(|c| c.name).collect(),
    }
}

/// Rows of the archive that are events; the records of sessions differ between collectors that heard the same.
fn row_filter(table: &Table) -> &'static str {
    if table.kind == TableKind::Archive { "substr(kind, 1, 8) <> 'session_'" } else { "1 = 1" }
}

fn order(table: &Table) -> String {
    match table.kind {
        TableKind::Archive => "source, epoch_started_us, epoch_process, seq, content_hash".to_owned(),
        _ => table.key.join(", "),
    }
}

fn days_sql(table: &Table, column: &str, per_day: i64) -> String {
    let (name, filter) = (table.name, row_filter(table));
    format!("SELECT DISTINCT {column} / {per_day} AS day_number FROM {name} WHERE {filter} ORDER BY day_number")
}

fn day_sql(table: &Table, column: &str) -> String {
    format!(
        "SELECT {} FROM {} WHERE {column} >= $1 AND {column} < $2 AND {} ORDER BY {}",
        compared_columns(table).join(", "),
        table.name,
        row_filter(table),
        order(table)
    )
}

/// The rows of a dimension that facts refer to: those made for facts that are gone do not count. Of one that no fact refers
/// to, which names codes, all rows.
fn dimension_sql(table: &Table) -> String {
    let key = table.key.first().copied().unwrap_or_default();
    let facts = TABLES.iter().filter(|t| t.kind == TableKind::Fact);
    let references = facts.flat_map(|fact| {
        let columns = fact.columns.iter().filter(|c| c.column_type == ColumnType::BigInt && refers_to(c.name, key));
        columns.map(|column| format!("SELECT {} AS key FROM {}", column.name, fact.name))
    });
    let references: Vec<String> = references.collect();
    let are_referred_to =
        if references.is_empty() { String::new() } else { format!(" WHERE {key} IN ({})", references.join(" UNION ")) };
    let columns = compared_columns(table).join(", ");
    format!("SELECT {columns} FROM {}{are_referred_to} ORDER BY {}", table.name, order(table))
}

/// Whether a column of that name refers to a key, as `media_resource_key` refers to `resource_key`.
fn refers_to(column: &str, key: &str) -> bool {
    column.strip_suffix(key).is_some_and(|before| before.is_empty() || before.ends_with('_'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use callmart_schema::catalogue::{GidbEvent, MediaType, Resource};

    #[test]
    fn a_dimension_is_read_where_any_fact_refers_to_it() {
        let sql = dimension_sql(Resource::TABLE);
        for reference in [
            "SELECT resource_key AS key FROM mediation_segment_fact",
            "SELECT media_resource_key AS key FROM sm_res_session_fact",
            "SELECT last_vqueue_resource_key AS key FROM interaction_resource_fact",
        ] {
            assert!(sql.contains(reference), "{sql}");
        }
        assert!(!sql.contains("resource_state_key") && !sql.contains("strategy_key"), "{sql}");
        assert!(dimension_sql(MediaType::TABLE).contains("SELECT media_type_key AS key FROM interaction_fact"));
    }

    #[test]
    fn every_dimension_but_the_names_of_codes_is_referred_to_by_a_fact() {
        let dimensions = TABLES.iter().filter(|t| t.is_compared() && t.day_column().is_none());
        let unreferred = dimensions.filter(|t| !dimension_sql(t).contains(" AS key FROM ")).map(|t| t.name);
        assert_eq!(unreferred.collect::<Vec<_>>(), ["g_dictionary"]);
    }

    #[test]
    fn provenance_and_places_in_logs_are_left_out() {
        assert!(TABLES.iter().all(|t| !compared_columns(t).contains(&"revision")));
        assert!(EVENT_COLUMNS.iter().all(|c| GidbEvent::TABLE.position(c).is_some()));
    }

    #[test]
    fn a_line_is_table_day_rows_and_hash() {
        let day = NaiveDate::from_ymd_opt(2026, 1, 5);
        let line = HashLine { table: "tenant", day, rows: 3, hash: [0xab; 32] };
        assert_eq!(line.to_string(), format!("tenant 2026-01-05 3 {}", "ab".repeat(32)));
        assert!(HashLine { day: None, ..line }.to_string().starts_with("tenant - 3 ab"));
    }
}
