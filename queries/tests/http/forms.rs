//! Each form of an answer, read again with its own reader.

use arrow::array::{AsArray as _, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::Int64Type;
use arrow::ipc::reader::StreamReader;
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;

use crate::client::{Answer, Server};
use crate::content::{ABANDONED, HANDLED, OF_THE_NIGHT, OUTBOUND};

const PATH: &str = "/api/v1/interactions?from=2026-01-05&to=2026-01-06&tz=Europe/Berlin";
const EXPECTED: [i64; 4] = [OUTBOUND, ABANDONED, HANDLED, OF_THE_NIGHT];

fn ids(batches: &[RecordBatch]) -> Vec<i64> {
    let batch = concat_batches(&batches[0].schema(), batches).expect("one batch");
    let column = batch.column_by_name("interaction_id").expect("keys");
    column.as_primitive::<Int64Type>().values().to_vec()
}

fn read(answer: &Answer) -> Vec<i64> {
    let body = answer.body.as_slice();
    match answer.header("content-type").split(';').next().unwrap_or_default() {
        "application/vnd.apache.arrow.stream" => {
            let reader = StreamReader::try_new(body, None).expect("a stream");
            ids(&reader.collect::<Result<Vec<_>, _>>().expect("batches"))
        }
        "application/vnd.apache.parquet" => {
            let reader = ParquetRecordBatchReader::try_new(bytes::Bytes::copy_from_slice(body), 1_024).expect("a file");
            ids(&reader.collect::<Result<Vec<_>, _>>().expect("batches"))
        }
        "text/csv" => {
            let (format, _) =
                arrow::csv::reader::Format::default().with_header(true).infer_schema(body, None).expect("CSV");
            let reader = arrow::csv::ReaderBuilder::new(format.into()).with_header(true).build(body).expect("a reader");
            ids(&reader.collect::<Result<Vec<_>, _>>().expect("batches"))
        }
        "application/json" => {
            let json = answer.json();
            let rows = json["rows"].as_array().expect("rows").iter();
            rows.map(|row| row["interaction_id"].as_str().expect("text").parse().expect("a key")).collect()
        }
        other => panic!("no form is {other}"),
    }
}

#[tokio::test]
async fn every_form_holds_the_same_rows_by_header_and_by_parameter() {
    let server = Server::of_monday().await;
    for (name, media_type) in [
        ("json", "application/json"),
        ("csv", "text/csv"),
        ("arrow", "application/vnd.apache.arrow.stream"),
        ("parquet", "application/vnd.apache.parquet"),
    ] {
        let by_header = server.ask("GET", PATH, &format!("Accept: {media_type}\r\n")).await;
        let by_parameter = server.get(&format!("{PATH}&format={name}")).await;
        for answer in [by_header, by_parameter] {
            assert_eq!((answer.status, read(&answer)), (200, EXPECTED.to_vec()), "{name}");
            assert!(answer.header("content-type").starts_with(media_type));
            assert_eq!((answer.header("callmart-more"), answer.header("callmart-complete")), ("false", "false"));
            assert_eq!((answer.header("vary"), answer.header("callmart-definition-version")), ("accept", "1"));
        }
    }
    let some = server.get(&format!("{PATH}&format=csv&limit=3")).await;
    assert_eq!((read(&some), some.header("callmart-more")), (EXPECTED[..3].to_vec(), "true"));
    let link = some.header("link");
    let next = link.strip_prefix('<').and_then(|l| l.strip_suffix(">; rel=\"next\"")).expect("a link");
    assert_eq!(read(&server.get(next).await), EXPECTED[3..]);
}

#[tokio::test]
async fn no_rows_are_an_answer_in_every_form() {
    let server = Server::of_monday().await;
    for name in ["json", "csv", "arrow", "parquet"] {
        let answer = server.get(&format!("/api/v1/interactions?from=2020-01-05&to=2020-01-06&format={name}")).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
    }
    let answer = server.json("/api/v1/interactions?from=2020-01-05&to=2020-01-06").await;
    assert_eq!((answer["rows"].as_array().map(Vec::len), answer["page"]["more"].as_bool()), (Some(0), Some(false)));
}

#[tokio::test]
async fn a_head_is_answered_without_a_body() {
    let server = Server::of_monday().await;
    let answer = server.ask("HEAD", PATH, "").await;
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    assert_ne!(answer.header("content-length"), "0");
}

#[tokio::test]
async fn the_page_is_served_once_and_then_known_by_its_tag() {
    let server = Server::of_monday().await;
    let page = server.get("/").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(page.header("content-security-policy").starts_with("default-src 'self'"));
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    let again = server.ask("GET", "/", &format!("If-None-Match: {}\r\n", page.header("etag"))).await;
    assert_eq!((again.status, again.body.len()), (304, 0));
}
