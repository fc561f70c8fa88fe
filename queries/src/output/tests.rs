//! Each format on one small batch.

use std::sync::Arc;

use super::*;
use arrow::array::{Float64Array, Int64Array, StringArray};
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;

fn batch() -> RecordBatch {
    RecordBatch::try_from_iter([
        ("queue", Arc::new(StringArray::from(vec![Some("sales, \"east\""), None, Some("Grüße\n")])) as _),
        ("entered", Arc::new(Int64Array::from(vec![Some(12), Some(3), None])) as _),
        ("mean_s", Arc::new(Float64Array::from(vec![Some(22.5), None, Some(1.0 / 3.0)])) as _),
    ])
    .expect("a batch")
}

fn text(batch: &RecordBatch, name: &str) -> String {
    String::from_utf8(format(batch, name.parse().expect("a format")).expect("bytes")).expect("text")
}

#[test]
fn a_table_is_aligned_with_numbers_to_the_right() {
    let expected = "\
queue          entered  mean_s
-------------  -------  ------
sales, \"east\"       12   22.50
                     3
Grüße\\n                   0.33
";
    assert_eq!(text(&batch(), "table"), expected);
}

#[test]
fn csv_quotes_what_needs_it_and_leaves_nulls_empty() {
    let expected =
        "queue,entered,mean_s\r\n\"sales, \"\"east\"\"\",12,22.5\r\n,3,\r\n\"Grüße\n\",,0.3333333333333333\r\n";
    assert_eq!(text(&batch(), "csv"), expected);
}

#[test]
fn json_keeps_types_and_nulls() {
    let rows: serde_json::Value = serde_json::from_str(&text(&batch(), "json")).expect("json");
    assert_eq!(rows[0], serde_json::json!({"queue": "sales, \"east\"", "entered": 12, "mean_s": 22.5}));
    assert_eq!(rows[1], serde_json::json!({"queue": null, "entered": 3, "mean_s": null}));
}

#[test]
fn no_rows_are_an_empty_array_a_header_and_an_empty_file() {
    let none = batch().slice(0, 0);
    assert_eq!(text(&none, "json"), "[]\n");
    assert_eq!(text(&none, "csv"), "queue,entered,mean_s\r\n");
    assert!(text(&none, "table").starts_with("queue  entered  mean_s\n"));
    let file = bytes_of(&none);
    assert_eq!(read(file), none);
}

#[test]
fn parquet_reads_back_equal_and_is_the_same_each_time() {
    assert_eq!(read(bytes_of(&batch())), batch());
    assert_eq!(bytes_of(&batch()), bytes_of(&batch()));
}

#[test]
fn an_unknown_format_is_answered_with_the_names_there_are() {
    let error = "xml".parse::<Format>().expect_err("no such format").to_string();
    assert!(error.contains("table, csv, json, arrow, parquet"), "{error}");
}

fn bytes_of(batch: &RecordBatch) -> Vec<u8> {
    format(batch, Format::Parquet).expect("a file")
}

fn read(file: Vec<u8>) -> RecordBatch {
    let file = tempfile_with(&file);
    let reader = ParquetRecordBatchReader::try_new(file, 1_024).expect("a reader");
    let schema = batch().schema();
    let batches: Vec<RecordBatch> = reader.collect::<Result<_, _>>().expect("rows");
    arrow::compute::concat_batches(&schema, &batches).expect("one batch")
}

fn tempfile_with(bytes: &[u8]) -> std::fs::File {
    use std::io::{Seek, Write};
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(bytes).expect("bytes");
    file.rewind().expect("a start");
    file
}
