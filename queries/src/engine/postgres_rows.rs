//! From PostgreSQL's binary values to Arrow columns.
//!
//! `numeric` becomes Float64 (the nearest one): cast to `bigint` or `text` in a query that needs every digit. Dates and times
//! out of Arrow's range become null. Types without a twin here are refused by name.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Float32Array, Float64Array, Int16Array, Int32Array, Int64Array,
    RecordBatch, RecordBatchOptions, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use sqlx::postgres::{PgColumn, PgRow};
use sqlx::{Column, Row, TypeInfo, ValueRef};

use super::QueryError;

/// Days and microseconds between 1970-01-01, Arrow's day 0, and 2000-01-01, PostgreSQL's.
const DAYS_TO_2000: i32 = 10_957;
const MICROS_TO_2000: i64 = DAYS_TO_2000 as i64 * 86_400_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bool,
    Int2,
    Int4,
    Int8,
    Float4,
    Float8,
    Numeric,
    Text,
    Bytes,
    Date,
    Timestamp { with_zone: bool },
}

/// The columns of an answer.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    kinds: Vec<Kind>,
    schema: SchemaRef,
}

impl Columns {
    pub(super) fn try_new(columns: &[PgColumn]) -> Result<Self, QueryError> {
        let kinds = columns.iter().map(kind).collect::<Result<Vec<_>, _>>()?;
        let fields: Vec<Field> =
            columns.iter().zip(&kinds).map(|(c, kind)| Field::new(c.name(), kind.arrow(), true)).collect();
        Ok(Self { kinds, schema: Arc::new(Schema::new(fields)) })
    }

    pub(super) fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    pub(super) fn batch(&self, rows: &[PgRow]) -> Result<RecordBatch, QueryError> {
        let columns = self.kinds.iter().enumerate().map(|(at, kind)| self.column(rows, at, *kind));
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        RecordBatch::try_new_with_options(self.schema(), columns, &options)
            .map_err(|e| QueryError::Shape { message: e.to_string() })
    }

    fn column(&self, rows: &[PgRow], at: usize, kind: Kind) -> Result<ArrayRef, QueryError> {
        let name = self.schema.fields().get(at).map_or("", |f| f.name());
        let reader = Reader { rows, at, name };
        Ok(match kind {
            Kind::Bool => Arc::new(reader.read::<BooleanArray, _>("boolean", |b| Some(b.first()? != &0))?),
            Kind::Int2 => Arc::new(reader.read::<Int16Array, _>("smallint", |b| Some(i16::from_be_bytes(fixed(b)?)))?),
            Kind::Int4 => Arc::new(reader.read::<Int32Array, _>("integer", |b| Some(i32::from_be_bytes(fixed(b)?)))?),
            Kind::Int8 => Arc::new(reader.read::<Int64Array, _>("bigint", |b| Some(i64::from_be_bytes(fixed(b)?)))?),
            Kind::Float4 => Arc::new(reader.read::<Float32Array, _>("real", |b| Some(f32::from_be_bytes(fixed(b)?)))?),
            Kind::Float8 => {
                Arc::new(reader.read::<Float64Array, _>("double precision", |b| Some(f64::from_be_bytes(fixed(b)?)))?)
            }
            Kind::Numeric => Arc::new(reader.read::<Float64Array, _>("numeric", numeric)?),
            Kind::Text => Arc::new(reader.read::<StringArray, _>("text", |b| String::from_utf8(b.to_vec()).ok())?),
            Kind::Bytes => Arc::new(reader.read::<BinaryArray, _>("bytea", |b| Some(b.to_vec()))?),
            Kind::Date => Arc::new(Date32Array::from_iter(
                reader.values("date", |b| Some(i32::from_be_bytes(fixed(b)?)))?.map(|d| d?.checked_add(DAYS_TO_2000)),
            )),
            Kind::Timestamp { with_zone } => {
                let micros = reader.values("timestamp", |b| Some(i64::from_be_bytes(fixed(b)?)))?;
                let array = TimestampMicrosecondArray::from_iter(micros.map(|m| m?.checked_add(MICROS_TO_2000)));
                Arc::new(if with_zone { array.with_timezone("+00:00") } else { array })
            }
        })
    }
}

