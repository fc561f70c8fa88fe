//! Rows with declared columns, and their look in JSON. Does not know who asked for them.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray as _, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, TimeUnit, TimestampMillisecondType};
use arrow::error::ArrowError;
use chrono::{DateTime, SecondsFormat};
use chrono_tz::Tz;
use serde_json::{Map, Value};

use super::column::{self, Column, Kind};
use super::problem::Problem;
use crate::engine::{Param, QueryError, Reading, cast_to};
use crate::output::{self, Format, OutputError};

/// Rows with declared columns.
#[derive(Debug, Clone)]
pub(super) struct Table {
    columns: Vec<Column>,
    batch: RecordBatch,
}

/// One row as JSON.
pub(super) type Object = Map<String, Value>;

impl Table {
    /// The rows with their columns cast to what was declared.
    pub(super) fn try_new(columns: &[Column], rows: &RecordBatch) -> Result<Self, QueryError> {
        Ok(Self { columns: columns.to_vec(), batch: cast_to(rows, &column::schema(columns))? })
    }

    /// Rows whose columns are already what was declared; times may be in any zone.
    pub(super) fn declared(columns: &[Column], batch: RecordBatch) -> Self {
        Self { columns: columns.to_vec(), batch }
    }

    /// The answer to a query.
    pub(super) async fn query(
        reading: &mut Reading,
        sql: &str,
        params: &[Param],
        columns: &[Column],
    ) -> Result<Self, QueryError> {
        Self::try_new(columns, &reading.query(sql, params).await?)
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.batch.num_rows()
    }

    /// The rows from `offset` on, `limit` at most.
    pub(super) fn part(&self, offset: usize, limit: usize) -> Self {
        let offset = offset.min(self.len());
        let length = limit.min(self.len() - offset);
        Self { columns: self.columns.clone(), batch: self.batch.slice(offset, length) }
    }

    /// The columns as the answer declares them.
    pub(super) fn declarations(&self) -> Vec<Value> {
        self.columns.iter().map(Column::declaration).collect()
    }

    /// The rows in a form: JSON is an array of objects.
    pub(super) fn bytes(&self, format: Format) -> Result<Vec<u8>, OutputError> {
        match format {
            Format::Json => output::format(&self.with_text(&[Kind::Key, Kind::Time])?, format),
            Format::Csv => output::format(&self.with_text(&[Kind::Time])?, format),
            _ => output::format(&self.batch, format),
        }
    }

    /// The rows with the columns of these kinds as text.
    fn with_text(&self, kinds: &[Kind]) -> Result<RecordBatch, ArrowError> {
        let columns = self.columns.iter().zip(self.batch.columns()).map(|(column, array)| match column.kind {
            kind if !kinds.contains(&kind) => Ok(Arc::clone(array)),
            Kind::Time => Ok(times_as_text(array)),
            _ => cast(array, &DataType::Utf8),
        });
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        let field = |(c, array): (&Column, &ArrayRef)| Field::new(c.name, array.data_type().clone(), c.nullable);
        let schema = Schema::new(self.columns.iter().zip(&columns).map(field).collect::<Vec<_>>());
        RecordBatch::try_new(Arc::new(schema), columns)
    }

    /// The rows one by one.
    pub(super) fn objects(&self) -> Result<Vec<Object>, Problem> {
        let bytes = self.bytes(Format::Json)?;
        serde_json::from_slice(&bytes).map_err(|e| Problem::failed(format!("the rows are no JSON: {e}")))
    }
}

/// An instant as RFC 3339 with milliseconds, from milliseconds since 1970-01-01 UTC.
pub(super) fn time_text(ms: i64) -> Option<String> {
    DateTime::from_timestamp_millis(ms).map(|t| t.to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// Instants in the zone that their type names.
fn times_as_text(array: &ArrayRef) -> ArrayRef {
    let DataType::Timestamp(TimeUnit::Millisecond, zone) = array.data_type() else { return Arc::clone(array) };
    let zone: Tz = zone.as_deref().and_then(|name| name.parse().ok()).unwrap_or(Tz::UTC);
    let text = |ms: i64| {
        let instant = DateTime::from_timestamp_millis(ms)?.with_timezone(&zone);
        Some(instant.to_rfc3339_opts(SecondsFormat::Millis, zone == Tz::UTC))
    };
    let times = array.as_primitive::<TimestampMillisecondType>().iter();
    Arc::new(times.map(|ms| ms.and_then(text)).collect::<StringArray>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Int32Array, Int64Array};

    const COLUMNS: [Column; 3] = [
        Column::new("id", Kind::Key, "key"),
        Column::optional("at", Kind::Time, "time"),
        Column::new("is", Kind::Flag, "flag"),
    ];

    fn table() -> Table {
        let batch = RecordBatch::try_from_iter([
            ("id", Arc::new(Int64Array::from(vec![i64::MAX, -2])) as ArrayRef),
            ("at", Arc::new(Int64Array::from(vec![Some(1_767_600_000_000), None])) as ArrayRef),
            ("is", Arc::new(Int32Array::from(vec![1, 0])) as ArrayRef),
        ]);
        Table::try_new(&COLUMNS, &batch.expect("a batch")).expect("a table")
    }

    #[test]
    fn keys_keep_their_digits_and_times_their_milliseconds() {
        let text = String::from_utf8(table().bytes(Format::Json).expect("JSON")).expect("UTF-8");
        let first = r#"{"id":"9223372036854775807","at":"2026-01-05T08:00:00.000Z","is":true}"#;
        assert_eq!(text.trim(), format!(r#"[{first},{{"id":"-2","at":null,"is":false}}]"#));
        let csv = String::from_utf8(table().bytes(Format::Csv).expect("CSV")).expect("UTF-8");
        assert!(csv.contains("9223372036854775807,2026-01-05T08:00:00.000Z,true"), "{csv}");
    }

    #[test]
    fn a_part_never_goes_over_the_end() {
        let table = table();
        let lengths = [(0, 1), (1, 5), (2, 1), (9, 9)].map(|(offset, limit)| table.part(offset, limit).len());
        assert_eq!(lengths, [1, 1, 0, 0]);
    }
}
