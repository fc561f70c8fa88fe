//! What a column of an answer is, whoever gives the rows: its name, how it is written, and what it says.
//!
//! One declaration makes the cast of the rows, their look in JSON, and their schema in the OpenAPI document.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use serde_json::{Value, json};

use crate::reports::{Report, ResultColumn, ResultType, Unit};

/// The zone of all instants, as Arrow names it without a database of zones.
const UTC: &str = "+00:00";

/// How the values of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A 64-bit key: text in JSON, whose numbers end at 2^53 in JavaScript.
    Key,
    /// A whole number.
    Integer,
    /// A number with a fraction.
    Number,
    /// Text.
    Text,
    /// An instant: RFC 3339 with milliseconds, in UTC or in the zone that was asked for.
    Time,
    /// Yes or no; rows give it as 1 or 0.
    Flag,
}

/// One column of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Column {
    /// Name.
    pub(super) name: &'static str,
    /// How its values are written.
    pub(super) kind: Kind,
    /// Whether it may be null.
    pub(super) nullable: bool,
    /// Whether it is a measure; the others say what a row is about.
    pub(super) is_measure: bool,
    /// Unit of a number, where the name does not end with it.
    pub(super) unit: Option<Unit>,
    /// What it says.
    pub(super) definition: &'static str,
}

impl Column {
    /// A column that is never null and no measure.
    pub(super) const fn new(name: &'static str, kind: Kind, definition: &'static str) -> Self {
        Self { name, kind, nullable: false, is_measure: false, unit: None, definition }
    }

    /// A column that may be null.
    pub(super) const fn optional(name: &'static str, kind: Kind, definition: &'static str) -> Self {
        Self { nullable: true, ..Self::new(name, kind, definition) }
    }

    fn of_report(column: &'static ResultColumn) -> Self {
        let kind = match column.result_type {
            ResultType::BigInt => Kind::Integer,
            ResultType::Double => Kind::Number,
            ResultType::Text | ResultType::Period => Kind::Text,
            ResultType::Time => Kind::Time,
            ResultType::Id => Kind::Key,
        };
        let (nullable, is_measure, unit) = (column.nullable, column.is_measure, column.unit);
        Self { name: &column.name, kind, nullable, is_measure, unit, definition: &column.definition }
    }

    /// The column as the answer declares it.
    pub(super) fn declaration(&self) -> Value {
        json!({
            "name": self.name,
            "type": self.kind.name(),
            "nullable": self.nullable,
            "measure": self.is_measure,
            "unit": self.unit,
            "definition": self.definition,
        })
    }

    /// JSON Schema of a value.
    pub(super) fn json_schema(&self) -> Value {
        let (json_type, format) = match self.kind {
            Kind::Key => ("string", None),
            Kind::Integer => ("integer", Some("int64")),
            Kind::Number => ("number", Some("double")),
            Kind::Text => ("string", None),
            Kind::Time => ("string", Some("date-time")),
            Kind::Flag => ("boolean", None),
        };
        let mut schema = json!({"type": json_type, "description": self.definition});
        if self.nullable {
            schema["type"] = json!([json_type, "null"]);
        }
        if let Some(format) = format {
            schema["format"] = json!(format);
        }
        if self.kind == Kind::Key {
            schema["pattern"] = json!("^-?[0-9]+$");
        }
        schema
    }
}

impl Kind {
    /// Name of the kind, as answers give it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Text => "text",
            Self::Time => "time",
            Self::Flag => "flag",
        }
    }

    fn arrow(self) -> DataType {
        match self {
            Self::Key | Self::Integer => DataType::Int64,
            Self::Number => DataType::Float64,
            Self::Text => DataType::Utf8,
            Self::Time => DataType::Timestamp(TimeUnit::Millisecond, Some(UTC.into())),
            Self::Flag => DataType::Boolean,
        }
    }
}

/// Names of all kinds, for the OpenAPI document.
pub(super) const KINDS: [Kind; 6] = [Kind::Key, Kind::Integer, Kind::Number, Kind::Text, Kind::Time, Kind::Flag];

/// The columns of a report.
pub(super) fn of_report(report: &'static Report) -> Vec<Column> {
    report.columns.iter().map(Column::of_report).collect()
}

/// The Arrow schema of columns.
pub(super) fn schema(columns: &[Column]) -> SchemaRef {
    let field = |c: &Column| Field::new(c.name, c.kind.arrow(), c.nullable);
    Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
}

/// JSON Schema of a row with these columns.
pub(super) fn row_schema(columns: &[Column]) -> Value {
    let properties: serde_json::Map<String, Value> =
        columns.iter().map(|c| (c.name.to_owned(), c.json_schema())).collect();
    let required: Vec<&str> = columns.iter().map(|c| c.name).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}
