//! What a route answers, and how that becomes a response in the form that was chosen. Does not know what is answered.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, LINK, VARY};
use axum::http::{HeaderName, HeaderValue, Response};
use serde_json::{Value, json};

use super::negotiate::JSON;
use super::problem::Problem;
use super::request::Request;
use super::table::{Object, Table};
use super::trust;
use crate::completeness::Completeness;
use crate::output::Format;

/// Header: whether there are more rows than were answered.
pub(super) const MORE: HeaderName = HeaderName::from_static("callmart-more");

/// How many rows were answered, for the metrics.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowsAnswered(pub(super) usize);

/// A good answer.
#[derive(Debug)]
pub(super) enum Reply {
    /// Rows, in any form.
    Rows(Box<Rows>),
    /// JSON.
    Json(Value),
    /// Text of another type.
    Text {
        /// Its content type.
        content_type: &'static str,
        /// The text.
        text: String,
    },
}

/// Rows of an answer, with what stands around them.
#[derive(Debug)]
pub(super) struct Rows {
    /// What the rows are: members that stand before them in JSON.
    pub(super) head: Object,
    /// The rows, no more than were asked for.
    pub(super) table: Table,
    /// Whether there are more.
    pub(super) more: bool,
    /// How far they can be trusted.
    pub(super) completeness: Option<Completeness>,
}

impl Rows {
    /// The rows of a page out of rows that may be one more than the page.
    pub(super) fn page_of(request: &Request, rows: &Table) -> Self {
        let limit = request.page().limit;
        Self { head: Object::new(), table: rows.part(0, limit), more: rows.len() > limit, completeness: None }
    }

    /// The rows of a page out of all rows.
    pub(super) fn part_of(request: &Request, rows: &Table) -> Self {
        let page = request.page();
        let more = rows.len() > page.offset.saturating_add(page.limit);
        Self { head: Object::new(), table: rows.part(page.offset, page.limit), more, completeness: None }
    }

    /// Where the rows behind these stand.
    fn next(&self, request: &Request) -> Option<String> {
        self.more.then(|| request.next(request.page().offset.saturating_add(self.table.len())))
    }
}

impl Reply {
    /// The response to a request.
    pub(super) fn response(self, request: &Request) -> Result<Response<Body>, Problem> {
        match self {
            Self::Rows(rows) => of_rows(&rows, request),
            Self::Json(value) => Ok(plain(JSON.content_type, format!("{value}\n").into_bytes())),
            Self::Text { content_type, text } => Ok(plain(content_type, text.into_bytes())),
        }
    }
}

fn plain(content_type: &'static str, bytes: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::from(bytes));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn of_rows(rows: &Rows, request: &Request) -> Result<Response<Body>, Problem> {
    let bytes = match request.form.format {
        Format::Json => in_json(rows, request)?,
        other => rows.table.bytes(other)?,
    };
    let mut response = plain(request.form.content_type, bytes);
    response.extensions_mut().insert(RowsAnswered(rows.table.len()));
    let headers = response.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("accept"));
    headers.insert(MORE, HeaderValue::from_static(if rows.more { "true" } else { "false" }));
    let link = rows.next(request).and_then(|next| HeaderValue::from_str(&format!("<{next}>; rel=\"next\"")).ok());
    if let Some(link) = link {
        headers.insert(LINK, link);
    }
    if let Some(completeness) = &rows.completeness {
        trust::add_headers(completeness, headers);
    }
    Ok(response)
}

/// What stands around the rows as an object, and the rows as its last member.
fn in_json(rows: &Rows, request: &Request) -> Result<Vec<u8>, Problem> {
    let mut around = rows.head.clone();
    if let Some(completeness) = &rows.completeness {
        around.insert("completeness".to_owned(), trust::json(completeness));
    }
    around.insert("columns".to_owned(), Value::Array(rows.table.declarations()));
    let page = request.page();
    let told = json!({
        "limit": page.limit,
        "offset": page.offset,
        "returned": rows.table.len(),
        "more": rows.more,
        "next": rows.next(request),
    });
    around.insert("page".to_owned(), told);
    let mut bytes = Value::Object(around).to_string().into_bytes();
    bytes.pop(); // the closing brace
    bytes.extend_from_slice(b",\"rows\":");
    bytes.extend_from_slice(rows.table.bytes(Format::Json)?.trim_ascii_end());
    bytes.extend_from_slice(b"}\n");
    Ok(bytes)
}

/// JSON Schema of an answer of rows: what stands before them, then columns, page and rows.
pub(super) fn rows_schema(head: &[(&str, Value)], is_trusted: bool, row: &Value) -> Value {
    let mut properties: Object = head.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    if is_trusted {
        properties.insert("completeness".to_owned(), json!({"$ref": "#/components/schemas/Completeness"}));
    }
    let columns = json!({"type": "array", "items": {"$ref": "#/components/schemas/Column"}});
    properties.insert("columns".to_owned(), columns);
    properties.insert("page".to_owned(), json!({"$ref": "#/components/schemas/Page"}));
    properties.insert("rows".to_owned(), json!({"type": "array", "items": row}));
    let required: Vec<String> = properties.keys().cloned().collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

/// JSON Schema of a page.
pub(super) fn page_schema() -> Value {
    json!({
        "type": "object",
        "description": "Which of the rows these are.",
        "required": ["limit", "offset", "returned", "more", "next"],
        "additionalProperties": false,
        "properties": {
            "limit": {"type": "integer", "description": "Most rows that were asked for."},
            "offset": {"type": "integer", "description": "Rows that were passed over."},
            "returned": {"type": "integer", "description": "Rows of this answer."},
            "more": {"type": "boolean", "description": "Whether there are rows behind these."},
            "next": {"type": ["string", "null"],
                "description": "Where the rows behind these stand; they are read from the state that the mart has then."},
        },
    })
}
