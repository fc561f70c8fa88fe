//! From the types an engine happened to give to the declared ones. Does not know where an answer came from.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::compute::{CastOptions, cast_with_options, concat_batches};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::QueryError;

/// The batch with the declared columns, in their order and types. Columns are taken by name.
///
/// # Errors
/// When a declared column is missing, another is there, or a value does not fit.
pub fn cast_to(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, QueryError> {
    if batch.num_columns() != schema.fields().len() {
        let given: Vec<_> = batch.schema().fields().iter().map(|f| f.name().clone()).collect();
        return Err(QueryError::Shape { message: format!("the query gives the columns {}", given.join(", ")) });
    }
    let columns = schema.fields().iter().map(|field| column(batch, field)).collect::<Result<Vec<_>, _>>()?;
    RecordBatch::try_new(Arc::clone(schema), columns).map_err(|e| QueryError::Shape { message: e.to_string() })
}

fn column(batch: &RecordBatch, field: &Field) -> Result<ArrayRef, QueryError> {
    let Some(column) = batch.column_by_name(field.name()) else {
        return Err(QueryError::Shape { message: format!("column {} is missing", field.name()) });
    };
    // A value that does not fit is an error and never becomes null.
    let options = CastOptions { safe: false, ..CastOptions::default() };
    cast_with_options(column, field.data_type(), &options)
        .map_err(|e| QueryError::Shape { message: format!("column {}: {e}", field.name()) })
}

/// One batch of them all, with plain text and bytes in place of the engine's views of them.
pub(super) fn one_batch(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<RecordBatch, QueryError> {
    let all = concat_batches(schema, batches).map_err(|e| QueryError::Shape { message: e.to_string() })?;
    plain(&all)
}

/// The batch with plain text and bytes in place of the engine's views of them.
pub(super) fn plain(batch: &RecordBatch) -> Result<RecordBatch, QueryError> {
    let schema = plain_schema(&batch.schema());
    let columns = batch.columns().iter().zip(schema.fields()).map(|(column, field)| {
        cast_with_options(column, field.data_type(), &CastOptions::default())
            .map_err(|e| QueryError::Shape { message: format!("column {}: {e}", field.name()) })
    });
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(schema, columns, &rows).map_err(|e| QueryError::Shape { message: e.to_string() })
}

fn plain_schema(schema: &Schema) -> SchemaRef {
    let fields: Vec<Field> =
        schema.fields().iter().map(|f| Field::new(f.name(), plain_type(f.data_type()), f.is_nullable())).collect();
    Arc::new(Schema::new(fields))
}

fn plain_type(of: &DataType) -> DataType {
    match of {
        DataType::Utf8View | DataType::LargeUtf8 => DataType::Utf8,
        DataType::BinaryView | DataType::LargeBinary => DataType::Binary,
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{BinaryViewArray, Int32Array, Int64Array, StringArray, StringViewArray};

    fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
        RecordBatch::try_from_iter(columns).expect("a batch")
    }

    #[test]
    fn views_become_plain_text_and_bytes() {
        let views = batch(vec![
            ("t", Arc::new(StringViewArray::from(vec![Some("a"), None]))),
            ("b", Arc::new(BinaryViewArray::from(vec![Some(b"a".as_slice()), None]))),
        ]);
        let plain = plain(&views).expect("plain columns");
        let types: Vec<_> = plain.columns().iter().map(|c| c.data_type().clone()).collect();
        assert_eq!(types, [DataType::Utf8, DataType::Binary]);
        assert_eq!((plain.num_rows(), plain.column(0).is_null(1)), (2, true));
    }

    #[test]
    fn columns_are_taken_by_name_and_values_that_do_not_fit_are_errors() {
        let declared: SchemaRef =
            Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, false), Field::new("t", DataType::Utf8, true)]));
        let given =
            batch(vec![("t", Arc::new(StringArray::from(vec!["x"]))), ("n", Arc::new(Int32Array::from(vec![7])))]);
        let cast = cast_to(&given, &declared).expect("declared columns");
        assert_eq!(cast.column(0).as_any().downcast_ref::<Int64Array>().map(|a| a.value(0)), Some(7));
        let null = batch(vec![
            ("t", Arc::new(StringArray::from(vec!["x"]))),
            ("n", Arc::new(Int64Array::from(vec![None::<i64>]))),
        ]);
        assert!(cast_to(&null, &declared).is_err(), "null where the report declares none");
        let word =
            batch(vec![("t", Arc::new(StringArray::from(vec!["x"]))), ("n", Arc::new(StringArray::from(vec!["y"])))]);
        assert!(cast_to(&word, &declared).is_err());
        let other =
            batch(vec![("t", Arc::new(StringArray::from(vec!["x"]))), ("m", Arc::new(Int64Array::from(vec![1])))]);
        assert!(cast_to(&other, &declared).expect_err("a missing column").to_string().contains("column n"));
        assert!(cast_to(&given.project(&[0]).expect("one column"), &declared).is_err());
    }
}