fn kind(column: &PgColumn) -> Result<Kind, QueryError> {
    Ok(match column.type_info().name() {
        "BOOL" => Kind::Bool,
        "INT2" => Kind::Int2,
        "INT4" => Kind::Int4,
        "INT8" => Kind::Int8,
        "FLOAT4" => Kind::Float4,
        "FLOAT8" => Kind::Float8,
        "NUMERIC" => Kind::Numeric,
        "TEXT" | "VARCHAR" | "CHAR" | "NAME" | "UNKNOWN" | "\"CHAR\"" | "JSON" => Kind::Text,
        "BYTEA" => Kind::Bytes,
        "DATE" => Kind::Date,
        "TIMESTAMP" => Kind::Timestamp { with_zone: false },
        "TIMESTAMPTZ" => Kind::Timestamp { with_zone: true },
        other => return Err(QueryError::ColumnType { column: column.name().to_owned(), found: other.to_owned() }),
    })
}

impl Kind {
    fn arrow(self) -> DataType {
        match self {
            Self::Bool => DataType::Boolean,
            Self::Int2 => DataType::Int16,
            Self::Int4 => DataType::Int32,
            Self::Int8 => DataType::Int64,
            Self::Float4 => DataType::Float32,
            Self::Float8 | Self::Numeric => DataType::Float64,
            Self::Text => DataType::Utf8,
            Self::Bytes => DataType::Binary,
            Self::Date => DataType::Date32,
            Self::Timestamp { with_zone } => {
                DataType::Timestamp(TimeUnit::Microsecond, with_zone.then(|| "+00:00".into()))
            }
        }
    }
}

/// One column of some rows.
struct Reader<'a> {
    rows: &'a [PgRow],
    at: usize,
    name: &'a str,
}

impl Reader<'_> {
    fn read<A: FromIterator<Option<V>>, V>(
        &self,
        expected: &'static str,
        decode: fn(&[u8]) -> Option<V>,
    ) -> Result<A, QueryError> {
        Ok(self.values(expected, decode)?.collect())
    }

    fn values<V>(
        &self,
        expected: &'static str,
        decode: fn(&[u8]) -> Option<V>,
    ) -> Result<impl Iterator<Item = Option<V>> + use<V>, QueryError> {
        let fault = || QueryError::Value { column: self.name.to_owned(), expected };
        let value = |row: &PgRow| {
            let value = row.try_get_raw(self.at).map_err(|_| fault())?;
            if value.is_null() {
                return Ok(None);
            }
            decode(value.as_bytes().map_err(|_| fault())?).map(Some).ok_or_else(fault)
        };
        Ok(self.rows.iter().map(value).collect::<Result<Vec<_>, _>>()?.into_iter())
    }
}

fn fixed<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.try_into().ok()
}

/// The nearest double of a `numeric`: digits in base 10000 behind count, weight, sign and scale.
fn numeric(bytes: &[u8]) -> Option<f64> {
    const NEGATIVE: u16 = 0x4000;
    const NOT_A_NUMBER: u16 = 0xC000;
    const INFINITY: u16 = 0xD000;
    const NEGATIVE_INFINITY: u16 = 0xF000;
    let mut words = bytes.chunks_exact(2).filter_map(fixed).map(u16::from_be_bytes);
    let (count, weight, sign) = (words.next()?, words.next()? as i16, words.next()?);
    words.next()?;
    match sign {
        NOT_A_NUMBER => return Some(f64::NAN),
        INFINITY => return Some(f64::INFINITY),
        NEGATIVE_INFINITY => return Some(f64::NEG_INFINITY),
        _ => {}
    }
    let digits: String = words.take(usize::from(count)).map(|w| format!("{w:04}")).collect();
    let exponent = (i32::from(weight) + 1 - i32::from(count)) * 4;
    let text = format!("{}{}e{exponent}", if sign == NEGATIVE { "-" } else { "" }, non_empty(&digits));
    text.parse().ok()
}

fn non_empty(digits: &str) -> &str {
    if digits.is_empty() { "0" } else { digits }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[u16]) -> Vec<u8> {
        words.iter().flat_map(|w| w.to_be_bytes()).collect()
    }

    #[test]
    fn numerics_become_the_nearest_double() {
        assert_eq!(numeric(&words(&[2, 0, 0, 2, 1, 5000])), Some(1.5));
        assert_eq!(numeric(&words(&[1, 1, 0x4000, 0, 12])), Some(-120_000.0));
        assert_eq!(numeric(&words(&[1, 0xFFFF, 0, 4, 25])), Some(0.0025));
        assert_eq!(numeric(&words(&[0, 0, 0, 0])), Some(0.0));
        assert!(numeric(&words(&[0, 0, 0xC000, 0])).is_some_and(f64::is_nan));
        assert_eq!(numeric(&[1]), None);
    }
}
